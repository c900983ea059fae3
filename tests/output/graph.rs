//! `snapshots --graph`: the life of instances, drawn from the state file alone.
#![cfg(debug_assertions)]

use std::collections::BTreeSet;

use super::widths::shown;
use crate::support::{Sandbox, disk_of};

/// A take, a deploy that fails, a restore, a drill, an undo, a restore again.
fn lived() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    sandbox.manifest(true, r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#);
    let at = |minute: u32, arguments: &[&str]| {
        let now = format!("2026-11-22T01:{minute:02}:00Z");
        let ran = sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", &now).go();
        assert!([0, 7].contains(&ran.status), "{arguments:?}: {ran:?}");
    };
    at(1, &["take", "db/0", "--note", "before all"]);
    let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
    at(2, &["hold", &cid, "--reason", "an audit"]);
    at(5, &["guard", "db/0", "--", "sh", "-c", "exit 7"]);
    at(10, &["-n", "restore", &cid]);
    at(15, &["drill", &cid]);
    at(20, &["-n", "undo"]);
    at(25, &["-n", "restore", &cid]);
    at(30, &["take", "db"]);
    sandbox
}

fn all_cids(sandbox: &Sandbox) -> BTreeSet<String> {
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    let sql = "SELECT cid FROM snapshots WHERE idx = 0 UNION SELECT cid FROM disks WHERE idx = 0 AND gone_at IS NULL";
    let mut found = connection.prepare(sql).unwrap();
    let rows = found.query_map([], |row| row.get(0)).unwrap();
    rows.collect::<rusqlite::Result<_>>().unwrap()
}

fn words(text: &str) -> BTreeSet<String> {
    text.split_whitespace().map(|word| word.trim_matches([',', '(', ')']).to_owned()).collect()
}

#[test]
fn it_shows_takes_deploys_restores_undos_drills_and_the_disk_that_the_instance_is_on() {
    let sandbox = lived();
    let drawn = |arguments: &[&str]| {
        let run = sandbox.prepare(&[&["snapshots", "--graph"], arguments].concat());
        let ran = run.env("LC_ALL", "C.UTF-8").env("SNAPBACK_STATE", sandbox.state().to_str().unwrap()).go();
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout
    };
    // Only the state file: no cloud is asked.
    std::fs::rename(sandbox.path("cloud"), sandbox.path("away")).unwrap();
    let text = drawn(&["db/0"]);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "db/0 of prod (times are UTC)");
    let active = sandbox.rows(&["disks"], "disks");
    let active = active.iter().find(|disk| disk["instance"] == "db/0").unwrap()["disk_cid"].as_str().unwrap();
    assert_eq!(lines[1], format!("@  {active}"), "{text}");
    let here: Vec<&&str> = lines.iter().filter(|line| line.starts_with('@')).collect();
    assert_eq!(here.len(), 1, "{text}");
    for cid in all_cids(&sandbox) {
        assert!(words(&text).contains(&cid), "{cid} is missing:\n{text}");
    }
    // In the order of the time, the newest first; each stands on the lane of its disk.
    let order = ["02", "2026-11-22 01:30:00 snap-", "01:25:00 restore", "01:20:00 undo", "01:15:00 drill"];
    let order = [&order[1..], &["01:10:00 restore", "01:05:00 sh ", "01:01:00 snap-"]].concat();
    let places: Vec<usize> =
        order.iter().map(|what| text.find(what).unwrap_or_else(|| panic!("{what}:\n{text}"))).collect();
    assert!(places.is_sorted(), "{places:?}\n{text}");
    for told in [
        ", failed (",
        "exit status 7: sh -c <redacted>",
        "is right",
        "held: an audit",
        "note: before all",
        "safety snapshot",
    ] {
        assert!(text.contains(told), "{told}:\n{text}");
    }
    let old = disk_of("db/0");
    assert!(lines.iter().any(|line| line.contains('×') && line.ends_with(&old)), "{text}");
    assert_eq!(text.matches("├─┴─╯").count(), 1, "both restored disks begin at the snapshot:\n{text}");
    let first = lines.iter().rposition(|line| line.starts_with('○')).unwrap();
    assert!(lines[first].contains("01:01:00 snap-") && lines[first - 1].starts_with("├─"), "{text}");

    let both = drawn(&[]);
    assert!(both.starts_with(&text) && both.contains("\n\ndb/1 of prod (times are UTC)\n@  disk-db-1\n"), "{both}");
    let some = drawn(&["db/0", "--after", "2026-11-22 01:22", "--before", "2026-11-22 01:28"]);
    assert!(some.contains("01:25:00 restore") && !some.contains("01:30:00") && !some.contains("undo"), "{some}");
}

