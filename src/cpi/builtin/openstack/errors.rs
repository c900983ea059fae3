//! The meaning of Cinder's and Keystone's errors (docs.openstack.org, "Block Storage API v3", and cinder's
//! `exception.py`).

use serde_json::Value;

use super::call::{Call, Wish};
use crate::cpi::builtin::http::{Failure, Reply};
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind};

/// Cinder's name of the error for a missing thing (cinder `api/openstack/wsgi.py`, `Fault`).
const MISSING: &str = "itemNotFound";

/// The most characters of the cloud's message that are shown.
const LONGEST: usize = 300;

/// An error of OpenStack, as it says it: `{"itemNotFound": {"code": 404, "message": "..."}}`, of Keystone `{"error": ...}`.
pub(super) struct Said {
    /// The name of the error, such as `itemNotFound`.
    pub name: String,
    pub message: String,
}

impl Said {
    /// Reads the name and the message of an error from the body of an answer; `None` if there is none in it.
    pub(super) fn of(body: &[u8]) -> Option<Said> {
        let Value::Object(all) = serde_json::from_slice(body).ok()? else { return None };
        let one = all.iter().find_map(|(name, fault)| Some((name, fault.get("message")?.as_str()?)));
        one.map(|(name, message)| Said { name: name.clone(), message: message.to_owned() })
    }

    fn has(&self, words: &[&str]) -> bool {
        let message = self.message.to_lowercase();
        words.iter().any(|word| message.contains(word))
    }
}

impl Call<'_> {
    /// The cloud's message in one line. Secrets are removed before it is cut: half of a secret would not be recognised.
    pub(super) fn words(&self, theirs: &str) -> String {
        let told = self.cpi.redact(theirs);
        let plain = told.chars().map(|c| if c.is_control() { ' ' } else { c });
        plain.take(LONGEST).collect::<String>().trim().to_owned()
    }

    /// The error if no answer came back.
    pub(super) fn unheard(&self, policy: &str, nature: Nature, failure: &Failure, address: &str) -> CpiError {
        let words = self.cpi.redact(failure.words());
        let (kind, again) = match (failure, nature) {
            (Failure::NotSent(_) | Failure::Stopped, _) => (CpiErrorKind::NoAnswer, false),
            (Failure::Unanswered(_), Nature::Question) => (CpiErrorKind::NoAnswer, true),
            (Failure::Unanswered(_), Nature::Change) => (CpiErrorKind::OutcomeUnknown, false),
        };
        let mut error = self.fail(kind, format!("{policy} was not answered: {words}"));
        error.ok_to_retry = again;
        match failure {
            Failure::NotSent(_) => error.hint(format!(
                "{address} cannot be reached: look at `auth_url`, `region` and `endpoint_type` of `properties.openstack`, at \
                 HTTPS_PROXY and NO_PROXY, and at the certificates (`connection_options.ca_cert`, SSL_CERT_FILE)"
            )),
            _ => error,
        }
    }

    /// The error for an answer that is not one of OpenStack's: it decides nothing.
    pub(super) fn unreadable(&self, policy: &str, nature: Nature, why: &str) -> CpiError {
        let (kind, again) = match nature {
            Nature::Question => (CpiErrorKind::NoAnswer, true),
            Nature::Change => (CpiErrorKind::OutcomeUnknown, false),
        };
        let mut error = self.fail(kind, self.cpi.redact(&format!("the answer to {policy} cannot be read: {why}")));
        error.ok_to_retry = again;
        error.hint("if this happens again, check what stands between snapback and OpenStack")
    }

    /// The error for an answer of Cinder's that is not a success.
    pub(super) fn refused(&self, wish: &Wish, nature: Nature, reply: &Reply) -> CpiError {
        let policy = wish.policy;
        let Some(said) = Said::of(&reply.body) else {
            return self.unreadable(policy, nature, &format!("status {}, without an error of Cinder's", reply.status));
        };
        let kind = kind(wish, &said, nature, reply.status);
        let words = self.words(&said.message);
        let mut error = self.fail(kind, format!("{policy}: {} {}: {words}", reply.status, said.name));
        error.answered = true;
        error.retry_after = reply.retry_after;
        error.ok_to_retry = kind == CpiErrorKind::NoAnswer;
        match advice(policy, kind, reply.status) {
            Some(hint) => error.hint(hint),
            None => error,
        }
    }
}

/// The kind of a failure, by the HTTP status and the words of the answer.
fn kind(wish: &Wish, said: &Said, nature: Nature, status: u16) -> CpiErrorKind {
    use CpiErrorKind::{Cloud, Denied, InUse, InvalidRequest, NoAnswer, NoSpace, OutcomeUnknown};
    match status {
        401 | 403 => Denied,
        // A wrong address has the same status: only an answer that names the thing is about it.
        404 => match &wish.about {
            Some((missing, id)) if said.name == MISSING && said.message.contains(id.as_str()) => *missing,
            _ if nature == Nature::Question => NoAnswer,
            _ => InvalidRequest,
        },
        // Cinder uses one status for both.
        413 if said.has(&["quota", "limitexceeded", "limit exceeded", "maximum number"]) => NoSpace,
        413 | 429 => CpiErrorKind::Throttled,
        400 | 409 if wish.policy.contains(":delete") => InUse,
        400 if said.has(&["quota"]) => NoSpace,
        // The thing is in a state in which nobody can do that.
        400 if said.has(&["status"]) => Cloud,
        400 => InvalidRequest,
        // It failed in the middle of its work, and nobody knows where.
        500.. if nature == Nature::Change => OutcomeUnknown,
        500.. => NoAnswer,
        _ => Cloud,
    }
}

fn advice(policy: &str, kind: CpiErrorKind, status: u16) -> Option<String> {
    match (kind, status) {
        (CpiErrorKind::Denied, 401) => {
            Some("Cinder does not accept Keystone's tokens: whoever runs the cloud can look at its log".to_owned())
        }
        (CpiErrorKind::Denied, _) => Some(format!(
            "give the user of `properties.openstack` a role in the project that the policy {policy} allows, as member \
             (docs/clouds/openstack.md)"
        )),
        // It could be done in another state.
        (CpiErrorKind::Cloud, 400) => {
            Some(
                "check its status in the cloud (openstack volume show), and run the command again when that has \
                 changed".to_owned())
        }
        (CpiErrorKind::NoSpace, _) => Some(
            "the project's quota is used up: delete what is not needed (`snapback prune`, `snapback disks --orphaned`), or have it \
             raised"
                .to_owned(),
        ),
        _ => None,
    }
}
