//! `restore --latest`: which snapshot it is, and why, told before anything is done.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod support;

use serde_json::{Value, json};
use support::Sandbox;

const HOOK: &str = r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#;

/// Runs snapback at a time of that night, with a name for what it makes.
fn at(sandbox: &Sandbox, time: &str, ids: &str, arguments: &[&str]) -> String {
    let run = sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", &format!("2026-11-22T{time}Z"));
    let ran = run.env("SNAPBACK_TEST_IDS", ids).env("TZ", "UTC0").go();
    assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
    if arguments.contains(&"--output") { ran.stdout } else { ran.stderr }
}

fn night() -> (Sandbox, String) {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], HOOK);
    let cid = at(&sandbox, "02:00:00", "100", &["take", "--output", "cid"]).trim().to_owned();
    at(&sandbox, "02:05:00", "200", &["drill", &cid]);
    at(&sandbox, "02:10:00", "300", &["-n", "restore", &cid]);
    at(&sandbox, "02:45:00", "400", &["take", "--output", "cid"]);
    (sandbox, cid)
}

#[test]
fn people_read_which_one_it_is_and_why() {
    let (sandbox, cid) = night();
    let told = at(&sandbox, "02:50:00", "500", &["restore", "--latest", "db/0", "--before", "02:40", "--dry-run"]);
    let lines: Vec<&str> = told.lines().collect();
    assert_eq!(
        lines[..6],
        [
            "--before 02:40: 2026-11-22 02:40:00 UTC, as on the clock here",
            &format!(
                "Newest snapshot of db/0 before 2026-11-22 02:40:00 UTC: {cid}, 50m old; passed over: 1 not before \
                 that time, 1 safety"
            ),
            "  Taken      2026-11-22 02:00:00 UTC, as on the clock here; the processes were running; verified 45m ago",
            &format!(
                "  Since then the disk was exchanged: it was disk-db-0, and is {}",
                sandbox.attached("vm-db-0")[0]
            ),
            "  Since then restore 000000000300, done, at 2026-11-22 02:10:00 UTC, as on the clock here",
            "  Since then 1 drill",
        ],
        "{told}"
    );
}

#[test]
fn programs_read_the_same() {
    let (sandbox, cid) = night();
    let arguments = ["restore", "--latest", "db/0", "--before", "02:40", "--dry-run", "--output", "json"];
    let document: Value = serde_json::from_str(&at(&sandbox, "02:50:00", "500", &arguments)).unwrap();
    let choice = &document["choice"][0];
    assert_eq!((&choice["cid"], &choice["before"]), (&json!(cid), &json!("2026-11-22T02:40:00.000Z")));
    assert_eq!(
        (&choice["newer_not_before"], &choice["newer_torn"], &choice["newer_safety"]),
        (&json!(1), &json!(0), &json!(1))
    );
    assert_eq!(choice["operations_since"], json!(["000000000200", "000000000300"]));
    assert_eq!(choice["verified_at"], "2026-11-22T02:05:00.000Z");
    assert!(!document["steps"].as_array().unwrap().is_empty());
}

#[test]
fn a_snapshot_that_nobody_verified_says_how() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let told = sandbox.run(&["restore", "--latest", "db/0", "--dry-run"]).stderr;
    assert!(told.contains(&format!("never verified: snapback drill {cid}")), "{told}");
    let none = sandbox.run(&["restore", "--latest", "db/0", "--before", "yesterday", "--dry-run"]);
    none.refused(5, &["no snapshot of db/0 is known for that; passed over: 1 not before that time"]);
    assert_eq!(sandbox.follow_hints(&none), 1);
}
