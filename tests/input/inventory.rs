//! Inventories: the corpus of good and bad ones, the limits, and the example that `snapback init` writes.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use proptest::prelude::*;
use snapback::domain::ids::{CpiName, DiskCid, VmCid};
use snapback::domain::instance::{DiskState, Instance, ManagedBy};
use snapback::error::{Error, Kind};
use snapback::inventory::{self, EXAMPLE_INVENTORY, InventoryError, MOST_INSTANCES};

fn now() -> DateTime<Utc> {
    DateTime::UNIX_EPOCH
}

fn read(text: &str) -> Result<Vec<Instance>, InventoryError> {
    inventory::read(text, "i.yml", &CpiName::new("local_cpi"), now())
}

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/inventory")
}

/// Each bad inventory, the one error that it gets, and a part of its hints.
const INVALID: &[(&str, &str, &str)] = &[
    ("a_list.yml", "i.yml: a list, not an inventory", "`deployments:`"),
    (
        "bad_uuid.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/0].uuid: not a UUID",
        "bosh instances --details",
    ),
    (
        "blank_cid.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].cid: a disk CID cannot be empty",
        "as the cloud gives it",
    ),
    ("bosh_cli.yml", "i.yml: the bosh CLI's output, but not JSON, not an inventory", "--json"),
    (
        "control_cid.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/0].vm_cid: a VM CID cannot hold control characters, nor others that nobody sees",
        "as the cloud gives it",
    ),
    (
        "disks_are_a_mapping.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/0].disks: expected a list, found a mapping",
        "`- ...`",
    ),
    (
        "double_deployment.yml",
        "i.yml:3: deployments[name=prod].name: the same deployment is on line 2 already",
        "one place",
    ),
    (
        "double_disk.yml",
        "i.yml:10: deployments[name=test].instances[name=db/0].disks[0].cid: the same disk is on line 5 already",
        "one place",
    ),
    (
        "double_instance.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/00].name: the same instance is on line 4 already",
        "one place",
    ),
    (
        "double_key.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].vm_cid: written twice, on lines 5 and 6",
        "keep one",
    ),
    (
        "double_uuid.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/1].uuid: the same UUID is on line 4 already",
        "one place",
    ),
    (
        "double_vm.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/1].vm_cid: the same VM is on line 4 already",
        "one place",
    ),
    ("empty.yml", "i.yml: empty, not an inventory", "snapback init"),
    ("html.yml", "i.yml: HTML or XML, not an inventory", "snapback init"),
    (
        "index_is_a_uuid.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/29ae97ec-3106-450b-a848-98cb3b25d86f].name: not GROUP/INDEX",
        "under `uuid:`",
    ),
    (
        "index_is_a_word.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/first].name: the index after the slash is not a number",
        "db/0",
    ),
    (
        "index_is_huge.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/4294967296].name: the index after the slash is not a number",
        "db/0",
    ),
    (
        "index_is_negative.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/-1].name: the index after the slash is not a number",
        "db/0",
    ),
    (
        "long_cid.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].cid: a disk CID of 1025 characters: more than 1024",
        "as the cloud gives it",
    ),
    ("manifest.yml", "i.yml: a manifest, not an inventory", "--manifest"),
    (
        "negative_size.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].size_mib: expected a whole number of 0 or more, found a number",
        "without a sign",
    ),
    (
        "no_cid.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].cid: missing",
        "write the disk's CID",
    ),
    ("no_deployments.yml", "i.yml:1: deployments: missing", "- name: prod"),
    ("no_index.yml", "i.yml:4: deployments[name=prod].instances[name=db].name: not GROUP/INDEX", "db/0"),
    ("no_name.yml", "i.yml:4: deployments[name=prod].instances[0].name: missing", "GROUP/INDEX"),
    (
        "no_size.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].size_mib: a disk without a size",
        "in MiB",
    ),
    ("only_remarks.yml", "i.yml: empty, not an inventory", "snapback init"),
    (
        "properties_are_text.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].cloud_properties: expected a mapping, found text",
        "key: value",
    ),
    (
        "size_with_a_unit.yml",
        "i.yml:6: deployments[name=prod].instances[name=db/0].disks[0].size_mib: expected a number, found text",
        "whole number",
    ),
    (
        "unknown_disk_key.yml",
        "i.yml:7: deployments[name=prod].instances[name=db/0].disks[0]: unknown key `size`",
        "cid, size_mib",
    ),
    (
        "unknown_instance_key.yml",
        "i.yml:5: deployments[name=prod].instances[name=db/0]: unknown key `vm_cdi`",
        "did you mean `vm_cid`?",
    ),
    (
        "unknown_manager.yml",
        "i.yml:4: deployments[name=prod].instances[name=db/0].managed_by: unknown manager",
        "director, create-env, nobody",
    ),
    ("unknown_top_key.yml", "i.yml:1: unknown key `deployment`", "did you mean `deployments`?"),
];

