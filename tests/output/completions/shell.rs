//! Shells on a terminal, in which somebody types.

use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::support::{Sandbox, terminal};

/// Whether a program is there.
pub fn has(program: &str) -> bool {
    Command::new("sh").args(["-c", &format!("command -v {program}")]).stdout(Stdio::null()).status().unwrap().success()
}

/// A committed completion script.
pub fn script(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(name)
}

/// Where the shells find snapback.
pub fn path() -> String {
    format!("{}:/usr/bin:/bin", Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap().display())
}

/// A shell, and how it is made ready.
pub struct Shell {
    start: &'static [&'static str],
    /// Loads the script, which is `SCRIPT`, and makes `snapback` print its arguments: `[a][b]`.
    ready: &'static [&'static str],
    script: &'static str,
}

const PROMPT: &str = "READY> ";
/// Long enough for a busy machine; nothing waits so long that works.
const DEADLINE: Duration = Duration::from_secs(60);

impl Shell {
    pub const BASH: Shell = Shell {
        start: &["bash", "--norc", "--noprofile", "-i"],
        ready: &[
            "bind 'set enable-bracketed-paste off'",
            "source 'SCRIPT'",
            "snapback() { printf '[%s]' \"$@\"; echo '<end>'; }",
            "PS1='READY''> '",
        ],
        script: "snapback.bash",
    };
    pub const ZSH: Shell = Shell {
        start: &["zsh", "-f", "-i"],
        ready: &[
            "unsetopt zle_bracketed_paste prompt_sp 2>/dev/null; zle_bracketed_paste=()",
            "fpath=(\"${$(print -r -- 'SCRIPT'):h}\" $fpath)",
            "autoload -U compinit && compinit -u -D",
            "snapback() { printf '[%s]' \"$@\"; print '<end>'; }",
            "PS1='READY''> '",
        ],
        script: "_snapback",
    };
    pub const FISH: Shell = Shell {
        start: &["fish", "--no-config", "-i"],
        ready: &[
            "source 'SCRIPT'",
            "function snapback; printf '[%s]' $argv; echo '<end>'; end",
            "function fish_prompt; echo -n 'READY''> '; end",
        ],
        script: "snapback.fish",
    };

    /// The arguments that snapback gets from a line that was typed up to here, then TAB, then Enter.
    pub fn arguments(&self, sandbox: &Sandbox, line: &str) -> Vec<String> {
        self.session(sandbox, &[line]).remove(0)
    }

    /// The same of several lines, one after the other in one shell.
    pub fn session(&self, sandbox: &Sandbox, lines: &[&str]) -> Vec<Vec<String>> {
        let (mut ours, screen) = terminal();
        let child = Command::new("setsid")
            .arg("-c")
            .args(self.start)
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", path())
            .env("HOME", sandbox.path(""))
            .env("TERM", "dumb")
            .env("LC_ALL", "C.UTF-8")
            .stdin(Stdio::from(screen.try_clone().unwrap()))
            .stdout(Stdio::from(screen.try_clone().unwrap()))
            .stderr(Stdio::from(screen))
            .spawn();
        let mut child = child.unwrap();
        let shown = listen(ours.try_clone().unwrap());
        let mut seen = String::new();
        for command in self.ready {
            let command = command.replace("SCRIPT", script(self.script).to_str().unwrap());
            ours.write_all(format!("{command}\r").as_bytes()).unwrap();
        }
        until(&shown, &mut seen, PROMPT);
        let mut all = Vec::new();
        for line in lines {
            seen.clear();
            ours.write_all(format!("{line}\t").as_bytes()).unwrap();
            // The shell has shown something, and then nothing for a while: TAB has done what it does.
            settle(&shown, &mut seen);
            seen.clear();
            ours.write_all(b"\r").unwrap();
            until(&shown, &mut seen, "<end>");
            all.push(printed(&seen));
            until(&shown, &mut seen, PROMPT);
        }
        let _ = child.kill();
        child.wait().unwrap();
        all
    }
}

/// The words of `[a][b]<end>`.
fn printed(seen: &str) -> Vec<String> {
    let line = seen.rsplit('\n').find(|line| line.contains("<end>")).unwrap();
    let line = line.split_once('[').unwrap().1.split("]<end>").next().unwrap();
    line.split("][").map(str::to_owned).collect()
}

fn listen(mut terminal: File) -> Receiver<String> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = terminal.read(&mut bytes) {
            if sender.send(String::from_utf8_lossy(&bytes[..count]).into_owned()).is_err() {
                break;
            }
        }
    });
    receiver
}

fn until(shown: &Receiver<String>, seen: &mut String, wanted: &str) {
    let begun = Instant::now();
    while !seen.contains(wanted) {
        match shown.recv_timeout(DEADLINE.saturating_sub(begun.elapsed())) {
            Ok(more) => seen.push_str(&more),
            Err(_) => panic!("no '{wanted}' in {seen:?}"),
        }
    }
}

fn settle(shown: &Receiver<String>, seen: &mut String) {
    let mut pause = DEADLINE;
    while let Ok(more) = shown.recv_timeout(pause) {
        seen.push_str(&more);
        pause = Duration::from_millis(1000);
    }
}
