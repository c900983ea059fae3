//! Each command, as it succeeds, partly succeeds and fails. **A new command gets its lines here**, and its rows a
//! definition in `docs/schema/document.json`; the tests beside this file say what is still missing.

use std::fs;

use serde_json::json;

use crate::support::{Sandbox, disk_of, fake_cpi, vm_of};

/// One way that a command ends.
pub struct Case {
    /// The command, with the command below it.
    pub verb: &'static str,
    /// What happens to it.
    pub what: &'static str,
    /// The exit status.
    pub status: i32,
    /// The faults that it meets.
    pub fault: &'static str,
    /// Makes ready for it, and gives its arguments.
    pub prepare: fn(&Sandbox) -> Vec<String>,
}

/// Commands that print a text of their own, and have no document but that of the refusal.
pub const TEXTS: &[&str] = &["demo", "completions", "man", "cpi local", "guard", "schedule units", "help"];

const fn case(verb: &'static str, what: &'static str, status: i32, prepare: fn(&Sandbox) -> Vec<String>) -> Case {
    Case { verb, what, status, fault: "", prepare }
}

const fn faulty(
    verb: &'static str,
    what: &'static str,
    status: i32,
    fault: &'static str,
    prepare: fn(&Sandbox) -> Vec<String>,
) -> Case {
    Case { verb, what, status, fault, prepare }
}

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

/// Two instances with all that an inventory can say of them, and an orphaned disk.
pub fn furnish(sandbox: &Sandbox) {
    sandbox.manifest(true, "stop: [true]\nverify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']\nstart: [true]");
    let mut inventory = "deployments:\n  - name: prod\n    instances:\n".to_owned();
    for (at, name) in ["db/0", "db/1"].iter().enumerate() {
        let (vm, disk) = (vm_of(name), disk_of(name));
        sandbox.make_disk(&disk, 1 << 20, name);
        sandbox.make_vm(&vm, &[&disk]);
        inventory += &format!(
            "      - name: {name}\n        uuid: 29ae97ec-3106-450b-a848-98cb3b25d86{at}\n        az: z1\n        \
             vm_cid: {vm}\n        agent_id: agent-{at}\n        managed_by: nobody\n        disks:\n          \
             - cid: {disk}\n            size_mib: 1\n            az: z1\n"
        );
    }
    sandbox.write("inventory.yml", &inventory);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
}

/// The Director's snapshot of an instance, as `bosh snapshots` lists it.
fn directors(sandbox: &Sandbox) {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh");
    for name in ["instances_details.json", "snapshots.json", "disks_orphaned.json"] {
        fs::copy(root.join(name), sandbox.path(name)).unwrap();
    }
    let names = ["instances_details.json", "snapshots.json", "disks_orphaned.json"];
    sandbox.run(&[&["import"], &names[..]].concat()).quiet_success();
}

fn lose_the_disk(sandbox: &Sandbox, instance: &str) {
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of(instance))).unwrap();
}

fn restored(sandbox: &Sandbox) -> String {
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned()
}

/// A plan of a restore, as `plan.json`.
fn saved(sandbox: &Sandbox) {
    let cid = sandbox.take("db/0");
    sandbox.run(&["restore", &cid, "--dry-run", "--save", "plan.json"]).quiet_success();
}

/// So many snapshots of one instance, of which one is to be kept.
fn retained(sandbox: &Sandbox, snapshots: usize) {
    (0..snapshots).for_each(|_| drop(sandbox.take("db/0")));
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let keep = "  snapback:\n    retention: {keep_last: 1}\n";
    sandbox.write("director.yml", &manifest.replace("  snapback:\n", keep));
}

