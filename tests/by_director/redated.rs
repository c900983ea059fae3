//! A Director that takes an orphaned disk back dates its snapshots anew: what was known stays known, and what was not is not
//! believed.

use chrono::{DateTime, Duration, SecondsFormat, Utc};
use serde_json::{Value, json};

use crate::scene::{OLD, Scene};
use crate::support::Ran;
use crate::support::fake_bosh::Director;

/// A snapshot of each of the last days, taken by the Director; of the newest snapback has never heard.
struct Days {
    scene: Scene,
    /// From the oldest on, with its time as the Director had it first.
    snapshots: Vec<(String, DateTime<Utc>)>,
}

impl Days {
    fn new() -> Days {
        let director = Director::with(&["db/0"]);
        director.change(|world| world["snapshots_enabled"] = json!(true));
        let scene = Scene { director, cid: String::new() };
        let now = Utc::now();
        let mut snapshots = Vec::new();
        for age in [4, 3, 2, 1] {
            if age == 1 {
                run(&scene, &["import", "--from-bosh"]).quiet_success();
            }
            scene.director.write_files(OLD, &[("data", &content(age))]);
            scene.director.bosh(&["take-snapshot", "db/0"]).quiet_success();
            let at = now - Duration::days(age);
            scene.director.change(|world| {
                let newest = world["snapshots"].as_array_mut().unwrap().last_mut().unwrap();
                newest["created_at"] = json!(at.to_rfc3339_opts(SecondsFormat::Secs, true));
                snapshots.push((newest["cid"].as_str().unwrap().to_owned(), at));
            });
        }
        scene.director.write_files(OLD, &[("data", "of today")]);
        Days { scene, snapshots }
    }

    fn cid(&self, age: usize) -> &str {
        &self.snapshots[4 - age].0
    }

    /// Known times are what they were, in all that is printed; the one that nobody knew is not believed.
    fn check(&self, what: &str) {
        let redated: Vec<Value> = self.scene.director.world()["snapshots"].as_array().unwrap().clone();
        for (cid, at) in &self.snapshots {
            let row = redated.iter().find(|row| row["cid"] == cid.as_str()).unwrap_or_else(|| panic!("{what}: {cid}"));
            let now: DateTime<Utc> = row["created_at"].as_str().unwrap().parse().unwrap();
            assert!(now - *at > Duration::hours(12), "{what}: the Director has not dated {cid} anew");
        }
        run(&self.scene, &["import", "--from-bosh"]).quiet_success();
        let rows = self.scene.director.sandbox.rows(&["snapshots", "--wide"], "snapshots");
        for (number, (cid, at)) in self.snapshots.iter().enumerate() {
            let row = rows.iter().find(|row| row["cid"] == cid.as_str()).unwrap_or_else(|| panic!("{what}: {cid}"));
            let known: DateTime<Utc> = row["created_at"].as_str().unwrap().parse().unwrap();
            let is_known = number < 3;
            assert_eq!((known - *at).abs() < Duration::seconds(2), is_known, "{what}: {row}");
            assert_eq!(row.to_string().contains("untrusted_time"), !is_known, "{what}: {row}");
        }
        let latest = run(&self.scene, &["restore", "--latest", "db/0", "--dry-run"]);
        latest.quiet_success();
        assert!(latest.stderr.contains(self.cid(2)), "{what}: {latest:?}");
        assert!(latest.stderr.contains(" of unknown time (its Director has forgotten when)"), "{what}: {latest:?}");
        let before = (Utc::now() - Duration::hours(60)).to_rfc3339_opts(SecondsFormat::Secs, true);
        let earlier = run(&self.scene, &["restore", "--latest", "db/0", "--before", &before, "--dry-run"]);
        earlier.quiet_success();
        assert!(earlier.stderr.contains(self.cid(3)), "{what}: {earlier:?}");
    }
}

fn content(age: i64) -> String {
    format!("{age} days old")
}

/// By the clock of the Director, which is the real one.
fn run(scene: &Scene, arguments: &[&str]) -> Ran {
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Secs, true);
    scene.prepare(arguments).env("SNAPBACK_TEST_NOW", &now).go()
}

#[test]
fn after_an_undo() {
    let days = Days::new();
    run(&days.scene, &["-n", "restore", days.cid(4), "--no-protect"]).quiet_success();
    assert_eq!(days.scene.data(&days.scene.disk()), content(4));
    run(&days.scene, &["-n", "undo"]).quiet_success();
    assert_eq!(days.scene.disk(), OLD);
    days.check("after an undo");
    // And again.
    let ran = run(&days.scene, &["-n", "restore", "--latest", "db/0", "--no-protect"]);
    ran.quiet_success();
    assert_eq!(days.scene.data(&days.scene.disk()), content(2), "{ran:?}");
}

#[test]
fn after_the_way_back_of_a_failed_restore() {
    let days = Days::new();
    days.scene.director.sandbox.manifest(true, "verify: [/bin/false]");
    let ran = run(&days.scene, &["-n", "restore", days.cid(4), "--no-protect"]);
    assert_eq!((ran.status, days.scene.disk().as_str()), (1, OLD), "{ran:?}");
    days.scene.director.sandbox.manifest(true, "");
    days.check("after the way back");
}
