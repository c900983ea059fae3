//! Every table at widths of 40 to 200 columns: no CID, no id and no command is broken, and no line is wider than the
//! terminal, unless one word is.
#![cfg(debug_assertions)]

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use snapback::environment::Environment;
use snapback::ops::Interrupt;
use snapback::ui::{Screen, Streams};

use crate::support::{NOW, Sandbox};

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

/// Runs a command within this process, on a terminal of so many columns, and gives what stdout and stderr show.
pub fn shown(sandbox: &Sandbox, arguments: &[&str], columns: Option<usize>) -> [String; 2] {
    let sinks = [Sink::default(), Sink::default()];
    let streams = Streams {
        stdout: Box::new(sinks[0].clone()),
        stderr: Box::new(sinks[1].clone()),
        stdin: Box::new(std::io::empty()),
        stdin_is_terminal: false,
        stdout_is_terminal: columns.is_some(),
        stderr_is_terminal: columns.is_some(),
        stdout_columns: columns,
        stderr_columns: columns,
        screen: Screen::default(),
    };
    let variables = [("PATH", "/usr/bin:/bin"), ("USER", "tester"), ("NO_COLOR", "1"), ("SNAPBACK_TEST_NOW", NOW)];
    let environment = Environment {
        variables: variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into(),
        program: env!("CARGO_BIN_EXE_snapback").into(),
    };
    let manifest = sandbox.path("director.yml");
    let words = ["snapback", "-m", manifest.to_str().unwrap()].iter().chain(arguments).map(Into::into).collect();
    snapback::run(words, environment, streams, Interrupt::default());
    sinks.map(|sink| String::from_utf8(sink.0.lock().unwrap().clone()).unwrap())
}

/// The values of a row that nobody must break: CIDs, ids, commands.
fn whole(document: &Value) -> BTreeSet<(String, String)> {
    const KEYS: [&str; 14] = [
        "cid",
        "disk_cid",
        "old_disk_cid",
        "safety_snapshot_cid",
        "vm_cid",
        "operation",
        "about",
        "next",
        "command",
        "arguments",
        "does",
        "id",
        "adopt",
        "abandon",
    ];
    let Some(fields) = document.as_object() else { return BTreeSet::new() };
    let rows = fields.values().filter_map(Value::as_array).flatten().filter_map(Value::as_object);
    let cells = rows.flat_map(|row| row.iter().filter(|(key, _)| KEYS.contains(&key.as_str())));
    cells.filter_map(|(key, cell)| Some((key.clone(), cell.as_str()?.to_owned()))).collect()
}

/// The words, without what draws them.
fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(|word| word.trim_matches(|c| ".,;:()".contains(c)).to_owned()).collect()
}

/// What a line may be wider for: one word, or one command.
fn is_one_piece(line: &str) -> bool {
    let line = line.trim();
    let command = ["snapback ", "bosh ", "`"].iter().any(|begin| line.starts_with(begin));
    command || !line.contains(' ')
}

fn check(sandbox: &Sandbox, arguments: &[&str]) -> usize {
    let [wide, wide_chatter] = shown(sandbox, arguments, Some(10_000));
    let [json, _] = shown(sandbox, &[arguments, &["--output", "json"]].concat(), None);
    let all = whole(&serde_json::from_str(&json).unwrap_or(Value::Null));
    let known = words(&(wide.clone() + &wide_chatter));
    let mut rows = 0;
    for columns in (40..=200).step_by(4).chain([79, 81, 119, 121]) {
        let [text, chatter] = shown(sandbox, arguments, Some(columns));
        let place = || format!("{arguments:?} at {columns} columns:\n{text}\n{chatter}");
        for line in text.lines().chain(chatter.lines()) {
            let wide = line.chars().count() > columns;
            assert!(!wide || is_one_piece(line), "'{line}' is too wide: {}", place());
        }
        let (table, left_out) = text.split_once("No room for: ").unwrap_or((&text, ""));
        for word in words(&(table.to_owned() + &chatter)) {
            let time = word.len() == 10 && word.starts_with("20");
            let known = known.contains(&word) || time || left_out.contains(&word);
            assert!(known, "'{word}' is only a part of something: {}", place());
        }
        for (key, value) in all.iter().filter(|(_, value)| wide.contains(value.as_str())) {
            let title = key.replace('_', " ");
            let named = left_out.replace('\n', " ").to_lowercase().contains(&title);
            assert!(named || text.contains(value.as_str()), "{key} '{value}' is not in one piece: {}", place());
            rows += 1;
        }
    }
    rows
}

