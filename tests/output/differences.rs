//! Where snapback differs from the bosh CLI on purpose (`docs/differences.md`), beside what `bosh` was recorded to do.

use crate::support;

use std::fs;
use std::path::Path;

use serde_json::Value;
use support::Sandbox;

fn read(name: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name))
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// What the bosh CLI did: status, stdout, stderr.
fn bosh(name: &str) -> (i32, String, String) {
    let part = |kind: &str| read(&format!("fixtures/bosh/cli/{name}.{kind}"));
    (part("rc").trim().parse().unwrap(), part("stdout"), part("stderr"))
}

#[test]
fn a_cid_that_nobody_knows() {
    assert_eq!(bosh("delete_unknown_n_pipe"), (0, String::new(), String::new()));
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox
        .run(&["-d", "prod", "delete-snapshot", "snap-nope", "-n"])
        .refused(5, &["no snapshot 'snap-nope' is known"]);
    let ran = sandbox.run(&["-d", "prod", "delete-snapshot", "snap-nope", "-n", "--ignore-missing"]);
    assert_eq!((ran.status, ran.stdout.as_str()), (0, ""));
}

#[test]
fn a_cid_of_another_deployment() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    for option in [&["--ignore-missing"][..], &[]] {
        let line = [&["-n", "-d", "other", "delete-snapshot", &cid], option].concat();
        sandbox.run(&line).refused(5, &[&cid, "is of deployment 'prod', not of 'other'", "-d prod"]);
    }
    let variable = sandbox.prepare(&["-n", "delete-snapshot", &cid]).env("BOSH_DEPLOYMENT", "other").go();
    variable.refused(5, &["not of 'other'"]);
    assert_eq!(sandbox.names("cloud/snapshots"), [cid.as_str()]);
    let second = sandbox.take("db/0");
    // Bosh takes one.
    sandbox.run(&["-n", "-d", "prod", "delete-snapshot", &cid, &second]).quiet_success();
    let third = sandbox.take("db/0");
    sandbox.run(&["-n", "delete-snapshot", &third]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

#[test]
fn a_variable_that_is_set_to_nothing() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let ran = sandbox.prepare(&["delete-snapshot", &cid]).env("BOSH_NON_INTERACTIVE", "").go();
    ran.refused(10, &["Continue? [yN]: "]);
    let ran = sandbox.prepare(&["snapshots"]).env("BOSH_TTY", "").env("BOSH_DEPLOYMENT", "").go();
    assert!(ran.status == 0 && ran.stdout.lines().count() == 1 && ran.stdout.contains(&cid), "{ran:?}");
    // An option is not a variable: a script may have lost its value.
    sandbox.run(&["-n", "-d", "", "delete-snapshots"]).refused(5, &["there is no deployment ''"]);
    sandbox.run(&["-d", "", "instances"]).refused(5, &["there is no deployment ''"]);
}

#[test]
fn options_that_only_bosh_has() {
    let sandbox = Sandbox::with(&["db/0"]);
    for (arguments, instead) in [
        (&["-e", "vbox", "-d", "prod", "snapshots"][..], "the manifest (-m) says which Director"),
        (&["--environment=vbox", "snapshots"], "the manifest (-m) says which Director"),
        (&["snapshots", "--client", "admin"], "BOSH_CLIENT_SECRET"),
        (&["--client-secret=hush", "snapshots"], "BOSH_CLIENT_SECRET"),
        (&["--ca-cert", "ca.pem", "snapshots"], "BOSH_CA_CERT"),
        (&["--config", "bosh.yml", "snapshots"], "BOSH_CONFIG"),
        (&["--sha2", "snapshots"], "leave it out"),
        (&["--parallel", "3", "snapshots"], "snapback for `take`"),
        (&["instances", "--ps"], "ask `bosh instances`"),
        (&["instances", "-p"], "ask `bosh instances`"),
        (&["is", "--vitals"], "ask `bosh instances`"),
        (&["instances", "-f"], "ask `bosh instances`"),
        (&["instances", "--failing"], "ask `bosh instances`"),
    ] {
        let ran = sandbox.run(arguments);
        ran.refused(2, &["unexpected argument", "bosh has it", instead]);
        assert!(ran.stderr.lines().count() == 3 && !ran.stderr.contains("hush"), "{ran:?}");
    }
    let dry = ["-d", "prod", "take-snapshot", "db/0", "--dry-run"];
    sandbox.run(&[&["--parallel", "3"], &dry[..]].concat()).quiet_success();
    sandbox.run(&[&["--column", "cid"], &dry[..]].concat()).refused(2, &["unexpected argument '--column'"]);
}

