//! The page names each policy that snapback needs of Cinder, and no other; and Cinder itself calls them so.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::cloud::Scene;

#[test]
fn the_page_names_the_policies_that_were_needed() {
    let scene = Scene::of("ssd");
    let mut told = String::new();
    let mut run = |arguments: &[&str]| {
        let ran = scene.run(&[&["--verbose"], arguments].concat());
        told += &ran.stderr;
        ran.status
    };
    assert_eq!(run(&["take", "db/0"]), 0);
    let snapshot = scene.project.ids("snapshots")[0].clone();
    assert_eq!(run(&["promote", &snapshot]), 0);
    assert_eq!(run(&["check"]), 0);
    // It is kept, since a disk was made of it: why is asked for.
    assert_ne!(run(&["delete", &snapshot, "-n"]), 0);
    let made = scene.project.ids("volumes").into_iter().find(|id| *id != scene.disk).unwrap();
    assert_eq!(run(&["delete-disk", &made, "-n"]), 0);
    assert_eq!(run(&["delete", &snapshot, "-n"]), 0);
    let asked: BTreeSet<&str> =
        told.split_whitespace().filter(|word| is_policy(word)).map(|word| word.trim_end_matches(':')).collect();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clouds/openstack.md")).unwrap();
    let mut named: BTreeSet<&str> =
        page.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next()).collect();
    named.retain(|word| is_policy(word));
    assert_eq!(asked, named, "{told}");
    eprintln!("OpenStack: {} policies, all of them on the page", asked.len());
}

fn is_policy(word: &str) -> bool {
    word.starts_with("volume:") || word.starts_with("message:")
}
