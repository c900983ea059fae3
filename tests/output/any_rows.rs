//! Whatever stands in rows and errors: programs read back what it was, and terminals get none of what is not seen.

use crate::support;

use std::io::Write;
use std::sync::{Arc, Mutex};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use serde_json::{Map, Value, json};
use snapback::error::{Error, Kind};
use snapback::exit_code::ExitCode;
use snapback::ui::{Cell, Column, Format, Streams, Style, Table, TableKind, Ui};
use support::Sandbox;

/// What no terminal shall get: controls of C0 and C1, DEL, directions, and what has no width.
fn hostile(c: char) -> bool {
    (c.is_control() && c != '\n')
        || "\u{ad}\u{61c}\u{180e}\u{feff}".contains(c)
        || ('\u{200b}'..='\u{200f}').contains(&c)
        || ('\u{2028}'..='\u{202e}').contains(&c)
        || ('\u{2060}'..='\u{206f}').contains(&c)
}

/// What a sink has got.
#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// What a command prints that shows these rows and ends with these errors: stdout and stderr.
fn show(style: Style, table: &Table, rows: &[Vec<Cell>], errors: Vec<Error>) -> (String, String) {
    let (stdout, stderr) = (Sink::default(), Sink::default());
    let streams = Streams {
        stdout: Box::new(stdout.clone()),
        stderr: Box::new(stderr.clone()),
        stdin: Box::new(&b"yes\n"[..]),
        stdin_is_terminal: false,
        stdout_is_terminal: style.terminal,
        stderr_is_terminal: style.terminal,
        stdout_columns: None,
        stderr_columns: None,
        screen: snapback::ui::Screen::default(),
    };
    let mut ui = Ui::new(streams, style, Some("snapshots"));
    if let Some(Cell::Text(text)) = rows.first().and_then(|row| row.first()) {
        ui.say(text);
        ui.warn(text);
    }
    ui.confirm().unwrap();
    ui.table(table, |show| {
        for row in rows {
            show(row.clone());
        }
        Ok(())
    })
    .unwrap();
    let status = if errors.is_empty() { ExitCode::DONE } else { ExitCode::CPI };
    errors.into_iter().for_each(|error| ui.error(error));
    ui.end(status);
    (stdout.text(), stderr.text())
}

fn plain(format: Format) -> Style {
    Style { format, terminal: false, color: false, quiet: false }
}

const KEYS: [(&str, &str); 6] =
    [("instance", "Instance"), ("cid", "CID"), ("note", "Note"), ("size", "Size"), ("at", "At"), ("deployment", "D")];

fn table(kind: TableKind, columns: usize) -> Table {
    let columns: Vec<Column> = KEYS[..columns].iter().map(|(key, title)| Column::new(key, title)).collect();
    Table::new("things", kind, &columns, Some("instance"))
}

/// Text that is likely to break something.
fn text() -> impl Strategy<Value = String> {
    let special = prop::sample::select(
        "\0\u{1}\t\n\r\u{1b}\u{7f}\u{85}\u{9b}\u{9d}\u{ad}\u{61c}\u{200b}\u{200d}\u{200f}\u{2028}\u{2029}\u{202e}\u{2066}\
         \u{2069}\u{feff}\u{e0041}\\\"'<>&/ az;,:{}[]ü雪🦀"
            .chars()
            .collect::<Vec<char>>(),
    );
    let piece = prop_oneof![
        4 => prop::collection::vec(special, 0..6).prop_map(|chars| chars.into_iter().collect::<String>()),
        2 => any::<String>(),
        1 => Just("\u{1b}]0;owned\u{7}".to_owned()),
        1 => Just("\\n\\t\\\\".to_owned()),
        1 => Just("\"event\":\"end\"".to_owned()),
    ];
    prop::collection::vec(piece, 0..3).prop_map(|pieces| pieces.concat())
}

fn cell() -> impl Strategy<Value = Cell> {
    let time =
        (-2_000_000_000_000_i64..250_000_000_000_000).prop_map(|ms| DateTime::from_timestamp_millis(ms).unwrap());
    prop_oneof![
        1 => Just(Cell::Missing),
        5 => text().prop_map(Cell::Text),
        2 => prop::collection::vec(text(), 0..4).prop_map(Cell::Lines),
        1 => (text(), text()).prop_map(|(bosh, own)| Cell::Called { bosh, own }),
        1 => any::<bool>().prop_map(Cell::Bool),
        1 => any::<u64>().prop_map(Cell::Number),
        1 => any::<u64>().prop_map(Cell::Mib),
        1 => time.prop_map(Cell::Time),
        1 => any::<i64>().prop_map(Cell::Span),
        1 => (-9_000_000_i64..9_000_000_000).prop_map(Cell::Took),
    ]
}

fn rows() -> impl Strategy<Value = (usize, Vec<Vec<Cell>>)> {
    (1..=KEYS.len()).prop_flat_map(|columns| {
        let row = prop::collection::vec(cell(), columns);
        prop::collection::vec(row, 0..6).prop_map(move |rows| (columns, rows))
    })
}

