//! Snapshots under load: each is of one instant.

use std::fs::{File, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use snapback::domain::snapshot::Consistency;

use super::Local;
use crate::conformance::Case;
use crate::support::loop_mount::{Fs, LoopMount};

const SNAPSHOTS: usize = 40;
/// The writer writes a number here, then there: in one instant there is never ahead, nor two behind.
const HERE: u64 = 4096;
const THERE: u64 = 60 << 20;

fn number(file: &File, offset: u64) -> u64 {
    let mut bytes = [0; 8];
    file.read_exact_at(&mut bytes, offset).unwrap();
    u64::from_le_bytes(bytes)
}

fn write_until(done: &AtomicBool, count: &AtomicU64, image: &Path) {
    let file = OpenOptions::new().write(true).open(image).unwrap();
    while !done.load(Ordering::Relaxed) {
        let next = count.load(Ordering::Relaxed) + 1;
        file.write_all_at(&next.to_le_bytes(), HERE).unwrap();
        file.write_all_at(&next.to_le_bytes(), THERE).unwrap();
        count.store(next, Ordering::Relaxed);
    }
}

#[test]
fn clones_under_load_are_of_one_instant() {
    for fs in Fs::ALL.into_iter().filter(|fs| fs.clones()) {
        let Some(mount) = LoopMount::new(fs, 320) else { continue };
        let local = Local::under(&mount.path());
        let case = Case::new(&local);
        let disk = case.disk(64);
        let image = local.disk_image(&disk);
        let (done, count) = (AtomicBool::new(false), AtomicU64::new(0));
        let mut distinct = std::collections::BTreeSet::new();
        std::thread::scope(|scope| {
            scope.spawn(|| write_until(&done, &count, &image));
            while count.load(Ordering::Relaxed) == 0 {
                std::thread::yield_now();
            }
            let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                for _ in 0..SNAPSHOTS {
                    let taken = case.take(&disk);
                    assert_eq!(taken.consistency, Consistency::Crash);
                    let path = local.root.join("snapshots").join(taken.cid.as_str()).join("disk.img");
                    let image = File::open(path).unwrap();
                    let (here, there) = (number(&image, HERE), number(&image, THERE));
                    assert!(here == there || here == there + 1, "{fs:?}: {here} here, {there} there");
                    distinct.insert(here);
                }
            }));
            done.store(true, Ordering::Relaxed);
            result.unwrap();
        });
        assert!(distinct.len() > SNAPSHOTS / 2, "{fs:?}: the writer wrote between the snapshots: {distinct:?}");
        eprintln!("{fs:?}: {SNAPSHOTS} of {SNAPSHOTS} snapshots under load are of one instant");
    }
}
