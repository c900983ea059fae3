//! Separate file systems for a test: an image, mounted through a loop device, unmounted on drop.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

/// The kind of file system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fs {
    Ext4,
    Xfs,
    Btrfs,
}

impl Fs {
    pub const ALL: [Fs; 3] = [Fs::Ext4, Fs::Xfs, Fs::Btrfs];

    /// True if `FICLONE` works.
    pub fn clones(self) -> bool {
        self != Fs::Ext4
    }

    fn mkfs(self) -> &'static [&'static str] {
        match self {
            Fs::Ext4 => &["mkfs.ext4", "-q", "-F", "-m", "0"],
            Fs::Xfs => &["mkfs.xfs", "-q", "-f", "-m", "reflink=1"],
            Fs::Btrfs => &["mkfs.btrfs", "-q", "-f"],
        }
    }
}

/// A mounted image.
pub struct LoopMount {
    dir: TempDir,
}

static SKIPPED: AtomicUsize = AtomicUsize::new(0);

/// Reports that something was not tested, and counts it. With `CI` set that is a failure.
pub fn skip(what: &str) {
    assert!(std::env::var_os("CI").is_none(), "CI must be able to test this: {what}");
    let count = SKIPPED.fetch_add(1, Ordering::SeqCst) + 1;
    eprintln!("skipped: {what} ({count} so far)");
}

/// Runs a command; an error names it, with the end of its output.
pub fn run(words: &[&str]) -> Result<String, String> {
    let output = Command::new(words[0]).args(&words[1..]).output().map_err(|error| format!("{}: {error}", words[0]))?;
    if output.status.success() {
        Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    } else {
        Err(format!("{}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim()))
    }
}

impl LoopMount {
    /// A fresh file system, or `None` (see [`skip`]) if this machine cannot mount one.
    pub fn new(fs: Fs, mib: u64) -> Option<Self> {
        match Self::mount(fs, mib) {
            Ok(mount) => Some(mount),
            Err(why) => {
                skip(&format!("{fs:?} on a loop device: {why}"));
                None
            }
        }
    }

    fn mount(fs: Fs, mib: u64) -> Result<Self, String> {
        let mount = LoopMount { dir: tempfile::tempdir().unwrap() };
        let image = mount.dir.path().join("image");
        std::fs::File::create(&image).unwrap().set_len(mib << 20).unwrap();
        std::fs::create_dir(mount.path()).unwrap();
        let (image, path) = (image.to_str().unwrap(), mount.path());
        run(&[fs.mkfs(), &[image]].concat())?;
        run(&["mount", "-o", "loop", image, path.to_str().unwrap()])?;
        Ok(mount)
    }

    /// Its mount point.
    pub fn path(&self) -> PathBuf {
        self.dir.path().join("mounted")
    }
}

impl Drop for LoopMount {
    fn drop(&mut self) {
        let path = self.path();
        let is_mounted = |path: &Path| {
            std::fs::read_to_string("/proc/mounts").is_ok_and(|mounts| mounts.contains(path.to_str().unwrap_or("?")))
        };
        if is_mounted(&path) && run(&["umount", path.to_str().unwrap_or_default()]).is_err() {
            // A failed test may have left something open; the kernel ends the mount with it.
            let _ = run(&["umount", "--lazy", path.to_str().unwrap_or_default()]);
        }
    }
}
