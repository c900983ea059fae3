//! The harness of the tests: snapback as a child process in a directory of its own, with a cleared
//! environment; its stdout, stderr and status in one assertion.
#![allow(dead_code, clippy::allow_attributes, reason = "each test crate uses a part of it")]
#![allow(clippy::print_stderr, clippy::unwrap_used, clippy::panic, reason = "tests may")]

pub mod at_once;
pub mod between;
pub mod fake_bosh;
pub mod fake_cpi;
pub mod fake_env;
pub mod loop_mount;

pub mod memory;
pub mod screen;

pub mod trace;
pub mod written;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// The instant at which a run with [`Run::fixed`] takes place.
pub const NOW: &str = "2026-11-22T02:50:00Z";

/// A directory with a manifest, and perhaps a cloud.
pub struct Sandbox {
    root: PathBuf,
    _temporary: Option<tempfile::TempDir>,
}

impl Sandbox {
    /// An empty sandbox in the temporary directory.
    pub fn empty() -> Self {
        let temporary = tempfile::tempdir().unwrap();
        Sandbox { root: temporary.path().canonicalize().unwrap(), _temporary: Some(temporary) }
    }

    /// An empty sandbox in the test's own place (another file system).
    pub fn at(root: &Path) -> Self {
        fs::create_dir_all(root).unwrap();
        Sandbox { root: root.canonicalize().unwrap(), _temporary: None }
    }

    /// A sandbox with a manifest, and these instances (`db/0`) of the deployment `prod`, each with a disk of 1 MiB that
    /// has its own text, imported.
    pub fn with(instances: &[&str]) -> Self {
        let sandbox = Sandbox::empty();
        sandbox.furnish(instances, "");
        sandbox
    }

    /// Writes the manifest, the cloud and the inventory, and imports it. `hooks` are lines below `hooks:`.
    pub fn furnish(&self, instances: &[&str], hooks: &str) {
        let disks: Vec<[String; 1]> = instances.iter().map(|name| [disk_of(name)]).collect();
        let all: Vec<(&str, &[String])> = instances.iter().copied().zip(disks.iter().map(<[_; 1]>::as_slice)).collect();
        self.furnish_disks(&all, hooks);
    }

    /// The same with these disks: the first one has the instance's name, the others their own.
    pub fn furnish_disks<S: AsRef<str>>(&self, instances: &[(&str, &[S])], hooks: &str) {
        self.manifest(true, hooks);
        let mut inventory = "deployments:\n  - name: prod\n    instances:\n".to_owned();
        for (name, disks) in instances {
            let vm = vm_of(name);
            let disks: Vec<&str> = disks.iter().map(AsRef::as_ref).collect();
            inventory +=
                &format!("      - name: {name}\n        vm_cid: {vm}\n        managed_by: nobody\n        disks:\n");
            for (number, disk) in disks.iter().enumerate() {
                self.make_disk(disk, 1 << 20, if number == 0 { name } else { disk });
                inventory += &format!("          - cid: {disk}\n            size_mib: 1\n");
            }
            self.make_vm(&vm, &disks);
        }
        self.write("inventory.yml", &inventory);
        self.run(&["import", "inventory.yml"]).quiet_success();
    }

    /// Writes the manifest.
    pub fn manifest(&self, enable_snapshots: bool, hooks: &str) {
        let hooks = if hooks.is_empty() {
            String::new()
        } else {
            let lines: String = hooks.lines().map(|line| format!("      {line}\n")).collect();
            format!("  snapback:\n    hooks:\n{lines}")
        };
        self.write(
            "director.yml",
            &format!(
                "cloud_provider:\n  template:\n    name: local_cpi\n  properties:\n    local:\n      path: cloud\n\
                 properties:\n  director:\n    name: test\n    enable_snapshots: {enable_snapshots}\n{hooks}"
            ),
        );
    }

    /// A raw image of `size` bytes that begins with `text`.
    pub fn make_disk(&self, cid: &str, size: u64, text: &str) {
        let directory = self.path("cloud/disks").join(cid);
        fs::create_dir_all(&directory).unwrap();
        let mut image = fs::File::create(directory.join("disk.img")).unwrap();
        image.write_all(text.as_bytes()).unwrap();
        image.set_len(size).unwrap();
    }

