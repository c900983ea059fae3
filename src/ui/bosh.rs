//! Tables in the form of the bosh CLI (cloudfoundry/bosh-cli `ui/table/writer.go`): on a terminal with a bold header
//! and two blanks between columns, in a pipe without a header and with a TAB after each cell.

use std::io;

use super::column::{Column, Look, takes_away};
use super::gathered::{Gathered, lines};
use super::table::Table;
use super::words::wide;

impl Gathered {
    /// Gives the lines to `write` until it says false.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub(super) fn pipe(self, table: &Table, write: &mut dyn FnMut(&str) -> bool) -> io::Result<()> {
        let columns: Vec<Column> = table.shown.iter().map(|column| table.columns[*column]).collect();
        let widths = self.columns().iter().map(|column| column.bytes).collect();
        let drawing = Drawing { columns, widths, gap: "\t", color: false, fitted: false };
        self.rows(|row| drawing.row(&row.iter().map(String::as_str).collect::<Vec<_>>(), write))
    }

    /// The width of the drawing by [`Gathered::terminal`], in bytes.
    pub(super) fn terminal_width(&self, table: &Table) -> usize {
        let titles = table.shown.iter().map(|column| table.columns[*column].title.len());
        self.columns().iter().zip(titles).map(|(column, title)| column.bytes.max(title) + GAP.len()).sum()
    }

    /// Gives the lines to `write` until it says false.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub(super) fn terminal(self, table: &Table, color: bool, write: &mut dyn FnMut(&str) -> bool) -> io::Result<()> {
        let count = self.len();
        let columns: Vec<Column> = table.shown.iter().map(|column| table.columns[*column]).collect();
        let measured = self.columns();
        let widths = measured.iter().zip(&columns).map(|(seen, column)| seen.bytes.max(column.title.len())).collect();
        let drawing = Drawing { columns, widths, gap: GAP, color, fitted: false };
        if drawing.header(write) {
            // A value that repeats in the table's first column is not shown again, if that column is shown at all.
            let dedup = table.shown.first() == Some(&0);
            let mut before: Option<String> = None;
            let (mut breaks, mut at) = (self.breaks(), 0);
            self.rows(|row| {
                let mut cells: Vec<&str> = row.iter().map(String::as_str).collect();
                let of_another = breaks(at);
                at += 1;
                if dedup {
                    if !of_another && before.as_deref() == Some(cells[0]) {
                        cells[0] = "~";
                    } else {
                        before = Some(cells[0].to_owned());
                    }
                }
                drawing.row(&cells, write)
            })?;
        }
        // The noun is in the plural even for one row.
        write(&format!("\n{count} {}\n", table.noun));
        Ok(())
    }
}

/// The gap between two columns on a terminal.
pub(super) const GAP: &str = "  ";

/// How rows are drawn.
pub(super) struct Drawing {
    pub columns: Vec<Column>,
    pub widths: Vec<usize>,
    pub gap: &'static str,
    pub color: bool,
    /// With columns as wide as they are seen, and nothing after the last one. Otherwise as in the bosh CLI: widths are
    /// in bytes, so that a column with umlauts is not straight there either.
    pub fitted: bool,
}

impl Drawing {
    pub(super) fn header(&self, write: &mut dyn FnMut(&str) -> bool) -> bool {
        let mut header = String::new();
        for (at, (width, column)) in self.widths.iter().zip(&self.columns).enumerate() {
            let title = column.title;
            let (bold, plain) = if self.color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
            header.push_str(&format!("{bold}{title}{plain}"));
            if at + 1 < self.columns.len() {
                header.extend(std::iter::repeat_n(' ', width - title.len()));
            }
            header.push_str(self.gap);
        }
        self.end(&mut header);
        write(&header)
    }

    pub(super) fn row(&self, row: &[&str], write: &mut dyn FnMut(&str) -> bool) -> bool {
        let height = row.iter().map(|cell| lines(cell).count()).max().unwrap_or(1);
        let mut line = String::new();
        for at in 0..height {
            line.clear();
            for (column, (cell, width)) in row.iter().zip(&self.widths).enumerate() {
                let text = lines(cell).nth(at);
                let length = text.map_or(0, |text| if self.fitted { wide(text) } else { text.len() });
                if let Some(text) = text {
                    match self.codes(self.columns[column].look, cell) {
                        Some((begin, end)) => line.push_str(&format!("{begin}{text}{end}")),
                        None => line.push_str(text),
                    }
                }
                if column + 1 < self.widths.len() {
                    line.extend(std::iter::repeat_n(' ', width.saturating_sub(length)));
                }
                line.push_str(self.gap);
            }
            self.end(&mut line);
            if !write(&line) {
                return false;
            }
        }
        true
    }

    fn codes(&self, look: Look, cell: &str) -> Option<(&'static str, &'static str)> {
        if !self.color {
            return None;
        }
        match (look, cell) {
            (Look::State, "running" | "ok") => Some(("\x1b[32m", "\x1b[0m")),
            (Look::Plain, "would be deleted") | (Look::State | Look::Doomed, _) => Some(("\x1b[31m", "\x1b[0m")),
            (Look::Step, step) if takes_away(step) => Some(("\x1b[31m", "\x1b[0m")),
            (Look::Command, _) => Some(("\x1b[1m", "\x1b[22m")),
            (Look::Plain | Look::Prose | Look::Step | Look::Told, _) => None,
        }
    }

    fn end(&self, line: &mut String) {
        if self.fitted {
            line.truncate(line.trim_end_matches(' ').len());
        }
        line.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::super::cell::Cell;
    use super::super::table::TableKind;
    use super::*;

    /// The expected text is that of the bosh CLI's writer for the same cells (`ui/table/writer.go`).
    #[test]
    fn odd_cells_look_as_boshs() {
        let columns = [Column::new("a", "A"), Column::new("b", "Title"), Column::colored("c", "C")];
        let mut table = Table::new("things", TableKind::Bosh, &columns, None);
        let drawn = |table: &Table, rows: &[[&str; 3]], terminal: bool| {
            let (mut gathered, mut text) = (Gathered::new(table), String::new());
            for row in rows {
                let cells = row.map(Cell::text);
                gathered.push(table.shown.iter().map(|column| &cells[*column]));
            }
            let mut write = |line: &str| {
                text.push_str(line);
                true
            };
            let drawn =
                if terminal { gathered.terminal(table, true, &mut write) } else { gathered.pipe(table, &mut write) };
            drawn.unwrap();
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
