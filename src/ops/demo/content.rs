//! The content of the demonstration's disks: an SQLite database in an ext4 file system, made without root. If the tools
//! for that are missing, a disk holds only the database's bytes.

use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::broken::broken;
use crate::error::Result;
use crate::process::{self, Call};
use crate::state::sample;

/// The size of each disk.
pub const DISK_MIB: u64 = 64;

const DATABASE: &str = "accounts.db";
const CHUNK: usize = 1 << 20;
/// How many bytes are overwritten: enough for the superblock, the block groups' descriptors and the first files.
const DAMAGED: usize = 8 << 20;
const DEADLINE: Duration = Duration::from_secs(30);

/// Two programs of e2fsprogs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tools {
    mkfs: PathBuf,
    debugfs: PathBuf,
    path: String,
}

impl Tools {
    /// Looks for them in `path` (a `PATH`), and in the `sbin` beside each `bin`, which a user's `PATH` often lacks.
    /// `None` unless both are found: an ext4 file system needs both.
    pub fn find(path: &str) -> Option<Tools> {
        let mut dirs: Vec<PathBuf> = path.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from).collect();
        let beside = dirs.iter().filter(|dir| dir.ends_with("bin")).map(|dir| dir.with_file_name("sbin"));
        dirs.extend(beside.collect::<Vec<_>>());
        let find = |name: &str| dirs.iter().map(|dir| dir.join(name)).find(|program| program.is_file());
        Some(Tools { mkfs: find("mkfs.ext4")?, debugfs: find("debugfs")?, path: path.to_owned() })
    }

    fn run(&self, program: &Path, args: &[&str]) -> Result<()> {
        let call = Call {
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: vec![("PATH".to_owned(), self.path.clone()), ("LC_ALL".to_owned(), "C".to_owned())],
            deadline: Some(DEADLINE),
            ..Call::new(program)
        };
        let name = program.display().to_string();
        let finished = process::run(&call).map_err(|error| broken("a tool of the demo failed", error))?;
        if finished.status.success() {
            return Ok(());
        }
        Err(broken(name, format!("{}: {}", finished.status, finished.stderr_tail.trim())))
    }
}

/// The form of the disks' content.
#[derive(Debug, Clone)]
pub enum Content {
    /// A file system with the database in it.
    Ext4(Tools),
    /// The database's bytes, from the disk's first one on.
    Raw,
}

impl Content {
    /// The best that these tools allow.
    pub fn with(tools: Option<Tools>) -> Content {
        tools.map_or(Content::Raw, Content::Ext4)
    }

    /// A description in the operator's words.
    pub fn describe(&self) -> String {
        match self {
            Content::Ext4(_) => format!("an SQLite database on ext4 ({DATABASE})"),
            Content::Raw => "an SQLite database, byte for byte (no mkfs.ext4 and debugfs are at hand)".to_owned(),
        }
    }

    /// Fills a disk's image with a database of `rows` accounts.
    ///
    /// # Errors
    /// Those of a tool, SQLite and the file system.
    pub fn write(&self, image: &Path, scratch: &Path, rows: u32) -> Result<()> {
        let failed = |error| broken(format!("{} cannot be used", scratch.display()), error);
        let _ = fs::remove_dir_all(scratch);
        fs::create_dir_all(scratch).map_err(failed)?;
        let database = scratch.join(DATABASE);
        sample::create(&database, rows).map_err(|error| broken(database.display().to_string(), error))?;
        match self {
            Content::Ext4(tools) => {
                let (scratch, image) = (scratch.to_string_lossy(), image.to_string_lossy());
                tools.run(&tools.mkfs, &["-q", "-F", "-d", &scratch, &image, &format!("{DISK_MIB}M")])?;
            }
            Content::Raw => {
                let bytes = fs::read(&database).map_err(failed)?;
                let write = || OpenOptions::new().write(true).open(image)?.write_all(&bytes);
                write().map_err(|error| broken(image.display().to_string(), error))?;
            }
        }
        fs::remove_dir_all(scratch).map_err(failed)
    }

    /// Reads the database back from an image. Returns the number of accounts, if SQLite finds no error in it.
    ///
    /// # Errors
    /// Why it cannot be read.
    pub fn read(&self, image: &Path, scratch: &Path) -> anyhow::Result<u32> {
        let _ = fs::remove_dir_all(scratch);
        fs::create_dir_all(scratch)?;
        let database = scratch.join(DATABASE);
        let copied = match self {
            Content::Ext4(tools) => {
                let command = format!("dump /{DATABASE} {}", quoted(&database));
                tools.run(&tools.debugfs, &["-R", &command, &image.to_string_lossy()]).map_err(anyhow::Error::from)
            }
            Content::Raw => fs::copy(image, &database).map(drop).map_err(anyhow::Error::from),
        };
        let read = copied.and_then(|()| match database.is_file() {
            true => sample::check(&database),
            false => Err(anyhow::anyhow!("no file system is found on the disk")),
        });
        let _ = fs::remove_dir_all(scratch);
        read
    }
}

/// A file's name as debugfs reads it: in double quotes, those within doubled.
fn quoted(path: &Path) -> String {
    format!("\"{}\"", path.to_string_lossy().replace('"', "\"\""))
}

/// Overwrites the beginning of an image, as a `dd` to the wrong disk does. Returns the number of MiB.
///
/// # Errors
/// Those of the file system.
pub fn damage(image: &Path) -> Result<usize> {
    let write = || {
        let mut file = OpenOptions::new().write(true).open(image)?;
        file.write_all(&vec![0xA5; DAMAGED])?;
        file.sync_all()
    };
    write().map_err(|error| broken(image.display().to_string(), error))?;
    Ok(DAMAGED >> 20)
}

/// The SHA-256 of an image.
///
/// # Errors
/// Those of the file system.
pub fn fingerprint(image: &Path) -> Result<String> {
    let read = || -> std::io::Result<String> {
        let (mut file, mut hash, mut buffer) = (File::open(image)?, Sha256::new(), vec![0; CHUNK]);
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
                read => hash.update(&buffer[..read]),
            }
        }
    };
    read().map_err(|error| broken(image.display().to_string(), error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tools_are_found_only_together() {
        let dir = tempfile::tempdir().unwrap();
        let (bin, sbin) = (dir.path().join("bin"), dir.path().join("sbin"));
        fs::create_dir(&bin).unwrap();
        fs::create_dir(&sbin).unwrap();
        let path = format!("/nowhere:{}", bin.display());
        fs::write(bin.join("mkfs.ext4"), "").unwrap();
        assert_eq!(Tools::find(&path), None);
        fs::write(sbin.join("debugfs"), "").unwrap();
        assert_eq!(Tools::find(&path).unwrap().debugfs, sbin.join("debugfs"));
    }

    #[test]
    fn raw_content_is_read_back_until_it_is_damaged() {
        let dir = tempfile::tempdir().unwrap();
        let (image, scratch) = (dir.path().join("disk.img"), dir.path().join("scratch"));
        File::create(&image).unwrap().set_len(DISK_MIB << 20).unwrap();
        Content::Raw.write(&image, &scratch, 7).unwrap();
        let before = fingerprint(&image).unwrap();
        assert_eq!(Content::Raw.read(&image, &scratch).unwrap(), 7);
        damage(&image).unwrap();
        assert!(Content::Raw.read(&image, &scratch).is_err());
        assert_ne!(fingerprint(&image).unwrap(), before);
    }
}
