//! `snapback delete`

use super::first_cli::{self, Words};
use super::{Outcome, abbreviated, delete_all};
use crate::context::{Context, Opened, Tools};
use crate::domain::ids::{OperationId, SnapshotCid};
use crate::domain::operation::Verb;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::delete::{Deleted, How, OnFailure, check_owner, delete};
use crate::ops::find;
use crate::ops::hold::check_not_held;
use crate::state::Reader;
use crate::ui::{Cell, Column, Format, Table, TableKind};

/// The arguments of `snapback delete`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "snapback delete [OPTIONS] <CID>...
       snapback delete [OPTIONS] --set <OPERATION>")]
pub struct Args {
    /// The snapshots
    #[arg(value_name = "CID", required_unless_present = "set")]
    cids: Vec<SnapshotCid>,
    /// All snapshots of this set (what one `take` took): its operation, or the beginning of its id
    #[arg(long, value_name = "OPERATION", conflicts_with = "cids")]
    set: Option<OperationId>,
    /// Pass over CIDs that snapback does not know
    #[arg(long)]
    ignore_missing: bool,
    /// If the cloud fails to delete them, and does not say that it has them, take them off the list on your word
    #[arg(long)]
    forget_failed: bool,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

/// Deletes snapshots.
///
/// # Errors
/// A CID that nobody knows, or one of another deployment than the one named; a snapshot of the Director's; a no at the
/// prompt; the errors of the state file. Failures of single snapshots are in the outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let cids = match first_cli::delete(context, &args.cids)? {
        Words::All | Words::Group(_) if args.ignore_missing || args.forget_failed => {
            return Err(first_cli::for_cids_only());
        }
        Words::All => return delete_all::run(context, &delete_all::Args::all(args.dry_run)),
        Words::Group(group) => return delete_all::run(context, &delete_all::Args::of_group(group, args.dry_run)),
        Words::These(cids) => cids,
    };
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let snapshots = match &args.set {
        Some(set) => find::set(opened.reader(), set)?,
        None => {
            let cids = abbreviated::snapshots(context, opened.reader(), cids, args.ignore_missing)?;
            known(opened.reader(), &cids, args.ignore_missing)?
        }
    };
    if let (None, Some(deployment)) = (&args.set, context.deployment()) {
        check_deployment(&snapshots, &deployment)?;
    }
    let on_failure = if args.forget_failed { OnFailure::Forget } else { OnFailure::Keep };
    confirm_and_delete(context, &tools, opened, (Verb::Delete, on_failure), snapshots, Vec::new())
}

/// Fails if one of them is of another deployment than the one that you named: either the CID or the name is wrong.
fn check_deployment(snapshots: &[Snapshot], named: &str) -> Result<()> {
    match snapshots.iter().find(|snapshot| snapshot.instance.deployment != named) {
        None => Ok(()),
        Some(other) => {
            let deployment = &other.instance.deployment;
            let what = format!("snapshot '{}' is of deployment '{deployment}', not of '{named}'", other.cid);
            Err(Error::new(Kind::NotFound, what)
                .hint(format!("nothing was done; to delete it, name its deployment: -d {deployment}")))
        }
    }
}

/// The snapshots of these CIDs, each once.
pub(super) fn known(reader: &Reader, cids: &[SnapshotCid], ignore_missing: bool) -> Result<Vec<Snapshot>> {
    let mut snapshots: Vec<Snapshot> = Vec::new();
    let mut missing = Vec::new();
    for cid in cids {
        match find::snapshot(reader, cid) {
            Ok(snapshot) if snapshots.iter().any(|known| known.cid == snapshot.cid) => {}
            Ok(snapshot) => snapshots.push(snapshot),
            Err(error) if error.kind() == Kind::NotFound && ignore_missing => {}
            Err(error) if error.kind() == Kind::NotFound => missing.push(cid.as_str()),
            Err(error) => return Err(error),
        }
    }
    match missing.as_slice() {
        [] => Ok(snapshots),
        [one] => find::snapshot(reader, &SnapshotCid::new(*one)).map(|_| snapshots),
        several => Err(Error::new(Kind::NotFound, format!("no snapshots '{}' are known", several.join("', '")))
            .hint("nothing was done; `delete --ignore-missing` passes over unknown CIDs. To see the known ones:")
            .try_command("snapback snapshots")),
    }
}

