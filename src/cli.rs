//! The command line: what all commands share, and which command it is.

mod interrupted;
mod refusal;
mod sources;

use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;

use clap::{ArgAction, Args, CommandFactory, Parser, Subcommand, ValueEnum};

use crate::command_line;
use crate::commands::{self, Outcome};
use crate::context::Context;
use crate::domain::freshness::MaxAge;
use crate::environment::Environment;
use crate::error::{Error, Kind, Result};
use crate::exit_code::{ExitCode, TABLE};
use crate::ops::Interrupt;
#[cfg(debug_assertions)]
use crate::ops::clouds::late;
use crate::ui::{Format, Streams, Style, Ui};

/// Take, list and delete snapshots of BOSH persistent disks, and put an instance back on one
#[derive(Debug, Parser)]
#[command(name = "snapback", version, propagate_version = true, after_long_help = exit_codes(), max_term_width = 120)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
    /// Which command it is.
    #[command(subcommand)]
    pub command: Command,
}

/// The arguments that all commands share.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Global options")]
pub struct Global {
    /// The Director's manifest [env: SNAPBACK_MANIFEST] [default: director.yml]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub manifest: Option<PathBuf>,
    /// The state file [env: SNAPBACK_STATE] [default: beside the manifest, as <stem>-snapshots.db]
    #[arg(long, global = true, value_name = "FILE")]
    pub state: Option<PathBuf>,
    /// The deployment [env: BOSH_DEPLOYMENT] [default: the only one there is]
    #[arg(short, long, global = true, value_name = "NAME")]
    pub deployment: Option<String>,
    /// Change the manifest first, as an ops file says
    #[arg(short, long, global = true, value_name = "FILE")]
    pub ops_file: Vec<PathBuf>,
    /// Give a ((variable)) of the manifest its value, as YAML
    #[arg(short, long, global = true, value_name = "NAME=VALUE")]
    pub var: Vec<String>,
    /// Give a variable the text of a file
    #[arg(long, global = true, value_name = "NAME=FILE")]
    pub var_file: Vec<String>,
    /// Take variables from a YAML file
    #[arg(short = 'l', long, global = true, value_name = "FILE")]
    pub vars_file: Vec<PathBuf>,
    /// Take variables from the environment, where PREFIX_NAME has the value, as YAML
    #[arg(long, global = true, value_name = "PREFIX")]
    pub vars_env: Vec<String>,
    /// Take variables that nothing else gives from create-env's store
    #[arg(long, global = true, value_name = "FILE")]
    pub vars_store: Option<PathBuf>,
    /// Ask nothing [env: BOSH_NON_INTERACTIVE]
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub non_interactive: bool,
    /// Answer in the shape of `bosh --json`
    #[arg(long, global = true, action = ArgAction::SetTrue, conflicts_with = "output")]
    pub json: bool,
    /// Answer in a typed form for programs
    #[arg(long, global = true, value_name = "FORMAT")]
    pub output: Option<Output>,
    /// Draw tables as on a terminal, wherever they go, but without colours [env: BOSH_TTY]
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub tty: bool,
    /// No colours, no bold [env: NO_COLOR]
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub no_color: bool,
    /// Only the answer and errors
    #[arg(short, long, global = true, action = ArgAction::SetTrue)]
    pub quiet: bool,
    /// Tell each call of a CPI executable on stderr, and what it logs
    #[arg(long, global = true, action = ArgAction::SetTrue, conflicts_with = "quiet")]
    pub verbose: bool,
    /// Write the same at the end of a file, with times in UTC
    #[arg(long, global = true, value_name = "FILE")]
    pub log_file: Option<PathBuf>,
    /// The bosh CLI [env: SNAPBACK_BOSH] [default: bosh, looked up in PATH]
    #[arg(long, global = true, value_name = "PATH")]
    pub bosh: Option<PathBuf>,
    /// The CPI of what does not say which one it is on [default: the manifest's]
    #[arg(long, global = true, value_name = "NAME")]
    pub cpi: Option<String>,
    /// The executable of a CPI: of the one named, or of the manifest's
    #[arg(long, global = true, value_name = "[NAME=]PATH")]
    pub cpi_path: Vec<String>,
    /// The Director's cpi-config, where it has several clouds
    #[arg(long, global = true, value_name = "FILE")]
    pub cpi_config: Vec<PathBuf>,
    /// How long a hook, a bosh command or a call of a CPI may take [default: hooks without end, bosh 300, CPIs 3600]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub timeout: Option<u64>,
    /// How often a call that the cloud was too busy for is tried again [default: 5]
    #[arg(long, global = true, value_name = "N")]
    pub retries: Option<u16>,
    /// How long to wait for what another operation has claimed [default: 0]
    #[arg(long, global = true, value_name = "SECONDS")]
    pub wait_lock: Option<u64>,
    /// How old the inventory may be where the CPI cannot tell which disks a VM has: 12h, 90m, 2d, or off
    #[arg(long, global = true, value_name = "AGE", default_value = "24h")]
    pub max_inventory_age: MaxAge,
    /// Believe a cloud in which nothing is found of all that is known to be there: it is gone, and may be forgotten
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub believe_empty: bool,
    /// Trust the locks of a network file system under the state file
    #[arg(long, global = true, action = ArgAction::SetTrue)]
    pub allow_network_fs: bool,
}

