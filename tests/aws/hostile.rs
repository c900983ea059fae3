//! Answers that are no answers, by the program: bombs, depths, masses, another kind of content, errors under a good status. None is
//! believed, none ends in a panic, and nothing is made twice or forgotten.

use std::sync::Arc;

use crate::between::Fate;
use crate::cloud::Scene;
use crate::support::Ran;

const BOMB: &str = "<?xml version=\"1.0\"?><!DOCTYPE x [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\">\
                    <!ENTITY c \"&b;&b;&b;&b;&b;&b;&b;&b;\">]><DescribeSnapshotsResponse>&c;</DescribeSnapshotsResponse>";
const REFUSED: &str = "<?xml version=\"1.0\"?><Response><Errors><Error><Code>InvalidSnapshot.NotFound</Code><Message>gone</Message>\
                       </Error></Errors></Response>";

/// What a hostile server, or one that nobody meant, can say.
fn answers() -> Vec<(&'static str, Fate)> {
    let is = |status, kind, body: &str| Fate::Is(status, kind, Arc::from(body));
    vec![
        ("a bomb", is(200, "text/xml", BOMB)),
        ("a depth", is(200, "text/xml", &"<a>".repeat(100_000))),
        ("a mass", is(200, "text/xml", &format!("<DescribeSnapshotsResponse>{}", " ".repeat(33 << 20)))),
        ("attributes", is(200, "text/xml", &format!("<a {}/>", "x='y' ".repeat(100_000)))),
        ("JSON", is(200, "application/json", "{\"Snapshots\": []}")),
        ("an error under 200", is(200, "text/xml", REFUSED)),
        (
            "an error in HTML",
            is(404, "text/html", REFUSED.trim_start_matches("<?xml version=\"1.0\"?>").trim_end_matches('>')),
        ),
        ("nothing", is(200, "text/xml", "")),
        ("no content", is(204, "text/xml", "")),
        ("a redirect", is(302, "text/html", "<html></html>")),
        ("another answer", is(200, "text/xml", "<DescribeVolumesResponse><volumeSet/></DescribeVolumesResponse>")),
        ("an empty one", is(200, "text/xml", "<DescribeSnapshotsResponse/>")),
        ("an odd time", Fate::Says("<startTime>", "<startTime>x")),
        ("an odd size", Fate::Says("<volumeSize>", "<volumeSize>99999999999999999999")),
        ("a huge size", Fate::Says("<volumeSize>", "<volumeSize>1844674407370955161")),
        ("an odd name", Fate::Says("<snapshotId>snap-", "<snapshotId>snap-\u{1b}[2J")),
    ]
}

#[track_caller]
fn no_bug(ran: &Ran, what: &str) {
    assert!(![0, 70, 101].contains(&ran.status) && !ran.stderr.contains("panicked"), "{what}: {ran:?}");
    assert!(!ran.stderr.contains('\u{1b}') && ran.stderr.len() < 20_000, "{what}: {}", ran.stderr.len());
}

/// A question without an answer decides nothing: no disk is made, no snapshot is gone.
#[test]
fn a_hostile_answer_to_a_question_decides_nothing() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let all = answers();
    let count = all.len();
    for (what, fate) in all {
        scene.between.fails(move |action, _| (action == "DescribeSnapshots").then(|| fate.clone()));
        let promoted = scene.prepare(&["--retries", "0", "promote", &snapshot]).go();
        no_bug(&promoted, what);
        assert!(
            promoted.stderr.contains("cannot be read") || promoted.stderr.contains("was not answered"),
            "{what}: {promoted:?}"
        );
        let checked = scene.prepare(&["--retries", "0", "check"]).go();
        assert_eq!(checked.status, 11, "{what}: {checked:?}");
        assert!(
            !checked.stdout.contains("snapshot_gone") && !checked.stdout.contains("no longer has"),
            "{what}: {checked:?}"
        );
        assert_eq!(scene.between.count("CreateVolume"), 0, "{what}");
    }
    scene.between.fails(|_, _| None);
    assert_eq!(scene.run(&["check"]).status, 0);
    assert_eq!((scene.moto.volumes().len(), scene.moto.snapshots()), (1, vec![snapshot]));
    eprintln!("AWS: {count} hostile answers to questions, none believed");
}

