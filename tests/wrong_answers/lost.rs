//! The answer of what was made is lost, and the cloud answers wrongly when it is asked by the step's name.

use serde_json::{Value, json};

use crate::new_things::{answer, answers};
use crate::scene::{Liar, Tells};
use crate::support::disk_of;

/// The call is cut off: after its effect, and before.
const LOST: [(&str, &str); 2] = [("act + exit:1", "one was made"), ("exit:1", "none was made")];

/// Each wrong answer of `list_snapshots`. Nothing in them is this step's, whatever they say.
fn lists(liar: &Liar) -> Vec<(String, String)> {
    let now = chrono::Utc::now();
    let row = |cid: &str, disk: &str, minutes: i64, metadata: Value| {
        let made = (now - chrono::TimeDelta::minutes(minutes)).to_rfc3339();
        json!({"cid": cid, "disk_cid": disk, "created_at": made, "state": "ready", "metadata": metadata})
    };
    let (own, other) = (disk_of("db/0"), disk_of("db/1"));
    let others_name = json!({"snapback_operation": "000000000000", "snapback_step": "1"});
    let list = |rows: Value| answer("", &rows);
    let mut lists = vec![
        ("an old one, against the filter", list(json!([row(&liar.own, &own, 0, others_name.clone())]))),
        ("an old one without metadata", list(json!([row(&liar.own, &own, 0, json!({}))]))),
        ("one of the past without metadata", list(json!([row("snap-of-old", &own, 60, json!({}))]))),
        ("one of now without metadata", list(json!([row("snap-of-now", &own, 0, json!({}))]))),
        ("one of another step", list(json!([row("snap-of-now", &own, 0, others_name)]))),
        ("half a name", list(json!([row("snap-of-now", &own, 0, json!({"snapback_step": "1"}))]))),
        ("none", list(json!([]))),
        ("nothing", list(Value::Null)),
        ("a text", list(json!("snap-1"))),
        ("an error", "error:Bosh::Clouds::CloudError|no".to_owned()),
        ("no answer", "exit:1".to_owned()),
    ];
    // What carries the very name of the step, and cannot be it.
    for (name, cid, disk, minutes) in [
        ("own, of another disk", "snap-of-now", &other, 0),
        ("own, of the past", "snap-of-now", &own, 60),
        ("own: a live one of another", liar.other.as_str(), &own, 0),
        ("own: a live one of this", liar.own.as_str(), &own, 0),
        ("own: one that is gone", liar.gone.as_str(), &own, 0),
        ("own: the disk itself", own.as_str(), &own, 0),
        ("own: an orphaned disk", liar.orphan.as_str(), &own, 0),
        ("own: the text null", "null", &own, 0),
    ] {
        lists.push((name, format!("list:{}", row(cid, disk, minutes, json!({})))));
    }
    lists.into_iter().map(|(name, does)| (name.to_owned(), does)).collect()
}

#[test]
fn a_lost_step_adopts_only_what_is_its_own() {
    let snapshots = std::thread::spawn(|| {
        let liar = Liar::new(Tells::Everything);
        crossed(&liar, &[&["take", "db/0"]], "snapshot_disk", "list_snapshots", &lists(&liar))
    });
    let liar = Liar::new(Tells::Everything);
    let verbs: [&[&str]; 2] = [&["promote", &liar.own], &["drill", &liar.own]];
    // That there is no such disk may be true.
    let wrong = answers(&liar).into_iter().filter(|(_, wrong)| !wrong.is_null());
    let mut finds: Vec<(String, String)> =
        wrong.map(|(name, wrong)| (name.to_owned(), answer("", &json!({"disk_cid": wrong})))).collect();
    finds.push(("an error".to_owned(), "error:Bosh::Clouds::CloudError|no".to_owned()));
    finds.push(("no answer".to_owned(), "exit:1".to_owned()));
    finds.push(("nothing".to_owned(), answer("", &Value::Null)));
    let count = crossed(&liar, &verbs, "create_disk_from_snapshot", "find_disk", &finds) + snapshots.join().unwrap();
    eprintln!("{count} wrong answers of what was lost");
    assert_eq!(count, 19 * 2 + 2 * 24 * 2);
}

fn crossed(liar: &Liar, verbs: &[&[&str]], makes: &str, asks: &str, wrong: &[(String, String)]) -> usize {
    let mut count = 0;
    let mut before = liar.world();
    for words in verbs {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        for (name, does) in wrong {
            for (lost, made) in LOST {
                let what = format!("{words:?}: {makes} is lost, {made}; {asks} answers {name}");
                let tried = liar.try_out(&what, &words, &json!({makes: lost, asks: does}), before);
                assert_ne!(tried.ran.status, 0, "{what}: {tried:?}");
                assert!(tried.new.is_empty(), "{what}: {tried:?}");
                before = tried.after;
                count += 1;
            }
        }
    }
    count
}
