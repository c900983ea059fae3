//! Finding the files: the manifest above the working directory, what the environment names, and what is said twice.

use crate::support;

use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};

use support::loop_mount::{run, skip};
use support::{Run, Sandbox};

/// A sandbox with an instance, and a directory two levels below it.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    fs::create_dir_all(sandbox.path("a/b")).unwrap();
    sandbox
}

fn below(sandbox: &Sandbox, arguments: &[&str]) -> Run {
    sandbox.prepare(arguments).within("a/b")
}

#[test]
fn the_manifest_is_found_in_a_directory_above_and_that_is_said() {
    let sandbox = sandbox();
    let took = below(&sandbox, &["take"]).go();
    let found = format!("Using the manifest {} (a directory above", sandbox.path("director.yml").display());
    assert!(took.status == 0 && took.stderr.starts_with(&found), "{took:?}");
    assert_eq!(took.stderr.matches("Using the manifest").count(), 1, "{took:?}");
    let none: [&str; 0] = [];
    assert_eq!(sandbox.names("a/b"), none, "the state file stays beside the manifest");
    let listed = below(&sandbox, &["snapshots", "--output", "json"]).go();
    assert!(listed.status == 0 && listed.stderr.is_empty() && listed.stdout.contains("disk-db-0"), "{listed:?}");
    assert_eq!(below(&sandbox, &["-q", "snapshots"]).go().stderr, "");
    assert_eq!(below(&sandbox, &["complete-values", "fish", "take", "d"]).go().stdout.lines().count(), 1);
    // In the working directory it is said if you ask for it.
    assert!(!sandbox.run(&["snapshots"]).stderr.contains("Using"));
    let asked = sandbox.run(&["--verbose", "snapshots"]).stderr;
    assert!(asked.contains("Using the manifest director.yml (the working directory)"), "{asked}");
}

#[test]
fn what_is_named_comes_before_what_is_found_and_the_nearest_before_the_others() {
    let sandbox = sandbox();
    let named = below(&sandbox, &["-m", "../../director.yml", "snapshots"]).go();
    assert!(named.status == 0 && !named.stderr.contains("Using"), "{named:?}");
    let named = below(&sandbox, &["snapshots"]).env("SNAPBACK_MANIFEST", "../../director.yml").go();
    assert!(named.status == 0 && !named.stderr.contains("Using"), "{named:?}");
    below(&sandbox, &["-m", "nowhere.yml", "snapshots"]).go().refused(2, &["nowhere.yml: no such file"]);
    sandbox.write("a/director.yml", "properties: {director: {name: nearer}}\n");
    let nearest = below(&sandbox, &["manifest"]).go();
    assert!(nearest.stdout.contains("nearer") && nearest.stderr.contains("/a/director.yml"), "{nearest:?}");
}

#[test]
fn a_named_manifest_that_is_not_there_says_who_named_it_and_from_where() {
    let sandbox = sandbox();
    fs::rename(sandbox.path("director.yml"), sandbox.path("bosh.yml")).unwrap();
    let (here, above) = (sandbox.path("a/b"), sandbox.path("bosh.yml"));
    let from = format!("relative to the current directory, which is {}\n", here.display());
    let named = |words: &[&str], variable: Option<&str>| {
        let mut run = below(&sandbox, words);
        if let Some(path) = variable {
            run = run.env("SNAPBACK_MANIFEST", path);
        }
        let ran = run.go();
        assert!(!ran.stderr.contains("snapback init"), "a manifest that is named is not to be written: {ran:?}");
        ran
    };
    let remedy = format!("export SNAPBACK_MANIFEST={}\n", above.display());
    named(&["snapshots"], Some("bosh.yml"))
        .refused(2, &["Error: bosh.yml: no such file\n", &format!("SNAPBACK_MANIFEST names it, {from}"), &remedy]);
    // The remedy works.
    assert_eq!(named(&["manifest"], above.to_str()).status, 0);
    named(&["-m", "bosh.yml", "snapshots"], None)
        .refused(2, &[&format!("--manifest names it, {from}"), &format!("-m {}\n", above.display())]);
    named(&["snapshots"], Some("no.yml")).refused(2, &[&from, "export SNAPBACK_MANIFEST=FILE"]);
    let absolute = named(&["snapshots"], Some("/nowhere/no.yml"));
    absolute.refused(2, &["SNAPBACK_MANIFEST names it; name the one that you mean"]);
    assert!(!absolute.stderr.contains("relative"), "{absolute:?}");
}

