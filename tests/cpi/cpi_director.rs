//! `snapback cpi local` under a caller that does as the Director does (cloudfoundry/bosh
//! `src/bosh-director/lib/clouds/external_cpi.rb`): its request to the byte, its environment, its check of each response.
//! Several at once, killed in mid-call, and asked with nonsense.

use crate::support;

use std::fs;
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use proptest::prelude::*;
use proptest::sample::{Index, select};
use serde_json::{Value, json};
use support::Sandbox;

/// The types that a Director knows; any other ends its task.
const KNOWN: [&str; 10] = [
    "Bosh::Clouds::CpiError",
    "Bosh::Clouds::NotSupported",
    "Bosh::Clouds::NotImplemented",
    "Bosh::Clouds::CloudError",
    "Bosh::Clouds::VMNotFound",
    "Bosh::Clouds::NetworkNotFound",
    "Bosh::Clouds::NoDiskSpace",
    "Bosh::Clouds::DiskNotAttached",
    "Bosh::Clouds::DiskNotFound",
    "Bosh::Clouds::VMCreationFailed",
];

/// A caller with the executable of `fixtures/cpi/local`, and a cloud with a VM.
struct Director {
    sandbox: Sandbox,
    program: PathBuf,
    /// What was agreed on.
    api_version: Option<u64>,
}

impl Director {
    fn new() -> Self {
        let sandbox = Sandbox::empty();
        let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi/local/cpi");
        let program = sandbox.path("cpi");
        symlink(fixture, &program).unwrap();
        symlink(env!("CARGO_BIN_EXE_snapback"), sandbox.path("snapback")).unwrap();
        sandbox.make_vm("vm-1", &[]);
        sandbox.make_vm("vm-2", &[]);
        Director { sandbox, program, api_version: None }
    }

