//! The completion scripts in the shells themselves, and the command that they ask. PowerShell is not tried: it is not in
//! Debian.

use crate::support;

mod shell;

use std::fs;
use std::path::Path;
use std::process::Command;

use shell::{Shell, has, script};
use support::{Sandbox, disk_of};

/// A CID as Azure's CPI makes them.
const AZURE: &str = "caching:None;disk_name:bosh-data;resource_group_name:rg";
/// CIDs that no cloud makes, and a shell would take apart.
const ODD: [&str; 3] = ["odd one $(touch owned) `x` \\ end", "it's \"quoted\"", "wild*?[a]{b,c}~#!&|<>"];

/// A state file with two deployments, and snapshots of these CIDs.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0", "db/1", "web/0"]);
    sandbox.take("db/0");
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.execute_batch("CREATE TEMP TABLE one AS SELECT * FROM snapshots LIMIT 1").unwrap();
    for (at, cid) in [AZURE].iter().chain(&ODD).enumerate() {
        let at = i64::try_from(at).unwrap();
        connection.execute("UPDATE one SET cid = ?1, created_at = created_at - 60000 * ?2", (cid, at)).unwrap();
        connection.execute_batch("INSERT INTO snapshots SELECT * FROM one").unwrap();
    }
    connection.execute_batch("INSERT INTO deployments VALUES ('staging')").unwrap();
    sandbox
}

/// What the hidden command prints, without what is behind a TAB.
fn ask(sandbox: &Sandbox, words: &[&str]) -> Vec<String> {
    let ran = sandbox.run(&[&["complete-values", "fish"], words].concat());
    assert_eq!((ran.status, &*ran.stderr), (0, ""), "{ran:?}");
    ran.stdout.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
}

#[test]
fn values_of_each_kind() {
    let sandbox = sandbox();
    let snapshots = ask(&sandbox, &["delete", ""]);
    assert_eq!((snapshots.len(), &*snapshots[0]), (5, AZURE), "newest first: {snapshots:?}");
    assert_eq!(ask(&sandbox, &["promote", "cach"]), [AZURE]);
    assert_eq!(ask(&sandbox, &["take", "d"]), ["db/0", "db/1"]);
    assert_eq!(ask(&sandbox, &["restore", "--to", ""]), ["db/0", "db/1", "web/0"]);
    assert_eq!(ask(&sandbox, &["-d", ""]), ["prod", "staging"]);
    assert_eq!(ask(&sandbox, &["take", "--deployment=x", "-d", "s"]), ["staging"]);
    assert_eq!(ask(&sandbox, &["restore", "--latest", "d"]), ["db/0", "db/1"]);
    let id = &sandbox.rows(&["operations"], "operations")[0]["operation"];
    assert_eq!(ask(&sandbox, &["operations", ""]), [id.as_str().unwrap()]);
    let columns = ask(&sandbox, &["snapshots", "--column", "c"]);
    assert!(columns.contains(&"cid".to_owned()) && columns.contains(&"created_at".to_owned()), "{columns:?}");
    assert_eq!(
        ask(&sandbox, &["instances", "--column=vm_"]),
        ["vm_cid", "vm_type"],
        "the shell knows what stands before"
    );
    assert_eq!(ask(&sandbox, &["instances", "--column", "vm_"]), ["vm_cid", "vm_type"]);
    assert_eq!(ask(&sandbox, &["disks", "--column", "disk"]), ["disk_cid"]);
    for nothing in [&["nope", ""][..], &["delete", "-"], &["import", ""], &["import", "--cloud-config="], &[], &[""]] {
        assert_eq!(ask(&sandbox, nothing), Vec::<String>::new(), "{nothing:?}");
    }
    assert_eq!(ask(&sandbox, &["delete", "nope"]), [""], "an empty line: nothing, and no file's name either");
    let about = sandbox.run(&["complete-values", "fish", "delete", "cach"]).stdout;
    assert!(about.starts_with(&format!("{AZURE}\tprod db/0, 20")), "{about:?}");
}

