//! What concerns an instance of create-env's: the operator's command line, and what is to be done afterwards.

use crate::context::{Context, Tools};
use crate::domain::create_env::ByCreateEnv;
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::shell::quoted;
use crate::domain::swap::{Method, SwapPlan};
use crate::error::Result;
use crate::ops::swap::{Swapped, write_disarming};

/// The command line after `--`.
///
/// # Errors
/// It is not one of create-env.
pub fn line(words: &[String], without_disarming: bool) -> Result<Option<CreateEnvLine>> {
    Ok(CreateEnvLine::parse(words)?.map(|line| line.without_disarming(without_disarming)))
}

/// Writes the ops file that the command line has to have.
///
/// # Errors
/// It cannot be written, or the manifest of the command line cannot be read.
pub fn before(context: &mut Context, tools: &Tools, instance: &Instance, dry_run: bool) -> Result<()> {
    if instance.managed_by == ManagedBy::CreateEnv { disarm(context, tools, dry_run) } else { Ok(()) }
}

/// The same for an undo.
///
/// # Errors
/// As [`before`].
pub fn before_undo(context: &mut Context, tools: &Tools, plan: &SwapPlan, dry_run: bool) -> Result<()> {
    if matches!(plan.method, Method::CreateEnv(_)) { disarm(context, tools, dry_run) } else { Ok(()) }
}

fn disarm(context: &Context, tools: &Tools, dry_run: bool) -> Result<()> {
    match tools.bosh.create_env_line() {
        Some(line) if !dry_run && !line.stays_armed() => write_disarming(line, &context.environment.variables),
        _ => Ok(()),
    }
}

/// What is to be known before the question.
pub fn warn(context: &mut Context, by: &ByCreateEnv) {
    if !by.is_compared {
        context.ui.warn(
            "the manifest's disk could not be read to its end, and so not be compared with its record: if they differ, \
             create-env copies the restored disk and deletes it",
        );
    }
    match &by.disarmed_by {
        Some(file) => context.ui.say(&format!(
            "Disarmed  by {}: resurrector, clean-up and schedules are off until you take it off the command line",
            file.display()
        )),
        None => context.ui.warn(
            "the Director stays armed: on a database of the past it may delete disks that are in use, and recreate VMs",
        ),
    }
}

/// The checklist. The Director knows the world as it was when the snapshot was taken.
pub fn after(context: &mut Context, by: &ByCreateEnv, done: &Swapped) {
    let program = context.program.clone();
    let mut lines = vec![
        "The Director's database is of the past now. Before it may act again:".to_owned(),
        "  1. bosh cck --report                   which VMs and disks it misses, deployment by deployment".to_owned(),
        format!(
            "  2. {program} instances --details       what the newest import knew; compare, and attach what was lost"
        ),
        format!("  3. {program} import --from-bosh        once both agree"),
    ];
    if let Some(file) = &by.disarmed_by {
        let file = quoted(&file.to_string_lossy());
        lines.push(format!(
            "  4. bosh create-env ...                 without -o {file}: resurrector and clean-up are on again"
        ));
    }
    lines.push(format!(
        "  {}. {program} operations {} --done   until then `check` reminds of it",
        lines.len(),
        done.operation
    ));
    for line in lines {
        context.ui.say(&line);
    }
    if let Some(old) = &done.old_disk {
        context.ui.say(&format!(
            "Disk {old} is in no record of create-env's, and so nobody deletes it: when it is not needed any more, you do"
        ));
    }
}
