//! Credentials of a profile: its role, its session of SSO, its keys, its program.

use super::files::{Files, Profile, Section};
use super::{Around, Credentials, Trouble, container, environment, instance, process, sso, sts};
use crate::domain::shell::quoted;
use crate::secret::Secret;

/// The credentials of the role that the profile names, by those of its source; `None` if it names no role.
pub(super) fn by_role(
    around: &Around,
    files: &Files,
    name: &str,
    seen: &mut Vec<String>,
) -> Result<Option<Credentials>, Trouble> {
    let Some(profile) = files.profile(name) else { return Ok(None) };
    let Some(arn) = profile.get("role_arn").filter(|_| profile.get("web_identity_token_file").is_none()) else {
        return Ok(None);
    };
    let wrong =
        |what: &str| Trouble::new(format!("the profile '{name}' names a role, and {what}"), "correct the profile");
    if profile.get("mfa_serial").is_some() {
        return Err(Trouble::new(
            format!("the profile '{name}' wants a code (mfa_serial), and nobody can type it here"),
            format!(
                "run `eval \"$(aws configure export-credentials --profile {name} --format env)\"`: it asks for the code, and snapback \
                 takes the role's credentials from the environment",
                name = quoted(name)
            ),
        ));
    }
    let own = match (profile.get("source_profile"), profile.get("credential_source")) {
        (Some(_), Some(_)) => return Err(wrong("both source_profile and credential_source")),
        (None, None) => return Err(wrong("neither source_profile nor credential_source")),
        (Some(source), None) => of_source(around, files, name, source, seen)?,
        (None, Some("Environment")) => {
            environment::find(around)?.ok_or_else(|| wrong("AWS_ACCESS_KEY_ID, its source, is not set"))?
        }
        (None, Some("Ec2InstanceMetadata")) => instance::find(around)?,
        (None, Some("EcsContainer")) => {
            container::find(around)?.ok_or_else(|| wrong("the container's variables, its source, are not set"))?
        }
        (None, Some(_)) => {
            return Err(wrong("credential_source is not Environment, Ec2InstanceMetadata or EcsContainer"));
        }
    };
    let role = sts::Role {
        arn,
        session: profile.get("role_session_name"),
        external: profile.get("external_id"),
        seconds: profile.get("duration_seconds"),
    };
    sts::assume(around, &own, &role).map(Some)
}

fn of_source(
    around: &Around,
    files: &Files,
    name: &str,
    source: &str,
    seen: &mut Vec<String>,
) -> Result<Credentials, Trouble> {
    seen.push(name.to_owned());
    let wrong = |what: &str| {
        Trouble::new(format!("the source_profile of '{name}' is '{source}', {what}"), "correct the profile")
    };
    let profile = files.profile(source).ok_or_else(|| wrong("which is not there"))?;
    let has_keys = profile.get("aws_access_key_id").is_some();
    if seen.iter().any(|seen| seen == source) && !(source == name && has_keys) {
        return Err(wrong("which leads back to it"));
    }
    let found = if has_keys || profile.get("role_arn").is_none() || profile.get("web_identity_token_file").is_some() {
        of_its_own(around, files, source)?
    } else {
        by_role(around, files, source, seen)?
    };
    found.ok_or_else(|| wrong("which has no credentials"))
}

/// The credentials that the profile has without another one, in AWS's own order: a web identity, SSO, keys, a program.
pub(super) fn of_its_own(around: &Around, files: &Files, name: &str) -> Result<Option<Credentials>, Trouble> {
    let Some(profile) = files.profile(name) else { return Ok(None) };
    if let (Some(file), Some(arn)) = (profile.get("web_identity_token_file"), profile.get("role_arn")) {
        return sts::of_token(around, file, arn, profile.get("role_session_name")).map(Some);
    }
    if let Some(found) = sso::find(around, files, name, &profile)? {
        return Ok(Some(found));
    }
    if let Some(found) = keys(name, profile.credentials)? {
        return Ok(Some(found));
    }
    match profile.get("credential_process") {
        Some(line) => process::run(around, name, line).map(Some),
        None => keys(name, profile.config),
    }
}

fn keys(name: &str, section: Option<&Section>) -> Result<Option<Credentials>, Trouble> {
    let both = Profile { config: section, credentials: None };
    let Some(id) = both.get("aws_access_key_id") else { return Ok(None) };
    let secret = both.get("aws_secret_access_key").ok_or_else(|| {
        Trouble::new(format!("the profile '{name}' has aws_access_key_id without aws_secret_access_key"), "add it")
    })?;
    let token = both.get("aws_session_token").map(|token| Secret::new(token.to_owned()));
    Ok(Some(Credentials { id: id.to_owned(), secret: Secret::new(secret.to_owned()), token, until: None }))
}
