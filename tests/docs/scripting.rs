//! `docs/scripting.md`: its recipes, run as they stand there, and its tables against the program.

use crate::support;

use std::fs;
use std::path::Path;
use std::process::Command;

use snapback::exit_code::TABLE;
use support::{Sandbox, disk_of};

fn page() -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scripting.md")).unwrap()
}

/// The title and the script of each recipe.
fn recipes() -> Vec<(String, String)> {
    let page = page();
    let recipes = page.split("\n## Recipes\n").nth(1).unwrap().split("\n### ").skip(1);
    recipes
        .map(|recipe| {
            let (title, rest) = recipe.split_once('\n').unwrap();
            let mut blocks = rest.split("```bash\n").skip(1);
            let script = blocks.next().unwrap().split("```").next().unwrap();
            assert!(blocks.next().is_none(), "{title}: one script");
            (title.to_owned(), script.to_owned())
        })
        .collect()
}

/// What a recipe printed, and its status.
struct Said {
    status: i32,
    stdout: String,
    stderr: String,
}

/// Runs the recipe whose title begins so.
#[track_caller]
fn play(sandbox: &Sandbox, title: &str, fault: &str) -> Said {
    let (_, script) = recipes().into_iter().find(|(found, _)| found.starts_with(title)).unwrap();
    sandbox.write("recipe.bash", &script);
    let program = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap();
    let output = Command::new("bash")
        .arg("recipe.bash")
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.display()))
        .env("SNAPBACK_MANIFEST", sandbox.path("director.yml"))
        .env("BOSH_DEPLOYMENT", "prod")
        .env("SNAPBACK_TEST_FAULT", fault)
        .output()
        .unwrap();
    Said {
        status: output.status.code().unwrap(),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    }
}

impl Said {
    #[track_caller]
    fn is(&self, status: i32, stdout: &str) {
        assert!(self.status == status && self.stdout == stdout, "{}\n{}\n{}", self.status, self.stdout, self.stderr);
    }
}

#[test]
fn each_recipe_is_played_by_a_test() {
    let titles: Vec<String> = recipes().into_iter().map(|(title, _)| title).collect();
    let played = ["Every night", "Take, keep", "Delete what", "Wait for", "Watch", "From `bosh"];
    assert!(titles.len() == played.len() && titles.iter().zip(played).all(|(title, begin)| title.starts_with(begin)));
}

#[test]
fn every_night() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    play(&sandbox, "Every night", "").is(0, "every disk has its snapshot\n");
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk_of("db/1"))).unwrap();
    play(&sandbox, "Every night", "").is(3, "without a snapshot:\ndb/1\n");
    let cid = sandbox.take("db/0");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.intended=kill").go();
    assert_eq!(killed.status, 137);
    play(&sandbox, "Every night", "").is(6, "another operation is at work: not tonight\n");
    sandbox.manifest(false, "");
    let said = play(&sandbox, "Every night", "");
    said.is(4, "");
    assert!(said.stderr.contains("snapshots are switched off"), "{}", said.stderr);
}

#[test]
fn take_and_promote() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let said = play(&sandbox, "Take, keep", "");
    let (disks, snapshots) = (sandbox.rows(&["disks", "--orphaned"], "disks"), sandbox.names("cloud/snapshots"));
    assert_eq!((disks.len(), snapshots.len()), (1, 1));
    let disk = disks[0]["disk_cid"].as_str().unwrap();
    said.is(0, &format!("{disk} is a new disk, made from {}\n", snapshots[0]));
    let said = play(&sandbox, "Take, keep", "take.snapshot_disk.before=error");
    assert!(said.status == 1 && said.stdout.is_empty() && said.stderr.contains("Error: "), "{}", said.stderr);
}

#[test]
fn delete_what_is_old() {
    let sandbox = Sandbox::with(&["db/0"]);
    play(&sandbox, "Delete what", "").is(0, "nothing is that old\n");
    for _ in 0..2 {
        sandbox.prepare(&["take"]).env("SNAPBACK_TEST_NOW", "2020-01-01T00:00:00Z").go().quiet_success();
    }
    let young = sandbox.take("db/0");
    let said = play(&sandbox, "Delete what", "");
    assert!(said.status == 0 && said.stdout.matches("\tdeleted\t").count() == 2, "{}{}", said.stdout, said.stderr);
    assert_eq!(sandbox.names("cloud/snapshots"), [young]);
}