#[test]
fn each_bad_inventory_gets_its_one_error() {
    let mut files: Vec<String> = fs::read_dir(corpus().join("invalid"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    files.sort();
    assert_eq!(files, INVALID.iter().map(|row| row.0).collect::<Vec<_>>());
    for (name, message, hint) in INVALID {
        let error = read(&fs::read_to_string(corpus().join("invalid").join(name)).unwrap()).expect_err(name);
        assert_eq!(error.to_string(), *message, "{name}");
        let error = Error::from(error);
        let hints: Vec<String> = error.hints().iter().map(ToString::to_string).collect();
        assert!(hints.join(" | ").contains(hint), "{name}: {hints:?}");
        assert_eq!(error.kind(), Kind::Usage);
    }
}

#[test]
fn a_full_inventory_is_taken_over_word_for_word() {
    let instances = read(&fs::read_to_string(corpus().join("valid/full.yml")).unwrap()).unwrap();
    assert_eq!(instances.len(), 2);
    let [db, web] = [&instances[0], &instances[1]];
    assert_eq!((db.name.deployment.as_str(), db.name.to_string().as_str()), ("prod", "db/0"));
    assert_eq!(db.uuid.as_deref(), Some("29ae97ec-3106-450b-a848-98cb3b25d86f"));
    assert_eq!((db.az.as_deref(), db.cpi.as_str(), db.managed_by), (Some("z1"), "other_cpi", ManagedBy::Nobody));
    assert_eq!((db.vm.as_ref().map(VmCid::as_str), db.agent_id.as_deref()), (Some("0012"), Some("1e5")));
    assert_eq!(db.confirmed_at, now());
    let disk = &db.disks[0];
    assert_eq!(
        (disk.cid.as_str(), disk.slot, disk.size_mib, disk.az.as_deref()),
        ("123456789", 0, Some(1024), Some("z2"))
    );
    assert_eq!(
        (disk.cpi.as_str(), disk.state, &disk.instance),
        ("other_cpi", DiskState::Active, &Some(db.name.clone()))
    );
    assert_eq!(disk.cloud_properties, Some(serde_json::json!({"type": "gp3", "iops": 3000})));
    assert_eq!((db.disks[1].cid.as_str(), db.disks[1].slot), ("disk-2", 1));
    assert_eq!((web.cpi.as_str(), web.managed_by, web.vm.is_none()), ("local_cpi", ManagedBy::Director, true));
}

#[test]
fn there_is_a_limit_and_just_below_it_all_is_read() {
    let mut text = "deployments:\n- name: prod\n  instances:\n".to_owned();
    for index in 0..MOST_INSTANCES {
        text.push_str(&format!("  - {{name: db/{index}, vm_cid: v{index}}}\n"));
    }
    let start = Instant::now();
    assert_eq!(read(&text).unwrap().len(), MOST_INSTANCES);
    assert!(start.elapsed() < Duration::from_secs(60), "{:?}", start.elapsed());
    text.push_str("  - name: db/100000\n");
    let message = read(&text).unwrap_err().to_string();
    assert!(message.contains("more than 100000 instances") && message.starts_with("i.yml:100004:"), "{message}");
}

#[test]
fn the_example_is_good_and_its_three_commands_make_what_it_names() {
    let instances = read(EXAMPLE_INVENTORY).unwrap();
    let (instance, disk) = (&instances[0], &instances[0].disks[0]);
    let commands: Vec<&str> = EXAMPLE_INVENTORY.lines().filter_map(|line| line.strip_prefix("#   ")).collect();
    assert_eq!(commands.len(), 3);
    let home = tempfile::tempdir().unwrap();
    for command in commands {
        let status = std::process::Command::new("/bin/sh").args(["-c", command]).current_dir(home.path()).status();
        assert!(status.unwrap().success(), "{command}");
    }
    let link =
        home.path().join("snapback-disks/vms").join(instance.vm.as_ref().unwrap().as_str()).join(disk.cid.as_str());
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(fs::read_link(&link).unwrap(), PathBuf::from(format!("../../disks/{}/disk.img", disk.cid)));
    assert_eq!(fs::metadata(&link).unwrap().len(), disk.size_mib.unwrap() << 20);
    let everything = EXAMPLE_INVENTORY.lines().map(|line| match line.trim_start().strip_prefix("# ") {
        Some(rest) if rest.contains(": ") && rest.contains("# optional") => {
            format!("{}{rest}\n", &line[..line.len() - line.trim_start().len()])
        }
        _ => format!("{line}\n"),
    });
    let full = &read(&everything.collect::<String>()).unwrap()[0];
    assert!(full.uuid.is_some() && full.agent_id.is_some() && full.disks[0].cloud_properties.is_some());
    assert_eq!(disk.cid, DiskCid::new("disk-1"));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to an inventory: an answer, soon, in one line, and no panic.
    #[test]
    fn mutated_inventories_never_panic(
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[ -~\n\u{e4}]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = fs::read_to_string(corpus().join("valid/full.yml")).unwrap().chars().collect();
        for (at, length, insert) in cuts {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, insert.chars());
        }
        let start = Instant::now();
        if let Err(error) = read(&text.into_iter().collect::<String>()) {
            prop_assert!(!error.to_string().contains('\n'), "{error}");
        }
        prop_assert!(start.elapsed() < Duration::from_secs(2));
    }
}
