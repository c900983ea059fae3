//! What `snapshots`, `instances` and `disks --orphaned` print, beside what the real `bosh` CLI 7.10.6 printed for the
//! same rows (`fixtures/bosh/cli`; the bytes after the lines that name the environment).

use crate::support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::Sandbox;

fn fixture(name: &str) -> String {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh");
    fs::read_to_string(directory.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The rows that stood behind the real CLI.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    sandbox.write("instances.json", &fixture("instances_details.json"));
    sandbox.write("snapshots.json", &fixture("snapshots.json"));
    sandbox.write("orphaned.json", &fixture("disks_orphaned.json"));
    sandbox.run(&["import", "instances.json", "snapshots.json", "orphaned.json"]).quiet_success();
    sandbox
}

/// What a terminal got, from the header on: without the carriage returns that the terminal adds, and without the
/// closing "Succeeded", which is chatter.
fn on_a_terminal(name: &str) -> String {
    let text = fixture(name).replace("\r\n", "\n");
    let table = &text[text.find("\x1b[1m").unwrap()..];
    table.strip_suffix("\nSucceeded\n").unwrap().to_owned()
}

fn tables(text: &str) -> Value {
    serde_json::from_str::<Value>(text).unwrap()["Tables"].clone()
}

/// All of a document but its last value, `Lines`, which names the environment.
fn before_the_lines(text: &str) -> &str {
    text.split("\n    \"Lines\":").next().unwrap()
}

#[test]
fn in_a_pipe() {
    let sandbox = sandbox();
    assert_eq!(sandbox.run(&["-d", "dep", "snapshots"]).stdout, fixture("cli/snapshots_pipe.stdout"));
    let columns = sandbox.run(&["snapshots", "--column", "cid", "--column", "Created At"]);
    assert_eq!(columns.stdout, fixture("cli/snapshots_columns_pipe.stdout"));
    let swapped = sandbox.run(&["snapshots", "--column", "created_at", "--column", "CID"]);
    assert_eq!(swapped.stdout, columns.stdout, "the table's order, as the CLI's");
    assert_eq!(sandbox.run(&["-d", "dep", "snapshots", "nobody"]).stdout, fixture("cli/snapshots_empty_pipe.stdout"));
    assert_eq!(sandbox.run(&["instances"]).stdout, fixture("cli/instances_pipe.stdout"));
    for arguments in [["instances", "--details"], ["instances", "-i"], ["is", "-i"]] {
        assert_eq!(sandbox.run(&arguments).stdout, fixture("cli/instances_details_pipe.stdout"), "{arguments:?}");
    }
    let before = sandbox.run(&["--column", "cid", "--column=Created At", "-d", "dep", "snapshots"]);
    assert_eq!(before.stdout, columns.stdout, "before the verb, as the CLI's");
    for arguments in [&["disks", "--orphaned"][..], &["-d", "dep", "disks", "--orphaned"]] {
        assert_eq!(sandbox.run(arguments).stdout, fixture("cli/disks_orphaned_pipe.stdout"), "{arguments:?}");
    }
}

#[test]
fn on_a_terminal_too() {
    let sandbox = sandbox();
    let shown = |arguments: &[&str]| sandbox.prepare(arguments).on_a_terminal().stdout;
    assert_eq!(shown(&["snapshots"]), on_a_terminal("cli/snapshots_tty.stdout"));
    let columns = shown(&["snapshots", "--column=cid", "--column=created at"]);
    assert_eq!(columns, on_a_terminal("cli/snapshots_columns_tty.stdout"));
    assert_eq!(shown(&["snapshots", "--before", "2001-01-01"]), on_a_terminal("cli/snapshots_empty_tty.stdout"));
    assert_eq!(shown(&["instances"]), on_a_terminal("cli/instances_tty.stdout"));
    assert_eq!(shown(&["-d", "dep", "instances"]), on_a_terminal("cli/instances_tty.stdout"));
    assert_eq!(shown(&["instances", "--details"]), on_a_terminal("cli/instances_details_tty.stdout"));
    assert_eq!(shown(&["disks", "--orphaned"]), on_a_terminal("cli/disks_orphaned_tty.stdout"));
    let dumb = sandbox.prepare(&["snapshots"]).env("TERM", "dumb").on_a_terminal().stdout;
    let forced = fixture("cli/snapshots_forced_tty.stdout");
    let table = &forced[forced.find("Instance ").unwrap()..];
    assert_eq!(dumb, table.strip_suffix("\nSucceeded\n").unwrap());
    assert_eq!(sandbox.run(&["snapshots", "--tty"]).stdout, dumb, "forced, it has no colours");
}

#[test]
fn as_json() {
    let sandbox = sandbox();
    for (arguments, name) in [
        (&["-d", "dep", "snapshots", "--json"][..], "cli/snapshots_json.stdout"),
        (&["snapshots", "--json", "--column", "cid", "--column", "created at"], "cli/snapshots_columns_json.stdout"),
        (&["-d", "dep", "snapshots", "--before", "2001-01-01", "--json"], "cli/snapshots_empty_json.stdout"),
        (&["instances", "--details", "--json"], "cli/instances_details_json.stdout"),
        (&["disks", "--orphaned", "--json"], "cli/disks_orphaned_json.stdout"),
    ] {
        let ran = sandbox.run(arguments);
        assert_eq!(before_the_lines(&ran.stdout), before_the_lines(&fixture(name)), "{arguments:?}");
        assert!(ran.stdout.ends_with("    ]\n}") && fixture(name).ends_with("    ]\n}"));
        assert_eq!(tables(&ran.stdout), tables(&fixture(name)));
    }
}

/// A document as the bosh CLI prints it, with these rows.
fn document(content: &str, rows: &[Value]) -> String {
    let table = serde_json::json!({"Content": content, "Header": {}, "Rows": rows, "Notes": null});
    serde_json::json!({"Tables": [table], "Blocks": null, "Lines": ["Using deployment 'dep'", "Succeeded"]}).to_string()
}

fn instance(deployment: &str, name: &str, index: u32, cells: &[(&str, &str)]) -> Value {
    let mut row = serde_json::json!({
        "instance": name, "process_state": "running", "az": "z1", "ips": "10.0.0.1", "deployment": deployment,
        "state": "started", "vm_cid": "", "vm_type": "default", "disk_cids": "", "agent_id": "", "bootstrap": "true",
        "index": index.to_string(), "ignore": "false",
    });
    for (column, value) in cells {
        row[*column] = (*value).into();
    }
    row
}

fn uuid(digit: char) -> String {
    "xxxxxxxx-xxxx-4xxx-8xxx-xxxxxxxxxxxx".replace('x', &digit.to_string())
}

#[test]
fn a_table_for_each_deployment_each_with_its_own_widths() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    let nothing = sandbox.run(&["--state", "other.db", "instances"]);
    nothing.refused(9, &["other.db"]);
    let (one, two) = (format!("db/{}", uuid('2')), format!("db-proxy/{}", uuid('1')));
    let rows = [
        instance("b", &one, 0, &[("process_state", "failing")]),
        instance("b", &two, 0, &[]),
        instance("a", "x/0", 0, &[]),
    ];
    sandbox.write("instances.json", &document("instances", &rows));
    sandbox.run(&["import", "instances.json"]).quiet_success();
    // The CLI sorts by the whole name, in which a hyphen comes before a slash.
    let second = format!("{two}\trunning\tz1\t10.0.0.1\tb\t\n{one}      \tfailing\tz1\t10.0.0.1\tb\t\n");
    assert_eq!(sandbox.run(&["instances"]).stdout, format!("x/0\trunning\tz1\t10.0.0.1\ta\t\n{second}"));
    assert_eq!(sandbox.run(&["-d", "b", "instances"]).stdout, second);

    let shown = sandbox.prepare(&["instances"]).env("NO_COLOR", "1").on_a_terminal();
    assert_eq!(shown.stderr, "Deployment 'a'\n\nDeployment 'b'\n\n");
    let head =
        "Instance  Process State  AZ  IPs       Deployment  \nx/0       running        z1  10.0.0.1  a           \n";
    assert!(shown.stdout.starts_with(&head.replace("a           \n", "a  \n")), "{shown:?}");
    assert!(shown.stdout.contains("\n\n1 instances\n\nInstance  ") && shown.stdout.ends_with("\n\n2 instances\n"));

    let tables = tables(&sandbox.run(&["instances", "--json"]).stdout);
    assert_eq!((tables.as_array().unwrap().len(), tables[0]["Rows"][0]["instance"].as_str()), (2, Some("x/0")));
    assert_eq!(tables[1]["Rows"].as_array().unwrap().len(), 2);
    let typed = sandbox.rows(&["instances"], "instances");
    assert_eq!(typed.len(), 3, "typed output has one list");
    assert_eq!((&typed[1]["instance"], &typed[1]["uuid"]), (&"db-proxy/0".into(), &uuid('1').into()));
    assert_eq!(typed[1]["ips"], serde_json::json!(["10.0.0.1"]));
}

