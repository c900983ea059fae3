//! The shapes of the recovery extension's answers (`docs/cpi-extension.md`).

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value, json};

use crate::cpi::{CloudSnapshot, DiskMade, SnapshotState, SnapshotStatus};
use crate::domain::snapshot::Consistency;

pub(super) fn disk(made: &DiskMade) -> Value {
    with_size(json!({"disk_cid": made.cid}), made.size_mib)
}

pub(super) fn snapshot(row: &CloudSnapshot) -> Value {
    let shape = json!({
        "cid": row.cid,
        "disk_cid": row.disk,
        "created_at": time(row.created_at),
        "state": state(row.state),
        "consistency": row.consistency.name(),
        "metadata": row.metadata,
    });
    with_size(shape, row.size_mib)
}

pub(super) fn status(status: &SnapshotStatus, taken: Option<(DateTime<Utc>, Consistency)>) -> Value {
    let mut shape = Map::new();
    shape.insert("state".to_owned(), json!(state(status.state)));
    shape.extend(status.progress.map(|percent| ("progress".to_owned(), json!(percent))));
    if let Some((created_at, consistency)) = taken {
        shape.insert("created_at".to_owned(), time(created_at));
        shape.insert("consistency".to_owned(), json!(consistency.name()));
    }
    with_size(Value::Object(shape), status.size_mib)
}

fn time(time: DateTime<Utc>) -> Value {
    json!(time.to_rfc3339_opts(SecondsFormat::Millis, true))
}

fn state(state: SnapshotState) -> &'static str {
    match state {
        SnapshotState::Pending => "pending",
        SnapshotState::Ready => "ready",
        SnapshotState::Failed => "failed",
        SnapshotState::Missing => "missing",
    }
}

fn with_size(mut shape: Value, size_mib: Option<u64>) -> Value {
    if let (Some(size), Some(shape)) = (size_mib, shape.as_object_mut()) {
        shape.insert("size_mib".to_owned(), json!(size));
    }
    shape
}
