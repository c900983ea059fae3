//! The order on disk, read from the system calls of the real program: the row of an intent is durable before
//! the first effect of its step, the effect is durable before its outcome is written, and nothing happens in
//! the cloud's directory at any other time.

use crate::support;

use support::loop_mount;
use support::trace::{Call, trace};
use support::{Sandbox, disk_of, vm_of};

const STATE: &str = "director-snapshots.db";
const TRANSACTION: &str = "transaction";

/// Follows the state file: a commit is the fsync of the file after the last write to it, then the end of
/// SQLite's own journal, made durable too (without that a power cut rolls the commit back).
#[derive(Default)]
struct Commits {
    dirty: bool,
    synced: bool,
    ended: bool,
    pages: String,
}

enum Seen {
    Nothing,
    Begun,
    /// With the pages that were written.
    Committed(String),
}

impl Commits {
    fn see(&mut self, call: &Call) -> Seen {
        let Some(file) = call.file() else { return Seen::Nothing };
        if file.ends_with(STATE) && call.is_write() {
            self.synced = false;
            self.dirty = true;
            self.pages.push_str(&call.text);
        } else if file.ends_with(STATE) && call.is_sync() {
            self.synced = self.dirty;
        } else if file.ends_with(&format!("{STATE}-journal")) {
            match call.name.as_str() {
                "ftruncate" if call.text.contains(">, 0)") => {
                    assert!(self.synced, "SQLite's journal ends before the state file is durable");
                    self.ended = true;
                }
                "fsync" | "fdatasync" if self.ended => {
                    return Seen::Committed(std::mem::take(self).pages);
                }
                _ if call.is_write() && !self.dirty => return Seen::Begun,
                _ => {}
            }
        }
        Seen::Nothing
    }
}

/// A path below the cloud's directory, with a word for each name that is new in each run.
fn place(path: &str) -> Option<String> {
    let inside = match path.rsplit_once("cloud/") {
        Some((_, inside)) => inside,
        None if path.ends_with("/cloud") || path == "cloud" => return Some("the cloud's directory".to_owned()),
        None => return None,
    };
    let mut parts: Vec<&str> = inside.split('/').collect();
    let is_new = |name: &str| name.len() > 36 && name.bytes().rev().take(36).filter(|byte| *byte == b'-').count() == 4;
    for at in 1..parts.len() {
        if parts[at - 1] == "tmp" {
            parts[at] = "STEP";
        } else if is_new(parts[at]) {
            parts[at] = "NEW";
        }
    }
    Some(parts.join("/"))
}

/// What a call does in the cloud's directory, and where in the trace it counts: a change counts from its
/// beginning on, and what makes it durable only at its end.
fn effect(call: &Call) -> Option<(usize, String)> {
    let quoted: Vec<String> = call.quoted().iter().filter_map(|path| place(path)).collect();
    let file = call.file().and_then(place);
    if call.is_sync() {
        return Some((call.end, format!("sync {}", file?)));
    }
    let line = match call.name.as_str() {
        "openat" if call.text.contains("O_CREAT") => format!("create {}", quoted.first()?),
        "ioctl" if call.text.contains("FICLONE") => format!("fill {}", file?),
        _ if call.is_write() => format!("fill {}", file?),
        "mkdir" => format!("create {}", quoted.first()?),
        "rename" | "renameat" | "renameat2" | "link" | "linkat" => {
            format!("rename {} to {}", quoted.first()?, quoted.get(1)?)
        }
        "symlink" | "symlinkat" => format!("link {}", quoted.last()?),
        // What is taken apart has no order of its own.
        "unlinkat" if file.is_some() => format!("remove {}", file?),
        "unlink" | "unlinkat" | "rmdir" => format!("remove {}", quoted.first()?),
        _ => return None,
    };
    // A lock is no effect.
    (line != "create lock").then_some((call.start, line))
}

/// The steps of the newest operation, as the journal has them.
fn kinds(sandbox: &Sandbox) -> Vec<String> {
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    let mut found = connection
        .prepare(
            "SELECT kind FROM steps JOIN operations ON id = operation
             WHERE operations.number = (SELECT max(number) FROM operations) ORDER BY steps.number",
        )
        .unwrap();
    found.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect()
}

