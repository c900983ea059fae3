//! Whether a CPI's executable and snapback's own side of its cloud mean the same cloud: a disk that is known to exist
//! shows it. Otherwise things that one side lacks would count as gone.

use crate::cpi::{Cpi, CpiError, CpiErrorKind};
use crate::domain::ids::DiskCid;
use crate::state::{Reader, StateError};

/// How many disks are asked about until one is found. Each costs a call of the executable.
const MOST: usize = 5;

/// The error if the two sides mean different clouds; `None` if they mean one, or if no disk can show it. Other errors
/// are left to later calls. `first` is the disk in question, if there is one.
///
/// # Errors
/// Those of the state file.
pub fn two_clouds(reader: &Reader, cpi: &dyn Cpi, first: Option<&DiskCid>) -> Result<Option<CpiError>, StateError> {
    if !cpi.wants_witness() {
        return Ok(None);
    }
    let mut known = reader.some_disk_cids(cpi.name(), MOST)?;
    known.retain(|disk| Some(disk) != first);
    for disk in first.into_iter().chain(&known).take(MOST) {
        match cpi.has_disk(disk) {
            Err(error) if error.kind == CpiErrorKind::TwoClouds => return Ok(Some(error)),
            Ok(_) if cpi.wants_witness() => {}
            Ok(_) | Err(_) => return Ok(None),
        }
    }
    Ok(None)
}
