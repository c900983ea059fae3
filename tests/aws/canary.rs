//! No credential of any source is told, also where a source or AWS fails and quotes it: no stream, no file.

use std::fs;

use crate::between::Fate;
use crate::cloud::{CANARY, Scene};
use crate::home;
use crate::issuer::{Issuer, Wrong};
use crate::sources::{AUTH, AUTH_FILE, CONTAINER, NO_CONFIG, NO_KEYS, ROLE, WEB};
use crate::support::Ran;

const SOURCES: [&[(&str, &str)]; 12] = [
    &[
        ("AWS_ACCESS_KEY_ID", "AKIAcAnArY"),
        ("AWS_SECRET_ACCESS_KEY", "cAnArYsecret"),
        ("AWS_SESSION_TOKEN", "cAnArYtoken"),
    ],
    &[("AWS_PROFILE", "other")],
    &[("AWS_PROFILE", "program")],
    &[("AWS_PROFILE", "outer")],
    &[("AWS_PROFILE", "session")],
    &[("AWS_PROFILE", "legacy")],
    &[("AWS_PROFILE", "web")],
    &[WEB, ROLE],
    &[NO_KEYS, NO_CONFIG, CONTAINER, AUTH],
    &[NO_KEYS, NO_CONFIG, CONTAINER, AUTH_FILE],
    &[NO_KEYS, NO_CONFIG],
    &[("AWS_PROFILE", "fails")],
];

/// What AWS can quote: it knows the keys, and STS the identity's token.
const KEYS: &str = "cAnArYsecret cAnArYtoken";
/// What whoever gives credentials can quote.
const ALL: &str = "cAnArYsecret cAnArYtoken cAnArYticket cAnArYauth cAnArYsso cAnArYweb";

#[test]
fn no_source_is_quoted() {
    let (scene, issuer) = (Scene::new(), Issuer::start());
    let place = tempfile::tempdir().unwrap();
    home::furnish(place.path());
    let manifest = fs::read_to_string(scene.sandbox.path("director.yml")).unwrap();
    let mut manifest: serde_json::Value = serde_json::from_str(manifest.trim_start_matches("---")).unwrap();
    let aws = &mut manifest["cloud_provider"]["properties"]["aws"];
    *aws = serde_json::json!({
        "region": "us-east-1", "ec2_endpoint": aws["ec2_endpoint"], "credentials_source": "env_or_profile",
    });
    scene.sandbox.write("director.yml", &format!("---\n{manifest}\n"));
    let take = |source: &[(&str, &str)]| -> Ran {
        let run = scene.prepare(&["--verbose", "--retries", "1", "take", "db/0"]).env("SNAPBACK_TEST_PAUSE_MS", "1");
        let run = home::around(place.path(), &issuer).into_iter().fold(run, |run, (name, value)| run.env(name, &value));
        let filled =
            |value: &str| value.replace("HOME", place.path().to_str().unwrap()).replace("ISSUER", &issuer.address);
        source.iter().fold(run, |run, (name, value)| run.env(name, &filled(value))).go()
    };
    let mut told = Vec::new();
    for source in SOURCES {
        issuer.fails(|_, _| None);
        scene.between.fails(|_, _| None);
        let ran = take(source);
        let works = source != [("AWS_PROFILE", "fails")];
        assert_eq!(ran.status == 0, works, "{source:?}: {ran:?}");
        told.push((format!("{source:?}"), ran));
        scene.between.fails(|_, _| Some(Fate::Error(403, "UnauthorizedOperation", KEYS)));
        told.push((format!("{source:?}, refused"), take(source)));
        scene.between.fails(|_, _| None);
        for at in ["ticket", "roles", "instance", "container", "sso", "AssumeRole", "AssumeRoleWithWebIdentity"] {
            let quoted = if at == "AssumeRole" { KEYS } else { "cAnArYweb" };
            for wrong in [Wrong::Status(500), Wrong::Says(ALL), Wrong::Refuses("AccessDenied", quoted)] {
                issuer.fails(move |what, _| (what == at).then_some(wrong));
                if !asked(source, at) {
                    continue;
                }
                let ran = take(source);
                assert_ne!(ran.status, 0, "{source:?} {at} {wrong:?}: {ran:?}");
                told.push((format!("{source:?} {at} {wrong:?}"), ran));
            }
        }
    }
    for (what, ran) in &told {
        for text in [&ran.stdout, &ran.stderr] {
            let quoted = [CANARY, "Signature=", "ASIA", "AKIAOTHER"].into_iter().find(|word| text.contains(word));
            assert_eq!(quoted, None, "{what}: {text}");
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(scene.sandbox.path(".")).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_file() {
            files += 1;
            let content = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            assert!(!content.contains(CANARY), "{:?}", entry.file_name());
        }
    }
    assert!(files >= 2);
    eprintln!(
        "secrets: {} runs with credentials of {} sources, {files} files, no credential",
        told.len(),
        SOURCES.len()
    );
}

/// Whether this source asks there.
fn asked(source: &[(&str, &str)], at: &str) -> bool {
    let has = |value: &str| source.iter().any(|(_, own)| *own == value);
    match at {
        "ticket" | "roles" | "instance" => source == [NO_KEYS, NO_CONFIG],
        "container" => has(CONTAINER.1),
        "sso" => has("session") || has("legacy"),
        "AssumeRole" => has("outer"),
        _ => has("web") || has(WEB.1),
    }
}
