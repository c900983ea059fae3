//! `import` of what BOSH's own tools print and keep: the samples in `fixtures/bosh` are the real CLI's.

use crate::support;

use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use snapback::domain::ids::CpiName;
use snapback::inventory::{self, Source};
use support::Sandbox;

fn fixture(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh").join(name)).unwrap()
}

/// A sandbox with a manifest, the named fixtures as files, and nothing imported.
fn sandbox(files: &[&str]) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    for file in files {
        sandbox.write(file, &fixture(file));
    }
    sandbox
}

/// What an import says: `WHAT CHANGE`, a row each.
fn changes(sandbox: &Sandbox, arguments: &[&str]) -> Vec<String> {
    let rows = sandbox.rows(&[&["import"], arguments].concat(), "changes");
    rows.iter().map(|row| format!("{} {}", row["what"].as_str().unwrap(), row["change"].as_str().unwrap())).collect()
}

/// The named columns of a listing, joined by blanks.
fn listing(sandbox: &Sandbox, arguments: &[&str], content: &str, columns: &[&str]) -> Vec<String> {
    let cell = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "-".to_owned(),
        other => other.to_string(),
    };
    let row = |row: &serde_json::Value| columns.iter().map(|column| cell(&row[*column])).collect::<Vec<_>>().join(" ");
    sandbox.rows(arguments, content).iter().map(row).collect()
}

const DISK_COLUMNS: [&str; 5] = ["disk_cid", "deployment", "instance", "size", "state"];

#[test]
fn instances_with_their_disks() {
    let sandbox = sandbox(&["instances_details.json"]);
    let import = |change: &str| {
        let expected = ["db/0", "db/1", "web/1"].map(|name| format!("{name} {change}"));
        assert_eq!(changes(&sandbox, &["instances_details.json"]), expected);
    };
    import("added");
    import("unchanged");
    let expected = [
        "disk-1 dep db/0 - active",
        "disk-2 dep db/1 - active",
        "disk-3a dep web/1 - active",
        "disk-3b dep web/1 - active",
    ];
    assert_eq!(listing(&sandbox, &["disks"], "disks", &DISK_COLUMNS), expected);
    // By the UUID, too; the Director's instances are the Director's to change.
    sandbox.run(&["instances", "-d", "dep"]).quiet_success();
    let ran = sandbox.run(&["take", "db/22222222-2222-4222-8222-222222222222"]);
    ran.refused(5, &["nothing to snapshot", "no VM"]);
    // What vanished is kept.
    let mut document: serde_json::Value = serde_json::from_str(&fixture("instances_details.json")).unwrap();
    let rows = document["Tables"][0]["Rows"].as_array_mut().unwrap();
    rows.remove(0);
    rows[1]["disk_cids"] = "disk-3b".into();
    sandbox.write("later.json", &document.to_string());
    let expected =
        ["db/0 vanished", "disk disk-1 orphaned", "disk disk-3a orphaned", "db/1 unchanged", "web/1 changed"];
    assert_eq!(changes(&sandbox, &["later.json"]), expected);
    assert_eq!(changes(&sandbox, &["later.json"]), ["db/1 unchanged", "web/1 unchanged"]);
}

#[test]
fn a_manifest_without_a_cpi_is_warned_about() {
    let sandbox = sandbox(&["instances_details.json"]);
    let warned = |arguments: &[&str]| {
        let ran = sandbox.run(&[&["import", "instances_details.json", "--dry-run"], arguments].concat());
        ran.quiet_success();
        ran.stderr.contains("Warning: the manifest names no CPI: new instances are on 'local_cpi'")
    };
    assert!(!warned(&[]));
    sandbox.write("director.yml", "properties: {director: {name: test}}\n");
    assert!(warned(&[]));
    assert!(!warned(&["--cpi", "aws_cpi"]) && !warned(&["--cpi-path", "/x/bin/cpi"]));
    sandbox.write("own.yml", "deployments: [{name: dep, instances: [{name: db/0, managed_by: nobody}]}]");
    assert!(
        !sandbox.run(&["import", "own.yml", "--dry-run"]).stderr.contains("Warning"),
        "nobody's are the local backend's"
    );
}

