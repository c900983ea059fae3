//! The commands. Each has a file: its arguments, then one function from them to an outcome.

pub mod abbreviated;
mod apply;
pub mod check;
pub mod complete_values;
pub mod completions;
pub mod cpi;
pub mod cpis;
pub mod delete;
pub mod delete_all;
pub mod delete_disk;
pub mod demo;
pub mod disks;
pub mod doctor;
pub mod drill;
pub mod guard;
pub mod help;
pub mod hold;
pub mod import;
pub mod init;
pub mod instances;
pub mod man;
pub mod manifest;
pub mod operations;
pub mod promote;
pub mod prune;
pub mod recover;
pub mod release;
pub mod report;
pub mod restore;
pub mod schedule;
pub mod snapshots;
pub mod state;
pub mod status;
pub mod take;
pub mod undo;

mod columns;
mod definition;
mod first_cli;
mod latest;
pub mod rows;
mod times;
mod views;
mod whole_file;
mod words;

pub use definition::{Cli, Command, Verb, definition};

use crate::domain::selector::Selectors;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;

/// How a command ended, after its rows were shown. A partial failure has both rows and errors.
#[derive(Debug)]
pub struct Outcome {
    /// The exit status.
    pub status: ExitCode,
    /// The errors to print on stderr.
    pub failures: Vec<Error>,
}

impl Outcome {
    /// The outcome of a command that did everything.
    pub fn done() -> Outcome {
        Outcome { status: ExitCode::DONE, failures: Vec::new() }
    }

    /// The outcome of several attempts: `done` of them succeeded, and these failed.
    pub fn of_attempts(done: usize, failures: Vec<Error>) -> Outcome {
        let kinds: Vec<Kind> = failures.iter().map(Error::kind).collect();
        Outcome { status: ExitCode::of_attempts(done, &kinds), failures }
    }
}

/// Reads the words that name instances; several count together.
///
/// # Errors
/// [`Kind::Usage`]
pub(crate) fn selectors(words: &[String]) -> Result<Selectors> {
    Selectors::parse(words).map_err(|error| {
        Error::new(Kind::Usage, error.to_string())
            .hint("name instances as GROUP, GROUP/INDEX or GROUP/UUID, several with a blank between them, or one as GROUP INDEX")
    })
}
