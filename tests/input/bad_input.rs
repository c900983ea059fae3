//! Bad input: each time one clear error, its status, and nothing done.

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Command;

use support::loop_mount::{Fs, LoopMount, skip};
use support::{Sandbox, disk_of, vm_of};

const DAMAGED: &str = "is damaged";

/// All that a refused command must leave as it is.
fn world(sandbox: &Sandbox) -> (Vec<String>, Vec<String>, Vec<String>) {
    (sandbox.names("cloud/snapshots"), sandbox.names("cloud/disks"), sandbox.names("cloud/tmp"))
}

#[test]
fn the_manifest() {
    let sandbox = Sandbox::with(&["db/0"]);
    let refuse = |texts: &[&str]| {
        sandbox.run(&["take"]).refused(2, &[&["director.yml"][..], texts].concat());
        assert!(sandbox.names("cloud/snapshots").is_empty());
    };
    let good = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("director.yml", "");
    refuse(&["empty", "snapback init"]);
    fs::write(sandbox.path("director.yml"), b"\x7fELF\0\0\0").unwrap();
    refuse(&["not text", "NUL"]);
    sandbox.write(
        "director.yml",
        &good.replace("enable_snapshots: true", "enable_snapshots: true\n    enable_snapshots: false"),
    );
    refuse(&["properties.director.enable_snapshots", "line"]);
    let bomb: String =
        (1..12).map(|n| format!("a{n}: &a{n} [{}]\n", vec![format!("*a{}", n - 1); 9].join(", "))).collect();
    sandbox.write("director.yml", &format!("a0: &a0 [x, x, x]\n{bomb}{good}"));
    refuse(&["alias"]);
    fs::remove_file(sandbox.path("director.yml")).unwrap();
    refuse(&["no such file", "snapback init"]);
    fs::create_dir(sandbox.path("director.yml")).unwrap();
    refuse(&["directory"]);
    fs::remove_dir(sandbox.path("director.yml")).unwrap();
    let huge = fs::File::create(sandbox.path("director.yml")).unwrap();
    huge.set_len(100 << 20).unwrap();
    refuse(&["16 MiB"]);
}

#[test]
fn snapshots_are_off() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.manifest(false, "");
    sandbox.run(&["take"]).refused(
        4,
        &[
            "snapshots are switched off",
            "director.yml, line 10",
            "set properties.director.enable_snapshots: true in director.yml",
        ],
    );
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1, "nothing was taken");
    // Recovery is never switched off.
    sandbox.run(&["snapshots"]).quiet_success();
    sandbox.run(&["promote", &cid]).quiet_success();
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.run(&["-n", "undo"]).quiet_success();
    sandbox.run(&["-n", "delete", &cid]).quiet_success();
}

#[test]
fn the_state_file() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    let before = world(&sandbox);
    let whole = fs::read(sandbox.state()).unwrap();
    let bad = |name: &str, bytes: &[u8]| fs::write(sandbox.path(name), bytes).unwrap();
    fs::create_dir(sandbox.path("directory")).unwrap();
    bad("empty", b"");
    bad("text", b"this is no database, but it is long enough to be looked at");
    bad("short", &whole[..whole.len() / 2]);
    bad("shorter", &whole[..4096]);
    bad("newer", &whole);
    bad("copy", &whole);
    bad("foreign", &whole);
    let sql = |name: &str, sql: &str| {
        let connection = rusqlite::Connection::open(sandbox.path(name)).unwrap();
        connection.execute_batch(sql).unwrap();
    };
    sql("newer", "PRAGMA user_version = 99");
    sql("foreign", "PRAGMA application_id = 7");
    let cases: &[(&str, bool, &[&str])] = &[
        ("directory", true, &["is a directory"]),
        ("missing", true, &["there is no state file at missing", "snapback --state missing init"]),
        ("/dev/null", true, &["no regular file"]),
        ("empty", true, &[DAMAGED, "it is empty", "state backup"]),
        ("text", true, &["it is not SQLite", "--state"]),
        ("short", true, &[DAMAGED, "state backup"]),
        ("shorter", true, &[DAMAGED, "state backup"]),
        ("newer", true, &["schema 99", "use the newer snapback"]),
        ("foreign", true, &["some other program's"]),
        ("copy", false, &["it is a copy of", "snapback --state copy recover"]),
    ];
    for (name, for_readers_too, texts) in cases {
        if *for_readers_too {
            sandbox.run(&["--state", name, "snapshots"]).refused(9, texts);
        } else {
            sandbox.run(&["--state", name, "snapshots"]).quiet_success();
        }
        if *name != "missing" {
            sandbox.run(&["--state", name, "take"]).refused(9, texts);
        }
        sandbox.run(&["--state", name, "-n", "undo"]).refused(9, texts);
    }
    assert_eq!(world(&sandbox), before);
    assert!(!sandbox.path("missing").exists(), "only init, import, take and demo make one");
}