#[test]
fn no_table_breaks_a_cid_an_id_or_a_command() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    let set = sandbox.take("db/1");
    sandbox
        .run(&["hold", &set, "--reason", "an audit that takes longer than anybody thought it would"])
        .quiet_success();
    sandbox.run(&["schedule", "at", "2099-01-01 02:00", "--", "-d", "prod", "take", "db/1"]).quiet_success();
    let killed = sandbox.prepare(&["take", "db/1"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 137);
    let restored = sandbox.rows(&["operations"], "operations")[2]["operation"].as_str().unwrap().to_owned();
    let mut found = 0;
    for arguments in [
        &["snapshots"][..],
        &["snapshots", "--wide"],
        &["snapshots", "--column=cid", "--column=disk_cid", "--column=operation"],
        &["instances"],
        &["instances", "--details"],
        &["disks"],
        &["disks", "--orphaned"],
        &["operations"],
        &["operations", &restored],
        &["check"],
        &["status"],
        &["doctor"],
        &["cpis"],
        &["manifest"],
        &["schedule", "show"],
        &["schedule", "list"],
        &["schedule", "next"],
        &["prune", "--dry-run"],
        &["recover", "--dry-run"],
        &["restore", &cid, "--dry-run"],
        &["restore", "--latest", "db/0", "--dry-run"],
        &["undo", "--dry-run"],
        &["take", "--dry-run", "db/0"],
        &["drill", &cid, "--dry-run"],
        &["delete", &cid, "--dry-run"],
        &["-d", "prod", "delete-all", "--dry-run"],
    ] {
        found += check(&sandbox, arguments);
    }
    assert!(found > 2000, "only {found} values were looked for");
}

/// The deployment `test` beside `prod`, with an instance of the same name.
fn with_another_deployment(sandbox: &Sandbox) {
    sandbox.make_disk("disk-other", 1 << 20, "other");
    sandbox.make_vm("vm-other", &["disk-other"]);
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let other = "  - name: test\n    instances:\n      - name: db/0\n        vm_cid: vm-other\n        managed_by: nobody\n        \
                 disks:\n          - cid: disk-other\n            size_mib: 1\n";
    sandbox.write("both.yml", &(inventory + other));
    sandbox.run(&["import", "both.yml"]).quiet_success();
}

/// A row stays a line of a table: what there is no room for is left out, and named with how to see it.
#[test]
fn lists_with_usual_rows_are_tables_at_80_columns() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    with_another_deployment(&sandbox);
    let at = |arguments: &[&str]| sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", NOW).go();
    at(&["take", "--all-deployments"]).quiet_success();
    let cid = at(&["-d", "prod", "take", "db/0", "--output", "cid"]).stdout.trim().to_owned();
    for arguments in [&["-n", "restore", &cid][..], &["-n", "undo"], &["-n", "delete", &cid]] {
        at(arguments).quiet_success();
    }
    let [operations, _] = shown(&sandbox, &["operations"], Some(10_000));
    let restored = operations.lines().find(|line| line.contains("  restore  ")).unwrap();
    let restored = restored.split(' ').next().unwrap().to_owned();
    for (arguments, titles, seen_by) in [
        (&["operations"][..], "Operation Verb State", "add --wide"),
        (&["operations", &restored], "# Step", "add --wide"),
        (&["status"], "Deployment Instance State CID", "add --wide"),
        (&["prune", "--dry-run"], "Instance CID", "add --output json"),
        (&["disks", "--orphaned"], "Disk CID", "add --wide"),
        (&["snapshots"], "Instance CID", "add --wide"),
    ] {
        let [text, _] = shown(&sandbox, arguments, Some(80));
        let place = || format!("{arguments:?}:\n{text}");
        let begins = |words: &str| {
            let line = text.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>();
            line.starts_with(&words.split(' ').collect::<Vec<_>>()) && line.len() > 2
        };
        assert!(begins(titles), "{}", place());
        let (_, left_out) = text.split_once("No room for: ").unwrap_or_else(|| panic!("{}", place()));
        let left_out = left_out.replace('\n', " ");
        let (left_out, told) = left_out.split_once(". To see them: ").unwrap_or_else(|| panic!("{}", place()));
        assert_eq!(told.trim(), seen_by, "{}", place());
        if seen_by == "add --wide" {
            let [wide, _] = shown(&sandbox, &[arguments, &["--wide"]].concat(), Some(10_000));
            assert!(left_out.split(", ").all(|title| wide.lines().next().unwrap().contains(title)), "{}", place());
        }
    }
    // What is named is shown, in each verb that lists.
    for (arguments, column) in [
        (&["operations"][..], "verb"),
        (&["operations", &restored], "kind"),
        (&["status"], "instance"),
        (&["cpis"], "cpi"),
        (&["schedule", "show"], "schedule"),
    ] {
        let named = sandbox.run(&[arguments, &["--column", column, "--json"]].concat());
        let document: Value = serde_json::from_str(&named.stdout).unwrap();
        let header = document["Tables"][0]["Header"].as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(header, [column], "{arguments:?}");
    }
}

