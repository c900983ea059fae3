//! The bytes of a disk, as of one instant.
//!
//! A clone is always that. A copy is that only if nobody writes meanwhile, and neither mtime nor ctime shows a store
//! through a mapping. So a copy needs a read lease, which the kernel gives only if nothing can write. Without leases, a
//! disk that no VM has counts as still.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use file_lease::{Lease, LeaseError, read_lease};

use super::bytes::{self, CopyError};
use super::call::Call;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult, SnapshotOptions};
use crate::domain::ids::DiskCid;
use crate::domain::snapshot::Consistency;

/// How often a lease is asked for. A writer that was just stopped takes a moment to disappear: a mapping ends with its
/// process, a loop device some time after it was told to.
const ATTEMPTS: u32 = 10;
const PAUSE: Duration = Duration::from_millis(25);

fn patient_lease(source: &File) -> Result<Lease<'_>, LeaseError> {
    for _ in 1..ATTEMPTS {
        match read_lease(source) {
            Err(LeaseError::HasWriter) => std::thread::sleep(PAUSE),
            answer => return answer,
        }
    }
    read_lease(source)
}

/// Keeps the source still while it is copied.
enum Still<'a> {
    Lease(Lease<'a>),
    /// No VM has the disk, and none can get it as long as this lock is held.
    Detached(#[expect(dead_code, reason = "held, not read")] File),
    /// Nothing keeps it still: the copy is torn.
    No,
}

impl Call<'_> {
    /// Fills the empty `target` with what the disk holds.
    pub(super) fn capture(
        &self,
        disk: &DiskCid,
        source: (&File, &Path),
        target: (&File, &Path),
        options: SnapshotOptions,
    ) -> CpiResult<Consistency> {
        let length = |file: &File| file.metadata().map(|found| found.len());
        let size = length(source.0).map_err(|error| self.io("look at", source.1, error))?;
        if bytes::clone(source.0, target.0).map_err(|error| self.write_error(target.1, size, error))? {
            return Ok(Consistency::Crash);
        }
        let mut still = self.still(disk, source.0, options)?;
        // Now, not before: until here the disk may have grown.
        let size = length(source.0).map_err(|error| self.io("look at", source.1, error))?;
        let copied = bytes::copy(source.0, target.0, size, |at| {
            self.cpi.copied.tell(at, size);
            self.fault("copying")?;
            self.look(disk, &mut still, options)
        });
        self.finish_copy(copied, source.1, target.1, size)?;
        self.look(disk, &mut still, options)?;
        Ok(if matches!(still, Still::No) { Consistency::Torn } else { Consistency::Crash })
    }

    /// Turns the end of a copy into the caller's result.
    pub(super) fn finish_copy(
        &self,
        copied: Result<(), CopyError<CpiError>>,
        source: &Path,
        target: &Path,
        size: u64,
    ) -> CpiResult<()> {
        copied.map_err(|error| match error {
            CopyError::Read(error) => self.io("read", source, error),
            CopyError::Write(error) => self.write_error(target, size, error),
            CopyError::Stopped(error) => error,
        })
    }

    fn still<'a>(&self, disk: &DiskCid, source: &'a File, options: SnapshotOptions) -> CpiResult<Still<'a>> {
        match patient_lease(source) {
            Ok(lease) => Ok(Still::Lease(lease)),
            Err(LeaseError::HasWriter) => self.torn(disk, "something has it open for writing", None, options),
            Err(no_lease) => {
                let lock = self.lock_shared()?;
                match self.holder(disk)? {
                    None => Ok(Still::Detached(lock)),
                    Some(vm) => {
                        let why = format!("VM {vm} has it, and the CPI cannot tell whether anything writes to it");
                        self.torn(disk, &why, Some(no_lease), options)
                    }
                }
            }
        }
    }

    /// Gives the lease back at once if a writer waits for it.
    fn look(&self, disk: &DiskCid, still: &mut Still<'_>, options: SnapshotOptions) -> CpiResult<()> {
        if matches!(still, Still::Lease(lease) if !lease.held()) {
            *still = Still::No;
            self.torn(disk, "something began to write to it during the copy", None, options)?;
        }
        Ok(())
    }

    fn torn<'a>(
        &self,
        disk: &DiskCid,
        why: &str,
        no_lease: Option<LeaseError>,
        options: SnapshotOptions,
    ) -> CpiResult<Still<'a>> {
        if options.allow_torn {
            return Ok(Still::No);
        }
        let message = format!("a copy of disk {disk} would be torn: {why}");
        let error = self
            .fail(CpiErrorKind::InUse, message)
            .hint("stop what uses the disk, or detach it")
            .hint("put the disks on a file system that clones: XFS with reflink, Btrfs, bcachefs")
            .hint("`--allow-torn` takes the copy anyway, and records that it is torn");
        Err(match no_lease {
            Some(no_lease) => error.caused_by(no_lease),
            None => error,
        })
    }
}
