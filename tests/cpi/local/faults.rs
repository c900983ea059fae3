//! An error, or a death, at each point of each method.

use std::panic::{AssertUnwindSafe, catch_unwind};

use snapback::cpi::{CpiErrorKind, CpiResult, Queries, SnapshotOptions};
use snapback::domain::ids::{DiskCid, OperationId, SnapshotCid, Token};
use snapback::domain::snapshot::Metadata;

use super::{Local, new_cpi};
use crate::conformance::{Case, Content, Subject, sized, token_metadata};

/// A cloud with one of each, made before the fault is armed.
struct Scene {
    local: Local,
    free: DiskCid,
    attached: DiskCid,
    snapshot: SnapshotCid,
}

/// All names that CIDs stand for, and what is attached where.
type Picture = [Vec<String>; 4];

impl Scene {
    fn new() -> Self {
        let local = Local::under(&std::env::temp_dir());
        let case = Case::new(&local);
        let (free, attached) = (case.disk(1), case.disk(1));
        local.write(&free, 0, &[1; 4096]);
        let snapshot = case.snapshot(&free);
        case.attach(&local.vm(), &attached);
        Scene { local, free, attached, snapshot }
    }

    fn arm(&mut self, faults: &str) {
        self.local.cpi = new_cpi(&self.local.root, faults);
    }

    fn picture(&self) -> Picture {
        ["disks", "snapshots", "vms/vm-1", "vms/vm-2"].map(|area| self.local.names(area))
    }

    fn act(&self, case: &Case<'_>, token: &Token, method: &str) -> CpiResult<()> {
        let (vm, options) = (self.local.other_vm(), SnapshotOptions::default());
        case.effect_as(token, |cpi, i| match method {
            "create_disk" => cpi.create_disk(i, &sized(1)).map(|_| ()),
            "delete_disk" => cpi.delete_disk(i, &self.free),
            "snapshot_disk" => cpi.snapshot_disk(i, &self.free, &token_metadata(token), options).map(|_| ()),
            "delete_snapshot" => cpi.delete_snapshot(i, &self.snapshot),
            "create_disk_from_snapshot" => cpi.create_disk_from_snapshot(i, &self.snapshot, &sized(1)).map(|_| ()),
            "attach_disk" => cpi.attach_disk(i, &vm, &self.free),
            "detach_disk" => cpi.detach_disk(i, &self.local.vm(), &self.attached),
            "set_disk_metadata" => cpi.set_disk_metadata(i, &self.free, &Metadata::new()),
            other => panic!("no method {other}"),
        })
    }
}

const MADE: &[&str] = &["copied", "written", "before_rename", "after_rename"];
const CHANGED: &[&str] = &["before_rename", "after_rename"];
const POINTS: &[(&str, &[&str])] = &[
    ("create_disk", MADE),
    ("snapshot_disk", MADE),
    ("create_disk_from_snapshot", MADE),
    ("delete_disk", CHANGED),
    ("delete_snapshot", CHANGED),
    ("attach_disk", CHANGED),
    ("detach_disk", CHANGED),
    ("set_disk_metadata", CHANGED),
];

fn token() -> Token {
    Token { operation: OperationId::new("0123456789ab"), step: 900 }
}

/// What has changed since `before`, and that nothing has changed but what the method is for.
fn changes(scene: &Scene, before: &Picture) -> usize {
    before.iter().zip(scene.picture()).filter(|(before, after)| *before != after).count()
}

#[test]
fn an_error_at_each_point_is_all_or_nothing() {
    for (method, phases) in POINTS {
        for phase in *phases {
            let mut scene = Scene::new();
            let before = scene.picture();
            scene.arm(&format!("local.{method}.{phase}=error"));
            let case = Case::new(&scene.local);
            let error = scene.act(&case, &token(), method).unwrap_err();
            assert!(error.to_string().contains(&format!("fault injected at local.{method}.{phase}")), "{error}");
            if *phase == "after_rename" {
                assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{method}: it has happened");
                assert_eq!(changes(&scene, &before), usize::from(*method != "set_disk_metadata"), "{method}");
            } else {
                assert_eq!(error.kind, CpiErrorKind::Cloud, "{method}");
                assert_eq!(scene.picture(), before, "{method} {phase}");
                assert_eq!(scene.local.names("tmp"), [""; 0], "{method} {phase}");
                scene.act(&case, &token(), method).unwrap();
            }
        }
    }
}

#[test]
fn a_death_at_each_point_leaves_what_can_be_cleared() {
    let mut deaths = 0;
    for (method, phases) in POINTS {
        for phase in *phases {
            let mut scene = Scene::new();
            let before = scene.picture();
            scene.arm(&format!("local.{method}.{phase}=panic"));
            let case = Case::new(&scene.local);
            let died = catch_unwind(AssertUnwindSafe(|| scene.act(&case, &token(), method)));
            assert!(died.is_err(), "{method} {phase}");
            deaths += 1;

            let happened = *phase == "after_rename";
            let half_made = (MADE.contains(phase) && !happened && phases.len() == MADE.len())
                || (*method == "set_disk_metadata")
                || (method.starts_with("delete") && happened);
            assert_eq!(scene.local.names("tmp").len(), usize::from(half_made), "{method} {phase}");
            let expected = usize::from(happened && *method != "set_disk_metadata");
            assert_eq!(changes(&scene, &before), expected, "{method} {phase}");

            scene.arm("");
            check_recovery(&scene, method, happened, half_made);
        }
    }
    assert_eq!(deaths, 22);
}

/// What `recover` does next: look by token, and clear.
fn check_recovery(scene: &Scene, method: &str, happened: bool, half_made: bool) {
    let case = Case::new(&scene.local);
    let found = match method {
        "create_disk" | "create_disk_from_snapshot" => Some(scene.local.cpi.find_disk(&token()).unwrap().is_some()),
        "snapshot_disk" => Some(scene.local.cpi.list_snapshots(&token_metadata(&token())).unwrap().len() == 1),
        "delete_snapshot" => Some(scene.local.cpi.list_snapshots(&Metadata::new()).unwrap().is_empty()),
        "delete_disk" => Some(!scene.local.cpi.has_disk(&scene.free).unwrap()),
        _ => None,
    };
    assert!(found.is_none_or(|found| found == happened), "{method}");
    let clear = |operation: &str| case.effect(|cpi, i| cpi.clear_leftovers(i, &OperationId::new(operation))).unwrap();
    assert_eq!(clear("0123456789a"), 0, "of another operation");
    assert_eq!(clear("0123456789ab"), usize::from(half_made), "{method}");
    assert_eq!(clear("0123456789ab"), 0);
    assert_eq!(scene.local.names("tmp"), [""; 0]);
}
