//! A wrapper of any CPI that repeats calls for which the cloud was too busy.

use std::time::Duration;

use backon::{BackoffBuilder, ExponentialBuilder};

use super::{Answer, Around, Cpi, CpiError, CpiErrorKind, CpiResult, Effect, Made, Query};
use crate::domain::intent::Intent;

/// How often to try again, and after which pauses. The pauses double, each with up to as much again by chance, so that
/// many callers that were turned away do not come back together.
#[derive(Debug, Clone, Copy)]
pub struct Policy {
    /// How many times at most; 0 for never.
    pub retries: usize,
    /// The first pause.
    pub first: Duration,
    /// The longest pause.
    pub longest: Duration,
}

/// The longest pause that a cloud can ask for.
const PATIENCE: Duration = Duration::from_secs(120);

/// Hears of a pause, and can end it.
pub trait Watch: Send + Sync {
    /// Ends the question when it is dropped.
    type Asking;

    /// A question that takes some time has begun.
    fn asking(&self, what: String) -> Self::Asking;

    /// A call failed, and will be tried again.
    fn again(&self, line: &str);

    /// Waits. False if a request to end came meanwhile: then the call is not repeated.
    fn pause(&self, pause: Duration) -> bool;
}

/// A CPI whose calls are repeated if that may help.
pub struct Retrying<W> {
    inner: Box<dyn Cpi>,
    watch: W,
    policy: Policy,
}

impl<W: Watch> Retrying<W> {
    /// Wraps this CPI.
    pub fn new(inner: Box<dyn Cpi>, watch: W, policy: Policy) -> Self {
        Retrying { inner, watch, policy }
    }

    fn repeat<T>(&self, call: impl Fn() -> CpiResult<T>, note: impl Fn(&str)) -> CpiResult<T> {
        let policy = self.policy;
        let mut pauses = ExponentialBuilder::default()
            .with_min_delay(policy.first)
            .with_max_delay(policy.longest)
            .with_max_times(policy.retries)
            .with_jitter()
            .build();
        let mut attempt = 0;
        loop {
            match call() {
                Err(error) if worth_it(&error) => {
                    let Some(pause) = pauses.next() else { return Err(error) };
                    let pause = pause.max(Duration::from_secs(error.retry_after.unwrap_or(0).into()).min(PATIENCE));
                    attempt += 1;
                    let wait = pause.as_secs_f64();
                    let line = format!("{error}: trying again in {wait:.1} s ({attempt} of {})", policy.retries);
                    note(&line);
                    self.watch.again(&line);
                    if !self.watch.pause(pause) {
                        return Err(error);
                    }
                }
                other => return other,
            }
        }
    }
}

/// Whether to try again. A call that may have taken effect is never repeated: only `recover` finds out.
fn worth_it(error: &CpiError) -> bool {
    (error.ok_to_retry || error.kind == CpiErrorKind::Throttled) && error.kind != CpiErrorKind::OutcomeUnknown
}

impl<W: Watch> Around for Retrying<W> {
    fn inner(&self) -> &dyn Cpi {
        self.inner.as_ref()
    }

    fn query(&self, query: &Query) -> CpiResult<Answer> {
        let about = query.about().map(|about| format!(" ({about})")).unwrap_or_default();
        let _asking = self.watch.asking(format!("{} on the CPI '{}'{about}", query.method(), self.inner.name()));
        self.repeat(|| self.inner.ask(query), |_| {})
    }

    /// Makes the change. Each failed attempt is noted in the journal.
    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.repeat(|| self.inner.act(intent, effect), |line| intent.note(line))
    }
}
