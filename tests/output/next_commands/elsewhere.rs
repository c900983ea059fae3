//! A manifest in one directory, its state file in another, and an operator in a third; each name has a blank.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::Command;

use crate::support::{Ran, Run, Sandbox, disk_of};

const MANIFEST: &str = "../my dir/director.yml";
const STATE: &str = "../st ate/x y.db";
const OPTIONS: [&str; 2] = ["-m '../my dir/director.yml' ", "--state '../st ate/x y.db' "];
/// Words that stand for something to fill in.
const TO_FILL_IN: [&str; 6] = ["CID", "FILE", "OPERATION", "MANIFEST", "PATH", "..."];

pub struct Elsewhere {
    sandbox: Sandbox,
    root: PathBuf,
    _temporary: tempfile::TempDir,
}

impl Elsewhere {
    /// Without any file.
    pub fn empty() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        let root = temporary.path().canonicalize().unwrap();
        for name in ["my dir", "st ate", "else where", "bin"] {
            std::fs::create_dir(root.join(name)).unwrap();
        }
        std::os::unix::fs::symlink(env!("CARGO_BIN_EXE_snapback"), root.join("bin/snapback")).unwrap();
        Elsewhere { sandbox: Sandbox::at(&root.join("my dir")), root, _temporary: temporary }
    }

    /// With `db/0` and `db/1`, each with a disk, and `web/0` without one.
    pub fn furnished() -> Self {
        let here = Elsewhere::empty();
        here.sandbox.furnish(&["db/0", "db/1"], "");
        let inventory = std::fs::read_to_string(here.sandbox.path("inventory.yml")).unwrap();
        let web = "      - name: web/0\n        vm_cid: vm-web-0\n        managed_by: nobody\n";
        here.sandbox.make_vm("vm-web-0", &[]);
        here.sandbox.write("inventory.yml", &format!("{inventory}{web}"));
        // The harness has made it where nobody is to look for it.
        std::fs::remove_file(here.sandbox.state()).unwrap();
        here.run(&["import", "../my dir/inventory.yml"]).quiet_success();
        here
    }

    pub fn prepare(&self, words: &[&str]) -> Run {
        let words = [&["-m", MANIFEST, "--state", STATE], words].concat();
        self.sandbox.prepare(&words).within("../else where")
    }

    pub fn run(&self, words: &[&str]) -> Ran {
        self.prepare(words).go()
    }

    pub fn take(&self, instance: &str) -> String {
        let ran = self.run(&["take", instance, "--output", "cid"]);
        ran.quiet_success();
        ran.stdout.trim().to_owned()
    }

    pub fn cloud(&self) -> PathBuf {
        self.sandbox.path("cloud")
    }

    /// The state file is empty, as a new one is.
    pub fn lose_the_state(&self) {
        std::fs::remove_file(self.root.join("st ate/x y.db")).unwrap();
    }

    /// Types a command in the shell. It must find the manifest and the state file; what it says of them is its own affair.
    #[track_caller]
    pub fn works(&self, what: &str, line: &str) {
        // Once in each of a list of commands.
        let each = line.split(" && ").filter(|part| part.starts_with("snapback ")).count();
        assert_eq!(line.matches("-m '").count(), each, "{what}: {line}");
        if line.split(' ').any(|word| TO_FILL_IN.contains(&word)) {
            assert!(line.contains(OPTIONS[0]), "{what}: {line}");
            return;
        }
        assert!(OPTIONS.iter().all(|option| line.contains(option)), "{what}: {line}");
        let mut shell = Command::new("sh");
        shell.args(["-c", line]).current_dir(self.root.join("else where")).env_clear();
        let path = format!("{}:/usr/bin:/bin", self.root.join("bin").display());
        shell.env("PATH", path).env("HOME", &self.root).stdin(std::process::Stdio::null());
        // It would wait for what is due.
        if line.ends_with(" schedule run") {
            return;
        }
        let ran = Ran::of(shell.output().unwrap());
        assert!(![2, 9, 70, 127].contains(&ran.status), "{what}: {line}: {ran:?}");
        assert!(!ran.stderr.contains("No such file"), "{what}: {line}: {ran:?}");
        assert!(!self.sandbox.state().exists(), "{what}: {line}: another state file was made");
    }
}

/// Each command of snapback's that was printed, once: in hints, between backticks, behind a colon, in cells and in JSON.
pub fn commands(ran: &Ran) -> Vec<String> {
    let mut found = BTreeSet::new();
    match serde_json::from_str::<serde_json::Value>(&ran.stdout) {
        Ok(document) => in_json(&document, &mut found),
        Err(_) => ran.stdout.lines().flat_map(|line| line.split('\t')).for_each(|cell| in_text(cell, &mut found)),
    }
    ran.stderr.lines().for_each(|line| in_text(line, &mut found));
    found.into_iter().collect()
}

fn in_json(value: &serde_json::Value, found: &mut BTreeSet<String>) {
    match value {
        serde_json::Value::String(text) => in_text(text, found),
        serde_json::Value::Array(values) => values.iter().for_each(|value| in_json(value, found)),
        serde_json::Value::Object(values) => values.values().for_each(|value| in_json(value, found)),
        _ => {}
    }
}

fn in_text(text: &str, found: &mut BTreeSet<String>) {
    // What was typed in the past is no advice.
    if text.starts_with("Undoing operation ") {
        return;
    }
    found.extend(text.split('`').skip(1).step_by(2).filter(|part| part.starts_with("snapback ")).map(str::to_owned));
    let plain = text.split('`').step_by(2).collect::<Vec<_>>().join("` `");
    let begins = plain.strip_prefix("snapback ").or_else(|| plain.split_once(": snapback ").map(|(_, line)| line));
    // As a subject it is a word: "snapback looks".
    let is_command = |line: &&str| line.starts_with('-') || KNOWN.contains(&line.split(' ').next().unwrap_or_default());
    found.extend(begins.filter(is_command).map(|line| format!("snapback {}", line.trim_end())));
}

/// Verbs, with which a command begins whose options were forgotten.
const KNOWN: [&str; 16] = [
    "apply",
    "check",
    "cpis",
    "delete",
    "delete-disk",
    "disks",
    "drill",
    "import",
    "manifest",
    "operations",
    "recover",
    "release",
    "restore",
    "snapshots",
    "take",
    "undo",
];

#[test]
fn a_command_is_seen_wherever_it_stands() {
    let text = |text: &str| {
        let mut found = BTreeSet::new();
        in_text(text, &mut found);
        found.into_iter().collect::<Vec<_>>()
    };
    assert_eq!(text("Hint: run: snapback take db/0"), ["snapback take db/0"]);
    assert_eq!(text("see `snapback check`; or `bosh tasks`"), ["snapback check"]);
    assert_eq!(text("never verified: snapback -m x drill y"), ["snapback -m x drill y"]);
    assert_eq!(text(&format!("odd: snapback looks at {}", disk_of("db/0"))), Vec::<String>::new());
}
