//! The double prints what the real CLI printed for the same rows (`fixtures/bosh/cli`), and snapback imports it.

use serde_json::json;

use super::*;
use crate::support::Sandbox;

fn fixture(name: &str) -> String {
    std::fs::read_to_string(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/cli").join(name))
        .unwrap()
}

/// The rows that stood behind the real CLI.
fn recorded() -> Director {
    let director = Director { sandbox: Sandbox::empty(), instances: vec![] };
    let instance = |group: &str, index: u64, id: char, az: &str, vm: Option<&str>, disks: &[&str]| {
        let uuid: String = "NNNNNNNN-NNNN-4NNN-8NNN-NNNNNNNNNNNN".replace('N', &id.to_string());
        json!({
            "group": group, "index": index, "uuid": uuid, "az": az, "vm_cid": vm, "state": "started",
            "agent_id": vm.map(|_| format!("agent-{group}{index}")), "bootstrap": group == "db" && index == 0,
            "process_state": if group == "db" { "running" } else { "failing" }, "processes": ["x"],
            "disks": disks.iter().map(|cid| json!({"cid": cid, "active": true, "size": 1})).collect::<Vec<_>>(),
        })
    };
    let mut instances = [
        instance("db", 0, '1', "z1", Some("vm-1"), &["disk-1"]),
        instance("db", 1, '2', "z2", None, &["disk-2"]),
        instance("web", 1, '3', "z2", Some("vm-3"), &["disk-3a", "disk-3b"]),
    ];
    instances[0]["ips"] = json!(["10.0.0.1"]);
    instances[2]["ips"] = json!(["10.0.0.3", "10.1.0.3"]);
    let orphan = |cid: &str, size: u64, deployment: &str, instance: &str, az: &str, at: &str| json!({"cid": cid, "size": size, "deployment": deployment, "instance": instance, "az": az, "orphaned_at": at});
    let snapshot = |cid: &str, disk: &str, clean: bool, at: &str| json!({"cid": cid, "disk_cid": disk, "clean": clean, "created_at": at});
    director.become_world(&json!({
        "deployments": [{"name": "dep", "instances": instances}, {"name": "empty"}],
        "orphan_disks": [
            orphan("disk-old-2", 500, "gone", "web/33333333-3333-4333-8333-333333333333", "", "2026-09-20T01:02:03Z"),
            orphan("disk-old-1", 10240, "dep", "db/11111111-1111-4111-8111-111111111111", "z1", "2026-09-19T01:02:03Z"),
        ],
        "snapshots": [
            snapshot("snap-7b1f0b00", "disk-1", false, "2026-09-20T18:02:09Z"),
            snapshot("snap-0a2c9d11", "disk-1", true, "2026-09-21T18:02:10Z"),
            snapshot("snap-ffee0011", "disk-3b", false, "2026-01-05T06:07:08Z"),
        ],
        "tasks": [{"id": 99, "state": "done"}],
    }));
    director
}

#[test]
fn listings_are_the_real_ones() {
    let director = recorded();
    for (name, arguments) in [
        ("instances_pipe", "-d dep instances"),
        ("instances_details_pipe", "-d dep instances --details"),
        ("disks_orphaned_pipe", "-d dep disks --orphaned"),
        ("disks_orphaned_json", "-d dep disks --orphaned --json"),
        ("snapshots_pipe", "-d dep snapshots"),
        ("snapshots_json", "-d dep snapshots --json"),
        ("snapshots_forced_tty", "-d dep snapshots --tty"),
        ("snapshots_empty_json", "-d empty snapshots --json"),
    ] {
        let ran = director.prepare_bosh(&arguments.split(' ').collect::<Vec<_>>()).go();
        assert_eq!(
            (ran.status, ran.stdout, ran.stderr.as_str()),
            (0, fixture(&format!("{name}.stdout")), ""),
            "{name}"
        );
    }
    // The number of the task that looks is another one by now.
    director.change(|world| world["tasks"] = json!([{"id": 99, "state": "done"}]));
    let ran = director.prepare_bosh(&["-d", "dep", "instances", "--details", "--json"]).go();
    assert_eq!(ran.stdout, fixture("instances_details_json.stdout"));
}

#[test]
fn on_a_terminal_but_for_bold_and_colours() {
    let plain = |name: &str| {
        let text = fixture(name).replace("\r\n", "\n");
        ["\x1b[1m", "\x1b[22m", "\x1b[32m", "\x1b[31m", "\x1b[0m"]
            .iter()
            .fold(text, |text, code| text.replace(code, ""))
    };
    for (name, arguments) in [
        ("instances_tty.stdout", "-d dep instances"),
        ("instances_details_tty.stdout", "-d dep instances --details"),
        ("disks_orphaned_tty.stdout", "-d dep disks --orphaned"),
        ("snapshots_tty.stdout", "-d dep snapshots"),
        ("snapshots_empty_tty.stdout", "-d empty snapshots"),
    ] {
        let ran = recorded().prepare_bosh(&arguments.split(' ').collect::<Vec<_>>()).on_a_terminal();
        assert_eq!(ran.stdout, plain(name), "{name}");
    }
}

#[test]
fn what_acts_and_what_fails_are_the_real_ones() {
    for (name, arguments) in [
        ("take_one_json", "-d dep take-snapshot db/0 --json"),
        ("take_one_pipe", "-d dep take-snapshot db/0"),
        ("take_one_missing_index", "-d dep take-snapshot db/9"),
        ("take_bad_slug", "-d dep take-snapshot db/0/1"),
        ("snapshots_missing_dep_pipe", "-d nope snapshots"),
        ("snapshots_no_deployment", "snapshots"),
        ("delete_unknown_n_pipe", "-d dep delete-snapshot snap-nope -n"),
    ] {
        let ran = recorded().prepare_bosh(&arguments.split(' ').collect::<Vec<_>>()).go();
        let status: i32 = fixture(&format!("{name}.rc")).trim().parse().unwrap();
        let expected = (status, fixture(&format!("{name}.stdout")), fixture(&format!("{name}.stderr")));
        assert_eq!((ran.status, ran.stdout, ran.stderr), expected, "{name}");
    }
}

#[test]
fn snapback_imports_from_it() {
    let director = Director::with(&["db/0", "db/1", "web/0"]);
    director.run(&["import", "--from-bosh"]).quiet_success();
    let rows = director.sandbox.rows(&["instances", "--details"], "instances");
    let disks: Vec<&str> = rows.iter().map(|row| row["disk_cids"][0].as_str().unwrap()).collect();
    assert_eq!(disks, ["disk-db-0", "disk-db-1", "disk-web-0"]);
}
