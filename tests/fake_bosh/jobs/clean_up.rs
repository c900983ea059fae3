//! Orphaned disks go (D/orphan_disk_manager.rb:90; D/jobs/scheduled_orphaned_disk_cleanup.rb; D/cleanup_artifact_manager.rb).

use serde_json::json;

use crate::task::{Failure, Job};
use crate::world::OrphanDisk;

/// Every half hour: orphans older than so many days; those that fail are counted, and are tried again the next time.
pub fn scheduled(job: &mut Job) -> Result<String, Failure> {
    let days = job.task.arguments["days"].as_i64().unwrap();
    let world = job.home.read();
    let before = world.now() - chrono::Duration::days(days);
    let old: Vec<OrphanDisk> = world.orphan_disks.into_iter().filter(|orphan| orphan.orphaned_at < before).collect();
    remove(job, &old, &format!("older than {before}"))
}

/// `clean-up --all`: all orphans, whatever their age. Without `--all`, none.
pub fn all(job: &mut Job) -> Result<String, Failure> {
    let orphans = if job.task.arguments["all"] == true { job.home.read().orphan_disks } else { Vec::new() };
    remove(job, &orphans, "")
}

/// `delete-disk CID`
pub fn one(job: &mut Job) -> Result<String, Failure> {
    let orphans = job.home.read().orphan_disks.into_iter();
    let meant: Vec<OrphanDisk> = orphans.filter(|orphan| job.task.arguments["cid"] == orphan.cid.as_str()).collect();
    remove(job, &meant, "")
}

fn remove(job: &mut Job, orphans: &[OrphanDisk], which: &str) -> Result<String, Failure> {
    job.begin_stage("Deleting orphan disks");
    let mut failed = 0;
    for orphan in orphans {
        let gone = job.track(&orphan.cid, || Ok(delete(job, orphan).is_ok()))?;
        failed += usize::from(!gone);
    }
    let deleted = orphans.len() - failed;
    let output = format!("Deleted {deleted} orphaned disk(s) {which}. Failed to delete {failed} disk(s).");
    if failed > 0 { Err(output.into()) } else { Ok(output) }
}

/// orphan_disk_manager.rb:127: first its snapshots. Where one of those fails the disk stays; that a *disk* is not found is
/// forgiven, that a snapshot is not is no such thing on many CPIs.
fn delete(job: &Job, orphan: &OrphanDisk) -> Result<(), Failure> {
    let gone = |error: &crate::cloud::CloudError| error.kind == "Bosh::Clouds::DiskNotFound";
    let mut failed = 0;
    for snapshot in &orphan.snapshots {
        match job.cloud.call("delete_snapshot", json!([snapshot.cid])) {
            Err(error) if !gone(&error) => failed += 1,
            _ => job.home.change(|world| {
                let orphan = world.orphan_disks.iter_mut().find(|other| other.cid == orphan.cid).unwrap();
                orphan.snapshots.retain(|other| other.cid != snapshot.cid);
            }),
        }
    }
    if failed > 0 {
        return Err(format!("Failed to delete {failed} snapshot(s) of disk {}", orphan.cid).into());
    }
    match job.cloud.call("delete_disk", json!([orphan.cid])) {
        Err(error) if !gone(&error) => Err(error.into()),
        _ => {
            job.home.change(|world| world.orphan_disks.retain(|other| other.cid != orphan.cid));
            Ok(())
        }
    }
}
