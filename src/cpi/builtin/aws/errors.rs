//! What EC2's error codes mean (docs.aws.amazon.com, "Error codes for the Amazon EC2 API").

use chrono::{DateTime, Utc};

use super::call::Call;
use super::xml::Node;
use crate::cpi::builtin::http::{Failure, Reply};
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind};

/// The most characters of AWS's words that are told.
const LONGEST: usize = 300;

/// An error of AWS, as it says it.
pub(super) struct Said {
    pub code: String,
    pub message: String,
}

impl Said {
    /// What an answer says that is no success.
    fn of(body: &[u8]) -> Option<Said> {
        let tree = Node::read(body).ok()?;
        let error = tree.find("Error")?;
        let code = error.text("Code")?.to_owned();
        Some(Said { code, message: error.text("Message").unwrap_or_default().to_owned() })
    }
}

impl Call<'_> {
    /// No answer came back.
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
            Failure::NotSent(_) => error.hint(format!(
                "{endpoint} cannot be reached: look at `region` and `ec2_endpoint` of `properties.aws`, at HTTPS_PROXY and \
                 NO_PROXY, and at the certificates (SSL_CERT_FILE, `connection_options.ca_cert`)"
            )),
            _ => error,
        }
    }

    /// What came back is no answer of EC2's: it decides nothing.
    pub(super) fn unreadable(&self, action: &str, nature: Nature, why: &str) -> CpiError {
        let (kind, again) = match nature {
            Nature::Question => (CpiErrorKind::NoAnswer, true),
            Nature::Change => (CpiErrorKind::OutcomeUnknown, false),
        };
        let message = format!("the answer to {action} cannot be read: {why}");
        let mut error = self.fail(kind, self.cpi.redact(&message));
        error.ok_to_retry = again;
        error.hint(format!("if it comes again, look at what stands between snapback and {}", self.cpi.endpoint()))
    }

    /// An answer that is no success.
    pub(super) fn refused(&self, action: &str, nature: Nature, reply: &Reply) -> CpiError {
        let Some(said) = Said::of(&reply.body) else {
            let why = format!("status {}, and no error of AWS", reply.status);
            return self.unreadable(action, nature, &why);
        };
        if self.is_over(&said.code) {
            self.cpi.forget_credentials();
        }
        let kind = kind(&said.code, reply.status, nature);
        let words = self.cpi.redact(&told(&said));
        let mut error = self.fail(kind, format!("{action}: {}: {words}", said.code));
        error.answered = true;
        error.ok_to_retry = kind == CpiErrorKind::Cloud && reply.status >= 500;
        advice(action, &said.code, kind, reply.date, self.cpi.now()).into_iter().fold(error, CpiError::hint)
    }

    fn is_over(&self, code: &str) -> bool {
        matches!(code, "ExpiredToken" | "ExpiredTokenException" | "RequestExpired")
    }
}

/// The words of AWS, without what it quotes of the request.
fn told(said: &Said) -> String {
    let message = match said.code.as_str() {
        "SignatureDoesNotMatch" => "the signature is another one than AWS expects",
        _ => said.message.split("Encoded authorization failure message").next().unwrap_or_default(),
    };
    let plain = message.chars().map(|c| if c.is_control() { ' ' } else { c });
    plain.take(LONGEST).collect::<String>().trim().to_owned()
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

fn advice(
    action: &str,
    code: &str,
    kind: CpiErrorKind,
    theirs: Option<DateTime<Utc>>,
    ours: DateTime<Utc>,
) -> Vec<String> {
    let clocks = theirs.filter(|theirs| (ours - theirs).num_minutes().abs() >= 4).map(|theirs| {
        format!(
            "the clocks differ: here it is {}, at AWS {}: set this machine's clock",
            ours.to_rfc3339(),
            theirs.to_rfc3339()
        )
    });
    match code {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            vec![format!("allow the action ec2:{action} to whoever `properties.aws` names (docs/clouds/aws.md)")]
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            vec!["the credentials are over: get new ones, and run it again".to_owned()]
        }
        "RequestExpired" | "SignatureDoesNotMatch" => vec![clocks.unwrap_or_else(|| {
            "look at `secret_access_key` of `properties.aws`, at the region, and at this machine's clock".to_owned()
        })],
        "AuthFailure" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            let key = "look at `access_key_id`, `secret_access_key` and `region` of `properties.aws`".to_owned();
            clocks.into_iter().chain([key]).collect()
        }
        "OptInRequired" => vec!["the account has not switched this region on".to_owned()],
        _ if kind == CpiErrorKind::NoSpace => {
            vec!["ask AWS for a higher quota (Service Quotas), or delete what is not needed".to_owned()]
        }
        _ => Vec::new(),
    }
}
