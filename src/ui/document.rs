//! The answer for programs: exactly one document on stdout whatever the exit status, streamed row by row.

use serde_json::{Value, json};

use super::table::go_json_string;
use super::{Cell, Column, Format, Parts, Table, Ui};
use crate::error::{Error, Result};
use crate::exit_code::ExitCode;

/// The version of `--output`'s documents.
const SCHEMA: u32 = 1;

/// What belongs to the document besides its table.
pub(super) struct Document {
    command: &'static str,
    lines: Vec<String>,
    errors: Vec<Value>,
    /// The table's text is on stdout already.
    begun: bool,
}

impl Document {
    pub(super) fn new(command: &'static str) -> Self {
        Document { command, lines: Vec::new(), errors: Vec::new(), begun: false }
    }

    pub(super) fn line(&mut self, line: &str) {
        self.lines.extend(line.lines().map(str::to_owned));
    }

    pub(super) fn error(&mut self, error: &Error) {
        self.line(&error.in_one_line());
        for hint in error.hints() {
            self.line(&hint.to_string());
        }
        self.errors.push(json!({
            "kind": error.kind().name(),
            "code": ExitCode::of(error.kind()).0,
            "message": error.in_one_line(),
            "hints": error.hints().iter().map(ToString::to_string).collect::<Vec<_>>(),
            "operation": error.operation().map(ToString::to_string),
        }));
    }

    /// The text that ends the document.
    pub(super) fn close(&self, format: Format, status: ExitCode) -> String {
        match format {
            Format::Text | Format::Tsv | Format::Cid => String::new(),
            Format::BoshJson => {
                let tables = if self.begun { "\n    ]" } else { "{\n    \"Tables\": null" };
                let mut lines = String::new();
                for (at, line) in self.lines.iter().enumerate() {
                    lines.push_str(if at == 0 { "[\n        " } else { ",\n        " });
                    go_json_string(line, &mut lines);
                }
                lines.push_str(if self.lines.is_empty() { "null" } else { "\n    ]" });
                format!("{tables},\n    \"Blocks\": null,\n    \"Lines\": {lines}\n}}")
            }
            Format::Json => {
                let head = if self.begun { "],".to_owned() } else { self.head() };
                let (errors, status) = (Value::from(self.errors.clone()), status.0);
                let first = self.errors.first().cloned().unwrap_or(Value::Null);
                format!("{head}\"error\":{first},\"errors\":{errors},\"status\":{status}}}\n")
            }
            Format::Jsonl => {
                let mut text = String::new();
                for error in &self.errors {
                    text.push_str(&format!("{}\n", json!({"schema": SCHEMA, "event": "error", "error": error})));
                }
                text + &format!(
                    "{}\n",
                    json!({"schema": SCHEMA, "event": "end", "command": self.command, "status": status.0})
                )
            }
        }
    }

    /// What stands before the next table of BOSH's shape.
    fn next_table(&mut self) -> &'static str {
        if std::mem::replace(&mut self.begun, true) { ",\n" } else { "{\n    \"Tables\": [\n" }
    }

    fn head(&self) -> String {
        format!("{{\"schema\":{SCHEMA},\"command\":\"{}\",", self.command)
    }
}

pub(super) fn table(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    match ui.style().format {
        Format::BoshJson => bosh_tables(ui, table, rows),
        format => typed_rows(ui, format, table, rows),
    }
}

fn typed_rows(
    ui: &mut Ui,
    format: Format,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    let begin = match format {
        Format::Json => format!("{}\"{}\":[", ui.document.head(), table.content),
        Format::Tsv => {
            let keys: Vec<&str> = table.columns.iter().map(|column| column.key).collect();
            format!("{}\n", keys.join("\t"))
        }
        Format::Text | Format::BoshJson | Format::Jsonl | Format::Cid => String::new(),
    };
    let keys = keys(table, format);
    let mut begun = false;
    let mut first = true;
    let mut text = String::new();
    let result = rows(&mut |cells| {
        text.clear();
        if !begun {
            text.push_str(&begin);
            begun = true;
        }
        let separator = if std::mem::take(&mut first) { "\n" } else { ",\n" };
        match format {
            Format::Json => {
                text.push_str(separator);
                object(&keys, &cells, &mut text);
            }
            Format::Jsonl => {
                object(&keys, &cells, &mut text);
                text.push('\n');
            }
            Format::Tsv => {
                for (at, cell) in cells.iter().enumerate() {
                    text.push_str(if at == 0 { "" } else { "\t" });
                    cell.write_tsv(&mut text);
                }
                text.push('\n');
            }
            Format::Cid => {
                if let Some(Cell::Text(cid)) = table.cid.map(|column| &cells[column]) {
                    text.push_str(cid);
                    text.push('\n');
                }
            }
            Format::Text | Format::BoshJson => {}
        }
        ui.out(&text)
    });
    if !begun && result.is_ok() {
        ui.out(&begin);
        begun = true;
    }
    if begun {
        ui.document.begun = true;
        if format == Format::Json && !first {
            ui.out("\n");
        }
    }
    result
}

