//! `meta.json`: the facts of a disk or a snapshot, beside its bytes.

use std::fs::File;
use std::io::{Read, Write};
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::call::Call;
use super::layout::{SIDECAR, create_options, is_cid};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::snapshot::{Consistency, Metadata};

const VERSION: u32 = 1;
/// The most bytes of a sidecar. Ours are below 2 KiB, but an operator or a Director may put more into the metadata.
const LIMIT: u64 = 1 << 20;

/// The sidecar of a disk. An image that an operator put there has none: then every field has its default.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, Default)]
#[serde(deny_unknown_fields)]
pub(super) struct DiskMeta {
    pub(super) version: u32,
    /// The size in bytes when the disk was made. Only the image's own length counts.
    pub(super) size: Option<u64>,
    pub(super) created_at: Option<DateTime<Utc>>,
    pub(super) cloud_properties: Option<serde_json::Value>,
    /// The snapshot that it was made from.
    pub(super) origin: Option<SnapshotCid>,
    /// The step that made it.
    pub(super) token: Option<String>,
    #[serde(default)]
    pub(super) metadata: Metadata,
}

/// The sidecar of a snapshot.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SnapshotMeta {
    version: u32,
    pub(super) disk: DiskCid,
    /// The size in bytes. An image of another length is damaged.
    pub(super) size: u64,
    pub(super) created_at: DateTime<Utc>,
    pub(super) consistency: Consistency,
    /// The step that took it.
    pub(super) token: String,
    pub(super) metadata: Metadata,
}

impl DiskMeta {
    pub(super) fn new() -> Self {
        DiskMeta { version: VERSION, ..DiskMeta::default() }
    }
}

impl SnapshotMeta {
    pub(super) fn new(
        disk: DiskCid,
        size: u64,
        created_at: DateTime<Utc>,
        consistency: Consistency,
        token: String,
        metadata: Metadata,
    ) -> Self {
        SnapshotMeta { version: VERSION, disk, size, created_at, consistency, token, metadata }
    }
}

#[derive(Deserialize)]
struct Versioned {
    version: u32,
}

impl Call<'_> {
    /// The sidecar of the disk in `dir`, or the defaults if there is none.
    pub(super) fn disk_meta(&self, dir: &Path) -> CpiResult<DiskMeta> {
        let path = dir.join(SIDECAR);
        match self.read_sidecar(&path) {
            Ok(found) => Ok(found.unwrap_or_else(DiskMeta::new)),
            Err(error) => Err(error.hint("a disk needs no such file: move it away to go on without what it says")),
        }
    }

    /// The sidecar of the snapshot in `dir`.
    pub(super) fn snapshot_meta(&self, dir: &Path) -> CpiResult<SnapshotMeta> {
        let advice = || format!("move {} out of the directory of the snapshots to go on without it", dir.display());
        let path = dir.join(SIDECAR);
        let meta: SnapshotMeta = self
            .read_sidecar(&path)
            .and_then(|found| found.ok_or_else(|| self.corrupt(&path, "it does not exist")))
            .map_err(|error| error.hint(advice()))?;
        if is_cid(meta.disk.as_str()) {
            Ok(meta)
        } else {
            Err(self.corrupt(&path, "`disk` is not a CID").hint(advice()))
        }
    }

    fn read_sidecar<T: DeserializeOwned>(&self, path: &Path) -> CpiResult<Option<T>> {
        let Some(file) = self.open(path)? else { return Ok(None) };
        let mut text = Vec::new();
        file.take(LIMIT + 1).read_to_end(&mut text).map_err(|error| self.io("read", path, error))?;
        if text.len() as u64 > LIMIT {
            return Err(self.corrupt(path, format!("it is longer than {LIMIT} bytes")));
        }
        let versioned: Versioned = serde_json::from_slice(&text).map_err(|error| self.corrupt(path, error))?;
        if versioned.version != VERSION {
            let why = format!("its version is {}, this snapback reads {VERSION}", versioned.version);
            return Err(self.corrupt(path, why));
        }
        serde_json::from_slice(&text).map(Some).map_err(|error| self.corrupt(path, error))
    }

    fn corrupt(&self, path: &Path, why: impl std::fmt::Display) -> CpiError {
        self.fail(CpiErrorKind::Cloud, format!("cannot understand {}: {why}", path.display()))
    }

    /// Writes a new sidecar and makes its bytes durable; the caller syncs the directory.
    pub(super) fn write_sidecar(&self, path: &Path, meta: &impl Serialize) -> CpiResult<()> {
        let mut text = serde_json::to_vec_pretty(meta).map_err(|error| self.corrupt(path, error))?;
        text.push(b'\n');
        if text.len() as u64 > LIMIT {
            return Err(self.fail(CpiErrorKind::InvalidRequest, format!("metadata of more than {LIMIT} bytes")));
        }
        let write = |mut file: File| {
            file.write_all(&text)?;
            file.sync_all()
        };
        create_options().open(path).and_then(write).map_err(|error| self.write_error(path, text.len() as u64, error))
    }
}
