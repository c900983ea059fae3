//! Disks that a Director no longer lists: orphaned ones (`bosh clean-up --all` deletes them, with their snapshots), and those that
//! an instance had. Its word is not believed where the cloud still has the disk.

use std::collections::HashSet;

use crate::cpi::CpiErrorKind;
use crate::domain::findings::{Findings, OrphansTold};
use crate::domain::ids::{CpiName, DiskCid};
use crate::domain::instance::{Instance, ManagedBy};
use crate::error::Result;
use crate::ops::presence::{Presence, Thing};
use crate::ops::session::CpiSource;
use crate::state::Reader;

/// Disks that are gone.
type Gone = Vec<(CpiName, DiskCid)>;

/// The disks that are gone; and those that are not believed to be gone, each with the reason.
///
/// # Errors
/// Those of the state file.
pub(super) fn gone(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    says: &Findings,
) -> Result<(Gone, Vec<String>)> {
    if says.orphans_told == OrphansTold::Some {
        return Ok((Vec::new(), Vec::new()));
    }
    let in_use = says.all_instances().flat_map(|instance| &instance.disks).map(|disk| &disk.cid);
    let told: HashSet<&DiskCid> = says.orphans.iter().map(|disk| &disk.cid).chain(in_use).collect();
    let (mut gone, mut kept) = (Vec::new(), Vec::new());
    gone.extend(lost_by_an_instance(reader, cpis, presence, says, &told)?);
    for (disk, deployment) in reader.orphans_of_directors()? {
        if told.contains(&disk.cid) || says.orphans_told != OrphansTold::All && !says.whole.contains(&deployment) {
            continue;
        }
        // If the cloud cannot tell, the Director's word counts.
        let there = cpis.cpi(&disk.cpi).ok().map(|cpi| match cpi.has_disk(&disk.cid) {
            Ok(false) => presence.refuse_if_absent(reader, cpi.as_ref(), "has_disk", Thing::Disk).map(|()| false),
            told => told,
        });
        match there {
            Some(Ok(true)) => kept.push(format!(
                "the Director no longer lists the orphaned disk {}, and the cloud still has it: kept",
                disk.cid
            )),
            Some(Err(error)) if error.kind != CpiErrorKind::NotSupported => kept.push(format!(
                "the Director no longer lists the orphaned disk {}, and snapback cannot rely on the cloud's answer: \
                 kept ({error})",
                disk.cid
            )),
            Some(_) | None => gone.push((disk.cpi, disk.cid)),
        }
    }
    Ok((gone, kept))
}

/// The disks that instances of a Director had by its last word, which it lists nowhere, and which the cloud does not have, either.
fn lost_by_an_instance(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    says: &Findings,
    told: &HashSet<&DiskCid>,
) -> Result<Gone> {
    let mut gone = Vec::new();
    let is_told_of =
        |one: &Instance| one.managed_by == ManagedBy::Director && says.whole.contains(&one.name.deployment);
    for instance in reader.instances(None)?.into_iter().filter(is_told_of) {
        for disk in instance.disks.into_iter().filter(|disk| !told.contains(&disk.cid)) {
            let Ok(cpi) = cpis.cpi(&disk.cpi) else { continue };
            let is_gone = matches!(cpi.has_disk(&disk.cid), Ok(false));
            if is_gone && presence.refuse_if_absent(reader, cpi.as_ref(), "has_disk", Thing::Disk).is_ok() {
                gone.push((disk.cpi, disk.cid));
            }
        }
    }
    Ok(gone)
}