#[test]
fn no_cid_is_broken_at_any_width_and_what_is_no_utf_8_gets_ascii() {
    let sandbox = lived();
    let cids = all_cids(&sandbox);
    assert!(cids.len() > 5, "{cids:?}");
    for columns in (40..=120).step_by(3).map(Some).chain([None]) {
        let [text, _] = shown(&sandbox, &["snapshots", "--graph", "db/0"], columns);
        assert!(text.is_ascii(), "{text}");
        for cid in &cids {
            assert!(words(&text).contains(cid), "{cid} at {columns:?}:\n{text}");
        }
        for line in text.lines() {
            let one_word = line.split_whitespace().filter(|word| word.len() > 1).count() == 1;
            assert!(
                columns.is_none_or(|columns| line.len() <= columns) || one_word,
                "'{line}' at {columns:?}:\n{text}"
            );
        }
    }
    let screen = |variables: &[(&str, &str)]| {
        let mut run = sandbox.prepare(&["snapshots", "--graph", "db/0"]).env("TERM", "xterm-256color");
        for (name, value) in variables {
            run = run.env(name, value);
        }
        run.on_a_screen((80, 24), "")
    };
    assert!(screen(&[("LANG", "de_DE.UTF-8")]).contains("@  \u{1b}[1;32mdisk-"));
    for plain in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let text = screen(&[("LANG", "de_DE.utf8"), plain]);
        assert!(text.contains('│') && !text.contains('\u{1b}'), "{text:?}");
    }
    assert!(screen(&[("LC_ALL", "C"), ("LANG", "de_DE.UTF-8")]).is_ascii());
}

#[test]
fn what_it_cannot_be_is_refused_and_what_is_hostile_draws_nothing() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    for more in [
        &["--output", "json"][..],
        &["--output", "jsonl"],
        &["--output", "tsv"],
        &["--output", "cid"],
        &["--json"],
        &["--column", "cid"],
        &["--wide"],
        &["--clean"],
        &["--made-by", "local"],
        &["--set", "51d0"],
    ] {
        let ran = sandbox.run(&[&["snapshots", "--graph"], more].concat());
        assert_eq!(ran.status, 2, "{more:?}: {ran:?}");
    }
    let unknown = sandbox.run(&["snapshots", "--graph", "db/7"]);
    assert_eq!((unknown.status, unknown.stdout.as_str()), (5, ""), "{unknown:?}");
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection
        .execute_batch(
            "UPDATE snapshots SET note = 'a' || char(27) || '[2Jb' || char(10) || 'c' || char(8238), disk = NULL",
        )
        .unwrap();
    let ran = sandbox.prepare(&["snapshots", "--graph"]).env("LANG", "C.UTF-8").go();
    assert!(ran.stdout.contains("note: a\u{fffd}[2Jb c\u{fffd}\n"), "{ran:?}");
}

#[test]
fn a_snapshot_that_was_deleted_says_so() {
    let sandbox = Sandbox::with(&["db/0"]);
    let (cid, other) = (sandbox.take("db/0"), sandbox.take("db/0"));
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.run(&["-n", "restore", &other]).quiet_success();
    sandbox.run(&["-n", "delete", &cid]).quiet_success();
    // The cloud has lost the other one.
    std::fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&other)).unwrap();
    sandbox.run(&["-n", "check", "--forget", &other]);
    let drawn = sandbox.run(&["snapshots", "--graph"]).stdout;
    let below = |cid: &str| {
        let lines: Vec<&str> = drawn.lines().collect();
        let at = lines.iter().position(|line| line.contains(&format!(" {cid} "))).unwrap_or_else(|| panic!("{drawn}"));
        lines[at + 1].to_owned()
    };
    assert!(below(&cid).contains("deleted"), "{drawn}");
    assert!(!below(&other).contains("deleted"), "{drawn}");
}
