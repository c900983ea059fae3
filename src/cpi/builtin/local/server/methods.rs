//! The methods that the executable has: BOSH's, and those of the recovery extension.

use serde_json::{Value, json};

use crate::cpi::wire::{EXTENSION, EXTENSION_VERSION, WireError};
use crate::cpi::{CpiResult, DiskRequest, SnapshotOptions};
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid, Token, VmCid};

use super::arguments::Arguments;
use super::{API_VERSION, failed, shapes, token};
use crate::cpi::builtin::local::call::Call;

pub(super) const INFO: &str = "info";

/// A method of the executable.
pub(super) struct Method {
    pub(super) name: &'static str,
    /// Whether it belongs to the recovery extension.
    pub(super) extends: bool,
    pub(super) run: fn(&Invocation<'_>) -> Result<Value, WireError>,
}

/// A call of a method.
pub(super) struct Invocation<'c> {
    pub(super) call: Call<'c>,
    pub(super) arguments: Arguments<'c>,
    pub(super) token: Token,
    pub(super) options: SnapshotOptions,
    pub(super) api_version: u64,
}

const METHODS: [Method; 15] = [
    Method { name: INFO, extends: false, run: |_| Ok(info()) },
    Method { name: "has_disk", extends: false, run: has_disk },
    Method { name: "get_disks", extends: false, run: get_disks },
    Method { name: "create_disk", extends: false, run: create_disk },
    Method { name: "delete_disk", extends: false, run: delete_disk },
    Method { name: "attach_disk", extends: false, run: attach_disk },
    Method { name: "detach_disk", extends: false, run: detach_disk },
    Method { name: "snapshot_disk", extends: false, run: snapshot_disk },
    Method { name: "delete_snapshot", extends: false, run: delete_snapshot },
    Method { name: "set_disk_metadata", extends: false, run: set_disk_metadata },
    Method { name: "create_disk_from_snapshot", extends: true, run: create_disk_from_snapshot },
    Method { name: "list_snapshots", extends: true, run: list_snapshots },
    Method { name: "describe_snapshot", extends: true, run: describe_snapshot },
    Method { name: "find_disk", extends: true, run: find_disk },
    Method { name: "clear_leftovers", extends: true, run: clear_leftovers },
];

pub(super) fn named(name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name)
}

pub(super) fn info() -> Value {
    let extension: Vec<&str> = METHODS.iter().filter(|method| method.extends).map(|method| method.name).collect();
    json!({
        "api_version": API_VERSION,
        "stemcell_formats": [],
        EXTENSION: {"version": EXTENSION_VERSION, "methods": extension, "stores_metadata": true},
    })
}

fn told<T>(result: CpiResult<T>, shape: impl FnOnce(T) -> Value) -> Result<Value, WireError> {
    result.map(shape).map_err(|error| failed(&error))
}

fn nothing((): ()) -> Value {
    Value::Null
}

fn has_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.has_disk(&this.disk(0)?), Value::Bool)
}

fn get_disks(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.get_disks(&this.vm(0)?), |disks| json!(disks))
}

fn create_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    let request = DiskRequest {
        size_mib: Some(this.arguments.size(0)?),
        cloud_properties: Some(Value::Object(this.arguments.object(1)?)),
        az: None,
        vm: this.arguments.maybe_id(2, VmCid::WHAT)?,
    };
    told(this.call.create_disk(&this.token, &request), |made| json!(made.cid))
}

fn delete_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.delete_disk(&this.token, &this.disk(0)?), nothing)
}

/// Version 2 wants to know where the VM has the disk (docs-bosh `content/cpi-api-v2-method/attach-disk.md`).
fn attach_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    let (vm, disk) = (this.vm(0)?, this.disk(1)?);
    let device = |()| match this.api_version {
        1 => Value::Null,
        _ => json!(this.call.device(&vm, &disk).to_string_lossy()),
    };
    told(this.call.attach_disk(&vm, &disk), device)
}

fn detach_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.detach_disk(&this.vm(0)?, &this.disk(1)?), nothing)
}

fn snapshot_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    let (disk, metadata) = (this.disk(0)?, this.arguments.metadata(1)?);
    told(this.call.snapshot_disk(&this.token, &disk, &metadata, this.options), |taken| json!(taken.cid))
}

fn delete_snapshot(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.delete_snapshot(&this.token, &this.snapshot(0)?), nothing)
}

fn set_disk_metadata(this: &Invocation<'_>) -> Result<Value, WireError> {
    let (disk, metadata) = (this.disk(0)?, this.arguments.metadata(1)?);
    told(this.call.set_disk_metadata(&this.token, &disk, &metadata), nothing)
}

fn create_disk_from_snapshot(this: &Invocation<'_>) -> Result<Value, WireError> {
    let snapshot = this.snapshot(0)?;
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let request = DiskRequest {
        size_mib: this.arguments.field(1, "size_mib", "a size in MiB", Value::as_u64)?,
        cloud_properties: this
            .arguments
            .field(1, "cloud_properties", "an object", |value| value.is_object().then(|| value.clone()))?,
        az: this.arguments.field(1, "az", "the name of an AZ", text)?,
        vm: this.arguments.field(1, "vm_cid", "a VM CID", |value| value.as_str()?.parse().ok())?,
    };
    let given = this.arguments.field(1, "token", "a token", |value| Some(value.clone()))?;
    let given = given.map(|given| token(&given, "`token` in argument 2 of create_disk_from_snapshot")).transpose()?;
    let token = given.as_ref().unwrap_or(&this.token);
    told(this.call.create_disk_from_snapshot(token, &snapshot, &request), |made| shapes::disk(&made))
}

fn list_snapshots(this: &Invocation<'_>) -> Result<Value, WireError> {
    told(this.call.list_snapshots(&this.arguments.metadata(0)?), |snapshots| {
        snapshots.iter().map(shapes::snapshot).collect()
    })
}

fn describe_snapshot(this: &Invocation<'_>) -> Result<Value, WireError> {
    let snapshot = this.snapshot(0)?;
    told(this.call.describe_snapshot(&snapshot), |status| shapes::status(&status, this.call.taken(&snapshot)))
}

fn find_disk(this: &Invocation<'_>) -> Result<Value, WireError> {
    let Some(given) = this.arguments.value(0) else { return Err(this.arguments.wrong(0, "a token, OPERATION-STEP")) };
    let token = token(given, "argument 1 of find_disk")?;
    told(this.call.find_disk(&token), |found| found.map_or(Value::Null, |made| shapes::disk(&made)))
}

fn clear_leftovers(this: &Invocation<'_>) -> Result<Value, WireError> {
    let operation: OperationId = this.arguments.id(0, OperationId::WHAT)?;
    told(this.call.clear_leftovers(&operation), |cleared| json!(cleared))
}

impl Invocation<'_> {
    fn disk(&self, position: usize) -> Result<DiskCid, WireError> {
        self.arguments.id(position, DiskCid::WHAT)
    }

    fn snapshot(&self, position: usize) -> Result<SnapshotCid, WireError> {
        self.arguments.id(position, SnapshotCid::WHAT)
    }

    fn vm(&self, position: usize) -> Result<VmCid, WireError> {
        self.arguments.id(position, VmCid::WHAT)
    }
}
