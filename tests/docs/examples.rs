//! The examples of the help: each line is typed in a sandbox, and does what it says.

use crate::support;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::sync::Mutex;

use snapback::commands::help::examples::{EXAMPLES, Example};
use support::{Ran, Sandbox};

const HOOKS: &str = "stop: [true]\nverify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']\nstart: [true]";

/// A bosh CLI that knows the sandbox's deployment, and does nothing well.
const BOSH: &str = r#"#!/bin/sh
row() { printf '{"instance":"%s","index":"%s","deployment":"prod","vm_cid":"vm-db-%s","disk_cids":"disk-db-%s","az":"z1","agent_id":"a%s"}' "db/$1" "$1" "$1" "$1" "$1"; }
rows=
case " $* " in
*' environment '*) rows='{"name":"test","uuid":"u","version":"282.0.0"}' content= ;;
*' deployments '*) rows='{"name":"prod","release_s":"x/1"}' content=deployments ;;
*' instances '*) rows="$(row 0),$(row 1)" content=instances ;;
*' snapshots '*) content=snapshots ;;
*' disks '*) content=disks ;;
*) exit 0 ;;
esac
printf '{"Tables":[{"Content":"%s","Header":{},"Rows":[%s],"Notes":null}],"Blocks":null,"Lines":["Succeeded"]}' "$content" "$rows"
"#;

/// Where the examples of a verb are typed.
struct Scene(Sandbox);

impl Scene {
    fn of(verb: &str) -> Scene {
        let sandbox = Sandbox::empty();
        if !["init", "demo", "completions", "man", "help"].contains(&verb) {
            sandbox.furnish(&["db/0", "db/1"], HOOKS);
        }
        let scene = Scene(sandbox);
        scene.program("bosh", BOSH);
        scene.program("man", "#!/bin/sh\ntest -f \"$1\"\n");
        scene.0.write("creds.yml", "a: b\n");
        scene
    }

    fn program(&self, name: &str, text: &str) {
        fs::create_dir_all(self.0.path("bin")).unwrap();
        self.0.write(&format!("bin/{name}"), text);
        fs::set_permissions(self.0.path("bin").join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The line, with what stands for a CID and the like replaced by something that is there.
    fn filled(&self, verb: &str, line: &str) -> String {
        let words: Vec<&str> = line.split_whitespace().collect();
        let wants = |word: &str| words.contains(&word);
        let sandbox = &self.0;
        let newest = || sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let mut values: Vec<(&str, String)> = Vec::new();
        if !sandbox.path("director.yml").exists() {
            return line.to_owned();
        }
        let cid = sandbox.take("db/0");
        if ["status", "report", "doctor"].contains(&verb) {
            sandbox.take("db/1");
        }
        if verb == "release" {
            sandbox.run(&["hold", &cid, "--reason", "x"]).quiet_success();
        }
        if verb == "undo" || wants("--give-up-undo") {
            let restored = sandbox.run(&["-n", "restore", &cid]);
            restored.quiet_success();
            values.push(("OPERATION", newest()));
        } else if wants("OPERATION") {
            values.push(("OPERATION", newest()));
        }
        if wants("DISK-CID") {
            if !wants("--give-up-undo") {
                sandbox.run(&["promote", &cid]).quiet_success();
            }
            let disk = sandbox.rows(&["disks", "--orphaned"], "disks").pop().unwrap();
            values.push(("DISK-CID", disk["disk_cid"].as_str().unwrap().to_owned()));
        }
        if wants("ID") {
            let at = ["--output", "cid", "schedule", "at", "in 2h", "--", "-d", "prod", "take"];
            values.push(("ID", sandbox.line(&at)));
        }
        values.push(("CID", cid));
        let filled = words.iter().map(|word| {
            let value = values.iter().find(|(name, _)| name == word);
            value.map_or_else(|| (*word).to_owned(), |(_, value)| value.clone())
        });
        // A line without such a word keeps its blanks.
        if values.iter().any(|(name, _)| wants(name)) { filled.collect::<Vec<_>>().join(" ") } else { line.to_owned() }
    }

    fn type_line(&self, line: &str) -> Ran {
        let program = std::path::Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap();
        let path = format!("{}:{}:/usr/sbin:/usr/bin:/sbin:/bin", program.display(), self.0.path("bin").display());
        let mut child = Command::new("bash")
            .args(["-c", line])
            .current_dir(self.0.path(""))
            .env_clear()
            .envs([("PATH", path.as_str()), ("HOME", self.0.path("").to_str().unwrap()), ("USER", "tester")])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // A command that asks nothing may have ended already.
        let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), b"y\n");
        Ran::of(child.wait_with_output().unwrap())
    }
}

