//! `snapback manifest`

use std::path::PathBuf;

use super::Outcome;
use crate::context::Context;
use crate::error::Result;
use crate::manifest::{Manifest, Place, Reading, Shown};
use crate::ops::clouds::trouble_of_builtin;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback manifest`.
#[derive(Debug, clap::Args)]
pub struct Args {}

const COLUMNS: &[Column] = &[
    Column::new("setting", "Setting"),
    Column::prose("value", "Value"),
    Column::new("from", "From"),
    Column::new("key", "Key"),
    Column::new("file", "File"),
    Column::new("line", "Line"),
];

/// How many of the columns people see: `from` has the file and the line already.
const FOR_PEOPLE: usize = 4;

const DEFAULT: &str = "default";

/// Shows what is read from the manifest. It opens no state file, and shows no credential.
///
/// # Errors
/// The manifest cannot be read, or is wrong.
pub fn run(context: &mut Context, _args: &Args) -> Result<Outcome> {
    context.tell_manifest();
    let manifest = context.load_manifest()?;
    let state = state_file(context, &manifest);
    let table = Table::new("settings", TableKind::Own, COLUMNS, None).showing_first(FOR_PEOPLE).sparing(&["key"]);
    context.ui.table(&table, |row| {
        for reading in manifest.readings() {
            row(setting(&manifest, reading));
        }
        row(state);
        for warning in warnings(&manifest) {
            row(plain("warning", Cell::Text(warning), Cell::Missing));
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}

fn setting(manifest: &Manifest, reading: Reading) -> Vec<Cell> {
    let written = reading.place.as_ref().and_then(|place| Some((manifest.file_of(place), place.line?)));
    let from = match (&written, &reading.shown) {
        (Some((file, line)), _) => Cell::Text(format!("{}:{line}", file.display())),
        (None, Shown::Value(_)) => Cell::text(DEFAULT),
        (None, _) => Cell::Missing,
    };
    vec![
        Cell::text(reading.setting),
        match reading.shown {
            Shown::Value(value) => Cell::Text(value),
            Shown::Given => Cell::text("(given by a variable)"),
            Shown::Unknown(why) => Cell::Text(format!("({why})")),
            Shown::Nothing => Cell::Missing,
        },
        from,
        Cell::maybe(reading.place, |place: Place| Cell::Text(place.key)),
        Cell::maybe(written, |(file, _)| Cell::text(file.display())),
        Cell::maybe(written, |(_, line)| Cell::Number(line)),
    ]
}

fn state_file(context: &Context, manifest: &Manifest) -> Vec<Cell> {
    let path = |path: PathBuf| Cell::text(path.display());
    let (value, from) = match (context.named_state(), manifest.default_state_path()) {
        (Some((named, by)), _) => (path(named), Cell::text(by)),
        (None, Ok(beside)) => (path(beside), Cell::text(DEFAULT)),
        (None, Err(why)) => (Cell::Text(format!("(name it with --state: {why})")), Cell::Missing),
    };
    plain("state_file", value, from)
}

fn plain(setting: &str, value: Cell, from: Cell) -> Vec<Cell> {
    vec![Cell::text(setting), value, from, Cell::Missing, Cell::Missing, Cell::Missing]
}

/// The warnings: odd settings of the manifest, and settings that would make a take fail.
fn warnings(manifest: &Manifest) -> Vec<String> {
    let mut warnings: Vec<String> = manifest.odd().collect();
    warnings.extend(trouble_of_builtin(manifest).map(|why| why.to_string()));
    warnings
}
