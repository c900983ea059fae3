//! Repairs the state file after `check`: adopts a snapshot that only the cloud has, and forgets things that the cloud
//! has lost. Each repair asks the cloud again and is journalled; nothing in a cloud changes.

use std::collections::BTreeSet;

use super::back::is_back;
use super::forget::{Lost, refused, to_forget};
use crate::cpi::{CloudSnapshot, SnapshotState};
use crate::domain::findings::Findings;
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Disk, Instance, ManagedBy};
use crate::domain::look_for::snapshot_deleted;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::snapshot::{Metadata, OPERATION_KEY, Owner, Purpose, Snapshot};
use crate::domain::step::{Fact, Outcome, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::elsewhere::refuse_if_elsewhere;
use crate::ops::perform::{Run, conclude, note};
use crate::ops::presence::{Presence, Thing};
use crate::ops::session::{CpiSource, Session};
use crate::ops::settle::SKEW;
use crate::state::Reader;

/// One repair.
#[derive(Debug, Clone)]
pub enum Repair {
    /// Record a snapshot that only the cloud has.
    Adopt(Box<Snapshot>),
    /// Restore the record of a snapshot that was thought gone, and that the cloud lists as the very same one.
    TakeBack(Box<Snapshot>),
    /// Remove the record of a snapshot that the cloud no longer has.
    ForgetSnapshot(Box<Snapshot>),
    /// Remove the record of an orphaned disk that the cloud no longer has.
    ForgetDisk(Box<Disk>),
}

impl Repair {
    /// The step that records it.
    pub fn step(&self) -> Step {
        match self {
            Repair::Adopt(snapshot) | Repair::TakeBack(snapshot) => {
                Step::AdoptSnapshot { cpi: snapshot.cpi.clone(), snapshot: (**snapshot).clone() }
            }
            Repair::ForgetSnapshot(snapshot) => {
                Step::ForgetSnapshot { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() }
            }
            Repair::ForgetDisk(disk) => Step::ForgetDisk { cpi: disk.cpi.clone(), disk: disk.cid.clone() },
        }
    }

    fn outcome(&self) -> Outcome {
        match self {
            Repair::TakeBack(snapshot) => {
                Outcome::done().with(Fact::SnapshotBack { cpi: snapshot.cpi.clone(), snapshot: snapshot.cid.clone() })
            }
            _ => self.step().happened(),
        }
    }

    fn claim(&self) -> Claim {
        let resource = match self {
            Repair::Adopt(snapshot) | Repair::TakeBack(snapshot) | Repair::ForgetSnapshot(snapshot) => {
                Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone())
            }
            Repair::ForgetDisk(disk) => Resource::Disk(disk.cpi.clone(), disk.cid.clone()),
        };
        Claim::exclusive(resource)
    }
}

/// Looks what can be put right, each by what its cloud says now; `adopt` comes with the Director's lists, if it was asked.
///
/// # Errors
/// A CID for which the repair does not fit, with the reason; the errors of the CPI and the state file.
pub fn plan(
    reader: &Reader,
    cpis: &dyn CpiSource,
    adopt: (&[SnapshotCid], Option<&Findings>),
    forget: &[String],
) -> Result<Vec<Repair>> {
    let mut repairs = Vec::new();
    let (adopt, director) = adopt;
    for cid in adopt {
        repairs.push(to_adopt(reader, cpis, director, cid)?);
    }
    for cid in forget {
        repairs.push(match to_forget(reader, cpis, cid)? {
            Lost::Snapshot(snapshot) => Repair::ForgetSnapshot(snapshot),
            Lost::Disk(disk) => Repair::ForgetDisk(disk),
        });
    }
    Ok(repairs)
}

