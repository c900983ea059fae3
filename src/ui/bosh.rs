//! Tables as the bosh CLI prints them (cloudfoundry/bosh-cli `ui/table/writer.go`): on a terminal with a bold
//! header and two blanks between columns, in a pipe without a header and with a TAB after each cell.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use tempfile::SpooledTempFile;

use super::style::printable;
use super::table::Table;

/// Rows of text, gathered until the widths are known. A long list waits in a nameless temporary file.
pub(super) struct Gathered {
    /// The cells, each with [`END`] behind it; [`SAME`] stands for the text of the row before.
    text: BufWriter<SpooledTempFile>,
    last: Vec<String>,
    widths: Vec<usize>,
    rows: usize,
    /// The first thing that went wrong with the file.
    failed: Option<io::Error>,
}

/// No cell holds these: [`printable`] replaces them.
const END: u8 = 0;
const SAME: u8 = 1;

/// How many bytes of a list are kept in memory.
const IN_MEMORY: usize = 4 << 20;

impl Gathered {
    pub(super) fn new(columns: usize) -> Self {
        Gathered {
            text: BufWriter::new(tempfile::spooled_tempfile(IN_MEMORY)),
            last: vec![String::new(); columns],
            widths: vec![0; columns],
            rows: 0,
            failed: None,
        }
    }

    /// Takes the next row, which must have all columns.
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = Cow<'a, str>>) {
        let first = self.rows == 0;
        for ((width, last), cell) in self.widths.iter_mut().zip(&mut self.last).zip(cells) {
            let cell = if cell.contains('\r') { Cow::Owned(cell.replace('\r', "")) } else { cell };
            let cell = printable(&cell);
            let written = if !first && *last == cell {
                self.text.write_all(&[SAME, END])
            } else {
                *width = (*width).max(lines(&cell).map(str::len).max().unwrap_or(0));
                last.clear();
                last.push_str(&cell);
                self.text.write_all(cell.as_bytes()).and_then(|()| self.text.write_all(&[END]))
            };
            if let Err(error) = written {
                self.failed.get_or_insert(error);
            }
        }
        self.rows += 1;
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Gives the rows to `each` until it says false.
    ///
    /// # Errors
    /// The temporary file's.
    pub(super) fn rows(self, mut each: impl FnMut(&[String]) -> bool) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut text = self.text.into_inner().map_err(io::IntoInnerError::into_error)?;
        text.rewind()?;
        let mut text = BufReader::new(text);
        let (mut row, mut cell) = (vec![String::new(); self.widths.len()], Vec::new());
        for _ in 0..self.rows {
            for known in &mut row {
                cell.clear();
                text.read_until(END, &mut cell)?;
                cell.pop();
                if cell != [SAME] {
                    known.clear();
                    known.push_str(&String::from_utf8_lossy(&cell));
                }
            }
            if !each(&row) {
                break;
            }
        }
        Ok(())
    }

    /// Gives the lines to `write` until it says false.
    ///
    /// # Errors
    /// The temporary file's.
    pub(super) fn pipe(self, table: &Table, mut write: impl FnMut(&str) -> bool) -> io::Result<()> {
        let widths = self.widths.clone();
        Drawing { table, widths: &widths, gap: "\t", terminal: false, color: false }.rows(self, &mut write)
    }

    /// Gives the lines to `write` until it says false.
    ///
    /// # Errors
    /// The temporary file's.
    pub(super) fn terminal(self, table: &Table, color: bool, mut write: impl FnMut(&str) -> bool) -> io::Result<()> {
        let (mut widths, count) = (self.widths.clone(), self.len());
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
            Drawing { table, widths: &widths, gap: "  ", terminal: true, color }.rows(self, &mut write)?;
        }
        // Of one row, too, it is the plural.
        write(&format!("\n{count} {}\n", table.content));
        Ok(())
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
    fn rows(&self, gathered: Gathered, write: &mut dyn FnMut(&str) -> bool) -> io::Result<()> {
        // What repeats in the table's first column is not shown again, where that column is shown at all.
        let dedup = self.terminal && self.table.shown.first() == Some(&0);
        let mut before: Option<String> = None;
        gathered.rows(|row| {
            let mut cells: Vec<&str> = row.iter().map(String::as_str).collect();
            if dedup {
                if before.as_deref() == Some(cells[0]) {
                    cells[0] = "~";
                } else {
                    before = Some(cells[0].to_owned());
                }
            }
            self.row(&cells, write)
        })
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
