//! A cloud with its state file, and what must be true of the two whenever nothing is open.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use snapback::environment::Environment;
use snapback::ops::Interrupt;
use snapback::ui::Streams;
use tempfile::TempDir;

use crate::support::{Ran, Sandbox, disk_of, vm_of};

/// What stands on the disk of `db/0` when a restore begins.
pub const DAMAGED: &str = "damaged";

/// Hooks that leave a line in `hooks.log`, and fail where there is a file `fail-NAME`.
pub const HOOKS: &str = "stop: [/bin/sh, -c, 'echo stop >> hooks.log; test ! -e fail-stop']\n\
                         start: [/bin/sh, -c, 'echo start >> hooks.log; test ! -e fail-start']\n\
                         verify: [/bin/sh, -c, 'echo verify >> hooks.log; echo $SNAPBACK_HOOK_DISK; test ! -e fail-verify']";

/// A sandbox where syncing costs nothing, if the machine has such a place: a kill loses no page cache.
pub struct Scene {
    pub sandbox: Sandbox,
    instances: Vec<String>,
    _directory: TempDir,
}

#[derive(Clone, Default)]
struct Sink(Arc<Mutex<Vec<u8>>>);

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl Sink {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Scene {
    pub fn new(instances: &[&str], hooks: &str) -> Self {
        let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
        let sandbox = Sandbox::at(directory.path());
        sandbox.furnish(instances, hooks);
        Scene { sandbox, instances: instances.iter().map(|name| (*name).to_owned()).collect(), _directory: directory }
    }

    /// Runs snapback within this process: for all that is not to be killed.
    pub fn quick(&self, arguments: &[&str]) -> Ran {
        let manifest = self.sandbox.path("director.yml");
        let mut all = vec!["snapback", "-m", manifest.to_str().unwrap()];
        // Progress goes to the stderr of the process, which is the test's.
        all.extend((arguments != ["recover"]).then_some("-q"));
        all.extend(arguments);
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let streams = Streams {
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            stdin: Box::new(std::io::empty()),
            stdout_is_terminal: false,
            stderr_is_terminal: false,
        };
        let environment = Environment {
            variables: [("PATH", "/usr/bin:/bin"), ("USER", "tester")].map(|(k, v)| (k.into(), v.into())).into(),
            program: env!("CARGO_BIN_EXE_snapback").into(),
        };
        let arguments = all.into_iter().map(Into::into).collect();
        let status = snapback::run(arguments, environment, streams, Interrupt::default());
        Ran { status: status.0.into(), stdout: stdout.text(), stderr: stderr.text() }
    }

    #[track_caller]
    pub fn must(&self, arguments: &[&str]) -> String {
        let ran = self.quick(arguments);
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
        ran.stdout
    }

    #[track_caller]
    pub fn take(&self, instance: &str) -> String {
        self.must(&["take", instance, "--output", "cid"]).trim().to_owned()
    }

    #[track_caller]
    fn rows(&self, command: &str) -> Vec<serde_json::Value> {
        let document: serde_json::Value = serde_json::from_str(&self.must(&[command, "--output", "json"])).unwrap();
        document[command].as_array().unwrap().clone()
    }

    /// The id and the state of each operation that has not ended.
    #[track_caller]
    pub fn open_operations(&self) -> Vec<(String, String)> {
        let text = |row: &serde_json::Value, key: &str| row[key].as_str().unwrap().to_owned();
        let rows = self.rows("operations");
        let rows = rows.iter().map(|row| (text(row, "operation"), text(row, "state")));
        rows.filter(|(_, state)| ["pending", "running"].contains(&state.as_str())).collect()
    }

    /// What stands on the disk that `db/0` has.
    pub fn content(&self) -> String {
        self.sandbox.content(&vm_of("db/0"))
    }

    /// All that must be true when nothing is open.
    #[track_caller]
    pub fn check(&self, what: &str) {
        let sorted = |command: &str, key: &str| {
            let rows = self.rows(command);
            let mut found: Vec<String> = rows.iter().map(|row| row[key].as_str().unwrap().to_owned()).collect();
            found.sort();
            found
        };
        assert_eq!(sorted("snapshots", "cid"), self.sandbox.names("cloud/snapshots"), "{what}: snapshots");
        assert_eq!(sorted("disks", "disk_cid"), self.sandbox.names("cloud/disks"), "{what}: disks");
        assert_eq!(self.sandbox.names("cloud/tmp"), [""; 0], "{what}: half-made");
        for area in ["snapshots", "disks"] {
            for name in self.sandbox.names(&format!("cloud/{area}")) {
                let image = self.sandbox.path("cloud").join(area).join(&name).join("disk.img");
                self.check_image(&image, what);
            }
        }
        let disks = self.rows("disks");
        for instance in &self.instances {
            let attached = self.sandbox.attached(&vm_of(instance));
            let active: Vec<&str> = disks
                .iter()
                .filter(|row| row["instance"] == instance.as_str() && row["state"] == "active")
                .map(|row| row["disk_cid"].as_str().unwrap())
                .collect();
            assert_eq!(attached.len(), 1, "{what}: {instance} has {attached:?}");
            assert_eq!(attached, active, "{what}: {instance}");
            if instance != "db/0" {
                assert_eq!(self.sandbox.content(&vm_of(instance)), *instance, "{what}");
            }
        }
        assert_eq!(self.open_operations(), [], "{what}");
        let again = self.quick(&["recover"]);
        assert_eq!((again.status, again.stderr.as_str()), (0, "Nothing is open\n"), "{what}");
        assert_eq!(self.sandbox.names("director-snapshots.db.locks"), ["generation"], "{what}");
    }

    fn check_image(&self, image: &Path, what: &str) {
        let bytes = std::fs::read(image).unwrap_or_else(|error| panic!("{what}: {}: {error}", image.display()));
        assert_eq!(bytes.len(), 1 << 20, "{what}: {}", image.display());
        let end = bytes.iter().position(|byte| *byte == 0).unwrap();
        let text = std::str::from_utf8(&bytes[..end]).unwrap();
        let known = text == DAMAGED || self.instances.iter().any(|name| name == text);
        assert!(known, "{what}: {} holds '{text}'", image.display());
    }

    /// The instance works on as if nothing had been.
    #[track_caller]
    pub fn go_on(&self, what: &str) {
        let before = self.content();
        let cid = self.take("db/0");
        self.must(&["-n", "restore", &cid]);
        assert_eq!(self.content(), before, "{what}");
        self.must(&["-n", "undo"]);
        assert_eq!(self.content(), before, "{what}");
        self.check(&format!("{what}, and then take, restore and undo"));
    }

    /// Takes a snapshot of `db/0`, and damages its disk.
    pub fn take_and_damage(&self) -> String {
        let cid = self.take("db/0");
        self.sandbox.damage(&disk_of("db/0"), DAMAGED);
        cid
    }
}
