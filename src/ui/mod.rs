//! What people and scripts read: stdout is the answer, stderr the rest.

mod bosh;
mod document;
mod go;
mod human;
mod progress;
mod style;
mod table;

pub use progress::Meter;
pub use style::printable;
pub use table::{Cell, Column, Parts, Table, TableKind};

use std::io::{BufRead, Write};

use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use document::Document;

/// Where the answer, the chatter and the answers to prompts go and come from.
pub struct Streams {
    /// The answer.
    pub stdout: Box<dyn Write + Send>,
    /// Chatter, progress, prompts, errors.
    pub stderr: Box<dyn Write + Send>,
    /// Answers to prompts, and `-` as a file.
    pub stdin: Box<dyn BufRead + Send>,
    /// Whether stdout is a terminal.
    pub stdout_is_terminal: bool,
    /// Whether stderr is a terminal.
    pub stderr_is_terminal: bool,
}

/// Writes a line to stderr whatever else is shown there: a progress bar makes room for it.
pub fn alarm(line: &str) {
    use std::io::IsTerminal;
    let mut stderr = std::io::stderr().lock();
    let room = if stderr.is_terminal() { "\r\u{1b}[K" } else { "" };
    // Nobody is left to tell that stderr is gone.
    let _ = writeln!(stderr, "{room}{}", printable(line));
}

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: tables.
    Text,
    /// `--json`: BOSH's shape, all cells strings.
    BoshJson,
    /// `--output json`: one typed document.
    Json,
    /// `--output jsonl`: a line a row, or an event.
    Jsonl,
    /// `--output tsv`: a header and rows, separated by TABs.
    Tsv,
    /// `--output cid`: the CIDs, a line each.
    Cid,
}

impl Format {
    /// True where a program reads the answer: nothing can be asked then.
    pub fn is_for_programs(self) -> bool {
        self != Format::Text
    }

    /// True where errors have a place in the answer. Where they have none, they are on stderr.
    fn holds_errors(self) -> bool {
        matches!(self, Format::BoshJson | Format::Json | Format::Jsonl)
    }
}

/// How to show.
#[derive(Debug, Clone, Copy)]
pub struct Style {
    /// The form of the answer.
    pub format: Format,
    /// Tables as on a terminal, wherever they go.
    pub terminal: bool,
    /// Colours and bold.
    pub color: bool,
    /// No chatter.
    pub quiet: bool,
}

/// The operator's side.
pub struct Ui {
    streams: Streams,
    style: Style,
    document: Document,
    /// The first thing that stdout refused, other than a closed pipe.
    stdout_error: Option<std::io::Error>,
    stdout_closed: bool,
}

impl Ui {
    /// A side with these streams; no command where the command line was not understood.
    pub fn new(streams: Streams, style: Style, command: Option<&str>) -> Self {
        Ui { streams, style, document: Document::new(command), stdout_error: None, stdout_closed: false }
    }

    /// How it shows.
    pub fn style(&self) -> Style {
        self.style
    }

    /// Whether somebody watches stderr.
    pub fn stderr_is_terminal(&self) -> bool {
        self.streams.stderr_is_terminal
    }

    /// A line of chatter: stderr for people, `Lines` in BOSH's JSON, nothing for other programs.
    pub fn say(&mut self, line: &str) {
        if self.style.format == Format::BoshJson {
            self.document.line(line);
        } else if !self.style.quiet && !self.style.format.is_for_programs() {
            // Where both go to one place, they come in order.
            let _ = self.streams.stdout.flush();
            self.err(&format!("{}\n", printable(line)));
        }
    }

    /// A warning: on stderr whatever is read on stdout.
    pub fn warn(&mut self, line: &str) {
        if self.style.format == Format::BoshJson {
            self.document.line(line);
        }
        self.err(&format!("Warning: {}\n", printable(line)));
    }

    /// Shows a table, row by row. `rows` calls its argument for each row until that says false: then nobody
    /// reads any more.
    ///
    /// # Errors
    /// What `rows` met.
    pub fn table(
        &mut self,
        table: &Table,
        rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
    ) -> Result<()> {
        match self.style.format {
            Format::Text => human::table(self, table, rows),
            _ => document::table(self, table, rows),
        }
    }

    /// Tells at once that a row has come to its end, where a program reads line by line; `cells` are those of
    /// `table`, which is shown at the end as [`Table::told`].
    pub fn event(&mut self, table: &Table, event: &'static str, cells: &[Cell]) {
        if self.style.format == Format::Jsonl {
            self.raw_now(&document::event(table, event, cells));
        }
    }

    /// Asks `Continue? [yN]: ` and reads the answer from stdin, as BOSH does.
    ///
    /// # Errors
    /// [`Kind::Declined`] for anything but yes, the end of input among it.
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

    /// What `-` as a file reads.
    pub fn stdin(&mut self) -> &mut dyn BufRead {
        &mut self.streams.stdin
    }

    /// Shows an error: on stderr, or in the document.
    pub fn error(&mut self, error: &Error) {
        self.document.error(error);
        if !self.style.format.holds_errors() {
            let text = human::error(error, self.style.color && self.streams.stderr_is_terminal);
            self.err(&text);
        }
    }

    /// Notes an error in the document; stderr has it already.
    pub fn error_in_document(&mut self, error: &Error) {
        self.document.error(error);
    }

    /// Writes text to stdout as it is (completions, help).
    pub fn raw(&mut self, text: &str) {
        self.out(text);
    }

    /// Writes text to stdout as [`Ui::raw`] does, at once: somebody watches (`demo`).
    pub fn raw_now(&mut self, text: &str) {
        if self.out(text)
            && let Err(error) = self.streams.stdout.flush()
        {
            self.note_stdout_error(error);
        }
    }

    /// Writes an answer that is in no form of snapback's, and ends. Gives [`ExitCode::DONE`] once it is written, and
    /// [`ExitCode::FAILED`] where it cannot be: a closed stdout among it, since nobody has got the answer.
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

    /// Ends the answer. Gives the status: the one given, unless stdout could not take the answer.
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
        // Nobody is left to tell that stderr is gone.
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
