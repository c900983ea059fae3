//! `snapback guard`

use std::collections::BTreeSet;
use std::ffi::OsString;

use chrono::{DateTime, TimeDelta, Utc};

use super::{Outcome, selectors, take};
use crate::context::{Context, Tools};
use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::guarded_line::told;
use crate::domain::ids::{CpiName, SnapshotCid};
use crate::domain::instance::{Instance, InstanceName, ManagedBy};
use crate::domain::limits::Lifespan;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::guard::{Before, after, before, begins, look_for, run as run_command};
use crate::ops::take::{Still, TakeRequest, Taken, can_stand_still};
use crate::ops::{HookRunner, find};
use crate::state::{Access, SnapshotFilter};

/// The arguments of `snapback guard`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Take these instances first: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX [default: all of the deployment]
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Of every deployment
    #[arg(long, conflicts_with_all = ["selector", "deployment"])]
    all_deployments: bool,
    /// Make each instance stand still by its hooks, and refuse one that has none [default: those that have hooks]
    #[arg(long)]
    clean: bool,
    /// Make no instance stand still
    #[arg(long, conflicts_with = "clean")]
    no_clean: bool,
    /// How many snapshots to take at once
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
    /// How long to keep the snapshots: 10d, 12h, or `none` for forever; then `prune` deletes them [default: the
    /// manifest's]
    #[arg(long, value_name = "LENGTH")]
    lifespan: Option<Lifespan>,
    /// A note to keep with the snapshots
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,
    /// The command that makes the change, with its arguments
    #[arg(last = true, required = true, value_name = "COMMAND")]
    command: Vec<OsString>,
}

/// How far the clock of a Director may be behind this one.
const SKEW: TimeDelta = TimeDelta::minutes(2);

/// Takes snapshots, runs a command, and passes its exit status on.
///
/// # Errors
/// A signal before the command starts. Any other failure before the command is in the outcome (exit code 125).
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let path = context.environment.get("PATH").map(str::to_owned);
    if let Err((status, error)) = look_for(&args.command, path.as_deref()) {
        return Ok(Outcome { status: ExitCode(status), failures: vec![error] });
    }
    let (request, ready) = match take_first(context, args) {
        Ok(ready) => ready,
        Err(errors) => return Ok(not_run(errors)),
    };
    let by_director = request.instances.iter().any(|instance| instance.managed_by == ManagedBy::Director);
    let known = by_director.then(|| directors(context, &ready.change)).and_then(|known| told_late(context, known));
    if let Err(error) = begin(context, &ready.change) {
        return Ok(not_run(vec![error]));
    }
    let (ending, status, failed) = match run_command(&context.interrupt, &args.command) {
        Ok(ending) => (ending, ending.status().unwrap_or_default(), None),
        Err((_, error)) if error.is_interrupt() => {
            let noted = note(context, &ready.change, Ending::NotRun);
            return Ok(not_run(std::iter::once(error).chain(noted.err()).collect()));
        }
        Err((status, error)) => (Ending::NotRun, status, Some(error)),
    };
    // Whatever goes wrong from here on, the exit status of the command stays.
    let mut failures: Vec<Error> = failed.into_iter().collect();
    if let Err(error) = note(context, &ready.change, ending) {
        failures.push(error.hint("the change stays recorded as one whose end is not known"));
    }
    if let Ending::Exited(1..) = ending {
        failures.push(way_back(context, &request, &ready, status));
    }
    if by_director && ending != Ending::NotRun {
        let was_told = known.is_none();
        let own = directors_own(context, &ready.change, known);
        if !was_told || own.is_ok() {
            told_late(context, own);
        }
    }
    Ok(Outcome { status: ExitCode(status), failures })
}

/// The outcome if the command was not run.
fn not_run(errors: Vec<Error>) -> Outcome {
    match errors.iter().any(Error::is_interrupt) {
        true => Outcome::of_attempts(0, errors),
        false => Outcome { status: ExitCode::GUARD, failures: errors },
    }
}

/// Returns what the Director answered. An error becomes a warning and `None`: it must not keep the command from being
/// run.
fn told_late<T>(context: &mut Context, had: Result<T>) -> Option<T> {
    had.map_err(|error| {
        context.ui.warn(&format!("what the Director has now could not be imported: {}", error.in_one_line()));
    })
    .ok()
}

