//! `take` of everything says what it leaves out.

use crate::support::{Sandbox, disk_of, vm_of};

fn inventory(sandbox: &Sandbox, instances: &[(&str, bool, bool)]) {
    let mut text = "deployments:\n  - name: prod\n    instances:\n".to_owned();
    for (name, vm, disk) in instances {
        text += &format!("      - name: {name}\n        managed_by: nobody\n");
        if *vm {
            text += &format!("        vm_cid: {}\n", vm_of(name));
        }
        if *disk {
            text += &format!("        disks: [{{cid: {}}}]\n", disk_of(name));
        }
    }
    sandbox.write("inventory.yml", &text);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
}

#[test]
fn an_instance_that_has_lost_its_disk_is_a_failure_and_one_that_never_had_one_is_not() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    inventory(&sandbox, &[("db/0", true, true), ("db/1", true, true), ("web/0", true, false)]);
    sandbox.run(&["take"]).quiet_success();
    std::fs::remove_file(sandbox.path("cloud/vms/vm-db-0/disk-db-0")).unwrap();
    inventory(&sandbox, &[("db/0", true, false), ("db/1", true, true), ("web/0", true, false)]);
    let ran = sandbox.run(&["take"]);
    assert_eq!(ran.status, 3, "{ran:?}");
    assert!(ran.stderr.contains("db/0 has lost its disk disk-db-0"), "{ran:?}");
    assert!(!ran.stderr.contains("web/0"), "{ran:?}");
    assert!(sandbox.follow_hints(&ran) > 0);
    let rows = sandbox.rows(&["take"], "snapshots");
    assert_eq!(rows.len(), 2, "{rows:#?}");
    let lost = rows.iter().find(|row| row["instance"] == "db/0").unwrap();
    assert!(lost["cid"].is_null() && lost["disk_cid"] == "disk-db-0", "{lost}");
    assert!(lost["error"].as_str().unwrap().contains("has lost its disk"), "{lost}");
    let ran = sandbox.run(&["take", "db/0"]);
    assert_eq!(ran.status, 1, "{ran:?}");
    sandbox.run(&["take", "db/1"]).quiet_success();
    let dry = sandbox.run(&["take", "--dry-run"]);
    assert!(dry.status == 0 && dry.stderr.contains("db/0 has lost its disk disk-db-0"), "{dry:?}");
    sandbox.make_vm("vm-db-0", &["disk-db-0"]);
    // Once it has one again, all is well.
    inventory(&sandbox, &[("db/0", true, true), ("db/1", true, true), ("web/0", true, false)]);
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn a_disk_that_was_only_made_for_an_instance_was_never_lost() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["promote", &cid]).quiet_success();
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
    sandbox.run(&["-n", "undo"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn an_instance_with_another_uuid_has_not_lost_the_disk_of_the_former_one() {
    use crate::who_is_who::lists::{A, B, import, instance};
    let sandbox = Sandbox::with(&["db/1"]);
    let other = instance("db/1", "cccccccc-3333-4333-8333-333333333333", "vm-db-1", &["disk-db-1"]);
    import(&sandbox, &[instance("db/0", A, "vm-x", &["disk-x"]), other.clone()]);
    import(&sandbox, &[instance("db/0", B, "vm-y", &[]), other.clone()]);
    sandbox.run(&["take"]).quiet_success();
    import(&sandbox, &[instance("db/0", A, "vm-z", &[]), other]);
    let ran = sandbox.run(&["take"]);
    assert!(ran.status == 3 && ran.stderr.contains("db/0 has lost its disk disk-x"), "{ran:?}");
}

#[test]
fn a_disk_without_a_vm_is_named_and_taken_where_that_is_asked_for() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    inventory(&sandbox, &[("db/0", false, true), ("db/1", true, true), ("web/0", false, false)]);
    let ran = sandbox.run(&["take"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("Warning: db/0 has disk disk-db-0 and no VM"), "{ran:?}");
    assert!(!ran.stderr.contains("web/0"), "{ran:?}");
    let passed_over = sandbox.rows(&["take"], "passed_over");
    assert_eq!(passed_over.len(), 1);
    assert_eq!((&passed_over[0]["instance"], &passed_over[0]["reason"]), (&"db/0".into(), &"no_vm".into()));
    let rows = sandbox.rows(&["take", "--include-detached"], "snapshots");
    assert!(rows.len() == 2 && rows.iter().all(|row| row["cid"].is_string()), "{rows:#?}");
    sandbox.run(&["take", "db/0"]).refused(5, &["nothing to snapshot", "--include-detached"]);
}
