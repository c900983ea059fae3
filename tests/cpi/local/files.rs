//! What stands where, and what must not stand there.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use snapback::cpi::{Cpi, CpiErrorKind, CpiResult, DiskRequest, Queries, SnapshotOptions, SnapshotState};
use snapback::domain::ids::{DiskCid, SnapshotCid, VmCid};
use snapback::domain::snapshot::Metadata;

use super::Local;
use crate::conformance::{Case, Subject, refused, sized};

fn here() -> Local {
    Local::under(&std::env::temp_dir())
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().permissions().mode() & 0o7777
}

/// Every call that must look at what stands under this disk's CID.
fn with_disk(case: &Case<'_>, disk: &DiskCid) -> Vec<CpiResult<()>> {
    let (vm, none) = (case.subject.vm(), Metadata::new());
    vec![
        case.cpi().has_disk(disk).map(|_| ()),
        case.effect(|cpi, i| cpi.snapshot_disk(i, disk, &none, SnapshotOptions::default())).map(|_| ()),
        case.effect(|cpi, i| cpi.attach_disk(i, &vm, disk)),
        case.effect(|cpi, i| cpi.set_disk_metadata(i, disk, &none)),
    ]
}

#[test]
fn the_layout_is_the_documented_one() {
    let local = here();
    let case = Case::new(&local);
    let disk = case.disk(1);
    let snapshot = case.snapshot(&disk);
    case.attach(&local.vm(), &disk);

    let link = local.root.join("vms/vm-1").join(disk.as_str());
    assert_eq!(fs::read_link(&link).unwrap(), Path::new(&format!("../../disks/{disk}/disk.img")));
    assert_eq!(fs::canonicalize(&link).unwrap(), fs::canonicalize(local.disk_image(&disk)).unwrap());
    let taken = local.root.join("snapshots").join(snapshot.as_str());
    assert_eq!(local.names(&format!("snapshots/{snapshot}")), ["disk.img", "meta.json"]);
    assert_eq!((mode(&taken.join("disk.img")), mode(&local.disk_image(&disk))), (0o400, 0o600));
    assert_eq!((mode(&taken), mode(&local.root.join("disks"))), (0o700, 0o700));
    assert!(disk.as_str().starts_with("disk-") && snapshot.as_str().starts_with("snap-"));
    assert_eq!(local.names("tmp"), [""; 0]);
    case.effect(|cpi, i| cpi.delete_snapshot(i, &snapshot)).unwrap();
    assert_eq!((local.names("snapshots"), local.names("tmp")), (vec![], vec![]));
}

#[test]
fn an_image_put_there_by_hand_is_a_disk() {
    let local = here();
    let case = Case::new(&local);
    let disk = DiskCid::new("by_hand.1");
    let image = local.disk_image(&disk);
    fs::create_dir_all(image.parent().unwrap()).unwrap();
    fs::write(&image, vec![5; (1 << 20) + 1]).unwrap();

    assert!(local.cpi.has_disk(&disk).unwrap());
    case.attach(&local.vm(), &disk);
    let snapshot = case.snapshot(&disk);
    let listed = local.cpi.list_snapshots(&Metadata::new()).unwrap();
    assert_eq!((listed[0].size_mib, &listed[0].disk), (Some(2), &disk), "sizes are rounded up");
    let too_small = case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &sized(1)));
    let error = refused(too_small, CpiErrorKind::InvalidRequest);
    assert!(error.hints[0].contains("2 MiB"), "{error:?}");
    let new = case.promote(&snapshot, &DiskRequest::default());
    assert_eq!(fs::read(local.disk_image(&new)).unwrap(), fs::read(&image).unwrap());
    case.effect(|cpi, i| cpi.set_disk_metadata(i, &disk, &Metadata::new())).unwrap();
    assert!(image.with_file_name("meta.json").is_file());
}