#[test]
fn older_clis_do_not_say_the_deployment() {
    let sandbox = sandbox(&["instances_older.json"]);
    let ran = sandbox.run(&["import", "instances_older.json"]);
    ran.refused(2, &["instances_older.json: Tables[0].Rows[0].deployment: missing", "-d/--deployment"]);
    assert_eq!(changes(&sandbox, &["instances_older.json", "-d", "prod"]), ["db/0 added", "db/1 added"]);
    let by_variable = sandbox.prepare(&["import", "-"]).env("BOSH_DEPLOYMENT", "prod");
    let ran = by_variable.stdin(&fixture("instances_older.json")).go();
    ran.quiet_success();
    assert_eq!(ran.stdout.matches("unchanged").count(), 2, "{ran:?}");
    assert_eq!(listing(&sandbox, &["disks"], "disks", &DISK_COLUMNS), ["disk-1 prod db/0 - active"]);
    let uuid = "db/29ae97ec-3106-450b-a848-98cb3b25d86f";
    sandbox.run(&["take", uuid, "--dry-run"]).quiet_success();
}

#[test]
fn a_table_for_each_deployment() {
    // `bosh instances` without -d prints one for each.
    let mut document: serde_json::Value = serde_json::from_str(&fixture("instances_details.json")).unwrap();
    let tables = document["Tables"].as_array_mut().unwrap();
    let mut second = tables[0].clone();
    for (number, row) in second["Rows"].as_array_mut().unwrap().iter_mut().enumerate() {
        row["deployment"] = "other".into();
        row["vm_cid"] = "".into();
        row["disk_cids"] = format!("disk-9{number}").into();
    }
    tables.push(second);
    let sandbox = sandbox(&[]);
    sandbox.write("both.json", &document.to_string());
    assert_eq!(changes(&sandbox, &["both.json", "-d", "third"]).len(), 6);
    let deployments = listing(&sandbox, &["instances"], "instances", &["deployment"]);
    assert_eq!(deployments, ["dep", "dep", "dep", "other", "other", "other"], "the column comes before -d");
    for table in document["Tables"].as_array_mut().unwrap() {
        for row in table["Rows"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().remove("deployment");
        }
    }
    sandbox.write("older.json", &document.to_string());
    let ran = sandbox.run(&["import", "older.json", "-d", "dep"]);
    ran.refused(2, &["Tables[0].Rows[0].deployment: missing", "each deployment by itself"]);
}

#[test]
fn what_bosh_does_not_know_stays() {
    let sandbox = sandbox(&["instances_details.json"]);
    let disks = "disks: [{cid: disk-3b, size_mib: 7}, {cid: disk-3a}]";
    sandbox.write(
        "own.yml",
        &format!("deployments: [{{name: dep, instances: [{{name: web/1, cpi: other_cpi, vm_cid: vm-3, {disks}}}]}}]"),
    );
    sandbox.run(&["import", "own.yml"]).quiet_success();
    changes(&sandbox, &["instances_details.json"]);
    let columns = ["disk_cid", "instance", "size", "state", "cpi"];
    let found = listing(&sandbox, &["disks"], "disks", &columns);
    assert_eq!(found[2..], ["disk-3b web/1 7 active other_cpi", "disk-3a web/1 - active other_cpi"]);
    assert_eq!(found.len(), 4);
}

#[test]
fn the_state_of_create_env() {
    let sandbox = sandbox(&["bosh-state.json"]);
    assert_eq!(changes(&sandbox, &["bosh-state.json"]), ["director/0 added"]);
    assert_eq!(changes(&sandbox, &["bosh-state.json"]), ["director/0 unchanged"]);
    assert_eq!(listing(&sandbox, &["disks"], "disks", &DISK_COLUMNS), ["disk-af3f8967 self director/0 65536 active"]);
    let expected = ["director/0 self vm-6483b4b9 create-env"];
    let columns = ["instance", "deployment", "vm_cid", "managed_by"];
    assert_eq!(listing(&sandbox, &["instances"], "instances", &columns), expected);
}

