//! The Director's own VM; single commands; what is wrong with a schedule in the manifest.

use serde_json::json;

use super::schedule::{at, jobs};
use crate::support::Sandbox;
use crate::support::fake_cpi::Scene;

#[test]
fn the_directors_own_disk_is_taken_by_the_state_file_of_create_env() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.make_disk("disk-self", 1 << 20, "of the director");
    sandbox.make_vm("vm-self", &["disk-self"]);
    let state = json!({"current_vm_cid": "vm-self", "current_disk_id": "one", "installation_id": "inst-1", "director_id": "d-1",
        "disks": [{"id": "one", "cid": "disk-self", "size": 1, "cloud_properties": {}}]});
    assert!(sandbox.run(&["schedule", "show", "self"]).stdout.contains("there is no state file of create-env"));
    sandbox.run(&["take", "--self"]).refused(5, &["the Director's own VM cannot be found: nothing was taken"]);
    sandbox.write("director-state.json", &state.to_string());
    at(&sandbox, "2027-03-01T00:00:00Z", &["schedule", "run", "--once"]).quiet_success();
    let ran = at(&sandbox, "2027-03-01T06:00:00Z", &["schedule", "run", "--once"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    let rows = sandbox.rows(&["-d", "self", "snapshots"], "snapshots");
    assert_eq!((rows.len(), &rows[0]["instance"], &rows[0]["owner"]), (1, &json!("director/0"), &json!("snapback")));
    // A new VM, which create-env has made since, is found.
    sandbox.make_disk("disk-new", 1 << 20, "of the next director");
    sandbox.make_vm("vm-new", &["disk-new"]);
    sandbox.write("director-state.json", &state.to_string().replace("-self", "-new"));
    sandbox.run(&["take", "--self"]).quiet_success();
    let disks: Vec<_> =
        sandbox.rows(&["-d", "self", "snapshots"], "snapshots").iter().map(|row| row["disk_cid"].clone()).collect();
    assert!(disks.contains(&json!("disk-self")) && disks.contains(&json!("disk-new")), "{disks:?}");
}

/// It has run before, or there is a file that would name the disk: what is amiss is an error, not silence.
#[test]
fn a_state_file_of_create_env_that_is_broken_or_gone_does_not_switch_the_schedule_off() {
    let state = json!({"current_vm_cid": "vm-self", "current_disk_id": "one", "installation_id": "inst-1",
        "disks": [{"id": "one", "cid": "disk-self", "size": 1, "cloud_properties": {}}]});
    let (no_disk, no_vm) = (
        json!({"installation_id": "inst-1", "current_vm_cid": "vm-self", "disks": []}),
        json!({"installation_id": "inst-1"}),
    );
    let broken =
        [Some("{bad".to_owned()), Some("{}".to_owned()), Some(no_disk.to_string()), Some(no_vm.to_string()), None];
    for broken in broken {
        let sandbox = Sandbox::with(&["db/0"]);
        sandbox.make_disk("disk-self", 1 << 20, "of the director");
        sandbox.make_vm("vm-self", &["disk-self"]);
        let file = sandbox.path("director-state.json");
        sandbox.write("director-state.json", &state.to_string());
        at(&sandbox, "2027-03-01T00:00:00Z", &["schedule", "run", "--once"]).quiet_success();
        assert_eq!(at(&sandbox, "2027-03-01T06:00:00Z", &["schedule", "run", "--once"]).status, 0);
        match &broken {
            Some(text) => sandbox.write("director-state.json", text),
            None => std::fs::remove_file(file).unwrap(),
        }
        let ran = at(&sandbox, "2027-03-02T06:00:00Z", &["schedule", "run", "--once"]);
        let row = sandbox.rows(&["schedule", "show", "self"], "schedules").remove(0);
        // What is known of the disk is enough, where the cloud still has it on that VM.
        let taken = sandbox.rows(&["-d", "self", "snapshots"], "snapshots").len() == 2;
        let is_told = ran.status != 0 && row["result"] == "failed";
        assert!(is_told || taken && row["result"] == "done", "{broken:?}: {ran:?} {row}");
        let names_nothing = broken.as_ref().is_none_or(|text| !text.contains("inst-1"));
        assert!(is_told || !names_nothing, "{broken:?}: {ran:?} {row}");
    }
}

#[test]
fn the_directors_own_disk_is_taken_by_the_cpi_with_the_directors_own_metadata() {
    let scene =
        Scene::with(&["db/0"], &json!({"current_vm": "vm-me", "vms": {"vm-me": ["disk-me"], "vm-0": ["disk-0"]}}));
    scene.run(&["take", "--self"]).quiet_success();
    let call = scene.calls().into_iter().find(|call| call["method"] == "snapshot_disk").unwrap();
    let call: serde_json::Value = serde_json::from_str(call["text"].as_str().unwrap()).unwrap();
    let (disk, metadata) = (&call["arguments"][0], &call["arguments"][1]);
    assert_eq!(disk, &json!("disk-me"), "{call}");
    for (key, value) in [("deployment", "self"), ("job", "director"), ("agent_id", "self"), ("instance_id", "vm-me")] {
        assert_eq!(metadata[key], value, "{key}: {metadata}");
    }
    // A CPI that does not run on a VM of its cloud.
    scene.script(&json!({"vms": {"vm-0": ["disk-0"]}}));
    scene.run(&["take", "--self"]).refused(5, &["the Director's own VM cannot be found: nothing was taken"]);
}

/// What a CPI says of where it runs is looked at from another side before anything of it is kept.
#[test]
fn a_cpi_that_lies_about_its_own_vm_takes_no_other_instance_for_the_director() {
    let vms = json!({"vm-me": ["disk-me"], "vm-0": ["disk-0"], "vm-x": ["disk-0", "disk-me"]});
    for (vm, does, status, says) in [
        ("vm-0", json!({}), 7, "and that is db/0 of deployment prod: nothing was taken"),
        ("vm-x", json!({}), 7, "which has disk disk-0 of db/0 of deployment prod: nothing was taken"),
        ("", json!({}), 5, "cannot be found: nothing was taken"),
        ("  ", json!({}), 5, "cannot be found: nothing was taken"),
        ("i-of-another-cloud", json!({}), 7, "and its cloud has no such VM: nothing was taken"),
        (
            "vm-me",
            json!({"current_vm_id": "error:Bosh::Clouds::CloudError|down"}),
            5,
            "cannot be found: nothing was taken",
        ),
    ] {
        let scene = Scene::with(&["db/0"], &json!({"current_vm": vm, "vms": vms, "does": does}));
        scene.run(&["take", "--self"]).refused(status, &[says]);
        assert!(!scene.methods().contains(&"snapshot_disk".to_owned()), "'{vm}'");
        let instances = scene.sandbox.rows(&["-d", "prod", "instances"], "instances");
        assert!(instances.len() == 1 && instances[0]["instance"] == "db/0", "'{vm}': {instances:?}");
        scene.run(&["take", "db/0"]).quiet_success();
    }
}

#[test]
fn the_directors_schedule_of_all_deployments_is_run_where_it_is_told_to() {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let text =
        manifest.replace("enable_snapshots: true", "enable_snapshots: true\n    snapshot_schedule: '0 30 1 * * *'");
    sandbox.write("director.yml", &text);
    let row = sandbox.rows(&["schedule", "show", "deployments"], "schedules").remove(0);
    assert_eq!((&row["is"], &row["line"]), (&json!("off"), &json!(11)), "{row}");
    sandbox.write("director.yml", &format!("{text}  snapback:\n    schedule: {{deployments: true}}\n"));
    at(&sandbox, "2027-03-01T00:00:00Z", &["schedule", "run", "--once"]).quiet_success();
    at(&sandbox, "2027-03-01T01:30:00Z", &["schedule", "run", "--once"]).quiet_success();
    let rows = sandbox.rows(&["snapshots"], "snapshots");
    assert_eq!((rows.len(), &rows[0]["schedule"]), (1, &json!("deployments")));
}

#[test]
fn a_command_is_run_once_at_its_time_unless_it_is_cancelled() {
    let sandbox = Sandbox::with(&["db/0"]);
    let now = "2027-03-01T00:00:00Z";
    let add = |time: &str, command: &[&str]| at(&sandbox, now, &[&["schedule", "at", time, "--"], command].concat());
    let id = |ran: crate::support::Ran| ran.stdout.split_whitespace().next().unwrap().to_owned();
    let (first, second) = (id(add("02:00", &["take", "db"])), id(add("tomorrow 02:00", &["take", "db"])));
    at(&sandbox, now, &["schedule", "cancel", &second[..6]]).quiet_success();
    at(&sandbox, now, &["schedule", "cancel", &second]).refused(4, &["is cancelled: it cannot be cancelled"]);
    for later in ["2027-03-01T02:00:00Z", "2027-03-01T02:01:00Z", "2027-03-03T00:00:00Z"] {
        let ran = at(&sandbox, later, &["schedule", "run", "--once"]);
        assert_eq!(ran.status, 0, "{later}: {ran:?}");
    }
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
    let all = sandbox.rows(&["schedule", "list", "--all"], "one_offs");
    let state = |id: &str| all.iter().find(|row| row["id"] == id).unwrap()["state"].clone();
    assert_eq!((state(&first), state(&second)), (json!("done"), json!("cancelled")));
    add("yesterday 02:00", &["take"]).refused(2, &["is past"]);
    add("tomorrow 02:00", &["tkae"]).refused(2, &["is not a command"]);
    add("tomorrow 02:00", &["schedule", "run"]).refused(2, &["cannot be run once"]);
    add("tomorrow 02:00", &["guard", "--", "true"]).refused(2, &["needs the terminal"]);
    add("tomorrow 02:00", &["import", "-"]).refused(2, &["standard input"]);
    add("tomorrow 02:00", &["take", "--help"]).refused(2, &["only prints a text"]);
    add("tomorrow 02:00", &["take", "nosuch"]).refused(5, &["has no instance 'nosuch'"]);
    add("tomorrow 02:00", &["--output", "cid", "take"]).refused(2, &["leave out --output and --json"]);
    add("tomorrow 02:00", &["delete-all"]).refused(2, &["you must name the deployment"]);
    add("in a while", &["take"]).refused(2, &["write 02:00, 'tomorrow 02:00', 'in 2h'"]);
    let secret = add("tomorrow 02:00", &["take", "-v", "a=hush"]);
    secret.refused(2, &["is not kept in the state file"]);
    let file = std::fs::read(sandbox.state()).unwrap();
    assert!(!file.windows(4).any(|part| part == b"hush") && !secret.stderr.contains("hush"));
}

#[test]
fn a_command_at_a_time_is_noted_as_it_can_be_run() {
    let sandbox = Sandbox::with(&["db/0"]);
    let add = |words: &[&str]| {
        let all = [&["schedule", "at", "in 2h", "--"], words].concat();
        let run = sandbox.prepare(&all).env("SNAPBACK_TEST_NOW", "2027-03-01T00:00:00Z");
        run.env("BOSH_DEPLOYMENT", "prod").go().quiet_success();
    };
    add(&["-d", "prod", "take", "db"]);
    add(&["-n", "take", "--note", "two"]);
    add(&["take", "--all-deployments"]);
    let run = sandbox.prepare(&["schedule", "run", "--once", "-d", "prod"]);
    let ran = run.env("SNAPBACK_TEST_NOW", "2027-03-01T02:00:00Z").go();
    assert_eq!((ran.status, sandbox.rows(&["snapshots"], "snapshots").len()), (0, 3), "{ran:?}");
}

#[test]
fn a_command_that_was_killed_in_its_midst_is_told_and_not_done_again() {
    let sandbox = Sandbox::with(&["db/0"]);
    at(&sandbox, "2027-03-01T00:00:00Z", &["schedule", "at", "2027-03-01 02:00", "--", "take", "db"]).quiet_success();
    let run = sandbox.prepare(&["schedule", "run", "--once"]).env("SNAPBACK_TEST_NOW", "2027-03-01T02:00:00Z");
    assert_ne!(run.fault("schedule.run.after=kill").go().status, 0);
    let ran = at(&sandbox, "2027-03-01T02:01:00Z", &["schedule", "run", "--once"]);
    ran.refused_after_rows(1, "it was interrupted, and its end was not seen");
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 1);
}

