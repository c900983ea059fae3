//! Volumes: made, found and deleted.

use super::call::{Call, Params};
use super::shape::Shape;
use super::snapshots::Source;
use super::tags;
use super::volumes::{Volume, is_id};
use crate::cpi::builtin::instance;
use crate::cpi::builtin::wait::{Nature, unknown};
use crate::cpi::{CpiErrorKind, CpiResult, DiskMade, DiskRequest, Foreseen};
use crate::domain::ids::{DiskCid, SnapshotCid, Token};
use crate::domain::snapshot::Metadata;

impl Call<'_> {
    pub(super) fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        // A CID of another cloud says nothing about a disk: it is an error, not a disk that is gone.
        self.check(DiskCid::WHAT, "vol-", disk.as_str(), CpiErrorKind::InvalidCid)?;
        match self.volume(disk) {
            Ok(volume) => Ok(volume.is_there()),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(false),
            Err(error) => Err(error),
        }
    }

    pub(super) fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        let mut found = self.volumes_by(&instance::of_token(token))?;
        if found.len() > 1 {
            let ids: Vec<&str> = found.iter().map(|volume| volume.id.as_str()).collect();
            let message =
                format!("step {token} has made one volume, but {} have its tags: {}", ids.len(), ids.join(", "));
            return Err(self.fail(CpiErrorKind::Cloud, message).hint("remove the tags from the copies"));
        }
        Ok(found.pop().map(|volume| made(&volume)))
    }

    pub(super) fn create_disk(&self, token: &Token, request: &DiskRequest) -> CpiResult<DiskMade> {
        let _turn = self.cpi.turns.of(&format!("step {token}"));
        if let Some(known) = self.made_before(token)? {
            return Ok(known);
        }
        let size = self.size(request, None)?;
        let zone = match self.zone_of_vm(request)?.or_else(|| self.zone_of_words(request)) {
            Some(zone) => zone,
            None => self.any_zone()?,
        };
        let (encrypted, key) = (self.cpi.encrypted, self.cpi.key.as_ref());
        let shape = Shape::asked(request.cloud_properties.as_ref(), encrypted, key);
        self.create_volume(token, size, &zone, &shape, None)
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
        let (size, zone, shape) = self.form(snapshot, request)?;
        self.create_volume(token, size, &zone, &shape, Some(snapshot))
    }

    /// The size in GiB, the zone and the shape of a volume from a snapshot.
    fn form(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<(u64, String, Shape)> {
        let source = self.source(snapshot)?;
        let size = self.size(request, Some(source.size_gib))?;
        let (kept, shape) = self.shape_of(&source, request)?;
        let zone = self.zone_of_vm(request)?.or(kept).or_else(|| self.zone_of_words(request)).ok_or_else(|| {
            let message = format!("snapback cannot find the availability zone for a disk from snapshot {snapshot}");
            self.fail(CpiErrorKind::InvalidRequest, message)
                .hint("its disk is gone: restore it to an instance, and snapback takes the zone of its VM")
        })?;
        Ok((size, zone, shape))
    }

    pub(super) fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Foreseen> {
        let (gib, zone, shape) = self.form(snapshot, request)?;
        Ok(Foreseen { size_mib: Some(gib * 1024), kind: Some(shape.in_words()), zone: Some(zone) })
    }

    /// The shape of the old volume, if it still exists; else that in the tag of the snapshot, or the one that BOSH
    /// asked for.
    fn shape_of(&self, source: &Source, request: &DiskRequest) -> CpiResult<(Option<String>, Shape)> {
        match self.volume(&DiskCid::new(&source.disk)) {
            Ok(old) => return Ok((Some(old.zone.clone()), Shape::of(&old))),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => {}
            Err(error) => return Err(error),
        }
        let (encrypted, key) = (self.cpi.encrypted || source.encrypted, source.key.as_ref().or(self.cpi.key.as_ref()));
        let asked = Shape::asked(request.cloud_properties.as_ref(), encrypted, key);
        Ok(match source.tags.get(tags::VOLUME).and_then(|tag| Shape::of_tag(tag)) {
            Some((zone, kept)) => (Some(zone), Shape { encrypted: asked.encrypted, key: asked.key, ..kept }),
            None => (None, asked),
        })
    }

    fn create_volume(
        &self,
        token: &Token,
        size_gib: u64,
        zone: &str,
        shape: &Shape,
        snapshot: Option<&SnapshotCid>,
    ) -> CpiResult<DiskMade> {
        let params = Params::default()
            .with("AvailabilityZone", zone)
            .with("Size", size_gib.to_string())
            .with("ClientToken", format!("snapback-{token}"))
            .maybe("SnapshotId", snapshot);
        let params = tags::specify(shape.put(params), "volume", &instance::of_token(token));
        let answer = self.act("CreateVolume", &params)?;
        let id = answer.text("volumeId").filter(|id| is_id("vol-", id)).map(DiskCid::new);
        let id = id.ok_or_else(|| self.unreadable("CreateVolume", Nature::Change, "it names no volume"))?;
        self.cpi.made.note(token, id.as_str());
        self.wait_until_available(&id)
    }

    /// The volume that an earlier call of this step has made.
    fn made_before(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        let known = match self.cpi.made.by(token) {
            Some(id) => Some(DiskCid::new(id)),
            None => self.find_disk(token)?.map(|found| found.cid),
        };
        known.map(|id| self.wait_until_available(&id)).transpose()
    }

    fn wait_until_available(&self, id: &DiskCid) -> CpiResult<DiskMade> {
        let volume = self.wait(&format!("volume {id}"), || match self.volume(id) {
            Ok(volume) if volume.state == "creating" => Ok(None),
            Ok(volume) => Ok(Some(volume)),
            // It may show late.
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(None),
            Err(error) => Err(error),
        })?;
        if volume.state != "error" {
            return Ok(made(&volume));
        }
        let message = format!("AWS could not make volume {id}: its state is 'error'");
        // It is of no use, and nobody else has it.
        self.act("DeleteVolume", &Params::default().with("VolumeId", id.as_str())).map_err(unknown)?;
        self.cpi.made.note_gone(id.as_str());
        Err(self.fail(CpiErrorKind::Cloud, message).hint("if it is encrypted, check whether its KMS key may be used"))
    }

    pub(super) fn delete_disk(&self, disk: &DiskCid) -> CpiResult<()> {
        self.check(DiskCid::WHAT, "vol-", disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let _turn = self.cpi.turns.of(disk.as_str());
        let volume = self.volume(disk)?;
        if !volume.is_there() {
            return Err(self.fail(CpiErrorKind::DiskNotFound, format!("disk {disk} is already deleted")));
        }
        if let Some(vm) = volume.holder() {
            return Err(self.fail(CpiErrorKind::InUse, format!("VM {vm} has disk {disk}")));
        }
        self.act("DeleteVolume", &Params::default().with("VolumeId", disk.as_str()))?;
        self.cpi.made.note_gone(disk.as_str());
        self.wait(&format!("the deletion of volume {disk}"), || match self.volume(disk) {
            Ok(volume) => Ok((volume.state == "deleted").then_some(())),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(Some(())),
            Err(error) => Err(error),
        })
    }

    pub(super) fn set_disk_metadata(&self, disk: &DiskCid, metadata: &Metadata) -> CpiResult<()> {
        self.volume(disk)?;
        // A step's token stays on what it made.
        let given = instance::without_token(metadata);
        if given.is_empty() {
            return Ok(());
        }
        let params = Params::default().with("ResourceId.1", disk.as_str());
        self.act("CreateTags", &tags::put(params, "Tag", &given)).map(drop)
    }
}

fn made(volume: &Volume) -> DiskMade {
    DiskMade { cid: DiskCid::new(&volume.id), size_mib: Some(volume.size_gib * 1024) }
}
