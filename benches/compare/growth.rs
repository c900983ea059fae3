//! What a command costs once a disk has 10,000 snapshots, or a Director 10,000 instances, beside the same command with 10.

use std::process::Command;

use crate::measure::{Budget, Report, timed};
use crate::support::{Sandbox, disk_of};

const FEW: u32 = 10;
const MANY: u32 = 10_000;
/// Commands about one instance must not feel how many others there are.
const FLAT: f64 = 1.5;
const RUNS: usize = 31;

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    let latest: &[&str] = &["restore", "--latest", "db/0", "--dry-run"];
    let commands: [&[&str]; 3] = [&["take", "db/0"], latest, &["status", "db/0"]];
    for (of, grown) in [("snapshots of the disk", snapshots as fn(u32) -> Sandbox), ("instances", instances)] {
        let (few, many) = (grown(FEW), grown(MANY));
        for words in commands {
            report.pair(
                &format!("`{}`, {MANY} {of}", words.join(" ")),
                &format!("{FEW} {of}"),
                RUNS,
                Budget::Ratio(FLAT),
                || ours(&many, words),
                || ours(&few, words),
            );
        }
    }
}

fn ours(sandbox: &Sandbox, words: &[&str]) -> std::time::Duration {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    command.args(words).current_dir(sandbox.path("")).env_clear();
    timed(&mut command)
}

/// The cloud has the first and the last of all instances, and a snapshot of each.
fn furnished() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0", "zz/0"]);
    sandbox.take("db/0");
    sandbox.take("zz/0");
    sandbox
}

/// So many older snapshots of the one disk, each by a take of its own; the cloud has the newest.
fn snapshots(count: u32) -> Sandbox {
    let sandbox = furnished();
    fill(
        &sandbox,
        count,
        &format!(
            "UPDATE operations SET number = number + {count};
             UPDATE snapshots SET operation_number = operation_number + {count};
             INSERT INTO operations (number, id, verb, arguments, user, host, host_id, pid, started_at, ended_at, state, summary, fence)
             SELECT i, 'take-' || i, verb, arguments, user, host, host_id, pid, 1700000000000 + i * 60000,
             1700000000000 + i * 60000, state, summary, fence FROM n, (SELECT * FROM operations WHERE verb = 'take' LIMIT 1);
             INSERT INTO steps (operation, number, kind, version, step, state, result, started_at, ended_at)
             SELECT 'take-' || i, number, kind, version, step, state, 'snap-' || i, started_at, ended_at
             FROM n, (SELECT * FROM steps WHERE kind = 'snapshot_disk' LIMIT 1);
             INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, owner, purpose, created_at, clean, consistency, size_mib,
             operation, operation_number)
             SELECT 'local_cpi', 'snap-' || i, '{}', 'prod', 'db', 0, 'snapback', 'take', 1700000000000 + i * 60000, 0, 'crash', 1,
             'take-' || i, i FROM n",
            disk_of("db/0")
        ),
    );
    sandbox
}

/// So many other instances, with a disk and a snapshot each.
fn instances(count: u32) -> Sandbox {
    let sandbox = furnished();
    fill(
        &sandbox,
        count,
        "INSERT INTO instances (deployment, grp, idx, cpi, vm_cid, managed_by, confirmed_at)
         SELECT 'prod', 'web', i, 'local_cpi', 'vm-' || i, 'nobody', 1700000000000 FROM n;
         INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, size_mib)
         SELECT 'local_cpi', 'disk-' || i, 'prod', 'web', i, 0, 'active', 1 FROM n;
         INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, owner, purpose, created_at, clean, consistency, size_mib)
         SELECT 'local_cpi', 'snap-' || i, 'disk-' || i, 'prod', 'web', i, 'snapback', 'take', 1700000000000, 0, 'crash', 1 FROM n",
    );
    sandbox
}

fn fill(sandbox: &Sandbox, count: u32, rows: &str) {
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection
        .execute_batch(&format!(
            "BEGIN;
             CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
             SELECT i FROM n;
             {rows};
             COMMIT;"
        ))
        .unwrap();
}
