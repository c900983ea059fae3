//! Reports each call to a trace.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::{Answer, Around, Cpi, CpiResult, Effect, Made, Query};
use crate::domain::ids::CpiName;
use crate::domain::intent::Intent;
use crate::secret::Redactor;

/// A call that has ended. It contains no known secret.
#[derive(Debug)]
pub struct Called<'a> {
    /// The CPI.
    pub cpi: &'a CpiName,
    /// The method.
    pub method: &'static str,
    /// The request's id, if it has one: executables write it into their logs.
    pub request: Option<&'a str>,
    /// How long it took.
    pub took: Duration,
    /// Why it failed, in one line; `None` if there is an answer.
    pub failure: Option<&'a str>,
    /// The beginning of an answer that cannot be read; `None` if it can be read, or if there is none.
    pub answer: Option<&'a str>,
    /// The end of what the child wrote to standard error, in whole lines.
    pub log: &'a str,
}

/// Hears of calls. It is called from several threads at once.
pub trait Trace: Send + Sync {
    /// Hears of a call that has ended.
    fn called(&self, call: &Called<'_>);
}

/// A trace that ignores everything.
impl Trace for () {
    fn called(&self, _call: &Called<'_>) {}
}

/// A cloud whose calls are reported. An executable reports each child itself, in the same words: one call of the
/// contract can be several, and only the child has a request and a log.
pub struct Traced {
    inner: Box<dyn Cpi>,
    trace: Arc<dyn Trace>,
    redactor: Redactor,
}

impl Traced {
    /// Wraps this cloud. `redactor` hides secrets.
    pub fn new(inner: Box<dyn Cpi>, trace: Arc<dyn Trace>, redactor: Redactor) -> Self {
        Traced { inner, trace, redactor }
    }

    fn told<T>(&self, method: &'static str, call: impl FnOnce() -> CpiResult<T>) -> CpiResult<T> {
        let begun = Instant::now();
        let result = call();
        let took = begun.elapsed();
        let failure = result.as_ref().err().map(|error| match &error.source {
            None => self.redactor.redact(&error.message),
            Some(source) => self.redactor.redact(&format!("{}: {source}", error.message)),
        });
        let (cpi, failure) = (self.inner.name(), failure.as_deref());
        self.trace.called(&Called { cpi, method, request: None, took, failure, answer: None, log: "" });
        result
    }
}

impl Around for Traced {
    fn inner(&self) -> &dyn Cpi {
        self.inner.as_ref()
    }

    fn query(&self, query: &Query) -> CpiResult<Answer> {
        self.told(query.method(), || self.inner.ask(query))
    }

    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.told(effect.method(), || self.inner.act(intent, effect))
    }
}
