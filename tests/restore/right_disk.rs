//! The disk must be its instance's before a snapshot of it is taken: asked of the cloud, or where the CPI has no
//! `get_disks`, by an inventory that is not too old.

use crate::support;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::json;
use snapback::clock::{Clock, Ids};
use snapback::cpi::builtin::local::LocalCpi;
use snapback::cpi::{Answer, Around, Cpi, CpiError, CpiErrorKind, CpiResult, Queries, Query};
use snapback::director::Bosh;
use snapback::domain::ids::{CpiName, SnapshotCid};
use snapback::domain::instance::InstanceName;
use snapback::domain::operation::Author;
use snapback::domain::step::Hook;
use snapback::domain::swap::HooksPresent;
use snapback::error::{Error, Kind, Result};
use snapback::fault::Faults;
use snapback::ops::clouds::DEFAULT_CPI;
use snapback::ops::presence::Presence;
use snapback::ops::progress::Silent;
use snapback::ops::swap::{Looking, Options, RestoreRequest, plan_restore};
use snapback::ops::take::{TakeRequest, take};
use snapback::ops::{CpiSource, HookRunner, Interrupt, Session, find};
use snapback::state::{Access, OpenRequest, State};
use support::fake_cpi::Scene;
use support::{NOW, Sandbox, disk_of};

/// The local backend without `get_disks`, as many a CPI is.
struct Silently(LocalCpi);

impl Around for Silently {
    fn inner(&self) -> &dyn Cpi {
        &self.0
    }

    fn query(&self, query: &Query) -> CpiResult<Answer> {
        match query {
            Query::GetDisks(_) => {
                Err(CpiError::new(self.0.name(), query.method(), CpiErrorKind::NotSupported, "not implemented"))
            }
            query => self.0.ask(query),
        }
    }
}

struct Clouds(Arc<Silently>);

impl CpiSource for Clouds {
    fn cpi(&self, _: &CpiName) -> Result<Arc<dyn Cpi>> {
        Ok(Arc::clone(&self.0) as Arc<dyn Cpi>)
    }
}

struct NoHooks;

impl HookRunner for NoHooks {
    fn present(&self) -> HooksPresent {
        HooksPresent::default()
    }
    fn run(&self, _: Hook, _: &InstanceName) -> Result<()> {
        Ok(())
    }
}

fn no_bosh() -> Bosh {
    Bosh::new("/nonexistent/bosh".into(), BTreeMap::new(), None)
}

/// Runs this so many hours after the import, with what `--max-inventory-age` says.
fn later<T>(sandbox: &Sandbox, hours: u64, most: &str, act: impl FnOnce(&Session<'_>) -> T) -> T {
    let now = DateTime::parse_from_rfc3339(NOW).unwrap().with_timezone(&Utc) + Duration::from_secs(hours * 3600);
    let clock = Clock::Fixed(now);
    let local =
        LocalCpi::new(CpiName::new(DEFAULT_CPI), sandbox.path("cloud"), clock.clone(), Ids::Random, Faults::none());
    let clouds = Clouds(Arc::new(Silently(local)));
    let (state, _) = State::open(&OpenRequest {
        path: &sandbox.state(),
        access: Access::Change,
        director_name: "test",
        mode: 0o600,
        allow_network_fs: false,
        clock: clock.clone(),
        ids: Ids::Random,
        faults: Faults::none(),
    })
    .unwrap();
    act(&Session {
        state,
        cpis: &clouds,
        hooks: &NoHooks,
        bosh: &no_bosh(),
        progress: &Silent,
        clock,
        faults: Faults::none(),
        interrupt: Interrupt::default(),
        author: Author::default(),
        arguments: "snapback take".to_owned(),
        wait: Duration::ZERO,
        max_inventory_age: most.parse().unwrap(),
        presence: Presence::default(),
    })
}

/// How many snapshots a take of all makes.
fn taken(session: &Session<'_>) -> Result<usize> {
    let instances = session.state.reader().instances(None).unwrap();
    let (rows, late) = take(session, &TakeRequest { instances, parallel: 2, ..TakeRequest::default() }, &mut |_| {})?;
    assert!(late.is_empty(), "{late:?}");
    rows.into_iter().map(|row| row.result).collect::<Result<Vec<_>>>().map(|taken| taken.len())
}

fn refused(error: &Error, texts: &[&str]) {
    let said = format!("{error} {}", error.hints().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
    assert_eq!(error.kind(), Kind::Refused, "{said}");
    for text in texts {
        assert!(said.contains(text), "no '{text}' in {said}");
    }
}

/// Two instances, imported at [`NOW`], the second one by nobody managed.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    sandbox.write(
        "own.yml",
        "deployments: [{name: prod, instances: [\
         {name: db/0, vm_cid: vm-db-0, managed_by: director, disks: [{cid: disk-db-0, size_mib: 1}]},\
         {name: db/1, vm_cid: vm-db-1, managed_by: nobody, disks: [{cid: disk-db-1, size_mib: 1}]}]}]",
    );
    sandbox.prepare(&["import", "own.yml"]).fixed().go().quiet_success();
    sandbox
}

