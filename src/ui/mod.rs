//! What people and scripts read: stdout is the answer, stderr the rest.

mod bosh;
mod cell;
mod column;
mod document;
mod fitted;
mod format;
mod gathered;
mod go;
mod graph;
mod human;
mod progress;
mod rows;
mod running;
mod screen;
mod streams;
mod style;
mod table;
mod words;

pub use cell::Cell;
pub use column::{Column, Look, takes_away};
pub use format::Format;
pub use graph::{Item, Mark};
pub use progress::{Meter, Pace};
pub use screen::Screen;
pub use streams::{Streams, columns};
pub use style::printable;
pub use table::{Parts, Table, TableKind};

use std::io::BufRead;

use crate::domain::called::Called;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use document::Document;

/// How to show the output.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The format of the answer.
    pub format: Format,
    /// Whether tables are drawn as on a terminal, wherever they go.
    pub terminal: bool,
    /// Whether there are colours and bold.
    pub color: bool,
    /// Whether there is no chatter.
    pub quiet: bool,
}

/// The width of a story if there is no terminal to ask.
const COLUMNS: usize = 80;

/// The interface to the operator or the calling program.
pub struct Ui {
    streams: Streams,
    style: Style,
    document: Document,
    /// What printed commands repeat of the command line.
    called: Called,
    /// The first error of stdout, other than a closed pipe.
    stdout_error: Option<std::io::Error>,
    stdout_closed: bool,
}

impl Ui {
    /// An interface with these streams; `command` is `None` if the command line was not understood.
    pub fn new(streams: Streams, style: Style, command: Option<&str>) -> Self {
        let document = Document::new(command);
        Ui { streams, style, document, called: Called::default(), stdout_error: None, stdout_closed: false }
    }

    /// The same, whose commands find the files of this command line.
    #[must_use]
    pub fn called(mut self, called: Called) -> Self {
        self.called = called;
        self
    }

    /// The same for a command whose document has this list, whatever happens to the command.
    #[must_use]
    pub fn answering(mut self, rows: Option<&'static str>) -> Self {
        self.document.answers(rows);
        self
    }

    /// What the commands that it shows repeat of the command line.
    pub fn calls(&self) -> &Called {
        &self.called
    }

    /// How it shows the output.
    pub fn style(&self) -> Style {
        self.style
    }

    /// The screen for progress on stderr.
    pub fn screen(&self) -> &Screen {
        &self.streams.screen
    }

    /// Whether stdin is a terminal.
    pub fn stdin_is_terminal(&self) -> bool {
        self.streams.stdin_is_terminal
    }

    /// Whether stderr is a terminal.
    pub fn stderr_is_terminal(&self) -> bool {
        self.streams.stderr_is_terminal
    }

    /// The greatest width of the answer, if it is drawn as on a terminal.
    fn width(&self) -> Option<usize> {
        self.streams.stdout_columns.filter(|_| self.style.terminal)
    }

    /// The greatest width of stderr. If a program collects it while stdout is drawn as on a terminal, the width of that
    /// terminal applies.
    pub(crate) fn stderr_width(&self) -> Option<usize> {
        let streams = &self.streams;
        let drawn = streams.stderr_is_terminal || (self.style.terminal && !streams.stdout_is_terminal);
        streams.stderr_columns.filter(|_| drawn)
    }

    /// The text as stderr shows it, after so many columns. No word and no command is broken.
    fn folded(&self, text: &str, behind: usize) -> String {
        words::folded(&printable(text), self.stderr_width(), behind, self.colors_stderr()).join("\n")
    }

    fn colors_stderr(&self) -> bool {
        self.style.color && self.streams.stderr_is_terminal
    }

    /// A line of chatter: stderr for people, `Lines` in BOSH's JSON, nothing for other programs.
    pub fn say(&mut self, line: &str) {
        let line = &*self.called.prose(line).into_owned();
        if self.style.format == Format::BoshJson {
            self.document.line(line);
        } else if !self.style.quiet && !self.style.format.is_for_programs() {
            self.err(&format!("{}\n", self.folded(line, 0)));
        }
    }

    /// A line of chatter about disks or snapshots that will be orphaned or deleted: red.
    pub fn say_doomed(&mut self, line: &str) {
        match self.colors_stderr() && self.style.format == Format::Text && !self.style.quiet {
            true => {
                let lines = words::folded(&printable(line), self.stderr_width(), 0, false);
                self.err(&format!("\x1b[31m{}\x1b[0m\n", lines.join("\n")));
            }
            false => self.say(line),
        }
    }

    /// A warning: it goes to stderr, whoever reads stdout.
    pub fn warn(&mut self, line: &str) {
        let line = &*self.called.prose(line).into_owned();
        if self.style.format == Format::BoshJson {
            self.document.line(line);
        }
        const WORD: &str = "Warning: ";
        let (yellow, plain) = if self.colors_stderr() { ("\x1b[33m", "\x1b[0m") } else { ("", "") };
        self.err(&format!(
            "{yellow}{}{plain}{}\n",
            WORD.trim_end(),
            format_args!(" {}", self.folded(line, WORD.len()))
        ));
    }

