//! The job of the BOSH release (`release/`): its templates, rendered, and what they start, with a CPI on the local cloud.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox};

const JOB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/release/jobs/snapback");
const RENDERER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/automation/bosh_job/render.rb");

fn can_render() -> bool {
    let has_ruby = Command::new("ruby").arg("--version").output().is_ok_and(|ran| ran.status.success());
    assert!(has_ruby || std::env::var_os("CI").is_none(), "with CI set, nothing is skipped: ruby is missing");
    if !has_ruby {
        eprintln!("skipped: ruby is missing");
    }
    has_ruby
}

/// Nothing to say for shellcheck, where it is installed.
fn lint(script: &Path) {
    match Command::new("shellcheck").arg(script).output() {
        Ok(ran) => assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout)),
        Err(_) => assert!(std::env::var_os("CI").is_none(), "with CI set, nothing is skipped: shellcheck is missing"),
    }
}

/// What `/var/vcap` is on a Director's VM, in a sandbox.
struct Vm {
    sandbox: Sandbox,
    root: PathBuf,
}

impl Vm {
    /// A VM with a rendered `director.yml` and a CPI, and the job with these properties.
    fn with(properties: &Value) -> Self {
        let sandbox = Sandbox::empty();
        let vm = Vm { root: sandbox.path("vcap"), sandbox };
        vm.script(
            "jobs/my_cpi/bin/cpi",
            &format!("exec {} cpi local --path ROOT/cloud", env!("CARGO_BIN_EXE_snapback")),
        );
        let cpi = vm.root.join("jobs/my_cpi/bin/cpi");
        let director = json!({
            "name": "prod", "snapshots": {"enabled": false}, "scheduled_jobs": [],
            "cloud": {"provider": {"name": "my_cpi", "path": cpi}},
        });
        vm.file("jobs/director/config/director.yml", &director.to_string());
        fs::create_dir_all(vm.root.join("packages/snapback/bin")).unwrap();
        symlink(env!("CARGO_BIN_EXE_snapback"), vm.root.join("packages/snapback/bin/snapback")).unwrap();
        vm.file("../properties.json", &json!({"snapback": properties}).to_string());
        vm.render();
        vm.sandbox.make_disk("disk-0", 1 << 20, "db");
        vm.sandbox.make_vm("vm-0", &["disk-0"]);
        fs::rename(vm.sandbox.path("cloud"), vm.root.join("cloud")).unwrap();
        vm
    }

