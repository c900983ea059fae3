//! `snapback take`

mod limits;
mod rows;
mod uncovered;

pub(super) use limits::{lifespan, limited, little_space, replace};
use rows::{row, set, show, table};

use chrono::{DateTime, Utc};

use super::{Outcome, first_cli, selectors};
use crate::context::Context;
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::limits::Lifespan;
use crate::domain::selector::Selectors;
use crate::error::{Error, Kind, Result};
use crate::manifest::{Manifest, is_schedule_name};
use crate::ops::find;
use crate::ops::itself::itself;
use crate::ops::right_disk::fresh_enough;
use crate::ops::schedule::taken_since;
use crate::ops::take::{Planned, Still, TakeRequest, Target, can_stand_still, doubts, plan, take};
use crate::state::{Access, Reader};
use crate::ui::{Cell, Column, Format, Table, TableKind};

/// The arguments of `snapback take`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// These instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX [default: all of the deployment]
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Of every deployment
    #[arg(long, conflicts_with_all = ["selector", "deployment"])]
    all_deployments: bool,
    /// Of the Director's own VM, which create-env's state file beside the manifest names, or else the CPI
    #[arg(long = "self", conflicts_with_all = ["selector", "all_deployments"])]
    itself: bool,
    /// How many snapshots to take at once
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
    /// A note to keep with the snapshots
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// How long to keep the snapshots: 10d, 12h, or `none` for forever; then `prune` deletes them [default: the
    /// manifest's]
    #[arg(long, value_name = "LENGTH", allow_hyphen_values = true)]
    lifespan: Option<Lifespan>,
    /// Make each instance stand still by its quiesce hook, take its disks, and let it go on
    #[arg(long)]
    clean: bool,
    /// With --clean: stop all instances, take all, let all go on
    #[arg(long, requires = "clean")]
    quiesce_together: bool,
    /// With --clean: what to do with an instance that does not stand still [default: take no snapshot of it]
    #[arg(long, value_name = "HOW", requires = "clean")]
    fallback: Option<Fallback>,
    /// You say that the processes are stopped: record the snapshots as clean
    #[arg(long, conflicts_with = "clean")]
    assume_clean: bool,
    /// Accept a copy taken while something could write, and record it as torn
    #[arg(long)]
    allow_torn: bool,
    /// Also take the disks of instances that have no VM
    #[arg(long)]
    include_detached: bool,
    /// The schedule that takes them; its name is recorded with the snapshots
    #[arg(long, value_name = "NAME", value_parser = schedule_name)]
    schedule: Option<String>,
    /// Pass over disks that the schedule has taken a snapshot of since then (RFC 3339)
    #[arg(long, value_name = "TIME", requires = "schedule")]
    unless_since: Option<DateTime<Utc>>,
    /// Show what would be taken, and take nothing
    #[arg(long, conflicts_with = "itself")]
    dry_run: bool,
}

impl Args {
    /// The words that select instances of one deployment; `None` if the command is about all deployments, or about the
    /// Director's own VM.
    pub(super) fn meant(&self) -> Option<&[String]> {
        let words = self.selector.strip_prefix(&["snapshot".to_owned()]).unwrap_or(&self.selector);
        (!self.all_deployments && !self.itself).then_some(words)
    }
}

fn schedule_name(name: &str) -> std::result::Result<String, String> {
    let why = "a schedule's name is up to 64 letters, digits, hyphens, dots and underscores, a letter or digit first";
    if is_schedule_name(name) { Ok(name.to_owned()) } else { Err(why.to_owned()) }
}

/// What to do with an instance that does not stand still.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Fallback {
    /// Take it anyway, and do not record it as clean
    CrashConsistent,
}

