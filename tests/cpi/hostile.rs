//! CPI executables that misbehave, through the binary: each misbehaviour ends with one clear error, which names the CPI,
//! the method, the request and the end of its log, and with nothing lost and nothing false recorded.
#![cfg(debug_assertions)]

use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;
use support::fake_cpi::Scene;

/// What became of a `take`.
#[derive(Debug, Clone, Copy, PartialEq)]
enum End {
    /// The snapshot of this CID is known.
    Taken(&'static str),
    /// Nothing was made: the CPI cannot.
    Unsupported,
    /// Nothing was made: the CPI says so.
    Failed,
    /// It may have happened.
    Unknown,
}
use End::{Failed, Taken, Unknown, Unsupported};

/// The answers of `fixtures/cpi/hostile`, and what each leads to, with the words of its error.
const ANSWERS: &[(&str, End, &str)] = &[
    ("answer_and_words", Unknown, "more than one answer, or something after it; the first speaks of 'snap-1'"),
    ("blank", Unknown, "no answer: it ended with exit status 0"),
    ("bom", Unknown, "it is not JSON (line 1, column 1)"),
    ("cid_not_utf8", Unknown, "it is not JSON"),
    ("cid_too_long", Unknown, "more than 1024"),
    ("cid_with_control", Unknown, "cannot hold control characters"),
    ("cid_with_half_a_surrogate", Unknown, "it is not JSON"),
    ("cid_with_newline", Unknown, "cannot hold control characters"),
    ("cut_behind_the_cid", Unknown, "it ends in the middle; it speaks of 'snap-1'"),
    ("cut_in_an_escape", Unknown, "it ends in the middle"),
    ("cut_in_the_cid", Unknown, "it ends in the middle"),
    ("cut_in_the_log", Unknown, "it ends in the middle; it speaks of 'snap-1'"),
    ("deep_log", Unknown, "or nested too deep"),
    ("deep_object_log", Unknown, "or nested too deep"),
    ("deep_result", Unknown, "its answer cannot be read"),
    ("empty_cid", Unsupported, "it answered without a snapshot CID"),
    ("empty_object", Unknown, "it is not the response of a CPI"),
    ("error", Failed, "no [Bosh::Clouds::CloudError]"),
    ("error_and_result", Failed, "m [T]"),
    ("error_is_a_list", Unknown, "it is not the response of a CPI"),
    ("error_is_a_number", Unknown, "it is not the response of a CPI"),
    ("error_is_empty", Failed, "failed, and did not say why"),
    ("error_is_false", Unknown, "it is not the response of a CPI"),
    ("error_is_text", Failed, "boom"),
    ("error_of_wrong_types", Failed, "[\"a\",{\"b\":1}] [7]"),
    ("error_with_escapes", Failed, "snap-9"),
    ("escaped_cid", Taken("snap-1"), ""),
    ("html", Unknown, "it is not JSON"),
    ("list", Unknown, "it is not the response of a CPI"),
    ("log_alone", Unknown, "it is not the response of a CPI"),
    ("log_list", Taken("snap-1"), ""),
    ("log_not_utf8", Taken("snap-1"), ""),
    ("log_object", Taken("snap-1"), ""),
    ("log_with_an_answer_in_it", Taken("snap-1"), ""),
    ("log_with_nul", Taken("snap-1"), ""),
    ("more_keys", Taken("snap-1"), ""),
    ("nothing", Unknown, "no answer: it ended with exit status 0"),
    ("null", Unsupported, "it answered without a snapshot CID"),
    ("number", Taken("4711"), ""),
    ("plain", Taken("snap-1"), ""),
    ("result_alone", Taken("snap-1"), ""),
    ("result_fraction", Unknown, "its answer, a number, is not a snapshot CID"),
    ("result_huge_number", Unknown, "its answer cannot be read"),
    ("result_list", Unknown, "its answer, a list, is not a snapshot CID"),
    ("result_negative", Unknown, "its answer, a number, is not a snapshot CID"),
    ("result_object", Unknown, "its answer, an object, is not a snapshot CID"),
    ("result_true", Unknown, "its answer, true or false, is not a snapshot CID"),
    ("shell", Unknown, "it is not JSON"),
    ("single_quotes", Unknown, "it is not JSON"),
    ("spaced", Taken("snap-1"), ""),
    ("text", Unknown, "it is not the response of a CPI"),
    ("two", Unknown, "more than one answer, or something after it; the first speaks of 'snap-1'"),
    ("two_errors", Failed, "n [U]"),
    ("two_lines", Unknown, "more than one answer, or something after it; the first speaks of 'snap-1'"),
    // JSON's readers take the last of a key, Ruby's and Go's too.
    ("two_results", Taken("snap-2"), ""),
    ("utf16", Unknown, "it is not JSON"),
    ("words_and_answer", Unknown, "it is not JSON"),
    ("yaml", Unknown, "it is not JSON"),
    ("zeros", Unknown, "it is not JSON"),
];

/// What a child does, and what that leads to: the clauses of what must not hurt.
const CHILDREN: &[(&str, End, &str)] = &[
    ("act + hang", Unknown, "no answer: it was still running after 2 s, and was ended"),
    ("act + stubborn + hang", Unknown, "still running after 2 s, and was ended"),
    ("hold:60000 + act + hang", Unknown, "still running after 2 s, and was ended"),
    ("hold:60000 + act", Unknown, "no answer: it ended with exit status 0"),
    ("flood:30000000 + hang", Unknown, "its answer cannot be read: it is not JSON"),
    ("act", Unknown, "no answer: it ended with exit status 0"),
    ("act + exit:1", Unknown, "no answer: it ended with exit status 1"),
    ("act + signal:9", Unknown, "no answer: it ended with signal 9"),
    ("act + signal:6", Unknown, "no answer: it ended with signal 6"),
    ("error:Bosh::Clouds::CloudError|no + exit:1", Failed, "no [Bosh::Clouds::CloudError]"),
    ("error:Bosh::Clouds::CloudError|no + signal:6", Failed, "no [Bosh::Clouds::CloudError]"),
];

const LOG: &str = "the last words of its log";

/// A `take` by a CPI that says something to its log and then does this.
#[track_caller]
fn ends(name: &str, does: &str, end: End, words: &str) -> Scene {
    let scene = Scene::of_one(&json!({"snapshot_disk": format!("say:{LOG} + {does}")}));
    let ran = scene.run(&["take", "db/0", "--timeout", "2", "--retries", "0"]);
    let (status, state) = match end {
        Taken(_) => (0, "done"),
        Unsupported => (8, "failed"),
        Failed => (7, "failed"),
        Unknown => (7, "pending"),
    };
    let operation = scene.sandbox.rows(&["operations"], "operations").remove(0);
    // A grandchild that lives on has the operation's lock: nobody takes it for dead.
    let lives = does.starts_with("escape") || does == "hold:60000 + act";
    let state = if lives { "running" } else { state };
    assert_eq!((ran.status, operation["state"].as_str().unwrap()), (status, state), "{name}: {ran:?}");
    let taken = if let Taken(cid) = end { vec![cid.to_owned()] } else { Vec::new() };
    assert_eq!(scene.known(), taken, "{name}");
    let mut errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("Error: ")).collect();
    if end == Unknown {
        assert_eq!(errors.pop(), Some("Error: the outcome of one step is unknown"), "{name}: {ran:?}");
        assert!(ran.stderr.contains("snapback recover"), "{name}: {ran:?}");
    }
    if status == 0 {
        assert_eq!(errors, [""; 0], "{name}");
        return scene;
    }
    assert_eq!(errors.len(), 1, "{name}: one clear error: {ran:?}");
    for word in ["fake_cpi: snapshot_disk: ", "(request cpi-", words] {
        assert!(errors[0].contains(word), "{name}: no '{word}' in {ran:?}");
    }
    assert!(ran.stderr.contains(&format!("its log ends: {LOG}")), "{name}: {ran:?}");
    assert!(!ran.stderr.chars().any(|c| c.is_control() && c != '\n'), "{name}: {ran:?}");
    scene
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi/hostile")
}

