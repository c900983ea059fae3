//! What `packaging/build` makes, in the directory that SNAPBACK_DIST names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::support::Sandbox;

const DIST: &str = "SNAPBACK_DIST";

fn dist() -> Option<PathBuf> {
    std::env::var_os(DIST).map(|path| PathBuf::from(path).canonicalize().unwrap())
}

/// The one file of the directory whose name ends so.
fn file(dist: &Path, end: &str) -> PathBuf {
    let all: Vec<PathBuf> = fs::read_dir(dist).unwrap().map(|entry| entry.unwrap().path()).collect();
    let found: Vec<&PathBuf> = all.iter().filter(|path| path.to_str().unwrap().ends_with(end)).collect();
    assert_eq!(found.len(), 1, "{end}: {all:?}");
    found[0].clone()
}

fn output(program: &str, arguments: &[&str], directory: &Path) -> String {
    let ran = Command::new(program).args(arguments).current_dir(directory).output().unwrap();
    assert!(ran.status.success(), "{program} {arguments:?}: {ran:?}");
    String::from_utf8(ran.stdout).unwrap()
}

#[test]
fn the_binary_is_static_and_names_no_path_of_the_machine() {
    let Some(dist) = dist() else { return };
    let bytes = fs::read(file(&dist, "-linux-x86_64")).unwrap();
    assert!(bytes.len() <= 15 << 20, "{} KiB", bytes.len() >> 10);
    let number =
        |at: usize, size: usize| bytes[at..at + size].iter().rev().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    // ELF, 64 bits, little-endian, x86-64.
    assert_eq!((&bytes[..6], number(18, 2)), (&b"\x7fELF\x02\x01"[..], 0x3e));
    let (headers, size, count) = (number(32, 8), number(54, 2), number(56, 2));
    let kinds: Vec<usize> = (0..count).map(|nth| number(headers + nth * size, 4)).collect();
    assert!(kinds.contains(&1) && !kinds.contains(&3), "it has an interpreter: {kinds:?}");
    let home = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{}/.cargo", std::env::var("HOME").unwrap()));
    for path in [env!("CARGO_MANIFEST_DIR"), &home] {
        assert!(!crate::holds(&bytes, path), "{path}");
    }
}

#[test]
fn each_file_has_its_checksum() {
    let Some(dist) = dist() else { return };
    output("sha256sum", &["--check", "--strict", "--quiet", "SHA256SUMS"], &dist);
    let sums = fs::read_to_string(dist.join("SHA256SUMS")).unwrap();
    let listed: BTreeSet<&str> = sums.lines().map(|line| line.split_once("  ").unwrap().1).collect();
    let there: BTreeSet<String> =
        fs::read_dir(&dist).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    let there: BTreeSet<&str> = there.iter().map(String::as_str).filter(|name| *name != "SHA256SUMS").collect();
    assert_eq!(listed, there);
}

/// The names and versions of crates whose source files the binary names, for its panics.
fn seen_in(bytes: &[u8]) -> BTreeSet<String> {
    let text = String::from_utf8_lossy(bytes);
    let mut seen = BTreeSet::new();
    for piece in text.split("index.crates.io-").skip(1) {
        let mut parts = piece.split('/').skip(1);
        if let (Some(name), Some("src")) = (parts.next(), parts.next()) {
            seen.insert(name.to_owned());
        }
    }
    seen
}

#[test]
fn the_sbom_and_the_licences_name_all_that_is_built_in() {
    let Some(dist) = dist() else { return };
    let sbom: Value = serde_json::from_slice(&fs::read(file(&dist, ".cdx.json")).unwrap()).unwrap();
    assert_eq!((&sbom["bomFormat"], &sbom["specVersion"]), (&"CycloneDX".into(), &"1.5".into()));
    let components: BTreeMap<String, &Value> = sbom["components"]
        .as_array()
        .unwrap()
        .iter()
        .map(|part| (format!("{}-{}", part["name"].as_str().unwrap(), part["version"].as_str().unwrap()), part))
        .collect();
    let binary = fs::read(file(&dist, "-linux-x86_64")).unwrap();
    let seen = seen_in(&binary);
    assert!(seen.len() > 20, "{seen:?}");
    let missing: Vec<&String> = seen.iter().filter(|name| !components.contains_key(*name)).collect();
    assert!(missing.is_empty(), "{missing:?}");
    let lock = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.lock")).unwrap();
    let licences = fs::read_to_string(file(&dist, ".licences.txt")).unwrap();
    for (name, part) in &components {
        let (name, version) = (part["name"].as_str().unwrap(), part["version"].as_str().unwrap_or(name));
        let licence = part["licenses"][0]["expression"].as_str().unwrap();
        if let Some(sum) = part["hashes"][0]["content"].as_str() {
            assert!(
                lock.contains(&format!("name = \"{name}\"\nversion = \"{version}\"\n")) && lock.contains(sum),
                "{part}"
            );
        }
        if name != "file-lease" {
            assert!(licences.contains(&format!("\n  {name} {version}: {licence}\n")), "{name} {version}");
            assert!(licences.matches(&format!("{name} {version}")).count() > 1, "{name} {version} has no text");
        }
    }
    let sqlite = components.values().find(|part| part["name"] == "sqlite").unwrap()["version"].as_str().unwrap();
    assert!(crate::holds(&binary, sqlite), "SQLite {sqlite}");
    assert!(
        components.values().any(|part| part["name"] == "musl")
            && components.values().any(|part| part["name"] == "rust-std")
    );
}

