//! The sources of an import: snapback's own inventory (instances, their VMs and their persistent disks), and the output
//! of BOSH's tools about the same.

mod bosh;
mod error;
mod reader;

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::findings::Findings;
use crate::domain::ids::CpiName;
use crate::domain::instance::Instance;
use crate::domain::zones::Zones;
use crate::yaml::{self, Complaint, Node, View};

pub use error::InventoryError;

/// The commented inventory that `snapback init` writes for the local backend.
pub const EXAMPLE_INVENTORY: &str = include_str!("example.yml");

/// The most instances that one inventory can hold.
pub const MOST_INSTANCES: usize = 100_000;

/// Where a text comes from, and the values to use if it does not have them.
#[derive(Debug, Clone, Copy)]
pub struct Source<'a> {
    /// The file's name, or "standard input".
    pub name: &'a str,
    /// The CPI of things that name none.
    pub default_cpi: &'a CpiName,
    /// The CPIs of availability zones, which come before the default.
    pub zones: &'a Zones,
    /// The deployment that the operator named.
    pub deployment: Option<&'a str>,
    /// The time of the import.
    pub now: DateTime<Utc>,
}

impl Source<'_> {
    /// The CPI of a thing in this zone that names none.
    fn cpi_of(&self, zone: Option<&str>) -> CpiName {
        self.zones.cpi(zone).unwrap_or(self.default_cpi).clone()
    }
}

/// Reads a text as what its content shows it to be: a table of the bosh CLI (`--json`), create-env's state, or
/// snapback's own inventory.
///
/// # Errors
/// [`InventoryError`]: it is none of these, or has an error in it.
pub fn recognise(text: &str, source: &Source<'_>) -> Result<Findings, InventoryError> {
    match bosh::read(text, source) {
        Some(read) => read.map_err(|complaint| InventoryError { source_name: source.name.to_owned(), complaint }),
        None => read_from(text, source)
            .map(|(instances, empty)| Findings { whole: empty, ..Findings::of_instances(instances) }),
    }
}

/// The names in the answer of `bosh deployments --json`.
///
/// # Errors
/// [`InventoryError`]: it is something else.
pub fn deployments(text: &str, source: &str) -> Result<Vec<String>, InventoryError> {
    let blame = |complaint| InventoryError { source_name: source.to_owned(), complaint };
    bosh::directory::deployments(text).map_err(blame)
}

/// The name of the Director in the answer of `bosh environment --json`; `None` if the text is not such an answer.
pub fn director_name(text: &str) -> Option<String> {
    bosh::directory::director(text).ok().flatten()
}

/// Reads an inventory. `source` is the file's name, or "standard input"; an instance that names no CPI is on
/// `default_cpi`; `now` is the time of the import.
///
/// # Errors
/// [`InventoryError`]: the text is not an inventory, or something in it is wrong or occurs twice.
pub fn read(
    text: &str,
    source: &str,
    default_cpi: &CpiName,
    now: DateTime<Utc>,
) -> Result<Vec<Instance>, InventoryError> {
    let source = Source { name: source, default_cpi, zones: Zones::NONE, deployment: None, now };
    read_from(text, &source).map(|(instances, _)| instances)
}

fn read_from(text: &str, source: &Source<'_>) -> Result<(Vec<Instance>, BTreeSet<String>), InventoryError> {
    let blame = |complaint| InventoryError { source_name: source.name.to_owned(), complaint };
    if let Some(complaint) = foreign_text(text) {
        return Err(blame(complaint));
    }
    let tree = yaml::parse_up_to(text, yaml::MOST_IN_AN_INVENTORY).map_err(blame)?;
    if let Some(complaint) = foreign_tree(&tree) {
        return Err(blame(complaint));
    }
    reader::Reader::new(source).deployments(&View::root(&tree)).map_err(blame)
}

fn expected(what: &str) -> Complaint {
    Complaint::new(format!("{what}, not an inventory"))
        .hint("expected snapback's inventory: `deployments:` and below it `instances:` (snapback init writes one)")
        .hint("or the output of `bosh instances --details --json`, or a bosh-state.json")
}

fn foreign_text(text: &str) -> Option<Complaint> {
    let start = text.trim_start();
    if start.is_empty() {
        return Some(expected("empty"));
    }
    start.starts_with('<').then(|| expected("HTML or XML"))
}

fn foreign_tree(tree: &Node) -> Option<Complaint> {
    let has = |key: &str| tree.get(key).is_some();
    if tree.is_null() {
        Some(expected("empty"))
    } else if has("Tables") {
        Some(expected("the bosh CLI's output, but not JSON").hint("give it as `bosh --json` printed it, unchanged"))
    } else if ["instance_groups", "cloud_provider", "properties", "releases"].into_iter().any(has) {
        Some(expected("a manifest").hint("a manifest goes to --manifest"))
    } else if has("azs") {
        Some(expected("a cloud-config").hint("a cloud-config goes to --cloud-config"))
    } else if tree.entries().is_empty() {
        Some(expected(tree.kind()))
    } else {
        None
    }
}
