//! `guard` in an interactive shell on a real terminal: the command behaves as if it was run alone.
#![cfg(debug_assertions)]

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::{Sandbox, terminal};

const SOON: Duration = Duration::from_secs(60);

/// An interactive bash.
struct Shell {
    terminal: File,
    shown: Arc<Mutex<String>>,
    child: Child,
    /// What was shown up to here was waited for.
    seen: usize,
}

impl Shell {
    fn new(sandbox: &Sandbox) -> Shell {
        let (terminal, screen) = terminal();
        let side = || Stdio::from(screen.try_clone().unwrap());
        let child = Command::new("setsid")
            .args(["--ctty", "--wait", "bash", "--norc", "--noprofile", "-i"])
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .env("HOME", sandbox.path(""))
            .env("TERM", "dumb")
            .env("PS1", "> ")
            .env("SNAPBACK", env!("CARGO_BIN_EXE_snapback"))
            .stdin(side())
            .stdout(side())
            .stderr(side())
            .spawn()
            .unwrap();
        let shown = Arc::new(Mutex::new(String::new()));
        let (mut reads, text) = (terminal.try_clone().unwrap(), Arc::clone(&shown));
        std::thread::spawn(move || {
            let mut chunk = [0; 4096];
            while let Ok(count @ 1..) = reads.read(&mut chunk) {
                text.lock().unwrap().push_str(&String::from_utf8_lossy(&chunk[..count]));
            }
        });
        let mut shell = Shell { terminal, shown, child, seen: 0 };
        shell.waits_for("> ");
        shell
    }

    fn types(&mut self, text: &str) {
        self.terminal.write_all(text.as_bytes()).unwrap();
    }

    /// Waits until this is shown, behind what was waited for before.
    #[track_caller]
    fn waits_for(&mut self, text: &str) {
        let begun = Instant::now();
        loop {
            let shown = self.shown.lock().unwrap().clone();
            if let Some(at) = shown[self.seen..].find(text) {
                self.seen += at + text.len();
                return;
            }
            assert!(begun.elapsed() < SOON, "no '{text}' behind {} in {shown}", self.seen);
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The exit status of the last command. What is typed is shown, too: so the answer is no part of it.
    #[track_caller]
    fn status_is(&mut self, status: i32) {
        self.types("echo status-$?-\n");
        self.waits_for(&format!("status-{status}-"));
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        let _ = self.terminal.write_all(b"\x03\nkill -9 $(jobs -p); exit\nexit\n");
        std::thread::sleep(Duration::from_millis(100));
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn before(sandbox: &Sandbox) -> String {
    let row = sandbox.rows(&["snapshots"], "snapshots").pop().unwrap();
    row["before"].as_str().unwrap_or_default().to_owned()
}

#[test]
fn a_command_reads_what_is_typed() {
    let sandbox = Sandbox::with(&["db/0"]);
    let mut shell = Shell::new(&sandbox);
    shell.types("$SNAPBACK guard -- sh -c 'tty -s && echo ask\"\"ing; read line; echo got:$line'\n");
    shell.waits_for("asking");
    shell.types("hello\n");
    shell.waits_for("got:hello");
    shell.status_is(0);
    assert!(before(&sandbox).ends_with(", succeeded"), "{}", before(&sandbox));
}

#[test]
fn ctrl_c_is_the_commands() {
    let sandbox = Sandbox::with(&["db/0"]);
    let mut shell = Shell::new(&sandbox);
    shell.types("$SNAPBACK guard -- sh -c 'echo run\"\"ning; sleep 100'\n");
    shell.waits_for("running");
    shell.types("\x03");
    shell.status_is(130);
    assert!(before(&sandbox).ends_with(", failed"), "{}", before(&sandbox));
    // One that takes it, and ends as it likes.
    shell.types(
        "$SNAPBACK guard -- sh -c 'trap \"echo tr\"\"apped\" INT; echo run\"\"ning; sleep 100; sleep 1; exit 7'\n",
    );
    shell.waits_for("running");
    shell.types("\x03");
    shell.waits_for("trapped");
    shell.status_is(7);
    assert!(before(&sandbox).ends_with(", failed"), "{}", before(&sandbox));
    // Ctrl-\ as well.
    shell.types("$SNAPBACK guard -- sh -c 'ulimit -c 0; echo run\"\"ning; exec sleep 100'\n");
    shell.waits_for("running");
    shell.types("\x1c");
    shell.status_is(131);
}

#[test]
fn ctrl_z_stops_both_and_fg_goes_on() {
    let sandbox = Sandbox::with(&["db/0"]);
    let mut shell = Shell::new(&sandbox);
    shell.types("$SNAPBACK guard -- sh -c 'echo ask\"\"ing; read line; echo got:$line; exit 3'\n");
    shell.waits_for("asking");
    shell.types("\x1a");
    shell.waits_for("Stopped");
    // The shell has its terminal back.
    shell.types("echo shell-$((1+1))\n");
    shell.waits_for("shell-2");
    shell.types("fg\n");
    shell.waits_for("guard");
    shell.types("hello\n");
    shell.waits_for("got:hello");
    shell.status_is(3);
    assert!(before(&sandbox).ends_with(", failed"), "{}", before(&sandbox));
}
