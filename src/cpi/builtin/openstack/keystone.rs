//! Tokens of Keystone: asked for before the first request, kept while they are valid, and asked for again when Cinder
//! says that one has expired.

use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use serde::Deserialize;

use super::call::Call;
use super::catalog::{self, Service};
use super::errors::Said;
use crate::cpi::builtin::http::Reply;
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::secret::Secret;

/// The name of the request for a token, in messages.
const NAME: &str = "auth/tokens";
/// A token that expires this soon is not used any more.
const MARGIN: Duration = Duration::from_secs(30);

/// A token, and the address that it is for.
pub(super) struct Session {
    pub token: Secret<String>,
    /// The address of block storage.
    pub storage: String,
    /// How long the token is valid, by a clock that does not jump.
    until: Instant,
}

#[derive(Deserialize)]
struct Answer {
    token: Ticket,
}

#[derive(Deserialize)]
struct Ticket {
    expires_at: DateTime<Utc>,
    issued_at: Option<DateTime<Utc>>,
    #[serde(default)]
    catalog: Vec<Service>,
}

impl Ticket {
    /// How long the token can be used. Both times are Keystone's: this machine's clock may be wrong.
    fn lasts(&self, reply: &Reply) -> Duration {
        let begun = self.issued_at.or(reply.date).unwrap_or(self.expires_at);
        let whole = (self.expires_at - begun).to_std().unwrap_or_default();
        whole.saturating_sub(MARGIN.min(whole / 2))
    }
}

impl Call<'_> {
    /// The token at hand, or a new one.
    pub(super) fn session(&self) -> CpiResult<Arc<Session>> {
        let _one = self.cpi.turns.of("token");
        let mut known = self.cpi.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        known = known.filter(|session| session.until > Instant::now());
        if let Some(known) = known {
            return Ok(known);
        }
        let session = Arc::new(self.told(NAME, || self.log_in())?);
        *self.cpi.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&session));
        Ok(session)
    }

    /// Forgets a token that, by Cinder's word, has expired. A new one may have come meanwhile.
    pub(super) fn forget(&self, session: &Arc<Session>) {
        let mut known = self.cpi.session.lock().unwrap_or_else(PoisonError::into_inner);
        if known.as_ref().is_some_and(|known| Arc::ptr_eq(known, session)) {
            *known = None;
        }
    }

    fn log_in(&self) -> CpiResult<Session> {
        let cpi = self.cpi;
        let request = Request::post(format!("{}/auth/tokens", cpi.keystone))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, "application/json")
            .body(cpi.login.body().to_string().into_bytes())
            .map_err(|error| self.fail(CpiErrorKind::InvalidRequest, error.to_string()))?;
        let reply = cpi.client(self)?.ask(request);
        let reply = reply.map_err(|failure| self.unheard(NAME, Nature::Question, &failure, &cpi.keystone))?;
        if reply.status != 201 {
            return Err(self.not_believed(&reply));
        }
        let token = reply.header("x-subject-token").filter(|token| !token.is_empty()).map(str::to_owned);
        let answer = serde_json::from_slice::<Answer>(&reply.body);
        let (Some(token), Ok(Answer { token: ticket })) = (token, answer) else {
            return Err(self.unreadable(NAME, Nature::Question, "it holds no token of Keystone v3"));
        };
        cpi.learn(&token);
        let storage = catalog::block_storage(&ticket.catalog, &cpi.interface, cpi.region.as_deref());
        let storage =
            storage.map_err(|why| self.fail(CpiErrorKind::NoAnswer, format!("Cinder was not asked: {why}")))?;
        Ok(Session { token: Secret::new(token), storage, until: Instant::now() + ticket.lasts(&reply) })
    }

    /// The error if Keystone gives no token. Cinder was not asked.
    fn not_believed(&self, reply: &Reply) -> CpiError {
        let keystone = &self.cpi.keystone;
        let address = "look at `auth_url` of `properties.openstack`: it is the address of Keystone v3";
        let Some(said) = Said::of(&reply.body) else {
            let why = format!("status {}, without an answer of Keystone's", reply.status);
            return self.unreadable(NAME, Nature::Question, &why).hint(address);
        };
        let words = self.words(&said.message);
        let fail = |kind, what: &str| self.fail(kind, format!("{keystone} {what}: {words}"));
        let mut error = match reply.status {
            401 => fail(CpiErrorKind::Denied, "does not accept the credentials").hint(self.cpi.login.advice()),
            403 => fail(CpiErrorKind::Denied, "gives no token to the user").hint(self.cpi.login.advice()),
            // Keystone says this of an application credential and of a trust; for a wrong address it says "not found".
            404 if words.to_lowercase().contains("could not find") => {
                fail(CpiErrorKind::Denied, "does not know the credentials").hint(self.cpi.login.advice())
            }
            413 | 429 => fail(CpiErrorKind::Throttled, "turns too many requests away"),
            status if status >= 500 => {
                let mut error = fail(CpiErrorKind::NoAnswer, "cannot answer");
                error.ok_to_retry = true;
                error
            }
            _ => fail(CpiErrorKind::NoAnswer, "gives no token").hint(address),
        };
        error.answered = true;
        error.retry_after = reply.retry_after;
        error
    }
}
