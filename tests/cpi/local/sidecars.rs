//! Sidecars that say nothing, or nonsense.

use std::fs::{self, OpenOptions};

use snapback::cpi::{CpiErrorKind, DiskRequest, SnapshotState};
use snapback::domain::snapshot::Metadata;

use super::Local;
use crate::conformance::{Case, refused, sized, token_metadata};

/// Texts that are no sidecar, and a word of the error that each must give.
fn nonsense() -> Vec<(Vec<u8>, &'static str)> {
    vec![
        (b"".to_vec(), "EOF"),
        (b"{".to_vec(), "EOF"),
        (b"\0\xff\xfe".to_vec(), "line 1"),
        (b"[]".to_vec(), "line 1"),
        (b"{}".to_vec(), "version"),
        (br#"{"version": 2}"#.to_vec(), "its version is 2, this snapback reads 1"),
        (br#"{"version": 1, "metadta": {}}"#.to_vec(), "metadta"),
        (vec![b' '; 3 << 20], "longer than 1048576 bytes"),
    ]
}

#[test]
fn a_snapshots_sidecar_that_is_nonsense_is_named() {
    let local = Local::under(&std::env::temp_dir());
    let case = Case::new(&local);
    let snapshot = case.snapshot(&case.disk(1));
    let path = local.root.join("snapshots").join(snapshot.as_str()).join("meta.json");
    let good = fs::read_to_string(&path).unwrap();
    let check = |word: &str| {
        for result in [
            case.cpi().list_snapshots(&Metadata::new()).map(|_| ()),
            case.cpi().describe_snapshot(&snapshot).map(|_| ()),
            case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &sized(1))).map(|_| ()),
        ] {
            let error = refused(result, CpiErrorKind::Cloud);
            assert!(error.message.contains(path.to_str().unwrap()) && error.message.contains(word), "{error}");
            assert!(error.hints.iter().any(|hint| hint.contains("to go on without it")), "{error:?}");
        }
    };
    for (text, word) in nonsense() {
        fs::write(&path, text).unwrap();
        check(word);
    }
    fs::write(&path, good.replace("\"disk\": \"disk-", "\"disk\": \"../disk-")).unwrap();
    check("`disk` is not a CID");
    fs::remove_file(&path).unwrap();
    check("it does not exist");
    fs::create_dir(&path).unwrap();
    check("is a directory");
    case.effect(|cpi, i| cpi.delete_snapshot(i, &snapshot)).unwrap();
    assert_eq!(case.cpi().list_snapshots(&Metadata::new()).unwrap(), []);
}

#[test]
fn a_disks_sidecar_that_is_nonsense_is_named_and_not_needed() {
    let local = Local::under(&std::env::temp_dir());
    let case = Case::new(&local);
    let disk = case.disk(1);
    let path = local.disk_image(&disk).with_file_name("meta.json");
    for (text, word) in nonsense() {
        fs::write(&path, &text).unwrap();
        for result in [
            case.cpi().find_disk(&case.token()).map(|_| ()),
            case.effect(|cpi, i| cpi.set_disk_metadata(i, &disk, &Metadata::new())),
        ] {
            let error = refused(result, CpiErrorKind::Cloud);
            assert!(error.message.contains(path.to_str().unwrap()) && error.message.contains(word), "{error}");
            assert!(error.hints[0].contains("move it away"), "{error:?}");
        }
        assert!(fs::read(&path).unwrap() == text, "what cannot be read is not overwritten");
    }
    // Nobody's restore stops at the damaged sidecar of some disk.
    let snapshot = case.snapshot(&disk);
    let request = DiskRequest::default();
    case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &request)).unwrap();
    fs::remove_file(&path).unwrap();
    assert_eq!(case.cpi().find_disk(&case.token()).unwrap(), None);
}

#[test]
fn metadata_are_merged_and_replaced_at_once() {
    let local = Local::under(&std::env::temp_dir());
    let case = Case::new(&local);
    let disk = case.disk(1);
    let path = local.disk_image(&disk).with_file_name("meta.json");
    let set = |key: &str, value: &str| {
        let metadata = Metadata::from([(key.to_owned(), value.to_owned())]);
        case.effect(|cpi, i| cpi.set_disk_metadata(i, &disk, &metadata))
    };
    set("job", "db").unwrap();
    set("index", "0").unwrap();
    set("job", "web").unwrap();
    let read = || serde_json::from_slice::<serde_json::Value>(&fs::read(&path).unwrap()).unwrap();
    let meta = read();
    assert_eq!(meta["metadata"], serde_json::json!({"index": "0", "job": "web"}));
    assert_eq!((&meta["version"], &meta["size"]), (&1.into(), &(1 << 20).into()));
    assert_eq!(meta["token"].as_str().unwrap(), "0123456789ab-1");

    refused(set("huge", &"x".repeat(2 << 20)), CpiErrorKind::InvalidRequest);
    assert_eq!(read(), meta);
    assert_eq!(local.names("tmp"), [""; 0]);
}

#[test]
fn a_cut_snapshot_has_failed() {
    let local = Local::under(&std::env::temp_dir());
    let case = Case::new(&local);
    let token = case.token();
    let disk = case.disk(2);
    let snapshot = case
        .effect_as(&token, |cpi, i| cpi.snapshot_disk(i, &disk, &token_metadata(&token), Default::default()))
        .unwrap()
        .cid;
    let image = local.root.join("snapshots").join(snapshot.as_str()).join("disk.img");
    fs::remove_file(&image).unwrap();
    OpenOptions::new().write(true).create(true).truncate(true).open(&image).unwrap().set_len(1 << 20).unwrap();
    let check = || {
        assert_eq!(case.cpi().describe_snapshot(&snapshot).unwrap().state, SnapshotState::Failed);
        assert_eq!(case.cpi().list_snapshots(&Metadata::new()).unwrap()[0].state, SnapshotState::Failed);
        let made = case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &sized(2)));
        assert!(refused(made, CpiErrorKind::Cloud).message.contains("is damaged"));
    };
    check();
    fs::remove_file(&image).unwrap();
    check();
    assert_eq!(local.names("disks").len(), 1);
}
