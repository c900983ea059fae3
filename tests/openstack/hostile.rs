//! Answers that are no answers, by the program: depths, masses, another kind of content, errors under a good status, another's
//! error. None is believed, none ends in a panic, and nothing is made twice or forgotten.

use std::sync::Arc;

use crate::between::Fate;
use crate::cloud::Scene;

/// What a hostile server, or one that nobody meant, can say of this thing.
fn answers(id: &str) -> Vec<(&'static str, Fate)> {
    let is = |status, kind, body: &str| Fate::Is(status, kind, Arc::from(body));
    let json = "application/json";
    vec![
        ("a depth", is(200, json, &"[".repeat(200_000))),
        ("a depth of names", is(200, json, &"{\"snapshot\":".repeat(100_000))),
        ("a mass", is(200, json, &format!("{{\"snapshot\": {{\"id\": \"{}\"", "x".repeat(33 << 20)))),
        ("XML", is(200, "text/xml", "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"b\">]><snapshot>&a;</snapshot>")),
        (
            "an error under 200",
            is(200, json, &format!("{{\"itemNotFound\": {{\"message\": \"Snapshot {id} could not be found.\"}}}}")),
        ),
        ("another's 404", is(404, json, &format!("{{\"error\": {{\"message\": \"no route to /snapshots/{id}\"}}}}"))),
        ("a 404 in HTML", is(404, "text/html", &format!("<html>Snapshot {id} could not be found.</html>"))),
        (
            "a 410",
            is(410, json, &format!("{{\"itemNotFound\": {{\"message\": \"Snapshot {id} could not be found.\"}}}}")),
        ),
        ("nothing", is(200, json, "")),
        ("no content", is(204, json, "")),
        ("a redirect", is(302, json, "{}")),
        ("a list", is(200, json, "[]")),
        ("null", is(200, json, "{\"snapshot\": null, \"snapshots\": null}")),
        ("an odd time", Fate::Says("\"created_at\": \"", "\"created_at\": \"x")),
        ("an odd size", Fate::Says("\"size\": ", "\"size\": -")),
        ("a huge size", Fate::Says("\"size\": ", "\"size\": 1844674407370955161")),
    ]
}

#[test]
fn a_hostile_answer_to_a_question_decides_nothing() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let all = answers(&snapshot);
    let count = all.len();
    for (what, fate) in all {
        scene.ways.cinder.fails(move |action, _| action.starts_with("GET snapshots").then(|| fate.clone()));
        let promoted = scene.prepare(&["--retries", "0", "promote", &snapshot]).go();
        assert_eq!(promoted.status, 7, "{what}: {promoted:?}");
        assert!(promoted.stderr.len() < 20_000 && !promoted.stderr.contains("panicked"), "{what}: {promoted:?}");
        let checked = scene.prepare(&["--retries", "0", "check"]).go();
        assert_eq!(checked.status, 11, "{what}: {checked:?}");
        assert!(!checked.stdout.contains("no longer has"), "{what}: {checked:?}");
        assert_eq!(scene.ways.cinder.count("POST volumes"), 0, "{what}");
    }
    scene.ways.cinder.fails(|_, _| None);
    assert_eq!(scene.run(&["check"]).status, 0);
    assert_eq!((scene.project.ids("volumes").len(), scene.project.ids("snapshots")), (1, vec![snapshot]));
    eprintln!("OpenStack: {count} hostile answers to questions, none believed");
}

#[test]
fn a_hostile_answer_to_a_change_is_unknown_and_settled() {
    let scene = Scene::new();
    let all = answers(&scene.disk);
    let count = all.len();
    for (what, fate) in all {
        let before = scene.project.ids("snapshots").len();
        // What is read of the answer is the id alone: the rest is asked for.
        let happens = matches!(fate, Fate::Says(..));
        scene.ways.cinder.fails(move |action, _| (action == "POST snapshots").then(|| fate.clone()));
        let taken = scene.run(&["take", "db/0"]);
        assert_eq!(scene.ways.cinder.count("POST snapshots"), 1, "{what}: {taken:?}");
        assert_eq!(taken.status == 0, happens, "{what}: {taken:?}");
        assert!(![70, 101].contains(&taken.status), "{what}: {taken:?}");
        scene.ways.cinder.fails(|_, _| None);
        assert_eq!(scene.run(&["recover"]).status, 0, "{what}");
        let has = scene.project.ids("snapshots");
        assert_eq!(has.len(), before + usize::from(happens), "{what}");
        let mut known: Vec<String> =
            scene.rows(&["snapshots"], "snapshots").iter().map(|row| row["cid"].as_str().unwrap().to_owned()).collect();
        known.sort();
        assert_eq!(known, has, "{what}: what Cinder has is known, and nothing else");
    }
    eprintln!("OpenStack: {count} hostile answers to changes, each settled");
}