fn error() -> impl Strategy<Value = Error> {
    (text(), text(), text()).prop_map(|(message, cause, hint)| {
        Error::because(Kind::Cpi, message, cause).hint(hint.clone()).try_command(format!("snapback {hint}"))
    })
}

fn rfc3339(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

/// What a program shall read for a cell.
fn typed(cell: &Cell) -> Value {
    match cell {
        Cell::Missing => Value::Null,
        Cell::Text(text) | Cell::Called { own: text, .. } => json!(text),
        Cell::Lines(lines) => json!(lines),
        Cell::Bool(value) => json!(value),
        Cell::Number(value) | Cell::Mib(value) => json!(value),
        Cell::Time(time) => json!(rfc3339(time)),
        Cell::Span(seconds) => json!(seconds),
        Cell::Took(millis) => json!(*millis as f64 / 1000.0),
    }
}

fn object(row: &[Cell], value: impl Fn(&Cell) -> Value) -> Value {
    Value::Object(KEYS.iter().zip(row).map(|((key, _), cell)| ((*key).to_owned(), value(cell))).collect())
}

fn unescaped(cell: &str) -> String {
    let mut text = String::new();
    let mut rest = cell.chars();
    while let Some(c) = rest.next() {
        text.push(match c {
            '\\' => match rest.next().unwrap() {
                't' => '\t',
                'n' => '\n',
                'r' => '\r',
                '\\' => '\\',
                other => panic!("\\{other} in {cell:?}"),
            },
            c => c,
        });
    }
    text
}

fn messages(errors: &[Error]) -> Vec<String> {
    errors.iter().map(Error::in_one_line).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn json_reads_back(((columns, rows), errors) in (rows(), prop::collection::vec(error(), 0..3))) {
        let told = messages(&errors);
        let (stdout, _) = show(plain(Format::Json), &table(TableKind::Bosh, columns), &rows, errors);
        let found: Value = serde_json::from_str(&stdout).unwrap();
        let expected: Vec<Value> = rows.iter().map(|row| object(row, typed)).collect();
        prop_assert_eq!(&found["things"], &Value::from(expected));
        let errors: Vec<&str> = found["errors"].as_array().unwrap().iter().map(|e| e["message"].as_str().unwrap()).collect();
        prop_assert_eq!(errors, told);
        prop_assert!(!stdout.contains(hostile), "{stdout:?}");
    }

    #[test]
    fn jsonl_reads_back(((columns, rows), errors) in (rows(), prop::collection::vec(error(), 0..3))) {
        let told = messages(&errors);
        let (stdout, _) = show(plain(Format::Jsonl), &table(TableKind::Own, columns), &rows, errors);
        let mut lines: Vec<Map<String, Value>> = stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        prop_assert_eq!(stdout.matches("\"event\":\"end\"").count(), 1, "{}", stdout);
        prop_assert_eq!(&lines.pop().unwrap()["event"], "end");
        let failed = lines.split_off(rows.len());
        for (line, row) in lines.iter_mut().zip(&rows) {
            prop_assert_eq!((line.remove("event"), line.remove("schema")), (Some(json!("row")), Some(json!(1))));
            prop_assert_eq!(&Value::from(line.clone()), &object(row, typed));
        }
        let errors: Vec<&str> = failed.iter().map(|line| line["error"]["message"].as_str().unwrap()).collect();
        prop_assert_eq!(errors, told);
        prop_assert!(!stdout.contains(hostile), "{stdout:?}");
    }

    #[test]
    fn boshs_json_reads_back(((columns, rows), error) in (rows(), error())) {
        let told = error.in_one_line();
        for table in [table(TableKind::Bosh, columns), table(TableKind::Bosh, columns).by_deployment(None)] {
            let (stdout, _) = show(plain(Format::BoshJson), &table, &rows, Vec::new());
            let found: Value = serde_json::from_str(&stdout).unwrap();
            let tables = found["Tables"].as_array().into_iter().flatten();
            let all: Vec<Value> = tables.flat_map(|table| table["Rows"].as_array().unwrap().clone()).collect();
            let expected: Vec<Value> = rows.iter().map(|row| object(row, |cell| json!(cell.bosh()))).collect();
            prop_assert_eq!(all, expected);
            prop_assert!(found["Lines"].as_array().unwrap().contains(&json!("Succeeded")));
        }
        let (stdout, _) = show(plain(Format::BoshJson), &table(TableKind::Bosh, columns), &rows, vec![error]);
        let found: Value = serde_json::from_str(&stdout).unwrap();
        let lines: Vec<&str> = found["Lines"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect();
        prop_assert!(told.lines().all(|line| lines.contains(&line)), "{told:?} in {lines:?}");
    }

    #[test]
    fn tsv_reads_back((columns, rows) in rows()) {
        let (stdout, _) = show(plain(Format::Tsv), &table(TableKind::Bosh, columns), &rows, Vec::new());
        let mut lines = stdout.split_terminator('\n');
        let keys: Vec<&str> = KEYS[..columns].iter().map(|(key, _)| *key).collect();
        prop_assert_eq!(lines.next().unwrap().split('\t').collect::<Vec<_>>(), keys);
        let found: Vec<Vec<String>> = lines.map(|line| line.split('\t').map(unescaped).collect()).collect();
        let own = |cell: &Cell| match typed(cell) {
            Value::Number(seconds) if matches!(cell, Cell::Took(_)) => format!("{:.3}", seconds.as_f64().unwrap()),
            Value::Null => String::new(),
            Value::String(text) => text,
            Value::Array(lines) => lines.iter().map(|line| line.as_str().unwrap()).collect::<Vec<_>>().join("\n"),
            other => other.to_string(),
        };
        let expected: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(own).collect()).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn nothing_unseen_reaches_a_terminal(
        ((columns, rows), errors, own, color) in (rows(), prop::collection::vec(error(), 0..3), any::<bool>(), any::<bool>())
    ) {
        let kind = if own { TableKind::Own } else { TableKind::Bosh };
        for table in [table(kind, columns), table(kind, columns).by_deployment(None)] {
            let style = Style { format: Format::Text, terminal: true, color, quiet: false };
            let errors = errors.iter().map(|error| Error::because(error.kind(), error.message(), error.causes().join("")));
            let errors: Vec<Error> = errors.map(|error| error.hint("\u{1b}[2Ja\u{202e}")).collect();
            let (stdout, stderr) = show(style, &table, &rows, errors);
            let colors = ["\u{1b}[1m", "\u{1b}[22m", "\u{1b}[31m", "\u{1b}[33m", "\u{1b}[0m"];
            let shown = colors.iter().fold(stdout + &stderr, |text, code| text.replace(code, ""));
            prop_assert!(color || !shown.contains("\x1b"));
            prop_assert!(!shown.contains(hostile), "{shown:?}");
        }
        // A pipe may well end at a terminal: `snapback snapshots | less -r`. There a TAB follows each cell.
        let (stdout, _) = show(plain(Format::Text), &table(kind, columns), &rows, Vec::new());
        prop_assert!(!stdout.replace('\t', "").contains(hostile), "{stdout:?}");
    }
}

/// Text as nobody would name a thing, that an SQL literal can hold.
const NASTY: &str = "\u{1b}]0;owned\u{7}\u{1b}[31;99m\u{9b}2J\u{7f}\u{8}\u{202e}\u{2066}\u{200b}\u{feff}\r";

#[test]
fn no_command_shows_what_is_unseen() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.take("db/1");
    let killed = sandbox.prepare(&["take", "db/1"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 137);
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    for (table, columns) in [
        ("snapshots", "cid note az deployment operation"),
        ("disks", "az deployment origin"),
        ("instances", "az agent_id vm_cid uuid deployment"),
        ("deployments", "name"),
        ("operations", "arguments user host summary"),
        ("steps", "result"),
    ] {
        for column in columns.split(' ') {
            let sql = format!("UPDATE {table} SET {column} = coalesce({column}, '') || ?1");
            connection.execute(&sql, [NASTY]).unwrap();
        }
    }
    drop(connection);
    sandbox.write("nasty", NASTY);
    let operation = sandbox.rows(&["operations"], "operations")[1]["operation"].as_str().unwrap().to_owned();
    let nasty_cid = format!("{cid}{NASTY}");
    let mut seen = 0;
    for arguments in [
        &["snapshots", "--wide"][..],
        &["instances", "--wide"],
        &["disks"],
        &["disks", "--orphaned"],
        &["operations"],
        &["operations", &operation],
        &["recover", "--dry-run"],
        &["recover"],
        &["take"],
        &["take", NASTY],
        &["-d", NASTY, "snapshots"],
        &["promote", NASTY],
        &["promote", &nasty_cid],
        &["delete", NASTY],
        &["delete", &nasty_cid],
        &["delete-all"],
        &["restore", &nasty_cid, "--dry-run"],
        &["undo", "--dry-run"],
        &["import", "nasty"],
        &["import", NASTY],
        &["-m", "nasty", "manifest"],
        &["--state", NASTY, "snapshots"],
        &[NASTY],
        &["snapshots", "--column", NASTY],
    ] {
        let mut ran = sandbox.prepare(arguments).all_on_a_terminal("yes\n");
        // What a progress bar does: it goes to the start of the line, and up, and clears.
        for own in [
            "\u{1b}[1m",
            "\u{1b}[22m",
            "\u{1b}[31m",
            "\u{1b}[32m",
            "\u{1b}[33m",
            "\u{1b}[0m",
            "\u{1b}[2K",
            "\u{1b}[1A",
            "\u{1b}[K",
        ] {
            ran = ran.replace(own, "");
        }
        let found: Vec<char> = ran.chars().filter(|c| hostile(*c) && *c != '\r').collect();
        assert!(found.is_empty(), "{arguments:?} shows {found:?}: {ran:?}");
        seen += usize::from(ran.contains('\u{fffd}'));
    }
    assert!(seen > 15, "only {seen} of them have shown any");
}
