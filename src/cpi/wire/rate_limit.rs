//! Recognises the answers of CPIs after too many requests to the cloud. BOSH has no type for them, and CPIs in Ruby
//! often send the words without the name (bosh_cpi `lib/bosh/cpi/cli.rb`: type "Unknown", and the exception's message).

use super::WireError;

/// In lower case. Errors about quotas do not belong here: waiting does not help, though OpenStack has the same status
/// for them.
const TOO_MANY: [&str; 18] = [
    // EC2: names and words of RequestLimitExceeded, Throttling, SnapshotCreationPerVolumeRateExceeded and
    // ConcurrentSnapshotLimitExceeded. Alicloud has "Throttling.User".
    "requestlimitexceeded",
    "request limit exceeded",
    "throttling",
    "throttled",
    "rate exceeded",
    "rateexceeded",
    "request rate has been exceeded",
    "concurrentsnapshotlimitexceeded",
    "in-progress snapshots for a single volume exceeded",
    // OpenStack: nova and cinder, in the body of 413 and 429.
    "this request was rate-limited",
    "too many requests",
    // Azure: codes (one of them spelt as the API spells it), and the CPI's own words (`azure_client.rb`).
    "toomanyrequests",
    "snaphotoperationrateexceeded",
    "http code: 429",
    "http_get_response - 429",
    // Google: reasons of googleapi's errors 403 and 429, and the code of an operation. SoftLayer's name of it, too.
    "ratelimitexceeded",
    "rate limit exceeded",
    "resource_operation_rate_exceeded",
];

/// Whether trying again may help: the CPI says so, or the cloud says that there were too many requests.
pub fn may_be_retried(error: &WireError) -> bool {
    error.ok_to_retry || is_too_many(error)
}

/// Whether the cloud says that there were too many requests: it turned this one away.
pub(super) fn is_too_many(error: &WireError) -> bool {
    let (kind, message) = (error.kind.to_lowercase(), error.message.to_lowercase());
    TOO_MANY.iter().any(|words| kind.contains(words) || message.contains(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn retried(kind: &str, message: &str) -> bool {
        may_be_retried(&WireError { kind: kind.to_owned(), message: message.to_owned(), ok_to_retry: false })
    }

    #[test]
    fn too_many_requests() {
        for (kind, message) in [
            ("Unknown", "Request limit exceeded."),
            ("Unknown", "Rate exceeded"),
            ("Unknown", "Aws::EC2::Errors::RequestLimitExceeded: Request limit exceeded."),
            ("Aws::EC2::Errors::Throttling", ""),
            (
                "Unknown",
                "The maximum per volume CreateSnapshot request rate has been exceeded. Use an increasing or variable sleep \
                 interval between requests.",
            ),
            (
                "Bosh::Clouds::CloudError",
                "OpenStack API RequestEntityTooLarge Expected([200, 202]) <=> Actual(413 Request Entity Too Large) This \
                 request was rate-limited..\nCheck task debug log for details.",
            ),
            (
                "Bosh::Clouds::CloudError",
                "OpenStack API TooManyRequests Expected([200]) <=> Actual(429 Too Many Requests)",
            ),
            ("Bosh::AzureCloud::AzureError", "http_put - http code: 429. Error message: {}"),
            ("Bosh::Clouds::CloudError", "http_get_response - 429\nx-ms-request-id: 1\n"),
            ("Bosh::AzureCloud::AzureAsynchronousError", "status: Failed, SubscriptionRequestsThrottled"),
            ("Unknown", "SnaphotOperationRateExceeded (409): The rate of snapshot blob calls is exceeded."),
            (
                "Bosh::Clouds::CloudError",
                "Creating disk snapshot: Failed to create Google Snapshot: googleapi: Error 403: Rate Limit Exceeded, \
                 rateLimitExceeded",
            ),
            ("Bosh::Clouds::CloudError", "SDK.ServerError ErrorCode: Throttling.User"),
            ("SoftLayer_Exception_WebService_RateLimitExceeded", ""),
        ] {
            assert!(retried(kind, message), "{kind}: {message}");
        }
    }

    #[test]
    fn what_does_not_pass_is_not_waited_for() {
        for message in [
            "access denied",
            "You have exceeded your maximum snapshot limit",
            "OpenStack API RequestEntityTooLarge SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded",
            "googleapi: Error 403: Quota 'SNAPSHOTS' exceeded. Limit: 1000.0, quotaExceeded",
        ] {
            assert!(!retried("Bosh::Clouds::CloudError", message), "{message}");
        }
        let asked = WireError { kind: String::new(), message: String::new(), ok_to_retry: true };
        assert!(may_be_retried(&asked));
    }
}
