//! `snapback doctor`: one page, whatever is broken, that changes nothing and tells no secret.

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use support::{Ran, Run, Sandbox};

/// A bosh CLI that says which one it is, and notes how it was called.
const BOSH: &str = "#!/bin/sh\necho \"$*\" >> calls\necho 'version 7.10.6-test'\n";

fn program(sandbox: &Sandbox, name: &str, text: &str) -> String {
    sandbox.write(name, text);
    fs::set_permissions(sandbox.path(name), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.path(name).to_str().unwrap().to_owned()
}

/// A sandbox in which all is well.
fn well() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0", "db/1"], "stop: [true]\nverify: [./verify, hush-7c2f]\nstart: [true]");
    program(&sandbox, "verify", "#!/bin/sh\n");
    program(&sandbox, "bosh", BOSH);
    sandbox.run(&["take"]).quiet_success();
    sandbox
}

fn doctor(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    let bosh = sandbox.path("bosh");
    sandbox.prepare(&[arguments, &["doctor"]].concat()).env("SNAPBACK_BOSH", bosh.to_str().unwrap())
}

/// The line of something, with what stands below it.
#[track_caller]
fn line(ran: &Ran, what: &str) -> String {
    let mut lines = ran.stdout.lines();
    let first = lines.find(|line| line.len() > 2 && line[2..].starts_with(what));
    let first = first.unwrap_or_else(|| panic!("no line '{what}': {ran:?}"));
    let below = lines.take_while(|line| line.starts_with("      "));
    std::iter::once(first).chain(below).collect::<Vec<_>>().join("\n")
}

/// The page finds a problem there, with these words in it; and the command that it names is understood.
#[track_caller]
fn problem(sandbox: &Sandbox, ran: &Ran, what: &str, words: &[&str]) {
    assert_eq!(ran.status, 11, "{ran:?}");
    let found = line(ran, what);
    assert!(found.starts_with("! ") && found.contains("\n      next: "), "{found}");
    for word in words {
        assert!(found.contains(word), "no '{word}' in {found}");
    }
    for command in found.lines().filter_map(|line| line.trim().strip_prefix("next: snapback ")) {
        let next = sandbox.run(&command.split(' ').collect::<Vec<_>>());
        assert!(next.status != 2 || command.contains("manifest"), "{command}: {next:?}");
    }
}

#[test]
fn where_all_is_well_it_is_one_page_and_ends_with_0() {
    let sandbox = well();
    let ran = doctor(&sandbox, &[]).go();
    assert_eq!((ran.status, &*ran.stderr), (0, "No problems found\n"), "{ran:?}");
    assert!(ran.stdout.lines().count() < 80, "{ran:?}");
    for (what, found) in [
        ("snapback", env!("CARGO_PKG_VERSION")),
        ("SQLite", "3."),
        ("found by", "the working directory"),
        ("enable_snapshots", "true (director.yml:"),
        ("verify", "./verify"),
        ("integrity", "ok"),
        ("open operations", "none"),
        ("snapshots", "2"),
        ("local_cpi", "built in"),
        ("db/0 (prod)", "via cpi"),
        ("db/1 (prod)", "works to"),
        ("UTC", "20"),
    ] {
        assert!(line(&ran, what).contains(found), "{what}: {}", line(&ran, what));
    }
    assert!(ran.stdout.contains("version 7.10.6-test"), "{ran:?}");
    assert_eq!(fs::read_to_string(sandbox.path("calls")).unwrap(), "--version\n", "the Director is not asked");
    let document: Value = serde_json::from_str(&doctor(&sandbox, &["--output", "json"]).go().stdout).unwrap();
    let checks = document["checks"].as_array().unwrap();
    assert!(checks.len() > 20 && checks.iter().all(|check| check["verdict"] == "ok"), "{checks:?}");
    // What the sentences say in words is there as a number, too.
    let of = |what: &str| checks.iter().find(|check| check["what"] == what).unwrap();
    let bytes = fs::metadata(sandbox.state()).unwrap().len();
    assert_eq!((&of("size")["size_bytes"], &of("size")["age_seconds"]), (&Value::from(bytes), &Value::Null));
    for what in ["inventory", "db/0 (prod)", "db/1 (prod)"] {
        let check = of(what);
        assert!(check["age_seconds"].as_i64().is_some_and(|age| (0..86_400).contains(&age)), "{check:?}");
        assert!(check["found"].as_str().unwrap().contains(" ago") && check["size_bytes"].is_null(), "{check:?}");
    }
    assert!(of("integrity")["age_seconds"].is_null());
}

