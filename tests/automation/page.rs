//! `docs/automation.md`: its manifest is one, and its commands do what it says.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::{Ran, Sandbox};

const PAGE: &str = include_str!("../../docs/automation.md");

/// The blocks of this kind, without their fences.
fn blocks(kind: &str) -> Vec<String> {
    let (mut found, mut open): (Vec<String>, Option<String>) = (Vec::new(), None);
    for line in PAGE.lines() {
        match &mut open {
            Some(block) if line == "```" => {
                found.push(std::mem::take(block));
                open = None;
            }
            Some(block) => *block += &format!("{line}\n"),
            None if line == format!("```{kind}") => open = Some(String::new()),
            None => {}
        }
    }
    found
}

/// A shell in the sandbox that finds snapback.
fn shell(sandbox: &Sandbox, script: &str) -> Command {
    let bin = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap();
    let mut shell = Command::new("/bin/sh");
    shell.args(["-c", script]).env_clear().env("PATH", format!("{}:/usr/bin:/bin", bin.display())).env("HOME", "/");
    shell.current_dir(sandbox.path("")).stdin(Stdio::null());
    shell
}

fn with_the_jobs_of_the_page() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let own: String = blocks("yaml")[0].lines().map(|line| format!("  {line}\n")).collect();
    sandbox.write("director.yml", &(manifest + &own));
    sandbox
}

#[test]
fn each_command_of_the_page_works() {
    let sandbox = with_the_jobs_of_the_page();
    let mut typed = 0;
    for line in blocks("sh").iter().filter(|block| !block.starts_with("#!")).flat_map(|block| block.lines()) {
        let ran = Ran::of(shell(&sandbox, line).output().unwrap());
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        typed += 1;
    }
    assert!(typed >= 9, "{typed}");
    let shown = sandbox.run(&["schedule", "show"]);
    assert!(shown.stdout.contains("nightly") && shown.stdout.contains("snapback drill --latest --all-deployments"));
}

#[test]
fn the_program_for_monit_starts_and_stops_it() {
    let sandbox = with_the_jobs_of_the_page();
    let script = blocks("sh").into_iter().find(|block| block.starts_with("#!")).unwrap();
    sandbox.write("schedule-ctl", &script);
    let ctl = |word: &str| shell(&sandbox, &format!("sh schedule-ctl . {word} > /dev/null 2>&1")).status().unwrap();
    assert!(ctl("start").success());
    let lock = sandbox.path("director-snapshots.db.locks/schedule.all");
    let until = Instant::now() + Duration::from_secs(20);
    while !lock.exists() {
        assert!(Instant::now() < until, "{:?}", fs::read_to_string(sandbox.path("schedule.log")));
        std::thread::sleep(Duration::from_millis(20));
    }
    sandbox.run(&["schedule", "run"]).refused(6, &["is at work on this state file"]);
    assert!(ctl("stop").success());
    assert!(!sandbox.path("schedule.pid").exists());
}

/// The words of a command line of systemd, as that reads it.
fn words_of_unit(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted, mut any) = (Vec::new(), String::new(), false, false);
    let mut letters = line.chars();
    while let Some(c) = letters.next() {
        match c {
            '"' => (quoted, any) = (!quoted, true),
            '\\' => word.push(letters.next().unwrap()),
            '%' | '$' => {
                assert_eq!(letters.next(), Some(c), "{line}");
                word.push(c);
            }
            ' ' if !quoted => {
                words.extend(any.then(|| std::mem::take(&mut word)));
                any = false;
            }
            c => {
                word.push(c);
                any = true;
            }
        }
    }
    words.extend(any.then_some(word));
    words
}

#[test]
fn units_work_from_anywhere_whatever_the_paths_are() {
    let outer = Sandbox::empty();
    let odd = "a \"b\" 50% $HOME 'c' \\";
    fs::create_dir(outer.path(odd)).unwrap();
    let sandbox = Sandbox::at(&outer.path(odd));
    sandbox.furnish(&["db/0"], "");
    let unit = sandbox.run(&["-m", "director.yml", "schedule", "units", "--systemd", "--timer"]);
    let line = unit.stdout.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let words = words_of_unit(line);
    let ran = Command::new(&words[0]).args(&words[1..]).env_clear().current_dir("/").output().unwrap();
    assert!(ran.status.success(), "{words:?}: {}", String::from_utf8_lossy(&ran.stderr));
    let crontab = sandbox.run(&["schedule", "units", "--cron"]).stdout;
    let line = crontab.lines().nth(1).unwrap().strip_prefix("*/5 * * * * ").unwrap().replace("\\%", "%");
    let ran = Command::new("/bin/sh").args(["-c", &line]).env_clear().current_dir("/").output().unwrap();
    assert!(ran.status.success() && ran.stderr.is_empty(), "{line}: {}", String::from_utf8_lossy(&ran.stderr));
    let secret = sandbox.run(&["-v", "a=hush", "schedule", "units", "--cron"]);
    secret.refused(2, &["-v gives are not written into a unit"]);
    assert!(!secret.stderr.contains("hush"));
}
