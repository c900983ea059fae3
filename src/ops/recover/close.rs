//! Ends an operation that can go neither on nor back: records what the cloud and the instance's manager say, and does
//! nothing else. The things that it made are in the state file already, and stay there.

use crate::domain::create_env::{EnvAct, TO_DO};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::operation::{Operation, OperationState};
use crate::domain::step::{Fact, Outcome, Settlement, Step, StepState};
use crate::domain::swap::{DiskSwap, Method, Source, SwapPlan};
use crate::error::{Error, Result};
use crate::ops::perform::{Run, conclude, note};
use crate::ops::presence::Thing;
use crate::ops::session::Session;
use crate::ops::settle::by_state_file::Recorded;
use crate::ops::vm_disks::{VmDisks, or_cannot_tell, steady};
use crate::state::OpenOperation;

/// Gives up the question whether steps have happened that only change where disks are: that is looked at directly.
/// Steps that may have made or deleted something are still asked about.
///
/// # Errors
/// Those of the state file.
pub(super) fn give_up_looking(session: &Session<'_>, open: &OpenOperation, found: &mut Vec<String>) -> Result<()> {
    for row in session.state.reader().steps(open.id())?.into_iter().filter(|row| !row.state.is_settled()) {
        let moves_only =
            matches!(row.step.settlement(), Settlement::DisksOfVm | Settlement::ByDirector | Settlement::ByStateFile);
        if moves_only {
            let reason = "nobody can tell: closed by the operator".to_owned();
            found.push(format!("{}: {reason}", row.step.describe()));
            open.settle(&row.token, Outcome::Failed { reason })?;
        }
    }
    Ok(())
}

/// Records where the instance's disks are, and ends the operation. Returns the result in one line.
///
/// # Errors
/// A cloud that has neither the VM nor any other known thing; the errors of the state file.
pub(super) fn close(
    session: &Session<'_>,
    operation: &Operation,
    plan: &SwapPlan,
    mut open: OpenOperation,
) -> Result<String> {
    let seen = look(session, &open, plan)?;
    for (slot, disk) in seen.disks {
        let (cpi, instance) = (plan.cpi.clone(), plan.instance.clone());
        let step = Step::Record { cpi, instance: instance.clone(), disk, slot };
        let recorded = step.happened();
        let recorded = match seen.vm.clone() {
            Some(vm) => recorded.with(Fact::VmReplaced { instance, vm }),
            None => recorded,
        };
        note(Run { session, operation: &open, verb: operation.verb }, &step, recorded)?;
    }
    let mut to_do = "";
    if may_be_of_the_past(session, &open, plan)? {
        open.leave_to_do();
        to_do = TO_DO;
    }
    let summary = format!("closed by the operator: {}: {}{to_do}", plan.instance, seen.said);
    conclude(session, open, "recover", OperationState::Partly, Some(summary.clone()))?;
    Ok(summary)
}

/// Whether create-env may have put a Director on an old database, and disarmed it.
fn may_be_of_the_past(session: &Session<'_>, open: &OpenOperation, plan: &SwapPlan) -> Result<bool> {
    let is_run = |step: &Step| matches!(step, Step::CreateEnv { does: EnvAct::Run { .. }, .. });
    let begun = session.state.reader().steps(open.id())?.iter().any(|row| is_run(&row.step));
    Ok(begun && matches!(plan.method, Method::CreateEnv(_)))
}

/// The instance as far as it is known: its VM, if that may be another one, and the disk of each known slot.
#[derive(Default)]
struct Seen {
    vm: Option<VmCid>,
    disks: Vec<(u32, DiskCid)>,
    said: String,
}

fn look(session: &Session<'_>, open: &OpenOperation, plan: &SwapPlan) -> Result<Seen> {
    let kept = by_the_keeper(session, plan);
    let vm = kept.as_ref().and_then(|kept| kept.vm.clone()).unwrap_or_else(|| plan.vm.clone());
    let candidates: Vec<(u32, Vec<DiskCid>)> =
        plan.disks().map(|disk| (disk.slot, candidates(session, open, disk))).collect();
    let kept_disks = kept.iter().flat_map(|kept| kept.disks.iter().map(|(_, disk)| disk));
    let matter: Vec<&DiskCid> = candidates.iter().flat_map(|(_, disks)| disks).chain(kept_disks).collect();
    let told = or_cannot_tell(session.cpis.cpi(&plan.cpi).and_then(|cpi| steady(cpi.as_ref(), &vm, &matter)));
    if told == VmDisks::NoVm {
        let cpi = session.cpis.cpi(&plan.cpi)?;
        session.refuse_if_absent(cpi.as_ref(), "get_disks", Thing::Disk)?;
    }
    let by_cloud = candidates
        .iter()
        .filter_map(|(slot, disks)| Some((*slot, disks.iter().find(|disk| told.has(disk) == Some(true))?.clone())));
    let of_cloud = match &told {
        VmDisks::CannotTell(why) => format!("the cloud cannot tell ({why})"),
        told => format!("according to the cloud, VM {vm} has: {}", told.describe()),
    };
    Ok(match kept {
        Some(kept) if !kept.disks.is_empty() => Seen { said: format!("{}; {of_cloud}", kept.said), ..kept },
        Some(kept) => Seen { disks: by_cloud.collect(), said: format!("{}; {of_cloud}", kept.said), vm: kept.vm },
        None => Seen { vm: None, disks: by_cloud.collect(), said: of_cloud },
    })
}

/// The disks that an instance can have in this slot, the new one first.
fn candidates(session: &Session<'_>, open: &OpenOperation, disk: &DiskSwap) -> Vec<DiskCid> {
    let made = session.state.reader().steps(open.id()).unwrap_or_default().into_iter().rev().find_map(|row| {
        match (&row.step, row.state) {
            (Step::CreateDiskFromSnapshot { disk: draft, .. }, StepState::Done) if draft.slot == disk.slot => {
                row.result
            }
            _ => None,
        }
    });
    let new = match &disk.source {
        Source::Disk { cid, .. } => Some(cid.clone()),
        Source::Snapshot { .. } => made.map(DiskCid::new),
    };
    new.into_iter().chain(disk.old.as_ref().map(|old| old.cid.clone())).collect()
}

/// Reads the instance from create-env's state file, or asks the Director for it; `None` if nobody manages the instance.
fn by_the_keeper(session: &Session<'_>, plan: &SwapPlan) -> Option<Seen> {
    let slot = plan.only().slot;
    match &plan.method {
        Method::Cpi => None,
        Method::CreateEnv(by) => Some(match Recorded::read(&by.state_file) {
            Ok(recorded) => Seen { said: recorded.describe(), vm: recorded.vm, disks: vec![(slot, recorded.disk)] },
            Err(error) => Seen { said: error.in_one_line(), ..Seen::default() },
        }),
        Method::Bosh(by) => {
            let slug = by.slug(&plan.instance);
            Some(match session.bosh.instance(&plan.instance.deployment, &slug) {
                Ok(Some(seen)) => {
                    let list = seen.disks.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", ");
                    let said = format!("the Director has disk {}", if list.is_empty() { "none" } else { &list });
                    Seen { vm: seen.vm, disks: seen.disks.into_iter().take(1).map(|disk| (slot, disk)).collect(), said }
                }
                Ok(None) => Seen { said: format!("the Director has no instance {slug}"), ..Seen::default() },
                Err(error) => Seen { said: Error::from(error).in_one_line(), ..Seen::default() },
            })
        }
    }
}
