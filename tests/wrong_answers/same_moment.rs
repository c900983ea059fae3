//! Two calls of one `take` that answer with one and the same new CID, at the same moment.

use serde_json::json;

use crate::new_things::answer;
use crate::scene::{Liar, Tells};

const ROUNDS: usize = 4;

#[test]
fn of_two_that_get_the_same_new_snapshot_at_once_one_is_recorded_and_the_other_names_both() {
    let threads = [Tells::Everything, Tells::Nothing].map(|tells| std::thread::spawn(move || rounds(tells)));
    let count: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    eprintln!("{count} takes with one answer for two disks");
    assert_eq!(count, 2 * ROUNDS);
}

fn rounds(tells: Tells) -> usize {
    let liar = Liar::new(tells);
    for round in 0..ROUNDS {
        let cid = format!("snap-same-{round}");
        let what = format!("{tells:?}: {cid}");
        let before = liar.world();
        let same = answer("sleep:200 + ", &json!(cid));
        liar.lies(&json!({"snapshot_disk": same, "describe_snapshot": answer("", &json!({"state": "ready"}))}));
        let ran = liar.sandbox.run(&["-n", "take", "--parallel", "2"]);
        assert!([3, 7].contains(&ran.status), "{what}: {ran:?}");
        assert_eq!(ran.stdout.matches(&format!("\t{cid}\t")).count(), 1, "{what}: told once: {ran:?}");
        let recorded = liar.world().snapshots;
        let owner = recorded.get(&cid).unwrap_or_else(|| panic!("{what}: not recorded: {ran:?}"))["instance"].clone();
        assert_eq!(recorded.len(), before.snapshots.len() + 1, "{what}");
        let refused = if owner == "db/0" { "db/1" } else { "db/0" };
        let line = ran.stderr.lines().find(|line| line.contains(&cid) && line.contains("in 'prod'"));
        let line = line.unwrap_or_else(|| panic!("{what}: {ran:?}"));
        for name in [refused, owner.as_str().unwrap()] {
            assert!(line.contains(&format!("{name} in 'prod'")), "{what}: {name} is not named: {line}");
        }
        liar.follow(&what, &ran);
        let after = liar.world();
        assert_eq!(after.snapshots, recorded, "{what}: the other one gets it by no way out");
        assert_eq!((after.disks, after.attached, after.cloud), (before.disks, before.attached, before.cloud), "{what}");
    }
    ROUNDS
}