#[test]
fn init_makes_a_manifest_of_its_own_below_another_one() {
    let sandbox = sandbox();
    let made = below(&sandbox, &["init"]).go();
    assert!(made.status == 0 && made.stderr.contains("stays as it is: this directory gets its own"), "{made:?}");
    assert_eq!(sandbox.names("a/b"), ["director-snapshots.db", "director.yml", "inventory.yml"]);
}

#[test]
fn a_manifest_above_that_somebody_else_may_have_written_is_not_read() {
    let sandbox = sandbox();
    let refused = |why: &str| {
        below(&sandbox, &["take"]).go().refused(2, &["found above the working directory, but not read", why]);
        let named = below(&sandbox, &["-m", "../../director.yml", "manifest"]).go();
        assert_eq!(named.status, 0, "named, it is read: {named:?}");
        sandbox.run(&["manifest"]).quiet_success();
        let values = below(&sandbox, &["complete-values", "fish", "take", "d"]).go();
        assert_eq!((values.status, &*values.stdout), (0, "\n"));
    };
    let mode = |path: &str, mode| fs::set_permissions(sandbox.path(path), fs::Permissions::from_mode(mode)).unwrap();
    mode("director.yml", 0o666);
    refused("every user may write to it");
    mode("director.yml", 0o644);
    mode("", 0o777);
    refused("every user may write to it");
    // In a directory such as /tmp nothing is searched.
    mode("", 0o1777);
    below(&sandbox, &["take"]).go().refused(2, &["director.yml: no such file"]);
    mode("", 0o755);
    below(&sandbox, &["take"]).go().quiet_success();
    if chown(sandbox.path("director.yml"), Some(4711), None).is_err() {
        skip("a file of another user: only root can make one");
        return;
    }
    refused("belongs to another user (uid 4711)");
    let of_sudo = below(&sandbox, &["take"]).env("SUDO_UID", "4711").go();
    assert_eq!(of_sudo.status, 0, "root for the user that called sudo: {of_sudo:?}");
}

#[test]
fn the_search_ends_at_the_root_of_the_file_system_and_says_so() {
    let sandbox = sandbox();
    let mounted = sandbox.path("a/b");
    let mounted = mounted.to_str().unwrap();
    if let Err(why) = run(&["mount", "-t", "tmpfs", "-o", "mode=755", "none", mounted]) {
        skip(&format!("a file system below a directory: {why}"));
        return;
    }
    fs::create_dir(sandbox.path("a/b/c")).unwrap();
    let ran = sandbox.prepare(&["take"]).within("a/b/c").go();
    run(&["umount", mounted]).unwrap();
    ran.refused(2, &["director.yml: no such file", &format!("in those above it, up to {mounted}\n")]);
}

#[test]
fn cpis_and_cpi_configs_can_be_named_in_the_environment() {
    let sandbox = sandbox();
    let cpis = |value: &str, arguments: &[&str]| {
        let words = [arguments, &["cpis", "--output", "json"]].concat();
        sandbox.prepare(&words).env("SNAPBACK_CPI_PATH", value).go()
    };
    let both = cpis("/no/one:other=/no/other", &[]).stdout;
    assert!(both.contains("not there: /no/one (SNAPBACK_CPI_PATH)"), "{both}");
    let option = cpis("/no/one", &["--cpi-path", "/no/three"]).stdout;
    assert!(option.contains("/no/three (--cpi-path)") && !option.contains("/no/one"), "{option}");
    let run = |variable: &str, value: &str| sandbox.prepare(&["cpis"]).env(variable, value).go();
    run("SNAPBACK_CPI_PATH", "local_cpi=").refused(2, &["SNAPBACK_CPI_PATH: no path"]);
    run("SNAPBACK_CPI_PATH", "a\u{7}b=/x").refused(2, &["SNAPBACK_CPI_PATH: "]);
    run("SNAPBACK_CPI_CONFIG", "no.yml").refused(2, &["SNAPBACK_CPI_CONFIG: no.yml: no such file"]);
    sandbox.write("two.yml", "cpis: [{name: one, type: x}, {name: one, type: x}]\n");
    run("SNAPBACK_CPI_CONFIG", "two.yml").refused(2, &["SNAPBACK_CPI_CONFIG: two.yml:1: ", "is given twice"]);
    sandbox.write("cpis.yml", "cpis: [{name: elsewhere, type: x}]\n");
    assert!(run("SNAPBACK_CPI_CONFIG", "cpis.yml").stdout.contains("elsewhere"));
    // A unit gets what the environment says: nobody sets it there.
    let unit = sandbox.prepare(&["schedule", "units", "--systemd"]).env("SNAPBACK_CPI_PATH", "x=cpi/x");
    let unit = unit.env("SNAPBACK_CPI_CONFIG", "cpis.yml").go().stdout;
    let root = sandbox.path("");
    assert!(unit.contains(&format!("--cpi-path x={}cpi/x", root.display())), "{unit}");
    assert!(unit.contains(&format!("--cpi-config {}cpis.yml", root.display())), "{unit}");
}