#[test]
fn it_changes_nothing_and_makes_no_file() {
    let sandbox = well();
    fs::remove_file(sandbox.path("bosh")).unwrap();
    let picture =
        || (sandbox.names(""), sandbox.names("director-snapshots.db.locks"), fs::read(sandbox.state()).unwrap());
    let before = picture();
    doctor(&sandbox, &[]).go().quiet_success();
    assert!(before == picture(), "something has changed");
    let empty = Sandbox::empty();
    assert_eq!(doctor(&empty, &[]).go().status, 11);
    sandbox.manifest(true, "");
    fs::remove_file(sandbox.state()).unwrap();
    doctor(&sandbox, &[]).go();
    assert!(empty.names("").is_empty() && !sandbox.state().exists());
}

#[test]
fn whatever_is_broken_is_a_line_with_its_remedy() {
    let sandbox = well();
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let with = |text: &str| {
        sandbox.write("director.yml", text);
        doctor(&sandbox, &[]).go()
    };
    problem(&sandbox, &with("a: [\n"), "manifest", &["director.yml:"]);
    let lacking = with(&manifest.replace("name: test", "name: ((name))"));
    problem(&sandbox, &lacking, "manifest", &["needs the value of the variable ((name))"]);
    assert!(line(&lacking, "integrity").contains("ok"), "the state file is looked at all the same");
    problem(&sandbox, &with(&manifest.replace("name: test", "name: other")), "Director", &["'test'", "'other'"]);
    let off = with(&manifest.replace("enable_snapshots: true", "enable_snapshots: false"));
    problem(&sandbox, &off, "snapshots", &["enable_snapshots: true in director.yml"]);
    problem(&sandbox, &with(&manifest.replace("./verify", "./nowhere")), "verify", &["./nowhere: not there"]);
    problem(&sandbox, &with(&manifest.replace("local_cpi", "no_cpi")), "no_cpi", &["no executable of the CPI"]);
    fs::remove_file(sandbox.path("director.yml")).unwrap();
    let none = doctor(&sandbox, &[]).go();
    problem(&sandbox, &none, "manifest", &["no such file", "snapback init"]);
    assert!(line(&none, "state file").starts_with("- "), "one remedy for one fault: {none:?}");
    sandbox.write("director.yml", &manifest);
    let other = doctor(&sandbox, &["--cpi-config", "no.yml"]).go();
    problem(&sandbox, &other, "CPIs", &["no.yml: no such file"]);
    assert_eq!(doctor(&sandbox, &[]).go().status, 0, "and it is well again");
}

