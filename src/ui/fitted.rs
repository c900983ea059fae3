//! A table that fits the width of a terminal. Prose is broken between words. If that is not enough, the least wanted
//! columns are left out and named; if that is not enough either, each row is a block, with a line for each field.

use std::io;

use super::bosh::{Drawing, GAP};
use super::column::Column;
use super::gathered::{Gathered, Measured};
use super::table::Table;
use super::words::{wide, wrapped};

/// The smallest width of a column of prose, if its words are no wider.
const NARROW: usize = 24;

/// The width of a time in short form: `2026-11-22 02:50:00`.
const SHORT: usize = 19;

/// How a table is laid out in a width.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Layout {
    /// As columns: the ones that are shown, with their widths.
    Columns(Vec<(usize, usize)>),
    /// As blocks: all columns, one below the other.
    Blocks,
}

/// Draws the rows in this width, and gives the lines to `write` until it says false. The number of rows, and the
/// columns that were left out, follow the rows.
///
/// # Errors
/// Those of the temporary file.
pub(super) fn draw(
    gathered: Gathered,
    table: &Table,
    width: usize,
    color: bool,
    write: &mut dyn FnMut(&str) -> bool,
) -> io::Result<()> {
    let shown: Vec<Column> = table.shown.iter().map(|column| table.columns[*column]).collect();
    let noun = noun(table, gathered.len());
    let mut measured = gathered.columns();
    let short = shortens(&mut measured, &shown, width);
    let columns = match layout(&measured, &shown, table.spare, width) {
        Layout::Columns(columns) => columns,
        Layout::Blocks => {
            blocks(gathered, &shown, width, color, write)?;
            write(&format!("\n{noun}\n"));
            return Ok(());
        }
    };
    let drawing = Drawing {
        columns: columns.iter().map(|(at, _)| shown[*at]).collect(),
        widths: columns.iter().map(|(_, width)| *width).collect(),
        gap: GAP,
        color,
        fitted: true,
    };
    if drawing.header(write) {
        gathered.rows(|row| {
            let cells = columns.iter().map(|(at, width)| match shown[*at].look {
                look if look.is_prose() => wrapped(&row[*at], *width, 0).join("\n"),
                _ if short[*at] => shorter(&row[*at]),
                _ => row[*at].clone(),
            });
            let cells: Vec<String> = cells.collect();
            drawing.row(&cells.iter().map(String::as_str).collect::<Vec<_>>(), write)
        })?;
    }
    write(&format!("\n{noun}\n"));
    let kept = |at: usize| columns.iter().any(|(column, _)| *column == at);
    let left_out = (0..shown.len()).filter(|at| !kept(*at) && !is_empty(&measured[*at]));
    let left: Vec<&str> = left_out.map(|at| shown[at].title).collect();
    if !left.is_empty() {
        let line = format!("No room for: {}. To see them: {}", left.join(", "), table.seen_by);
        write(&format!("{}\n", wrapped(&line, width, 0).join("\n")));
    }
    Ok(())
}

fn noun(table: &Table, count: usize) -> String {
    let noun = if table.kind == super::TableKind::Bosh { table.noun } else { singular(table.noun, count) };
    format!("{count} {noun}")
}

/// The singular of a noun for one row, in snapback's own tables: `operations` becomes `operation`.
fn singular(plural: &str, count: usize) -> &str {
    if count == 1 { plural.strip_suffix('s').unwrap_or(plural) } else { plural }
}

/// A time in a form that `--before` also accepts: UTC, without the day of the week.
fn shorter(time: &str) -> String {
    let read = chrono::NaiveDateTime::parse_from_str(time, "%a %b %e %H:%M:%S UTC %Y");
    read.map_or_else(|_| time.to_owned(), |time| time.format("%Y-%m-%d %H:%M:%S").to_string())
}