/// A typed form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// One JSON document
    Json,
    /// A JSON object a line
    Jsonl,
    /// A header and rows, separated by TABs
    Tsv,
    /// The CIDs alone, a line each
    Cid,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List snapshots
    Snapshots(commands::snapshots::Args),
    /// Take snapshots of the persistent disks of instances
    #[command(alias = "take-snapshot")]
    Take(commands::take::Args),
    /// Delete snapshots by CID
    #[command(alias = "delete-snapshot")]
    Delete(commands::delete::Args),
    /// Delete all snapshots of a deployment, or of a part of it
    #[command(alias = "delete-snapshots")]
    DeleteAll(commands::delete_all::Args),
    /// Delete a disk that snapback has made or put away, and that nobody needs
    DeleteDisk(commands::delete_disk::Args),
    /// Make a new persistent disk from a snapshot
    Promote(commands::promote::Args),
    /// Try a snapshot out: make a scratch disk of it, look at the content, and delete the disk
    Drill(commands::drill::Args),
    /// Put an instance on a new disk made from a snapshot
    Restore(commands::restore::Args),
    /// Carry out a plan that `restore --dry-run --save` has saved, if it still holds
    Apply(commands::apply::Args),
    /// Undo a restore (or an undo): bring the former disk back
    Undo(commands::undo::Args),
    /// Finish or roll back what interrupted commands left open
    Recover(commands::recover::Args),
    /// Compare the state file with the clouds, and with the Director: what differs, and what to do about it
    Check(commands::check::Args),
    /// List operations, or the steps of one
    Operations(commands::operations::Args),
    /// Write a commented manifest and inventory for the local backend, and an empty state file
    Init(commands::init::Args),
    /// Take in an inventory, or what BOSH's tools say: instances, VMs, disks, snapshots
    Import(commands::import::Args),
    /// List instances and their disks
    Instances(commands::instances::Args),
    /// List persistent disks
    Disks(commands::disks::Args),
    /// Show what is read from the manifest, and where each setting stands
    Manifest(commands::manifest::Args),
    /// List the CPIs: where each was looked for, which executable is used, and what it can do
    Cpis(commands::cpis::Args),
    /// Be a CPI executable that BOSH or another tool can call
    #[command(subcommand)]
    Cpi(commands::cpi::Command),
    /// Look after the state file
    #[command(subcommand)]
    State(commands::state::Command),
    /// Show the main job on real disks, in a directory of its own
    Demo(commands::demo::Args),
    /// Print the completion script of a shell
    Completions(commands::completions::Args),
    /// Print the manual pages, or write them to a directory
    Man(commands::man::Args),
}