    /// A VM with these disks attached.
    pub fn make_vm(&self, vm: &str, disks: &[&str]) {
        let directory = self.path("cloud/vms").join(vm);
        fs::create_dir_all(&directory).unwrap();
        for disk in disks {
            std::os::unix::fs::symlink(format!("../../disks/{disk}/disk.img"), directory.join(disk)).unwrap();
        }
    }

    /// A path in the sandbox.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root.join(relative)
    }

    /// Writes a file in the sandbox.
    pub fn write(&self, relative: &str, text: &str) {
        fs::write(self.path(relative), text).unwrap();
    }

    /// The state file.
    pub fn state(&self) -> PathBuf {
        self.path("director-snapshots.db")
    }

    /// The text at the beginning of the disk that a VM has; exactly one must be attached.
    pub fn content(&self, vm: &str) -> String {
        let attached = self.attached(vm);
        assert_eq!(attached.len(), 1, "{vm} has {attached:?}");
        self.disk_content(&attached[0])
    }

    /// The text at the beginning of a disk.
    pub fn disk_content(&self, cid: &str) -> String {
        let bytes = fs::read(self.path("cloud/disks").join(cid).join("disk.img")).unwrap();
        let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
        String::from_utf8_lossy(&bytes[..end]).into_owned()
    }

    /// Overwrites the beginning of a disk.
    pub fn damage(&self, cid: &str, text: &str) {
        let image = self.path("cloud/disks").join(cid).join("disk.img");
        let mut image = fs::OpenOptions::new().write(true).open(image).unwrap();
        image.write_all(text.as_bytes()).unwrap();
        image.write_all(&[0]).unwrap();
    }

    /// Attaches a disk to a VM without snapback; a disk that the VM has stays.
    pub fn attach_by_hand(&self, vm: &str, disk: &str) {
        let link = self.path("cloud/vms").join(vm).join(disk);
        if !link.is_symlink() {
            std::os::unix::fs::symlink(format!("../../disks/{disk}/disk.img"), link).unwrap();
        }
    }

    /// Detaches a disk from a VM without snapback; a disk that the VM does not have stays off.
    pub fn detach_by_hand(&self, vm: &str, disk: &str) {
        let link = self.path("cloud/vms").join(vm).join(disk);
        if link.is_symlink() {
            fs::remove_file(link).unwrap();
        }
    }

    /// The disks that a VM has, by the cloud's own word.
    pub fn attached(&self, vm: &str) -> Vec<String> {
        self.names(&format!("cloud/vms/{vm}"))
    }

    /// The names in a directory, sorted; empty if there is no such directory.
    pub fn names(&self, relative: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(relative)) else { return Vec::new() };
        let mut names: Vec<String> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    /// Runs snapback to its end.
    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.prepare(arguments).go()
    }

    /// A run of snapback, which can be changed before it starts.
    pub fn prepare(&self, arguments: &[&str]) -> Run {
        self.prepare_of(Path::new(env!("CARGO_BIN_EXE_snapback")), arguments)
    }

    /// A run of another binary of snapback.
    pub fn prepare_of(&self, binary: &Path, arguments: &[&str]) -> Run {
        let mut command = Command::new(binary);
        command.args(arguments).current_dir(&self.root).env_clear();
        command.env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("USER", "tester").env("HOME", &self.root);
        Run { command, stdin: String::new() }
    }

    /// The first line that snapback prints with these arguments; the command must succeed.
    pub fn line(&self, arguments: &[&str]) -> String {
        let ran = self.run(arguments);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stdout.lines().next().unwrap_or_default().to_owned()
    }

    /// Takes a snapshot of an instance, and returns its CID.
    pub fn take(&self, instance: &str) -> String {
        self.line(&["take", instance, "--output", "cid"])
    }

    /// Types each command that an error named as the next one: snapback must understand it. Returns their number.
    #[track_caller]
    pub fn follow_hints(&self, ran: &Ran) -> usize {
        let commands: Vec<Vec<&str>> = ran
            .stderr
            .lines()
            .filter_map(|line| line.strip_prefix("Hint: run: snapback "))
            .map(|line| line.split_whitespace().collect())
            .collect();
        for command in &commands {
            let next = self.run(command);
            assert_ne!(next.status, 2, "{ran:?} named {command:?}, which is refused as usage: {next:?}");
            assert_ne!(next.status, 70, "{next:?}");
        }
        commands.len()
    }

    /// The rows of a command with `--output json`.
    pub fn rows(&self, arguments: &[&str], content: &str) -> Vec<serde_json::Value> {
        let ran = self.run(&[arguments, &["--output", "json"]].concat());
        let document: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        document[content].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone()
    }
}

