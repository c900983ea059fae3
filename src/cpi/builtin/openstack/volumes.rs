//! Volumes as Cinder describes them.

use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::call::{Call, Wish};
use super::metadata;
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::ids::DiskCid;
use crate::domain::snapshot::Metadata;

/// The most characters of an id or a name.
const LONGEST: usize = 80;

/// A volume.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Volume {
    pub id: String,
    /// `creating`, `available`, `in-use`, `deleting`, `error`, `error_deleting` and more.
    pub status: String,
    /// In GiB.
    #[serde(deserialize_with = "gib")]
    pub size: u64,
    pub availability_zone: Option<String>,
    pub volume_type: Option<String>,
    pub snapshot_id: Option<String>,
    pub attachments: Vec<Attachment>,
    #[serde(default, deserialize_with = "metadata::read")]
    pub metadata: Metadata,
}

/// A size that Cinder can write down (a column of 32 bits).
pub(super) fn gib<'de, D: serde::Deserializer<'de>>(from: D) -> Result<u64, D::Error> {
    let gib = u64::deserialize(from)?;
    i32::try_from(gib).map(|_| gib).map_err(serde::de::Error::custom)
}

/// Where a volume is attached.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Attachment {
    server_id: Option<String>,
    pub device: Option<String>,
}

impl Volume {
    /// The VM that has it, or is about to get it or to give it back, if there is one.
    pub(super) fn holder(&self) -> Option<String> {
        let vm = self.attachments.iter().find_map(|place| place.server_id.as_deref());
        let moves = matches!(self.status.as_str(), "in-use" | "attaching" | "detaching" | "reserved");
        vm.map(|vm| format!("VM {vm}")).or_else(|| moves.then(|| "a VM".to_owned()))
    }
}

impl Call<'_> {
    /// A CID that may be sent to Cinder. A text that cannot be an id there belongs to another cloud, or to nobody.
    pub(super) fn check(&self, what: &str, cid: &str, missing: CpiErrorKind) -> CpiResult<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !cid.starts_with(|c: char| c.is_ascii_alphanumeric()) || cid.len() > LONGEST || !cid.chars().all(plain) {
            let shown: String = cid.chars().map(|c| if c.is_control() { '?' } else { c }).take(LONGEST).collect();
            return Err(self.fail(CpiErrorKind::InvalidCid, format!("'{shown}' cannot be the CID of a {what}")));
        }
        if cid.len() != 36 || Uuid::try_parse(cid).is_err() {
            return Err(self.fail(missing, format!("Cinder has no {what} {cid}: its ids are UUIDs")));
        }
        Ok(())
    }

    /// The volume of this CID.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], or the errors of Cinder.
    pub(super) fn volume(&self, disk: &DiskCid) -> CpiResult<Volume> {
        self.check(DiskCid::WHAT, disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let wish = Wish::get("volume:get", format!("volumes/{disk}"));
        let found: Volume = self
            .ask(&wish.about(CpiErrorKind::DiskNotFound, disk.as_str()), "volume")
            .map_err(|error| no_such(error, CpiErrorKind::DiskNotFound, disk))?;
        match found.id == disk.as_str() {
            true => Ok(found),
            false => Err(self.unreadable("volume:get", Nature::Question, "it is of another volume")),
        }
    }

    /// The project's volumes that have these metadata; all of them if there are none.
    pub(super) fn volumes_by(&self, metadata: &Metadata) -> CpiResult<Vec<Volume>> {
        let wish = Wish::get("volume:get_all", "volumes/detail");
        let wish = match metadata::filter(metadata) {
            Some(filter) => wish.with("metadata", filter),
            None => wish,
        };
        let mut rows: Vec<Volume> = self.all(&wish, "volumes", |row: &Volume| &row.id)?;
        rows.retain(|row| metadata.iter().all(|(key, value)| row.metadata.get(key) == Some(value)));
        Ok(rows)
    }

    /// The error for a thing that is being deleted: it may disappear, or come back.
    pub(super) fn undecided(&self, what: &str, id: &str) -> CpiError {
        let mut error = self.fail(
            CpiErrorKind::NoAnswer,
            format!("{what} {id} is being deleted: it is not known yet whether Cinder deletes or keeps it"),
        );
        error.ok_to_retry = true;
        error.hint("run it again later; if it stays so, whoever runs the cloud can reset its status")
    }

    /// Why Cinder could not do something, if it tells the project (its user messages).
    pub(super) fn why(&self, id: &str) -> String {
        let wish = Wish::get("message:get_all", "messages").since("3.5", "resource_uuid", id.to_owned());
        let said: Vec<Value> = self.ask(&wish, "messages").unwrap_or_default();
        let own = |one: &&Value| one.get("resource_uuid").and_then(Value::as_str) == Some(id);
        let words = said.iter().filter(own).filter_map(|one| one.get("user_message")?.as_str()).next();
        words.map(|words| format!(": {}", self.words(words))).unwrap_or_default()
    }
}

/// Says it in the same words as every backend.
pub(super) fn no_such(error: CpiError, kind: CpiErrorKind, cid: &impl std::fmt::Display) -> CpiError {
    let what = if kind == CpiErrorKind::DiskNotFound { "disk" } else { "snapshot" };
    match error.kind == kind && error.answered {
        true => CpiError { message: format!("there is no {what} {cid} ({})", error.message), ..error },
        false => error,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// As docs.openstack.org has it ("Show a volume's details"), cut.
    #[test]
    fn a_volume_is_read() {
        let said = json!({
            "attachments": [{"server_id": "6c8cf6e0-4c8f-442f-9196-9679737feec6", "attachment_id": "a", "host_name": null,
                "volume_id": "v", "device": "/dev/vdc", "id": "v"}],
            "availability_zone": "nova", "bootable": "false", "consistencygroup_id": null,
            "created_at": "2018-11-29T06:50:07.770785", "description": null, "encrypted": false,
            "id": "f7223234-1afc-4d19-bfa3-d19deb6235ef", "links": [], "metadata": {"a": "b"}, "multiattach": false,
            "name": "volume-1", "replication_status": null, "size": 10, "snapshot_id": null, "source_volid": null,
            "status": "in-use", "volume_type": "lvmdriver-1",
        });
        let volume: Volume = serde_json::from_value(said.clone()).unwrap();
        assert_eq!((volume.size, volume.availability_zone.as_deref()), (10, Some("nova")));
        assert_eq!(volume.holder().as_deref(), Some("VM 6c8cf6e0-4c8f-442f-9196-9679737feec6"));
        assert_eq!(volume.metadata.get("a").map(String::as_str), Some("b"));
        for part in ["id", "status", "size", "attachments"] {
            let mut less = said.clone();
            less.as_object_mut().unwrap().remove(part);
            assert!(serde_json::from_value::<Volume>(less).is_err(), "{part}");
        }
    }
}
