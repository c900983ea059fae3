//! `snapback schedule next`

use chrono::{DateTime, Utc};

use super::super::{Outcome, times};
use super::of_manifest;
use crate::context::Context;
use crate::domain::cron::Cron;
use crate::error::{Error, Kind, Result};
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback schedule next`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Of this cron string [default: of all schedules of the manifest that are on]
    #[arg(long, value_name = "STRING", allow_hyphen_values = true)]
    cron: Option<String>,
    /// After this time [default: now]
    #[arg(long, value_name = "TIME")]
    from: Option<String>,
    /// How many
    #[arg(long, value_name = "N", default_value = "5", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    count: u32,
}

const COLUMNS: &[Column] = &[Column::new("at", "At"), Column::new("schedule", "Schedule")];

/// Prints when a cron string, or the manifest's schedules, come next. It opens no state file.
///
/// # Errors
/// [`Kind::Usage`]: the string is not a cron string, or the time is not a time. The manifest cannot be read, or is
/// wrong.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let from = match &args.from {
        Some(text) => times::moment("--from", text, context)?,
        None => context.clock.now(),
    };
    let rows = match &args.cron {
        Some(text) => {
            let cron = Cron::parse(text).map_err(|bad| {
                Error::new(Kind::Usage, format!("--cron: {bad}")).hint(
                    "write 5 fields (minute hour day month weekday), or 6 with seconds in front, and perhaps a zone",
                )
            })?;
            times_of(&cron, from, args.count).into_iter().map(|at| (at, None)).collect()
        }
        None => of_all(context, from, args.count)?,
    };
    if context.ui.style().format.is_for_programs() {
        let table = Table::new("times", TableKind::Own, COLUMNS, None);
        context.ui.table(&table, |row| {
            for (at, name) in &rows {
                row(vec![Cell::Time(*at), Cell::maybe(name.as_ref(), Cell::text)]);
            }
            Ok(())
        })?;
        return Ok(Outcome::done());
    }
    let line = |(at, name): &(DateTime<Utc>, Option<String>)| {
        let at = at.format("%Y-%m-%dT%H:%M:%SZ");
        name.as_ref().map_or_else(|| format!("{at}\n"), |name| format!("{at}\t{name}\n"))
    };
    context.ui.raw(&rows.iter().map(line).collect::<String>());
    Ok(Outcome::done())
}

fn times_of(cron: &Cron, from: DateTime<Utc>, count: u32) -> Vec<DateTime<Utc>> {
    let mut at = from;
    let next = std::iter::from_fn(|| cron.after(at).inspect(|next| at = *next));
    next.take(usize::try_from(count).unwrap_or(usize::MAX)).collect()
}

/// The next times of all of them, in order.
fn of_all(context: &mut Context, from: DateTime<Utc>, count: u32) -> Result<Vec<(DateTime<Utc>, Option<String>)>> {
    let tools = context.tools()?;
    let mut rows = Vec::new();
    let reader = context.reader_if_any(&tools.manifest)?;
    for scheduled in of_manifest(&tools, reader.as_ref()) {
        if let Some(bad) = scheduled.bad.as_ref().filter(|_| scheduled.off.is_none()) {
            context.ui.warn(&format!("schedule {}: {bad}", scheduled.name));
        }
        let times = scheduled.on().map(|cron| times_of(cron, from, count)).unwrap_or_default();
        rows.extend(times.into_iter().map(|at| (at, Some(scheduled.name.clone()))));
    }
    rows.sort();
    rows.truncate(usize::try_from(count).unwrap_or(usize::MAX));
    if rows.is_empty() {
        context.ui.warn("no schedule is on; `snapback schedule show` says why");
    }
    Ok(rows)
}
