//! Next steps for an error of AWS.

use chrono::{DateTime, Utc};

use super::errors::Said;
use crate::cpi::CpiErrorKind;

/// How many minutes AWS's clock and ours may differ; AWS allows five.
const APART: i64 = 4;

/// Facts beside AWS's answer that explain an error.
pub(super) struct Around<'a> {
    pub region: &'a str,
    pub endpoint: &'a str,
    /// AWS's clock, if it tells.
    pub theirs: Option<DateTime<Utc>>,
    pub ours: DateTime<Utc>,
}

/// Both clocks, if they are too far apart.
pub(super) fn skew(theirs: Option<DateTime<Utc>>, ours: DateTime<Utc>) -> Option<String> {
    let theirs = theirs.filter(|theirs| (ours - theirs).num_minutes().abs() >= APART)?;
    let (ours, theirs) = (ours.to_rfc3339(), theirs.to_rfc3339());
    Some(format!("the clocks differ: here it is {ours}, at AWS {theirs}: set this machine's clock"))
}

/// The next things to do, in order.
pub(super) fn advice(action: &str, said: &Said, kind: CpiErrorKind, around: &Around<'_>) -> Vec<String> {
    let clocks = skew(around.theirs, around.ours);
    let key = || "look at `access_key_id`, `secret_access_key` and `region` of `properties.aws`".to_owned();
    match said.code.as_str() {
        "UnauthorizedOperation" | "AccessDenied" | "AccessDeniedException" => {
            let own = format!("ec2:{action}");
            let allow = format!(
                "allow the action {} for the identity that `properties.aws` names (docs/clouds/aws.md)",
                said.action().unwrap_or(&own)
            );
            let decode = said.encoded().map(|text| {
                format!(
                    "to see why, if you may decode it: aws sts decode-authorization-message --encoded-message {text}"
                )
            });
            [allow].into_iter().chain(decode).collect()
        }
        "ExpiredToken" | "ExpiredTokenException" => {
            vec!["the credentials have expired: get new ones, and run the command again".to_owned()]
        }
        _ if said.message.contains("scoped to a valid region") => vec![format!(
            "`properties.aws.region` is {}, but {} is in another region: make them agree",
            around.region, around.endpoint
        )],
        "RequestExpired" | "SignatureDoesNotMatch" => vec![clocks.unwrap_or_else(|| {
            "look at `secret_access_key` of `properties.aws`, at the region, and at this machine's clock".to_owned()
        })],
        "AuthFailure" | "InvalidClientTokenId" | "UnrecognizedClientException" => {
            clocks.into_iter().chain([key()]).collect()
        }
        "OptInRequired" => vec![format!("the region {} is not switched on for the account", around.region)],
        "ConcurrentSnapshotLimitExceeded" => {
            vec![
                "wait until the snapshots that AWS still copies are complete: `snapback snapshots` shows them"
                    .to_owned(),
            ]
        }
        "InsufficientVolumeCapacity" | "VolumeTypeNotAvailableInZone" => {
            vec!["AWS has no room for such a volume in this zone now: try again later, or with another type".to_owned()]
        }
        "IncorrectState" | "InvalidVolume.InUse" | "VolumeInUse" | "IncorrectInstanceState" => {
            vec!["look at the state of the volume and of the VM in AWS, and run it again".to_owned()]
        }
        "InvalidSnapshot.InUse" => vec!["an image (AMI) uses the snapshot: deregister it first".to_owned()],
        "InvalidVolume.NotFound" | "InvalidSnapshot.NotFound" | "InvalidInstanceID.NotFound" => vec![format!(
            "if it exists, `properties.aws` names another region or account: its region is {}",
            around.region
        )],
        _ if kind == CpiErrorKind::NoSpace => {
            vec!["ask AWS for a higher quota (Service Quotas), or delete what is not needed".to_owned()]
        }
        _ => Vec::new(),
    }
}
