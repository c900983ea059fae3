//! BOSH's names of errors, and their meaning here.

use super::{WireError, gone, outcome, rate_limit};
use crate::cpi::CpiErrorKind;

/// The name of this kind of error on the wire. BOSH has no name for some kinds; to a caller that does not know them
/// they are unknown errors, like any other.
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
        CpiErrorKind::NoAnswer
        | CpiErrorKind::Throttled
        | CpiErrorKind::Denied
        | CpiErrorKind::TwoClouds
        | CpiErrorKind::Internal
        | CpiErrorKind::Cloud => "Bosh::Clouds::CloudError",
    }
}

/// The kind of an error of `method`; `about` is the CID of the thing in the call. CPIs in Ruby often use the class
/// names of their SDK, CPIs in Go the words of an API.
pub fn kind(method: &str, about: &str, error: &WireError) -> CpiErrorKind {
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
        None if unknown_method(method, error) => CpiErrorKind::NotSupported,
        None if method == "get_disks" && has_no_such(method, error) => CpiErrorKind::NotSupported,
        None if method == "delete_snapshot" && gone::snapshot(about, error) => CpiErrorKind::SnapshotNotFound,
        None if method == "delete_disk" && gone::disk(about, error) => CpiErrorKind::DiskNotFound,
        None if outcome::may_have_happened(method, error) => CpiErrorKind::OutcomeUnknown,
        None if rate_limit::is_too_many(error) => CpiErrorKind::Throttled,
        None if outcome::is_denied(error) => CpiErrorKind::Denied,
        None => CpiErrorKind::Cloud,
    }
}

/// Whether the error says "not implemented" without having the type. The Director and the bosh CLI know those of
/// `InvalidCall` and `CloudError` (cloudfoundry/bosh `src/bosh-director/lib/clouds/external_cpi.rb`, bosh-cli
/// `cloud/errors.go`; without the comma in bosh_cpi before 1.3). Ruby's own two get the type "Unknown" from bosh_cpi
/// (`lib/bosh/cpi/cli.rb`).
fn unknown_method(method: &str, error: &WireError) -> bool {
    let message = error.message.as_str();
    match error.kind.as_str() {
        "InvalidCall" => message.starts_with("Method is not known"),
        "Bosh::Clouds::CloudError" => message.starts_with("Invalid Method:"),
        "Unknown" => {
            let missing = message.strip_prefix("undefined method ").and_then(|rest| rest.get(1..));
            let is_it = missing.and_then(|rest| rest.strip_prefix(method)).is_some_and(|rest| rest.starts_with('\''));
            message == "NotImplementedError" || is_it
        }
        _ => false,
    }
}

