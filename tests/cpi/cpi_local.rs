//! `snapback cpi local`: raw requests to a real process, and its exact answers.

use crate::support;

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use support::{NOW, Sandbox};

/// Calls the executable with these bytes on stdin; there is one answer, in one line, and the status is 0.
#[track_caller]
fn answer_to(sandbox: &Sandbox, options: &[&str], request: &[u8]) -> Value {
    let mut child = Command::new(env!("CARGO_BIN_EXE_snapback"))
        .args([&["cpi", "local"], options].concat())
        .current_dir(sandbox.path(""))
        // As the Director's children: no more than this.
        .env_clear()
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .env("SNAPBACK_TEST_NOW", NOW)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may have given up reading.
    let _ = child.stdin.take().unwrap().write_all(request);
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap());
    assert_eq!((output.status.code(), stderr.as_str()), (Some(0), ""), "{stdout}");
    assert_eq!(stdout.matches('\n').count(), 1, "{stdout}");
    let answer: Value = serde_json::from_str(&stdout).unwrap();
    let keys: Vec<&String> = answer.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["error", "log", "result"]);
    assert_eq!(answer["log"], "");
    answer
}

const AT: [&str; 2] = ["--path", "cloud"];

#[track_caller]
fn result(sandbox: &Sandbox, request: &Value) -> Value {
    let answer = answer_to(sandbox, &AT, request.to_string().as_bytes());
    assert_eq!(answer["error"], Value::Null, "{request}");
    answer["result"].clone()
}

#[track_caller]
fn error(sandbox: &Sandbox, request: &Value) -> (String, String) {
    error_in(&answer_to(sandbox, &AT, request.to_string().as_bytes()))
}

#[track_caller]
fn error_in(answer: &Value) -> (String, String) {
    assert_eq!((&answer["result"], &answer["error"]["ok_to_retry"]), (&Value::Null, &json!(false)), "{answer}");
    let text = |key: &str| answer["error"][key].as_str().unwrap_or_else(|| panic!("{answer}")).to_owned();
    (text("type"), text("message"))
}

/// A request without a context.
fn call(method: &str, arguments: Value) -> Value {
    json!({"method": method, "arguments": arguments, "context": {"director_uuid": "d", "request_id": "cpi-1"}})
}

fn with_token(method: &str, arguments: Value, token: &str) -> Value {
    let context = json!({"director_uuid": "d", "snapback": {"version": 1, "token": token, "allow_torn": false}});
    json!({"method": method, "arguments": arguments, "context": context, "api_version": 2})
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.make_disk("disk-1", 1 << 20, "content");
    sandbox.make_vm("vm-1", &[]);
    sandbox
}

#[test]
fn info_says_what_it_is_and_needs_no_directory() {
    let expected = json!({
        "api_version": 2,
        "stemcell_formats": [],
        "snapback": {
            "version": 1,
            "methods": [
                "create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk", "clear_leftovers"
            ],
            "stores_metadata": true,
        },
    });
    let sandbox = Sandbox::empty();
    let request = json!({"method": "info", "arguments": [], "context": {}}).to_string();
    assert_eq!(answer_to(&sandbox, &[], request.as_bytes())["result"], expected);
    assert_eq!(answer_to(&sandbox, &[], b"{\"method\":\"info\",\"api_version\":9}")["result"], expected);
    assert!(sandbox.names("").is_empty(), "nothing is made");
}

