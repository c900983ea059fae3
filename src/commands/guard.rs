//! `snapback guard`

use std::collections::BTreeSet;
use std::ffi::OsString;

use chrono::TimeDelta;

use super::{Outcome, selector, take};
use crate::context::{Context, Tools};
use crate::domain::guarded::{Ending, GuardedChange};
use crate::domain::guarded_line::told;
use crate::domain::ids::SnapshotCid;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::limits::Lifespan;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::guard::{Before, after, before, run as run_command};
use crate::ops::take::{Still, TakeRequest, Taken, can_stand_still};
use crate::ops::{HookRunner, find};
use crate::state::{Access, SnapshotFilter};

/// What `guard` takes.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true, after_long_help = crate::exit_code::exit_codes())]
pub struct Args {
    /// Take these instances first: GROUP, GROUP/INDEX, GROUP/UUID, or GROUP INDEX [default: all of the deployment]
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Of every deployment
    #[arg(long, conflicts_with_all = ["selector", "deployment"])]
    all_deployments: bool,
    /// Each instance stands still by its hooks: refused where one has none [default: those that have hooks]
    #[arg(long)]
    clean: bool,
    /// No instance is made to stand still
    #[arg(long, conflicts_with = "clean")]
    no_clean: bool,
    /// How many snapshots to take at once
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u16).range(1..=256))]
    parallel: u16,
    /// How long to keep the snapshots: 10d, 12h, or `none` for ever; then `prune` deletes them [default: the manifest's]
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
/// None of its own: what fails before the command ends with 125, in the outcome. A signal that came before it.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let (request, ready) = match take_first(context, args) {
        Ok(ready) => ready,
        Err(errors) => {
            return match errors.iter().find(|error| error.is_interrupt()) {
                Some(_) => Ok(Outcome::of_attempts(0, errors)),
                None => Ok(Outcome { status: ExitCode::GUARD, failures: errors }),
            };
        }
    };
    let (ending, status, failed) = match run_command(&context.interrupt, &args.command) {
        Ok(ending) => (ending, ending.status().unwrap_or_default(), None),
        Err((status, error)) => (Ending::NotRun, status, Some(error)),
    };
    // Whatever goes wrong from here on, the command has ended as it has.
    let mut failures: Vec<Error> = failed.into_iter().collect();
    if let Err(error) = note(context, &ready.change, ending) {
        failures.push(error.hint("the change stays noted as one that is not known to have ended"));
    }
    if let Ending::Exited(1..) = ending {
        failures.push(way_back(&ready, status));
    }
    let by_director = request.instances.iter().any(|instance| instance.managed_by == ManagedBy::Director);
    if by_director
        && ending != Ending::NotRun
        && let Err(error) = directors_own(context, &ready.change)
    {
        context.ui.warn(&format!("what the Director has now could not be taken in: {}", error.in_one_line()));
    }
    Ok(Outcome { status: ExitCode(status), failures })
}

type Ready = (TakeRequest, Before);

fn take_first(context: &mut Context, args: &Args) -> std::result::Result<Ready, Vec<Error>> {
    let one = |error: Error| vec![error];
    if context.ui.style().format.is_for_programs() {
        let message = "stdout belongs to the command: guard has no answer of its own in another form";
        return Err(one(Error::new(Kind::Usage, message).hint("leave --json and --output out")));
    }
    let selector = selector(&args.selector).map_err(one)?;
    let tools = context.tools().map_err(one)?;
    take::refuse_if_off(&tools.manifest).map_err(one)?;
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate).map_err(one)?;
    let (instances, deployment) = if args.all_deployments {
        (state.reader().instances(None).map_err(|error| one(error.into()))?, None)
    } else {
        let deployment = find::deployment(state.reader(), context.deployment().as_deref()).map_err(one)?;
        (find::instances(state.reader(), &deployment, &selector).map_err(one)?, Some(deployment))
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
    // What is taken is there: an older one that could not be replaced keeps no command from being run.
    for error in take::replace(context, &tools, &session, &ready.taken).unwrap_or_else(|error| vec![error]) {
        context.ui.warn(&error.in_one_line());
    }
    drop(session);
    for (snapshot, row) in ready.taken.iter().filter_map(|row| Some((row.result.as_ref().ok()?, row))) {
        let clean = if snapshot.clean { ", clean" } else { "" };
        context.ui.say(&format!("Before it: snapshot {} of {}{clean}", snapshot.cid, row.instance));
    }
    Ok((request, ready))
}

