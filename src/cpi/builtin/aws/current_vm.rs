//! The VM on which snapback runs, by the metadata service of that VM.

use super::call::Call;
use super::credentials::instance;
use crate::cpi::{CpiErrorKind, CpiResult};
use crate::domain::ids::VmCid;

impl Call<'_> {
    pub(super) fn current_vm(&self) -> CpiResult<VmCid> {
        let around = &self.cpi.connection(self)?.identity.around;
        let told = instance::told(around, "/latest/meta-data/instance-id").map_err(|trouble| {
            let message = format!("the metadata service of EC2 does not say which VM this is: {}", trouble.words);
            self.fail(CpiErrorKind::NoAnswer, message).hint("run snapback on the Director's own VM, on EC2")
        })?;
        let vm = VmCid::new(told);
        self.check(VmCid::WHAT, "i-", vm.as_str(), CpiErrorKind::NoAnswer)?;
        Ok(vm)
    }
}
