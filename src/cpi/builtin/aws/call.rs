//! One call of a method, and the requests to EC2's Query API that it makes.

use std::time::Instant;

use http::Request;
use http::header::CONTENT_TYPE;
use reqsign_aws_v4::Credential;

use super::AwsCpi;
use super::xml::Node;
use crate::cpi::builtin::http::escaped;
use crate::cpi::builtin::wait::{self, Nature};
use crate::cpi::trace::Called;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};

/// The versions of the two APIs.
const EC2: (&str, &str) = ("ec2", "2016-11-15");
const STS: (&str, &str) = ("sts", "2011-06-15");
/// More pages than this no list has.
const PAGES: usize = 1000;

/// The parameters of a request.
#[derive(Default, Clone)]
pub(super) struct Params(Vec<(String, String)>);

impl Params {
    /// With one more.
    pub(super) fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.0.push((name.into(), value.into()));
        self
    }

    /// With one more, where there is a value.
    pub(super) fn maybe(self, name: &str, value: Option<impl ToString>) -> Self {
        match value {
            Some(value) => self.with(name, value.to_string()),
            None => self,
        }
    }

    /// With filters, each of one value.
    pub(super) fn filtered(self, filters: impl IntoIterator<Item = (String, String)>) -> Self {
        let filters = filters.into_iter().enumerate();
        filters.fold(self, |params, (at, (name, value))| {
            let number = at + 1;
            params.with(format!("Filter.{number}.Name"), name).with(format!("Filter.{number}.Value.1"), value)
        })
    }

    /// As a form (RFC 3986: only letters, digits and four others stand for themselves).
    fn form(&self, action: &str, version: &str) -> Vec<u8> {
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
        self.signed_in()?;
        self.send(EC2, action, Nature::Question, params)
    }

    /// Has EC2 change something.
    pub(super) fn act(&self, action: &'static str, params: &Params) -> CpiResult<Node> {
        self.signed_in()?;
        self.send(EC2, action, Nature::Change, params)
    }

    /// Asks for a list, page by page, and gives the items of `set`.
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

    /// Looks until what was asked for has come about.
    pub(super) fn wait<T>(&self, what: &str, look: impl Fn() -> CpiResult<Option<T>>) -> CpiResult<T> {
        wait::until(self.cpi.deadline, look, |said| {
            let message = format!("{what} was asked for, and has not come about in time{said}");
            self.fail(CpiErrorKind::OutcomeUnknown, message)
        })
    }

    /// Assumes the manifest's role, where it names one.
    fn signed_in(&self) -> CpiResult<()> {
        let Some(role) = &self.cpi.role else { return Ok(()) };
        let _one = self.cpi.turns.of("role");
        if !self.cpi.connection(self)?.signer.needs_role() {
            return Ok(());
        }
        let session = format!("snapback-{}", self.cpi.ids.uuid());
        let params = Params::default().with("RoleArn", role).with("RoleSessionName", session);
        let answer = self.send(STS, "AssumeRole", Nature::Question, &params)?;
        let given = answer.find("Credentials");
        let part = |name: &str| given.and_then(|given| given.text(name)).map(str::to_owned);
        match (part("AccessKeyId"), part("SecretAccessKey"), part("SessionToken")) {
            (Some(access_key_id), Some(secret_access_key), session_token @ Some(_)) => {
                let expires_in = part("Expiration").and_then(|time| time.parse().ok());
                let assumed = Credential { access_key_id, secret_access_key, session_token, expires_in };
                self.cpi.connection(self)?.signer.assume(assumed);
                Ok(())
            }
            _ => Err(self.unreadable("AssumeRole", Nature::Question, "it holds no credentials")),
        }
    }

    fn send(
        &self,
        (service, version): (&str, &str),
        action: &'static str,
        nature: Nature,
        params: &Params,
    ) -> CpiResult<Node> {
        let begun = Instant::now();
        let answer = self.exchange(service, version, action, nature, params);
        let failure = answer.as_ref().err().map(|error| self.cpi.redact(&error.message));
        let (cpi, took, failure) = (&self.cpi.name, begun.elapsed(), failure.as_deref());
        let told = Called { cpi, method: action, request: None, took, failure, answer: None, log: "" };
        self.cpi.trace.called(&told);
        answer
    }

    fn exchange(
        &self,
        service: &str,
        version: &str,
        action: &'static str,
        nature: Nature,
        params: &Params,
    ) -> CpiResult<Node> {
        let connection = self.cpi.connection(self)?;
        let is_sts = service == STS.0;
        let endpoint = if is_sts { &self.cpi.sts } else { &self.cpi.endpoint };
        let request = Request::post(format!("{endpoint}/"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
            .body(params.form(action, version))
            .map_err(|error| self.fail(CpiErrorKind::InvalidRequest, error.to_string()))?;
        let request = connection.signer.sign(service, request, is_sts).map_err(|why| self.nobody(&why))?;
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
            return Err(self.unreadable(action, nature, "it answers something else"));
        }
        Ok(tree)
    }

    /// Nobody is known as whom to ask: nothing has been asked.
    fn nobody(&self, why: &str) -> CpiError {
        self.fail(CpiErrorKind::Denied, format!("AWS was not asked: {why}")).hint(
            "set `access_key_id` and `secret_access_key` in `properties.aws`, or with `credentials_source: env_or_profile` \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of this machine",
        )
    }
}
