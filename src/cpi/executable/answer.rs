//! From the JSON of an answer to the result that the method promises. Anything else in it is ignored: some CPIs answer
//! `true`, a number or a list where BOSH expects nothing.

use std::str::FromStr;

use chrono::{DateTime, SubsecRound, Utc};
use serde_json::Value;

use super::call::Context;
use crate::cpi::{CloudSnapshot, CpiErrorKind, CpiResult, DiskMade, SnapshotState, SnapshotStatus};
use crate::domain::ids::{BadId, DiskCid};
use crate::domain::snapshot::{Consistency, Metadata};

/// The CID of the thing that a call made. CPIs without the method fake success with an empty one, or none: Warden,
/// VirtualBox and Docker answer `""`, CloudStack `null`.
pub(super) fn made<T: FromStr<Err = BadId>>(answer: &Value, context: &Context<'_>, what: &str) -> CpiResult<T> {
    let text = match answer {
        Value::String(text) => text.clone(),
        // Some clouds number their things (SoftLayer).
        Value::Number(number) if number.is_u64() => number.to_string(),
        Value::Null => String::new(),
        other => return Err(context.senseless(format!("{} is not a {what}{}", kind_of(other), context.says(other)))),
    };
    if text.is_empty() {
        let message = format!("it answered without a {what}, as CPIs do that cannot do it: nothing was made");
        return Err(context.fail(CpiErrorKind::NotSupported, message));
    }
    if is_a_word_for_nothing(&text) {
        return Err(context.senseless(format!("its answer, the text '{}', is not a {what}", text.trim())));
    }
    if text.trim() != text {
        let says = context.says(answer);
        return Err(context.senseless(format!("its answer is not a {what}: it has white space around it{says}")));
    }
    text.parse().map_err(|bad| context.senseless(format!("its answer is not a {what}: {bad}{}", context.says(answer))))
}

/// Whether the text is a word that programs print for no value (a shell's and jq's `null`, Ruby's `nil`, Go's `<nil>`,
/// Python's `None`, JavaScript's `undefined`), or one for success or for nothing.
fn is_a_word_for_nothing(text: &str) -> bool {
    let word = text.trim().to_ascii_lowercase();
    [
        "null",
        "nil",
        "<nil>",
        "(nil)",
        "(null)",
        "<null>",
        "none",
        "<none>",
        "undefined",
        "true",
        "false",
        "nan",
        "[]",
        "{}",
        "\"\"",
        "''",
        "%!s(<nil>)",
        "%!v(<nil>)",
        "[object object]",
        "ok",
        "done",
        "success",
        "succeeded",
        "yes",
        "no",
        "error",
        "failed",
        "unknown",
        "n/a",
        "-",
        "0",
    ]
    .contains(&word.as_str())
}

pub(super) fn truth(answer: &Value, context: &Context<'_>) -> CpiResult<bool> {
    answer.as_bool().ok_or_else(|| context.senseless(format!("{} is neither true nor false", kind_of(answer))))
}

/// The disks of a VM. Google's local SSDs are empty texts in it; an answer that is not a list is how CPIs without the
/// method answer.
pub(super) fn disk_cids(answer: &Value, context: &Context<'_>) -> CpiResult<Vec<DiskCid>> {
    let no_list = |what: &str| {
        let message = format!("{what} is not a list of disk CIDs: it cannot tell which disks a VM has");
        context.fail(CpiErrorKind::NotSupported, message)
    };
    let items = answer.as_array().ok_or_else(|| no_list(kind_of(answer)))?;
    let mut disks = Vec::with_capacity(items.len());
    for item in items {
        let text = match item {
            Value::String(text) => text.clone(),
            Value::Number(number) if number.is_u64() => number.to_string(),
            Value::Null => String::new(),
            _ => return Err(no_list("its list")),
        };
        match text.parse() {
            Ok(disk) => disks.push(disk),
            Err(BadId::Empty(_)) => {}
            Err(_) => return Err(no_list("its list")),
        }
    }
    Ok(disks)
}

