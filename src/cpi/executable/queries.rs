//! What can be asked of an executable.

use serde_json::{Value, json};

use super::call::Nature;
use super::info::Method;
use super::{ExecutableCpi, answer};
use crate::cpi::wire::EXTENSION_VERSION;
use crate::cpi::{Capabilities, CloudSnapshot, CpiError, CpiErrorKind, CpiResult, DiskMade, Queries, SnapshotStatus};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid, Token, VmCid};
use crate::domain::snapshot::Metadata;

impl ExecutableCpi {
    fn query(&self, method: &'static str, arguments: Vec<Value>) -> CpiResult<(Value, super::call::Context<'_>)> {
        let words = self.info.extension.as_ref().map(|_| json!({"version": EXTENSION_VERSION}));
        self.caller.call(Nature::Query, method, arguments, &words, None)
    }

    /// # Errors
    /// [`CpiErrorKind::NotSupported`] where the executable's extension does not name the method.
    pub(super) fn require(&self, method: Method) -> CpiResult<()> {
        if self.has(method) {
            return Ok(());
        }
        let message = "the executable does not have this method of the recovery extension";
        Err(CpiError::new(self.name(), method.name(), CpiErrorKind::NotSupported, message))
    }
}

impl Queries for ExecutableCpi {
    fn name(&self) -> &CpiName {
        &self.caller.setting.name
    }

    fn capabilities(&self) -> Capabilities {
        self.can()
    }

    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        let (found, context) = self.query("has_disk", vec![json!(disk)])?;
        answer::truth(&found, &context)
    }

    fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        let (found, context) = self.query("get_disks", vec![json!(vm)])?;
        answer::disk_cids(&found, &context)
    }

    fn list_snapshots(&self, filter: &Metadata) -> CpiResult<Vec<CloudSnapshot>> {
        self.require(Method::ListSnapshots)?;
        let (found, context) = self.query(Method::ListSnapshots.name(), vec![json!(filter)])?;
        answer::snapshots(&found, &context)
    }

    fn describe_snapshot(&self, snapshot: &SnapshotCid) -> CpiResult<SnapshotStatus> {
        self.require(Method::DescribeSnapshot)?;
        let (found, context) = self.query(Method::DescribeSnapshot.name(), vec![json!(snapshot)])?;
        answer::status(&found, &context)
    }

    fn find_disk(&self, token: &Token) -> CpiResult<Option<DiskMade>> {
        self.require(Method::FindDisk)?;
        let (found, context) = self.query(Method::FindDisk.name(), vec![json!(token.to_string())])?;
        if found.is_null() { Ok(None) } else { answer::disk(&found, &context).map(Some) }
    }
}