/// A change without an answer is unknown: it is not done again, and what was made is found.
#[test]
fn a_hostile_answer_to_a_change_is_unknown_and_settled() {
    let scene = Scene::new();
    let all = answers();
    let count = all.len();
    for (what, fate) in all {
        let before = scene.moto.snapshots();
        let happens = matches!(fate, Fate::Says(..));
        scene.between.fails(move |action, _| (action == "CreateSnapshot").then(|| fate.clone()));
        let taken = scene.prepare(&["take", "db/0"]).go();
        assert_eq!(scene.between.count("CreateSnapshot"), 1, "{what}: {taken:?}");
        assert!(![70, 101].contains(&taken.status) && !taken.stderr.contains('\u{1b}'), "{what}: {taken:?}");
        scene.between.fails(|_, _| None);
        assert_eq!(scene.run(&["recover"]).status, 0, "{what}");
        let mut after = scene.moto.snapshots();
        assert_eq!(after.len(), before.len() + usize::from(happens), "{what}");
        let rows = scene.rows(&["snapshots"], "snapshots");
        let mut known: Vec<String> = rows.iter().filter_map(|row| Some(row["cid"].as_str()?.to_owned())).collect();
        known.sort();
        after.sort();
        assert_eq!(known, after, "{what}: what AWS has is known, and nothing else");
    }
    eprintln!("AWS: {count} hostile answers to changes, each settled");
}

/// A disk whose answer never came is found by its token, and is the only one.
#[test]
fn a_disk_without_an_answer_is_found_and_made_once() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let fates = [
        Fate::DoneThenReset,
        Fate::DoneThenHtml(502),
        Fate::DoneThenCut,
        Fate::Says("<volumeId>vol-", "<volumeId>vol-../"),
    ];
    for (nth, fate) in (1..).zip(fates) {
        let what = format!("{fate:?}");
        scene.between.fails(move |action, _| (action == "CreateVolume").then(|| fate.clone()));
        let promoted = scene.run(&["promote", &snapshot]);
        assert_eq!(scene.between.count("CreateVolume"), 1, "{what}: {promoted:?}");
        scene.between.fails(|_, _| None);
        assert_eq!(scene.run(&["recover"]).status, 0, "{what}: {promoted:?}");
        assert_eq!((scene.moto.volumes().len(), scene.between.count("CreateVolume")), (1 + nth, 0), "{what}");
        let orphans = scene.rows(&["disks", "--orphaned"], "disks");
        assert_eq!(orphans.len(), nth, "{what}: {orphans:?}");
    }
}

/// The disk is taken by somebody else, or in another state: the instance gets its old one back, and the reason is told.
#[test]
fn a_disk_that_cannot_be_attached_leaves_the_instance_as_it_was() {
    let scene = Scene::new();
    let snapshot = scene.take();
    for (code, next) in
        [("VolumeInUse", "look at the state of the volume"), ("IncorrectState", "look at the state of the volume")]
    {
        scene.between.fails(move |action, nth| {
            (action == "AttachVolume" && nth == 1).then_some(Fate::Error(400, code, "it is attached to another one"))
        });
        let ran = scene.run(&["restore", &snapshot, "-n"]);
        assert!(ran.status != 0 && ran.stderr.contains(code) && ran.stderr.contains(next), "{ran:?}");
        assert_eq!(scene.moto.of_vm(&scene.vm), [scene.disk.as_str()], "{code}: {ran:?}");
        scene.between.fails(|_, _| None);
        assert_eq!(scene.run(&["recover"]).status, 0, "{code}");
        assert_eq!(scene.run(&["check"]).status, 0, "{code}");
    }
    // A disk that a VM has is not deleted.
    let kept = scene.run(&["delete-disk", &scene.disk, "-n"]);
    assert_eq!(kept.status, 4, "{kept:?}");
}
