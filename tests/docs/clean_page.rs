//! `docs/clean.md`: its commands, typed as they stand there.
#![cfg(debug_assertions)]

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::readme::read;
use crate::support::fake_bosh::Director;
use crate::support::{Ran, Sandbox};

/// The commands below a heading of the page.
fn commands(heading: &str) -> Vec<String> {
    let page = read("docs/clean.md");
    let section = page.split(&format!("\n## {heading}\n")).nth(1).unwrap().split("\n## ").next().unwrap().to_owned();
    section.lines().filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

fn typed(sandbox: &Sandbox, line: &str) -> Ran {
    let bin = Path::new(env!("CARGO_BIN_EXE_snapback")).parent().unwrap().display();
    sandbox
        .prepare_of(Path::new("/bin/sh"), &["-c", line])
        .env("PATH", &format!("{bin}:/usr/bin:/bin"))
        .stdin("y\n")
        .go()
}

#[test]
fn a_resume_that_fails_is_run_again_or_said_to_be_done() {
    let commands = commands("The instance goes on, whatever happens");
    assert_eq!(commands.len(), 2, "{commands:?}");
    for (command, mended) in commands.iter().zip([true, false]) {
        let sandbox = Sandbox::empty();
        sandbox.furnish(&["db/0"], "quiesce: ['true']\nresume: ['./resume']");
        sandbox.write("resume", "#!/bin/sh\ntest -e mended\n");
        std::fs::set_permissions(sandbox.path("resume"), std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        let quickly = |words: &[&str]| sandbox.prepare(words).env("SNAPBACK_TEST_PAUSE_MS", "20").go();
        assert_ne!(quickly(&["take", "--clean", "db/0"]).status, 0);
        let operation = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
        let line = if mended {
            sandbox.write("mended", "");
            command.clone()
        } else {
            let told = quickly(&["recover"]).stderr;
            let step =
                told.split("--abandon ").nth(1).and_then(|rest| rest.split_whitespace().next()).map(str::to_owned);
            command
                .replace("OPERATION", &operation)
                .replace(" N", &format!(" {}", step.unwrap_or_else(|| panic!("{told}"))))
        };
        let ran = typed(&sandbox, &line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        let open = sandbox.rows(&["operations"], "operations");
        assert!(open.iter().all(|row| row["state"] != "pending"), "{open:?}");
    }
}

#[test]
fn snapshots_around_a_deploy() {
    let commands = commands("Around a deploy");
    assert_eq!(commands, ["snapback -d prod guard db -- bosh -n -d prod deploy prod.yml"]);
    let director = Director::with(&["db/0"]);
    symlink(env!("CARGO_BIN_EXE_snapback"), director.sandbox.path("bin/snapback")).unwrap();
    director.run(&["import", "--from-bosh"]).quiet_success();
    let ran = director.prepare_of(Path::new("/bin/sh"), &["-c", &commands[0]]).go();
    let rows = director.sandbox.rows(&["snapshots"], "snapshots");
    assert_eq!(rows.len(), 1, "{ran:?}");
    assert!(rows[0]["before"].as_str().is_some_and(|before| before.starts_with("deploy ")), "{rows:?}");
}
