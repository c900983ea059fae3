//! The inventory of an instance that create-env manages, from create-env's own state file: each run makes a new VM.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};

use crate::domain::create_env::ByCreateEnv;
use crate::domain::instance::{Disk, DiskState, InstanceName};
use crate::error::Result;
use crate::ops::find::known_disk;
use crate::ops::settle::by_state_file::StateFile;
use crate::state::{Import, State};

/// Imports the VM and the disk that the state file has now, and says so if they are new. A file that cannot be read, or
/// in which a create-env has not finished, is ignored.
///
/// # Errors
/// Those of snapback's state file.
pub fn take_in(state: &State, name: &InstanceName, by: &ByCreateEnv, now: DateTime<Utc>) -> Result<Option<String>> {
    let Ok(file) = StateFile::read(&by.state_file) else { return Ok(None) };
    let Some(vm) = file.vm.clone().filter(|_| file.is_deployed()) else { return Ok(None) };
    let mut known = state.reader().instances_named(&[name])?;
    let Some(instance) = known.first_mut() else { return Ok(None) };
    let has_disk = instance.disks.iter().any(|disk| disk.cid == *file.disk());
    if instance.vm.as_ref() == Some(&vm) && has_disk {
        return Ok(None);
    }
    let line = format!("{name}: VM {vm} with disk {}, by {}", file.disk(), file.path().display());
    if !has_disk {
        let orphaned = known_disk(state.reader(), &instance.cpi, file.disk())?;
        let fresh = Disk {
            size_mib: file.record.size_mib,
            cloud_properties: file.record.cloud_properties.clone(),
            ..orphaned.unwrap_or(Disk {
                cpi: instance.cpi.clone(),
                cid: file.disk().clone(),
                instance: None,
                slot: 0,
                state: DiskState::Active,
                size_mib: None,
                az: instance.az.clone(),
                cloud_properties: None,
                origin: None,
                orphaned_at: None,
            })
        };
        instance.disks =
            vec![Disk { instance: Some(name.clone()), slot: 0, state: DiskState::Active, orphaned_at: None, ..fresh }];
    }
    instance.vm = Some(vm);
    instance.confirmed_at = now;
    state.import(Import {
        instances: known,
        whole: BTreeSet::new(),
        orphans: Vec::new(),
        gone: Vec::new(),
        snapshots: Vec::new(),
    })?;
    Ok(Some(line))
}
