//! `examples/`: each file is linted, and what it would run is run, on the local backend.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::support::fake_bosh::Director;
use crate::support::{Ran, Sandbox};

const EXAMPLES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
const JOBS: &str =
    "  snapback:\n    schedule:\n      jobs:\n        - {name: nightly, cron: \"0 2 * * *\", do: take}\n";
/// Before and after the hour of the schedule.
const BEFORE: &str = "2026-11-22T01:55:00Z";
const AFTER: &str = "2026-11-22T02:05:00Z";

fn read(path: &str) -> String {
    fs::read_to_string(Path::new(EXAMPLES).join(path)).unwrap()
}

fn yaml(path: &str) -> Value {
    serde_yaml::from_str(&read(path)).unwrap()
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let cloud = format!("path: {}", sandbox.path("cloud").display());
    sandbox.write("director.yml", &(manifest.replace("path: cloud", &cloud) + JOBS));
    sandbox
}

/// A shell that finds snapback, at this time.
fn shell(sandbox: &Sandbox, script: &str, now: &str, environment: &[(String, String)]) -> Ran {
    let bin = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-euc", script]).env_clear().env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("HOME", "/");
    shell.env("SNAPBACK_TEST_NOW", now).envs(environment.iter().cloned());
    Ran::of(shell.current_dir(sandbox.path("")).stdin(Stdio::null()).output().unwrap())
}

/// Whether a program that lints is there; with CI set, it must be.
fn has(program: &str) -> bool {
    let has = Command::new(program).arg("--version").output().is_ok_and(|ran| ran.status.success());
    assert!(has || std::env::var_os("CI").is_none(), "with CI set, nothing is skipped: {program} is missing");
    has
}

#[test]
fn the_units_of_systemd_are_valid_and_their_commands_work() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("lib")).unwrap();
    fs::copy(sandbox.state(), sandbox.path("lib/state.db")).unwrap();
    let place = |text: &str| {
        let text = text.replace("/usr/bin/snapback", env!("CARGO_BIN_EXE_snapback"));
        let text = text.replace("/etc/snapback", sandbox.path("").to_str().unwrap().trim_end_matches('/'));
        text.replace("/var/lib/snapback", sandbox.path("lib").to_str().unwrap())
    };
    for unit in ["snapback-schedule.service", "snapback-schedule.timer"] {
        sandbox.write(unit, &place(&read(&format!("systemd/{unit}"))));
    }
    if has("systemd-analyze") {
        let mut verify = Command::new("systemd-analyze");
        verify
            .args(["verify", "--man=no"])
            .args(["snapback-schedule.service", "snapback-schedule.timer"].map(|unit| sandbox.path(unit)));
        let ran = Ran::of(verify.output().unwrap());
        assert!(ran.status == 0 && !ran.stderr.contains("snapback"), "{ran:?}");
    }
    let unit = fs::read_to_string(sandbox.path("snapback-schedule.service")).unwrap();
    let values = |key: &str| -> Vec<String> {
        unit.lines().filter_map(|line| line.strip_prefix(key)?.strip_prefix('=')).map(str::to_owned).collect()
    };
    let environment: Vec<(String, String)> = values("Environment")
        .iter()
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(k, v)| (k.to_owned(), v.to_owned()))
        .collect();
    assert_eq!(environment.len(), 2, "{unit}");
    sandbox.prepare(&["--state", "lib/state.db", "-n", "recover", "--resume"]).go().quiet_success();
    // As systemd does it: what comes after a start is left out if that failed, what comes after the end never is.
    let metrics = sandbox.path("lib/snapback.prom");
    let night = |now: &str, more: &[(&str, &str)]| {
        let more = more.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment: Vec<_> = environment.iter().cloned().chain(more).collect();
        let _ = fs::remove_file(&metrics);
        let ran = shell(&sandbox, &values("ExecStart")[0], now, &environment);
        let after = if ran.status == 0 { values("ExecStartPost") } else { Vec::new() };
        for command in after.into_iter().chain(values("ExecStopPost")) {
            shell(&sandbox, command.strip_prefix('-').unwrap(), now, &environment);
        }
        (ran.status, fs::read_to_string(&metrics).unwrap())
    };
    let says = |metrics: &str, name: &str, value: &str| {
        let said = metrics.lines().any(|line| line.starts_with(&format!("{name}{{")) && line.ends_with(value));
        assert!(said, "{name} {value}: {metrics}");
    };
    let (status, before) = night(BEFORE, &[]);
    assert_eq!(status, 0);
    says(&before, "snapback_restorable", " 0");
    let (status, failed) = night(AFTER, &[("SNAPBACK_TEST_FAULT", "take.snapshot_disk.before=error")]);
    assert_eq!(status, 1);
    says(&failed, "snapback_restorable", " 0");
    let (status, next) = night("2026-11-23T02:05:00Z", &[]);
    assert_eq!(status, 0);
    says(&next, "snapback_restorable", " 1");
}