#[test]
fn orphaned_disks_go_to_their_instance_where_it_is_known() {
    let sandbox = sandbox(&["disks_orphaned.json", "instances_details.json"]);
    assert_eq!(changes(&sandbox, &["disks_orphaned.json"]), ["disk disk-old-2 added", "disk disk-old-1 added"]);
    let all = ["disks_orphaned.json", "instances_details.json"];
    let expected = ["db/0 added", "db/1 added", "web/1 added", "disk disk-old-2 unchanged", "disk disk-old-1 changed"];
    assert_eq!(changes(&sandbox, &all), expected, "disk-old-1 has found its instance");
    let expected = expected.map(|line| format!("{} unchanged", line.rsplit_once(' ').unwrap().0));
    assert_eq!(changes(&sandbox, &all), expected);
    let columns = ["disk_cid", "deployment", "instance", "az", "size", "orphaned_at"];
    // The deployment 'gone' had another instance of that UUID, which nobody knows: it is called as the list called it.
    let expected = [
        "disk-old-2 gone web/33333333-3333-4333-8333-333333333333 - 500 2026-09-20T01:02:03.000Z",
        "disk-old-1 dep db/0 z1 10240 2026-09-19T01:02:03.000Z",
    ];
    assert_eq!(listing(&sandbox, &["disks", "--orphaned"], "disks", &columns), expected);
}

