//! Snapshots: taken, found, described and deleted.

use std::fs::File;
use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};

use super::bytes;
use super::call::Call;
use super::disks::to_mib;
use super::layout::{Area, IMAGE, cid_of};
use super::sidecar::SnapshotMeta;
use crate::cpi::{
    CloudSnapshot, CpiError, CpiErrorKind, CpiResult, SnapshotOptions, SnapshotState, SnapshotStatus, SnapshotTaken,
};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::{Consistency, Metadata};

/// The mode of a snapshot's image. A snapshot never changes: not even its owner may write to it by mistake.
const SNAPSHOT_MODE: u32 = 0o400;

/// An image that is open for reading.
pub(super) struct Source {
    pub(super) file: File,
    pub(super) path: PathBuf,
    pub(super) size: u64,
}

impl Call<'_> {
    pub(super) fn snapshot_disk(
        &self,
        token: &Token,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        self.check_cid(DiskCid::WHAT, disk.as_str())?;
        self.check_cid("step", &token.to_string())?;
        let cid = SnapshotCid::new(cid_of("snap", token));
        if let Some(taken) = self.taken_before(token, &cid, disk)? {
            return Ok(taken);
        }
        let path = self.disk_dir(disk)?.join(IMAGE);
        let file = self.open(&path)?.ok_or_else(|| self.no_disk(disk))?;
        let staged = self.stage(token)?;
        let image = staged.create_image(SNAPSHOT_MODE)?;
        let created_at = self.cpi.clock.now();
        let target = staged.image_path();
        let consistency = self.capture(disk, (&file, &path), (&image, &target), options)?;
        let size = image.metadata().map_err(|error| self.io("look at", &target, error))?.len();
        let meta = SnapshotMeta::new(disk.clone(), size, created_at, consistency, token.to_string(), metadata.clone());
        if staged.publish(&image, &meta, Area::Snapshots, cid.as_str())? {
            return Ok(SnapshotTaken { cid, created_at, consistency, size_mib: Some(to_mib(size)) });
        }
        let gone = || self.fail(CpiErrorKind::Cloud, format!("another call has taken snapshot {cid}, which is gone"));
        self.taken_before(token, &cid, disk)?.ok_or_else(gone)
    }

    /// The snapshot that an earlier call with this token took.
    fn taken_before(&self, token: &Token, cid: &SnapshotCid, disk: &DiskCid) -> CpiResult<Option<SnapshotTaken>> {
        let Some(dir) = self.snapshot_dir(cid)? else { return Ok(None) };
        let meta = self.snapshot_meta(&dir)?;
        if meta.token != token.to_string() || meta.disk != *disk {
            let message = format!("step {} has taken snapshot {cid} of disk {}, not of {disk}", meta.token, meta.disk);
            return Err(self.fail(CpiErrorKind::InvalidRequest, message));
        }
        // The process that took it may have died before this.
        self.sync_dir(&self.area(Area::Snapshots))?;
        let (created_at, consistency, size_mib) = (meta.created_at, meta.consistency, Some(to_mib(meta.size)));
        Ok(Some(SnapshotTaken { cid: cid.clone(), created_at, consistency, size_mib }))
    }

    pub(super) fn delete_snapshot(&self, token: &Token, snapshot: &SnapshotCid) -> CpiResult<()> {
        let dir = self.known_dir(snapshot)?.ok_or_else(|| self.no_snapshot(snapshot))?;
        if self.remove(token, &dir, &self.area(Area::Snapshots))? { Ok(()) } else { Err(self.no_snapshot(snapshot)) }
    }

    pub(super) fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.require_root()?;
        let parent = self.area(Area::Snapshots);
        let mut found = Vec::new();
        for cid in self.cids(Area::Snapshots)? {
            let dir = parent.join(&cid);
            match self.listed(&dir, SnapshotCid::new(cid), filter) {
                // Somebody has deleted it meanwhile, so nothing that was read from it counts.
                _ if !self.is_dir(&dir)? => {}
                Ok(snapshot) => found.extend(snapshot),
                Err(error) => return Err(error),
            }
        }
        found.sort_by(|one, other| (one.created_at, &one.cid).cmp(&(other.created_at, &other.cid)));
        Ok(found)
    }

    /// The row of a snapshot in the list, if the filter accepts it.
    fn listed(&self, dir: &Path, cid: SnapshotCid, filter: &Metadata) -> CpiResult<Option<CloudSnapshot>> {
        let meta = self.snapshot_meta(dir)?;
        if filter.iter().any(|(key, value)| meta.metadata.get(key) != Some(value)) {
            return Ok(None);
        }
        Ok(Some(CloudSnapshot {
            cid,
            state: self.state(dir, meta.size)?,
            disk: meta.disk,
            created_at: meta.created_at,
            size_mib: Some(to_mib(meta.size)),
            consistency: meta.consistency,
            metadata: meta.metadata,
        }))
    }

    pub(super) fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        const MISSING: SnapshotStatus =
            SnapshotStatus { state: SnapshotState::Missing, progress: None, size_mib: None, consistency: None };
        let Some(dir) = self.known_dir(snapshot)? else { return Ok(MISSING) };
        let read = self.snapshot_meta(&dir).and_then(|meta| Ok((self.state(&dir, meta.size)?, meta)));
        if !self.is_dir(&dir)? {
            return Ok(MISSING);
        }
        let (state, meta) = read?;
        let progress = (state == SnapshotState::Ready).then_some(100);
        Ok(SnapshotStatus { state, progress, size_mib: Some(to_mib(meta.size)), consistency: Some(meta.consistency) })
    }

    /// The image of a snapshot, which must exist and be whole.
    pub(super) fn open_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<Source> {
        let dir = self.known_dir(snapshot)?.ok_or_else(|| self.no_snapshot(snapshot))?;
        let size = self.snapshot_meta(&dir)?.size;
        let path = dir.join(IMAGE);
        match self.open(&path)? {
            Some(file) if self.state(&dir, size)? == SnapshotState::Ready => Ok(Source { file, path, size }),
            _ => {
                let message =
                    format!("snapshot {snapshot} is damaged: {} does not have its {size} bytes", path.display());
                Err(self.fail(CpiErrorKind::Cloud, message))
            }
        }
    }

    fn snapshot_dir(&self, snapshot: &SnapshotCid) -> CpiResult<Option<PathBuf>> {
        self.check_cid(SnapshotCid::WHAT, snapshot.as_str())?;
        self.require_root()?;
        self.find(Area::Snapshots, snapshot.as_str())
    }

    /// The directory of a snapshot that must exist: whoever took it made `snapshots`.
    fn known_dir(&self, snapshot: &SnapshotCid) -> CpiResult<Option<PathBuf>> {
        let found = self.snapshot_dir(snapshot)?;
        let area = self.area(Area::Snapshots);
        if found.is_some() || self.is_dir(&area)? {
            return Ok(found);
        }
        let message = format!("there is no directory {}: is it mounted?", area.display());
        Err(self.fail(CpiErrorKind::NoAnswer, message).hint("mount it, or make an empty one if all snapshots are gone"))
    }

    fn no_snapshot(&self, snapshot: &SnapshotCid) -> CpiError {
        let path = self.area(Area::Snapshots).join(snapshot.as_str());
        self.fail(CpiErrorKind::SnapshotNotFound, format!("there is no snapshot {snapshot} ({})", path.display()))
    }

    fn state(&self, dir: &Path, size: u64) -> CpiResult<SnapshotState> {
        let whole = self.image_size(dir)? == Some(size);
        Ok(if whole { SnapshotState::Ready } else { SnapshotState::Failed })
    }

    /// Clones or copies an image that nobody writes to.
    pub(super) fn clone_or_copy(&self, source: &Source, target: &File, target_path: &Path) -> CpiResult<()> {
        let failed = |error| self.write_error(target_path, source.size, error);
        if !bytes::clone(&source.file, target).map_err(failed)? {
            let copied = bytes::copy(&source.file, target, source.size, |at| {
                self.cpi.copied.tell(at, source.size);
                self.fault("copying")
            });
            self.finish_copy(copied, &source.path, target_path, source.size)?;
        }
        Ok(())
    }

    /// When and how a snapshot was taken; `None` if there is no such snapshot, or if that is not known.
    pub(super) fn taken(&self, snapshot: &SnapshotCid) -> Option<(DateTime<Utc>, Consistency)> {
        let meta = self.snapshot_meta(&self.snapshot_dir(snapshot).ok()??).ok()?;
        Some((meta.created_at, meta.consistency))
    }
}
