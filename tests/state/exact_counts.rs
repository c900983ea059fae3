//! Counts where a time would flap: commits and fsyncs of `take`, and all that `snapshots` does not do.

use crate::support;

use support::loop_mount;
use support::trace::{Call, trace};
use support::{Ran, Sandbox};

/// What SQLite makes durable in one commit: its journal, the directory that the journal stands in, the
/// journal's header, the state file, and the end of the journal.
const SYNCS_A_COMMIT: usize = 5;
/// The lock file: an operation's row is never on disk without it, or a power cut would leave one of which nobody can
/// tell whether it runs.
const SYNCS_AN_OPERATION: usize = 1;
/// Image, sidecar, the directory that they stand in, the directory that it gets its name in.
const SYNCS_A_SNAPSHOT: usize = 4;
/// The directory that its name leaves, the one that it goes to, and that one again when it is empty.
const SYNCS_A_DELETION: usize = 3;

fn traced(sandbox: &Sandbox, arguments: &[&str]) -> Option<Vec<Call>> {
    let (calls, ran): (Vec<Call>, Ran) = trace(sandbox, arguments).inspect_err(|why| loop_mount::skip(why)).ok()?;
    assert_eq!(ran.status, 0, "{ran:?}");
    Some(calls)
}

/// SQLite counts the commits in the header of the file (its file format, 1.3.7).
fn commits(sandbox: &Sandbox) -> u32 {
    let bytes = std::fs::read(sandbox.state()).unwrap();
    u32::from_be_bytes(bytes[24..28].try_into().unwrap())
}

fn syncs(calls: &[Call]) -> usize {
    calls.iter().filter(|call| call.is_sync()).count()
}

#[test]
fn one_step_costs_two_commits() {
    let sandbox = Sandbox::with(&["db/0"]);
    // The first ones make the cloud's directories.
    let cid = sandbox.take("db/0");
    sandbox.run(&["promote", &cid]).quiet_success();
    for (arguments, of_the_cloud) in [
        (&["take"][..], SYNCS_A_SNAPSHOT),
        (&["promote", &cid], SYNCS_A_SNAPSHOT),
        (&["-n", "delete", &cid], SYNCS_A_DELETION),
    ] {
        let before = commits(&sandbox);
        let Some(calls) = traced(&sandbox, arguments) else { return };
        // It begins with its intent, and ends with its outcome.
        assert_eq!(commits(&sandbox) - before, 2, "{arguments:?}");
        let expected = SYNCS_AN_OPERATION + 2 * SYNCS_A_COMMIT + of_the_cloud;
        assert_eq!(syncs(&calls), expected, "{arguments:?}");
    }
}

#[test]
fn twenty_disks_at_once_share_their_commits() {
    let names: Vec<String> = (0..20).map(|index| format!("db/{index}")).collect();
    let sandbox = Sandbox::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    sandbox.take("db/0");
    let before = commits(&sandbox);
    let Some(calls) = traced(&sandbox, &["take", "--parallel", "20"]) else { return };
    let commits = usize::try_from(commits(&sandbox) - before).unwrap();
    // One at a time would be 42. How many share one depends on who runs when: the bound leaves room for that.
    assert!((4..=24).contains(&commits), "{commits} commits");
    assert_eq!(syncs(&calls), SYNCS_AN_OPERATION + commits * SYNCS_A_COMMIT + 20 * SYNCS_A_SNAPSHOT);
}

#[test]
fn listing_writes_nothing_starts_nothing_and_asks_nobody() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    let before = std::fs::read(sandbox.state()).unwrap();
    for arguments in [&["snapshots"][..], &["snapshots", "db/0", "--json"], &["snapshots", "--output", "json"]] {
        let Some(calls) = traced(&sandbox, arguments) else { return };
        let harmless = |call: &&Call| match call.name.as_str() {
            "openat" => !call.text.contains("O_CREAT"),
            "write" => call.text.starts_with("1<"),
            // A signal comes by a pipe of the process's own.
            "socketpair" => call.text.starts_with("AF_UNIX"),
            "recvfrom" => call.text.starts_with("3<socket:"),
            // A thread is no child.
            "clone" | "clone3" => call.text.contains("CLONE_THREAD"),
            // Whether it is a terminal, and its width.
            "ioctl" => call.text.contains("TCGETS") || call.text.contains("TIOCGWINSZ"),
            _ => false,
        };
        let (started, others): (Vec<&Call>, Vec<&Call>) =
            calls.iter().filter(|call| !harmless(call)).partition(|call| call.name == "execve");
        assert_eq!(started.len(), 1, "snapback itself and no other: {started:#?}");
        assert!(others.is_empty(), "{arguments:?}: {others:#?}");
    }
    assert_eq!(std::fs::read(sandbox.state()).unwrap(), before);
    assert_eq!(
        sandbox.names("."),
        [
            "cloud",
            "director-snapshots.db",
            "director-snapshots.db-journal",
            "director-snapshots.db.locks",
            "director.yml",
            "inventory.yml"
        ]
    );
}
