//! Credentials reach only a child's standard input: a canary in each, and a whole run on CPIs that tell all they know.
#![cfg(debug_assertions)]

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use support::{Ran, Run, Sandbox, at_once, fake_cpi};

/// It stands in each credential, in each line of those with several.
const CANARY: &str = "cAnArY";

fn pem(kind: &str) -> String {
    let lines: Vec<String> =
        (1..5).map(|line| format!("{CANARY}{kind}{line}{}", "MIIEvQIBADANBgkqhkiG9w0".repeat(2))).collect();
    format!("-----BEGIN {kind} KEY-----\n{}\n-----END {kind} KEY-----\n", lines.join("\n"))
}

/// What stands in the files that the operator gives.
const GIVEN: [&str; 6] = ["director.yml", "cpis.yml", "vars.yml", "store.yml", "key.pem", "fake"];

fn scene() -> Sandbox {
    let sandbox = Sandbox::empty();
    let google =
        json!({"type": "service_account", "private_key": pem("json"), "client_email": format!("{CANARY}@mail")});
    let manifest = json!({
        "cloud_provider": {
            "template": {"name": "fake_cpi"},
            "properties": {"fake": {
                "password": format!("{CANARY}/of the=manifest&\"<'>"),
                "user": "((user))",
                "private_key": "((key))",
                "json_key": google.to_string(),
                "pin": 987_654_321,
                "hosts": [{"token": "((stored))"}],
            }},
            "mbus": format!("https://mbus:{CANARY}mbus@10.0.0.6:6868"),
        },
        "properties": {"director": {"name": "test", "enable_snapshots": true, "db": {"password": format!("{CANARY}db")}}},
    });
    // JSON is YAML; without this it would be a manifest that BOSH has rendered.
    sandbox.write("director.yml", &format!("---\n{manifest}\n"));
    let config = json!({"cpis": [
        {"name": "fake_cpi", "type": "fake", "exec_path": sandbox.path("fake/cpi"), "properties": {
            "fake": {"password": format!("{CANARY} of the config\\%"), "key": pem("config"), "deep": [{"secret": "((env))"}]},
            "endpoint": format!("https://user:{CANARY}inurl@cloud.example/v3"),
        }},
        {"name": "gone", "type": "gone", "properties": {"password": format!("{CANARY}gone")}},
    ]});
    sandbox.write("cpis.yml", &config.to_string());
    sandbox.write("vars.yml", &json!({"user": format!("{CANARY}user")}).to_string());
    sandbox.write("store.yml", &json!({"stored": format!("{CANARY}stored")}).to_string());
    sandbox.write("key.pem", &pem("manifest"));
    fake_cpi::install(&sandbox, &json!({}));
    sandbox.write(
        "inventory.yml",
        "deployments:\n- name: prod\n  instances:\n  - {name: db/0, vm_cid: vm-0, disks: [{cid: disk-0, size_mib: 1}]}\n  \
         - {name: db/1, vm_cid: vm-1, disks: [{cid: disk-1, size_mib: 1}]}\n",
    );
    sandbox
}

/// What the CPI's own configuration holds, in the forms in which programs write it down.
fn configuration(sandbox: &Sandbox) -> Value {
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let manifest: Value = serde_json::from_str(manifest.trim_start_matches("---")).unwrap();
    let properties = &manifest["cloud_provider"]["properties"]["fake"];
    let password = properties["password"].as_str().unwrap();
    let google: Value = serde_json::from_str(properties["json_key"].as_str().unwrap()).unwrap();
    let go = json!(password).to_string().replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e");
    let percent: String = password
        .bytes()
        .map(|byte| match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => char::from(byte).to_string(),
            other => format!("%{other:02X}"),
        })
        .collect();
    json!({"raw": properties, "escaped": properties.to_string(), "go": go, "url": percent, "parsed": google,
        "key": pem("manifest"), "escaped_key": json!(pem("manifest")).to_string(),
        "filled": [format!("{CANARY}user"), format!("{CANARY}stored")]})
}

struct Watch {
    sandbox: Sandbox,
    runs: usize,
}

impl Watch {
    fn script(&self, does: &Value) {
        let script = json!({"configuration": configuration(&self.sandbox), "does": does,
            "vms": {"vm-0": ["disk-0"], "vm-1": ["disk-1"]},
            "info": {"api_version": 2, "snapback": {"version": 1, "stores_metadata": true, "methods":
                ["create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk"]}}});
        self.sandbox.write("fake/fake.json", &script.to_string());
    }

