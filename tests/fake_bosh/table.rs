//! Tables as the bosh CLI prints them (bosh-cli `ui/table/`).

use std::fmt::Write;

use serde::Serialize;
use serde_json::{Map, Value};

pub struct Table {
    pub title: String,
    pub content: &'static str,
    pub header: Vec<&'static str>,
    pub rows: Vec<Vec<String>>,
    pub notes: Option<Vec<String>>,
    pub transpose: bool,
}

/// `ui/json_ui.go`, `tableResp`.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Typed {
    content: String,
    header: Map<String, Value>,
    rows: Vec<Map<String, Value>>,
    notes: Option<Vec<String>>,
}

/// `ui/table/headers.go`, `KeyifyHeader`.
fn key(title: &str) -> String {
    let clean: String = title.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { ' ' }).collect();
    clean.split_whitespace().collect::<Vec<_>>().join("_")
}

impl Table {
    pub fn new(content: &'static str, header: &[&'static str], rows: Vec<Vec<String>>) -> Self {
        Table { title: String::new(), content, header: header.to_vec(), rows, notes: None, transpose: false }
    }

    pub fn typed(&self) -> Typed {
        let header = self.header.iter().map(|title| (key(title), Value::from(*title))).collect();
        let row = |row: &Vec<String>| {
            self.header.iter().zip(row).map(|(title, cell)| (key(title), Value::from(cell.as_str()))).collect()
        };
        Typed {
            content: self.content.to_owned(),
            header,
            rows: self.rows.iter().map(row).collect(),
            notes: self.notes.clone(),
        }
    }

    /// In a pipe: no decorations, and TABs (`ui/non_tty_ui.go`).
    pub fn in_a_pipe(&self) -> String {
        lay_out(&self.lines(false), "\t")
    }

    pub fn on_a_terminal(&self) -> String {
        let mut text = if self.title.is_empty() { String::new() } else { format!("{}\n\n", self.title) };
        text += &lay_out(&self.lines(true), "  ");
        if let Some(notes) = &self.notes {
            text += &format!("\n{}\n", notes.join("\n"));
        }
        text + &format!("\n{} {}\n", self.rows.len(), self.content)
    }

    fn lines(&self, decorated: bool) -> Vec<Vec<String>> {
        if self.transpose {
            let pairs = self.rows.iter().flat_map(|row| self.header.iter().zip(row));
            return pairs
                .map(
                    |(title, cell)| {
                        if decorated { vec![(*title).to_owned(), cell.clone()] } else { vec![cell.clone()] }
                    },
                )
                .collect();
        }
        let mut lines = Vec::new();
        if decorated {
            lines.push(self.header.iter().map(|title| (*title).to_owned()).collect());
        }
        let mut before = None;
        for row in &self.rows {
            let mut row = row.clone();
            let first = row[0].clone();
            if decorated && before.as_ref() == Some(&first) {
                "~".clone_into(&mut row[0]);
            }
            before = Some(first);
            lines.push(row);
        }
        lines
    }
}

/// `ui/table/writer.go`: the last column is not padded.
fn lay_out(rows: &[Vec<String>], border: &str) -> String {
    let cells: Vec<Vec<Vec<String>>> = rows
        .iter()
        .map(|row| {
            let shown = row.iter().map(|cell| if cell.is_empty() { "-" } else { cell });
            shown.map(|cell| cell.split('\n').map(str::to_owned).collect()).collect()
        })
        .collect();
    let columns = cells.first().map_or(0, Vec::len);
    let width = |column: usize| cells.iter().flat_map(|row| &row[column]).map(String::len).max().unwrap_or(0);
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &cells {
        for line in 0..row.iter().map(Vec::len).max().unwrap_or(1) {
            for (column, cell) in row.iter().enumerate() {
                let part = cell.get(line).map_or("", String::as_str);
                let width = if column + 1 == columns { 0 } else { widths[column] };
                write!(text, "{part:width$}{border}").unwrap();
            }
            text.push('\n');
        }
    }
    text
}