/// Refuses to forget things that may be in another cloud than the one that was asked.
///
/// # Errors
/// As [`refuse_if_elsewhere`]. A disk that is forgotten as well is not a witness, and neither is one that BOSH deletes
/// with its own snapshots.
pub fn refuse_elsewhere(reader: &Reader, cpis: &dyn CpiSource, presence: &Presence, repairs: &[Repair]) -> Result<()> {
    let goes = |cid: &DiskCid| repairs.iter().any(|one| matches!(one, Repair::ForgetDisk(disk) if disk.cid == *cid));
    for repair in repairs {
        match repair {
            Repair::ForgetSnapshot(snapshot)
                if snapshot.owner == Owner::Director || snapshot.disk.as_ref().is_some_and(goes) =>
            {
                let cpi = cpis.cpi(&snapshot.cpi)?;
                presence.refuse_if_absent(reader, cpi.as_ref(), "check", Thing::Snapshot)?;
            }
            Repair::ForgetSnapshot(snapshot) => {
                let cpi = cpis.cpi(&snapshot.cpi)?;
                refuse_if_elsewhere(presence, reader, cpi.as_ref(), "check", &snapshot.cid)?;
            }
            Repair::ForgetDisk(disk) => {
                presence.refuse_if_absent(reader, cpis.cpi(&disk.cpi)?.as_ref(), "check", Thing::AnyDisk)?;
            }
            Repair::Adopt(_) | Repair::TakeBack(_) => {}
        }
    }
    Ok(())
}

/// Makes the repairs, as one operation.
///
/// # Errors
/// Another operation's claim; the errors of the state file.
pub fn repair(session: &Session<'_>, repairs: &[Repair]) -> Result<OperationId> {
    let operation = session.begin(Verb::Check, repairs.iter().map(Repair::claim).collect(), None)?;
    let id = operation.id().clone();
    for repair in repairs {
        let run = Run { session, operation: &operation, verb: Verb::Check };
        if let Err(failed) = note(run, &repair.step(), repair.outcome()) {
            return Err(failed.error.try_command("snapback recover"));
        }
    }
    let summary = format!("{} put right", repairs.len());
    conclude(session, operation, Verb::Check.name(), OperationState::Done, Some(summary))?;
    Ok(id)
}

fn to_adopt(reader: &Reader, cpis: &dyn CpiSource, director: Option<&Findings>, cid: &SnapshotCid) -> Result<Repair> {
    if !reader.snapshots_by_cid(cid)?.is_empty() {
        return Err(refused(format!("snapshot {cid} is known already")).try_command("snapback snapshots"));
    }
    let instances = reader.instances(None)?;
    let disks = reader.disks(None, None)?;
    let names: BTreeSet<CpiName> = reader.cpis()?.into_iter().collect();
    for name in &names {
        let cpi = cpis.cpi(name)?;
        if !cpi.capabilities().list_snapshots {
            continue;
        }
        let listed = cpi.list_snapshots(&Metadata::new())?.into_iter().find(|listed| listed.cid == *cid);
        let Some(listed) = listed else { continue };
        let disk = disks.iter().find(|disk| disk.cid == listed.disk && disk.cpi == *name);
        let back = is_back(reader, name, &listed)?.filter(|_| listed.state == SnapshotState::Ready);
        return match (adopted(reader, &instances, director, (disk, name), listed), back) {
            // Only the row tells about an instance that is gone.
            (Err(error), Some(back)) if error.kind() != Kind::Locked => Ok(Repair::TakeBack(Box::new(back))),
            (adopted, _) => new_or_back(reader, adopted?),
        };
    }
    Err(Error::new(Kind::NotFound, format!("no cloud lists a snapshot {cid}"))
        .hint("only a CPI that lists snapshots can have one adopted; nothing was changed"))
}

/// The snapshot to record. A known CID counts as the same snapshot only if everything that is known of it is the same.
fn new_or_back(reader: &Reader, found: Snapshot) -> Result<Repair> {
    let Some(known) = reader.known_as(&found.cpi, found.cid.as_str())? else {
        return Ok(Repair::Adopt(Box::new(found)));
    };
    let same = reader.gone_snapshot(&found.cpi, &found.cid)?.filter(|gone| {
        gone.disk == found.disk
            && gone.instance == found.instance
            && (found.operation.is_none() || gone.operation == found.operation)
            && (found.created_at - gone.created_at).abs() <= SKEW
    });
    match same {
        Some(gone) => Ok(Repair::TakeBack(Box::new(gone))),
        None => Err(refused(format!("{} is already known as something else: {known}", found.cid))
            .hint("the cloud has given its CID twice; look at both before you delete one")
            .try_command("snapback snapshots --wide")),
    }
}