#[test]
fn an_inventory_too_old_is_refused_before_the_first_effect() {
    let sandbox = sandbox();
    let error = later(&sandbox, 25, "24h", taken).unwrap_err();
    let age =
        "db/0 was last confirmed 1d 1h ago, longer than 1d, and the CPI 'local_cpi' cannot tell which disks its VM has";
    refused(&error, &[age, "run: snapback import", "--max-inventory-age 7d"]);
    assert!(sandbox.names("cloud/snapshots").is_empty());
    assert!(sandbox.rows(&["operations"], "operations").is_empty(), "not even an operation was begun");
    assert_eq!(later(&sandbox, 24, "24h", taken).unwrap(), 2);
    assert_eq!(later(&sandbox, 25, "2d", taken).unwrap(), 2);
    assert_eq!(later(&sandbox, 9999, "off", taken).unwrap(), 2);
    assert_eq!(later(&sandbox, 0, "0", taken).unwrap(), 2);
    refused(&later(&sandbox, 1, "0", taken).unwrap_err(), &["1h ago, longer than 0s"]);
    // A clock that was set back makes nothing old.
    sandbox.run(&["import", "own.yml"]).quiet_success();
    assert_eq!(later(&sandbox, 0, "24h", taken).unwrap(), 2);
}

#[test]
fn a_restore_is_refused_as_well() {
    let sandbox = sandbox();
    let cid = sandbox.take("db/1");
    let plan = |session: &Session<'_>| {
        let reader = session.state.reader();
        let snapshot = find::snapshot(reader, &SnapshotCid::new(cid.as_str())).unwrap();
        let instance = reader.instances(None).unwrap().into_iter().find(|one| one.name == snapshot.instance).unwrap();
        let freshness = session.freshness();
        let (options, wait) = (Options::default(), Duration::ZERO);
        let request =
            RestoreRequest { snapshot, others: Vec::new(), disk: None, via: None, instance, options, wait, freshness };
        let cpi = session.cpis.cpi(&CpiName::new(DEFAULT_CPI))?;
        let hooks = HooksPresent::default();
        plan_restore(Looking { reader, cpi: cpi.as_ref(), bosh: session.bosh, hooks }, &request)
    };
    let error = later(&sandbox, 48, "24h", plan).unwrap_err();
    refused(&error, &["db/1 was last confirmed 2d ago", "run: snapback import inventory.yml"]);
    // It is fresh, but what the VM has must be known to exchange it.
    assert_eq!(later(&sandbox, 1, "24h", plan).unwrap_err().kind(), Kind::Unsupported);
}

#[test]
fn a_cloud_that_tells_is_believed_whatever_the_age() {
    let sandbox = Sandbox::with(&["db/0"]);
    let old = |arguments: &[&str]| sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", "2036-01-01T00:00:00Z").go();
    old(&["take", "--max-inventory-age", "0"]).quiet_success();
    sandbox.make_disk("disk-other", 1 << 20, "other");
    std::fs::remove_file(sandbox.path("cloud/vms/vm-db-0").join(disk_of("db/0"))).unwrap();
    sandbox.make_vm("vm-db-0", &["disk-other"]);
    let ran = old(&["take", "--max-inventory-age", "off"]);
    assert_eq!(ran.status, 4, "{ran:?}");
    assert!(ran.stderr.contains("VM vm-db-0 does not have disk disk-db-0; it has: disk-other"), "{ran:?}");
    sandbox.run(&["take", "--max-inventory-age", "soon"]).refused(2, &["not an age: write 12h, 90m, 2d, or `off`"]);
    let shown = sandbox.line(&["instances", "--column", "confirmed at"]);
    assert!(shown.ends_with(&format!(" UTC {}\t", Utc::now().format("%Y"))), "{shown}");
}

/// A later run of the binary.
fn at(scene: &Scene, time: &str, arguments: &[&str]) -> support::Ran {
    scene.prepare(arguments).env("SNAPBACK_TEST_NOW", time).go()
}