/// What is wrong with the examples of a verb, typed one after the other.
fn type_all(verb: &str, examples: &[Example], wrong: &Mutex<Vec<String>>) {
    let scene = Scene::of(verb);
    for example in examples {
        let line = scene.filled(verb, example.line);
        let ran = scene.type_line(&line);
        if ran.status != 0 {
            wrong.lock().unwrap().push(format!("{verb}: {line}\n{ran:?}"));
        }
    }
}

#[test]
fn each_example_works() {
    let wrong = Mutex::new(Vec::new());
    let next = Mutex::new(EXAMPLES.iter());
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let Some((verb, examples)) = next.lock().unwrap().next() else { break };
                    type_all(verb, examples, &wrong);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn snapback_alone_prints_the_verbs_in_groups() {
    let sandbox = Sandbox::empty();
    let alone = sandbox.run(&[]);
    assert_eq!((alone.status, &*alone.stderr), (0, ""));
    let mut rest = alone.stdout.as_str();
    for word in
        ["\nSnapshots\n  snapshots ", "\nRecovery\n", "  restore ", "\nAutomation\n", "\nInventory\n", "\nSet-up\n"]
    {
        rest = rest.split_once(word).unwrap_or_else(|| panic!("no {word:?} in {alone:?}")).1;
    }
    for same in [&["--help"][..], &["help"], &["-d", "x", "--help"]] {
        assert_eq!(sandbox.run(same).stdout, alone.stdout, "{same:?}");
    }
    let short = sandbox.run(&["-h"]).stdout;
    assert!(short.lines().count() < 24 && short.contains("delete-disk"), "{short}");
    // A line that has more than the name is a mistake.
    sandbox.run(&["-n"]).refused(2, &["which command?"]);
}

#[test]
fn the_pages_of_a_verb() {
    let sandbox = Sandbox::empty();
    let long = sandbox.run(&["take-snapshot", "--help"]);
    assert_eq!(sandbox.run(&["help", "take"]).stdout, long.stdout);
    assert_eq!(sandbox.run(&["help", "take-snapshot"]).stdout, long.stdout);
    assert!(
        long.stdout.contains("\nUsage: snapback take ") && long.stdout.contains("\n  snapback -d prod take db/0\n")
    );
    assert!(long.stdout.ends_with("snapback help options. Exit codes: snapback help exit-codes.\n"), "{long:?}");
    let short = sandbox.run(&["take", "-nh"]).stdout;
    assert!(short.lines().count() < 24 && short.contains("--dry-run") && !short.contains("--manifest"), "{short}");
    assert!(sandbox.run(&["help", "options"]).stdout.contains("--vars-store"));
    for (topic, word) in
        [("exit-codes", "  6  locked"), ("environment", "SNAPBACK_CPI_PATH"), ("files", "director.yml")]
    {
        assert!(sandbox.run(&["help", topic]).stdout.contains(word), "{topic}");
    }
    sandbox
        .run(&["help", "tkae"])
        .refused(2, &["the help has no page 'tkae'", "did you mean 'take'?", "snapback help\n"]);
}

#[test]
fn guesses_for_slips_are_good_or_absent() {
    let sandbox = Sandbox::empty();
    for (words, guess) in [
        (&["version"][..], "did you mean 'snapback --version'?"),
        (&["restroe"], "did you mean 'snapback restore'?"),
        (&["schedule", "cancle"], "did you mean 'snapback schedule cancel'?"),
        (&["schedule", "help"], "did you mean 'snapback help schedule'?"),
        (&["take", "--dryrun"], "did you mean '--dry-run'?"),
    ] {
        let ran = sandbox.run(words);
        ran.refused(2, &[guess]);
        assert_eq!(ran.stderr.matches("did you mean").count(), 1, "{ran:?}");
        assert!(!ran.stderr.contains("similar"), "{ran:?}");
    }
    for words in [
        &["deploy"][..],
        &["plan"],
        &["take", "--environment", "x"],
        &["prune", "--all"],
        &["restore", "--force"],
        &["snapshots", "--lates"],
        &["recover", "--latest"],
        &["operations", "--wide"],
    ] {
        let ran = sandbox.run(words);
        assert!(ran.status == 2 && !ran.stderr.contains("did you mean") && !ran.stderr.contains("similar"), "{ran:?}");
        assert!(!ran.stderr.contains("to pass '--"), "behind -- is another program's command line: {ran:?}");
    }
}

#[test]
fn words_of_bosh_and_of_restic_lead_to_what_does_the_same_here() {
    let sandbox = Sandbox::empty();
    for (words, guess) in [
        (&["orphaned-disks"][..], "did you mean 'snapback disks --orphaned'?"),
        (&["events"], "did you mean 'snapback operations'?"),
        (&["task"], "did you mean 'snapback operations'?"),
        (&["cck"], "did you mean 'snapback check'?"),
        (&["cloud-check"], "did you mean 'snapback check'?"),
        (&["cleanup"], "did you mean 'snapback prune'?"),
        (&["unlock"], "did you mean 'snapback recover'?"),
        (&["delete", "--all"], "snapback delete-all"),
        (&["restore", "--time", "02:40"], "--latest SELECTOR --before TIME"),
        (&["undo", "--redo"], "snapback undo OPERATION"),
        (&["operations", "--recent=5"], "--limit N"),
        (&["take", "--yes"], "-n asks nothing"),
    ] {
        let ran = sandbox.run(words);
        ran.refused(2, &[guess]);
        assert!(!ran.stderr.contains("--timeout") && !ran.stderr.contains("--allow-network-fs"), "{ran:?}");
    }
}

#[test]
fn an_error_names_the_usage_of_the_verb_and_what_it_needs() {
    let sandbox = Sandbox::empty();
    let usage = |verb: &str| {
        let page = sandbox.run(&["help", verb]).stdout;
        let usage = page.split_once("\nUsage: ").unwrap().1.split_once("\n\n").unwrap().0;
        usage.lines().map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    for (verb, option) in [("snapshots", "--lates"), ("recover", "--latest"), ("undo", "--wide"), ("restore", "--x")] {
        let ran = sandbox.run(&[verb, option]);
        for line in usage(verb) {
            assert!(ran.stderr.contains(&format!("{line}\n")), "{line}: {ran:?}");
        }
    }
    for (words, needs) in [
        (&["restore"][..], "restore needs <CID>..., --latest <SELECTOR>... or --set <OPERATION>"),
        (&["delete"], "delete needs <CID>... or --set <OPERATION>"),
        (&["drill"], "drill needs <CID> or --latest [<SELECTOR>...]"),
        (&["import"], "import needs <FILE>... or --from-bosh"),
        (&["hold"], "hold needs --reason <TEXT> and <CID>..."),
        (&["schedule", "at"], "schedule at needs <TIME> and <COMMAND>..."),
    ] {
        let ran = sandbox.run(words);
        ran.refused(2, &[&format!("Error: {needs}\n")]);
    }
}

#[test]
fn an_option_of_latest_is_not_passed_over_beside_a_cid() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    for words in [
        &["restore", &cid, "--before", "02:40", "--dry-run"][..],
        &["restore", "--set", "x", "--before", "02:40", "--dry-run"],
        &["drill", &cid, "--all-deployments", "--dry-run"],
    ] {
        sandbox.run(words).refused(2, &["cannot be used with"]);
    }
    sandbox.run(&["restore", "--before", "02:40"]).refused(2, &["restore needs "]);
}

#[test]
fn a_value_that_is_refused_says_what_is_expected() {
    let sandbox = Sandbox::empty();
    for (words, expected) in [
        (&["snapshots", "--wait-lock", "x"][..], "give a number of seconds"),
        (&["snapshots", "--timeout="], "give a number of seconds"),
        (&["snapshots", "--retries", "many"], "give a number"),
        (&["snapshots", "--retries", "70000"], "give a number from 0 to 65535"),
        (&["snapshots", "--timeout", "99999999999999999999"], "the number is too large"),
        (&["operations", "--limit", "1.5"], "give a number"),
        (&["promote", "x", "--size", "1G"], "give a number of MiB"),
        (&["promote", "x", "--size", "0"], "give a number of MiB, 1 or more"),
        (&["take", "--parallel", "0"], "give a number from 1 to 256"),
        (&["recover", "--ignore-process", "me"], "give a number"),
        (&["restore", "x", "--via", "ssh"], "[possible values: bosh, create-env, cpi]"),
    ] {
        let ran = sandbox.run(words);
        ran.refused(2, &["invalid value", expected]);
        assert!(!ran.stderr.contains("digit") && !ran.stderr.contains("target type"), "{ran:?}");
    }
    let page = sandbox.run(&["restore", "--help"]).stdout;
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("[possible values: bosh, create-env, cpi]"), "{page}");
}

