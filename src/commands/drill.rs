//! `snapback drill`

use super::{Outcome, abbreviated, latest, selectors};
use crate::context::Context;
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::Instance;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::choose::Wish;
use crate::ops::drill::{DrillPlan, Drilled, Programs, drill, note_lost, plan};
use crate::ops::{CpiSource, HookRunner, find, promote};
use crate::state::Reader;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback drill`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "snapback drill [OPTIONS] <CID>
       snapback drill [OPTIONS] --latest [<SELECTOR>...]")]
pub struct Args {
    /// The snapshot
    #[arg(value_name = "CID", required_unless_present = "latest")]
    cid: Option<SnapshotCid>,
    /// The newest snapshot of each of these instances; several count together [default: all of the deployment]
    #[arg(long, value_name = "SELECTOR", num_args = 0.., conflicts_with = "cid")]
    latest: Option<Vec<String>>,
    /// With --latest: of every deployment
    #[arg(long, requires = "latest", conflicts_with_all = ["deployment", "cid"])]
    all_deployments: bool,
    /// Show the plan, and do nothing
    #[arg(long)]
    dry_run: bool,
}

const STEPS: &[Column] = &[Column::new("number", "#"), Column::prose("step", "Step")];

const DRILLED: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("cid", "CID"),
    Column::new("verified_at", "Verified At"),
    Column::prose("by", "By"),
    Column::new("operation", "Operation"),
    Column::new("deployment", "Deployment"),
    Column::new("result", "Result"),
    Column::told("error", "Error"),
];

/// How many of the columns people see if nothing has failed.
const SHOWN: usize = 5;

/// Tries snapshots out on scratch disks, one after another.
///
/// # Errors
/// An unknown snapshot or instance, the errors of the state file. For a snapshot that you name: a CPI that cannot make
/// a disk of it, or no hook that looks at the content. If one of several fails, the outcome has its error.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_change(&tools.manifest, args.dry_run)?;
    let (snapshots, lost, mut failures) = wanted(context, &tools.clouds, opened.reader(), args)?;
    let path = context.environment.get("PATH").unwrap_or_default().to_owned();
    let programs = Programs { path, deadline: context.global.timeout.map(std::time::Duration::from_secs) };
    let mut plans: Vec<DrillPlan> = Vec::new();
    let mut rows: Vec<Vec<Cell>> = Vec::new();
    for snapshot in snapshots {
        let planned = tools
            .clouds
            .cpi(&snapshot.cpi)
            .and_then(|cpi| plan(opened.reader(), cpi.as_ref(), tools.hooks.present(), &programs, snapshot.clone()));
        match planned {
            Ok(plan) => plans.push(plan),
            Err(error) if args.cid.is_some() => return Err(error),
            Err(error) => {
                rows.push(failed(&snapshot, &error, None));
                failures.push(error);
            }
        }
    }
    let Some(state) = opened.for_change() else {
        failures.extend(lost.into_iter().map(|(_, error)| error));
        show_steps(context, &plans)?;
        context.ui.say("Nothing was done (--dry-run)");
        return Ok(outcome(plans.len(), failures));
    };
    let session = context.session(&tools, state);
    let mut done = 0;
    for (snapshot, error) in lost {
        let (error, operation) = match note_lost(&session, &snapshot) {
            Ok(operation) => (error.in_operation(&operation), Some(operation)),
            Err(error) => (error, None),
        };
        rows.push(failed(&snapshot, &error, operation.as_ref()));
        failures.push(error);
    }
    for plan in &plans {
        if let Err(stop) = session.interrupt.check() {
            failures.push(stop);
            break;
        }
        match drill(&session, plan) {
            Ok(drilled) => {
                done += 1;
                rows.push(verified(plan, &drilled));
                failures.extend(drilled.kept.as_ref().map(|kept| left_behind(&drilled, kept)));
            }
            Err(error) => {
                rows.push(failed(&plan.snapshot, &error, None));
                failures.push(error);
            }
        }
    }
    let all_right = failures.is_empty();
    let shown = if all_right { SHOWN } else { DRILLED.len() };
    let table = Table::new("drills", TableKind::Own, DRILLED, Some("cid")).showing_first(shown).sparing(&["operation"]);
    if args.latest.is_some() || done > 0 {
        context.ui.table(&table, |row| {
            for cells in rows {
                row(cells);
            }
            Ok(())
        })?;
    }
    Ok(outcome(done, failures))
}

/// A snapshot with wrong content decides the outcome, whatever else went well or wrong: a drill is there to find it.
fn outcome(done: usize, failures: Vec<Error>) -> Outcome {
    let found = failures.iter().any(|error| error.kind() == Kind::Problems);
    let outcome = Outcome::of_attempts(done, failures);
    match outcome.status {
        ExitCode::PARTLY | ExitCode::FAILED if found => Outcome { status: ExitCode::PROBLEMS, ..outcome },
        _ => outcome,
    }
}

/// A snapshot of which no disk can be made, and the reason.
type Why = (Snapshot, &'static str);
/// Snapshots, each with what is wrong with it.
type Lost = Vec<(Snapshot, Error)>;

/// The snapshots to try out; the snapshots that the cloud has lost, for which these stand in; and the instances that
/// have a disk but no snapshot, each with the reason.
fn wanted(
    context: &mut Context,
    clouds: &dyn CpiSource,
    reader: &Reader,
    args: &Args,
) -> Result<(Vec<Snapshot>, Lost, Vec<Error>)> {
    let Some(latest) = &args.latest else {
        let named = args.cid.iter().map(|cid| find::snapshot(reader, &abbreviated::snapshot(context, reader, cid)?));
        let named = named.collect::<Result<Vec<_>>>()?;
        let (lost, there) = without_lost(clouds, named)?;
        let told = lost.into_iter().map(|(snapshot, why)| {
            let line = format!("snapback -d {} snapshots {}", quoted(&snapshot.instance.deployment), snapshot.instance);
            let error = is_lost(&snapshot, why).hint("to see the others:").try_command(line);
            (snapshot, error)
        });
        return Ok((there, told.collect(), Vec::new()));
    };
    let selectors = selectors(latest)?;
    let instances = if args.all_deployments {
        find::of_all(reader, &selectors)?
    } else {
        let deployment = find::deployment(reader, context.deployment().as_deref())?;
        find::instances(reader, &deployment, &selectors)?
    };
    let (mut snapshots, mut lost, mut failures) = (Vec::new(), Vec::new(), Vec::new());
    for instance in instances.into_iter().filter(|instance| !instance.disks.is_empty()) {
        match newest(context, clouds, reader, instance, &mut lost) {
            Ok(found) => snapshots.extend(found),
            Err(error) if error.kind() == Kind::NotFound => failures.push(error),
            Err(error) => return Err(error),
        }
    }
    if snapshots.is_empty() && failures.is_empty() && lost.is_empty() {
        return Err(Error::new(
            Kind::NotFound,
            "you selected no instance with a persistent disk: there is nothing to drill",
        )
        .hint("to see the known instances:")
        .try_command("snapback instances"));
    }
    Ok((snapshots, lost, failures))
}

/// The newest snapshots of an instance that its cloud has. If the cloud has lost newer ones, the drill reports that.
fn newest(
    context: &mut Context,
    clouds: &dyn CpiSource,
    reader: &Reader,
    instance: Instance,
    lost: &mut Lost,
) -> Result<Vec<Snapshot>> {
    let (mut wish, mut gone) = (Wish::default(), Vec::new());
    let found = loop {
        let snapshots = match latest::chosen(context, reader, instance.clone(), &wish) {
            Ok(choice) => choice.snapshots(),
            Err(error) => break Err(error),
        };
        let (now_gone, there) = without_lost(clouds, snapshots)?;
        if now_gone.is_empty() {
            break Ok(there);
        }
        wish.not_ready.extend(now_gone.iter().map(|(snapshot, _)| (snapshot.cpi.clone(), snapshot.cid.clone())));
        gone.extend(now_gone);
    };
    let deployment = quoted(&instance.name.deployment);
    for (snapshot, why) in gone {
        let error = is_lost(&snapshot, why);
        let error = match &found {
            Ok(older) => {
                let cids: Vec<String> = older.iter().map(|older| quoted(older.cid.as_str())).collect();
                let line = format!("snapback -d {deployment} restore {} --dry-run", cids.join(" "));
                error
                    .hint("snapback tries out the newest one that the cloud still has instead; to restore it:")
                    .try_command(line)
            }
            Err(_) => error
                .hint("there is no other snapshot; to take one:")
                .try_command(format!("snapback -d {deployment} take {}", instance.name)),
        };
        lost.push((snapshot, error));
    }
    found
}

/// Divides snapshots into those that, by their cloud's word, never can become a disk (with the reason), and the others.
fn without_lost(clouds: &dyn CpiSource, snapshots: Vec<Snapshot>) -> Result<(Vec<Why>, Vec<Snapshot>)> {
    let (mut gone, mut there) = (Vec::new(), Vec::new());
    for snapshot in snapshots {
        match promote::lost(clouds.cpi(&snapshot.cpi)?.as_ref(), &snapshot) {
            Some(why) => gone.push((snapshot, why)),
            None => there.push(snapshot),
        }
    }
    Ok((gone, there))
}

fn is_lost(snapshot: &Snapshot, why: &str) -> Error {
    let (cid, instance) = (&snapshot.cid, &snapshot.instance);
    let error = Error::new(Kind::Problems, format!("no disk can be made from snapshot {cid} of {instance}: {why}"));
    match snapshot.owner {
        Owner::Snapback => error
            .hint("snapback no longer counts on it; to take it off the list:")
            .try_command(format!("snapback delete {}", quoted(cid.as_str()))),
        Owner::Director => error
            .hint("snapback no longer counts on it; to ask the Director which snapshots it still has:")
            .try_command(format!("snapback -d {} import --from-bosh", quoted(&instance.deployment))),
    }
}

fn show_steps(context: &mut Context, plans: &[DrillPlan]) -> Result<()> {
    context.ui.table(&Table::new("steps", TableKind::Own, STEPS, None), |row| {
        for (at, step) in plans.iter().flat_map(DrillPlan::steps).enumerate() {
            row(vec![Cell::Number(at as u64 + 1), Cell::Text(step)]);
        }
        Ok(())
    })
}

fn left_behind(drilled: &Drilled, (disk, why): &(DiskCid, String)) -> Error {
    Error::new(Kind::Cpi, format!("the scratch disk {disk} could not be deleted: {why}"))
        .in_operation(&drilled.operation)
        .hint("it is kept as an orphaned disk:")
        .try_command("snapback disks --orphaned")
}

fn verified(plan: &DrillPlan, drilled: &Drilled) -> Vec<Cell> {
    let snapshot = &plan.snapshot;
    vec![
        Cell::text(&snapshot.instance),
        Cell::text(&snapshot.cid),
        Cell::Time(drilled.verified_at),
        Cell::Text(plan.look.describe()),
        Cell::text(&drilled.operation),
        Cell::text(&snapshot.instance.deployment),
        Cell::text("verified"),
        Cell::Missing,
    ]
}

fn failed(snapshot: &Snapshot, error: &Error, operation: Option<&OperationId>) -> Vec<Cell> {
    let result = if error.kind() == Kind::Problems { "wrong" } else { "failed" };
    vec![
        Cell::text(&snapshot.instance),
        Cell::text(&snapshot.cid),
        Cell::Missing,
        Cell::Missing,
        Cell::maybe(operation, Cell::text),
        Cell::text(&snapshot.instance.deployment),
        Cell::text(result),
        Cell::Text(error.in_one_line()),
    ]
}
