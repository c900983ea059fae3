//! The answer for programs: exactly one document on stdout whatever the exit status, streamed row by row.

use serde_json::{Value, json};

use super::cell::{go_json_string, visible};
use super::{Cell, Column, Format, Parts, Table, Ui};
use crate::error::{Error, Result};
use crate::exit_code::ExitCode;

/// The version of `--output`'s documents.
const SCHEMA: u32 = 1;

/// The parts of the document besides its rows, and the progress of its rows. So it can be closed whatever ends the
/// command, even a defect.
pub(super) struct Document {
    /// `None` if the command line was not understood.
    command: Option<String>,
    /// The list in the document. It is there whatever happens to the command.
    rows: Option<&'static str>,
    lines: Vec<String>,
    errors: Vec<Value>,
    /// Whether a part of the document is on stdout already.
    begun: bool,
    /// Whether a list of rows is open there; and if so, whether it has rows.
    open: Option<bool>,
}

impl Document {
    pub(super) fn new(command: Option<&str>) -> Self {
        Document {
            command: command.map(str::to_owned),
            rows: None,
            lines: Vec::new(),
            errors: Vec::new(),
            begun: false,
            open: None,
        }
    }

    /// Sets the list of the document, which is empty if the command ends before its rows.
    pub(super) fn answers(&mut self, rows: Option<&'static str>) {
        self.rows = rows;
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
    pub(super) fn close(&mut self, format: Format, status: ExitCode) -> String {
        match format {
            Format::Text | Format::Tsv | Format::Cid => String::new(),
            Format::BoshJson => {
                let rows = self.close_rows(format);
                let tables = if self.begun { "\n    ]" } else { "{\n    \"Tables\": null" };
                let mut lines = String::new();
                for (at, line) in self.lines.iter().enumerate() {
                    lines.push_str(if at == 0 { "[\n        " } else { ",\n        " });
                    go_json_string(line, &mut lines);
                }
                lines.push_str(if self.lines.is_empty() { "null" } else { "\n    ]" });
                format!("{rows}{tables},\n    \"Blocks\": null,\n    \"Lines\": {lines}\n}}")
            }
            Format::Json => {
                let mut head = if self.begun { format!("{},", self.close_rows(format)) } else { self.head() };
                head.extend(self.rows.map(|rows| format!("\"{rows}\":[],")));
                let (errors, status) = (Value::from(self.errors.clone()), status.0);
                let first = self.errors.first().cloned().unwrap_or(Value::Null);
                let errors = format!("\"error\":{first},\"errors\":{errors},\"status\":{status}}}");
                format!("{head}{}\n", visible(&errors))
            }
            Format::Jsonl => {
                let mut text = String::new();
                for error in &self.errors {
                    let line = json!({"schema": SCHEMA, "event": "error", "error": error}).to_string();
                    text.push_str(&visible(&line));
                    text.push('\n');
                }
                text + &format!(
                    "{}\n",
                    json!({"schema": SCHEMA, "event": "end", "command": self.command, "status": status.0})
                )
            }
        }
    }

    /// The text before the next list of rows.
    fn open_rows(&mut self, format: Format, table: &Table) -> String {
        let before = self.close_rows(format);
        let begun = std::mem::replace(&mut self.begun, true);
        self.open = Some(false);
        self.rows = self.rows.filter(|rows| *rows != table.content);
        match format {
            Format::BoshJson => {
                let next = if begun { ",\n" } else { "{\n    \"Tables\": [\n" };
                format!("{before}{next}{}", bosh_head(table))
            }
            Format::Json => {
                let head = if begun { ",".to_owned() } else { self.head() };
                format!("{before}{head}\"{}\":[", table.content)
            }
            Format::Tsv => {
                let keys: Vec<&str> = table.columns.iter().map(|column| column.key).collect();
                format!("{}\n", keys.join("\t"))
            }
            Format::Text | Format::Jsonl | Format::Cid => String::new(),
        }
    }

    /// The text before the next row.
    fn next_row(&mut self, format: Format) -> &'static str {
        match (format, self.open.replace(true)) {
            (Format::BoshJson | Format::Json, Some(true)) => ",\n",
            (Format::BoshJson | Format::Json, _) => "\n",
            _ => "",
        }
    }

    /// The text after the last row.
    fn close_rows(&mut self, format: Format) -> &'static str {
        match (format, self.open.take()) {
            (Format::BoshJson, Some(true)) => "\n            ],\n            \"Notes\": null\n        }",
            (Format::BoshJson, Some(false)) => "],\n            \"Notes\": null\n        }",
            (Format::Json, Some(true)) => "\n]",
            (Format::Json, Some(false)) => "]",
            _ => "",
        }
    }

    fn head(&self) -> String {
        format!("{{\"schema\":{SCHEMA},\"command\":{},", Value::from(self.command.clone()))
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
    if format == Format::Jsonl && table.told {
        return Ok(());
    }
    let keys = keys(table, format, "row");
    let mut begun = false;
    let mut text = String::new();
    let result = rows(&mut |cells| {
        text.clear();
        if !std::mem::replace(&mut begun, true) {
            text.push_str(&ui.document.open_rows(format, table));
        }
        text.push_str(ui.document.next_row(format));
        match format {
            Format::Json => object(&keys, &cells, &mut text),
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
        let head = ui.document.open_rows(format, table);
        ui.out(&head);
    }
    result
}

/// The line of jsonl that reports a row as soon as it is complete.
pub(super) fn event(table: &Table, event: &'static str, cells: &[Cell]) -> String {
    let mut line = String::new();
    object(&keys(table, Format::Jsonl, event), cells, &mut line);
    line.push('\n');
    line
}

/// BOSH's tables; [`Document::close`] writes the text after the last one.
fn bosh_tables(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    const FORMAT: Format = Format::BoshJson;
    let keys = keys(table, FORMAT, "row");
    let mut part: Option<String> = None;
    let mut text = String::new();
    let result = rows(&mut |cells| {
        text.clear();
        let of = match table.parts {
            Parts::EachDeployment(column) => cells[column].bosh().into_owned(),
            Parts::One | Parts::Deployment(_) => String::new(),
        };
        if part.as_ref() != Some(&of) {
            part = Some(of);
            text.push_str(&ui.document.open_rows(FORMAT, table));
        }
        text.push_str(ui.document.next_row(FORMAT));
        bosh_row(&keys, &cells, &mut text);
        ui.out(&text)
    });
    if part.is_none() && result.is_ok() && !matches!(table.parts, Parts::EachDeployment(_)) {
        let head = ui.document.open_rows(FORMAT, table);
        ui.out(&head);
    }
    result
}

/// A key of each row, already as JSON, and the source of its value.
struct Key {
    text: String,
    value: KeyValue,
}

enum KeyValue {
    Column(usize),
    /// The same value in each row.
    Fixed(String),
}

/// The keys of a row, sorted, as in all objects that snapback writes (and in BOSH's: Go sorts maps).
fn keys(table: &Table, format: Format, event: &str) -> Vec<Key> {
    let columns = match format {
        Format::BoshJson => table.shown.clone(),
        _ => (0..table.columns.len()).collect(),
    };
    let mut keys: Vec<(&str, KeyValue)> =
        columns.into_iter().map(|at| (table.columns[at].key, KeyValue::Column(at))).collect();
    if format == Format::Jsonl {
        keys.push(("schema", KeyValue::Fixed(SCHEMA.to_string())));
        keys.push(("event", KeyValue::Fixed(Value::from(event).to_string())));
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
