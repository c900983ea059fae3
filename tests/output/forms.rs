//! What a program reads: every command's answer in every form, against the committed schemas.

use crate::support;

mod cases;
mod live;
mod rows;
mod schema;

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use cases::{CASES, Case, NOBODYS, TEXTS};
use schema::Schema;
use serde_json::Value;
use support::{Ran, Sandbox};

/// Runs a case in a sandbox of its own.
fn run(case: &Case, form: &[&str]) -> Ran {
    let sandbox = Sandbox::empty();
    cases::furnish(&sandbox);
    let mut arguments = (case.prepare)(&sandbox);
    // What stands behind -- is another command's.
    let at = arguments.iter().position(|word| word == "--").unwrap_or(arguments.len());
    arguments.splice(at..at, form.iter().map(|word| (*word).to_owned()));
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let ran = sandbox.prepare(&arguments).fault(case.fault).go();
    assert_eq!(ran.status, case.status, "{} ({}): {ran:?}", case.verb, case.what);
    ran
}

fn all(form: &[&str], check: impl Fn(&Case, &Ran) + Sync) {
    let run = |case: &Case| {
        check(case, &run(case, form));
    };
    let failed: Vec<&Case> = std::thread::scope(|scope| {
        let half = |at: usize| {
            let cases = CASES.iter().skip(at).step_by(2);
            move || cases.filter(|case| catch_unwind(AssertUnwindSafe(|| run(case))).is_err()).collect::<Vec<_>>()
        };
        let halves = [0, 1].map(|at| scope.spawn(half(at)));
        halves.into_iter().flat_map(|half| half.join().unwrap()).collect()
    });
    let failed: Vec<String> = failed.iter().map(|case| format!("{} ({})", case.verb, case.what)).collect();
    assert!(failed.is_empty(), "with {form:?}: {failed:?}");
}

/// The one document that stdout is.
fn document(ran: &Ran) -> Value {
    assert!(ran.stdout.ends_with('\n') || ran.stdout.ends_with('}'), "{ran:?}");
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

#[test]
fn every_command_has_its_cases() {
    let mut leaves = BTreeSet::new();
    let definition = snapback::commands::definition();
    let mut open: Vec<(String, &clap::Command)> =
        definition.get_subcommands().map(|command| (command.get_name().to_owned(), command)).collect();
    while let Some((name, command)) = open.pop() {
        let mut below = command.get_subcommands().peekable();
        if below.peek().is_none() {
            leaves.insert(name);
        } else {
            open.extend(below.map(|below| (format!("{name} {}", below.get_name()), below)));
        }
    }
    let of = |wanted: fn(&Case) -> bool| -> BTreeSet<String> {
        CASES.iter().filter(|case| wanted(case)).map(|case| case.verb.to_owned()).collect()
    };
    let add = "add its lines to tests/output/cases.rs, and its rows to docs/schema/document.json";
    assert_eq!(of(|case| case.status != 0), leaves, "each command with a failure: {add}");
    let texts = TEXTS.iter().map(|text| (*text).to_owned());
    let mut done = of(|case| case.status == 0);
    done.extend(texts);
    assert_eq!(done, leaves, "each command with a success: {add}");
    let mut commands: Vec<Value> = definition.get_subcommands().map(|one| Value::from(one.get_name())).collect();
    commands.push(Value::Null);
    let known = &schema::committed("document.json")["properties"]["command"]["enum"];
    assert_eq!(known.as_array().unwrap(), &commands, "docs/schema/document.json, properties.command.enum");
}

#[test]
fn json_is_one_document_of_the_schema() {
    let schema = Schema::committed("document.json");
    all(&["--output", "json"], |case, ran| {
        let found = document(ran);
        schema.check(&found, &format!("{} ({})", case.verb, case.what));
        assert_eq!((&found["schema"], &found["status"]), (&Value::from(1), &Value::from(case.status)));
        assert_eq!(found["command"], case.verb.split(' ').next().unwrap());
        assert_eq!(found["error"], found["errors"].get(0).cloned().unwrap_or(Value::Null));
        let bug = case.status == 70;
        assert_eq!(ran.stderr.contains("Error:"), bug, "errors are in the document: {ran:?}");
    });
    for (arguments, status) in NOBODYS {
        let ran = Sandbox::empty().run(&[arguments, &["--output", "json"][..]].concat());
        assert_eq!(ran.status, *status);
        let found = document(&ran);
        schema.check(&found, "no command");
        assert_eq!((&found["command"], &found["error"]["kind"]), (&Value::Null, &Value::from("usage")));
    }
    schema.all_was_seen();
}

#[test]
fn jsonl_is_lines_of_the_schema() {
    let schema = Schema::committed("line.json");
    all(&["--output", "jsonl"], |case, ran| {
        let what = format!("{} ({})", case.verb, case.what);
        let lines: Vec<Value> = ran.stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        for line in &lines {
            schema.check(line, &what);
        }
        let (end, before) = lines.split_last().unwrap();
        assert_eq!((&end["event"], &end["status"]), (&Value::from("end"), &Value::from(case.status)), "{what}");
        assert!(before.iter().all(|line| line["event"] != "end"), "{what}");
        let errors = before.iter().filter(|line| line["event"] == "error").count();
        assert_eq!(errors > 0, case.status != 0, "{what}: {ran:?}");
    });
    let ran = Sandbox::empty().run(&["nope", "--output=jsonl"]);
    ran.stdout.lines().for_each(|line| schema.check(&serde_json::from_str(line).unwrap(), "no command"));
    schema.all_was_seen();
}

#[test]
fn boshs_json_is_one_document_of_its_shape() {
    all(&["--json"], |case, ran| {
        let what = format!("{} ({})", case.verb, case.what);
        let found = document(ran);
        let found = found.as_object().unwrap();
        assert_eq!(found.keys().collect::<Vec<_>>(), ["Blocks", "Lines", "Tables"], "{what}");
        assert!(found["Blocks"].is_null());
        let lines: Vec<&str> =
            found["Lines"].as_array().into_iter().flatten().map(|line| line.as_str().unwrap()).collect();
        assert!(case.status == 0 || !lines.is_empty(), "{what}: the error is in Lines: {ran:?}");
        for table in found["Tables"].as_array().into_iter().flatten() {
            let keys: Vec<&String> = table.as_object().unwrap().keys().collect();
            assert_eq!(keys, ["Content", "Header", "Notes", "Rows"], "{what}");
            let header = table["Header"].as_object().unwrap();
            for row in table["Rows"].as_array().unwrap() {
                let row = row.as_object().unwrap();
                assert!(row.keys().eq(header.keys()) && row.values().all(Value::is_string), "{what}: {row:?}");
            }
        }
    });
}

#[test]
fn tsv_and_cids_are_lines_and_errors_are_on_stderr() {
    all(&["--output", "tsv"], |case, ran| {
        let columns = ran.stdout.lines().next().map_or(0, |head| head.split('\t').count());
        for line in ran.stdout.lines() {
            assert_eq!(line.split('\t').count(), columns, "{} ({}): {ran:?}", case.verb, case.what);
        }
        assert_eq!(ran.stderr.contains("Error: "), case.status != 0, "{ran:?}");
    });
    all(&["--output", "cid"], |case, ran| {
        assert!(ran.stdout.lines().all(|line| !line.is_empty() && !line.contains(['\t', ' '])), "{ran:?}");
        assert_eq!(ran.stderr.contains("Error: "), case.status != 0, "{} ({}): {ran:?}", case.verb, case.what);
    });
}