#[test]
fn each_hostile_answer() {
    let there: BTreeSet<String> = fs::read_dir(corpus())
        .unwrap()
        .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    assert_eq!(ANSWERS.iter().map(|(name, ..)| (*name).to_owned()).collect::<BTreeSet<_>>(), there);
    for (name, end, words) in ANSWERS {
        ends(name, &format!("file:{}", corpus().join(format!("{name}.json")).display()), *end, words);
    }
}

#[test]
fn each_hostile_child() {
    for (does, end, words) in CHILDREN {
        let begun = Instant::now();
        ends(does, does, *end, words);
        assert!(begun.elapsed() < Duration::from_secs(15), "{does}: {:?}", begun.elapsed());
    }
}

/// The live processes of which this is true: of their group, and of their parent.
fn alive(which: impl Fn(u64, u64) -> bool) -> usize {
    let found = |path: PathBuf| {
        let stat = fs::read_to_string(path.join("stat")).ok()?;
        let mut fields = stat.rsplit(") ").next()?.split(' ');
        let state = fields.next()?;
        let (parent, group) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
        (state != "Z" && which(group, parent)).then_some(())
    };
    fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| found(entry.path())).count()
}

#[test]
fn the_whole_group_is_ended_whatever_it_does_with_sigterm() {
    for does in ["act + hang", "stubborn + act + hang", "hold:60000 + act + hang", "hold:60000 + stubborn + act + hang"]
    {
        let scene = ends(does, does, Unknown, "and was ended");
        let group = scene.calls().last().unwrap()["pid"].as_u64().unwrap();
        assert_eq!(alive(|of, _| of == group), 0, "{does}");
        // Nothing of it holds the operation's lock: `recover` looks at once, and does not find the snapshot by itself.
        let ran = scene.run(&["recover"]);
        assert_ne!(ran.status, 6, "{does}: {ran:?}");
        assert_eq!(scene.snapshots().len(), 1, "{does}");
    }
}