#[test]
fn the_workflow_is_one_and_its_steps_work() {
    let workflow = yaml("github/snapshots.yml");
    let schema = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/schemastore/github-workflow.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(schema).unwrap()).unwrap();
    let schema = jsonschema::validator_for(&schema).unwrap();
    let wrong: Vec<String> =
        schema.iter_errors(&workflow).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    // The schema sees a fault where there is one.
    let mut other = workflow.clone();
    other["jobs"]["due"]["steps"][1]["runs"] = "true".into();
    assert!(!schema.is_valid(&other));

    let director = Director::with(&["db/0"]);
    let manifest = fs::read_to_string(director.sandbox.path("director.yml")).unwrap();
    director.sandbox.write("director.yml", &(manifest + JOBS));
    symlink(env!("CARGO_BIN_EXE_snapback"), director.sandbox.path("bin/snapback")).unwrap();
    let environment: Vec<(&str, &str)> = workflow["env"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str().unwrap()))
        .filter(|(name, _)| name.starts_with("SNAPBACK_"))
        .collect();
    assert_eq!(environment, [("SNAPBACK_MANIFEST", "director.yml"), ("SNAPBACK_STATE", "/var/lib/snapback/state.db")]);
    let steps: Vec<(&str, Option<&str>)> = workflow["jobs"]["due"]["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|step| Some((step["run"].as_str()?, step["if"].as_str())))
        .collect();
    // As GitHub does it: after a step that failed, only those run that say so. The exit codes of the steps that ran.
    let job = |now: &str, bosh: Option<&str>| {
        let mut codes = Vec::new();
        for (step, when) in &steps {
            assert!(matches!(when, None | Some("${{ !cancelled() }}")), "{when:?}");
            if when.is_none() && codes.iter().any(|code| *code != 0) {
                continue;
            }
            let run = director.prepare_of(Path::new("/bin/sh"), &["-euc", step]).env("SNAPBACK_TEST_NOW", now);
            let run = run.env("VARS_secret_access_key", "hush-hush-4711").env("SNAPBACK_MANIFEST", "director.yml");
            let run = run.env("SNAPBACK_STATE", "state.db");
            let run = if let Some(bosh) = bosh { run.env("SNAPBACK_BOSH", bosh) } else { run };
            codes.push(run.go().status);
        }
        codes
    };
    // Before the first snapshot, the last step says that there is none.
    assert_eq!(job(BEFORE, None), [0, 0, 11]);
    // The Director is down.
    let codes = job(AFTER, Some("/bin/false"));
    assert!(codes[0] != 0 && codes[1..] == [0, 0], "{codes:?}");
    assert_eq!(job(AFTER, None), [0, 0, 0]);
}

/// The keys of a Concourse task's configuration (its documentation, "Tasks").
fn is_a_task(task: &Value) {
    const KEYS: [&str; 10] = [
        "platform",
        "image_resource",
        "inputs",
        "outputs",
        "caches",
        "params",
        "run",
        "rootfs_uri",
        "container_limits",
        "user",
    ];
    let task = task.as_object().unwrap();
    assert!(task.keys().all(|key| KEYS.contains(&key.as_str())), "{:?}", task.keys());
    assert_eq!(task["platform"], "linux");
    assert!(task["image_resource"]["type"].is_string() && task["image_resource"]["source"].is_object());
    assert!(task["params"].as_object().unwrap().values().all(Value::is_string));
    assert!(task["run"]["path"].is_string() && task["run"]["args"].as_array().unwrap().iter().all(Value::is_string));
}

/// A task's parameters as it has them, and those that are given.
fn with_params<const N: usize>(task: &Value, given: [(&str, String); N]) -> Vec<(String, String)> {
    let params = task["params"].as_object().unwrap().iter();
    let defaults = params.map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()));
    defaults.chain(given.map(|(name, value)| (name.to_owned(), value))).collect()
}

