//! The meaning of EC2's error codes (docs.aws.amazon.com, "Error codes for the Amazon EC2 API").

use super::advice::{Around, advice};
use super::call::{Call, Refusal};
use super::xml::Node;
use crate::cpi::builtin::http::{Failure, Reply};
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind};

/// The most characters of AWS's message that are shown.
const LONGEST: usize = 300;

/// The text before an encoded message, which only an authorized user can decode.
const ENCODED: &str = "Encoded authorization failure message";

/// An error of AWS, as it says it.
pub(super) struct Said {
    pub code: String,
    pub message: String,
}

impl Said {
    /// Reads the code and the message of an error from the body of an answer; `None` if there is none in it.
    pub(super) fn of(body: &[u8]) -> Option<Said> {
        let tree = Node::read(body).ok()?;
        let error = tree.find("Error")?;
        let code = error.text("Code")?.to_owned();
        Some(Said { code, message: error.text("Message").unwrap_or_default().to_owned() })
    }

    /// AWS's message, without the parts of the request that it quotes. Secrets are removed before it is cut: half of a
    /// secret would not be recognised.
    pub(super) fn told(&self, redact: impl Fn(&str) -> String) -> String {
        let message = match self.code.as_str() {
            "SignatureDoesNotMatch" => "the signature is not the one that AWS expects",
            _ => self.message.split(ENCODED).next().unwrap_or_default(),
        };
        let message = redact(message);
        let plain = message.chars().map(|c| if c.is_control() { ' ' } else { c });
        plain.take(LONGEST).collect::<String>().trim().to_owned()
    }

    /// The encoded part of the message, which only an authorized user can have decoded; `None` if there is none.
    pub(super) fn encoded(&self) -> Option<&str> {
        let text = self.message.split(ENCODED).nth(1)?.trim_start_matches([':', ' ']).trim();
        let is_plain = text.chars().all(|c| c.is_ascii_alphanumeric() || "-_=+/".contains(c));
        (is_plain && !text.is_empty()).then_some(text)
    }

    /// The action that the caller is not allowed, if AWS names it: `ec2:CreateTags`.
    pub(super) fn action(&self) -> Option<&str> {
        let action = self.message.split("not authorized to perform: ").nth(1)?.split_whitespace().next()?;
        let is_plain = action.chars().all(|c| c.is_ascii_alphanumeric() || ":-".contains(c));
        (is_plain && action.contains(':')).then_some(action)
    }
}

impl Call<'_> {
    /// The error if no answer came back.
    pub(super) fn unheard(&self, action: &str, nature: Nature, failure: &Failure) -> CpiError {
        let endpoint = self.cpi.endpoint();
        let words = self.cpi.redact(failure.words());
        let (kind, again) = match (failure, nature) {
            (Failure::NotSent(_), _) => (CpiErrorKind::NoAnswer, false),
            (Failure::Stopped, _) => (CpiErrorKind::NoAnswer, false),
            (Failure::Unanswered(_), Nature::Question) => (CpiErrorKind::NoAnswer, true),
            (Failure::Unanswered(_), Nature::Change) => (CpiErrorKind::OutcomeUnknown, false),
        };
        let mut error = self.fail(kind, format!("{action} was not answered: {words}"));
        error.ok_to_retry = again;
        match failure {
            Failure::NotSent(_) | Failure::Unanswered(_) => error.hint(format!(
                "check the way to {endpoint}: `region` and `ec2_endpoint` of `properties.aws`, HTTPS_PROXY and \
                 NO_PROXY, and the certificates (SSL_CERT_FILE, `connection_options.ca_cert`)"
            )),
            Failure::Stopped => error,
        }
    }

    /// The error for an answer that is not one of EC2's: it decides nothing.
    pub(super) fn unreadable(&self, action: &str, nature: Nature, why: &str) -> CpiError {
        let (kind, again) = match nature {
            Nature::Question => (CpiErrorKind::NoAnswer, true),
            Nature::Change => (CpiErrorKind::OutcomeUnknown, false),
        };
        let message = format!("the answer to {action} cannot be read: {why}");
        let mut error = self.fail(kind, self.cpi.redact(&message));
        error.ok_to_retry = again;
        error.hint(format!("if this happens again, check what stands between snapback and {}", self.cpi.endpoint()))
    }

    /// The error for an answer that is not a success.
    pub(super) fn refused(&self, action: &str, nature: Nature, reply: &Reply) -> Refusal {
        let Some(said) = Said::of(&reply.body) else {
            let why = format!("status {}, without an error of AWS", reply.status);
            return self.unreadable(action, nature, &why).into();
        };
        let kind = kind(&said.code, reply.status, nature);
        let words = said.told(|words| self.cpi.redact(words));
        let mut error = self.fail(kind, format!("{action}: {}: {words}", said.code));
        error.answered = true;
        error.ok_to_retry = kind == CpiErrorKind::Cloud && reply.status >= 500;
        let around = Around {
            region: &self.cpi.region,
            endpoint: self.cpi.endpoint(),
            theirs: reply.date,
            ours: self.cpi.now(),
        };
        let error = advice(action, &said, kind, &around).into_iter().fold(error, CpiError::hint);
        Refusal { error, is_over: matches!(said.code.as_str(), "ExpiredToken" | "ExpiredTokenException") }
    }
}

