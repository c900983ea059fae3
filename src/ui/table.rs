//! Tables as values; how they look is decided by the format.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its key in JSON and for `--column`.
    pub key: &'static str,
    /// Its title on a terminal.
    pub title: &'static str,
}

impl Column {
    /// A column.
    pub const fn new(key: &'static str, title: &'static str) -> Self {
        Column { key, title }
    }
}

/// Who made the table's look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// The bosh CLI.
    Bosh,
    /// snapback: plans, operations and the like.
    Own,
}

/// What a table is about, before its rows.
#[derive(Debug, Clone)]
pub struct Table {
    /// The rows' noun in the plural: `snapshots`.
    pub content: &'static str,
    /// Whose look it has.
    pub kind: TableKind,
    /// All columns of a row, in order.
    pub columns: Vec<Column>,
    /// Which of them are shown in text and in BOSH's JSON; programs get all.
    pub shown: Vec<usize>,
    /// The column that `--output cid` prints.
    pub cid: Option<usize>,
}

impl Table {
    /// A table that shows all its columns.
    pub fn new(content: &'static str, kind: TableKind, columns: &[Column], cid: Option<&str>) -> Self {
        Table {
            content,
            kind,
            columns: columns.to_vec(),
            shown: (0..columns.len()).collect(),
            cid: cid.and_then(|key| columns.iter().position(|column| column.key == key)),
        }
    }

    /// Shows only the first `count` columns.
    #[must_use]
    pub fn showing_first(mut self, count: usize) -> Self {
        self.shown.truncate(count);
        self
    }
}

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Missing,
    /// Text.
    Text(String),
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A size in MiB.
    Mib(u64),
    /// A time, UTC.
    Time(DateTime<Utc>),
}

impl Cell {
    /// A text.
    pub fn text(value: impl ToString) -> Self {
        Cell::Text(value.to_string())
    }

    /// The value, or nothing.
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Missing, cell)
    }

    /// As BOSH writes it: times as Go's UnixDate, sizes as IBytes, nothing as "".
    pub fn bosh(&self) -> Cow<'_, str> {
        match self {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) => Cow::Borrowed(text),
            Cell::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Cell::Number(value) => Cow::Owned(value.to_string()),
            Cell::Mib(mib) => Cow::Owned(ibytes(*mib)),
            Cell::Time(time) => Cow::Owned(unix_date(time)),
        }
    }

    /// As a program reads it, in JSON: times in RFC 3339, sizes in MiB, nothing as null.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Cell::Missing => out.push_str("null"),
            Cell::Text(text) => json_string(text, out),
            Cell::Bool(_) | Cell::Number(_) => out.push_str(&self.bosh()),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            Cell::Time(time) => json_string(&rfc3339(time), out),
        }
    }

    /// As a field of TSV: TABs, line breaks and backslashes escaped.
    pub fn write_tsv(&self, out: &mut String) {
        match self {
            Cell::Time(time) => out.push_str(&rfc3339(time)),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            other => {
                for c in other.bosh().chars() {
                    match c {
                        '\\' => out.push_str("\\\\"),
                        '\t' => out.push_str("\\t"),
                        '\n' => out.push_str("\\n"),
                        '\r' => out.push_str("\\r"),
                        c => out.push(c),
                    }
                }
            }
        }
    }
}

/// Writes a text as JSON. Nearly none needs escapes, and looking for them is quicker than serde_json.
pub(super) fn json_string(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn rfc3339(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

fn unix_date(time: &DateTime<Utc>) -> String {
    time.format("%a %b %e %H:%M:%S UTC %Y").to_string()
}

/// As Go's humanize.IBytes, which BOSH prints: `512 MiB`, `1.5 GiB`, `64 GiB`.
fn ibytes(mib: u64) -> String {
    let units = ["MiB", "GiB", "TiB", "PiB", "EiB"];
    let (mut value, mut unit) = (mib, 0);
    let mut rest = 0;
    while value >= 1024 && unit + 1 < units.len() {
        rest = value % 1024;
        value /= 1024;
        unit += 1;
    }
    // One decimal below ten, none above, rounded half up as IBytes does.
    let tenths = value * 10 + (rest * 10 + 512) / 1024;
    if value < 10 && unit > 0 && tenths < 100 {
        format!("{}.{} {}", tenths / 10, tenths % 10, units[unit])
    } else {
        format!("{} {}", (tenths + 5) / 10, units[unit])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_look_as_boshs() {
        let time = DateTime::parse_from_rfc3339("2026-01-05T06:07:08Z").unwrap().with_timezone(&Utc);
        assert_eq!(Cell::Time(time).bosh(), "Mon Jan  5 06:07:08 UTC 2026");
        assert_eq!(Cell::Mib(512).bosh(), "512 MiB");
        assert_eq!(Cell::Mib(1024).bosh(), "1.0 GiB");
        assert_eq!(Cell::Mib(1536).bosh(), "1.5 GiB");
        assert_eq!(Cell::Mib(65_536).bosh(), "64 GiB");
        let written = |write: fn(&Cell, &mut String), cell: &Cell| {
            let mut text = String::new();
            write(cell, &mut text);
            text
        };
        assert_eq!(written(Cell::write_tsv, &Cell::text("a\tb\\")), "a\\tb\\\\");
        for text in ["snap-1", "", "ü", "a\"b", "a\\b", "a\nb", "\u{1b}", "\u{7f}", "\u{2028}"] {
            assert_eq!(written(Cell::write_json, &Cell::text(text)), Value::from(text).to_string());
        }
    }
}
