//! What an operator is told, by the program: each kind of error of AWS and of the way to it, before an effect and after it,
//! with the next thing to do. And nothing is lost or made twice.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::between::Fate;
use crate::cloud::{CPI, Scene};
use crate::support::Ran;

/// The command with the given exit status, words and advice; and no step is left open.
#[track_caller]
fn told(ran: &Ran, status: i32, words: &str, next: &str, what: &str) {
    assert_eq!(ran.status, status, "{what}: {ran:?}");
    assert!(ran.stderr.contains(words) && ran.stderr.contains(next), "{what}: {ran:?}");
}

impl Scene {
    fn quick(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "1").go()
    }

    /// What is known is what AWS has.
    #[track_caller]
    fn agrees(&self, what: &str) {
        let rows = self.rows(&["snapshots"], "snapshots");
        let mut known: Vec<&str> = rows.iter().filter_map(|row| row["cid"].as_str()).collect();
        known.sort_unstable();
        assert_eq!(known, self.moto.snapshots(), "{what}");
    }
}

/// AWS turns it away: nothing has happened, and the operator knows what to do.
#[test]
fn what_aws_turns_away_is_told_with_the_next_thing_to_do() {
    let scene = Scene::new();
    let denied = "You are not authorized to perform this operation. User: arn:aws:iam::1:user/me is not authorized to \
                  perform: ec2:CreateTags on resource: arn:aws:ec2:x. Encoded authorization failure message: aBc-9_d";
    let foreign = "Credential should be scoped to a valid region.";
    let cases = [
        (400, "SnapshotLimitExceeded", "x", "Service Quotas"),
        (400, "ConcurrentSnapshotLimitExceeded", "x", "wait until the snapshots"),
        (503, "RequestLimitExceeded", "x", "RequestLimitExceeded"),
        (400, "IncorrectState", "x", "look at the state"),
        (400, "ExpiredToken", "x", "get new ones"),
        (401, "AuthFailure", "x", "access_key_id"),
        (403, "UnauthorizedOperation", denied, "allow the action ec2:CreateTags for"),
        (403, "UnauthorizedOperation", denied, "decode-authorization-message --encoded-message aBc-9_d"),
        (403, "UnauthorizedOperation", "x", "allow the action ec2:CreateSnapshot for"),
        (403, "SignatureDoesNotMatch", foreign, "`properties.aws.region` is us-east-1"),
        (
            400,
            "RequestExpired",
            "x",
            "the clocks differ: here it is 2026-11-22T02:50:00+00:00, at AWS 2001-02-03T04:05:06",
        ),
        (401, "AuthFailure", "x", "here it is 2026-11-22T02:50:00+00:00, at AWS 2001-02-03T04:05:06"),
        (401, "OptInRequired", "x", "us-east-1 is not switched on"),
        (400, "InvalidVolume.NotFound", "x", "its region is us-east-1"),
    ];
    for (status, code, words, next) in cases {
        scene.between.fails(move |action, _| (action == "CreateSnapshot").then_some(Fate::Error(status, code, words)));
        let run = scene.prepare(&["take", "db/0"]).env("SNAPBACK_TEST_NOW", "2026-11-22T02:50:00Z");
        let ran = run.env("SNAPBACK_TEST_PAUSE_MS", "1").go();
        told(&ran, if code == "InvalidVolume.NotFound" { 5 } else { 7 }, code, next, code);
        assert_eq!(scene.run(&["recover"]).status, 0, "{code}: nothing is left open");
        scene.agrees(code);
    }
    assert_eq!(scene.moto.snapshots(), Vec::<String>::new());
    eprintln!("AWS: {} errors by the program, each with the next thing to do", cases.len());
}

