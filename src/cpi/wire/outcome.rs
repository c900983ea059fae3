//! Whether a call that answered an error may have had its effect all the same, by the words of the error.
//!
//! CPIs ask a cloud for something, wait, and give up: the cloud works on, and what it makes is there in the end (AWS
//! `resource_wait.rb`, OpenStack `openstack.rb` and its Go CPI's `timeout while waiting for snapshot to become available`,
//! Google `google_operation_service_waiter.go`). A connection that breaks says nothing of the request that went over it.

use super::WireError;

/// The methods that change something.
const CHANGES: [&str; 7] = [
    "snapshot_disk",
    "create_disk",
    "create_disk_from_snapshot",
    "attach_disk",
    "detach_disk",
    "delete_disk",
    "delete_snapshot",
];

/// Of time, of waiting, and of a connection that broke: whatever else the error says.
const UNKNOWN: [&str; 31] = [
    "timed out",
    "timedout",
    "timeout",
    "time out",
    "time-out",
    "deadline",
    "waiting",
    "waiter",
    "wait for",
    "wait until",
    "too many attempts",
    "toomanyattempts",
    "max attempts",
    "maximum attempts",
    "took too long",
    "took longer",
    "did not become",
    "not become available",
    "reset by peer",
    "connection reset",
    "econnreset",
    "broken pipe",
    "epipe",
    "end of file",
    "eoferror",
    "unexpected eof",
    "bad gateway",
    "gateway time",
    "service unavailable",
    "serviceunavailable",
    "context canceled",
];

/// Of the way to the cloud, or of a server that failed: unless the error is a plain refusal.
const DOUBTFUL: [&str; 29] = [
    "connection",
    "econn",
    "network",
    "socket",
    "unreachable",
    "no route to host",
    "hostunreach",
    "dial tcp",
    "getaddrinfo",
    "name resolution",
    "no such host",
    "ssl",
    "tls",
    "handshake",
    "proxy",
    "gateway",
    "hung up",
    "no response",
    "empty response",
    "server closed",
    "internal server error",
    "internalerror",
    "internal error",
    "internalfailure",
    "server error",
    "temporarily unavailable",
    "interrupted",
    "cancelled",
    "canceled",
];

/// A plain refusal.
const REFUSED: [&str; 33] = [
    "quota",
    "limit exceeded",
    "limitexceeded",
    "exceeds the limit",
    "throttl",
    "unauthori",
    "not authori",
    "forbidden",
    "access denied",
    "accessdenied",
    "authentication",
    "authfailure",
    "auth failure",
    "credential",
    "permission",
    "not implemented",
    "notimplemented",
    "not supported",
    "unsupported",
    "not found",
    "notfound",
    "does not exist",
    "no such disk",
    "no such volume",
    "no such snapshot",
    "validation",
    "invalid",
    "is not valid",
    "malformed",
    "bad request",
    "badrequest",
    "missing configuration",
    "missing required",
];

/// Whether it may have happened.
pub(super) fn may_have_happened(method: &str, error: &WireError) -> bool {
    if !CHANGES.contains(&method) {
        return false;
    }
    let words = format!("{} {}", error.kind, error.message).to_lowercase();
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let is_word = |word: &str| words.split(|c: char| !c.is_ascii_alphanumeric()).any(|own| own == word);
    let of_http = any(&["http", "status", "code", "response"]);
    let gateway = of_http && ["502", "503", "504"].iter().any(|code| is_word(code));
    let server = of_http && is_word("500");
    any(&UNKNOWN) || gateway || is_word("eof") || ((any(&DOUBTFUL) || server) && !any(&REFUSED))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(kind: &str, message: &str) -> bool {
        let error = WireError { kind: kind.to_owned(), message: message.to_owned(), ok_to_retry: false };
        let changes: Vec<bool> = CHANGES.iter().map(|method| may_have_happened(method, &error)).collect();
        assert!(changes.iter().all(|one| *one == changes[0]), "{message}");
        for query in ["info", "has_disk", "get_disks", "list_snapshots", "describe_snapshot", "find_disk"] {
            assert!(!may_have_happened(query, &error), "{message}");
        }
        changes[0]
    }

    #[test]
    fn what_speaks_of_time_or_of_a_connection_is_unknown() {
        for (kind, message) in [
            ("Bosh::Clouds::CloudError", "Timed out waiting for snap-0a1b to be completed, took 1617.2s"),
            ("Bosh::Clouds::CloudError", "timeout while waiting for snapshot to become available"),
            ("Bosh::Clouds::CloudError", "Creating disk: timeout while waiting for volume to become available"),
            ("CloudError", "Failed to wait for volume to be available"),
            ("Aws::Waiters::Errors::TooManyAttemptsError", "stopped waiting, too many attempts"),
            ("Unknown", "context deadline exceeded"),
            ("Unknown", "Post \"https://compute/v2/snapshots\": EOF"),
            ("Unknown", "read tcp 10.0.0.1:5000->10.0.0.2:443: read: connection reset by peer"),
            ("Errno::ECONNREFUSED", "Failed to open TCP connection to api:443"),
            ("Unknown", "dial tcp 10.0.0.2:443: connect: connection refused"),
            ("Net::ReadTimeout", "Net::ReadTimeout"),
            ("Excon::Error::Socket", "Broken pipe (Errno::EPIPE)"),
            ("Seahorse::Client::NetworkingError", "end of file reached"),
            ("Unknown", "Expected HTTP response code [202] but got 504 instead"),
            ("Excon::Error::BadGateway", "Expected(200) <=> Actual(502 Bad Gateway)"),
            ("Unknown", "server responded with status 503"),
            ("Unknown", "Internal Server Error (500)"),
            ("Google::Apis::ServerError", "backendError: Server error"),
            ("OpenSSL::SSL::SSLError", "SSL_read: unexpected eof while reading"),
        ] {
            assert!(told(kind, message), "{kind}: {message}");
        }
    }

    #[test]
    fn a_plain_refusal_has_failed() {
        for (kind, message) in [
            ("Bosh::Clouds::CloudError", "because"),
            ("Bosh::Clouds::CloudError", "snap-1 state is error, expected completed, took 3s"),
            (
                "Aws::EC2::Errors::SnapshotLimitExceeded",
                "Maximum allowed in-progress snapshots for a single volume exceeded.",
            ),
            ("Aws::EC2::Errors::RequestLimitExceeded", "Request limit exceeded."),
            ("Aws::EC2::Errors::UnauthorizedOperation", "You are not authorized to perform this operation."),
            ("Aws::EC2::Errors::AuthFailure", "AWS was not able to validate the provided access credentials"),
            ("Aws::EC2::Errors::InvalidVolumeNotFound", "The volume 'vol-504' does not exist."),
            ("Unknown", "VolumeLimitExceeded: Maximum number of volumes allowed (10) exceeded for quota 'volumes'."),
            ("Unknown", "Expected HTTP response code [202] but got 403 instead: forbidden by network policy"),
            ("Unknown", "missing configuration parameters: openstack.connection_options"),
            ("InvalidCall", "Arguments are not correct, details: 'wrong number of arguments'"),
            ("Unknown", "Validating: invalid proxy"),
            ("Bosh::Clouds::CloudError", "disk-503 is locked"),
        ] {
            assert!(!told(kind, message), "{kind}: {message}");
        }
    }
}
