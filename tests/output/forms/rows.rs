//! The list of a verb's rows is in its document, whatever goes wrong; and lengths of time are numbers.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::cases::{self, CASES, Case};
use super::document;
use super::schema::Schema;
use crate::support::{Ran, Sandbox};

/// Each verb whose answer has rows, and the list that it has when it does what its first case asks for.
const LISTS: [(&str, &str); 30] = [
    ("snapshots", "snapshots"),
    ("take", "snapshots"),
    ("delete", "snapshots"),
    ("prune", "snapshots"),
    ("hold", "snapshots"),
    ("release", "snapshots"),
    ("delete-all", "snapshots"),
    ("delete-disk", "disks"),
    ("promote", "disks"),
    ("drill", "drills"),
    ("restore", "instances"),
    ("apply", "instances"),
    ("undo", "instances"),
    ("status", "instances"),
    ("recover", "operations"),
    ("check", "findings"),
    ("operations", "operations"),
    ("import", "changes"),
    ("instances", "instances"),
    ("disks", "disks"),
    ("manifest", "settings"),
    ("cpis", "cpis"),
    ("schedule show", "schedules"),
    ("schedule next", "times"),
    ("schedule run", "runs"),
    ("schedule at", "one_offs"),
    ("schedule list", "one_offs"),
    ("schedule cancel", "one_offs"),
    ("doctor", "checks"),
    // It has none.
    ("state backup", ""),
];

/// What a verb does in its first case that succeeds and has these rows.
fn usual(verb: &str) -> &'static Case {
    let others = "a disk is attached again";
    CASES
        .iter()
        .find(|case| case.verb == verb && case.status == 0 && case.what != others)
        .unwrap_or_else(|| panic!("{verb}: no case"))
}

fn has_an_empty(list: &str, ran: &Ran, schema: &Schema, what: &str) {
    let found = document(ran);
    schema.check(&found, what);
    let lists: Vec<(&String, &Value)> =
        found.as_object().unwrap().iter().filter(|(key, value)| value.is_array() && *key != "errors").collect();
    let expected = (list.to_owned(), json!([]));
    assert!(lists == [(&expected.0, &expected.1)] || (list.is_empty() && lists.is_empty()), "{what}: {found:#}");
    assert!(found["error"].is_object(), "{what}: {found:#}");
}

#[test]
fn the_list_of_each_verb_is_there_where_its_command_line_is_refused() {
    let schema = Schema::committed("document.json");
    for (verb, list) in LISTS {
        let words: Vec<&str> = verb.split(' ').chain(["--nope", "--output", "json"]).collect();
        let ran = Sandbox::empty().run(&words);
        assert_eq!(ran.status, 2, "{ran:?}");
        has_an_empty(list, &ran, &schema, verb);
    }
    for (line, list) in [
        ("take --dry-run --nope", "disks"),
        ("restore --dry-run --nope", "steps"),
        ("drill --dry-run --nope", "steps"),
        ("promote x --dry-run --nope", "steps"),
        ("check --forget=x --nope", "repairs"),
        ("check --attach x --nope", "repairs"),
        ("operations nope", "steps"),
        ("restore nope --dry-run", "steps"),
        ("promote nope --dry-run", "steps"),
        ("check --adopt nope -n", "repairs"),
    ] {
        let sandbox = Sandbox::with(&["db/0"]);
        let ran = sandbox.run(&line.split(' ').chain(["--output", "json"]).collect::<Vec<_>>());
        assert!([2, 5].contains(&ran.status), "{line}: {ran:?}");
        has_an_empty(list, &ran, &schema, line);
    }
}

#[test]
fn the_list_of_each_verb_is_there_where_nothing_of_it_can_be_read() {
    let schema = Schema::committed("document.json");
    for (verb, list) in LISTS.into_iter().filter(|(verb, _)| !["cpis", "manifest", "import", "doctor"].contains(verb)) {
        let sandbox = Sandbox::empty();
        cases::furnish(&sandbox);
        let arguments = (usual(verb).prepare)(&sandbox);
        sandbox.write("state.db", "this is not a state file");
        sandbox.write("director.yml", "]");
        let mut words: Vec<&str> = vec!["--output", "json", "--state", "state.db"];
        words.extend(arguments.iter().map(String::as_str));
        if verb == "schedule next" {
            // It needs no file at all.
            words.retain(|word| !["--cron", "@daily"].contains(word));
        }
        let ran = sandbox.run(&words);
        assert!([2, 9].contains(&ran.status), "{verb}: {ran:?}");
        has_an_empty(list, &ran, &schema, verb);
    }
}

/// All that a verb could have changed.
fn world(sandbox: &Sandbox) -> BTreeMap<PathBuf, Vec<u8>> {
    fn add(place: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        for entry in std::fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()) {
            if entry.is_dir() {
                add(&entry, files);
            }
            let bytes = if entry.is_file() { std::fs::read(&entry).unwrap() } else { Vec::new() };
            files.insert(entry, bytes);
        }
    }
    let mut files = BTreeMap::new();
    add(&sandbox.path("."), &mut files);
    files
}

