//! The bytes of an image: cloned if the file system can do that, else copied without filling holes.

use std::fs::File;
use std::io;
use std::num::NonZeroU64;
use std::os::unix::fs::FileExt;

use rustix::fs::{Advice, SeekFrom};
use rustix::io::Errno;

/// The bytes that are copied at a time. Big enough that a system call costs little beside it, small enough that what
/// was read is still in the processor's cache when it is written: 1 MiB takes three times as long.
const CHUNK: usize = 256 << 10;
/// How many bytes are copied before the kernel is told to write them. Left to the end, the disk idles during the copy,
/// and the fsync takes as long again.
const BATCH: u64 = 32 << 20;
/// The size of a block in bytes: file systems allocate at least this.
const BLOCK: usize = 4096;
static ZEROS: [u8; BLOCK] = [0; BLOCK];

/// Lets `target` share all of `source`'s bytes, as of one instant. False if the file system cannot.
pub(super) fn clone(source: &File, target: &File) -> io::Result<bool> {
    match rustix::fs::ioctl_ficlone(target, source) {
        Ok(()) => Ok(true),
        Err(Errno::OPNOTSUPP | Errno::NOTTY | Errno::INVAL | Errno::XDEV | Errno::NOSYS) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Why a copy stopped before its end.
#[derive(Debug)]
pub(super) enum CopyError<S> {
    Read(io::Error),
    Write(io::Error),
    /// `between` said so.
    Stopped(S),
}

/// Copies the first `size` bytes of `source` into the empty `target`, and calls `between` before each chunk, with where it begins.
///
/// `copy_file_range` over the whole file would fill holes on ext4, and within segments it is no faster than
/// reading and writing, which can leave out blocks of zeros too.
pub(super) fn copy<S>(
    source: &File,
    target: &File,
    size: u64,
    mut between: impl FnMut(u64) -> Result<(), S>,
) -> Result<(), CopyError<S>> {
    target.set_len(size).map_err(CopyError::Write)?;
    let mut buffer = vec![0; CHUNK];
    let mut at = 0;
    let mut begun = 0;
    while let Some((start, end)) = segment(source, at, size).map_err(CopyError::Read)? {
        at = start;
        while at < end {
            between(at).map_err(CopyError::Stopped)?;
            let wanted = usize::try_from(end - at).map_or(CHUNK, |rest| rest.min(CHUNK));
            match source.read_at(&mut buffer[..wanted], at) {
                Ok(0) => return Ok(()),
                Ok(read) => {
                    write_sparsely(target, &buffer[..read], at).map_err(CopyError::Write)?;
                    at += read as u64;
                    if at - begun >= BATCH {
                        begin_writing(target, begun, at);
                        begun = at;
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(CopyError::Read(error)),
            }
        }
    }
    Ok(())
}

/// Best effort: the fsync at the end counts, and reports what failed here.
fn begin_writing(target: &File, from: u64, to: u64) {
    // Linux begins to write the dirty pages of a range that it is told to forget, and keeps them until then.
    let _ = rustix::fs::fadvise(target, from, NonZeroU64::new(to - from), Advice::DontNeed);
}

/// The next stretch of data from `at` on.
fn segment(file: &File, at: u64, size: u64) -> io::Result<Option<(u64, u64)>> {
    if at >= size {
        return Ok(None);
    }
    let start = match rustix::fs::seek(file, SeekFrom::Data(at)) {
        Ok(start) => start,
        Err(Errno::NXIO) => return Ok(None),
        // A file system that cannot tell has data everywhere.
        Err(Errno::INVAL | Errno::OPNOTSUPP) => return Ok(Some((at, size))),
        Err(error) => return Err(error.into()),
    };
    if start >= size {
        return Ok(None);
    }
    let end = rustix::fs::seek(file, SeekFrom::Hole(start))?.min(size);
    Ok(Some((start, end)))
}

fn write_sparsely(target: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    let mut run = 0;
    let mut position = 0;
    for block in bytes.chunks(BLOCK) {
        if *block == ZEROS[..block.len()] {
            target.write_all_at(&bytes[run..position], at + run as u64)?;
            run = position + block.len();
        }
        position += block.len();
    }
    target.write_all_at(&bytes[run..], at + run as u64)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt;

    use super::*;

    fn copied(fill: impl Fn(&File)) -> (File, File) {
        let (source, target) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        fill(&source);
        let size = source.metadata().unwrap().len();
        copy(&source, &target, size, |_| Ok::<(), ()>(())).unwrap();
        let (mut expected, mut found) = (vec![0; size as usize], vec![1; size as usize]);
        source.read_exact_at(&mut expected, 0).unwrap();
        target.read_exact_at(&mut found, 0).unwrap();
        assert!(expected == found);
        assert_eq!(target.metadata().unwrap().len(), size);
        (source, target)
    }

    #[test]
    fn each_byte_arrives_and_each_hole_stays() {
        let (_, target) = copied(|file| {
            file.set_len(64 << 20).unwrap();
            file.write_all_at(&[7; 5000], 0).unwrap();
            file.write_all_at(&vec![9; (3 << 20) + 17], (20 << 20) + 333).unwrap();
            file.write_all_at(b"end", (64 << 20) - 3).unwrap();
        });
        assert!(target.metadata().unwrap().blocks() * 512 < 4 << 20);
    }

    #[test]
    fn written_zeros_become_holes() {
        let (source, target) = copied(|file| {
            file.write_all_at(&vec![0; 8 << 20], 0).unwrap();
            file.write_all_at(b"x", (4 << 20) + 1).unwrap();
        });
        assert!(source.metadata().unwrap().blocks() * 512 >= 8 << 20);
        assert!(target.metadata().unwrap().blocks() * 512 <= 64 << 10);
    }

    #[test]
    fn an_empty_file_and_an_odd_tail() {
        copied(|_| ());
        copied(|file| file.write_all_at(&vec![3; CHUNK + BLOCK + 1], 0).unwrap());
        copied(|file| file.write_all_at(&vec![0; CHUNK + 1], 0).unwrap());
    }

    #[test]
    fn a_refusal_between_chunks_ends_the_copy() {
        let (source, target) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
        source.write_all_at(&vec![1; 3 * CHUNK], 0).unwrap();
        let mut chunks = 0;
        let result = copy(&source, &target, 3 * CHUNK as u64, |_| {
            chunks += 1;
            if chunks == 3 { Err("stop") } else { Ok(()) }
        });
        assert!(matches!(result, Err(CopyError::Stopped("stop"))));
        let mut third = [1];
        target.read_exact_at(&mut third, 2 * CHUNK as u64).unwrap();
        assert_eq!(third, [0]);
    }
}
