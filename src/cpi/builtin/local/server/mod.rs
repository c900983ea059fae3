//! The local backend as a CPI executable: one request to one response, as BOSH's CPIs give it
//! (docs-bosh `content/cpi-api-rpc.md`), with the recovery extension (`docs/cpi-extension.md`).
//!
//! The caller keeps the journal of such a call, so there is no intent here: the token comes with the request.

mod arguments;
mod methods;
mod shapes;

use std::io::Read;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::clock::{Clock, Ids};
use crate::cpi::wire::{self, EXTENSION, Request, WireError, error_type};
use crate::cpi::{CpiError, CpiErrorKind, SnapshotOptions};
use crate::domain::ids::{CpiName, OperationId, Token};
use crate::fault::Faults;

use super::LocalCpi;

/// The type of errors about the request itself.
const BAD_REQUEST: &str = "Bosh::Clouds::CpiError";
/// The newest version of the CPI API that it speaks. In version 1, `attach_disk` returns nothing.
const API_VERSION: u64 = 2;

/// A CPI that answers one request.
pub struct Server {
    /// The directory of the disks, if the request does not name it.
    pub path: Option<PathBuf>,
    /// The time.
    pub clock: Clock,
    /// Fresh identifiers.
    pub ids: Ids,
    /// The faults of a test.
    pub faults: Faults,
}

impl Server {
    /// Reads a request, does what it says, and returns the text of the response. There always is one.
    pub fn answer(&self, request: impl Read) -> String {
        let request = wire::receive(request);
        let knows = request.as_ref().is_ok_and(knows_the_extension);
        let result = request.map_err(bad_request).and_then(|request| self.result(&request));
        wire::response(result.map_err(|error| if knows { error } else { in_boshs_types(error) }))
    }

    fn result(&self, request: &Request) -> Result<Value, WireError> {
        let Some(method) = methods::named(&request.method) else {
            return Err(WireError {
                kind: "Bosh::Clouds::NotImplemented".to_owned(),
                message: format!("the local CPI has no method '{}'", printable(&request.method)),
                ok_to_retry: false,
            });
        };
        if method.name == methods::INFO {
            return Ok(methods::info());
        }
        let api_version = match request.api_version {
            None => 1,
            Some(version @ 1..=API_VERSION) => version,
            Some(version) => {
                return Err(bad_request(format!("api_version is {version}: this CPI speaks 1 to {API_VERSION}")));
            }
        };
        let cpi = LocalCpi::new(
            CpiName::new(super::BUILTIN.name),
            self.root(request)?,
            self.clock.clone(),
            self.ids.clone(),
            self.faults.clone(),
        );
        let call = methods::Invocation {
            call: cpi.call(method.name),
            arguments: arguments::Arguments::of(request),
            token: self.token(request)?,
            options: SnapshotOptions { allow_torn: extension(request, "allow_torn") == Some(&Value::Bool(true)) },
            api_version,
        };
        (method.run)(&call)
    }

    /// The root: `--path`, else `context.local.path`, since the Director puts the properties of a cpi-config into the
    /// context.
    fn root(&self, request: &Request) -> Result<PathBuf, WireError> {
        if let Some(path) = &self.path {
            return Ok(path.clone());
        }
        match request.context.get("local").and_then(|local| local.get("path")) {
            Some(Value::String(path)) if Path::new(path).is_absolute() && !path.contains('\0') => Ok(path.into()),
            Some(_) => Err(bad_request("`context.local.path` is not the absolute path of a directory")),
            None => Err(bad_request(
                "no directory of disks is named: neither by `snapback cpi local --path DIR`, nor by \
                 `context.local.path` (in a cpi-config: properties: {local: {path: DIR}})",
            )),
        }
    }

    /// The caller's token for the thing that this call makes; if there is none, a new one.
    fn token(&self, request: &Request) -> Result<Token, WireError> {
        match extension(request, "token") {
            None | Some(Value::Null) => Ok(Token { operation: OperationId::new(self.ids.uuid()), step: 1 }),
            Some(given) => token(given, "`context.snapback.token`"),
        }
    }
}

fn knows_the_extension(request: &Request) -> bool {
    request.context.contains_key(EXTENSION) || methods::named(&request.method).is_some_and(|method| method.extends)
}

/// The error in one of BOSH's types. A type that the Director does not know ends its whole task; `CloudError` is
/// counted, and the other disks get their turn (`jobs/snapshot_deployment.rb`).
fn in_boshs_types(error: WireError) -> WireError {
    match error.kind.starts_with("Bosh::") {
        true => error,
        false => WireError { kind: error_type::name(CpiErrorKind::Cloud).to_owned(), ..error },
    }
}

fn extension<'r>(request: &'r Request, key: &str) -> Option<&'r Value> {
    request.context.get(EXTENSION)?.get(key)
}

/// Reads `OPERATION-STEP`, which stands at `place` in the request.
fn token(given: &Value, place: &str) -> Result<Token, WireError> {
    let Value::String(text) = given else { return Err(bad_request(format!("{place} is not text"))) };
    let parts = text.rsplit_once('-').and_then(|(operation, step)| {
        Some(Token { operation: operation.parse::<OperationId>().ok()?, step: step.parse().ok()? })
    });
    parts.filter(|token| token.to_string() == *text).ok_or_else(|| WireError {
        kind: error_type::name(CpiErrorKind::InvalidCid).to_owned(),
        message: format!("{place} is not a token, OPERATION-STEP"),
        ok_to_retry: false,
    })
}

fn bad_request(message: impl Into<String>) -> WireError {
    WireError { kind: BAD_REQUEST.to_owned(), message: message.into(), ok_to_retry: false }
}

/// The wire form of the backend's error: its sentence, its cause, and its advice, each in a line.
fn failed(error: &CpiError) -> WireError {
    let mut message = error.message.clone();
    if let Some(cause) = &error.source {
        message.push_str(&format!(": {cause}"));
    }
    for hint in &error.hints {
        message.push('\n');
        message.push_str(hint);
    }
    WireError { kind: error_type::name(error.kind).to_owned(), message, ok_to_retry: error.ok_to_retry }
}

/// A name from outside, safe as a part of a sentence.
fn printable(text: &str) -> String {
    text.chars().take(80).flat_map(char::escape_debug).collect()
}
