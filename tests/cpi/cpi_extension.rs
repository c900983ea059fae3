//! The recovery extension (`docs/cpi-extension.md`): its worked example replayed, and what it guarantees, asked of
//! each executable that has it by raw requests.

use crate::support;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Sandbox;

/// An executable with the extension, and where its disks are.
struct Executable {
    name: &'static str,
    program: PathBuf,
    arguments: &'static [&'static str],
    image: &'static str,
    sandbox: Sandbox,
}

impl Executable {
    fn example() -> Self {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi/example/cpi");
        Executable::new("the example", program, &["cloud"], "image")
    }

    fn local() -> Self {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_snapback"));
        Executable::new("cpi local", program, &["cpi", "local", "--path", "cloud"], "disk.img")
    }

    fn both() -> [Self; 2] {
        [Executable::example(), Executable::local()]
    }

    fn new(name: &'static str, program: PathBuf, arguments: &'static [&'static str], image: &'static str) -> Self {
        let sandbox = Sandbox::empty();
        fs::create_dir_all(sandbox.path("cloud/vms/vm-1")).unwrap();
        fs::create_dir_all(sandbox.path("cloud/vms/vm-db-0")).unwrap();
        Executable { name, program, arguments, image, sandbox }
    }

    fn start(&self, request: &[u8]) -> Child {
        let mut command = Command::new(&self.program);
        command.args(self.arguments).current_dir(self.sandbox.path(""));
        command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(request);
        child
    }

    #[track_caller]
    fn raw(&self, request: &[u8]) -> Value {
        let output = self.start(request).wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{}: {output:?}", self.name);
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{}", self.name);
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}: {output:?}", self.name))
    }

    #[track_caller]
    fn gives(&self, request: &Value) -> Value {
        let answer = self.raw(request.to_string().as_bytes());
        assert_eq!(answer["error"], Value::Null, "{}: {request}", self.name);
        answer["result"].clone()
    }

    #[track_caller]
    fn refuses(&self, request: &Value, kind: &str) {
        let answer = self.raw(request.to_string().as_bytes());
        assert_eq!(answer["error"]["type"], kind, "{}: {request}: {answer}", self.name);
        assert_eq!((&answer["result"], &answer["error"]["ok_to_retry"]), (&Value::Null, &json!(false)));
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(!message.is_empty() && message.len() < 1000, "{}: {message}", self.name);
    }

    /// A disk of so many MiB that begins with `text`.
    #[track_caller]
    fn disk(&self, step: u32, mib: u64, text: &[u8]) -> String {
        let disk = cid(&self.gives(&effect("create_disk", json!([mib, {}]), step)));
        fs::OpenOptions::new().write(true).open(self.image_of(&disk)).unwrap().write_all(text).unwrap();
        disk
    }

    fn image_of(&self, disk: &str) -> PathBuf {
        self.sandbox.path("cloud/disks").join(disk).join(self.image)
    }

    fn content(&self, disk: &str) -> String {
        let bytes = fs::read(self.image_of(disk)).unwrap();
        String::from_utf8(bytes.into_iter().take_while(|byte| *byte != 0).collect()).unwrap()
    }
}

const OPERATION: &str = "0123456789ab";

fn query(method: &str, arguments: Value) -> Value {
    json!({"method": method, "arguments": arguments, "context": {"director_uuid": "d"}, "api_version": 2})
}

fn effect(method: &str, arguments: Value, step: u32) -> Value {
    let words = json!({"version": 1, "token": token(step), "allow_torn": false});
    json!({"method": method, "arguments": arguments, "context": {"director_uuid": "d", "snapback": words}, "api_version": 2})
}

fn token(step: u32) -> String {
    format!("{OPERATION}-{step}")
}

fn snapshot(disk: &str, step: u32) -> Value {
    let metadata = json!({"job": "db", "index": 0, "snapback_operation": OPERATION, "snapback_step": step.to_string()});
    effect("snapshot_disk", json!([disk, metadata]), step)
}

fn promote(snapshot: &str, size: Value, step: u32) -> Value {
    effect("create_disk_from_snapshot", json!([snapshot, {"size_mib": size, "token": token(step)}]), step)
}