#[test]
fn rows_of_several_deployments_say_of_which_and_repeat_their_instance() {
    let sandbox = Sandbox::with(&["db/0"]);
    with_another_deployment(&sandbox);
    let taken = sandbox.prepare(&["take", "--all-deployments"]).env("BOSH_TTY", "true").go();
    let listed = sandbox.prepare(&["snapshots"]).env("BOSH_TTY", "true").go();
    for ran in [&taken, &listed] {
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(!ran.stdout.contains('~'), "{ran:?}");
        assert!(ran.stdout.lines().next().unwrap().trim_end().ends_with("Deployment"), "{ran:?}");
        let of = |name: &str| {
            ran.stdout.lines().filter(|line| line.starts_with("db/0 ") && line.trim_end().ends_with(name)).count()
        };
        assert_eq!((of("  prod"), of("  test")), (1, 1), "{ran:?}");
    }
    // In a pipe the column is the last one. A script gets it whatever rows there are, unless it names a deployment.
    let deployments = |arguments: &[&str]| -> Vec<String> {
        let piped = sandbox.run(arguments).stdout;
        piped.lines().map(|line| line.split('\t').nth(4).unwrap_or_default().trim().to_owned()).collect()
    };
    let keys = |arguments: &[&str]| {
        let json = sandbox.run(&[arguments, &["--json"]].concat()).stdout;
        let document: Value = serde_json::from_str(&json).unwrap();
        let table = &document["Tables"][0];
        let rows = table["Rows"].as_array().unwrap();
        assert!(table["Header"].get("deployment").is_some() == rows.iter().all(|row| row.get("deployment").is_some()));
        rows.iter().map(|row| row["deployment"].as_str().unwrap_or_default().to_owned()).collect::<Vec<_>>()
    };
    for all in [deployments(&["snapshots"]), keys(&["snapshots"])] {
        assert_eq!(all.into_iter().collect::<BTreeSet<_>>(), ["prod", "test"].map(str::to_owned).into());
    }
    let later = &["snapshots", "--before", "2000-01-01"][..];
    assert!(sandbox.run(&[later, &["--json"]].concat()).stdout.contains("\"deployment\": \"Deployment\""));
    for of_one in [deployments(&["-d", "prod", "snapshots"]), keys(&["-d", "prod", "snapshots"])] {
        assert!(!of_one.is_empty() && of_one.iter().all(String::is_empty), "{of_one:?}");
    }
    let one = sandbox.prepare(&["-d", "prod", "snapshots"]).env("BOSH_TTY", "true").go().stdout;
    assert!(!one.contains("Deployment"), "{one}");
    // Columns that are named are left as they are; and still no row of another deployment is a further one.
    let named = sandbox.prepare(&["snapshots", "--column=instance"]).env("BOSH_TTY", "true").go().stdout;
    assert!(!named.contains("Deployment") && !named.contains('~'), "{named}");
    assert_eq!(keys(&["take", "--all-deployments"]).into_iter().collect::<BTreeSet<_>>().len(), 2);
    // If all rows are of one deployment, too.
    sandbox.run(&["-n", "-d", "test", "delete-all"]).quiet_success();
    assert!(deployments(&["snapshots"]).iter().all(|of| of == "prod"));
}
