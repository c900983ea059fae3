//! `promote`: a new persistent disk from a snapshot.

use super::costs::of_disk;
use super::find::known_disk;
use super::perform::{Run, StepError, conclude, perform};
use super::seen;
use super::session::Session;
use super::settle::{self, Settled, WhenInterrupted};
use super::there::has_snapshot;
use super::witness::two_clouds;
use crate::cpi::{Cpi, DiskRequest, SnapshotState};
use crate::domain::by_hand::recipe;
use crate::domain::facts::Made;
use crate::domain::ids::{DiskCid, SnapshotCid, VmCid};
use crate::domain::instance::Disk;
use crate::domain::operation::{Claim, OperationState, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::step::{DiskDraft, Step, StepState};
use crate::error::{Error, Kind, Result};
use crate::state::Reader;

/// The wanted properties of the new disk.
#[derive(Debug, Clone, Default)]
pub struct PromoteRequest {
    /// Its size in MiB; at least the snapshot's, which is the default.
    pub size_mib: Option<u64>,
    /// Its availability zone; the snapshot's by default.
    pub az: Option<String>,
    /// The CPI's cloud properties; the original disk's by default.
    pub cloud_properties: Option<serde_json::Value>,
}

/// Checks that a disk can be made from the snapshot, before anything is done.
///
/// # Errors
/// [`Kind::Unsupported`] with the cloud's own commands, [`Kind::NotFound`], or a snapshot that is not (or never will be)
/// ready.
pub fn preflight(reader: &Reader, cpi: &dyn Cpi, snapshot: &Snapshot) -> Result<Option<u64>> {
    match two_clouds(reader, cpi, snapshot.disk.as_ref())? {
        Some(error) => Err(error.into()),
        None => usable(cpi, snapshot),
    }
}

/// Checks that, by the cloud's word, a disk can be made from the snapshot; for code that only shows it. Returns the
/// least size of the disk, in MiB, if the cloud tells.
///
/// # Errors
/// As [`preflight`].
pub fn usable(cpi: &dyn Cpi, snapshot: &Snapshot) -> Result<Option<u64>> {
    let name = cpi.name();
    if !cpi.capabilities().promote {
        return Err(by_hand(cpi, snapshot));
    }
    let snapshot = &snapshot.cid;
    if !cpi.capabilities().describe_snapshots {
        return Ok(None);
    }
    let status = cpi.describe_snapshot(snapshot)?;
    match status.state {
        SnapshotState::Ready => Ok(status.size_mib),
        SnapshotState::Pending => Err(Error::new(
            Kind::Refused,
            format!(
                "snapshot {snapshot} is not ready yet{}",
                status.progress.map_or(String::new(), |percent| format!(" ({percent} %)"))
            ),
        )
        .hint("wait, and run it again")),
        SnapshotState::Failed => Err(Error::new(
            Kind::Refused,
            format!("snapshot {snapshot} failed in the cloud: no disk can be made from it"),
        )
        .try_command("snapback snapshots")),
        SnapshotState::Missing => {
            Err(Error::new(Kind::NotFound, format!("the cloud of '{name}' no longer has snapshot {snapshot}"))
                .hint("to see whether it is the only one:")
                .try_command("snapback check")
                .hint("to take it off the list:")
                .try_command(format!("snapback delete {}", quoted(snapshot.as_str()))))
        }
    }
}

/// Why no disk can be made from a snapshot that its cloud does not have.
pub(super) const LOST: &str = "the cloud has lost it";

/// Why no disk can ever be made from a snapshot, by the word of its cloud; `None` if one may be, or if that is not
/// known.
pub fn lost(cpi: &dyn Cpi, snapshot: &Snapshot) -> Option<&'static str> {
    if !cpi.capabilities().describe_snapshots {
        return (has_snapshot(cpi, &snapshot.cid).ok()? == Some(false)).then_some(LOST);
    }
    match cpi.describe_snapshot(&snapshot.cid).ok()?.state {
        SnapshotState::Missing => Some(LOST),
        SnapshotState::Failed => Some("it is damaged in the cloud"),
        SnapshotState::Ready | SnapshotState::Pending => None,
    }
}

/// The error for a CPI that cannot make a disk from a snapshot. If possible, it shows how to do it with the cloud's own
/// command line.
fn by_hand(cpi: &dyn Cpi, snapshot: &Snapshot) -> Error {
    let (alone, cpi, cid) = (cpi.why_alone(), cpi.name(), &snapshot.cid);
    let message = format!("the CPI '{cpi}' cannot make a disk from a snapshot: nothing was done");
    let error = match alone {
        Some(why) => Error::new(why.kind(), format!("{message} ({})", why.in_one_line())).with_hints_of(why),
        None => Error::new(Kind::Unsupported, message),
    };
    let restore = format!("snapback restore {} --disk DISK-CID", quoted(cid.as_str()));
    let Some(recipe) = recipe(cpi, cid, snapshot.disk.as_ref(), snapshot.size_mib) else {
        return error
            .hint("BOSH's CPI protocol has no call for it, and snapback does not know the cloud's own way")
            .hint(format!("make the disk in the cloud's console, then: {restore}"));
    };
    let error = error.hint("make it by hand, with the cloud's own command line:");
    let vm = recipe.vm();
    let error = recipe.commands.into_iter().fold(error, Error::hint);
    let error = match vm {
        Some(vm) => error.hint(vm).try_command("snapback instances --details"),
        None => error,
    };
    error.hint(format!("DISK-CID is {}; with it: {restore}", recipe.cid))
}

