//! Start-up, and lists of 100 and of 100,000 snapshots, beside the `sqlite3` shell on the same file.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use crate::measure::{Budget, RUNS, Report, has, timed};
use crate::support::Sandbox;
use crate::support::memory::peak_mib;

/// What a bosh CLI takes to say its version, in milliseconds.
const BOSH: f64 = 11.0;
const START: f64 = 0.4 * BOSH;
const LIST: f64 = BOSH;
/// What a shell waits for the candidates on TAB.
const TAB: f64 = 30.0;
const MEMORY: f64 = 25.0;

/// All columns of `--output json`, cheaper for the shell than for snapback: times stay numbers.
const COLUMNS: &str = "SELECT grp || '/' || idx AS instance, cid, created_at, clean, \
                       unixepoch('now') - created_at / 1000 AS age, deployment, disk AS disk_cid, size_mib AS size, \
                       owner, cpi, consistency, note, operation FROM snapshots WHERE gone_at IS NULL \
                       ORDER BY deployment, grp, idx, created_at, cid";

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    let few = filled(100);
    let many = filled(100_000);
    let ours = |sandbox: &Sandbox, arguments: &[&str]| snapback(sandbox, arguments);
    if !has("sqlite3") {
        report.say("sqlite3 is not here: nothing stands beside the lists".to_owned());
        return;
    }
    let shell = |sandbox: &Sandbox| {
        let mut command = Command::new("sqlite3");
        command.arg("-json").arg(sandbox.state()).arg(COLUMNS);
        command
    };
    let mut pair = |what: &str, other: &str, runs: usize, budget, a: &dyn Fn() -> Command, b: &dyn Fn() -> Command| {
        let time = |make: &dyn Fn() -> Command| -> Duration { timed(&mut make()) };
        report.pair(what, other, runs, budget, || time(a), || time(b));
    };
    let version = || {
        let mut command = Command::new("sqlite3");
        command.arg("-version");
        command
    };
    pair("`--version`", "sqlite3 -version", 101, Budget::Most(START), &|| ours(&few, &["--version"]), &version);
    pair("`snapshots`, 100 rows", "sqlite3 -json", 101, Budget::Most(LIST), &|| ours(&few, &["snapshots"]), &|| {
        shell(&few)
    });
    let some = filled(10_000);
    pair(
        "the CIDs for TAB, 10,000 rows",
        "snapback --version",
        RUNS,
        Budget::Most(TAB),
        &|| ours(&some, &["complete-values", "fish", "delete", ""]),
        &|| ours(&some, &["--version"]),
    );
    for (arguments, budget) in [
        (&["snapshots", "--output", "json"][..], Budget::Ratio(1.5)),
        (&["snapshots", "--json"], Budget::None),
        (&["snapshots", "--output", "tsv"], Budget::None),
        (&["snapshots"], Budget::None),
    ] {
        let what = format!("`{}`, 100,000 rows", arguments.join(" "));
        pair(&what, "sqlite3 -json", RUNS, budget, &|| ours(&many, arguments), &|| shell(&many));
    }
    if has("bosh") {
        let bosh = || {
            let mut command = Command::new("bosh");
            command.arg("--version");
            command
        };
        pair("`--version`", "bosh --version", RUNS, Budget::Ratio(0.4), &|| ours(&few, &["--version"]), &bosh);
        pair(
            "`snapshots`, 100 rows",
            "bosh --version",
            RUNS,
            Budget::Ratio(1.0),
            &|| ours(&few, &["snapshots"]),
            &bosh,
        );
    } else {
        report.say(format!("bosh is not here: the budgets of start-up are of the {BOSH} ms that it takes elsewhere"));
    }
    let beside = peak_mib(|| shell(&many));
    for arguments in
        [&["snapshots", "--output", "json"][..], &["snapshots", "--json"], &["snapshots"], &["snapshots", "--wide"]]
    {
        let what = format!("peak memory of `{}`, 100,000 rows", arguments.join(" "));
        report.row(
            &what,
            "MiB",
            peak_mib(|| ours(&many, arguments)),
            Some(("sqlite3 -json", beside)),
            Budget::Most(MEMORY),
        );
    }
}

fn snapback(sandbox: &Sandbox, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    command.args(arguments).current_dir(sandbox.path("")).env_clear();
    command
}

/// A sandbox whose state file has this many snapshots, as `take` would have recorded them.
fn filled(rows: u32) -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    fill(&sandbox.state(), rows - 1);
    sandbox
}

fn fill(state: &Path, rows: u32) {
    let mut connection = rusqlite::Connection::open(state).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction
        .execute(
            "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
             INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, az, owner, purpose, created_at, clean, consistency,
             size_mib, note, operation)
             SELECT cpi, printf('snap-%08x-0000-4000-8000-%012x', i * 2654435761 % 4294967296, i),
             printf('disk-%08x-0000-4000-8000-%012x', i % 40, i % 40), deployment, grp, i % 40, 'z1', owner, purpose,
             created_at - i * 60000, i % 2, consistency, 10240 + i % 7, iif(i % 5, NULL, 'before the deploy'), operation
             FROM n, (SELECT * FROM snapshots LIMIT 1)",
            [rows],
        )
        .unwrap();
    transaction.commit().unwrap();
}
