//! Credentials that end are renewed; and the addresses at which they are served where nobody names others.

use std::path::Path;
use std::process::Command;

use snapback::cpi::{CpiErrorKind, Queries};

use crate::issuer::Wrong;
use crate::moto;
use crate::sources::{NO_CONFIG, NO_KEYS, Scene, disk};

/// Before they end, and once AWS says that they have: then the same call goes on.
#[test]
fn credentials_that_end_are_renewed() {
    let scene = Scene::new();
    let instance: &[(&str, &str)] = &[NO_KEYS, NO_CONFIG];
    let lasting = scene.cloud(instance);
    scene.issuer.fails(|_, _| None);
    for _ in 0..3 {
        lasting.has_disk(&disk()).unwrap();
    }
    assert_eq!(scene.issuer.count("instance"), 1, "they are kept");

    let soon: &'static str = (chrono::Utc::now() + chrono::TimeDelta::seconds(60)).to_rfc3339().leak();
    scene.issuer.fails(move |what, nth| (what == "instance" && nth == 1).then_some(Wrong::Until(soon)));
    let ending = scene.cloud(instance);
    for _ in 0..3 {
        ending.has_disk(&disk()).unwrap();
    }
    assert_eq!(scene.issuer.count("instance"), 2, "those that end soon are asked for anew");

    // Nobody gives new ones: the old ones still last for a while.
    scene.issuer.fails(move |what, nth| match (what, nth) {
        ("instance", 1) => Some(Wrong::Until(soon)),
        // Two make one set of credentials.
        ("ticket", 3..) => Some(Wrong::Status(500)),
        _ => None,
    });
    let kept = scene.cloud(instance);
    for _ in 0..2 {
        kept.has_disk(&disk()).unwrap();
    }

    let over = Wrong::Refuses("ExpiredToken", "The token has expired.");
    scene.issuer.fails(move |what, nth| (what == "DescribeVolumes" && nth == 1).then_some(over));
    lasting.has_disk(&disk()).unwrap();
    assert_eq!((scene.issuer.count("DescribeVolumes"), scene.issuer.count("instance")), (2, 1));
    scene.issuer.fails(move |what, _| (what == "DescribeVolumes").then_some(over));
    let error = lasting.has_disk(&disk()).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Denied, "{error}");
    assert_eq!(scene.issuer.count("DescribeVolumes"), 2, "once more, and no more");
}

/// The addresses at which ECS and EC2 serve, in a network of their own.
#[test]
fn the_usual_addresses_are_asked_where_nobody_names_others() {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/aws/usual.sh");
    let scene = Scene::new();
    let ran = Command::new("unshare")
        .args([
            "--net",
            "sh",
            place.to_str().unwrap(),
            moto::python().to_str().unwrap(),
            env!("CARGO_BIN_EXE_snapback"),
        ])
        .current_dir(scene.home.path())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&ran.stdout).into_owned();
    if said.trim() == "no network of its own" && std::env::var_os("CI").is_none() {
        eprintln!("skipped: only root can make a network of its own");
        return;
    }
    assert_eq!(said.trim(), "ASIACONTAINER ASIAINSTANCE", "{ran:?}");
}