fn cid(answer: &Value) -> String {
    answer.as_str().or_else(|| answer["disk_cid"].as_str()).unwrap_or_else(|| panic!("{answer}")).to_owned()
}

fn document() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cpi-extension.md")).unwrap()
}

/// The same with all times the same.
fn without_times(mut value: Value) -> Value {
    match &mut value {
        Value::Object(map) => {
            for (key, inner) in map.iter_mut() {
                if key == "created_at" {
                    chrono::DateTime::parse_from_rfc3339(inner.as_str().unwrap()).unwrap();
                    *inner = json!("some time");
                } else {
                    *inner = without_times(inner.take());
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| *item = without_times(item.take())),
        _ => {}
    }
    value
}

#[test]
fn the_worked_example_is_what_happens() {
    let document = document();
    let example = document.split_once("\n## A worked example\n").unwrap().1;
    let blocks: Vec<&str> =
        example.split("```json\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect();
    assert!(blocks.len() >= 20 && blocks.len().is_multiple_of(2), "{}", blocks.len());
    let executable = Executable::example();
    for pair in blocks.chunks(2) {
        let expected: Value = serde_json::from_str(pair[1]).unwrap_or_else(|error| panic!("{error}: {}", pair[1]));
        assert_eq!(without_times(executable.raw(pair[0].as_bytes())), without_times(expected), "{}", pair[0]);
    }
}

#[test]
fn the_document_has_each_method_and_each_executable_has_them_all() {
    let document = document();
    let table = document.split_once("\n## The methods\n").unwrap().1.split("\n###").next().unwrap();
    let mut listed: Vec<&str> = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    listed.sort_unstable();
    assert_eq!(listed.len(), 5);
    for executable in Executable::both() {
        let answer = executable.gives(&query("info", json!([])));
        let info = &answer["snapback"];
        let mut methods: Vec<&str> = info["methods"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        methods.sort_unstable();
        assert_eq!(methods, listed, "{}", executable.name);
        assert_eq!((&info["version"], &info["stores_metadata"]), (&json!(1), &json!(true)));
        for method in methods {
            assert!(document.contains(&format!("\n### {method}(")), "{method}");
        }
    }
}

#[test]
fn a_lost_snapshot_is_found_by_the_steps_name() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 2, b"content");
        assert_eq!(executable.gives(&query("list_snapshots", json!([{}]))), json!([]), "{}", executable.name);
        let cids: Vec<String> = (2..5).map(|step| cid(&executable.gives(&snapshot(&disk, step)))).collect();
        let listed = |filter: Value| -> Vec<String> {
            let rows = executable.gives(&query("list_snapshots", json!([filter])));
            rows.as_array().unwrap().iter().map(|row| row["cid"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(listed(json!({})), cids, "{}: in the order of their making", executable.name);
        assert_eq!(listed(json!({"snapback_operation": OPERATION, "snapback_step": "3"})), [cids[1].clone()]);
        assert_eq!((listed(json!({"index": 0})).len(), listed(json!({"index": "0"})).len()), (3, 3));
        assert_eq!(listed(json!({"snapback_step": "9"})), [""; 0]);

        let row = &executable.gives(&query("list_snapshots", json!([{"snapback_step": "2"}])))[0];
        let described = executable.gives(&query("describe_snapshot", json!([cids[0]])));
        assert_eq!((&row["disk_cid"], &row["metadata"]["job"]), (&json!(disk), &json!("db")));
        for key in ["state", "size_mib", "created_at", "consistency"] {
            assert_eq!(row[key], described[key], "{}: {key}", executable.name);
        }
        assert_eq!(
            (&row["state"], &row["size_mib"], &row["consistency"]),
            (&json!("ready"), &json!(2), &json!("crash"))
        );

        executable.gives(&effect("delete_snapshot", json!([cids[0]]), 8));
        assert_eq!(executable.gives(&query("describe_snapshot", json!([cids[0]]))), json!({"state": "missing"}));
        executable.refuses(&effect("delete_snapshot", json!([cids[0]]), 8), "Snapback::SnapshotNotFound");
        assert_eq!(listed(json!({})), cids[1..]);
    }
}

#[test]
fn a_step_makes_one_disk_and_it_is_found() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 2, b"before");
        assert_eq!(executable.gives(&query("find_disk", json!([token(1)]))), json!({"disk_cid": disk, "size_mib": 2}));
        let taken = cid(&executable.gives(&snapshot(&disk, 2)));
        fs::write(executable.image_of(&disk), "after").unwrap();

        let made = executable.gives(&promote(&taken, json!(3), 3));
        assert_eq!(made["size_mib"], 3);
        assert_eq!(executable.gives(&promote(&taken, Value::Null, 3)), made, "{}: the same token", executable.name);
        assert_eq!(executable.gives(&query("find_disk", json!([token(3)]))), made);
        assert_eq!(executable.content(&cid(&made)), "before");
        assert_eq!(fs::metadata(executable.image_of(&cid(&made))).unwrap().len(), 3 << 20);
        let other = executable.gives(&promote(&taken, Value::Null, 4));
        assert_eq!(other["size_mib"], 2, "without a size it is the snapshot's");
        assert_ne!(other, made);

        // Neither the disk nor the snapshot needs the other.
        executable.gives(&effect("delete_snapshot", json!([taken]), 5));
        executable.gives(&effect("delete_disk", json!([disk]), 6));
        assert_eq!(executable.content(&cid(&made)), "before");
        assert_eq!(executable.gives(&query("find_disk", json!([token(1)]))), Value::Null, "deleted");
        executable.refuses(&promote(&taken, Value::Null, 7), "Snapback::SnapshotNotFound");
        assert_eq!(executable.gives(&query("find_disk", json!([token(7)]))), Value::Null, "{}", executable.name);
    }
}

#[test]
fn what_cannot_be_is_refused_and_nothing_is_made() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 2, b"");
        let taken = cid(&executable.gives(&snapshot(&disk, 2)));
        for size in [json!(1), json!(0), json!(u64::MAX)] {
            executable.refuses(&promote(&taken, size, 3), "Snapback::InvalidRequest");
        }
        executable.refuses(&promote(&taken, json!("3"), 3), "Bosh::Clouds::CpiError");
        executable.refuses(&query("resize_disk", json!([disk, 3])), "Bosh::Clouds::NotImplemented");
        executable.refuses(&snapshot("disk-none", 3), "Bosh::Clouds::DiskNotFound");
        assert_eq!(executable.gives(&query("find_disk", json!([token(3)]))), Value::Null);
        for hostile in ["", "..", "../x", "/etc/passwd", "a/b", "-x", "a\u{0}b", "\u{1b}[2J", &"x".repeat(5000)] {
            executable.refuses(&query("describe_snapshot", json!([hostile])), "Snapback::InvalidCid");
            executable.refuses(&effect("delete_snapshot", json!([hostile]), 4), "Snapback::InvalidCid");
            executable.refuses(&promote(hostile, Value::Null, 4), "Snapback::InvalidCid");
            let mut token = effect("create_disk", json!([1, {}]), 4);
            token["context"]["snapback"]["token"] = json!(format!("../{hostile}-1"));
            executable.refuses(&token, "Snapback::InvalidCid");
        }
        for garbage in [&b""[..], b"hello", b"[]", b"{}", b"{\"method\":1}", b"{\"method\":\"info\",\"arguments\":{}}"]
        {
            assert_eq!(executable.raw(garbage)["error"]["type"], "Bosh::Clouds::CpiError", "{}", executable.name);
        }
        assert_eq!(executable.sandbox.names("cloud/disks"), [disk]);
        assert_eq!(executable.sandbox.names("cloud/tmp"), [""; 0], "{}", executable.name);
    }
}