#[test]
fn only_what_the_verb_can_take() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let (held, other) = (sandbox.take("db/0"), sandbox.take("db/1"));
    assert_eq!(ask(&sandbox, &["release", ""]), [""], "none is held");
    sandbox.run(&["hold", &held, "--reason", "x"]).quiet_success();
    assert_eq!(ask(&sandbox, &["release", ""]), [&*held]);
    assert_eq!(ask(&sandbox, &["hold", &held, ""]), [&*other], "what stands there is not offered again");
    assert_eq!(ask(&sandbox, &["take", "db/0", ""]), ["db/1"]);
    assert_eq!(ask(&sandbox, &["snapshots", "--column", "cid", "--column", "ci"]), [""]);
    assert_eq!(ask(&sandbox, &["delete-disk", ""]), [""], "instances have them all");
    assert_eq!(ask(&sandbox, &["check", "--attach", ""]), [disk_of("db/0"), disk_of("db/1")]);
    sandbox.run(&["-n", "restore", &held]).quiet_success();
    assert_eq!(ask(&sandbox, &["delete-disk", ""]), [disk_of("db/0")]);
    assert_eq!(ask(&sandbox, &["restore", "--via", ""]), ["bosh", "create-env", "cpi"]);
    assert_eq!(ask(&sandbox, &["take", "--output=t"]), ["tsv"]);
    // An instance without a disk, and a name in two deployments.
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection
        .execute_batch(
            "INSERT INTO deployments VALUES ('staging'); CREATE TEMP TABLE one AS SELECT * FROM instances;
             UPDATE one SET deployment = 'staging', uuid = NULL, vm_cid = 'vm-' || idx WHERE idx = 0;
             UPDATE one SET grp = 'web', uuid = NULL, vm_cid = 'vm-web' WHERE idx = 1;
             INSERT INTO instances SELECT * FROM one",
        )
        .unwrap();
    for words in [&["restore", "--latest", ""][..], &["drill", "--latest", ""], &["take", ""], &["restore", "--to", ""]]
    {
        assert_eq!(ask(&sandbox, words), ["db/1"], "{words:?}");
        assert_eq!(ask(&sandbox, &[&["-d", "prod"], words].concat()), ["db/0", "db/1"], "{words:?}");
    }
    assert_eq!(ask(&sandbox, &["instances", ""]), ["db/0", "db/1", "web/1"]);
}

#[test]
fn pages_of_the_help() {
    let sandbox = Sandbox::empty();
    let all = ask(&sandbox, &["help", ""]);
    assert!(all.len() > 30 && all[..2] == ["snapshots", "take"] && all.contains(&"exit-codes".to_owned()), "{all:?}");
    for page in &all {
        sandbox.run(&["help", page]).quiet_success();
    }
    assert_eq!(ask(&sandbox, &["help", "rest"]), ["restore"]);
    assert_eq!(ask(&sandbox, &["help", "schedule", "u"]), ["units"]);
    assert_eq!(ask(&sandbox, &["help", "take", ""]), [""]);
}

#[test]
fn an_undo_whose_old_disk_was_deleted_is_not_offered() {
    let sandbox = Sandbox::with(&["db/0"]);
    let snapshot = sandbox.take("db/0");
    sandbox.run(&["-n", "restore", &snapshot, "--no-safety-snapshot"]).quiet_success();
    let offered = ask(&sandbox, &["undo", ""]);
    assert_eq!(offered.len(), 1);
    sandbox.run(&["-n", "delete-disk", &disk_of("db/0"), "--give-up-undo", &offered[0]]).quiet_success();
    sandbox.run(&["undo", "--dry-run", &offered[0]]).refused(4, &["no longer has its old disk"]);
    assert_eq!(ask(&sandbox, &["undo", ""]), [""]);
}

#[test]
fn of_operations_only_those_that_the_verb_can_work_on() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let ids = |arguments: &[&str]| ask(&sandbox, &[arguments, &[""]].concat());
    let newest = || sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    let (first, took) = (sandbox.take("db/0"), newest());
    let (second, _) = (sandbox.take("db/1"), newest());
    assert_eq!((ids(&["undo"]), ids(&["recover"])), (vec![String::new()], vec![String::new()]));
    assert_eq!(ids(&["restore", "--set"]).len(), 2);
    sandbox.run(&["-n", "restore", &first]).quiet_success();
    let earlier = newest();
    assert_eq!(ids(&["undo"]), [&*earlier]);
    sandbox.run(&["-n", "restore", &second]).quiet_success();
    let other = newest();
    sandbox.run(&["-n", "restore", &first]).quiet_success();
    let later = newest();
    assert_eq!(ids(&["undo"]), [&*later, &*other], "the newest of each instance");
    assert_eq!(ids(&["delete-disk", "--give-up-undo"]), [&*later, &*other]);
    assert_eq!(ask(&sandbox, &["-d", "nope", "undo", ""]), [""]);
    for id in ids(&["undo"]) {
        sandbox.run(&["undo", "--dry-run", &id]).quiet_success();
    }
    sandbox.run(&["undo", "--dry-run", &earlier]).refused(4, &["undo the newer one first"]);
    // Once it is undone: the redo, and the one below it.
    sandbox.run(&["-n", "undo"]).quiet_success();
    let undone = newest();
    assert_eq!(ids(&["undo"]), [&*undone, &*other, &*earlier]);
    for id in ids(&["undo"]) {
        sandbox.run(&["undo", "--dry-run", &id]).quiet_success();
    }
    let interrupted = sandbox.prepare(&["take", "db/0"]).fault("take.snapshot_disk.intended=kill").go();
    assert_ne!(interrupted.status, 0);
    assert_eq!(ids(&["recover"]), [newest()]);
    sandbox.run(&["recover"]).quiet_success();
    sandbox.run(&["-n", "delete", &first]);
    assert_eq!(
        ids(&["snapshots", "--set"]).contains(&took),
        !sandbox.run(&["snapshots", "--set", &took]).stdout.is_empty()
    );
}

