//! The effects of an executable.

use serde_json::{Map, Value, json};

use super::call::{Context, Nature};
use super::info::Method;
use super::{ExecutableCpi, ExtensionContext, answer};
use crate::cpi::wire::EXTENSION_VERSION;
use crate::cpi::{CpiResult, DiskMade, DiskRequest, Effect, Effects, Made, Queries, SnapshotOptions, SnapshotTaken};
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::{Consistency, Metadata};

impl ExecutableCpi {
    fn effect(
        &self,
        intent: &Intent,
        method: &'static str,
        arguments: Vec<Value>,
        options: SnapshotOptions,
    ) -> CpiResult<(Value, Context<'_>)> {
        self.caller.call(Nature::Effect, method, arguments, &self.words(intent, options), intent.starting())
    }

    fn plain(&self, intent: &Intent, method: &'static str, arguments: Vec<Value>) -> CpiResult<(Value, Context<'_>)> {
        self.effect(intent, method, arguments, SnapshotOptions::default())
    }

    /// The words for the recovery extension. Only executables that know the key get them: the AWS CPI takes the whole
    /// context for its own settings.
    fn words(&self, intent: &Intent, options: SnapshotOptions) -> ExtensionContext {
        self.info.extension.as_ref().map(|_| {
            json!({
                "version": EXTENSION_VERSION,
                "token": intent.token().to_string(),
                "allow_torn": options.allow_torn,
            })
        })
    }

    /// The consistency of a new snapshot. BOSH's answer is only its CID. If a torn copy was allowed, and it is not
    /// known whether this is one, it counts as torn.
    fn consistency(&self, snapshot: &SnapshotCid, options: SnapshotOptions) -> Consistency {
        if !options.allow_torn {
            return Consistency::Crash;
        }
        let described = if self.has(Method::DescribeSnapshot) { self.describe_snapshot(snapshot).ok() } else { None };
        described.and_then(|status| status.consistency).unwrap_or(Consistency::Torn)
    }
}

/// Metadata in BOSH's form: texts, apart from the index (`api/snapshot_manager.rb`), which Google's CPI reads as a
/// number.
fn as_boshs(metadata: &Metadata) -> Value {
    let value = |key: &str, text: &str| match (key, text.parse::<u64>()) {
        ("index", Ok(index)) => json!(index),
        _ => json!(text),
    };
    Value::Object(metadata.iter().map(|(key, text)| (key.clone(), value(key, text))).collect())
}

fn properties(request: &DiskRequest) -> Value {
    request.cloud_properties.clone().unwrap_or_else(|| json!({}))
}

impl ExecutableCpi {
    fn create_disk(&self, intent: &Intent, request: &DiskRequest) -> CpiResult<DiskMade> {
        let arguments = vec![json!(request.size_mib.unwrap_or(0)), properties(request), json!(request.vm)];
        let (made, context) = self.plain(intent, "create_disk", arguments)?;
        Ok(DiskMade { cid: answer::made(&made, &context, "disk CID")?, size_mib: request.size_mib })
    }

    fn snapshot_disk(
        &self,
        intent: &Intent,
        disk: &DiskCid,
        metadata: &Metadata,
        options: SnapshotOptions,
    ) -> CpiResult<SnapshotTaken> {
        // Its bytes are from an instant after this one.
        let created_at = self.clock.now();
        let (made, context) = self.effect(intent, "snapshot_disk", vec![json!(disk), as_boshs(metadata)], options)?;
        let cid: SnapshotCid = answer::made(&made, &context, "snapshot CID")?;
        let consistency = self.consistency(&cid, options);
        Ok(SnapshotTaken { cid, created_at, consistency, size_mib: None })
    }

    fn create_disk_from_snapshot(
        &self,
        intent: &Intent,
        snapshot: &SnapshotCid,
        request: &DiskRequest,
    ) -> CpiResult<DiskMade> {
        let method = Method::CreateDiskFromSnapshot.name();
        self.require(method)?;
        let mut wanted = Map::new();
        wanted.insert("token".to_owned(), json!(intent.token().to_string()));
        wanted.extend(request.size_mib.map(|size| ("size_mib".to_owned(), json!(size))));
        wanted.extend(request.cloud_properties.clone().map(|given| ("cloud_properties".to_owned(), given)));
        wanted.extend(request.az.as_ref().map(|az| ("az".to_owned(), json!(az))));
        wanted.extend(request.vm.as_ref().map(|vm| ("vm_cid".to_owned(), json!(vm))));
        let (made, context) = self.plain(intent, method, vec![json!(snapshot), Value::Object(wanted)])?;
        let disk = answer::disk(&made, &context)?;
        Ok(DiskMade { size_mib: disk.size_mib.or(request.size_mib), ..disk })
    }

    fn clear_leftovers(&self, intent: &Intent, operation: &OperationId) -> CpiResult<usize> {
        if !self.has(Method::ClearLeftovers) {
            return Ok(0);
        }
        let (cleared, _) = self.plain(intent, Method::ClearLeftovers.name(), vec![json!(operation)])?;
        Ok(cleared.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(0))
    }
}

impl Effects for ExecutableCpi {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        let arguments = match effect {
            Effect::CreateDisk(request) => return self.create_disk(intent, request).map(Made::Disk),
            Effect::SnapshotDisk { disk, metadata, options } => {
                return self.snapshot_disk(intent, disk, metadata, *options).map(Made::Snapshot);
            }
            Effect::CreateDiskFromSnapshot { snapshot, request } => {
                return self.create_disk_from_snapshot(intent, snapshot, request).map(Made::Disk);
            }
            Effect::ClearLeftovers(operation) => return self.clear_leftovers(intent, operation).map(Made::Cleared),
            Effect::DeleteDisk(disk) => vec![json!(disk)],
            Effect::DeleteSnapshot(snapshot) => vec![json!(snapshot)],
            Effect::AttachDisk { vm, disk } | Effect::DetachDisk { vm, disk } => vec![json!(vm), json!(disk)],
            Effect::SetDiskMetadata { disk, metadata } => vec![json!(disk), as_boshs(metadata)],
        };
        self.plain(intent, effect.method(), arguments).map(|_| Made::Nothing)
    }
}
