//! CPI executables: what they are told, and that a bad one cannot hurt. The CPI is a scripted program of the tests.
#![cfg(debug_assertions)]

use crate::support;

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::Sandbox;
use support::fake_cpi::Scene;

fn take(does: &str) -> (Scene, support::Ran) {
    let scene = Scene::of_one(&json!({"snapshot_disk": does}));
    let ran = scene.prepare(&["take", "db/0", "--timeout", "2"]).go();
    (scene, ran)
}

/// What became of it is not known: the operation waits for `recover`, and nothing is listed.
#[track_caller]
fn unknown(does: &str, words: &[&str]) -> Scene {
    let (scene, ran) = take(does);
    assert_eq!(ran.status, 7, "{does}: {ran:?}");
    for word in ["fake_cpi: snapshot_disk: ", "(request cpi-", "snapback recover"].iter().chain(words) {
        assert!(ran.stderr.contains(word), "{does}: no '{word}' in {ran:?}");
    }
    let pending = scene.sandbox.rows(&["operations"], "operations");
    assert_eq!(pending[0]["state"], "pending", "{does}");
    assert_eq!(scene.known(), [""; 0], "{does}");
    scene
}

/// It is known that nothing happened.
#[track_caller]
fn failed(does: &str, status: i32, words: &[&str]) -> Scene {
    let (scene, ran) = take(does);
    assert_eq!(ran.status, status, "{does}: {ran:?}");
    for word in words {
        assert!(ran.stderr.contains(word), "{does}: no '{word}' in {ran:?}");
    }
    assert_eq!(scene.sandbox.rows(&["operations"], "operations")[0]["state"], "failed", "{does}");
    assert_eq!(scene.known(), [""; 0], "{does}");
    scene
}

/// It happened, whatever else there was.
#[track_caller]
fn taken(does: &str) -> Scene {
    let (scene, ran) = take(does);
    assert_eq!(ran.status, 0, "{does}: {ran:?}");
    assert_eq!(scene.known().len(), 1, "{does}");
    assert_eq!(scene.known(), scene.snapshots(), "{does}");
    scene
}

/// The Director's VM needs none of these; where the operator is, the cloud may be behind a proxy.
#[test]
fn the_way_to_the_cloud_is_passed_on_and_its_password_is_not_told() {
    let scene = Scene::of_one(&json!({"snapshot_disk": "blab"}));
    let set = [
        ("http_proxy", "http://me:proxy-canary@proxy.example:3128"),
        ("HTTPS_PROXY", "http://proxy.example:3128"),
        ("no_proxy", "169.254.169.254"),
        ("SSL_CERT_FILE", "/etc/ssl/own.pem"),
        ("SSL_CERT_DIR", "/etc/ssl/own"),
        ("AWS_CA_BUNDLE", "/etc/ssl/aws.pem"),
        ("REQUESTS_CA_BUNDLE", "/etc/ssl/requests.pem"),
    ];
    let run = scene.prepare(&["--verbose", "take", "db/0"]).env("RUBYOPT", "-W0");
    let ran = set.iter().fold(run, |run, (name, value)| run.env(name, value)).go();
    assert!(!ran.stderr.contains("proxy-canary"), "{ran:?}");
    for call in scene.calls() {
        let environment = call["environment"].as_object().unwrap();
        for (name, value) in set {
            assert_eq!(environment.get(name), Some(&json!(value)), "{name}");
        }
        assert!(!environment.contains_key("RUBYOPT") && !environment.contains_key("USER"), "{environment:?}");
    }
}

