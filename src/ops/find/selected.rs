//! The deployment and the instances that are meant.

use crate::domain::instance::Instance;
use crate::domain::nearest::nearest;
use crate::domain::selector::{Selector, Selectors};
use crate::error::{Error, Kind, Result};
use crate::state::{Reader, SnapshotFilter, SnapshotsOf};

/// The deployment that is meant: the one named, or the only one.
///
/// # Errors
/// [`Kind::NotFound`] if it is unknown; [`Kind::Usage`] with the list if there are several or none.
pub fn deployment(reader: &Reader, named: Option<&str>) -> Result<String> {
    let known = reader.deployments()?;
    let list = || format!("deployments: {}", known.join(", "));
    match (named, known.as_slice()) {
        (Some(name), _) if known.iter().any(|known| known == name) => Ok(name.to_owned()),
        (Some(name), []) => Err(none(Error::new(Kind::NotFound, format!("there is no deployment '{name}'")))),
        (Some(name), _) => Err(Error::new(Kind::NotFound, format!("there is no deployment '{name}'")).hint(list())),
        (None, [only]) => Ok(only.clone()),
        (None, []) => Err(none(Error::new(Kind::Usage, "no deployment is known yet"))),
        (None, _) => {
            Err(Error::new(Kind::Usage, "there are several deployments: name one with -d/--deployment").hint(list()))
        }
    }
}

fn none(error: Error) -> Error {
    error.hint("import an inventory first:").try_command("snapback import inventory.yml")
}

/// The instances of a deployment that selectors mean, each once; never empty. Each selector must mean one.
///
/// # Errors
/// [`Kind::NotFound`] with the known ones.
pub fn instances(reader: &Reader, deployment: &str, selectors: &Selectors) -> Result<Vec<Instance>> {
    let found = meant(reader, Some(deployment), selectors)?;
    if found.is_empty() && selectors.is_all() {
        return Err(none(Error::new(Kind::NotFound, format!("deployment '{deployment}' has no instances"))));
    }
    Ok(found)
}

fn meant(reader: &Reader, deployment: Option<&str>, selectors: &Selectors) -> Result<Vec<Instance>> {
    if selectors.is_all() {
        return Ok(reader.instances(deployment)?);
    }
    let mut found = Vec::new();
    for selector in selectors.each() {
        found.extend(reader.instances_of(deployment, selector)?);
    }
    found.sort_by(|one: &Instance, other| one.name.cmp(&other.name));
    found.dedup_by(|one, other| one.name == other.name);
    let unknown: Vec<&Selector> =
        selectors.each().iter().filter(|selector| !found.iter().any(|one| selector.matches(one))).collect();
    if unknown.is_empty() { Ok(found) } else { Err(no_such(reader, deployment, &unknown)?) }
}

/// The instances of all deployments that selectors mean, each once. Each selector must mean one.
///
/// # Errors
/// [`Kind::NotFound`] with the known ones.
pub fn of_all(reader: &Reader, selectors: &Selectors) -> Result<Vec<Instance>> {
    meant(reader, None, selectors)
}

/// Checks that each selector means an instance, or one that is gone and whose snapshots still exist.
///
/// # Errors
/// [`Kind::NotFound`] with the known ones.
pub fn known_of_snapshots(reader: &Reader, deployment: &str, selectors: &Selectors) -> Result<()> {
    let mut unknown: Vec<&Selector> = Vec::new();
    for selector in selectors.each() {
        if reader.instances_of(Some(deployment), selector)?.is_empty() && !has_snapshots(reader, deployment, selector)?
        {
            unknown.push(selector);
        }
    }
    if unknown.is_empty() { Ok(()) } else { Err(no_such(reader, Some(deployment), &unknown)?) }
}

fn has_snapshots(reader: &Reader, deployment: &str, selector: &Selector) -> Result<bool> {
    let of = match selector {
        Selector::Group(group) => SnapshotsOf { group: group.clone(), ..SnapshotsOf::default() },
        Selector::Index(group, index) => SnapshotsOf { group: group.clone(), index: Some(*index), uuid: None },
        Selector::Uuid(group, uuid) => SnapshotsOf { group: group.clone(), index: None, uuid: Some(uuid.clone()) },
    };
    let deployment = Some(deployment.to_owned());
    let filter = SnapshotFilter { deployment, of: vec![of], ..SnapshotFilter::default() };
    let mut found = false;
    reader.each_snapshot(&filter, |_| {
        found = true;
        Ok::<bool, Error>(false)
    })?;
    Ok(found)
}

/// The error of selectors that mean nothing, with what there is.
fn no_such(reader: &Reader, deployment: Option<&str>, unknown: &[&Selector]) -> Result<Error> {
    let all = reader.instances(deployment)?;
    let what: Vec<String> = unknown.iter().map(|selector| format!("'{selector}'")).collect();
    let whose = deployment
        .map_or("no deployment has an instance".to_owned(), |name| format!("deployment '{name}' has no instance"));
    let message = format!("{whose} {}", what.join(", and none "));
    let error = Error::new(Kind::NotFound, message);
    if all.is_empty() {
        return Ok(none(error));
    }
    let mut near: Vec<String> = unknown.iter().flat_map(|selector| like(selector, &all)).collect();
    near.dedup();
    Ok(match near.is_empty() {
        false => error.hint(format!("did you mean {}?", near.join(" or "))),
        true => error.hint(format!("instances: {}", listed(all.iter().map(|one| one.name.to_string())))),
    })
}

/// The instances that may have been meant: the others of the group, else those with a similar spelling.
fn like(selector: &Selector, all: &[Instance]) -> Vec<String> {
    const MOST: usize = 5;
    let name = |one: &Instance| match (selector, &one.uuid) {
        (Selector::Uuid(..), Some(uuid)) => format!("{}/{uuid}", one.name.group),
        (Selector::Group(_), _) => one.name.group.clone(),
        _ => one.name.to_string(),
    };
    let of_group: Vec<String> = all.iter().filter(|one| one.name.group == selector.group()).map(name).collect();
    if !of_group.is_empty() && !matches!(selector, Selector::Group(_)) {
        return of_group.into_iter().take(MOST).collect();
    }
    let names: Vec<String> = all.iter().map(name).collect();
    nearest(&selector.to_string(), names.iter().map(String::as_str)).into_iter().map(str::to_owned).collect()
}

/// A list of names, cut to a readable line.
fn listed(names: impl ExactSizeIterator<Item = String>) -> String {
    const MOST: usize = 20;
    let more = names.len().saturating_sub(MOST);
    let mut listed = names.take(MOST).collect::<Vec<_>>().join(", ");
    if more > 0 {
        listed.push_str(&format!(", and {more} more"));
    }
    listed
}

/// The one instance of a deployment that selectors mean.
///
/// # Errors
/// [`Kind::NotFound`]; [`Kind::Usage`] if they mean several.
pub fn instance(reader: &Reader, deployment: &str, selectors: &Selectors) -> Result<Instance> {
    let mut found = instances(reader, deployment, selectors)?;
    if found.len() > 1 {
        let names: Vec<String> = found.iter().map(|instance| instance.name.to_string()).collect();
        return Err(Error::new(Kind::Usage, format!("'{selectors}' means {} instances: name one", names.len()))
            .hint(format!("instances: {}", names.join(", "))));
    }
    Ok(found.remove(0))
}
