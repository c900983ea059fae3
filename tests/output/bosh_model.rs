//! Any rows, as the bosh CLI prints them: a model of its renderer (cloudfoundry/bosh-cli `ui/table/table.go`,
//! `ui/table/writer.go`, `ui/non_tty_ui.go`, `ui/json_ui.go`), written as plainly as that one, beside snapback's.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use serde::Serialize;
use snapback::exit_code::ExitCode;
use snapback::ui::{Cell, Column, Format, Streams, Style, Table, TableKind, Ui};

/// The column that is shown in colours.
const COLORED: usize = 2;
const COLUMNS: [Column; 5] = [
    Column::new("instance", "Instance"),
    Column::new("az", "AZ"),
    Column::colored("process_state", "Process State"),
    Column::new("disk_cids", "Disk CIDs"),
    Column::new("note", "N"),
];

/// `Table.AsRows` and `Writer`: what is written for rows of which all columns but `shown` are hidden.
fn model(shown: &[usize], rows: &[Vec<String>], terminal: bool, color: bool) -> String {
    let (border, mut rows) = (if terminal { "  " } else { "\t" }, rows.to_vec());
    if terminal {
        let mut last: Option<String> = None;
        for row in &mut rows {
            if last.as_ref() == Some(&row[0]) {
                row[0] = "~".to_owned();
            } else {
                last = Some(row[0].clone());
            }
        }
        rows.insert(0, COLUMNS.map(|column| column.title.to_owned()).to_vec());
    }
    let (mut widths, mut written) = (BTreeMap::<usize, usize>::new(), Vec::new());
    for (number, row) in rows.iter().enumerate() {
        let cells: Vec<Vec<String>> = shown
            .iter()
            .map(|column| {
                let clean = row[*column].replace('\r', "");
                let lines: Vec<String> = clean.split('\n').map(str::to_owned).collect();
                if lines == [""] { vec!["-".to_owned()] } else { lines }
            })
            .collect();
        for (at, lines) in cells.iter().enumerate() {
            let width = widths.entry(at).or_default();
            *width = lines.iter().map(String::len).fold(*width, usize::max);
        }
        for line in 0..cells.iter().map(Vec::len).max().unwrap() {
            written.push((number, cells.iter().map(|lines| lines.get(line).cloned()).collect::<Vec<_>>()));
        }
    }
    let mut text = String::new();
    for (number, cells) in &written {
        for (at, cell) in cells.iter().enumerate() {
            let (header, is_colored) = (terminal && *number == 0, shown[at] == COLORED);
            let plain = cell.clone().unwrap_or_default();
            let drawn = match cell {
                Some(cell) if color && header => format!("\x1b[1m{cell}\x1b[22m"),
                Some(cell) if color && is_colored && rows[*number][COLORED] == "running" => {
                    format!("\x1b[32m{cell}\x1b[0m")
                }
                Some(cell) if color && is_colored => format!("\x1b[31m{cell}\x1b[0m"),
                _ => plain.clone(),
            };
            text += &drawn;
            if at + 1 < cells.len() {
                text += &" ".repeat(widths[&at] - plain.len());
            }
            text += border;
        }
        text += "\n";
    }
    if terminal {
        text += &format!("\n{} things\n", rows.len() - 1);
    }
    text
}

/// `jsonUI`: Go's `MarshalIndent` sorts the keys, and escapes what HTML would misread.
fn json_model(shown: &[usize], rows: &[Vec<String>]) -> String {
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct TableResp<'a> {
        content: &'a str,
        header: BTreeMap<&'a str, &'a str>,
        rows: Vec<BTreeMap<&'a str, &'a str>>,
        notes: Option<()>,
    }
    #[derive(Serialize)]
    #[serde(rename_all = "PascalCase")]
    struct UiResp<'a> {
        tables: [TableResp<'a>; 1],
        blocks: Option<()>,
        lines: [&'a str; 1],
    }
    let of = |row: &'_ [String]| shown.iter().map(|at| (COLUMNS[*at].key, row[*at].clone())).collect::<Vec<_>>();
    let cells: Vec<Vec<(&str, String)>> = rows.iter().map(|row| of(row)).collect();
    let response = UiResp {
        tables: [TableResp {
            content: "things",
            header: shown.iter().map(|at| (COLUMNS[*at].key, COLUMNS[*at].title)).collect(),
            rows: cells.iter().map(|row| row.iter().map(|(key, cell)| (*key, cell.as_str())).collect()).collect(),
            notes: None,
        }],
        blocks: None,
        lines: ["Succeeded"],
    };
    let mut bytes = Vec::new();
    let formatter = serde_json::ser::PrettyFormatter::with_indent(b"    ");
    response.serialize(&mut serde_json::Serializer::with_formatter(&mut bytes, formatter)).unwrap();
    let text = String::from_utf8(bytes).unwrap();
    ['<', '>', '&', '\u{2028}', '\u{2029}']
        .iter()
        .fold(text, |text, c| text.replace(*c, &format!("\\u{:04x}", u32::from(*c))))
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn snapbacks(shown: &[usize], rows: &[Vec<String>], format: Format, terminal: bool, color: bool) -> String {
    let stdout = Sink::default();
    let streams = Streams {
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(std::io::sink()),
        stdin: Box::new(std::io::empty()),
        stdin_is_terminal: false,
        stdout_is_terminal: terminal,
        stderr_is_terminal: false,
        stdout_columns: None,
        stderr_columns: None,
        screen: snapback::ui::Screen::default(),
    };
    let mut ui = Ui::new(streams, Style { format, terminal, color, quiet: false }, Some("things"));
    let mut table = Table::new("things", TableKind::Bosh, &COLUMNS, None);
    table.shown = shown.to_vec();
    ui.table(&table, |show| {
        for row in rows {
            show(row.iter().map(|cell| Cell::Text(cell.clone())).collect());
        }
        Ok(())
    })
    .unwrap();
    ui.end(ExitCode::DONE);
    String::from_utf8(stdout.0.lock().unwrap().clone()).unwrap()
}

/// Cells of one line and of several, wide, empty, combining, alike; and what looks like a part of a table.
fn cell() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "",
        "",
        "-",
        "~",
        "running",
        "failing",
        "z1",
        "10.0.0.1",
        "dätenbank/0",
        "雪雪",
        "🦀",
        "e\u{301}",
        "<z&1>",
        "\"",
        "\\",
        " ",
        "  two  ",
        "\r",
        "a\rb",
        "disk-11111111-1111-4111-8111-111111111111",
    ]);
    prop::collection::vec(word, 1..4).prop_map(|words| words.join("\n"))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_rows_look_as_boshs(
        rows in prop::collection::vec(prop::collection::vec(cell(), COLUMNS.len()), 0..7),
        shown in prop::sample::subsequence((0..COLUMNS.len()).collect::<Vec<_>>(), 1..=COLUMNS.len()),
    ) {
        // No name of an instance and no CID has a carriage return: import refuses it.
        let first = |mut row: Vec<String>| { row[0] = row[0].replace('\r', ""); row };
        let rows: Vec<Vec<String>> = rows.into_iter().map(first).collect();
        let text = |terminal, color| snapbacks(&shown, &rows, Format::Text, terminal, color);
        prop_assert_eq!(text(false, false), model(&shown, &rows, false, false));
        prop_assert_eq!(text(true, false), model(&shown, &rows, true, false));
        prop_assert_eq!(text(true, true), model(&shown, &rows, true, true));
        prop_assert_eq!(snapbacks(&shown, &rows, Format::BoshJson, false, false), json_model(&shown, &rows));
    }
}
