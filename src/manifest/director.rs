//! Where a manifest speaks of the Director.

use crate::yaml::{Complaint, View};

use super::Switch;
use super::settings::{self, Settings};

/// The keys under which the instance groups stand; `jobs` is BOSH 1's.
const GROUPS: [&str; 2] = ["instance_groups", "jobs"];
const SWITCH: &str = "enable_snapshots";

pub(super) struct Found {
    pub name: Option<String>,
    pub enable_snapshots: Switch,
    pub settings: Settings,
    pub warnings: Vec<String>,
}

/// Reads `director` and `snapback`, of the instance group first and of the top-level properties after it.
pub(super) fn find(root: &View<'_>) -> Result<Found, Complaint> {
    let mut levels: Vec<View<'_>> = Vec::new();
    for list in GROUPS {
        for group in root.get(list)?.map(|list| list.list()).transpose()?.unwrap_or_default() {
            let Some(properties) = group.get("properties")? else { continue };
            if properties.get("director")?.is_some() || properties.get("snapback")?.is_some() {
                levels.push(properties);
            }
        }
    }
    for key in ["director", "snapback"] {
        refuse_second(&levels, key)?;
    }
    levels.extend(root.get("properties")?);

    let mut warnings = Vec::new();
    let mut directors = Vec::new();
    for properties in &levels {
        if let Some(director) = properties.get("director")? {
            if let Some(lost) = director.get("snapback")? {
                return Err(lost.complain("out of place").hint("it belongs beside `director:`, not in it"));
            }
            if let Some((key, line)) = director.misspelt(SWITCH) {
                let key = director.key_of(key);
                warnings.push(format!("line {line}: {key} means nothing to BOSH; is {SWITCH} meant?"));
            }
            directors.push(director);
        }
    }
    let name = first(&directors, "name")?.map(|name| name.as_str().map(str::to_owned)).transpose()?;
    let settings = match first(&levels, "snapback")? {
        Some(snapback) => settings::read(&snapback)?,
        None => Settings::default(),
    };
    Ok(Found { name, enable_snapshots: switch(&directors)?, settings, warnings })
}

fn first<'a>(levels: &[View<'a>], key: &str) -> Result<Option<View<'a>>, Complaint> {
    for level in levels {
        if let Some(view) = level.get(key)? {
            return Ok(Some(view));
        }
    }
    Ok(None)
}

fn switch(directors: &[View<'_>]) -> Result<Switch, Complaint> {
    if let Some(written) = first(directors, SWITCH)? {
        return Ok(Switch { value: written.as_bool()?, key: written.key().to_owned(), line: Some(written.line()) });
    }
    let key = match directors.first() {
        Some(director) => director.key_of(SWITCH),
        None => format!("properties.director.{SWITCH}"),
    };
    Ok(Switch { value: false, key, line: None })
}

fn refuse_second(groups: &[View<'_>], key: &str) -> Result<(), Complaint> {
    let mut seen: Option<View<'_>> = None;
    for group in groups {
        let Some(view) = group.get(key)? else { continue };
        if let Some(before) = seen {
            let message = format!(
                "a second one: there is another on line {}, {}; which one counts cannot be told",
                before.line(),
                before.key()
            );
            return Err(view.complain(message).hint("keep one of them"));
        }
        seen = Some(view);
    }
    Ok(())
}
