//! Volumes: made, found and deleted.

use serde::Deserialize;
use serde_json::{Value, json};

use super::call::{Call, Wish};
use super::metadata;
use super::volumes::{Volume, no_such};
use crate::cpi::builtin::instance;
use crate::cpi::builtin::wait::{Nature, unknown};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult, DiskMade, DiskRequest, Foreseen};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::Metadata;

/// Cinder's sizes are in GiB.
const GIB: u64 = 1024;
/// The most GiB that Cinder can write down (a column of 32 bits).
const MOST: u64 = i32::MAX as u64;
/// How many looks in a row show that Cinder keeps a thing that it was to delete: meanwhile it is never available.
pub(super) const KEPT: usize = 3;
/// The most CIDs that a message names.
const NAMED: usize = 5;

/// The answer for a thing that was made: its id. Everything else is looked up.
#[derive(Deserialize)]
pub(super) struct New {
    pub id: String,
}

/// The size, zone and type of a new volume.
struct Shape {
    gib: u64,
    zone: Option<String>,
    kind: Option<String>,
}

impl Call<'_> {
    pub(super) fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        // A CID of another cloud says nothing about a disk: it is an error, not a disk that is gone.
        self.check(DiskCid::WHAT, disk.as_str(), CpiErrorKind::InvalidCid)?;
        match self.volume(disk) {
            Ok(volume) if volume.status == "deleting" => Err(self.undecided(DiskCid::WHAT, disk.as_str())),
            Ok(_) => Ok(true),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        match self.of_step(token)? {
            Some(volume) if volume.status == "deleting" => Err(self.undecided(DiskCid::WHAT, &volume.id)),
            Some(volume) if volume.status.starts_with("error") => Err(self.broken(&volume)),
            found => Ok(found.map(|volume| made(&volume))),
        }
    }

    /// The volume that this step has made, if it has.
    fn of_step(&self, token: &Token) -> CpiResult<Option<Volume>> {
        let mut found = self.volumes_by(&instance::of_token(token))?;
        if found.len() > 1 {
            let ids = named(found.iter().map(|volume| volume.id.as_str()));
            let message = format!("step {token} has made one volume, and {} have its metadata: {ids}", found.len());
            return Err(self.fail(CpiErrorKind::Cloud, message).hint("take the metadata off those that are copies"));
        }
        Ok(found.pop())
    }

    /// The error for a volume that was made and is of no use: it counts neither as a disk nor as none.
    fn broken(&self, volume: &Volume) -> CpiError {
        let (id, status) = (&volume.id, &volume.status);
        let message = format!(
            "Cinder made volume {id}, but it cannot be used, so delete it: its status is '{status}'{}",
            self.why(id)
        );
        self.fail(CpiErrorKind::Cloud, message)
            .hint(format!("delete it: openstack volume delete {id}; then run `snapback recover`"))
    }

    pub(super) fn create_disk(&self, token: &Token, request: &DiskRequest) -> CpiResult<DiskMade> {
        let _turn = self.cpi.turns.of(&format!("step {token}"));
        if let Some(known) = self.made_before(token)? {
            return Ok(known);
        }
        let said = |name: &str| request.cloud_properties.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let kind = said("type").or_else(|| self.cpi.kind.clone());
        let shape = Shape { gib: self.size(request, None)?, zone: said("availability_zone"), kind };
        self.create_volume(token, &shape, None)
    }

    pub(super) fn create_disk_from_snapshot(
        &self,
        token: &Token,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        let _turn = self.cpi.turns.of(&format!("step {token}"));
        if let Some(known) = self.made_before(token)? {
            return Ok(known);
        }
        let shape = self.form(snapshot, request)?;
        self.create_volume(token, &shape, Some(snapshot))
    }

    pub(super) fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Foreseen> {
        let Shape { gib, zone, kind } = self.form(snapshot, request)?;
        Ok(Foreseen { size_mib: Some(gib * GIB), kind, zone })
    }

    fn form(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Shape> {
        let source = self.source(snapshot)?;
        let gib = self.size(request, Some(source.size))?;
        // A volume with snapshots cannot be deleted, so it exists unless somebody has taken it out of Cinder. Then
        // Cinder itself takes zone and type from the snapshot.
        let (zone, kind) = match self.volume(&DiskCid::new(&source.volume_id)) {
            Ok(old) => (old.availability_zone, old.volume_type),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => (None, None),
            Err(error) => return Err(error),
        };
        Ok(Shape { gib, zone, kind })
    }

    /// The size in GiB of a disk that has at least so many.
    fn size(&self, request: &DiskRequest, least_gib: Option<u64>) -> CpiResult<u64> {
        let least = least_gib.unwrap_or(0).saturating_mul(GIB);
        let asked = request.size_mib.unwrap_or(least);
        let gib = asked.div_ceil(GIB);
        if asked == 0 || asked < least || gib > MOST {
            let message = match asked < least {
                true => format!("a disk of {asked} MiB cannot hold its snapshot, which is of a disk of {least} MiB"),
                false => format!("Cinder has no volume of {asked} MiB"),
            };
            return Err(self.fail(CpiErrorKind::InvalidRequest, message));
        }
        Ok(gib)
    }

    fn create_volume(&self, token: &Token, shape: &Shape, snapshot: Option<&SnapshotCid>) -> CpiResult<DiskMade> {
        let mut volume = json!({
            "size": shape.gib,
            "name": format!("volume-{}", self.cpi.ids.uuid()),
            "metadata": instance::of_token(token),
        });
        let mut put = |key: &str, value: Option<&str>| {
            if let (Some(value), Some(volume)) = (value, volume.as_object_mut()) {
                volume.insert(key.to_owned(), Value::from(value));
            }
        };
        put("availability_zone", shape.zone.as_deref());
        put("volume_type", shape.kind.as_deref());
        put("snapshot_id", snapshot.map(SnapshotCid::as_str));
        let mut wish = Wish::post("volume:create", "volumes", json!({"volume": volume}));
        if let Some(snapshot) = snapshot {
            wish = wish.about(CpiErrorKind::SnapshotNotFound, snapshot.as_str());
        }
        let new: New = self.make(&wish, "volume")?;
        let id = DiskCid::new(new.id);
        self.check(DiskCid::WHAT, id.as_str(), CpiErrorKind::OutcomeUnknown)
            .map_err(|_| self.unreadable("volume:create", Nature::Change, "it names no volume"))?;
        self.cpi.made.note(token, id.as_str());
        self.wait_until_available(token, &id)
    }

    /// The error if an answer names another's thing: it must neither be used as the new one nor be removed.
    pub(super) fn is_not_of(&self, token: &Token, what: &str, id: &str) -> CpiError {
        self.cpi.made.note_gone(id);
        let message = format!("Cinder answered with {what} {id}, which does not have the name of step {token}");
        self.fail(CpiErrorKind::OutcomeUnknown, message)
            .hint("look at what stands between snapback and OpenStack; what was made is found by `snapback recover`")
    }

    /// The volume that an earlier call of this step has made.
    fn made_before(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        let known = match self.cpi.made.by(token) {
            Some(id) => Some(DiskCid::new(id)),
            None => self.of_step(token)?.map(|found| DiskCid::new(found.id)),
        };
        known.map(|id| self.wait_until_available(token, &id)).transpose()
    }

    fn wait_until_available(&self, token: &Token, id: &DiskCid) -> CpiResult<DiskMade> {
        let volume = self.wait(&format!("volume {id}"), || match self.volume(id) {
            Ok(volume) if volume.status == "available" || volume.holder().is_some() => Ok(Some(volume)),
            Ok(volume) if volume.status.starts_with("error") || volume.status == "deleting" => Ok(Some(volume)),
            Ok(_) => Ok(None),
            // It may show late.
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(None),
            Err(error) => Err(error),
        })?;
        if !metadata::is_of_step(&volume.metadata, token) {
            return Err(self.is_not_of(token, DiskCid::WHAT, id.as_str()));
        }
        match volume.status.as_str() {
            "error" => {}
            "deleting" => return Err(unknown(self.undecided(DiskCid::WHAT, id.as_str()))),
            status if status.starts_with("error") => return Err(unknown(self.broken(&volume))),
            _ => return Ok(made(&volume)),
        }
        let message = format!("Cinder could not make volume {id}: its status is 'error'{}", self.why(id.as_str()));
        // It is of no use, and nobody else has it.
        self.end_of_volume(id).map_err(unknown)?;
        Err(self.fail(CpiErrorKind::Cloud, message).hint(
            "check whether the volume type and its zone have room and, if the type encrypts, whether Barbican has its \
             key",
        ))
    }

    pub(super) fn delete_disk(&self, disk: &DiskCid) -> CpiResult<()> {
        self.check(DiskCid::WHAT, disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let _turn = self.cpi.turns.of(disk.as_str());
        let volume = self.volume(disk)?;
        if let Some(holder) = volume.holder() {
            return Err(self.fail(CpiErrorKind::InUse, format!("{holder} has disk {disk}")));
        }
        let snapshots = self.snapshots_of(disk)?;
        if !snapshots.is_empty() {
            return Err(self.has_snapshots(disk, &snapshots));
        }
        self.end_of_volume(disk)
    }

    fn has_snapshots(&self, disk: &DiskCid, snapshots: &[String]) -> CpiError {
        let (count, first) = (snapshots.len(), snapshots[0].as_str());
        let ids = named(snapshots.iter().map(String::as_str));
        let noun = if count == 1 { "snapshot" } else { "snapshots" };
        let message = format!("disk {disk} has {count} {noun}, and Cinder deletes no volume that has any: {ids}");
        self.fail(CpiErrorKind::InUse, message)
            .hint(format!("delete them first: `snapback delete {first}`, or by rules: `snapback prune`"))
            .hint("until then, BOSH's own clean-up of orphaned disks fails, too")
    }

    /// Deletes a volume, and waits until it is gone.
    fn end_of_volume(&self, disk: &DiskCid) -> CpiResult<()> {
        let wish = Wish::delete("volume:delete", format!("volumes/{disk}"));
        let asked = self.act(&wish.about(CpiErrorKind::DiskNotFound, disk.as_str()));
        self.or_going(asked, (DiskCid::WHAT, disk.as_str()), || Ok(self.volume(disk)?.status))
            .map_err(|error| no_such(error, CpiErrorKind::DiskNotFound, disk))?;
        self.cpi.made.note_gone(disk.as_str());
        let mut back = 0;
        self.wait(&format!("the deletion of volume {disk}"), || {
            let status = match self.volume(disk) {
                Ok(volume) => volume.status,
                Err(error) if error.kind == CpiErrorKind::DiskNotFound => return Ok(Some(Ok(()))),
                Err(error) => return Err(error),
            };
            back = if status == "deleting" { 0 } else { back + 1 };
            Ok((back >= KEPT || status == "error_deleting")
                .then(|| Err(self.kept(DiskCid::WHAT, disk.as_str(), &status))))
        })?
    }

    /// The answer to a deletion. A thing that somebody else is deleting cannot be deleted again: snapback waits for its
    /// end.
    pub(super) fn or_going(
        &self,
        asked: CpiResult<Value>,
        (what, id): (&str, &str),
        status: impl FnOnce() -> CpiResult<String>,
    ) -> CpiResult<()> {
        use CpiErrorKind::{DiskNotFound, InUse, SnapshotNotFound};
        let error = match asked {
            Err(error) if error.kind == InUse => error,
            other => return other.map(drop),
        };
        match status() {
            Ok(status) if status == "deleting" => Ok(()),
            Ok(status) if status == "error_deleting" => Err(self.kept(what, id, &status)),
            Err(gone) if matches!(gone.kind, DiskNotFound | SnapshotNotFound) => Err(gone),
            _ => Err(error),
        }
    }

    /// The error if Cinder accepted a deletion, and did not do it.
    pub(super) fn kept(&self, what: &str, id: &str, status: &str) -> CpiError {
        if status == "error_deleting" {
            let message = format!("Cinder could not delete {what} {id}: its status is '{status}'{}", self.why(id));
            return self
                .fail(CpiErrorKind::Cloud, message)
                .hint("whoever runs the cloud can look at Cinder's log, and reset the status; then delete it again");
        }
        let message = format!(
            "Cinder kept {what} {id}: it accepted the deletion, but the {what} came back as '{status}'{}",
            self.why(id)
        );
        self.fail(CpiErrorKind::InUse, message)
    }

    pub(super) fn set_disk_metadata(&self, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.check(DiskCid::WHAT, disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let given = metadata::taken(&instance::without_token(metadata));
        if given.is_empty() {
            return self.volume(disk).map(drop);
        }
        let wish =
            Wish::post("volume:create_volume_metadata", format!("volumes/{disk}/metadata"), json!({"metadata": given}));
        self.make::<Value>(&wish.about(CpiErrorKind::DiskNotFound, disk.as_str()), "metadata")
            .map_err(|error| no_such(error, CpiErrorKind::DiskNotFound, disk))
            .map(drop)
    }
}

/// The first of these CIDs, in words.
pub(super) fn named<'a>(ids: impl ExactSizeIterator<Item = &'a str>) -> String {
    let more = ids.len().saturating_sub(NAMED);
    let first = ids.take(NAMED).collect::<Vec<&str>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

fn made(volume: &Volume) -> DiskMade {
    DiskMade { cid: DiskCid::new(&volume.id), size_mib: Some(volume.size * GIB) }
}
