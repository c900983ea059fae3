//! Where the machine gives no more threads or processes, or has a clock that cannot be: errors like any other.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::Command;

use support::Sandbox;
use support::loop_mount::skip;

/// A user of whom nothing runs, so that the limit counts snapback's own threads and children alone.
const USER: &str = "5077";

const CPI: &str = r#"#!/bin/sh
read -r request
case $request in
*'"info"'*) echo '{"result":{"api_version":2,"stemcell_formats":[]},"error":null,"log":""}' ;;
*'"get_disks"'*) echo '{"result":["disk-1"],"error":null,"log":""}' ;;
*'"has_disk"'*) echo '{"result":true,"error":null,"log":""}' ;;
*) echo taken >> taken; echo "{\"result\":\"snap-$$\",\"error\":null,\"log\":\"\"}" ;;
esac
"#;

fn open_to_all(path: &std::path::Path) {
    let is_dir = path.is_dir();
    fs::set_permissions(path, fs::Permissions::from_mode(if is_dir { 0o777 } else { 0o755 })).unwrap();
}

/// A cloud of its own for that user.
fn scene(manifest: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    open_to_all(&sandbox.path(""));
    fs::copy(env!("CARGO_BIN_EXE_snapback"), sandbox.path("snapback")).unwrap();
    sandbox.write("cpi", CPI);
    open_to_all(&sandbox.path("cpi"));
    sandbox.write("director.yml", manifest);
    sandbox.write(
        "inventory.yml",
        "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-1\n        \
         managed_by: nobody\n        disks: [{cid: disk-1, size_mib: 1}]\n",
    );
    for area in ["cloud", "cloud/disks", "cloud/disks/disk-1", "cloud/vms", "cloud/vms/vm-1"] {
        fs::create_dir_all(sandbox.path(area)).unwrap();
        open_to_all(&sandbox.path(area));
    }
    let image = sandbox.path("cloud/disks/disk-1/disk.img");
    fs::write(&image, vec![0; 4096]).unwrap();
    std::os::unix::fs::chown(&image, Some(USER.parse().unwrap()), None).unwrap();
    std::os::unix::fs::symlink("../../disks/disk-1/disk.img", sandbox.path("cloud/vms/vm-1/disk-1")).unwrap();
    sandbox
}

#[test]
fn no_more_threads_is_an_error_like_any_other() {
    let found = Command::new("prlimit").arg("--version").output();
    if !rustix::process::geteuid().is_root() || found.is_err() {
        skip("a limit of threads");
        return;
    }
    let director = "properties:\n  director:\n    name: test\n    enable_snapshots: true\n";
    let local = format!(
        "cloud_provider:\n  template: {{name: local_cpi}}\n  properties: {{local: {{path: cloud}}}}\n{director}"
    );
    let executable = format!(
        "cloud_provider:\n  template: {{name: my_cpi}}\n{director}  snapback: {{cpi: {{path: cpi, lag: 0}}}}\n"
    );
    for (what, manifest) in [("local", &local), ("executable", &executable)] {
        let (mut failed, mut done) = (0, 0);
        for most in 1..=14 {
            let sandbox = scene(manifest);
            let limit = format!("--nproc={most}");
            let (user, group) = (format!("--reuid={USER}"), format!("--regid={USER}"));
            let words = ["setpriv", &user, &group, "--clear-groups", "prlimit", &limit];
            let as_user = |arguments: &[&str], words: &[&str]| {
                sandbox.prepare_of(&sandbox.path("snapback"), arguments).under(words).go()
            };
            as_user(&["import", "inventory.yml"], &words[..4]).quiet_success();
            let ran = as_user(&["take", "--parallel", "2"], &words);
            assert!(![70, 101, 134].contains(&ran.status), "{what}, {most}: {ran:?}");
            assert!(!ran.stderr.contains("a bug in snapback"), "{what}, {most}: {ran:?}");
            if ran.status == 0 {
                done += 1;
                continue;
            }
            failed += 1;
            assert!(ran.stderr.contains("Error: ") && ran.stderr.contains("Hint: "), "{what}, {most}: {ran:?}");
            // What was taken is known, or is a question; and there is a way on.
            as_user(&["recover"], &words[..4]);
            as_user(&["take"], &words[..4]).quiet_success();
        }
        eprintln!("{what}: of 14 limits {failed} failed as they should, {done} were enough");
        assert!(failed > 0 && done > 0, "{what}");
    }
}

#[test]
fn a_clock_before_1970_is_an_error_like_any_other() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    let at = |arguments: &[&str]| sandbox.prepare(arguments).env("SNAPBACK_TEST_NOW", "1969-12-31T23:00:00Z").go();
    for command in [&["take"][..], &["-n", "delete-all", "-d", "prod"], &["recover"], &["import", "inventory.yml"]] {
        at(command).refused(1, &["the clock of this machine is before 1970: 1969-12-31 23:00:00 UTC", "set the clock"]);
    }
    for command in [&["snapshots"][..], &["operations"], &["instances"], &["disks"]] {
        at(command).quiet_success();
    }
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
}