#[test]
fn the_files_and_the_deployment_of_the_line_and_of_the_environment() {
    let sandbox = sandbox();
    fs::create_dir(sandbox.path("a dir")).unwrap();
    for name in ["director.yml", "director-snapshots.db"] {
        fs::rename(sandbox.path(name), sandbox.path("a dir").join(name)).unwrap();
    }
    let all = |words: &[&str]| ask(&sandbox, words).iter().filter(|name| !name.is_empty()).count();
    assert_eq!(all(&["delete", ""]), 0);
    assert_eq!(all(&["-m", "a dir/director.yml", "delete", ""]), 5);
    assert_eq!(all(&["delete", "--state=a dir/director-snapshots.db", ""]), 5);
    assert_eq!(all(&["-m", "~/a dir/director.yml", "delete", ""]), 5);
    assert_eq!(all(&["-m", "a dir/director.yml", "-d", "staging", "delete", ""]), 0);
    let run = |name: &str, value: &str| {
        let run = sandbox.prepare(&["complete-values", "fish", "delete", ""]);
        run.env(name, value).env("BOSH_TTY", "nonsense").go().stdout.lines().count()
    };
    assert_eq!(run("SNAPBACK_MANIFEST", "a dir/director.yml"), 5);
    assert_eq!(run("SNAPBACK_STATE", "a dir/director-snapshots.db"), 5);
    // A manifest that lacks its variables, and one that is none, still say where the state file is.
    fs::write(sandbox.path("a dir/director.yml"), "properties: {director: {name: ((name))}}\n").unwrap();
    assert_eq!(all(&["-m", "a dir/director.yml", "delete", ""]), 5);
}

#[test]
fn a_state_file_that_cannot_be_read_has_no_values_and_no_error() {
    let sandbox = sandbox();
    let number = |names: &[String]| names.iter().filter(|name| !name.is_empty()).count();
    let good = fs::read(sandbox.state()).unwrap();
    let change = |sql: &str| {
        fs::write(sandbox.state(), &good).unwrap();
        rusqlite::Connection::open(sandbox.state()).unwrap().execute_batch(sql).unwrap();
        number(&ask(&sandbox, &["delete", ""]))
    };
    assert_eq!(change("SELECT 1"), 5);
    assert_eq!(change("PRAGMA user_version = 9999"), 0, "newer");
    assert_eq!(change("PRAGMA application_id = 7"), 0, "another program's");
    for bytes in [&b""[..], b"no database", &good[..4096], &good[..good.len() / 2]] {
        fs::write(sandbox.state(), bytes).unwrap();
        ask(&sandbox, &["delete", ""]);
        assert_eq!(fs::read(sandbox.state()).unwrap(), bytes);
    }
    fs::remove_file(sandbox.state()).unwrap();
    assert_eq!(number(&ask(&sandbox, &["delete", ""])), 0);
    fs::create_dir(sandbox.state()).unwrap();
    assert_eq!(number(&ask(&sandbox, &["delete", ""])), 0);
}

