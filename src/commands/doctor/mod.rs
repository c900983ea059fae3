//! `snapback doctor`: one page on what works here, to read or to paste into a ticket.
//!
//! It changes nothing and makes no file. It asks no cloud and no Director. It starts only `bosh --version` and each
//! CPI's executable (for its `info`), each with a short deadline. Each defect is a line, and the rest is checked all
//! the same.

mod clouds;
mod files;
mod line;
mod machine;
mod restore;
mod state;

use super::Outcome;
use crate::context::Context;
use crate::domain::count::counted;
use crate::error::{Error, Hint, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ui::{Format, Table, TableKind};
use line::{COLUMNS, Part, Verdict, cells, page};

/// The arguments of `snapback doctor`.
#[derive(Debug, clap::Args)]
pub struct Args {}

/// How long a program may take to answer, in seconds, if no option says.
const PATIENCE: u64 = 10;

/// Checks everything, and shows it.
///
/// # Errors
/// A signal. Each problem is a line, and [`Kind::Problems`] in the outcome.
pub fn run(context: &mut Context, _args: &Args) -> Result<Outcome> {
    context.global.timeout.get_or_insert(PATIENCE);
    let mut parts = vec![machine::versions(context)];
    let (part, manifest) = files::manifest(context);
    parts.push(part);
    parts.extend(manifest.as_ref().map(|manifest| files::programs(context, manifest)));
    let (part, reader) = state::state(context, manifest.as_ref());
    parts.push(part);
    context.interrupt.check()?;
    let (part, clouds) = clouds::clouds(context, manifest, reader.as_ref())?;
    parts.push(part);
    let (part, bosh) = machine::bosh(context, reader.as_ref());
    parts.push(part);
    context.interrupt.check()?;
    parts.extend(reader.as_ref().map(|reader| restore::restore(context, reader, clouds.as_ref(), bosh)));
    parts.push(machine::clock(context, reader.as_ref()));
    show(context, &parts)
}

fn show(context: &mut Context, parts: &[Part]) -> Result<Outcome> {
    let lines = || parts.iter().flat_map(|part| &part.lines);
    if context.ui.style().format == Format::Text {
        context.ui.page(&page(parts));
    } else {
        let table = Table::new("checks", TableKind::Own, COLUMNS, None);
        context.ui.table(&table, |row| {
            for line in lines() {
                row(cells(line));
            }
            Ok(())
        })?;
    }
    let problems = lines().filter(|line| line.verdict == Verdict::Problem).count();
    if problems == 0 {
        context.ui.say("No problems found");
        return Ok(Outcome::done());
    }
    let error = Error::new(Kind::Problems, format!("{} found", counted(problems, "problem")))
        .hint("a line that begins with '!' is a problem; the line below it says what to do");
    Ok(Outcome { status: ExitCode::PROBLEMS, failures: vec![error] })
}

fn say(text: impl Into<String>) -> Hint {
    Hint::Say(text.into())
}

fn command(line: impl Into<String>) -> Hint {
    Hint::Command(line.into())
}
