//! What the Director does (`D` in their comments is bosh's `src/bosh-director/lib/bosh/director`).

pub mod attach_disk;
pub mod disks;
pub mod orphans;
pub mod resurrect;
pub mod snapshots;
pub mod transaction;
pub mod update_instance;
pub mod vms;

use crate::task::{Failure, Job};

/// Performs a task; gives its result.
pub fn perform(job: &mut Job) -> Result<String, Failure> {
    match job.task.kind.as_str() {
        "stop" => update_instance::stop(job),
        "start" => update_instance::start(job),
        "attach-disk" => attach_disk::perform(job),
        "take-snapshot" => snapshots::take(job),
        "resurrect" => resurrect::perform(job),
        "delete-snapshot" => snapshots::delete(job),
        other => panic!("no such job: {other}"),
    }
}