/// A disk with its size, or its CID alone. Only methods of the extension answer like this, and a CPI names those that
/// it has: an empty answer is not a fake success.
pub(super) fn disk(answer: &Value, context: &Context<'_>) -> CpiResult<DiskMade> {
    let (cid, size_mib) = match answer.as_object() {
        Some(object) => (object.get("disk_cid").unwrap_or(&Value::Null), size(answer)),
        None => (answer, None),
    };
    if cid.is_null() || cid.as_str() == Some("") {
        return Err(context.senseless(format!("its answer names no disk{}", context.says(answer))));
    }
    Ok(DiskMade { cid: made(cid, context, "disk CID")?, size_mib })
}

pub(super) fn status(answer: &Value, context: &Context<'_>) -> CpiResult<SnapshotStatus> {
    let state = state(answer).ok_or_else(|| context.senseless("it gives no state of the snapshot"))?;
    let progress = answer.get("progress").and_then(Value::as_u64).and_then(|percent| u8::try_from(percent).ok());
    Ok(SnapshotStatus { state, progress, size_mib: size(answer), consistency: consistency(answer) })
}

pub(super) fn snapshots(answer: &Value, context: &Context<'_>) -> CpiResult<Vec<CloudSnapshot>> {
    let rows = answer.as_array().ok_or_else(|| context.senseless("its answer is not a list of snapshots"))?;
    rows.iter()
        .zip(1..)
        .map(|(row, number)| {
            snapshot(row).ok_or_else(|| {
                context.senseless(format!(
                    "row {number} of its list is not a snapshot with cid, disk_cid, created_at and state"
                ))
            })
        })
        .collect()
}

fn snapshot(row: &Value) -> Option<CloudSnapshot> {
    let created_at: DateTime<Utc> = DateTime::parse_from_rfc3339(row.get("created_at")?.as_str()?).ok()?.to_utc();
    let metadata: Metadata = match row.get("metadata") {
        Some(Value::Object(map)) => map.iter().map(|(key, value)| (key.clone(), text(value))).collect(),
        _ => Metadata::new(),
    };
    Some(CloudSnapshot {
        cid: cid(row, "cid").filter(|cid| !is_a_word_for_nothing(cid))?.parse().ok()?,
        disk: cid(row, "disk_cid")?.parse().ok()?,
        created_at: created_at.trunc_subsecs(3),
        size_mib: size(row),
        consistency: consistency(row).unwrap_or(Consistency::Crash),
        state: state(row)?,
        metadata,
    })
}

/// The CID in a row of a list. Clouds that number their things do so in lists, too.
fn cid(row: &Value, key: &str) -> Option<String> {
    match row.get(key)? {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) if number.is_u64() => Some(number.to_string()),
        _ => None,
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn state(row: &Value) -> Option<SnapshotState> {
    match row.get("state")?.as_str()? {
        "pending" => Some(SnapshotState::Pending),
        "ready" => Some(SnapshotState::Ready),
        "failed" => Some(SnapshotState::Failed),
        "missing" => Some(SnapshotState::Missing),
        _ => None,
    }
}

fn size(row: &Value) -> Option<u64> {
    // 0 is not a size of a disk.
    row.get("size_mib").and_then(Value::as_u64).filter(|size| *size > 0)
}

fn consistency(row: &Value) -> Option<Consistency> {
    row.get("consistency").and_then(Value::as_str).and_then(Consistency::from_name)
}

fn kind_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "its answer, nothing,",
        Value::Bool(_) => "its answer, true or false,",
        Value::Number(_) => "its answer, a number,",
        Value::String(_) => "its answer, a text,",
        Value::Array(_) => "its answer, a list,",
        Value::Object(_) => "its answer, an object,",
    }
}