#[test]
fn a_broken_state_file_is_a_line_with_its_remedy() {
    let sandbox = well();
    let good = fs::read(sandbox.state()).unwrap();
    let after = |sql: &str| {
        fs::write(sandbox.state(), &good).unwrap();
        rusqlite::Connection::open(sandbox.state()).unwrap().execute_batch(sql).unwrap();
        doctor(&sandbox, &[]).go()
    };
    problem(
        &sandbox,
        &after("PRAGMA user_version = 9999"),
        "state file",
        &["has schema 9999", "use the newer snapback"],
    );
    problem(&sandbox, &after("PRAGMA application_id = 7"), "state file", &["some other program's"]);
    let pending = after("UPDATE operations SET state = 'pending', ended_at = NULL");
    problem(&sandbox, &pending, "take ", &["may be at work"]);
    let gone = after("UPDATE snapshots SET gone_at = 1 WHERE grp = 'db' AND idx = 1");
    problem(&sandbox, &gone, "db/1 (prod)", &["snapback -d prod take db/1"]);
    let none = after("UPDATE instances SET vanished_at = 1");
    problem(&sandbox, &none, "inventory", &["no instance is known"]);
    let future = after("UPDATE operations SET started_at = started_at + 86400000");
    problem(&sandbox, &future, "newest operation", &["in the future"]);
    let old = after("UPDATE instances SET confirmed_at = confirmed_at - 172800000");
    assert!(line(&old, "inventory").starts_with("- "), "{old:?}");
    // A page in the middle that is not what it was.
    let mut torn = good.clone();
    let middle = torn.len() / 2 / 4096 * 4096;
    torn[middle..middle + 4096].fill(0x5a);
    fs::write(sandbox.state(), &torn).unwrap();
    let torn = doctor(&sandbox, &[]).go();
    assert_eq!(torn.status, 11, "{torn:?}");
    fs::write(sandbox.state(), "nothing of the kind").unwrap();
    problem(&sandbox, &doctor(&sandbox, &[]).go(), "state file", &["it is not SQLite"]);
    fs::remove_file(sandbox.state()).unwrap();
    problem(&sandbox, &doctor(&sandbox, &[]).go(), "state file", &["there is no state file", "snapback init"]);
    // What the page named has made one.
    fs::remove_file(sandbox.state()).unwrap();
    fs::create_dir(sandbox.state()).unwrap();
    problem(&sandbox, &doctor(&sandbox, &[]).go(), "state file", &["is a directory"]);
}

#[test]
fn what_hangs_is_waited_for_as_long_as_said_and_a_missing_bosh_matters_where_a_director_does() {
    let sandbox = well();
    program(&sandbox, "bosh", "#!/bin/sh\nsleep 100\n");
    let hung = doctor(&sandbox, &["--timeout", "1"]).go();
    assert!(hung.status == 0 && hung.stdout.contains("still running after 1 s"), "{hung:?}");
    fs::remove_file(sandbox.path("bosh")).unwrap();
    assert_eq!(doctor(&sandbox, &[]).go().status, 0, "nobody needs it");
    let connection = rusqlite::Connection::open(sandbox.state()).unwrap();
    connection.execute_batch("UPDATE instances SET managed_by = 'director', uuid = 'u' || idx").unwrap();
    let ran = doctor(&sandbox, &[]).go();
    problem(&sandbox, &ran, "db/0 (prod)", &["via bosh", "the bosh CLI is missing"]);
}

#[test]
fn no_secret_is_in_it() {
    const CANARY: &str = "hush-7c2f";
    let sandbox = well();
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let manifest = manifest.replace("    local:\n", &format!("    aws: {{secret_access_key: {CANARY}}}\n    local:\n"));
    sandbox.write("director.yml", &manifest.replace("name: test", "name: ((name))"));
    program(&sandbox, "bosh", &format!("#!/bin/sh\necho {CANARY} >&2\nexit 1\n"));
    let leak = "#!/bin/sh\ncat > /dev/null\necho '{\"result\":null,\"error\":{\"type\":\"X\",\"message\":\"hush-7c2f\",\"ok_to_retry\":false},\"log\":\"hush-7c2f\"}'\n";
    let cpi = program(&sandbox, "cpi", leak);
    let mut said = String::new();
    for form in [&[][..], &["--output", "json"], &["--json"], &["--verbose"]] {
        for cpi in [None, Some(cpi.as_str())] {
            let path = cpi.map(|cpi| format!("other={cpi}"));
            let mut words = [form, &["-v", "name=hush-7c2f"]].concat();
            words.extend(path.iter().flat_map(|path| ["--cpi", "executable:other", "--cpi-path", path]));
            let ran = doctor(&sandbox, &words).env("BOSH_CLIENT_SECRET", CANARY).go();
            assert_eq!(ran.status, 11, "{ran:?}");
            said += &format!("{}{}", ran.stdout, ran.stderr);
        }
    }
    assert!(said.len() > 4000 && !said.contains(CANARY), "{said}");
}
