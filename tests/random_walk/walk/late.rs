//! The local cloud, whose `get_disks` may show a change one question late: as EC2's does, seconds late.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use snapback::cpi::builtin::local::LocalCpi;
use snapback::cpi::{Answer, Around, Capabilities, Cpi, CpiResult, Effect, Effects, Made, Queries, Query};
use snapback::domain::ids::{DiskCid, VmCid};
use snapback::domain::intent::Intent;

/// What the cloud says its lag is, and keeps.
const LAG: Duration = Duration::from_millis(10);

/// What is shown late. It outlives who dies in the midst of a change.
#[derive(Default)]
pub struct Lag {
    on: AtomicBool,
    /// How it was before the last change, and when that began.
    before: Mutex<BTreeMap<VmCid, (Instant, Vec<DiskCid>)>>,
    told: AtomicU64,
}

impl Lag {
    pub fn set(&self, on: bool) {
        self.on.store(on, Ordering::SeqCst);
    }

    pub fn is_on(&self) -> bool {
        self.on.load(Ordering::SeqCst)
    }

    /// The disks of a VM are about to change.
    pub fn changes(&self, vm: &VmCid, before: Vec<DiskCid>) {
        self.before.lock().unwrap().insert(vm.clone(), (Instant::now(), before));
    }

    /// How many answers were late, and untrue by that.
    pub fn told(&self) -> u64 {
        self.told.load(Ordering::SeqCst)
    }

    fn shown(&self, vm: &VmCid, true_ones: Vec<DiskCid>) -> Vec<DiskCid> {
        match self.before.lock().unwrap().remove(vm) {
            Some((at, before)) if self.is_on() && at.elapsed() < LAG && before != true_ones => {
                self.told.fetch_add(1, Ordering::SeqCst);
                before
            }
            _ => true_ones,
        }
    }
}

pub struct Late {
    pub cloud: LocalCpi,
    pub lag: Arc<Lag>,
}

impl Late {
    fn changes(&self, vm: &VmCid) {
        if let Ok(before) = self.cloud.get_disks(vm) {
            self.lag.changes(vm, before);
        }
    }
}

impl Around for Late {
    fn inner(&self) -> &dyn Cpi {
        &self.cloud
    }

    fn can(&self) -> Capabilities {
        let lag = if self.lag.is_on() { LAG } else { Duration::ZERO };
        Capabilities { lag, ..self.cloud.capabilities() }
    }

    fn query(&self, query: &Query) -> CpiResult<Answer> {
        match (query, self.cloud.ask(query)?) {
            (Query::GetDisks(vm), Answer::Disks(disks)) => Ok(Answer::Disks(self.lag.shown(vm, disks))),
            (_, answer) => Ok(answer),
        }
    }

    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        if let Effect::AttachDisk { vm, .. } | Effect::DetachDisk { vm, .. } = effect {
            self.changes(vm);
        }
        self.cloud.act(intent, effect)
    }
}
