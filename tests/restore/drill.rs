//! `drill`: a snapshot is tried out on a scratch disk, which is gone afterwards, or recorded.

use crate::support;

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use support::{Ran, Sandbox, disk_of, fake_cpi};

/// A verify hook for drills: it looks at the scratch disk's image, and says which disk that was.
const HOOK: &str = r#"verify: [/bin/sh, -c, 'test -n "$SNAPBACK_HOOK_DISK" || exit 0; echo "$SNAPBACK_HOOK_DISK"; grep -q db/0 "$SNAPBACK_HOOK_DISK_IMAGE"']"#;

fn with_hook(hook: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], hook);
    sandbox
}

/// An instance whose disk has this file system, made at an offset of the image.
fn with_file_system(program: &str, arguments: &[&str], mib: u64, offset: u64) -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let image = sandbox.path("cloud/disks").join(disk_of("db/0")).join("disk.img");
    fs::File::options().write(true).open(&image).unwrap().set_len(0).unwrap();
    let whole = fs::File::options().write(true).open(&image).unwrap();
    whole.set_len((mib << 20) + offset).unwrap();
    let made = sandbox.path("made.img");
    fs::File::create(&made).unwrap().set_len(mib << 20).unwrap();
    let ran = Command::new(program).args(arguments).arg(&made).output().unwrap();
    assert!(ran.status.success(), "{ran:?}");
    let mut target = whole;
    target.seek(SeekFrom::Start(offset)).unwrap();
    std::io::copy(&mut fs::File::open(&made).unwrap(), &mut target).unwrap();
    sandbox
}

fn verified(sandbox: &Sandbox) -> Value {
    sandbox.rows(&["snapshots"], "snapshots")[0]["verified_at"].clone()
}

/// The scratch disk is nowhere: not in the cloud, not in the state file, not half-made.
#[track_caller]
fn nothing_is_left(sandbox: &Sandbox) {
    assert_eq!(sandbox.names("cloud/disks"), [disk_of("db/0")]);
    assert_eq!(sandbox.rows(&["disks"], "disks").len(), 1);
    assert_eq!(sandbox.names("cloud/tmp"), [""; 0]);
}

fn newest(sandbox: &Sandbox) -> Value {
    sandbox.rows(&["operations"], "operations")[0].clone()
}

#[test]
fn the_newest_snapshot_of_each_instance_is_tried_and_what_was_found_stands_on_it() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1", "web/0"], HOOK);
    sandbox.run(&["take", "web"]).quiet_success();
    let first = sandbox.take("db/0");
    sandbox.run(&["take", "db"]).quiet_success();
    // Only the content of db/0 is right; what has never been snapshotted is no silence.
    let ran = sandbox.run(&["drill", "--latest", "db"]);
    assert_eq!(ran.status, 11, "{ran:?}");
    let rows = sandbox.rows(&["drill", "--latest"], "drills");
    let results: Vec<(&str, &str)> =
        rows.iter().map(|row| (row["instance"].as_str().unwrap(), row["result"].as_str().unwrap())).collect();
    assert_eq!(results, [("db/0", "verified"), ("web/0", "wrong")], "db/1 has no other left");
    let of = |instance: &str| {
        let rows = sandbox.rows(&["snapshots", instance], "snapshots");
        let row = rows.into_iter().find(|row| row["cid"] != first.as_str()).unwrap();
        (row["verified_at"].is_string(), row["unsound_at"].is_string())
    };
    assert_eq!((of("db/0"), of("db/1"), of("web/0")), ((true, false), (false, true), (false, true)));
    // What a drill has found wrong is not the newest one to go back to, and is counted.
    sandbox.run(&["-n", "restore", "--latest", "db/1"]).refused(5, &["1 with content that a drill found wrong"]);
    // One that is found right later is as good as any.
    sandbox.manifest(true, r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#);
    let rows = sandbox.rows(&["snapshots", "db/1"], "snapshots");
    sandbox.run(&["drill", rows[0]["cid"].as_str().unwrap()]).quiet_success();
    assert_eq!(of("db/1"), (true, false));
    sandbox.run(&["-n", "restore", "--latest", "db/1"]).quiet_success();
}

