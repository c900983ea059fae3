//! What `snapshots` prints, beside what the real `bosh` CLI 7.10.6 printed for the same rows
//! (`fixtures/bosh/cli`; the bytes after the lines that name the environment).
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::Sandbox;

fn fixture(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh");
    fs::read_to_string(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The rows that stood behind the real CLI.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    sandbox.write("instances.json", &fixture("instances_details.json"));
    sandbox.write("snapshots.json", &fixture("snapshots.json"));
    sandbox.write("orphaned.json", &fixture("disks_orphaned.json"));
    sandbox.run(&["import", "instances.json", "snapshots.json", "orphaned.json"]).quiet_success();
    sandbox
}

/// What a terminal got, from the header on: without the carriage returns that the terminal adds, and without the
/// closing "Succeeded", which is chatter.
fn on_a_terminal(name: &str) -> String {
    let text = fixture(name).replace("\r\n", "\n");
    let table = &text[text.find("\x1b[1m").unwrap()..];
    table.strip_suffix("\nSucceeded\n").unwrap().to_owned()
}

fn tables(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["Tables"].clone()
}

/// All of a document but its last value, `Lines`, which names the environment.
fn before_the_lines(text: &str) -> &str {
    text.split("\n    \"Lines\":").next().unwrap()
}

#[test]
fn in_a_pipe() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&["snapshots"]).stdout, fixture("cli/snapshots_pipe.stdout"));
    let columns = sandbox.run(&["snapshots", "--column", "cid", "--column", "Created At"]);
    assert_eq!(columns.stdout, fixture("cli/snapshots_columns_pipe.stdout"));
    let swapped = sandbox.run(&["snapshots", "--column", "created_at", "--column", "CID"]);
    assert_eq!(swapped.stdout, columns.stdout, "the table's order, as the CLI's");
}

#[test]
fn on_a_terminal_too() {
    let sandbox = sandbox();
    let shown = |arguments: &[&str]| sandbox.prepare(arguments).on_a_terminal().stdout;
    assert_eq!(shown(&["snapshots"]), on_a_terminal("cli/snapshots_tty.stdout"));
    let columns = shown(&["snapshots", "--column=cid", "--column=created at"]);
    assert_eq!(columns, on_a_terminal("cli/snapshots_columns_tty.stdout"));
    assert_eq!(shown(&["snapshots", "nobody"]), on_a_terminal("cli/snapshots_empty_tty.stdout"));
    let dumb = sandbox.prepare(&["snapshots"]).env("TERM", "dumb").on_a_terminal().stdout;
    let forced = fixture("cli/snapshots_forced_tty.stdout");
    let table = &forced[forced.find("Instance ").unwrap()..];
    assert_eq!(dumb, table.strip_suffix("\nSucceeded\n").unwrap());
    assert_eq!(sandbox.run(&["snapshots", "--tty"]).stdout, dumb, "forced, it has no colours");
}

#[test]
fn as_json() {
    let sandbox = sandbox();
    for (arguments, name) in [
        (&["snapshots", "--json"][..], "cli/snapshots_json.stdout"),
        (&["snapshots", "--json", "--column", "cid", "--column", "created at"], "cli/snapshots_columns_json.stdout"),
        (&["snapshots", "nobody", "--json"], "cli/snapshots_empty_json.stdout"),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(before_the_lines(&ran.stdout), before_the_lines(&fixture(name)), "{arguments:?}");
        assert!(ran.stdout.ends_with("    ]\n}") && fixture(name).ends_with("    ]\n}"));
        assert_eq!(tables(&ran.stdout), tables(&fixture(name)));
    }
}
