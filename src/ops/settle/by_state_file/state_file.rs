//! create-env's own state file: its record of the disk is read, and changed in one place.

use std::borrow::Cow;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::domain::ids::{DiskCid, VmCid};
use crate::draft::Draft;
use crate::error::{Error, Kind, Result};

/// The fields that the bosh CLI knows (bosh-cli `config/deployment_state_service.go`), as far as they are needed here.
#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow, default)]
    current_vm_cid: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    current_disk_id: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    current_manifest_sha: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    current_manifest_sha1: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    disks: Option<Vec<RawRecord<'a>>>,
}

#[derive(Deserialize)]
struct RawRecord<'a> {
    #[serde(borrow)]
    id: Cow<'a, str>,
    #[serde(borrow)]
    cid: &'a RawValue,
    #[serde(default)]
    size: Option<u64>,
    #[serde(default)]
    cloud_properties: Option<serde_json::Value>,
}

/// The VM and the disk of an instance, as the file has them.
pub(in crate::ops) struct Recorded {
    pub vm: Option<VmCid>,
    pub disk: DiskCid,
    is_deployed: bool,
    path: PathBuf,
}

impl Recorded {
    /// Reads the file.
    ///
    /// # Errors
    /// As [`StateFile::read`].
    pub(in crate::ops) fn read(path: &Path) -> Result<Recorded> {
        let read = StateFile::read(path)?;
        let is_deployed = read.is_deployed();
        Ok(Recorded { vm: read.vm, disk: read.record.cid, is_deployed, path: read.path })
    }

    /// A description in one line.
    pub(in crate::ops) fn describe(&self) -> String {
        let vm = self.vm.as_ref().map_or_else(|| "no VM".to_owned(), |vm| format!("VM {vm}"));
        let deployed = if self.is_deployed { "" } else { ", on which create-env did not come to its end" };
        format!("{} has disk {} and {vm}{deployed}", self.path.display(), self.disk)
    }
}

/// The one record of a disk.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::ops) struct Record {
    pub id: String,
    pub cid: DiskCid,
    pub size_mib: Option<u64>,
    pub cloud_properties: Option<serde_json::Value>,
    /// Where the CID is in the text, quotes included.
    from: usize,
    to: usize,
}

/// The file, as it was read.
#[derive(Debug)]
pub(in crate::ops) struct StateFile {
    path: PathBuf,
    text: String,
    pub vm: Option<VmCid>,
    /// The checksum of the deployed manifest; `None` from the moment at which create-env begins to deploy until it has
    /// finished (bosh-cli `cmd/deployment_preparer.go`).
    pub deployed: Option<String>,
    pub record: Record,
}

impl StateFile {
    /// Reads the file. `path` may be a link; from then on its target is meant.
    ///
    /// # Errors
    /// It does not exist, is not such a file, or does not have exactly one record of a disk, the current one.
    pub(in crate::ops) fn read(path: &Path) -> Result<StateFile> {
        let unreadable = |error: std::io::Error| {
            let message = format!("create-env's state file {} cannot be read", path.display());
            Error::because(Kind::Refused, message, error)
                .hint("name it as the command line after `--` does: --state FILE, or <manifest>-state.json beside it")
        };
        let path = fs::canonicalize(path).map_err(unreadable)?;
        let text = fs::read_to_string(&path).map_err(unreadable)?;
        let (vm, deployed, record) = understood(&path, &text)?;
        Ok(StateFile { path, text, vm, deployed, record })
    }

    /// Its path, with links followed.
    pub(in crate::ops) fn path(&self) -> &Path {
        &self.path
    }

    /// Whether create-env finished.
    pub(in crate::ops) fn is_deployed(&self) -> bool {
        self.deployed.is_some()
    }

    /// The disk of the record.
    pub(in crate::ops) fn disk(&self) -> &DiskCid {
        &self.record.cid
    }

    /// Checks that it can be replaced, with a copy beside it. Nothing is written.
    ///
    /// # Errors
    /// It cannot.
    pub(in crate::ops) fn writable(&self) -> Result<()> {
        use rustix::fs::{Access, access};
        let refused = |what: &Path, error: rustix::io::Errno| {
            let message = format!("{} cannot be written: {error}", what.display());
            Error::new(Kind::Refused, message)
                .hint("create-env needs to write its state file, too: run as the user who runs create-env")
        };
        access(&self.path, Access::READ_OK | Access::WRITE_OK).map_err(|error| refused(&self.path, error))?;
        let directory = self.directory();
        access(directory, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| refused(directory, error))
    }

    /// Puts another CID into the record. All else stays as it is, byte by byte. The file is first copied to `backup`.
    ///
    /// # Errors
    /// The file cannot be written. It is then the old one or the new one, and whole.
    pub(in crate::ops) fn replace_cid(&self, new: &DiskCid, backup: &Path) -> Result<()> {
        let cid = serde_json::Value::from(new.as_str()).to_string();
        let (before, after) = (&self.text[..self.record.from], &self.text[self.record.to..]);
        let text = format!("{before}{cid}{after}");
        let write = || -> std::io::Result<()> {
            if !backup.exists() {
                self.publish(&self.text, backup)?;
            }
            self.publish(&text, &self.path)
        };
        write().map_err(|error| {
            Error::because(Kind::Failed, format!("{} could not be changed", self.path.display()), error)
        })
    }