#[test]
fn letters_that_mean_something_else() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.run(&["disks", "-o"]).refused(2, &["--ops-file"]);
    sandbox.run(&["-v"]).refused(2, &["--var"]);
    let version = sandbox.run(&["--version"]);
    assert_eq!((version.status, version.stdout), (0, sandbox.run(&["-V"]).stdout));
}

#[test]
fn a_line_without_a_verb() {
    let ran = Sandbox::empty().run(&[]);
    assert!(ran.status == 0 && ran.stderr.is_empty() && ran.stdout.contains("snapback help VERB"), "{ran:?}");
}

#[test]
fn disks_that_are_not_orphaned() {
    let disks = Sandbox::with(&["db/0"]).run(&["disks"]).stdout;
    assert!(disks.starts_with("disk-db-0\t") && disks.lines().count() == 1, "{disks}");
}

#[test]
fn snapshots_of_no_instance() {
    let sandbox = Sandbox::with(&["db/0"]);
    let row = |instance: &str, cid: &str| {
        format!(
            r#"{{"instance": "{instance}", "cid": "{cid}", "created_at": "Sun Sep 20 18:02:09 UTC 2026", "clean": "true"}}"#
        )
    };
    let rows = [row("?/?", "s-1"), row("db/?", "s-2"), row(" db/0", " s-3 ")].join(", ");
    sandbox.write("list.json", &format!(r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{rows}]}}]}}"#));
    let ran = sandbox.run(&["import", "list.json"]);
    assert!(ran.status == 0 && ran.stderr.contains("s-1: no instance; passed over"), "{ran:?}");
    assert!(ran.stderr.contains("s-2: no instance; passed over"), "{ran:?}");
    assert_eq!(sandbox.run(&["snapshots", "--output", "cid"]).stdout, "s-3\n", "its blanks are left out");
    let first = sandbox.rows(&["snapshots"], "snapshots")[0]["instance"].clone();
    assert_eq!(first, "db/0");
    sandbox.run(&["-n", "delete-snapshot", " s-3 "]).refused(5, &["no snapshot ' s-3 ' is known"]);
}