/// The files of a directory, as paths in it.
fn files(root: &Path) -> BTreeSet<String> {
    let listed = output("find", &[".", "!", "-type", "d", "-printf", "%P\n"], root);
    listed.lines().filter(|path| !path.starts_with("var/")).map(str::to_owned).collect()
}

/// The links of the pages below a directory that lead to nothing there.
fn dangling(root: &Path) -> Vec<String> {
    let (mut count, mut dangling) = (0, Vec::new());
    for page in files(root).into_iter().filter(|page| page.ends_with(".md")) {
        let text = fs::read_to_string(root.join(&page)).unwrap();
        for link in text.split("](").skip(1).filter_map(|rest| rest.split_once(')')).map(|(link, _)| link) {
            let file = link.split('#').next().unwrap();
            if file.contains("://") || file.contains(char::is_whitespace) {
                continue;
            }
            count += 1;
            if !root.join(&page).parent().unwrap().join(file).exists() {
                dangling.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(count > 50, "{count}");
    dangling
}

#[test]
fn the_package_is_installed_works_and_is_removed_without_leftovers() {
    let Some(dist) = dist() else { return };
    let package = file(&dist, "_amd64.deb");
    let sandbox = Sandbox::with(&["db/0"]);
    let root = sandbox.path("root");
    fs::create_dir_all(root.join("var/lib/dpkg/info")).unwrap();
    fs::create_dir_all(root.join("var/lib/dpkg/updates")).unwrap();
    fs::write(root.join("var/lib/dpkg/status"), "").unwrap();
    let root_option = format!("--root={}", root.display());
    let dpkg = |arguments: &[&str]| {
        let ran = Command::new("dpkg")
            .args([&root_option, "--force-not-root", "--force-script-chrootless", "--log=/dev/null"])
            .args(arguments)
            .env("PATH", "/usr/local/sbin:/usr/sbin:/sbin:/usr/local/bin:/usr/bin:/bin")
            .output()
            .unwrap();
        assert!(ran.status.success(), "dpkg {arguments:?}: {ran:?}");
    };
    dpkg(&["--install", package.to_str().unwrap()]);

    let binary = root.join("usr/bin/snapback");
    let version = sandbox.prepare_of(&binary, &["--version"]).go().stdout;
    assert_eq!(version.trim(), concat!("snapback ", env!("CARGO_PKG_VERSION")));
    let taken = sandbox.prepare_of(&binary, &["take", "db/0", "--output", "cid"]).go();
    sandbox.damage("disk-db-0", "rubbish");
    sandbox.prepare_of(&binary, &["-n", "restore", taken.stdout.trim()]).go().quiet_success();
    assert_eq!(sandbox.content("vm-db-0"), "db/0");
    sandbox.prepare_of(&binary, &["-n", "undo"]).go().quiet_success();
    assert!(sandbox.content("vm-db-0").starts_with("rubbish"));

    for (installed, source) in [
        ("bash-completion/completions/snapback", "snapback.bash"),
        ("zsh/vendor-completions/_snapback", "_snapback"),
        ("fish/vendor_completions.d/snapback.fish", "snapback.fish"),
    ] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("completions").join(source);
        assert_eq!(fs::read(root.join("usr/share").join(installed)).unwrap(), fs::read(source).unwrap(), "{installed}");
    }
    let printed = sandbox.prepare_of(&binary, &["-q", "man", "pages"]).go();
    assert_eq!(printed.status, 0);
    for page in sandbox.names("pages") {
        let installed = root.join(format!("usr/share/man/man1/{page}.gz"));
        let text = output("gzip", &["-dc", installed.to_str().unwrap()], &root);
        assert_eq!(text, fs::read_to_string(sandbox.path("pages").join(&page)).unwrap(), "{page}");
    }
    let documents = root.join("usr/share/doc/snapback");
    for document in ["copyright", "licences.txt.gz", "changelog.gz", "README.md", "docs/recovery.md"] {
        assert!(documents.join(document).exists(), "{document}");
    }
    assert_eq!(dangling(&documents), Vec::<String>::new());
    dpkg(&["--purge", "snapback"]);
    assert_eq!(files(&root), BTreeSet::new());
}
