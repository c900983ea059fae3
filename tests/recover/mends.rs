//! What `check` says to type is typed: for each kind of finding, and for each next command that it can print. Then the finding
//! is gone, and nothing new is found. `docs/check.md` has the same list.

mod clouds;
mod desk;
mod directors;
mod disks;
mod operations;
mod snapshots;
mod strangers;
mod times;
mod vms;

use std::collections::BTreeSet;
use std::fs;
use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use serde_json::Value;

use desk::{Case, Stands};

fn all() -> impl Iterator<Item = &'static Case> {
    let groups = [
        operations::CASES,
        snapshots::CASES,
        strangers::CASES,
        disks::CASES,
        vms::CASES,
        directors::CASES,
        clouds::CASES,
        times::CASES,
    ];
    groups.into_iter().flatten()
}

/// Tries each of them: one that fails hides no other.
fn run(cases: &'static [Case]) {
    let mut failed = Vec::new();
    for case in cases {
        for stands in [Stands::Beside, Stands::Elsewhere] {
            if catch_unwind(|| (case.scene)(case, stands)).is_err() {
                failed.push(format!("{}, `{}`, {stands:?}", case.finding, case.next));
            }
        }
    }
    assert!(failed.is_empty(), "{failed:#?}");
}

#[test]
fn operations_and_what_they_left() {
    run(operations::CASES);
}

#[test]
fn snapshots_that_are_lost_or_wrong() {
    run(snapshots::CASES);
}

#[test]
fn snapshots_that_only_the_cloud_has() {
    run(strangers::CASES);
}

#[test]
fn disks_that_are_not_where_they_should_be() {
    run(disks::CASES);
}

#[test]
fn vms_that_are_not_as_they_should_be() {
    run(vms::CASES);
}

#[test]
fn a_director_that_says_something_else() {
    run(directors::CASES);
}

#[test]
fn clouds_and_places() {
    run(clouds::CASES);
}

#[test]
fn what_is_too_old_or_late() {
    run(times::CASES);
}

fn file(relative: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(relative)).unwrap()
}

fn tried() -> BTreeSet<&'static str> {
    all().map(|case| case.finding).collect()
}

#[test]
fn no_kind_is_left_out() {
    let schema: Value = serde_json::from_str(&file("docs/schema/document.json")).unwrap();
    let kinds = schema["$defs"]["finding"]["properties"]["finding"]["enum"].as_array().unwrap();
    assert_eq!(kinds.iter().map(|kind| kind.as_str().unwrap()).collect::<BTreeSet<_>>(), tried());
    // Nor one that the schema does not know yet.
    let sources = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/ops/check")).unwrap();
    let sources: Vec<PathBuf> = sources.map(|entry| entry.unwrap().path()).collect();
    let mut made = BTreeSet::new();
    for source in &sources {
        let text = fs::read_to_string(source).unwrap();
        let after = text.split("Finding::problem(").skip(1).filter_map(|rest| rest.trim_start().strip_prefix('"'));
        made.extend(after.map(|rest| rest.split('"').next().unwrap().to_owned()));
    }
    assert_eq!(made.iter().map(String::as_str).collect::<BTreeSet<_>>(), tried());
}

#[test]
fn the_page_lists_each_next_command() {
    let page = file("docs/check.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `"));
    let listed: BTreeSet<(String, String)> = rows
        .map(|row| {
            let cells: Vec<&str> = row.split(" | ").collect();
            (
                cells[0].trim_matches('`').to_owned(),
                cells[2].trim_end_matches(" |").trim_matches('`').replace(r"\|", "|"),
            )
        })
        .collect();
    let typed = all().map(|case| (case.finding.to_owned(), case.next.to_owned())).collect::<BTreeSet<_>>();
    assert_eq!(listed, typed);
}