#[test]
fn wait_and_recover() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    play(&sandbox, "Wait for", "").is(0, "");
    let killed = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.intended=kill").go();
    assert_eq!(killed.status, 137);
    let said = play(&sandbox, "Wait for", "");
    assert!(said.status == 0 && said.stdout.starts_with("interrupted: "), "{}{}", said.stdout, said.stderr);
    let mut other = sandbox.prepare(&["-n", "restore", &cid]).fault("restore.attach_disk.before=sleep:6000").start();
    while sandbox.rows(&["operations"], "operations")[0]["state"] != "running" {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    play(&sandbox, "Wait for", "").is(6, "still at work\n");
    assert!(other.wait().unwrap().success());
}

#[test]
fn watch_a_take() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let said = play(&sandbox, "Watch", "");
    assert!(said.status == 0 && said.stdout.matches("one more").count() == 2, "{}", said.stdout);
    let said = play(&sandbox, "Watch", "take.snapshot_disk.before#2=error");
    assert_eq!(said.status, 3, "{}", said.stderr);
    let counts = ["one more", "one failed", "the end"].map(|text| said.stdout.matches(text).count());
    assert_eq!(counts, [1, 1, 1], "{}", said.stdout);
}

#[test]
fn the_same_filter_reads_boshs_json_and_ours() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let said = play(&sandbox, "From `bosh", "");
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!((said.status, lines.len(), lines[0]), (0, 2, &*format!("db/0 {cid}")), "{}", said.stderr);
    assert!(lines[1].ends_with(&format!("Z {cid}")), "{}", said.stdout);
}

#[test]
fn only_delete_asks_of_which_deployment_a_cid_is() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']");
    let taken = sandbox.take("db/0");
    let set = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let run = |words: &[&str]| sandbox.run(&[&["-n", "-d", "other"], words].concat());
    run(&["restore", &taken, "--dry-run"]).quiet_success();
    run(&["restore", "--set", &set, "--dry-run"]).quiet_success();
    run(&["restore", &taken, "--to", "db/0", "--dry-run"]).refused(5, &["no deployment 'other'"]);
    run(&["promote", &taken, "--dry-run"]).quiet_success();
    run(&["drill", &taken, "--dry-run"]).quiet_success();
    run(&["hold", &taken, "--reason", "audit"]).quiet_success();
    run(&["release", &taken]).quiet_success();
    run(&["delete", &taken]).refused(5, &["not of 'other'"]);
    assert_eq!(sandbox.names("cloud/snapshots"), [taken]);
    run(&["delete", "--set", &set]).quiet_success();
    assert!(sandbox.names("cloud/snapshots").is_empty());
}

/// The first cells of the table in a section.
fn first_cells(title: &str) -> Vec<String> {
    let page = page();
    let section = page.split(&format!("\n## {title}\n")).nth(1).unwrap().split("\n## ").next().unwrap();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| ")).skip(1);
    rows.map(|row| row.split(" | ").next().unwrap().to_owned()).collect()
}

#[test]
fn its_statuses_are_the_programs() {
    let statuses: Vec<String> =
        first_cells("Exit codes").iter().flat_map(|cell| cell.split(", ")).map(str::to_owned).collect();
    let codes: Vec<String> = TABLE.iter().map(|(code, _)| code.0.to_string()).collect();
    assert_eq!(statuses, codes);
}

#[test]
fn its_variables_are_the_helps() {
    let sandbox = Sandbox::empty();
    let help = sandbox.run(&["help", "options"]).stdout;
    let help = help.split_whitespace().collect::<Vec<_>>().join(" ");
    let named: Vec<&str> = help.split("[env: ").skip(1).map(|rest| rest.split(']').next().unwrap().trim()).collect();
    let variables: Vec<String> =
        first_cells("Environment").iter().map(|cell| cell.trim_matches('`').to_owned()).collect();
    assert_eq!(named, variables);
}
