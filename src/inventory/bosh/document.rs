//! The frame of the bosh CLI's `--json` (cloudfoundry/bosh-cli `ui/json_ui.go`): tables whose cells are all text,
//! and the lines that it would have printed around them.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use crate::domain::ids::LIMIT;
use crate::yaml::Complaint;

/// An object whose values stay text: as a tree, a list of 16 MiB would take a GiB.
pub(super) type Object<'a> = BTreeMap<String, &'a RawValue>;

/// The most tables in a document: `bosh instances` has one for each deployment.
const MOST_TABLES: usize = 10_000;

/// A document as the bosh CLI prints it.
pub(super) struct Document<'a> {
    pub(super) tables: Vec<Table<'a>>,
    lines: Vec<String>,
}

/// One of its tables.
pub(super) struct Table<'a> {
    /// The kind of its rows: `instances`, `snapshots`.
    pub(super) content: String,
    rows: Vec<&'a RawValue>,
    pub(super) path: String,
}

/// A row, which knows its place in the document.
pub(super) struct Row {
    cells: BTreeMap<String, Cell>,
    path: String,
}

/// A value; only text is kept.
enum Cell {
    Nothing,
    Text(String),
    /// The kind of another value, in words for an error message.
    Other(&'static str),
}

impl<'a> Document<'a> {
    pub(super) fn of(root: &Object<'a>) -> Result<Self, Complaint> {
        let (all, mut tables) = (list(root, "Tables", "Tables")?, Vec::new());
        if all.len() > MOST_TABLES {
            let complaint = Complaint::new(format!("more than {MOST_TABLES} tables")).of("Tables");
            return Err(complaint.hint("give the output of one command"));
        }
        for (number, table) in all.into_iter().enumerate() {
            tables.push(Table::of(table, format!("Tables[{number}]"))?);
        }
        let lines: Vec<Cell> =
            root.get("Lines").and_then(|lines| serde_json::from_str(lines.get()).ok()).unwrap_or_default();
        let lines = lines.into_iter().filter_map(|line| match line {
            Cell::Text(line) => Some(line),
            Cell::Nothing | Cell::Other(_) => None,
        });
        Ok(Document { tables, lines: lines.collect() })
    }

    /// The last message of the bosh CLI, if it failed. Its list is incomplete then: rows that it lacks are not gone.
    pub(super) fn failure(&self) -> Option<&str> {
        let (last, before) = self.lines.split_last()?;
        last.starts_with("Exit code ").then(|| before.last().unwrap_or(last).as_str())
    }

    pub(super) fn last_line(&self) -> Option<&str> {
        self.lines.last().map(String::as_str)
    }

    /// The deployment that it was called for.
    pub(super) fn deployment(&self) -> Option<&str> {
        let said = self.lines.iter().find_map(|line| line.strip_prefix("Using deployment '")?.strip_suffix('\''))?;
        (!said.trim().is_empty() && said.len() <= LIMIT && !said.contains(char::is_control)).then_some(said)
    }
}

impl<'a> Table<'a> {
    fn of(value: &'a RawValue, path: String) -> Result<Self, Complaint> {
        let table = object(value, &path)?;
        let content = match table.get("Content").and_then(|content| serde_json::from_str(content.get()).ok()) {
            Some(Cell::Text(content)) => content,
            _ => String::new(),
        };
        Ok(Table { content, rows: list(&table, "Rows", &format!("{path}.Rows"))?, path })
    }

    /// The rows; each is read when its turn comes.
    pub(super) fn rows(&self) -> impl Iterator<Item = Result<Row, Complaint>> {
        self.rows.iter().enumerate().map(|(number, row)| Row::of(row, format!("{}.Rows[{number}]", self.path)))
    }
}

impl Row {
    pub(super) fn of(value: &RawValue, path: String) -> Result<Self, Complaint> {
        Ok(Row { cells: read(value, &path, "an object", '{')?, path })
    }

