//! An error after the effect, or before: failed for certain, or unknown; and asked of the cloud where it can tell.

use serde_json::json;

use crate::scene::{Liar, Tells};

/// In the words of CPIs: whether it may have happened.
const ERRORS: [(&str, bool); 8] = [
    ("Unknown|timeout while waiting for snapshot to become available", true),
    ("Bosh::Clouds::CloudError|Timed out waiting for x to be available", true),
    ("Unknown|read tcp: connection reset by peer", true),
    ("Excon::Error::BadGateway|Expected(200) <=> Actual(502 Bad Gateway)", true),
    ("Unknown|context deadline exceeded", true),
    ("Aws::EC2::Errors::SnapshotLimitExceeded|Maximum exceeded", false),
    ("Aws::EC2::Errors::UnauthorizedOperation|You are not authorized", false),
    ("Bosh::Clouds::CloudError|registry: something about a nil", false),
];

#[test]
fn an_error_is_no_proof_that_nothing_has_happened() {
    let threads = Tells::ALL.map(|tells| std::thread::spawn(move || crossed(tells)));
    let count: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    eprintln!("{count} errors after and before the effect");
    assert_eq!(count, 3 * 3 * 8 * 2);
}

fn crossed(tells: Tells) -> usize {
    let liar = Liar::new(tells);
    let mut before = liar.world();
    let mut count = 0;
    for (words, method) in [
        (vec!["take", "db/0"], "snapshot_disk"),
        (vec!["promote", &liar.own], "create_disk_from_snapshot"),
        (vec!["drill", &liar.own], "create_disk_from_snapshot"),
    ] {
        let words: Vec<String> = words.into_iter().map(str::to_owned).collect();
        for (error, unknown) in ERRORS {
            for (effect, happens) in [("act + ", true), ("", false)] {
                let what = format!("{words:?}: {tells:?}: {method}: {error}, happened: {happens}");
                liar.lies(&json!({method: format!("{effect}error:{error}")}));
                let arguments: Vec<&str> = words.iter().map(String::as_str).collect();
                let ran = liar.sandbox.run(&[&["-n"], &arguments[..]].concat());
                let can_tell = tells == Tells::Everything || (tells == Tells::NoMetadata && method != "snapshot_disk");
                let pending = liar.pending();
                assert_eq!(!pending.is_empty(), unknown && !can_tell, "{what}: {ran:?}");
                assert_eq!(ran.status == 0, happens && can_tell, "{what}: {ran:?}");
                liar.follow(&what, &ran);
                let after = liar.world();
                let new = liar.nothing_is_lost(&what, &before, &after, &ran);
                let kept = usize::from(happens && can_tell && words[0] != "drill");
                assert_eq!(new.len(), kept, "{what}: {new:?}: {ran:?}");
                before = after;
                count += 1;
            }
        }
    }
    count
}

#[test]
fn a_deletion_that_answers_an_error_is_looked_at() {
    let mut count = 0;
    for tells in Tells::ALL {
        let liar = Liar::new(tells);
        for (error, unknown) in ERRORS {
            for (effect, happens) in [("act + ", true), ("", false)] {
                let what = format!("{tells:?}: delete_snapshot: {error}, happened: {happens}");
                liar.honest();
                let cid = liar.sandbox.take("db/0");
                let before = liar.world();
                liar.lies(&json!({"delete_snapshot": format!("{effect}error:{error}")}));
                let ran = liar.sandbox.run(&["-n", "delete", &cid]);
                let can_tell = tells != Tells::Nothing;
                assert_eq!(!liar.pending().is_empty(), unknown && !can_tell, "{what}: {ran:?}");
                assert_eq!(ran.status == 0, happens && can_tell, "{what}: {ran:?}");
                liar.follow(&what, &ran);
                let mut after = liar.world();
                let place = format!("snapshots/{cid}");
                if happens {
                    assert!(!after.cloud.contains_key(&place), "{what}");
                    after.cloud.insert(place.clone(), before.cloud[&place].clone());
                }
                if happens && can_tell {
                    assert!(!after.snapshots.contains_key(&cid), "{what}: {ran:?}");
                    after.snapshots.insert(cid.clone(), before.snapshots[&cid].clone());
                }
                liar.nothing_is_lost(&what, &before, &after, &ran);
                count += 1;
            }
        }
    }
    eprintln!("{count} errors of deletions");
    assert_eq!(count, 3 * 8 * 2);
}