#[test]
fn what_is_wrong_with_a_job_is_told_with_its_line() {
    let good = "{name: good, cron: '0 2 * * *', do: take}";
    for (job, wanted) in [
        ("{cron: '0 2 * * *', do: take}", "a job without `name`"),
        ("{name: 'a b', cron: '0 2 * * *', do: take}", "a job's name is up to 64 letters"),
        ("{name: self, cron: '0 2 * * *', do: take}", "the Director's own schedule is called 'self'"),
        (good, "a second job with the name 'good': the first one is on line 14"),
        ("{name: x, do: take}", "a job without `cron`"),
        ("{name: x, cron: '0 25 * * *', do: take}", "'0 25 * * *' is not a cron string: hour, column 3"),
        ("{name: x, cron: 5, do: take}", "expected a cron line, found a number"),
        ("{name: x, cron: '@daily', do: sing}", "'sing' is not something that a schedule does"),
        ("{name: x, cron: '@daily'}", "a job without `do`"),
        ("{name: x, cron: '@daily', do: drill, lifespan: 3d}", "it belongs to `do: take`"),
        ("{name: x, cron: '@daily', do: take, lifespan: soon}", "expected a length of time"),
        ("{name: x, cron: '@daily', do: take, select: db/x}", "neither an index"),
        ("{name: x, cron: '@daily', do: check, select: db}", "looks at all that is known"),
        ("{name: x, cron: '@daily', do: take, select: --dry-run}", "'--dry-run' is an option, not an instance"),
        ("{name: x, cron: '@daily', do: prune, select: [db, --dry-run]}", "'--dry-run' is an option, not an instance"),
        ("{name: x, cron: '@daily', do: take, deployment: --dry-run}", "'--dry-run' is not a deployment"),
        ("{name: x, cron: '@daily', do: take, sleect: db}", "sleect"),
    ] {
        let sandbox = Sandbox::with(&["db/0"]);
        jobs(&sandbox, &[good]);
        let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
        sandbox.write("director.yml", &format!("{manifest}      - {job}\n"));
        let ran = sandbox.run(&["schedule", "show"]);
        ran.refused(2, &[wanted, "director.yml:15: "]);
    }
}
