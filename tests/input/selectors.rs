//! Several selectors count together, each instance once; and one that means nothing is refused before anything happens.

use crate::support::Sandbox;

fn three() -> Sandbox {
    let sandbox = Sandbox::empty();
    let hooks = "stop: [true]\nverify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']\nstart: [true]";
    sandbox.furnish(&["db/0", "db/1", "web/0"], hooks);
    sandbox
}

/// The instances of a list of rows.
fn named(rows: &[serde_json::Value]) -> Vec<&str> {
    rows.iter().map(|row| row["instance"].as_str().unwrap()).collect()
}

#[test]
fn several_count_together_each_instance_once() {
    let sandbox = three();
    for (selectors, meant) in [
        (&["db/0", "web"][..], &["db/0", "web/0"][..]),
        (&["web", "db/1", "db/0"], &["db/0", "db/1", "web/0"]),
        (&["db", "db/0"], &["db/0", "db/1"]),
        (&["db/1", "db/1"], &["db/1"]),
        (&["db", "1"], &["db/1"]),
        (&["snapshot", "db", "1"], &["db/1"]),
        (&["snapshot", "db/0", "web/0"], &["db/0", "web/0"]),
    ] {
        let taken = sandbox.rows(&[&["take"], selectors].concat(), "snapshots");
        assert_eq!(named(&taken), meant, "{selectors:?}");
    }
    // What each verb makes of the same two words.
    let two = ["db/1", "web/0"];
    for (verb, list) in [("snapshots", "snapshots"), ("status", "instances"), ("instances", "instances")] {
        let mut found = sandbox.rows(&[&[verb], &two[..]].concat(), list);
        found.dedup_by_key(|row| row["instance"].clone());
        assert_eq!(named(&found), two, "{verb}");
    }
    let doomed = sandbox.rows(&[&["delete-all", "--dry-run"], &two[..]].concat(), "snapshots");
    assert_eq!(named(&doomed), ["db/1", "db/1", "db/1", "db/1", "db/1", "web/0", "web/0", "web/0"]);
    assert_eq!(named(&sandbox.rows(&[&["drill", "--latest"], &two[..]].concat(), "drills")), two);
    let steps = sandbox.rows(&["restore", "--latest", "db/1", "web/0", "--dry-run"], "steps");
    let mut of = named(&steps);
    of.dedup();
    assert_eq!(of, two);
    let restored = sandbox.rows(&["-n", "restore", "--latest", "db/1", "web/0", "db/1"], "instances");
    assert_eq!(named(&restored), two);
    let before = sandbox.rows(&["snapshots", "db/0"], "snapshots").len();
    assert_eq!(sandbox.run(&["guard", "db/1", "web/0", "--", "true"]).status, 0);
    assert_eq!(sandbox.rows(&["snapshots", "db/0"], "snapshots").len(), before, "guard takes only what is named");
    sandbox.run(&["-n", "-d", "prod", "delete-all", "db/1", "web/0"]).quiet_success();
    assert!(sandbox.rows(&["snapshots", "db/1", "web"], "snapshots").is_empty());
    assert!(!sandbox.rows(&["snapshots"], "snapshots").is_empty());
}

#[test]
fn prune_is_about_several() {
    let sandbox = three();
    for _ in 0..2 {
        sandbox.run(&["take"]).quiet_success();
    }
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let keep = "  snapback:\n    retention: {keep_last: 1}\n";
    sandbox.write("director.yml", &manifest.replace("  snapback:\n", keep));
    let rows = sandbox.rows(&["-n", "prune", "db/1", "web"], "snapshots");
    assert_eq!(named(&rows), ["db/1", "web/0"]);
    assert_eq!(sandbox.rows(&["snapshots", "db/0"], "snapshots").len(), 2);
}