    /// Reports at once that a row is complete, for a program that reads line by line; `cells` belong to `table`, which
    /// is shown at the end as [`Table::told`].
    pub fn event(&mut self, table: &Table, event: &'static str, cells: &[Cell]) {
        if self.style.format == Format::Jsonl {
            self.raw_now(&document::event(table, event, cells));
        }
    }

    /// Asks `Continue? [yN]: ` and reads the answer from stdin, as BOSH does.
    ///
    /// # Errors
    /// [`Kind::Declined`] for anything but yes, also for the end of input.
    pub fn confirm(&mut self) -> Result<()> {
        self.err("Continue? [yN]: ");
        let mut answer = String::new();
        let read = self.streams.stdin.read_line(&mut answer);
        if !self.streams.stderr_is_terminal {
            self.err("\n");
        }
        match (read, answer.trim()) {
            (Ok(1..), "y" | "Y" | "yes" | "Yes" | "YES") => Ok(()),
            _ => Err(Error::new(Kind::Declined, "stopped: nothing was done")),
        }
    }

    /// Standard input, for `-` as a file name.
    pub fn stdin(&mut self) -> &mut dyn BufRead {
        &mut self.streams.stdin
    }

    /// Shows an error, its commands completed: on stderr, or in the document.
    pub fn error(&mut self, error: Error) {
        let error = error.completed(&self.called);
        self.document.error(&error);
        if !self.style.format.holds_errors() {
            let text = human::error(&error, self.colors_stderr(), self.stderr_width());
            self.err(&text);
        }
    }

    /// Notes an error in the document; stderr has it already.
    pub fn error_in_document(&mut self, error: Error) {
        self.document.error(&error.completed(&self.called));
    }

    /// Writes text to stdout unchanged (completions, help).
    pub fn raw(&mut self, text: &str) {
        self.out(text);
    }

    /// Writes a page of text to stdout, on a terminal in lines that fit: no word and no command is broken.
    pub fn page(&mut self, text: &str) {
        let complete: Vec<_> = text.split('\n').map(|line| self.called.prose(line)).collect();
        let lines = words::folded(&printable(&complete.join("\n")), self.width(), 0, self.style.color);
        self.out(&lines.join("\n"));
    }

    /// Writes text to stdout as [`Ui::raw`] does, but at once, for somebody who watches (`demo`).
    pub fn raw_now(&mut self, text: &str) {
        if self.out(text)
            && let Err(error) = self.streams.stdout.flush()
        {
            self.note_stdout_error(error);
        }
    }

    /// The width of the answer for somebody who watches, in columns.
    pub fn columns(&self) -> usize {
        self.streams.stdout_columns.unwrap_or(COLUMNS)
    }

    /// Whether tables are drawn for people, in fewer columns than these.
    pub fn is_narrower_than(&self, columns: usize) -> bool {
        self.style.format == Format::Text && self.width().is_some_and(|width| width < columns)
    }

    /// Writes a line of a story to stdout at once, in lines of [`Ui::columns`].
    pub fn story(&mut self, line: &str) {
        let lines = words::folded(&printable(line), Some(self.columns()), 0, self.style.color);
        self.raw_now(&format!("{}\n", lines.join("\n")));
    }

    /// Writes an answer in a format that is not snapback's, and ends. Returns [`ExitCode::DONE`] once it is written,
    /// and [`ExitCode::FAILED`] if it cannot be: also if stdout is closed, since nobody got the answer.
    pub fn end_with(mut self, answer: &str) -> ExitCode {
        let written = self.streams.stdout.write_all(answer.as_bytes()).and_then(|()| self.streams.stdout.flush());
        match written {
            Ok(()) => ExitCode::DONE,
            Err(error) => {
                self.err(&format!("Error: the answer could not be written to stdout: {error}\n"));
                ExitCode::FAILED
            }
        }
    }

    /// Ends the answer. Returns the given status, unless stdout could not take the answer.
    pub fn end(mut self, status: ExitCode) -> ExitCode {
        if self.style.format == Format::BoshJson && status == ExitCode::DONE {
            self.document.line("Succeeded");
        }
        let rest = self.document.close(self.style.format, status);
        self.out(&rest);
        if !self.stdout_closed
            && let Err(error) = self.streams.stdout.flush()
        {
            self.note_stdout_error(error);
        }
        match self.stdout_error.take() {
            Some(error) if status == ExitCode::DONE => {
                self.err(&format!("Error: the answer could not be written to stdout: {error}\n"));
                ExitCode::FAILED
            }
            _ => status,
        }
    }

    fn err(&mut self, text: &str) {
        // Where both go to one place, they come in order.
        let _ = self.streams.stdout.flush();
        // If stderr is gone, there is nobody to tell.
        let _ = self.streams.stderr.write_all(text.as_bytes());
        let _ = self.streams.stderr.flush();
    }

    /// Writes to stdout; false once nobody reads it.
    fn out(&mut self, text: &str) -> bool {
        if self.stdout_closed {
            return false;
        }
        if let Err(error) = self.streams.stdout.write_all(text.as_bytes()) {
            self.note_stdout_error(error);
        }
        !self.stdout_closed
    }

    fn note_stdout_error(&mut self, error: std::io::Error) {
        self.stdout_closed = true;
        if error.kind() != std::io::ErrorKind::BrokenPipe {
            self.stdout_error = Some(error);
        }
    }
}
