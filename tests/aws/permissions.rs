//! The page names each action that snapback asks of AWS, and no other: whoever gives these permissions gives enough, and no
//! more.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use crate::cloud::{Aws, CPI, Scene};
use crate::conformance::{Case, Subject, sized};

#[test]
fn the_page_names_the_actions_that_were_asked_for() {
    let scene = Scene::new();
    let snapshot = scene.take();
    for arguments in [
        &["restore", snapshot.as_str(), "-n"][..],
        &["undo", "-n"],
        &["check"],
        &["promote", &snapshot],
        &["delete", &snapshot, "-n"],
    ] {
        let ran = scene.sandbox.run(&[&CPI, arguments].concat());
        assert_eq!(ran.status, 0, "{arguments:?}: {ran:?}");
    }
    let orphans = scene.rows(&["disks", "--orphaned"], "disks");
    let orphan = orphans[0]["disk_cid"].as_str().unwrap().to_owned();
    let ran = scene.run(&["delete-disk", &orphan, "-n"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    // What only the contract asks for: an empty disk where nobody names a zone, and its tags.
    let aws = Aws::of(&scene.between.address, &scene.vm);
    let case = Case::new(&aws);
    let disk = case.effect(|cpi, intent| cpi.create_disk(intent, &sized(1024))).unwrap().cid;
    let tag = [("a".to_owned(), "b".to_owned())].into();
    case.effect(|cpi, intent| cpi.set_disk_metadata(intent, &disk, &tag)).unwrap();
    assert!(aws.cpi().has_disk(&disk).unwrap());
    case.journal.assert_settled();

    let asked: BTreeSet<String> = scene.between.seen().into_iter().map(|seen| seen.action).collect();
    let page = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/clouds/aws.md")).unwrap();
    let named = page.lines().filter_map(|line| line.trim().strip_prefix("\"ec2:")?.split('"').next());
    let named: BTreeSet<String> = named.map(str::to_owned).collect();
    assert_eq!(asked, named);
    eprintln!("AWS: {} actions, all of them on the page", asked.len());
}