fn kind(code: &str, status: u16, nature: Nature) -> CpiErrorKind {
    use CpiErrorKind::{
        Cloud, Denied, DiskNotAttached, DiskNotFound, InUse, InvalidRequest, NoSpace, NotSupported, OutcomeUnknown,
        SnapshotNotFound, Throttled, VmNotFound,
    };
    match code {
        "RequestLimitExceeded"
        | "Throttling"
        | "ThrottlingException"
        | "RequestThrottled"
        | "RequestThrottledException"
        | "SnapshotCreationPerVolumeRateExceeded"
        | "ConcurrentSnapshotLimitExceeded"
        | "EC2ThrottledException" => Throttled,
        "InvalidVolume.NotFound" | "InvalidVolumeID.Malformed" | "InvalidVolumeId.Malformed" => DiskNotFound,
        "InvalidSnapshot.NotFound" | "InvalidSnapshotID.Malformed" => SnapshotNotFound,
        "InvalidInstanceID.NotFound" | "InvalidInstanceID.Malformed" => VmNotFound,
        "VolumeInUse" | "InvalidSnapshot.InUse" => InUse,
        "InvalidAttachment.NotFound" => DiskNotAttached,
        "VolumeLimitExceeded"
        | "SnapshotLimitExceeded"
        | "InsufficientVolumeCapacity"
        | "MaxIOPSLimitExceeded"
        | "VolumeTypeNotAvailableInZone"
        | "AttachmentLimitExceeded"
        | "TagLimitExceeded" => NoSpace,
        "UnauthorizedOperation"
        | "AuthFailure"
        | "AccessDenied"
        | "AccessDeniedException"
        | "OptInRequired"
        | "InvalidClientTokenId"
        | "UnrecognizedClientException"
        | "SignatureDoesNotMatch"
        | "Blocked"
        | "ExpiredToken"
        | "ExpiredTokenException"
        | "RequestExpired"
        | "MissingAuthenticationToken"
        | "PendingVerification" => Denied,
        "InvalidAction" | "UnsupportedOperation" => NotSupported,
        _ if code.starts_with("InvalidParameter") || code.starts_with("Missing") || code.starts_with("Unknown") => {
            InvalidRequest
        }
        // It failed in the middle of its work, and nobody knows where.
        _ if status >= 500 && nature == Nature::Change => OutcomeUnknown,
        _ => Cloud,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_half_of_a_secret_is_told_where_the_words_are_cut() {
        const SECRET: &str = "canary-of-a-key-that-is-long";
        for before in LONGEST - SECRET.len()..=LONGEST {
            let said = Said { code: "X".to_owned(), message: format!("{}{SECRET} and more", "x".repeat(before)) };
            let told = said.told(|words| words.replace(SECRET, "<redacted>"));
            assert!(!told.contains("can") && told.chars().count() <= LONGEST, "{before}: {told}");
        }
    }
}