/// The VM of an instance of [`Sandbox::furnish`].
pub fn vm_of(instance: &str) -> String {
    format!("vm-{}", instance.replace('/', "-"))
}

/// The first disk of an instance of [`Sandbox::furnish`].
pub fn disk_of(instance: &str) -> String {
    format!("disk-{}", instance.replace('/', "-"))
}

/// A run before it starts.
pub struct Run {
    command: Command,
    stdin: String,
}

impl Run {
    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// Runs it in a directory of the sandbox.
    pub fn within(mut self, relative: &str) -> Self {
        let directory = self.command.get_current_dir().unwrap().join(relative);
        self.command.current_dir(directory);
        self
    }

    /// Runs it at a fixed time, with counted identifiers.
    pub fn fixed(self) -> Self {
        self.env("SNAPBACK_TEST_NOW", NOW).env("SNAPBACK_TEST_IDS", "1")
    }

    /// Runs it with this fault (`POINT[#N]=ACTION`).
    pub fn fault(self, fault: &str) -> Self {
        self.env("SNAPBACK_TEST_FAULT", fault)
    }

    /// Runs it as the last words of another program's command line (a tracer's).
    pub fn under(mut self, words: &[&str]) -> Self {
        let mut command = Command::new(words[0]);
        command.args(&words[1..]).arg(self.command.get_program()).args(self.command.get_args()).env_clear();
        command.envs(self.command.get_envs().filter_map(|(name, value)| Some((name, value?))));
        command.current_dir(self.command.get_current_dir().unwrap());
        self.command = command;
        self
    }

    /// Runs it with this text on standard input.
    pub fn stdin(mut self, text: &str) -> Self {
        text.clone_into(&mut self.stdin);
        self
    }

    /// Starts it, with pipes.
    pub fn start(mut self) -> Child {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        // A command that asks nothing may have ended already.
        let _ = child.stdin.take().unwrap().write_all(self.stdin.as_bytes());
        child
    }

    /// Starts it with a standard input that stays open, and waits until it asks; the output until then is read.
    pub fn start_at_a_prompt(mut self) -> Child {
        self.command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap();
        let mut shown = Vec::new();
        let stderr = child.stderr.as_mut().unwrap();
        while !shown.ends_with(b"[yN]: ") {
            let mut byte = [0];
            assert_eq!(std::io::Read::read(stderr, &mut byte).unwrap(), 1, "{}", String::from_utf8_lossy(&shown));
            shown.push(byte[0]);
        }
        child
    }

    /// Starts it with a standard output that nobody reads, and gives it a second to fill the pipe.
    pub fn start_unread(mut self) -> Child {
        self.command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = self.command.spawn().unwrap();
        std::thread::sleep(std::time::Duration::from_secs(1));
        child
    }

    /// Runs it to its end.
    pub fn go(self) -> Ran {
        Ran::of(self.start().wait_with_output().unwrap())
    }

    /// Runs it to its end, with a terminal as standard input on which this is typed.
    pub fn typed(mut self, text: &str) -> Ran {
        let (terminal, keyboard) = terminal();
        (&terminal).write_all(text.as_bytes()).unwrap();
        self.command.stdin(keyboard).stdout(Stdio::piped()).stderr(Stdio::piped());
        let ran = Ran::of(self.command.spawn().unwrap().wait_with_output().unwrap());
        drop(terminal);
        ran
    }

    /// Runs it to its end, with a terminal as standard output; the carriage returns of the terminal are removed.
    pub fn on_a_terminal(mut self) -> Ran {
        let (terminal, screen) = terminal();
        self.command.stdin(Stdio::null()).stdout(screen).stderr(Stdio::piped());
        let child = self.command.spawn().unwrap();
        // The terminal hangs up once nobody else has it open.
        drop(self.command);
        let mut shown = Vec::new();
        // The end is an error: EIO.
        let _ = std::io::Read::read_to_end(&mut &terminal, &mut shown);
        let mut ran = Ran::of(child.wait_with_output().unwrap());
        ran.stdout = String::from_utf8(shown).unwrap().replace("\r\n", "\n");
        ran
    }
}

