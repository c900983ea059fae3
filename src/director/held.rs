//! The content of pipes on create-env's command line (`-o <(...)`). A pipe can be read only once, but three readers
//! need it: the plan, the second look, and create-env. So snapback holds the content in memory, under a path that each
//! of them opens anew. None of it is written to a disk.

use std::fs::{self, File};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::os::unix::fs::FileTypeExt;
use std::sync::Arc;

use rustix::fs::MemfdFlags;
use rustix::io::{FdFlags, fcntl_setfd};

use crate::domain::create_env_line::CreateEnvLine;
use crate::error::{Error, Kind, Result};

/// The most bytes of a pipe; no such file has more.
const MOST: u64 = 16 << 20;

/// The contents of pipes, which exist as long as this value.
#[derive(Clone, Default)]
pub(super) struct Held(Arc<Vec<File>>);

impl Held {
    /// Reads each pipe of the command line to its end, and replaces it by a path to its content.
    ///
    /// # Errors
    /// A pipe cannot be read, is in the place of a file that must not be a pipe, or has too much in it.
    pub(super) fn of(line: &mut CreateEnvLine) -> Result<Held> {
        let mut held = Vec::new();
        for (option, path) in line.files() {
            if !fs::metadata(&path).is_ok_and(|meta| meta.file_type().is_fifo() || meta.file_type().is_socket()) {
                continue;
            }
            if ["the manifest", "state", "vars-store", "config"].contains(&option) {
                return Err(Error::new(Kind::Usage, format!("the command after `--` gives a pipe for {option}"))
                    .hint("this one must be a file: name one (ops files and variables may come from pipes)"));
            }
            let failed = |error| Error::because(Kind::Usage, format!("the pipe of {option} cannot be read"), error);
            let file = content(&path).map_err(failed)?;
            line.replace_file(&path, &format!("/dev/fd/{}", file.as_raw_fd()));
            held.push(file);
        }
        Ok(Held(Arc::new(held)))
    }

    /// Sets whether children that are started from now on can open them, too.
    pub(super) fn set_inherited(&self, inherited: bool) {
        let flags = if inherited { FdFlags::empty() } else { FdFlags::CLOEXEC };
        for file in self.0.iter() {
            // It cannot fail for an open file; if it did, create-env would say what it cannot read.
            let _ = fcntl_setfd(file, flags);
        }
    }
}

fn content(path: &str) -> std::io::Result<File> {
    let mut text = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut text)?;
    if text.len() as u64 > MOST {
        return Err(std::io::Error::other(format!("it has more than {} MiB", MOST >> 20)));
    }
    let mut file = File::from(rustix::fs::memfd_create("create-env", MemfdFlags::CLOEXEC)?);
    file.write_all(&text)?;
    Ok(file)
}