#[test]
fn one_that_means_nothing_is_refused_by_each_verb_before_anything_happens() {
    let sandbox = three();
    sandbox.run(&["take"]).quiet_success();
    let cloud = || (sandbox.names("cloud/snapshots"), sandbox.names("cloud/disks"));
    let (was, operations) = (cloud(), sandbox.rows(&["operations"], "operations").len());
    for line in [
        "take db/0 dbb/1",
        "take --dry-run db/0 dbb/1",
        "snapshots dbb/1",
        "snapshots db/0 dbb/1",
        "instances db/0 dbb/1",
        "status db/0 dbb/1",
        "-n -d prod delete-all db/0 dbb/1",
        "delete-all --dry-run dbb/1",
        "-n prune db/0 dbb/1",
        "prune --dry-run dbb/1",
        "drill --latest db/0 dbb/1",
        "drill --latest db/0 dbb/1 --all-deployments",
        "-n restore --latest db/0 dbb/1",
        "restore --latest db/0 dbb/1 --dry-run",
        "guard db/0 dbb/1 -- touch ran",
        "schedule at 2099-01-01 -- take db/0 dbb/1",
        "schedule at 2099-01-01 -- -d prod delete-all db/0 dbb/1",
    ] {
        let ran = sandbox.run(&line.split(' ').collect::<Vec<_>>());
        let status = if line.starts_with("guard") { 125 } else { 5 };
        ran.refused(status, &["'dbb/1'", "did you mean db/1"]);
        assert!(!ran.stderr.contains("'db/0'"), "the other one is known: {ran:?}");
    }
    assert_eq!(cloud(), was);
    assert_eq!(sandbox.rows(&["operations"], "operations").len(), operations);
    assert!(!sandbox.path("ran").exists());
}

#[test]
fn the_nearest_names_are_offered() {
    let sandbox = Sandbox::with(&["mysql/0", "mysql/1", "web/0"]);
    for (selectors, texts) in [
        (&["mysq"][..], &["no instance 'mysq'", "did you mean mysql?"][..]),
        (&["mysql/7"], &["no instance 'mysql/7'", "did you mean mysql/0 or mysql/1?"]),
        (&["web/0", "router"], &["no instance 'router'", "instances: mysql/0, mysql/1, web/0"]),
        (&["wep", "web", "mysq"], &["no instance 'wep', and none 'mysq'", "did you mean web or mysql?"]),
    ] {
        sandbox.run(&[&["take"], selectors].concat()).refused(5, texts);
    }
    for words in [&["web", "mysql", "0"][..], &["0", "web"], &["web/0", "1"]] {
        assert_eq!(sandbox.run(&[&["take"], words].concat()).status, 2, "{words:?}");
    }
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

#[test]
fn an_instance_that_is_gone_is_known_by_its_snapshots() {
    let sandbox = three();
    sandbox.run(&["take"]).quiet_success();
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let at = inventory.find("      - name: web/0").unwrap();
    sandbox.write("inventory.yml", &inventory[..at]);
    sandbox.run(&["-n", "import", "inventory.yml"]).quiet_success();
    assert_eq!(named(&sandbox.rows(&["snapshots", "web", "db/0"], "snapshots")), ["db/0", "web/0"]);
    sandbox.run(&["take", "web", "db/0"]).refused(5, &["no instance 'web'"]);
    sandbox.run(&["-n", "-d", "prod", "delete-all", "web"]).quiet_success();
    // Nothing is left by which it is known.
    sandbox.run(&["snapshots", "web"]).refused(5, &["no instance 'web'"]);
}

#[test]
fn a_group_that_is_called_snapshot() {
    let sandbox = Sandbox::with(&["snapshot/0", "db/0"]);
    let taken = |words: &[&str]| -> Vec<String> {
        let rows = sandbox.rows(words, "snapshots");
        rows.iter().map(|row| row["instance"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(taken(&["take", "snapshot"]), ["snapshot/0"]);
    assert_eq!(taken(&["take", "snapshot", "0"]), ["snapshot/0"]);
    assert_eq!(taken(&["take", "snapshot", "db", "0"]), ["db/0"]);
    assert_eq!(taken(&["take", "snapshot", "db"]), ["db/0"]);
    assert!(sandbox.run(&["take", "snapshot", "db"]).stderr.contains("put 'snapshot' last"));
    assert_eq!(taken(&["take", "db", "snapshot"]), ["db/0", "snapshot/0"]);
}
