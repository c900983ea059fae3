//! Deletions that a CPI says it has done, and has not: what is paid for stays on the list.

use serde_json::json;

use crate::new_things::answer;
use crate::scene::{Liar, Tells};

/// Two newer snapshots of `db/0`, the first of which the manifest's retention does not keep. The drill verifies an older one.
fn one_to_prune(liar: &Liar) {
    (0..2).for_each(|_| drop(liar.sandbox.take("db/0")));
    let manifest = std::fs::read_to_string(liar.sandbox.path("director.yml")).unwrap();
    let keep = "  snapback:\n    retention: {keep_last: 1}\n";
    liar.sandbox.write("director.yml", &manifest.replace("  snapback:\n", keep));
}

/// How a CPI says that a thing is gone.
fn words() -> [String; 4] {
    let error = |kind: &str| format!("error:{kind}|there is none");
    [
        answer("", &json!(null)),
        answer("", &json!(true)),
        error("Bosh::Clouds::DiskNotFound"),
        error("Snapback::SnapshotNotFound"),
    ]
}

#[test]
fn what_a_cpi_says_is_deleted_stays_on_the_list_while_its_cloud_has_it() {
    let threads = [Tells::Everything, Tells::NoMetadata].map(|tells| std::thread::spawn(move || crossed(tells)));
    let count: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    eprintln!("{count} deletions that did not happen");
    assert_eq!(count, 2 * 4 * 5);
}

fn crossed(tells: Tells) -> usize {
    let mut count = 0;
    let liar = Liar::new(tells);
    one_to_prune(&liar);
    for does in words() {
        for (verb, method) in [
            (vec!["delete", &liar.own], "delete_snapshot"),
            (vec!["-d", "prod", "delete-all", "db/0"], "delete_snapshot"),
            (vec!["prune"], "delete_snapshot"),
            (vec!["delete-disk", &liar.orphan], "delete_disk"),
            (vec!["drill", &liar.own], "delete_disk"),
        ] {
            let what = format!("{verb:?}: {tells:?}: {method}: {does}");
            let before = liar.world();
            let verb: Vec<String> = verb.into_iter().map(str::to_owned).collect();
            let tried = liar.try_out(&what, &verb, &json!({method: does}), before);
            assert!(tried.ran.status != 0, "{what}: success: {tried:?}");
            assert_eq!(tried.new, tried.made, "{what}: what is there is known");
            assert_eq!(tried.made.len(), usize::from(verb[0] == "drill"), "{what}: {tried:?}");
            liar.honest();
            for made in &tried.made {
                liar.sandbox.run(&["-n", "delete-disk", made.trim_start_matches("disks/")]).quiet_success();
            }
            count += 1;
        }
    }
    count
}

/// A description that lags behind the list, as one of a cloud's many sides may: nothing is noted as gone that the list has.
#[test]
fn what_only_one_side_calls_gone_is_neither_forgotten_nor_called_lost() {
    let liar = Liar::new(Tells::Everything);
    let manifest = std::fs::read_to_string(liar.sandbox.path("director.yml")).unwrap();
    liar.sandbox.write("director.yml", &manifest.replace("lag: 0", "lag: 1"));
    let missing = answer("", &json!({"state": "missing"}));
    let none = "error:Snapback::SnapshotNotFound|there is none";
    let known = |cid: &str| liar.sandbox.rows(&["snapshots"], "snapshots").into_iter().find(|row| row["cid"] == cid);
    for verb in [&["-n", "delete"][..], &["drill"]] {
        liar.lies(&json!({"delete_snapshot": none, "describe_snapshot": missing}));
        let ran = liar.sandbox.run(&[verb, &[liar.own.as_str()]].concat());
        assert!(ran.status != 0 && ran.stderr.contains("shows it"), "{ran:?}");
        let row = known(&liar.own).unwrap_or_else(|| panic!("it is off the list: {ran:?}"));
        assert!(row["unsound_at"].is_null(), "{row}");
    }
    // No side has it any more.
    liar.honest();
    std::fs::remove_dir_all(liar.sandbox.path("cloud/snapshots").join(&liar.own)).unwrap();
    assert_eq!(liar.sandbox.run(&["drill", &liar.own]).status, 11);
    liar.sandbox.run(&["-n", "delete", &liar.own]).quiet_success();
    assert!(known(&liar.own).is_none());
}