    fn start(&self, request: &[u8]) -> Child {
        let mut child = Command::new(&self.program)
            .env_clear()
            .envs([("PATH", "/usr/sbin:/usr/bin:/sbin:/bin"), ("TMPDIR", "/tmp"), ("HOME", "/root")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(request);
        child
    }

    /// The response to these bytes, once it is checked as the Director checks it.
    #[track_caller]
    fn response(&self, request: &[u8]) -> Value {
        let output = self.start(request).wait_with_output().unwrap();
        let shown = String::from_utf8_lossy(request);
        let response: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{shown}: {output:?}"));
        assert!(response["log"].is_string() && response.get("result").is_some(), "{shown}: {response}");
        let error = &response["error"];
        if !error.is_null() {
            assert!(error["message"].is_string() && error["ok_to_retry"].is_boolean(), "{shown}: {response}");
            assert!(error["type"].is_string(), "{shown}: {response}");
            assert_eq!(error.as_object().unwrap().len(), 3, "{shown}: {response}");
        }
        response
    }

    fn request(&self, method: &str, arguments: Value) -> Vec<u8> {
        // The keys in the Director's order.
        let version = self.api_version.map_or(String::new(), |version| format!(",\"api_version\":{version}"));
        let context = "{\"director_uuid\":\"2d4f\",\"request_id\":\"cpi-123456\"}";
        format!("{{\"method\":\"{method}\",\"arguments\":{arguments},\"context\":{context}{version}}}").into_bytes()
    }

    #[track_caller]
    fn call(&self, method: &str, arguments: Value) -> Result<Value, (String, String)> {
        let response = self.response(&self.request(method, arguments));
        let error = &response["error"];
        if error.is_null() {
            return Ok(response["result"].clone());
        }
        let text = |key: &str| error[key].as_str().unwrap().to_owned();
        assert!(KNOWN.contains(&text("type").as_str()), "a Director gives up: {response}");
        Err((text("type"), text("message")))
    }

    #[track_caller]
    fn gives(&self, method: &str, arguments: Value) -> Value {
        self.call(method, arguments).unwrap_or_else(|error| panic!("{method}: {error:?}"))
    }

    #[track_caller]
    fn refuses(&self, method: &str, arguments: Value, kind: &str) {
        assert_eq!(self.call(method, arguments).unwrap_err().0, kind, "{method}");
    }
}

fn metadata(index: usize) -> Value {
    json!({"deployment": "prod", "job": "db", "index": index, "director_name": "test", "director_uuid": "2d4f",
        "agent_id": "a-1", "instance_id": format!("00000000-0000-4000-8000-{index:012}")})
}

#[test]
fn a_deployments_life_in_both_versions_of_the_api() {
    for version in [1, 2] {
        let mut director = Director::new();
        let info = director.gives("info", json!([]));
        // The Director takes the older of both versions.
        director.api_version = Some(info["api_version"].as_u64().unwrap().min(version));
        assert_eq!(director.api_version, Some(version));

        let disk = director.gives("create_disk", json!([64, {"type": "ssd"}, "vm-1"]));
        assert_eq!(director.gives("has_disk", json!([disk])), true);
        let hint = director.gives("attach_disk", json!(["vm-1", disk]));
        assert_eq!(hint.is_string(), version == 2, "{hint}");
        director.gives("set_disk_metadata", json!([disk, metadata(0)]));
        assert_eq!(director.gives("get_disks", json!(["vm-1"])), json!([disk]));
        let snapshots: Vec<Value> =
            (0..3).map(|index| director.gives("snapshot_disk", json!([disk, metadata(index)]))).collect();
        assert_eq!(director.sandbox.names("cloud/snapshots").len(), 3);
        director.refuses("delete_disk", json!([disk]), "Bosh::Clouds::CloudError");
        director.gives("detach_disk", json!(["vm-1", disk]));
        for snapshot in &snapshots {
            director.gives("delete_snapshot", json!([snapshot]));
        }
        director.gives("delete_disk", json!([disk]));
        assert_eq!(director.sandbox.names("cloud/disks").len() + director.sandbox.names("cloud/snapshots").len(), 0);

        // What goes wrong has a type that the Director knows, and no other.
        director.refuses("delete_snapshot", json!([snapshots[0]]), "Bosh::Clouds::CloudError");
        director.refuses("snapshot_disk", json!([disk, metadata(0)]), "Bosh::Clouds::DiskNotFound");
        director.refuses("attach_disk", json!(["vm-9", disk]), "Bosh::Clouds::VMNotFound");
        director.refuses("detach_disk", json!(["vm-1", disk]), "Bosh::Clouds::DiskNotAttached");
        director.refuses("create_disk", json!([0, {}]), "Bosh::Clouds::CloudError");
        director.refuses("has_disk", json!(["../x"]), "Bosh::Clouds::CloudError");
        director.refuses("has_disk", json!([7]), "Bosh::Clouds::CpiError");
        for method in ["create_vm", "resize_disk", "current_vm_id", "calculate_vm_cloud_properties", "ping"] {
            director.refuses(method, json!([]), "Bosh::Clouds::NotImplemented");
        }
    }
}

#[test]
fn two_processes_at_once_do_each_thing_once() {
    let director = Director::new();
    let disk = director.gives("create_disk", json!([1, {}]));
    for _ in 0..10 {
        let both = ["vm-1", "vm-2"].map(|vm| director.start(&director.request("attach_disk", json!([vm, disk]))));
        let answers = both.map(|child| {
            let output = child.wait_with_output().unwrap();
            serde_json::from_slice::<Value>(&output.stdout).unwrap()["error"].is_null()
        });
        assert_ne!(answers[0], answers[1], "one VM has it");
        let vm = if answers[0] { "vm-1" } else { "vm-2" };
        assert_eq!(director.gives("get_disks", json!([vm])), json!([disk]));
        // Deleted twice at once, too: it is in use, both times.
        director.refuses("delete_disk", json!([disk]), "Bosh::Clouds::CloudError");
        director.gives("detach_disk", json!([vm, disk]));
    }
    let many: Vec<Child> = (0..12)
        .map(|index| director.start(&director.request("snapshot_disk", json!([disk, metadata(index)]))))
        .collect();
    let mut cids: Vec<String> = many
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().unwrap();
            let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
            answer["result"].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned()
        })
        .collect();
    cids.sort();
    assert_eq!(director.sandbox.names("cloud/snapshots"), cids);
}

