//! Tables as the bosh CLI prints them (cloudfoundry/bosh-cli `ui/table/writer.go`): on a terminal with a bold
//! header and two blanks between columns, in a pipe without a header and with a TAB after each cell.

use std::borrow::Cow;

use super::style::printable;
use super::table::Table;

/// Rows of text, gathered until the widths are known: one long text, since 100,000 rows of strings of their
/// own take several times the memory.
pub(super) struct Gathered {
    /// The cells, each with [`END`] behind it; [`SAME`] stands for the text of the row before.
    text: String,
    last: Vec<String>,
    widths: Vec<usize>,
    rows: usize,
}

/// No cell holds these: [`printable`] replaces them.
const END: char = '\0';
const SAME: &str = "\u{1}";

impl Gathered {
    pub(super) fn new(columns: usize) -> Self {
        Gathered { text: String::new(), last: vec![String::new(); columns], widths: vec![0; columns], rows: 0 }
    }

    /// Takes the next row, which must have all columns.
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) {
        for ((width, last), cell) in self.widths.iter_mut().zip(&mut self.last).zip(cells) {
            let cell = printable(&cell);
            if *last == cell {
                self.text.push_str(SAME);
            } else {
                *width = (*width).max(cell.lines().map(|line| line.chars().count()).max().unwrap_or(0));
                self.text.push_str(&cell);
                last.clear();
                last.push_str(&cell);
            }
            self.text.push(END);
        }
        self.rows += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = Vec<&str>> {
        let mut cells = self.text.split(END);
        let mut row = vec![""; self.widths.len()];
        (0..self.rows).map(move |_| {
            for (known, cell) in row.iter_mut().zip(cells.by_ref()) {
                if cell != SAME {
                    *known = cell;
                }
            }
            row.clone()
        })
    }

    /// Gives the lines to `write` until it says false.
    pub(super) fn pipe(&self, mut write: impl FnMut(&str) -> bool) {
        self.lines(&self.widths, "\t", false, &mut write);
    }

    /// Gives the lines to `write` until it says false.
    pub(super) fn terminal(&self, table: &Table, color: bool, mut write: impl FnMut(&str) -> bool) {
        let mut widths = self.widths.clone();
        let mut header = String::new();
        for (width, column) in widths.iter_mut().zip(&table.shown) {
            let title = table.columns[*column].title;
            *width = (*width).max(title.chars().count());
            let (bold, plain) = if color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
            header.push_str(&format!("{bold}{title}{plain}"));
            if Some(column) != table.shown.last() {
                header.extend(std::iter::repeat_n(' ', *width - title.chars().count()));
            }
            header.push_str("  ");
        }
        header.push('\n');
        if write(&header) {
            self.lines(&widths, "  ", true, &mut write);
        }
        write(&format!("\n{} {}\n", self.len(), noun(table.content, self.len())));
    }

    fn lines(&self, widths: &[usize], gap: &str, terminal: bool, write: &mut dyn FnMut(&str) -> bool) {
        let mut before: Option<&str> = None;
        let mut line = String::new();
        for row in self.rows() {
            let height = row.iter().map(|cell| cell.lines().count()).max().unwrap_or(0).max(1);
            let repeated = terminal && before == row.first().copied();
            for at in 0..height {
                line.clear();
                for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                    let text = match cell.lines().nth(at) {
                        _ if column == 0 && at == 0 && repeated => "~",
                        Some(text) => text,
                        None if at == 0 => "-",
                        None => "",
                    };
                    line.push_str(text);
                    if column + 1 < widths.len() {
                        line.extend(std::iter::repeat_n(' ', width.saturating_sub(text.chars().count())));
                    }
                    line.push_str(gap);
                }
                line.push('\n');
                if !write(&line) {
                    return;
                }
            }
            before = row.first().copied();
        }
    }
}

/// `snapshots` of one row is `snapshot`.
pub(super) fn noun(plural: &str, count: usize) -> &str {
    if count == 1 { plural.strip_suffix('s').unwrap_or(plural) } else { plural }
}
