//! `docs/after-a-kill.md`: its commands, typed as they stand there, for a take whose answer was lost.
#![cfg(debug_assertions)]

use serde_json::json;

use crate::readme::read;
use crate::support::fake_cpi::Scene;

#[test]
fn what_even_the_cloud_cannot_tell_is_told_by_you() {
    let page = read("docs/after-a-kill.md");
    let commands: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix("$ snapback ")).collect();
    assert_eq!(commands.len(), 2, "{commands:?}");
    for command in commands {
        let lost = json!({"vms": {"vm-0": ["disk-0"]}, "does": {"snapshot_disk": "act + exit:1"}, "forgets": true});
        let scene = Scene::with(&["db/0"], &lost);
        assert_eq!(scene.run(&["take", "db/0"]).status, 7);
        let operation = scene.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let made = scene.snapshots()[0].clone();
        let line = command.replace("51d07f3a9be2", &operation).replace("snap-0a1b2c", &made);
        let words: Vec<&str> = line.split(' ').collect();
        let ran = scene.prepare(&words).stdin("y\n").go();
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        let rows = scene.sandbox.rows(&["snapshots"], "snapshots");
        let known: Vec<&str> = rows.iter().filter_map(|row| row["cid"].as_str()).collect();
        let wanted: Vec<&str> = if line.contains("--adopt") { vec![&made] } else { Vec::new() };
        assert_eq!(known, wanted, "{line}");
    }
}