#[test]
fn what_is_not_known_is_passed_over() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 1, b"");
        let taken = cid(&executable.gives(&snapshot(&disk, 2)));
        let mut request = promote(&taken, Value::Null, 3);
        request["context"]["snapback"]["version"] = json!(2);
        request["context"]["snapback"]["newer"] = json!({"key": 1});
        request["context"]["vm"] = json!({"stemcell": {"api_version": 3}});
        request["arguments"][1]["newer"] = json!("wish");
        request["newer"] = json!(true);
        assert_eq!(executable.gives(&request)["size_mib"], 1, "{}", executable.name);
        // A caller that does not know the extension.
        assert!(
            executable.gives(&json!({"method": "snapshot_disk", "arguments": [disk, {}], "context": {}})).is_string()
        );
    }
}

#[test]
fn a_copy_is_torn_only_where_that_is_allowed() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 1, b"");
        let _writer = fs::OpenOptions::new().write(true).open(executable.image_of(&disk)).unwrap();
        let mut request = snapshot(&disk, 2);
        let answer = executable.raw(request.to_string().as_bytes());
        // Where the file system clones, a writer does no harm to `cpi local`.
        if answer["error"] != Value::Null {
            assert_eq!(answer["error"]["type"], "Snapback::InUse", "{}", executable.name);
            assert_eq!(executable.gives(&query("list_snapshots", json!([{}]))), json!([]));
            request["context"]["snapback"]["allow_torn"] = json!(true);
            let taken = executable.gives(&request);
            assert_eq!(executable.gives(&query("describe_snapshot", json!([taken])))["consistency"], "torn");
        }
    }
}

