//! The demonstration's directory: its own, or that of an earlier demonstration, but never one with other files.

use std::fs::{self, DirBuilder, File};
use std::io::ErrorKind;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use super::broken::broken;
use crate::error::{Error, Kind, Result};

/// The file that marks a directory as a demonstration's.
const MARKER: &str = ".snapback-demo";
const CLOUD: &str = "snapback-disks";
const STATE: &str = "director-snapshots.db";
const MAKING: &str = "making";
/// All that a demonstration makes. Anything else there is the operator's, and stays.
const OURS: [&str; 9] = [
    "director.yml",
    "inventory.yml",
    STATE,
    "director-snapshots.db-journal",
    "director-snapshots.db.locks",
    CLOUD,
    MAKING,
    "scratch",
    "database.out",
];

/// The directory, locked against other demonstrations for as long as this value lives.
#[derive(Debug)]
pub struct Place {
    dir: PathBuf,
    _lock: File,
}

impl Place {
    /// Makes the directory, or clears that of an earlier demonstration.
    ///
    /// # Errors
    /// [`Kind::Refused`] if something else is there, before anything is changed; [`Kind::Locked`] if a demonstration is
    /// running there.
    pub fn prepare(dir: &Path) -> Result<Place> {
        let marker = dir.join(MARKER);
        if !marker.is_file() {
            refuse_foreign(dir)?;
        }
        DirBuilder::new()
            .mode(0o700)
            .recursive(true)
            .create(dir)
            .map_err(|error| broken(format!("{} cannot be made", dir.display()), error))?;
        let failed = |error| broken(format!("{} cannot be used", dir.display()), error);
        let dir = dir.canonicalize().map_err(failed)?;
        let lock = File::options().create(true).append(true).open(&marker).map_err(failed)?;
        if lock.try_lock().is_err() {
            return Err(Error::new(Kind::Locked, format!("a demo is running in {}", dir.display()))
                .hint("wait for its end, or name another directory with --keep"));
        }
        for name in OURS {
            remove(&dir.join(name)).map_err(|error| broken(format!("{name} of the former demo"), error))?;
        }
        Ok(Place { dir, _lock: lock })
    }

    /// The directory.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// The manifest.
    pub fn manifest(&self) -> PathBuf {
        self.dir.join("director.yml")
    }

    /// The inventory.
    pub fn inventory(&self) -> PathBuf {
        self.dir.join("inventory.yml")
    }

    /// The state file.
    pub fn state(&self) -> PathBuf {
        self.dir.join(STATE)
    }

    /// The state file by which the disks are made, before the reader's own is there.
    ///
    /// # Errors
    /// Its directory cannot be made.
    pub fn making(&self) -> Result<PathBuf> {
        let dir = self.dir.join(MAKING);
        fs::create_dir_all(&dir).map_err(|error| broken(format!("{} cannot be made", dir.display()), error))?;
        Ok(dir.join(STATE))
    }

    /// Removes that state file.
    ///
    /// # Errors
    /// It stays.
    pub fn made(&self) -> Result<()> {
        let dir = self.dir.join(MAKING);
        remove(&dir).map_err(|error| broken(format!("{} cannot be removed", dir.display()), error))
    }

    /// A directory to build in.
    pub fn scratch(&self) -> PathBuf {
        self.dir.join("scratch")
    }

    /// Writes a file.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path, text: &str) -> Result<()> {
        fs::write(path, text).map_err(|error| broken(format!("{} cannot be written", path.display()), error))
    }

    /// Makes a VM of the local backend: a directory.
    ///
    /// # Errors
    /// It cannot be made.
    pub fn make_vm(&self, vm: &str) -> Result<()> {
        let path = self.dir.join(CLOUD).join("vms").join(vm);
        fs::create_dir_all(&path).map_err(|error| broken(format!("{} cannot be made", path.display()), error))
    }

    /// The path of the VM's disk, as the VM sees it.
    ///
    /// # Errors
    /// It has none, or several.
    pub fn attached(&self, vm: &str) -> Result<PathBuf> {
        let path = self.dir.join(CLOUD).join("vms").join(vm);
        let failed = |error| broken(format!("{} cannot be read", path.display()), error);
        let links: Vec<PathBuf> = fs::read_dir(&path)
            .and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect())
            .map_err(failed)?;
        match <[PathBuf; 1]>::try_from(links) {
            Ok([link]) => Ok(link),
            Err(links) => Err(broken(format!("VM {vm} should have one disk"), format!("it has {}", links.len()))),
        }
    }
}

fn refuse_foreign(dir: &Path) -> Result<()> {
    let refused = |why: &str| {
        Error::new(Kind::Refused, format!("{} {why}, and is left as it is", dir.display()))
            .hint("name an empty directory, a new one, or the one of a former demo with --keep")
    };
    match fs::read_dir(dir).map(|mut entries| entries.next().is_none()) {
        Ok(true) => Ok(()),
        Ok(false) => Err(refused("is not empty")),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotADirectory => Err(refused("is not a directory")),
        Err(error) => Err(refused(&format!("cannot be read ({error})"))),
    }
}

/// Removes a file or a directory, and follows no link.
fn remove(path: &Path) -> std::io::Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Ok(found) if found.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    match removed {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
