//! From a command line to an exit code.

mod habits;
mod interrupted;
mod reason;
mod refusal;
mod sources;

use std::ffi::OsString;
use std::sync::Arc;

use crate::command_line;
use crate::commands::{self, Cli, Command, Outcome};
use crate::context::{Context, Global, ManifestPlace, Output};
use crate::environment::{Environment, NON_INTERACTIVE};
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::ops::Interrupt;
#[cfg(debug_assertions)]
use crate::ops::clouds::late;
use crate::ui::{Format, Streams, Style, Ui};

/// Runs one command line to its exit code.
pub fn run(arguments: Vec<OsString>, environment: Environment, streams: Streams, interrupt: Interrupt) -> ExitCode {
    #[cfg(debug_assertions)]
    if let Some(errand) = environment.get(late::VARIABLE) {
        return if late::run(errand) { ExitCode::DONE } else { ExitCode::FAILED };
    }
    if arguments.get(1).is_some_and(|word| word == commands::complete_values::NAME) {
        return complete(&arguments, &environment, streams);
    }
    if arguments.len() < 2 {
        return refusal::overview(streams);
    }
    match Cli::read(&arguments) {
        Err(error) => refusal::refuse(&error, &arguments, streams),
        Ok((cli, verb)) => {
            let style = style(&cli.global, &environment, &streams);
            let manifest = ManifestPlace::find(cli.global.manifest.as_deref(), &environment);
            let called = command_line::called(&cli.global, &manifest);
            let ui = |style| Ui::new(streams, style, Some(&verb.name)).answering(verb.rows).called(called);
            match style {
                // The help says which values there are.
                Err((error, style)) if !matches!(cli.command, Command::Help(_)) => {
                    refusal::of_variable(ui(style), error, &cli.command)
                }
                Ok(style) | Err((_, style)) => {
                    let context = context(cli.global, ui(style), environment, interrupt, &arguments);
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
    let called = ui.calls().clone();
    interrupt.called(&called);
    Context {
        ui,
        clock,
        ids,
        faults,
        interrupt,
        arguments: command_line::for_the_journal(arguments),
        called,
        director_uuid: Arc::default(),
        told_manifest: false,
        global,
        environment,
    }
}

fn dispatch(mut context: Context, command: &Command) -> ExitCode {
    if let Command::Cpi(command) = command {
        // A CPI's answer is another program's format, not one of ours.
        return commands::cpi::serve(context, command);
    }
    let run = std::panic::AssertUnwindSafe(|| command.run(&mut context));
    match std::panic::catch_unwind(run) {
        Ok(result) => {
            let result = interrupted::as_interrupted(result, &context.interrupt);
            conclude(context.ui, result)
        }
        // The hook of `snapback::main` has reported it on stderr. A program gets its document all the same.
        Err(_) => {
            let bug = Error::new(Kind::Bug, "a bug in snapback: stderr says where")
                .hint("nothing is lost: see what was done, and finish it:")
                .try_command("snapback operations")
                .try_command("snapback recover");
            context.ui.error_in_document(bug);
            context.ui.end(ExitCode::BUG)
        }
    }
}

fn conclude(mut ui: Ui, result: Result<Outcome>) -> ExitCode {
    let (status, failures) = match result {
        Err(error) => (ExitCode::of(error.kind()), vec![error]),
        Ok(outcome) => (outcome.status, outcome.failures),
    };
    failures.into_iter().for_each(|failure| ui.error(failure));
    ui.end(status)
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
    // As in the bosh CLI, `--tty` alone brings no colours.
    let plain = global.no_color || environment.get("NO_COLOR").is_some() || environment.get("TERM") == Some("dumb");
    let color = streams.stdout_is_terminal && !plain;
    let style = Style { format, terminal, color, quiet: global.quiet };
    // Checked for each verb, also for one that asks nothing: whoever sets such a variable relies on it.
    match (environment.switch("BOSH_TTY"), environment.switch(NON_INTERACTIVE)) {
        (Err(error), _) | (_, Err(error)) => Err((error, style)),
        (Ok(tty), Ok(_)) => Ok(Style { terminal: terminal || tty, ..style }),
    }
}
