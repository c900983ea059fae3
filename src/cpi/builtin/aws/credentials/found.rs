//! Credentials in JSON, as containers, instances and programs give them.

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::{Credentials, Trouble};
use crate::secret::Secret;

/// Reads `AccessKeyId`, `SecretAccessKey`, the token by its name, and `Expiration`. `who` names the source, in words.
pub(super) fn read(who: &str, answer: &[u8], token: &str) -> Result<Credentials, Trouble> {
    let unreadable = |what: &str| {
        Trouble::new(
            format!("what {who} gives is not a set of credentials: {what}"),
            "look at what gives these credentials",
        )
    };
    let said: Value = serde_json::from_slice(answer).map_err(|_| unreadable("it is not JSON"))?;
    let part = |name: &str| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    if let Some(code) = part("Code").filter(|code| *code != "Success") {
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(60).collect();
        return Err(unreadable(&format!("its code is {code}")));
    }
    let needed = |name: &str| part(name).map(str::to_owned).ok_or_else(|| unreadable(&format!("it has no {name}")));
    let until = match part("Expiration") {
        Some(time) => Some(time_of(time).ok_or_else(|| unreadable("its Expiration is not a time"))?),
        None => None,
    };
    Ok(Credentials {
        id: needed("AccessKeyId")?,
        secret: Secret::new(needed("SecretAccessKey")?),
        token: part(token).map(|token| Secret::new(token.to_owned())),
        until,
    })
}

/// A time as AWS writes it. Its older tools write `UTC` for `Z`.
pub(super) fn time_of(text: &str) -> Option<DateTime<Utc>> {
    let text = text.strip_suffix("UTC").map_or(text.to_owned(), |rest| format!("{rest}Z"));
    DateTime::parse_from_rfc3339(&text).ok().map(|time| time.to_utc())
}
