//! The demonstration and common errors on a real terminal of 80 columns and 24 lines: nothing is broken.
#![cfg(debug_assertions)]

use std::fs;

use crate::support::screen::Screen;
use crate::support::{Run, Sandbox, disk_of};

const COLUMNS: u16 = 80;
const LINES: u16 = 24;

/// What the screen shows after a run, of which no line is wider than the screen.
#[track_caller]
fn screen(run: Run, stdin: &str) -> Screen {
    let written = run.env("TERM", "xterm-256color").on_a_screen((COLUMNS, LINES), stdin);
    let screen = Screen::showing(&written, COLUMNS.into());
    assert!(screen.broken.is_empty(), "lines {:?} are broken:\n{}", screen.broken, screen.text());
    screen
}

/// A CID is one of those that are known, or no part of one.
#[track_caller]
fn assert_whole(screen: &Screen, known: &[String]) {
    let text = screen.text();
    let words = text.split(|c: char| c.is_whitespace() || ",;:()'`".contains(c));
    for word in words.filter(|word| word.starts_with("snap-") || word.starts_with("disk-")) {
        let word = word.trim_end_matches('.');
        assert!(known.iter().any(|cid| cid == word), "'{word}' is not whole:\n{text}");
    }
}

fn cids(sandbox: &Sandbox) -> Vec<String> {
    let column = |verb: &str, key: &str| -> Vec<String> {
        sandbox.rows(&[verb], verb).iter().map(|row| row[key].as_str().unwrap().to_owned()).collect()
    };
    [column("snapshots", "cid"), column("disks", "disk_cid")].concat()
}

#[test]
fn the_demo_is_a_story_of_at_most_60_lines_that_fits_80_columns() {
    let sandbox = Sandbox::empty();
    let shown = screen(sandbox.prepare(&["demo", "--keep", "there"]), "");
    let lines = shown.lines();
    // The last one is empty.
    assert!((40..=61).contains(&lines.len()), "{} lines:\n{}", lines.len(), shown.text());
    for index in 0..2 {
        assert!(lines.contains(&format!("prod        db/{index}  added")), "{}", shown.text());
    }
    assert_whole(&shown, &cids(&Sandbox::at(&sandbox.path("there"))));
    for command in ["$ snapback -q take db/0", "$ snapback -n -q undo >/dev/null"] {
        assert!(lines.iter().any(|line| line == command), "{command}:\n{}", shown.text());
    }
    let restores: Vec<&String> =
        lines.iter().filter(|line| line.starts_with("$ snapback -n -q restore snap-")).collect();
    let length = "$ snapback -n -q restore snap-".len() + 36;
    assert_eq!((restores.len(), restores[0].len(), restores[1].len()), (2, length, length + " >/dev/null".len()));
    let warnings = lines.iter().filter(|line| line.starts_with("Warning: "));
    assert_eq!(warnings.count(), 1, "{}", shown.text());
}

/// The command that a hint names, which must stand in one line: the last one.
#[track_caller]
fn hinted(screen: &Screen) -> String {
    let lines = screen.lines();
    let last = |begin: &str| lines.iter().rev().find_map(|line| line.strip_prefix(begin).map(str::to_owned));
    last("Hint: run: snapback ").or_else(|| last("snapback ")).unwrap_or_else(|| panic!("{}", screen.text()))
}

#[test]
fn common_errors_fit_80_columns_and_their_commands_can_be_copied() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (cid, held) = (sandbox.take("db/0"), sandbox.take("db/1"));
    sandbox.run(&["hold", &held, "--reason", "an audit"]).quiet_success();
    let disk = disk_of("db/0");
    let error = |arguments: &[&str], says: &str| {
        let shown = screen(sandbox.prepare(arguments), "n\n");
        assert!(shown.text().contains(says), "{arguments:?}:\n{}", shown.text());
        // What is typed stands there, too, and a CID that is nobody's.
        let typed = arguments.iter().map(|word| (*word).to_owned());
        assert_whole(&shown, &cids(&sandbox).into_iter().chain(typed).collect::<Vec<_>>());
        shown
    };
    let unknown = "snap-0123456789abcdef-0123456789abcdef-0123456789abcdef-0123456789abcdef";
    for (arguments, says) in [
        (&["restore", unknown][..], unknown),
        (&["take", "web/9"], "web/9"),
        (&["-d", "a-deployment-that-nobody-knows-of-at-all", "snapshots"], "a-deployment-that-nobody-knows-of-at-all"),
        (&["delete-disk", &disk], &disk),
        (&["delete", &held], &held),
        (&["snapshots", "--column", "colour"], "created_at"),
        (&["snapshots", "--before", "the day before the day before yesterday"], "the day before"),
        (&["operations", "0123456789ab"], "0123456789ab"),
        (&["restore", &cid], "Continue? [yN]: "),
        (&["restore", &cid, "--wat"], "--wat"),
        (&["snapshot"], "snapshot"),
        (&["restore", "--latest", "db/7"], "db/7"),
    ] {
        error(arguments, says);
    }
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.detach_disk.effected=kill").go();
    assert_eq!(killed.status, 137);
    let shown = error(&["take", "db/0"], "Hint: ");
    assert!(hinted(&shown).starts_with("recover"), "{}", shown.text());
    let recovered = sandbox.run(&hinted(&shown).split(' ').collect::<Vec<_>>());
    assert_eq!(recovered.status, 0, "{recovered:?}");

    let empty = Sandbox::empty();
    let shown = screen(empty.prepare(&["snapshots"]), "");
    assert_eq!(hinted(&shown), "init");
    sandbox.write("director-snapshots.db", "not a state file at all");
    let shown = screen(sandbox.prepare(&["snapshots"]), "");
    assert!(shown.text().contains("Error: "), "{}", shown.text());
}

