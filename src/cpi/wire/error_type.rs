//! BOSH's names of errors, and what they mean here.

use super::WireError;
use crate::cpi::CpiErrorKind;

/// The name under which an error of this kind goes over the wire. BOSH has no name for some; callers that do not
/// know those see an unknown error, as they see any.
pub fn name(kind: CpiErrorKind) -> &'static str {
    match kind {
        CpiErrorKind::NotSupported => "Bosh::Clouds::NotSupported",
        CpiErrorKind::DiskNotFound => "Bosh::Clouds::DiskNotFound",
        CpiErrorKind::SnapshotNotFound => "Snapback::SnapshotNotFound",
        CpiErrorKind::VmNotFound => "Bosh::Clouds::VMNotFound",
        CpiErrorKind::DiskNotAttached => "Bosh::Clouds::DiskNotAttached",
        CpiErrorKind::InUse => "Snapback::InUse",
        CpiErrorKind::NoSpace => "Bosh::Clouds::NoDiskSpace",
        CpiErrorKind::InvalidCid => "Snapback::InvalidCid",
        CpiErrorKind::InvalidRequest => "Snapback::InvalidRequest",
        CpiErrorKind::OutcomeUnknown => "Snapback::OutcomeUnknown",
        CpiErrorKind::Cloud => "Bosh::Clouds::CloudError",
    }
}

/// What an error of `method` means. CPIs in Ruby often give the class names of their SDK, in Go the words of an API.
pub fn kind(method: &str, error: &WireError) -> CpiErrorKind {
    let exact = match error.kind.as_str() {
        "Bosh::Clouds::NotSupported" | "Bosh::Clouds::NotImplemented" | "NotImplementedError" => {
            Some(CpiErrorKind::NotSupported)
        }
        "Bosh::Clouds::DiskNotFound" => Some(CpiErrorKind::DiskNotFound),
        "Bosh::Clouds::VMNotFound" => Some(CpiErrorKind::VmNotFound),
        "Bosh::Clouds::DiskNotAttached" => Some(CpiErrorKind::DiskNotAttached),
        "Bosh::Clouds::NoDiskSpace" => Some(CpiErrorKind::NoSpace),
        "Snapback::SnapshotNotFound" => Some(CpiErrorKind::SnapshotNotFound),
        "Snapback::InUse" => Some(CpiErrorKind::InUse),
        "Snapback::InvalidCid" => Some(CpiErrorKind::InvalidCid),
        "Snapback::InvalidRequest" => Some(CpiErrorKind::InvalidRequest),
        "Snapback::OutcomeUnknown" => Some(CpiErrorKind::OutcomeUnknown),
        _ => None,
    };
    match exact {
        Some(kind) => kind,
        None if unknown_method(error) => CpiErrorKind::NotSupported,
        None if method == "delete_snapshot" && snapshot_is_gone(error) => CpiErrorKind::SnapshotNotFound,
        None => CpiErrorKind::Cloud,
    }
}

/// Spellings of "not implemented" that are older than the type, as the Director knows them (cloudfoundry/bosh
/// `src/bosh-director/lib/clouds/external_cpi.rb`; without the comma in bosh_cpi before 1.3).
fn unknown_method(error: &WireError) -> bool {
    match error.kind.as_str() {
        "InvalidCall" => error.message.starts_with("Method is not known"),
        "Bosh::Clouds::CloudError" => error.message.starts_with("Invalid Method:"),
        _ => false,
    }
}

/// CPIs that fail to delete what is not there, and say so: Google's (`google/snapshot/
/// google_snapshot_service_delete.go`: "Google Snapshot '...' does not exists"), and those that pass the error of
/// their SDK on (`InvalidSnapshot.NotFound` of EC2 and of Alicloud, OpenStack's "itemNotFound").
fn snapshot_is_gone(error: &WireError) -> bool {
    let google = error.message.contains("Google Snapshot '") && error.message.contains("' does not exist");
    let typed = ["SnapshotNotFound", "Snapshot.NotFound", "SnapshotId.NotFound"]
        .iter()
        .any(|name| error.kind.ends_with(name) || error.message.contains(name));
    google || typed
}

