//! Warnings and advice of a restore through a Director.

use chrono::TimeDelta;

use crate::context::{Context, Tools};
use crate::domain::instance::{InstanceName, ORPHANED_DAYS};
use crate::domain::shell::quoted;
use crate::domain::swap::{Source, SwapPlan};
use crate::domain::zones::Zones;
use crate::error::Result;
use crate::ops::HookRunner;
use crate::ops::import::{Question, ask, import};
use crate::ops::swap::{NextDeploy, Swapped, next_deploy, next_deploy_after};
use crate::state::State;

/// Says that snapback looks inside the instance before the plan: it may take a while.
pub(in crate::commands) fn before(context: &mut Context, tools: &Tools, instance: &InstanceName) {
    if !tools.hooks.present().verify {
        let seconds = tools.bosh.ssh_deadline().as_secs();
        context.ui.say(&format!("Looking inside {instance} with `bosh ssh`: {seconds} s at most"));
    }
}

/// Says what becomes of the old disk, and imports what the Director has done with it. The restore is done: a failure
/// here does not change its outcome.
pub(super) fn after(
    context: &mut Context,
    tools: &Tools,
    state: &State,
    (plan, done): (&SwapPlan, &Swapped),
    foreseen: Option<&NextDeploy>,
) {
    if let Some(old) = &done.old_disk {
        // cloudfoundry/bosh `orphan_disk_manager.rb`
        let until = context.clock.now() + TimeDelta::days(ORPHANED_DAYS);
        context.ui.say(&format!(
            "The Director has orphaned {old}: it deletes it after {} UTC ({ORPHANED_DAYS} days), or at the next `bosh \
             clean-up --all`, and the Director's own snapshots of it",
            until.format("%Y-%m-%d %H:%M")
        ));
        match &done.safety {
            Some(safety) => context.ui.say(&format!("The safety snapshot {safety} is not the Director's, and stays")),
            None => context.ui.warn(&format!("there is no snapshot of {old} that stays")),
        }
    }
    if let Some(why) = &done.unprotected {
        context.ui.warn(&format!("no snapshot was taken of the new disk: {why}"));
        let (deployment, name) = (quoted(&plan.instance.deployment), &plan.instance);
        let take = context.called.command(&format!("snapback -d {deployment} take {name}"));
        context.ui.say(&format!("To take one: {take}"));
    }
    tell_next_deploy(context, tools, plan, foreseen);
    if let Err(error) = refresh(context, tools, state, plan) {
        context.ui.warn(&format!("what the Director says now was not imported: {}", error.in_one_line()));
    }
}

/// Warns, before anything happens, if a deploy will copy the disk. Returns what that deploy will do.
pub(super) fn warn(context: &mut Context, tools: &Tools, plan: &SwapPlan) -> Option<NextDeploy> {
    let name = &plan.instance.deployment;
    let foreseen = next_deploy_after(&tools.bosh, plan);
    match &foreseen {
        Ok(NextDeploy::Leaves(_)) => {}
        Ok(NextDeploy::Copies { recorded, wanted }) => context.ui.warn(&format!(
            "the next deploy of '{name}' will copy the disk that this attaches to another one, and orphan it: the \
             Director will have {recorded} on record for it, but the current cloud-config wants {wanted}"
        )),
        Ok(NextDeploy::Unknown(why)) => {
            context
                .ui
                .warn(&format!("snapback does not know whether the next deploy of '{name}' copies the disk: {why}"));
        }
        Err(error) => context.ui.warn(&format!(
            "snapback could not find out whether the next deploy of '{name}' copies the disk: {}",
            error.in_one_line()
        )),
    }
    foreseen.ok()
}

/// Tells what the next deploy will do. The Director does not tell what it has on record of a disk that was orphaned and
/// is attached again, so the plan has looked before.
fn tell_next_deploy(context: &mut Context, tools: &Tools, plan: &SwapPlan, foreseen: Option<&NextDeploy>) {
    let name = &plan.instance.deployment;
    let is_own = matches!(plan.only().source, Source::Disk { .. });
    let told = match foreseen {
        Some(foreseen) if is_own => Ok(foreseen.clone()),
        _ => next_deploy(&tools.bosh, plan),
    };
    match told {
        Ok(NextDeploy::Leaves(size)) => context.ui.say(&format!(
            "The next deploy leaves the new disk in place: the Director has {size} on record for it, as the manifest and the \
             cloud-config want it now"
        )),
        Ok(NextDeploy::Copies { recorded, wanted }) => {
            context.ui.warn(&format!(
                "the next deploy of '{name}' copies the new disk to another one, and orphans it: the Director has \
                 {recorded} on record for it, but the manifest with the current cloud-config wants {wanted}"
            ));
            context.ui.say("So does a `bosh start`, `stop` or `restart` without --no-converge");
        }
        Ok(NextDeploy::Unknown(why)) => {
            context.ui.say(&format!(
                "snapback does not know whether the next deploy leaves the new disk in place: {why}"));
        }
        Err(error) => context.ui.warn(&format!(
            "snapback could not find out whether the next deploy of '{name}' copies the new disk: {}",
            error.in_one_line()
        )),
    }
}

/// Imports what the Director did: it may have taken snapshots of its own at the stop, and has orphaned a disk.
fn refresh(context: &mut Context, tools: &Tools, state: &State, plan: &SwapPlan) -> Result<()> {
    let (clock, interrupt) = (context.clock.clone(), context.interrupt.clone());
    let question = Question {
        deployment: Some(&plan.instance.deployment),
        director: None,
        default_cpi: &plan.cpi,
        zones: Zones::NONE,
        clock: &clock,
        interrupt: &interrupt,
    };
    let asked = ask(&tools.bosh, &question, &mut |_| {})?;
    import(state, &tools.clouds, &context.presence(), Zones::NONE, asked.findings).map(drop)
}