#[test]
fn a_state_file_that_cannot_be_written() {
    let sandbox = Sandbox::with(&["db/0"]);
    let immutable = |flag: &str| {
        Command::new("chattr").arg(flag).arg(sandbox.state()).status().is_ok_and(|status| status.success())
    };
    fs::set_permissions(sandbox.state(), fs::Permissions::from_mode(0o400)).unwrap();
    // Root may write in spite of the mode; nobody may write what is immutable.
    if rustix::process::getuid().is_root() && !immutable("+i") {
        skip("an immutable state file");
        return;
    }
    let ran = sandbox.run(&["take"]);
    let listed = sandbox.run(&["snapshots"]);
    immutable("-i");
    ran.refused(9, &["cannot be written", "give yourself the right"]);
    assert!(sandbox.names("cloud/snapshots").is_empty());
    listed.quiet_success();
}

#[test]
fn a_vanished_state_file_is_not_begun_anew_unasked() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.take("db/0");
    fs::remove_file(sandbox.state()).unwrap();
    for command in [&["take"][..], &["import", "inventory.yml"]] {
        sandbox.run(command).refused(9, &["is gone; it knew 1 operation", "state backup", "snapback init"]);
    }
    assert!(!sandbox.state().exists());
    sandbox.run(&["init"]).quiet_success();
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn a_full_file_system_under_the_state_file() {
    let Some(mount) = LoopMount::new(Fs::Ext4, 16) else { return };
    let sandbox = Sandbox::with(&["db/0"]);
    let state = mount.path().join("s.db");
    let with = |arguments: &[&str]| sandbox.prepare(arguments).env("SNAPBACK_STATE", state.to_str().unwrap()).go();
    with(&["import", "inventory.yml"]).quiet_success();
    with(&["take"]).quiet_success();
    fill(&mount.path());
    // Rows go into free space of the file at first; sooner or later it must grow, and cannot.
    let failed = (0..2000).map(|_| with(&["take", "-q"])).find(|ran| ran.status != 0).unwrap();
    assert_eq!(failed.status, 9, "{failed:?}");
    assert!(failed.stderr.contains("no space is left") || failed.stderr.contains("full"), "{failed:?}");
    with(&["snapshots"]).quiet_success();
    fs::remove_file(mount.path().join("filler")).unwrap();
    with(&["recover"]).quiet_success();
    let listed = with(&["snapshots", "--output", "cid"]);
    let mut listed: Vec<&str> = listed.stdout.lines().collect();
    listed.sort_unstable();
    assert_eq!(sandbox.names("cloud/snapshots"), listed, "no snapshot is lost, none is invented");
    assert!(sandbox.names("cloud/tmp").is_empty());
}

fn fill(directory: &Path) {
    use std::io::Write;
    let mut filler = fs::File::create(directory.join("filler")).unwrap();
    for size in [1 << 20, 4096, 1] {
        while filler.write_all(&vec![1; size]).is_ok() {}
    }
    let _ = filler.sync_all();
}

#[test]
fn a_file_that_may_not_grow() {
    let sandbox = Sandbox::with(&["db/0"]);
    // 1 KiB: less than any change of the state needs.
    let script = format!("ulimit -f 1; exec {} take", env!("CARGO_BIN_EXE_snapback"));
    let output = Command::new("/bin/sh").args(["-c", &script]).current_dir(sandbox.path("")).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(9), "{said}");
    assert!(said.contains("cannot be written"), "{said}");
    assert!(sandbox.names("cloud/snapshots").is_empty(), "refused before the first effect");
    sandbox.run(&["recover"]).quiet_success();
    sandbox.run(&["take"]).quiet_success();
}