#[test]
fn a_hook_that_could_not_look_says_nothing_of_the_snapshot() {
    for hook in ["no-such-program", "kill -9 $$", "exit 126"] {
        let sandbox = with_hook(&format!("verify: [/bin/sh, -c, '{hook}']"));
        let cid = sandbox.take("db/0");
        let ran = sandbox.run(&["drill", &cid]);
        assert!(ran.status != 11 && ran.stderr.contains("could not look"), "{hook}: {ran:?}");
        let rows = sandbox.rows(&["snapshots"], "snapshots");
        assert!(rows[0]["unsound_at"].is_null() && rows[0]["verified_at"].is_null(), "{hook}: {rows:?}");
        nothing_is_left(&sandbox);
    }
}

#[test]
fn an_instance_without_any_snapshot_fails_a_drill_of_the_newest() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], r#"verify: [/bin/sh, -c, 'echo "$SNAPBACK_HOOK_DISK"']"#);
    sandbox.take("db/0");
    let ran = sandbox.run(&["drill", "--latest"]);
    assert!(ran.status == 3 && ran.stderr.contains("no snapshot of db/1 that could"), "{ran:?}");
    sandbox.run(&["drill", "--latest", "db/1"]).refused(5, &["no snapshot of db/1 that could"]);
    sandbox.run(&["drill", "--latest", "nope"]).refused(5, &["has no instance 'nope'"]);
    sandbox.run(&["drill", "--latest", "db/0", "snap-1"]).refused(5, &["has no instance 'snap-1'"]);
    let dry = sandbox.run(&["drill", "--latest", "db/0", "--dry-run"]);
    assert!(dry.status == 0 && dry.stdout.contains("make a scratch disk"), "{dry:?}");
}

#[test]
fn the_verify_hook_looks_at_the_scratch_disk() {
    let sandbox = with_hook(HOOK);
    let cid = sandbox.take("db/0");
    assert_eq!(verified(&sandbox), Value::Null);
    let dry = sandbox.run(&["drill", &cid, "--dry-run"]);
    assert!(dry.status == 0 && dry.stdout.contains("look at its content: verify hook"), "{dry:?}");
    assert_eq!(newest(&sandbox)["verb"], "take");
    let drilled = sandbox.rows(&["drill", &cid], "drills").remove(0);
    assert_eq!((&drilled["cid"], &drilled["by"]), (&json!(cid), &json!("verify hook")));
    assert_eq!(verified(&sandbox), drilled["verified_at"]);
    nothing_is_left(&sandbox);
    assert_eq!((&newest(&sandbox)["verb"], &newest(&sandbox)["state"]), (&json!("drill"), &json!("done")));
    let kinds: Vec<Value> = sandbox
        .rows(&["operations", newest(&sandbox)["operation"].as_str().unwrap()], "steps")
        .iter()
        .map(|step| step["kind"].clone())
        .collect();
    assert_eq!(kinds, ["create_disk_from_snapshot", "verify_disk", "delete_disk", "clear_leftovers"]);
    let shown = sandbox.run(&["snapshots", "--column", "verified at"]).stdout;
    assert!(shown.contains("UTC"), "{shown}");
    assert!(!sandbox.run(&["snapshots"]).stdout.contains("Verified"));
}