/// Whenever it is killed: the disk is as it was, a snapshot is whole or not there, and the next call works.
#[test]
fn a_kill_in_mid_call_loses_nothing() {
    let director = Director::new();
    let disk = director.gives("create_disk", json!([16, {}]));
    let image = director.sandbox.path("cloud/disks").join(disk.as_str().unwrap()).join("disk.img");
    let content: Vec<u8> = (0..16 << 20).map(|at: u32| (at / 7) as u8).collect();
    fs::write(&image, &content).unwrap();
    let mut killed = 0;
    for delay in 0..24 {
        let mut child = director.start(&director.request("snapshot_disk", json!([disk, metadata(0)])));
        std::thread::sleep(Duration::from_millis(delay));
        killed += usize::from(child.try_wait().unwrap().is_none());
        let _ = child.kill();
        child.wait().unwrap();
        for snapshot in director.sandbox.names("cloud/snapshots") {
            let copy = director.sandbox.path("cloud/snapshots").join(&snapshot);
            assert!(fs::read(copy.join("disk.img")).unwrap() == content, "{snapshot} is a half");
            director.gives("delete_snapshot", json!([snapshot]));
        }
        assert!(fs::read(&image).unwrap() == content, "the disk has changed");
    }
    assert!(killed > 0, "no kill came in time");
    assert!(director.gives("snapshot_disk", json!([disk, metadata(0)])).is_string());
    assert_eq!(director.gives("has_disk", json!([disk])), true);
}

/// Values that stand where others are expected.
fn value() -> impl Strategy<Value = Value> {
    let texts = select(vec![
        "",
        "disk-1",
        "vm-1",
        "snap-1",
        "..",
        "../disk-1",
        "/etc",
        "-x",
        "a\0b",
        "\u{1b}[2J",
        "0123456789ab-1",
    ]);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        texts.prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(
                select(vec!["size_mib", "token", "vm_cid", "path", "local", "x"]).prop_map(str::to_owned),
                inner,
                0..4
            )
            .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

const METHODS: &[&str] = &[
    "info",
    "has_disk",
    "get_disks",
    "create_disk",
    "delete_disk",
    "attach_disk",
    "detach_disk",
    "snapshot_disk",
    "delete_snapshot",
    "set_disk_metadata",
    "create_disk_from_snapshot",
    "list_snapshots",
    "describe_snapshot",
    "find_disk",
    "clear_leftovers",
    "create_vm",
    "",
    "\u{202e}",
];

proptest! {
    // Each is a process.
    #![proptest_config(ProptestConfig { cases: 250, ..ProptestConfig::default() })]

    /// Whatever is asked gets one response in the Director's shape, and nothing outside the directory changes.
    #[test]
    fn each_request_gets_a_response(
        method in select(METHODS),
        arguments in prop::collection::vec(value(), 0..4),
        context in value(),
        version in value(),
        changes in prop::collection::vec((any::<Index>(), any::<u8>()), 0..3),
    ) {
        let director = Director::new();
        director.sandbox.make_disk("disk-1", 4096, "content");
        let mut request = json!({"method": method, "arguments": arguments, "context": context}).to_string();
        if !version.is_null() {
            request.truncate(request.len() - 1);
            request += &format!(",\"api_version\":{version}}}");
        }
        let mut request = request.into_bytes();
        for (at, bits) in changes {
            let at = at.index(request.len());
            request[at] ^= bits;
        }
        director.response(&request);
        prop_assert_eq!(director.sandbox.names("."), ["cloud", "cpi", "snapback"]);
        let areas = director.sandbox.names("cloud");
        prop_assert!(areas.iter().all(|area| ["disks", "snapshots", "vms", "tmp", "lock"].contains(&area.as_str())), "{areas:?}");
    }
}
