//! Who asks: the credentials of the manifest, or those in the places where AWS's own tools look; and the manifest's
//! role. They are looked for when they are first needed, and again before they expire.

mod chain;
mod container;
mod environment;
mod files;
mod found;
pub(super) mod instance;
mod process;
mod profile;
mod sso;
mod sts;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use http::Request;
use serde_json::json;

use super::settings::Source;
use crate::clock::{Clock, Ids};
use crate::cpi::builtin::http::{Client, Failure, Reply};
use crate::cpi::trace::{Called, Trace};
use crate::domain::ids::CpiName;
use crate::process::Stop;
use crate::secret::{Redactor, Secret};

/// How long before their end new credentials are looked for.
const MARGIN: TimeDelta = TimeDelta::seconds(120);

/// Credentials that sign a request.
#[derive(Clone, Debug)]
pub(super) struct Credentials {
    pub id: String,
    pub secret: Secret<String>,
    pub token: Option<Secret<String>>,
    /// When they expire; `None` if they do not.
    pub until: Option<DateTime<Utc>>,
}

impl Credentials {
    fn last(&self, until: DateTime<Utc>) -> bool {
        self.until.is_none_or(|end| end > until)
    }
}

/// Why there are no credentials, and what to do. It quotes nothing that was read.
#[derive(Debug)]
pub(super) struct Trouble {
    pub words: String,
    pub next: String,
    /// Whether the trouble may be over soon.
    pub is_passing: bool,
}

impl Trouble {
    fn new(words: impl Into<String>, next: impl Into<String>) -> Self {
        Trouble { words: words.into(), next: next.into(), is_passing: false }
    }
}

/// The parts of the machine and of snapback that the sources of credentials use.
pub(super) struct Around {
    pub name: CpiName,
    pub client: Client,
    pub environment: BTreeMap<String, String>,
    pub region: String,
    /// The endpoint of STS.
    pub sts: String,
    pub stop: Stop,
    pub trace: Arc<dyn Trace>,
    pub clock: Clock,
    pub ids: Ids,
    /// The secrets that were found, to keep them out of every message.
    pub learned: Mutex<Redactor>,
}

impl Around {
    /// An environment variable of the operator's, if it is not empty.
    fn variable(&self, name: &str) -> Option<&str> {
        self.environment.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Sends a request, and reports it to the trace. `who` is the one asked, in words.
    fn ask(
        &self,
        method: &'static str,
        who: &str,
        request: Request<Vec<u8>>,
        most: Duration,
    ) -> Result<Reply, Trouble> {
        let begun = Instant::now();
        let answer = self.client.ask_within(request, most);
        let failure = answer.as_ref().err().map(|failure| self.redact(failure.words()));
        let (cpi, took, failure) = (&self.name, begun.elapsed(), failure.as_deref());
        self.trace.called(&Called { cpi, method, request: None, took, failure, answer: None, log: "" });
        answer.map_err(|failure| Trouble {
            words: format!("{who} does not answer: {}", self.redact(failure.words())),
            next: "check the name, the network, HTTPS_PROXY, NO_PROXY and the certificates".to_owned(),
            is_passing: matches!(failure, Failure::Unanswered(_)),
        })
    }

    /// Keeps this secret out of every text from now on.
    fn learn(&self, secret: &str) {
        lock(&self.learned).learn(&json!({"secret": secret}));
    }

    fn learn_all(&self, found: &Credentials) {
        self.learn(&found.id);
        self.learn(found.secret.expose());
        found.token.iter().for_each(|token| self.learn(token.expose()));
    }

    fn redact(&self, text: &str) -> String {
        lock(&self.learned).redact(text)
    }
}

/// The identity that asks AWS.
pub(super) struct Identity {
    pub around: Around,
    source: Source,
    role: Option<String>,
    held: Mutex<Option<Credentials>>,
}

impl Identity {
    /// An identity that has not looked for credentials yet.
    pub(super) fn new(source: Source, role: Option<String>, around: Around) -> Self {
        Identity { around, source, role, held: Mutex::default() }
    }

    /// The present credentials.
    ///
    /// # Errors
    /// [`Trouble`]: there are none, or they have expired.
    pub(super) fn credentials(&self) -> Result<Credentials, Trouble> {
        let mut held = lock(&self.held);
        let now = self.around.clock.now();
        if let Some(known) = held.as_ref().filter(|known| known.last(now + MARGIN)) {
            return Ok(known.clone());
        }
        match (self.look(), held.as_ref()) {
            (Ok(found), _) => {
                self.around.learn_all(&found);
                match found.until.filter(|end| *end <= now) {
                    Some(end) => Err(Trouble::new(
                        format!("the credentials expired at {}", end.to_rfc3339()),
                        "get new ones (`aws sso login`, or whatever gives them to you), and look at this machine's clock",
                    )),
                    None => Ok(held.insert(found).clone()),
                }
            }
            // The known ones are still valid for a moment.
            (Err(_), Some(known)) if known.last(now) => Ok(known.clone()),
            (Err(trouble), _) => Err(trouble),
        }
    }

    fn look(&self) -> Result<Credentials, Trouble> {
        let own = match &self.source {
            Source::Given { id, secret, session } => {
                Credentials { id: id.clone(), secret: secret.clone(), token: session.clone(), until: None }
            }
            Source::Chain => chain::find(&self.around)?,
        };
        let Some(role) = &self.role else { return Ok(own) };
        sts::assume(&self.around, &own, &sts::Role { arn: role, ..sts::Role::default() })
    }

    /// Looks for new credentials next time, since AWS says that these have expired. False if that would bring the same
    /// ones again.
    pub(super) fn forget(&self) -> bool {
        *lock(&self.held) = None;
        self.role.is_some() || matches!(self.source, Source::Chain)
    }

    /// The text without any credential that was found.
    pub(super) fn redact(&self, text: &str) -> String {
        self.around.redact(text)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