#[test]
fn a_kill_leaves_all_or_nothing_under_a_cid_and_the_rest_is_cleared() {
    for executable in Executable::both() {
        let disk = executable.disk(1, 24, &vec![b'x'; 24 << 20]);
        let mut cut_off = 0;
        for step in 2..12 {
            let mut child = executable.start(snapshot(&disk, step).to_string().as_bytes());
            let start = Instant::now();
            while executable.sandbox.names("cloud/tmp").is_empty() && child.try_wait().unwrap().is_none() {
                assert!(start.elapsed() < Duration::from_secs(60), "{}", executable.name);
            }
            child.kill().unwrap();
            child.wait().unwrap();
            let left = executable.sandbox.names("cloud/tmp").len();
            cut_off += left;
            let found = executable.gives(&query("list_snapshots", json!([{"snapback_step": step.to_string()}])));
            for row in found.as_array().unwrap() {
                let image = executable.sandbox.path("cloud/snapshots").join(row["cid"].as_str().unwrap());
                assert_eq!(fs::metadata(image.join(executable.image)).unwrap().len(), 24 << 20);
                assert_eq!(row["state"], "ready");
            }
            assert_eq!(executable.gives(&query("clear_leftovers", json!(["ffffffffffff"]))), 0);
            assert_eq!(executable.gives(&query("clear_leftovers", json!([OPERATION]))), left, "{}", executable.name);
            assert_eq!(executable.sandbox.names("cloud/tmp"), [""; 0]);
            // The step is done again, or its result found: one snapshot either way.
            if found.as_array().unwrap().is_empty() {
                executable.gives(&snapshot(&disk, step));
            }
        }
        assert_eq!(executable.gives(&query("list_snapshots", json!([{}]))).as_array().unwrap().len(), 10);
        assert!(cut_off > 0 || executable.name == "cpi local", "no kill came in time");
    }
}

#[test]
fn a_full_disk_is_said_and_leaves_nothing() {
    let executable = Executable::example();
    let disk = executable.disk(1, 2, &[b'x'; 2 << 20]);
    // No file of more than 1 MiB can be written.
    let script = format!("ulimit -f 1024; exec {} cloud", executable.program.display());
    let limited = Executable {
        name: "the example with a full disk",
        program: "/bin/bash".into(),
        arguments: Box::leak(Box::new(["-c", &*Box::leak(script.into_boxed_str())])),
        image: "image",
        sandbox: executable.sandbox,
    };
    limited.refuses(&snapshot(&disk, 2), "Bosh::Clouds::NoDiskSpace");
    assert_eq!(limited.gives(&query("list_snapshots", json!([{}]))), json!([]));
    assert_eq!(limited.sandbox.names("cloud/tmp"), [""; 0]);
}