/// AWS is too busy for a while: it is asked again, and the snapshot is taken once.
#[test]
fn what_aws_is_too_busy_for_is_tried_again() {
    let scene = Scene::new();
    scene.between.fails(|action, nth| {
        (action == "CreateSnapshot" && nth < 3).then_some(Fate::Error(503, "RequestLimitExceeded", "x"))
    });
    let ran = scene.quick(&["take", "db/0"]);
    told(&ran, 0, "trying again", "(2 of 5)", "throttled");
    assert_eq!((scene.between.count("CreateSnapshot"), scene.moto.snapshots().len()), (3, 1));
    scene.between.fails(|_, nth| (nth == 1).then_some(Fate::DoneThenCut));
    let ran = scene.quick(&["check"]);
    assert_eq!(ran.status, 0, "a question is asked again: {ran:?}");
    scene.agrees("throttled");
}

/// No whole answer comes back of the snapshot: it may have been taken. `recover` finds what was, and nothing is taken twice.
#[test]
fn a_take_without_an_answer_is_settled_by_recover() {
    let scene = Scene::new();
    let cases = [
        (Fate::DoneThenReset, 1),
        (Fate::DoneThenHtml(502), 1),
        (Fate::DoneThenCut, 1),
        (Fate::DoneThenHalf, 1),
        (Fate::DoneThenSpliced, 1),
        (Fate::Says("CreateSnapshotResponse", "SomethingElse"), 1),
        (Fate::Says("volumeId", "other"), 1),
        (Fate::Reset, 0),
        (Fate::Html(503), 0),
        (Fate::Html(200), 0),
        (Fate::Error(500, "InternalError", "x"), 0),
        (Fate::Error(503, "Unavailable", "x"), 0),
    ];
    let count = cases.len();
    for (fate, made) in cases {
        let what = format!("{fate:?}");
        let before = scene.moto.snapshots().len();
        let again = fate.clone();
        scene.between.fails(move |action, _| (action == "CreateSnapshot").then(|| fate.clone()));
        let ran = scene.quick(&["take", "db/0"]);
        assert_eq!(scene.between.count("CreateSnapshot"), 1, "{what}");
        assert_eq!(scene.moto.snapshots().len() - before, made, "{what}");
        // What was taken is found at once.
        let (status, words) = if made == 1 { (0, "exists: kept") } else { (7, "Error: aws_cpi: snapshot_disk: ") };
        told(&ran, status, words, "db/0: failed", &what);
        scene.agrees(&what);
        // And where nobody answers afterwards, it stays open until somebody does.
        scene.between.fails(move |action, nth| match action {
            "CreateSnapshot" => Some(again.clone()),
            "DescribeSnapshots" if nth > 1 => Some(Fate::Html(502)),
            _ => None,
        });
        let ran = scene.quick(&["take", "db/0"]);
        told(&ran, 7, "is unknown", "snapback --cpi builtin:aws_cpi recover", &what);
        assert_eq!(scene.between.count("CreateSnapshot"), 1, "{what}");
        assert_eq!(scene.moto.snapshots().len() - before, 2 * made, "{what}");
        // The way back is as bad at first.
        scene.between.fails(|_, nth| (nth < 3).then_some(Fate::Html(502)));
        let recovered = scene.quick(&["recover"]);
        assert_eq!(recovered.status, 0, "{what}: {recovered:?}");
        scene.agrees(&what);
    }
    eprintln!("AWS: {count} takes without a whole answer, each settled by recover");
}

