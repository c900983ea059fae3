//! A CPI's executable with snapback's own side of the same cloud beside it. The executable does what BOSH's protocol
//! has, so that BOSH gets the things it expects. snapback's own side does what the protocol lacks ([`Roles`]).
//!
//! Each side has its own settings, so the two may mean different clouds: another region, another account. Then a thing
//! that one of them lacks is not gone. So until both have seen the same disk, snapback asks both about each disk.

mod follow;
mod roles;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::{
    Answer, Capabilities, Cpi, CpiError, CpiErrorKind, CpiResult, DiskRequest, Effect, Effects, Foreseen, Made,
    Queries, Query, SnapshotState,
};
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::{Metadata, OPERATION_KEY};

pub use follow::Far;
pub use roles::{Role, Roles, Side};

/// The longest time for which the two sides may show the same disk differently, since one of them is late.
const LATE: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(200);

/// Both sides of one cloud.
pub struct Pair {
    executable: Box<dyn Cpi>,
    native: Arc<dyn Cpi>,
    roles: Roles,
    /// See [`super::registry::ByName::Beside`].
    names_late: bool,
    far: Far,
    /// Whether both have seen the same disk.
    is_one_cloud: AtomicBool,
}

impl Pair {
    /// A pair of these two; `lacks` are the methods that the native one lacks.
    pub fn new(executable: Box<dyn Cpi>, native: Arc<dyn Cpi>, lacks: &[&str], names_late: bool, far: Far) -> Self {
        let roles = Roles::of(Some(executable.capabilities()), Some((native.capabilities(), lacks)));
        Pair { executable, native, roles, names_late, far, is_one_cloud: AtomicBool::new(false) }
    }

    fn on(&self, side: Side) -> &dyn Cpi {
        match side {
            Side::Executable => self.executable.as_ref(),
            Side::Native => self.native.as_ref(),
        }
    }

    /// The side that does this method.
    fn side(&self, method: &'static str) -> CpiResult<Side> {
        self.roles.of_method(method).ok_or_else(|| {
            let message = "neither the executable nor snapback itself can do it on this cloud";
            CpiError::new(self.name(), method, CpiErrorKind::NotSupported, message)
        })
    }

    fn asked(&self, side: Side, query: &Query) -> CpiResult<Answer> {
        self.on(side).ask(query).map_err(|error| of(side, error))
    }

    /// A disk is gone if neither side has it.
    fn has_disk(&self, disk: &DiskCid) -> CpiResult<bool> {
        let begun = Instant::now();
        loop {
            let theirs = self.executable.has_disk(disk).map_err(|error| of(Side::Executable, error))?;
            if theirs && !self.wants_witness() {
                return Ok(true);
            }
            let ours = match self.has_natively(disk) {
                None => return Ok(theirs),
                Some(ours) => ours,
            };
            if ours && theirs {
                self.is_one_cloud.store(true, Ordering::Relaxed);
            }
            if ours == theirs || !self.wants_witness() {
                return Ok(ours || theirs);
            }
            if begun.elapsed() >= LATE.min(self.capabilities().lag) {
                return Err(self.two_clouds("has_disk", disk, theirs));
            }
            sleep(PAUSE);
        }
    }

    /// Whether the native side has the disk; `None` if it cannot be asked. The methods that only it can do report the
    /// error themselves.
    fn has_natively(&self, disk: &DiskCid) -> Option<bool> {
        match self.native.has_disk(disk) {
            Ok(has) => Some(has),
            // It cannot be a disk of that cloud.
            Err(error) if matches!(error.kind, CpiErrorKind::InvalidCid | CpiErrorKind::DiskNotFound) => Some(false),
            Err(_) => None,
        }
    }

    fn two_clouds(&self, method: &'static str, disk: &DiskCid, theirs: bool) -> CpiError {
        let (with, without) = if theirs { ("executable", "native") } else { ("native", "executable") };
        let message = format!(
            "the executable and snapback's native side are on different clouds: the {with} side has disk {disk}, and \
             the {without} side does not; nothing was done"
        );
        CpiError::new(self.name(), method, CpiErrorKind::TwoClouds, message)
            .hint("compare region, endpoint and account: the executable has its own configuration, snapback reads the manifest")
            .hint("to use one of them alone, add --cpi native or --cpi executable")
    }

    /// Refuses an effect on a disk that only the executable has.
    fn refuse_two_clouds(&self, effect: &Effect) -> CpiResult<()> {
        let Some(disk) = disk_of(effect).filter(|_| self.wants_witness()) else { return Ok(()) };
        if self.has_natively(disk) != Some(false) {
            return Ok(());
        }
        match self.has_disk(disk) {
            Err(error) if error.kind == CpiErrorKind::TwoClouds => Err(CpiError { method: effect.method(), ..error }),
            _ => Ok(()),
        }
    }

