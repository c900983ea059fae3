//! The first bytes of an answer, kept in case it cannot be read: the CID of a thing that was made may be in it.

use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

use crate::secret::Redactor;

/// How many bytes of an answer are kept in case it cannot be read.
const KEPT: usize = 64 * 1024;
/// How many of them are told.
const TOLD: usize = 4 * 1024;

/// The first bytes of an answer, as they came.
#[derive(Clone, Default)]
pub(super) struct Raw(Arc<Mutex<Vec<u8>>>);

impl Raw {
    /// Wraps a stream: reads from it, and keeps the first bytes.
    pub(super) fn of<R: Read>(&self, inner: R) -> Copying<R> {
        Copying { inner, raw: self.clone() }
    }

    /// The beginning, without secrets. A secret that is cut off at the end of what was kept is far beyond the part that
    /// is told.
    pub(super) fn told(&self, redactor: &Redactor) -> String {
        let bytes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let clean = redactor.redact(String::from_utf8_lossy(&bytes).trim());
        let end = (0..=TOLD.min(clean.len())).rev().find(|at| clean.is_char_boundary(*at)).unwrap_or(0);
        let more = if end < clean.len() { "..." } else { "" };
        format!("{}{more}", &clean[..end])
    }
}

/// A stream whose beginning is kept.
pub(super) struct Copying<R> {
    inner: R,
    raw: Raw,
}

impl<R: Read> Copying<R> {
    /// Goes on reading after the parser has given up, as long as bytes are kept.
    pub(super) fn keep_the_rest(&mut self) {
        let mut chunk = [0; 4096];
        while self.raw.0.lock().unwrap_or_else(PoisonError::into_inner).len() < KEPT {
            match self.read(&mut chunk) {
                Ok(0) => break,
                Err(error) if error.kind() != io::ErrorKind::Interrupted => break,
                _ => {}
            }
        }
    }
}

impl<R: Read> Read for Copying<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(into)?;
        let mut kept = self.raw.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.saturating_sub(kept.len()).min(length);
        kept.extend_from_slice(into.get(..room).unwrap_or_default());
        Ok(length)
    }
}
