//! Who asks: credentials, and the signature of each request (AWS Signature Version 4, by the crate reqsign).

use std::collections::{BTreeMap, HashMap};
use std::future::Future;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context as Polled, Poll, Waker};
use std::time::Duration;

use http::{HeaderValue, Request, Response};
use reqsign_aws_v4::{Credential, DefaultCredentialProvider, RequestSigner};
use reqsign_core::{
    CommandExecute, CommandOutput, Context, Env, Error, FileRead, HttpSend, ProvideCredential, Result, SignRequest,
    SigningCredential,
};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::settings::Source;
use crate::cpi::builtin::http::Client;
use crate::process::{self, Stop};
use crate::secret::Redactor;

/// How long a program that knows credentials (`credential_process`) may take.
const PROGRAM: Duration = Duration::from_secs(60);
/// The most bytes that it may say.
const SAID: usize = 1 << 16;

/// Signs, with credentials that are looked for once they are needed, and again before they end.
pub(super) struct Signer {
    context: Context,
    source: Source,
    region: String,
    known: Mutex<Option<Credential>>,
    assumed: Mutex<Option<Credential>>,
}

/// What the chain of credentials may use.
pub(super) struct Surroundings {
    pub client: Client,
    pub environment: BTreeMap<String, String>,
    pub stop: Stop,
}

impl Signer {
    /// Nothing is looked for yet.
    pub(super) fn new(source: Source, region: String, around: Surroundings) -> Self {
        let around = Arc::new(around);
        let part = || Part(Arc::clone(&around));
        let context = Context::new().with_http_send(part()).with_env(part()).with_file_read(part());
        let context = context.with_command_execute(part());
        Signer { context, source, region, known: Mutex::default(), assumed: Mutex::default() }
    }

    /// Puts the headers on that say who asks.
    ///
    /// # Errors
    /// In words, and without a secret: there are no credentials, or they cannot be used.
    pub(super) fn sign(
        &self,
        service: &str,
        request: Request<Vec<u8>>,
        is_own: bool,
    ) -> std::result::Result<Request<Vec<u8>>, String> {
        let assumed = self.assumed.lock().unwrap_or_else(PoisonError::into_inner).clone().filter(|_| !is_own);
        let credential = match assumed {
            Some(assumed) => assumed,
            None => self.own()?,
        };
        let (mut parts, body) = request.into_parts();
        let digest: String = Sha256::digest(&body).iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = HeaderValue::try_from(digest).map_err(|error| error.to_string())?;
        parts.headers.insert("x-amz-content-sha256", digest);
        let signer = RequestSigner::new(service, &self.region).with_standard_session_token();
        now(signer.sign_request(&self.context, &mut parts, Some(&credential), None))
            .map_err(|error| self.redactor().redact(&error.to_string()))?;
        Ok(Request::from_parts(parts, body))
    }

    /// The credentials of the manifest, or those that the chain finds.
    fn own(&self) -> std::result::Result<Credential, String> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known.as_ref().filter(|found| found.is_valid()) {
            return Ok(found.clone());
        }
        let found = match &self.source {
            Source::Given { id, secret, session } => Credential {
                access_key_id: id.clone(),
                secret_access_key: secret.expose().clone(),
                session_token: session.as_ref().map(|session| session.expose().clone()),
                expires_in: None,
            },
            Source::Chain => match now(DefaultCredentialProvider::new().provide_credential(&self.context)) {
                Ok(Some(found)) => found,
                Ok(None) => return Err("there are no credentials".to_owned()),
                // What a source says of itself can hold what it read.
                Err(error) => return Err(format!("no source of credentials has any ({:?})", error.kind())),
            },
        };
        *known = Some(found.clone());
        Ok(found)
    }

    /// Whether a role has to be assumed, for the first time or anew.
    pub(super) fn needs_role(&self) -> bool {
        !self.assumed.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Credential::is_valid)
    }

    /// The role's credentials from here on.
    pub(super) fn assume(&self, credential: Credential) {
        *self.assumed.lock().unwrap_or_else(PoisonError::into_inner) = Some(credential);
    }

    /// Looks for credentials anew next time: AWS says that these are over.
    pub(super) fn forget(&self) {
        *self.known.lock().unwrap_or_else(PoisonError::into_inner) = None;
        *self.assumed.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Knows what must not be told: also what the chain has found.
    pub(super) fn redactor(&self) -> Redactor {
        let mut redactor = Redactor::default();
        for held in [&self.known, &self.assumed] {
            if let Some(found) = held.lock().unwrap_or_else(PoisonError::into_inner).as_ref() {
                let (id, token) = (&found.access_key_id, &found.session_token);
                redactor.learn(&json!({"key": [id, found.secret_access_key, token]}));
            }
        }
        redactor
    }
}

/// Nothing here waits but in a call of the system: a future is ready at once.
fn now<T>(future: impl Future<Output = Result<T>>) -> Result<T> {
    let mut future = pin!(future);
    match future.as_mut().poll(&mut Polled::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => Err(Error::unexpected("a source of credentials waits for what never comes")),
    }
}

/// What reqsign asks of the machine.
struct Part(Arc<Surroundings>);

impl std::fmt::Debug for Part {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Part")
    }
}

impl Env for Part {
    fn var(&self, key: &str) -> Option<String> {
        self.0.environment.get(key).cloned()
    }

    fn vars(&self) -> HashMap<String, String> {
        self.0.environment.clone().into_iter().collect()
    }

    fn home_dir(&self) -> Option<PathBuf> {
        self.0.environment.get("HOME").filter(|home| !home.is_empty()).map(PathBuf::from)
    }
}

impl FileRead for Part {
    async fn file_read(&self, path: &str) -> Result<Vec<u8>> {
        std::fs::read(path).map_err(|error| Error::config_invalid("a file cannot be read").with_source(error))
    }
}

impl HttpSend for Part {
    async fn http_send(&self, request: Request<bytes::Bytes>) -> Result<Response<bytes::Bytes>> {
        let reply = self.0.client.ask(request.map(|body| body.to_vec()));
        let reply = reply.map_err(|failure| Error::unexpected(failure.words().to_owned()))?;
        let response = Response::builder().status(reply.status).body(reply.body.into());
        response.map_err(|error| Error::unexpected("an answer without a status").with_source(error))
    }
}

impl CommandExecute for Part {
    async fn command_execute(&self, program: &str, args: &[&str]) -> Result<CommandOutput> {
        let mut call = process::Call::new(program);
        call.args = args.iter().map(|arg| (*arg).to_owned()).collect();
        call.env = self.0.environment.clone().into_iter().collect();
        (call.deadline, call.stop, call.stdout_limit) = (Some(PROGRAM), Some(self.0.stop.clone()), SAID);
        let finished =
            process::run(&call).map_err(|_| Error::unexpected("credential_process did not come to its end"))?;
        let status = if finished.status.success() { 0 } else { 1 };
        Ok(CommandOutput { status, stdout: finished.stdout, stderr: Vec::new() })
    }
}