#[test]
fn it_leaves_no_trace() {
    let sandbox = sandbox();
    // What a killed writer left is rolled back by the next command, not by a TAB.
    let journal = sandbox.path("director-snapshots.db-journal");
    fs::write(&journal, "left behind").unwrap();
    let before = (sandbox.names(""), fs::read(sandbox.state()).unwrap(), fs::read(&journal).unwrap());
    assert_eq!(ask(&sandbox, &["delete", ""]).len(), 5);
    assert_eq!(before, (sandbox.names(""), fs::read(sandbox.state()).unwrap(), fs::read(&journal).unwrap()));
    if !has("strace") {
        eprintln!("skipped: strace is not installed");
        return;
    }
    let trace = sandbox.path("trace");
    let words = ["strace", "-f", "-qq", "-e", "trace=%file,fcntl,flock,execve", "-o", trace.to_str().unwrap()];
    sandbox.prepare(&["complete-values", "fish", "delete", ""]).under(&words).go().quiet_success();
    let calls = fs::read_to_string(trace).unwrap();
    assert!(calls.contains("director-snapshots.db"), "{calls}");
    for never in ["F_SETLK", "F_OFD_SETLK", "flock(", "O_CREAT", "O_WRONLY", "O_RDWR", "unlink", "rename", "mkdir"] {
        let found: Vec<&str> = calls.lines().filter(|line| line.contains(never) && !line.contains("/dev/")).collect();
        assert!(found.is_empty(), "{found:?}");
    }
}

