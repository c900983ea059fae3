//! A release build has no fault points, and nothing else that only tests use.
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "tests may")]

mod dist;
mod install_page;
#[path = "../support/mod.rs"]
mod support;

use std::path::Path;
use std::time::{Duration, Instant};

use support::Sandbox;

/// Where the binary to look at is named. Building it takes minutes, so the test script does that, and names it.
const BINARY: &str = "SNAPBACK_RELEASE_BINARY";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_release_binary_has_none_of_the_tests_doors() {
    const DOOR: &str = "SNAPBACK_TEST_";
    // This test can see a door where there is one.
    assert!(holds(&std::fs::read(env!("CARGO_BIN_EXE_snapback")).unwrap(), DOOR) == cfg!(debug_assertions));
    if let Some(binary) = std::env::var_os(BINARY) {
        let bytes = std::fs::read(binary).unwrap();
        assert!(holds(&bytes, "SNAPBACK_STATE"), "this is no snapback");
        for text in [DOOR, "fault injected", "outlive:"] {
            assert!(!holds(&bytes, text), "the release binary holds {text}");
        }
    }
}

/// As it is built: stripped.
#[test]
fn a_release_binary_has_at_most_15_mib() {
    let Some(binary) = std::env::var_os(BINARY) else { return };
    let size = std::fs::metadata(binary).unwrap().len();
    assert!(size <= 15 << 20, "{} KiB", size >> 10);
}

/// The least time of several runs, which must succeed: what else the machine does makes some of them longer, and none shorter.
fn least(sandbox: &Sandbox, binary: &Path, arguments: &[&str]) -> Duration {
    let run = |_| {
        let begun = Instant::now();
        sandbox.prepare_of(binary, arguments).go().quiet_success();
        begun.elapsed()
    };
    (0..15).map(run).min().unwrap()
}

/// The budgets of `benches/README.md`, three times over: a shared machine is no place for more.
#[test]
fn a_release_binary_starts_in_its_time() {
    let Some(binary) = std::env::var_os(BINARY) else { return };
    let binary = Path::new(&binary);
    let instances: Vec<String> = (0..100).map(|index| format!("db/{index}")).collect();
    let sandbox = Sandbox::with(&instances.iter().map(String::as_str).collect::<Vec<_>>());
    sandbox.run(&["take", "--parallel", "20"]).quiet_success();
    let version = least(&sandbox, binary, &["--version"]);
    assert!(version < 3 * Duration::from_micros(4400), "{version:?}");
    let list = least(&sandbox, binary, &["snapshots"]);
    assert!(list < 3 * Duration::from_millis(11), "{list:?}");
    let mut state = rusqlite::Connection::open(sandbox.state()).unwrap();
    let transaction = state.transaction().unwrap();
    transaction.execute_batch("CREATE TEMP TABLE one AS SELECT * FROM snapshots LIMIT 1").unwrap();
    for at in 0..9_900 {
        transaction.execute("UPDATE one SET cid = 'snap-' || ?1", [at]).unwrap();
        transaction.execute_batch("INSERT INTO snapshots SELECT * FROM one").unwrap();
    }
    transaction.commit().unwrap();
    let tab = ["complete-values", "fish", "delete", ""];
    assert_eq!(sandbox.prepare_of(binary, &tab).go().stdout.lines().count(), 10_000);
    let candidates = least(&sandbox, binary, &tab);
    assert!(candidates < 3 * Duration::from_millis(30), "{candidates:?}");
}
