//! The frame of the bosh CLI's `--json` (cloudfoundry/bosh-cli `ui/json_ui.go`): tables whose cells are all text,
//! and the lines that it would have printed around them.

use serde_json::{Map, Value};

use crate::domain::ids::LIMIT;
use crate::yaml::Complaint;

/// A document as the bosh CLI prints it.
pub(super) struct Document<'a> {
    pub(super) tables: Vec<Table<'a>>,
    lines: Vec<&'a str>,
}

/// One of its tables.
pub(super) struct Table<'a> {
    /// What it is of: `instances`, `snapshots`.
    pub(super) content: &'a str,
    pub(super) rows: Vec<Row<'a>>,
    pub(super) path: String,
}

/// A row, which knows where it stands.
pub(super) struct Row<'a> {
    cells: &'a Map<String, Value>,
    path: String,
}

impl<'a> Document<'a> {
    pub(super) fn of(root: &'a Map<String, Value>) -> Result<Self, Complaint> {
        let mut tables = Vec::new();
        for (number, table) in list(root, "Tables", "Tables")?.iter().enumerate() {
            tables.push(Table::of(table, format!("Tables[{number}]"))?);
        }
        let lines = match root.get("Lines") {
            Some(Value::Array(lines)) => lines.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        };
        Ok(Document { tables, lines })
    }

    /// What the bosh CLI said last, where it failed. Its list is not whole then, and what it lacks is not gone.
    pub(super) fn failure(&self) -> Option<&'a str> {
        let (last, before) = self.lines.split_last()?;
        last.starts_with("Exit code ").then(|| before.last().copied().unwrap_or(last))
    }

    pub(super) fn last_line(&self) -> Option<&'a str> {
        self.lines.last().copied()
    }

    /// The deployment that it was called for.
    pub(super) fn deployment(&self) -> Option<&'a str> {
        let said = self.lines.iter().find_map(|line| line.strip_prefix("Using deployment '")?.strip_suffix('\''))?;
        (!said.trim().is_empty() && said.len() <= LIMIT && !said.contains(char::is_control)).then_some(said)
    }
}

impl<'a> Table<'a> {
    fn of(value: &'a Value, path: String) -> Result<Self, Complaint> {
        let table = object(value, &path)?;
        let content = table.get("Content").and_then(Value::as_str).unwrap_or_default();
        let mut rows = Vec::new();
        for (number, row) in list(table, "Rows", &format!("{path}.Rows"))?.iter().enumerate() {
            let path = format!("{path}.Rows[{number}]");
            rows.push(Row { cells: object(row, &path)?, path });
        }
        Ok(Table { content, rows, path })
    }
}

impl<'a> Row<'a> {
    pub(super) fn has(&self, column: &str) -> bool {
        self.cells.contains_key(column)
    }

    /// The text of a cell; none where there is no such column, or nothing in it.
    pub(super) fn cell(&self, column: &str) -> Result<Option<&'a str>, Complaint> {
        match self.cells.get(column) {
            None | Some(Value::Null) => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.trim()).filter(|text| !text.is_empty())),
            Some(other) => {
                let complaint = self.complain(column, format!("expected text, found {}", kind(other)));
                Err(complaint.hint("give the output as the bosh CLI printed it: there all cells are text"))
            }
        }
    }

    /// The text of a cell that must be there.
    pub(super) fn need(&self, column: &str) -> Result<&'a str, Complaint> {
        self.cell(column)?.ok_or_else(|| {
            let what = if self.has(column) { "empty" } else { "missing" };
            self.complain(column, what).hint("run the bosh command again, without --column")
        })
    }

    /// One line of text that can be shown and stored.
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

fn list<'a>(parent: &'a Map<String, Value>, key: &str, path: &str) -> Result<&'a [Value], Complaint> {
    match parent.get(key) {
        None | Some(Value::Null) => Ok(&[]),
        Some(Value::Array(items)) => Ok(items),
        Some(other) => Err(unlike(path, "a list", other)),
    }
}

pub(super) fn object<'a>(value: &'a Value, path: &str) -> Result<&'a Map<String, Value>, Complaint> {
    value.as_object().ok_or_else(|| unlike(path, "an object", value))
}

fn unlike(path: &str, expected: &str, found: &Value) -> Complaint {
    Complaint::new(format!("expected {expected}, found {}", kind(found)))
        .of(path)
        .hint("give the file as bosh wrote it, unchanged")
}

pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
