//! What the Director does (`D` in their comments is bosh's `src/bosh-director/lib/bosh/director`).

pub mod attach_disk;
pub mod clean_up;
pub mod converge;
pub mod disks;
pub mod orphans;
pub mod resurrect;
pub mod scan;
pub mod snapshots;
pub mod transaction;
pub mod update_instance;
pub mod vms;

use crate::task::{Failure, Job};

/// Performs a task; gives its result.
pub fn perform(job: &mut Job) -> Result<String, Failure> {
    match job.task.kind.as_str() {
        "deploy" => converge::perform(job),
        "stop" | "start" if job.task.arguments["converge"] == true => converge::perform(job),
        "recreate" => update_instance::recreate(job),
        "delete-vm" => vms::delete_by_cid(job),
        "cloud-check" => scan::perform(job),
        "clean-up" => clean_up::all(job),
        "delete-disk" => clean_up::one(job),
        "orphan-cleanup" => clean_up::scheduled(job),
        "stop" => update_instance::stop(job),
        "start" => update_instance::start(job),
        "attach-disk" => attach_disk::perform(job),
        "take-snapshot" => snapshots::take(job),
        "resurrect" => resurrect::perform(job),
        "delete-snapshot" => snapshots::delete(job),
        other => panic!("no such job: {other}"),
    }
}
