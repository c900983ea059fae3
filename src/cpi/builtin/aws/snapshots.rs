//! Snapshots: taken, found, described and deleted.

use chrono::{DateTime, Utc};

use super::call::{Call, Params};
use super::shape::Shape;
use super::tags;
use super::volumes::{MOST_GIB, is_id};
use super::xml::Node;
use crate::cpi::builtin::instance;
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CloudSnapshot, CpiError, CpiErrorKind, CpiResult, SnapshotState, SnapshotStatus, SnapshotTaken};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::{Consistency, Metadata};

/// A snapshot as EC2 describes it.
pub(super) struct Source {
    id: String,
    /// Its volume, which may be gone.
    pub disk: String,
    pub size_gib: u64,
    state: SnapshotState,
    progress: Option<u8>,
    started_at: DateTime<Utc>,
    pub encrypted: bool,
    pub key: Option<String>,
    pub tags: Metadata,
}

impl Source {
    fn taken(&self) -> SnapshotTaken {
        SnapshotTaken {
            cid: SnapshotCid::new(&self.id),
            created_at: self.started_at,
            // EBS takes the whole volume at one instant.
            consistency: Consistency::Crash,
            size_mib: Some(self.size_gib * 1024),
        }
    }

    fn row(self) -> CloudSnapshot {
        CloudSnapshot {
            cid: SnapshotCid::new(self.id),
            disk: DiskCid::new(self.disk),
            created_at: self.started_at,
            size_mib: Some(self.size_gib * 1024),
            consistency: Consistency::Crash,
            state: self.state,
            metadata: tags::to_metadata(self.tags),
        }
    }
}

