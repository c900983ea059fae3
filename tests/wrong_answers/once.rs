//! What may have happened is not done again by the same run, whatever the CPI says of trying again; what the cloud was too
//! busy for is. The calls are counted that the CPI has received.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;

use serde_json::{Value, json};

use crate::scene::{Liar, Tells};
use crate::support::Ran;

/// A command, and the methods by which it changes the cloud.
const VERBS: [(&str, &[&str]); 6] = [
    ("take", &["snapshot_disk"]),
    ("promote", &["create_disk_from_snapshot"]),
    ("drill", &["create_disk_from_snapshot", "delete_disk"]),
    ("restore", &["create_disk_from_snapshot", "snapshot_disk", "detach_disk", "attach_disk"]),
    ("delete", &["delete_snapshot"]),
    ("delete-disk", &["delete_disk"]),
];

/// In the words of CPIs, which ask to be called again, or have died: it may have happened. Each of a cloud that can be asked
/// what has become of it, or that cannot.
const UNKNOWN: [(Tells, &str); 3] = [
    (Tells::Everything, "error:Unknown|Timed out waiting for it to be available|retry"),
    (Tells::Nothing, "error:Unknown|Request limit exceeded while waiting for it: connection reset by peer|retry"),
    (Tells::Nothing, "exit:1"),
];

/// It was too much for the cloud, which has done nothing.
const BUSY: [&str; 3] = [
    "error:Unknown|Request limit exceeded.",
    "error:Bosh::Clouds::CloudError|later|retry",
    "error:Bosh::Clouds::CloudError|Actual(429 Too Many Requests)",
];

fn pairs() -> impl Iterator<Item = (&'static str, &'static str)> {
    VERBS.into_iter().flat_map(|(verb, methods)| methods.iter().map(move |method| (verb, *method)))
}

/// A run of the command, and the calls of a method in it, by what they were told to do.
fn calls(liar: &Liar, verb: &str, method: &str, does: &Value) -> (Ran, BTreeMap<String, usize>) {
    let what = match verb {
        "take" => "db/0".to_owned(),
        "delete" => liar.sandbox.take("db/0"),
        "delete-disk" => liar.sandbox.line(&["promote", &liar.other, "--output", "cid"]),
        _ => liar.own.clone(),
    };
    liar.lies(&json!({method: does}));
    let log = liar.sandbox.path("fake/calls.jsonl");
    fs::write(&log, "").unwrap();
    let ran = liar.sandbox.prepare(&["-n", verb, &what]).env("SNAPBACK_TEST_PAUSE_MS", "1").go();
    let mut counts = BTreeMap::new();
    for line in fs::read_to_string(&log).unwrap().lines() {
        let call: Value = serde_json::from_str(line).unwrap();
        if call["method"] == method {
            let request: Value = serde_json::from_str(call["text"].as_str().unwrap()).unwrap();
            *counts.entry(request["arguments"].to_string()).or_insert(0) += 1;
        }
    }
    (ran, counts)
}

#[test]
fn what_may_have_happened_is_called_once() {
    let mut count = 0;
    for tells in [Tells::Everything, Tells::Nothing] {
        let liar = Liar::new(tells);
        for (verb, method) in pairs() {
            for (_, does) in UNKNOWN.iter().filter(|(of, _)| *of == tells) {
                let what = format!("{tells:?}: {verb}: {method}: {does}");
                let (ran, counts) = calls(&liar, verb, method, &json!(does));
                assert!(!counts.is_empty(), "{what}: {ran:?}");
                assert!(counts.values().all(|calls| *calls == 1), "{what}: {counts:?}: {ran:?}");
                assert!(!ran.stderr.contains("trying again"), "{what}: {ran:?}");
                liar.honest();
                liar.follow(&what, &ran);
                count += 1;
            }
        }
    }
    writeln!(std::io::stderr(), "{count} unknown outcomes, each of one call").unwrap();
    assert_eq!(count, 10 * 3);
}

#[test]
fn what_the_cloud_was_too_busy_for_is_called_again() {
    let mut count = 0;
    let liar = Liar::new(Tells::Everything);
    for ((verb, method), busy) in pairs().zip(BUSY.into_iter().cycle()) {
        let what = format!("{verb}: {method}: {busy}");
        let (ran, counts) = calls(&liar, verb, method, &json!([busy, busy, "ok"]));
        assert_eq!(ran.status, 0, "{what}: {ran:?}");
        assert_eq!(counts.into_values().collect::<Vec<_>>(), [3], "{what}: {ran:?}");
        assert!(ran.stderr.contains("(2 of 5)"), "{what}: {ran:?}");
        count += 1;
    }
    writeln!(std::io::stderr(), "{count} calls that were tried again").unwrap();
    assert_eq!(count, 10);
}

/// The cloud is asked whether the disk is there twice before the deletion, and does not answer after it.
#[test]
fn a_disk_of_which_nobody_knows_whether_it_is_deleted_is_not_forgotten() {
    let liar = Liar::new(Tells::Nothing);
    for (deletion, happens) in [("act + exit:1", true), ("exit:1", false)] {
        let silent = "error:Unknown|timeout";
        let (ran, disk) = {
            liar.honest();
            let disk = liar.sandbox.line(&["promote", &liar.own, "--output", "cid"]);
            liar.lies(&json!({"delete_disk": deletion, "has_disk": ["ok", "ok", silent]}));
            fs::write(liar.sandbox.path("fake/calls.jsonl"), "").unwrap();
            (liar.sandbox.run(&["-n", "delete-disk", &disk]), disk)
        };
        let known = || liar.world().disks.contains_key(&disk);
        assert_eq!((ran.status, liar.pending().len(), known()), (7, 1, true), "{deletion}: {ran:?}");
        let again = liar.sandbox.run(&["-n", "delete-disk", &disk]);
        assert_eq!((again.status, liar.pending().len()), (6, 1), "{deletion}: {again:?}");
        // While the cloud is silent, recover knows no more.
        liar.lies(&json!({"has_disk": silent}));
        let recovered = liar.sandbox.run(&["-n", "recover"]);
        assert_eq!((recovered.status, liar.pending().len(), known()), (7, 1, true), "{deletion}: {recovered:?}");
        liar.honest();
        let recovered = liar.sandbox.run(&["-n", "recover"]);
        assert_eq!((recovered.status, liar.pending().len(), known()), (0, 0, !happens), "{deletion}: {recovered:?}");
    }
}
