//! An operator's day on OpenStack, by the binary: take, promote, prune, delete; and no credential anywhere.

use std::fs;

use serde_json::json;

use crate::between::Fate;
use crate::cloud::{Scene, content, write};
use crate::real::real;
use crate::support::Ran;

/// What is taken is what the CPI takes, under the names that it gives.
#[test]
fn a_snapshot_is_as_the_cpi_takes_it() {
    let scene = Scene::new();
    let warned = scene.run(&["take", "db/0"]);
    assert!(warned.stderr.contains("Cinder neither deletes nor resizes it"), "{warned:?}");
    let snapshot = scene.project.show("snapshot", &scene.take());
    let metadata = &snapshot["metadata"];
    for (key, value) in [
        ("deployment", "prod"),
        ("instance_index", "0"),
        ("instance_name", "db/db/0"),
        ("director", "test"),
        ("snapback_step", "1"),
    ] {
        assert_eq!(metadata[key], value, "{key}: {metadata}");
    }
    for key in ["job", "index", "director_name"] {
        assert!(metadata.get(key).is_none(), "{key}: {metadata}");
    }
    assert_eq!(snapshot["description"], "prod/db/0");
    assert!(snapshot["name"].as_str().unwrap().starts_with("snapshot-"), "{snapshot}");
    assert_eq!(snapshot["status"], "available", "it is taken before the instance goes on");
}

/// The disk has the snapshot's bytes, in its disk's zone and of its type.
#[test]
fn a_disk_is_made_of_a_snapshot() {
    let scene = Scene::new();
    let snapshot = scene.take();
    write(&scene.disk, "after!");
    let promoted = scene.run(&["promote", &snapshot]);
    assert_eq!(promoted.status, 0, "{promoted:?}");
    let made: Vec<String> = scene.project.ids("volumes").into_iter().filter(|id| *id != scene.disk).collect();
    assert_eq!(made.len(), 1, "{made:?}");
    assert!(promoted.stdout.contains(&made[0]), "{promoted:?}");
    let volume = scene.project.show("volume", &made[0]);
    assert_eq!((&volume["availability_zone"], &volume["volume_type"]), (&json!("z2"), &json!("hdd")), "{volume}");
    assert_eq!((&volume["size"], &volume["snapshot_id"]), (&json!(1), &json!(snapshot)), "{volume}");
    assert!(volume["name"].as_str().unwrap().starts_with("volume-"), "{volume}");
    assert_eq!(volume["metadata"]["snapback_step"], "1", "{volume}");
    assert_eq!(content(&made[0]), "before");
    let orphans = scene.rows(&["disks", "--orphaned"], "disks");
    assert!(orphans.iter().any(|row| row["disk_cid"] == made[0].as_str()), "{orphans:?}");
    let checked = scene.run(&["check"]);
    assert_eq!(checked.status, 0, "{checked:?}");
}

/// A VM's disks are Nova's: what needs them is refused before anything is changed.
#[test]
fn what_only_the_executable_can_do_is_refused_before_the_first_effect() {
    let scene = Scene::new();
    let snapshot = scene.take();
    scene.ways.cinder.fails(|_, _| None);
    let refused = scene.run(&["restore", &snapshot, "-n"]);
    assert_eq!(refused.status, 8, "{refused:?}");
    let seen = scene.ways.cinder.seen();
    assert!(seen.iter().all(|seen| seen.action.starts_with("GET ")), "{seen:?}");
    assert_eq!(scene.project.ids("volumes"), [scene.disk.as_str()]);
    let row = scene.rows(&["cpis"], "cpis").remove(0);
    assert_eq!(row["cpi"], "openstack_cpi", "{row}");
    let pending = scene.run(&["check"]);
    assert_eq!(pending.status, 0, "nothing was begun: {pending:?}");
}

