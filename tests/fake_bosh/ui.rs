//! What a client prints: in a pipe, on a terminal (or with `--tty`), as JSON (bosh-cli `ui/`).

use std::io::Write;

use serde::Serialize;

use crate::table::{Table, Typed};

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Manner {
    /// Lines are not printed (`ui/non_tty_ui.go`), so no task's id is; blocks, which events are, and errors are.
    Pipe,
    Terminal,
    /// One document at the very end (`ui/json_ui.go`, `Flush`).
    Json,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    None,
    Raw,
    Auto,
}

pub struct Ui {
    manner: Manner,
    mode: Mode,
    document: Document,
    /// How many of a hundred parts of the JSON document are printed.
    pub part: usize,
    /// Whether the program ends, as one of Go's does, at the first line that nobody reads any more.
    pub dies_of_a_closed_pipe: bool,
}

#[derive(Serialize, Default)]
#[serde(rename_all = "PascalCase")]
struct Document {
    tables: Option<Vec<Typed>>,
    blocks: Option<Vec<String>>,
    lines: Option<Vec<String>>,
}

fn written(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout();
    out.write_all(text.as_bytes()).and_then(|()| out.flush())
}

fn out(text: &str) {
    // Who reads may be gone.
    let _ = written(text);
}

impl Ui {
    pub fn new(manner: Manner) -> Self {
        Ui { manner, mode: Mode::None, document: Document::default(), part: 100, dies_of_a_closed_pipe: false }
    }

    /// A blank line between what is of two kinds (`ui/padding_ui.go`).
    fn pad(&mut self, mode: Mode) {
        if self.mode != Mode::None && !(self.mode == Mode::Raw && mode == Mode::Raw) {
            out("\n");
        }
        self.mode = mode;
    }

    fn collect(&mut self, line: &str) {
        self.document.lines.get_or_insert_default().push(line.to_owned());
    }

    pub fn line(&mut self, text: &str) {
        match self.manner {
            Manner::Json => self.collect(text),
            Manner::Pipe => {}
            Manner::Terminal => {
                self.pad(Mode::Auto);
                out(&format!("{text}\n"));
            }
        }
    }

    pub fn begin_line(&mut self, text: &str) {
        match self.manner {
            Manner::Json => self.collect(text),
            Manner::Pipe => {}
            Manner::Terminal => {
                self.pad(Mode::Raw);
                if written(text).is_err() && self.dies_of_a_closed_pipe {
                    let _ = signal_hook::low_level::emulate_default_handler(signal_hook::consts::SIGPIPE);
                }
            }
        }
    }

    pub fn end_line(&mut self, text: &str) {
        let text = if self.manner == Manner::Json { text.to_owned() } else { format!("{text}\n") };
        self.begin_line(&text);
    }

    pub fn block(&mut self, text: &str) {
        if self.manner == Manner::Json {
            self.document.blocks.get_or_insert_default().push(text.to_owned());
        } else {
            self.pad(Mode::Raw);
            out(text);
        }
    }

    pub fn error_line(&mut self, text: &str) {
        if self.manner == Manner::Json {
            self.collect(text);
        } else {
            self.pad(Mode::Auto);
            eprintln!("{text}");
        }
    }

    pub fn table(&mut self, table: &Table) {
        match self.manner {
            Manner::Json => self.document.tables.get_or_insert_default().push(table.typed()),
            Manner::Pipe => {
                self.pad(Mode::Auto);
                out(&table.in_a_pipe());
            }
            Manner::Terminal => {
                self.pad(Mode::Auto);
                out(&table.on_a_terminal());
            }
        }
    }

    /// Prints the JSON document, without a newline after it.
    pub fn flush(&mut self) {
        if self.manner == Manner::Json {
            let mut text = Vec::new();
            let format = serde_json::ser::PrettyFormatter::with_indent(b"    ");
            self.document.serialize(&mut serde_json::Serializer::with_formatter(&mut text, format)).unwrap();
            // Go escapes these.
            let text = String::from_utf8(text).unwrap();
            let text = text.replace('<', "\\u003c").replace('>', "\\u003e").replace('&', "\\u0026");
            let end = text.char_indices().nth(text.chars().count() * self.part / 100).map_or(text.len(), |(at, _)| at);
            out(&text[..end]);
        }
    }
}
