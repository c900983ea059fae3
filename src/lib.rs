//! snapback: snapshots of BOSH persistent disks, and the way back from them.
//!
//! Internal: the binary and the tests use it; nothing here is a promise to others.
#![forbid(unsafe_code)]

pub mod cli;
pub mod clock;
pub mod command_line;
pub mod commands;
pub mod context;
pub mod cpi;
pub mod director;
pub mod domain;
pub mod draft;
pub mod environment;
pub mod error;
pub mod exit_code;
pub mod fault;
pub mod inventory;
pub mod manifest;
pub mod ops;
pub mod process;
pub mod secret;
pub mod state;
pub mod ui;
pub mod yaml;

use std::ffi::OsString;
use std::io::IsTerminal;
use std::sync::Arc;

use environment::Environment;
use exit_code::ExitCode;
use ops::Interrupt;
use ui::{Screen, Streams};

/// Runs one command line. The tests call this.
pub fn run(arguments: Vec<OsString>, environment: Environment, streams: Streams, interrupt: Interrupt) -> ExitCode {
    cli::run(arguments, environment, streams, interrupt)
}

/// Runs the process's own command line.
pub fn main() -> ExitCode {
    std::panic::set_hook(Box::new(|panic| {
        use std::io::Write;
        // The payload may hold a secret; the place is enough for a report.
        let place = panic.location().map_or_else(String::new, |at| format!(" at {}:{}", at.file(), at.line()));
        let _ = writeln!(
            std::io::stderr(),
            "Error: a bug in snapback{place}\nHint: nothing is lost: see `snapback operations`, then `snapback recover`"
        );
    }));
    if let Some(status) = process::become_a_child(std::env::args_os()) {
        return ExitCode(status);
    }
    if let Some(status) = ops::dead_man::serve(std::env::args_os()) {
        return ExitCode(status);
    }
    let interrupt = Interrupt::default();
    let screen = Screen::default();
    let voice = screen.clone();
    environment::signals(&interrupt, &(Arc::new(move |line: &str| voice.alarm(line)) as environment::Voice));
    let environment = Environment::of_process();
    let told = || environment.get("COLUMNS").and_then(|columns| columns.parse().ok()).filter(|columns| *columns > 0);
    let streams = Streams {
        stdout: Box::new(std::io::BufWriter::with_capacity(1 << 16, std::io::stdout())),
        stderr: Box::new(std::io::stderr()),
        stdin: Box::new(std::io::BufReader::new(std::io::stdin())),
        stdin_is_terminal: std::io::stdin().is_terminal(),
        stdout_is_terminal: std::io::stdout().is_terminal(),
        stderr_is_terminal: std::io::stderr().is_terminal(),
        stdout_columns: ui::columns(std::io::stdout()).or_else(told),
        stderr_columns: ui::columns(std::io::stderr()).or_else(told),
        screen,
    };
    std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        run(std::env::args_os().collect(), environment, streams, interrupt)
    }))
    .unwrap_or(ExitCode::BUG)
}
