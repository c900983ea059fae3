//! Compares the snapshots in the clouds with the known ones.

use std::collections::{HashMap, HashSet};

use super::advice::{ASK, IMPORT};
use super::back::is_back;
use super::cloud::Asking;
use super::finding::Finding;
use crate::cpi::{CloudSnapshot, SnapshotState};
use crate::domain::ids::{OperationId, SnapshotCid};
use crate::domain::instance::{DiskState, ManagedBy};
use crate::domain::look_for::snapshot_deleted;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Metadata, OPERATION_KEY, Owner, Snapshot};
use crate::error::Result;
use crate::ops::presence::Thing;

impl Asking<'_> {
    pub(super) fn snapshots(&mut self) -> Result<()> {
        let known = self.known;
        let own: Vec<&Snapshot> = known.snapshots.iter().filter(|snapshot| snapshot.cpi == *self.name).collect();
        let can = self.cpi.capabilities();
        if can.list_snapshots {
            let listed =
                self.ask("list_snapshots", "the list of snapshots", |cpi| Ok(cpi.list_snapshots(&Metadata::new())?));
            if let Some(listed) = listed {
                return self.compare_lists(&own, &listed);
            }
        }
        if own.is_empty() {
            return Ok(());
        }
        if !can.describe_snapshots {
            self.cannot.insert("describe_snapshot", own.len());
            self.found.extend(own.into_iter().filter_map(unsound));
            return Ok(());
        }
        for snapshot in own {
            let about = format!("snapshot {}", snapshot.cid);
            let status = self.ask("describe_snapshot", &about, |cpi| Ok(cpi.describe_snapshot(&snapshot.cid)?));
            if let Some(status) = status {
                self.state_of(snapshot, status.state)?;
            }
        }
        Ok(())
    }

    fn compare_lists(&mut self, own: &[&Snapshot], listed: &[CloudSnapshot]) -> Result<()> {
        let there: HashMap<&SnapshotCid, SnapshotState> = listed.iter().map(|one| (&one.cid, one.state)).collect();
        for snapshot in own {
            self.state_of(snapshot, there.get(&snapshot.cid).copied().unwrap_or(SnapshotState::Missing))?;
        }
        let known: HashSet<&SnapshotCid> = own.iter().map(|snapshot| &snapshot.cid).collect();
        for stranger in listed.iter().filter(|one| !known.contains(&one.cid)) {
            self.stranger(stranger)?;
        }
        Ok(())
    }

    fn state_of(&mut self, snapshot: &Snapshot, state: SnapshotState) -> Result<()> {
        if state != SnapshotState::Missing {
            self.there.insert(Thing::Snapshot);
        }
        let (cid, name) = (&snapshot.cid, &snapshot.instance);
        if state == SnapshotState::Missing && self.snapshot_is_in_change(snapshot)? {
            return Ok(());
        }
        let finding = match (state, snapshot.owner) {
            (SnapshotState::Ready | SnapshotState::Pending, _) => {
                self.found.extend(unsound(snapshot));
                return Ok(());
            }
            (SnapshotState::Missing, Owner::Director) if self.known.is_of_orphan(snapshot) => Finding::problem(
                "snapshot_gone",
                cid,
                format!("the cloud no longer has this snapshot of {name}: BOSH deletes its own with an orphaned disk"),
                format!("snapback check --forget {}", quoted(cid.as_str())),
            ),
            (SnapshotState::Missing, Owner::Director) => Finding::problem(
                "snapshot_gone",
                cid,
                format!(
                    "the cloud no longer has this snapshot of {name}, and the Director lists it. Some CPIs fail to delete what is \
                     gone: then only the Director's database can forget it"
                ),
                deletion(snapshot, Owner::Director),
            ),
            (SnapshotState::Missing, Owner::Snapback) => Finding::problem(
                "snapshot_gone",
                cid,
                format!("the cloud no longer has this snapshot of {name}"),
                format!("snapback check --forget {}", quoted(cid.as_str())),
            ),
            (SnapshotState::Failed, owner) => {
                let message = format!("this snapshot of {name} is damaged in the cloud: no disk can be made from it");
                Finding::problem("snapshot_failed", cid, message, deletion(snapshot, owner))
            }
        };
        self.found.push(finding.of(&name.deployment));
        Ok(())
    }

    /// The finding for a snapshot that only the cloud has. Others may use the same cloud, so it is reported only if its
    /// disk is known, or if it says that it is of this Director.
    fn stranger(&mut self, listed: &CloudSnapshot) -> Result<()> {
        let known = self.known;
        let of = known.all_disks.iter().find(|disk| disk.cid == listed.disk && disk.cpi == *self.name);
        let says = listed.metadata.get("director_uuid") == Some(&known.director_uuid);
        if let Some(back) = is_back(self.reader, self.name, listed)? {
            return self.back(&back, listed.state);
        }
        if of.is_none() && !says {
            return Ok(());
        }
        let name = of.and_then(|disk| disk.instance.as_ref());
        if self.is_being_made(&listed.cid, &listed.disk, name)? {
            return Ok(());
        }
        let of_deployment = known.instances.iter().any(|instance| name == Some(&instance.name));
        if name.is_some() && !of_deployment && known.instances.len() < known.all_instances.len() {
            return Ok(());
        }
        let is_own = listed.metadata.contains_key(OPERATION_KEY);
        let directors = name.is_some_and(|name| {
            known
                .all_instances
                .iter()
                .any(|instance| instance.name == *name && instance.managed_by == ManagedBy::Director)
        });
        let (message, cid) =
            (format!("only the cloud has this snapshot of disk {}", listed.disk), quoted(listed.cid.as_str()));
        let orphaned = of.is_some_and(|disk| disk.state == DiskState::Orphaned);
        let finding = |message, next| Finding::problem("snapshot_unknown", &listed.cid, message, next);
        let finding = match directors && !is_own {
            // For example one that `bosh stop` took: no list of the Director has it any more.
            true if orphaned => finding(
                format!("{message}, which is orphaned: BOSH deletes both together, and no longer lists it"),
                "snapback disks --orphaned".to_owned(),
            )
            .only_told(),
            true => match known.director.map(|says| says.lists(&listed.cid)) {
                None => finding(message, ASK.to_owned()),
                Some(true) => finding(message, IMPORT.to_owned()),
                // Another hand's, or of before the Director went back to an old database.
                Some(false) => finding(
                    format!("{message}: the Director does not list it, either"),
                    format!("snapback check --from-bosh --adopt {cid}"),
                ),
            },
            false => match listed.state {
                SnapshotState::Ready | SnapshotState::Missing => match self.made_by(listed)? {
                    Some(operation) => finding(
                        format!("{message}; operation {operation} made it, and has not ended"),
                        format!("snapback recover {operation}"),
                    ),
                    None => finding(message, format!("snapback check --adopt {cid}")),
                },
                SnapshotState::Pending => {
                    finding(format!("{message}, and it is not ready yet"), "snapback check".to_owned()).only_told()
                }
                SnapshotState::Failed => finding(
                    format!("{message}, and it is damaged: no disk can be made from it, so delete it in the cloud"),
                    snapshot_deleted(self.name, &listed.cid).unwrap_or_else(|| "snapback check".to_owned()),
                ),
            },
        };
        self.found.push(match name {
            Some(name) => finding.of(&name.deployment),
            None => finding,
        });
        Ok(())
    }

    /// The operation that made it, if that has not ended: only `recover` takes it in then.
    fn made_by(&self, listed: &CloudSnapshot) -> Result<Option<OperationId>> {
        let Some(by) = listed.metadata.get(OPERATION_KEY) else { return Ok(None) };
        let pending = self.reader.pending_operations()?;
        Ok(pending.into_iter().map(|operation| operation.id).find(|id| id.as_str() == by))
    }
}

/// The finding for an existing snapshot whose content a drill found wrong.
fn unsound(snapshot: &Snapshot) -> Option<Finding> {
    let at = snapshot.unsound_at?.format("%Y-%m-%dT%H:%M:%SZ");
    let message = format!(
        "a drill found this snapshot of {} lost or wrong at {at}, and the cloud has it: it is passed over until a drill finds it right. \
         `{}` deletes it",
        snapshot.instance,
        deletion(snapshot, snapshot.owner)
    );
    let next = format!("snapback drill {}", quoted(snapshot.cid.as_str()));
    let finding = Finding::problem("snapshot_unsound", &snapshot.cid, message, next);
    Some(finding.of(&snapshot.instance.deployment))
}

/// The command that deletes it, by its owner; what the Director deletes stays known until the next import.
fn deletion(snapshot: &Snapshot, owner: Owner) -> String {
    let cid = quoted(snapshot.cid.as_str());
    match owner {
        Owner::Director => {
            format!("bosh -d {} delete-snapshot {cid} && {IMPORT}", quoted(&snapshot.instance.deployment))
        }
        Owner::Snapback => format!("snapback delete {cid}"),
    }
}
