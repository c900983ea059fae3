//! Credentials in environment variables.

use chrono::DateTime;

use super::{Around, Credentials, Trouble};
use crate::secret::Secret;

/// The credentials of AWS_ACCESS_KEY_ID and the other variables; `None` if it is not set.
pub(super) fn find(around: &Around) -> Result<Option<Credentials>, Trouble> {
    let Some(id) = around.variable("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let Some(secret) = around.variable("AWS_SECRET_ACCESS_KEY") else {
        return Err(Trouble::new("AWS_ACCESS_KEY_ID is set, and AWS_SECRET_ACCESS_KEY is not", "set both, or neither"));
    };
    let token = around.variable("AWS_SESSION_TOKEN").or_else(|| around.variable("AWS_SECURITY_TOKEN"));
    let until = around.variable("AWS_CREDENTIAL_EXPIRATION").map(|time| {
        let read = DateTime::parse_from_rfc3339(time).map(|time| time.to_utc());
        read.map_err(|_| Trouble::new("AWS_CREDENTIAL_EXPIRATION is not a time", "unset it, or get new credentials"))
    });
    Ok(Some(Credentials {
        id: id.to_owned(),
        secret: Secret::new(secret.to_owned()),
        token: token.map(|token| Secret::new(token.to_owned())),
        until: until.transpose()?,
    }))
}
