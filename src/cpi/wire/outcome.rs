//! Whether a call that answered an error may have had its effect all the same, by the words of the error.
//!
//! CPIs ask a cloud for something, wait, and give up. The cloud goes on, and the thing exists in the end (AWS
//! `resource_wait.rb`, OpenStack `openstack.rb` and its Go CPI's `timeout while waiting for snapshot to become
//! available`, Google `google_operation_service_waiter.go`). A broken connection says nothing about the request that
//! was sent over it.

use super::{WireError, rate_limit};

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

/// Words about time, about waiting, and about a connection or a program that broke in the middle. They count whatever
/// else the error says.
const UNKNOWN: [&str; 64] = [
    "timed out",
    "timedout",
    "timeout",
    "time out",
    "time-out",
    "deadline",
    "time allotted",
    "execution expired",
    "waiting",
    "waiter",
    "waitfor",
    "wait for",
    "wait until",
    "poll",
    "too many attempts",
    "toomanyattempts",
    "max attempts",
    "maximum attempts",
    " attempts",
    " tries",
    "retries",
    "giving up",
    "gave up",
    "took too long",
    "took longer",
    "did not become",
    "did not complete",
    "did not finish",
    "did not reach",
    "not become available",
    "never became",
    "never reached",
    "not ready yet",
    "not yet",
    "still in progress",
    "still inprogress",
    "still progress",
    "still pending",
    "still creating",
    "still running",
    "still being",
    "reset by peer",
    "connection reset",
    "econnreset",
    "disconnected",
    "broken pipe",
    "epipe",
    "end of file",
    "eoferror",
    "unexpected eof",
    "wrong status line",
    "malformed http",
    "goaway",
    "stream error",
    "bad gateway",
    "gateway time",
    "service unavailable",
    "serviceunavailable",
    "service is unavailable",
    "context canceled",
    "signalexception",
    "sigterm",
    "signal: ",
    "runtime error",
];

/// Words about the way to the cloud, or about a server that failed. They count unless the error is a plain refusal.
const DOUBTFUL: [&str; 34] = [
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
    "resolve host",
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
    "transport is closing",
    "internal server error",
    "internalservererror",
    "internalerror",
    "internal error",
    "internalfailure",
    "server error",
    "backend error",
    "unavailable",
    "retryable",
    "interrupted",
    "cancelled",
    "canceled",
];

/// Words before the number of an HTTP status.
const OF_STATUS: [&str; 10] = ["http", "status", "code", "error", "response", "got", "actual", "with", "0", "1"];

/// HTTP statuses of a gateway, or of a server that did not wait for the end.
const GATEWAY: [&str; 14] =
    ["408", "499", "502", "503", "504", "520", "521", "522", "523", "524", "525", "526", "527", "598"];

/// A refusal because of who asks.
const DENIED: [&str; 10] = [
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
];

/// Any other plain refusal.
const REFUSED: [&str; 23] = [
    "quota",
    "limit exceeded",
    "limitexceeded",
    "exceeds the limit",
    "throttl",
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

/// Whether the cloud does not let this caller do it, or does not know the caller.
pub(super) fn is_denied(error: &WireError) -> bool {
    let words = format!("{} {}", error.kind, error.message).to_lowercase();
    DENIED.iter().any(|word| words.contains(word))
}

/// Whether the effect may have happened.
pub(super) fn may_have_happened(method: &str, error: &WireError) -> bool {
    if !CHANGES.contains(&method) {
        return false;
    }
    let words = format!("{} {}", error.kind, error.message).to_lowercase();
    let any = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let parts: Vec<&str> = words.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty()).collect();
    let of_status = |at: usize| at == 0 || OF_STATUS.contains(&parts[at - 1]);
    let status = |codes: &[&str]| (0..parts.len()).any(|at| codes.contains(&parts[at]) && of_status(at));
    let refused = any(&REFUSED) || any(&DENIED) || rate_limit::is_too_many(error);
    any(&UNKNOWN)
        || after_a_time(&parts)
        || status(&GATEWAY)
        || parts.contains(&"eof")
        || ((any(&DOUBTFUL) || status(&["500"])) && !refused)
}