#[test]
fn the_life_of_a_disk() {
    let sandbox = sandbox();
    let made = result(&sandbox, &with_token("create_disk", json!([2, {"type": "any"}, "vm-1"]), "0123456789ab-7"));
    let disk = made.as_str().unwrap();
    assert_eq!(result(&sandbox, &call("has_disk", json!([disk]))), true);
    assert_eq!(result(&sandbox, &call("has_disk", json!(["disk-2"]))), false);
    assert_eq!(
        result(&sandbox, &call("find_disk", json!(["0123456789ab-7"]))),
        json!({"disk_cid": disk, "size_mib": 2})
    );
    assert_eq!(result(&sandbox, &call("find_disk", json!(["0123456789ab-8"]))), Value::Null);
    assert_eq!(
        result(&sandbox, &call("set_disk_metadata", json!([disk, {"deployment": "prod", "index": 0}]))),
        Value::Null
    );
    let sidecar = std::fs::read_to_string(sandbox.path(&format!("cloud/disks/{disk}/meta.json"))).unwrap();
    let sidecar: Value = serde_json::from_str(&sidecar).unwrap();
    assert_eq!(sidecar["metadata"], json!({"deployment": "prod", "index": "0"}));

    // In version 1, attach_disk gives nothing; in 2, where the VM has the disk.
    assert_eq!(result(&sandbox, &call("attach_disk", json!(["vm-1", disk]))), Value::Null);
    let device = result(&sandbox, &with_token("attach_disk", json!(["vm-1", disk]), "0123456789ab-8"));
    assert_eq!(device, sandbox.path(&format!("cloud/vms/vm-1/{disk}")).to_str().unwrap());
    assert_eq!(result(&sandbox, &call("get_disks", json!(["vm-1"]))), json!([disk]));
    let (kind, message) = error(&sandbox, &call("delete_disk", json!([disk])));
    assert_eq!((kind.as_str(), message), ("Bosh::Clouds::CloudError", format!("disk {disk} is attached to VM vm-1")));
    let (kind, _) = error(&sandbox, &with_token("delete_disk", json!([disk]), "0123456789ab-9"));
    assert_eq!(kind, "Snapback::InUse");
    assert_eq!(result(&sandbox, &call("detach_disk", json!(["vm-1", disk]))), Value::Null);
    assert_eq!(result(&sandbox, &call("delete_disk", json!([disk]))), Value::Null);
    assert_eq!(result(&sandbox, &call("has_disk", json!([disk]))), false);
    assert_eq!(sandbox.names("cloud/tmp"), [""; 0]);
}

#[test]
fn the_life_of_a_snapshot() {
    let sandbox = sandbox();
    let metadata = json!({"deployment": "prod", "job": "db", "index": 0, "snapback_operation": "0123456789ab-1"});
    let taken = result(&sandbox, &with_token("snapshot_disk", json!(["disk-1", metadata]), "0123456789ab-1"));
    let cid = taken.as_str().unwrap();
    let row = json!({
        "cid": cid,
        "disk_cid": "disk-1",
        "created_at": "2026-11-22T02:50:00.000Z",
        "state": "ready",
        "consistency": "crash",
        "size_mib": 1,
        "metadata": {"deployment": "prod", "job": "db", "index": "0", "snapback_operation": "0123456789ab-1"},
    });
    assert_eq!(
        result(&sandbox, &call("list_snapshots", json!([{"snapback_operation": "0123456789ab-1"}]))),
        json!([row])
    );
    assert_eq!(result(&sandbox, &call("list_snapshots", json!([{"index": 0}]))), json!([row]));
    assert_eq!(result(&sandbox, &call("list_snapshots", json!([]))), json!([row]));
    assert_eq!(result(&sandbox, &call("list_snapshots", json!([{"index": 1}]))), json!([]));
    assert_eq!(
        result(&sandbox, &call("describe_snapshot", json!([cid]))),
        json!({"state": "ready", "progress": 100, "size_mib": 1, "consistency": "crash", "created_at": "2026-11-22T02:50:00.000Z"})
    );
    assert_eq!(result(&sandbox, &call("describe_snapshot", json!(["snap-2"]))), json!({"state": "missing"}));

    let wanted = |token: &str, size: Value| json!([cid, {"size_mib": size, "cloud_properties": {}, "az": "z1", "vm_cid": "vm-1", "token": token}]);
    let first = result(
        &sandbox,
        &with_token("create_disk_from_snapshot", wanted("0123456789ab-2", json!(3)), "0123456789ab-9"),
    );
    assert_eq!(first["size_mib"], 3);
    let again = result(
        &sandbox,
        &with_token("create_disk_from_snapshot", wanted("0123456789ab-2", Value::Null), "0123456789ab-9"),
    );
    assert_eq!(again, first, "the same token gives the same disk");
    assert_eq!(sandbox.disk_content(first["disk_cid"].as_str().unwrap()), "content");
    let by_context = result(&sandbox, &with_token("create_disk_from_snapshot", json!([cid]), "0123456789ab-3"));
    assert_eq!(result(&sandbox, &call("find_disk", json!(["0123456789ab-3"]))), by_context);

    assert_eq!(result(&sandbox, &call("delete_snapshot", json!([cid]))), Value::Null);
    let (kind, message) = error(&sandbox, &call("delete_snapshot", json!([cid])));
    assert_eq!(
        (kind.as_str(), message),
        ("Bosh::Clouds::CloudError", format!("there is no snapshot {cid} (cloud/snapshots/{cid})"))
    );
    std::fs::create_dir(sandbox.path("cloud/tmp/0123456789ab-2-x")).unwrap();
    assert_eq!(result(&sandbox, &call("clear_leftovers", json!(["0123456789ab"]))), 1);
    assert_eq!(result(&sandbox, &call("clear_leftovers", json!(["0123456789ab"]))), 0);
}

