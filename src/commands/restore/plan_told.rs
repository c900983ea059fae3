//! A plan in words, and what to be warned of, before it is carried out.

use chrono::Local;

use super::{create_env, director};
use crate::context::{Context, Tools};
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::instance::ORPHANED_DAYS;
use crate::domain::moment::on_both_clocks;
use crate::domain::shell::quoted;
use crate::domain::size::ibytes;
use crate::domain::snapshot::{Owner, Snapshot};
use crate::domain::swap::{Method, Source, SwapPlan};
use crate::domain::time::age;
use crate::error::Result;
use crate::ops::CpiSource;
use crate::ops::costs::{self, Cost};
use crate::ops::swap::NextDeploy;
use crate::state::Reader;

/// Warns that the Director deletes its own snapshots of a disk with that disk (cloudfoundry/bosh
/// `orphan_disk_manager.rb`).
pub(super) fn warn_of_the_directors(context: &mut Context, snapshot: &Snapshot, plan: &SwapPlan) {
    if snapshot.owner != Owner::Director || !matches!(plan.method, Method::Bosh(_)) {
        return;
    }
    let Some(disk) = &snapshot.disk else { return };
    let when = match plan.disks().any(|one| one.old_disk() == Some(disk)) {
        true => format!("{ORPHANED_DAYS} days after this restore"),
        false => format!("{ORPHANED_DAYS} days after it was put away"),
    };
    context.ui.warn(&format!(
        "snapshot {} is the Director's: BOSH deletes it with disk {disk}, {when} or at the next `bosh clean-up --all`",
        snapshot.cid
    ));
}

/// Warns of a disk that was made by hand: no CPI tells how large it is, so it may be smaller than what is on record.
pub(super) fn warn_of_size(context: &mut Context, reader: &Reader, plan: &SwapPlan) -> Result<()> {
    for one in plan.disks() {
        let (Source::Disk { cid, of: Some(_) }, Some(recorded)) = (&one.source, one.size_mib) else { continue };
        let known = reader.disks_by_cid(cid)?.into_iter().find(|disk| disk.cpi == plan.cpi);
        let (on_record, size) = (ibytes(recorded), known.and_then(|disk| disk.size_mib));
        match size {
            Some(size) if size >= recorded => {}
            Some(size) => context.ui.warn(&format!(
                "disk {cid} has {}, but {on_record} are on record: writing beyond its end will fail",
                ibytes(size)
            )),
            None => context.ui.warn(&format!(
                "snapback does not know the size of disk {cid}: look in the cloud; it is recorded with {on_record}, \
                 and must not be smaller"
            )),
        }
    }
    Ok(())
}

/// Warns of what the operator has to look after. Returns what the next deploy will do, if a Director manages the
/// instance.
pub(super) fn warn(context: &mut Context, tools: &Tools, plan: &SwapPlan) -> Option<NextDeploy> {
    let foreseen = if let Method::Bosh(_) = &plan.method { director::warn(context, tools, plan) } else { None };
    if let Method::CreateEnv(by) = &plan.method {
        create_env::warn(context, by);
    } else if !plan.stops() {
        context.ui.warn("no stop hook is set (snapback.hooks.stop): make sure that nothing uses the disk now");
    }
    for old in plan.disks().filter_map(|one| one.old.as_ref()).filter(|old| old.exists && !old.attached) {
        context.ui.warn(&format!(
            "disk {} is not attached to VM {}: if {} has another disk by now, the inventory is out of date; correct it \
             first, and import it again",
            old.cid, plan.vm, plan.instance
        ));
    }
    for old in plan.disks().filter_map(|one| one.old.as_ref()).filter(|old| !old.exists) {
        let listed = if old.attached { ", though its VM lists it" } else { "" };
        context.ui.warn(&format!(
            "the cloud no longer has disk {}{listed}: no safety snapshot is taken of it, and there is nothing to keep or to \
             go back to",
            old.cid
        ));
    }
    if tools.manifest.settings.catalogues.has(&plan.instance.group) {
        context.ui.warn(&format!(
            "a catalogue of backups lives on the disk of {} (snapback.backup_catalogue): the restore sets it back, so \
             it will not know of backups made since then, and its program may overwrite or expire them; have it read \
             its storage again",
            plan.instance
        ));
    }
    foreseen
}