#[test]
fn without_its_directory_it_says_which_and_which_key() {
    let local = Local::bare(&std::env::temp_dir(), "");
    let case = Case::new(&local);
    let (vm, disk, snapshot) = (local.vm(), DiskCid::new("disk-1"), SnapshotCid::new("snap-1"));
    let none = Metadata::new();
    let check = |what: &str| {
        let results = vec![
            case.cpi().has_disk(&disk).map(|_| ()),
            case.cpi().get_disks(&vm).map(|_| ()),
            case.cpi().list_snapshots(&none).map(|_| ()),
            case.cpi().describe_snapshot(&snapshot).map(|_| ()),
            case.cpi().find_disk(&case.token()).map(|_| ()),
            case.effect(|cpi, i| cpi.delete_disk(i, &disk)),
            case.effect(|cpi, i| cpi.snapshot_disk(i, &disk, &none, SnapshotOptions::default())).map(|_| ()),
            case.effect(|cpi, i| cpi.delete_snapshot(i, &snapshot)),
            case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &snapshot, &sized(1))).map(|_| ()),
            case.effect(|cpi, i| cpi.attach_disk(i, &vm, &disk)),
            case.effect(|cpi, i| cpi.detach_disk(i, &vm, &disk)),
            case.effect(|cpi, i| cpi.set_disk_metadata(i, &disk, &none)),
            case.effect(|cpi, i| cpi.clear_leftovers(i, &case.token().operation)).map(|_| ()),
        ];
        for result in results {
            let error = refused(result, CpiErrorKind::NoAnswer);
            assert!(error.message.contains(local.root.to_str().unwrap()) && error.message.contains(what), "{error}");
            assert!(error.hints[0].contains("properties.local.path"), "{error:?}");
        }
    };
    check("does not exist");
    assert!(!local.root.exists(), "looking makes nothing");
    // A mount point without its file system.
    fs::create_dir(&local.root).unwrap();
    check("has no directory `disks`: is this the right one, and is it mounted?");
    assert_eq!(fs::read_dir(&local.root).unwrap().count(), 0, "looking makes nothing");
    fs::remove_dir(&local.root).unwrap();
    fs::write(&local.root, "").unwrap();
    check("is not a directory");
    refused(case.effect(|cpi, i| cpi.create_disk(i, &sized(1))), CpiErrorKind::Cloud);
    fs::remove_file(&local.root).unwrap();

    refused(case.effect(|cpi, i| cpi.create_disk(i, &DiskRequest::default())), CpiErrorKind::InvalidRequest);
    assert!(!local.root.exists(), "a refused request makes nothing");
    let made = case.disk(1);
    assert!(local.cpi.has_disk(&made).unwrap());
}

#[test]
fn no_link_is_followed() {
    let local = here();
    let case = Case::new(&local);
    let (real, outside) = (case.disk(1), local.outside().join("secret"));
    fs::write(&outside, "secret").unwrap();

    let linked = DiskCid::new("linked-image");
    fs::create_dir(local.root.join("disks/linked-image")).unwrap();
    symlink(&outside, local.disk_image(&linked)).unwrap();
    for result in with_disk(&case, &linked) {
        let error = refused(result, CpiErrorKind::Cloud);
        assert!(error.message.contains("linked-image/disk.img is a symbolic link"), "{error}");
    }
    fs::remove_dir_all(local.root.join("disks/linked-image")).unwrap();

    let alias = DiskCid::new("alias");
    symlink(real.as_str(), local.root.join("disks/alias")).unwrap();
    for result in with_disk(&case, &alias) {
        let error = refused(result, CpiErrorKind::Cloud);
        assert!(error.message.contains("disks/alias is a symbolic link"), "{error}");
    }
    refused(case.effect(|cpi, i| cpi.delete_disk(i, &alias)), CpiErrorKind::Cloud);
    refused(case.cpi().find_disk(&case.token()), CpiErrorKind::Cloud);
    assert_eq!(fs::read_to_string(&outside).unwrap(), "secret");
    assert!(local.disk_image(&real).is_file());
    assert_eq!((local.names("snapshots"), local.names("tmp"), local.names("vms/vm-1")), (vec![], vec![], vec![]));
}

#[test]
fn no_link_to_a_snapshot_or_a_vm_is_followed() {
    let local = here();
    let case = Case::new(&local);
    let snapshot = case.snapshot(&case.disk(1));
    symlink(snapshot.as_str(), local.root.join("snapshots/alias")).unwrap();
    symlink("vm-1", local.root.join("vms/alias")).unwrap();
    let (alias, vm) = (SnapshotCid::new("alias"), VmCid::new("alias"));
    for result in [
        case.cpi().describe_snapshot(&alias).map(|_| ()),
        case.cpi().list_snapshots(&Metadata::new()).map(|_| ()),
        case.cpi().get_disks(&vm).map(|_| ()),
        case.effect(|cpi, i| cpi.delete_snapshot(i, &alias)),
        case.effect(|cpi, i| cpi.create_disk_from_snapshot(i, &alias, &sized(1))).map(|_| ()),
        case.effect(|cpi, i| cpi.attach_disk(i, &vm, &DiskCid::new("disk-1"))),
    ] {
        let error = refused(result, CpiErrorKind::Cloud);
        assert!(error.message.contains("alias is a symbolic link, not a directory"), "{error}");
    }
    assert_eq!(case.cpi().describe_snapshot(&snapshot).unwrap().state, SnapshotState::Ready);
}