/// Notes in the state file that the command is about to run.
fn begin(context: &mut Context, change: &GuardedChange) -> Result<()> {
    let manifest = context.load_manifest()?;
    let (state, _) = context.open_state(&manifest, Access::Change)?;
    begins(&state, &context.interrupt, &context.faults, change)
}

type Ready = (TakeRequest, Before);

fn take_first(context: &mut Context, args: &Args) -> std::result::Result<Ready, Vec<Error>> {
    let one = |error: Error| vec![error];
    if context.ui.style().format.is_for_programs() {
        let message = "stdout belongs to the command, so guard prints no JSON and no table of its own";
        return Err(one(Error::new(Kind::Usage, message).hint("leave out --json and --output")));
    }
    let selectors = selectors(&args.selector).map_err(one)?;
    let tools = context.tools().map_err(one)?;
    take::refuse_if_off(&tools.manifest).map_err(one)?;
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate).map_err(one)?;
    let (instances, deployment) = if args.all_deployments {
        (state.reader().instances(None).map_err(|error| one(error.into()))?, None)
    } else {
        let deployment = find::deployment(state.reader(), context.deployment().as_deref()).map_err(one)?;
        (find::instances(state.reader(), &deployment, &selectors).map_err(one)?, Some(deployment))
    };
    let request = TakeRequest {
        still: still(&tools, &instances, args),
        instances,
        parallel: usize::from(args.parallel),
        note: args.note.clone(),
        lifespan: take::lifespan(&tools.manifest, args.lifespan).map_err(one)?,
        limits: take::limited(&tools),
        ..TakeRequest::default()
    };
    if args.clean {
        can_stand_still(&tools.hooks, &request).map_err(one)?;
    }
    announce(context, &tools, &request.instances);
    let words: Vec<String> = args.command.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let session = context.session(&tools, state);
    let ready = before(&session, told(&words), deployment, &request)?;
    // The snapshots are taken. An older one that could not be replaced must not keep the command from being run.
    for error in take::replace(context, &tools, &session, &ready.taken).unwrap_or_else(|error| vec![error]) {
        context.ui.warn(&error.in_one_line());
    }
    drop(session);
    for (snapshot, row) in ready.taken.iter().filter_map(|row| Some((row.result.as_ref().ok()?, row))) {
        let clean = if snapshot.clean { ", clean" } else { "" };
        let of = called(&row.instance, &ready.taken);
        context.ui.say(&format!("Before it: snapshot {} of {of}{clean}", snapshot.cid));
    }
    Ok((request, ready))
}

fn still(tools: &Tools, instances: &[Instance], args: &Args) -> Option<Still> {
    let has_hooks = |instance: &Instance| !matches!(tools.hooks.stillness(instance), Ok(None));
    let wanted = args.clean || !args.no_clean && instances.iter().any(has_hooks);
    wanted.then(|| Still { where_there_are_hooks: !args.clean, ..Still::default() })
}

/// Tells that the Director also takes snapshots in the update, if that is switched on. The jobs are stopped then, so
/// those snapshots are clean.
fn announce(context: &mut Context, tools: &Tools, instances: &[Instance]) {
    if instances.iter().any(|instance| instance.managed_by == ManagedBy::Director) {
        let key = &tools.manifest.enable_snapshots.place.key;
        context.ui.say(&format!(
            "The Director takes its own snapshots when it updates an instance ({key}); guard imports them afterwards"
        ));
    }
}

/// Notes in the state file how the command ended. Opens the file anew: the command may have changed it.
fn note(context: &mut Context, change: &GuardedChange, ending: Ending) -> Result<()> {
    let manifest = context.load_manifest()?;
    let (state, _) = context.open_state(&manifest, Access::Change)?;
    after(&state, &context.faults, change, ending)
}