    pub(super) fn has(&self, column: &str) -> bool {
        self.cells.contains_key(column)
    }

    /// The text of a cell; `None` if there is no such column, or if it is empty.
    pub(super) fn cell(&self, column: &str) -> Result<Option<&str>, Complaint> {
        match self.cells.get(column) {
            None | Some(Cell::Nothing) => Ok(None),
            Some(Cell::Text(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(Cell::Other(kind)) => {
                let complaint = self.complain(column, format!("expected text, found {kind}"));
                Err(complaint.hint("give the output as the bosh CLI printed it: all its cells are text"))
            }
        }
    }

    /// The text of a cell that must be there.
    pub(super) fn need(&self, column: &str) -> Result<&str, Complaint> {
        self.cell(column)?.ok_or_else(|| {
            let what = if self.has(column) { "empty" } else { "missing" };
            self.complain(column, what).hint("run the bosh command again, without --column")
        })
    }

    /// A cell with one line of text that can be shown and stored.
    pub(super) fn word(&self, column: &str) -> Result<Option<String>, Complaint> {
        let Some(text) = self.cell(column)? else { return Ok(None) };
        if text.chars().any(char::is_control) || text.len() > LIMIT {
            let complaint = self.complain(column, "too long, or with control characters");
            return Err(complaint.hint("give the output as the bosh CLI printed it"));
        }
        Ok(Some(text.to_owned()))
    }

    pub(super) fn complain(&self, column: &str, message: impl Into<String>) -> Complaint {
        Complaint::new(message).of(format!("{}.{column}", self.path))
    }
}

impl<'de> Deserialize<'de> for Cell {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = Cell;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any JSON value")
    }

    fn visit_unit<E: Error>(self) -> Result<Cell, E> {
        Ok(Cell::Nothing)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Cell, E> {
        Ok(Cell::Text(text.to_owned()))
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Cell, E> {
        Ok(Cell::Other("true or false"))
    }

    fn visit_i64<E: Error>(self, _: i64) -> Result<Cell, E> {
        Ok(Cell::Other("a number"))
    }

    fn visit_u64<E: Error>(self, _: u64) -> Result<Cell, E> {
        Ok(Cell::Other("a number"))
    }

    fn visit_f64<E: Error>(self, _: f64) -> Result<Cell, E> {
        Ok(Cell::Other("a number"))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Cell, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("a list"))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Cell, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Cell::Other("an object"))
    }
}

/// The items of a list; empty if there is no such key, or nothing in it.
pub(super) fn list<'a>(parent: &Object<'a>, key: &str, path: &str) -> Result<Vec<&'a RawValue>, Complaint> {
    match parent.get(key) {
        None => Ok(Vec::new()),
        Some(value) if value.get() == "null" => Ok(Vec::new()),
        Some(value) => read(value, path, "a list", '['),
    }
}

pub(super) fn object<'a>(value: &'a RawValue, path: &str) -> Result<Object<'a>, Complaint> {
    read(value, path, "an object", '{')
}

fn read<'a, T: Deserialize<'a>>(value: &'a RawValue, path: &str, expected: &str, begin: char) -> Result<T, Complaint> {
    if !value.get().starts_with(begin) {
        return Err(Complaint::new(format!("expected {expected}, found {}", kind(value)))
            .of(path)
            .hint("give the file as bosh wrote it, unchanged"));
    }
    serde_json::from_str(value.get()).map_err(|_| {
        let complaint =
            Complaint::new("JSON that cannot be read: a text in it is not Unicode, or it is nested too deeply");
        complaint.of(path).hint("give the file as bosh wrote it, unchanged")
    })
}

pub(super) fn kind(value: &RawValue) -> &'static str {
    match value.get().as_bytes().first() {
        Some(b'n') | None => "nothing",
        Some(b't' | b'f') => "true or false",
        Some(b'"') => "text",
        Some(b'[') => "a list",
        Some(b'{') => "an object",
        Some(_) => "a number",
    }
}