/// A long call is no blank screen, and leaves no line of it behind.
#[test]
fn a_step_that_runs_is_a_line_with_its_time_and_is_gone_afterwards() {
    let sandbox = Sandbox::with(&["db/0"]);
    let slow = |arguments: &[&str]| {
        let run = sandbox.prepare(arguments).fault("take.snapshot_disk.intended=sleep:1500");
        run.env("SNAPBACK_TEST_PACE_MS", "100").env("TERM", "xterm-256color")
    };
    let written = slow(&["take", "db/0"]).on_a_screen((COLUMNS, LINES), "");
    let line = format!(": db/0 of prod: snapshot disk {}", disk_of("db/0"));
    assert!(written.contains(&format!("1s{line}")), "no '1s{line}': {written:?}");
    let shown = Screen::showing(&written, COLUMNS.into());
    assert!(!shown.text().contains(&line) && shown.broken.is_empty(), "{}", shown.text());
    // In a pipe it is a line now and then, on stderr; a program and a quiet reader get none.
    let piped = slow(&["take", "db/0"]).go();
    assert!(piped.stderr.contains(&format!("still at work after 0s{line}")), "{piped:?}");
    assert!(!piped.stdout.contains("at work"), "{piped:?}");
    for arguments in [&["take", "db/0", "--json"][..], &["take", "db/0", "--output", "json"], &["-q", "take", "db/0"]] {
        let ran = slow(arguments).go();
        assert_eq!((ran.status, ran.stderr.as_str()), (0, ""), "{ran:?}");
    }
}

/// The numbers come first, and no CID is cut: what has no room is left out whole.
#[test]
fn a_restore_shows_its_bytes_and_its_time_at_80_columns_and_below() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.make_disk(&disk_of("db/0"), 1 << 20, &"x".repeat(1 << 20));
    let cid = sandbox.take("db/0");
    for verb in ["restore", "promote"] {
        let slow = || {
            let run = sandbox.prepare(&["-n", verb, &cid]).env("SNAPBACK_TEST_PACE_MS", "100");
            run.fault("local.create_disk_from_snapshot.copying#3=sleep:1500").env("TERM", "xterm-256color")
        };
        for (columns, words) in [(80, "make a new disk from snapshot …"), (60, "make a new"), (44, "")] {
            let written = slow().on_a_screen((columns, LINES), "");
            let line = "1s, 512.00 KiB of 1.00 MiB, 1s left:";
            let shown = written.split(line).nth(1).unwrap_or_else(|| panic!("no '{line}': {written:?}")).trim_start();
            let named = if words.is_empty() { "" } else { "db/0: " };
            assert!(shown.starts_with(&format!("{named}{words}")), "{verb} at {columns}: {written:?}");
            assert_whole(&Screen::showing(&written, columns.into()), &cids(&sandbox));
        }
        let piped = slow().go();
        let line = format!("512.00 KiB of 1.00 MiB, 0s left: db/0: make a new disk from snapshot {cid}");
        assert!(piped.stderr.contains("still at work after ") && piped.stderr.contains(&line), "{piped:?}");
    }
}

/// What is at work is told of when it is due, and not when a clock that began earlier strikes.
#[test]
fn a_log_is_told_when_it_is_due() {
    let sandbox = Sandbox::with(&["db/0"]);
    let run = sandbox
        .prepare(&["take", "db/0"])
        .fault("take.snapshot_disk.before=sleep:1000;take.snapshot_disk.intended=sleep:4000");
    let ran = run.env("SNAPBACK_TEST_PACE_MS", "3000").go();
    assert!(ran.stderr.contains("still at work after 3s: "), "{ran:?}");
}

#[test]
fn an_interrupt_breaks_no_command() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let run = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.create_disk_from_snapshot.intended=sleep:3000");
    let shown = screen(run.under(&["timeout", "--foreground", "-s", "INT", "1"]), "");
    assert!(shown.text().contains("`snapback recover` then"), "{}", shown.text());
    assert!(shown.lines().iter().any(|line| line.contains("Waiting for ")), "{}", shown.text());
}