#[test]
fn no_variable_keeps_the_help_away() {
    let sandbox = Sandbox::empty();
    for name in ["BOSH_NON_INTERACTIVE", "BOSH_TTY"] {
        for words in [&["help"][..], &["help", "take"], &["--help"], &["take", "--help"], &["--version"], &[]] {
            let ran = sandbox.prepare(words).env(name, "maybe").go();
            assert!(ran.status == 0 && !ran.stdout.is_empty(), "{words:?}: {ran:?}");
        }
        assert_eq!(sandbox.prepare(&["snapshots"]).env(name, "maybe").go().status, 2);
    }
}

#[test]
fn the_synopsis_of_a_manual_page_is_the_usage_of_the_help() {
    let sandbox = Sandbox::empty();
    sandbox.run(&["man", "pages"]).quiet_success();
    for (name, forms) in [
        ("take", &["[OPTIONS] [SELECTOR]..."][..]),
        ("hold", &["[OPTIONS] \\-\\-reason <TEXT> <CID>..."]),
        (
            "restore",
            &["[OPTIONS] <CID>... [\\-\\- <COMMAND>...]", "[OPTIONS] \\-\\-latest <SELECTOR>... [\\-\\- <COMMAND>...]"],
        ),
        ("schedule-at", &["[OPTIONS] <TIME> \\-\\- <COMMAND>..."]),
        ("", &["VERB ..."]),
    ] {
        let (file, verb) = match name {
            "" => ("pages/snapback.1".to_owned(), String::new()),
            _ => (format!("pages/snapback-{name}.1"), format!(" {}", name.replace('-', " "))),
        };
        let page = fs::read_to_string(sandbox.path(&file)).unwrap();
        let synopsis = page.split_once("\n.SH SYNOPSIS\n").unwrap().1.split_once("\n.SH ").unwrap().0;
        for form in forms {
            let line = format!("\\fBsnapback{verb}\\fR {form}");
            assert!(synopsis.lines().any(|found| found == line), "{line}: {synopsis}");
        }
        assert!(synopsis.lines().count() < 8 && !synopsis.contains("manifest"), "{synopsis}");
    }
}

