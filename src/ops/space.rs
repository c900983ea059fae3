//! The free space where the local backend keeps its snapshots.

use std::path::Path;

use crate::domain::limits::Space;
use crate::domain::size::{GIB, ibytes};

/// A file system that has less free space than the operator wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LittleSpace {
    /// A directory on it.
    pub path: String,
    /// The sentence that reports it.
    pub told: String,
}

/// The file system of `path` if it has less free space than `least`; `None` if it has enough, or if that is not known.
pub fn little(path: &Path, least: Space) -> Option<LittleSpace> {
    let found = rustix::fs::statvfs(path).ok()?;
    let (free, total) = (found.f_bavail.saturating_mul(found.f_frsize), found.f_blocks.saturating_mul(found.f_frsize));
    if free >= least.of(total) {
        return None;
    }
    let mib = |bytes: u64| ibytes(bytes / (GIB >> 10));
    let told = format!(
        "the file system of {} has {} free of {}, less than snapback.limits.min_free ({least}): a full one stops snapshots, and \
         whatever else is on it",
        path.display(),
        mib(free),
        mib(total)
    );
    Some(LittleSpace { path: path.display().to_string(), told })
}