    /// Writes a file whole or not at all, with the state file's permissions.
    fn publish(&self, text: &str, path: &Path) -> std::io::Result<()> {
        let mut draft = Draft::beside(path, 0o600)?;
        draft.write_all(text.as_bytes())?;
        let meta = fs::metadata(&self.path)?;
        draft.file().set_permissions(meta.permissions())?;
        // A root user must not take it from the user that runs create-env.
        let (user, group) = {
            use std::os::unix::fs::MetadataExt;
            (meta.uid(), meta.gid())
        };
        std::os::unix::fs::fchown(draft.file(), Some(user), Some(group))?;
        draft.replace(path)
    }

    fn directory(&self) -> &Path {
        self.path.parent().unwrap_or(Path::new("/"))
    }
}

fn understood(path: &Path, text: &str) -> Result<(Option<VmCid>, Option<String>, Record)> {
    let file = path.display();
    let raw: Raw<'_> = serde_json::from_str(text).map_err(|error| {
        Error::because(Kind::Refused, format!("{file} is not a state file of create-env"), error)
            .hint("name create-env's own state file, bosh-state.json or the like")
    })?;
    let current = raw.current_disk_id.as_deref().unwrap_or_default();
    let records = raw.disks.as_deref().unwrap_or_default();
    let [record] = records else {
        let message =
            format!("{file} has {} records of disks; create-env deletes each disk but the current one", records.len());
        return Err(
            Error::new(Kind::Refused, message).hint("a first, successful `bosh create-env` leaves exactly one record")
        );
    };
    if record.id != current {
        let message = format!(
            "{file}: the record {} is not the current disk's ({current}): create-env deletes its disk",
            record.id
        );
        return Err(
            Error::new(Kind::Refused, message).hint("current_disk_id is the `id` of the record of the Director's disk")
        );
    }
    let no_cid = || Error::new(Kind::Refused, format!("{file}: disks[0].cid is not a CID"));
    let cid: String = serde_json::from_str(record.cid.get()).map_err(|_| no_cid())?;
    let cid: DiskCid = cid.parse().map_err(|_| no_cid())?;
    // The slice is a part of the text.
    let from = record.cid.get().as_ptr().addr() - text.as_ptr().addr();
    let vm = raw.current_vm_cid.filter(|vm| !vm.is_empty()).and_then(|vm| vm.parse::<VmCid>().ok());
    let sha = raw.current_manifest_sha.or(raw.current_manifest_sha1);
    let record = Record {
        id: record.id.to_string(),
        cid,
        size_mib: record.size,
        cloud_properties: record.cloud_properties.clone(),
        from,
        to: from + record.cid.get().len(),
    };
    Ok((vm, sha.filter(|sha| !sha.is_empty()).map(Cow::into_owned), record))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{\n\t\"note\" : \"of mine\",\"current_vm_cid\":\"vm-1\",\"current_disk_id\":\"a\",\n \"disks\": [ {\"size\":1,\
        \"cid\" :  \"old\" , \"id\":\"a\",\"cloud_properties\":{\"b\":1.50}}]}\n\n";

    #[test]
    fn one_cid_changes_and_no_other_byte() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("state.json");
        fs::write(&path, TEXT).unwrap();
        let link = directory.path().join("link.json");
        std::os::unix::fs::symlink("state.json", &link).unwrap();
        let file = StateFile::read(&link).unwrap();
        assert_eq!(
            (file.disk().as_str(), file.vm.as_ref().unwrap().as_str(), file.is_deployed()),
            ("old", "vm-1", false)
        );
        file.writable().unwrap();
        let backup = directory.path().join("backup");
        file.replace_cid(&DiskCid::new("n\"ew"), &backup).unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), TEXT.replace("\"old\"", "\"n\\\"ew\""));
        assert_eq!(fs::read_to_string(&backup).unwrap(), TEXT);
        assert!(link.is_symlink());
        assert_eq!(StateFile::read(&path).unwrap().disk().as_str(), "n\"ew");
    }

    #[test]
    fn what_create_env_would_delete_a_disk_for_is_refused() {
        let none = TEXT.replace("\"current_disk_id\":\"a\"", "\"current_disk_id\":\"\"");
        let two = TEXT.replace("[ {", "[ {\"id\":\"b\",\"cid\":\"other\"}, {");
        let twice = TEXT.replace("\"size\":1", "\"cid\":\"other\"");
        for text in [none.as_str(), &two, &twice, "{}", "no", &TEXT.replace("\"old\"", "7")] {
            assert!(understood(Path::new("s"), text).is_err(), "{text}");
        }
    }
}
