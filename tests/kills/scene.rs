//! A cloud with its state file, and what must be true of the two whenever nothing is open.

use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use snapback::environment::Environment;
use snapback::ops::Interrupt;
use snapback::ui::Streams;
use tempfile::TempDir;

use crate::support::{Ran, Sandbox, vm_of};

/// What stands on the disk of `db/0` when a restore begins.
pub const DAMAGED: &str = "damaged";

/// The second disk of `db/0`, where it has two, and what stands on it at first.
pub const WAL: &str = "wal-db-0";
/// What stands on the second disk of `db/0` when a restore begins.
pub const DAMAGED_WAL: &str = "damaged wal";

/// An instance and its disks.
pub type Has = (&'static str, &'static [&'static str]);

/// Hooks that leave a line in `hooks.log`, and fail where there is a file `fail-NAME`.
pub const HOOKS: &str = "stop: [/bin/sh, -c, 'echo stop >> hooks.log; test ! -e fail-stop']\n\
                         start: [/bin/sh, -c, 'echo start >> hooks.log; test ! -e fail-start']\n\
                         verify: [/bin/sh, -c, 'echo verify >> hooks.log; echo $SNAPBACK_HOOK_DISK; test ! -e fail-verify']\n\
                         quiesce: [/bin/sh, -c, 'touch still-$(echo $SNAPBACK_HOOK_INSTANCE | tr / -)']\n\
                         resume: [/bin/sh, -c, 'rm -f still-$(echo $SNAPBACK_HOOK_INSTANCE | tr / -)']";

/// A sandbox where syncing costs nothing, if the machine has such a place: a kill loses no page cache.
pub struct Scene {
    pub sandbox: Sandbox,
    /// The instances, and what their disks held at first.
    instances: Vec<(String, Vec<String>)>,
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

fn empty() -> (TempDir, Sandbox) {
    let directory = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let sandbox = Sandbox::at(directory.path());
    (directory, sandbox)
}

impl Scene {
    /// Instances with a disk each.
    pub fn new(instances: &[&str], hooks: &str) -> Self {
        let (directory, sandbox) = empty();
        sandbox.furnish(instances, hooks);
        let instances = instances.iter().map(|name| ((*name).to_owned(), vec![(*name).to_owned()])).collect();
        Scene { sandbox, instances, _directory: directory }
    }

    /// Instances with these disks.
    pub fn of(instances: &[Has], hooks: &str) -> Self {
        let (directory, sandbox) = empty();
        sandbox.furnish_disks(instances, hooks);
        let contents = |(name, disks): &Has| {
            let others = disks[1..].iter().copied();
            std::iter::once(*name).chain(others).map(str::to_owned).collect()
        };
        let instances = instances.iter().map(|has| (has.0.to_owned(), contents(has))).collect();
        Scene { sandbox, instances, _directory: directory }
    }

    /// Runs snapback within this process: for all that is not to be killed.
    pub fn quick(&self, arguments: &[&str]) -> Ran {
        let manifest = self.sandbox.path("director.yml");
        let mut all = vec!["snapback", "-m", manifest.to_str().unwrap()];
        // Progress goes to the stderr of the process, which is the test's.
        all.extend((arguments.first() != Some(&"recover")).then_some("-q"));
        all.extend(arguments);
        let (stdout, stderr) = (Sink::default(), Sink::default());
        let streams = Streams {
            stdout: Box::new(stdout.clone()),
            stderr: Box::new(stderr.clone()),
            stdin: Box::new(std::io::empty()),
            stdin_is_terminal: false,
            stdout_is_terminal: false,
            stderr_is_terminal: false,
            stdout_columns: None,
            stderr_columns: None,
            screen: snapback::ui::Screen::default(),
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
        // `--details` names the disks of an instance.
        let details = (command == "instances").then_some("--details");
        let words: Vec<&str> = [command, "--output", "json"].into_iter().chain(details).collect();
        let document: serde_json::Value = serde_json::from_str(&self.must(&words)).unwrap();
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

    /// The id of the newest operation.
    #[track_caller]
    pub fn newest_operation(&self) -> String {
        self.rows("operations")[0]["operation"].as_str().unwrap().to_owned()
    }

    /// What stands on the disk that `db/0` has.
    pub fn content(&self) -> String {
        self.sandbox.content(&vm_of("db/0"))
    }

    /// The disks that the state has for `db/0`, in their places.
    #[track_caller]
    pub fn recorded(&self) -> Vec<String> {
        let rows = self.rows("instances");
        let row = rows.iter().find(|row| row["instance"] == "db/0").unwrap();
        row["disk_cids"].as_array().unwrap().iter().map(|cid| cid.as_str().unwrap().to_owned()).collect()
    }

    /// What stands on these.
    #[track_caller]
    pub fn contents(&self) -> Vec<String> {
        self.recorded().iter().map(|disk| self.sandbox.disk_content(disk)).collect()
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
        let still = |name: &String| name.starts_with("still-");
        assert!(!self.sandbox.names("").iter().any(still), "{what}: something stands still");
        let disks = self.rows("disks");
        for (instance, contents) in &self.instances {
            let attached = self.sandbox.attached(&vm_of(instance));
            let mut active: Vec<&str> = disks
                .iter()
                .filter(|row| row["instance"] == instance.as_str() && row["state"] == "active")
                .map(|row| row["disk_cid"].as_str().unwrap())
                .collect();
            active.sort_unstable();
            assert_eq!(attached.len(), contents.len(), "{what}: {instance} has {attached:?}");
            assert_eq!(attached, active, "{what}: {instance}");
            if instance != "db/0" {
                assert_eq!(self.sandbox.content(&vm_of(instance)), contents[0], "{what}");
            }
        }
        assert_eq!(self.open_operations(), [], "{what}");
        let again = self.quick(&["recover"]);
        assert_eq!((again.status, again.stderr.as_str()), (0, "Nothing is open\n"), "{what}");
        let mut locks = self.sandbox.names("director-snapshots.db.locks");
        // That of an instance is nobody's, and stays: who removes it could meet who takes it.
        locks.retain(|name| !name.starts_with("still-"));
        assert_eq!(locks, ["generation"], "{what}");
    }

    fn check_image(&self, image: &Path, what: &str) {
        let bytes = std::fs::read(image).unwrap_or_else(|error| panic!("{what}: {}: {error}", image.display()));
        assert_eq!(bytes.len(), 1 << 20, "{what}: {}", image.display());
        let end = bytes.iter().position(|byte| *byte == 0).unwrap();
        let text = std::str::from_utf8(&bytes[..end]).unwrap();
        let mut known = self.instances.iter().flat_map(|(_, contents)| contents).map(String::as_str);
        let known = [DAMAGED, DAMAGED_WAL].contains(&text) || known.any(|known| known == text);
        assert!(known, "{what}: {} holds '{text}'", image.display());
    }

    /// The instance works on as if nothing had been.
    #[track_caller]
    pub fn go_on(&self, what: &str) {
        let before = self.contents();
        self.must(&["take", "db/0"]);
        self.must(&["-n", "restore", "--latest", "db/0"]);
        assert_eq!(self.contents(), before, "{what}");
        self.must(&["-n", "undo"]);
        assert_eq!(self.contents(), before, "{what}");
        self.check(&format!("{what}, and then take, restore and undo"));
    }

    /// Has the manifest keep so many takes of each instance.
    pub fn keep_last(&self, last: u32) {
        let manifest = std::fs::read_to_string(self.sandbox.path("director.yml")).unwrap();
        let keep = format!("  snapback:\n    retention: {{keep_last: {last}}}\n");
        self.sandbox.write("director.yml", &manifest.replace("  snapback:\n", &keep));
    }

    /// Takes a snapshot of `db/0`, and damages its disk.
    pub fn take_and_damage(&self) -> String {
        let cid = self.take("db/0");
        self.sandbox.damage("disk-db-0", DAMAGED);
        cid
    }

    /// Takes both disks of `db/0`, and damages them; gives the snapshot of the second one.
    pub fn take_and_damage_two(&self) -> String {
        self.must(&["take", "db/0"]);
        self.sandbox.damage("disk-db-0", DAMAGED);
        self.sandbox.damage(WAL, DAMAGED_WAL);
        let rows = self.rows("snapshots");
        let of_wal = rows.iter().find(|row| row["disk_cid"] == WAL).unwrap();
        of_wal["cid"].as_str().unwrap().to_owned()
    }
}