/// Whether the words name a time that is over: "after 900s", "within 10 minutes".
fn after_a_time(parts: &[&str]) -> bool {
    const UNITS: [&str; 8] = ["s", "sec", "secs", "second", "seconds", "min", "minute", "minutes"];
    parts.iter().enumerate().any(|(at, part)| {
        let number = part.trim_end_matches(|c: char| c.is_ascii_alphabetic());
        let unit = &part[number.len()..];
        let unit = if unit.is_empty() { parts.get(at + 1).copied().unwrap_or_default() } else { unit };
        let before = at.checked_sub(1).map(|before| parts[before]);
        matches!(before, Some("after" | "within"))
            && !number.is_empty()
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && UNITS.contains(&unit)
    })
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
            ("Unknown", "Task task-123 did not complete in 600 seconds"),
            ("Net::OpenTimeout", "execution expired"),
            ("Unknown", "execution expired"),
            ("HTTPClient::KeepAliveDisconnected", ""),
            ("Unknown", "Couldn't resolve host 'vcenter.local'"),
            ("Bosh::AzureCloud::AzureError", "Azure operation 'x' is still InProgress after 3600 seconds"),
            ("Bosh::AzureCloud::AzureAsynchronousError", "RetryableError: A retryable error occurred."),
            ("Bosh::Clouds::CloudError", "googleapi: Error 503: Backend Error, backendError"),
            ("Bosh::Clouds::CloudError", "Google Operation 'operation-1' did not finish; giving up"),
            ("Bosh::Clouds::CloudError", "snapshot s-1 was Progressing after 900s"),
            ("Unknown", "Expected([202]) <=> Actual(500 InternalServerError) The server has either erred"),
            ("Unknown", "snapshot is in status creating after 300 attempts"),
            ("Unknown", "volume did not reach state 'available' within 300 seconds"),
            ("Aws::EC2::Errors::Unavailable", "The service is unavailable. Please try again shortly."),
            ("Unknown", "Net::HTTPBadResponse: wrong status line"),
            ("Unknown", "upstream request failed with 502"),
            ("Unknown", "HTTP/1.1 503"),
            ("Unknown", "signal: killed"),
            ("SignalException", "SIGTERM"),
            ("Unknown", "stream error: stream ID 1; INTERNAL_ERROR"),
            ("Unknown", "rpc error: code = Unavailable desc = transport is closing"),
            ("Unknown", "rpc error: code = Unknown desc = malformed HTTP response"),
            ("Unknown", "The operation could not be completed within the time allotted"),
            ("Unknown", "snapshot not ready yet, after 60 tries"),
            ("Unknown", "snapshot never became available"),
            ("Unknown", "Failed to poll snapshot status"),
            ("Unknown", "maximum number of retries reached"),
            ("Unknown", "panic: runtime error: invalid memory address or nil pointer dereference"),
            ("Unknown", "Timed out waiting for the operation: last answer: rateLimitExceeded"),
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
            ("Bosh::Clouds::CloudError", "googleapi: Error 403: Quota 'GB' exceeded. Limit: 503.0, quotaExceeded"),
            ("Bosh::Clouds::CloudError", "googleapi: Error 403: Rate Limit Exceeded on the network, rateLimitExceeded"),
            ("Aws::EC2::Errors::ExpiredToken", "The security token included in the request is expired"),
            ("Aws::EC2::Errors::VolumeInUse", "vol-1 is already attached to an instance"),
            ("Aws::EC2::Errors::IncorrectState", "Volume 'vol-1' is in the 'creating' state."),
            ("Unknown", "Failed to create snapshot: no space left on device"),
        ] {
            assert!(!told(kind, message), "{kind}: {message}");
        }
    }
}