#[test]
fn the_request_is_the_directors() {
    let scene = Scene::of_one(&json!({}));
    scene.prepare(&["take", "db/0"]).env("TMPDIR", "/var/tmp").env("BOSH_CLIENT_SECRET", "hush").go().quiet_success();
    let calls = scene.calls();
    assert_eq!(scene.methods(), ["info", "get_disks", "snapshot_disk"]);
    for call in &calls {
        let environment = call["environment"].as_object().unwrap();
        let names: BTreeSet<&str> = environment.keys().map(String::as_str).collect();
        assert_eq!(names, BTreeSet::from(["HOME", "PATH", "TMPDIR"]));
        assert_eq!(environment["PATH"], "/usr/sbin:/usr/bin:/sbin:/bin");
        assert_eq!(call["arguments"], json!([]));
    }
    let requests: Vec<Value> =
        calls.iter().map(|call| serde_json::from_str(call["text"].as_str().unwrap()).unwrap()).collect();
    // `info` comes before anybody has agreed on a version.
    assert_eq!(requests[0].get("api_version"), None);
    assert_eq!(requests[0]["arguments"], json!([]));
    let uuid = requests[0]["context"]["director_uuid"].as_str().unwrap();
    let ids: BTreeSet<&str> =
        requests.iter().map(|request| request["context"]["request_id"].as_str().unwrap()).collect();
    assert_eq!(ids.len(), 3);
    assert!(
        ids.iter().all(|id| id.len() == 10 && id.starts_with("cpi-") && id[4..].parse::<u32>().unwrap() >= 100_000)
    );
    let operation = scene.sandbox.rows(&["operations"], "operations")[0]["operation"].clone();
    assert_eq!(requests[1]["api_version"], 2);
    assert_eq!(requests[1]["arguments"], json!(["vm-0"]));
    // The Director's metadata, whole, and the token: the exact text, but for the ids that differ from run to run.
    let expected = json!({
        "method": "snapshot_disk",
        "arguments": ["disk-0", {
            "agent_id": "agent-0", "deployment": "prod", "director_name": "test", "director_uuid": uuid, "index": 0,
            "instance_id": "00000000-0000-4000-8000-000000000000", "job": "db",
            "snapback_operation": operation, "snapback_step": "1",
        }],
        "context": {"director_uuid": uuid, "request_id": requests[2]["context"]["request_id"]},
        "api_version": 2,
    });
    assert_eq!(requests[2], expected);
}

/// The Director's `JSON.dump` to the byte: the order of the keys, no blanks, no `api_version` before one is agreed on.
#[test]
fn the_request_is_the_directors_to_the_byte() {
    let scene = Scene::of_one(&json!({}));
    scene.run(&["take", "db/0"]).quiet_success();
    let calls = scene.calls();
    for (call, words) in calls
        .iter()
        .zip([("\"info\",\"arguments\":[]", ""), ("\"get_disks\",\"arguments\":[\"vm-0\"]", ",\"api_version\":2")])
    {
        let text = call["text"].as_str().unwrap();
        let request: Value = serde_json::from_str(text).unwrap();
        let (uuid, id) = (&request["context"]["director_uuid"], &request["context"]["request_id"]);
        let (method, version) = words;
        let context = format!("{{\"director_uuid\":{uuid},\"request_id\":{id}}}");
        assert_eq!(text, format!("{{\"method\":{method},\"context\":{context}{version}}}"));
    }
    let text = calls[2]["text"].as_str().unwrap();
    assert!(text.starts_with("{\"method\":\"snapshot_disk\",\"arguments\":[\"disk-0\",{"), "{text}");
    assert!(text.ends_with("},\"api_version\":2}"), "{text}");
}