#[test]
fn an_image_is_a_regular_file() {
    let local = here();
    let case = Case::new(&local);
    let disk = DiskCid::new("odd");
    let image = local.disk_image(&disk);
    fs::create_dir_all(&image).unwrap();
    for result in with_disk(&case, &disk) {
        assert!(refused(result, CpiErrorKind::Cloud).message.contains("is a directory, not a regular file"));
    }
    fs::remove_dir(&image).unwrap();
    let fifo = rustix::fs::FileType::Fifo;
    rustix::fs::mknodat(rustix::fs::CWD, &image, fifo, rustix::fs::Mode::RUSR, 0).unwrap();
    for result in with_disk(&case, &disk) {
        assert!(refused(result, CpiErrorKind::Cloud).message.contains("is a special file, not a regular file"));
    }
    fs::remove_file(&image).unwrap();
    assert!(!case.cpi().has_disk(&disk).unwrap());
    let results = with_disk(&case, &disk);
    for result in results.into_iter().skip(1) {
        refused(result, CpiErrorKind::DiskNotFound);
    }
}

#[test]
fn a_vms_links_point_where_they_say() {
    let local = here();
    let case = Case::new(&local);
    let (disk, other, vm) = (case.disk(1), case.disk(1), local.vm());
    let link = local.root.join("vms/vm-1").join(disk.as_str());
    let targets = ["/etc/passwd".to_owned(), format!("../../disks/{other}/disk.img"), format!("../../disks/{disk}")];
    for target in targets {
        symlink(&target, &link).unwrap();
        for result in [
            case.cpi().get_disks(&vm).map(|_| ()),
            case.effect(|cpi, i| cpi.attach_disk(i, &vm, &disk)),
            case.effect(|cpi, i| cpi.detach_disk(i, &vm, &disk)),
            case.effect(|cpi, i| cpi.delete_disk(i, &disk)),
        ] {
            let error = refused(result, CpiErrorKind::Cloud);
            let says = format!("is a link to {target}, not to ../../disks/{disk}/disk.img");
            assert!(error.message.contains(&says), "{error}");
        }
        fs::remove_file(&link).unwrap();
    }
    let strange = local.root.join("vms/vm-1/.hidden");
    symlink("x", &strange).unwrap();
    refused(case.cpi().get_disks(&vm), CpiErrorKind::Cloud);
    fs::remove_file(&strange).unwrap();

    fs::write(local.root.join("vms/vm-1/notes"), "the VM's own").unwrap();
    case.attach(&vm, &disk);
    fs::remove_dir_all(local.root.join("disks").join(disk.as_str())).unwrap();
    assert_eq!(case.cpi().get_disks(&vm).unwrap(), std::slice::from_ref(&disk), "a lost disk can still be detached");
    case.effect(|cpi, i| cpi.detach_disk(i, &vm, &disk)).unwrap();
}

#[test]
fn what_no_cid_can_name_is_the_operators_own() {
    let local = here();
    let case = Case::new(&local);
    let snapshot = case.snapshot(&case.disk(1));
    for name in ["lost+found", ".keep", "-x"] {
        fs::create_dir(local.root.join("snapshots").join(name)).unwrap();
        fs::create_dir(local.root.join("disks").join(name)).unwrap();
    }
    fs::write(local.root.join("snapshots/README"), "").unwrap();
    let listed = local.cpi.list_snapshots(&Metadata::new()).unwrap();
    assert_eq!(listed.iter().map(|row| &row.cid).collect::<Vec<_>>(), [&snapshot]);
    assert_eq!(local.cpi.find_disk(&case.token()).unwrap(), None);
}

#[test]
fn the_suite_sees_a_whole_cloud() {
    let local = here();
    let cpi: &dyn Cpi = &local.cpi;
    let can = cpi.capabilities();
    assert!(
        can.snapshots && can.promote && can.find_snapshots && can.find_disks && can.describe_snapshots && can.attach
    );
}
