//! What an operator is told, by the program: each kind of error of Keystone, of Cinder and of the way to them, with the next thing
//! to do; and nothing is lost or left open.

use serde_json::json;

use crate::between::Fate;
use crate::cloud::Scene;
use crate::real::real;
use crate::support::Ran;

#[track_caller]
fn told(ran: &Ran, status: i32, words: &[&str], what: &str) {
    assert_eq!(ran.status, status, "{what}: {ran:?}");
    for words in words {
        assert!(ran.stderr.contains(words), "{what}: no '{words}' in {ran:?}");
    }
}

impl Scene {
    fn quick(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).env("SNAPBACK_TEST_PAUSE_MS", "1").go()
    }
}

#[test]
fn what_cinder_turns_away_is_told_with_the_next_thing_to_do() {
    let scene = Scene::new();
    let gone: &'static str = format!("Volume {} could not be found.", scene.disk).leak();
    let role = "a role in the project that the policy volume:create_snapshot allows";
    let cases = [
        (413, "overLimit", "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded", 7, " prune`"),
        (413, "overLimit", "Requested volume or snapshot exceeds allowed gigabytes quota.", 7, "quota is used up"),
        (429, "overLimit", "This request was rate-limited.", 7, "(5 of 5)"),
        (403, "forbidden", "Policy doesn't allow volume:create_snapshot to be performed.", 7, role),
        (
            400,
            "badRequest",
            "Invalid volume: Volume status must be available, but is: maintenance.",
            7,
            "openstack volume show",
        ),
        (
            401,
            "unauthorized",
            "The request you have made requires authentication.",
            7,
            "does not accept Keystone's tokens",
        ),
        (404, "itemNotFound", gone, 5, "there is no disk"),
        (500, "computeFault", "The server has either erred", 7, "500 computeFault"),
        (503, "serviceUnavailable", "Service Unavailable", 7, "503 serviceUnavailable"),
    ];
    let count = cases.len();
    for (status, code, words, exit, next) in cases {
        scene
            .ways
            .cinder
            .fails(move |action, _| (action == "POST snapshots").then_some(Fate::Error(status, code, words)));
        let ran = scene.quick(&["take", "db/0"]);
        told(&ran, exit, &[words, next], &format!("{status} {words}"));
        scene.ways.cinder.fails(|_, _| None);
        assert_eq!(scene.run(&["recover"]).status, 0, "{status} {words}: nothing is left open");
    }
    assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new());
    eprintln!("OpenStack: {count} errors by the program, each with the next thing to do");
}

/// The way to Keystone and Cinder, and who asks: nothing was sent to Cinder, and the setting is named.
#[test]
fn a_wrong_setting_is_told_by_its_name() {
    let scene = Scene::new();
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let nobody: &'static str = format!("http://{free}/v3").leak();
    let cases: [(&str, &str, i32, &[&str]); 7] = [
        ("region", "Mars", 7, &["region 'Mars' has no block storage", "RegionOne", "properties.openstack.region"]),
        ("region", real().said("/region_nowhere"), 7, &["was not answered", "endpoint_type"]),
        ("endpoint_type", "outerURL", 2, &["`properties.openstack.endpoint_type`", "director.yml"]),
        ("auth_url", nobody, 7, &["was not answered", "`auth_url`", "HTTPS_PROXY"]),
        ("auth_url", "http://k/v2.0", 2, &["Keystone v2.0", "ends in /v3"]),
        ("api_key", "wrong", 7, &["does not accept the credentials", "`api_key`"]),
        ("project", "nowhere", 7, &["does not accept the credentials", "`project`"]),
    ];
    let count = cases.len();
    for (key, value, status, words) in cases {
        scene.ways.cinder.fails(|_, _| None);
        scene.manifest(|said| said[key] = json!(value));
        told(&scene.quick(&["take", "db/0"]), status, words, &format!("{key}: {value}"));
        assert!(scene.ways.cinder.seen().is_empty(), "{key}: {value}");
        scene.manifest(|_| {});
        assert_eq!(scene.run(&["recover"]).status, 0, "{key}: {value}: nothing is left open");
    }
    // A cloud of clouds.yaml is refused, with the command that shows what it holds.
    scene.manifest(|said| {
        ["username", "api_key"].iter().for_each(|key| drop(said.as_object_mut().unwrap().remove(*key)));
    });
    let ran = scene.prepare(&["take", "db/0"]).env("OS_CLOUD", "production").go();
    told(&ran, 2, &["openstack --os-cloud production configuration show --unmask"], "OS_CLOUD");
    assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new());
    eprintln!("OpenStack: {} wrong settings by the program, each named", count + 1);
}

/// A clock that is wrong by years, a token that ends in the middle, Keystone behind a path: all of it goes well.
#[test]
fn what_does_no_harm() {
    let scene = Scene::new();
    for now in ["2001-02-03T04:05:06Z", "2099-02-03T04:05:06Z"] {
        let line = ["--max-inventory-age", "off", "take", "db/0"];
        let ran = scene.prepare(&line).env("SNAPBACK_TEST_NOW", now).go();
        assert_eq!(ran.status, 0, "{now}: {ran:?}");
    }
    let over = "The request you have made requires authentication.";
    for asked in ["GET volumes", "POST snapshots", "GET snapshots", "GET snapshots/detail"] {
        let before = scene.project.ids("snapshots").len();
        scene
            .ways
            .cinder
            .fails(move |action, nth| (action == asked && nth == 1).then_some(Fate::Error(401, "error", over)));
        let ran = scene.run(&["take", "db/0"]);
        assert_eq!(ran.status, 0, "{asked}: {ran:?}");
        assert_eq!(scene.project.ids("snapshots").len(), before + 1, "{asked}: once");
    }
    scene.ways.cinder.fails(|_, _| None);
    scene.ways.keystone.fails(|_, _| Some(Fate::Asks(&[("/identity/v3/", "/v3/")])));
    let keystone = format!("http://{}/identity", scene.ways.keystone.address);
    scene.manifest(|said| said["auth_url"] = json!(keystone));
    assert_eq!(scene.run(&["check"]).status, 0);
}

/// A disk that a VM has is not deleted, and who has it is told.
#[test]
fn a_disk_in_use_is_told() {
    let scene = Scene::new();
    let snapshot = scene.take();
    assert_eq!(scene.run(&["promote", &snapshot]).status, 0);
    let made = scene.project.ids("volumes").into_iter().find(|id| *id != scene.disk).unwrap();
    let vm = "6c8cf6e0-4c8f-442f-9196-9679737feec6";
    scene.project.attach(&made, vm);
    told(&scene.run(&["delete-disk", &made, "-n"]), 4, &[vm], "in use");
    assert!(scene.project.ids("volumes").contains(&made));
}