#[test]
fn of_an_option_that_is_given_twice_the_last_one_counts() {
    let sandbox = sandbox();
    for words in [
        &["-d", "nope", "-d", "prod", "take"][..],
        &["-d", "nope", "take", "-d", "prod"],
        &["take", "-d", "nope", "-d", "prod", "-n", "-n", "--note", "a", "--note", "b"],
        &["-n", "--tty", "--tty", "-m", "nope.yml", "take", "-n", "-m", "director.yml"],
    ] {
        sandbox.run(words).quiet_success();
    }
    sandbox.run(&["-d", "prod", "take", "-d", "nope"]).refused(5, &["nope"]);
}

#[test]
fn options_that_add_up_do_so_before_and_behind_the_verb() {
    let sandbox = Sandbox::empty();
    sandbox.write("director.yml", "properties: {director: {name: ((a)), enable_snapshots: ((b))}}\n");
    sandbox
        .write("one.yml", "[{type: replace, path: /properties/director/snapshot_schedule?, value: 0 0 1 * * * UTC}]");
    sandbox.write(
        "two.yml",
        "[{type: replace, path: /properties/director/self_snapshot_schedule?, value: 0 0 2 * * * UTC}]",
    );
    let ran = sandbox.run(&["-v", "a=x", "-o", "one.yml", "manifest", "-v", "b=true", "--ops-file=two.yml"]);
    assert!(ran.status == 0, "{ran:?}");
    assert!(ran.stdout.contains("0 0 1 * * * UTC") && ran.stdout.contains("0 0 2 * * * UTC"), "{ran:?}");
    sandbox.run(&["-v", "a=x", "schedule", "-v", "b=true", "show"]).quiet_success();
}

/// Gives the Director of the manifest another name.
fn rename(sandbox: &Sandbox, name: &str) {
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let line = manifest.lines().find(|line| line.trim_start().starts_with("name: ") && !line.contains("_cpi")).unwrap();
    sandbox.write("director.yml", &manifest.replace(line, &format!("    name: {name}")));
}

#[test]
fn an_empty_state_file_goes_to_the_manifests_director() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["init"]).quiet_success();
    rename(&sandbox, "my-own");
    let given = sandbox.run(&["import", "inventory.yml"]);
    assert!(given.stderr.contains("; now it belongs to 'my-own'"), "{given:?}");
    let again = sandbox.run(&["import", "inventory.yml"]);
    assert!(again.status == given.status && !again.stderr.contains("now it belongs"), "{again:?}");
}

#[test]
fn a_state_file_that_knows_anything_at_all_stays_its_directors() {
    let sandbox = sandbox();
    sandbox.take("db/0");
    let whole = fs::read(sandbox.state()).unwrap();
    rename(&sandbox, "other");
    let connect = || rusqlite::Connection::open(sandbox.state()).unwrap();
    let tables: Vec<String> = {
        let connection = connect();
        let mut all = connection
            .prepare(
                "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT IN ('identity', 'sqlite_sequence')",
            )
            .unwrap();
        all.query_map([], |row| row.get(0)).unwrap().collect::<Result<_, _>>().unwrap()
    };
    let empty = |kept: Option<&str>| {
        // The same inode: a new one would be a copy.
        fs::write(sandbox.state(), &whole).unwrap();
        let connection = connect();
        connection.execute_batch("PRAGMA foreign_keys = OFF").unwrap();
        for table in tables.iter().filter(|table| Some(table.as_str()) != kept) {
            connection.execute_batch(&format!("DELETE FROM {table}")).unwrap();
        }
        kept.is_none_or(|kept| {
            connection.query_row(&format!("SELECT count(*) > 0 FROM {kept}"), [], |row| row.get(0)).unwrap()
        })
    };
    let mut kept = Vec::new();
    for table in &tables {
        if empty(Some(table)) {
            sandbox.run(&["recover"]).refused(9, &["belongs to the Director 'test', and the manifest is of 'other'"]);
            kept.push(table.as_str());
        }
    }
    for known in ["deployments", "instances", "disks", "snapshots", "operations", "steps"] {
        assert!(kept.contains(&known), "{known} was not tried: {kept:?}");
    }
    assert!(empty(None));
    let given = sandbox.run(&["recover"]);
    assert!(
        given.status == 0 && given.stderr.contains("belonged to the Director 'test'; now it belongs to 'other'"),
        "{given:?}"
    );
}
