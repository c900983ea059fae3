//! One call of a method, and the requests to Cinder's API v3 that it makes.

use std::collections::BTreeSet;
use std::time::Instant;

use http::header::{ACCEPT, CONTENT_TYPE};
use http::{Method, Request};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::OpenstackCpi;
use super::keystone::Session;
use crate::cpi::builtin::http::{Reply, escaped};
use crate::cpi::builtin::wait::{self, Nature};
use crate::cpi::trace::Called;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};

/// The most pages of a list: no list has more.
const PAGES: usize = 1000;
/// The most rows of a page (the default of Cinder's `osapi_max_limit`).
const ROWS: usize = 1000;
/// The header by which a request asks for a microversion.
const VERSION: &str = "openstack-api-version";

/// A request to Cinder.
#[derive(Clone)]
pub(super) struct Wish {
    /// The policy that allows the request.
    pub policy: &'static str,
    method: Method,
    path: String,
    query: Vec<(&'static str, String)>,
    body: Option<Value>,
    /// A microversion, and the query parameter that needs it.
    version: Option<(&'static str, &'static str)>,
    /// The thing that the request is about, and the error if Cinder has no such thing.
    pub about: Option<(CpiErrorKind, String)>,
}

impl Wish {
    fn new(policy: &'static str, method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        Wish { policy, method, path: path.into(), query: Vec::new(), body, version: None, about: None }
    }

    /// A request that reads something.
    pub(super) fn get(policy: &'static str, path: impl Into<String>) -> Self {
        Wish::new(policy, Method::GET, path, None)
    }

    /// A request that makes something.
    pub(super) fn post(policy: &'static str, path: impl Into<String>, body: Value) -> Self {
        Wish::new(policy, Method::POST, path, Some(body))
    }

    /// A request that deletes something.
    pub(super) fn delete(policy: &'static str, path: impl Into<String>) -> Self {
        Wish::new(policy, Method::DELETE, path, None)
    }

    /// Adds a query parameter.
    pub(super) fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// Adds a query parameter that only this microversion knows. An older Cinder is asked without it.
    pub(super) fn since(mut self, version: &'static str, name: &'static str, value: String) -> Self {
        self.version = Some((version, name));
        self.with(name, value)
    }

    /// Says what the request is about.
    pub(super) fn about(mut self, missing: CpiErrorKind, id: &str) -> Self {
        self.about = Some((missing, id.to_owned()));
        self
    }

    fn address(&self, storage: &str) -> String {
        let query: Vec<String> = self.query.iter().map(|(name, value)| format!("{name}={}", escaped(value))).collect();
        let mark = if query.is_empty() { "" } else { "?" };
        format!("{storage}/{}{mark}{}", self.path, query.join("&"))
    }

    /// Whether `status` is one of the HTTP statuses of success for this method.
    fn is_granted(&self, status: u16) -> bool {
        match self.method {
            Method::GET => status == 200,
            Method::DELETE => matches!(status, 202 | 204),
            _ => matches!(status, 200..=202),
        }
    }
}

/// A method under way. The methods themselves are in `disks.rs` and `snapshots.rs`.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub cpi: &'a OpenstackCpi,
    pub method: &'static str,
}