    fn file(&self, path: &str, text: &str) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn script(&self, path: &str, text: &str) {
        let text = text.replace("ROOT", self.root.to_str().unwrap());
        self.file(path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.root.join(path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Renders the job for this root, this user, and a test's patience.
    fn render(&self) {
        let to = self.root.join("jobs/snapback");
        let rendered = Command::new("ruby")
            .arg(RENDERER)
            .arg(JOB)
            .arg(self.sandbox.path("properties.json"))
            .arg(&to)
            .output()
            .unwrap();
        assert!(rendered.status.success(), "{}", String::from_utf8_lossy(&rendered.stderr));
        let user = Command::new("id").arg("-un").output().unwrap().stdout;
        let user = format!("user={}", String::from_utf8_lossy(&user).trim());
        for directory in ["bin", "config", "."] {
            for entry in fs::read_dir(to.join(directory))
                .unwrap()
                .map(|entry| entry.unwrap().path())
                .filter(|path| path.is_file())
            {
                let text = fs::read_to_string(&entry).unwrap();
                let text = text.replace("/var/vcap", self.root.to_str().unwrap()).replace("user=vcap", &user);
                fs::write(
                    &entry,
                    text.replace("sleep 60", "sleep 1")
                        .replace("sleep 5", "sleep 0.2")
                        .replace("-60 seconds", "-1 seconds"),
                )
                .unwrap();
            }
        }
    }

    fn prepare(&self, program: &str, arguments: &[&str]) -> Command {
        let mut command = Command::new(self.root.join("jobs/snapback/bin").join(program));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", self.sandbox.path(""));
        command.current_dir(self.sandbox.path("")).stdin(Stdio::null());
        command
    }

    #[track_caller]
    fn run(&self, program: &str, arguments: &[&str]) -> Ran {
        let ran = Ran::of(self.prepare(program, arguments).output().unwrap());
        assert_eq!(ran.status, 0, "{program} {arguments:?}: {ran:?}\n{}", self.logs());
        ran
    }

    fn import(&self) {
        self.sandbox.write(
            "inventory.yml",
            "deployments: [{name: prod, instances: [{name: db/0, vm_cid: vm-0, managed_by: nobody, disks: [{cid: disk-0, \
             size_mib: 1}]}]}]",
        );
        self.run("snapback", &["import", "inventory.yml"]);
    }

    fn snapshots(&self) -> Vec<String> {
        self.run("snapback", &["snapshots", "--output", "cid"]).stdout.lines().map(str::to_owned).collect()
    }

    fn logs(&self) -> String {
        let Ok(logs) = fs::read_dir(self.root.join("sys/log/snapback")) else { return String::new() };
        logs.map(|log| log.unwrap().path())
            .map(|log| format!("{}:\n{}", log.display(), fs::read_to_string(&log).unwrap()))
            .collect()
    }

    /// Waits, and gives up after two minutes.
    #[track_caller]
    fn wait(&self, what: &str, is_so: &dyn Fn() -> bool) {
        let begun = Instant::now();
        while !is_so() {
            assert!(begun.elapsed() < Duration::from_secs(120), "{what}\n{}", self.logs());
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    /// As the agent stops a job; the state file is copied then.
    fn stop(&self) {
        assert_eq!(self.run("drain", &[]).stdout, "0\n");
        self.run("ctl", &["stop", "schedule"]);
        self.run("ctl", &["stop", "keeper"]);
        assert!(fs::read_dir(self.root.join("sys/run/snapback")).unwrap().next().is_none());
    }
}

impl Drop for Vm {
    fn drop(&mut self) {
        for program in ["schedule", "keeper"] {
            let _ = self.prepare("ctl", &["stop", program]).output();
        }
    }
}

fn each_second() -> Value {
    let jobs = json!([{"name": "often", "cron": "* * * * * *", "do": "take"}]);
    json!({
        "use_bpm": false, "enable_snapshots": true, "settings": {"schedule": {"jobs": jobs}},
        "env": {"A_WORD": "it's $HOME"}, "metrics": {"interval": 1},
    })
}

#[test]
fn the_job_takes_snapshots_and_its_state_outlives_either_disk() {
    if !can_render() {
        return;
    }
    let vm = Vm::with(&each_second());
    vm.run("ctl", &["start", "schedule"]);
    vm.run("ctl", &["start", "keeper"]);
    let path = |path: &str| vm.root.join(path);
    vm.wait("no state file", &|| path("data/snapback/state.db").exists());
    vm.import();
    vm.wait("nothing was taken", &|| !vm.snapshots().is_empty());
    let metrics = || fs::read_to_string(path("data/snapback/metrics/snapback.prom")).unwrap_or_default();
    vm.wait("no metrics", &|| metrics().contains("snapback_restorable{") && metrics().contains("} 1\n"));
    vm.wait("no copy", &|| path("store/snapback/state.db").exists());
    // monit may say it twice.
    vm.run("ctl", &["start", "schedule"]);
    vm.stop();
    let before = vm.snapshots();
    assert_eq!(before.len(), vm.sandbox.names("vcap/cloud/snapshots").len());

    // Another VM: its ephemeral disk is empty.
    fs::remove_dir_all(path("data")).unwrap();
    vm.run("ctl", &["start", "schedule"]);
    vm.wait("nothing more was taken", &|| {
        path("data/snapback/state.db").exists() && vm.snapshots().len() > before.len()
    });
    vm.stop();
    let after = vm.snapshots();
    assert!(before.iter().all(|cid| after.contains(cid)), "{before:?} {after:?}");

    // An empty persistent disk: the copy is made again.
    fs::remove_dir_all(path("store")).unwrap();
    vm.run("ctl", &["start", "schedule"]);
    vm.stop();
    let copy = path("store/snapback/state.db");
    let listed = vm.run("snapback", &["--state", copy.to_str().unwrap(), "snapshots", "--output", "cid"]);
    assert_eq!(listed.stdout.lines().collect::<Vec<_>>(), vm.snapshots());
}

#[test]
fn schedules_wait_if_the_copy_has_an_operation_that_is_not_settled() {
    if !can_render() {
        return;
    }
    let vm = Vm::with(&each_second());
    vm.run("ctl", &["start", "keeper"]);
    vm.import();
    let killed = vm
        .prepare("snapback", &["take", "db/0"])
        .env("SNAPBACK_TEST_FAULT", "take.snapshot_disk.effected=kill")
        .status();
    if !cfg!(debug_assertions) {
        return;
    }
    assert!(!killed.unwrap().success());
    vm.stop();
    fs::remove_dir_all(vm.root.join("data")).unwrap();
    vm.run("ctl", &["start", "schedule"]);
    vm.wait("they do not wait", &|| vm.logs().contains("the schedules wait"));
    assert_eq!(vm.snapshots(), [""; 0]);
    let line = vm.logs();
    let line = line.lines().find(|line| line.contains("Then type")).unwrap().to_owned();
    let typed = line.rsplit('\'').nth(1).unwrap();
    let ran = Ran::of(Command::new("/bin/sh").args(["-c", typed]).output().unwrap());
    // This CPI can tell that the snapshot is there.
    assert_eq!(ran.status, 0, "{ran:?}");
    vm.wait("they wait for ever", &|| vm.snapshots().len() > 1);
    vm.stop();
}

/// Whoever types first on a new VM: the state file of before comes back, and the copy is never lost to an empty one.
#[test]
fn on_a_new_vm_the_copy_comes_back_before_anything_else() {
    if !can_render() {
        return;
    }
    let vm = Vm::with(&json!({"use_bpm": false, "enable_snapshots": true}));
    vm.run("ctl", &["start", "keeper"]);
    vm.import();
    vm.run("snapback", &["take", "db/0"]);
    vm.stop();
    let taken = vm.snapshots();
    let copy = vm.root.join("store/snapback/state.db");
    let state = vm.root.join("data/snapback/state.db");
    fs::remove_dir_all(vm.root.join("data")).unwrap();
    vm.run("ctl", &["start", "keeper"]);
    vm.stop();
    assert_eq!(vm.snapshots(), taken);

    // Another state file in its place, however it got there.
    fs::remove_file(&state).unwrap();
    let _ = fs::remove_dir_all(vm.root.join("data/snapback/state.db.locks"));
    let before = fs::read(&copy).unwrap();
    fs::rename(&copy, copy.with_extension("aside")).unwrap();
    vm.import();
    fs::rename(copy.with_extension("aside"), &copy).unwrap();
    fs::remove_file(vm.root.join("store/snapback/copied")).unwrap();
    let refused = Ran::of(vm.prepare("copy-state", &[]).output().unwrap());
    refused.refused(9, &["is not replaced: it is a copy of another state"]);
    assert!(fs::read(&copy).unwrap() == before);
}

#[test]
fn a_copy_that_could_not_be_taken_off_the_vm_is_tried_again() {
    if !can_render() {
        return;
    }
    let vm = Vm::with(&json!({"use_bpm": false, "enable_snapshots": true}));
    vm.script("packages/away/bin/away", "[ -e ROOT/reachable ] || sleep 30\ncp \"$1\" ROOT/elsewhere");
    let away = vm.root.join("packages/away/bin/away");
    let properties = json!({"use_bpm": false, "copy": {"command": [away], "deadline": 1}});
    vm.file("../properties.json", &json!({"snapback": properties}).to_string());
    vm.render();
    vm.run("ctl", &["start", "keeper"]);
    vm.import();
    vm.wait("nobody says so", &|| vm.logs().matches("is not copied off this VM").count() > 1);
    assert!(!vm.root.join("elsewhere").exists());
    vm.file("reachable", "");
    vm.wait("it is not tried again", &|| vm.root.join("elsewhere").exists());
    vm.stop();
    let (copy, elsewhere) = (vm.root.join("store/snapback/state.db"), vm.root.join("elsewhere"));
    assert!(fs::read(copy).unwrap() == fs::read(elsewhere).unwrap());
    // Once it is there it is not sent again.
    fs::remove_file(vm.root.join("elsewhere")).unwrap();
    vm.run("copy-state", &["now"]);
    assert!(!vm.root.join("elsewhere").exists());
}

/// What monit and bpm are told to start is there.
#[test]
fn under_bpm_each_process_has_its_program_and_sees_the_cpi() {
    if !can_render() {
        return;
    }
    let volumes = json!([{"path": "/var/run/docker.sock", "mount_only": true}]);
    let vm = Vm::with(&json!({"additional_volumes": volumes}));
    let job = vm.root.join("jobs/snapback");
    let bpm: Value = serde_yaml::from_str(&fs::read_to_string(job.join("config/bpm.yml")).unwrap()).unwrap();
    let monit = fs::read_to_string(job.join("monit")).unwrap();
    let processes = bpm["processes"].as_array().unwrap();
    assert_eq!(processes.len(), 2);
    for process in processes {
        let program = Path::new(process["executable"].as_str().unwrap());
        assert!(
            program.starts_with(&job) && fs::metadata(program).unwrap().permissions().mode() & 0o111 != 0,
            "{process}"
        );
        let paths: Vec<&str> = process["unsafe"]["unrestricted_volumes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|v| v["path"].as_str().unwrap())
            .collect();
        assert!(paths.contains(&vm.root.join("jobs/director/config/director.yml").to_str().unwrap()), "{paths:?}");
        assert!(paths.contains(&"/var/run/docker.sock"), "{paths:?}");
        let name = process["name"].as_str().unwrap();
        assert!(monit.contains(&format!("sys/run/bpm/snapback/{name}.pid")), "{monit}");
    }
    let off = Vm::with(&json!({"enabled": false}));
    assert_eq!(fs::read_to_string(off.root.join("jobs/snapback/monit")).unwrap().trim(), "");
    // For hands it is there all the same.
    off.run("snapback", &["manifest"]);
}

/// No value is read by a shell, and secrets are in files alone that only root and the job's user read.
#[test]
fn values_of_properties_are_words_and_secrets_stay_in_the_config() {
    if !can_render() {
        return;
    }
    let secret = "it's `id` $HOME \"canary\"";
    let vm = Vm::with(&json!({
        "bosh": {"path": "/bin/true", "client": "a", "client_secret": secret, "ca_cert": "-----BEGIN\nabc\n"},
        "copy": {"command": ["/bin/cp", "a b"]}, "log_level": "verbose", "settings": {"warn_age": "3d"},
    }));
    let told = vm.run("snapback", &["manifest"]);
    assert!(told.stdout.contains("3d") && !format!("{told:?}").contains("canary"), "{told:?}");
    let env = vm.root.join("jobs/snapback/config/env");
    let print = ". \"$0\"; printf %s%s \"$BOSH_CLIENT_SECRET\" \"$BOSH_CA_CERT\"";
    let shown = Command::new("/bin/bash").args(["-c", print]).arg(&env).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&shown.stdout), format!("{secret}-----BEGIN\nabc\n"));
    for script in fs::read_dir(vm.root.join("jobs/snapback/bin")).unwrap().map(|entry| entry.unwrap().path()) {
        assert!(!fs::read_to_string(&script).unwrap().contains("canary"), "{}", script.display());
        let checked = Command::new("bash").arg("-n").arg(&script).status().unwrap();
        assert!(checked.success(), "{}", script.display());
        lint(&script);
    }
}