/// A take that was killed.
fn interrupted(sandbox: &Sandbox) {
    let killed = sandbox.prepare(&["take", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
    assert_eq!(killed.status, 128 + 9, "{killed:?}");
}

pub const CASES: &[Case] = &[
    case("snapshots", "some", 0, |sandbox| {
        sandbox.run(&["take", "--note", "a\tb\n\\c"]).quiet_success();
        words(&["snapshots"])
    }),
    case("snapshots", "a verified one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["drill", &cid]).quiet_success();
        words(&["snapshots"])
    }),
    case("snapshots", "one that is looked after", 0, |sandbox| {
        sandbox.take("db/0");
        let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
        connection
            .execute_batch(
                "UPDATE snapshots SET lifespan = 3600, expires_at = created_at + 3600000, held = 'audit',
                 schedule = 'nightly', change = '51d0aa000001', still_ms = 12, unsound_at = created_at;
                 INSERT INTO changes (id, command, began_at) VALUES ('51d0aa000001', 'bosh deploy', 0)",
            )
            .unwrap();
        words(&["snapshots"])
    }),
    case("guard", "without a command", 125, |_| words(&["guard", "db/0"])),
    case("snapshots", "the Director's", 0, |sandbox| {
        directors(sandbox);
        words(&["snapshots"])
    }),
    case("snapshots", "none", 0, |_| words(&["snapshots"])),
    case("snapshots", "an unknown deployment", 5, |_| words(&["-d", "nope", "snapshots"])),
    case("snapshots", "an unknown column", 2, |_| words(&["snapshots", "--column", "nope"])),
    case("snapshots", "no state file", 9, |_| words(&["--state", "nope", "snapshots"])),
    case("take", "all", 0, |_| words(&["take"])),
    case("take", "one without a VM", 0, |sandbox| {
        let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
        sandbox.write("inventory.yml", &inventory.replace("        vm_cid: vm-db-1\n", ""));
        sandbox.run(&["import", "inventory.yml"]).quiet_success();
        words(&["take"])
    }),
    case("take", "a schedule's, beside a deployment without a disk", 0, |sandbox| {
        let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
        let more = "  - name: router\n    instances: [{name: gorouter/0, vm_cid: vm-r, managed_by: nobody}]\n";
        sandbox.write("inventory.yml", &format!("{inventory}{more}"));
        sandbox.run(&["import", "inventory.yml"]).quiet_success();
        words(&["take", "--all-deployments", "--schedule", "nightly"])
    }),
    case("take", "clean ones", 0, |sandbox| {
        sandbox.manifest(true, "quiesce: ['true']\nresume: ['true']");
        words(&["take", "--clean"])
    }),
    case("take", "a dry run", 0, |_| words(&["take", "--dry-run"])),
    case("take", "one of two", 3, |sandbox| {
        lose_the_disk(sandbox, "db/1");
        words(&["take"])
    }),
    faulty("take", "a lost answer", 3, "take.snapshot_disk.intended#1=error", |_| words(&["take", "--parallel", "1"])),
    case("take", "an unknown instance", 5, |_| words(&["take", "nope"])),
    case("take", "snapshots are off", 4, |sandbox| {
        sandbox.manifest(false, "");
        words(&["take"])
    }),
    faulty("take", "a defect", 70, "take.begin.before=panic", |_| words(&["take"])),
    faulty("take", "a defect in a thread", 70, "take.snapshot_disk.before=panic", |_| words(&["take"])),
    case("take", "an option that is none", 2, |_| words(&["take", "--nope"])),
    case("delete", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["-n", "delete", &cid])
    }),
    case("delete", "one that is gone", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
        words(&["-n", "delete", &cid])
    }),
    case("delete", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["delete", &cid, "--dry-run"])
    }),
    faulty("delete", "one of two", 3, "delete.delete_snapshot.before#1=error", |sandbox| {
        let (one, two) = (sandbox.take("db/0"), sandbox.take("db/0"));
        words(&["-n", "delete", &one, &two])
    }),
    case("delete", "it would have to ask", 2, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["delete", &cid])
    }),
    case("delete", "an unknown one", 5, |_| words(&["-n", "delete", "nope"])),
    case("delete", "the Director's", 4, |sandbox| {
        directors(sandbox);
        let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
        words(&["-n", "delete", &cid])
    }),
    case("delete", "one that is held", 4, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
        words(&["-n", "delete", &cid])
    }),
    case("prune", "nothing", 0, |_| words(&["-n", "prune"])),
    case("prune", "one", 0, |sandbox| {
        retained(sandbox, 2);
        words(&["-n", "prune"])
    }),
    case("prune", "a dry run", 0, |sandbox| {
        retained(sandbox, 2);
        words(&["prune", "--dry-run"])
    }),
    faulty("prune", "one of two", 3, "prune.delete_snapshot.before#1=error", |sandbox| {
        retained(sandbox, 3);
        words(&["-n", "prune"])
    }),
    case("prune", "it would have to ask", 2, |_| words(&["prune"])),
    case("hold", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["hold", &cid, "--reason", "audit"])
    }),
    case("hold", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["hold", &cid, "--reason", "audit", "--dry-run"])
    }),
    case("hold", "without a reason", 2, |_| words(&["hold", "one"])),
    case("hold", "the Director's", 4, |sandbox| {
        directors(sandbox);
        let cid = sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
        words(&["hold", &cid, "--reason", "audit"])
    }),
    case("release", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
        words(&["release", &cid])
    }),
    case("release", "one that is not held", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["release", &cid])
    }),
    case("release", "an unknown one", 5, |_| words(&["release", "nope"])),
    case("delete-all", "all", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        words(&["-n", "-d", "prod", "delete-all"])
    }),
    case("delete-all", "a dry run", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        words(&["delete-all", "--dry-run"])
    }),
    case("delete-all", "one that is held", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["take"]).quiet_success();
        sandbox.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
        words(&["-n", "-d", "prod", "delete-all"])
    }),
    case("delete-all", "a dry run with one that is held", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
        words(&["delete-all", "--dry-run"])
    }),
    case("delete-all", "no deployment named", 2, |_| words(&["-n", "delete-all"])),
    case("delete-disk", "one", 0, |sandbox| {
        let disk = promoted(sandbox);
        words(&["-n", "delete-disk", &disk])
    }),
    case("delete-disk", "a dry run", 0, |sandbox| {
        let disk = promoted(sandbox);
        words(&["delete-disk", &disk, "--dry-run"])
    }),
    faulty("delete-disk", "one of two", 3, "delete-disk.delete_disk.before#1=error", |sandbox| {
        let cid = sandbox.take("db/0");
        let disks: Vec<String> = (0..2).map(|_| sandbox.line(&["promote", &cid, "--output", "cid"])).collect();
        words(&["-n", "delete-disk", &disks[0], &disks[1]])
    }),
    case("delete-disk", "an instance's", 4, |_| words(&["-n", "delete-disk", &disk_of("db/0")])),
    case("delete-disk", "an unknown one", 5, |_| words(&["-n", "delete-disk", "nope"])),
    case("promote", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["promote", &cid])
    }),
    case("promote", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["promote", &cid, "--dry-run"])
    }),
    case("promote", "an unknown one", 5, |_| words(&["promote", "nope"])),
    case("drill", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["drill", &cid])
    }),
    case("drill", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["drill", &cid, "--dry-run"])
    }),
    case("drill", "the content is not right", 11, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.manifest(true, "verify: ['false']");
        words(&["drill", &cid])
    }),
    faulty("drill", "the scratch disk stays", 3, "drill.delete_disk.before=error", |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["drill", &cid])
    }),
    case("drill", "the newest of each instance", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        words(&["drill", "--latest"])
    }),
    case("drill", "the newest ones, one of which is not right", 11, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        let hook = r#"echo "$SNAPBACK_HOOK_DISK"; grep -q db/0 "$SNAPBACK_HOOK_DISK_IMAGE""#;
        sandbox.manifest(true, &format!("verify: [/bin/sh, -c, '{hook}']"));
        words(&["drill", "--latest"])
    }),
    case("drill", "an unknown one", 5, |_| words(&["drill", "nope"])),
    case("restore", "one", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["-n", "restore", &cid])
    }),
    case("restore", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["restore", &cid, "--dry-run"])
    }),
    case("restore", "the latest, a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        sandbox.run(&["drill", &cid]).quiet_success();
        sandbox.run(&["-n", "restore", &cid]).quiet_success();
        words(&["restore", "--latest", "db/0", "--before", "now", "--dry-run"])
    }),
    case("restore", "the latest", 0, |sandbox| {
        sandbox.take("db/0");
        words(&["-n", "restore", "--latest", "db/0"])
    }),
    case("restore", "whose old disk is gone", 0, |sandbox| {
        let cid = sandbox.take("db/1");
        lose_the_disk(sandbox, "db/1");
        words(&["-n", "restore", &cid])
    }),
    case("check", "a disk is attached again", 0, |sandbox| {
        fs::remove_file(sandbox.path("cloud/vms").join(vm_of("db/0")).join(disk_of("db/0"))).unwrap();
        words(&["-n", "check", "--attach", &disk_of("db/0")])
    }),
    case("restore", "a group", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        words(&["-n", "restore", "--latest", "db"])
    }),
    case("restore", "a group, a dry run", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        words(&["restore", "--latest", "db", "--dry-run"])
    }),
    case("restore", "nothing named", 2, |_| words(&["-n", "restore"])),
    faulty("restore", "it goes back", 1, "restore.attach_disk.before=error", |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["-n", "restore", &cid])
    }),
    case("restore", "a plan is saved", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        words(&["restore", &cid, "--dry-run", "--save", "plan.json"])
    }),
    case("apply", "a plan", 0, |sandbox| {
        saved(sandbox);
        words(&["-n", "apply", "plan.json"])
    }),
    case("apply", "a dry run", 0, |sandbox| {
        saved(sandbox);
        words(&["apply", "plan.json", "--dry-run"])
    }),
    case("apply", "it no longer holds", 4, |sandbox| {
        saved(sandbox);
        sandbox.manifest(true, "");
        words(&["-n", "apply", "plan.json"])
    }),
    case("apply", "no plan", 2, |_| words(&["-n", "apply", "inventory.yml"])),
    case("undo", "the newest", 0, |sandbox| {
        restored(sandbox);
        words(&["-n", "undo"])
    }),
    case("undo", "a dry run", 0, |sandbox| {
        restored(sandbox);
        words(&["undo", "--dry-run"])
    }),
    case("undo", "nothing to undo", 5, |_| words(&["-n", "undo"])),
    case("status", "all can be restored", 0, |sandbox| {
        sandbox.run(&["take"]).quiet_success();
        let cid = sandbox.take("db/0");
        sandbox.run(&["drill", &cid]).quiet_success();
        let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
        let schedule = "  snapback:\n    schedule: {jobs: [{name: nightly, cron: '0 2 * * *', do: take}]}\n";
        sandbox.write("director.yml", &manifest.replace("  snapback:\n", schedule));
        words(&["status", "--max-age", "26h"])
    }),
    case("status", "one of two", 11, |sandbox| {
        sandbox.take("db/0");
        words(&["status"])
    }),
    case("status", "nobody of that name", 5, |_| words(&["status", "nope"])),
    case("recover", "nothing", 0, |_| words(&["recover"])),
    case("recover", "a take", 0, |sandbox| {
        interrupted(sandbox);
        words(&["recover"])
    }),
    case("recover", "a dry run", 0, |sandbox| {
        interrupted(sandbox);
        words(&["recover", "--dry-run"])
    }),
    case("recover", "it cannot", 4, |sandbox| {
        let cid = sandbox.take("db/0");
        let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.intended=kill").go();
        assert_eq!(killed.status, 128 + 9, "{killed:?}");
        sandbox.manifest(true, "");
        words(&["recover"])
    }),
    case("recover", "steps that nobody can tell of", 7, |sandbox| {
        let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["list_snapshots"]}});
        let does =
            |does: serde_json::Value| sandbox.write("fake/fake.json", &json!({"info": info, "does": does}).to_string());
        fake_cpi::install(sandbox, &json!({}));
        does(json!({}));
        let cid = sandbox.line(&["--cpi-path", "fake/cpi", "take", "db/1", "--output", "cid"]);
        does(json!({"snapshot_disk": "act + exit:1", "delete_snapshot": "exit:1"}));
        assert_eq!(sandbox.run(&["--cpi-path", "fake/cpi", "take", "db/0"]).status, 7);
        assert_eq!(sandbox.run(&["--cpi-path", "fake/cpi", "-n", "delete", &cid]).status, 7);
        words(&["--cpi-path", "fake/cpi", "recover"])
    }),
    case("recover", "an unknown one", 5, |_| words(&["recover", "nope"])),
    case("check", "nothing", 0, |sandbox| {
        sandbox.take("db/0");
        words(&["check"])
    }),
    case("check", "a snapshot is gone", 11, |sandbox| {
        let cid = sandbox.take("db/0");
        fs::remove_dir_all(sandbox.path("cloud/snapshots").join(cid)).unwrap();
        words(&["check"])
    }),
    case("check", "a snapshot is forgotten", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
        words(&["-n", "check", "--forget", &cid])
    }),
    case("check", "a dry run", 0, |sandbox| {
        let cid = sandbox.take("db/0");
        fs::remove_dir_all(sandbox.path("cloud/snapshots").join(&cid)).unwrap();
        words(&["check", "--forget", &cid, "--dry-run"])
    }),
    case("check", "nothing of that name", 5, |_| words(&["-n", "check", "--adopt", "nope"])),
    case("operations", "all", 0, |sandbox| {
        restored(sandbox);
        sandbox.run(&["-n", "undo"]).quiet_success();
        interrupted(sandbox);
        words(&["operations"])
    }),
    case("operations", "the steps of one", 0, |sandbox| {
        let id = restored(sandbox);
        words(&["operations", &id])
    }),
    case("operations", "the steps of one that was tried again", 0, |sandbox| {
        let busy = "error:Bosh::Clouds::CloudError|busy|retry";
        fake_cpi::install(sandbox, &json!({"does": {"snapshot_disk": [busy, "ok"]}}));
        let take = sandbox.prepare(&["--cpi-path", "fake/cpi", "take", "db/0"]).env("SNAPBACK_TEST_PAUSE_MS", "1");
        take.go().quiet_success();
        let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        words(&["operations", &id])
    }),
    case("operations", "an unknown one", 5, |_| words(&["operations", "nope"])),
    case("init", "a new place", 0, |sandbox| {
        fs::create_dir(sandbox.path("new")).unwrap();
        words(&["-m", "new/director.yml", "init"])
    }),
    case("init", "a dry run", 0, |_| words(&["-m", "new.yml", "init", "--dry-run"])),
    case("init", "no such directory", 1, |_| words(&["-m", "nope/new.yml", "init"])),
    case("import", "an inventory", 0, |_| words(&["import", "inventory.yml"])),
    case("import", "a dry run", 0, |_| words(&["import", "inventory.yml", "--dry-run"])),
    case("import", "nonsense", 2, |sandbox| {
        sandbox.write("nonsense", "<html>");
        words(&["import", "nonsense"])
    }),
    case("instances", "all", 0, |_| words(&["instances"])),
    case("instances", "the Director's", 0, |sandbox| {
        directors(sandbox);
        words(&["instances"])
    }),
    case("instances", "an unknown one", 5, |_| words(&["instances", "nope"])),
    case("disks", "all", 0, |sandbox| {
        restored(sandbox);
        words(&["disks"])
    }),
    case("disks", "orphaned ones", 0, |sandbox| {
        directors(sandbox);
        words(&["disks", "--orphaned"])
    }),
    case("disks", "an unknown deployment", 5, |_| words(&["-d", "nope", "disks"])),
    case("manifest", "what it says", 0, |_| words(&["manifest"])),
    case("manifest", "there is none", 2, |_| words(&["-m", "nope.yml", "manifest"])),
    case("cpis", "snapback's own", 0, |_| words(&["cpis"])),
    case("cpis", "an executable with the extension", 0, |sandbox| {
        let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["find_disk"]}});
        fake_cpi::install(sandbox, &json!({"info": info}));
        words(&["cpis", "--cpi-path", "fake/cpi"])
    }),
    case("cpis", "one of two", 3, |sandbox| {
        fake_cpi::install(sandbox, &json!({}));
        sandbox.write("cpis.yml", "cpis:\n- {name: one, type: none}\n- {name: two, type: fake, exec_path: fake/cpi}\n");
        words(&["cpis", "--cpi-config", "cpis.yml"])
    }),
    case("cpis", "none is found", 8, |sandbox| {
        fs::copy(sandbox.path("director.yml"), sandbox.path("other.yml")).unwrap();
        words(&["cpis", "-m", "other.yml", "--cpi", "nope"])
    }),
    case("cpi local", "an option that is none", 2, |_| words(&["cpi", "local", "--nope"])),
    case("schedule show", "one that has run", 0, |sandbox| {
        scheduled(sandbox);
        sandbox.run(&["schedule", "run", "--once"]).quiet_success();
        words(&["schedule", "show"])
    }),
    case("schedule show", "none of that name", 5, |_| words(&["schedule", "show", "nope"])),
    case("schedule next", "a string", 0, |_| words(&["schedule", "next", "--cron", "@daily"])),
    case("schedule next", "all that are on", 0, |sandbox| {
        scheduled(sandbox);
        words(&["schedule", "next", "--count", "2"])
    }),
    case("schedule next", "no cron", 2, |_| words(&["schedule", "next", "--cron", "60 * * * *"])),
    case("schedule run", "one is due", 0, |sandbox| {
        scheduled(sandbox);
        words(&["schedule", "run", "--once"])
    }),
    case("schedule run", "one that fails", 1, |sandbox| {
        scheduled(sandbox);
        lose_the_disk(sandbox, "db/0");
        words(&["schedule", "run", "--once"])
    }),
    case("schedule units", "it is a text", 2, |_| words(&["schedule", "units", "--cron"])),
    case("schedule at", "a take", 0, |_| words(&["schedule", "at", "2099-01-01 02:00", "--", "take", "db"])),
    case("schedule at", "a time that is past", 2, |_| words(&["schedule", "at", "2001-01-01", "--", "take"])),
    case("schedule list", "all that there were", 0, |sandbox| {
        once(sandbox, "2026-01-02");
        sandbox.run(&["schedule", "run", "--once"]).quiet_success();
        once(sandbox, "2099-01-01");
        words(&["schedule", "list", "--all"])
    }),
    case("schedule list", "there is no state file", 9, |_| words(&["--state", "nope.db", "schedule", "list"])),
    case("schedule cancel", "one", 0, |sandbox| {
        let id = once(sandbox, "2099-01-01");
        words(&["schedule", "cancel", &id])
    }),
    case("schedule cancel", "none of that id", 5, |_| words(&["schedule", "cancel", "nope"])),
    case("state backup", "a copy", 0, |_| words(&["state", "backup", "copy"])),
    case("state backup", "it is there already", 9, |sandbox| {
        sandbox.write("copy", "");
        words(&["state", "backup", "copy"])
    }),
    case("state backup", "nothing named", 2, |_| words(&["state", "backup"])),
    case("report", "a page", 0, |sandbox| {
        sandbox.take("db/0");
        words(&["report", "--html", "page.html"])
    }),
    case("report", "an instance without a snapshot", 11, |_| {
        words(&["report", "--html", "page.html", "--max-age", "26h"])
    }),
    case("report", "over a directory", 2, |_| words(&["report", "--html", "cloud"])),
    case("doctor", "all is well", 0, |sandbox| {
        sandbox.take("db/0");
        sandbox.take("db/1");
        words(&["doctor"])
    }),
    case("doctor", "there is no snapshot, and no bosh", 11, |_| words(&["--bosh", "/nowhere/bosh", "doctor"])),
    case("demo", "it is a text", 2, |_| words(&["demo"])),
    case("man", "they are a text", 2, |_| words(&["man"])),
    case("help", "it is a text", 2, |_| words(&["help"])),
    case("completions", "they are a text", 2, |_| words(&["completions", "bash"])),
];

