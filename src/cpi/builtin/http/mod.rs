//! HTTP for the built-in clouds: blocking, bounded, and without redirects, since a redirect would carry the credentials
//! to a server that nobody chose.

mod proxy;
mod trust;

use std::collections::BTreeMap;
use std::io;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use chrono::{DateTime, Utc};
use http::header::{DATE, RETRY_AFTER};
use http::{HeaderMap, Method, Request};
use ureq::{Agent, Error, Timeout};

use crate::process::Stop;
use crate::secret::Secret;
use proxy::Proxies;

/// How long a question may take.
const QUESTION: Duration = Duration::from_secs(60);
/// How long the answer to a change may take. If the cloud takes longer, snapback asks afterwards.
const CHANGE: Duration = Duration::from_secs(120);
/// How long it may take to reach a server.
const CONNECT: Duration = Duration::from_secs(15);
/// How long a server on this machine's own network may take: if it is not there, nobody answers.
const NEAR: Duration = Duration::from_secs(2);
/// The most bytes of an answer: a page of a thousand snapshots with fifty tags each has fewer.
const MOST: u64 = 32 << 20;
/// How often a question checks whether it is to end.
const GLANCE: Duration = Duration::from_millis(50);

/// The settings of a client.
pub(super) struct Setting<'a> {
    /// The operator's environment: proxies and certificates.
    pub environment: &'a BTreeMap<String, String>,
    /// Additional certificates that the manifest names, in PEM.
    pub ca: Option<&'a str>,
    /// How long a call may take at most.
    pub deadline: Duration,
    /// Tells whether questions are to end.
    pub stop: Stop,
    /// The manifest's options for connections.
    pub options: Options,
}

/// Options for connections, as a manifest can set them (`connection_options`).
#[derive(Default, Clone)]
pub(super) struct Options {
    /// Whether any server is believed, without a look at its certificate.
    pub unverified: bool,
    /// How long it may take to reach a server.
    pub connect: Option<Duration>,
    /// How long an answer may take.
    pub answer: Option<Duration>,
}

/// A client. It keeps no connection: if the server had closed one meanwhile, the outcome of a change would be unknown.
#[derive(Clone)]
pub(super) struct Client {
    direct: Agent,
    proxied: Option<Agent>,
    proxies: Proxies,
    deadline: Duration,
    answer: Option<Duration>,
    stop: Stop,
}

/// An answer with any status.
#[derive(Debug)]
pub(super) struct Reply {
    pub status: u16,
    pub body: Vec<u8>,
    /// The server's clock, if it tells.
    pub date: Option<DateTime<Utc>>,
    /// For how many seconds the server asks to wait before the next request, if it does.
    pub retry_after: Option<u16>,
    /// The headers; one of them can be a token.
    pub headers: Secret<HeaderMap>,
}

impl Reply {
    /// A header, as a text.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.expose().get(name)?.to_str().ok()
    }
}

/// A text in the form for a form or behind the `?` of an address (RFC 3986: only letters, digits and four others stand
/// for themselves).
pub(super) fn escaped(text: &str) -> String {
    let one = |byte: u8| match char::from(byte) {
        plain if plain.is_ascii_alphanumeric() || "-._~".contains(plain) => plain.to_string(),
        _ => format!("%{byte:02X}"),
    };
    text.bytes().map(one).collect()
}

/// Why there is no answer.
#[derive(Debug)]
pub(super) enum Failure {
    /// The request was not sent: nothing has happened.
    NotSent(String),
    /// The request may have arrived, and no whole answer came back.
    Unanswered(String),
    /// snapback was asked to end.
    Stopped,
}

impl Failure {
    /// The failure in words.
    pub(super) fn words(&self) -> &str {
        match self {
            Failure::NotSent(why) | Failure::Unanswered(why) => why,
            Failure::Stopped => "it was ended by a signal",
        }
    }
}

impl Client {
    /// A client for servers of this scheme; certificates are read only for `https`.
    ///
    /// # Errors
    /// A proxy or certificates that cannot be used, in words.
    pub(super) fn new(setting: &Setting<'_>) -> Result<Client, String> {
        let tls = trust::config(setting.environment, setting.ca, setting.options.unverified)?;
        let agent = |proxy: Option<ureq::Proxy>| {
            Agent::config_builder()
                .http_status_as_error(false)
                .max_redirects(0)
                .max_redirects_will_error(false)
                .proxy(proxy)
                .tls_config(tls.clone())
                .timeout_connect(Some(setting.options.connect.unwrap_or(CONNECT)))
                .max_idle_connections(0)
                .user_agent(concat!("snapback/", env!("CARGO_PKG_VERSION")))
                .build()
                .new_agent()
        };
        let proxies = Proxies::of(setting.environment);
        let proxied = proxies.for_https()?.map(|proxy| agent(Some(proxy)));
        let (deadline, answer, stop) = (setting.deadline, setting.options.answer, setting.stop.clone());
        Ok(Client { direct: agent(None), proxied, proxies, deadline, answer, stop })
    }

