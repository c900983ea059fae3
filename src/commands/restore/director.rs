//! What an operator has to know of a restore through a Director, besides that it is done.

use chrono::TimeDelta;

use crate::context::{Context, Tools};
use crate::domain::instance::ORPHANED_DAYS;
use crate::domain::swap::SwapPlan;
use crate::domain::zones::Zones;
use crate::error::Result;
use crate::ops::import::{Question, ask, import};
use crate::ops::swap::Swapped;
use crate::state::State;

/// Says what becomes of the old disk, and takes in what the Director has made of it. The restore is done: nothing that
/// goes wrong here changes its outcome.
pub(super) fn after(context: &mut Context, tools: &Tools, state: &State, plan: &SwapPlan, done: &Swapped) {
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
        context.ui.say(&format!("To take one: {} take {}", context.program, plan.instance));
    }
    context
        .ui
        .say("The next deploy leaves the new disk in place: the Director has the old one's size and properties for it");
    if let Err(error) = refresh(context, tools, state, plan) {
        context.ui.warn(&format!("what the Director says now was not imported: {}", error.in_one_line()));
    }
}

/// The Director may have taken snapshots of its own at the stop, and has orphaned a disk.
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
    import(state, &tools.clouds, Zones::NONE, asked.findings).map(drop)
}