fn still(tools: &Tools, instances: &[Instance], args: &Args) -> Option<Still> {
    let has_hooks = |instance: &Instance| !matches!(tools.hooks.stillness(instance), Ok(None));
    let wanted = args.clean || !args.no_clean && instances.iter().any(has_hooks);
    wanted.then(|| Still { where_there_are_hooks: !args.clean, ..Still::default() })
}

/// The Director takes snapshots in the update as well, where that is switched on: of stopped jobs, so clean ones.
fn announce(context: &mut Context, tools: &Tools, instances: &[Instance]) {
    if instances.iter().any(|instance| instance.managed_by == ManagedBy::Director) {
        let key = &tools.manifest.enable_snapshots.place.key;
        context.ui.say(&format!(
            "The Director takes snapshots of its own when it updates an instance ({key}); guard takes them in afterwards"
        ));
    }
}

/// Notes in the state file how the command has ended. The file is opened anew: the command may have changed it.
fn note(context: &mut Context, change: &GuardedChange, ending: Ending) -> Result<()> {
    let manifest = context.load_manifest()?;
    let (state, _) = context.open_state(&manifest, Access::Change)?;
    after(&state, &context.faults, change, ending)
}

/// What to type to go back to before the change.
fn way_back(ready: &Before, status: u8) -> Error {
    let mut error =
        Error::new(Kind::Failed, format!("the command failed: exit status {status}: {}", ready.change.command));
    let taken: Vec<(&Taken, String)> =
        ready.taken.iter().filter_map(|row| Some((row, row.result.as_ref().ok()?.cid.to_string()))).collect();
    let set = taken.first().and_then(|(row, _)| row.result.as_ref().ok()?.operation.as_ref());
    if let (Some(set), true) = (set, taken.len() > 1) {
        error = error.hint("to put all back to before it:").try_command(format!("snapback restore --set {set}"));
    }
    for (row, cid) in &taken {
        error = error
            .hint(format!("to put {} back to before it:", row.instance))
            .try_command(format!("snapback restore {cid}"));
    }
    error
}

/// Takes in what the Director has after the change, and names the snapshots that it took meanwhile.
fn directors_own(context: &mut Context, change: &GuardedChange) -> Result<()> {
    let before: BTreeSet<SnapshotCid> = of_the_director(context, change)?.into_iter().map(|one| one.cid).collect();
    super::import::from_the_director(context, change.deployment.as_deref())?;
    let mut own = of_the_director(context, change)?;
    own.retain(|one| !before.contains(&one.cid));
    let manifest = context.load_manifest()?;
    context.open_state(&manifest, Access::Change)?.0.belong_to_change(&change.id, own.iter())?;
    for one in own {
        context.ui.say(&format!("The Director's own, from the update: snapshot {} of {}", one.cid, one.instance));
    }
    Ok(())
}

/// The Director's snapshots since the change began, as they are known.
fn of_the_director(context: &mut Context, change: &GuardedChange) -> Result<Vec<Snapshot>> {
    let filter = SnapshotFilter {
        deployment: change.deployment.clone(),
        after: Some(change.began_at - SKEW),
        ..SnapshotFilter::default()
    };
    let mut own = Vec::new();
    context.reader()?.each_snapshot(&filter, |snapshot| {
        own.extend((snapshot.owner == Owner::Director).then_some(snapshot));
        Ok::<bool, Error>(true)
    })?;
    Ok(own)
}