/// BOSH's own clean-up meets the same: a disk is not deleted while it has snapshots. The way out is told, and works.
#[test]
fn a_disk_with_snapshots_is_kept_until_they_are_deleted() {
    let scene = Scene::new();
    let snapshot = scene.take();
    let promoted = scene.run(&["promote", &snapshot]);
    assert_eq!(promoted.status, 0, "{promoted:?}");
    let made = scene.project.ids("volumes").into_iter().find(|id| *id != scene.disk).unwrap();
    let body = json!({"snapshot": {"volume_id": made, "name": "by another hand"}});
    let (_, other) = scene.project.asked("POST", "snapshots", Some(&body));
    let other = other["snapshot"]["id"].as_str().unwrap().to_owned();
    scene.project.until(&format!("snapshots/{other}"), "snapshot", "available");

    let kept = scene.run(&["delete-disk", &made, "-n"]);
    assert_ne!(kept.status, 0, "{kept:?}");
    assert!(kept.stderr.contains(&other) && kept.stderr.contains(" prune`"), "{kept:?}");
    assert!(scene.project.ids("volumes").contains(&made));
    assert_eq!(scene.project.asked("DELETE", &format!("snapshots/{other}"), None).0, 202);
    while scene.project.ids("snapshots").contains(&other) {}
    let gone = scene.run(&["delete-disk", &made, "-n"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert!(!scene.project.ids("volumes").contains(&made));
    let gone = scene.run(&["delete", &snapshot, "-n"]);
    assert_eq!(gone.status, 0, "{gone:?}");
    assert_eq!(scene.project.ids("snapshots"), Vec::<String>::new());
}

/// The OpenStack CPI's executable keeps the name; the built-in one is asked for.
#[test]
fn snapshots_of_another_client_are_found_and_deleted() {
    let scene = Scene::new();
    let named = json!({"director": "test", "deployment": "prod", "instance_name": "db/u", "instance_index": "0"});
    let wish = json!({"snapshot": {"volume_id": scene.disk, "force": true, "name": "snapshot-1", "metadata": named}});
    let (_, theirs) = scene.project.asked("POST", "snapshots", Some(&wish));
    let theirs = theirs["snapshot"]["id"].as_str().unwrap().to_owned();
    scene.project.until(&format!("snapshots/{theirs}"), "snapshot", "available");
    let checked = scene.run(&["check"]);
    assert!(checked.stdout.contains(&theirs) || checked.status == 0, "{checked:?}");
    let cpi = crate::cloud::cpi(
        &crate::cloud::properties(real(), &scene.ways.keystone.address, &scene.project.name),
        crate::cloud::LONG,
    );
    use snapback::cpi::Queries;
    let row = cpi.list_snapshots(&Default::default()).unwrap().remove(0);
    assert_eq!((row.cid.as_str(), row.disk.as_str()), (theirs.as_str(), scene.disk.as_str()));
    let said = |key: &str| row.metadata.get(key).map(String::as_str);
    assert_eq!((said("job"), said("index"), said("director_name")), (Some("db"), Some("0"), Some("test")));
}

/// In no stream, no file and no argument; and a token goes to Cinder alone.
#[test]
fn no_credential_is_told() {
    let scene = Scene::new();
    let (password, secret) = (real().said("/password"), real().said("/application_credential/secret"));
    let mut told: Vec<(String, Ran)> = Vec::new();
    let mut run = |arguments: &[&str]| {
        let ran = scene.run(arguments);
        let status = ran.status;
        told.push((arguments.join(" "), ran));
        status
    };
    assert_eq!(run(&["take", "db/0", "--verbose"]), 0);
    let snapshot = scene.project.ids("snapshots")[0].clone();
    assert_eq!(run(&["--verbose", "promote", &snapshot]), 0);
    run(&["--verbose", "cpis"]);
    let tokens: Vec<String> =
        scene.ways.cinder.seen().iter().filter_map(|seen| header(&seen.head, "x-auth-token")).collect();
    assert!(tokens.len() > 5 && tokens.iter().all(|token| token.len() > 20), "{tokens:?}");
    // What snapback sent comes back in an error, as careless servers have it.
    let (cinder, keystone) = (&scene.ways.cinder, &scene.ways.keystone);
    let answers =
        [(401, "unauthorized"), (403, "forbidden"), (400, "badRequest"), (413, "overLimit"), (500, "computeFault")];
    let mut seen = Vec::new();
    for (status, code) in answers {
        cinder.fails(move |_, _| Some(Fate::Echo(status, code)));
        assert_ne!(run(&["--verbose", "--retries", "0", "take", "db/0"]), 0, "{code}");
        seen.extend(cinder.seen());
        cinder.fails(move |action, _| action.starts_with("POST ").then_some(Fate::Echo(status, code)));
        assert_ne!(run(&["--verbose", "--retries", "0", "take", "db/0"]), 0, "{code}");
        seen.extend(cinder.seen());
        cinder.fails(|_, _| None);
        run(&["recover"]);
    }
    for status in [401, 403, 400, 413, 500] {
        keystone.fails(move |_, _| Some(Fate::Echo(status, "error")));
        assert_ne!(run(&["--verbose", "--retries", "0", "take", "db/0"]), 0, "{status}");
    }
    scene.manifest(|said| {
        let said = said.as_object_mut().unwrap();
        for key in ["username", "api_key", "project", "domain"] {
            said.remove(key);
        }
        said.insert("application_credential_id".to_owned(), json!("0123456789abcdef"));
        said.insert("application_credential_secret".to_owned(), json!(secret));
    });
    keystone.fails(move |_, _| Some(Fate::Echo(401, "error")));
    assert_ne!(run(&["--verbose", "take", "db/0"]), 0);
    let mut all: Vec<String> = tokens;
    all.extend(seen.iter().filter_map(|seen| header(&seen.head, "x-auth-token")));
    all.extend([password.to_owned(), secret.to_owned()]);
    for (line, ran) in &told {
        for text in [&ran.stdout, &ran.stderr] {
            for secret in &all {
                assert!(!text.contains(secret.as_str()), "{line}: {text}");
            }
        }
    }
    let mut files = 0;
    for entry in fs::read_dir(scene.sandbox.path(".")).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if name != "director.yml" && entry.file_type().unwrap().is_file() {
            files += 1;
            let content = String::from_utf8_lossy(&fs::read(entry.path()).unwrap()).into_owned();
            assert!(all.iter().all(|secret| !content.contains(secret.as_str())), "{name}");
        }
    }
    assert!(files >= 2, "the state file and the inventory, at least");
    for seen in seen {
        assert!(!seen.head.contains(password) && !seen.form.contains(password), "{seen:?}");
    }
    eprintln!("secrets: {} runs, {} secrets, {files} files, none told", told.len(), all.len());
}

fn header(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
    })
}