    /// Asks a question. A stop ends the wait; the request then ends by itself.
    pub(super) fn ask(&self, request: Request<Vec<u8>>) -> Result<Reply, Failure> {
        self.ask_within(request, QUESTION)
    }

    /// Asks a server that has to answer within this time.
    pub(super) fn ask_within(&self, request: Request<Vec<u8>>, most: Duration) -> Result<Reply, Failure> {
        if (self.stop)() {
            return Err(Failure::Stopped);
        }
        let (sender, answer) = channel();
        let (client, limit) = (self.clone(), self.limit(&request, most));
        thread::spawn(move || drop(sender.send(client.send(request, limit))));
        loop {
            match answer.recv_timeout(GLANCE) {
                Ok(answer) => return answer,
                Err(RecvTimeoutError::Timeout) if (self.stop)() => return Err(Failure::Stopped),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => {
                    return Err(Failure::Unanswered("the request did not complete".to_owned()));
                }
            }
        }
    }

    /// Asks for a change: once, and whatever signal comes.
    pub(super) fn act(&self, request: Request<Vec<u8>>) -> Result<Reply, Failure> {
        let limit = self.limit(&request, CHANGE);
        self.send(request, limit)
    }

    fn limit(&self, request: &Request<Vec<u8>>, longest: Duration) -> Duration {
        let near = request.uri().host().is_some_and(|host| host.starts_with("169.254."));
        self.deadline.min(if near { NEAR.min(longest) } else { self.answer.unwrap_or(longest) })
    }

    fn send(&self, request: Request<Vec<u8>>, limit: Duration) -> Result<Reply, Failure> {
        let host = request.uri().host().unwrap_or_default().to_owned();
        let is_tls = request.uri().scheme_str() == Some("https");
        let agent = match &self.proxied {
            Some(proxied) if is_tls && !self.proxies.spares(&host) => proxied,
            _ => &self.direct,
        };
        let response = if [Method::GET, Method::DELETE].contains(request.method()) {
            agent.run(agent.configure_request(request.map(drop)).timeout_global(Some(limit)).build())
        } else {
            agent.run(agent.configure_request(request).timeout_global(Some(limit)).build())
        };
        let mut response = response.map_err(|error| failure(&host, error))?;
        let headers = response.headers().clone();
        let date = headers.get(DATE).and_then(|date| DateTime::parse_from_rfc2822(date.to_str().ok()?).ok());
        let wait = headers.get(RETRY_AFTER).and_then(|wait| wait.to_str().ok()?.trim().parse().ok());
        let body = response.body_mut().with_config().limit(MOST).read_to_vec();
        let body = body.map_err(|error| Failure::Unanswered(format!("{host}: {error}")))?;
        Ok(Reply {
            status: response.status().as_u16(),
            body,
            date: date.map(|date| date.to_utc()),
            retry_after: wait,
            headers: Secret::new(headers),
        })
    }
}

/// The failure for an error. What matters is whether the request can have been sent.
fn failure(host: &str, error: Error) -> Failure {
    let words = format!("{host}: {error}");
    match error {
        Error::HostNotFound | Error::ConnectionFailed | Error::BadUri(_) | Error::InvalidProxyUrl => {
            Failure::NotSent(words)
        }
        Error::ConnectProxyFailed(_) | Error::Tls(_) | Error::Pem(_) => Failure::NotSent(words),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => Failure::NotSent(words),
        Error::Io(error) if was_refused(&error) => Failure::NotSent(words),
        _ => Failure::Unanswered(words),
    }
}

/// Whether nobody was there, or the server could not prove who it is: then the request was not sent.
fn was_refused(error: &io::Error) -> bool {
    let kinds = [io::ErrorKind::ConnectionRefused, io::ErrorKind::HostUnreachable, io::ErrorKind::NetworkUnreachable];
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    // The standard library has no kind for a name that is not found, only this text.
    let is_unknown = error.raw_os_error().is_none() && error.to_string().starts_with("failed to lookup address");
    is_unknown || kinds.contains(&error.kind()) || matches!(inner, Some(rustls::Error::InvalidCertificate(_)))
}
