//! Empty disks.

use snapback::cpi::{CpiErrorKind, DiskRequest};
use snapback::domain::ids::{DiskCid, OperationId};
use snapback::domain::snapshot::Metadata;

use super::{Case, refused, sized};

pub fn a_disk_comes_and_goes(case: &Case<'_>) {
    let made = case.effect(|cpi, intent| cpi.create_disk(intent, &case.sized(8))).unwrap();
    assert_eq!(case.units(made.size_mib).unwrap_or(8), 8);
    assert!(case.cpi().has_disk(&made.cid).unwrap());
    assert_ne!(case.disk(8), made.cid);
    if let Some(content) = case.subject.content() {
        assert_eq!(content.read(&made.cid, 0, 8 << 20), vec![0; 8 << 20]);
        assert!(content.allocated(&made.cid) < 1 << 20, "an empty disk takes up no room");
    }

    case.effect(|cpi, intent| cpi.delete_disk(intent, &made.cid)).unwrap();
    assert!(!case.cpi().has_disk(&made.cid).unwrap());
    refused(case.effect(|cpi, intent| cpi.delete_disk(intent, &made.cid)), CpiErrorKind::DiskNotFound);
}

pub fn a_disk_needs_a_size_that_can_be(case: &Case<'_>) {
    let requests = [DiskRequest::default(), sized(0), sized(u64::MAX), sized(1 << 44), sized((1 << 43) + 1)];
    for request in requests {
        refused(case.effect(|cpi, intent| cpi.create_disk(intent, &request)), CpiErrorKind::InvalidRequest);
    }
}

pub fn a_disk_is_found_by_its_token(case: &Case<'_>) {
    let (token, stranger) = (case.token(), case.token());
    assert_eq!(case.cpi().find_disk(&token).unwrap(), None);
    let request = DiskRequest { cloud_properties: Some(serde_json::json!({"type": "ssd"})), ..case.sized(3) };
    let made = case.effect_as(&token, |cpi, intent| cpi.create_disk(intent, &request)).unwrap();
    case.disk(4);
    assert_eq!(case.cpi().find_disk(&token).unwrap(), Some(made.clone()));
    assert_eq!(case.cpi().find_disk(&stranger).unwrap(), None);
    case.effect(|cpi, intent| cpi.delete_disk(intent, &made.cid)).unwrap();
    assert_eq!(case.cpi().find_disk(&token).unwrap(), None);
}

pub fn metadata_can_be_set(case: &Case<'_>) {
    let token = case.token();
    let disk = case.effect_as(&token, |cpi, intent| cpi.create_disk(intent, &case.sized(1))).unwrap().cid;
    let metadata = Metadata::from([("deployment".to_owned(), "pröd \"1\"\n".to_owned())]);
    for _ in 0..2 {
        case.effect(|cpi, intent| cpi.set_disk_metadata(intent, &disk, &metadata)).unwrap();
    }
    if case.cpi().capabilities().find_disks {
        assert_eq!(case.cpi().find_disk(&token).unwrap().unwrap().cid, disk);
    }
    let missing = DiskCid::new("disk-missing");
    let result = case.effect(|cpi, intent| cpi.set_disk_metadata(intent, &missing, &metadata));
    refused(result, CpiErrorKind::DiskNotFound);
}

pub fn nothing_is_left_over(case: &Case<'_>) {
    let disk = case.disk(1);
    let token = case.token();
    for operation in [token.operation.clone(), OperationId::new("ffffffffffff")] {
        assert_eq!(case.effect(|cpi, intent| cpi.clear_leftovers(intent, &operation)).unwrap(), 0);
    }
    assert!(case.cpi().has_disk(&disk).unwrap());
}
