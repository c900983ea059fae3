//! Lists of 100,000 rows take hardly more memory than those of 10,000, whatever they hold; long lists that are imported.

use crate::support;

use std::process::Command;
use std::sync::Mutex;

use support::Sandbox;
use support::at_once;
use support::memory::{peak_mib, watched_mib};

const ROWS: u32 = 100_000;
/// More than the same list of a tenth takes: so the code of a debug build, most of whose crates are not optimised, does not
/// count.
const MOST_MIB: f64 = 4.0;

/// A sandbox whose state file has as many instances as rows, each with a disk, an orphaned disk and a snapshot of the
/// Director's, as an import would have recorded them.
fn sandbox(rows: u32) -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let mut connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.pragma_update(None, "foreign_keys", false).unwrap();
    let transaction = connection.transaction().unwrap();
    // UUIDs in no order, as they are.
    transaction
        .execute_batch(&format!(
            "CREATE TEMP TABLE n AS WITH RECURSIVE n (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < {} - 1)
             SELECT i, printf('%08x-%04x-4000-8000-%012x', i * 2654435761 % 4294967296, i * 40503 % 65536, i) AS u FROM n;
             INSERT INTO deployments VALUES ('big');
             INSERT INTO instances (deployment, grp, idx, uuid, az, cpi, vm_cid, agent_id, managed_by, confirmed_at,
             process_state, ips, desired_state, vm_type, bootstrap, ignored)
             SELECT 'big', 'db', i, u, 'z' || (i % 3), 'local_cpi', 'vm-' || u, u, 'director', 1700000000000, 'running',
             printf('10.0.%d.%d', i / 250, i % 250), 'started', 'default', i % 2, 0 FROM n;
             INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state)
             SELECT 'local_cpi', 'disk-' || u, 'big', 'db', i, 0, 'active' FROM n;
             INSERT INTO disks (cpi, cid, slot, state, size_mib, az, orphaned_at, last_deployment, last_instance)
             SELECT 'local_cpi', 'disk-old-' || u, 0, 'orphaned', 10240 + i, 'z1', 1700000000000 + i * 60000, 'big',
             'db/' || u FROM n;
             INSERT INTO snapshots (cpi, cid, disk, deployment, grp, idx, owner, purpose, created_at, clean, consistency,
             position) SELECT 'local_cpi', 'snap-' || u, 'disk-' || u, 'big', 'db', i, 'director', 'take',
             1700000000000 + i * 60000, 0, 'crash', i FROM n;",
            rows
        ))
        .unwrap();
    transaction.commit().unwrap();
    sandbox
}

#[test]
fn a_hundred_thousand_rows_take_little() {
    let (sandbox, small) = (sandbox(ROWS), sandbox(ROWS / 10));
    let found = Mutex::new(Vec::new());
    let lists = [
        &["instances", "--wide"][..],
        &["instances", "--details", "--tty"],
        &["instances", "--details", "--json"],
        &["disks", "--orphaned"],
        &["disks"],
        &["disks", "--orphaned", "--json"],
        &["snapshots", "--wide"],
        &["snapshots", "--output", "json"],
    ];
    at_once::each(&lists, |arguments| {
        let of = |sandbox: &Sandbox| {
            peak_mib(|| {
                let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
                command.args(*arguments).current_dir(sandbox.path("")).env_clear();
                command
            })
        };
        let peak = of(&sandbox) - of(&small);
        found.lock().unwrap().push((arguments.join(" "), peak));
    });
    let found = found.into_inner().unwrap();
    let wrong: Vec<_> = found.iter().filter(|(_, mib)| *mib > MOST_MIB).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// A list as the bosh CLI prints it, of about as many bytes.
fn long_list(bytes: usize) -> String {
    let row = |number: usize| {
        format!(
            r#"
            {{
                "agent_id": "{number:08}-30e7-4ef4-8c3a-3c4a2a5d1f0e",
                "az": "z1",
                "bootstrap": "false",
                "deployment": "prod",
                "disk_cids": "disk-{number:08}-30e7-4ef4-8c3a-3c4a2a5d1f0e",
                "ignore": "false",
                "index": "{number}",
                "instance": "db/{number:08}-30e7-4ef4-8c3a-3c4a2a5d1f0e",
                "ips": "10.0.0.1",
                "process_state": "running",
                "state": "started",
                "vm_cid": "vm-{number:08}-30e7-4ef4-8c3a-3c4a2a5d1f0e",
                "vm_type": "default"
            }}"#
        )
    };
    let rows: Vec<String> = (0..bytes / row(0).len()).map(row).collect();
    format!(r#"{{"Tables": [{{"Content": "instances", "Rows": [{}]}}]}}"#, rows.join(","))
}

#[test]
fn a_long_list_is_taken_in_within_ten_times_its_size() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    sandbox.write("short.json", &long_list(8 << 10));
    sandbox.write("list.json", &long_list(8 << 20));
    let taken_in = |list: &str| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
        command.args(["import", list]).current_dir(sandbox.path("")).env_clear();
        let (mib, succeeded) = watched_mib(command);
        assert!(succeeded);
        mib
    };
    let itself = taken_in("short.json");
    for _ in 0..2 {
        let mib = taken_in("list.json");
        assert!(mib < 10.0 * 8.0 + itself, "{mib} MiB, and the program by itself {itself} MiB");
    }
}

#[test]
fn a_million_keys_are_refused_at_the_bound_and_not_held_first() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    let flat: String = (0..1_000_000).map(|number| format!("k{number}: 1\n")).collect();
    let nested: String = (0..10_000).map(|group| format!("g{group}:\n{}", " k: 1\n".repeat(90))).collect();
    sandbox.write("flat.yml", &flat);
    sandbox.write("nested.yml", &nested);
    let keys = "Error: flat.yml:50001: more than 50000 keys in one mapping, the most that is read";
    let values = ": more than 250000 keys and values, the most that is read";
    for (arguments, told) in [
        (&["-m", "flat.yml", "manifest"][..], keys),
        (&["import", "flat.yml"], keys),
        (&["manifest", "-l", "flat.yml"], keys),
        (&["manifest", "-o", "flat.yml"], keys),
        (&["-m", "nested.yml", "manifest"], values),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {ran:?}");
        assert!(ran.stderr.contains(told) && ran.stderr.contains("Hint: "), "{arguments:?}: {ran:?}");
        let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
        command.args(arguments).current_dir(sandbox.path("")).env_clear();
        let (mib, succeeded) = watched_mib(command);
        assert!(!succeeded && mib < 100.0, "{arguments:?}: {mib} MiB");
    }
}