#[test]
fn a_cpi_executable_without_get_disks() {
    // No `vms` in its script: it answers `get_disks` with NotImplemented, as many a CPI does.
    let methods = ["list_snapshots", "describe_snapshot", "create_disk_from_snapshot", "find_disk", "clear_leftovers"];
    let extended = json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": true}});
    let scene = Scene::with(&["db/0"], &json!({"info": extended}));
    let own = "deployments: [{name: prod, instances: [{name: db/0, vm_cid: vm-0, managed_by: nobody, \
               disks: [{cid: disk-0, size_mib: 1}]}]}]";
    scene.sandbox.write("own.yml", own);
    at(&scene, NOW, &["import", "own.yml"]).quiet_success();
    let (fresh, old) = ("2026-11-23T02:50:00Z", "2026-11-23T04:50:00Z");
    let age =
        "db/0 was last confirmed 1d 2h ago, longer than 1d, and the CPI 'fake_cpi' cannot tell which disks its VM has";

    at(&scene, old, &["take", "db/0"]).refused(4, &[age, "snapback import", "--max-inventory-age 7d"]);
    assert!(scene.snapshots().is_empty());
    assert!(!scene.methods().contains(&"snapshot_disk".to_owned()), "{:?}", scene.methods());
    at(&scene, fresh, &["take", "db/0"]).quiet_success();
    at(&scene, old, &["take", "db/0", "--max-inventory-age", "2d"]).quiet_success();
    at(&scene, old, &["take", "db/0", "--max-inventory-age", "off"]).quiet_success();
    assert_eq!(scene.snapshots().len(), 3);
    at(&scene, fresh, &["take", "db/0", "--max-inventory-age", "1h"]).refused(4, &["1d ago, longer than 1h"]);

    let cid = scene.known().remove(0);
    at(&scene, old, &["-n", "restore", &cid]).refused(4, &[age, "snapback import"]);
    // Fresh or not, a disk is exchanged only where the cloud says what the VM has.
    for arguments in [&["-n", "restore", &cid][..], &["restore", &cid, "--dry-run"]] {
        let ran = at(&scene, fresh, arguments);
        ran.refused(8, &["get_disks", "NotImplemented"]);
        assert!(ran.stdout.is_empty(), "{ran:?}");
    }
    at(&scene, old, &["-n", "restore", &cid, "--max-inventory-age", "off"]).refused(8, &["get_disks"]);
    let methods = scene.methods();
    for effect in ["create_disk_from_snapshot", "detach_disk", "attach_disk"] {
        assert!(!methods.contains(&effect.to_owned()), "{methods:?}");
    }
}

#[test]
fn a_restore_confirms_the_instance() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.prepare(&["import", "inventory.yml"]).fixed().go().quiet_success();
    let confirmed = || sandbox.rows(&["instances"], "instances")[0]["confirmed_at"].as_str().unwrap().to_owned();
    let cid = sandbox.take("db/0");
    assert_eq!(confirmed(), "2026-11-22T02:50:00.000Z");
    let later = |time: &str, arguments: &[&str]| sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", time).go();
    later("2036-01-01T00:00:00Z", &["restore", &cid, "--dry-run"]).quiet_success();
    assert_eq!(confirmed(), "2026-11-22T02:50:00.000Z", "a plan is no confirmation");
    later("2036-01-01T00:00:00Z", &["-n", "restore", &cid]).quiet_success();
    assert_eq!(confirmed(), "2036-01-01T00:00:00.000Z");
    later("2036-01-02T00:00:00Z", &["-n", "undo"]).quiet_success();
    assert_eq!(confirmed(), "2036-01-02T00:00:00.000Z");
}

#[test]
fn a_vm_that_the_cloud_lacks_is_an_old_inventory_unless_any_age_will_do() {
    let scene = Scene::with(&["db/0"], &json!({"vms": {"vm-9": []}}));
    let ran = scene.run(&["take", "db/0"]);
    assert_ne!(ran.status, 0, "{ran:?}");
    for words in ["the cloud has no VM vm-0", "the inventory is out of date", "--max-inventory-age off"] {
        assert!(ran.stderr.contains(words), "no '{words}' in {ran:?}");
    }
    assert_eq!(scene.snapshots(), [""; 0]);
    assert_eq!(scene.run(&["--max-inventory-age", "off", "take", "db/0"]).status, 0);
    assert_eq!(scene.known(), scene.snapshots());
}
