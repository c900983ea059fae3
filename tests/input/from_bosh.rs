//! `import --from-bosh`: the read-only commands run, in the operator's environment, and taken in all or nothing. The
//! bosh CLI is a script (`fixtures/bosh/fake/bosh`) that answers what the real one was recorded to answer.

use crate::support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};
use support::{Ran, Run, Sandbox};

const CANARY: &str = "hush-5d3c81";

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh")
}

/// A sandbox with a manifest, and a Director `test` that has the deployment `dep`.
struct Scene(Sandbox);

impl Scene {
    fn new() -> Self {
        let scene = Scene(Sandbox::empty());
        scene.0.manifest(true, "");
        fs::create_dir(scene.0.path("bosh")).unwrap();
        scene.answer("environment", &table("", &[r#""name": "test", "uuid": "u", "version": "282.0.0""#]));
        scene.deployments(&["dep"]);
        for (name, fixture) in [
            ("dep.instances", "instances_details.json"),
            ("dep.snapshots", "snapshots.json"),
            ("disks", "disks_orphaned.json"),
        ] {
            fs::copy(fixtures().join(fixture), scene.0.path("bosh").join(name)).unwrap();
        }
        scene
    }

    fn answer(&self, name: &str, text: &str) {
        self.0.write(&format!("bosh/{name}"), text);
    }

    fn fails(&self, name: &str, said: &str) {
        let said = serde_json::to_string(said).unwrap();
        let lines =
            format!(r#"["Using environment 'https://10.0.0.6:25555' as client 'admin'", {said}, "Exit code 1"]"#);
        self.answer(name, &format!(r#"{{"Tables": null, "Blocks": null, "Lines": {lines}}}"#));
        self.answer(&format!("{name}.rc"), "1");
    }

    fn deployments(&self, names: &[&str]) {
        let rows: Vec<String> = names.iter().map(|name| format!(r#""name": "{name}", "release_s": "x/1""#)).collect();
        self.answer("deployments", &table("deployments", &rows.iter().map(String::as_str).collect::<Vec<_>>()));
    }

    fn import(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    fn prepare(&self, arguments: &[&str]) -> Run {
        let arguments = [&["import", "--from-bosh"], arguments].concat();
        self.0
            .prepare(&arguments)
            .env("PATH", &format!("{}:/usr/bin:/bin", fixtures().join("fake").display()))
            .env("FAKE_BOSH", self.0.path("bosh").to_str().unwrap())
            .env("BOSH_ENVIRONMENT", "https://10.0.0.6:25555")
            .env("BOSH_CLIENT", "admin")
            .env("BOSH_CLIENT_SECRET", CANARY)
    }

    /// The command lines since the last look.
    fn calls(&self) -> Vec<String> {
        let calls = fs::read_to_string(self.0.path("bosh/calls")).unwrap();
        fs::remove_file(self.0.path("bosh/calls")).unwrap();
        calls.lines().map(str::to_owned).collect()
    }

    fn nothing_was_imported(&self) {
        assert!(!self.0.state().exists(), "there is a state file");
    }
}

fn table(content: &str, rows: &[&str]) -> String {
    let rows: Vec<String> = rows.iter().map(|row| format!("{{{row}}}")).collect();
    format!(
        r#"{{"Tables": [{{"Content": "{content}", "Header": {{}}, "Rows": [{}], "Notes": null}}], "Lines": ["Succeeded"]}}"#,
        rows.join(", ")
    )
}

#[test]
fn all_lists_are_asked_for_and_taken_in() {
    let scene = Scene::new();
    let ran = scene.import(&[]);
    ran.quiet_success();
    let expected = [
        "-n --json environment",
        "-n --json deployments",
        "-n --json -d dep instances --details",
        "-n --json -d dep snapshots",
        "-n --json disks --orphaned",
    ];
    assert_eq!(scene.calls(), expected);
    assert!(ran.stderr.contains("Asking: bosh -n --json -d dep snapshots\n"), "{ran:?}");
    let pipe = |name: &str| fs::read_to_string(fixtures().join("cli").join(name)).unwrap();
    assert_eq!(scene.0.run(&["instances", "--details"]).stdout, pipe("instances_details_pipe.stdout"));
    assert_eq!(scene.0.run(&["-d", "dep", "snapshots"]).stdout, pipe("snapshots_pipe.stdout"));
    assert_eq!(scene.0.run(&["disks", "--orphaned"]).stdout, pipe("disks_orphaned_pipe.stdout"));
    let again = scene.import(&[]);
    assert!(again.stdout.lines().count() == 8 && again.stdout.matches("unchanged").count() == 8, "{again:?}");
    let dry = scene.import(&["--dry-run"]);
    assert_eq!(dry.stdout.matches("would be imported").count(), 8, "{dry:?}");
}

#[test]
fn the_secret_is_in_the_environment_and_nowhere_else() {
    let scene = Scene::new();
    scene.import(&[]).quiet_success();
    let seen = fs::read_to_string(scene.0.path("bosh/environment.seen")).unwrap();
    assert_eq!(seen.matches(&format!("BOSH_CLIENT_SECRET={CANARY}\n")).count(), 5);
    assert!(seen.contains("BOSH_ENVIRONMENT=https://10.0.0.6:25555\n") && seen.contains("BOSH_CLIENT=admin\n"));
    let mut said = format!("{:?}", scene.calls());
    // Even where bosh itself gives it away.
    scene.fails("dep.instances", &format!("UAA: bad credentials admin:{CANARY}"));
    let ran = scene.import(&[]);
    ran.refused(7, &["UAA: bad credentials admin:<redacted>"]);
    said += &format!("{ran:?}");
    scene.answer("dep.instances", &format!("debug {CANARY}"));
    said += &format!("{:?}", scene.import(&["--output", "json"]));
    fs::remove_file(scene.0.path("bosh/dep.instances.rc")).unwrap();
    said += &format!("{:?}", scene.import(&[]));
    said += &format!("{:?}", scene.calls());
    let state = String::from_utf8_lossy(&fs::read(scene.0.state()).unwrap()).into_owned();
    assert!(!said.contains(CANARY) && !state.contains(CANARY), "{said}");
    assert_eq!(said.matches("<redacted>").count(), 4, "the JSON has it as the error and among the errors: {said}");
}

#[test]
fn one_deployment() {
    let scene = Scene::new();
    scene.deployments(&["dep", "other"]);
    scene.import(&["-d", "dep"]).quiet_success();
    let calls = scene.calls();
    assert_eq!((calls.len(), calls.contains(&"-n --json deployments".to_owned())), (4, false), "{calls:?}");
    let said = r#"Director responded with non-successful status code '404' response '{"code":70000,"description":"Deployment 'nope' doesn't exist"}'"#;
    scene.fails("nope.instances", said);
    let ran = scene.import(&["-d", "nope"]);
    ran.refused(5, &["`bosh -n --json -d nope instances --details` failed (exit status 1): ", "doesn't exist"]);
    // The name in the list's rows must be the one that was asked for.
    fs::copy(scene.0.path("bosh/dep.instances"), scene.0.path("bosh/other.instances")).unwrap();
    scene.import(&["-d", "other"]).refused(7, &["it names db/0 of deployment 'dep'"]);
}

#[test]
fn which_program_it_is() {
    let scene = Scene::new();
    let script = fixtures().join("fake/bosh");
    let run = |arguments: &[&str], variable: &str| {
        let run = scene.0.prepare(&[&["import", "--from-bosh", "-q"], arguments].concat());
        run.env("FAKE_BOSH", scene.0.path("bosh").to_str().unwrap()).env("SNAPBACK_BOSH", variable).go()
    };
    let ran = run(&[], "");
    if ran.stderr.contains("no such program") {
        ran.refused(
            1,
            &["`bosh -n --json environment` gave no answer", "install the bosh CLI", "--bosh or SNAPBACK_BOSH"],
        );
    }
    run(&[], script.to_str().unwrap()).quiet_success();
    run(&["--bosh", script.to_str().unwrap()], "/nowhere/bosh").quiet_success();
    run(&["--bosh", "/nowhere/bosh"], "").refused(1, &["/nowhere/bosh: no such program"]);
    scene.0.run(&["import", "--from-bosh", "file.json"]).refused(2, &["cannot be used with"]);
    scene.0.run(&["import"]).refused(2, &["import needs <FILE>... or --from-bosh"]);
}

#[test]
fn a_command_that_fails_is_one_error_and_nothing_is_imported() {
    for name in ["deployments", "dep.instances", "dep.snapshots", "disks"] {
        let scene = Scene::new();
        scene.fails(name, "Fetching it:\n  Performing request GET 'https://10.0.0.6:25555/x':\n    no route to host");
        let ran = scene.import(&[]);
        ran.refused(7, &["failed (exit status 1): Fetching it:", "no route to host", "nothing was imported"]);
        assert!(ran.stderr.contains("Hint: run: bosh -n --json ") && !ran.stderr.contains("Exit code"), "{ran:?}");
        scene.nothing_was_imported();
    }
    let scene = Scene::new();
    scene.fails("deployments", "Director responded with '401' response 'Not authorized: '/deployments''");
    scene.import(&[]).refused(7, &["Not authorized", "log in with `bosh log-in`"]);
    scene.fails("deployments", "Expected non-empty Director URL");
    scene.import(&[]).refused(7, &["Expected non-empty Director URL", "BOSH_ENVIRONMENT"]);
    scene.answer("deployments.sh", "echo 'panic: on stderr' >&2; exit 2");
    scene.import(&[]).refused(7, &["failed (exit status 2): panic: on stderr"]);
    let document: serde_json::Value = serde_json::from_str(&scene.import(&["--output", "json"]).stdout).unwrap();
    assert_eq!((&document["error"]["kind"], &document["status"]), (&"cpi".into(), &7.into()));
    scene.nothing_was_imported();
}

#[test]
fn one_that_hangs_is_ended() {
    let scene = Scene::new();
    scene.answer("dep.snapshots.sh", "sleep 60; touch survived");
    let begun = Instant::now();
    let ran = scene.import(&["--timeout", "1"]);
    ran.refused(
        7,
        &["`bosh -n --json -d dep snapshots` gave no answer", "still running after 1 s, and ended", "--timeout"],
    );
    assert!(begun.elapsed() < Duration::from_secs(20));
    scene.nothing_was_imported();
}

/// What runs in a process group; who has ended, and is not yet reaped by init, runs no more.
fn running_in_group(group: &str) -> Vec<String> {
    let stats =
        fs::read_dir("/proc").unwrap().filter_map(|entry| fs::read_to_string(entry.ok()?.path().join("stat")).ok());
    let of_group = |stat: &String| {
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        fields[2] == group && fields[0] != "Z"
    };
    stats.filter(of_group).collect()
}

#[test]
fn an_interrupt_ends_bosh_and_what_it_started() {
    for (signal, status) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let scene = Scene::new();
        scene.answer("dep.snapshots.sh", "echo $$ > \"$FAKE_BOSH/pid\"; sleep 60; touch \"$FAKE_BOSH/survived\"");
        let begun = Instant::now();
        let child = scene.prepare(&[]).start();
        let pid = scene.0.path("bosh/pid");
        while !fs::read_to_string(&pid).is_ok_and(|text| text.ends_with('\n')) {
            assert!(begun.elapsed() < Duration::from_secs(60));
            std::thread::sleep(Duration::from_millis(5));
        }
        let interrupted = Instant::now();
        rustix::process::kill_process(Pid::from_child(&child), signal).unwrap();
        let output = child.wait_with_output().unwrap();
        assert!(interrupted.elapsed() < Duration::from_secs(10), "{:?}", interrupted.elapsed());
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(status), "{stderr}");
        assert!(stderr.contains("Error: interrupted: nothing new was begun"), "{stderr}");
        assert_eq!(running_in_group(fs::read_to_string(&pid).unwrap().trim()), [""; 0]);
        scene.nothing_was_imported();
    }
}

#[test]
fn what_is_no_answer_is_told_for_what_it_is() {
    for (does, text) in [
        ("echo '<html>'; exit 0", "printed HTML or XML instead of JSON"),
        ("exit 0", "printed nothing instead of JSON"),
        ("echo 'bosh 1.3262.26.0'; echo; exit 0", "printed 'bosh 1.3262.26.0' instead of JSON"),
        ("echo '{\"Tables\": ['; exit 0", "JSON that ends in the middle"),
        ("echo '{\"Tables\": null, \"Lines\": [\"no\", \"Exit code 1\"]}'; exit 0", "the bosh command failed: no"),
        ("echo '{\"Tables\": null, \"Lines\": [\"Succeeded\"]}'; exit 0", "without a table"),
        ("printf '{'; head -c 20000000 /dev/zero; exit 0", "printed more than 16 MiB"),
    ] {
        let scene = Scene::new();
        scene.answer("dep.instances.sh", does);
        scene.import(&[]).refused(7, &["`bosh -n --json -d dep instances --details`", text]);
        scene.nothing_was_imported();
    }
    for does in ["echo '{}'; exit 0", "echo '{\"Tables\": [{\"Content\": \"vms\", \"Rows\": []}]}'; exit 0"] {
        let scene = Scene::new();
        scene.answer("deployments.sh", does);
        scene.import(&[]).refused(7, &["`bosh -n --json deployments`"]);
        scene.nothing_was_imported();
    }
}

#[test]
fn a_deployment_that_vanishes_in_between() {
    let scene = Scene::new();
    scene.import(&[]).quiet_success();
    scene.deployments(&["dep", "gone"]);
    let unknown = r#"status code '404' response '{"code":70000,"description":"Deployment 'gone' doesn't exist"}'"#;
    scene.fails("gone.instances", unknown);
    // The Director still lists it: that does not fit together.
    scene.import(&[]).refused(5, &["-d gone instances", "doesn't exist"]);
    // It was deleted between the two questions.
    let now = table("deployments", &[r#""name": "dep""#]);
    scene.answer("gone.instances.sh", &format!("cat > \"$FAKE_BOSH/deployments\" << 'END'\n{now}\nEND\n"));
    let ran = scene.import(&[]);
    ran.quiet_success();
    assert!(
        ran.stderr.contains("Warning: deployment 'gone' was deleted meanwhile: snapback changes nothing of it"),
        "{ran:?}"
    );
    assert_eq!(ran.stdout.matches("unchanged").count(), 8);
}

#[test]
fn what_the_director_no_longer_has() {
    let scene = Scene::new();
    scene.import(&[]).quiet_success();
    // A deployment without an instance is one: its disks are kept as orphaned.
    scene.answer("dep.instances", &table("instances", &[]));
    scene.answer("dep.snapshots", &table("snapshots", &[]));
    let ran = scene.import(&[]);
    ran.quiet_success();
    assert_eq!(ran.stdout.matches("vanished").count(), 3, "{ran:?}");
    // Two of its snapshots are of disks that BOSH keeps as orphaned, and them with it; of the third nobody knows the disk.
    assert_eq!(ran.stdout.matches("\tgone").count(), 1, "{ran:?}");
    let of_orphans = scene.0.rows(&["snapshots"], "snapshots");
    assert_eq!(of_orphans.iter().filter(|row| row["owner"] == "director").count(), 2, "{of_orphans:?}");
    assert_eq!(scene.0.rows(&["disks", "--orphaned"], "disks").len(), 6);
    // A deployment that is not in the list may only be hidden from this client: nothing is changed of it.
    let scene = Scene::new();
    scene.import(&[]).quiet_success();
    scene.deployments(&[]);
    let ran = scene.import(&[]);
    ran.quiet_success();
    assert!(ran.stderr.contains("the Director does not list deployment 'dep'"), "{ran:?}");
    assert_eq!(scene.0.rows(&["instances"], "instances").len(), 3);
}

#[test]
fn the_lists_of_another_director_are_refused() {
    let scene = Scene::new();
    scene.answer("environment", &table("", &[r#""name": "production""#]));
    let ran = scene.import(&[]);
    ran.refused(
        4,
        &["the Director that bosh talks to is 'production'", "the manifest is that of 'test'", "BOSH_ENVIRONMENT"],
    );
    assert_eq!(scene.calls(), ["-n --json environment"]);
    scene.nothing_was_imported();
    // One that cannot tell is asked all the same.
    fs::remove_file(scene.0.path("bosh/environment")).unwrap();
    scene.import(&[]).quiet_success();
}