const NO_MORE_ROWS: &str = "\n            ],\n            \"Notes\": null\n        }";

/// BOSH's tables; what is after the last one comes with [`Document::close`].
fn bosh_tables(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    let head = bosh_head(table);
    let keys = keys(table, Format::BoshJson);
    let mut part: Option<String> = None;
    let mut text = String::new();
    let result = rows(&mut |cells| {
        text.clear();
        let of = match table.parts {
            Parts::EachDeployment(column) => cells[column].bosh().into_owned(),
            Parts::One | Parts::Deployment(_) => String::new(),
        };
        if part.as_ref() == Some(&of) {
            text.push_str(",\n");
        } else {
            text.push_str(match part.replace(of) {
                Some(_) => NO_MORE_ROWS,
                None => "",
            });
            text.push_str(ui.document.next_table());
            text.push_str(&head);
            text.push('\n');
        }
        bosh_row(&keys, &cells, &mut text);
        ui.out(&text)
    });
    if part.is_some() {
        ui.out(NO_MORE_ROWS);
    } else if result.is_ok() && !matches!(table.parts, Parts::EachDeployment(_)) {
        let next = ui.document.next_table();
        ui.out(&format!("{next}{head}],\n            \"Notes\": null\n        }}"));
    }
    result
}

/// A key of each row, already as JSON, and where its value comes from.
struct Key {
    text: String,
    value: KeyValue,
}

enum KeyValue {
    Column(usize),
    /// The same in each row.
    Fixed(String),
}

/// The keys of a row, sorted, as all objects are that leave here (BOSH's too: Go sorts maps).
fn keys(table: &Table, format: Format) -> Vec<Key> {
    let columns = match format {
        Format::BoshJson => table.shown.clone(),
        _ => (0..table.columns.len()).collect(),
    };
    let mut keys: Vec<(&str, KeyValue)> =
        columns.into_iter().map(|at| (table.columns[at].key, KeyValue::Column(at))).collect();
    if format == Format::Jsonl {
        keys.push(("schema", KeyValue::Fixed(SCHEMA.to_string())));
        keys.push(("event", KeyValue::Fixed("\"row\"".to_owned())));
    }
    keys.sort_by_key(|(key, _)| *key);
    keys.into_iter().map(|(key, value)| Key { text: format!("\"{key}\":"), value }).collect()
}

fn object(keys: &[Key], cells: &[Cell], out: &mut String) {
    out.push('{');
    for (at, key) in keys.iter().enumerate() {
        out.push_str(if at == 0 { "" } else { "," });
        out.push_str(&key.text);
        match &key.value {
            KeyValue::Column(column) => cells[*column].write_json(out),
            KeyValue::Fixed(value) => out.push_str(value),
        }
    }
    out.push('}');
}

fn bosh_head(table: &Table) -> String {
    let mut columns: Vec<Column> = table.shown.iter().map(|column| table.columns[*column]).collect();
    columns.sort_by_key(|column| column.key);
    let header: Vec<String> = columns
        .iter()
        .map(|column| format!("                \"{}\": {}", column.key, Value::from(column.title)))
        .collect();
    format!(
        "        {{\n            \"Content\": \"{}\",\n            \"Header\": {{\n{}\n            }},\n            \"Rows\": [",
        table.content,
        header.join(",\n")
    )
}

fn bosh_row(keys: &[Key], cells: &[Cell], out: &mut String) {
    out.push_str("                {\n");
    for (at, key) in keys.iter().enumerate() {
        out.push_str(if at == 0 { "                    " } else { ",\n                    " });
        out.push_str(&key.text);
        out.push(' ');
        if let KeyValue::Column(column) = key.value {
            go_json_string(&cells[column].bosh(), out);
        }
    }
    out.push_str("\n                }");
}
