//! Restores, undos, checks and recoveries on CPIs that answer wrongly: each method that a verb calls, in each wrong way.

mod cloud;
mod lies;
mod verbs;
mod world;

use cloud::{Cloud, Stage};
use lies::{Lie, Worth};
use verbs::{Verb, printed};
use world::World;

use crate::support::Ran;

/// A test for each verb, with the number of its wrong answers: a method that it calls no more, or one more, shows in it.
macro_rules! swaps {
    ($($name:ident: $verb:expr, $count:expr;)*) => {
        $(
            #[test]
            fn $name() {
                let count = crossed(stringify!($name), &$verb);
                eprintln!("{count} wrong answers in {}", stringify!($name));
                assert_eq!(count, $count);
            }
        )*
    };
}

swaps! {
    restore: verbs::restore("db/0"), 168;
    restore_of_two_disks: verbs::restore("db/2"), 168;
    restore_of_a_disk_made_by_hand: verbs::restore_by_hand(), 141;
    undo: verbs::undo("db/0", false), 103;
    undo_of_two_disks: verbs::undo("db/2", false), 103;
    undo_of_a_disk_that_is_gone: verbs::undo("db/0", true), 143;
    check: verbs::check(), 66;
    resume_with_nothing_on: verbs::recover("--resume", "db/0", "attach_disk.intended"), 74;
    resume_with_one_of_two_on: verbs::recover("--resume", "db/2", "attach_disk.effected"), 74;
    resume_with_a_lost_disk: verbs::recover("--resume", "db/0", "create_disk_from_snapshot.effected"), 156;
    resume_with_a_lost_snapshot: verbs::recover("--resume", "db/0", "snapshot_disk.effected"), 147;
    roll_back_with_nothing_on: verbs::recover("--rollback", "db/0", "attach_disk.intended"), 98;
    roll_back_with_the_new_one_on: verbs::recover("--rollback", "db/0", "attach_disk.effected"), 98;
    roll_back_with_one_of_two_off: verbs::recover("--rollback", "db/2", "detach_disk.effected"), 74;
}

/// A verb with each wrong answer of each method that it calls when all is well.
fn crossed(name: &str, verb: &Verb) -> usize {
    let cloud = &verb.cloud;
    let stage = cloud.stage();
    let before = cloud.world();
    let words: Vec<&str> = verb.words.iter().map(String::as_str).collect();
    cloud.rewind(&stage);
    let ran = cloud.run(&words);
    let methods = cloud.methods();
    let after = cloud.world();
    assert_eq!(ran.status, 0, "{name}: {ran:?}");
    assert!(verb.asked.is_none() || after.time_of(cloud.known.instance) == verb.asked, "{name}: {ran:?}");
    let (mut count, mut wrong) = (0, Vec::new());
    for method in &methods {
        let lies = lies::of(method, &cloud.known);
        assert!(!lies.is_empty(), "{name}: no wrong answers of {method} are known");
        for lie in lies {
            let what = format!("{name}: {method} answers {}", lie.name);
            let case = std::panic::AssertUnwindSafe(|| one(verb, &stage, &before, method, &lie, &what));
            if std::panic::catch_unwind(case).is_err() {
                wrong.push(what);
            }
            count += 1;
        }
    }
    assert!(wrong.is_empty(), "{} of {count}: {wrong:#?}", wrong.len());
    count
}

fn one(verb: &Verb, stage: &Stage, before: &World, method: &str, lie: &Lie, what: &str) {
    let cloud = &verb.cloud;
    let instance = cloud.known.instance;
    cloud.rewind(stage);
    cloud.lie(method, lie);
    let words: Vec<&str> = verb.words.iter().map(String::as_str).collect();
    let ran = cloud.run(&words);
    let what = format!("{what}: {ran:?}");
    let is_pending = !cloud.pending().is_empty();
    let said = led_out(verb, &what, &ran);
    let after = cloud.world();
    let unknown = after.nothing_is_lost(&what, before, instance);
    assert!(said || unknown.is_empty(), "{what}: forgotten: {unknown:?}");
    cloud.nothing_started_wrongly(&what);
    after.agrees(&what);
    let time = after.time_of(instance);
    assert!(time.is_some(), "{what}: {:?}", after.attached);
    if lie.worth == Worth::True {
        assert_eq!(ran.status, 0, "{what}");
    }
    if ran.status == 0 {
        assert!(!is_pending, "{what}: done, and pending");
        assert!(verb.asked.is_none() || time == verb.asked, "{what}: not what was asked for");
    }
    if verb.asked.is_none() {
        assert_eq!(after, *before, "{what}: looking changes nothing");
    }
    if method == "get_disks" && lie.worth == Worth::Blind && !verb.is_stuck {
        assert_eq!(after, *before, "{what}: something was done by one that cannot see");
    }
    // What was asked for can be had now.
    if let Some(asked) = verb.asked.filter(|asked| is_pending && !verb.is_stuck && Some(*asked) != time) {
        let again = cloud.run(&words);
        let after = cloud.world();
        assert_eq!((again.status, after.time_of(instance)), (0, Some(asked)), "{what}: again: {again:?}");
        after.agrees(&what);
    }
}

/// What is printed is typed: once while the CPI lies on; then `recover`, when it is honest again; and only then the operator's
/// word that something has not happened. Gives whether that was needed.
fn led_out(verb: &Verb, what: &str, ran: &Ran) -> bool {
    let cloud = &verb.cloud;
    if cloud.pending().is_empty() {
        cloud.honest();
        return false;
    }
    let words = printed(ran).iter().find(|words| !is_a_word(words)).cloned();
    if let Some(words) = words {
        type_it(cloud, &words);
    } else {
        assert!(!printed(ran).is_empty(), "{what}: pending, and no command is printed");
    }
    cloud.honest();
    let ran = cloud.run(&["recover"]);
    let mut said = false;
    for words in printed(&ran).iter().filter(|words| is_a_word(words)) {
        type_it(cloud, words);
        said = true;
    }
    assert!(cloud.pending().is_empty(), "{what}: nothing leads out: {ran:?}");
    said
}

fn is_a_word(words: &[String]) -> bool {
    words.iter().any(|word| word == "--abandon")
}

fn type_it(cloud: &Cloud, words: &[String]) {
    cloud.run(&words.iter().map(String::as_str).collect::<Vec<_>>());
}