/// As the bosh CLI calls the job that create-env has rendered (bosh-cli `cloud/cpi_cmd_runner.go`): the operator's whole
/// environment and two variables more, version 1 for `info`, and the state file's Director and stemcell. The request's id
/// is the Director's custom, and goes along: it is in snapback's errors.
#[test]
fn an_installation_of_create_env_is_called_as_by_the_cli() {
    let sandbox = Sandbox::empty();
    let jobs = ".bosh/installations/b0a34894/jobs";
    let bin = format!("{jobs}/fake_cpi/bin");
    fs::create_dir_all(sandbox.path(&bin)).unwrap();
    symlink(support::fake_cpi::binary(), sandbox.path(&bin).join("cpi")).unwrap();
    let info = json!({"api_version": 3, "stemcell_formats": []});
    sandbox.write(&format!("{bin}/fake.json"), &json!({"info": info, "vms": {"vm-0": ["disk-0"]}}).to_string());
    sandbox.write("director.yml", "cloud_provider:\n  template:\n    name: fake_cpi\nproperties:\n  director:\n    name: test\n    enable_snapshots: true\n");
    sandbox.write(
        "director-state.json",
        "{\"director_id\":\"1699597b\",\"installation_id\":\"b0a34894\",\"current_stemcell_id\":\"s\",\"stemcells\":[{\"id\":\"s\",\"name\":\"n\",\"version\":\"1\",\"cid\":\"c\",\"api_version\":3}]}",
    );
    sandbox.write(
        "inventory.yml",
        "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-0\n        disks:\n          - cid: disk-0\n",
    );
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox.prepare(&["take", "db/0"]).env("https_proxy", "http://proxy:3128").go().quiet_success();
    let text = fs::read_to_string(sandbox.path(&bin).join("calls.jsonl")).unwrap();
    let calls: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let methods: Vec<&str> = calls.iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["info", "get_disks", "snapshot_disk"]);
    let installation = sandbox.path(".bosh/installations/b0a34894");
    for (call, version) in calls.iter().zip([1, 2, 2]) {
        let environment = &call["environment"];
        assert_eq!(environment["BOSH_PACKAGES_DIR"], installation.join("packages").to_str().unwrap());
        assert_eq!(environment["BOSH_JOBS_DIR"], installation.join("jobs").to_str().unwrap());
        assert_eq!(
            (&environment["https_proxy"], &environment["USER"]),
            (&json!("http://proxy:3128"), &json!("tester"))
        );
        let request: Value = serde_json::from_str(call["text"].as_str().unwrap()).unwrap();
        let context = json!({"director_uuid": "1699597b", "request_id": request["context"]["request_id"], "vm": {"stemcell": {"api_version": 3}}});
        assert_eq!(request["context"], context);
        // The newest that the CLI speaks is 2.
        assert_eq!(request["api_version"], version);
    }
}

#[test]
fn the_version_is_agreed_on_and_old_cpis_work_too() {
    for (info, version) in [
        (json!({"api_version": 1}), json!(1)),
        (json!({"api_version": 9}), json!(3)),
        (json!({"stemcell_formats": []}), Value::Null),
        (Value::Null, Value::Null),
    ] {
        let scene = Scene::of_one(&json!({}));
        scene.does(&info, &json!({}));
        scene.run(&["take", "db/0"]).quiet_success();
        let calls = scene.calls();
        let request: Value = serde_json::from_str(calls.last().unwrap()["text"].as_str().unwrap()).unwrap();
        assert_eq!(request.get("api_version").cloned().unwrap_or_default(), version, "{info}");
    }
    // A CPI of another kind of trouble is not called for anything else.
    let scene = Scene::of_one(&json!({"info": "error:Bosh::Clouds::CloudError|no credentials"}));
    let ran = scene.run(&["take", "db/0"]);
    ran.refused(7, &["fake_cpi: info: no credentials", "(request cpi-"]);
    assert_eq!(scene.methods(), ["info"]);
    assert_eq!(scene.sandbox.rows(&["operations"], "operations").len(), 0);
}

/// Exactly the calls that are needed, whatever is at once: the Director asks for `info` once more for each instance.
#[test]
fn info_is_asked_once_a_run_and_nothing_twice() {
    let instances: Vec<String> = (0..12).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = instances.iter().map(String::as_str).collect();
    let vms: serde_json::Map<String, Value> =
        (0..12).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    for parallel in ["1", "5", "12"] {
        let scene = Scene::with(&names, &json!({"vms": vms}));
        scene.run(&["take", "--parallel", parallel]).quiet_success();
        let count = |method: &str| scene.methods().iter().filter(|called| *called == method).count();
        assert_eq!((count("info"), count("get_disks"), count("snapshot_disk")), (1, 12, 12));
        assert_eq!(scene.calls().len(), 25);
        scene.run(&["-n", "-d", "prod", "delete-all"]).quiet_success();
        // And whether this is the right cloud.
        assert_eq!((count("info"), count("has_disk"), count("delete_snapshot")), (2, 1, 12));
        assert_eq!(scene.calls().len(), 39);
        assert_eq!(scene.snapshots().len() + scene.known().len(), 0);
    }
}

