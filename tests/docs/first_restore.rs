//! The README's path to a first restore with one's own Director, typed as it stands there.
#![cfg(debug_assertions)]

use std::os::unix::fs::symlink;
use std::path::Path;

use crate::readme::section;
use crate::support::fake_bosh::Director;

const HEADING: &str = "Your first restore, with your own Director";

#[test]
fn the_readmes_first_restore_works_as_it_is_written() {
    let director = Director::with(&["db/0"]);
    symlink(env!("CARGO_BIN_EXE_snapback"), director.sandbox.path("bin/snapback")).unwrap();
    let text = section("README.md", HEADING);
    let commands: Vec<&str> = text.lines().filter_map(|line| line.trim_start().strip_prefix("$ ")).collect();
    assert_eq!(commands.len(), 7, "{commands:?}");
    let on_the_vm = || {
        director.wait_for_tasks();
        director.sandbox.attached("vm-db-0")
    };
    let old = on_the_vm();
    let mut exchanged = 0;
    for line in commands {
        let ran = director
            .prepare_of(Path::new("/bin/sh"), &["-c", line])
            .env("SNAPBACK_TEST_PAUSE_MS", "20")
            .stdin("y\n")
            .go();
        assert_eq!(ran.status, 0, "{line}: {ran:#?}");
        let attached = on_the_vm();
        assert_eq!(attached.len(), 1, "{line}: {attached:?}");
        if line.contains(" restore ") && !line.contains("--dry-run") {
            assert_ne!(attached, old, "{line}");
            exchanged += 1;
        } else if exchanged == 0 || line.contains(" undo") {
            assert_eq!(attached, old, "{line}");
        }
    }
    assert_eq!(exchanged, 1);
}
