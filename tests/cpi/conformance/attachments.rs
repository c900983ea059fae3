//! Disks and VMs.

use std::sync::Barrier;

use snapback::cpi::CpiErrorKind;
use snapback::domain::ids::{DiskCid, VmCid};

use super::{Case, refused};

pub fn attaching_and_detaching(case: &Case<'_>) {
    let (vm, disk) = (case.subject.vm(), case.disk(1));
    assert_eq!(case.cpi().get_disks(&vm).unwrap(), []);
    for _ in 0..2 {
        case.attach(&vm, &disk);
        assert_eq!(case.cpi().get_disks(&vm).unwrap(), std::slice::from_ref(&disk));
    }
    assert_eq!(case.cpi().get_disks(&case.subject.other_vm()).unwrap(), []);

    case.effect(|cpi, intent| cpi.detach_disk(intent, &vm, &disk)).unwrap();
    assert_eq!(case.cpi().get_disks(&vm).unwrap(), []);
    assert!(case.cpi().has_disk(&disk).unwrap(), "detaching keeps the disk");
    let again = case.effect(|cpi, intent| cpi.detach_disk(intent, &vm, &disk));
    refused(again, CpiErrorKind::DiskNotAttached);
    case.attach(&case.subject.other_vm(), &disk);
}

pub fn a_stable_order(case: &Case<'_>) {
    let vm = case.subject.vm();
    let mut disks: Vec<DiskCid> = (0..5).map(|_| case.disk(1)).collect();
    for disk in disks.iter().rev() {
        case.attach(&vm, disk);
    }
    let first = case.cpi().get_disks(&vm).unwrap();
    for _ in 0..3 {
        assert_eq!(case.cpi().get_disks(&vm).unwrap(), first);
    }
    disks.sort();
    let mut found = first;
    found.sort();
    assert_eq!(found, disks);
}

pub fn a_disk_has_one_vm(case: &Case<'_>) {
    let (vm, other, disk) = (case.subject.vm(), case.subject.other_vm(), case.disk(1));
    case.attach(&vm, &disk);
    let error = refused(case.effect(|cpi, intent| cpi.attach_disk(intent, &other, &disk)), CpiErrorKind::InUse);
    assert!(error.message.contains(vm.as_str()), "{error}");
    let error = case.effect(|cpi, intent| cpi.detach_disk(intent, &other, &disk));
    refused(error, CpiErrorKind::DiskNotAttached);
    assert_eq!(case.cpi().get_disks(&vm).unwrap(), [disk]);
    assert_eq!(case.cpi().get_disks(&other).unwrap(), []);
}

pub fn an_attached_disk_is_not_deleted(case: &Case<'_>) {
    let (vm, disk) = (case.subject.vm(), case.disk(1));
    case.attach(&vm, &disk);
    let error = refused(case.effect(|cpi, intent| cpi.delete_disk(intent, &disk)), CpiErrorKind::InUse);
    assert!(error.message.contains(vm.as_str()), "{error}");
    assert!(case.cpi().has_disk(&disk).unwrap());
    case.effect(|cpi, intent| cpi.detach_disk(intent, &vm, &disk)).unwrap();
    case.effect(|cpi, intent| cpi.delete_disk(intent, &disk)).unwrap();
}

pub fn what_is_not_there(case: &Case<'_>) {
    let (vm, disk) = (case.subject.vm(), case.disk(1));
    let (no_vm, no_disk) = (VmCid::new("vm-missing"), DiskCid::new("disk-missing"));
    refused(case.cpi().get_disks(&no_vm), CpiErrorKind::VmNotFound);
    refused(case.effect(|cpi, intent| cpi.attach_disk(intent, &no_vm, &disk)), CpiErrorKind::VmNotFound);
    refused(case.effect(|cpi, intent| cpi.detach_disk(intent, &no_vm, &disk)), CpiErrorKind::VmNotFound);
    refused(case.effect(|cpi, intent| cpi.attach_disk(intent, &vm, &no_disk)), CpiErrorKind::DiskNotFound);
    refused(case.effect(|cpi, intent| cpi.detach_disk(intent, &vm, &no_disk)), CpiErrorKind::DiskNotAttached);
    assert_eq!(case.cpi().get_disks(&vm).unwrap(), []);
}

pub fn two_at_once(case: &Case<'_>) {
    let (vms, cpi) = ([case.subject.vm(), case.subject.other_vm()], case.cpi());
    for _ in 0..10 {
        let (disk, start) = (case.disk(1), Barrier::new(2));
        let attached = std::thread::scope(|scope| {
            let attach = |vm| {
                let intent = case.journal.commit(&case.token());
                let (disk, start) = (&disk, &start);
                scope.spawn(move || {
                    start.wait();
                    let result = cpi.attach_disk(&intent, vm, disk);
                    intent.settle(snapback::domain::step::Outcome::done()).unwrap();
                    result.is_ok()
                })
            };
            let threads = [attach(&vms[0]), attach(&vms[1])];
            threads.map(|thread| thread.join().unwrap())
        });
        assert_ne!(attached[0], attached[1]);
        for (vm, attached) in vms.iter().zip(attached) {
            assert_eq!(cpi.get_disks(vm).unwrap().contains(&disk), attached);
        }
    }
}