#[test]
fn an_orphan_of_an_instance_with_an_odd_name_is_no_reason_to_lose_the_others() {
    let sandbox = sandbox(&[]);
    let row = |cid: &str, instance: &str| {
        format!(
            r#"{{"disk_cid": "{cid}", "size": "1.0 GiB", "deployment": "dep", "instance": "{instance}", "az": "",
            "orphaned_at": "Sun Sep 20 01:02:03 UTC 2026"}}"#
        )
    };
    let rows = [row("d-1", "?"), row("d-2", "db"), row("d-3", ""), row("d-4", "db/0")].join(", ");
    sandbox.write("disks.json", &format!(r#"{{"Tables": [{{"Content": "disks", "Rows": [{rows}]}}]}}"#));
    assert_eq!(changes(&sandbox, &["disks.json"]).len(), 4);
    let shown = sandbox.run(&["disks", "--orphaned", "--column=disk_cid", "--column=instance"]).stdout;
    assert_eq!(shown, "d-1\t?\t\nd-2\tdb\t\nd-3\t-\t\nd-4\tdb/0\t\n");
}

#[test]
fn an_orphan_of_an_instance_that_has_vanished_and_what_is_known_better() {
    let sandbox = sandbox(&["disks_orphaned.json"]);
    let instance = |index: u32, uuid: char, disk: &str| {
        let uuid = "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace('x', &uuid.to_string());
        format!("{{name: db/{index}, managed_by: director, uuid: {uuid}, disks: [{{cid: {disk}, size_mib: 10000}}]}}")
    };
    let import = |instances: &str| {
        sandbox.write("own.yml", &format!("deployments: [{{name: dep, instances: [{instances}]}}]"));
        changes(&sandbox, &["own.yml"])
    };
    import(&[instance(0, '1', "disk-1"), instance(1, '2', "disk-old-1")].join(", "));
    assert_eq!(import(&instance(1, '2', "disk-old-1")), ["db/0 vanished", "disk disk-1 orphaned", "db/1 unchanged"]);
    // The Director's newer word: the disk is no longer that of db/1. Its exact size and its instance stay known.
    let expected = ["disk disk-old-2 added", "disk disk-old-1 orphaned"];
    assert_eq!(changes(&sandbox, &["disks_orphaned.json"]), expected);
    let found = listing(&sandbox, &["disks", "--orphaned"], "disks", &DISK_COLUMNS);
    assert_eq!(found[2], "disk-old-1 dep db/1 10000 orphaned");
    // Where the same import, or nobody's instance, has the disk in use, the list is not believed.
    sandbox.write("both.json", &fixture("disks_orphaned.json").replace("disk-old-2", "disk-old-3"));
    let ran = sandbox.run(&["import", "own.yml", "both.json"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("disk disk-old-1 is a disk of db/1 in deployment 'dep', and not orphaned"), "{ran:?}");
    let expected = ["disk-old-1 dep db/1 10000 active"];
    let active = listing(&sandbox, &["disks"], "disks", &DISK_COLUMNS);
    assert_eq!(
        active.iter().filter(|row| row.ends_with(" active")).collect::<Vec<_>>(),
        expected.iter().collect::<Vec<_>>()
    );
    // A disk of an instance that has vanished is that instance's all the same.
    sandbox.write("db-0.json", &fixture("disks_orphaned.json").replace("disk-old-1", "disk-older"));
    changes(&sandbox, &["db-0.json"]);
    let found = listing(&sandbox, &["disks", "--orphaned"], "disks", &DISK_COLUMNS);
    assert!(found.contains(&"disk-older dep db/0 10240 orphaned".to_owned()), "{found:?}");
}

const SNAPSHOT_COLUMNS: [&str; 6] = ["cid", "instance", "disk_cid", "owner", "clean", "created_at"];

fn snapshots(sandbox: &Sandbox) -> Vec<String> {
    listing(sandbox, &["snapshots", "--wide"], "snapshots", &SNAPSHOT_COLUMNS)
}

#[test]
fn the_directors_snapshots() {
    let sandbox = sandbox(&["instances_details.json", "snapshots.json", "snapshots_empty.json"]);
    // In any order: the instances come first.
    let all = ["snapshots.json", "instances_details.json"];
    let names = ["db/0", "db/1", "web/1", "snapshot snap-7b1f0b00", "snapshot snap-0a2c9d11", "snapshot snap-ffee0011"];
    let dry = changes(&sandbox, &[&all[..], &["--dry-run"]].concat());
    assert_eq!(dry, names.map(|name| format!("{name} would be imported")));
    assert!(!sandbox.state().exists());
    assert_eq!(changes(&sandbox, &all), names.map(|name| format!("{name} added")));
    assert_eq!(changes(&sandbox, &all), names.map(|name| format!("{name} unchanged")));
    let expected = [
        "snap-7b1f0b00 db/0 disk-1 director false 2026-09-20T18:02:09.000Z",
        "snap-0a2c9d11 db/0 disk-1 director true 2026-09-21T18:02:10.000Z",
        "snap-ffee0011 web/1 - director false 2026-01-05T06:07:08.000Z",
    ];
    assert_eq!(snapshots(&sandbox), expected);

    // Only the Director may delete them.
    for arguments in [&["-n", "delete", "snap-0a2c9d11"][..], &["-n", "-d", "dep", "delete-all"]] {
        let ran = sandbox.run(arguments);
        ran.refused(4, &["is the Director's", "run: bosh -d 'dep' delete-snapshot 'snap-"]);
    }
    assert!(sandbox.rows(&["operations"], "operations").is_empty());

    // One is deleted there, and then none is left.
    let mut document: serde_json::Value = serde_json::from_str(&fixture("snapshots.json")).unwrap();
    document["Tables"][0]["Rows"].as_array_mut().unwrap().remove(1);
    sandbox.write("later.json", &document.to_string());
    let [first, gone, last] = [names[3], names[4], names[5]];
    let expected = [format!("{gone} gone"), format!("{first} unchanged"), format!("{last} unchanged")];
    assert_eq!(changes(&sandbox, &["later.json"]), expected);
    assert_eq!(snapshots(&sandbox).len(), 2);
    let found = changes(&sandbox, &["snapshots.json"]);
    assert_eq!(found[1], format!("{gone} added"), "it is there again");
    sandbox.write("none.json", &fixture("snapshots_empty.json").replace("'empty'", "'dep'"));
    assert_eq!(changes(&sandbox, &["none.json"]).len(), 3);
    assert!(snapshots(&sandbox).is_empty());
    let ran = sandbox.run(&["import", "none.json"]);
    ran.quiet_success();
    assert!(ran.stderr.contains("nothing in it"), "{ran:?}");
}

#[test]
fn snapshots_of_what_is_not_known() {
    let sandbox = sandbox(&["instances_details.json", "snapshots.json"]);
    let first = ["run: bosh -d 'dep' instances --details --json", "import instances.json"];
    sandbox.run(&["import", "snapshots.json"]).refused(5, &["of deployment 'dep', which is not known", first[0]]);
    sandbox.write("own.yml", "deployments: [{name: dep, instances: [{name: db/0}]}]");
    let ran = sandbox.run(&["import", "own.yml", "snapshots.json"]);
    ran.refused(5, &["snapshots.json: snapshot snap-ffee0011 is of web/1, which is not known", first[0], first[1]]);
    assert!(sandbox.rows(&["instances"], "instances").is_empty(), "all, or nothing");

    // Of which deployment they are: said by the file, named, or the only one.
    let silent = fixture("snapshots.json").replace("Using deployment 'dep'", "");
    sandbox.write("silent.json", &silent);
    sandbox.run(&["import", "silent.json"]).refused(5, &["no deployment is known yet", "instances --details"]);
    changes(&sandbox, &["instances_details.json"]);
    sandbox.run(&["import", "silent.json"]).quiet_success();
    sandbox.write("second.yml", "deployments: [{name: other, instances: [{name: db/0}]}]");
    sandbox.run(&["import", "second.yml"]).quiet_success();
    sandbox.run(&["import", "silent.json"]).refused(2, &["which deployment", "-d/--deployment", "dep, other"]);
    sandbox.run(&["import", "silent.json", "-d", "dep"]).quiet_success();
    sandbox.prepare(&["import", "silent.json"]).env("BOSH_DEPLOYMENT", "dep").go().quiet_success();
    let ran = sandbox.run(&["import", "snapshots.json", "-d", "other"]);
    ran.refused(2, &["of deployment 'dep', but you named 'other'", "leave out -d"]);
    assert_eq!(snapshots(&sandbox).len(), 3);
}

#[test]
fn a_snapshot_of_which_too_little_is_said_is_passed_over_and_no_other_is_lost() {
    let sandbox = Sandbox::with(&["db/0"]);
    let row = |cid: &str, instance: &str, time: &str| {
        format!(r#"{{"instance": "{instance}", "cid": "{cid}", "created_at": "{time}", "clean": "true"}}"#)
    };
    let list = |name: &str, rows: &[String]| {
        let rows = rows.join(", ");
        let text = format!(
            r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{rows}]}}], "Lines": ["Using deployment 'prod'"]}}"#
        );
        sandbox.write(name, &text);
    };
    let time = "Sun Sep 20 18:02:09 UTC 2026";
    list("good.json", &[row("s-1", "db/0", time), row("s-2", "db/0", time)]);
    assert_eq!(changes(&sandbox, &["good.json"]), ["snapshot s-1 added", "snapshot s-2 added"]);
    // What is known of such a one stays: the Director has it still.
    let odd = [
        row("s-0", "?/?", time),
        row("s-1", "db/?", time),
        row("s-2", "db/0", time),
        row("s-3", "db/0", time),
        row("s-4", "db/0", ""),
        row("s-5", "?/0", time),
    ];
    list("odd.json", &odd);
    for arguments in [&["import", "odd.json", "--dry-run"][..], &["import", "odd.json"]] {
        let ran = sandbox.run(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
        for (cid, lacks) in [("s-0", "instance"), ("s-1", "instance"), ("s-4", "time"), ("s-5", "instance")] {
            let line = format!("Warning: odd.json: the Director says of snapshot {cid}: no {lacks}; passed over\n");
            assert!(ran.stderr.contains(&line), "{line}: {ran:?}");
        }
    }
    let cids: Vec<String> = listing(&sandbox, &["snapshots"], "snapshots", &["cid", "instance"]);
    assert_eq!(cids, ["s-1 db/0", "s-2 db/0", "s-3 db/0"]);
    list("odd.json", &odd[..1]);
    assert_eq!(changes(&sandbox, &["odd.json"]).len(), 3, "those that it lacks are gone");
    // Without the columns it is no such list.
    let row = r#"{"Tables": [{"Content": "snapshots", "Rows": [{"cid": "s-1", "instance": "db/0"}]}]}"#;
    sandbox.write("columns.json", row);
    sandbox
        .run(&["import", "-d", "prod", "columns.json"])
        .refused(2, &["Rows[0].created_at: missing", "without --column"]);
}

