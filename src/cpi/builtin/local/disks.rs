//! Disks: made, found, described and deleted.

use std::fs::{self, File};
use std::path::PathBuf;

use super::call::Call;
use super::layout::{Area, SIDECAR, cid_of};
use super::sidecar::DiskMeta;
use super::staging::Staged;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult, DiskMade, DiskRequest};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::Metadata;

const MIB: u64 = 1 << 20;
const DISK_MODE: u32 = 0o600;

/// The MiB for so many bytes, rounded up, so that a disk of that size holds all of them.
pub(super) fn to_mib(bytes: u64) -> u64 {
    bytes.div_ceil(MIB)
}

impl Call<'_> {
    pub(super) fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        self.check_cid(DiskCid::WHAT, disk.as_str())?;
        self.require_root()?;
        match self.find(Area::Disks, disk.as_str())? {
            Some(dir) => Ok(self.image_size(&dir)?.is_some()),
            None => Ok(false),
        }
    }

    /// The directory of a disk that must be there.
    pub(super) fn disk_dir(&self, disk: &DiskCid) -> CpiResult<PathBuf> {
        self.check_cid(DiskCid::WHAT, disk.as_str())?;
        self.require_root()?;
        self.find(Area::Disks, disk.as_str())?.ok_or_else(|| self.no_disk(disk))
    }

    pub(super) fn no_disk(&self, disk: &DiskCid) -> CpiError {
        let path = self.area(Area::Disks).join(disk.as_str());
        self.fail(CpiErrorKind::DiskNotFound, format!("there is no disk {disk} ({})", path.display()))
    }

    pub(super) fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        let found = self.search_disk(token, Err)?;
        if found.is_some() {
            // Its maker may have died before this, and the caller will rely on the answer.
            self.sync_dir(&self.area(Area::Disks))?;
        }
        Ok(found)
    }

    /// The disk that an earlier call with this token made under this CID.
    fn made_before(&self, token: &Token, cid: &str) -> CpiResult<Option<DiskMade>> {
        let Some(dir) = self.find(Area::Disks, cid)? else { return Ok(None) };
        let Some(size) = self.image_size(&dir)? else { return Ok(None) };
        if self.disk_meta(&dir)?.token.as_deref() != Some(&token.to_string()) {
            return Err(
                self.fail(CpiErrorKind::Cloud, format!("disk {cid} exists already, but step {token} did not make it"))
            );
        }
        self.sync_dir(&self.area(Area::Disks))?;
        Ok(Some(DiskMade { cid: DiskCid::new(cid), size_mib: Some(to_mib(size)) }))
    }

    /// Makes a new disk appear, or returns the one that another call with the same token has made meanwhile.
    fn publish_disk(&self, token: &Token, staged: Staged<'_>, image: &File, meta: &DiskMeta) -> CpiResult<DiskMade> {
        let cid = cid_of("disk", token);
        if staged.publish(image, meta, Area::Disks, &cid)? {
            return Ok(DiskMade { cid: DiskCid::new(cid), size_mib: meta.size.map(to_mib) });
        }
        let gone = || self.fail(CpiErrorKind::Cloud, format!("another call has made disk {cid}, which is gone"));
        self.made_before(token, &cid)?.ok_or_else(gone)
    }

    /// Looks through all sidecars. `unreadable` decides what to do about one that cannot be read.
    fn search_disk(
        &self,
        token: &Token,
        unreadable: impl Fn(CpiError) -> CpiResult<()>,
    ) -> CpiResult<Option<DiskMade>> {
        self.require_root()?;
        let token = token.to_string();
        let parent = self.area(Area::Disks);
        for cid in self.cids(Area::Disks)? {
            let dir = parent.join(&cid);
            let meta = match self.disk_meta(&dir) {
                Ok(meta) => meta,
                Err(error) => {
                    unreadable(error)?;
                    continue;
                }
            };
            if meta.token.as_deref() == Some(&token)
                && let Some(size) = self.image_size(&dir)?
            {
                return Ok(Some(DiskMade { cid: DiskCid::new(cid), size_mib: Some(to_mib(size)) }));
            }
        }
        Ok(None)
    }

    pub(super) fn create_disk(&self, token: &Token, request: &DiskRequest) -> CpiResult<DiskMade> {
        let size = match self.requested_bytes(request)? {
            None | Some(0) => return Err(self.fail(CpiErrorKind::InvalidRequest, "a disk needs a size above 0")),
            Some(size) => size,
        };
        self.check_cid("step", &token.to_string())?;
        self.make_root()?;
        if let Some(made) = self.made_before(token, &cid_of("disk", token))? {
            return Ok(made);
        }
        let staged = self.stage(token)?;
        let image = staged.create_image(DISK_MODE)?;
        image.set_len(size).map_err(|error| self.write_error(&staged.image_path(), size, error))?;
        self.publish_disk(token, staged, &image, &self.new_disk_meta(token, size, request, None))
    }

    pub(super) fn create_disk_from_snapshot(
        &self,
        token: &Token,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        let requested = self.requested_bytes(request)?;
        self.check_cid(SnapshotCid::WHAT, snapshot.as_str())?;
        // The damaged sidecar of another disk must not keep a restore from going on.
        if let Some(made) = self.search_disk(token, |_| Ok(()))? {
            self.sync_dir(&self.area(Area::Disks))?;
            return Ok(made);
        }
        let source = self.open_snapshot(snapshot)?;
        // An image need not be of whole MiB. Asked for in MiB, it keeps its size in bytes.
        let size = requested.filter(|size| *size != to_mib(source.size) * MIB).unwrap_or(source.size);
        if size < source.size {
            let message = format!("a disk of {size} bytes cannot hold snapshot {snapshot} of {} bytes", source.size);
            let smallest = format!("ask for {} MiB or more, or for no size", to_mib(source.size));
            return Err(self.fail(CpiErrorKind::InvalidRequest, message).hint(smallest));
        }
        let staged = self.stage(token)?;
        let image = staged.create_image(DISK_MODE)?;
        let path = staged.image_path();
        self.clone_or_copy(&source, &image, &path)?;
        image.set_len(size).map_err(|error| self.write_error(&path, size, error))?;
        self.publish_disk(token, staged, &image, &self.new_disk_meta(token, size, request, Some(snapshot)))
    }

    pub(super) fn delete_disk(&self, token: &Token, disk: &DiskCid) -> CpiResult<()> {
        self.disk_dir(disk)?;
        let _lock = self.lock()?;
        let dir = self.disk_dir(disk)?;
        if let Some(vm) = self.holder(disk)? {
            return Err(self.fail(CpiErrorKind::InUse, format!("disk {disk} is attached to VM {vm}")));
        }
        if self.remove(token, &dir, &self.area(Area::Disks))? { Ok(()) } else { Err(self.no_disk(disk)) }
    }

    pub(super) fn set_disk_metadata(&self, token: &Token, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.disk_dir(disk)?;
        let _lock = self.lock()?;
        let dir = self.disk_dir(disk)?;
        if self.image_size(&dir)?.is_none() {
            return Err(self.no_disk(disk));
        }
        let mut meta = self.disk_meta(&dir)?;
        meta.metadata.extend(metadata.clone());
        let staged = self.stage(token)?;
        let (new, path) = (staged.path().join(SIDECAR), dir.join(SIDECAR));
        self.write_sidecar(&new, &meta)?;
        self.fault("before_rename")?;
        fs::rename(&new, &path).map_err(|error| self.write_error(&path, 0, error))?;
        self.sync_dir(&dir).and_then(|()| self.fault("after_rename")).map_err(|error| self.unknown(error))
    }

    fn requested_bytes(&self, request: &DiskRequest) -> CpiResult<Option<u64>> {
        let Some(mib) = request.size_mib else { return Ok(None) };
        match mib.checked_mul(MIB).filter(|bytes| i64::try_from(*bytes).is_ok()) {
            Some(bytes) => Ok(Some(bytes)),
            None => Err(self.fail(CpiErrorKind::InvalidRequest, format!("no disk can have {mib} MiB"))),
        }
    }

    fn new_disk_meta(&self, token: &Token, size: u64, request: &DiskRequest, origin: Option<&SnapshotCid>) -> DiskMeta {
        DiskMeta {
            size: Some(size),
            created_at: Some(self.cpi.clock.now()),
            cloud_properties: request.cloud_properties.clone(),
            origin: origin.cloned(),
            token: Some(token.to_string()),
            ..DiskMeta::new()
        }
    }
}
