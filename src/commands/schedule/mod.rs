//! `snapback schedule`

mod at;
mod at_command;
mod next;
mod run;
mod show;
mod telling;
mod units;

pub(super) use show::{Stands, stands};

use super::Outcome;
use crate::context::{Context, Tools};
use crate::domain::schedule::RunState;
use crate::error::{Error, Kind, Result};
use crate::manifest::Manifest;
use crate::ops::schedule::{SELF, Scheduled};
use crate::state::Reader;

/// The subcommands of `schedule`.
#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Show each schedule: what it does, where it is set, when it comes next, and how its last run ended
    Show(show::Args),
    /// Print the next times of a cron string, or of the manifest's schedules: one UTC time a line
    Next(next::Args),
    /// Run what is due, in the foreground
    Run(run::Args),
    /// Print a unit for systemd, or a line for cron, that runs the schedules
    Units(units::Args),
    /// Run a command of snapback once, at a time
    At(at::Args),
    /// List the commands that `schedule at` scheduled
    List(at::ListArgs),
    /// Cancel a command that `schedule at` scheduled
    Cancel(at::CancelArgs),
}

/// Looks after schedules.
///
/// # Errors
/// Those of the subcommand.
pub fn run(context: &mut Context, command: &Command) -> Result<Outcome> {
    match command {
        Command::Show(args) => show::run(context, args),
        Command::Next(args) => next::run(context, args),
        Command::Run(args) => run::run(context, args),
        Command::Units(args) => units::run(context, args),
        Command::At(args) => at::run(context, args),
        Command::List(args) => at::list(context, args),
        Command::Cancel(args) => at::cancel(context, args),
    }
}

/// All schedules of the manifest.
pub(super) fn of_manifest(tools: &Tools, reader: Option<&Reader>) -> Vec<Scheduled> {
    let no_self = no_self(&tools.manifest, is_local(tools), has_run(reader));
    crate::ops::schedule::of_manifest(&tools.manifest, no_self.as_deref())
}

/// Whether the Director's own VM was found before. If it was and is not found now, that is an error of the run.
fn has_run(reader: Option<&Reader>) -> bool {
    let runs = reader.and_then(|reader| reader.runs(Some(SELF), 100).ok()).unwrap_or_default();
    runs.iter().any(|run| run.state == RunState::Done)
}

/// Whether the CPI of the manifest is the local backend: a Director has no VM there.
fn is_local(tools: &Tools) -> bool {
    tools.clouds.is_local(tools.clouds.default_name())
}

/// Why the Director's own VM cannot be found, if that is known before anything is asked. A broken or missing state file
/// of create-env is not a reason to skip the VM in silence.
fn no_self(manifest: &Manifest, is_local: bool, has_run: bool) -> Option<String> {
    let is_there = manifest.installation().is_some() || manifest.unusable_installation().is_some();
    (is_local && !is_there && !has_run).then(|| {
        let path = manifest.path.display();
        format!("there is no state file of create-env beside {path}, which would name the Director's VM")
    })
}

/// Keeps only the schedules of these names; all of them if there are no names.
///
/// # Errors
/// [`Kind::NotFound`] for a name that no schedule has.
fn only(schedules: &mut Vec<Scheduled>, names: &[String]) -> Result<()> {
    for name in names {
        if schedules.iter().all(|scheduled| scheduled.name != *name) {
            return Err(Error::new(Kind::NotFound, format!("no schedule is called '{name}'"))
                .hint("to see the schedules:")
                .try_command("snapback schedule show"));
        }
    }
    schedules.retain(|scheduled| names.is_empty() || names.contains(&scheduled.name));
    Ok(())
}
