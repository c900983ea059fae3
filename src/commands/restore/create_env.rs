//! Restores of an instance that create-env manages: the operator's command line, and what to do afterwards.

use std::path::Path;

use crate::commands::Outcome;
use crate::context::{Context, Tools};
use crate::domain::called::verb_of;
use crate::domain::create_env::ByCreateEnv;
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::ids::CpiName;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::shell::quoted;
use crate::domain::swap::{Method, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::ops::swap::{Swapped, write_disarming};

/// The command line after `--`.
///
/// # Errors
/// It is not a command line of create-env.
pub fn line(words: &[String], without_disarming: bool) -> Result<Option<CreateEnvLine>> {
    Ok(CreateEnvLine::parse(words)?.map(|line| line.without_disarming(without_disarming)))
}

/// Writes the ops file that the command line needs.
///
/// # Errors
/// It cannot be written, or the manifest of the command line cannot be read.
pub fn before(context: &mut Context, tools: &Tools, instance: &Instance, dry_run: bool) -> Result<()> {
    if instance.managed_by != ManagedBy::CreateEnv {
        return Ok(());
    }
    outlives_the_run(tools, &instance.cpi)?;
    disarm(context, tools, dry_run)
}

/// Refuses a CPI that the run of create-env deletes: snapback could not ask the cloud anything afterwards.
///
/// # Errors
/// It is the job in create-env's own installation.
pub fn outlives_the_run(tools: &Tools, cpi: &CpiName) -> Result<()> {
    let Some(place) = tools.clouds.deleted_by_create_env(cpi) else { return Ok(()) };
    let message = format!("the CPI '{cpi}' is the job of {}, and each run of create-env deletes it", place.named_by);
    let job = place.path.parent().and_then(Path::parent).unwrap_or(&place.path).to_string_lossy().into_owned();
    Err(Error::new(Kind::Unsupported, message)
        .hint(
            "after that, snapback could not ask the cloud anything. Nothing was done. Keep a copy of the job, and name \
             that:",
        )
        .hint(format!("  cp -a {} KEPT; {} ... --cpi-path {cpi}=KEPT/bin/cpi", quoted(&job), "snapback"))
        .hint(format!("or use snapback's built-in CPI, if it has one for that cloud: --cpi native:{cpi}"))
        .hint("its wrapper looks for its configuration in BOSH_JOBS_DIR: docs/cpis.md, \"Where create-env runs\""))
}

/// Adds the command line to the commands that an error names: without it they are refused.
pub fn completed(error: Error, line: Option<&CreateEnvLine>) -> Error {
    let Some(line) = line else { return error };
    error.with_commands(|command| with_line(&command, Some(line)))
}

/// The same for what a command ends with.
///
/// # Errors
/// The command's.
pub fn completed_outcome(done: Result<Outcome>, line: Option<&CreateEnvLine>) -> Result<Outcome> {
    let done = done.map_err(|error| completed(error, line))?;
    let failures = done.failures.into_iter().map(|error| completed(error, line)).collect();
    Ok(Outcome { failures, ..done })
}

/// A command with the command line that it is refused without.
pub fn with_line(command: &str, line: Option<&CreateEnvLine>) -> String {
    let wants_it = match verb_of(command) {
        "restore" | "undo" | "apply" => true,
        // To show what is open, and to end an operation as it is, nothing is run.
        "recover" => !command.contains("--dry-run") && !command.contains("--close"),
        _ => false,
    };
    match line.filter(|_| wants_it && !command.contains(" -- ")) {
        Some(line) => format!("{command} -- {}", line.shown()),
        None => command.to_owned(),
    }
}

/// As [`before`], for an undo.
///
/// # Errors
/// As [`before`].
pub fn before_undo(context: &mut Context, tools: &Tools, plan: &SwapPlan, dry_run: bool) -> Result<()> {
    if !matches!(plan.method, Method::CreateEnv(_)) {
        return Ok(());
    }
    outlives_the_run(tools, &plan.cpi)?;
    disarm(context, tools, dry_run)
}

fn disarm(context: &Context, tools: &Tools, dry_run: bool) -> Result<()> {
    match tools.bosh.create_env_line() {
        Some(line) if !dry_run && !line.stays_armed() => write_disarming(line, &context.environment.variables),
        _ => Ok(()),
    }
}

/// Warns of what the operator must know before answering the question.
pub fn warn(context: &mut Context, by: &ByCreateEnv) {
    if !by.is_compared {
        context.ui.warn(
            "snapback could not read the manifest's disk completely, so it cannot compare it with its record. If they \
             differ, create-env copies the restored disk and deletes it",
        );
    }
    match &by.disarmed_by {
        Some(file) => context.ui.say(&format!(
            "Disarmed  by {}: resurrector, clean-up and schedules are off until you take it off the command line",
            file.display()
        )),
        None => context.ui.warn(
            "the Director stays armed: with a database from the past, it may delete disks that are in use, and \
             recreate VMs",
        ),
    }
}

/// Prints the checklist. The Director knows the world as it was when the snapshot was taken.
pub fn after(context: &mut Context, by: &ByCreateEnv, done: &Swapped) {
    if let Some(remark) = &done.remark {
        context.ui.warn(remark);
    }
    let command = |line: &str| context.called.command(line);
    let mut lines = vec![
        "The Director's database is from the past now. Before the Director may act again:".to_owned(),
        "  1. bosh cck --report                   which VMs and disks it misses, deployment by deployment".to_owned(),
        format!(
            "  2. {}       what the newest import knew; compare, and attach what was lost",
            command("snapback instances --details")
        ),
        format!("  3. {}        once both agree", command("snapback import --from-bosh")),
    ];
    if let Some(file) = &by.disarmed_by {
        let file = quoted(&file.to_string_lossy());
        lines.push(format!(
            "  4. bosh create-env ...                 without -o {file}: resurrector and clean-up are on again"
        ));
    }
    lines.push(format!(
        "  {}. {}   until then `check` reminds you of it",
        lines.len(),
        command(&format!("snapback operations {} --done", done.operation))
    ));
    for line in lines {
        context.ui.say(&line);
    }
    if let Some(old) = &done.old_disk {
        context.ui.say(&format!(
            "create-env has no record of disk {old}, so nobody deletes it. Delete it yourself when you no longer need \
             it"
        ));
    }
}