#[test]
fn a_switch_that_is_neither_true_nor_false_is_refused_by_each_verb_before_any_effect() {
    let schema = Schema::committed("document.json");
    for (verb, list) in LISTS {
        let sandbox = Sandbox::empty();
        cases::furnish(&sandbox);
        let arguments = (usual(verb).prepare)(&sandbox);
        let at = arguments.iter().position(|word| word == "--").unwrap_or(arguments.len());
        let (before, behind) = arguments.split_at(at);
        let words =
            before.iter().map(String::as_str).chain(["--output", "json"]).chain(behind.iter().map(String::as_str));
        let words: Vec<&str> = words.collect();
        let was = world(&sandbox);
        let ran = sandbox.prepare(&words).env("BOSH_NON_INTERACTIVE", "maybe").go();
        assert_eq!(ran.status, 2, "{verb}: {ran:?}");
        has_an_empty(list, &ran, &schema, verb);
        assert!(ran.stdout.contains("BOSH_NON_INTERACTIVE is neither true nor false"), "{verb}: {ran:?}");
        assert!(was == world(&sandbox), "{verb} has changed something");
    }
    let sandbox = Sandbox::empty();
    cases::furnish(&sandbox);
    let was = world(&sandbox);
    for line in [
        "init -m new.yml",
        "demo",
        "cpi local",
        "completions bash",
        "man",
        "schedule units --cron",
        "guard db/0 -- true",
    ] {
        let words: Vec<&str> = line.split(' ').collect();
        let ran = sandbox.prepare(&words).env("BOSH_NON_INTERACTIVE", "maybe").go();
        // Of guard, 2 would be its command's.
        let status = if line.starts_with("guard") { 125 } else { 2 };
        ran.refused(status, &["BOSH_NON_INTERACTIVE is neither true nor false", "write true, false, 1 or 0"]);
        assert!(was == world(&sandbox), "{line} has changed something");
    }
    // An empty one counts as unset: the question is put, and nobody answers it.
    let cid = sandbox.take("db/0");
    let asked = sandbox.prepare(&["delete", &cid]).env("BOSH_NON_INTERACTIVE", "").go();
    assert_eq!(asked.status, 10, "{asked:?}");
    sandbox.prepare(&["snapshots"]).env("BOSH_NON_INTERACTIVE", "").go().quiet_success();
}

#[test]
fn lengths_of_time_are_numbers_of_seconds() {
    let sandbox = Sandbox::with(&["db/0"]);
    let take = sandbox.prepare(&["take"]).env("SNAPBACK_TEST_NOW", "2026-01-01T00:00:00Z").go();
    take.quiet_success();
    let later = |words: &[&str]| {
        let ran = sandbox.prepare(words).env("SNAPBACK_TEST_NOW", "2026-01-02T01:00:05Z").go();
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout
    };
    let json = |words: &[&str], list: &str| -> Value {
        let text = later(&[words, &["--output", "json"]].concat());
        serde_json::from_str::<Value>(&text).unwrap()[list][0].clone()
    };
    let tsv = |words: &[&str], column: &str| -> String {
        let text = later(&[words, &["--output", "tsv"]].concat());
        let mut lines = text.lines().map(|line| line.split('\t').collect::<Vec<_>>());
        let (head, row) = (lines.next().unwrap(), lines.next().unwrap());
        row[head.iter().position(|name| *name == column).unwrap()].to_owned()
    };
    for (words, list) in [(&["snapshots"][..], "snapshots"), (&["status"], "instances")] {
        assert_eq!(json(words, list)["age"], 90_005, "{words:?}");
        assert_eq!(tsv(words, "age"), "90005", "{words:?}");
    }
    let id = json(&["operations"], "operations")["operation"].as_str().unwrap().to_owned();
    for (words, list) in [(&["operations"][..], "operations"), (&["operations", &id], "steps")] {
        let took = json(words, list)["took"].as_f64().unwrap();
        assert_eq!(tsv(words, "took").parse::<f64>().unwrap(), took, "{words:?}");
        assert_eq!(json(words, list)["took"].to_string().split('.').count(), 2, "{words:?}: with milliseconds");
    }
    // What people and BOSH's scripts read is text, as before.
    assert!(later(&["snapshots", "--wide"]).contains("1d 1h\t"));
    assert!(later(&["snapshots", "--json", "--column", "age"]).contains("\"age\": \"1d 1h\""));
    assert!(later(&["operations"]).contains(" s\t"));
    // One that is ahead.
    let early = sandbox.prepare(&["status", "--output", "json"]).env("SNAPBACK_TEST_NOW", "2025-12-31T23:59:50Z").go();
    let age = &document(&early)["instances"][0]["age"];
    assert_eq!(*age, -10, "{early:?}");
}
