//! `docs/install.md`: its commands, typed as they stand there, with a root directory of the test's own.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use crate::support::{Ran, Sandbox};

const REPOSITORY: &str = env!("CARGO_MANIFEST_DIR");
const PAGE: &str = include_str!("../../docs/install.md");

/// The commands below each heading, each with what it is said to print.
fn commands() -> BTreeMap<&'static str, Vec<(&'static str, Vec<&'static str>)>> {
    let (mut all, mut heading, mut inside) = (BTreeMap::<_, Vec<_>>::new(), "", false);
    for line in PAGE.lines() {
        match line {
            "```console" => inside = true,
            "```" => inside = false,
            line if !inside && line.starts_with('#') => heading = line.trim_start_matches('#').trim(),
            line if inside => match line.strip_prefix("$ ") {
                Some(command) => all.entry(heading).or_default().push((command, Vec::new())),
                None => all.get_mut(heading).unwrap().last_mut().unwrap().1.push(line),
            },
            _ => {}
        }
    }
    all
}

/// A machine without snapback, on which the tester is root.
struct Machine {
    sandbox: Sandbox,
}

impl Machine {
    fn new() -> Self {
        let machine = Machine { sandbox: Sandbox::empty() };
        for directory in
            ["bin", "etc/bash_completion.d", "usr/local/bin", "var/lib/dpkg/info", "var/lib/dpkg/updates", "cargo/bin"]
        {
            fs::create_dir_all(machine.sandbox.path(directory)).unwrap();
        }
        machine.sandbox.write("var/lib/dpkg/status", "");
        machine.program("sudo", "exec \"$@\"");
        let dpkg =
            format!("PATH=$PATH:/usr/sbin:/sbin exec /usr/bin/dpkg --force-not-root --root={} \"$@\"", machine.at(""));
        machine.program("dpkg", &dpkg);
        machine
    }

    fn at(&self, path: &str) -> String {
        self.sandbox.path(path).display().to_string().trim_end_matches('/').to_owned()
    }

    fn program(&self, name: &str, text: &str) {
        let path = format!("bin/{name}");
        self.sandbox.write(&path, &format!("#!/bin/sh\n{text}\n"));
        fs::set_permissions(self.sandbox.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Types all commands below a heading in this directory; gives how many they are.
    fn types(&self, heading: &str, directory: &Path) -> usize {
        let all = commands();
        let typed = &all[heading];
        for (command, prints) in typed {
            let line = command.replace("VERSION", env!("CARGO_PKG_VERSION"));
            let line =
                line.replace("/usr/local", &self.at("usr/local")).replace("/etc/", &format!("{}/", self.at("etc")));
            let places = ["bin", "usr/local/bin", "usr/bin", "cargo/bin"].map(|place| self.at(place)).join(":");
            let ran = Command::new("/bin/bash")
                .args(["-c", &line])
                .current_dir(directory)
                .env("PATH", format!("{places}:{}", std::env::var("PATH").unwrap()))
                .env("CARGO_INSTALL_ROOT", self.at("cargo"))
                // What packaging/build has built is built.
                .env("CARGO_BUILD_TARGET", "x86_64-unknown-linux-musl")
                .env("RUSTFLAGS", flags())
                .stdin(Stdio::null())
                .output();
            let ran = Ran::of(ran.unwrap());
            assert_eq!(ran.status, 0, "{line}: {ran:?}");
            for line in prints {
                let line = line.replace("VERSION", env!("CARGO_PKG_VERSION"));
                assert!(ran.stdout.lines().any(|printed| printed == line), "{command}: no '{line}': {ran:?}");
            }
        }
        typed.len()
    }
}

/// As in packaging/build: with other flags all would be built again.
fn flags() -> String {
    let home = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap()));
    let given = std::env::var("RUSTFLAGS").unwrap_or_default();
    format!("{given} --remap-path-prefix={home}/registry/src= --remap-path-prefix={REPOSITORY}=.")
}

fn dist() -> Option<PathBuf> {
    std::env::var_os("SNAPBACK_DIST").map(|path| PathBuf::from(path).canonicalize().unwrap())
}

#[test]
fn the_static_binary_is_installed_as_the_page_says() {
    let Some(dist) = dist() else { return };
    let machine = Machine::new();
    assert_eq!(machine.types("Install the static binary", &dist), 5);
    let completions = fs::read_to_string(machine.sandbox.path("etc/bash_completion.d/snapback")).unwrap();
    assert!(completions.contains("complete -F"), "{completions}");
    assert!(machine.sandbox.names("usr/local/share/man/man1").contains(&"snapback-take.1".to_owned()));
}

#[test]
fn the_package_is_installed_and_removed_as_the_page_says() {
    let Some(dist) = dist() else { return };
    let machine = Machine::new();
    assert_eq!(machine.types("Install the Debian package", &dist), 4);
    assert!(!machine.sandbox.path("usr/bin/snapback").exists());
}

#[test]
fn the_source_is_installed_as_the_page_says() {
    if dist().is_none() {
        return;
    }
    let machine = Machine::new();
    assert_eq!(machine.types("Install from source", Path::new(REPOSITORY)), 2);
    assert_eq!(machine.sandbox.names("cargo/bin"), ["snapback"]);
}

#[test]
fn the_scripts_that_make_a_release_are_clean() {
    let scripts = ["build", "deb"].map(|name| format!("{REPOSITORY}/packaging/{name}"));
    match Command::new("shellcheck").args(&scripts).output() {
        Ok(ran) => assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stdout)),
        Err(_) => assert!(std::env::var_os("CI").is_none(), "with CI set, nothing is skipped: shellcheck is missing"),
    }
}

/// The other commands: `.ci/test` builds, and bosh's need a Director's machine. What they name is there.
#[test]
fn what_the_other_commands_name_is_there() {
    let others: Vec<&str> = commands().keys().copied().filter(|heading| !heading.starts_with("Install ")).collect();
    assert_eq!(others, ["Build the files of a release"]);
    let script = fs::read_to_string(Path::new(REPOSITORY).join(".ci/test")).unwrap();
    assert!(script.contains("packaging/build"));
    for path in [
        "packaging/build",
        "release/config/final.yml",
        "release/ops/director-vm.yml",
        "release/jobs/snapback/spec",
        "examples",
    ] {
        assert!(
            PAGE.contains(path.split("/config").next().unwrap()) && Path::new(REPOSITORY).join(path).exists(),
            "{path}"
        );
    }
    let spec = fs::read_to_string(Path::new(REPOSITORY).join("release/jobs/snapback/spec")).unwrap();
    for line in PAGE.lines().filter_map(|line| line.strip_prefix("| `snapback.")) {
        let name = line.split('`').next().unwrap().trim_end_matches('*');
        assert!(spec.contains(&format!("\n  snapback.{name}")), "{name}");
    }
}