/// Prints the costs of a plan, before the question, and returns them.
///
/// # Errors
/// Those of [`costs::of_plan`].
pub(super) fn cost(context: &mut Context, tools: &Tools, plan: &SwapPlan) -> Result<Vec<Cost>> {
    let costs = costs::of_plan(tools.clouds.cpi(&plan.cpi)?.as_ref(), plan)?;
    for (at, cost) in costs.iter().enumerate() {
        let label = if at == 0 { "Costs" } else { "" };
        context.ui.say(&format!("{label:9} {}", cost.in_words()));
    }
    Ok(costs)
}

/// Tells what it is about, and how to go back.
pub(super) fn tell(context: &mut Context, line: Option<&CreateEnvLine>, plan: &SwapPlan) {
    let line = line.filter(|_| matches!(plan.method, Method::CreateEnv(_)));
    // `undo` goes further back each time: what it would take back after an undo is something older.
    let way_back = match plan.undo_of {
        None => {
            let undo = format!("snapback -d {} undo", quoted(&plan.instance.deployment));
            format!("`{}`", create_env::with_line(&undo, line))
        }
        Some(_) => "undo this operation by its id, which is shown at the end".to_owned(),
    };
    for line in describe(plan, &way_back, context.clock.now()) {
        context.ui.say(&line);
    }
}

fn describe(plan: &SwapPlan, way_back: &str, now: chrono::DateTime<chrono::Utc>) -> Vec<String> {
    let mut lines = Vec::new();
    let current: Vec<String> = plan
        .disks()
        .map(|one| match &one.old {
            Some(old) if old.exists && !old.attached => format!("disk {}, which is not attached", old.cid),
            Some(old) if old.exists => format!("disk {}", old.cid),
            Some(old) => format!("disk {}, which the cloud no longer has", old.cid),
            None => "no disk".to_owned(),
        })
        .collect();
    let current = current.join(", ");
    lines.push(format!(
        "Instance  {} of deployment '{}', VM {}, has {current}",
        plan.instance, plan.instance.deployment, plan.vm
    ));
    for one in plan.disks() {
        match &one.source {
            Source::Snapshot { cid, created_at, clean } => {
                let clean = match clean {
                    true => "clean (the processes were stopped)",
                    false => "crash-consistent (the processes were running)",
                };
                lines.push(format!("Snapshot  {cid}, {clean}"));
                let old = age(*created_at, now);
                lines.push(format!("Taken     {old} ago: {}", on_both_clocks(*created_at, &Local)));
            }
            Source::Disk { cid, of: None } => lines.push(format!("Disk      {cid}, which was put away")),
            Source::Disk { cid, of: Some(snapshot) } => {
                lines.push(format!("Disk      {cid}, made by hand from snapshot {snapshot}"));
            }
        }
    }
    kept(plan, way_back, &mut lines);
    lines
}

fn kept(plan: &SwapPlan, way_back: &str, lines: &mut Vec<String>) {
    let mut all = 0;
    for one in plan.disks() {
        let Some(old) = one.old_disk() else { continue };
        all += 1;
        let deadline = match plan.method {
            Method::Bosh(_) => format!(" for {ORPHANED_DAYS} days, or until `bosh clean-up --all`"),
            Method::Cpi | Method::CreateEnv(_) => String::new(),
        };
        let safety = match (one.safety_snapshot, &plan.method) {
            (false, _) => "",
            (true, Method::Cpi | Method::CreateEnv(_)) => ", and a snapshot of it",
            (true, Method::Bosh(_)) => "; a snapshot of it, for good",
        };
        lines.push(format!("Kept      disk {old}{deadline}{safety}"));
    }
    lines.push(match all == plan.disks().count() {
        true if all > 1 => {
            format!("Way back  {way_back}; on an error in between, all old disks are put back at once")
        }
        true => format!("Way back  {way_back}; on an error in between, the old disk is put back at once"),
        false => "Way back  none: there is no old disk".to_owned(),
    });
}
