//! IAM Identity Center (SSO): `aws sso login` leaves a token in a file, and the portal gives a role's credentials for it.

use std::time::Duration;

use chrono::DateTime;
use http::{HeaderValue, Request};
use ring::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};
use serde_json::{Value, json};

use super::super::sign::hex;
use super::files::{Files, Profile};
use super::{Around, Credentials, Trouble, found};
use crate::cpi::builtin::http::escaped;
use crate::domain::shell::quoted;

const WHO: &str = "the portal of SSO";
const MOST: Duration = Duration::from_secs(30);

/// The credentials of the profile's account and role; `None` if it names none.
pub(super) fn find(
    around: &Around,
    files: &Files,
    name: &str,
    profile: &Profile<'_>,
) -> Result<Option<Credentials>, Trouble> {
    let (account, role) = match (profile.get("sso_account_id"), profile.get("sso_role_name")) {
        (Some(account), Some(role)) => (account, role),
        (None, None) => return Ok(None),
        _ => {
            return Err(Trouble::new(format!("the profile '{name}' needs sso_account_id and sso_role_name"), "add it"));
        }
    };
    let lacks = |key: &str| Trouble::new(format!("the profile '{name}' has no {key}"), "run `aws configure sso`");
    let session = match profile.get("sso_session") {
        Some(session) => {
            Some((session, files.session(session).ok_or_else(|| lacks(&format!("[sso-session {session}]")))?))
        }
        None => None,
    };
    let setting = |key: &str| match session {
        Some((_, section)) => section.get(key).map(String::as_str).ok_or_else(|| lacks(key)),
        None => profile.get(key).ok_or_else(|| lacks(key)),
    };
    let region = setting("sso_region")?;
    let token = token(around, name, session.map_or_else(|| setting("sso_start_url"), |(session, _)| Ok(session))?)?;

    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let usual = format!("https://portal.sso.{region}.{suffix}");
    let portal = around.variable("AWS_ENDPOINT_URL_SSO").unwrap_or(&usual).trim_end_matches('/');
    let address =
        format!("{portal}/federation/credentials?role_name={}&account_id={}", escaped(role), escaped(account));
    let wrong = || Trouble::new(format!("the profile '{name}' leads to no portal"), "run `aws configure sso`");
    let mut value = HeaderValue::from_str(&token).map_err(|_| wrong())?;
    value.set_sensitive(true);
    let request =
        Request::get(address).header("x-amz-sso_bearer_token", value).body(Vec::new()).map_err(|_| wrong())?;
    let reply = around.ask("GetRoleCredentials", WHO, request, MOST)?;
    match reply.status {
        200 => given(&reply.body).map(Some),
        401 => Err(again(name, "AWS does not accept its token any more")),
        403 => Err(Trouble::new(
            format!("SSO does not give you the role {role} in the account {account} (status 403)"),
            format!(
                "look at sso_account_id and sso_role_name of the profile '{name}', or have the role assigned to you"
            ),
        )),
        status => Err(Trouble {
            words: format!("{WHO} answers with status {status}"),
            next: format!("look at sso_region of the profile '{name}', and run it again"),
            is_passing: status == 429 || status >= 500,
        }),
    }
}

fn again(name: &str, why: &str) -> Trouble {
    Trouble::new(
        format!("the SSO session has expired: {why}"),
        format!("run `aws sso login --profile {}`", quoted(name)),
    )
}

/// The token that `aws sso login` has left under the name of this key.
fn token(around: &Around, name: &str, key: &str) -> Result<String, Trouble> {
    let home = around.variable("HOME").unwrap_or_default();
    let file = hex(digest(&SHA1_FOR_LEGACY_USE_ONLY, key.as_bytes()).as_ref());
    let Ok(bytes) = std::fs::read(format!("{home}/.aws/sso/cache/{file}.json")) else {
        return Err(again(name, "it has no token"));
    };
    let said: Value = serde_json::from_slice(&bytes).map_err(|_| again(name, "the file of its token is not JSON"))?;
    let part = |name: &str| said.get(name).and_then(Value::as_str).filter(|text| !text.is_empty());
    let token = part("accessToken").ok_or_else(|| again(name, "its file holds no token"))?;
    around.learn(token);
    let end = part("expiresAt")
        .and_then(found::time_of)
        .ok_or_else(|| again(name, "its token does not say when it expires"))?;
    if end <= around.clock.now() {
        return Err(again(name, &format!("its token expired at {}", end.to_rfc3339())));
    }
    Ok(token.to_owned())
}

fn given(body: &[u8]) -> Result<Credentials, Trouble> {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let part = |name: &str| said.pointer(&format!("/roleCredentials/{name}")).cloned().unwrap_or_default();
    let end = part("expiration").as_i64().and_then(DateTime::from_timestamp_millis).map(|end| end.to_rfc3339());
    let same = json!({
        "AccessKeyId": part("accessKeyId"), "SecretAccessKey": part("secretAccessKey"),
        "Token": part("sessionToken"), "Expiration": end,
    });
    found::read(WHO, same.to_string().as_bytes(), "Token")
}
