//! One call of a method, and the requests to EC2's Query API that it makes.

use std::time::Instant;

use http::Request;
use http::header::CONTENT_TYPE;

use super::AwsCpi;
use super::credentials::Trouble;
use super::sign::{Scope, sign};
use super::xml::Node;
use crate::cpi::builtin::http::escaped;
use crate::cpi::builtin::wait::{self, Nature};
use crate::cpi::trace::Called;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};

/// The version of the API.
const VERSION: &str = "2016-11-15";
/// The most pages of a list: no list has more.
const PAGES: usize = 1000;

/// The parameters of a request.
#[derive(Default, Clone)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// Adds a parameter.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// Adds a parameter if it has a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// Adds filters, each with one value.
    pub(super) fn filtered(self, filters: impl IntoIterator<Item = (String, String)>) -> Self {
        let filters = filters.into_iter().enumerate();
        filters.fold(self, |params, (at, (name, value))| {
            let number = at + 1;
            params.with(format!("Filter.{number}.Name"), name).with(format!("Filter.{number}.Value.1"), value)
        })
    }

    /// The parameters as a form (RFC 3986: only letters, digits and four others stand for themselves).
    pub(super) fn form(&self, action: &str, version: &str) -> Vec<u8> {
        let all = [("Action", action), ("Version", version)].into_iter();
        let all = all.chain(self.0.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let pairs: Vec<String> = all.map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
        pairs.join("&").into_bytes()
    }
}

/// A method under way. The methods themselves are in `disks.rs`, `snapshots.rs` and `vms.rs`.
#[derive(Clone, Copy)]
pub(super) struct Call<'a> {
    pub cpi: &'a AwsCpi,
    pub method: &'static str,
}

impl Call<'_> {
    pub(super) fn fail(&self, kind: CpiErrorKind, message: impl Into<String>) -> CpiError {
        CpiError::new(&self.cpi.name, self.method, kind, message)
    }

    /// Asks EC2.
    pub(super) fn ask(&self, action: &'static str, params: &Params) -> CpiResult<Node> {
        self.send(action, Nature::Question, params)
    }

    /// Has EC2 change something.
    pub(super) fn act(&self, action: &'static str, params: &Params) -> CpiResult<Node> {
        self.send(action, Nature::Change, params)
    }

    /// Asks for a list, page by page. Returns the items of `set`.
    pub(super) fn all<T>(
        &self,
        action: &'static str,
        params: &Params,
        set: &str,
        read: impl Fn(&Node) -> CpiResult<T>,
    ) -> CpiResult<Vec<T>> {
        let (mut found, mut next) = (Vec::new(), None::<String>);
        for _ in 0..PAGES {
            let page =
                self.ask(action, &params.clone().with("MaxResults", "1000").maybe("NextToken", next.as_ref()))?;
            if page.child(set).is_none() {
                return Err(self.unreadable(action, Nature::Question, &format!("it has no {set}")));
            }
            for item in page.items(set) {
                found.push(read(item)?);
            }
            match page.text("nextToken") {
                None => return Ok(found),
                Some(token) if next.as_deref() == Some(token) => break,
                Some(token) => next = Some(token.to_owned()),
            }
        }
        Err(self.unreadable(action, Nature::Question, "its list has no end"))
    }

    /// Looks until the result that was asked for is there.
    pub(super) fn wait<T>(&self, what: &str, look: impl Fn() -> CpiResult<Option<T>>) -> CpiResult<T> {
        wait::until(self.cpi.deadline, look, |said| {
            let message = format!("{what} was requested, but did not happen in time{said}");
            self.fail(CpiErrorKind::OutcomeUnknown, message)
        })
    }

    fn send(&self, action: &'static str, nature: Nature, params: &Params) -> CpiResult<Node> {
        match self.told(action, nature, params) {
            // AWS refused before anything was done, and other credentials are available.
            Err(Refusal { is_over: true, .. }) if self.forget_credentials() => {
                self.told(action, nature, params).map_err(|refusal| refusal.error)
            }
            answer => answer.map_err(|refusal| refusal.error),
        }
    }

    fn told(&self, action: &'static str, nature: Nature, params: &Params) -> Result<Node, Refusal> {
        let begun = Instant::now();
        let answer = self.exchange(action, nature, params);
        let failure = answer.as_ref().err().map(|refusal| self.cpi.redact(&refusal.error.message));
        let (cpi, took, failure) = (&self.cpi.name, begun.elapsed(), failure.as_deref());
        let told = Called { cpi, method: action, request: None, took, failure, answer: None, log: "" };
        self.cpi.trace.called(&told);
        answer
    }

    fn exchange(&self, action: &'static str, nature: Nature, params: &Params) -> Result<Node, Refusal> {
        let connection = self.cpi.connection(self)?;
        let who = connection.identity.credentials().map_err(|trouble| self.nobody(trouble))?;
        let request = Request::post(format!("{}/", self.cpi.endpoint))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(params.form(action, VERSION))
            .map_err(|error| self.fail(CpiErrorKind::InvalidRequest, error.to_string()))?;
        let scope = Scope { service: "ec2", region: &self.cpi.region, now: self.cpi.now() };
        let request = sign(request, &who, scope).map_err(|why| {
            self.nobody(Trouble { words: why, next: "look at the credentials".into(), is_passing: false })
        })?;
        let reply = match nature {
            Nature::Question => connection.client.ask(request),
            Nature::Change => connection.client.act(request),
        };
        let reply = reply.map_err(|failure| self.unheard(action, nature, &failure))?;
        if reply.status != 200 {
            return Err(self.refused(action, nature, &reply));
        }
        let tree = Node::read(&reply.body).map_err(|why| self.unreadable(action, nature, &why))?;
        if tree.name != format!("{action}Response") {
            return Err(self.unreadable(action, nature, "it answers something else").into());
        }
        Ok(tree)
    }

    fn forget_credentials(&self) -> bool {
        self.cpi.connection.get().is_some_and(|connection| connection.identity.forget())
    }

    /// The error if there are no credentials to ask with: nothing was asked.
    fn nobody(&self, trouble: Trouble) -> CpiError {
        let kind = if trouble.is_passing { CpiErrorKind::NoAnswer } else { CpiErrorKind::Denied };
        let mut error = self.fail(kind, format!("AWS was not asked: {}", self.cpi.redact(&trouble.words)));
        error.ok_to_retry = trouble.is_passing;
        error.hint(trouble.next)
    }
}

/// An error of one exchange.
pub(super) struct Refusal {
    pub error: CpiError,
    /// Whether AWS refused the credentials as expired.
    pub is_over: bool,
}

impl From<CpiError> for Refusal {
    fn from(error: CpiError) -> Self {
        Refusal { error, is_over: false }
    }
}
