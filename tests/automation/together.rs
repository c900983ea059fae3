//! `take --clean --quiesce-together`: all stand still at once, or none is taken.
#![cfg(debug_assertions)]

use std::fs;

use super::clean::{HOOKS, executable, scene};
use crate::support::Sandbox;

fn log(sandbox: &Sandbox) -> Vec<String> {
    fs::read_to_string(sandbox.path("log")).unwrap_or_default().lines().map(str::to_owned).collect()
}

#[test]
fn all_stand_still_before_the_first_is_taken_and_go_on_in_the_other_order() {
    let sandbox = scene(&["db/0", "db/1", "web/0"], HOOKS);
    let ran = sandbox.run(&["take", "--clean", "--quiesce-together", "--parallel", "1"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let (quiesced, resumed) =
        (["quiesce db/0", "quiesce db/1", "quiesce web/0"], ["resume web/0", "resume db/1", "resume db/0"]);
    assert_eq!(log(&sandbox), [quiesced, resumed].concat());
    let operation = sandbox.rows(&["operations"], "operations").remove(0);
    let steps = sandbox.rows(&["operations", operation["operation"].as_str().unwrap()], "steps");
    let kinds: Vec<&str> = steps.iter().map(|step| step["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, [["quiesce"; 3], ["snapshot_disk"; 3], ["resume"; 3]].concat());
    assert!(sandbox.rows(&["snapshots"], "snapshots").iter().all(|snapshot| snapshot["clean"] == true));
}

#[test]
fn where_one_does_not_stand_still_all_go_on_and_nothing_is_taken() {
    let sandbox = scene(
        &["db/0", "db/1", "web/0"],
        &format!("{HOOKS}\ngroups:\n  web: {{quiesce: [./fails], resume: [./resume]}}"),
    );
    executable(&sandbox, "fails", "#!/bin/sh\necho \"$SNAPBACK_HOOK $SNAPBACK_HOOK_INSTANCE\" >> log\nexit 9\n");
    let ran = sandbox.run(&["take", "--clean", "--quiesce-together"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    assert!(ran.stderr.contains("no snapshot was taken of db/0, since web/0 does not stand still"), "{ran:?}");
    let end = ["quiesce db/0", "quiesce db/1", "quiesce web/0", "resume web/0", "resume db/1", "resume db/0"];
    assert_eq!(log(&sandbox), end);
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 0);
    let operation = sandbox.rows(&["operations"], "operations").remove(0);
    assert_eq!(operation["state"], "failed", "{operation}");

    let ran = sandbox.run(&["take", "--clean", "--quiesce-together", "--fallback", "crash-consistent"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let all = sandbox.rows(&["snapshots"], "snapshots");
    assert!(all.len() == 3 && all.iter().all(|snapshot| snapshot["clean"] == false), "{all:?}");
}
