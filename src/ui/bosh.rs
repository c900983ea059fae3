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
        let first = self.rows == 0;
        for ((width, last), cell) in self.widths.iter_mut().zip(&mut self.last).zip(cells) {
            let cell = if cell.contains('\r') { Cow::Owned(cell.replace('\r', "")) } else { cell };
            let cell = printable(&cell);
            if !first && *last == cell {
                self.text.push_str(SAME);
            } else {
                *width = (*width).max(lines(&cell).map(str::len).max().unwrap_or(0));
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
    pub(super) fn pipe(&self, table: &Table, mut write: impl FnMut(&str) -> bool) {
        Drawing { table, widths: &self.widths, gap: "\t", terminal: false, color: false }.rows(self, &mut write);
    }

    /// Gives the lines to `write` until it says false.
    pub(super) fn terminal(&self, table: &Table, color: bool, mut write: impl FnMut(&str) -> bool) {
        let mut widths = self.widths.clone();
        let mut header = String::new();
        for (width, column) in widths.iter_mut().zip(&table.shown) {
            let title = table.columns[*column].title;
            *width = (*width).max(title.len());
            let (bold, plain) = if color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
            header.push_str(&format!("{bold}{title}{plain}"));
            if Some(column) != table.shown.last() {
                header.extend(std::iter::repeat_n(' ', *width - title.len()));
            }
            header.push_str("  ");
        }
        header.push('\n');
        if write(&header) {
            Drawing { table, widths: &widths, gap: "  ", terminal: true, color }.rows(self, &mut write);
        }
        // Of one row, too, it is the plural.
        write(&format!("\n{} {}\n", self.len(), table.content));
    }
}

/// How rows are drawn.
struct Drawing<'a> {
    table: &'a Table,
    /// In bytes, as the bosh CLI counts: a column with umlauts is not straight there either.
    widths: &'a [usize],
    gap: &'a str,
    terminal: bool,
    color: bool,
}

impl Drawing<'_> {
    fn rows(&self, gathered: &Gathered, write: &mut dyn FnMut(&str) -> bool) {
        // What repeats in the table's first column is not shown again, where that column is shown at all.
        let dedup = self.terminal && self.table.shown.first() == Some(&0);
        let mut before: Option<&str> = None;
        for mut row in gathered.rows() {
            if dedup && before.replace(row[0]) == Some(row[0]) {
                row[0] = "~";
            }
            if !self.row(&row, write) {
                return;
            }
        }
    }

    fn row(&self, row: &[&str], write: &mut dyn FnMut(&str) -> bool) -> bool {
        let height = row.iter().map(|cell| lines(cell).count()).max().unwrap_or(1);
        let mut line = String::new();
        for at in 0..height {
            line.clear();
            for (column, (cell, width)) in row.iter().zip(self.widths).enumerate() {
                let text = lines(cell).nth(at);
                let length = text.map_or(0, str::len);
                match text {
                    Some(text) if self.color && self.table.columns[self.table.shown[column]].colored => {
                        let color = if *cell == "running" { "\x1b[32m" } else { "\x1b[31m" };
                        line.push_str(&format!("{color}{text}\x1b[0m"));
                    }
                    Some(text) => line.push_str(text),
                    None => {}
                }
                if column + 1 < self.widths.len() {
                    line.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
                }
                line.push_str(self.gap);
            }
            line.push('\n');
            if !write(&line) {
                return false;
            }
        }
        true
    }
}

/// The lines of a cell: an empty one shows a dash.
fn lines(cell: &str) -> std::str::Split<'_, char> {
    if cell.is_empty() { "-".split('\n') } else { cell.split('\n') }
}

/// `operations` of one row is `operation`: in snapback's own tables.
pub(super) fn noun(plural: &str, count: usize) -> &str {
    if count == 1 { plural.strip_suffix('s').unwrap_or(plural) } else { plural }
}

#[cfg(test)]
mod tests {
    use super::super::table::{Column, TableKind};
    use super::*;

    /// What the bosh CLI's writer makes of the same cells (`ui/table/writer.go`).
    #[test]
    fn odd_cells_look_as_boshs() {
        let columns = [Column::new("a", "A"), Column::new("b", "Title"), Column::colored("c", "C")];
        let mut table = Table::new("things", TableKind::Bosh, &columns, None);
        let drawn = |table: &Table, rows: &[[&str; 3]], terminal: bool| {
            let (mut gathered, mut text) = (Gathered::new(table.shown.len()), String::new());
            for row in rows {
                gathered.push(table.shown.iter().map(|column| Cow::Borrowed(row[*column])));
            }
            let mut write = |line: &str| {
                text.push_str(line);
                true
            };
            if terminal {
                gathered.terminal(table, true, &mut write)
            } else {
                gathered.pipe(table, &mut write)
            };
            text
        };
        // Widths are bytes, an empty line in a cell is kept, a carriage return is not.
        let rows = [["ä", "", "running"], ["x", "1\r\n\n3\n", ""], ["x", "\n", "failing\nrunning"]];
        assert_eq!(
            drawn(&table, &rows, false),
            "ä\t-\trunning\t\nx \t1\t-\t\n  \t \t\t\n  \t3\t\t\n  \t \t\t\nx \t \tfailing\t\n  \t \trunning\t\n"
        );
        let (bold, plain, green, red, end) = ("\x1b[1m", "\x1b[22m", "\x1b[32m", "\x1b[31m", "\x1b[0m");
        let blank = " ".repeat(13);
        assert_eq!(
            drawn(&table, &rows, true),
            format!(
                "{bold}A{plain}   {bold}Title{plain}  {bold}C{plain}  \n\
                 ä  -      {green}running{end}  \n\
                 x   1      {red}-{end}  \n{blank}\n    3        \n{blank}\n\
                 ~          {red}failing{end}  \n           {red}running{end}  \n\n3 things\n"
            ),
        );
        // Only the table's own first column is not repeated; of one row it is the plural.
        table.shown = vec![1];
        assert!(drawn(&table, &[["x", "y", ""], ["x", "y", ""]], true).ends_with("y  \ny  \n\n2 things\n"));
        assert!(drawn(&table, &[["x", "y", ""]], true).ends_with("\n\n1 things\n"));
    }
}