#[test]
fn a_disk_in_use_is_copied_only_where_a_torn_copy_is_allowed() {
    let sandbox = sandbox();
    let image = sandbox.path("cloud/disks/disk-1/disk.img");
    let _writer = std::fs::OpenOptions::new().write(true).open(image).unwrap();
    let mut request = with_token("snapshot_disk", json!(["disk-1", {}]), "0123456789ab-1");
    let answer = answer_to(&sandbox, &AT, request.to_string().as_bytes());
    // Where the file system clones, a writer does no harm.
    if answer["error"] != Value::Null {
        let (kind, message) = error_in(&answer);
        assert_eq!(kind, "Snapback::InUse");
        assert!(message.starts_with("a copy of disk disk-1 would be torn: "), "{message}");
        request["context"]["snapback"]["allow_torn"] = json!(true);
        let taken = result(&sandbox, &request);
        assert_eq!(result(&sandbox, &call("describe_snapshot", json!([taken])))["consistency"], "torn");
    }
}

#[test]
fn each_refusal_has_boshs_type() {
    let sandbox = sandbox();
    for (request, kind, message) in [
        (
            call("delete_disk", json!(["disk-2"])),
            "Bosh::Clouds::DiskNotFound",
            "there is no disk disk-2 (cloud/disks/disk-2)",
        ),
        (
            call("snapshot_disk", json!(["disk-2", {}])),
            "Bosh::Clouds::DiskNotFound",
            "there is no disk disk-2 (cloud/disks/disk-2)",
        ),
        (call("get_disks", json!(["vm-2"])), "Bosh::Clouds::VMNotFound", "there is no VM vm-2 (cloud/vms/vm-2)"),
        (
            call("detach_disk", json!(["vm-1", "disk-1"])),
            "Bosh::Clouds::DiskNotAttached",
            "VM vm-1 does not have disk disk-1",
        ),
        (call("create_disk", json!([0, {}])), "Bosh::Clouds::CloudError", "a disk needs a size above 0"),
        (call("create_vm", json!([])), "Bosh::Clouds::NotImplemented", "the local CPI has no method 'create_vm'"),
        (call("\u{1b}[31m", json!([])), "Bosh::Clouds::NotImplemented", "the local CPI has no method '\\u{1b}[31m'"),
        (
            call("has_disk", json!(["a\u{0}b"])),
            "Bosh::Clouds::CloudError",
            "argument 1 of has_disk is not a disk CID: a disk CID cannot hold control characters, nor others that \
             nobody sees",
        ),
        (
            call("has_disk", json!([""])),
            "Bosh::Clouds::CloudError",
            "argument 1 of has_disk is not a disk CID: a disk CID cannot be empty",
        ),
        (
            call("has_disk", json!([])),
            "Bosh::Clouds::CpiError",
            "argument 1 of has_disk is missing: expected a disk CID",
        ),
        (
            call("has_disk", json!([[]])),
            "Bosh::Clouds::CpiError",
            "argument 1 of has_disk is a list: expected a disk CID",
        ),
        (
            call("create_disk", json!(["2", {}])),
            "Bosh::Clouds::CpiError",
            "argument 1 of create_disk is a text: expected a size in MiB",
        ),
        (
            call("create_disk", json!([-2, {}])),
            "Bosh::Clouds::CpiError",
            "argument 1 of create_disk is a number: expected a size in MiB",
        ),
        (
            call("create_disk", json!([2, []])),
            "Bosh::Clouds::CpiError",
            "argument 2 of create_disk is a list: expected an object",
        ),
        (
            call("create_disk_from_snapshot", json!(["s", {"size_mib": "2"}])),
            "Bosh::Clouds::CpiError",
            "`size_mib` in argument 2 of create_disk_from_snapshot is not a size in MiB",
        ),
        (
            call("create_disk_from_snapshot", json!(["s", {"token": "2"}])),
            "Snapback::InvalidCid",
            "`token` in argument 2 of create_disk_from_snapshot is not a token, OPERATION-STEP",
        ),
        (
            call("find_disk", json!(["abc"])),
            "Snapback::InvalidCid",
            "argument 1 of find_disk is not a token, OPERATION-STEP",
        ),
        (
            with_token("delete_disk", json!(["disk-1"]), "../../x"),
            "Snapback::InvalidCid",
            "`context.snapback.token` is not a token, OPERATION-STEP",
        ),
        (
            with_token("create_disk", json!([1, {}]), "../../x-1"),
            "Snapback::InvalidCid",
            "'../../x-1' is not a step of this CPI: that has 1 to 200 letters, digits, '.', '_' and '-', and begins \
             with neither '.' nor '-'",
        ),
        (
            json!({"method": "has_disk", "arguments": ["d"], "api_version": 3}),
            "Bosh::Clouds::CpiError",
            "api_version is 3: this CPI speaks 1 to 2",
        ),
    ] {
        assert_eq!(error(&sandbox, &request), (kind.to_owned(), message.to_owned()), "{request}");
    }
    assert_eq!(sandbox.names("cloud/disks"), ["disk-1"]);
}

