//! What `prune` would delete of 100,000 snapshots, beside the `sqlite3` shell with a query for the same question.

use std::fs;
use std::process::Command;

use crate::measure::{Budget, RUNS, Report, has, timed};
use crate::support::{Sandbox, disk_of};

/// The promise: 100,000 snapshots are planned within a second, in milliseconds.
const PLAN: f64 = 1000.0;

/// The newest of each instance stays, and the others go: what a window function says, without a look at any cloud.
const QUERY: &str = "SELECT cid, row_number() OVER (PARTITION BY deployment, grp, idx ORDER BY created_at DESC) > 1 AS goes \
                     FROM snapshots WHERE gone_at IS NULL ORDER BY deployment, grp, idx, created_at, cid";

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    if !has("sqlite3") {
        report.say("sqlite3 is not here: nothing stands beside the plans".to_owned());
        return;
    }
    let sandbox = filled();
    let ours = |arguments: &'static [&'static str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
        command.args(arguments).current_dir(sandbox.path("")).env_clear();
        timed(&mut command)
    };
    let shell = || timed(Command::new("sqlite3").arg("-json").arg(sandbox.state()).arg(QUERY));
    let mut pair = |what: &str, arguments: &'static [&'static str]| {
        report.pair(what, "sqlite3 -json", RUNS, Budget::Most(PLAN), || ours(arguments), shell);
    };
    let dry: &[&str] = &["prune", "--dry-run", "--output", "json"];
    pair("`prune --dry-run --output json`, 99,001 of 100,001 go", dry);
    pair("`prune --dry-run`, the same", &["prune", "--dry-run"]);
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    let pending =
        "UPDATE operations SET state = 'pending', ended_at = NULL WHERE number = (SELECT max(number) FROM operations)";
    assert_eq!(connection.execute(pending, []).unwrap(), 1);
    pair("`prune --dry-run --output json`, beside a pending operation", dry);
}

/// 1,000 instances with 100 snapshots each, of which the cloud has the newest; and one that was really taken.
fn filled() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.manifest(true, "start: ['true']");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let keeping = manifest.replace("  snapback:\n", "  snapback:\n    retention: {keep_last: 1}\n");
    sandbox.write("director.yml", &keeping);
    let taken = sandbox.take("db/0");
    let folder = |cid: &str| sandbox.path("cloud/snapshots").join(cid);
    let sidecar = fs::read_to_string(folder(&taken).join("meta.json")).unwrap();
    for newest in (99_000..100_000).map(|number| format!("snap-{number}")) {
        fs::create_dir(folder(&newest)).unwrap();
        fs::write(folder(&newest).join("meta.json"), sidecar.replace(&taken, &newest)).unwrap();
        fs::File::create(folder(&newest).join("disk.img")).unwrap().set_len(1 << 20).unwrap();
    }
    let mut connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let transaction = connection.transaction().unwrap();
    transaction
        .execute_batch(&format!(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 99999)
             SELECT i FROM n;
             INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, owner, purpose, created_at, clean, consistency)
             SELECT 'local_cpi', 'snap-' || i, '{}', 'prod', 'web', i % 1000, 'snapback', 'take',
             1700000000000 + i * 60000, 0, 'crash' FROM n;",
            disk_of("db/0")
        ))
        .unwrap();
    transaction.commit().unwrap();
    sandbox
}
