//! `snapback manifest`: what was read and where it stands, in each form of output, without a secret.

use crate::support;

use std::path::Path;

use serde_json::{Value, json};
use support::Sandbox;

const CANARY: &str = "hunter2-canary";

const MANIFEST: &str = "\
cloud_provider:
  template: {name: local_cpi}
  properties:
    local: {path: cloud, password: hunter2-canary}
    agent: {mbus: ((mbus))}
instance_groups:
- name: bosh
  properties:
    director:
      name: ((name))
      snapshot_schedule: 0 0 3 * * * UTC
    snapback:
      hooks:
        stop: [mysqladmin, -phunter2-canary, shutdown]
        start: ((start))
";

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write("director.yml", MANIFEST);
    sandbox.write("vars.yml", "name: hunter2-canary\nmbus: hunter2-canary\nstart: [hunter2-canary]\n");
    let path = "/instance_groups/name=bosh/properties/director/enable_snapshots?";
    sandbox.write("on.yml", &format!("- type: replace\n  path: {path}\n  value: yes\n"));
    sandbox
}

fn row(setting: &str, value: Value, file: Value, line: Value, key: Value) -> Value {
    let from = match (&file, &line, &value) {
        (Value::String(file), line, _) => json!(format!("{file}:{line}")),
        (_, _, Value::Null) => Value::Null,
        _ => json!("default"),
    };
    json!({"setting": setting, "value": value, "from": from, "file": file, "line": line, "key": key})
}

#[test]
fn each_setting_has_its_place_and_no_secret_is_shown() {
    let sandbox = sandbox();
    let arguments = ["-l", "vars.yml", "-o", "on.yml", "manifest"];
    let group = "instance_groups[name=bosh].properties";
    let director = |key: &str| json!(format!("{group}.director.{key}"));
    let given = json!("(given by a variable)");
    let manifest = json!("director.yml");
    assert_eq!(
        sandbox.rows(&arguments, "settings"),
        [
            row("director_name", given.clone(), manifest.clone(), json!(10), director("name")),
            row("enable_snapshots", json!("true"), json!("on.yml"), json!(3), director("enable_snapshots")),
            row(
                "snapshot_schedule",
                json!("0 0 3 * * * UTC"),
                manifest.clone(),
                json!(11),
                director("snapshot_schedule")
            ),
            row(
                "self_snapshot_schedule",
                json!("0 0 6 * * * UTC"),
                Value::Null,
                Value::Null,
                director("self_snapshot_schedule")
            ),
            row("cpi", json!("local_cpi"), manifest.clone(), json!(2), json!("cloud_provider.template.name")),
            row(
                "iaas_properties",
                json!("agent, local"),
                manifest.clone(),
                json!(3),
                json!("cloud_provider.properties")
            ),
            row(
                "hooks.stop",
                json!("mysqladmin (and 2 arguments)"),
                manifest.clone(),
                json!(14),
                json!(format!("{group}.snapback.hooks.stop"))
            ),
            row("hooks.verify", Value::Null, Value::Null, Value::Null, Value::Null),
            row("hooks.start", given, manifest, json!(15), json!(format!("{group}.snapback.hooks.start"))),
            row("hooks.quiesce", Value::Null, Value::Null, Value::Null, Value::Null),
            row("hooks.resume", Value::Null, Value::Null, Value::Null, Value::Null),
            row("hooks.preset", Value::Null, Value::Null, Value::Null, Value::Null),
            row("hooks.groups", Value::Null, Value::Null, Value::Null, Value::Null),
            row("lifespan", Value::Null, Value::Null, Value::Null, Value::Null),
            row("warn_age", json!("10d"), Value::Null, Value::Null, json!("properties.snapback.warn_age")),
            row(
                "retention",
                json!("all are kept; undo_within 7d"),
                Value::Null,
                Value::Null,
                json!("properties.snapback.retention")
            ),
            row("limits", Value::Null, Value::Null, Value::Null, Value::Null),
            row("backup_catalogue", Value::Null, Value::Null, Value::Null, Value::Null),
            row("notify", Value::Null, Value::Null, Value::Null, Value::Null),
            row(
                "schedule",
                json!("self on, deployments off"),
                Value::Null,
                Value::Null,
                json!("properties.snapback.schedule")
            ),
            row("state_file", json!("director-snapshots.db"), Value::Null, Value::Null, Value::Null),
        ]
    );
    for format in
        [&["--json"][..], &["--tty"], &["--output", "json"], &["--output", "jsonl"], &["--output", "tsv"], &[]]
    {
        let ran = sandbox.run(&[&arguments[..], format].concat());
        ran.quiet_success();
        assert!(ran.stdout.contains("mysqladmin") && !ran.stdout.contains(CANARY), "{ran:?}");
        assert_eq!(ran.stderr.replace("15 settings\n", "").replace("Succeeded\n", ""), "", "{format:?}");
    }
    sandbox.run(&[&arguments[..], &["--output", "cid"]].concat()).is(&sandbox, 0, "", "");
    assert!(!sandbox.state().exists(), "nothing is made");
}

