//! The settings of a manifest about the cloud: the CPI, its properties, and where the local backend keeps its disks.

use std::path::PathBuf;

use crate::domain::ids::{BadId, CpiName};
use crate::yaml::{Complaint, View};

use super::DEFAULT_LOCAL_PATH;
use super::director::first;
use super::setting::{Place, Setting};

/// The ending of a CPI job's name, in each release of a CPI.
const SUFFIX: &str = "_cpi";

/// `cloud_provider.template`, or the CPI among `cloud_provider.templates`; if neither is there, `cpi_job`.
pub(super) fn cpi(root: &View<'_>, cpi_job: Option<&View<'_>>) -> Result<Option<Setting<CpiName>>, Complaint> {
    if let Some(name) = root.path(&["cloud_provider", "template", "name"])? {
        return parsed(&name).map(Some);
    }
    if let Some(templates) = root.path(&["cloud_provider", "templates"])? {
        let mut found = Vec::new();
        for template in templates.list()? {
            if let Some(name) = template.get("name")?
                && name.as_str()?.ends_with(SUFFIX)
            {
                found.push(name);
            }
        }
        match (found.as_slice(), cpi_job) {
            ([one], _) => return parsed(one).map(Some),
            (_, Some(_)) => {}
            (others, None) => {
                let message = format!("expected one job whose name ends in {SUFFIX}, found {}", others.len());
                return Err(templates.complain(message).hint("name the CPI in cloud_provider.template"));
            }
        }
    }
    cpi_job.map(parsed).transpose()
}

fn parsed(name: &View<'_>) -> Result<Setting<CpiName>, Complaint> {
    let parsed = name.as_str()?.parse();
    let parsed = parsed.map_err(|bad: BadId| name.complain(bad.to_string()).hint("name the CPI, as in aws_cpi"))?;
    Ok(Setting::of(parsed, name))
}

/// `cloud_provider.properties`, or a rendered file's `cloud.properties`. A Director that another Director deploys has
/// neither: then those of the CPI's job, of its instance group, or of the top level, without the parts that are not the
/// cloud's.
pub(super) fn properties(root: &View<'_>, cpi: Option<&CpiName>) -> Result<Setting<serde_json::Value>, Complaint> {
    const KEY: &str = "cloud_provider.properties";
    for keys in [["cloud_provider", "properties"], ["cloud", "properties"]] {
        if let Some(properties) = root.path(&keys)? {
            properties.map()?;
            return Ok(Setting { value: properties.node().to_json(), place: place(&properties) });
        }
    }
    let mut levels = cpi.map_or_else(|| Ok(Vec::new()), |cpi| of_the_job(root, cpi))?;
    levels.extend(root.get("properties")?);
    for properties in levels {
        properties.map()?;
        let mut json = properties.node().to_json();
        if let Some(object) = json.as_object_mut() {
            object.remove("director");
            object.remove("snapback");
            if !object.is_empty() {
                return Ok(Setting { value: json, place: place(&properties) });
            }
        }
    }
    Ok(Setting::default(serde_json::json!({}), KEY.to_owned()))
}

/// The properties of the CPI's job, and those of its instance group.
fn of_the_job<'a>(root: &View<'a>, cpi: &CpiName) -> Result<Vec<View<'a>>, Complaint> {
    for group in root.get("instance_groups")?.map(|groups| groups.list()).transpose()?.unwrap_or_default() {
        let is_it = |job: &View<'_>| job.node().get("name").and_then(|name| name.text()) == Some(cpi.as_str());
        let jobs = group.get("jobs")?.map(|jobs| jobs.list()).transpose()?.unwrap_or_default();
        if let Some(job) = jobs.iter().find(|job| is_it(job)) {
            return Ok(job.get("properties")?.into_iter().chain(group.get("properties")?).collect());
        }
    }
    Ok(Vec::new())
}

/// The place of the properties. Keys in the manifest can be shown, even if variables gave their values.
fn place(properties: &View<'_>) -> Place {
    Place { given: properties.node().given, ..Place::of(properties) }
}

/// `cloud.provider.path` of the rendered form: the executable that the Director itself calls.
pub(super) fn provider_path(root: &View<'_>) -> Result<Option<PathBuf>, Complaint> {
    root.path(&["cloud", "provider", "path"])?.map(|path| path.as_str().map(PathBuf::from)).transpose()
}

/// The local backend's directory as it is written; a relative path starts at the manifest's directory.
pub(super) fn local_path(root: &View<'_>) -> Result<String, Complaint> {
    let mut places = Vec::new();
    for keys in
        [&["cloud_provider", "properties", "local"][..], &["cloud", "properties", "local"], &["properties", "local"]]
    {
        places.extend(root.path(keys)?);
    }
    match first(&places, "path")? {
        Some(path) => {
            let text = path.as_str()?;
            if text.trim().is_empty() || text.contains('\0') {
                return Err(path.complain("expected the path of a directory").hint("write it, or remove the key"));
            }
            Ok(text.to_owned())
        }
        None => Ok(DEFAULT_LOCAL_PATH.to_owned()),
    }
}