#[test]
fn empty_lists() {
    let sandbox = Sandbox::with(&[]);
    for arguments in [&["snapshots"][..], &["instances"], &["disks", "--orphaned"]] {
        assert_eq!(sandbox.run(arguments).stdout, "", "{arguments:?}");
    }
    // Without a deployment there is no table of instances, as there is none in the CLI.
    let none = serde_json::from_str::<Value>(&sandbox.run(&["instances", "--json"]).stdout).unwrap();
    assert_eq!((&none["Tables"], &none["Blocks"]), (&Value::Null, &Value::Null));
    assert_eq!(tables(&sandbox.run(&["disks", "--orphaned", "--json"]).stdout)[0]["Rows"], serde_json::json!([]));
    let shown = sandbox.prepare(&["disks", "--orphaned"]).env("NO_COLOR", "1").on_a_terminal();
    assert_eq!(shown.stdout, "Disk CID  Size  Deployment  Instance  AZ  Orphaned At  \n\n0 disks\n");
}

#[test]
fn odd_rows() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    let name = format!("dätenbank/{}", uuid('1'));
    let cells =
        [("az", "<z&1>"), ("ips", "10.0.0.1\n10.0.0.2\n::1"), ("disk_cids", "d-1\nd-2"), ("bootstrap", "false")];
    sandbox.write("instances.json", &document("instances", &[instance("dep", &name, 7, &cells)]));
    let disk = |cid: &str, size: &str, at: &str| serde_json::json!({"disk_cid": cid, "size": size, "deployment": "dep", "instance": name, "az": "", "orphaned_at": at});
    let time = "Sun Sep 20 01:02:03 UTC 2026";
    let disks =
        [disk("b", "1.0 MiB", time), disk("a", "1.5 GiB", time), disk("c", "2.0 TiB", "Mon Sep 21 01:02:03 UTC 2026")];
    sandbox.write("disks.json", &document("disks", &disks));
    let snapshot = |cid: &str, hour: u32| {
        let at = format!("Sun Sep 20 {hour:02}:02:03 UTC 2026");
        serde_json::json!({"instance": "dätenbank/7", "cid": cid, "created_at": at, "clean": "false"})
    };
    sandbox.write("snapshots.json", &document("snapshots", &[snapshot("s-2", 5), snapshot("s-1", 4)]));
    sandbox.run(&["import", "instances.json", "disks.json", "snapshots.json"]).quiet_success();
    let run = |arguments: &[&str]| sandbox.run(arguments).stdout;
    // Widths are bytes; each line of a cell is a row.
    let blank = " ".repeat(name.len());
    let lines = [
        format!("{name}\trunning\t<z&1>\t10.0.0.1\td-1\t\n"),
        format!("{blank}\t       \t     \t10.0.0.2\td-2\t\n"),
        format!("{blank}\t       \t     \t::1     \t\t\n"),
    ];
    let columns = ["instance", "Process State", "az", "ips", "disk-cids"].map(|name| format!("--column={name}"));
    let arguments: Vec<&str> = std::iter::once("instances").chain(columns.iter().map(String::as_str)).collect();
    assert_eq!(run(&arguments), lines.concat());
    let json = run(&["instances", "--details", "--json"]);
    assert!(json.contains(r#""az": "\u003cz\u00261\u003e","#) && json.contains(r#""ips": "10.0.0.1\n10.0.0.2\n::1","#));
    // The last one orphaned first; of one time, in the Director's order. Sizes come out as they went in.
    assert_eq!(
        run(&["disks", "--orphaned", "--column=disk_cid", "--column=size"]),
        "c\t2.0 TiB\t\nb\t1.0 MiB\t\na\t1.5 GiB\t\n"
    );
    // Snapshots in the Director's order. A column that is not the first one does not get a ~.
    assert_eq!(run(&["snapshots", "--column=cid"]), "s-2\t\ns-1\t\n");
    assert!(run(&["snapshots", "--tty", "--column=clean"]).ends_with("\nfalse  \nfalse  \n\n2 snapshots\n"));
    sandbox
        .run(&["instances", "--column=nope"])
        .refused(2, &["there is no column 'nope'", "columns: instance, process_state"]);
    sandbox.run(&["disks", "--orphaned", "--column=nope"]).refused(2, &["no column 'nope'", "columns: disk_cid, size"]);
}

#[test]
fn what_snapback_knows_besides_is_shown_when_asked_for() {
    let sandbox = sandbox();
    let first = |arguments: &[&str]| sandbox.line(arguments);
    let own = first(&["instances", "--wide"]);
    assert!(
        own.contains("\tlocal_cpi\tdirector\t") && own.ends_with("\t11111111-1111-4111-8111-111111111111\t"),
        "{own}"
    );
    assert_eq!(first(&["instances", "--column=managed by", "--column=INDEX"]), "0\tdirector\t");
    assert!(first(&["disks", "--orphaned", "--wide"]).ends_with("\torphaned\t-\tlocal_cpi\t"));
    assert_eq!(first(&["disks", "--column=state", "--column=Disk CID"]), "disk-old-2\torphaned\t");
    // An inventory says nothing of processes.
    sandbox.write("own.yml", "deployments: [{name: dep, instances: [{name: db/0}]}]");
    sandbox.run(&["import", "own.yml"]).quiet_success();
    // Nor that it is another instance.
    assert_eq!(first(&["instances"]), "db/11111111-1111-4111-8111-111111111111\t-\t-\t-\tdep\t");
}

#[test]
fn sizes_come_out_as_they_went_in() {
    let sandbox = Sandbox::empty();
    sandbox.manifest(true, "");
    let sizes = [
        "0 B", "1.0 MiB", "9.0 MiB", "10 MiB", "1023 MiB", "1.0 GiB", "1.1 GiB", "9.9 GiB", "10 GiB", "12 GiB",
        "1023 GiB", "1024 GiB", "1.0 TiB", "9.9 TiB", "64 TiB", "1024 TiB", "5.0 PiB",
    ];
    let row = |(number, size): (usize, &&str)| {
        serde_json::json!({
            "disk_cid": format!("d-{number:02}"), "size": size, "deployment": "dep", "instance": "", "az": "",
            "orphaned_at": "Sun Sep 20 01:02:03 UTC 2026"
        })
    };
    let rows: Vec<Value> = sizes.iter().enumerate().map(row).collect();
    sandbox.write("disks.json", &document("disks", &rows));
    sandbox.run(&["import", "disks.json"]).quiet_success();
    let out = sandbox.run(&["disks", "--orphaned", "--column=size"]).stdout;
    assert_eq!(out.lines().map(str::trim_end).collect::<Vec<_>>(), sizes);
}