impl Call<'_> {
    /// Unlike the AWS CPI, it does not wait until AWS has copied all bytes. They are those of the instant of this call,
    /// and `describe_snapshot` tells how far AWS is.
    pub(super) fn snapshot_disk(&self, token: &Token, disk: &DiskCid, metadata: &Metadata) -> CpiResult<SnapshotTaken> {
        self.check(DiskCid::WHAT, "vol-", disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let _turn = self.cpi.turns.of(&format!("step {token}"));
        if let Some(known) = self.taken_before(token)? {
            if known.disk == disk.as_str() {
                return Ok(known.taken());
            }
            let message = format!("step {token} has taken snapshot {} of disk {}, not of {disk}", known.id, known.disk);
            return Err(self.fail(CpiErrorKind::InvalidRequest, message));
        }
        let volume = self.volume(disk)?;
        if !volume.is_there() {
            return Err(self.fail(CpiErrorKind::DiskNotFound, format!("disk {disk} is deleted")));
        }
        let device = volume.attachments.first().map(|place| place.device.as_str());
        let (mut own, description) = tags::of_snapshot(metadata, device);
        own.extend(instance::of_token(token));
        own.insert(tags::VOLUME.to_owned(), Shape::of(&volume).tag(&volume.zone));
        let params = Params::default().with("VolumeId", disk.as_str()).with("Description", description);
        let answer = self.act("CreateSnapshot", &tags::specify(params, "snapshot", &own))?;
        let taken = self.read_snapshot("CreateSnapshot", Nature::Change, &answer)?;
        if taken.disk != disk.as_str() {
            return Err(self.unreadable("CreateSnapshot", Nature::Change, "it is of another volume"));
        }
        self.cpi.made.note(token, &taken.id);
        Ok(taken.taken())
    }

    /// The snapshot that an earlier call of this step has taken.
    fn taken_before(&self, token: &Token) -> CpiResult<Option<Source>> {
        if let Some(id) = self.cpi.made.by(token) {
            match self.described(&SnapshotCid::new(id)) {
                Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => {}
                known => return known.map(Some),
            }
        }
        let own = instance::of_token(token);
        let has = |row: &Source| own.iter().all(|(key, value)| row.tags.get(key) == Some(value));
        Ok(self.snapshots_by(&own)?.into_iter().find(has))
    }

    pub(super) fn delete_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<()> {
        self.check(SnapshotCid::WHAT, "snap-", snapshot.as_str(), CpiErrorKind::SnapshotNotFound)?;
        self.act("DeleteSnapshot", &Params::default().with("SnapshotId", snapshot.as_str()))
            .map_err(|error| no_such(error, snapshot))?;
        self.cpi.made.note_gone(snapshot.as_str());
        Ok(())
    }

    pub(super) fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        let mut found: Vec<CloudSnapshot> = self.snapshots_by(filter)?.into_iter().map(Source::row).collect();
        found.retain(|row| filter.iter().all(|(key, value)| row.metadata.get(key) == Some(value)));
        found.sort_by(|one, other| (one.created_at, &one.cid).cmp(&(other.created_at, &other.cid)));
        Ok(found)
    }

    pub(super) fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        match self.described(snapshot) {
            Ok(found) => Ok(SnapshotStatus {
                state: found.state,
                progress: found.progress,
                size_mib: Some(found.size_gib * 1024),
                consistency: Some(Consistency::Crash),
            }),
            Err(error) if error.kind == CpiErrorKind::SnapshotNotFound => {
                Ok(SnapshotStatus { state: SnapshotState::Missing, progress: None, size_mib: None, consistency: None })
            }
            Err(error) => Err(error),
        }
    }

    /// A snapshot from which a disk can be made.
    pub(super) fn source(&self, snapshot: &SnapshotCid) -> CpiResult<Source> {
        let found = self.described(snapshot)?;
        match found.state {
            SnapshotState::Ready => Ok(found),
            SnapshotState::Pending => {
                let far = found.progress.map_or(String::new(), |percent| format!(" ({percent} %)"));
                let message = format!("snapshot {snapshot} is not ready yet{far}");
                Err(self.fail(CpiErrorKind::InvalidRequest, message).hint("wait, and run it again"))
            }
            SnapshotState::Failed | SnapshotState::Missing => Err(self
                .fail(CpiErrorKind::Cloud, format!("snapshot {snapshot} failed at AWS: no disk can be made from it"))),
        }
    }

    fn described(&self, snapshot: &SnapshotCid) -> CpiResult<Source> {
        self.check(SnapshotCid::WHAT, "snap-", snapshot.as_str(), CpiErrorKind::SnapshotNotFound)?;
        let answer = self.ask("DescribeSnapshots", &Params::default().with("SnapshotId.1", snapshot.as_str()));
        let answer = answer.map_err(|error| no_such(error, snapshot))?;
        let mut own = answer.items("snapshotSet").filter(|item| item.text("snapshotId") == Some(snapshot.as_str()));
        let item = own.next();
        let item = item
            .ok_or_else(|| self.unreadable("DescribeSnapshots", Nature::Question, "it does not name the snapshot"))?;
        self.read_snapshot("DescribeSnapshots", Nature::Question, item)
    }

    /// The account's own snapshots that may have these metadata.
    fn snapshots_by(&self, filter: &Metadata) -> CpiResult<Vec<Source>> {
        let params = Params::default().with("Owner.1", "self").filtered(tags::filters(filter));
        self.all("DescribeSnapshots", &params, "snapshotSet", |item| {
            self.read_snapshot("DescribeSnapshots", Nature::Question, item)
        })
    }

    fn read_snapshot(&self, action: &str, nature: Nature, item: &Node) -> CpiResult<Source> {
        let text = |name: &str| item.text(name).map(str::to_owned);
        let read = || {
            Some(Source {
                id: text("snapshotId").filter(|id| is_id("snap-", id))?,
                disk: text("volumeId")?,
                size_gib: item.number("volumeSize").filter(|gib| *gib <= MOST_GIB)?,
                state: match item.text("status")? {
                    "completed" => SnapshotState::Ready,
                    "pending" => SnapshotState::Pending,
                    // Archived, or on its way there or back: no volume can be made from it.
                    _ => SnapshotState::Failed,
                },
                progress: item
                    .text("progress")
                    .and_then(|far| far.trim_end_matches('%').parse().ok())
                    .filter(|far| *far <= 100),
                started_at: DateTime::parse_from_rfc3339(item.text("startTime")?).ok()?.to_utc(),
                encrypted: item.text("encrypted") == Some("true"),
                key: text("kmsKeyId"),
                tags: tags::read(item),
            })
        };
        read().ok_or_else(|| self.unreadable(action, nature, "a snapshot is not whole"))
    }
}

/// Says it in the same words as every backend.
fn no_such(error: CpiError, snapshot: &SnapshotCid) -> CpiError {
    if error.kind != CpiErrorKind::SnapshotNotFound {
        return error;
    }
    CpiError { message: format!("there is no snapshot {snapshot} ({})", error.message), ..error }
}