#[test]
fn content_that_is_not_right_is_11_and_takes_the_mark_back() {
    let sandbox = with_hook(HOOK);
    let cid = sandbox.take("db/0");
    sandbox.run(&["drill", &cid]).quiet_success();
    let image = sandbox.path("cloud/snapshots").join(&cid).join("disk.img");
    fs::set_permissions(&image, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    fs::File::options().write(true).open(&image).unwrap().write_all(b"broken").unwrap();
    let ran = sandbox.run(&["drill", &cid]);
    ran.refused(11, &["the content of snapshot", "is not right: the verify hook"]);
    assert_eq!(sandbox.follow_hints(&ran), 1);
    assert_eq!(verified(&sandbox), Value::Null);
    nothing_is_left(&sandbox);
    assert_eq!(newest(&sandbox)["state"], "failed");
}

#[test]
fn a_hook_that_is_not_written_for_drills_proves_nothing() {
    let sandbox = with_hook("verify: ['true']");
    let cid = sandbox.take("db/0");
    let ran = sandbox.run(&["drill", &cid]);
    ran.refused(4, &["did not print the CID of the disk that it has looked at", "SNAPBACK_HOOK_DISK"]);
    assert_eq!(verified(&sandbox), Value::Null);
    nothing_is_left(&sandbox);
    // It still is the hook of a restore.
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
}

#[test]
fn without_a_hook_the_file_system_is_checked() {
    for (program, arguments, mib, offset, by) in [
        ("/usr/sbin/mkfs.ext4", &["-q", "-F"][..], 8, 0, "ext4 check ("),
        ("/usr/sbin/mkfs.xfs", &["-q", "-f"][..], 320, 0, "XFS check ("),
        ("/usr/sbin/mkfs.btrfs", &["-q", "-f"][..], 128, 0, "Btrfs check ("),
    ] {
        assert!(Path::new(program).exists(), "{program} is needed to test this");
        let sandbox = with_file_system(program, arguments, mib, offset);
        let cid = sandbox.take("db/0");
        let drilled = sandbox.rows(&["drill", &cid], "drills").remove(0);
        assert!(drilled["by"].as_str().unwrap().starts_with(by), "{drilled}");
        nothing_is_left(&sandbox);
        assert_ne!(verified(&sandbox), Value::Null, "{program}");
    }
}

#[test]
fn a_file_system_in_the_agents_partition_is_found() {
    let sandbox = with_file_system("/usr/sbin/mkfs.ext4", &["-q", "-F"], 8, 1 << 20);
    let image = sandbox.path("cloud/disks").join(disk_of("db/0")).join("disk.img");
    let mut image = fs::File::options().write(true).open(image).unwrap();
    // An MBR with one Linux partition from sector 2048 on.
    let mut sector = vec![0; 512];
    sector[446 + 4] = 0x83;
    sector[446 + 8..446 + 12].copy_from_slice(&2048_u32.to_le_bytes());
    sector[446 + 12..446 + 16].copy_from_slice(&16384_u32.to_le_bytes());
    sector[510..].copy_from_slice(&[0x55, 0xaa]);
    image.write_all(&sector).unwrap();
    drop(image);
    let cid = sandbox.take("db/0");
    let drilled = sandbox.rows(&["drill", &cid], "drills").remove(0);
    assert!(drilled["by"].as_str().unwrap().contains("first partition"), "{drilled}");
    nothing_is_left(&sandbox);
}

#[test]
fn a_damaged_file_system_is_found_and_no_file_system_is_refused() {
    let sandbox = with_file_system("/usr/sbin/mkfs.ext4", &["-q", "-F"], 8, 0);
    let image = sandbox.path("cloud/disks").join(disk_of("db/0")).join("disk.img");
    let mut image = fs::File::options().write(true).open(image).unwrap();
    // The descriptors of the block groups, behind the superblock, and what follows.
    image.seek(SeekFrom::Start(4096)).unwrap();
    image.write_all(&[0xff; 64 << 10]).unwrap();
    drop(image);
    let cid = sandbox.take("db/0");
    sandbox.run(&["drill", &cid]).refused(11, &["is not right: "]);
    nothing_is_left(&sandbox);
    let empty = Sandbox::with(&["db/0"]);
    let cid = empty.take("db/0");
    let ran = empty.run(&["drill", &cid]);
    ran.refused(8, &["finds no file system in it", "snapback.hooks.verify"]);
    assert_eq!(newest(&empty)["verb"], "take", "nothing was begun");
    let no_tools = sandbox.prepare(&["drill", &sandbox.take("db/0"), "--dry-run"]).env("PATH", "/nowhere").go();
    no_tools.refused(8, &["e2fsck is not installed"]);
}

#[test]
fn an_unreplayed_journal_is_no_damage() {
    let sandbox = with_file_system("/usr/sbin/mkfs.ext4", &["-q", "-F"], 8, 0);
    let image = sandbox.path("cloud/disks").join(disk_of("db/0")).join("disk.img");
    // What a snapshot of a mounted file system has: `needs_recovery`.
    let ran = Command::new("/usr/sbin/debugfs").args(["-w", "-R", "feature needs_recovery"]).arg(&image).output();
    assert!(ran.unwrap().status.success());
    let cid = sandbox.take("db/0");
    sandbox.run(&["drill", &cid]).quiet_success();
    nothing_is_left(&sandbox);
}

#[test]
fn a_scratch_disk_that_cannot_be_deleted_is_recorded() {
    let sandbox = with_hook(HOOK);
    let cid = sandbox.take("db/0");
    let ran = sandbox.prepare(&["drill", &cid]).fault("drill.delete_disk.before=error").go();
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("could not be deleted"), "{ran:?}");
    assert_eq!(sandbox.follow_hints(&ran), 1);
    let orphans = sandbox.rows(&["disks", "--orphaned"], "disks");
    assert_eq!((orphans.len(), &orphans[0]["made_from"]), (1, &json!(cid)));
    assert_ne!(verified(&sandbox), Value::Null);
    assert_eq!(newest(&sandbox)["state"], "partly");
}

