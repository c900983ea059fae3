//! `snapback prune`

use std::collections::BTreeSet;

use super::{Outcome, delete, selectors};
use crate::context::Context;
use crate::domain::count::counted;
use crate::domain::ids::OperationId;
use crate::domain::retention::Reason;
use crate::error::{Error, Kind, Result};
use crate::manifest::Settings;
use crate::ops::delete::How;
use crate::ops::find;
use crate::ops::prune::{Plan, Pruned, Request, plan, prune};
use crate::state::{LockState, Reader};
use crate::ui::{Cell, Column, Format, Table, TableKind};
use crate::yaml::closest;

/// The arguments of `snapback prune`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only of these instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX [default: all of all deployments]
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Show what would be deleted and what would be kept, each with its reasons, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("result", "Result"),
    Column::prose("why", "Why"),
    Column::told("error", "Error"),
    Column::told("reasons", "Reasons"),
    Column::new("deployment", "Deployment"),
];

/// How many of the columns people see: `why` has the reasons already, in words.
const FOR_PEOPLE: usize = 6;

fn table() -> Table {
    Table::new("snapshots", TableKind::Own, COLUMNS, Some("cid")).showing_first(FOR_PEOPLE).sparing(&[
        "created_at",
        "error",
        "why",
    ])
}

/// Deletes the snapshots that have expired, and those that the manifest's retention does not keep.
///
/// # Errors
/// An unknown deployment or instance, a no at the prompt, the errors of the manifest and the state file. Failures of
/// single snapshots are in the outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(&args.selector)?;
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let named = context.deployment();
    let deployment = match (&named, selectors.is_all()) {
        (None, true) => None,
        _ => Some(find::deployment(opened.reader(), named.as_deref())?),
    };
    if let Some(deployment) = &deployment {
        // An instance without snapshots has nothing to prune; a name that means no instance is a typing error.
        find::known_of_snapshots(opened.reader(), deployment, &selectors)?;
    }
    let policy = &tools.manifest.settings.retention;
    let request = Request {
        policy,
        deployment: deployment.as_deref(),
        selectors: &selectors,
        replaced: None,
        now: context.clock.now(),
    };
    let planned = plan(opened.reader(), &tools.clouds, &context.presence(), request)?;
    if deployment.is_none() {
        warn_of_names(context, opened.reader(), &planned, &tools.manifest.settings)?;
    }
    let blocked = blocked(opened.reader(), &planned);
    let state = opened.for_change().filter(|_| planned.removals().next().is_some());
    let Some(state) = state else {
        return show_plan(context, &planned, args.dry_run, blocked);
    };
    let deletable = planned.removals().any(|row| row.doubt.is_none());
    for row in planned.removals() {
        let snapshot = &row.snapshot;
        let why = words(&row.decision.reasons);
        let at = Cell::Time(snapshot.created_at);
        context.ui.say_doomed(&format!("{}  {}  {}  {why}", snapshot.instance, snapshot.cid, at.bosh()));
    }
    // If nothing can be deleted, there is nothing to confirm.
    if deletable {
        context.ui.say(&question(&planned));
        context.confirm()?;
    }
    let session = context.session(&tools, state);
    let (table, ui) = (table(), &mut context.ui);
    let (rows, late) = prune(&session, request, planned, &mut |pruned| {
        ui.event(&table, delete::event(&pruned.deleted), &row(pruned));
    })?;
    context.ui.table(&table.told(), |emit| {
        for pruned in &rows {
            emit(row(pruned));
        }
        Ok(())
    })?;
    let deleted = rows.iter().filter(|row| matches!(row.deleted.result, Ok(how) if how.is_done())).count();
    let failed = rows.into_iter().filter_map(|row| row.deleted.result.err());
    Ok(Outcome::of_attempts(deleted, once_each(failed.chain(late).chain(blocked))))
}

/// Drops repeated errors: an error of a cloud is in each of its rows, but is shown once.
fn once_each(errors: impl Iterator<Item = Error>) -> Vec<Error> {
    let mut told = BTreeSet::new();
    errors.filter(|error| told.insert(error.in_one_line())).collect()
}

/// The question to confirm: how many snapshots will be deleted, of which deployments, and how many are kept.
fn question(planned: &Plan) -> String {
    let deployments: BTreeSet<&str> = planned.removals().map(|row| row.snapshot.instance.deployment.as_str()).collect();
    let deployments = deployments.into_iter().collect::<Vec<_>>().join(", ");
    let (count, all) = (planned.removals().count(), planned.rows.len());
    let others = match all - count {
        0 => "none of them is kept".to_owned(),
        1 => "the other one is kept".to_owned(),
        many => format!("the other {many} are kept"),
    };
    format!("Deleting {count} of {} for good, of {deployments}; {others}", counted(all, "snapshot"))
}