/// Shows what will be deleted, asks, deletes, and shows how it went. Programs also get the snapshots that were passed
/// over because they are `held`.
pub(super) fn confirm_and_delete(
    context: &mut Context,
    tools: &Tools,
    opened: Opened,
    (verb, on_failure): (Verb, OnFailure),
    snapshots: Vec<Snapshot>,
    held: Vec<Snapshot>,
) -> Result<Outcome> {
    let held = if matches!(context.ui.style().format, Format::Json | Format::Jsonl) { held } else { Vec::new() };
    check_owner(&snapshots)?;
    check_not_held(&snapshots)?;
    let state = opened.for_change().filter(|_| !snapshots.is_empty());
    let Some(state) = state else {
        let table = Table::new("snapshots", TableKind::Own, PLANNED, Some("cid"))
            .showing_first(PLANNED.len() - 3)
            .dooming("cid")
            .sparing(&["created_at"]);
        context.ui.table(&table, |emit| {
            for (snapshot, result) in
                snapshots.iter().map(|one| (one, "to delete")).chain(held.iter().map(|one| (one, HELD)))
            {
                let mut cells = head(snapshot);
                cells.push(Cell::text(&snapshot.instance.deployment));
                cells.push(Cell::text(result));
                cells.push(Cell::maybe(snapshot.held.as_ref(), Cell::text));
                emit(cells);
            }
            Ok(())
        })?;
        context.ui.say(if snapshots.is_empty() { "Nothing to delete" } else { "Nothing was deleted (--dry-run)" });
        return Ok(Outcome::done());
    };
    for snapshot in &snapshots {
        context.ui.say_doomed(&format!(
            "{}  {}  {}",
            snapshot.instance,
            snapshot.cid,
            Cell::Time(snapshot.created_at).bosh()
        ));
    }
    context.ui.say(&format!("Deleting {} of the above for good", snapshots.len()));
    if on_failure == OnFailure::Forget {
        context.ui.warn(
            "if the cloud fails to delete a snapshot, snapback takes it off the list, on your word that it is gone. If \
             it still exists, nobody will delete it and you keep paying for it: look in the cloud first",
        );
    }
    context.confirm()?;
    let session = context.session(tools, state);
    let table = Table::new("snapshots", TableKind::Own, COLUMNS, Some("cid"))
        .showing_first(COLUMNS.len() - 3)
        .sparing(&["created_at"]);
    let ui = &mut context.ui;
    let (rows, late) = delete(&session, verb, snapshots, on_failure, &mut |deleted| {
        ui.event(&table, event(deleted), &row(deleted));
    })?;
    for cells in held.iter().map(held_row) {
        context.ui.event(&table, HELD, &cells);
    }
    context.ui.table(&table.told(), |emit| {
        for cells in rows.iter().map(row).chain(held.iter().map(held_row)) {
            emit(cells);
        }
        Ok(())
    })?;
    let deleted = rows.iter().filter(|row| matches!(row.result, Ok(how) if how.is_done())).count();
    Ok(Outcome::of_attempts(deleted, rows.into_iter().filter_map(|row| row.result.err()).chain(late).collect()))
}

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("result", "Result"),
    Column::told("error", "Error"),
    Column::new("deployment", "Deployment"),
    Column::prose("held", "Held"),
];

/// The result of a snapshot that is passed over because the operator holds it.
const HELD: &str = "held";

const PLANNED: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("deployment", "Deployment"),
    Column::new("result", "Result"),
    Column::prose("held", "Held"),
];

/// The result in one word, for programs.
pub(super) fn result(deleted: &Deleted) -> &'static str {
    match &deleted.result {
        Ok(How::Deleted) => "deleted",
        Ok(How::AlreadyGone) => "gone",
        Ok(How::Forgotten) => "forgotten",
        Ok(How::NotTried) => "not tried",
        Ok(How::Stays) => "kept",
        Err(_) => "failed",
    }
}

/// The kind of the line in jsonl.
pub(super) fn event(deleted: &Deleted) -> &'static str {
    match &deleted.result {
        Ok(How::Deleted) => "deleted",
        Ok(How::AlreadyGone | How::Forgotten) => "gone",
        Ok(How::Stays) => "kept",
        Ok(How::NotTried) | Err(_) => "failed",
    }
}

fn row(deleted: &Deleted) -> Vec<Cell> {
    let bosh = match &deleted.result {
        Ok(How::Deleted) => "deleted".to_owned(),
        Ok(How::AlreadyGone) => "was gone already".to_owned(),
        Ok(How::Forgotten) => "taken off the list, on your word".to_owned(),
        Ok(How::NotTried) => "not tried".to_owned(),
        Ok(How::Stays) => "stays after all".to_owned(),
        Err(error) => error.in_one_line(),
    };
    let mut cells = head(&deleted.snapshot);
    cells.push(Cell::Called { bosh, own: result(deleted).to_owned() });
    cells.push(Cell::maybe(deleted.result.as_ref().err(), |error| Cell::Text(error.in_one_line())));
    cells.push(Cell::text(&deleted.snapshot.instance.deployment));
    cells.push(Cell::Missing);
    cells
}

/// The row of a snapshot that is passed over.
fn held_row(snapshot: &Snapshot) -> Vec<Cell> {
    let mut cells = head(snapshot);
    cells.extend([Cell::text(HELD), Cell::Missing, Cell::text(&snapshot.instance.deployment)]);
    cells.push(Cell::maybe(snapshot.held.as_ref(), Cell::text));
    cells
}

fn head(snapshot: &Snapshot) -> Vec<Cell> {
    vec![Cell::text(&snapshot.instance), Cell::text(&snapshot.cid), Cell::Time(snapshot.created_at)]
}