#[test]
fn selectors_and_instances() {
    let sandbox = Sandbox::with(&["db/0", "db/1", "web/0"]);
    let cases: &[(&[&str], i32, &[&str])] = &[
        (&["take", "db", "-1"], 2, &["'-1' in 'db -1' is neither an index"]),
        (&["take", "db", "x"], 5, &["no instance 'x'"]),
        (&["take", "db/1.5"], 2, &["neither an index"]),
        (&["take", "/0"], 2, &["no instance group"]),
        (&["take", "a", "b", "c"], 5, &["no instance 'a', and none 'b', and none 'c'", "instances: db/0, db/1, web/0"]),
        (&["take", "db", "web", "0"], 2, &["'0' stands alone among several"]),
        (&["take", "db/9"], 5, &["no instance 'db/9'", "did you mean db/0 or db/1?"]),
        (&["take", "nope"], 5, &["no instance 'nope'"]),
        (&["-d", "other", "take"], 5, &["no deployment 'other'", "deployments: prod"]),
        (&["restore", "--latest", "db"], 5, &["no snapshot of db/0"]),
        (&["restore", "--latest", "db/0"], 5, &["no snapshot of db/0"]),
        (&["restore", "nope"], 5, &["no snapshot 'nope'", "snapback snapshots"]),
        (&["promote", "nope"], 5, &["no snapshot 'nope'"]),
        (&["delete", ""], 2, &["cannot be empty"]),
        (&["delete", "nope", "neither"], 5, &["'nope', 'neither'", "nothing was done"]),
        (&["undo"], 5, &["no restore to undo"]),
        (&["undo", "abc"], 5, &["no operation 'abc'"]),
        (&["operations", "abc"], 5, &["no operation 'abc'"]),
        (&["take", "--parallel", "0"], 2, &["--parallel"]),
        (&["nosuch"], 2, &["nosuch"]),
        (&["snapshots", "--before", "soon"], 2, &["'soon' is not a time"]),
        (&["snapshots", "--column", "nope"], 2, &["no column 'nope'", "created_at"]),
        (&["-n", "delete-all"], 2, &["you must name the deployment"]),
        (&["import", "nope.yml"], 2, &["nope.yml", "no such file"]),
    ];
    let mut followed = 0;
    for (arguments, status, texts) in cases {
        let ran = sandbox.run(arguments);
        ran.refused(*status, texts);
        followed += sandbox.follow_hints(&ran);
    }
    assert!(followed >= 6, "only {followed} hints were commands");
    let long = "x".repeat(5000);
    sandbox.run(&["delete", &long]).refused(2, &["more than 1024"]);
    assert!(sandbox.rows(&["operations"], "operations").is_empty(), "nothing was begun");
}

#[test]
fn several_deployments_must_be_told_apart() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.write("second.yml", "deployments:\n  - name: test\n    instances:\n      - name: db/0\n");
    sandbox.run(&["import", "second.yml"]).quiet_success();
    sandbox.run(&["take"]).refused(2, &["several deployments", "prod, test", "-d"]);
    sandbox.run(&["-d", "prod", "take"]).quiet_success();
    sandbox.prepare(&["take"]).env("BOSH_DEPLOYMENT", "prod").go().quiet_success();
    sandbox.run(&["-d", "test", "take"]).refused(5, &["nothing to snapshot", "db/0"]);
    sandbox.run(&["take", "--all-deployments"]).quiet_success();
}