/// A volume that AWS has made and does not show yet is waited for; a snapshot of which AWS still copies bytes is refused with
/// its percentage; and whatever has no room or is in use is told.
#[test]
fn a_promotion_waits_for_what_shows_late_and_tells_what_cannot_be() {
    let scene = Scene::new();
    let snapshot = scene.take();
    scene.between.fails(|_, _| Some(Fate::Says("<status>completed</status>", "<status>pending</status>")));
    let ran = scene.quick(&["promote", &snapshot]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("100"), "{ran:?}");
    for code in ["VolumeLimitExceeded", "InsufficientVolumeCapacity"] {
        scene.between.fails(move |action, _| (action == "CreateVolume").then_some(Fate::Error(400, code, "x")));
        let next = if code == "VolumeLimitExceeded" { "Service Quotas" } else { "no room for such a volume" };
        told(&scene.quick(&["promote", &snapshot]), 7, code, next, code);
    }
    assert_eq!(scene.moto.volumes().len(), 1);
    let looks = AtomicUsize::new(0);
    scene.between.fails(move |action, _| {
        if action == "CreateVolume" {
            looks.store(3, Ordering::SeqCst);
            return None;
        }
        let left = looks.load(Ordering::SeqCst);
        (action == "DescribeVolumes" && left > 0).then(|| {
            looks.store(left - 1, Ordering::SeqCst);
            Fate::Error(400, "InvalidVolume.NotFound", "The volume does not exist.")
        })
    });
    let ran = scene.quick(&["promote", &snapshot]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(scene.between.count("DescribeVolumes") >= 4, "it was waited for");
    assert_eq!(scene.moto.volumes().len(), 2);

    scene
        .between
        .fails(|action, _| (action == "DeleteSnapshot").then_some(Fate::Error(400, "InvalidSnapshot.InUse", "x")));
    let ran = scene.quick(&["delete", &snapshot, "-n"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("deregister it first"), "{ran:?}");
    scene.agrees("in use");
}

/// Nobody is there, or nobody who can be believed: nothing was sent, and the operator knows where to look.
#[test]
fn an_endpoint_that_is_not_reached_is_told() {
    let scene = Scene::new();
    let plain = scene.between.address.clone();
    let quick = |endpoint: &str, more: &[(&str, &str)]| {
        let aws =
            json!({"region": "us-east-1", "ec2_endpoint": endpoint, "access_key_id": "AKIA", "secret_access_key": "s"});
        let manifest = json!({
            "cloud_provider": {"template": {"name": "aws_cpi"}, "properties": {"aws": aws}},
            "properties": {"director": {"name": "test", "enable_snapshots": true}, "snapback": {"cpi": {"lag": 0}}},
        });
        scene.sandbox.write("director.yml", &format!("---\n{manifest}\n"));
        let run = scene.prepare(&["--retries", "0", "take", "db/0"]);
        more.iter().fold(run, |run, (name, value)| run.env(name, value)).go()
    };
    let nobody = "http://127.0.0.1:1";
    let cases: [(String, &[(&str, &str)]); 5] = [
        ("http://no-such-host.invalid".to_owned(), &[]),
        (nobody.to_owned(), &[]),
        (format!("https://{plain}"), &[]),
        ("https://ec2.us-east-1.amazonaws.com".to_owned(), &[("HTTPS_PROXY", nobody)]),
        ("https://ec2.us-east-1.amazonaws.com".to_owned(), &[("https_proxy", &plain)]),
    ];
    for (endpoint, more) in &cases {
        let ran = quick(endpoint, more);
        told(&ran, 7, "was not answered", "HTTPS_PROXY", &format!("{endpoint} {more:?}"));
        assert_eq!(scene.run(&["recover"]).status, 0, "{endpoint}: nothing is left open");
    }
    eprintln!("AWS: {} ways on which nobody is reached, each told", cases.len());
    let bare = json!({
        "cloud_provider": {"template": {"name": "aws_cpi"},
            "properties": {"aws": {"region": "us-east-1", "ec2_endpoint": nobody, "credentials_source": "env_or_profile"}}},
        "properties": {"director": {"name": "test", "enable_snapshots": true}},
    });
    scene.sandbox.write("director.yml", &format!("---\n{bare}\n"));
    let ran = scene.prepare(&["take", "db/0"]).env("AWS_EC2_METADATA_DISABLED", "true").go();
    told(&ran, 7, "no source has credentials", "AWS_PROFILE", "no credentials");
}

/// An answer that comes after its time, and one that never comes: unknown, and found.
#[test]
fn an_answer_that_is_late_is_waited_for() {
    let scene = Scene::new();
    scene.between.fails(|action, _| (action == "CreateSnapshot").then_some(Fate::Slow(Duration::from_secs(2))));
    let ran = scene.quick(&["take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    scene.agrees("slow");
    let row: Value = scene.rows(&["snapshots"], "snapshots").remove(0);
    assert_eq!(row["state"].as_str().unwrap_or("ready"), "ready", "{row} {CPI:?}");
}