/// Command lines that are no command's.
pub const NOBODYS: &[(&[&str], i32)] = &[(&[], 2), (&["nope"], 2), (&["--nope"], 2), (&["-d"], 2)];

/// A schedule that has been due since it was first looked at.
fn scheduled(sandbox: &Sandbox) {
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let job = "    schedule:\n      jobs: [{name: nightly, cron: '0 2 * * *', do: take, select: db/0}]\n";
    sandbox.write("director.yml", &(manifest + job));
    let first = sandbox.prepare(&["schedule", "run", "--once"]).env("SNAPBACK_TEST_NOW", "2026-01-01T00:00:00Z");
    first.go().quiet_success();
}

/// The id of a take that is to be done once.
fn once(sandbox: &Sandbox, day: &str) -> String {
    let at = sandbox.prepare(&["--output", "cid", "schedule", "at", day, "--", "take", "db/0"]);
    let ran = at.env("SNAPBACK_TEST_NOW", "2026-01-01T00:00:00Z").go();
    ran.stdout.trim().to_owned()
}

/// A disk that promote has made.
fn promoted(sandbox: &Sandbox) -> String {
    let cid = sandbox.take("db/0");
    sandbox.run(&["promote", &cid]).quiet_success();
    sandbox.rows(&["disks", "--orphaned"], "disks")[0]["disk_cid"].as_str().unwrap().to_owned()
}
