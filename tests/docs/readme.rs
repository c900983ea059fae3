//! What is written down is what the program does: README, help and completion scripts.

use crate::support;

use std::fs;
use std::path::Path;
use std::process::Command;

use snapback::exit_code::TABLE;
use support::Sandbox;

pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn read(name: &str) -> String {
    fs::read_to_string(root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// The text of a section of a page, up to the next heading of its level.
pub fn section(page: &str, title: &str) -> String {
    let text = read(page);
    let after = text.split_once(&format!("\n## {title}\n")).unwrap_or_else(|| panic!("{page}: no section '{title}'")).1;
    after.split("\n## ").next().unwrap().to_owned()
}

/// The commands of the `console` blocks in a text.
fn commands(text: &str) -> Vec<String> {
    let blocks = text.split("```console\n").skip(1).map(|rest| rest.split("```").next().unwrap());
    blocks.flat_map(str::lines).filter_map(|line| line.strip_prefix("$ ")).map(str::to_owned).collect()
}

#[test]
fn the_help_has_the_exit_codes() {
    let help = Sandbox::empty().run(&["help", "exit-codes"]).stdout;
    for (code, meaning) in TABLE {
        let line = format!("  {:>3}  {meaning}\n", code.0);
        assert!(help.contains(&line), "it lacks {line:?}: {help}");
    }
}

#[test]
fn the_page_of_commands_has_each_alias() {
    let definition = snapback::commands::definition();
    let text = read("docs/commands.md");
    for alias in definition.get_subcommands().flat_map(clap::Command::get_all_aliases) {
        assert!(text.contains(&format!("`{alias}`")), "docs/commands.md lacks the alias {alias}");
    }
}

#[test]
fn the_cpi_of_ten_lines_works_as_its_page_says() {
    let script = root().join("fixtures/cpi/ten-lines/cpi");
    assert_eq!(fs::read_to_string(&script).unwrap().lines().count(), 10);
    let sandbox = Sandbox::empty();
    std::os::unix::fs::symlink(&script, sandbox.path("cpi")).unwrap();
    let commands = commands(&section("docs/cpis.md", "CPI executables"));
    let (last, before) = commands.split_last().unwrap();
    let run = |words: &[String]| {
        let words = words.join("\n").replace("snapback ", concat!(env!("CARGO_BIN_EXE_snapback"), " "));
        let output = Command::new("/bin/sh")
            .args(["-eu", "-c", &words])
            .current_dir(sandbox.path(""))
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = run(before);
    let taken = sandbox.names("snapshots");
    assert_eq!(taken.len(), 1, "{told}");
    assert_eq!(told.matches(&taken[0]).count(), 2, "taken, and listed: {told}");
    let copy = sandbox.path("snapshots").join(&taken[0]);
    assert_eq!(fs::read_to_string(copy).unwrap(), "what the database has written\n");

    // What it cannot do is said, and what fails is told by its own word and its log.
    sandbox.run(&["--cpi-path", "cpi", "promote", &taken[0]]).refused(8, &["cannot make a disk from a snapshot"]);
    fs::remove_file(sandbox.path("disks/disk-1")).unwrap();
    let ran = sandbox.run(&["--cpi-path", "cpi", "take", "db/0"]);
    assert_eq!(ran.status, 7, "{ran:?}");
    assert!(ran.stderr.contains("local_cpi: snapshot_disk: disk disk-1 was not copied"), "{ran:?}");
    assert!(ran.stderr.contains("its log ends: cp: "), "{ran:?}");
    assert_eq!((sandbox.rows(&["snapshots"], "snapshots").len(), sandbox.names("snapshots")), (1, taken));

    run(std::slice::from_ref(last));
    assert_eq!(sandbox.names("snapshots"), [""; 0]);
    assert_eq!(sandbox.rows(&["snapshots"], "snapshots").len(), 0);
}

#[test]
fn the_first_steps_work_as_they_are_written() {
    let commands = commands(&read("docs/first-steps.md"));
    assert!(commands.iter().filter(|command| command.contains("snapback ")).count() >= 10, "{commands:?}");
    let sandbox = Sandbox::empty();
    let program = Path::new(env!("CARGO_BIN_EXE_snapback"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("/bin/sh")
        .args(["-eux", "-c", &commands.join("\n")])
        .current_dir(sandbox.path(""))
        .env_clear()
        .env("PATH", path)
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let verbs: Vec<_> = sandbox.rows(&["operations"], "operations").iter().map(|row| row["verb"].clone()).collect();
    assert_eq!(verbs, ["delete-all", "restore", "take", "undo", "restore", "take"]);
    assert_eq!(sandbox.rows(&["disks", "--orphaned"], "disks").len(), 2);
}

#[test]
fn the_inventory_that_init_writes_names_the_same_shell_commands() {
    let steps = commands(&read("docs/first-steps.md"));
    // A file system is for drills alone.
    let other = ["snapback ", "cid=", "/sbin/mkfs"];
    let shell: Vec<&String> = steps.iter().filter(|step| !other.iter().any(|other| step.starts_with(other))).collect();
    assert_eq!(shell.len(), 3);
    for command in shell {
        assert!(snapback::inventory::EXAMPLE_INVENTORY.contains(&format!("#   {command}\n")), "{command}");
    }
}

#[test]
fn ci_runs_what_the_readme_says() {
    let readme = read("README.md");
    let blocks: Vec<&str> =
        readme.split("```sh\n").skip(1).map(|rest| rest.split("\n```").next().unwrap()).take(2).collect();
    assert_eq!(blocks, ["cargo run --locked -- demo", "./.ci/test"]);
    assert_eq!(read(".ci/run").lines().last(), Some("exec ./.ci/test"));
}

#[test]
fn the_files_that_the_documents_name_are_there() {
    let pages = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = pages.filter(|path| path.is_file()).map(|path| format!("docs/{}", path.file_name().unwrap().display()));
    let top = ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"].map(str::to_owned);
    for document in top.into_iter().chain(pages) {
        let text = read(&document);
        let beside = root().join(&document).parent().unwrap().to_owned();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            if !link.starts_with('#') && !link.starts_with("https://") {
                let file = link.split('#').next().unwrap();
                assert!(beside.join(file).exists(), "{document}: {link}");
            }
        }
        for name in text.split('`').skip(1).step_by(2).filter(|name| name.starts_with("tests/")) {
            // The name of a test may follow, as in a path.
            let file = name.split("::").next().unwrap();
            assert!(root().join(file).exists(), "{document}: {name}");
        }
    }
}

#[test]
fn the_example_of_hooks_is_a_manifest() {
    let example = read("docs/hooks.md").split("```yaml\n").nth(1).unwrap().split("```").next().unwrap().to_owned();
    let sandbox = Sandbox::empty();
    sandbox.write("director.yml", &example);
    let manifest = snapback::manifest::Manifest::load(&sandbox.path("director.yml")).unwrap();
    let hooks = manifest.settings.hooks;
    assert!(hooks.stop.is_some() && hooks.start.is_some() && hooks.verify.is_some(), "{hooks:?}");
}
