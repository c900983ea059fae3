//! `snapback promote`

use super::{Outcome, abbreviated, views};
use crate::context::{Context, Tools};
use crate::domain::ids::SnapshotCid;
use crate::domain::instance::ListedDisk;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::costs::{Cost, of_disk};
use crate::ops::promote::{PromoteRequest, asked_for, plan, promote, step as promotion};
use crate::ops::{CpiSource, find};
use crate::state::Reader;
use crate::ui::Cell;

/// The arguments of `snapback promote`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The snapshot
    #[arg(value_name = "CID")]
    cid: SnapshotCid,
    /// The availability zone of the new disk [default: the snapshot's]
    #[arg(long, value_name = "AZ")]
    az: Option<String>,
    /// The size of the new disk [default: the snapshot's]
    #[arg(long, value_name = "MIB", value_parser = clap::value_parser!(u64).range(1..))]
    size: Option<u64>,
    /// The CPI's cloud properties of the new disk, as JSON [default: those of the snapshot's disk]
    #[arg(long, value_name = "JSON")]
    cloud_properties: Option<String>,
    /// Check whether it can be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

/// Makes a new persistent disk from a snapshot.
///
/// # Errors
/// An unknown snapshot; a CPI that cannot do it; the errors of the CPI and the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let properties = args.cloud_properties.as_deref().map(cloud_properties).transpose()?;
    let request = PromoteRequest { size_mib: args.size, az: args.az.clone(), cloud_properties: properties };
    let tools = context.tools()?;
    let opened = context.open_to_change(&tools.manifest, args.dry_run)?;
    let cid = abbreviated::snapshot(context, opened.reader(), &args.cid)?;
    let snapshot = find::snapshot(opened.reader(), &cid)?;
    if args.dry_run {
        show(context, &tools, opened.reader(), &snapshot, &request)?;
    }
    let Some(state) = opened.for_change() else {
        context.ui.say(&format!("A disk can be made from {}; nothing was done (--dry-run)", snapshot.cid));
        return Ok(Outcome::done());
    };
    let session = context.session(&tools, state);
    let disk = promote(&session, &snapshot, &request)?;
    context.ui.table(&views::disks(), |row| {
        row(views::disk_row(ListedDisk { disk: disk.clone(), deployment: None, instance: None }));
        Ok(())
    })?;
    context.ui.say(&format!("Disk {} was made from {}; it is attached to nothing", disk.cid, snapshot.cid));
    Ok(Outcome::done())
}

/// Shows the one step, with its cost.
fn show(
    context: &mut Context,
    tools: &Tools,
    reader: &Reader,
    snapshot: &Snapshot,
    request: &PromoteRequest,
) -> Result<()> {
    let cpi = tools.clouds.cpi(&snapshot.cpi)?;
    let draft = plan(reader, cpi.as_ref(), snapshot, request)?;
    let costs = of_disk(cpi.as_ref(), &snapshot.cid, &asked_for(&draft, None))?;
    let costs: Vec<String> = costs.iter().map(Cost::in_words).collect();
    for cost in &costs {
        context.ui.say(&format!("It {cost}"));
    }
    context.ui.table(&views::planned().showing_first(views::PLANNED), |row| {
        let step = promotion(cpi.as_ref(), &snapshot.cid, &draft).describe();
        row(vec![Cell::Number(1), Cell::Text(step), Cell::text(&snapshot.instance), Cell::Lines(costs.clone())]);
        Ok(())
    })
}

fn cloud_properties(text: &str) -> Result<serde_json::Value> {
    // The text may hold a secret, so no part of it is shown, not even the part that cannot be read.
    match serde_json::from_str(text) {
        Ok(value @ serde_json::Value::Object(_)) => Ok(value),
        _ => Err(Error::new(Kind::Usage, "--cloud-properties is not a JSON object")
            .hint("as in --cloud-properties '{\"type\": \"gp3\"}'")),
    }
}