#[test]
fn snapbacks_own_snapshots_are_never_gone_by_a_list() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let row = |cid: &str| {
        format!(
            r#"{{"instance": "db/0", "cid": "{cid}", "created_at": "Sun Sep 20 18:02:09 UTC 2026", "clean": "true"}}"#
        )
    };
    let list = |rows: &[String]| {
        let rows = rows.join(", ");
        format!(r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{rows}]}}], "Lines": ["Using deployment 'prod'"]}}"#)
    };
    let before = snapshots(&sandbox);
    sandbox.write("list.json", &list(&[row(&cid), row("snap-1")]));
    assert_eq!(
        changes(&sandbox, &["list.json"]),
        [format!("snapshot {cid} unchanged"), "snapshot snap-1 added".to_owned()]
    );
    sandbox.write("list.json", &list(&[]));
    assert_eq!(changes(&sandbox, &["list.json"]), ["snapshot snap-1 gone"]);
    assert_eq!(snapshots(&sandbox), before);
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
}

#[test]
fn a_snapshot_of_an_unknown_disk_is_not_guessed_about() {
    // A snapshot that the cloud has, and that a second state file knows from the Director's list alone.
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.make_disk("disk-b", 1 << 20, "b");
    sandbox.make_vm("vm-db-0", &["disk-b"]);
    let disks = "disks: [{cid: disk-db-0}, {cid: disk-b}]";
    let instance = format!("{{name: db/0, managed_by: nobody, vm_cid: vm-db-0, {disks}}}");
    sandbox.write("own.yml", &format!("deployments: [{{name: dep, instances: [{instance}]}}]"));
    let row = format!(
        r#"{{"instance": "db/0", "cid": "{cid}", "created_at": "Sun Sep 20 18:02:09 UTC 2026", "clean": "true"}}"#
    );
    sandbox.write("list.json", &format!(r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{row}]}}]}}"#));
    sandbox.run(&["--state", "second.db", "import", "own.yml", "list.json"]).quiet_success();
    let ran = sandbox.run(&["--state", "second.db", "-n", "restore", &cid]);
    ran.refused(8, &["db/0 has 2 disks (disk-db-0, disk-b), and none of them is known", &format!("promote {cid}")]);
    assert_eq!(sandbox.follow_hints(&ran), 1);
    assert_eq!(sandbox.attached("vm-db-0"), ["disk-b", "disk-db-0"]);
}

