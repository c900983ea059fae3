//! `--verbose` and `--log-file`: each call of a CPI, and what it logs.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};
use support::fake_cpi::Scene;
use support::{Sandbox, disk_of};

/// The lines without their durations and requests, which differ from run to run.
fn plain(text: &str) -> Vec<String> {
    let cut = |line: &str, from: &str, to: &str| match line.split_once(from) {
        Some((before, rest)) => match rest.split_once(to) {
            Some((_, after)) => format!("{before}{from}N{to}{after}"),
            None => line.to_owned(),
        },
        None => line.to_owned(),
    };
    text.lines().map(|line| cut(&cut(line, " in ", " s"), "request cpi-", ")")).collect()
}

#[test]
fn each_call_is_told_with_its_log() {
    let scene = Scene::of_one(
        &json!({"snapshot_disk": ["error:Bosh::Clouds::CloudError|later|retry", "say:one\\u001b[2J + ok"]}),
    );
    let script = fs::read_to_string(scene.sandbox.path("fake/fake.json")).unwrap();
    scene.sandbox.write("fake/fake.json", &script.replace("\\\\u001b", "\\u001b"));
    let ran = scene.run(&["--verbose", "take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let lines = plain(&ran.stderr);
    let expected = [
        "fake_cpi: info: answered in N s (request cpi-N)",
        "fake_cpi: get_disks: answered in N s (request cpi-N)",
        "fake_cpi: snapshot_disk: failed in N s: later [Bosh::Clouds::CloudError] (request cpi-N)",
        "fake_cpi: snapshot_disk: answered in N s (request cpi-N)",
        "    | one\u{fffd}[2J",
    ];
    for line in expected {
        assert!(lines.iter().any(|found| found == line), "no '{line}' in {lines:#?}");
    }
    // Nothing of it where nobody asked, and nothing on stdout.
    let quiet = scene.run(&["take", "db/0"]);
    assert!(!quiet.stderr.contains("answered in"), "{quiet:?}");
    let json = scene.run(&["--verbose", "take", "db/0", "--output", "json"]);
    let document: Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(document["status"], 0);
    assert!(json.stderr.contains("fake_cpi: snapshot_disk: answered in"), "{json:?}");
    assert_eq!(scene.run(&["--verbose", "-q", "take", "db/0"]).status, 2);
}

#[test]
fn a_log_file_has_all_runs_and_is_its_owners_alone() {
    let scene = Scene::of_one(&json!({"snapshot_disk": "say:first\nsecond + ok", "info": "ok"}));
    let log = scene.sandbox.path("calls.log");
    for runs in 1..=2 {
        let ran = scene.prepare(&["--log-file", "calls.log", "take", "db/0"]).fixed().go();
        assert!(ran.status == 0 && !ran.stderr.contains("answered in"), "{ran:?}");
        let text = fs::read_to_string(&log).unwrap();
        let once = "fake_cpi: snapshot_disk: answered in N s (request cpi-N)";
        let calls: Vec<String> = plain(&text).into_iter().filter(|line| line.contains("snapshot_disk")).collect();
        assert_eq!(calls, vec![format!("2026-11-22T02:50:00.000Z {once}"); runs]);
        assert_eq!(text.matches("\n    | first\n    | second\n").count(), runs);
        assert_eq!(fs::metadata(&log).unwrap().permissions().mode() & 0o777, 0o600);
        // The fixed ids are those of the first run.
        if runs == 1 {
            scene.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
            fs::remove_file(scene.sandbox.state()).unwrap();
            fs::remove_dir_all(scene.sandbox.path("director-snapshots.db.locks")).unwrap();
            scene.run(&["import", "inventory.yml"]).quiet_success();
        }
    }
    let before = scene.calls().len();
    scene
        .run(&["--log-file", "no/such/dir", "take", "db/0"])
        .refused(1, &["--log-file no/such/dir", "nothing was done"]);
    assert_eq!(scene.calls().len(), before);
    // A log that is full is no reason to lose a snapshot.
    let full = scene.run(&["--log-file", "/dev/full", "take", "db/0"]);
    assert_eq!(full.status, 0, "{full:?}");
    assert_eq!(full.stderr.matches("Warning: --log-file /dev/full").count(), 1, "{full:?}");
}

#[test]
fn an_answer_that_cannot_be_read_is_shown_to_who_wants_it_and_without_secrets() {
    let says = "answer:<html>volume vol-4711 was snapshotted; key canary-of-the-manifest\nsecond line</html>";
    let scene = Scene::of_one(&json!({"snapshot_disk": says}));
    let ran = scene.run(&["--verbose", "--log-file", "calls.log", "take", "db/0"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    let log = fs::read_to_string(scene.sandbox.path("calls.log")).unwrap();
    for text in [&ran.stderr, &log] {
        assert!(
            text.contains("    > <html>volume vol-4711 was snapshotted; key <redacted>\n    > second line"),
            "{text}"
        );
        assert!(!text.contains("canary-of-the-manifest"), "{text}");
    }
    let quiet = scene.run(&["take", "db/0"]);
    assert!(!quiet.stderr.contains("vol-4711") || quiet.status == 6, "{quiet:?}");
    // The first bytes of a flood are enough.
    let scene = Scene::of_one(&json!({"snapshot_disk": "answer:vol-4712 + flood:200000"}));
    let ran = scene.run(&["--verbose", "take", "db/0"]);
    assert!(ran.stderr.contains("    > vol-4712") && ran.stderr.len() < 20_000, "{}", ran.stderr.len());
    let scene = Scene::of_one(&json!({"snapshot_disk": "answer:vol-4713"}));
    let ran = scene.run(&["take", "db/0"]);
    assert!(ran.stderr.contains("is shown with --verbose") && !ran.stderr.contains("vol-4713"), "{ran:?}");
}

#[test]
fn the_built_in_backend_is_told_of_too_and_without_secrets() {
    let sandbox = Sandbox::with(&["db/0"]);
    let ran = sandbox.run(&["--verbose", "--log-file", "calls.log", "take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let log = fs::read_to_string(sandbox.path("calls.log")).unwrap();
    for method in ["get_disks", "snapshot_disk", "describe_snapshot"] {
        let line = format!("local_cpi: {method}: answered in N s");
        let told = plain(&ran.stderr);
        assert!(told.contains(&line), "no '{line}' in {told:#?}");
        assert!(plain(&log).iter().any(|found| found.ends_with(&line)), "{log}");
    }
    let quiet = sandbox.run(&["take", "db/0"]);
    assert!(quiet.status == 0 && !quiet.stderr.contains("answered in"), "{quiet:?}");
    // What the manifest holds as a secret is in no line, whatever the backend says.
    let (disk, manifest) = (disk_of("db/0"), fs::read_to_string(sandbox.path("director.yml")).unwrap());
    let knowing = manifest.replace("    local:\n", &format!("    password: {disk}\n    local:\n"));
    assert_ne!(knowing, manifest, "{manifest}");
    sandbox.write("director.yml", &knowing);
    fs::remove_dir_all(sandbox.path("cloud/disks").join(&disk)).unwrap();
    fs::remove_file(sandbox.path("calls.log")).unwrap();
    let ran = sandbox.run(&["--log-file", "calls.log", "take", "db/0"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    let log = fs::read_to_string(sandbox.path("calls.log")).unwrap();
    let failed = "local_cpi: snapshot_disk: failed in N s: there is no disk <redacted> (";
    assert!(plain(&log).iter().any(|line| line.contains(failed)), "{log}");
    assert!(!log.contains(&disk), "{log}");
}