/// Whether trying again may help: the CPI says so, or the cloud says that there were too many requests.
pub fn may_be_retried(error: &WireError) -> bool {
    /// What clouds call it: EC2 (RequestLimitExceeded, Throttling, SnapshotCreationPerVolumeRateExceeded), Azure
    /// (SnapshotOperationRateExceeded, spelt wrong by the API, TooManyRequests), Google, Alicloud, OpenStack.
    const TOO_MANY: [&str; 9] = [
        "RequestLimitExceeded",
        "Throttling",
        "SnapshotCreationPerVolumeRateExceeded",
        "SnapshotOperationRateExceeded",
        "SnaphotOperationRateExceeded",
        "TooManyRequests",
        "Too Many Requests",
        "rateLimitExceeded",
        "OverLimit",
    ];
    error.ok_to_retry || TOO_MANY.iter().any(|word| error.kind.contains(word) || error.message.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: &str, message: &str) -> WireError {
        WireError { kind: kind.to_owned(), message: message.to_owned(), ok_to_retry: false }
    }

    #[test]
    fn what_goes_out_comes_back() {
        for sent in [
            CpiErrorKind::NotSupported,
            CpiErrorKind::DiskNotFound,
            CpiErrorKind::SnapshotNotFound,
            CpiErrorKind::VmNotFound,
            CpiErrorKind::DiskNotAttached,
            CpiErrorKind::InUse,
            CpiErrorKind::NoSpace,
            CpiErrorKind::InvalidCid,
            CpiErrorKind::InvalidRequest,
            CpiErrorKind::OutcomeUnknown,
            CpiErrorKind::Cloud,
        ] {
            assert_eq!(kind("snapshot_disk", &error(name(sent), "")), sent);
        }
    }

    #[test]
    fn all_spellings_of_not_implemented_are_one() {
        for (spelling, message) in [
            ("Bosh::Clouds::NotImplemented", "'snapshot_disk' is not implemented"),
            ("Bosh::Clouds::NotSupported", "Method snapshot_disk not supported in photon CPI."),
            ("InvalidCall", "Method is not known, got: 'snapshot_disk'"),
            ("InvalidCall", "Method is not known"),
            ("Bosh::Clouds::CloudError", "Invalid Method: snapshot_disk"),
            ("NotImplementedError", "NotImplementedError"),
        ] {
            assert_eq!(kind("snapshot_disk", &error(spelling, message)), CpiErrorKind::NotSupported);
        }
        assert_eq!(kind("x", &error("InvalidCall", "Arguments are not correct")), CpiErrorKind::Cloud);
    }

    #[test]
    fn a_snapshot_that_is_gone() {
        let google = error("Bosh::Clouds::CloudError", "Deleting snapshot 'a': Google Snapshot 'a' does not exists");
        assert_eq!(kind("delete_snapshot", &google), CpiErrorKind::SnapshotNotFound);
        assert_eq!(kind("snapshot_disk", &google), CpiErrorKind::Cloud);
        let aws = error("Aws::EC2::Errors::InvalidSnapshotNotFound", "The snapshot 'a' does not exist.");
        assert_eq!(kind("delete_snapshot", &aws), CpiErrorKind::SnapshotNotFound);
        let other = error("Bosh::Clouds::CloudError", "Google Zone 'a' does not exists");
        assert_eq!(kind("delete_snapshot", &other), CpiErrorKind::Cloud);
    }

    #[test]
    fn too_many_requests() {
        assert!(may_be_retried(&error("Unknown", "Aws::EC2::Errors::RequestLimitExceeded: Request limit exceeded.")));
        assert!(!may_be_retried(&error("Unknown", "access denied")));
    }
}