    fn prepare(&self, arguments: &[&str]) -> Run {
        let global = [
            "--cpi-config",
            "cpis.yml",
            "-l",
            "vars.yml",
            "--vars-store",
            "store.yml",
            "--var-file",
            "key=key.pem",
            "--vars-env",
            "SECRET",
            "--timeout",
            "2",
            "--retries",
            "1",
            "--verbose",
            "--log-file",
            "calls.log",
        ];
        let run = self.sandbox.prepare(&[&global[..], arguments].concat()).env("SNAPBACK_TEST_PAUSE_MS", "1");
        run.env("SECRET_env", &format!("{CANARY}env")).env("BOSH_CLIENT_SECRET", &format!("{CANARY}client"))
    }

    /// Runs it, and looks for canaries in what it printed.
    #[track_caller]
    fn run(&mut self, arguments: &[&str]) -> Ran {
        self.seen(arguments, self.prepare(arguments).go())
    }

    #[track_caller]
    fn seen(&mut self, arguments: &[&str], ran: Ran) -> Ran {
        self.runs += 1;
        assert!(![2, 70, 101].contains(&ran.status) && ran.status >= 0, "{arguments:?}: {ran:?}");
        for (stream, text) in [("stdout", &ran.stdout), ("stderr", &ran.stderr)] {
            assert!(!text.contains(CANARY), "{arguments:?}: {stream}: {}", around(text));
            assert!(!text.contains("987654321"), "{arguments:?}: {stream}: {text}");
        }
        ran
    }

    /// Looks for canaries in each file that is not the operator's own.
    #[track_caller]
    fn files(&self) -> usize {
        let mut open: Vec<PathBuf> = entries(&self.sandbox.path(""));
        open.retain(|path| !GIVEN.contains(&path.file_name().unwrap().to_str().unwrap()));
        let mut looked = 0;
        while let Some(path) = open.pop() {
            if path.is_dir() {
                open.extend(entries(&path));
                continue;
            }
            looked += 1;
            let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
            assert!(!text.contains(CANARY) && !text.contains("987654321"), "{}: {}", path.display(), around(&text));
        }
        looked
    }
}

fn entries(directory: &Path) -> Vec<PathBuf> {
    fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()).collect()
}

fn around(text: &str) -> String {
    let (before, after) = text.split_once(CANARY).unwrap_or((text, ""));
    let before: Vec<char> = before.chars().rev().take(80).collect();
    format!("{}{CANARY}{}", before.iter().rev().collect::<String>(), after.chars().take(120).collect::<String>())
}

const FORMS: [&[&str]; 5] = [&[], &["--json"], &["--output", "json"], &["--output", "jsonl"], &["--output", "tsv"]];

#[test]
fn no_credential_is_told_by_a_whole_run() {
    let runs = AtomicUsize::new(0);
    at_once::each(&FORMS, |form| {
        runs.fetch_add(whole_run(form), Ordering::SeqCst);
    });
    assert!(runs.into_inner() > 200);
}

