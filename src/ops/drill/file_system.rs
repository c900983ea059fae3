//! The check of a file system in a raw image, by the file system's own program, without root and without mounting it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Error, Kind, Result};
use crate::process::{self, Call, Finished};

/// How many bytes of a check program's output are kept.
const SAID: usize = 1500;
/// How much of it is shown, in characters.
const TOLD: usize = 300;
const SECTOR: u64 = 512;

/// Where to look for check programs, and how long one may take.
#[derive(Debug, Clone)]
pub struct Programs {
    /// `PATH`.
    pub path: String,
    /// How long one may take.
    pub deadline: Option<Duration>,
}

impl Programs {
    /// The program of this name, in `PATH` or in the `sbin` beside each `bin`, which a user's `PATH` often lacks.
    fn find(&self, name: &str) -> Option<PathBuf> {
        let mut dirs: Vec<PathBuf> = self.path.split(':').filter(|dir| !dir.is_empty()).map(PathBuf::from).collect();
        let beside = dirs.iter().filter(|dir| dir.ends_with("bin")).map(|dir| dir.with_file_name("sbin"));
        dirs.extend(beside.collect::<Vec<_>>());
        dirs.iter().map(|dir| dir.join(name)).find(|program| program.is_file())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum FileSystem {
    Ext,
    Xfs,
    Btrfs,
}

impl FileSystem {
    fn name(self) -> &'static str {
        match self {
            FileSystem::Ext => "ext4",
            FileSystem::Xfs => "XFS",
            FileSystem::Btrfs => "Btrfs",
        }
    }

    fn program(self) -> &'static str {
        match self {
            FileSystem::Ext => "e2fsck",
            FileSystem::Xfs => "xfs_repair",
            FileSystem::Btrfs => "btrfs",
        }
    }
}

/// How an image is checked.
#[derive(Debug, Clone)]
pub struct Checker {
    file_system: FileSystem,
    /// Where the file system begins in the image, in bytes.
    offset: u64,
    program: PathBuf,
    programs: Programs,
}

impl Checker {
    /// The check of the file system that is in this image: on the whole disk, or in its first partition, where the BOSH
    /// agent puts it.
    ///
    /// # Errors
    /// [`Kind::Unsupported`]: no known file system is there, or its program is not installed.
    pub(super) fn of(image: &Path, programs: &Programs) -> Result<Checker> {
        let unreadable =
            |error: io::Error| Error::because(Kind::Cpi, format!("{} cannot be read", image.display()), error);
        let file = File::open(image).map_err(unreadable)?;
        let Some((file_system, offset)) = find(&file).map_err(unreadable)? else {
            return Err(unsupported(
                "snapback finds no file system in it (it knows ext2 to ext4, XFS and Btrfs)".to_owned(),
            ));
        };
        let (name, program) = (file_system.name(), file_system.program());
        if offset > 0 && file_system != FileSystem::Ext {
            return Err(unsupported(format!("its {name} is in a partition, and {program} cannot look there")));
        }
        let program = programs
            .find(program)
            .ok_or_else(|| unsupported(format!("it has an {name} file system, and {program} is not installed")))?;
        Ok(Checker { file_system, offset, program, programs: programs.clone() })
    }

    pub(super) fn describe(&self) -> String {
        let place = if self.offset > 0 { ", first partition" } else { "" };
        format!("{} check ({}{place})", self.file_system.name(), self.program.display())
    }

    /// Checks the file system. Returns its damage in words, or `None` if it is sound. First replays a journal, as
    /// mounting it would: that writes to the image, so it must be that of a scratch disk.
    pub(super) fn check(&self, image: &Path) -> Result<Option<String>> {
        let target = match self.offset {
            0 => image.display().to_string(),
            offset => format!("{}?offset={offset}", image.display()),
        };
        match self.file_system {
            FileSystem::Ext => {
                // e2fsck(8): a sum of conditions; 1 is errors corrected, 4 errors left.
                const LEFT: i32 = 4;
                let replayed = self.run(&["-y", "-E", "journal_only", &target])?;
                if matches!(replayed.status, process::Ended::Signalled(_)) {
                    return Err(self.unable(&replayed));
                }
                if !matches!(replayed.status, process::Ended::Exited(0 | 1)) {
                    return Ok(Some(told("its journal cannot be replayed", &replayed)));
                }
                let found = self.run(&["-f", "-n", &target])?;
                match found.status {
                    process::Ended::Exited(0) => Ok(None),
                    process::Ended::Exited(code) if code & LEFT != 0 => Ok(Some(told("e2fsck finds errors", &found))),
                    _ => Err(self.unable(&found)),
                }
            }
            FileSystem::Xfs => {
                let found = self.run(&["-n", "-f", &target])?;
                match found.status {
                    process::Ended::Exited(0) => Ok(None),
                    // Data in the log are not in their place yet, and xfs_repair cannot replay a log.
                    _ if found.stderr_tail.contains("metadata changes in a log") => Err(unsupported(
                        "its log is not empty, and only a mount replays it: xfs_repair cannot tell".to_owned(),
                    )),
                    process::Ended::Exited(1) => Ok(Some(told("xfs_repair finds errors", &found))),
                    _ => Err(self.unable(&found)),
                }
            }
            FileSystem::Btrfs => {
                let found = self.run(&["check", "--readonly", &target])?;
                match found.status {
                    process::Ended::Exited(0) => Ok(None),
                    process::Ended::Exited(_) => Ok(Some(told("btrfs check finds errors", &found))),
                    process::Ended::Signalled(_) => Err(self.unable(&found)),
                }
            }
        }
    }