/// Runs a command that changes one thing after the other, and tells in which order its traces reach the disk.
fn order(sandbox: &Sandbox, arguments: &[&str]) -> Option<String> {
    let (calls, ran) = match trace(sandbox, arguments) {
        Ok(traced) => traced,
        Err(why) => {
            loop_mount::skip(&why);
            return None;
        }
    };
    assert_eq!(ran.status, 0, "{ran:?}");
    let kinds = kinds(sandbox);
    let row = |kind: &str| Some(format!("{{\\\"kind\\\":\\\"{kind}\\\""));
    let mut expected = Vec::new();
    if let [kind] = kinds.as_slice() {
        // One step begins with its operation, and ends it.
        expected.push((format!("begin, intend {kind}"), row(kind)));
        expected.push((format!("settle {kind}, finish"), None));
    } else {
        expected.push(("begin".to_owned(), None));
        for kind in &kinds {
            expected.push((format!("intend {kind}"), row(kind)));
            expected.push((format!("settle {kind}"), None));
        }
        expected.push(("finish".to_owned(), None));
    }
    let mut expected = expected.into_iter();
    let mut commits = Commits::default();
    let mut events: Vec<(usize, String)> = Vec::new();
    for call in &calls {
        match commits.see(call) {
            Seen::Begun => events.push((call.start, TRANSACTION.to_owned())),
            Seen::Committed(pages) => {
                let (name, row) = expected.next().unwrap_or_else(|| panic!("more commits than the journal explains"));
                if let Some(row) = row {
                    assert!(pages.contains(&row), "the commit of '{name}' has not written its row");
                }
                events.push((call.end, name));
            }
            Seen::Nothing => events.extend(effect(call).map(|(at, line)| (at, format!("  {line}")))),
        }
    }
    assert_eq!(expected.next(), None, "a commit is missing");
    events.sort_by_key(|(at, _)| *at);
    let mut lines: Vec<String> = events.into_iter().map(|(_, line)| line).collect();
    lines.dedup();
    // The beginning of a transaction matters only where something lies between it and its commit.
    let whole: Vec<bool> = lines.windows(2).map(|pair| pair[0] == TRANSACTION && !pair[1].starts_with(' ')).collect();
    let shown = lines.iter().enumerate().filter(|(at, _)| whole.get(*at) != Some(&true));
    Some(shown.map(|(_, line)| format!("{line}\n")).collect())
}

#[track_caller]
fn is(found: Option<String>, expected: &[&str]) {
    let Some(found) = found else { return };
    let expected = expected.concat();
    assert!(found == expected, "--- found\n{found}--- expected\n{expected}---");
}

/// Image and sidecar are durable, then the directory that they stand in, then its name.
fn staged(area: &str) -> String {
    format!(
        "  create tmp/STEP
  create tmp/STEP/disk.img
  fill tmp/STEP/disk.img
  sync tmp/STEP/disk.img
  create tmp/STEP/meta.json
  fill tmp/STEP/meta.json
  sync tmp/STEP/meta.json
  sync tmp/STEP
  rename tmp/STEP to {area}/NEW
  sync {area}
"
    )
}

/// A sandbox whose cloud has all its directories, and a snapshot in it.
fn furnished() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    (sandbox, cid)
}

#[test]
fn take_intends_then_acts_then_settles() {
    let (sandbox, _) = furnished();
    is(
        order(&sandbox, &["take", "db/0"]),
        &["begin, intend snapshot_disk\n", &staged("snapshots"), "settle snapshot_disk, finish\n"],
    );
}

#[test]
fn promote_intends_then_acts_then_settles() {
    let (sandbox, cid) = furnished();
    is(
        order(&sandbox, &["promote", &cid]),
        &["begin, intend create_disk_from_snapshot\n", &staged("disks"), "settle create_disk_from_snapshot, finish\n"],
    );
}

#[test]
fn delete_intends_then_acts_then_settles() {
    let (sandbox, cid) = furnished();
    is(
        order(&sandbox, &["-n", "delete", &cid]),
        &["begin, intend delete_snapshot
  rename snapshots/NEW to tmp/STEP
  sync snapshots
  sync tmp
  remove tmp/STEP
  sync tmp
settle delete_snapshot, finish
"],
    );
}

#[test]
fn restore_intends_acts_and_settles_each_step() {
    let (sandbox, cid) = furnished();
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    is(
        order(&sandbox, &["-n", "restore", &cid]),
        &[
            "begin\nintend create_disk_from_snapshot\n",
            &staged("disks"),
            "settle create_disk_from_snapshot\nintend snapshot_disk\n",
            &staged("snapshots"),
            "settle snapshot_disk\nintend detach_disk\n",
            &format!("  remove vms/{vm}/{disk}\n  sync vms/{vm}\n"),
            "settle detach_disk\nintend attach_disk\n",
            &format!("  link vms/{vm}/NEW\n  sync vms/{vm}\n"),
            "settle attach_disk\nintend confirm\nsettle confirm\nfinish\n",
        ],
    );
}