/// Gives how many commands there were.
fn whole_run(form: &[&'static str]) -> usize {
    let mut watch = Watch { sandbox: scene(), runs: 0 };
    watch.script(&json!({}));
    watch.run(&["import", "inventory.yml"]).quiet_success();
    let with = |words: &[&'static str]| [words, form].concat();
    watch.script(&json!({"snapshot_disk": "spill + ok", "info": "spill + ok", "get_disks": "spill + ok"}));
    watch.run(&with(&["take", "--note", "kept"])).quiet_success();
    for does in ["blab", "spill", "spill + act + exit:1", "error:Busy|Request limit exceeded|retry"] {
        watch.script(&json!({"snapshot_disk": does, "delete_snapshot": does, "create_disk_from_snapshot": does,
            "describe_snapshot": "spill + ok", "list_snapshots": "spill + ok", "find_disk": "spill + ok"}));
        // One that is lost is found again by its token.
        assert_eq!(watch.run(&with(&["take"])).status == 0, does.contains("act"), "{does}");
        let cid = watch.sandbox.rows(&["snapshots"], "snapshots")[0]["cid"].as_str().unwrap().to_owned();
        watch.run(&[&["promote", cid.as_str()], form].concat());
        watch.run(&[&["-n", "delete", cid.as_str()], form].concat());
        watch.run(&with(&["recover"]));
        for reading in
            [&["cpis"][..], &["doctor"], &["manifest"], &["operations"], &["snapshots"], &["disks"], &["instances"]]
        {
            watch.run(&with(reading));
        }
    }
    for does in ["blab", "spill", "spill + flood:100000", "spill + answer:[]"] {
        watch.script(&json!({"info": does}));
        assert_ne!(watch.run(&with(&["cpis"])).status, 0);
        assert_eq!(watch.run(&with(&["doctor"])).status, 11);
        assert_ne!(watch.run(&with(&["take"])).status, 0);
    }
    // A time-out, and what recover has to say of it.
    watch.script(&json!({"snapshot_disk": "spill + hang", "list_snapshots": "blab"}));
    assert_eq!(watch.run(&["take", "db/0"]).status, 7);
    assert_eq!(watch.run(&["recover"]).status, 7);
    for operation in watch.sandbox.rows(&["operations", "--limit", "12"], "operations") {
        let ran = watch.run(&["operations", operation["operation"].as_str().unwrap(), "--output", "json"]);
        assert!(!ran.stdout.is_empty());
    }
    watch.run(&["report", "--html", "page.html"]).quiet_success();
    watch.run(&["report", "--offline", "--html", "-"]).quiet_success();
    watch.run(&["snapshots", "--graph"]).quiet_success();
    assert!(watch.files() > 3);
    // What the children got, as /proc would tell: nothing but standard input.
    let calls = fs::read_to_string(watch.sandbox.path("fake/calls.jsonl")).unwrap();
    let calls: Vec<Value> = calls.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    for call in &calls {
        assert!(!call["environment"].to_string().contains(CANARY) && !call["arguments"].to_string().contains(CANARY));
        assert!(call["text"].as_str().unwrap().contains(CANARY), "the CPI has to have them");
    }
    watch.runs
}

/// A variable's value on the command line is the operator's own doing, but neither journal nor messages repeat it.
#[test]
fn a_variable_on_the_command_line_stays_there() {
    let mut watch = Watch { sandbox: scene(), runs: 0 };
    watch.script(&json!({"snapshot_disk": "blab"}));
    watch.run(&["import", "inventory.yml"]).quiet_success();
    let value = format!("user={CANARY}user");
    for form in FORMS {
        assert_ne!(watch.run(&[&["-v", value.as_str(), "take", "db/0"], form].concat()).status, 0);
        watch.run(&[&["operations"], form].concat());
    }
    assert!(watch.files() > 1);
}

/// create-env's manner gives a CPI the operator's whole environment, as the bosh CLI does: what it tells of that is
/// taken out by the variables' names.
#[test]
fn secrets_of_the_environment_are_known_by_their_names() {
    let mut watch = Watch { sandbox: scene(), runs: 0 };
    let bin = ".bosh/installations/one/jobs/fake_cpi/bin";
    fs::create_dir_all(watch.sandbox.path(bin)).unwrap();
    std::os::unix::fs::symlink(fake_cpi::binary(), watch.sandbox.path(bin).join("cpi")).unwrap();
    watch.sandbox.write("director-state.json", "{\"installation_id\": \"one\"}");
    let manifest = fs::read_to_string(watch.sandbox.path("director.yml")).unwrap();
    watch.sandbox.write("director.yml", &manifest.replace("((env))", "x"));
    watch.script(&json!({"snapshot_disk": "blab", "info": "spill + ok"}));
    let script = fs::read_to_string(watch.sandbox.path("fake/fake.json")).unwrap();
    watch.sandbox.write(&format!("{bin}/fake.json"), &script);
    let arguments = |words: &[&'static str]| -> Vec<&'static str> {
        [&["-l", "vars.yml", "--vars-store", "store.yml", "--var-file", "key=key.pem"], words].concat()
    };
    let mut go = |words: &[&'static str]| {
        let words = arguments(words);
        let run = watch.sandbox.prepare(&words).env("BOSH_CLIENT_SECRET", &format!("{CANARY}client"));
        let run = run.env("AWS_SECRET_ACCESS_KEY", &format!("{CANARY}aws")).env("OS_PASSWORD", &format!("{CANARY}os"));
        watch.seen(&words, run.go())
    };
    go(&["import", "inventory.yml"]).quiet_success();
    let ran = go(&["take", "db/0"]);
    assert!(ran.status == 7 && ran.stderr.contains("<redacted>"), "{ran:?}");
    let calls = fs::read_to_string(watch.sandbox.path(bin).join("calls.jsonl")).unwrap();
    assert!(calls.contains("canaryclient") || calls.contains(&format!("{CANARY}client")), "as the CLI gives it");
}
