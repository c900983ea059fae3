//! Whether a CPI's executable and snapback's own side of its cloud mean the same cloud: a disk that is known to be there
//! shows it. Otherwise what one of them has not would be taken for gone.

use crate::cpi::{Cpi, CpiError, CpiErrorKind};
use crate::domain::ids::DiskCid;
use crate::state::{Reader, StateError};

/// How many disks are asked for until one is there. Each costs a call of the executable.
const MOST: usize = 5;

/// The error of two sides that mean different clouds; none where they mean one, or where no disk can show it. Whatever
/// else is wrong is told by whoever meets it. `first` is the disk in question, where there is one.
///
/// # Errors
/// The state file's.
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
