//! `hold` and `release`: what is held stays, whoever deletes; what changes while somebody is asked.

use crate::prune::{at, left, prune_at, say, take_at};
use crate::support::{Ran, Sandbox};

#[test]
fn what_is_held_is_not_deleted_by_anybody_until_it_is_released() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [held, new] = [1, 2].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    sandbox.run(&["hold", &held, "--reason", "audit until Friday"]).quiet_success();
    say(&sandbox, "retention: {keep_last: 1}");
    prune_at(&sandbox, &at(21, 0));
    for refused in [&["-n", "delete", &held, &new][..], &["delete", &held, "--dry-run"], &["-n", "delete", &held]] {
        sandbox.run(refused).refused(4, &["is held", "audit until Friday", &format!("snapback release {held}")]);
    }
    let all = sandbox.run(&["-n", "-d", "prod", "delete-all"]);
    assert!(all.status == 0 && all.stderr.contains("passed over: audit until Friday"), "{all:?}");
    assert_eq!(left(&sandbox), [held.as_str()]);
    sandbox.run(&["release", &held]).quiet_success();
    sandbox.run(&["-n", "delete", &held]).quiet_success();
    assert!(left(&sandbox).is_empty());
}

/// Held while `prune` asks whether it may go on.
#[test]
fn what_is_held_after_it_was_shown_stays() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [held, old, new] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    for (line, status) in [(&["prune"][..], 0), (&["delete", &held], 4)] {
        let mut asking = sandbox.prepare(line).env("SNAPBACK_TEST_NOW", &at(21, 0)).start_at_a_prompt();
        sandbox.run(&["hold", &held, "--reason", "audit"]).quiet_success();
        std::io::Write::write_all(&mut asking.stdin.take().unwrap(), b"yes\n").unwrap();
        let ended = Ran::of(asking.wait_with_output().unwrap());
        assert_eq!(ended.status, status, "{ended:?}");
        assert!(left(&sandbox).contains(&held) && left(&sandbox).contains(&new), "{ended:?}");
        sandbox.run(&["release", &held]).quiet_success();
    }
    assert!(!left(&sandbox).contains(&old));
}

/// While `prune` asks, somebody deletes what would be left.
#[test]
fn what_would_be_left_and_is_deleted_meanwhile_is_made_up_for() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [_, old, new] = [1, 2, 3].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    say(&sandbox, "retention: {keep_last: 1}");
    let mut asking = sandbox.prepare(&["prune"]).env("SNAPBACK_TEST_NOW", &at(21, 0)).start_at_a_prompt();
    sandbox.run(&["-n", "delete", &new]).quiet_success();
    std::io::Write::write_all(&mut asking.stdin.take().unwrap(), b"yes\n").unwrap();
    let ended = Ran::of(asking.wait_with_output().unwrap());
    assert!(ended.status == 6 || ended.status == 0, "{ended:?}");
    assert!(left(&sandbox).contains(&old), "{ended:?}");
}

#[test]
fn a_reason_is_one_line_and_the_one_before_it_is_told() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = take_at(&sandbox, &at(20, 1), "db/0");
    for wrong in ["a\nHint: run: rm", &"x".repeat(201), "a\u{1b}[31m"] {
        sandbox.run(&["hold", &cid, "--reason", wrong]).refused(2, &["one line of at most 200 characters"]);
    }
    let first = sandbox.run(&["hold", &cid, "--reason", "audit"]);
    assert!(first.status == 0 && !first.stderr.contains("another reason"), "{first:?}");
    let second = sandbox.run(&["hold", &cid, "--reason", &"x".repeat(200)]);
    assert!(second.status == 0 && second.stderr.contains("held for another reason before: audit"), "{second:?}");
}

#[test]
fn programs_hear_of_what_is_held_in_rows_of_its_own() {
    let sandbox = Sandbox::with(&["db/0"]);
    let [held, other] = [1, 2].map(|hour| take_at(&sandbox, &at(20, hour), "db/0"));
    sandbox.run(&["hold", &held, "--reason", "audit"]).quiet_success();
    let own = |all: &[serde_json::Value]| {
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
        all.iter().map(|row| ["cid", "result", "held"].map(|key| text(row, key))).collect::<Vec<_>>()
    };
    let row = |cid: &str, result: &str, why: &str| [cid, result, why].map(str::to_owned);
    let planned = sandbox.rows(&["-d", "prod", "delete-all", "--dry-run"], "snapshots");
    assert_eq!(own(&planned), [row(&other, "to delete", ""), row(&held, "held", "audit")]);
    let cids = sandbox.run(&["-d", "prod", "delete-all", "--dry-run", "--output", "cid"]);
    assert_eq!(cids.stdout.lines().collect::<Vec<_>>(), [other.as_str()], "only what would be deleted: {cids:?}");
    let people = sandbox.run(&["-d", "prod", "delete-all", "--dry-run"]);
    assert!(!people.stdout.contains(&held) && people.stderr.contains("passed over: audit"), "{people:?}");
    let deleted = sandbox.rows(&["-n", "-d", "prod", "delete-all"], "snapshots");
    assert_eq!(own(&deleted), [row(&other, "deleted", ""), row(&held, "held", "audit")]);
    // Nothing but what is held.
    let again = sandbox.rows(&["-n", "-d", "prod", "delete-all"], "snapshots");
    assert_eq!(own(&again), [row(&held, "held", "audit")]);
    let lines = sandbox.run(&["-d", "prod", "delete-all", "--dry-run", "--output", "jsonl"]);
    assert!(lines.stdout.contains("\"held\":\"audit\"") && lines.status == 0, "{lines:?}");
    assert_eq!(left(&sandbox), [held]);
}
