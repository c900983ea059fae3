//! Snapshots that the cloud has lost, that are damaged, or that a drill found wrong.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use serde_json::json;

use super::desk::{Case, Desk, Stands};
use super::directors::{directed, exchange, forgiving, taken};
use super::strangers::{listing, lists};
use crate::support::Sandbox;

const BY_BOSH: &str = "bosh -d DEPLOYMENT delete-snapshot CID && snapback import --from-bosh";

pub const CASES: &[Case] = &[
    Case { finding: "snapshot_gone", next: "snapback check --forget CID", scene: lost },
    Case { finding: "snapshot_gone", next: BY_BOSH, scene: lost_to_the_director },
    Case { finding: "snapshot_failed", next: "snapback delete CID", scene: damaged },
    Case { finding: "snapshot_failed", next: BY_BOSH, scene: damaged_to_the_director },
    Case { finding: "snapshot_unsound", next: "snapback drill CID", scene: put_back_after_a_drill },
];

pub fn lose(sandbox: &Sandbox, cid: &str) {
    fs::remove_dir_all(sandbox.path("cloud/snapshots").join(cid)).unwrap();
}

pub fn damage(sandbox: &Sandbox, cid: &str) {
    let image = sandbox.path("cloud/snapshots").join(cid).join("disk.img");
    fs::set_permissions(&image, fs::Permissions::from_mode(0o600)).unwrap();
    fs::File::options().write(true).open(&image).unwrap().set_len(7).unwrap();
}

/// Two snapshots, of which the first one is the operator's trouble.
pub fn two() -> (Sandbox, String) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.take("db/0");
    (sandbox, cid)
}

fn lost(case: &Case, stands: Stands) {
    let (sandbox, cid) = two();
    lose(&sandbox, &cid);
    Desk::at(&sandbox, stands).mends(case, &cid, &[("CID", &cid)]);
    // A CID is a cloud's text, and can hold anything.
    let (scene, mut row) = listing("fake_cpi", "ready");
    row["cid"] = json!("a:None;b:it's $HOME");
    lists(&scene, &json!([row]));
    scene.run(&["-n", "check", "--adopt", "a:None;b:it's $HOME"]).quiet_success();
    lists(&scene, &json!([]));
    let word = [("CID", r"'a:None;b:it'\''s $HOME'")];
    Desk::at(&scene.sandbox, stands).mends(case, "a:None;b:it's $HOME", &word);
    // One of the Director's, whose disk it has put away.
    let director = directed();
    let cid = taken(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    lose(&director.sandbox, &cid);
    Desk::of(&director, stands).mends(case, &cid, &[("CID", &cid)]);
}

fn lost_to_the_director(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    director.run(&["take", "db/0"]).quiet_success();
    lose(&director.sandbox, &cid);
    let words = [("CID", cid.as_str()), ("DEPLOYMENT", "prod")];
    let desk = Desk::of(&director, stands);
    // Some CPIs fail to delete what is gone, and the Director's record stays.
    let before = desk.finds();
    let finding = desk.found(case, &cid, &words);
    assert!(finding["message"].as_str().unwrap().contains("Director's database"), "{finding:#?}");
    assert_ne!(desk.types(finding["next"].as_str().unwrap()).status, 0);
    director.change(|world| world["snapshots"] = json!([]));
    assert_eq!(desk.types(&desk.line("snapback import --from-bosh", &[])).status, 0);
    desk.is_gone(case, &cid, &before);
    // Others forgive.
    let cid = taken(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    lose(&director.sandbox, &cid);
    forgiving(&director);
    desk.mends(case, &cid, &[("CID", &cid), ("DEPLOYMENT", "prod")]);
}

fn damaged(case: &Case, stands: Stands) {
    let (sandbox, cid) = two();
    damage(&sandbox, &cid);
    Desk::at(&sandbox, stands).mends(case, &cid, &[("CID", &cid)]);
}

fn damaged_to_the_director(case: &Case, stands: Stands) {
    let director = directed();
    let cid = taken(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    damage(&director.sandbox, &cid);
    Desk::of(&director, stands).mends(case, &cid, &[("CID", &cid), ("DEPLOYMENT", "prod")]);
}

/// It was put back from somewhere, or it is as wrong as ever: then its own deletion is told.
fn put_back_after_a_drill(case: &Case, stands: Stands) {
    for is_put_back in [true, false] {
        let sandbox = Sandbox::empty();
        sandbox.furnish(
            &["db/0"],
            "verify: [/bin/sh, -c, 'grep -q db/0 \"$SNAPBACK_HOOK_DISK_IMAGE\" && echo \"$SNAPBACK_HOOK_DISK\"']",
        );
        let cid = sandbox.take("db/0");
        sandbox.take("db/0");
        let image = sandbox.path("cloud/snapshots").join(&cid).join("disk.img");
        let good = fs::read(&image).unwrap();
        let put = |bytes: &[u8]| {
            fs::remove_file(&image).unwrap();
            fs::write(&image, bytes).unwrap();
        };
        put(&vec![0; good.len()]);
        assert_eq!(sandbox.run(&["drill", &cid]).status, 11);
        let desk = Desk::at(&sandbox, stands);
        if is_put_back {
            put(&good);
            desk.mends(case, &cid, &[("CID", &cid)]);
            continue;
        }
        let (before, words) = (desk.finds(), [("CID", cid.as_str())]);
        let finding = desk.found(case, &cid, &words);
        let delete = desk.line("snapback delete CID", &words);
        assert!(finding["message"].as_str().unwrap().contains(&format!("`{delete}` deletes it")), "{finding:#?}");
        assert_eq!(desk.types(finding["next"].as_str().unwrap()).status, 11);
        assert_eq!(desk.types(&delete).status, 0);
        desk.is_gone(case, &cid, &before);
    }
}
