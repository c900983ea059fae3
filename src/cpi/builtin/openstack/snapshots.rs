//! Snapshots: taken, found, described and deleted.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;
use serde_json::json;

use super::call::{Call, Wish};
use super::disks::{KEPT, New, named};
use super::metadata;
use super::volumes::no_such;
use crate::cpi::builtin::instance;
use crate::cpi::builtin::wait::{Nature, unknown};
use crate::cpi::{CloudSnapshot, CpiErrorKind, CpiResult, SnapshotState, SnapshotStatus, SnapshotTaken};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::{Consistency, Metadata};

/// The first microversion in which snapshots can be looked for by their metadata.
const BY_METADATA: &str = "3.22";

/// A snapshot as Cinder describes it.
#[derive(Debug, Deserialize)]
pub(super) struct Snapshot {
    id: String,
    pub volume_id: String,
    /// In GiB.
    #[serde(deserialize_with = "super::volumes::gib")]
    pub size: u64,
    /// `creating`, `available`, `deleting`, `error`, `error_deleting` and more.
    status: String,
    #[serde(deserialize_with = "time")]
    created_at: DateTime<Utc>,
    #[serde(rename = "os-extended-snapshot-attributes:progress", default)]
    progress: Option<String>,
    #[serde(default, deserialize_with = "metadata::read")]
    metadata: Metadata,
}

impl Snapshot {
    fn state(&self) -> SnapshotState {
        match self.status.as_str() {
            "available" => SnapshotState::Ready,
            // A backup of it is made, or it goes back into its volume: it is available after that.
            "creating" | "backing-up" | "restoring" => SnapshotState::Pending,
            _ => SnapshotState::Failed,
        }
    }

    fn progress(&self) -> Option<u8> {
        self.progress.as_deref()?.trim_end_matches('%').parse().ok().filter(|percent| *percent <= 100)
    }

    fn taken(&self) -> SnapshotTaken {
        SnapshotTaken {
            cid: SnapshotCid::new(&self.id),
            created_at: self.created_at,
            // Cinder's drivers take the whole volume at one instant.
            consistency: Consistency::Crash,
            size_mib: Some(self.size * 1024),
        }
    }

    fn row(self) -> CloudSnapshot {
        CloudSnapshot {
            state: self.state(),
            cid: SnapshotCid::new(self.id),
            disk: DiskCid::new(self.volume_id),
            created_at: self.created_at,
            size_mib: Some(self.size * 1024),
            consistency: Consistency::Crash,
            metadata: instance::named_back(self.metadata),
        }
    }
}

/// A time of Cinder's: it is in UTC, without saying so.
fn time<'de, D: serde::Deserializer<'de>>(from: D) -> Result<DateTime<Utc>, D::Error> {
    let text = String::deserialize(from)?;
    let plain = || NaiveDateTime::parse_from_str(&text, "%Y-%m-%dT%H:%M:%S%.f").map(|time| time.and_utc());
    let time = DateTime::parse_from_rfc3339(&text).map(|time| time.to_utc()).or_else(|_| plain());
    time.map_err(serde::de::Error::custom)
}