/// Where stdout and stderr are one terminal, the error is the last thing.
#[test]
fn what_doctor_found_stands_below_its_page() {
    let sandbox = Sandbox::with(&["db/0"]);
    std::fs::remove_dir_all(sandbox.path("cloud")).unwrap();
    let shown = screen(sandbox.prepare(&["doctor"]), "");
    let place = |what: &str| shown.lines().iter().rposition(|line| line.starts_with(what));
    assert!(place("! ").is_some() && place("Error: ") > place("! "), "{}", shown.text());
    assert!(shown.text().contains("1 instance, confirmed "), "{}", shown.text());
}

#[test]
fn a_number_fits_its_noun() {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-0"][..]), ("db/1", &["disk-1", "disk-2"])], "");
    let ends = |arguments: &[&str]| {
        let run = sandbox.prepare(arguments).env("BOSH_TTY", "true").env("COLUMNS", "300");
        let ran = run.go();
        assert_eq!(ran.status, 0, "{ran:?}");
        assert!(!(ran.stdout.clone() + &ran.stderr).contains("1 instances"), "{ran:?}");
        ran.stdout.lines().rev().find(|line| line.ends_with('s') || line.len() < 20).unwrap_or_default().to_owned()
    };
    assert_eq!(ends(&["take", "db/0"]), "1 snapshot");
    assert_eq!(ends(&["take"]), "3 snapshots");
    // An instance has two disks.
    assert_eq!(ends(&["-n", "restore", "--latest", "db/0", "db/1"]), "3 disks");
    assert_eq!(ends(&["-n", "restore", "--latest", "db/0"]), "1 instance");
}

#[test]
fn what_is_true_now_is_on_a_narrow_screen_too() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &cid]).quiet_success();
    sandbox.run(&["-n", "undo"]).quiet_success();
    let id = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let shown = |words: &[&str]| {
        let shown = sandbox.prepare(words).on_a_screen((COLUMNS, LINES), "");
        shown.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    let usual = shown(&["operations"]);
    assert!(usual.contains(&format!("; undone by {id}")) && usual.contains("; db/0 is on it"), "{usual}");
    assert!(!usual.contains("No room for: Started At, By, Arguments, Now"), "{usual}");
    let chosen = shown(&["operations", "--column", "now"]);
    assert!(chosen.contains(&format!("undone by {id}")) && !chosen.contains("; undone"), "{chosen}");
}

#[test]
fn colours_are_for_terminals_that_have_them() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let shown = |arguments: &[&str], name: &str, value: &str| {
        sandbox.prepare(arguments).env(name, value).on_a_screen((COLUMNS, LINES), "n\n")
    };
    let plan = shown(&["restore", &cid], "TERM", "xterm");
    assert!(plan.contains("\u{1b}[33mWarning:\u{1b}[0m"), "{plan:?}");
    // What is kept is not red; what takes a disk off its VM is.
    let disk = disk_of("db/0");
    assert!(plan.contains(&format!("\nKept      disk {disk}")), "{plan:?}");
    assert!(plan.contains(&format!("\u{1b}[31m  3. detach {disk} from VM ")), "{plan:?}");
    assert_eq!(plan.matches("\u{1b}[31m").count(), 1 + plan.matches("\u{1b}[31mError:").count(), "{plan:?}");
    let planned = shown(&["restore", &cid, "--dry-run"], "TERM", "xterm");
    assert!(planned.contains(&format!("\u{1b}[31mdetach {disk} from VM ")), "{planned:?}");
    assert!(plan.contains("\u{1b}[1m`snapback -d prod undo`;\u{1b}[22m"), "{plan:?}");
    let deleted = shown(&["delete", &cid], "TERM", "xterm");
    assert!(deleted.contains(&format!("\u{1b}[31mdb/0  {cid}  ")), "{deleted:?}");
    let dry = shown(&["delete", &cid, "--dry-run"], "TERM", "xterm");
    assert!(dry.contains(&format!("\u{1b}[31m{cid}\u{1b}[0m")), "{dry:?}");
    let nothing = Sandbox::empty().prepare(&["snapshots"]).env("TERM", "xterm").on_a_screen((COLUMNS, LINES), "");
    assert!(nothing.contains("Hint: run: \u{1b}[1msnapback init\u{1b}[22m"), "{nothing:?}");
    for (name, value) in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        for arguments in [&["restore", &cid][..], &["delete", &cid], &["delete", &cid, "--dry-run"], &["take", "web/9"]]
        {
            let plain = shown(arguments, name, value);
            assert!(!plain.contains('\u{1b}'), "{name} {arguments:?}: {plain:?}");
        }
    }
    let piped = sandbox.prepare(&["restore", &cid]).stdin("n\n").go();
    assert!(!(piped.stdout + &piped.stderr).contains('\u{1b}'));
    assert!(fs::exists(sandbox.state()).unwrap());
}