fn adopted(
    reader: &Reader,
    instances: &[Instance],
    director: Option<&Findings>,
    (disk, cpi): (Option<&Disk>, &CpiName),
    listed: CloudSnapshot,
) -> Result<Snapshot> {
    let cid = &listed.cid;
    match listed.state {
        SnapshotState::Ready => {}
        SnapshotState::Pending => {
            return Err(refused(format!("snapshot {cid} is not ready yet")).try_command("snapback check"));
        }
        SnapshotState::Failed | SnapshotState::Missing => {
            let error = refused(format!("snapshot {cid} is damaged in the cloud: no disk can be made from it"));
            return Err(match snapshot_deleted(cpi, cid) {
                Some(command) => error.hint(format!("delete it in the cloud: {command}")),
                None => error.hint("delete it in the cloud"),
            });
        }
    }
    let said = |key: &str| listed.metadata.get(key).map(String::as_str);
    let by_metadata = || {
        instances.iter().map(|instance| &instance.name).find(|name| {
            said("deployment") == Some(&name.deployment)
                && said("job") == Some(&name.group)
                && said("index") == Some(&name.index.to_string())
        })
    };
    // The UUID identifies an instance; without one, snapback uses its name.
    let uuid = said("instance_id").filter(|id| uuid::Uuid::try_parse(id).is_ok());
    let by_uuid = || {
        let same = |instance: &&Instance| {
            instance.uuid.as_deref().zip(uuid).is_some_and(|(one, said)| one.eq_ignore_ascii_case(said))
        };
        instances.iter().find(same).map(|instance| &instance.name)
    };
    let name = by_uuid().or_else(|| disk.and_then(|disk| disk.instance.as_ref())).or_else(by_metadata);
    let name = name.ok_or_else(|| {
        refused(format!(
            "snapback cannot tell which instance snapshot {cid} is of: it does not know its disk {}",
            listed.disk
        ))
        .hint("import its instance first:")
        .try_command("snapback import inventory.yml")
    })?;
    let by = said(OPERATION_KEY).map(OperationId::new);
    let operation = match &by {
        None => None,
        Some(id) => reader.operations_by_prefix(id.as_str())?.into_iter().find(|operation| operation.id == *id),
    };
    if let Some(pending) = operation.as_ref().filter(|operation| operation.state == OperationState::Pending) {
        return Err(Error::new(
            Kind::Locked,
            format!("snapshot {cid} is of operation {}, which has not ended", pending.id),
        )
        .try_command(format!("snapback recover {}", pending.id)));
    }
    let directors =
        instances.iter().any(|instance| instance.name == *name && instance.managed_by == ManagedBy::Director);
    let is_not_the_directors = director.is_some_and(|says| says.whole.contains(&name.deployment) && !says.lists(cid));
    if directors && by.is_none() && !is_not_the_directors {
        return Err(refused(format!("{name} is managed by a Director, and snapshot {cid} may be the Director's"))
            .hint("to import what the Director lists:")
            .try_command("snapback import --from-bosh"));
    }
    let safety = operation.as_ref().is_some_and(|operation| matches!(operation.verb, Verb::Restore | Verb::Undo));
    Ok(Snapshot {
        cid: listed.cid.clone(),
        cpi: cpi.clone(),
        disk: Some(listed.disk),
        instance: name.clone(),
        az: disk.and_then(|disk| disk.az.clone()),
        owner: Owner::Snapback,
        purpose: if safety { Purpose::Safety } else { Purpose::Take },
        created_at: listed.created_at,
        clean: false,
        consistency: listed.consistency,
        size_mib: listed.size_mib,
        note: Some("adopted".to_owned()),
        operation: operation.map(|operation| operation.id),
        verified_at: None,
        instance_uuid: uuid.map(str::to_owned),
        time_untrusted: false,
        unsound_at: None,
        lifespan: None,
        expires_at: None,
        held: None,
        schedule: None,
        change: None,
        still_ms: None,
        of_another: false,
    })
}
