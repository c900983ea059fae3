//! `drill`: tries out whether a snapshot can be restored. A scratch disk is made from it, checked, and deleted.

mod file_system;
mod lost;
mod scratch;

use chrono::{DateTime, Utc};

use super::find::known_snapshot;
use super::leftovers;
use super::perform::{Run, conclude, perform};
use super::promote;
use super::session::{Scratch, Session};
use super::settle::{self, WhenInterrupted};
use crate::cpi::{Cpi, CpiError, CpiErrorKind};
use crate::domain::facts::Made;
use crate::domain::ids::{DiskCid, OperationId};
use crate::domain::instance::Disk;
use crate::domain::operation::{Claim, Operation, OperationState, Resource, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::step::{DiskDraft, Step, StepState};
use crate::domain::swap::HooksPresent;
use crate::error::{Error, Kind, Result};
use crate::state::{OpenOperation, Reader};
use file_system::{Checker, is_known};
use scratch::PutAway;

pub use file_system::Programs;
pub use lost::note_lost;

/// Who checks the content of the scratch disk.
#[derive(Debug, Clone)]
pub enum Look {
    /// The operator's verify hook.
    Hook,
    /// The check program of its file system.
    FileSystem(Checker),
    /// Nobody: an earlier drill found a file system in it, and now there is none.
    NoFileSystem,
}

impl Look {
    /// A description in the operator's words.
    pub fn describe(&self) -> String {
        match self {
            Look::Hook => "verify hook".to_owned(),
            Look::FileSystem(checker) => checker.describe(),
            Look::NoFileSystem => "the file system that an earlier drill has verified".to_owned(),
        }
    }
}

/// The plan of a drill.
#[derive(Debug, Clone)]
pub struct DrillPlan {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Who checks it.
    pub look: Look,
    size_mib: Option<u64>,
}

impl DrillPlan {
    /// The steps in the operator's words, in order.
    pub fn steps(&self) -> Vec<String> {
        let cid = &self.snapshot.cid;
        vec![
            format!("make a scratch disk from snapshot {cid}, attached to nothing"),
            format!("look at its content: {}", self.look.describe()),
            "delete the scratch disk".to_owned(),
            format!("note that {cid} is verified"),
        ]
    }
}

/// The result of a drill whose snapshot is right.
#[derive(Debug)]
pub struct Drilled {
    /// The operation.
    pub operation: OperationId,
    /// When the content was found right, UTC.
    pub verified_at: DateTime<Utc>,
    /// The scratch disk, if it could not be deleted and is kept as an orphaned one, and the reason.
    pub kept: Option<(DiskCid, String)>,
}

/// Plans a drill, before anything is done.
///
/// # Errors
/// Those of [`promote::preflight`]; [`Kind::Unsupported`] if nothing can check the content.
pub fn plan(
    reader: &Reader,
    cpi: &dyn Cpi,
    hooks: HooksPresent,
    programs: &Programs,
    snapshot: Snapshot,
) -> Result<DrillPlan> {
    let size_mib = promote::preflight(reader, cpi, &snapshot)?.or(snapshot.size_mib);
    let look = match (hooks.verify, cpi.snapshot_image(&snapshot.cid)) {
        (true, _) => Look::Hook,
        (false, Some(image)) if !is_known(&image) && had_file_system(cpi, &snapshot) => Look::NoFileSystem,
        (false, Some(image)) => Look::FileSystem(Checker::of(&image, programs)?),
        (false, None) => {
            let message = format!("snapback cannot look at the content of a disk of the CPI '{}'", cpi.name());
            return Err(Error::new(Kind::Unsupported, message).hint(
                "set snapback.hooks.verify: it gets the scratch disk's CID as SNAPBACK_HOOK_DISK; nothing was done",
            ));
        }
    };
    Ok(DrillPlan { snapshot, look, size_mib })
}

/// Whether a drill has verified it, and its disk has a known file system.
fn had_file_system(cpi: &dyn Cpi, snapshot: &Snapshot) -> bool {
    let image = snapshot.disk.as_ref().and_then(|disk| cpi.disk_image(disk));
    snapshot.verified_at.is_some() && image.is_some_and(|image| is_known(&image))
}

/// Carries out the drill. Whatever the check finds, the scratch disk is deleted, or kept in the state file as an
/// orphaned one.
///
/// # Errors
/// [`Kind::Problems`] if the content is not right; the errors of the CPI and the check; another operation's claim; the
/// errors of the state file.
pub fn drill(session: &Session<'_>, plan: &DrillPlan) -> Result<Drilled> {
    let snapshot = &plan.snapshot;
    let cpi = session.cpis.cpi(&snapshot.cpi)?;
    let resource = Resource::Snapshot(snapshot.cpi.clone(), snapshot.cid.clone());
    let operation = session.begin(Verb::Drill, vec![Claim::shared(resource)], None)?;
    let id = operation.id().clone();
    session.progress.begin(3);
    let looked = scratch_disk(session, &operation, cpi.as_ref(), plan).and_then(|disk| {
        session.progress.step(&format!("scratch disk {} from {}", disk.cid, snapshot.cid));
        session.interrupt.check()?;
        let verdict = look(session, &operation, cpi.as_ref(), plan, &disk.cid);
        session.progress.step(&format!("content looked at: {}", plan.look.describe()));
        verdict
    });
    let away = put_away(session, &operation);
    session.progress.end();
    let away = match away {
        Ok(away) => away,
        Err(error) => {
            let first = looked.err().unwrap_or(error);
            return Err(first.in_operation(&id).hint("its scratch disk is recorded:").try_command("snapback recover"));
        }
    };
    let kept = away.kept();
    let note =
        kept.as_ref().map_or(String::new(), |(disk, _)| format!("; scratch disk {disk} is kept as an orphaned disk"));
    let (state, summary, result) = match looked {
        Ok(None) => {
            let state = if kept.is_some() { OperationState::Partly } else { OperationState::Done };
            (state, format!("{} is verified{note}", snapshot.cid), Ok(()))
        }
        Ok(Some(wrong)) => {
            let message = format!("the content of snapshot {} is not right: {wrong}", snapshot.cid);
            let error = Error::new(Kind::Problems, message).hint("do not count on it; to see the others:").try_command(
                format!("snapback -d {} snapshots {}", quoted(&snapshot.instance.deployment), snapshot.instance),
            );
            (OperationState::Failed, error.in_one_line() + &note, Err(error))
        }
        Err(error) => (OperationState::Failed, error.in_one_line() + &note, Err(error)),
    };
    conclude(session, operation, Verb::Drill.name(), state, Some(summary))?;
    let told = |error: Error| match &kept {
        None => error,
        Some((disk, why)) => error.hint(format!("the scratch disk {disk} is kept as an orphaned disk: {why}")),
    };
    result.map_err(|error| told(error.in_operation(&id)))?;
    let noted = known_snapshot(session.state.reader(), &snapshot.cpi, &snapshot.cid)?;
    let noted = noted.and_then(|noted| noted.verified_at);
    Ok(Drilled { operation: id, verified_at: noted.unwrap_or_else(|| session.clock.now()), kept })
}

/// Ends the drill of a dead snapback, whose steps are settled: its scratch disk is deleted, and its result counts.
///
/// # Errors
/// Those of the clouds and the state file: the drill stays pending.
pub(super) fn recover(session: &Session<'_>, operation: &Operation, open: OpenOperation) -> Result<String> {
    let away = put_away(session, &open)?;
    let sound = session.state.reader().steps(&operation.id)?.into_iter().any(|row| {
        matches!(row.step, Step::VerifyDisk { .. })
            && row.state == StepState::Done
            && row.result.as_deref() == Some(SOUND)
    });
    let found = if sound { "the snapshot is verified" } else { "the snapshot is not verified" };
    let disk = match away {
        PutAway::Nothing => "there is no scratch disk".to_owned(),
        PutAway::Deleted(disk) => format!("scratch disk {disk} is deleted"),
        PutAway::Kept(disk, why) => format!("scratch disk {disk} is kept as an orphaned disk: {why}"),
    };
    let state = if sound { OperationState::Partly } else { OperationState::Failed };
    let summary = format!("interrupted: {found}; {disk}");
    conclude(session, open, "recover", state, Some(summary.clone()))?;
    Ok(summary)
}

/// The result of a check that found nothing wrong, in the journal.
pub(super) const SOUND: &str = "the content is right";

fn scratch_disk(session: &Session<'_>, operation: &OpenOperation, cpi: &dyn Cpi, plan: &DrillPlan) -> Result<Disk> {
    let snapshot = &plan.snapshot;
    let draft = DiskDraft {
        instance: Some(snapshot.instance.clone()),
        slot: 0,
        size_mib: plan.size_mib,
        az: snapshot.az.clone(),
        cloud_properties: None,
    };
    let run = Run { session, operation, verb: Verb::Drill };
    Ok(promote::disk_or_late_disk(run, cpi, &snapshot.cid, draft)?)
}

/// Checks the scratch disk. Returns its damage in words, or `None` if it is sound.
fn look(
    session: &Session<'_>,
    operation: &OpenOperation,
    cpi: &dyn Cpi,
    plan: &DrillPlan,
    disk: &DiskCid,
) -> Result<Option<String>> {
    let snapshot = &plan.snapshot;
    let image = cpi.disk_image(disk);
    let scratch = Scratch { disk, image: image.as_deref(), snapshot: &snapshot.cid, instance: &snapshot.instance };
    let step = Step::VerifyDisk { cpi: snapshot.cpi.clone(), disk: disk.clone(), snapshot: snapshot.cid.clone() };
    let mut cause = None;
    let looked = perform(
        Run { session, operation, verb: Verb::Drill },
        &step,
        |_| {
            let looked = match (&plan.look, &image) {
                (Look::Hook, _) => session.hooks.verify_scratch(&scratch),
                (Look::NoFileSystem, _) => {
                    Ok(Some("it no longer has the file system that an earlier drill verified".to_owned()))
                }
                (Look::FileSystem(checker), Some(image)) => checker.check(image),
                (Look::FileSystem(_), None) => Err(Error::new(Kind::Cpi, format!("disk {disk} has no image here"))),
            };
            looked.map_err(|error| {
                let reason = error.in_one_line();
                cause = Some(error);
                CpiError::new(&snapshot.cpi, "verify", CpiErrorKind::Cloud, reason)
            })
        },
        |wrong| {
            let line = wrong.clone().unwrap_or_else(|| SOUND.to_owned());
            step.made(&Made::Sound(wrong.is_none())).telling(Some(line))
        },
    );
    looked.map_err(|failed| cause.unwrap_or(failed.error))
}

/// Settles open steps, and deletes the scratch disk, if there is one.
fn put_away(session: &Session<'_>, operation: &OpenOperation) -> Result<PutAway> {
    settle::open_steps(session, operation, WhenInterrupted::GoOn)?;
    let away = scratch::put_away(session, operation)?;
    settle::open_steps(session, operation, WhenInterrupted::GoOn)?;
    leftovers::clear(Run { session, operation, verb: Verb::Drill })?;
    settle::all(session, operation)?;
    Ok(away)
}
