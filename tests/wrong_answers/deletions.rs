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