/// The disk to make, with the facts that are known in advance.
///
/// # Errors
/// Those of [`preflight`]; a disk that is smaller than its snapshot; the errors of the state file.
pub fn plan(reader: &Reader, cpi: &dyn Cpi, snapshot: &Snapshot, request: &PromoteRequest) -> Result<DiskDraft> {
    let least = preflight(reader, cpi, snapshot)?.or(snapshot.size_mib);
    if let (Some(wanted), Some(least)) = (request.size_mib, least)
        && wanted < least
    {
        return Err(Error::new(
            Kind::Usage,
            format!("--size {wanted}: the snapshot has {least} MiB, and a disk cannot be smaller"),
        ));
    }
    let original = snapshot.disk.as_ref().map(|cid| known_disk(reader, &snapshot.cpi, cid));
    let original = original.transpose()?.flatten();
    Ok(DiskDraft {
        instance: Some(snapshot.instance.clone()),
        slot: original.as_ref().map_or(0, |disk| disk.slot),
        size_mib: request.size_mib.or(least),
        az: request.az.clone().or_else(|| snapshot.az.clone()),
        cloud_properties: request.cloud_properties.clone().or_else(|| original.and_then(|disk| disk.cloud_properties)),
    })
}

/// The request to the cloud for a disk of this VM.
pub fn asked_for(draft: &DiskDraft, vm: Option<VmCid>) -> DiskRequest {
    DiskRequest { size_mib: draft.size_mib, cloud_properties: draft.cloud_properties.clone(), az: draft.az.clone(), vm }
}

/// Makes the disk. It is recorded as an orphaned disk, and kept until it is used.
///
/// # Errors
/// Those of [`preflight`] and the CPI; another operation's claim; the errors of the state file.
pub fn promote(session: &Session<'_>, snapshot: &Snapshot, request: &PromoteRequest) -> Result<Disk> {
    let cpi = session.cpis.cpi(&snapshot.cpi)?;
    let draft = plan(session.state.reader(), cpi.as_ref(), snapshot, request)?;
    for cost in of_disk(cpi.as_ref(), &snapshot.cid, &asked_for(&draft, None))? {
        session.progress.note(&cost.in_words());
    }
    let claims = vec![Claim::shared(Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone()))];
    let step = step(cpi.as_ref(), &snapshot.cid, &draft);
    let mut operation = session.begin_with(Verb::Promote, claims, step.clone())?;
    operation.end_with(step, |made| format!("disk {made}"));
    let run = Run { session, operation: &operation, verb: Verb::Promote };
    let made = disk_or_late_disk(run, cpi.as_ref(), &snapshot.cid, draft).map_err(Error::from);
    // A disk that was made does not count as failed because its record could not be read: `recover` ends that.
    let was_made = || -> Result<bool> {
        let rows = session.state.reader().steps(operation.id())?;
        Ok(!operation.has_ended() && rows.iter().any(|row| row.state == StepState::Done))
    };
    if settle::unknown_steps(session, operation.id())? > 0 || made.is_err() && was_made()? {
        return made.map_err(|error| error.try_command("snapback recover"));
    }
    let (state, summary) = match &made {
        Ok(disk) => (OperationState::Done, format!("disk {}", disk.cid)),
        Err(error) => (OperationState::Failed, error.in_one_line()),
    };
    conclude(session, operation, Verb::Promote.name(), state, Some(summary))?;
    made
}

/// Makes one disk from a snapshot, attached to nothing. Also returns the disk if the call failed but the disk was made
/// all the same.
pub(super) fn disk_or_late_disk(
    run: Run<'_>,
    cpi: &dyn Cpi,
    snapshot: &SnapshotCid,
    draft: DiskDraft,
) -> Result<Disk, StepError> {
    let made = disk_from_snapshot(run, cpi, snapshot, draft, None);
    settle::late(run.session, run.operation, WhenInterrupted::Stop, made, |settled| {
        let is_disk = |one: &&Settled| matches!(one.step, Step::CreateDiskFromSnapshot { .. });
        let Some(cid) = settled.iter().filter(is_disk).find_map(Settled::made) else { return Ok(None) };
        known_disk(run.session.state.reader(), cpi.name(), &DiskCid::new(cid))
    })
}

/// The step that makes the disk.
pub fn step(cpi: &dyn Cpi, snapshot: &SnapshotCid, draft: &DiskDraft) -> Step {
    Step::CreateDiskFromSnapshot { cpi: cpi.name().clone(), snapshot: snapshot.clone(), disk: draft.clone() }
}

/// Makes one disk from a snapshot, with its row in the journal and its record in the state file.
pub(super) fn disk_from_snapshot(
    run: Run<'_>,
    cpi: &dyn Cpi,
    snapshot: &SnapshotCid,
    draft: DiskDraft,
    vm: Option<VmCid>,
) -> Result<Disk, StepError> {
    let request = asked_for(&draft, vm);
    let step = step(cpi, snapshot, &draft);
    let now = run.session.clock.now();
    let made = perform(
        run,
        &step,
        |intent| {
            seen::disk(cpi, "create_disk_from_snapshot", cpi.create_disk_from_snapshot(intent, snapshot, &request)?)
        },
        |made| step.made(&Made::Disk(made.clone(), now)),
    )?;
    Ok(draft.made(cpi.name(), &made, Some(snapshot), now))
}