impl Run {
    /// Runs it to its end, with a terminal for stdout and stderr, and this text on stdin; returns the text that was
    /// shown.
    pub fn all_on_a_terminal(self, stdin: &str) -> String {
        let (terminal, screen) = terminal();
        self.shown_by(&terminal, screen, stdin)
    }

    /// The same on a terminal with so many columns and lines.
    pub fn on_a_screen(self, (columns, lines): (u16, u16), stdin: &str) -> String {
        let (terminal, screen) = terminal();
        let size = rustix::termios::Winsize { ws_row: lines, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 };
        rustix::termios::tcsetwinsize(&terminal, size).unwrap();
        self.shown_by(&terminal, screen, stdin)
    }

    fn shown_by(mut self, mut terminal: &fs::File, screen: fs::File, stdin: &str) -> String {
        self.command.stdin(Stdio::piped()).stdout(screen.try_clone().unwrap()).stderr(screen);
        let mut child = self.command.spawn().unwrap();
        let _ = child.stdin.take().unwrap().write_all(stdin.as_bytes());
        drop(self.command);
        let mut shown = Vec::new();
        let _ = std::io::Read::read_to_end(&mut terminal, &mut shown);
        child.wait().unwrap();
        String::from_utf8(shown).unwrap().replace("\r\n", "\n")
    }
}

/// Both sides of a new terminal.
pub fn terminal() -> (fs::File, fs::File) {
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    let terminal = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&terminal).unwrap();
    unlockpt(&terminal).unwrap();
    let name = ptsname(&terminal, Vec::new()).unwrap().into_string().unwrap();
    let flags = rustix::fs::OFlags::RDWR | rustix::fs::OFlags::NOCTTY;
    let screen = rustix::fs::open(name, flags, rustix::fs::Mode::empty()).unwrap();
    (fs::File::from(terminal), fs::File::from(screen))
}

/// A run that has ended.
#[derive(Debug)]
pub struct Ran {
    /// The exit status; 128 + N for signal N.
    pub status: i32,
    /// All of stdout.
    pub stdout: String,
    /// All of stderr.
    pub stderr: String,
}

impl Ran {
    /// Makes it from the output of a child that has ended.
    pub fn of(output: Output) -> Self {
        use std::os::unix::process::ExitStatusExt;
        let status = output.status.code().unwrap_or_else(|| 128 + output.status.signal().unwrap());
        Ran {
            status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Asserts all three at once; `$DIR` in the expectation is the sandbox.
    #[track_caller]
    pub fn is(&self, sandbox: &Sandbox, status: i32, stdout: &str, stderr: &str) {
        let directory = sandbox.root.to_str().unwrap();
        let plain = |text: &str| text.replace(directory, "$DIR");
        let found = (self.status, plain(&self.stdout), plain(&self.stderr));
        assert!(
            found == (status, stdout.to_owned(), stderr.to_owned()),
            "status {}, expected {status}\n--- stdout\n{}--- expected\n{stdout}--- stderr\n{}--- expected\n{stderr}---",
            found.0,
            found.1,
            found.2,
        );
    }

    /// Asserts success, whatever the output.
    #[track_caller]
    pub fn quiet_success(&self) {
        assert_eq!(self.status, 0, "{self:?}");
    }

    /// Asserts a refusal: this status, nothing on stdout, and each of these texts on stderr.
    #[track_caller]
    pub fn refused(&self, status: i32, texts: &[&str]) {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        assert_eq!(self.stderr.matches("Error: ").count(), 1, "one clear error: {self:?}");
        for text in texts {
            assert!(self.stderr.contains(text), "no '{text}' in {self:?}");
        }
    }
}

impl Ran {
    /// Asserts an error that comes after the rows were shown.
    #[track_caller]
    pub fn refused_after_rows(&self, status: i32, text: &str) {
        assert!(self.status == status && !self.stdout.is_empty() && self.stderr.contains(text), "{self:?}");
    }
}
