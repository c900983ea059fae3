//! Parses an answer of `bosh --json` (bosh-cli `ui/json_ui.go`): every cell is a string.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{BoshError, Trouble};

/// A row: the cells by the keys of their columns.
pub type Row = BTreeMap<String, String>;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Document {
    tables: Option<Vec<Table>>,
    blocks: Option<Vec<String>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Table {
    rows: Option<Vec<Row>>,
}

fn document(line: &str, text: &str) -> Result<Document, BoshError> {
    serde_json::from_str(text).map_err(|error| BoshError {
        line: line.to_owned(),
        trouble: Trouble::NotJson(format!("JSON that is not an answer of bosh ({error})")),
        task: None,
    })
}

/// The rows of all its tables. `line` is the command, for the error.
pub(super) fn rows(line: &str, text: &str) -> Result<Vec<Row>, BoshError> {
    let tables = document(line, text)?.tables.unwrap_or_default();
    Ok(tables.into_iter().flat_map(|table| table.rows.unwrap_or_default()).collect())
}

/// The text that bosh printed besides tables, joined.
pub(super) fn blocks(line: &str, text: &str) -> Result<String, BoshError> {
    Ok(document(line, text)?.blocks.unwrap_or_default().concat())
}