    fn run(&self, args: &[&str]) -> Result<Finished> {
        let call = Call {
            args: args.iter().map(|&arg| arg.to_owned()).collect(),
            env: vec![("PATH".to_owned(), self.programs.path.clone()), ("LC_ALL".to_owned(), "C".to_owned())],
            deadline: self.programs.deadline,
            stdout_limit: SAID,
            tail_limit: SAID,
            ..Call::new(&self.program)
        };
        let name = self.program.display();
        process::run(&call).map_err(|error| Error::because(Kind::Failed, format!("{name} did not end"), error))
    }

    fn unable(&self, finished: &Finished) -> Error {
        Error::new(Kind::Failed, told(&format!("{} could not look", self.program.display()), finished))
    }
}

fn unsupported(why: String) -> Error {
    Error::new(Kind::Unsupported, format!("the content of the snapshot cannot be looked at: {why}"))
        .hint("set snapback.hooks.verify: it gets the scratch disk's CID as SNAPBACK_HOOK_DISK, and its image")
}

/// One line with the first message of the program.
fn told(what: &str, finished: &Finished) -> String {
    let stdout = String::from_utf8_lossy(&finished.stdout).into_owned();
    let said = [stdout.trim(), finished.stderr_tail.trim()].into_iter().find(|said| !said.is_empty());
    let said: Vec<&str> = said.unwrap_or_default().lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let said: String = said.join("; ").chars().take(TOLD).collect();
    format!("{what} ({}): {said}", finished.status)
}

/// Whether an image has a known file system at its beginning.
pub(super) fn is_known(image: &Path) -> bool {
    File::open(image).is_ok_and(|file| matches!(find(&file), Ok(Some(_))))
}

/// The file system of an image, and where it begins.
fn find(file: &File) -> io::Result<Option<(FileSystem, u64)>> {
    if let Some(found) = at(file, 0)? {
        return Ok(Some((found, 0)));
    }
    match first_partition(file)? {
        None => Ok(None),
        Some(offset) => Ok(at(file, offset)?.map(|found| (found, offset))),
    }
}

/// The file system at an offset, by the magic numbers of the superblocks.
fn at(file: &File, offset: u64) -> io::Result<Option<FileSystem>> {
    let has =
        |at: u64, magic: &[u8]| Ok::<bool, io::Error>(read(file, offset.saturating_add(at), magic.len())? == magic);
    Ok(if has(1024 + 56, &[0x53, 0xef])? {
        Some(FileSystem::Ext)
    } else if has(0, b"XFSB")? {
        Some(FileSystem::Xfs)
    } else if has(0x1_0040, b"_BHRfS_M")? {
        Some(FileSystem::Btrfs)
    } else {
        None
    })
}

/// Where the first partition of an MBR or a GPT begins, in bytes.
fn first_partition(file: &File) -> io::Result<Option<u64>> {
    const PROTECTIVE: u8 = 0xee;
    if read(file, 510, 2)? != [0x55, 0xaa] {
        return Ok(None);
    }
    let kind = read(file, 446 + 4, 1)?;
    let sectors = if kind == [PROTECTIVE] {
        if read(file, SECTOR, 8)? != b"EFI PART" {
            return Ok(None);
        }
        number(&read(file, 2 * SECTOR + 32, 8)?)
    } else {
        number(&read(file, 446 + 8, 4)?)
    };
    Ok(Some(sectors).filter(|sectors| *sectors > 0).and_then(|sectors| sectors.checked_mul(SECTOR)))
}

/// A little-endian number.
fn number(bytes: &[u8]) -> u64 {
    bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte))
}

/// The bytes at an offset; empty if they are not all there.
fn read(file: &File, offset: u64, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    match file.read_exact_at(&mut bytes, offset) {
        Ok(()) => Ok(bytes),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(Vec::new()),
        Err(error) => Err(error),
    }
}
