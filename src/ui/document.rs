//! The answer for programs: exactly one document on stdout whatever the exit status, streamed row by row.

use serde_json::{Map, Value, json};

use super::{Cell, Format, Table, Ui};
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
                let tables = if self.begun { "" } else { "{\n    \"Tables\": null" };
                let lines = if self.lines.is_empty() {
                    "null".to_owned()
                } else {
                    let lines: Vec<String> =
                        self.lines.iter().map(|line| format!("        {}", Value::from(line.as_str()))).collect();
                    format!("[\n{}\n    ]", lines.join(",\n"))
                };
                format!("{tables},\n    \"Blocks\": null,\n    \"Lines\": {lines}\n}}\n")
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

    fn head(&self) -> String {
        format!("{{\"schema\":{SCHEMA},\"command\":\"{}\",", self.command)
    }
}

pub(super) fn table(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    let format = ui.style().format;
    let begin = match format {
        Format::BoshJson => bosh_head(table),
        Format::Json => format!("{}\"{}\":[", ui.document.head(), table.content),
        Format::Tsv => {
            let keys: Vec<&str> = table.columns.iter().map(|column| column.key).collect();
            format!("{}\n", keys.join("\t"))
        }
        Format::Text | Format::Jsonl | Format::Cid => String::new(),
    };
    let mut begun = false;
    let mut first = true;
    let result = rows(&mut |cells| {
        let mut text = String::new();
        if !begun {
            text.push_str(&begin);
            begun = true;
        }
        match format {
            Format::BoshJson => {
                text.push_str(if first { "\n" } else { ",\n" });
                bosh_row(table, &cells, &mut text);
            }
            Format::Json => {
                text.push_str(if first { "\n" } else { ",\n" });
                text.push_str(&Value::Object(object(table, &cells)).to_string());
            }
            Format::Jsonl => {
                let mut line =
                    Map::from_iter([("schema".to_owned(), json!(SCHEMA)), ("event".to_owned(), json!("row"))]);
                line.extend(object(table, &cells));
                text.push_str(&format!("{}\n", Value::Object(line)));
            }
            Format::Tsv => {
                let fields: Vec<String> = cells.iter().map(Cell::tsv).collect();
                text.push_str(&format!("{}\n", fields.join("\t")));
            }
            Format::Cid => {
                if let Some(Cell::Text(cid)) = table.cid.map(|column| &cells[column]) {
                    text.push_str(&format!("{cid}\n"));
                }
            }
            Format::Text => {}
        }
        first = false;
        ui.out(&text)
    });
    if !begun && result.is_ok() {
        ui.out(&begin);
        begun = true;
    }
    if begun {
        ui.document.begun = true;
        match (format, first) {
            (Format::BoshJson, true) => ui.out("],\n            \"Notes\": null\n        }\n    ]"),
            (Format::BoshJson, false) => ui.out("\n            ],\n            \"Notes\": null\n        }\n    ]"),
            (Format::Json, false) => ui.out("\n"),
            _ => true,
        };
    }
    result
}

fn object(table: &Table, cells: &[Cell]) -> Map<String, Value> {
    table.columns.iter().zip(cells).map(|(column, cell)| (column.key.to_owned(), cell.value())).collect()
}

/// BOSH's keys are sorted, as Go's maps are when they are encoded.
fn sorted(table: &Table) -> Vec<usize> {
    let mut columns = table.shown.clone();
    columns.sort_by_key(|column| table.columns[*column].key);
    columns
}

fn bosh_head(table: &Table) -> String {
    let header: Vec<String> = sorted(table)
        .into_iter()
        .map(|column| {
            let column = table.columns[column];
            format!("                \"{}\": {}", column.key, Value::from(column.title))
        })
        .collect();
    format!(
        "{{\n    \"Tables\": [\n        {{\n            \"Content\": \"{}\",\n            \"Header\": {{\n{}\n            }},\n            \"Rows\": [",
        table.content,
        header.join(",\n")
    )
}

fn bosh_row(table: &Table, cells: &[Cell], text: &mut String) {
    text.push_str("                {\n");
    for (at, column) in sorted(table).into_iter().enumerate() {
        let separator = if at == 0 { "" } else { ",\n" };
        let value = Value::from(cells[column].bosh());
        text.push_str(&format!("{separator}                    \"{}\": {value}", table.columns[column].key));
    }
    text.push_str("\n                }");
}
