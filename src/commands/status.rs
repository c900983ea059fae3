//! `snapback status`

mod metrics;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::columns::Columns;
use super::{Outcome, schedule, selectors};
use crate::context::{Context, Tools};
use crate::domain::instance::Instance;
use crate::domain::schedule::Known;
use crate::domain::selector::Selectors;
use crate::domain::time::length;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::find;
use crate::ops::schedule::{Scheduled, next_take};
use crate::ops::status::{Question, Standing, problems, standing};
use crate::state::Reader;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback status`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only these instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// How old the newest snapshot of each may be: 26h, 90m, 2d [default: any age]
    #[arg(long, value_name = "AGE", value_parser = max_age, allow_hyphen_values = true)]
    max_age: Option<Duration>,
    /// Count only snapshots that a drill has verified
    #[arg(long)]
    verified: bool,
    /// Do not ask the clouds: believe the state file
    #[arg(long)]
    offline: bool,
    /// Also write the answer to this file, for Prometheus (the textfile collector of node_exporter)
    #[arg(long, value_name = "FILE")]
    metrics: Option<PathBuf>,
    #[command(flatten)]
    columns: Columns,
}

pub(super) fn max_age(text: &str) -> std::result::Result<Duration, String> {
    length(text).ok_or_else(|| "expected a length of time with its unit: 26h, 90m, 2d".to_owned())
}

const COLUMNS: &[Column] = &[
    Column::new("deployment", "Deployment"),
    Column::new("instance", "Instance"),
    Column::colored("state", "State"),
    Column::new("cid", "CID"),
    Column::new("created_at", "Created At"),
    Column::new("age", "Age"),
    Column::new("verified_at", "Verified At"),
    Column::new("next_run_at", "Next Run At"),
    Column::told("reason", "Reason"),
    Column::new("other_cids", "CIDs of Other Disks"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("of_current_disk", "Of Current Disk"),
    Column::new("clean", "Clean"),
    Column::new("way", "Way"),
];

/// How many of the columns people see.
const SHOWN: usize = 9;

/// Tells for each instance whether it could be restored now, and to what point in time.
///
/// # Errors
/// [`Kind::Problems`] if one of them could not be restored as asked; a bad selector; an unknown deployment or instance;
/// a file of metrics that cannot be written; the errors of the manifest and the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(&args.selector)?;
    let spare = &["next_run_at", "verified_at", "created_at", "cid", "age", "deployment"];
    let table = Table::new("instances", TableKind::Own, COLUMNS, Some("cid")).sparing_for(spare, "add --wide");
    let table = args.columns.shown(table, SHOWN)?;
    let metrics = args.metrics.as_deref().map(metrics::place).transpose()?;
    let tools = context.tools()?;
    let reader = context.reader()?;
    let (instances, diskless) = instances(&reader, context.deployment().as_deref(), &selectors)?;
    tell_diskless(context, &diskless, &selectors);
    let question = Question { max_age: args.max_age, verified: args.verified, offline: args.offline };
    let now = context.clock.now();
    let timetable = Timetable::read(&tools, &reader)?;
    let mut standings = Vec::new();
    for instance in &instances {
        context.interrupt.check()?;
        standings.push(standing(&reader, &tools.clouds, instance, &question, now)?);
    }
    context.ui.table(&table, |row| {
        for standing in &standings {
            row(cells(standing, timetable.next(&standing.instance, now), now));
        }
        Ok(())
    })?;
    let written = metrics.as_ref().map(|file| metrics::write(file, &reader, &timetable, &standings, now));
    let unwritten = written.and_then(Result::err);
    Ok(match (problems(&standings), unwritten) {
        (None, None) => Outcome::done(),
        (None, Some(unwritten)) => return Err(unwritten),
        (Some(error), unwritten) => {
            Outcome { status: ExitCode::PROBLEMS, failures: std::iter::once(error).chain(unwritten).collect() }
        }
    })
}

/// The schedules of the manifest, and the record of their runs by name.
pub(super) struct Timetable {
    pub schedules: Vec<Scheduled>,
    pub known: BTreeMap<String, Known>,
}

impl Timetable {
    /// Reads the manifest's schedules, and what the state file keeps of them.
    ///
    /// # Errors
    /// Those of the state file.
    pub(super) fn read(tools: &Tools, reader: &Reader) -> Result<Timetable> {
        Ok(Timetable { schedules: schedule::of_manifest(tools, Some(reader)), known: reader.schedules()? })
    }

    /// When the next run that takes a snapshot of an instance is due.
    pub(super) fn next(&self, instance: &Instance, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        next_take(&self.schedules, &self.known, instance, now)
    }
}

/// Says of which instances that were named there is nothing to tell. Of a deployment as a whole, they are no surprise.
pub(super) fn tell_diskless(context: &mut Context, diskless: &[Instance], selectors: &Selectors) {
    if selectors.is_all() {
        return;
    }
    for instance in diskless {
        context.ui.warn(&format!("{} has no persistent disk: passed over", instance.name));
    }
}

/// Those that are meant and have, or had, a persistent disk, and those that have none; of all deployments where none is named.
///
/// # Errors
/// [`Kind::NotFound`] where none has one.
pub(super) fn instances(
    reader: &Reader,
    deployment: Option<&str>,
    selectors: &Selectors,
) -> Result<(Vec<Instance>, Vec<Instance>)> {
    let meant = match (deployment, selectors.is_all()) {
        (None, true) => reader.instances(None)?,
        _ => find::instances(reader, &find::deployment(reader, deployment)?, selectors)?,
    };
    let lost = reader.lost_disks(&meant)?;
    let has_disk =
        |one: &Instance| !one.disks.is_empty() || lost.iter().any(|disk| disk.instance.as_ref() == Some(&one.name));
    let (meant, diskless): (Vec<Instance>, Vec<Instance>) = meant.into_iter().partition(has_disk);
    if meant.is_empty() {
        let error =
            Error::new(Kind::NotFound, "no instance with a persistent disk is known: there is nothing to restore");
        return Err(error.hint("to see what is known:").try_command("snapback instances"));
    }
    Ok((meant, diskless))
}

fn cells(standing: &Standing, next: Option<DateTime<Utc>>, now: DateTime<Utc>) -> Vec<Cell> {
    let snapshot = standing.snapshot();
    let others = standing.snapshots.iter().filter(|other| Some(&other.cid) != snapshot.map(|one| &one.cid));
    vec![
        Cell::text(&standing.instance.name.deployment),
        Cell::text(&standing.instance.name),
        Cell::text(standing.state.name()),
        Cell::maybe(snapshot, |snapshot| Cell::text(&snapshot.cid)),
        Cell::maybe(snapshot, |snapshot| Cell::Time(snapshot.created_at)),
        Cell::maybe(snapshot, |snapshot| Cell::Span((now - snapshot.created_at).num_seconds())),
        Cell::maybe(snapshot.and_then(|snapshot| snapshot.verified_at), Cell::Time),
        Cell::maybe(next, Cell::Time),
        Cell::maybe(standing.reason.as_ref(), Cell::text),
        Cell::Lines(others.map(|other| other.cid.to_string()).collect()),
        Cell::maybe(snapshot.and_then(|snapshot| snapshot.disk.as_ref()), Cell::text),
        Cell::maybe(standing.of_current_disk, Cell::Bool),
        Cell::maybe(snapshot.map(|snapshot| snapshot.clean), Cell::Bool),
        Cell::maybe(standing.way, |way| Cell::text(way.name())),
    ]
}
