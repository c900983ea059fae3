//! The queries of an executable.

use serde_json::{Value, json};

use super::call::{Context, Nature};
use super::info::Method;
use super::{ExecutableCpi, answer};
use crate::cpi::wire::EXTENSION_VERSION;
use crate::cpi::{Answer, Capabilities, CpiError, CpiErrorKind, CpiResult, Queries, Query};
use crate::domain::ids::CpiName;

impl ExecutableCpi {
    fn asked<T>(
        &self,
        query: &Query,
        argument: Value,
        read: impl FnOnce(&Value, &Context<'_>) -> CpiResult<T>,
    ) -> CpiResult<T> {
        self.require(query.method())?;
        let words = self.info.extension.as_ref().map(|_| json!({"version": EXTENSION_VERSION}));
        let (found, context) = self.caller.call(Nature::Query, query.method(), vec![argument], &words, None)?;
        read(&found, &context)
    }

    /// # Errors
    /// [`CpiErrorKind::NotSupported`] if it is a method of the extension, and the executable's does not name it.
    pub(super) fn require(&self, method: &'static str) -> CpiResult<()> {
        if Method::named(method).is_none_or(|method| self.has(method)) {
            return Ok(());
        }
        let message = "the executable does not have this method of the recovery extension";
        Err(CpiError::new(self.name(), method, CpiErrorKind::NotSupported, message))
    }
}

impl Queries for ExecutableCpi {
    fn name(&self) -> &CpiName {
        &self.caller.setting.name
    }

    fn capabilities(&self) -> Capabilities {
        self.can()
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        match query {
            Query::HasDisk(disk) => self.asked(query, json!(disk), answer::truth).map(Answer::Truth),
            Query::GetDisks(vm) => self.asked(query, json!(vm), answer::disk_cids).map(Answer::Disks),
            Query::ListSnapshots(filter) => self.asked(query, json!(filter), answer::snapshots).map(Answer::Snapshots),
            Query::DescribeSnapshot(snapshot) => self.asked(query, json!(snapshot), answer::status).map(Answer::Status),
            Query::FindDisk(token) => {
                let disk = |found: &Value, context: &Context<'_>| match found {
                    Value::Null => Ok(None),
                    found => answer::disk(found, context).map(Some),
                };
                self.asked(query, json!(token.to_string()), disk).map(Answer::Disk)
            }
            Query::CurrentVm => {
                let (found, context) = self.caller.call(Nature::Query, query.method(), Vec::new(), &None, None)?;
                answer::made(&found, &context, "VM CID").map(Answer::Vm)
            }
            // An executable leaves nothing half-made that snapback could see.
            Query::Leftovers => Ok(Answer::Operations(Vec::new())),
        }
    }
}