#[test]
fn an_inventory_older_than_the_world() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    // Somebody has given the VM another disk behind snapback's back.
    let (vm, disk) = (vm_of("db/0"), disk_of("db/0"));
    fs::remove_file(sandbox.path("cloud/vms").join(&vm).join(&disk)).unwrap();
    sandbox.make_disk("disk-new", 1 << 20, "new");
    sandbox.make_vm(&vm, &["disk-new"]);
    let ran = sandbox.run(&["take"]);
    assert_eq!((ran.status, ran.stderr.contains("it has: disk-new")), (4, true), "{ran:?}");
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    // What neither side knows is nobody's business; that the known disk is not attached is told before anything is done.
    let ran = sandbox.run(&["restore", &cid, "--dry-run"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    for words in [format!("disk {disk} is not attached to VM {vm}"), "the inventory is out of date".to_owned()] {
        assert!(ran.stderr.contains(&words), "no '{words}' in {ran:?}");
    }
    assert_eq!(sandbox.content(&vm), "new");
}

#[test]
fn who_manages_an_instance_decides() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    for by in ["director", "create-env"] {
        let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
        sandbox.write("managed.yml", &inventory.replace("managed_by: nobody", &format!("managed_by: {by}")));
        sandbox.run(&["import", "managed.yml"]).quiet_success();
        sandbox.run(&["-n", "restore", &cid, "--via", "cpi"]).refused(8, &["is managed by", "not via 'cpi'"]);
        let (status, why) = match by {
            "director" => (4, "no UUID of db/0"),
            _ => (4, "snapback needs its create-env command line"),
        };
        sandbox.run(&["-n", "restore", &cid]).refused(status, &[why]);
    }
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
}

#[test]
fn a_cpi_that_this_version_cannot_drive() {
    let sandbox = Sandbox::with(&["db/0"]);
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("aws.yml", &inventory.replace("managed_by: nobody", "managed_by: nobody\n        cpi: aws_cpi"));
    sandbox.run(&["import", "aws.yml"]).quiet_success();
    sandbox.run(&["take"]).refused(8, &["no executable of the CPI 'aws_cpi' was found", "nothing was done"]);
    assert!(sandbox.rows(&["operations"], "operations").is_empty());
}

#[test]
fn the_rendered_director_yml_switches_by_its_own_key() {
    let sandbox = Sandbox::with(&["db/0"]);
    let rendered = |enabled: bool| {
        format!(
            "{{\"name\":\"test\",\"snapshots\":{{\"enabled\":{enabled}}},\n\"cloud\":{{\"provider\":{{\"name\":\"local_cpi\"}},\
             \"properties\":{{\"local\":{{\"path\":\"cloud\"}}}}}}}}\n"
        )
    };
    sandbox.write("director.yml", &rendered(false));
    sandbox.run(&["take", "db/0"]).refused(4, &["director.yml, line 1: snapshots.enabled is false"]);
    sandbox.write("director.yml", &rendered(true));
    sandbox.run(&["take", "db/0"]).refused(2, &["director.yml: rendered by BOSH", "--state FILE"]);
    sandbox.run(&["--state", "director-snapshots.db", "take", "db/0"]).quiet_success();
}

#[test]
fn what_this_user_may_not_read() {
    let sandbox = Sandbox::with(&["db/0"]);
    let nobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    if !rustix::process::getuid().is_root() || Command::new("setpriv").arg("--version").output().is_err() {
        skip("files that the user may not read");
        return;
    }
    let open = |path: &str, mode| fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
    // The build's own directory may be closed to others.
    fs::copy(env!("CARGO_BIN_EXE_snapback"), sandbox.path("snapback")).unwrap();
    open("", 0o755);
    let refuse = |arguments: &[&str], status, texts: &[&str]| {
        sandbox.prepare_of(&sandbox.path("snapback"), arguments).under(&nobody).go().refused(status, texts);
    };
    open("director.yml", 0o600);
    refuse(&["snapshots"], 2, &["director.yml", "Permission denied", "run as a user who may"]);
    open("director.yml", 0o644);
    refuse(&["snapshots"], 9, &["director-snapshots.db", "cannot even be read"]);
    open("inventory.yml", 0o600);
    refuse(&["import", "inventory.yml"], 2, &["inventory.yml", "Permission denied"]);
    open("director-snapshots.db", 0o644);
    refuse(&["take"], 9, &["cannot be written"]);
    sandbox.prepare_of(&sandbox.path("snapback"), &["snapshots"]).under(&nobody).go().quiet_success();
}

#[test]
fn the_help_of_the_very_command_is_named() {
    let sandbox = Sandbox::empty();
    for (words, help) in [
        (&["schedule", "at"][..], "run: snapback help schedule at"),
        (&["schedule", "next", "--count", "x"], "run: snapback help schedule next"),
        (&["schedule", "show", "--nope"], "run: snapback help schedule show"),
        (&["take", "--nope"], "run: snapback help take"),
        (&["--nope"], "run: snapback help"),
    ] {
        sandbox.run(words).refused(2, &[help]);
    }
}
