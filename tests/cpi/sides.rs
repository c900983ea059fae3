//! `--cpi builtin:NAME` and `--cpi executable:NAME`: which of the two a name means, for one run.

use std::fs;

use serde_json::{Value, json};

use crate::cpis::{calls, looked_for, put, rows};
use crate::support::Sandbox;

/// One instance on the local backend, and an executable of the same name, which the manifest names.
fn both() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    put(&sandbox, "own");
    sandbox.write("own/fake.json", r#"{"vms": {"vm-db-0": ["disk-db-0"]}}"#);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let named =
        manifest.replace("properties:\n  director:", "properties:\n  snapback: {cpi: {path: own/cpi}}\n  director:");
    assert_ne!(named, manifest, "{manifest}");
    sandbox.write("director.yml", &named);
    sandbox
}

#[test]
fn the_word_before_the_name_chooses() {
    let sandbox = both();
    let used = |arguments: &[&str]| {
        let row = rows(&sandbox, arguments).remove(0);
        (row["cpi"].clone(), looked_for(&row)[0].to_owned(), row["snapshots"].clone())
    };
    let built_in = (json!("local_cpi"), "used: cloud (the local backend's directory)".to_owned(), json!("yes"));
    let executable = (json!("local_cpi"), "used: own/cpi (properties.snapback.cpi.path)".to_owned(), json!("unknown"));
    assert_eq!(used(&["--cpi", "builtin:local_cpi"]), built_in);
    assert_eq!(used(&["--cpi", "executable:local_cpi"]), executable);
    // The name alone means what it always meant: here the path that somebody has named.
    assert_eq!(used(&["--cpi", "local_cpi"]), executable);
    assert_eq!(used(&[]), executable);
}

#[test]
fn the_state_file_has_the_name_alone() {
    let sandbox = both();
    sandbox.run(&["--cpi", "builtin:local_cpi", "take", "db/0"]).quiet_success();
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    assert_eq!(calls(&sandbox, "own"), Vec::<Value>::new());
    let listed = sandbox.run(&["snapshots", "--output", "json"]);
    let listed: Value = serde_json::from_str(&listed.stdout).unwrap();
    assert_eq!(listed["snapshots"][0]["cpi"], "local_cpi", "{listed}");
    // The choice was that run's: the next one does as the name alone says.
    sandbox.run(&["take", "db/0"]);
    assert!(!calls(&sandbox, "own").is_empty());
    assert_eq!(sandbox.names("cloud/snapshots").len(), 1);
    // New instances get the name alone, too.
    let other = Sandbox::with(&["db/0"]);
    fs::remove_file(other.state()).unwrap();
    drop(fs::remove_dir_all(format!("{}.locks", other.state().display())));
    other.run(&["--cpi", "builtin:local_cpi", "import", "inventory.yml"]).quiet_success();
    let rows = other.run(&["instances", "--output", "json"]);
    let rows: Value = serde_json::from_str(&rows.stdout).unwrap();
    assert_eq!(rows["instances"][0]["cpi"], "local_cpi", "{rows}");
}

#[test]
fn a_side_that_is_not_there_is_refused_with_the_other_one() {
    let sandbox = Sandbox::with(&["db/0"]);
    let none = |ran: &crate::support::Ran, status: i32, texts: &[&str]| {
        assert_eq!(ran.status, status, "{ran:?}");
        for text in texts {
            assert!(ran.stderr.contains(text), "no '{text}' in {ran:?}");
        }
        assert_eq!(sandbox.names("cloud/snapshots").len(), 0);
    };
    let take = |word: &str| sandbox.run(&["--cpi", word, "take", "db/0"]);
    let no_executable = "no executable of the CPI 'local_cpi' was found";
    none(&take("executable:local_cpi"), 8, &[no_executable, "write --cpi native:local_cpi", "nothing was done"]);
    let no_builtin = "--cpi builtin:azure_cpi: snapback has no built-in CPI of the name 'azure_cpi'";
    none(
        &take("builtin:azure_cpi"),
        8,
        &[no_builtin, "built in: local_cpi, aws_cpi", "write --cpi executable:azure_cpi; nothing was done"],
    );
    for word in ["cpi", "local_cpi=cpi"] {
        let ran = sandbox.run(&["--cpi", "builtin:local_cpi", "--cpi-path", word, "take", "db/0"]);
        none(
            &ran,
            2,
            &[
                "--cpi builtin:local_cpi and --cpi-path cpi exclude each other: give one of them",
                "executable:local_cpi",
            ],
        );
    }
    // A path for another CPI contradicts nothing.
    let ran =
        sandbox.run(&["--cpi", "builtin:local_cpi", "--cpi-path", "other=cpi", "-n", "take", "db/0", "--dry-run"]);
    none(&ran, 0, &[]);
    none(&take("builtin:"), 2, &["--cpi: "]);
    let shown = sandbox.run(&["--cpi", "executable:local_cpi", "cpis"]);
    assert_eq!(shown.status, 8, "{shown:?}");
    assert!(shown.stderr.contains("write --cpi native:local_cpi"), "{shown:?}");
}