/// The error of a failed command, with the commands that go back to before the change. It names only snapshots that
/// still exist.
fn way_back(context: &mut Context, request: &TakeRequest, ready: &Before, status: u8) -> Error {
    let mut error =
        Error::new(Kind::Failed, format!("the command failed: exit status {status}: {}", ready.change.command));
    let taken: Vec<&Snapshot> = ready.taken.iter().filter_map(|row| row.result.as_ref().ok()).collect();
    let is_left = left(context, &taken);
    let is_whole = taken.iter().all(|one| is_left(one));
    let by_create_env = |name: &InstanceName| {
        let of = request.instances.iter().find(|instance| instance.name == *name);
        of.is_some_and(|instance| instance.managed_by == ManagedBy::CreateEnv)
    };
    let set = taken.first().and_then(|one| one.operation.as_ref());
    if let (Some(set), true) =
        (set, taken.len() > 1 && is_whole && !taken.iter().any(|one| by_create_env(&one.instance)))
    {
        error = error
            .hint("to put everything back as it was before the command:")
            .try_command(format!("snapback restore --set {set}"));
    }
    for one in taken {
        let (cid, instance) = (&one.cid, called(&one.instance, &ready.taken));
        error = match (is_left(one), by_create_env(&one.instance)) {
            (false, _) => error.hint(format!("snapshot {cid} of {instance} was deleted while the command ran")),
            (true, false) => error
                .hint(format!("to put {instance} back as it was before the command:"))
                .try_command(format!("snapback restore {}", quoted(cid.as_str()))),
            (true, true) => error
                .hint(format!(
                    "to put {instance} back as it was before the command, with your create-env command line and \
                     --recreate:"
                ))
                .hint(format!("  snapback restore {cid} -- bosh create-env MANIFEST --state FILE ... --recreate")),
        };
    }
    error
}

/// The name of an instance, with its deployment if the snapshots are of several.
fn called(instance: &InstanceName, taken: &[Taken]) -> String {
    match taken.iter().all(|other| other.instance.deployment == instance.deployment) {
        true => instance.to_string(),
        false => format!("{instance} ({})", instance.deployment),
    }
}

/// The snapshots of these that are still known; all of them if that cannot be read.
fn left(context: &mut Context, taken: &[&Snapshot]) -> impl Fn(&Snapshot) -> bool + use<> {
    let gone: Vec<(CpiName, SnapshotCid)> = context.reader().map_or_else(
        |_| Vec::new(),
        |reader| {
            let is_gone = |one: &&&Snapshot| {
                let known = reader.snapshots_by_cid(&one.cid);
                known.is_ok_and(|known| known.iter().all(|known| known.cpi != one.cpi))
            };
            taken.iter().filter(is_gone).map(|one| (one.cpi.clone(), one.cid.clone())).collect()
        },
    );
    move |one| !gone.iter().any(|(cpi, cid)| (cpi, cid) == (&one.cpi, &one.cid))
}

/// Imports what the Director has before the change. Returns the CIDs of its snapshots.
fn directors(context: &mut Context, change: &GuardedChange) -> Result<BTreeSet<SnapshotCid>> {
    super::import::from_the_director(context, change.deployment.as_deref())?;
    Ok(of_the_director(context, change, None)?.into_iter().map(|one| one.cid).collect())
}

/// Imports what the Director has after the change, and names the snapshots that it took meanwhile: those that were not
/// `known` before or, if that is not known, those from about that time.
fn directors_own(context: &mut Context, change: &GuardedChange, known: Option<BTreeSet<SnapshotCid>>) -> Result<()> {
    let since = known.is_none().then(|| change.began_at - SKEW);
    let before = match known {
        Some(known) => known,
        None => of_the_director(context, change, since)?.into_iter().map(|one| one.cid).collect(),
    };
    super::import::from_the_director(context, change.deployment.as_deref())?;
    let mut own = of_the_director(context, change, since)?;
    own.retain(|one| !before.contains(&one.cid));
    let manifest = context.load_manifest()?;
    context.open_state(&manifest, Access::Change)?.0.belong_to_change(&change.id, own.iter())?;
    for one in own {
        context.ui.say(&format!("The Director's own, from the update: snapshot {} of {}", one.cid, one.instance));
    }
    Ok(())
}

/// The Director's snapshots that the state file has: all, or those since a time.
fn of_the_director(
    context: &mut Context,
    change: &GuardedChange,
    since: Option<DateTime<Utc>>,
) -> Result<Vec<Snapshot>> {
    let filter = SnapshotFilter { deployment: change.deployment.clone(), after: since, ..SnapshotFilter::default() };
    let mut own = Vec::new();
    context.reader()?.each_snapshot(&filter, |snapshot| {
        own.extend((snapshot.owner == Owner::Director).then_some(snapshot));
        Ok::<bool, Error>(true)
    })?;
    Ok(own)
}
