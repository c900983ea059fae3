//! One line of the page: what was looked at, what was found, and what to do about it.

use crate::domain::called::Called;
use crate::error::{Error, Hint};
use crate::ui::{Cell, Column};

/// How a line is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    /// As it should be.
    Ok,
    /// Worth knowing.
    Note,
    /// Something does not work, and can be mended.
    Problem,
}

impl Verdict {
    fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Note => "note",
            Verdict::Problem => "problem",
        }
    }

    fn mark(self) -> char {
        match self {
            Verdict::Ok => ' ',
            Verdict::Note => '-',
            Verdict::Problem => '!',
        }
    }
}

pub(super) const COLUMNS: &[Column] = &[
    Column::new("part", "Part"),
    Column::new("what", "What"),
    Column::new("found", "Found"),
    Column::new("verdict", "Verdict"),
    Column::new("next", "Next"),
    Column::new("age_seconds", "Age"),
    Column::new("size_bytes", "Bytes"),
];

/// A line.
#[derive(Debug, Clone)]
pub(super) struct Line {
    pub part: &'static str,
    pub what: String,
    pub found: String,
    pub verdict: Verdict,
    pub next: Vec<String>,
    /// The age that the sentence has in words, in seconds.
    pub age: Option<i64>,
    /// The size that it has in words.
    pub bytes: Option<u64>,
}

/// The lines of one part of the page.
pub(super) struct Part {
    name: &'static str,
    called: Called,
    pub lines: Vec<Line>,
}

impl Part {
    /// An empty one; `called` completes its commands.
    pub(super) fn new(name: &'static str, called: &Called) -> Part {
        Part { name, called: called.clone(), lines: Vec::new() }
    }

    pub(super) fn ok(&mut self, what: impl ToString, found: impl ToString) {
        self.add(Verdict::Ok, what, found, &[]);
    }

    pub(super) fn note(&mut self, what: impl ToString, found: impl ToString, next: &[Hint]) {
        self.add(Verdict::Note, what, found, next);
    }

    pub(super) fn problem(&mut self, what: impl ToString, found: impl ToString, next: &[Hint]) {
        self.add(Verdict::Problem, what, found, next);
    }

    /// Adds an error as a problem, with its remedies.
    pub(super) fn error(&mut self, what: impl ToString, error: &Error) {
        self.problem(what, error.in_one_line(), error.hints());
    }

    fn add(&mut self, verdict: Verdict, what: impl ToString, found: impl ToString, next: &[Hint]) {
        let next = next.iter().map(|hint| match hint.completed(&self.called) {
            Hint::Say(line) | Hint::Command(line) => line,
        });
        let (what, found, next) = (what.to_string(), found.to_string(), next.collect());
        let found = self.called.prose(&found).into_owned();
        self.lines.push(Line { part: self.name, what, found, verdict, next, age: None, bytes: None });
    }

    /// Gives the last line its age as a number, in seconds.
    pub(super) fn last_has_age(&mut self, seconds: i64) {
        if let Some(line) = self.lines.last_mut() {
            line.age = Some(seconds);
        }
    }

    /// Gives the last line its size as a number, in bytes.
    pub(super) fn last_has_bytes(&mut self, bytes: u64) {
        if let Some(line) = self.lines.last_mut() {
            line.bytes = Some(bytes);
        }
    }
}

pub(super) fn cells(line: &Line) -> Vec<Cell> {
    vec![
        Cell::text(line.part),
        Cell::text(&line.what),
        Cell::text(&line.found),
        Cell::text(line.verdict.name()),
        Cell::Lines(line.next.clone()),
        Cell::maybe(line.age, Cell::Span),
        Cell::maybe(line.bytes, Cell::Number),
    ]
}

/// How many lines of a part are shown, problems first; a program gets all.
const SHOWN: usize = 30;

/// The page, for people.
pub(super) fn page(parts: &[Part]) -> String {
    let mut page = String::new();
    for part in parts.iter().filter(|part| !part.lines.is_empty()) {
        page += &format!("{}{}\n", if page.is_empty() { "" } else { "\n" }, part.name);
        let many = part.lines.len() > SHOWN;
        let shown = |line: &&Line| !many || line.verdict != Verdict::Ok;
        let lines: Vec<&Line> = part.lines.iter().filter(shown).take(SHOWN).collect();
        let width = lines.iter().map(|line| line.what.chars().count()).max().unwrap_or(0).min(24);
        for line in &lines {
            page += &format!("{} {:<width$}  {}\n", line.verdict.mark(), line.what, line.found);
            page.extend(line.next.iter().map(|next| format!("      next: {next}\n")));
        }
        let left = part.lines.len() - lines.len();
        if left > 0 {
            page += &format!("  and {left} more: `snapback doctor --output json`\n");
        }
    }
    page
}