#[test]
fn a_drill_keeps_its_snapshot_from_being_deleted_and_recover_ends_it() {
    let sandbox = with_hook(HOOK);
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["drill", &cid]).fault("drill.verify_disk.settled=kill").go();
    assert_eq!(killed.status, 128 + 9, "{killed:?}");
    assert_eq!(sandbox.rows(&["disks"], "disks").len(), 2, "the scratch disk is recorded");
    sandbox.run(&["-n", "delete", &cid]).refused(6, &["was interrupted", "recover"]);
    let recovered = sandbox.run(&["recover"]);
    assert!(recovered.stdout.contains("the snapshot is verified; scratch disk disk-"), "{recovered:?}");
    nothing_is_left(&sandbox);
    assert_ne!(verified(&sandbox), Value::Null);
    sandbox.run(&["undo", newest(&sandbox)["operation"].as_str().unwrap()]).refused(4, &["cannot be undone"]);
}

#[test]
fn recover_deletes_no_disk_that_an_instance_has_got_meanwhile() {
    let sandbox = with_hook(HOOK);
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["drill", &cid]).fault("drill.create_disk_from_snapshot.settled=kill").go();
    assert_eq!(killed.status, 128 + 9, "{killed:?}");
    let disks = sandbox.rows(&["disks", "--orphaned"], "disks");
    let scratch = disks[0]["disk_cid"].as_str().unwrap();
    let inventory = format!(
        "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-db-0\n        \
         managed_by: nobody\n        disks:\n          - cid: {}\n          - cid: {scratch}\n",
        disk_of("db/0")
    );
    sandbox.write("inventory.yml", &inventory);
    let link = sandbox.path("cloud/vms/vm-db-0").join(scratch);
    std::os::unix::fs::symlink(format!("../../disks/{scratch}/disk.img"), link).unwrap();
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let recovered = sandbox.run(&["recover"]);
    assert!(recovered.stdout.contains("is kept as an orphaned disk: an instance has it now"), "{recovered:?}");
    assert!(sandbox.names("cloud/disks").iter().any(|disk| disk == scratch));
}

#[test]
fn a_cpi_executable_needs_the_hook_and_the_extension() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    fake_cpi::install(&sandbox, &json!({}));
    let ran: Ran = sandbox.run(&["--cpi-path", "fake/cpi", "drill", &cid]);
    assert_eq!(ran.status, 8, "{ran:?}");
    assert_eq!(newest(&sandbox)["verb"], "take", "nothing was begun");
}

#[test]
fn a_scratch_disk_that_the_instance_has_got_meanwhile_is_not_deleted() {
    let info = json!({"api_version": 2, "snapback": {"version": 1, "methods": ["create_disk_from_snapshot"]}});
    let script = json!({"info": info, "attachments": true, "vms": {"vm-0": ["disk-0"]}});
    let scene = fake_cpi::Scene::with(&["db/0"], &script);
    let changes = scene.sandbox.path("fake/attachments.jsonl");
    let row = r#"{"vm":"vm-0","disk":"'"$SNAPBACK_HOOK_DISK"'","on":true,"at":0}"#;
    let lines = ["echo \"$SNAPBACK_HOOK_DISK\"", &format!("echo '{row}' >> {}", changes.display())];
    scene.sandbox.write("attach", &lines.join("\n"));
    let manifest = fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
    let hook = format!("    hooks:\n      verify: [/bin/sh, {}]\n", scene.sandbox.path("attach").display());
    scene.sandbox.write("director.yml", &format!("{manifest}{hook}"));
    let cid = scene.sandbox.line(&["take", "db/0", "--output", "cid"]);
    let ran = scene.run(&["drill", &cid]);
    assert!(ran.stderr.contains("VM vm-0 of db/0 has it"), "{ran:?}");
    assert!(!scene.methods().contains(&"delete_disk".to_owned()), "{ran:?}");
    let kept = scene.sandbox.rows(&["disks", "--orphaned"], "disks");
    assert!(
        kept.len() == 1 && scene.attached("vm-0").contains(&kept[0]["disk_cid"].as_str().unwrap().to_owned()),
        "{kept:?}"
    );
}