#[test]
fn a_deployment_without_instances() {
    let sandbox = Sandbox::with(&["db/0"]);
    let lines = r#""Lines": ["Using deployment 'void'", "Succeeded"]"#;
    sandbox.write("void.json", &format!(r#"{{"Tables": [{{"Content": "instances", "Rows": []}}], {lines}}}"#));
    let ran = sandbox.run(&["import", "void.json"]);
    assert!(ran.status == 0 && ran.stderr.contains("nothing was imported"), "{ran:?}");
    for verb in ["snapshots", "instances"] {
        sandbox.run(&["-d", "void", verb]).refused(5, &["there is no deployment 'void'", "deployments: prod"]);
    }
}

#[test]
fn variables_that_bosh_reads() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let mut run = sandbox.prepare(&["snapshots", "--output", "cid"]);
    for (name, value) in [
        ("BOSH_ENVIRONMENT", "https://nowhere.invalid"),
        ("BOSH_CA_CERT", "nope.pem"),
        ("BOSH_CONFIG", "/nope"),
        ("BOSH_SHA2", "maybe"),
        ("BOSH_LOG_LEVEL", "nope"),
    ] {
        run = run.env(name, value);
    }
    let ran = run.go();
    assert_eq!((ran.status, ran.stdout, ran.stderr.as_str()), (0, format!("{cid}\n"), ""));
}

#[test]
fn taking_nothing_is_no_success() {
    let (status, _, stderr) = bosh("take_one_pipe");
    assert_eq!((status, stderr.as_str()), (0, ""));
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.write("own.yml", "deployments: [{name: other, instances: [{name: db/0}]}]");
    sandbox.run(&["import", "own.yml"]).quiet_success();
    sandbox
        .run(&["-d", "other", "take-snapshot", "db/0"])
        .refused(5, &["nothing to snapshot: no VM with a persistent disk among db/0"]);
    sandbox.manifest(false, "");
    sandbox.run(&["-d", "prod", "take-snapshot", "db/0"]).refused(4, &["enable_snapshots", "director.yml"]);
}

#[test]
fn an_unknown_column() {
    let (status, stdout, stderr) = bosh("snapshots_column_unknown");
    assert_eq!((status, stdout.as_str(), stderr.as_str()), (0, "Failed to find header: nope\n\n\n\n", ""));
    let ran = Sandbox::with(&["db/0"]).run(&["-d", "prod", "snapshots", "--column=nope"]);
    ran.refused(2, &["there is no column 'nope'", "columns: instance, cid, created_at, clean"]);
}

#[test]
fn the_prompt() {
    let sandbox = Sandbox::with(&["db/0"]);
    for (name, answer, status) in
        [("delete_one_stdin_yes", "yes\n", 0), ("delete_one_stdin_no", "no\n", 10), ("delete_one_eof", "", 10)]
    {
        assert!(bosh(name).1.starts_with("Continue? [yN]: "), "{name}");
        let cid = sandbox.take("db/0");
        let ran = sandbox.prepare(&["-d", "prod", "delete-snapshot", &cid]).stdin(answer).go();
        assert_eq!((ran.status, bosh(name).0), (status, i32::from(status != 0)), "{ran:?}");
        assert!(ran.stderr.contains("Continue? [yN]: ") && !ran.stdout.contains("Continue?"), "{ran:?}");
        assert_eq!(ran.stdout.lines().count(), usize::from(status == 0), "{ran:?}");
    }
    assert_eq!(sandbox.names("cloud/snapshots").len(), 2);
}

#[test]
fn a_selector_selects() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    sandbox.run(&["take"]).quiet_success();
    let names = |arguments: &[&str]| {
        let rows = sandbox.rows(arguments, "snapshots");
        rows.iter().map(|row| row["instance"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&["snapshots"]), ["db/0", "web/0"]);
    assert_eq!(names(&["snapshots", "web"]), ["web/0"]);
    sandbox.run(&["snapshots", "nope/0"]).refused(5, &["has no instance 'nope/0'", "instances: db/0, web/0"]);
}

#[test]
fn exit_codes() {
    let sandbox = Sandbox::with(&["db/0"]);
    for (name, arguments, status) in [
        ("take_bad_slug", &["-d", "prod", "take-snapshot", "db/0/1"][..], 2),
        ("take_one_missing_index", &["-d", "prod", "take-snapshot", "db/9"], 5),
        ("snapshots_missing_dep_pipe", &["-d", "nope", "snapshots"], 5),
        ("delete_no_cid", &["-d", "prod", "delete-snapshot", "-n"], 2),
    ] {
        assert_eq!(bosh(name).0, 1, "{name}");
        let ran = sandbox.run(arguments);
        assert_eq!((ran.status, ran.stdout.as_str()), (status, ""), "{ran:?}");
    }
    for name in ["take_one_pipe", "delete_one_n_pipe", "delete_all_n_pipe", "take_one_tty", "delete_one_n_tty"] {
        assert_eq!(bosh(name).0, 0, "{name}");
    }
    sandbox.run(&["-d", "prod", "take-snapshot", "db/0"]).quiet_success();
    let cid = sandbox.take("db/0");
    sandbox.run(&["-d", "prod", "delete-snapshot", &cid, "-n"]).quiet_success();
    sandbox.run(&["-d", "prod", "delete-snapshots", "-n"]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

/// All that is recorded of the bosh CLI has its place: the same bytes, or a difference.
#[test]
fn what_each_recorded_command_is_for() {
    let mut recorded: Vec<String> = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/cli"))
        .unwrap()
        .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".stdout").map(str::to_owned))
        .collect();
    recorded.sort();
    assert_eq!(recorded.len(), 37);
    let tests = read("tests/output/differences.rs") + &read("tests/output/bosh_bytes.rs");
    for name in recorded {
        assert!(tests.contains(&format!("\"{name}\"")) || tests.contains(&format!("cli/{name}.")), "{name}");
    }
}

#[test]
fn tables_of_what_was_done() {
    let (status, stdout, stderr) = bosh("take_one_json");
    let theirs: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!((status, &theirs["Tables"], stderr.as_str()), (0, &Value::Null, ""));
    assert_eq!(bosh("delete_one_n_json").1, stdout);
    for name in ["take_one_pipe", "delete_one_n_pipe", "delete_all_n_pipe"] {
        assert_eq!(bosh(name).1, "", "{name}");
    }
    for name in ["take_all_tty", "take_one_tty", "delete_all_n_tty", "delete_one_n_tty"] {
        assert!(bosh(name).1.ends_with("Task 100. Done\r\n\r\nSucceeded\r\n"), "{name}");
    }
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let rows = |arguments: &[&str], content: &str| {
        let document: Value = serde_json::from_str(&sandbox.run(arguments).stdout).unwrap();
        assert_eq!(document["Tables"][0]["Content"], content, "{arguments:?}");
        document["Tables"][0]["Rows"].as_array().unwrap().len()
    };
    assert_eq!(rows(&["-d", "prod", "take-snapshot", "db/0", "--json"], "snapshots"), 1);
    assert_eq!(rows(&["-d", "prod", "take-snapshot", "--json"], "snapshots"), 2);
    let ran = sandbox.prepare(&["-d", "prod", "take-snapshot", "db/0"]).on_a_terminal();
    assert!(ran.stdout.ends_with("\n\n1 snapshot\n"), "{ran:?}");
    let cid = sandbox.run(&["snapshots", "--output", "cid"]).stdout.lines().next().unwrap().to_owned();
    assert_eq!(rows(&["-d", "prod", "delete-snapshot", &cid, "-n", "--json"], "snapshots"), 1);
    let ran = sandbox.prepare(&["-d", "prod", "delete-snapshots", "-n"]).on_a_terminal();
    assert!(ran.stdout.contains(" snapshots\n"), "{ran:?}");
}

#[test]
fn errors() {
    let (_, stdout, stderr) = bosh("take_one_missing_index");
    assert!(stdout == "\n" && stderr.ends_with("Exit code 1\n"));
    let sandbox = Sandbox::with(&["db/0"]);
    let ran = sandbox.run(&["-d", "prod", "take-snapshot", "db/9"]);
    assert!(ran.stdout.is_empty() && ran.stderr.starts_with("Error: ") && ran.stderr.contains("\nHint: "), "{ran:?}");
    let ran = sandbox.run(&["-d", "prod", "take-snapshot", "db/9", "--json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    assert!(document["Lines"][0].as_str().unwrap().contains("db/9") && document["Tables"].is_null(), "{ran:?}");
}

#[test]
fn without_a_deployment() {
    let (status, _, stderr) = bosh("snapshots_no_deployment");
    assert!(status == 1 && stderr.starts_with("Expected non-empty deployment name"));
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.run(&["take-snapshot", "db/0"]).quiet_success();
    assert_eq!(sandbox.run(&["snapshots"]).stdout.lines().count(), 1);
    sandbox.write("own.yml", "deployments: [{name: other, instances: [{name: db/0}]}]");
    sandbox.run(&["import", "own.yml"]).quiet_success();
    assert_eq!(sandbox.run(&["snapshots"]).stdout.lines().count(), 1);
    sandbox.run(&["take-snapshot", "db/0"]).refused(2, &["several deployments", "other, prod"]);
}

#[test]
fn all_of_a_deployment_that_is_not_named() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.run(&["take-snapshot"]).quiet_success();
    sandbox.run(&["delete-snapshots", "-n"]).refused(2, &["you must name the deployment", "-d/--deployment"]);
    sandbox.prepare(&["delete-snapshots", "-n"]).env("BOSH_DEPLOYMENT", "prod").go().quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

#[test]
fn the_order_of_snapshots() {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    let row = |instance: &str, cid: &str, day: u32| {
        format!(
            r#"{{"instance": "{instance}", "cid": "{cid}", "created_at": "Sun Sep {day} 18:02:09 UTC 2026", "clean": "true"}}"#
        )
    };
    let rows = [row("web/0", "s-1", 20), row("db/0", "s-2", 22), row("db/0", "s-3", 21)].join(", ");
    sandbox.write("list.json", &format!(r#"{{"Tables": [{{"Content": "snapshots", "Rows": [{rows}]}}]}}"#));
    sandbox.run(&["import", "list.json"]).quiet_success();
    let cids = |arguments: &[&str]| sandbox.run(arguments).stdout.lines().map(str::to_owned).collect::<Vec<_>>();
    assert_eq!(cids(&["snapshots", "--output", "cid"]), ["s-1", "s-2", "s-3"]);
    let own = sandbox.line(&["take", "db/0", "--output", "cid"]);
    assert_eq!(cids(&["snapshots", "--output", "cid"]), ["s-3", "s-2", own.as_str(), "s-1"]);
    assert_eq!(cids(&["snapshots", "--output", "cid", "--before", "2026-10-01"]), ["s-1", "s-2", "s-3"]);
}

#[test]
fn a_process_that_fails() {
    let sandbox = Sandbox::with(&["db/0"]);
    let row = |process: &str, state: &str| {
        format!(
            r#"{{"instance": "db/0", "process": "{process}", "process_state": "{state}", "vm_cid": "vm-db-0", "disk_cids": "",
            "deployment": "prod"}}"#
        )
    };
    let rows = [row("", "running"), row("postgres", "failing")].join(", ");
    sandbox.write("ps.json", &format!(r#"{{"Tables": [{{"Content": "instances", "Rows": [{rows}]}}]}}"#));
    sandbox.run(&["import", "ps.json"]).quiet_success();
    let shown = sandbox.prepare(&["instances"]).on_a_terminal().stdout;
    assert!(shown.contains("\x1b[32mrunning\x1b[0m") && !shown.contains("failing"), "{shown:?}");
    assert!(shown.ends_with("\n\n1 instances\n"), "{shown:?}");
}

#[test]
fn each_difference_has_a_test_that_exists() {
    let text = read("docs/differences.md");
    let named: Vec<&str> = text.split('`').filter(|word| word.starts_with("tests/") && word.contains("::")).collect();
    let rows = text.lines().filter(|line| line.starts_with("| ") && !line.starts_with("| bosh |")).count();
    assert!(rows == named.len() && rows > 10, "a test for each of {rows} rows, not {}", named.len());
    for name in &named {
        let (file, function) = name.split_once("::").unwrap();
        assert!(read(file).contains(&format!("#[test]\nfn {function}() {{")), "{name}");
    }
    for function in
        read("tests/output/differences.rs").split("#[test]\nfn ").skip(1).filter_map(|rest| rest.split("()").next())
    {
        let name = format!("tests/output/differences.rs::{function}");
        assert!(
            named.contains(&name.as_str())
                || function.starts_with("each_difference")
                || function.starts_with("what_each"),
            "{name} is in no row"
        );
    }
}