impl Command {
    fn name(&self) -> &'static str {
        match self {
            Command::Snapshots(_) => "snapshots",
            Command::Take(_) => "take",
            Command::Delete(_) => "delete",
            Command::DeleteAll(_) => "delete-all",
            Command::DeleteDisk(_) => "delete-disk",
            Command::Promote(_) => "promote",
            Command::Drill(_) => "drill",
            Command::Restore(_) => "restore",
            Command::Apply(_) => "apply",
            Command::Undo(_) => "undo",
            Command::Recover(_) => "recover",
            Command::Check(_) => "check",
            Command::Operations(_) => "operations",
            Command::Init(_) => "init",
            Command::Import(_) => "import",
            Command::Instances(_) => "instances",
            Command::Disks(_) => "disks",
            Command::Manifest(_) => "manifest",
            Command::Cpis(_) => "cpis",
            Command::Cpi(_) => "cpi",
            Command::State(_) => "state",
            Command::Demo(_) => "demo",
            Command::Completions(_) => "completions",
            Command::Man(_) => "man",
        }
    }
}

/// The exit codes, for the end of the long help.
pub fn exit_codes() -> String {
    let rows: Vec<String> = TABLE.iter().map(|(code, meaning)| format!("  {:>3}  {meaning}", code.0)).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

/// Runs one command line to its exit code.
pub fn run(arguments: Vec<OsString>, environment: Environment, streams: Streams, interrupt: Interrupt) -> ExitCode {
    #[cfg(debug_assertions)]
    if let Some(errand) = environment.get(late::VARIABLE) {
        return if late::run(errand) { ExitCode::DONE } else { ExitCode::FAILED };
    }
    if arguments.get(1).is_some_and(|word| word == commands::complete_values::NAME) {
        return complete(&arguments, &environment, streams);
    }
    match Cli::try_parse_from(&arguments) {
        Err(error) => refusal::refuse(&error, &arguments, streams),
        Ok(cli) => {
            let name = Some(cli.command.name());
            match style(&cli.global, &environment, &streams) {
                Err((error, style)) => fail(Ui::new(streams, style, name), &error),
                Ok(style) => {
                    let context =
                        context(cli.global, Ui::new(streams, style, name), environment, interrupt, &arguments);
                    dispatch(context, &cli.command)
                }
            }
        }
    }
}

/// Answers a completion script; no variable and no option can make it fail.
fn complete(arguments: &[OsString], environment: &Environment, streams: Streams) -> ExitCode {
    let words: Vec<String> = arguments.iter().skip(2).map(|word| word.to_string_lossy().into_owned()).collect();
    let variable = |name: &str| environment.get(name).map(str::to_owned);
    let style = Style { format: Format::Text, terminal: false, color: false, quiet: true };
    let mut ui = Ui::new(streams, style, None);
    ui.raw(&commands::complete_values::answer(&words, &variable));
    ui.end(ExitCode::DONE);
    ExitCode::DONE
}

fn context(global: Global, ui: Ui, environment: Environment, interrupt: Interrupt, arguments: &[OsString]) -> Context {
    let (clock, ids, faults) = sources::sources(&environment);
    let program = command_line::program(&global);
    interrupt.called_by(&program);
    Context {
        ui,
        clock,
        ids,
        faults,
        interrupt,
        arguments: command_line::for_the_journal(arguments),
        program,
        director_uuid: Arc::default(),
        global,
        environment,
    }
}

fn dispatch(mut context: Context, command: &Command) -> ExitCode {
    if let Command::Cpi(command) = command {
        // Its answer is another program's, in no form of ours.
        return commands::cpi::run(context, command);
    }
    let run = std::panic::AssertUnwindSafe(|| call(&mut context, command));
    match std::panic::catch_unwind(run) {
        Ok(result) => {
            let result = interrupted::as_interrupted(result, &context.interrupt);
            conclude(context.ui, &context.program, result)
        }
        // The hook of `snapback::main` has said so on stderr. A program gets its document all the same.
        Err(_) => {
            let bug = Error::new(Kind::Bug, "a bug in snapback: its place is on stderr")
                .hint("nothing is lost: see what was done, and finish it:")
                .try_command("snapback operations")
                .try_command("snapback recover");
            context.ui.error_in_document(&bug.addressed(&context.program));
            context.ui.end(ExitCode::BUG)
        }
    }
}

fn call(context: &mut Context, command: &Command) -> Result<Outcome> {
    match command {
        Command::Snapshots(args) => commands::snapshots::run(context, args),
        Command::Take(args) => commands::take::run(context, args),
        Command::Delete(args) => commands::delete::run(context, args),
        Command::DeleteAll(args) => commands::delete_all::run(context, args),
        Command::DeleteDisk(args) => commands::delete_disk::run(context, args),
        Command::Promote(args) => commands::promote::run(context, args),
        Command::Drill(args) => commands::drill::run(context, args),
        Command::Restore(args) => commands::restore::run(context, args),
        Command::Apply(args) => commands::apply::run(context, args),
        Command::Undo(args) => commands::undo::run(context, args),
        Command::Recover(args) => commands::recover::run(context, args),
        Command::Check(args) => commands::check::run(context, args),
        Command::Operations(args) => commands::operations::run(context, args),
        Command::Init(args) => commands::init::run(context, args),
        Command::Import(args) => commands::import::run(context, args),
        Command::Instances(args) => commands::instances::run(context, args),
        Command::Disks(args) => commands::disks::run(context, args),
        Command::Manifest(args) => commands::manifest::run(context, args),
        Command::Cpis(args) => commands::cpis::run(context, args),
        Command::Cpi(_) => Err(Error::new(Kind::Bug, "a CPI's answer is no outcome")),
        Command::State(command) => commands::state::run(context, command),
        Command::Demo(args) => commands::demo::run(context, args),
        Command::Completions(args) => commands::completions::run(context, args),
        Command::Man(args) => commands::man::run(context, args),
    }
}

fn conclude(mut ui: Ui, program: &str, result: Result<Outcome>) -> ExitCode {
    match result {
        Err(error) => fail(ui, &error.addressed(program)),
        Ok(outcome) => {
            for failure in outcome.failures {
                ui.error(&failure.addressed(program));
            }
            ui.end(outcome.status)
        }
    }
}

fn fail(mut ui: Ui, error: &Error) -> ExitCode {
    ui.error(error);
    ui.end(ExitCode::of(error.kind()))
}

fn style(global: &Global, environment: &Environment, streams: &Streams) -> std::result::Result<Style, (Error, Style)> {
    let format = match (global.json, global.output) {
        (true, _) => Format::BoshJson,
        (false, None) => Format::Text,
        (false, Some(Output::Json)) => Format::Json,
        (false, Some(Output::Jsonl)) => Format::Jsonl,
        (false, Some(Output::Tsv)) => Format::Tsv,
        (false, Some(Output::Cid)) => Format::Cid,
    };
    let terminal = global.tty || streams.stdout_is_terminal;
    // As in the bosh CLI, `--tty` alone brings none.
    let plain = global.no_color || environment.get("NO_COLOR").is_some() || environment.get("TERM") == Some("dumb");
    let color = streams.stdout_is_terminal && !plain;
    let style = Style { format, terminal, color, quiet: global.quiet };
    match environment.switch("BOSH_TTY") {
        Err(error) => Err((error, style)),
        Ok(tty) => Ok(Style { terminal: terminal || tty, ..style }),
    }
}

/// The definition, for completions and for the tests.
pub fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn no_subcommand_shadows_a_global_argument() {
        let definition = definition();
        let globals: Vec<&clap::Arg> = definition.get_arguments().filter(|arg| arg.is_global_set()).collect();
        assert!(globals.len() > 10);
        let mut open: Vec<&clap::Command> = definition.get_subcommands().collect();
        while let Some(command) = open.pop() {
            open.extend(command.get_subcommands());
            for arg in command.get_arguments().filter(|arg| !arg.is_global_set()) {
                for global in &globals {
                    assert_ne!(arg.get_id(), global.get_id(), "{}", command.get_name());
                    assert!(arg.get_long().is_none() || arg.get_long() != global.get_long(), "{}", command.get_name());
                    assert!(
                        arg.get_short().is_none() || arg.get_short() != global.get_short(),
                        "{}",
                        command.get_name()
                    );
                }
            }
        }
    }
}
