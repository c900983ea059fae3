//! Half-made and half-deleted things. They are under `tmp/`, named by the step that they belong to.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use serde::Serialize;

use super::call::{Call, is_missing};
use super::layout::{Area, IMAGE, SIDECAR, create_options, dir_builder};
use crate::cpi::{CpiErrorKind, CpiResult};
use crate::domain::ids::{OperationId, Token};

/// A directory that becomes a disk or a snapshot by one rename. Dropped before, it is removed.
pub(super) struct Staged<'a> {
    call: Call<'a>,
    path: PathBuf,
}

impl<'a> Call<'a> {
    /// A fresh path under `tmp/` that belongs to the step.
    pub(super) fn tmp_path(&self, token: &Token) -> CpiResult<PathBuf> {
        let token = token.to_string();
        self.check_cid("step", &token)?;
        Ok(self.make_area(Area::Tmp)?.join(format!("{token}-{}", self.cpi.ids.uuid())))
    }

    pub(super) fn stage(&self, token: &Token) -> CpiResult<Staged<'a>> {
        let path = self.tmp_path(token)?;
        dir_builder().create(&path).map_err(|error| self.write_error(&path, 0, error))?;
        Ok(Staged { call: *self, path })
    }

    /// Takes a thing away from under its CID, at once and for good, and then removes it at leisure.
    ///
    /// False if another process was quicker.
    pub(super) fn remove(&self, token: &Token, dir: &Path, parent: &Path) -> CpiResult<bool> {
        let tmp = self.tmp_path(token)?;
        self.fault("before_rename")?;
        match fs::rename(dir, &tmp) {
            Ok(()) => {}
            Err(error) if is_missing(&error) => return Ok(false),
            Err(error) => return Err(self.io("remove", dir, error)),
        }
        let rest = || {
            self.sync_dir(parent)?;
            self.sync_dir(&self.area(Area::Tmp))?;
            self.fault("after_rename")?;
            fs::remove_dir_all(&tmp).map_err(|error| self.io("remove", &tmp, error))?;
            // Else a power cut would bring all of it back when nobody looks for it any more.
            self.sync_dir(&self.area(Area::Tmp))
        };
        rest().map(|()| true).map_err(|error| self.unknown(error))
    }

    pub(super) fn clear_leftovers(&self, operation: &OperationId) -> CpiResult<usize> {
        self.require_root()?;
        if operation.as_str().is_empty() {
            return Err(self.fail(CpiErrorKind::InvalidRequest, "no operation is named"));
        }
        let dir = self.area(Area::Tmp);
        if !self.is_dir(&dir)? {
            return Ok(0);
        }
        // From here on, snapback relies on what a dead call has made or removed under a CID.
        for area in [Area::Disks, Area::Snapshots] {
            let area = self.area(area);
            if self.is_dir(&area)? {
                self.sync_dir(&area)?;
            }
        }
        let prefix = format!("{operation}-");
        let mut removed = 0;
        for name in self.names(&dir)?.iter().filter(|name| name.starts_with(&prefix)) {
            let path = dir.join(name);
            let Some(found) = self.lstat(&path)? else { continue };
            let result = if found.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) };
            match result {
                Ok(()) => removed += 1,
                // Its author lives after all, and has just finished or given up.
                Err(error) if is_missing(&error) => {}
                Err(error) => return Err(self.io("remove", &path, error)),
            }
        }
        self.sync_dir(&dir)?;
        Ok(removed)
    }

    /// The operations that have left something under `tmp/`, or are still at work there.
    pub(super) fn leftovers(&self) -> CpiResult<Vec<OperationId>> {
        let dir = self.area(Area::Tmp);
        if !self.is_dir(&dir)? {
            return Ok(Vec::new());
        }
        // OPERATION-STEP-UUID, and a UUID has five parts.
        let operation = |name: &String| name.rsplitn(7, '-').nth(6).map(OperationId::new);
        let mut found: Vec<OperationId> = self.names(&dir)?.iter().filter_map(operation).collect();
        found.dedup();
        Ok(found)
    }
}

impl Staged<'_> {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn image_path(&self) -> PathBuf {
        self.path.join(IMAGE)
    }

    pub(super) fn create_image(&self, mode: u32) -> CpiResult<File> {
        use std::os::unix::fs::OpenOptionsExt;
        let path = self.image_path();
        create_options().mode(mode).open(&path).map_err(|error| self.call.write_error(&path, 0, error))
    }

    /// Makes image and sidecar durable, then makes them appear together under `cid`. False if another call with the
    /// same token was quicker: its thing stays, and this one is removed.
    pub(super) fn publish(mut self, image: &File, meta: &impl Serialize, area: Area, cid: &str) -> CpiResult<bool> {
        let call = self.call;
        call.fault("copied")?;
        let wanted = image.metadata().map_or(0, |found| found.len());
        image.sync_all().map_err(|error| call.write_error(&self.image_path(), wanted, error))?;
        call.write_sidecar(&self.path.join(SIDECAR), meta)?;
        call.fault("written")?;
        call.sync_dir(&self.path)?;
        let parent = call.make_area(area)?;
        let path = parent.join(cid);
        call.fault("before_rename")?;
        match fs::rename(&self.path, &path) {
            Ok(()) => {}
            // A directory can be renamed only over an empty one.
            Err(error) if matches!(error.kind(), io::ErrorKind::AlreadyExists | io::ErrorKind::DirectoryNotEmpty) => {
                return Ok(false);
            }
            Err(error) => return Err(call.write_error(&path, wanted, error)),
        }
        self.path.clear();
        call.sync_dir(&parent).and_then(|()| call.fault("after_rename")).map_err(|error| call.unknown(error))?;
        Ok(true)
    }
}

impl Drop for Staged<'_> {
    fn drop(&mut self) {
        // A process that a test has declared dead leaves its half-made things, as a killed one does.
        if !self.path.as_os_str().is_empty() && !self.call.cpi.faults.dead() {
            let _ = fs::remove_dir_all(&self.path);
        }
    }
}