    /// Executables report a deletion even of a snapshot that they never had. So the native side has looked before
    /// whether it was there.
    fn delete(&self, intent: &Intent, effect: &Effect, snapshot: &SnapshotCid) -> CpiResult<Made> {
        let was_gone = self.native.describe_snapshot(snapshot).is_ok_and(|was| was.state == SnapshotState::Missing);
        let made = self.executable.act(intent, effect)?;
        if !was_gone {
            return Ok(made);
        }
        let message = format!("there was no snapshot {snapshot}, though the executable says that it has deleted it");
        Err(CpiError::new(self.name(), effect.method(), CpiErrorKind::SnapshotNotFound, message))
    }

    /// The snapshots of `filter`. If the executable names its snapshots late, also those without a name: the one that
    /// is wanted may be among them.
    fn list(&self, side: Side, filter: &Metadata) -> CpiResult<Answer> {
        if side == Side::Executable || !self.names_late || filter.is_empty() {
            return self.asked(side, &Query::ListSnapshots(filter.clone()));
        }
        let mut all = self.native.list_snapshots(&Metadata::new()).map_err(|error| of(side, error))?;
        all.retain(|row| {
            let is_it = filter.iter().all(|(key, value)| row.metadata.get(key) == Some(value));
            is_it || !row.metadata.contains_key(OPERATION_KEY)
        });
        Ok(Answer::Snapshots(all))
    }
}

/// The disk that must exist for an effect.
fn disk_of(effect: &Effect) -> Option<&DiskCid> {
    match effect {
        Effect::DeleteDisk(disk)
        | Effect::SnapshotDisk { disk, .. }
        | Effect::AttachDisk { disk, .. }
        | Effect::DetachDisk { disk, .. }
        | Effect::SetDiskMetadata { disk, .. } => Some(disk),
        Effect::CreateDisk(_)
        | Effect::CreateDiskFromSnapshot { .. }
        | Effect::DeleteSnapshot(_)
        | Effect::ClearLeftovers(_) => None,
    }
}

/// The error, marked with the side that it comes from.
fn of(side: Side, error: CpiError) -> CpiError {
    let message = format!("({}) {}", side.name(), error.message);
    let is_unheard = matches!(error.kind, CpiErrorKind::Denied | CpiErrorKind::NoAnswer);
    let error = CpiError { message, ..error };
    match (side, is_unheard) {
        (Side::Native, true) => {
            error.hint("snapback reads the manifest's settings for this; without it: --cpi executable")
        }
        _ => error,
    }
}

impl Queries for Pair {
    fn name(&self) -> &CpiName {
        self.executable.name()
    }

    fn capabilities(&self) -> Capabilities {
        self.roles.together()
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        match query {
            Query::HasDisk(disk) => self.has_disk(disk).map(Answer::Truth),
            Query::ListSnapshots(filter) => self.list(self.side(query.method())?, filter),
            // BOSH's own executables leave nothing half-made that snapback could see.
            Query::Leftovers => self.asked(Side::Native, query),
            Query::CurrentVm => match self.asked(Side::Executable, query) {
                Err(error) if error.kind == CpiErrorKind::NotSupported => {
                    self.asked(Side::Native, query).map_err(|_| error)
                }
                answer => answer,
            },
            _ => self.asked(self.side(query.method())?, query),
        }
    }

    fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        let side = self.side("create_disk_from_snapshot")?;
        self.on(side).foresee(snapshot, request).map_err(|error| of(side, error))
    }

    fn wants_witness(&self) -> bool {
        !self.is_one_cloud.load(Ordering::Relaxed)
    }
}

impl Effects for Pair {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        if let Effect::ClearLeftovers(_) = effect {
            let mut cleared = 0;
            for side in [Side::Executable, Side::Native] {
                match self.on(side).act(intent, effect).map_err(|error| of(side, error))? {
                    Made::Cleared(count) => cleared += count,
                    other => return Ok(other),
                }
            }
            return Ok(Made::Cleared(cleared));
        }
        let side = self.side(effect.method())?;
        self.refuse_two_clouds(effect)?;
        let made = match (effect, side) {
            (Effect::SnapshotDisk { .. }, Side::Executable) => self.take(intent, effect),
            (Effect::DeleteSnapshot(snapshot), Side::Executable) => self.delete(intent, effect, snapshot),
            _ => self.on(side).act(intent, effect),
        };
        made.map_err(|error| of(side, error))
    }
}