#[test]
fn it_shows_why_take_refuses() {
    let sandbox = sandbox();
    let arguments = ["-l", "vars.yml", "manifest"];
    let switch = &sandbox.rows(&arguments, "settings")[1];
    assert_eq!((&switch["value"], &switch["from"]), (&json!("false"), &json!("default")));
    sandbox.run(&["-l", "vars.yml", "take"]).refused(4, &[switch["key"].as_str().unwrap()]);

    sandbox.write("director.yml", "properties:\n  director: {enable_snapshot: yes, snapshot_schedule: ((s))}\n  local: {path: ((p))}\n  x: 1\n  x: 1\n");
    let rows = sandbox.rows(&["--state", "s.db", "manifest"], "settings");
    let texts: Vec<&str> =
        rows.iter().map(|row| row["value"].as_str().unwrap_or_default()).filter(|text| text.contains(':')).collect();
    assert_eq!(
        texts,
        [
            "(director.yml:2: properties.director.snapshot_schedule: needs the value of the variable ((s)), which is not filled in)",
            "director.yml: line 5: properties.x is on line 4, too; the last one counts",
            "director.yml: line 2: properties.director.enable_snapshot means nothing to BOSH; do you mean \
             enable_snapshots?",
            "director.yml:3: properties.local.path: needs the value of the variable ((p)), which is not filled in",
        ]
    );
    let state = rows.iter().find(|row| row["setting"] == "state_file").unwrap();
    assert_eq!((&state["value"], &state["from"]), (&json!("s.db"), &json!("--state")));
    let named = sandbox.prepare(&["manifest", "--output", "tsv"]).env("SNAPBACK_STATE", "e.db").go();
    assert!(named.stdout.contains("state_file\te.db\tSNAPBACK_STATE\t"), "{named:?}");

    sandbox.write("director.yml", "properties: {director: {enable_snapshots: ((s))}}\n");
    sandbox.run(&["manifest"]).refused(2, &["director.yml:1: properties.director.enable_snapshots: needs the value"]);
    sandbox.run(&["-m", "nowhere.yml", "manifest"]).refused(2, &["nowhere.yml: no such file"]);
    let rendered = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests/valid/rendered.yml");
    std::fs::copy(rendered, sandbox.path("director.yml")).unwrap();
    let rows = sandbox.rows(&["manifest"], "settings");
    let state = rows.last().unwrap()["value"].as_str().unwrap();
    assert!(state.starts_with("(name it with --state: director.yml: rendered by BOSH"), "{state}");
}

#[test]
fn an_ops_file_brings_snapbacks_settings_into_a_rendered_manifest() {
    let sandbox = Sandbox::empty();
    let rendered = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests/valid/rendered.yml");
    std::fs::copy(rendered, sandbox.path("director.yml")).unwrap();
    sandbox.write(
        "own.yml",
        "- type: replace\n  path: /snapback?\n  value:\n    retention: {keep_last: 3}\n    schedule:\n      jobs:\n        \
         - {name: nightly, cron: 30 2 * * *, do: take}\n",
    );
    let with = ["-o", "own.yml", "--state", "state.db"];
    let told = |setting: &str| {
        let rows = sandbox.rows(&[&with[..], &["manifest"]].concat(), "settings");
        rows.iter().find(|row| row["setting"] == setting).unwrap_or_else(|| panic!("{rows:?}")).clone()
    };
    assert_eq!(told("retention")["from"], "own.yml:4");
    assert!(told("schedule")["value"].as_str().unwrap().contains("nightly: take at"), "{}", told("schedule"));
}

#[test]
fn create_envs_own_state_file_is_told_for_what_it_is() {
    let sandbox = sandbox();
    sandbox.write("state.json", "{\"director_id\":\"d\",\"current_disk_id\":\"x\",\"disks\":[]}");
    let ran = sandbox.run(&["--state", "state.json", "-l", "vars.yml", "-o", "on.yml", "take"]);
    ran.refused(9, &["state.json is not a snapback state file", "create-env's --state is another one"]);
}