/// Finds the columns whose times are shown in short form if the table does not fit otherwise, and corrects their
/// widths.
fn shortens(measured: &mut [Measured], shown: &[Column], width: usize) -> Vec<bool> {
    let whole = measured.iter().zip(shown).map(|(seen, column)| seen.whole.max(column.title.len()) + GAP.len());
    let fits = whole.sum::<usize>() - GAP.len() <= width;
    let short = measured.iter().map(|seen| !fits && seen.times && seen.whole > SHORT).collect::<Vec<bool>>();
    for (seen, _) in measured.iter_mut().zip(&short).filter(|(_, short)| **short) {
        (seen.whole, seen.part) = (SHORT, SHORT);
    }
    short
}

/// No row has a value there.
fn is_empty(column: &Measured) -> bool {
    !column.filled
}

fn layout(measured: &[Measured], shown: &[Column], spare: &[&str], width: usize) -> Layout {
    let least = |at: &usize| {
        let (seen, title) = (&measured[*at], shown[*at].title.len());
        let value = if seen.prose { seen.part.max(seen.whole.min(NARROW)) } else { seen.whole };
        value.max(title)
    };
    let mut columns: Vec<usize> = (0..shown.len()).collect();
    let needed = |columns: &[usize]| columns.iter().map(least).sum::<usize>() + GAP.len() * (columns.len() - 1);
    let mut left_out: Vec<usize> = Vec::new();
    if !spare.is_empty() && needed(&columns) > width {
        left_out.extend(columns.iter().copied().filter(|at| is_empty(&measured[*at])));
        columns.retain(|at| !left_out.contains(at));
    }
    for key in spare {
        if needed(&columns) <= width {
            break;
        }
        left_out.extend(columns.iter().copied().filter(|at| shown[*at].key == *key));
        columns.retain(|at| shown[*at].key != *key);
    }
    // A wide one may have made room for a narrow one that went before it: the most wanted comes back first.
    for at in left_out.into_iter().rev() {
        let place = columns.partition_point(|column| *column < at);
        columns.insert(place, at);
        if needed(&columns) > width {
            columns.remove(place);
        }
    }
    if needed(&columns) > width {
        return Layout::Blocks;
    }
    let mut widths: Vec<usize> = columns.iter().map(least).collect();
    let mut rest = width - needed(&columns);
    // Columns of prose share the remaining width; the one that wants least comes first.
    let mut wanting: Vec<usize> = (0..columns.len()).filter(|at| measured[columns[*at]].whole > widths[*at]).collect();
    wanting.sort_by_key(|at| measured[columns[*at]].whole - widths[*at]);
    for (served, at) in wanting.iter().enumerate() {
        let more = (measured[columns[*at]].whole - widths[*at]).min(rest / (wanting.len() - served));
        widths[*at] += more;
        rest -= more;
    }
    Layout::Columns(columns.into_iter().zip(widths).collect())
}

/// Draws a line for each field, and an empty line between two rows.
fn blocks(
    gathered: Gathered,
    shown: &[Column],
    width: usize,
    color: bool,
    write: &mut dyn FnMut(&str) -> bool,
) -> io::Result<()> {
    let titles = shown.iter().map(|column| column.title.len()).max().unwrap_or(0) + GAP.len();
    let (bold, plain) = if color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
    let mut first = true;
    gathered.rows(|row| {
        let mut text = if std::mem::take(&mut first) { String::new() } else { "\n".to_owned() };
        for (column, cell) in shown.iter().zip(row).filter(|(_, cell)| !cell.is_empty()) {
            text.push_str(&format!("{bold}{}{plain}", column.title));
            let lines = |width: usize| match column.look {
                look if look.is_prose() => wrapped(cell, width.max(1), 0),
                _ => cell.split('\n').map(str::to_owned).collect(),
            };
            let beside = lines(width.saturating_sub(titles));
            if beside.iter().all(|line| titles + wide(line) <= width) {
                let blank = " ".repeat(titles);
                let gap = &blank[column.title.len()..];
                text.push_str(&format!("{gap}{}\n", beside.join(&format!("\n{blank}"))));
            } else {
                // A value that is wider than the rest of the line has a line to itself.
                text.push_str(&format!("\n{}\n", lines(width).join("\n")));
            }
        }
        write(&text)
    })
}