/// Who leaves the group by a session of its own is not ended, and not forgotten either: it has the operation's lock, and
/// `recover` waits for it, since the snapshot may still come.
#[test]
fn a_grandchild_that_escapes_is_waited_for_by_recover() {
    let begun = Instant::now();
    let scene = ends("escape", "escape + act + hang", Unknown, "and was ended");
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    let pid = fs::read_to_string(scene.sandbox.path("fake/escaped")).unwrap();
    assert!(Path::new("/proc").join(pid.trim()).exists());
    let ran = scene.run(&["recover"]);
    assert_eq!(ran.status, 6, "{ran:?}");
    assert!(std::process::Command::new("kill").args(["-9", pid.trim()]).status().unwrap().success());
    let begun = Instant::now();
    while scene.run(&["recover"]).status == 6 {
        assert!(begun.elapsed() < Duration::from_secs(10), "its lock is free when it is gone");
    }
}

/// Queries have no outcome: what is wrong with their answers is an error, before anything is done.
#[test]
fn a_query_with_a_wrong_answer_is_an_error_before_any_effect() {
    for (method, does, words) in [
        ("info", "exit:1", "no answer: it ended with exit status 1"),
        ("info", "answer:ruby: command not found", "its answer cannot be read: it is not JSON"),
        ("info", "signal:9", "no answer: it ended with signal 9"),
    ] {
        let scene = Scene::of_one(&json!({method: format!("say:{LOG} + {does}")}));
        let ran = scene.run(&["take", "db/0", "--timeout", "2"]);
        assert_eq!(ran.status, 7, "{method}: {does}: {ran:?}");
        assert_eq!(ran.stderr.matches("Error: ").count(), 1, "{method}: {does}: {ran:?}");
        for word in [&format!("fake_cpi: {method}: "), "(request cpi-", words, LOG] {
            assert!(ran.stderr.contains(word), "{method}: {does}: no '{word}' in {ran:?}");
        }
        assert!(!scene.methods().contains(&"snapshot_disk".to_owned()), "{method}: {does}");
        assert_eq!(scene.snapshots(), [""; 0]);
    }
}

/// BOSH takes snapshots without asking `get_disks`: where its answer says nothing, the inventory's age decides.
#[test]
fn a_get_disks_that_tells_nothing_leaves_it_to_the_inventory() {
    for (does, status) in [
        ("answer:{\"result\":\"disk-0\"}", 4),
        ("answer:{\"result\":{\"disk-0\":1}}", 4),
        ("answer:{\"result\":null}", 4),
        ("answer:{\"result\":[\"\"]}", 4),
        // One that can tell at other times has failed.
        ("exit:1", 7),
        ("hang", 7),
    ] {
        let scene = Scene::of_one(&json!({"get_disks": format!("say:{LOG} + {does}")}));
        let old = scene.run(&["take", "db/0", "--timeout", "2", "--max-inventory-age", "0s"]);
        assert_eq!((old.status, scene.snapshots().len()), (status, 0), "{does}: {old:?}");
        assert!(old.stderr.contains("was last confirmed") && old.stderr.contains("off"), "{does}: {old:?}");
        let fresh = scene.run(&["take", "db/0", "--timeout", "2"]);
        assert_eq!((fresh.status, scene.snapshots().len()), (0, 1), "{does}: {fresh:?}");
    }
}