impl Call<'_> {
    pub(super) fn fail(&self, kind: CpiErrorKind, message: impl Into<String>) -> CpiError {
        CpiError::new(&self.cpi.name, self.method, kind, message)
    }

    /// Asks Cinder, and returns the value of this key in the answer.
    pub(super) fn ask<T: DeserializeOwned>(&self, wish: &Wish, key: &str) -> CpiResult<T> {
        let answer = self.told(wish.policy, || self.exchange(wish, Nature::Question))?;
        self.part(wish, Nature::Question, answer, key)
    }

    /// Has Cinder make something, and returns the value of this key in the answer.
    pub(super) fn make<T: DeserializeOwned>(&self, wish: &Wish, key: &str) -> CpiResult<T> {
        let answer = self.act(wish)?;
        self.part(wish, Nature::Change, answer, key)
    }

    /// Has Cinder change something.
    pub(super) fn act(&self, wish: &Wish) -> CpiResult<Value> {
        self.told(wish.policy, || self.exchange(wish, Nature::Change))
    }

    /// Asks for a list, page by page. It does not follow Cinder's own addresses of further pages: a token goes only to
    /// the catalogue's address.
    pub(super) fn all<T: DeserializeOwned>(
        &self,
        wish: &Wish,
        key: &str,
        id: impl Fn(&T) -> &str,
    ) -> CpiResult<Vec<T>> {
        let (mut found, mut known, links) = (Vec::<T>::new(), BTreeSet::new(), format!("{key}_links"));
        for _ in 0..PAGES {
            let marker = found.last().map(|row| id(row).to_owned());
            let page = marker
                .iter()
                .fold(wish.clone().with("limit", ROWS.to_string()), |page, marker| page.with("marker", marker));
            let answer = self.told(wish.policy, || self.exchange(&page, Nature::Question))?;
            let is_last = !answer
                .get(&links)
                .and_then(Value::as_array)
                .is_some_and(|links| links.iter().any(|link| link.get("rel").and_then(Value::as_str) == Some("next")));
            let rows: Vec<T> = self.part(wish, Nature::Question, answer, key)?;
            let is_empty = rows.is_empty();
            if !rows.iter().all(|row| known.insert(id(row).to_owned())) {
                break;
            }
            found.extend(rows);
            if is_last || is_empty {
                return Ok(found);
            }
        }
        Err(self.unreadable(wish.policy, Nature::Question, "its list has no end"))
    }

    /// Looks until the result that was asked for is there.
    pub(super) fn wait<T>(&self, what: &str, look: impl FnMut() -> CpiResult<Option<T>>) -> CpiResult<T> {
        wait::until(self.cpi.patience, look, |said| {
            let message = format!("{what} was requested, but did not happen in time{said}");
            self.fail(CpiErrorKind::OutcomeUnknown, message)
        })
    }

    /// Reports a request to the trace.
    pub(super) fn told<T>(&self, method: &'static str, request: impl FnOnce() -> CpiResult<T>) -> CpiResult<T> {
        let begun = Instant::now();
        let answer = request();
        let failure = answer.as_ref().err().map(|error| self.cpi.redact(&error.message));
        let (cpi, took, failure) = (&self.cpi.name, begun.elapsed(), failure.as_deref());
        self.cpi.trace.called(&Called { cpi, method, request: None, took, failure, answer: None, log: "" });
        answer
    }

    fn part<T: DeserializeOwned>(&self, wish: &Wish, nature: Nature, mut answer: Value, key: &str) -> CpiResult<T> {
        let part = answer.get_mut(key).map(Value::take);
        let part = part.ok_or_else(|| self.unreadable(wish.policy, nature, &format!("it has no '{key}'")))?;
        serde_json::from_value(part)
            .map_err(|_| self.unreadable(wish.policy, nature, &format!("its '{key}' is not whole")))
    }

    fn exchange(&self, wish: &Wish, nature: Nature) -> CpiResult<Value> {
        let mut session = self.session()?;
        let mut reply = self.send(wish, nature, &session)?;
        // The check of tokens comes before Cinder: nothing has happened.
        if reply.status == 401 && is_of_keystone(&reply) {
            self.forget(&session);
            session = self.session()?;
            reply = self.send(wish, nature, &session)?;
        }
        // So does the choice of the API's version.
        if let (406, Some((_, word))) = (reply.status, wish.version) {
            let query = wish.query.iter().filter(|(name, _)| *name != word).cloned().collect();
            return self.exchange(&Wish { version: None, query, ..wish.clone() }, nature);
        }
        if !wish.is_granted(reply.status) {
            return Err(self.refused(wish, nature, &reply));
        }
        if wish.method == Method::DELETE {
            let is_plain = reply.body.iter().all(u8::is_ascii_whitespace);
            return match is_plain {
                true => Ok(Value::Null),
                false => Err(self.unreadable(wish.policy, nature, "a deletion is answered with nothing")),
            };
        }
        serde_json::from_slice(&reply.body)
            .map_err(|_| self.unreadable(wish.policy, nature, "it is not the JSON of Cinder"))
    }

    fn send(&self, wish: &Wish, nature: Nature, session: &Session) -> CpiResult<Reply> {
        let mut request = Request::builder().method(wish.method.clone()).uri(wish.address(&session.storage));
        request = request.header("x-auth-token", session.token.expose()).header(ACCEPT, "application/json");
        if let Some((version, _)) = wish.version {
            request = request.header(VERSION, format!("volume {version}"));
        }
        let body = wish.body.as_ref().map(|body| body.to_string().into_bytes());
        if body.is_some() {
            request = request.header(CONTENT_TYPE, "application/json");
        }
        let request = request.body(body.unwrap_or_default());
        // If it cannot be a header or an address, it is the token or the path, which nobody may see.
        let request = request.map_err(|_| self.fail(CpiErrorKind::InvalidRequest, "the request cannot be written"))?;
        let client = self.cpi.client(self)?;
        let reply = match nature {
            Nature::Question => client.ask(request),
            Nature::Change => client.act(request),
        };
        reply.map_err(|failure| self.unheard(wish.policy, nature, &failure, &session.storage))
    }
}

/// Whether the answer is keystonemiddleware's, which stands before Cinder: it says that a token is not valid.
fn is_of_keystone(reply: &Reply) -> bool {
    reply.header("www-authenticate").is_some_and(|said| said.to_lowercase().starts_with("keystone"))
        || super::errors::Said::of(&reply.body).is_some()
}