#[test]
fn the_manual_pages_have_examples_environment_files_and_exit_status() {
    for (name, page) in snapback::commands::man::pages() {
        for title in [
            ".SH EXAMPLES\n.TP\n",
            ".SH \"ENVIRONMENT\"\n",
            ".SH \"FILES\"\n",
            ".SH \"EXIT STATUS\"\n",
            "SNAPBACK_STATE",
        ] {
            assert!(page.replace("\\_", "_").contains(title), "{name} lacks {title:?}: {page}");
        }
    }
    let output = Command::new("sh").args(["-c", "command -v man groff"]).output().unwrap();
    if output.stdout.is_empty() {
        return;
    }
    let sandbox = Sandbox::empty();
    sandbox.run(&["man", "pages"]).quiet_success();
    let shown = Command::new("sh")
        .args(["-c", "groff -ww -man -Tascii pages/snapback-cpi-local.1 | col -bx"])
        .current_dir(sandbox.path(""))
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&shown.stdout);
    assert!(text.contains(r#"echo '{"method":"info","arguments":[]}' | snapback cpi local --path disks"#), "{text}");
}

#[test]
fn no_exit_code_names_a_verb_that_is_not_there() {
    let definition = snapback::commands::definition();
    for (code, meaning) in snapback::exit_code::TABLE {
        for quoted in meaning.split('`').skip(1).step_by(2) {
            let verb = quoted.strip_prefix("snapback ").unwrap_or(quoted);
            assert!(definition.find_subcommand(verb).is_some(), "{code:?} names `{quoted}`");
        }
    }
}

/// The names of environment variables of snapback's own that stand in the sources below a directory.
fn variables(directory: &std::path::Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            variables(&path, found);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        let words = text.split('"').filter(|word| word.chars().all(|c| c.is_ascii_uppercase() || c == '_'));
        let own = words.filter(|word| word.starts_with("SNAPBACK_") && word.len() > "SNAPBACK_".len());
        // Of the tests, for hooks, and for a child of snapback's own.
        let inner = ["SNAPBACK_TEST_", "SNAPBACK_HOOK", "SNAPBACK_OF_SCHEDULE"];
        found.extend(own.filter(|word| !inner.iter().any(|inner| word.starts_with(inner))).map(str::to_owned));
    }
}

#[test]
fn the_help_names_each_environment_variable() {
    let mut found = vec!["COLUMNS".to_owned(), "NO_COLOR".to_owned(), "BOSH_DEPLOYMENT".to_owned()];
    variables(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut found);
    assert!(found.len() > 7, "{found:?}");
    let page = Sandbox::empty().run(&["help", "environment"]).stdout;
    for name in found {
        assert!(page.contains(&format!("  {name}\n")), "`snapback help environment` lacks {name}");
    }
}
