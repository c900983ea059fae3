//! Where credentials are looked for, in the order of AWS's own tools (botocore, `create_credential_resolver`).

use super::files::Files;
use super::{Around, Credentials, Trouble, container, environment, instance, profile, sts};

/// The credentials of the first source that is set up. If it fails, no other is tried: those would be another user's.
pub(super) fn find(around: &Around) -> Result<Credentials, Trouble> {
    if let Some(found) = environment::find(around)? {
        return Ok(found);
    }
    let named = around.variable("AWS_PROFILE").or_else(|| around.variable("AWS_DEFAULT_PROFILE"));
    let name = named.unwrap_or("default");
    let files = Files::read(around)?;
    if files.profile(name).is_none() && named.is_some() {
        return Err(Trouble::new(
            format!("AWS_PROFILE names '{name}', and {} have no such profile", files.places()),
            "`aws configure list-profiles` lists those that are there",
        ));
    }
    if let Some(found) = profile::by_role(around, &files, name, &mut Vec::new())? {
        return Ok(found);
    }
    if let Some(found) = sts::by_web_identity(around)? {
        return Ok(found);
    }
    if let Some(found) = profile::of_its_own(around, &files, name)? {
        return Ok(found);
    }
    if let Some(found) = container::find(around)? {
        return Ok(found);
    }
    instance::find(around).map_err(|trouble| {
        let places = files.places();
        Trouble::new(
            format!(
                "no source has credentials: AWS_ACCESS_KEY_ID is not set, {places} have none for the profile '{name}', \
                 no web identity and no container gives them, and neither does the instance: {}",
                trouble.words
            ),
            "set `access_key_id` and `secret_access_key` in `properties.aws`, or with `credentials_source: env_or_profile` \
             AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, AWS_PROFILE, or the role of this machine",
        )
    })
}