impl Call<'_> {
    /// It waits until the snapshot is available, as the CPIs do. Cinder answers before its driver has taken it, and the
    /// snapshot contains what is written meanwhile. So the instance may go on only afterwards.
    pub(super) fn snapshot_disk(&self, token: &Token, disk: &DiskCid, metadata: &Metadata) -> CpiResult<SnapshotTaken> {
        self.check(DiskCid::WHAT, disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let _turn = self.cpi.turns.of(&format!("step {token}"));
        if let Some(known) = self.taken_before(token)? {
            if known.volume_id == disk.as_str() {
                return self.wait_until_taken(token, disk, &SnapshotCid::new(&known.id));
            }
            let (id, other) = (&known.id, &known.volume_id);
            let message = format!("step {token} has taken snapshot {id} of disk {other}, not of {disk}");
            return Err(self.fail(CpiErrorKind::InvalidRequest, message));
        }
        let volume = self.volume(disk)?;
        let device = volume.attachments.iter().find_map(|place| place.device.as_deref());
        let (mut own, description) = metadata::of_snapshot(metadata, device);
        own.extend(instance::of_token(token));
        let asked = json!({"snapshot": {
            "volume_id": disk.as_str(),
            "force": true,
            "name": format!("snapshot-{}", self.cpi.ids.uuid()),
            "description": description,
            "metadata": own,
        }});
        let wish = Wish::post("volume:create_snapshot", "snapshots", asked);
        let new: New = self
            .make(&wish.about(CpiErrorKind::DiskNotFound, disk.as_str()), "snapshot")
            .map_err(|error| no_such(error, CpiErrorKind::DiskNotFound, disk))?;
        let id = SnapshotCid::new(new.id);
        self.check(SnapshotCid::WHAT, id.as_str(), CpiErrorKind::OutcomeUnknown)
            .map_err(|_| self.unreadable("volume:create_snapshot", Nature::Change, "it names no snapshot"))?;
        self.cpi.made.note(token, id.as_str());
        self.wait_until_taken(token, disk, &id)
    }

    fn wait_until_taken(&self, token: &Token, disk: &DiskCid, id: &SnapshotCid) -> CpiResult<SnapshotTaken> {
        let taken = self.wait(&format!("snapshot {id}"), || match self.described(id) {
            Ok(snapshot) if snapshot.state() == SnapshotState::Pending => Ok(None),
            Ok(snapshot) => Ok(Some(snapshot)),
            // It may show late.
            Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => Ok(None),
            Err(error) => Err(error),
        })?;
        if taken.volume_id != disk.as_str() || !metadata::is_of_step(&taken.metadata, token) {
            return Err(self.is_not_of(token, SnapshotCid::WHAT, id.as_str()));
        }
        match taken.status.as_str() {
            "available" => return Ok(taken.taken()),
            "deleting" => return Err(unknown(self.undecided(SnapshotCid::WHAT, id.as_str()))),
            _ => {}
        }
        let why = self.why(id.as_str());
        let message = format!("Cinder could not take snapshot {id}: its status is '{}'{why}", taken.status);
        // It is of no use, and nobody else has it.
        self.end_of_snapshot(id).map_err(unknown)?;
        Err(self.fail(CpiErrorKind::Cloud, message).hint("look at the status of the disk, and at the room of its type"))
    }

    /// The snapshot that an earlier call of this step has taken.
    fn taken_before(&self, token: &Token) -> CpiResult<Option<Snapshot>> {
        if let Some(id) = self.cpi.made.by(token) {
            match self.described(&SnapshotCid::new(id)) {
                Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => {}
                known => return known.map(Some),
            }
        }
        let found = self.snapshots_by(&instance::of_token(token))?;
        Ok(found.into_iter().find(|row| metadata::is_of_step(&row.metadata, token)))
    }

    pub(super) fn delete_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.check(SnapshotCid::WHAT, snapshot.as_str(), CpiErrorKind::SnapshotNotFound)?;
        let _turn = self.cpi.turns.of(snapshot.as_str());
        self.end_of_snapshot(snapshot)
    }

    /// Deletes a snapshot, and waits until it is gone or has come back: it comes back if a disk depends on it.
    fn end_of_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<()> {
        let wish = Wish::delete("volume:delete_snapshot", format!("snapshots/{snapshot}"));
        let asked = self.act(&wish.about(CpiErrorKind::SnapshotNotFound, snapshot.as_str()));
        self.or_going(asked, (SnapshotCid::WHAT, snapshot.as_str()), || Ok(self.described(snapshot)?.status))
            .map_err(|error| no_such(error, CpiErrorKind::SnapshotNotFound, snapshot))?;
        let mut back = 0;
        let ended = self.wait(&format!("the deletion of snapshot {snapshot}"), || {
            let status = match self.described(snapshot) {
                Ok(row) => row.status,
                Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => return Ok(Some(None)),
                Err(error) => return Err(error),
            };
            back = if status == "deleting" { 0 } else { back + 1 };
            Ok((back >= KEPT || status == "error_deleting").then_some(Some(status)))
        })?;
        let Some(status) = ended else {
            self.cpi.made.note_gone(snapshot.as_str());
            return Ok(());
        };
        let kept = self.kept(SnapshotCid::WHAT, snapshot.as_str(), &status);
        if kept.kind != CpiErrorKind::InUse {
            return Err(kept);
        }
        let made = self.volumes_by(&Metadata::new()).unwrap_or_default();
        let of = |volume: &&super::volumes::Volume| volume.snapshot_id.as_deref() == Some(snapshot.as_str());
        let clones: Vec<&str> = made.iter().filter(of).map(|volume| volume.id.as_str()).collect();
        Err(match clones.first() {
            Some(first) => kept.hint(format!(
                "disks were made from it, and may depend on it: {}; delete such a disk first (`snapback delete-disk {first}`), then \
                 the snapshot",
                named(clones.iter().copied())
            )),
            None => kept.hint(
                "something in the cloud depends on it, such as a disk that was made from it, or a backup"),
        })
    }

    pub(super) fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        let mut found: Vec<CloudSnapshot> = self.snapshots_by(filter)?.into_iter().map(Snapshot::row).collect();
        found.retain(|row| filter.iter().all(|(key, value)| row.metadata.get(key) == Some(value)));
        found.sort_by(|one, other| (one.created_at, &one.cid).cmp(&(other.created_at, &other.cid)));
        Ok(found)
    }

    pub(super) fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        match self.described(snapshot) {
            Ok(found) if found.status == "deleting" => Err(self.undecided(SnapshotCid::WHAT, snapshot.as_str())),
            Ok(found) => Ok(SnapshotStatus {
                state: found.state(),
                progress: found.progress(),
                size_mib: Some(found.size * 1024),
                consistency: Some(Consistency::Crash),
            }),
            Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => {
                Ok(SnapshotStatus { state: SnapshotState::Missing, progress: None, size_mib: None, consistency: None })
            }
            Err(error) => Err(error),
        }
    }

    /// A snapshot from which a disk can be made.
    pub(super) fn source(&self, snapshot: &SnapshotCid) -> CpiResult<Snapshot> {
        let found = self.described(snapshot)?;
        match found.state() {
            SnapshotState::Ready => Ok(found),
            SnapshotState::Pending => {
                let far = found.progress().map_or(String::new(), |percent| format!(" ({percent} %)"));
                let message = format!("snapshot {snapshot} is not ready yet{far}: its status is '{}'", found.status);
                Err(self.fail(CpiErrorKind::InvalidRequest, message).hint("wait, and run it again"))
            }
            SnapshotState::Failed | SnapshotState::Missing => {
                let message = format!("no disk can be made from snapshot {snapshot}: its status is '{}'", found.status);
                Err(self.fail(CpiErrorKind::Cloud, message))
            }
        }
    }

    fn described(&self, snapshot: &SnapshotCid) -> CpiResult<Snapshot> {
        self.check(SnapshotCid::WHAT, snapshot.as_str(), CpiErrorKind::SnapshotNotFound)?;
        let wish = Wish::get("volume:get_snapshot", format!("snapshots/{snapshot}"));
        let found: Snapshot = self
            .ask(&wish.about(CpiErrorKind::SnapshotNotFound, snapshot.as_str()), "snapshot")
            .map_err(|error| no_such(error, CpiErrorKind::SnapshotNotFound, snapshot))?;
        match found.id == snapshot.as_str() {
            true => Ok(found),
            false => Err(self.unreadable("volume:get_snapshot", Nature::Question, "it is of another snapshot")),
        }
    }

    /// The project's own snapshots that may have these metadata.
    fn snapshots_by(&self, filter: &Metadata) -> CpiResult<Vec<Snapshot>> {
        let wish = Wish::get("volume:get_all_snapshots", "snapshots/detail");
        let wish = match metadata::filter(filter) {
            Some(filter) => wish.since(BY_METADATA, "metadata", filter),
            None => wish,
        };
        self.all(&wish, "snapshots", |row: &Snapshot| &row.id)
    }

    /// The ids of a disk's snapshots.
    pub(super) fn snapshots_of(&self, disk: &DiskCid) -> CpiResult<Vec<String>> {
        let wish = Wish::get("volume:get_all_snapshots", "snapshots/detail").with("volume_id", disk.as_str());
        let rows: Vec<Snapshot> = self.all(&wish, "snapshots", |row: &Snapshot| &row.id)?;
        Ok(rows.into_iter().filter(|row| row.volume_id == disk.as_str()).map(|row| row.id).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As docs.openstack.org has it ("Show a snapshot's details").
    #[test]
    fn a_snapshot_is_read() {
        let said = json!({
            "status": "creating", "os-extended-snapshot-attributes:progress": "57%", "description": "Daily backup",
            "created_at": "2013-02-25T04:13:17.000000", "metadata": {"instance_name": "db/i", "instance_index": "0", "director": "d"},
            "volume_id": "5aa119a8-d25b-45a7-8d1b-88e127885635", "size": 1,
            "os-extended-snapshot-attributes:project_id": "0c2eba2c5af04d3f9e9d0d410b371fde",
            "id": "2bb856e1-b3d8-4432-a858-09e4ce939389", "name": "snap-001", "updated_at": null,
        });
        let read: Snapshot = serde_json::from_value(said.clone()).unwrap();
        assert_eq!((read.state(), read.progress()), (SnapshotState::Pending, Some(57)));
        let row = read.row();
        assert_eq!(row.created_at.to_rfc3339(), "2013-02-25T04:13:17+00:00");
        assert_eq!((row.size_mib, row.metadata.get("job").map(String::as_str)), (Some(1024), Some("db")));
        let state = |status: &str| {
            let mut said = said.clone();
            said["status"] = json!(status);
            serde_json::from_value::<Snapshot>(said).unwrap().state()
        };
        assert_eq!(state("available"), SnapshotState::Ready);
        assert_eq!(state("backing-up"), SnapshotState::Pending);
        for status in ["error", "error_deleting", "deleting", "odd"] {
            assert_eq!(state(status), SnapshotState::Failed, "{status}");
        }
        for part in ["id", "volume_id", "size", "status", "created_at"] {
            let mut less = said.clone();
            less.as_object_mut().unwrap().remove(part);
            assert!(serde_json::from_value::<Snapshot>(less).is_err(), "{part}");
        }
    }
}