/// Takes snapshots.
///
/// # Errors
/// Snapshots are off, or the arguments mean no disk; the errors of the state file. Failures of single disks are in the
/// outcome.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(first_cli::take(context, &args.selector)?)?;
    let tools = context.tools()?;
    refuse_if_off(&tools.manifest)?;
    limits::warn_of_name(context, &tools.manifest, args.schedule.as_deref());
    let (lifespan, now) = (lifespan(&tools.manifest, args.lifespan)?, context.clock.now());
    if args.dry_run {
        let reader = context.reader()?;
        let request = TakeRequest {
            limits: limits::limited(&tools),
            ..request(&reader, context.deployment().as_deref(), &selectors, args, (lifespan, now))?
        };
        let planned = plan(&reader, &request)?;
        if let Some(refusal) = planned.only_refusal(&request) {
            return Err(refusal);
        }
        let targets = &planned.targets;
        if request.still.is_some() {
            can_stand_still(&tools.hooks, &request)?;
        }
        fresh_enough(&tools.clouds, targets.iter().map(|target| &target.instance), context.freshness())?;
        let table = Table::new("disks", TableKind::Own, PLANNED, Some("disk_cid")).showing_first(PLANNED.len() - 1);
        context.ui.table(&table, |row| {
            for target in targets {
                row(vec![
                    Cell::text(&target.instance.name),
                    Cell::text(&target.disk.cid),
                    Cell::text(&target.instance.name.deployment),
                ]);
            }
            Ok(())
        })?;
        for disk in &planned.lost {
            let of = disk.instance.as_ref().map_or_else(String::new, ToString::to_string);
            context.ui.warn(&format!("{of} has lost its disk {}, and has no other: it would fail", disk.cid));
        }
        for refused in planned.refused_rows(&request).iter().filter_map(|row| row.result.as_ref().err()) {
            context.ui.warn(&format!("it would be refused: {}", refused.in_one_line()));
        }
        limits::warn(context, &tools, &planned);
        pass_over(context, &planned.detached)?;
        context.ui.say("Nothing was taken (--dry-run)");
        return Ok(Outcome::done());
    }
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate)?;
    let asked = if args.itself {
        let instances = itself(&state, &tools.clouds, &context.presence(), &tools.manifest, &context.clock)?;
        asked(state.reader(), instances, args, (lifespan, now))?
    } else {
        request(state.reader(), context.deployment().as_deref(), &selectors, args, (lifespan, now))?
    };
    let request = TakeRequest { limits: limits::limited(&tools), ..asked };
    let names: Vec<InstanceName> = request.instances.iter().map(|instance| instance.name.clone()).collect();
    // If there is nothing to take, the take itself says so.
    let planned = plan(state.reader(), &request);
    let is_taken = planned.as_ref().is_ok_and(Planned::is_empty);
    let planned = planned.unwrap_or_default();
    limits::warn(context, &tools, &planned);
    let detached = planned.detached.clone();
    if is_taken {
        show(context, table().across_deployments(args.all_deployments), &[])?;
        pass_over(context, &detached)?;
        context.ui.say("The schedule has taken all of them already");
        return Ok(Outcome::done());
    }
    let session = context.session(&tools, state);
    let table = table().across_deployments(args.all_deployments);
    let ui = &mut context.ui;
    for doubt in doubts(&session, &planned)? {
        ui.warn(&doubt);
    }
    let (rows, late) = take(&session, &request, &mut |taken| {
        ui.event(&table, if taken.result.is_ok() { "taken" } else { "failed" }, &row(taken));
    })?;
    show(context, table, &rows)?;
    pass_over(context, &detached)?;
    let replaced = limits::replace(context, &tools, &session, &rows).unwrap_or_else(|error| vec![error]);
    let late: Vec<Error> = late.into_iter().chain(replaced).collect();
    let taken = rows.iter().filter(|row| row.result.is_ok()).count();
    if let (Some(set), true) = (rows.iter().find_map(set), taken > 1) {
        let show = context.called.command(&format!("snapback snapshots --set {set}"));
        context.ui.say(&format!("These {taken} are the set {set}: {show}"));
    }
    let bare = match args.schedule {
        None => Vec::new(),
        Some(_) => uncovered::tell(context, session.state.reader(), args.all_deployments, &names, &rows)?,
    };
    let failures = rows.into_iter().filter_map(|row| row.result.err()).chain(late).chain(bare).collect();
    Ok(Outcome::of_attempts(taken, failures))
}

pub(super) fn refuse_if_off(manifest: &Manifest) -> Result<()> {
    let switch = &manifest.enable_snapshots;
    if switch.value {
        return Ok(());
    }
    let file = manifest.switch_file().display();
    let key = &switch.place.key;
    let place = match switch.place.line {
        Some(line) => format!("{file}, line {line}: {key} is false"),
        None => format!("{file}: {key} is not set, which means false"),
    };
    Err(Error::new(Kind::Refused, format!("snapshots are switched off, and nothing was taken: {place}"))
        .hint(format!("to allow them, set {key}: true in {file}")))
}

fn request(
    reader: &Reader,
    deployment: Option<&str>,
    selectors: &Selectors,
    args: &Args,
    of: (Option<u64>, DateTime<Utc>),
) -> Result<TakeRequest> {
    let instances = if args.all_deployments {
        reader.instances(None)?
    } else {
        let deployment = find::deployment(reader, deployment)?;
        find::instances(reader, &deployment, selectors)?
    };
    asked(reader, instances, args, of)
}

/// Builds the request for these instances. `lifespan` is in seconds. Disks that the schedule has already taken since
/// the given time are left out.
fn asked(
    reader: &Reader,
    instances: Vec<Instance>,
    args: &Args,
    (lifespan, now): (Option<u64>, DateTime<Utc>),
) -> Result<TakeRequest> {
    let since = args.schedule.as_ref().zip(args.unless_since);
    let taken = since.map(|(schedule, since)| taken_since(reader, schedule, since, now)).transpose()?;
    let taken = taken.unwrap_or_default();
    Ok(TakeRequest {
        taken,
        schedule: args.schedule.clone(),
        instances,
        parallel: usize::from(args.parallel),
        note: args.note.clone(),
        clean: args.assume_clean,
        still: args.clean.then(|| Still {
            together: args.quiesce_together,
            fallback: args.fallback.is_some(),
            where_there_are_hooks: false,
        }),
        allow_torn: args.allow_torn,
        include_detached: args.include_detached,
        lifespan,
        ..TakeRequest::default()
    })
}

const PASSED_OVER: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("deployment", "Deployment"),
    Column::prose("reason", "Reason"),
];

/// Tells people of each disk of an instance without a VM; programs get them in a list of their own.
fn pass_over(context: &mut Context, detached: &[Target]) -> Result<()> {
    for target in detached {
        let (name, disk) = (&target.instance.name, &target.disk.cid);
        context.ui.warn(&format!("{name} has disk {disk} and no VM: passed over; --include-detached takes it, too"));
    }
    if detached.is_empty() || !matches!(context.ui.style().format, Format::Json | Format::Jsonl) {
        return Ok(());
    }
    context.ui.table(&Table::new("passed_over", TableKind::Own, PASSED_OVER, None), |row| {
        for target in detached {
            row(vec![
                Cell::text(&target.instance.name),
                Cell::text(&target.disk.cid),
                Cell::text(&target.instance.name.deployment),
                Cell::text("no_vm"),
            ]);
        }
        Ok(())
    })
}

const PLANNED: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("deployment", "Deployment"),
];
