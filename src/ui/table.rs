//! Tables as values; how they look is decided by the format.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::column::{Column, Look};
use super::go::{ibytes, unix_date};
use super::style::unseen;

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
    /// The tables that the rows are shown in.
    pub parts: Parts,
    /// Each row was an event already ([`super::Ui::event`]): jsonl does not repeat it.
    pub told: bool,
    /// The columns that a narrow terminal can do without, by their keys, the least wanted first.
    pub spare: &'static [&'static str],
    /// How to see what was left out.
    pub seen_by: &'static str,
    /// The columns are those that the operator named: none is left out or added.
    pub named: bool,
}

/// In how many tables rows are shown, where they look as BOSH's; typed output has one list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts {
    /// One.
    One,
    /// One, of this deployment.
    Deployment(String),
    /// One for each value of this column, which is a deployment; none where there are no rows. Rows of the same value
    /// follow one another.
    EachDeployment(usize),
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
            parts: Parts::One,
            told: false,
            spare: &[],
            seen_by: "add --output json",
            named: false,
        }
    }

    /// A table of what will be deleted: the values of this column are red.
    #[must_use]
    pub fn dooming(mut self, key: &str) -> Self {
        self.columns.iter_mut().filter(|column| column.key == key).for_each(|column| column.look = Look::Doomed);
        self
    }

    /// A table of which a narrow terminal can do without these columns, the least wanted first.
    #[must_use]
    pub fn sparing(mut self, keys: &'static [&'static str]) -> Self {
        self.spare = keys;
        self
    }

    /// The same, and what shows them then, if not `--output json`.
    #[must_use]
    pub fn sparing_for(mut self, keys: &'static [&'static str], seen_by: &'static str) -> Self {
        (self.spare, self.seen_by) = (keys, seen_by);
        self
    }

    /// A table whose rows were events already ([`super::Ui::event`]), as they came to their end.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// A table for each deployment, or the one of that which is named; the column `deployment` says of which a row is.
    #[must_use]
    pub fn by_deployment(mut self, named: Option<String>) -> Self {
        let column = self.columns.iter().position(|column| column.key == "deployment");
        self.parts = match (named, column) {
            (Some(named), _) => Parts::Deployment(named),
            (None, Some(column)) => Parts::EachDeployment(column),
            (None, None) => Parts::One,
        };
        self
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
    /// Several texts, a line each.
    Lines(Vec<String>),
    /// A thing that BOSH calls otherwise than snapback does.
    Called {
        /// BOSH's name of it.
        bosh: String,
        /// The name in typed output.
        own: String,
    },
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
            Cell::Text(text) | Cell::Called { bosh: text, .. } => Cow::Borrowed(text),
            Cell::Lines(lines) => Cow::Owned(lines.join("\n")),
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
            Cell::Text(text) | Cell::Called { own: text, .. } => own_json_string(text, out),
            Cell::Lines(lines) => {
                out.push('[');
                for (at, line) in lines.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    own_json_string(line, out);
                }
                out.push(']');
            }
            Cell::Bool(_) | Cell::Number(_) => out.push_str(&self.bosh()),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            Cell::Time(time) => own_json_string(&rfc3339(time), out),
        }
    }

    /// As a field of TSV: TABs, line breaks and backslashes escaped.
    pub fn write_tsv(&self, out: &mut String) {
        match self {
            Cell::Time(time) => out.push_str(&rfc3339(time)),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            Cell::Called { own, .. } => tsv_text(own, out),
            other => tsv_text(&other.bosh(), out),
        }
    }
}

fn tsv_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
}

/// Writes a text as Go's JSON has it, with `<`, `>`, `&` and two line separators escaped.
pub(super) fn go_json_string(text: &str, out: &mut String) {
    let escaped = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    if !text.contains(escaped) {
        return json_string(text, out);
    }
    for c in Value::from(text).to_string().chars() {
        if escaped.contains(&c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
}

/// Writes a text as JSON that can be looked at: what is not seen is escaped, of which JSON asks only a part.
fn own_json_string(text: &str, out: &mut String) {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        json_string(text, out);
    } else {
        out.push_str(&visible(&Value::from(text).to_string()));
    }
}

/// JSON in which what is not seen is escaped; it can only stand in strings there.
pub(super) fn visible(json: &str) -> Cow<'_, str> {
    if !json.chars().any(unseen) {
        return Cow::Borrowed(json);
    }
    let mut text = String::new();
    for c in json.chars() {
        if unseen(c) {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_look_as_boshs() {
        let time = DateTime::parse_from_rfc3339("2026-01-05T06:07:08Z").unwrap().with_timezone(&Utc);
        assert_eq!(Cell::Time(time).bosh(), "Mon Jan  5 06:07:08 UTC 2026");
        assert_eq!(Cell::Time(DateTime::UNIX_EPOCH).bosh(), "");
        // What Go prints for the same numbers.
        for (mib, shown) in [
            (0, "0 B"),
            (1, "1.0 MiB"),
            (9, "9.0 MiB"),
            (512, "512 MiB"),
            (1023, "1023 MiB"),
            (1024, "1.0 GiB"),
            (1536, "1.5 GiB"),
            (10_188, "9.9 GiB"),
            (10_189, "10 GiB"),
            (10_752, "10 GiB"),
            (11_776, "12 GiB"),
            (65_536, "64 GiB"),
            ((1 << 20) - 1, "1024 GiB"),
            (1 << 20, "1.0 TiB"),
            (5 << 30, "5.0 PiB"),
        ] {
            assert_eq!(Cell::Mib(mib).bosh(), shown, "{mib}");
        }
        let written = |write: fn(&Cell, &mut String), cell: &Cell| {
            let mut text = String::new();
            write(cell, &mut text);
            text
        };
        assert_eq!(written(Cell::write_tsv, &Cell::text("a\tb\\")), "a\\tb\\\\");
        for text in ["snap-1", "", "ü", "a\"b", "a\\b", "a\nb", "\u{1b}"] {
            assert_eq!(written(Cell::write_json, &Cell::text(text)), Value::from(text).to_string());
        }
        assert_eq!(written(Cell::write_json, &Cell::text("\u{7f}")), "\"\\u007f\"");
    }
}