/// What bash would put in the place of the current word.
fn bash_replies(sandbox: &Sandbox, line: &str, current: &str) -> Vec<String> {
    let driver = r#"source "$1"; COMP_LINE=$2 COMP_POINT=${#2}; read -ra COMP_WORDS <<< "$2"; [[ $2 != *' ' ]] || COMP_WORDS+=(""); COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _snapback_or_values snapback "$3" "${COMP_WORDS[COMP_CWORD-1]}"; printf '%s\n' "${COMPREPLY[@]}""#;
    let output = Command::new("bash")
        .args(["--norc", "-c", driver, "bash", script("snapback.bash").to_str().unwrap(), line, current])
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", shell::path())
        .output()
        .unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn bash_offers_values_and_else_what_the_definition_has() {
    let sandbox = sandbox();
    assert_eq!(bash_replies(&sandbox, "snapback take d", "d"), ["db/0", "db/1"]);
    assert_eq!(bash_replies(&sandbox, "snapback -d ", ""), ["prod", "staging"]);
    assert_eq!(bash_replies(&sandbox, "snapback delete caching:No", "No").len(), 1);
    assert_eq!(bash_replies(&sandbox, "snapback promote --d", "--d"), ["--dry-run", "--deployment"]);
    assert_eq!(bash_replies(&sandbox, "snapback rest", "rest"), ["restore"]);
    let verbs = bash_replies(&sandbox, "snapback ", "");
    assert!(verbs.len() > 25 && verbs[..2] == ["snapshots", "take"], "verbs first: {verbs:?}");
    assert!(verbs.iter().all(|word| !word.starts_with(['-', '[', '<'])), "{verbs:?}");
    let options = bash_replies(&sandbox, "snapback take -", "-");
    assert!(options.iter().all(|word| word.starts_with('-')) && options.contains(&"--note".to_owned()), "{options:?}");
    assert_eq!(bash_replies(&sandbox, "snapback import ", ""), [""], "files are bash's own to offer");
    assert_eq!(bash_replies(&sandbox, "snapback take --output ", ""), ["json", "jsonl", "tsv", "cid"]);
    assert_eq!(bash_replies(&sandbox, "snapback snapshots --column ver", "ver"), ["verified_at"]);
    // bash takes the value for a word of its own, unless COMP_WORDBREAKS lacks `=`.
    assert_eq!(bash_replies(&sandbox, "snapback snapshots --column=ver", "ver"), ["verified_at"]);
    assert_eq!(bash_replies(&sandbox, "snapback snapshots --column=ver", "--column=ver"), ["--column=verified_at"]);
    assert_eq!(bash_replies(&sandbox, "snapback --deployment=", ""), ["prod", "staging"]);
    assert_eq!(bash_replies(&sandbox, "snapback restore --via=c", "c"), ["create-env", "cpi"]);
    assert_eq!(bash_replies(&sandbox, "snapback restore --via ", ""), ["bosh", "create-env", "cpi"]);
    assert_eq!(bash_replies(&sandbox, "snapback help sch", "sch"), ["schedule"]);
    for line in
        ["snapback check --adopt inv", "snapback delete-disk inv", "snapback take inv", "snapback take --note inv"]
    {
        assert_eq!(bash_replies(&sandbox, line, "inv"), ["inv"], "no file is offered: {line}");
    }
}

/// Types each CID in an interactive shell, up to `typed`, then TAB and Enter, and looks what the program would get.
fn every_cid_arrives_whole(shell: &Shell, sandbox: &Sandbox) {
    for (typed, cid) in [("cach", AZURE), ("odd", ODD[0]), ("it", ODD[1]), ("wil", ODD[2])] {
        let line = format!("snapback delete {typed}");
        assert_eq!(shell.arguments(sandbox, &line), ["delete", cid], "{line}");
    }
    // In one shell, each time: what the first TAB has loaded serves the second one, too.
    let lines = ["snapback delete cach", "snapback -d pro", "snapback restore --latest we", "snapback delete cach"];
    let all = shell.session(sandbox, &lines);
    let expected = [&["delete", AZURE][..], &["-d", "prod"], &["restore", "--latest", "web/0"], &["delete", AZURE]];
    assert_eq!(all, expected);
    // What is begun in quotes is ended in quotes.
    assert_eq!(shell.arguments(sandbox, "snapback delete 'caching:No"), ["delete", AZURE]);
    assert_eq!(shell.arguments(sandbox, "snapback delete \"caching:No"), ["delete", AZURE]);
    assert_eq!(shell.arguments(sandbox, "snapback delete caching:No"), ["delete", AZURE]);
    assert_eq!(shell.arguments(sandbox, "snapback -d pro"), ["-d", "prod"]);
    assert_eq!(shell.arguments(sandbox, "snapback take we"), ["take", "web/0"]);
    let lines = [
        "snapback --deployment=pro",
        "snapback snapshots --column=veri",
        "snapback help environ",
        "snapback check --adopt inv",
    ];
    let expected = [
        &["--deployment=prod"][..],
        &["snapshots", "--column=verified_at"],
        &["help", "environment"],
        &["check", "--adopt", "inv"],
    ];
    assert_eq!(shell.session(sandbox, &lines), expected);
    assert_eq!(shell.arguments(sandbox, "snapback promo"), ["promote"]);
    assert!(!sandbox.path("owned").exists(), "a CID was run");
}

#[test]
fn in_bash_each_cid_arrives_whole() {
    every_cid_arrives_whole(&Shell::BASH, &sandbox());
}

#[test]
fn in_zsh_each_cid_arrives_whole() {
    if has("zsh") {
        every_cid_arrives_whole(&Shell::ZSH, &sandbox());
    } else {
        eprintln!("skipped: zsh is not installed");
        assert!(std::env::var_os("CI").is_none(), "with CI set, nothing is skipped");
    }
}

#[test]
fn in_fish_each_cid_arrives_whole() {
    if has("fish") {
        every_cid_arrives_whole(&Shell::FISH, &sandbox());
    } else {
        eprintln!("skipped: fish is not installed");
        assert!(std::env::var_os("CI").is_none(), "with CI set, nothing is skipped");
    }
}

#[test]
fn fish_offers_values_and_else_what_the_definition_has() {
    if !has("fish") {
        eprintln!("skipped: fish is not installed");
        return;
    }
    let sandbox = sandbox();
    let offered = |line: &str| -> Vec<String> {
        let output = Command::new("fish")
            .args(["--no-config", "-c", "source $argv[1]; complete -C $argv[2]"])
            .args([script("snapback.fish").to_str().unwrap(), line])
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", shell::path())
            .env("HOME", sandbox.path(""))
            .output()
            .unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        text.lines().map(|line| line.split('\t').next().unwrap().to_owned()).collect()
    };
    assert_eq!(offered("snapback take d"), ["db/0", "db/1"]);
    assert_eq!(offered("snapback -d "), ["prod", "staging"]);
    assert_eq!(offered("snapback delete cach"), [AZURE]);
    assert_eq!(offered("snapback restore --latest d"), ["db/0", "db/1"]);
    assert_eq!(offered("snapback snapshots --column ver"), ["verified_at"]);
    assert_eq!(offered("snapback restor"), ["restore"]);
    assert_eq!(offered("snapback snapshots --column=ver"), ["--column=verified_at"]);
    assert_eq!(offered("snapback restore --via c"), ["cpi", "create-env"]);
    assert_eq!(offered("snapback help sch"), ["schedule"]);
    for line in
        ["snapback check --adopt inv", "snapback delete-disk inv", "snapback take inv", "snapback take --note inv"]
    {
        let offered = offered(line);
        assert!(!offered.iter().any(|name| name.contains("inventory")), "no file is offered: {line}: {offered:?}");
    }
    let files = offered("snapback import inv");
    assert_eq!(files, ["inventory.yml"], "files, where files are wanted");
}

#[test]
fn the_scripts_are_what_the_shells_take() {
    for (shell, arguments, file) in
        [("bash", "-n", "snapback.bash"), ("zsh", "-n", "_snapback"), ("fish", "--no-execute", "snapback.fish")]
    {
        if Path::new("/usr/bin").join(shell).exists() {
            let output = Command::new(shell).arg(arguments).arg(script(file)).output().unwrap();
            assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
        }
    }
}
