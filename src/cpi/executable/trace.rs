//! What is told of each call, to whoever reads along.

use std::time::Duration;

use crate::domain::ids::CpiName;

/// A call that has ended. No secret that is known is in it.
#[derive(Debug)]
pub struct Called<'a> {
    /// Which CPI.
    pub cpi: &'a CpiName,
    /// Which method.
    pub method: &'static str,
    /// The request's id, which CPIs write into their logs.
    pub request: &'a str,
    /// From the child's start to its end.
    pub took: Duration,
    /// Why it is no success, in one line; none where there is an answer.
    pub failure: Option<&'a str>,
    /// The beginning of an answer that cannot be read; none where it can, or where there is none.
    pub answer: Option<&'a str>,
    /// The end of what the child wrote to standard error, in whole lines.
    pub log: &'a str,
}

/// Reads along. Called from several threads at once.
pub trait Trace: Send + Sync {
    /// A call has ended.
    fn called(&self, call: &Called<'_>);
}

/// Nobody reads along.
impl Trace for () {
    fn called(&self, _call: &Called<'_>) {}
}