#[test]
fn the_pipeline_runs_the_task_and_needs_no_resource() {
    let (pipeline, task) = (yaml("concourse/pipeline.yml"), yaml("concourse/task.yml"));
    is_a_task(&task);
    assert_eq!(pipeline.as_object().unwrap().keys().collect::<Vec<_>>(), ["jobs"]);
    let job = &pipeline["jobs"][0];
    assert_eq!((&job["name"], &job["serial"]), (&"due".into(), &true.into()));
    let step = &job["plan"][0];
    assert_eq!((&step["task"], &step["config"]), (&"due".into(), &task));
    let given = step["params"].as_object().unwrap();
    assert!(given.keys().all(|name| task["params"].as_object().unwrap().contains_key(name)), "{given:?}");
}

#[test]
fn the_task_keeps_its_state_file_in_the_store_and_fails_if_a_snapshot_is_missing() {
    let (sandbox, task) = (sandbox(), yaml("concourse/task.yml"));
    let words: Vec<&str> = task["run"]["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap()).collect();
    assert_eq!((task["run"]["path"].as_str().unwrap(), words[0]), ("/bin/sh", "-euc"));
    if has("shellcheck") {
        sandbox.write("task.sh", words[1]);
        let linted = Command::new("shellcheck").args(["--shell", "sh"]).arg(sandbox.path("task.sh")).output().unwrap();
        assert!(linted.status.success(), "{}", String::from_utf8_lossy(&linted.stdout));
    }
    let store = sandbox.path("store.db");
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let manifest = manifest.replace("enable_snapshots: true", "enable_snapshots: ((enabled))");
    let given = [
        ("DIRECTOR_MANIFEST", manifest),
        ("DIRECTOR_VARIABLES", "enabled: true".to_owned()),
        ("FETCH_STATE", format!("if [ -e {0} ]; then cp {0} \"$STATE\"; fi", store.display())),
        ("STORE_STATE", format!("cp \"$STATE\" {}", store.display())),
        ("TMPDIR", sandbox.path("").display().to_string()),
    ];
    let environment = with_params(&task, given);
    sandbox.run(&["state", "backup", "store.db"]).quiet_success();
    // There is no snapshot yet: that is a failure, and what was noted is stored all the same.
    let first = shell(&sandbox, words[1], BEFORE, &environment);
    assert_eq!(first.status, 11, "{first:?}");
    // While the Director is down, what is due is taken all the same, and the task fails.
    let down = [("BOSH_ENVIRONMENT", "10.0.0.6"), ("SNAPBACK_BOSH", "/bin/false")];
    let down = down.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let ran = shell(&sandbox, words[1], AFTER, &environment.iter().cloned().chain(down).collect::<Vec<_>>());
    let said = format!("import --from-bosh has failed (exit code {})", ran.status);
    assert!(ran.status != 0 && ran.stderr.contains(&said), "{ran:?}");
    for _ in 0..2 {
        let ran = shell(&sandbox, words[1], AFTER, &environment);
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(!format!("{ran:?}").contains("Error"), "{ran:?}");
    }
    let kept = sandbox.run(&["--state", "store.db", "snapshots", "--output", "cid"]);
    assert_eq!(kept.stdout.lines().count(), 1, "{kept:?}");
}

#[test]
fn the_task_takes_a_binary_only_with_its_checksum() {
    if !has("curl") {
        return;
    }
    let (sandbox, task) = (sandbox(), yaml("concourse/task.yml"));
    let script = task["run"]["args"][1].as_str().unwrap();
    sandbox.write("program", "#!/bin/sh\necho \"it ran: $*\"\n");
    let sum = Command::new("sha256sum").arg(sandbox.path("program")).output().unwrap().stdout;
    let sum = String::from_utf8(sum).unwrap().split(' ').next().unwrap().to_owned();
    for (sum, ran) in [(sum, true), ("0".repeat(64), false)] {
        let given = [
            ("SNAPBACK_URL", format!("file://{}", sandbox.path("program").display())),
            ("SNAPBACK_SHA256", sum),
            ("TMPDIR", sandbox.path("").display().to_string()),
        ];
        let ended = shell(&sandbox, script, AFTER, &with_params(&task, given));
        assert_eq!((ended.status == 0, ended.stdout.contains("it ran: ")), (ran, ran), "{ended:?}");
    }
}