#[test]
fn wrong_input_is_told_for_what_it_is() {
    let table = |content: &str, row: &str| {
        format!(r#"{{"Tables": [{{"Content": "{content}", "Rows": [{row}]}}], "Lines": ["Succeeded"]}}"#)
    };
    let sample = fixture("instances_details.json");
    let cut = &sample[..sample.len() / 2];
    let cut_at = format!("f:{}: JSON that ends in the middle", cut.lines().count());
    let failed = sample.replace("\"Succeeded\"", "\"Fetching instances for 'b': no route\", \"Exit code 1\"");
    let error = r#"{"Tables": null, "Blocks": null, "Lines": ["Expected non-empty Director URL", "Exit code 1"]}"#;
    let state = |from: &str, to: &str| fixture("bosh-state.json").replace(from, to);
    let row = |more: &str| format!(r#"{{"vm_cid": "v", "disk_cids": "d", "deployment": "p", {more}}}"#);
    let cases: &[(String, &[&str])] = &[
        (String::new(), &["f: empty, not an inventory", "bosh instances --details --json"]),
        (" ".repeat((16 << 20) + 1), &["f: larger than 16 MiB", "a deployment each"]),
        ("<!DOCTYPE html><html>Log in</html>".to_owned(), &["f: HTML or XML"]),
        (cut.to_owned(), &[&cut_at, "interrupted"]),
        (sample.replacen(": ", " ", 1), &["f:2: JSON that cannot be read", "stderr"]),
        (fixture("instances_details_tty.txt"), &["in text form", "--json"]),
        (fixture("instances_details_pipe.txt"), &["in text form", "--json"]),
        ("snap-7b1f0b00\tSun Sep 20 18:02:09 UTC 2026\t\n".to_owned(), &["in text form", "--json"]),
        (fixture("disks_orphaned_tty.txt"), &["in text form", "--json"]),
        (table("vms", ""), &["f: Tables[0].Content: the output of `bosh vms`", "instances --details"]),
        (table("releases", ""), &["a table of 'releases'", "bosh snapshots --json"]),
        (table("instances", r#"{"instance": "db/0"}"#), &["Rows[0].vm_cid: missing", "only with --details"]),
        (table("instances", &row(r#""instance": "db""#)), &["Rows[0].instance: not an instance", "GROUP/INDEX"]),
        (table("instances", &row(r#""instance": "db/0", "az": 1"#)), &["Rows[0].az: expected text, found a number"]),
        (table("instances", "7"), &["Tables[0].Rows[0]: expected an object, found a number"]),
        (
            table("instances", &row(r#""instance": "db/29ae97ec-3106-450b-a848-98cb3b25d86f""#)),
            &["Rows[0].index: missing", "--column"],
        ),
        (
            table("instances", &[row(r#""instance": "db/0""#), row(r#""instance": "db/0""#)].join(", ")),
            &["db/0 of deployment 'p' is in another row too"],
        ),
        (
            table("instances", &[row(r#""instance": "db/0""#), row(r#""instance": "db/1""#)].join(", ")),
            &["VM v (of db/0 and of db/1) is in another row too"],
        ),
        (table("disks", r#"{"disk_cid": "d", "size": "1 GiB"}"#), &["Rows[0].orphaned_at: missing", "--orphaned"]),
        (table("snapshots", r#"{"cid": "s", "created_at": "x"}"#), &["Rows[0].instance: missing", "--column"]),
        (failed, &["the bosh command failed: Fetching instances for 'b': no route", "until it succeeds"]),
        (error.to_owned(), &["the bosh command failed: Expected non-empty Director URL"]),
        (
            r#"{"Tables": null, "Lines": ["Task 1", "Succeeded"]}"#.to_owned(),
            &["without a table; its last line: Succeeded"],
        ),
        (
            state(
                "\"current_disk_id\": \"500d1c1b-c65c-415d-720b-5986033a05b7\"",
                "\"current_disk_id\": \"disk-af3f8967\"",
            ),
            &["current_disk_id: no record of disks[] has this id", "not a CID"],
        ),
        (state("65536", "\"64 GB\""), &["disks[1].size: not a size in MiB"]),
        (state("\"disk-af3f8967\"", "\"\""), &["disks[1].cid: missing"]),
    ];
    let sandbox = sandbox(&["bosh-state.json"]);
    for (text, words) in cases {
        sandbox.write("f", text);
        sandbox.run(&["import", "bosh-state.json", "f"]).refused(2, words);
        assert!(!sandbox.state().exists(), "nothing of the good file is taken in: {words:?}");
    }
}

/// Whatever is done to a file: an answer, soon, in one line, and no panic.
fn survives(text: &str) -> Result<(), TestCaseError> {
    let default_cpi = CpiName::new("local_cpi");
    let now = chrono::DateTime::UNIX_EPOCH;
    let start = Instant::now();
    let source = Source {
        name: "f",
        default_cpi: &default_cpi,
        zones: snapback::domain::zones::Zones::NONE,
        deployment: None,
        now,
    };
    match inventory::recognise(text, &source) {
        Ok(found) => drop(found.said_twice()),
        Err(error) => prop_assert!(!error.to_string().contains('\n'), "{error}"),
    }
    prop_assert!(start.elapsed() < Duration::from_secs(2));
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutated_samples_never_panic(
        sample in prop::sample::select(vec![
            "instances_details.json", "instances_older.json", "disks_orphaned.json", "snapshots.json", "bosh-state.json",
        ]),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[ -~\n\u{e4}]{0,6}"), 1..6),
    ) {
        let mut text: Vec<char> = fixture(sample).chars().collect();
        for (at, length, insert) in cuts {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, insert.chars());
        }
        survives(&text.into_iter().collect::<String>())?;
    }

    /// The texts of the cells alone, so that the frame stays whole and each reader is reached.
    #[test]
    fn mutated_cells_never_panic(
        sample in prop::sample::select(vec!["instances_details.json", "disks_orphaned.json", "snapshots.json"]),
        row in 0usize..3,
        column in any::<prop::sample::Index>(),
        value in prop_oneof![
            "\\PC{0,12}".prop_map(serde_json::Value::from),
            "[0-9A-Za-z/ :().+-]{0,30}".prop_map(serde_json::Value::from),
            Just(serde_json::Value::Null), Just(serde_json::json!({})), Just(serde_json::json!(1e300)),
        ],
    ) {
        let mut document: serde_json::Value = serde_json::from_str(&fixture(sample)).unwrap();
        let rows = document["Tables"][0]["Rows"].as_array_mut().unwrap();
        let row = row % rows.len();
        let cells = rows[row].as_object_mut().unwrap();
        let name = cells.keys().nth(column.index(cells.len())).unwrap().clone();
        cells.insert(name, value);
        survives(&document.to_string())?;
    }
}
