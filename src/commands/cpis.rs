//! `snapback cpis`

use super::Outcome;
use super::columns::Columns;
use crate::context::Context;
use crate::error::Result;
use crate::ops::cpis::{Found, Looked, Looking, Role, Said, Side, look};
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback cpis`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    columns: Columns,
}

const COLUMNS: &[Column] = &[
    Column::new("cpi", "CPI"),
    Column::prose("looked_for", "Looked For"),
    Column::new("api_version", "API"),
    Column::new("extension", "Extension"),
    Column::new("snapshots", "Snapshots"),
    Column::prose("can", "Can"),
    Column::prose("methods", "Done By"),
    Column::prose("why_alone", "Why One Side"),
    Column::new("executable", "Executable"),
    Column::new("known_from", "Known From"),
    Column::told("error", "Error"),
];

/// How many of the columns people see: errors go to stderr.
const FOR_PEOPLE: usize = 8;

/// How long a CPI may take to answer `info`, in seconds, if no option says. Without their cloud some try for minutes.
const PATIENCE: u64 = 60;

/// Lists the CPIs.
///
/// # Errors
/// The manifest, a cpi-config or the state file cannot be read. The outcome has a CPI that is not found or does not
/// answer.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.global.timeout.get_or_insert(PATIENCE);
    let tools = context.tools()?;
    let known = match context.reader_if_any(&tools.manifest)? {
        Some(reader) => reader.cpis()?,
        None => Vec::new(),
    };
    let rows = look(&tools.clouds, known, &context.interrupt)?;
    let table =
        Table::new("cpis", TableKind::Own, COLUMNS, None).sparing_for(&["extension", "why_alone"], "add --wide");
    let table = args.columns.shown(table, FOR_PEOPLE)?;
    context.ui.table(&table, |emit| {
        for looking in &rows {
            emit(row(looking));
        }
        Ok(())
    })?;
    let answered = rows.iter().filter(|looking| looking.said.is_ok()).count();
    let failures = rows.into_iter().filter_map(|looking| looking.said.err()).collect();
    Ok(Outcome::of_attempts(answered, failures))
}

fn row(looking: &Looking) -> Vec<Cell> {
    let said = looking.said.as_ref().ok();
    let used = looking.places.iter().find(|place| place.found == Found::Used && !place.is_native);
    let used = used.filter(|_| said.is_some());
    vec![
        Cell::text(&looking.name),
        Cell::Lines(looking.places.iter().map(place).collect()),
        Cell::maybe(said.and_then(|said| said.api_version), Cell::Number),
        Cell::maybe(said.and_then(|said| said.extension), Cell::Number),
        Cell::maybe(said, |said| Cell::text(snapshots(said))),
        Cell::maybe(said, |said| Cell::Lines(can(said).into_iter().map(str::to_owned).collect())),
        Cell::maybe(said, |said| Cell::Lines(said.roles.all().iter().map(role).collect())),
        Cell::maybe(said.and_then(|said| said.why_alone.as_ref()), Cell::text),
        Cell::maybe(used, |place| Cell::text(place.path.display())),
        Cell::Lines(looking.known_from.iter().map(|from| from.name().to_owned()).collect()),
        Cell::maybe(looking.said.as_ref().err(), |error| Cell::Text(error.in_one_line())),
    ]
}

fn place(place: &Looked) -> String {
    let found = match place.found {
        Found::Used => "used",
        Found::PassedOver => "passed over",
        Found::Missing => "not there",
    };
    let end = if place.is_fleeting && place.found != Found::Missing { "; the next create-env deletes it" } else { "" };
    format!("{found}: {} ({}{end})", place.path.display(), place.named_by)
}

fn role(role: &Role) -> String {
    format!("{}: {} ({})", role.method, role.side.map_or("nobody", Side::name), role.why)
}

fn snapshots(said: &Said) -> &'static str {
    match (said.can.snapshots, said.is_native("snapshot_disk")) {
        (false, _) => "no",
        (true, true) => "yes",
        // The protocol cannot tell.
        (true, false) => "unknown",
    }
}

fn can(said: &Said) -> Vec<&'static str> {
    let can = &said.can;
    let all = [
        (can.promote, "promote"),
        (can.list_snapshots, "list_snapshots"),
        (can.find_snapshots, "find_snapshots"),
        (can.find_disks, "find_disks"),
        (can.describe_snapshots, "describe_snapshots"),
    ];
    all.into_iter().filter_map(|(has, name)| has.then_some(name)).collect()
}
