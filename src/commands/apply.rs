//! `snapback apply`: carries out a plan that `restore --dry-run --save FILE` has saved.

use std::path::{Path, PathBuf};

use super::{Outcome, restore};
use crate::context::{Context, Tools};
use crate::domain::digest::digest;
use crate::domain::operation::Verb;
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::swap::SwapPlan;
use crate::domain::time::age;
use crate::error::{Error, Kind, Result};
use crate::ops::swap::{Ground, SavedPlan};
use crate::state::Reader;

/// The arguments of `snapback apply`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The plan
    #[arg(value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    file: PathBuf,
    /// Check whether the plan still holds, show it, and do nothing
    #[arg(long)]
    dry_run: bool,
    /// If create-env manages the instance: its command line, which the plan does not hold
    #[arg(last = true, value_name = "COMMAND")]
    command: Vec<String>,
}

/// Carries out a saved plan if it still holds: snapback plans again, and compares.
///
/// # Errors
/// The file is not a saved plan, was edited, or belongs to another state file; [`Kind::Refused`] if anything that the
/// plan rests on has changed; else as `restore`.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let saved = SavedPlan::read(&args.file)?;
    let arguments: restore::Args = serde_json::from_value(saved.arguments.clone())
        .map_err(|error| Error::because(Kind::Usage, format!("{} is not a saved plan", args.file.display()), error))?;
    let line = restore::create_env::line(&args.command, arguments.without_disarming())?;
    let mut tools = context.tools()?;
    tools.bosh = tools.bosh.with_create_env(line)?;
    let done = carry_out(context, &tools, args, &saved, &arguments);
    restore::create_env::completed_outcome(done, tools.bosh.create_env_line())
}

fn carry_out(
    context: &mut Context,
    tools: &Tools,
    args: &Args,
    saved: &SavedPlan,
    arguments: &restore::Args,
) -> Result<Outcome> {
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let ground = ground(context, tools, opened.reader())?;
    saved.is_of(&ground)?;
    context.ui.say(&format!("Plan of {}, {} old", saved.made_at.format("%Y-%m-%d %H:%M:%S UTC"), {
        age(saved.made_at, context.clock.now())
    }));
    let again = arguments.again();
    let (_, now) = restore::plan(context, tools, opened.reader(), arguments)?;
    saved.still_holds(&ground, &now).map_err(|error| {
        error.hint("nothing was done; to see what would be done now:").try_command(format!("{again} --dry-run"))
    })?;
    restore::carry_out(context, tools, opened, Verb::Restore, &saved.plan)
}

/// Saves the plan of a restore.
///
/// # Errors
/// The file exists already, or cannot be written.
pub(super) fn save(
    context: &mut Context,
    tools: &Tools,
    reader: &Reader,
    arguments: &restore::Args,
    (snapshots, plan): (&[Snapshot], &SwapPlan),
    file: &Path,
) -> Result<()> {
    let ground = ground(context, tools, reader)?;
    let arguments = serde_json::to_value(arguments.of(snapshots))
        .map_err(|error| Error::new(Kind::Bug, format!("arguments cannot be written as JSON: {error}")))?;
    SavedPlan::new(context.clock.now(), ground, arguments, plan.clone())?.write(file)?;
    let apply = context.called.command(&format!("snapback apply {}", quoted(&file.to_string_lossy())));
    context.ui.say(&format!("Saved as {}. To carry it out: {apply}", file.display()));
    Ok(())
}

fn ground(context: &Context, tools: &Tools, reader: &Reader) -> Result<Ground> {
    let files = std::iter::once(&tools.manifest.path).chain(&context.global.ops_file);
    let mut texts = Vec::new();
    for file in files {
        texts.push(
            std::fs::read(file)
                .map_err(|error| Error::because(Kind::Failed, format!("{} cannot be read", file.display()), error))?,
        );
    }
    Ok(Ground { state_id: reader.state_id()?, manifest: digest(texts.iter().map(Vec::as_slice)) })
}