#[test]
fn garbage_gets_one_error_that_names_what_is_wrong() {
    let sandbox = sandbox();
    let deep = "[".repeat(1 << 20);
    let garbage: [(&[u8], &str); 14] = [
        (b"", "there is no request on standard input"),
        (b" \n", "there is no request on standard input"),
        (b"hello", "the request is not one JSON document (line 1, column 1)"),
        (b"{\"method\":\"info\"", "the request is not one JSON document (line 1, column 16)"),
        (b"{\"method\":\"info\"} {}", "the request is not one JSON document (line 1, column 19)"),
        (b"\xef\xbb\xbf{\"method\":\"info\"}", "the request is not one JSON document (line 1, column 1)"),
        (deep.as_bytes(), "the request is not one JSON document (line 1, column 128)"),
        (b"[]", "the request is not a JSON object"),
        (b"{}", "the request names no `method`"),
        (b"{\"method\":[]}", "`method` is not the name of a method"),
        (b"{\"method\":\"info\",\"arguments\":{}}", "`arguments` is not a list"),
        (b"{\"method\":\"info\",\"context\":[]}", "`context` is not an object"),
        (b"{\"method\":\"info\",\"api_version\":\"2\"}", "`api_version` is not a whole number"),
        (b"{\"method\":\"\xff\"}", "the request is not UTF-8 text"),
    ];
    for (request, message) in garbage {
        let found = error_in(&answer_to(&sandbox, &AT, request));
        assert_eq!(found, ("Bosh::Clouds::CpiError".to_owned(), message.to_owned()));
    }
}

#[test]
fn a_gigabyte_of_request_needs_no_memory() {
    let sandbox = sandbox();
    let script = format!(
        "ulimit -v 262144; (printf '{{\"method\":\"'; head -c 1073741824 /dev/zero | tr '\\0' a) | {} cpi local --path cloud",
        env!("CARGO_BIN_EXE_snapback")
    );
    let output = Command::new("/bin/sh").args(["-c", &script]).current_dir(sandbox.path("")).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(error_in(&answer).1, "the request is larger than 4 MiB");
}

#[test]
fn the_directory_is_named_by_the_option_or_by_a_cpi_config() {
    let sandbox = sandbox();
    let ask =
        |local: Value| json!({"method": "has_disk", "arguments": ["disk-1"], "context": {"local": local}}).to_string();
    let here = ask(json!({"path": sandbox.path("cloud").to_str().unwrap()}));
    assert_eq!(answer_to(&sandbox, &[], here.as_bytes())["result"], true);
    assert_eq!(answer_to(&sandbox, &["--path", "cloud"], ask(json!({"path": "/nowhere"})).as_bytes())["result"], true);
    for (local, message) in [
        (
            json!({}),
            "no directory of disks is named: neither by `snapback cpi local --path DIR`, nor by `context.local.path` (in a cpi-config: properties: {local: {path: DIR}})",
        ),
        (json!({"path": "cloud"}), "`context.local.path` is not the absolute path of a directory"),
        (json!({"path": 1}), "`context.local.path` is not the absolute path of a directory"),
    ] {
        assert_eq!(error_in(&answer_to(&sandbox, &[], ask(local).as_bytes())).1, message);
    }
    let (kind, message) = error_in(&answer_to(&sandbox, &[], ask(json!({"path": "/nowhere"})).as_bytes()));
    assert_eq!(kind, "Bosh::Clouds::CloudError");
    assert!(message.starts_with("the directory of the disks, /nowhere, does not exist"), "{message}");
    assert_eq!(sandbox.names(""), ["cloud"], "no state file");
}

#[test]
fn only_an_answer_that_cannot_be_written_is_a_failure() {
    let sandbox = sandbox();
    let run = |stdout: &str| {
        let script = format!("echo '{{}}' | {} cpi local --json {stdout}", env!("CARGO_BIN_EXE_snapback"));
        Command::new("/bin/sh").args(["-c", &script]).current_dir(sandbox.path("")).output().unwrap()
    };
    let output = run("> /dev/full");
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("could not be written to stdout"), "{output:?}");
    let output = run("");
    assert_eq!(output.status.code(), Some(0));
    assert!(serde_json::from_slice::<Value>(&output.stdout).is_ok(), "no form of snapback's is around it: {output:?}");
}