/// Whether the error, in whichever words, says that there is no such method (`NoMethodError` of the Director's dummy
/// CPI, `AttributeError` in Python). Only for questions: if a CPI cannot answer one, snapback looks elsewhere.
fn has_no_such(method: &str, error: &WireError) -> bool {
    let words = format!("{} {}", error.kind, error.message).to_lowercase();
    let kinds = ["nomethoderror", "notimplemented", "notsupported", "unsupported", "attributeerror", "nameerror"];
    let plain = ["not implemented", "not supported", "no such method", "no method", "method not found"];
    let unknown =
        ["unknown", "undefined", "invalid", "unrecognized", "unrecognised", "unexpected", "not known", "no such"];
    kinds.iter().chain(&plain).any(|word| words.contains(word))
        || (unknown.iter().any(|word| words.contains(word)) && (words.contains("method") || words.contains(method)))
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
            assert_eq!(kind("snapshot_disk", "a", &error(name(sent), "")), sent);
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
            ("InvalidCall", "Method is not known, got: snapshot_disk"),
            ("Bosh::Clouds::NotImplemented", "Method is not known, got: 'snapshot_disk'"),
            ("Bosh::Clouds::NotImplemented", "Must call implemented method: Unknown method 'snapshot_disk'"),
            ("NotImplementedError", "NotImplementedError"),
            ("Unknown", "NotImplementedError"),
            ("Unknown", "undefined method `snapshot_disk' for #<Bosh::Clouds::Some:0x0000>"),
            ("Unknown", "undefined method 'snapshot_disk' for an instance of Bosh::Clouds::Some"),
        ] {
            assert_eq!(kind("snapshot_disk", "a", &error(spelling, message)), CpiErrorKind::NotSupported);
        }
        for (other, message) in [
            ("InvalidCall", "Arguments are not correct, details: 'wrong number of arguments (given 1, expected 2)'"),
            ("Bosh::Clouds::CpiError", "API version 3 not supported"),
            ("Unknown", "undefined method `+' for nil:NilClass"),
            ("Unknown", "undefined method `snapshot_disks' for nil"),
            ("Unknown", "undefined method "),
        ] {
            assert_eq!(kind("snapshot_disk", "a", &error(other, message)), CpiErrorKind::Cloud, "{message}");
        }
    }

    #[test]
    fn what_the_cloud_works_on_is_not_failed() {
        for message in [
            "Timed out waiting for snap-0a1b to be completed, took 1617.2s",
            "Timed out waiting for snapshot `3f0b' to be available",
            "Creating disk snapshot: Failed to create Google Snapshot: Timed out waiting for Google Operation 'o' to be ready",
        ] {
            let error = error("Bosh::Clouds::CloudError", message);
            assert_eq!(kind("snapshot_disk", "a", &error), CpiErrorKind::OutcomeUnknown);
            assert_eq!(kind("delete_snapshot", "a", &error), CpiErrorKind::OutcomeUnknown);
            assert_eq!(kind("get_disks", "a", &error), CpiErrorKind::Cloud);
        }
        let failed = error("Bosh::Clouds::CloudError", "snap-1 state is error, expected completed, took 3s");
        assert_eq!(kind("snapshot_disk", "a", &failed), CpiErrorKind::Cloud);
    }

    #[test]
    fn who_is_turned_away_or_may_not_is_told_apart_and_no_effect_is_judged_by_it() {
        for (name, message, expected) in [
            ("Unknown", "Request limit exceeded.", CpiErrorKind::Throttled),
            ("Aws::EC2::Errors::Throttling", "", CpiErrorKind::Throttled),
            ("Unknown", "googleapi: Error 403: Rate Limit Exceeded, rateLimitExceeded", CpiErrorKind::Throttled),
            ("Aws::EC2::Errors::UnauthorizedOperation", "You are not authorized to do this.", CpiErrorKind::Denied),
            ("Aws::EC2::Errors::AuthFailure", "was not able to validate the credentials", CpiErrorKind::Denied),
            ("Unknown", "Expected HTTP response code [202] but got 403 instead: Forbidden", CpiErrorKind::Denied),
            ("Unknown", "Request limit exceeded while waiting for snap-1", CpiErrorKind::OutcomeUnknown),
            ("Unknown", "timed out: permission denied", CpiErrorKind::OutcomeUnknown),
            ("Unknown", "Quota 'SNAPSHOTS' exceeded", CpiErrorKind::Cloud),
        ] {
            let error = error(name, message);
            assert_eq!(kind("snapshot_disk", "a", &error), expected, "{name}: {message}");
            let unknown = expected == CpiErrorKind::OutcomeUnknown;
            assert_eq!(kind("get_disks", "a", &error) == expected, !unknown, "a question is never unknown: {message}");
        }
    }

    #[test]
    fn a_snapshot_that_is_gone() {
        let google = error("Bosh::Clouds::CloudError", "Deleting snapshot 'a': Google Snapshot 'a' does not exists");
        assert_eq!(kind("delete_snapshot", "a", &google), CpiErrorKind::SnapshotNotFound);
        assert_eq!(kind("snapshot_disk", "a", &google), CpiErrorKind::Cloud);
        let aws = error("Aws::EC2::Errors::InvalidSnapshotNotFound", "The snapshot 'a' does not exist.");
        assert_eq!(kind("delete_snapshot", "a", &aws), CpiErrorKind::SnapshotNotFound);
        let other = error("Bosh::Clouds::CloudError", "Google Zone 'z' does not exists");
        assert_eq!(kind("delete_snapshot", "a", &other), CpiErrorKind::Cloud);
    }
}
