//! Methods that make something: the answer is a CID that is none, or one that is known already.

use serde_json::{Value, json};

use crate::scene::{Liar, Tells};
use crate::support::{disk_of, vm_of};

/// Each wrong answer to "what have you made?".
pub fn answers(liar: &Liar) -> Vec<(&'static str, Value)> {
    vec![
        ("the disk of another instance", json!(disk_of("db/1"))),
        ("the disk of this instance", json!(disk_of("db/0"))),
        ("the disk of another instance, in other letters", json!(disk_of("db/1").to_uppercase())),
        ("an orphaned disk", json!(liar.orphan)),
        ("a live snapshot of another instance", json!(liar.other)),
        ("a live snapshot of this instance", json!(liar.own)),
        ("a snapshot that is gone", json!(liar.gone)),
        ("a VM", json!(vm_of("db/1"))),
        ("what nobody has", json!("made-up")),
        ("a known snapshot with a space", json!(format!("{} ", liar.other))),
        ("a known disk with a line end", json!(format!("{}\n", disk_of("db/1")))),
        ("the text null", json!("null")),
        ("the text nil", json!("nil")),
        ("the text <nil>", json!("<nil>")),
        ("the text None", json!("None")),
        ("the text undefined", json!("undefined")),
        ("an empty text", json!("")),
        ("a space", json!(" ")),
        ("nothing", Value::Null),
        ("a truth", json!(true)),
        ("a list", json!([])),
        ("an object", json!({})),
    ]
}

/// With and without having made something.
pub const EFFECTS: [(&str, &str); 2] = [("act + ", "and makes one"), ("", "and makes none")];

pub fn answer(effect: &str, result: &Value) -> String {
    format!("{effect}answer:{}", json!({"result": result, "error": null, "log": ""}))
}

/// Each verb that makes something, with the method that makes it and the kind of thing.
fn verbs(liar: &Liar) -> Vec<(Vec<String>, &'static str, &'static str)> {
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect();
    vec![
        (words(&["take", "db/0"]), "snapshot_disk", "snapshots"),
        (words(&["promote", &liar.own]), "create_disk_from_snapshot", "disks"),
        (words(&["drill", &liar.own]), "create_disk_from_snapshot", "disks"),
    ]
}

#[test]
fn what_is_no_new_thing_is_not_recorded_and_not_deleted() {
    let threads = Tells::ALL.map(|tells| std::thread::spawn(move || crossed(tells)));
    let count: usize = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    eprintln!("{count} wrong answers of what was made");
    assert_eq!(count, 3 * 3 * 22 * 2);
}

fn crossed(tells: Tells) -> usize {
    let mut count = 0;
    let liar = Liar::new(tells);
    let mut before = liar.world();
    for (words, method, kind) in verbs(&liar) {
        for (name, wrong) in answers(&liar) {
            for (effect, made) in EFFECTS {
                let what = format!("{words:?}: {tells:?}: {method} answers {name} {made}");
                let tried = liar.try_out(&what, &words, &json!({method: answer(effect, &wrong)}), before);
                let told = if kind == "disks" { tells != Tells::Nothing } else { tells == Tells::Everything };
                let found = told && !effect.is_empty();
                // Of that nobody can know.
                let unseen = tells == Tells::Nothing && kind == "snapshots" && wrong == "made-up";
                assert!(found || unseen || tried.ran.status != 0, "{what}: success: {tried:?}");
                // A drill deletes what it makes.
                if found && words[0] != "drill" {
                    assert_eq!(tried.new.len(), 1, "{what}: it can be found by its name: {tried:?}");
                    assert!(tried.new[0].starts_with(kind), "{what}: {tried:?}");
                    assert_eq!(tried.made, tried.new, "{what}");
                }
                before = tried.after;
                count += 1;
            }
        }
    }
    count
}
