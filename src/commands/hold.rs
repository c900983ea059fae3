//! `snapback hold`

use super::{Outcome, abbreviated, delete};
use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::hold::{check_owner, hold};
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback hold`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The snapshots
    #[arg(value_name = "CID", required = true)]
    cids: Vec<SnapshotCid>,
    /// Why; snapback shows it to whoever deletes or prunes
    #[arg(long, value_name = "TEXT")]
    reason: String,
    /// Show what would be held, and change nothing
    #[arg(long)]
    dry_run: bool,
}

/// Holds snapshots: neither `delete` nor `prune` deletes them until they are released.
///
/// # Errors
/// A CID that nobody knows, a snapshot of the Director's, the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let reason = args.reason.trim();
    if reason.is_empty() {
        return Err(Error::new(Kind::Usage, "--reason is empty: whoever meets a held snapshot needs to know why")
            .hint("write who needs it, and until when"));
    }
    if reason.chars().any(char::is_control) || reason.chars().count() > LONGEST_REASON {
        return Err(Error::new(
            Kind::Usage,
            format!("--reason is not one line of at most {LONGEST_REASON} characters"),
        )
        .hint("write briefly who needs it, and until when"));
    }
    change(context, &args.cids, Some(reason), args.dry_run)
}

/// How many characters a reason may have: it stands in one line of a table.
const LONGEST_REASON: usize = 200;

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("result", "Result"),
    Column::prose("reason", "Reason"),
    Column::new("operation", "Operation"),
    Column::new("deployment", "Deployment"),
];

/// Holds or releases, and shows how it went. It asks nothing: only the state file changes, and you can take it back.
pub(super) fn change(
    context: &mut Context,
    cids: &[SnapshotCid],
    reason: Option<&str>,
    dry_run: bool,
) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_change(&tools.manifest, dry_run)?;
    let cids = abbreviated::snapshots(context, opened.reader(), cids, false)?;
    let snapshots = delete::known(opened.reader(), &cids, false)?;
    check_owner(&snapshots)?;
    let to_change: Vec<Snapshot> =
        snapshots.iter().filter(|snapshot| snapshot.held.as_deref() != reason).cloned().collect();
    let operation = match opened.for_change() {
        Some(state) if !to_change.is_empty() => Some(hold(&context.session(&tools, state), &to_change, reason)?),
        _ => None,
    };
    for snapshot in &to_change {
        if let (Some(before), Some(_)) = (&snapshot.held, reason) {
            context.ui.warn(&format!("snapshot {} was held for another reason before: {before}", snapshot.cid));
        }
    }
    let table = Table::new("snapshots", TableKind::Own, COLUMNS, Some("cid")).showing_first(COLUMNS.len() - 2);
    context.ui.table(&table, |row| {
        for snapshot in &snapshots {
            let changes = to_change.iter().any(|one| one.cid == snapshot.cid);
            let result = match (reason.is_some(), changes, dry_run) {
                (true, true, true) => "would be held",
                (true, true, false) => "held",
                (true, false, _) => "held already",
                (false, true, true) => "would be released",
                (false, true, false) => "released",
                (false, false, _) => "not held",
            };
            row(vec![
                Cell::text(&snapshot.instance),
                Cell::text(&snapshot.cid),
                Cell::text(result),
                Cell::maybe(reason.or(snapshot.held.as_deref()), Cell::text),
                Cell::maybe(operation.as_ref().filter(|_| changes), Cell::text),
                Cell::text(&snapshot.instance.deployment),
            ]);
        }
        Ok(())
    })?;
    if dry_run {
        context.ui.say("Nothing was changed (--dry-run)");
    }
    Ok(Outcome::done())
}
