//! The error of a CPI call, whatever the CPI is made of.

use std::error::Error;

use crate::domain::ids::CpiName;

/// The kind of a failure. The names follow BOSH's error types (docs-bosh `content/cpi-api-rpc.md`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CpiErrorKind {
    /// The CPI cannot do this at all.
    NotSupported,
    /// `Bosh::Clouds::DiskNotFound`
    DiskNotFound,
    /// The cloud has no such snapshot. BOSH has no type for it; CPIs that use this one are believed.
    SnapshotNotFound,
    /// `Bosh::Clouds::VMNotFound`
    VmNotFound,
    /// `Bosh::Clouds::DiskNotAttached`
    DiskNotAttached,
    /// Something else uses the disk.
    InUse,
    /// `Bosh::Clouds::NoDiskSpace`
    NoSpace,
    /// The CID cannot be one of this cloud's.
    InvalidCid,
    /// The request cannot be met: a disk smaller than its snapshot, and the like.
    InvalidRequest,
    /// It is not known whether it happened: a time-out, a death in mid-call, an unreadable answer.
    OutcomeUnknown,
    /// The cloud did not answer: a question was left without an answer, or the place of its things is not there.
    /// Nothing has happened.
    NoAnswer,
    /// There were too many requests: this one was turned away, and may be made again. BOSH has no type for it.
    Throttled,
    /// The caller is not allowed to do it, or is not known. BOSH has no type for it.
    Denied,
    /// The executable and snapback's own side do not mean the same cloud (`cpi/pair`). Nothing has happened.
    TwoClouds,
    /// A backend answered another question than the one it was asked: a defect of the backend. Nothing has happened.
    Internal,
    /// Anything else (`Bosh::Clouds::CloudError`).
    Cloud,
}

/// A CPI call that failed.
#[derive(Debug, thiserror::Error)]
#[error("{cpi}: {method}: {message}")]
pub struct CpiError {
    /// Which CPI.
    pub cpi: CpiName,
    /// Which method of the contract.
    pub method: &'static str,
    /// The kind of failure.
    pub kind: CpiErrorKind,
    /// The CPI's words, or ours about it.
    pub message: String,
    /// Advice, in the order in which to give it.
    pub hints: Vec<String>,
    /// True if a CPI executable itself said so in an answer: the cloud was asked.
    pub answered: bool,
    /// Whether the CPI says that trying again may help.
    pub ok_to_retry: bool,
    /// For how many seconds the cloud asks to wait before that, if it tells.
    pub retry_after: Option<u16>,
    /// The error below, if there is one.
    #[source]
    pub source: Option<Box<dyn Error + Send + Sync>>,
}

impl CpiError {
    /// An error of this kind.
    pub fn new(cpi: &CpiName, method: &'static str, kind: CpiErrorKind, message: impl Into<String>) -> Self {
        CpiError {
            cpi: cpi.clone(),
            method,
            kind,
            message: message.into(),
            hints: Vec::new(),
            answered: false,
            ok_to_retry: false,
            retry_after: None,
            source: None,
        }
    }

    /// Adds advice.
    #[must_use]
    pub fn hint(mut self, text: impl Into<String>) -> Self {
        self.hints.push(text.into());
        self
    }

    /// Adds the error below.
    #[must_use]
    pub fn caused_by(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(source.into());
        self
    }
}
