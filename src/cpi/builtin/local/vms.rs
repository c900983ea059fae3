//! VMs and what is attached to them.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use super::call::Call;
use super::layout::{Area, IMAGE, is_cid};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::ids::{DiskCid, VmCid};

fn link_target(disk: &str) -> PathBuf {
    Path::new("../..").join(Area::Disks.dir()).join(disk).join(IMAGE)
}

impl Call<'_> {
    pub(super) fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        let dir = self.vm_dir(vm)?;
        let failed = |error| self.io("list", &dir, error);
        let mut disks = Vec::new();
        for entry in fs::read_dir(&dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // An entry that is not a link belongs to the VM itself.
            if entry.file_type().map_err(failed)?.is_symlink() {
                match self.linked_disk(&entry.path()) {
                    Ok(disk) => disks.push(disk),
                    // Detached between the two looks.
                    Err(_) if self.lstat(&entry.path())?.is_none() => {}
                    Err(error) => return Err(error),
                }
            }
        }
        disks.sort();
        Ok(disks)
    }

    pub(super) fn attach_disk(&self, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        let dir = self.vm_dir(vm)?;
        self.disk_dir(disk)?;
        let _lock = self.lock()?;
        if self.image_size(&self.disk_dir(disk)?)?.is_none() {
            return Err(self.no_disk(disk));
        }
        match self.holder(disk)? {
            Some(holder) if holder == *vm => return Ok(()),
            Some(holder) => {
                return Err(self.fail(CpiErrorKind::InUse, format!("disk {disk} is attached to VM {holder}")));
            }
            None => {}
        }
        self.fault("before_rename")?;
        let link = dir.join(disk.as_str());
        symlink(link_target(disk.as_str()), &link).map_err(|error| self.write_error(&link, 0, error))?;
        self.sync_dir(&dir).and_then(|()| self.fault("after_rename")).map_err(|error| self.unknown(error))
    }

    pub(super) fn detach_disk(&self, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.check_cid(DiskCid::WHAT, disk.as_str())?;
        let dir = self.vm_dir(vm)?;
        let _lock = self.lock()?;
        if !self.has_link(&dir, disk)? {
            return Err(self.fail(CpiErrorKind::DiskNotAttached, format!("VM {vm} does not have disk {disk}")));
        }
        self.fault("before_rename")?;
        let link = dir.join(disk.as_str());
        fs::remove_file(&link).map_err(|error| self.io("remove", &link, error))?;
        self.sync_dir(&dir).and_then(|()| self.fault("after_rename")).map_err(|error| self.unknown(error))
    }

    /// The path of a disk at a VM to which it is attached: an absolute path.
    pub(super) fn device(&self, vm: &VmCid, disk: &DiskCid) -> PathBuf {
        let link = self.area(Area::Vms).join(vm.as_str()).join(disk.as_str());
        std::path::absolute(&link).unwrap_or(link)
    }

    /// The VM that has the disk.
    pub(super) fn holder(&self, disk: &DiskCid) -> CpiResult<Option<VmCid>> {
        let parent = self.area(Area::Vms);
        for vm in self.cids(Area::Vms)? {
            if self.has_link(&parent.join(&vm), disk)? {
                return Ok(Some(VmCid::new(vm)));
            }
        }
        Ok(None)
    }

    fn vm_dir(&self, vm: &VmCid) -> CpiResult<PathBuf> {
        self.check_cid(VmCid::WHAT, vm.as_str())?;
        self.require_root()?;
        self.find(Area::Vms, vm.as_str())?.ok_or_else(|| {
            let path = self.area(Area::Vms).join(vm.as_str());
            self.fail(CpiErrorKind::VmNotFound, format!("there is no VM {vm} ({})", path.display()))
        })
    }

    fn has_link(&self, vm_dir: &Path, disk: &DiskCid) -> CpiResult<bool> {
        let link = vm_dir.join(disk.as_str());
        match self.lstat(&link)? {
            Some(found) if found.is_symlink() => self.linked_disk(&link).map(|_| true),
            _ => Ok(false),
        }
    }

    /// The disk that a link in a VM's directory stands for. Both its name and its target must say so.
    fn linked_disk(&self, link: &Path) -> CpiResult<DiskCid> {
        let target = fs::read_link(link).map_err(|error| self.io("read", link, error))?;
        match link.file_name().and_then(OsStr::to_str).filter(|name| is_cid(name)) {
            Some(name) if target == link_target(name) => Ok(DiskCid::new(name)),
            name => Err(self.stray_link(link, &target, name)),
        }
    }

    fn stray_link(&self, link: &Path, target: &Path, name: Option<&str>) -> CpiError {
        let expected = match name {
            Some(name) => format!("not to {}", link_target(name).display()),
            None => "and its name is not a disk CID".to_owned(),
        };
        let message = format!("{} is a link to {}, {expected}", link.display(), target.display());
        self.fail(CpiErrorKind::Cloud, message).hint("nothing was changed; remove the link if it is not yours")
    }
}