/// One error for each killed operation that keeps snapshots from being deleted. Those snapshots stay for ever if nobody
/// runs `recover`.
fn blocked(reader: &Reader, planned: &Plan) -> Vec<Error> {
    let kept = planned.kept_by_operations().into_iter();
    let dead = kept.filter(|(operation, _)| reader.lock_state(operation) == LockState::Free);
    let error = |(operation, count): (&OperationId, usize)| {
        let message =
            format!("operation {operation} was killed, and keeps {} from being deleted", counted(count, "snapshot"));
        Error::new(Kind::Locked, message).try_command("snapback recover")
    };
    dead.map(error).collect()
}

/// Warns of names without rules: they are probably misspelt.
fn warn_of_names(context: &mut Context, reader: &Reader, planned: &Plan, settings: &Settings) -> Result<()> {
    let policy = &settings.retention;
    if policy.groups.is_empty() && policy.schedules.is_empty() {
        return Ok(());
    }
    let all = || planned.rows.iter().map(|row| &row.snapshot);
    let mut groups: BTreeSet<String> = all().map(|snapshot| snapshot.instance.group.clone()).collect();
    groups.extend(reader.instances(None)?.into_iter().map(|instance| instance.name.group));
    let mut schedules: BTreeSet<String> = all().filter_map(|snapshot| snapshot.schedule.clone()).collect();
    schedules.extend(settings.schedule.names().map(str::to_owned));
    for (key, named, known, what) in [
        ("groups", policy.groups.keys(), groups, "no instance and no snapshot belongs to a group of that name"),
        ("schedules", policy.schedules.keys(), schedules, "no schedule and no snapshot has that name"),
    ] {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        for name in named.filter(|name| !known.contains(&name.as_str())) {
            let meant = closest(name, &known).map(|meant| format!("; did you mean `{meant}`?")).unwrap_or_default();
            context.ui.warn(&format!("snapback.retention.{key}.{name}: {what}{meant}"));
        }
    }
    Ok(())
}

/// Shows what would become of each snapshot: in a dry run, and if there is nothing to delete.
fn show_plan(context: &mut Context, planned: &Plan, dry_run: bool, blocked: Vec<Error>) -> Result<Outcome> {
    // Whoever reads only CIDs takes them for the ones to delete.
    let with_kept = dry_run && context.ui.style().format != Format::Cid;
    context.ui.table(&table(), |emit| {
        for row in planned.rows.iter().filter(|row| with_kept || !row.decision.keep) {
            let result = if row.decision.keep { "kept" } else { "would be deleted" };
            let own = if row.decision.keep { "kept" } else { "to delete" };
            let snapshot = &row.snapshot;
            emit(vec![
                Cell::text(&snapshot.instance),
                Cell::text(&snapshot.cid),
                Cell::Time(snapshot.created_at),
                Cell::Called { bosh: result.to_owned(), own: own.to_owned() },
                Cell::Text(words(&row.decision.reasons)),
                Cell::maybe(row.doubt.as_ref(), |doubt| Cell::Text(doubt.in_one_line())),
                names(&row.decision.reasons),
                Cell::text(&snapshot.instance.deployment),
            ]);
        }
        Ok(())
    })?;
    let removals = planned.removals().count();
    context.ui.say(&match (dry_run, removals) {
        (_, 0) => match planned.rows.len() {
            1 => "Nothing to delete: 1 snapshot is kept".to_owned(),
            kept => format!("Nothing to delete: {kept} snapshots are kept"),
        },
        (_, many) => format!("Nothing was deleted (--dry-run); {many} of {} would be", planned.rows.len()),
    });
    if !dry_run {
        return Ok(Outcome::of_attempts(0, blocked));
    }
    for error in blocked {
        context.ui.warn(&error.in_one_line());
    }
    // Deleting a snapshot would fail if it cannot be looked at.
    let doubts = planned.removals().filter_map(|row| row.doubt.as_ref());
    let failures: Vec<Error> =
        doubts.map(|doubt| Error::new(doubt.kind(), doubt.in_one_line()).with_hints_of(doubt)).collect();
    Ok(Outcome::of_attempts(removals - failures.len(), once_each(failures.into_iter())))
}

fn words(reasons: &[Reason]) -> String {
    reasons.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}

/// The reasons by name, for programs.
fn names(reasons: &[Reason]) -> Cell {
    Cell::Lines(reasons.iter().map(|reason| reason.name().to_owned()).collect())
}

fn row(pruned: &Pruned) -> Vec<Cell> {
    let deleted = &pruned.deleted;
    let snapshot = &deleted.snapshot;
    let bosh = match &deleted.result {
        Ok(How::AlreadyGone) => "was gone already",
        Ok(How::Stays) => "kept after all",
        _ => delete::result(deleted),
    };
    vec![
        Cell::text(&snapshot.instance),
        Cell::text(&snapshot.cid),
        Cell::Time(snapshot.created_at),
        Cell::Called { bosh: bosh.to_owned(), own: delete::result(deleted).to_owned() },
        Cell::Text(words(&pruned.reasons)),
        Cell::maybe(deleted.result.as_ref().err(), |error| Cell::Text(error.in_one_line())),
        names(&pruned.reasons),
        Cell::text(&snapshot.instance.deployment),
    ]
}