/// N disks by a CPI that takes L, P at once: ⌈N/P⌉·L and 60 ms (`cargo bench -- executables`), here with three times
/// those. The machine may be busy: once of several times, and where a sync costs nothing.
#[test]
fn as_many_disks_are_taken_at_once_as_are_allowed_and_no_more() {
    let names: Vec<String> = (0..20).map(|number| format!("db/{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let vms: serde_json::Map<String, Value> =
        (0..20).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    let script = json!({"vms": vms, "does": {"snapshot_disk": "meet:5 + ok"}});
    let scene = Scene::with(&names, &script);
    scene.run(&["take", "--parallel", "5"]).quiet_success();
}

#[test]
fn an_answer_that_is_no_answer_leaves_the_outcome_unknown() {
    unknown("act", &["no answer: it ended with exit status 0"]);
    unknown("act + exit:1", &["no answer: it ended with exit status 1"]);
    unknown("act + signal:9", &["no answer: it ended with signal 9"]);
    unknown("act + say:the log + hang", &["still running after 2 s, and was ended", "its log ends: the log"]);
    unknown("act + stubborn + hang", &["still running after 2 s, and was ended"]);
    unknown("flood:2000000", &["its answer cannot be read: it is not JSON"]);
    unknown("answer:{\"result\":\"snap", &["it ends in the middle"]);
    unknown("answer:command not found", &["it is not JSON"]);
    unknown("answer:[]", &["it is not the response of a CPI"]);
    unknown("answer:{}", &["it is not the response of a CPI"]);
    unknown("hex:7b22726573756c74223a22ff227d", &["it is not JSON"]);
    unknown(
        "ok + answer:{\"result\":\"snap-2\",\"error\":null}",
        &["more than one answer", "the first speaks of 'snap-"],
    );
    unknown("ok + answer:  and so on", &["more than one answer"]);
    for (answer, words) in [
        ("true", "true or false"),
        ("[\"snap-1\"]", "a list"),
        ("{\"cid\":\"snap-1\"}", "an object"),
        ("\"a\\u0007b\"", "cannot hold control characters"),
    ] {
        unknown(&format!("answer:{{\"result\":{answer},\"error\":null,\"log\":\"\"}}"), &[words]);
    }
    unknown(&format!("answer:{{\"result\":\"{}\",\"error\":null}}", "x".repeat(5000)), &["more than 1024"]);
}

#[test]
fn a_fake_success_and_every_spelling_of_not_implemented_are_unsupported() {
    for answer in ["\"\"", "null"] {
        let does = format!("answer:{{\"result\":{answer},\"error\":null,\"log\":\"\"}}");
        failed(&does, 8, &["without a snapshot CID, as CPIs do that cannot do it: nothing was made", "(request cpi-"]);
    }
    for spelling in [
        "Bosh::Clouds::NotImplemented|x",
        "Bosh::Clouds::NotSupported|Method snapshot_disk not supported in photon CPI.",
        "InvalidCall|Method is not known, got: 'snapshot_disk'",
        "Bosh::Clouds::CloudError|Invalid Method: snapshot_disk",
    ] {
        let scene = failed(&format!("error:{spelling}"), 8, &["fake_cpi: snapshot_disk: "]);
        assert_eq!(scene.snapshots(), [""; 0]);
    }
}

#[test]
fn a_valid_answer_counts_more_than_how_the_child_ended() {
    taken("ok + exit:3");
    taken("ok + signal:15");
    // Answered, and then it does not come to an end.
    taken("ok + hang");
    let began = Instant::now();
    taken("hold:60000 + ok");
    assert!(began.elapsed() < Duration::from_secs(20), "a grandchild held it up");
    // Clouds that number their things, and answers with more in them.
    let (scene, ran) = take("answer:{\"log\":null,\"more\":[{}],\"result\":4711}");
    assert_eq!((ran.status, scene.known()), (0, vec!["4711".to_owned()]), "{ran:?}");
}

#[test]
fn an_error_is_told_in_one_line_with_the_rest_below() {
    let does = "error:Aws::EC2::Errors::Unauthorized|You are not\\n  at line 1\\n  at line 2";
    let does = does.replace("\\n", "\n");
    let (scene, ran) = take(&format!("say:the end of the log + {does}"));
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(
        ran.stderr
            .contains("Error: fake_cpi: snapshot_disk: You are not [Aws::EC2::Errors::Unauthorized] (request cpi-")
    );
    assert!(ran.stderr.contains("at line 2"), "{ran:?}");
    assert!(ran.stderr.contains("its log ends: the end of the log"), "{ran:?}");
    assert_eq!(scene.sandbox.rows(&["operations"], "operations")[0]["state"], "failed");
}

#[test]
fn floods_cost_no_memory_and_no_cid() {
    let peak_kib = |does: &str, before: u64| {
        let scene = Scene::of_one(&json!({"snapshot_disk": does}));
        if before > 0 {
            scene.script(&json!({"vms": {"vm-0": ["disk-0"]}, "stderr_before_stdin": before}));
        }
        let ran = scene.prepare(&["take", "db/0"]).under(&["/usr/bin/env", "time", "-f", "%M"]).go();
        if does.starts_with("flood") {
            assert_eq!(ran.status, 7, "{ran:?}");
        } else {
            assert_eq!((ran.status, scene.known()), (0, scene.snapshots()), "{does}: {ran:?}");
        }
        ran.stderr.lines().last().unwrap().trim().parse::<u64>().unwrap_or_else(|_| panic!("{ran:?}"))
    };
    let plain = peak_kib("ok", 0);
    for (does, before) in
        [("flood:1000000000 + act", 0), ("log:100000000", 0), ("stderr:100000000 + ok", 0), ("ok", 100_000_000)]
    {
        let kib = peak_kib(does, before);
        assert!(kib < plain + 2 * 1024, "{does}: {kib} KiB, and {plain} KiB without");
    }
}

#[test]
fn a_group_of_processes_is_ended_at_the_deadline() {
    let scene = unknown("hold:60000 + act + hang", &["was ended"]);
    let pid = scene.calls().last().unwrap()["pid"].as_u64().unwrap();
    let group = |entry: &fs::DirEntry| {
        let stat = fs::read_to_string(entry.path().join("stat")).ok()?;
        let mut fields = stat.rsplit(") ").next()?.split(' ');
        let state = fields.next()?.to_owned();
        Some((fields.nth(1)?.parse::<u64>().ok()?, state))
    };
    let alive = fs::read_dir("/proc").unwrap().flatten().filter_map(|entry| group(&entry));
    assert_eq!(alive.filter(|(of, state)| *of == pid && state != "Z").count(), 0);
}

#[test]
fn what_is_no_program_is_told_for_what_it_is() {
    let scene = Scene::of_one(&json!({}));
    let write = |name: &str, text: &str, mode: u32| {
        scene.sandbox.write(name, text);
        fs::set_permissions(scene.sandbox.path(name), fs::Permissions::from_mode(mode)).unwrap();
    };
    fs::create_dir(scene.sandbox.path("dir")).unwrap();
    write("plain", "#!/bin/sh\n", 0o644);
    write("script", "#!/no/such/interpreter\n", 0o755);
    for (path, words) in [
        ("dir", "a directory, not a program"),
        ("plain", "may not be executed"),
        ("script", "its interpreter /no/such/interpreter is missing"),
        ("nothing", "no such program"),
    ] {
        let ran = scene.run(&["--cpi-path", path, "take", "db/0"]);
        ran.refused(7, &["fake_cpi: info: ", words, "(request cpi-"]);
    }
    // Being written to: not for the blink of an eye, as when another thread forks, but for longer.
    write("busy", "#!/bin/sh\n", 0o755);
    let open = fs::OpenOptions::new().write(true).open(scene.sandbox.path("busy")).unwrap();
    scene.run(&["--cpi-path", "busy", "take", "db/0"]).refused(7, &["is being written to", "try again"]);
    drop(open);
    assert_eq!(scene.sandbox.rows(&["operations"], "operations").len(), 0);
}

#[test]
fn what_was_too_much_for_the_cloud_is_tried_again() {
    let busy = "error:Unknown|Aws::EC2::Errors::RequestLimitExceeded: Request limit exceeded.";
    let scene = Scene::of_one(&json!({"snapshot_disk": [busy, "error:Bosh::Clouds::CloudError|later|retry", "ok"]}));
    let ran = scene.run(&["take", "db/0"]);
    assert_eq!((ran.status, scene.known()), (0, scene.snapshots()), "{ran:?}");
    assert!(ran.stderr.contains("Request limit exceeded. [Unknown] (request cpi-"), "{ran:?}");
    assert!(ran.stderr.contains("(1 of 5)") && ran.stderr.contains("(2 of 5)"), "{ran:?}");
    let operation = scene.sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let steps = scene.sandbox.rows(&["operations", &operation], "steps");
    let notes = steps[0]["notes"].as_str().unwrap();
    assert_eq!(notes.lines().count(), 2, "{notes}");
    assert!(notes.contains("later") && notes.contains("(2 of 5)"), "{notes}");
    // Not for ever, and not at all where nobody wants it.
    for (retries, attempts) in [("2", 3), ("0", 1)] {
        let scene = Scene::of_one(&json!({"snapshot_disk": busy}));
        let ran = scene.run(&["take", "db/0", "--retries", retries]);
        assert_eq!(ran.status, 7, "{ran:?}");
        assert_eq!(scene.methods().iter().filter(|method| *method == "snapshot_disk").count(), attempts);
    }
    // What may have happened is never done again, whatever the CPI says.
    let scene = unknown("act + exit:1", &[]);
    assert_eq!(scene.methods().iter().filter(|method| *method == "snapshot_disk").count(), 1);
}

#[test]
fn a_snapshot_that_is_gone_can_be_deleted() {
    let scene = Scene::of_one(&json!({}));
    scene.run(&["take", "db/0"]).quiet_success();
    let cid = scene.known().remove(0);
    fs::remove_file(scene.sandbox.path("fake/snapshots").join(&cid)).unwrap();
    scene.run(&["-n", "delete", &cid]).quiet_success();
    assert_eq!(scene.known(), [""; 0]);
}

#[test]
fn an_error_without_a_word_shows_the_end_of_the_log_of_its_answer() {
    let of = |error: &str, log: &str| {
        let answer = format!("answer:{{\"result\":null,\"error\":{error},\"log\":{}}}", json!(log));
        let scene = Scene::of_one(&json!({"snapshot_disk": answer}));
        let ran = scene.run(&["take"]);
        assert_eq!(ran.status, 7, "{ran:?}");
        ran.stderr
    };
    let log =
        format!("{}\nI, [request] password canary-of-the-manifest\nE, no\u{1b}[31m quota left\n", "x".repeat(100_000));
    for empty in [
        "{\"type\":\"\",\"message\":\"\"}",
        "{\"type\":\"Unknown\",\"message\":\" \",\"ok_to_retry\":false}",
        "{}",
        "\"\"",
    ] {
        let said = of(empty, &log);
        assert!(said.contains("the log of its answer ends:") && said.contains("quota left"), "{empty}: {said}");
        assert!(said.contains("<redacted>") && !said.contains("canary") && !said.contains('\u{1b}'), "{said}");
        assert!(!said.contains("xxxx"), "{said}");
    }
    let said = of("{\"type\":\"E\",\"message\":\"no quota\"}", "a log that nobody needs");
    assert!(said.contains("no quota") && !said.contains("nobody needs"), "{said}");
}
