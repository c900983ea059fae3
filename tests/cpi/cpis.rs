//! Where CPIs are looked for, in whose manner they are called, and `snapback cpis`, which shows it.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use serde_json::{Value, json};
use support::{Run, Sandbox, fake_cpi};

const INSTALLATION: &str = ".bosh/installations/b0a34894";
const STATE: &str = r#"{"director_id": "dir-1", "installation_id": "b0a34894", "current_stemcell_id": "s2",
    "stemcells": [{"id": "s1", "api_version": 1}, {"id": "s2", "api_version": 3}]}"#;

/// A sandbox whose manifest names the CPI `fake_cpi`, with these lines below its `properties:`.
fn sandbox(properties: &str) -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "director.yml",
        &format!(
            "cloud_provider:\n  template:\n    name: fake_cpi\nproperties:\n  director:\n    name: test\n    \
             enable_snapshots: true\n{properties}"
        ),
    );
    sandbox
}

/// The scripted CPI at a place of its own.
pub fn put(sandbox: &Sandbox, directory: &str) {
    fs::create_dir_all(sandbox.path(directory)).unwrap();
    symlink(fake_cpi::binary(), sandbox.path(directory).join("cpi")).unwrap();
}

pub fn calls(sandbox: &Sandbox, directory: &str) -> Vec<Value> {
    let text = fs::read_to_string(sandbox.path(directory).join("calls.jsonl")).unwrap_or_default();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn request(call: &Value) -> Value {
    serde_json::from_str(call["text"].as_str().unwrap()).unwrap()
}

/// The rows of `cpis`, with the sandbox as `$DIR`.
pub fn rows(sandbox: &Sandbox, arguments: &[&str]) -> Vec<Value> {
    let ran = sandbox.run(&[arguments, &["cpis", "--output", "json"]].concat());
    let directory = sandbox.path("").to_str().unwrap().trim_end_matches('/').to_owned();
    let document: Value = serde_json::from_str(&ran.stdout.replace(&directory, "$DIR")).unwrap();
    document["cpis"].as_array().unwrap().clone()
}

pub fn looked_for(row: &Value) -> Vec<&str> {
    row["looked_for"].as_array().unwrap().iter().map(|line| line.as_str().unwrap()).collect()
}

const JOB: &str = "/var/vcap/jobs/fake_cpi/bin/cpi";

/// Below /var/vcap nothing can be put by a test: it is seen that it is looked for, and not there.
#[test]
fn the_places_count_in_their_order() {
    assert!(!Path::new(JOB).exists(), "this machine has a {JOB}");
    let sandbox = sandbox("  snapback: {cpi: {path: own/cpi}}\n");
    sandbox.write("director-state.json", STATE);
    for directory in ["option", "own", "configured", &format!("{INSTALLATION}/jobs/fake_cpi/bin")] {
        put(&sandbox, directory);
    }
    sandbox.write("cpis.yml", "cpis:\n- {name: fake_cpi, type: fake, exec_path: configured/cpi}\n");
    sandbox.write("typed.yml", "cpis:\n- {name: fake_cpi, type: other}\n");
    let job = format!("not there: {JOB} (BOSH's directory of jobs)");
    let create_env = |found: &str, job: &str| {
        let end = if found == "not there" { "" } else { "; the next create-env deletes it" };
        format!(
            "{found}: $DIR/{INSTALLATION}/jobs/{job}/bin/cpi (create-env's installation (director-state.json){end})"
        )
    };
    let all = |arguments: &[&str], expected: &[&str], used: &str| {
        let rows = rows(&sandbox, arguments);
        assert_eq!(rows.len(), 1, "{rows:?}");
        assert_eq!(looked_for(&rows[0]), expected, "{arguments:?}");
        assert_eq!((&rows[0]["executable"], &rows[0]["error"]), (&json!(used), &Value::Null));
    };
    let passed_over = create_env("passed over", "fake_cpi");
    let own = "(properties.snapback.cpi.path)";
    all(
        &["--cpi-path", "option/cpi"],
        &["used: option/cpi (--cpi-path)", &format!("passed over: own/cpi {own}"), &job, &passed_over],
        "option/cpi",
    );
    all(&[], &[&format!("used: own/cpi {own}"), &job, &passed_over], "own/cpi");
    // The cpi-config's word is the Director's, and that in the manifest snapback's own.
    all(
        &["--cpi-config", "cpis.yml"],
        &["used: configured/cpi (exec_path of the cpi-config)", &job, &passed_over],
        "configured/cpi",
    );
    all(
        &["--cpi-config", "cpis.yml", "--cpi-path", "fake_cpi=option/cpi"],
        &[
            "used: option/cpi (--cpi-path)",
            "passed over: configured/cpi (exec_path of the cpi-config)",
            &job,
            &passed_over,
        ],
        "option/cpi",
    );
    let typed = rows(&sandbox, &["--cpi-config", "typed.yml"]);
    let other = create_env("not there", "other_cpi");
    assert_eq!(
        looked_for(&typed[0]),
        ["not there: /var/vcap/jobs/other_cpi/bin/cpi (type of the cpi-config)", other.as_str()]
    );
    // What somebody names is taken, or nothing is.
    let wrong = sandbox.run(&["--cpi-path", "nowhere/cpi", "cpis"]);
    assert_eq!(wrong.status, 7, "{wrong:?}");
    assert!(wrong.stdout.starts_with("fake_cpi\tnot there: nowhere/cpi (--cpi-path)"), "{wrong:?}");
    assert!(
        wrong.stderr.contains("fake_cpi: info: ") && wrong.stderr.contains("nowhere/cpi: no such program"),
        "{wrong:?}"
    );
    // And so on down to the last one.
    let found = rows(sandbox_without_own(&sandbox), &["-m", "plain.yml"]);
    assert_eq!(looked_for(&found[0]), [job, create_env("used", "fake_cpi").replace("director-", "plain-")]);
}

/// A manifest that names no path, and create-env's state beside it.
fn sandbox_without_own(sandbox: &Sandbox) -> &Sandbox {
    let text = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    sandbox.write("plain.yml", text.split("  snapback:").next().unwrap());
    sandbox.write("plain-state.json", STATE);
    sandbox
}

#[test]
fn a_rendered_manifest_names_the_path() {
    let sandbox = Sandbox::empty();
    put(&sandbox, "rendered");
    let path = sandbox.path("rendered/cpi");
    let rendered = json!({"name": "test", "port": 25556, "snapshots": {"enabled": true}, "scheduled_jobs": [],
        "cloud": {"provider": {"name": "fake_cpi", "path": path}, "properties": {}}});
    sandbox.write("director.yml", &rendered.to_string());
    let found = rows(&sandbox, &[]);
    assert_eq!(
        looked_for(&found[0]),
        ["used: $DIR/rendered/cpi (cloud.provider.path)", &format!("not there: {JOB} (BOSH's directory of jobs)")]
    );
    assert_eq!(found[0]["executable"], "$DIR/rendered/cpi");
    let request = request(&calls(&sandbox, "rendered")[0]);
    assert_eq!((&request["method"], request.get("api_version")), (&json!("info"), None));
}

/// As the CLI's cpi_cmd_runner.go and cloud.go: the whole environment, its director_id, the stemcell's version, and
/// `info` with version 1.
#[test]
fn an_installation_of_create_env_is_called_as_the_cli_does() {
    let sandbox = sandbox("");
    sandbox.write("director-state.json", STATE);
    let bin = format!("{INSTALLATION}/jobs/fake_cpi/bin");
    put(&sandbox, &bin);
    sandbox.write(
        &format!("{bin}/fake.json"),
        &json!({"vms": {"vm-0": ["disk-0"]}, "info": {"api_version": 3}}).to_string(),
    );
    sandbox.write("inventory.yml", INVENTORY);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let run = |arguments: &[&str]| -> Run {
        sandbox.prepare(arguments).env("AWS_PROFILE", "mine").env("BOSH_JOBS_DIR", "/elsewhere")
    };
    run(&["take", "db/0"]).go().quiet_success();
    let calls = calls(&sandbox, &bin);
    let methods: Vec<&str> = calls.iter().map(|call| call["method"].as_str().unwrap()).collect();
    assert_eq!(methods, ["info", "get_disks", "snapshot_disk"]);
    let root = sandbox.path(INSTALLATION);
    for call in &calls {
        let environment = &call["environment"];
        assert_eq!(environment["BOSH_PACKAGES_DIR"], json!(root.join("packages")));
        assert_eq!(environment["BOSH_JOBS_DIR"], json!(root.join("jobs")));
        assert_eq!(environment["AWS_PROFILE"], "mine");
        assert_eq!(environment["PATH"], "/usr/sbin:/usr/bin:/sbin:/bin");
        let context = &request(call)["context"];
        assert_eq!(context["director_uuid"], "dir-1");
        assert_eq!(context["vm"], json!({"stemcell": {"api_version": 3}}));
    }
    let versions: Vec<Value> = calls.iter().map(|call| request(call)["api_version"].clone()).collect();
    assert_eq!(versions, [json!(1), json!(2), json!(2)]);
}

const INVENTORY: &str = "deployments:\n  - name: prod\n    instances:\n      - name: db/0\n        vm_cid: vm-0\n        \
                         managed_by: director\n        disks:\n          - cid: disk-0\n            size_mib: 1\n";

#[test]
fn a_cpi_config_gives_properties_and_takes_over_what_was_made_before_it() {
    let sandbox = sandbox("");
    put(&sandbox, "old");
    put(&sandbox, "new");
    for directory in ["old", "new"] {
        sandbox.write(&format!("{directory}/fake.json"), &json!({"vms": {"vm-0": ["disk-0"]}}).to_string());
    }
    sandbox.write("inventory.yml", INVENTORY);
    sandbox.run(&["--cpi-path", "old/cpi", "import", "inventory.yml"]).quiet_success();
    sandbox.run(&["--cpi-path", "old/cpi", "take", "db/0"]).quiet_success();
    // What the only CPI made is now in the hands of the one that says so, by the empty name or by the old one.
    for former in ["\"\"", "fake_cpi"] {
        sandbox.write(
            "cpis.yml",
            &format!(
                "cpis:\n- name: west\n  type: fake\n  exec_path: new/cpi\n  migrated_from: [{{name: {former}}}]\n  \
                 properties: {{fake: {{region: ((region)), nested: [1]}}, director_uuid: theirs}}\n- {{name: east, type: none}}\n"
            ),
        );
        let config = ["--cpi-config", "cpis.yml", "-v", "region=z1"];
        sandbox.run(&[&config[..], &["take", "db/0"]].concat()).quiet_success();
        for call in calls(&sandbox, "new") {
            let context = &request(&call)["context"];
            assert_eq!(context["fake"], json!({"region": "z1", "nested": [1]}), "flattened into the context");
            // As with the Director, a property wins over what the context has.
            assert_eq!(context["director_uuid"], "theirs");
            assert_eq!(call["arguments"], json!([]));
        }
        let missing = sandbox.run(&["--cpi-config", "cpis.yml", "take", "db/0"]);
        missing.refused(2, &["cpis.yml", "region"]);
    }
    assert_eq!(sandbox.names("old/snapshots").len(), 1);
    assert_eq!(sandbox.names("new/snapshots").len(), 2);
    let known = sandbox.rows(&["snapshots"], "snapshots");
    assert!(known.iter().all(|snapshot| snapshot["cpi"] == "fake_cpi"), "{known:?}");
    let rows = rows(&sandbox, &["--cpi-config", "cpis.yml", "-v", "region=z1"]);
    let of: Vec<(&Value, &Value, bool)> =
        rows.iter().map(|row| (&row["cpi"], &row["known_from"], row["error"].is_null())).collect();
    assert_eq!(
        of,
        [
            (&json!("fake_cpi"), &json!(["default", "state_file"]), true),
            (&json!("west"), &json!(["cpi_config"]), true),
            (&json!("east"), &json!(["cpi_config"]), false),
        ]
    );
}

#[test]
fn what_a_cpi_says_of_itself_is_shown_and_nothing_but_info_is_called() {
    let sandbox = sandbox("");
    put(&sandbox, "fake");
    let all = ["create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk"];
    for (info, expected) in [
        (json!({"api_version": 2}), json!([2, null, "unknown", []])),
        (json!(null), json!([null, null, "unknown", []])),
        (
            json!({"api_version": 9, "snapback": {"version": 1, "methods": all, "stores_metadata": true}}),
            json!([
                3,
                1,
                "unknown",
                ["promote", "list_snapshots", "find_snapshots", "find_disks", "describe_snapshots"]
            ]),
        ),
    ] {
        sandbox.write("fake/fake.json", &json!({"info": info}).to_string());
        let row = &rows(&sandbox, &["--cpi-path", "fake/cpi"])[0];
        assert_eq!(json!([row["api_version"], row["extension"], row["snapshots"], row["can"]]), expected);
    }
    assert!(calls(&sandbox, "fake").iter().all(|call| call["method"] == "info"));
    // No state file is needed, and none is made.
    assert!(!sandbox.state().exists());
    sandbox.run(&["--state", "nope.db", "--cpi-path", "fake/cpi", "cpis"]).refused(9, &["nope.db"]);
    // One that does not answer.
    sandbox.write("fake/fake.json", &json!({"does": {"info": "say:no credentials + exit:1"}}).to_string());
    let ran = sandbox.run(&["--cpi-path", "fake/cpi", "cpis"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("fake_cpi: info: no answer: it ended with exit status 1"), "{ran:?}");
    assert!(ran.stderr.contains("its log ends: no credentials"), "{ran:?}");
    sandbox.write("fake/fake.json", &json!({"does": {"info": "hang"}}).to_string());
    let ran = sandbox.run(&["--cpi-path", "fake/cpi", "cpis", "--timeout", "1"]);
    assert!(ran.status == 7 && ran.stderr.contains("still running after 1 s"), "{ran:?}");
}

#[test]
fn other_commands_lead_to_it() {
    let sandbox = sandbox("");
    sandbox.write("inventory.yml", INVENTORY);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let ran = sandbox.run(&["take", "db/0"]);
    ran.refused(8, &["no executable of the CPI 'fake_cpi' was found", JOB, "nothing was done", "run: snapback cpis"]);
    assert_eq!(sandbox.follow_hints(&ran), 1);
}

/// The wrapper of the page, over a job that was kept and a tree of packages as create-env leaves it.
#[test]
fn the_wrapper_of_the_page_works() {
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/cpis.md")).unwrap();
    let mut blocks = page.split("```sh\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    let keep =
        blocks.clone().find(|block| block.contains("kept-jobs && cp -a")).unwrap().replace("aws_cpi", "fake_cpi");
    let wrapper = blocks.find(|block| block.starts_with("#!/bin/sh")).unwrap();
    let sandbox = sandbox("  snapback: {cpi: {path: cpi}}\n");
    sandbox.write("director-state.json", &STATE.replace('\n', ""));
    let script = |path: &str, text: &str| {
        sandbox.write(path, text);
        fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(0o755)).unwrap();
    };
    put(&sandbox, &format!("{INSTALLATION}/packages/fake_cpi/bin"));
    for directory in ["bin", "config"] {
        fs::create_dir_all(sandbox.path(&format!("{INSTALLATION}/jobs/fake_cpi/{directory}"))).unwrap();
    }
    let job = format!("{INSTALLATION}/jobs/fake_cpi");
    sandbox.write(&format!("{job}/config/cpi.json"), "{}");
    // As the scripts of CPI releases are.
    script(
        &format!("{job}/bin/cpi"),
        "#!/bin/bash\nset -e\nBOSH_PACKAGES_DIR=${BOSH_PACKAGES_DIR:-/var/vcap/packages}\n\
         BOSH_JOBS_DIR=${BOSH_JOBS_DIR:-/var/vcap/jobs}\ntest -r $BOSH_JOBS_DIR/fake_cpi/config/cpi.json\n\
         exec $BOSH_PACKAGES_DIR/fake_cpi/bin/cpi $BOSH_JOBS_DIR/fake_cpi/config/cpi.json\n",
    );
    // create-env runs, and the operator's loop beside it; then create-env cleans up.
    let kept = std::process::Command::new("/bin/sh")
        .args(["-euc", &keep])
        .current_dir(sandbox.path(""))
        .env("HOME", sandbox.path(""))
        .status()
        .unwrap();
    assert!(kept.success());
    fs::remove_dir_all(sandbox.path(&job)).unwrap();
    script("cpi", &wrapper.replace("aws_cpi", "fake_cpi").replace("INSTALLATION_ID", "b0a34894"));
    sandbox.write("inventory.yml", INVENTORY);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    sandbox.run(&["cpis"]).quiet_success();
    let packages = format!("{INSTALLATION}/packages/fake_cpi/bin");
    sandbox.write(&format!("{packages}/fake.json"), &json!({"vms": {"vm-0": ["disk-0"]}}).to_string());
    sandbox.run(&["take", "db/0"]).quiet_success();
    assert_eq!(sandbox.names(&format!("{packages}/snapshots")).len(), 1);
    // Put back in its place it is found without the wrapper.
    fs::rename(sandbox.path("kept-jobs/fake_cpi"), sandbox.path(&job)).unwrap();
    fs::remove_file(sandbox.path("cpi")).unwrap();
    sandbox_without_own(&sandbox);
    sandbox.write("plain-state.json", &STATE.replace('\n', ""));
    let found = rows(&sandbox, &["-m", "plain.yml"]);
    assert_eq!(found[0]["error"], Value::Null, "{found:?}");
}
