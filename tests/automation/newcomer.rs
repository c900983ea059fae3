//! From the first steps to a nightly snapshot that goes by itself, and a weekly drill.

use std::fs;
use std::path::Path;

use crate::support::{Ran, Sandbox};

const PAGE: &str = include_str!("../../docs/first-steps.md");

/// The block with this number of a kind.
fn block(kind: &str, nth: usize) -> String {
    PAGE.split(&format!("```{kind}\n")).skip(1).nth(nth).unwrap().split("```").next().unwrap().to_owned()
}

/// Types a line in a shell that finds snapback, at this time.
fn typed(sandbox: &Sandbox, line: &str, now: &str) -> Ran {
    let bin = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap();
    let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", bin.display());
    let mut shell = std::process::Command::new("/bin/sh");
    shell.args(["-c", line]).env_clear().env("PATH", path).env("HOME", "/").env("SNAPBACK_TEST_NOW", now);
    Ran::of(shell.current_dir(sandbox.path("")).stdin(std::process::Stdio::null()).output().unwrap())
}

#[test]
fn five_lines_of_yaml_look_after_the_disk_of_the_first_steps() {
    let sandbox = Sandbox::empty();
    let start = "2026-11-01T12:00:00Z";
    for line in block("console", 0).lines() {
        let ran = typed(&sandbox, line.strip_prefix("$ ").unwrap(), start);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
    }
    let lines = block("yaml", 0);
    assert_eq!(lines.lines().count(), 5, "{lines}");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    assert_eq!(manifest.matches("\n  snapback:\n").count(), 1, "{manifest}");
    sandbox.write("director.yml", &manifest.replace("\n  snapback:\n", &format!("\n  snapback:\n{lines}")));
    for line in block("console", 4).lines().chain(["$ snapback schedule run --once"]) {
        let ran = typed(&sandbox, line.strip_prefix("$ ").unwrap(), start);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
    }
    // What a crontab would do, twice a day for three weeks.
    for day in 2..=22 {
        for hour in ["02:05", "04:05"] {
            let ran = typed(&sandbox, "snapback schedule run --once", &format!("2026-11-{day:02}T{hour}:00Z"));
            assert_eq!(ran.status, 0, "{day} {hour}: {ran:?}");
        }
    }
    // The last day is a Sunday: its snapshot was tried out two hours later.
    let now = "2026-11-22T12:00:00Z";
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    let days: Vec<&str> = rows.iter().map(|row| &row["created_at"].as_str().unwrap()[..10]).collect();
    assert_eq!(days.len(), 7, "{days:?}");
    assert!(days.contains(&"2026-11-22") && days.contains(&"2026-11-16"), "{days:?}");
    let verified: Vec<&str> = rows
        .iter()
        .filter(|row| row["verified_at"].is_string())
        .map(|row| &row["created_at"].as_str().unwrap()[..10])
        .collect();
    assert_eq!(verified, ["2026-11-22"], "{rows:?}");
    let status = typed(&sandbox, "snapback status --verified --max-age 26h", now);
    assert_eq!(status.status, 0, "{status:?}");
    assert_eq!(sandbox.names("snapback-disks/snapshots").len(), 7);
}
