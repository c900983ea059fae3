//! snapback's own inventory: which instances there are, on which VMs, with which persistent disks.

mod error;
mod reader;

use chrono::{DateTime, Utc};

use crate::domain::ids::CpiName;
use crate::domain::instance::Instance;
use crate::yaml::{self, Complaint, Node, View};

pub use error::InventoryError;

/// The commented inventory that `snapback init` writes for the local backend.
pub const EXAMPLE_INVENTORY: &str = include_str!("example.yml");

/// The most instances that one inventory can hold.
pub const MOST_INSTANCES: usize = 100_000;

/// Reads an inventory. `source` is the file's name, or "standard input"; an instance that names no CPI is on
/// `default_cpi`; `now` is when the inventory said so.
///
/// # Errors
/// [`InventoryError`]: no inventory at all, or something in it that is wrong or there twice.
pub fn read(
    text: &str,
    source: &str,
    default_cpi: &CpiName,
    now: DateTime<Utc>,
) -> Result<Vec<Instance>, InventoryError> {
    let blame = |complaint| InventoryError { source_name: source.to_owned(), complaint };
    if let Some(complaint) = foreign_text(text) {
        return Err(blame(complaint));
    }
    let tree = yaml::parse(text).map_err(blame)?;
    if let Some(complaint) = foreign_tree(&tree) {
        return Err(blame(complaint));
    }
    reader::Reader::new(default_cpi, now).deployments(&View::root(&tree)).map_err(blame)
}

fn expected(what: &str) -> Complaint {
    Complaint::new(format!("{what}, not an inventory"))
        .hint("expected is snapback's inventory: `deployments:` and below it `instances:` (snapback init writes one)")
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
        let complaint = expected("the bosh CLI's JSON");
        Some(
            complaint.hint("this release of snapback cannot read that: write the instances down, or wait for the next"),
        )
    } else if ["instance_groups", "cloud_provider", "properties", "releases"].into_iter().any(has) {
        Some(expected("a manifest").hint("a manifest goes to --manifest"))
    } else if tree.entries().is_empty() {
        Some(expected(tree.kind()))
    } else {
        None
    }
}
