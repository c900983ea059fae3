//! `guard`: snapshots before a change, the command that makes it, and its end.

use std::ffi::{OsStr, OsString};

use super::interrupt::Interrupt;
use super::session::Session;
use super::take::{TakeRequest, Taken, take};
use crate::domain::guarded::{Ending, GuardedChange};
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::process::Ended;
use crate::process::foreground::{self, NotRun};
use crate::state::State;

/// The change and its snapshots, before the command runs.
#[derive(Debug)]
pub struct Before {
    /// The change.
    pub change: GuardedChange,
    /// The snapshots, one of each disk.
    pub taken: Vec<Taken>,
}

/// Records a change, and takes its snapshots. When this returns, nothing is claimed any more: the command may be
/// snapback.
///
/// # Errors
/// The state file cannot be written, a signal came, or a snapshot is missing. The change is recorded as not run, and
/// the command must not be run.
pub fn before(
    session: &Session<'_>,
    command: String,
    deployment: Option<String>,
    request: &TakeRequest,
) -> std::result::Result<Before, Vec<Error>> {
    session.interrupt.check().map_err(|error| vec![error])?;
    let change = session.state.begin_change(command, deployment).map_err(|error| vec![error.into()])?;
    let request = TakeRequest { change: Some(change.id.clone()), ..request.clone() };
    let taken = session
        .faults
        .at(&["guard", "change", "begun"])
        .and_then(|()| take(session, &request, &mut |_| {}))
        .map_err(|error| vec![error])
        .and_then(|(taken, late)| whole(taken, late))
        .and_then(|taken| {
            session.faults.at(&["guard", "change", "taken"]).map(|()| taken).map_err(|error| vec![error])
        });
    match taken {
        Ok(taken) => Ok(Before { change, taken }),
        Err(mut errors) => {
            let noted = session.state.end_change(&change.id, Ending::NotRun);
            errors.extend(noted.err().map(Error::from));
            Err(errors)
        }
    }
}

/// All snapshots that were meant, or the error with those that are missing. A snapshot that exists keeps its row in the
/// state file.
fn whole(taken: Vec<Taken>, late: Vec<Error>) -> std::result::Result<Vec<Taken>, Vec<Error>> {
    let (good, bad): (Vec<Taken>, Vec<Taken>) = taken.into_iter().partition(|row| row.result.is_ok());
    let errors: Vec<Error> = bad.into_iter().filter_map(|row| row.result.err()).chain(late).collect();
    if errors.is_empty() { Ok(good) } else { Err(errors) }
}

/// Looks for the command as `env` would.
///
/// # Errors
/// It could not be run; the error has the status that `env` uses for that.
pub fn look_for(command: &[OsString], path: Option<&str>) -> std::result::Result<(), (u8, Error)> {
    let Some(program) = command.first() else {
        return Err((NO_COMMAND, Error::new(Kind::Usage, "no command")));
    };
    foreground::look_for(program, path).map_err(|not_run| told(program, not_run))
}

/// Runs the command in the foreground. Signals that ask for the end are for the command, until it has ended.
///
/// # Errors
/// It could not be run; the error has the status that `env` uses for that. A signal that came before it.
pub fn run(interrupt: &Interrupt, command: &[OsString]) -> std::result::Result<Ending, (u8, Error)> {
    let Some((program, arguments)) = command.split_first() else {
        return Err((NO_COMMAND, Error::new(Kind::Usage, "no command")));
    };
    let foreground = interrupt.foreground().map_err(|error| (NO_COMMAND, error))?;
    let ended = foreground::run(program, arguments, &|process| foreground.is(process));
    let status = match ended {
        Ok(Ended::Exited(status)) => status,
        Ok(Ended::Signalled(signal)) => 128 + signal,
        Err(not_run) => return Err(told(program, not_run)),
    };
    let status = u8::try_from(status).unwrap_or(u8::MAX);
    foreground.passes_on(status);
    Ok(Ending::Exited(status))
}

fn told(program: &OsStr, not_run: NotRun) -> (u8, Error) {
    let name = program.to_string_lossy();
    match not_run {
        NotRun::NotFound(_) => (
            127,
            Error::new(Kind::NotFound, format!("'{name}': no such program: nothing was run"))
                .hint("install it, or correct its path"),
        ),
        NotRun::NotExecutable(error) => (
            126,
            Error::because(Kind::Failed, format!("'{name}': cannot be executed: nothing was run"), error)
                .hint("make it executable, for the user that runs snapback"),
        ),
    }
}

/// The status if not even a command was given.
const NO_COMMAND: u8 = 125;

/// Records that the command is about to run.
///
/// # Errors
/// Those of the state file, or a signal that came before: the change is recorded as not run, and the command must not
/// be run.
pub fn begins(state: &State, interrupt: &Interrupt, faults: &Faults, change: &GuardedChange) -> Result<()> {
    interrupt.check().and_then(|()| Ok(state.run_change(&change.id)?)).inspect_err(|_| {
        // The error to report is why. A change that is not recorded as not run has not begun, by its row.
        let _ = state.end_change(&change.id, Ending::NotRun);
    })?;
    faults.at(&["guard", "change", "runs"])
}

/// Records that the command was not run, or how it ended.
///
/// # Errors
/// Those of the state file.
pub fn after(state: &State, faults: &Faults, change: &GuardedChange, ending: Ending) -> Result<()> {
    faults.at(&["guard", "change", "ran"])?;
    state.end_change(&change.id, ending)?;
    faults.at(&["guard", "change", "ended"])
}
