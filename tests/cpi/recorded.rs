//! What real CPIs answer, through the binary: each ends with one status, one clear error, and nothing false recorded.
//! `fixtures/cpi/recorded/README.md` says where each answer is from.
#![cfg(debug_assertions)]

use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};
use support::fake_cpi::Scene;

/// What an answer to `snapshot_disk` leads to.
#[derive(Clone, Copy)]
enum End {
    /// The snapshot of this CID is known.
    Taken(&'static str),
    /// The CPI cannot do it.
    Unsupported(&'static str),
    /// It failed, with these words.
    Failed(&'static str),
    /// The cloud does not have the disk.
    NotFound(&'static str),
    /// It failed with these words, and was tried again first.
    Busy(&'static str),
    /// It may have happened: these words tell what to look for.
    Unknown(&'static str),
}
use End::{Busy, Failed, NotFound, Taken, Unknown, Unsupported};

const NO_CID: &str = "it answered without a snapshot CID, as CPIs do that cannot do it: nothing was made";

const SNAPSHOT_DISK: &[(&str, End)] = &[
    ("alicloud/snapshot_disk", Taken("s-bp1c7lmrn5mpr5oqu7eb")),
    ("alicloud/throttling", Busy("Creating disk snapshot: SDK.ServerError [Bosh::Clouds::CloudError]")),
    ("aws/rate_of_the_volume", Busy("The maximum per volume CreateSnapshot request rate has been exceeded.")),
    ("aws/request_limit", Busy("Request limit exceeded. [Unknown]")),
    ("aws/snapshot_disk", Taken("snap-0a1b2c3d4e5f60718")),
    ("aws/timed_out", Unknown("Timed out waiting for snap-0a1b2c3d4e5f60718 to be completed")),
    ("aws/unauthorized", Failed("You are not authorized to perform this operation.")),
    ("aws/without_instance_id", Failed("no implicit conversion of nil into String [Unknown]")),
    ("azure/not_found", Failed("http_put - http code: 404 [Bosh::AzureCloud::AzureNotFoundError]")),
    (
        "azure/snapshot_disk",
        Taken("caching:None;disk_name:bosh-disk-data-2f6d5c1a-7d3b-4c59-8e0f-a4b1c2d3e4f5;resource_group_name:rg-bosh"),
    ),
    ("azure/too_many_requests", Busy("http_get_response - 429")),
    ("bosh_cpi/attach_disk_gives_a_list", Unknown("its answer, a list, is not a snapshot CID")),
    ("bosh_cpi/error_of_ruby", Failed("undefined method `[]' for nil:NilClass [Unknown]")),
    ("bosh_cpi/snapshot_disk", Unsupported("'snapshot_disk' is not implemented by Bare")),
    ("bosh_cpi/too_few_arguments", Failed("Arguments are not correct")),
    ("bosh_cpi/unknown_method", Unsupported("Method is not known, got: 'describe_snapshot'")),
    ("cloudstack/snapshot_disk", Unsupported(NO_CID)),
    ("docker/no_daemon", Failed("Cannot connect to the Docker daemon at unix:///var/run/docker.sock")),
    ("docker/snapshot_disk", Unsupported(NO_CID)),
    ("docker/too_few_arguments", Failed("Not enough arguments, expected 2, got 1")),
    ("docker/unknown_method", Unsupported("Must call implemented method: Unknown method 'describe_snapshot'")),
    ("google/api_version", Failed("API version 3 not supported [Bosh::Clouds::CpiError]")),
    ("google/delete_what_is_gone", Failed("does not exists")),
    ("google/disk_not_found", NotFound("Disk 'disk-0' not found [Bosh::Clouds::DiskNotFound]")),
    ("google/rate_limit", Busy("googleapi: Error 403: Rate Limit Exceeded")),
    ("google/snapshot_disk", Taken("snapshot-7c2d6a1e-9b43-4f58-6a0d-2b1f0c9d8e77")),
    ("openstack/quota", Failed("Maximum number of snapshots allowed (10) exceeded")),
    ("openstack/rate_limited", Busy("OpenStack API RequestEntityTooLarge")),
    ("openstack/snapshot_disk", Taken("3f0b8a52-51fe-4b6f-9d0c-6e2c7c1b8a11")),
    (
        "openstack/timed_out",
        Unknown("Timed out waiting for snapshot `3f0b8a52-51fe-4b6f-9d0c-6e2c7c1b8a11' to be available"),
    ),
    ("photon/snapshot_disk", Unsupported("Method snapshot_disk not supported in photon CPI.")),
    ("softlayer/snapshot_disk", Taken("12345678")),
    ("softlayer/snapshot_disk_as_a_number", Taken("12345678")),
    ("virtualbox/snapshot_disk", Unsupported(NO_CID)),
    ("vsphere/snapshot_disk", Unsupported("'snapshot_disk' is not implemented by VSphereCloud::Cloud")),
    ("warden/snapshot_disk", Unsupported(NO_CID)),
    ("warden/too_few_arguments", Failed("Not enough arguments, expected 2, got 1")),
    ("warden/unknown_method", Unsupported("Must call implemented method: Unknown method 'describe_snapshot'")),
];

/// Answers to `delete_snapshot`, which promises nothing to be given: the snapshot is gone after each of them.
const DELETED: &[&str] = &[
    "aws/delete_snapshot",
    "bosh_cpi/attach_disk_gives_a_list",
    "docker/delete_snapshot",
    "google/delete_what_is_gone",
    "softlayer/snapshot_disk_as_a_number",
    "warden/delete_snapshot",
];

/// Answers to other methods.
const OTHERS: &[&str] =
    &["bosh_cpi/get_disks", "bosh_cpi/info", "docker/get_disks", "docker/info", "warden/get_disks", "warden/info"];

fn recorded() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi/recorded")
}

fn giving(name: &str) -> String {
    format!("file:{}", recorded().join(format!("{name}.json")).display())
}

#[test]
fn each_recorded_answer_has_its_test_and_its_source() {
    let readme = fs::read_to_string(recorded().join("README.md")).unwrap();
    let mut there = BTreeSet::new();
    for cpi in fs::read_dir(recorded()).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&cpi).unwrap().map(|entry| entry.unwrap().path()) {
            let name = file.strip_prefix(recorded()).unwrap().with_extension("").to_str().unwrap().to_owned();
            assert!(readme.contains(&format!("| `{name}` | ")), "the README lacks {name}");
            there.insert(name);
        }
    }
    let tested =
        SNAPSHOT_DISK.iter().map(|(name, _)| *name).chain(DELETED.iter().copied()).chain(OTHERS.iter().copied());
    assert_eq!(tested.map(str::to_owned).collect::<BTreeSet<_>>(), there);
}

#[test]
fn what_was_not_taken_is_never_said_to_be() {
    for (name, end) in SNAPSHOT_DISK {
        let scene = Scene::of_one(&json!({"snapshot_disk": giving(name)}));
        let ran = scene.run(&["take", "db/0", "--retries", "2"]);
        let operation = scene.sandbox.rows(&["operations"], "operations").remove(0);
        let state = operation["state"].as_str().unwrap();
        let calls = scene.methods().iter().filter(|method| *method == "snapshot_disk").count();
        let (status, expected_state, words) = match end {
            Taken(_) => (0, "done", ""),
            Unsupported(words) => (8, "failed", *words),
            NotFound(words) => (5, "failed", *words),
            Failed(words) | Busy(words) => (7, "failed", *words),
            Unknown(words) => (7, "pending", *words),
        };
        assert_eq!((ran.status, state), (status, expected_state), "{name}: {ran:?}");
        let taken = if let Taken(cid) = end { vec![(*cid).to_owned()] } else { Vec::new() };
        assert_eq!(scene.known(), taken, "{name}");
        assert_eq!(calls, if matches!(end, Busy(_)) { 3 } else { 1 }, "{name}: {ran:?}");
        if status == 0 {
            assert!(!ran.stderr.contains("Error"), "{name}: {ran:?}");
            continue;
        }
        let mut errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("Error: ")).collect();
        if matches!(end, Unknown(_)) {
            assert_eq!(errors.pop(), Some("Error: the outcome of one step is unknown"), "{name}: {ran:?}");
        }
        assert_eq!(errors.len(), 1, "{name}: one clear error: {ran:?}");
        let error = errors[0];
        assert!(error.contains("fake_cpi: snapshot_disk: ") && error.contains(words), "{name}: {ran:?}");
        assert!(error.contains("(request cpi-"), "{name}: {ran:?}");
        assert!(ran.stdout.starts_with("db/0\tdisk-0\t-\t-\t-\t"), "{name}: no CID: {ran:?}");
    }
}

#[test]
fn what_a_method_does_not_promise_is_not_judged() {
    for name in DELETED {
        let scene = Scene::of_one(&json!({"delete_snapshot": giving(name)}));
        scene.run(&["take", "db/0"]).quiet_success();
        let cid = scene.known().remove(0);
        scene.run(&["-n", "delete", &cid]).quiet_success();
        assert_eq!(scene.known(), [""; 0], "{name}");
    }
}

/// All that the CPIs that were run say to a whole `take`, `info` and all.
#[test]
fn a_whole_cpi_without_snapshots_is_unsupported() {
    for (cpi, methods) in [
        ("warden", &["info", "get_disks", "get_disks", "snapshot_disk"][..]),
        ("docker", &["info", "get_disks", "get_disks", "snapshot_disk"]),
        ("bosh_cpi", &["info", "get_disks", "snapshot_disk"]),
    ] {
        let does: serde_json::Map<String, Value> = ["info", "get_disks", "snapshot_disk", "delete_snapshot"]
            .into_iter()
            .filter(|method| recorded().join(cpi).join(format!("{method}.json")).exists())
            .map(|method| (method.to_owned(), json!(giving(&format!("{cpi}/{method}")))))
            .collect();
        let scene = Scene::of_one(&Value::Object(does));
        let ran = scene.run(&["take", "db/0"]);
        assert_eq!(ran.status, 8, "{cpi}: {ran:?}");
        assert_eq!(scene.methods(), methods, "{cpi}");
        assert_eq!(scene.known(), [""; 0], "{cpi}");
        assert_eq!(scene.sandbox.rows(&["operations"], "operations")[0]["state"], "failed", "{cpi}");
    }
}
