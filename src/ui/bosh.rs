//! Tables as the bosh CLI prints them (cloudfoundry/bosh-cli `ui/table/writer.go`): on a terminal with a bold
//! header and two blanks between columns, in a pipe without a header and with a TAB after each cell.

use super::table::Table;

/// Rows of text, gathered until the widths are known. One allocation a row keeps 100,000 of them small.
#[derive(Default)]
pub(super) struct Gathered {
    rows: Vec<Box<[Box<str>]>>,
    widths: Vec<usize>,
}

impl Gathered {
    pub(super) fn push(&mut self, cells: Vec<String>) {
        self.widths.resize(self.widths.len().max(cells.len()), 0);
        for (width, cell) in self.widths.iter_mut().zip(&cells) {
            *width = (*width).max(cell.lines().map(|line| line.chars().count()).max().unwrap_or(0));
        }
        self.rows.push(cells.into_iter().map(String::into_boxed_str).collect());
    }

    pub(super) fn len(&self) -> usize {
        self.rows.len()
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &[Box<str>]> {
        self.rows.iter().map(AsRef::as_ref)
    }

    /// Gives the lines to `write` until it says false.
    pub(super) fn pipe(&self, mut write: impl FnMut(&str) -> bool) {
        self.lines(&self.widths, "\t", false, &mut write);
    }

    /// Gives the lines to `write` until it says false.
    pub(super) fn terminal(&self, table: &Table, color: bool, mut write: impl FnMut(&str) -> bool) {
        let mut widths = self.widths.clone();
        widths.resize(table.shown.len(), 0);
        let mut header = String::new();
        for (width, column) in widths.iter_mut().zip(&table.shown) {
            let title = table.columns[*column].title;
            *width = (*width).max(title.chars().count());
            let (bold, plain) = if color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
            header.push_str(&format!("{bold}{title}{plain}{}  ", " ".repeat(*width - title.chars().count())));
        }
        header.push('\n');
        if write(&header) {
            self.lines(&widths, "  ", true, &mut write);
        }
        write(&format!("\n{} {}\n", self.len(), noun(table.content, self.len())));
    }

    fn lines(&self, widths: &[usize], gap: &str, terminal: bool, write: &mut dyn FnMut(&str) -> bool) {
        let mut before: Option<&str> = None;
        for row in &self.rows {
            let height = row.iter().map(|cell| cell.lines().count()).max().unwrap_or(0).max(1);
            let repeated = terminal && before == row.first().map(AsRef::as_ref);
            for at in 0..height {
                let mut line = String::new();
                for (column, (cell, width)) in row.iter().zip(widths).enumerate() {
                    let text = match cell.lines().nth(at) {
                        _ if column == 0 && at == 0 && repeated => "~",
                        Some(text) => text,
                        None if at == 0 => "-",
                        None => "",
                    };
                    line.push_str(text);
                    line.push_str(&" ".repeat(width.saturating_sub(text.chars().count())));
                    line.push_str(gap);
                }
                line.push('\n');
                if !write(&line) {
                    return;
                }
            }
            before = row.first().map(AsRef::as_ref);
        }
    }
}

/// `snapshots` of one row is `snapshot`.
pub(super) fn noun(plural: &str, count: usize) -> &str {
    if count == 1 { plural.strip_suffix('s').unwrap_or(plural) } else { plural }
}
