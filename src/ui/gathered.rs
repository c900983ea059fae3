//! Rows of text that wait until the widths of their columns are known. A long list waits in an unnamed temporary file.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, BufWriter, Seek, Write};

use tempfile::SpooledTempFile;

use super::cell::Cell;
use super::style::printable;
use super::table::Table;
use super::words::{wide, widest};

/// Rows of text, and the measurements of their columns.
pub(super) struct Gathered {
    /// The cells, each followed by [`END`]; [`SAME`] stands for the text of the row before.
    text: BufWriter<SpooledTempFile>,
    last: Vec<String>,
    columns: Vec<Measured>,
    rows: usize,
    /// The rows at which another deployment begins.
    breaks: Vec<usize>,
    /// The first error of the file.
    failed: Option<io::Error>,
}

/// The width of a column's values.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Measured {
    /// In bytes, as the bosh CLI counts.
    pub bytes: usize,
    /// In columns of a terminal.
    pub whole: usize,
    /// The widest part that must not be broken, in columns of a terminal.
    pub part: usize,
    /// Whether the values are prose, and may be broken between words.
    pub prose: bool,
    /// One of them at least is not empty.
    pub filled: bool,
    /// Whether all of them are times, or missing.
    pub times: bool,
}

/// No cell contains these: [`printable`] replaces them.
const END: u8 = 0;
const SAME: u8 = 1;

/// How many bytes of a list are kept in memory.
const IN_MEMORY: usize = 4 << 20;

impl Gathered {
    /// No rows yet, for the columns that the table shows.
    pub(super) fn new(table: &Table) -> Self {
        let prose = |column: &usize| table.columns[*column].look.is_prose();
        let columns = table.shown.iter().map(|at| Measured { prose: prose(at), times: true, ..Measured::default() });
        Gathered {
            text: BufWriter::new(tempfile::spooled_tempfile(IN_MEMORY)),
            last: vec![String::new(); table.shown.len()],
            columns: columns.collect(),
            rows: 0,
            breaks: Vec::new(),
            failed: None,
        }
    }

    /// Adds the next row, which must have all columns.
    pub(super) fn push<'a>(&mut self, cells: impl Iterator<Item = &'a Cell>) {
        let first = self.rows == 0;
        for ((column, last), cell) in self.columns.iter_mut().zip(&mut self.last).zip(cells) {
            column.times &= matches!(cell, Cell::Time(_) | Cell::Missing);
            let cell = cell.bosh();
            let cell = if cell.contains('\r') { Cow::Owned(cell.replace('\r', "")) } else { cell };
            let cell = printable(&cell);
            let written = if !first && *last == cell {
                self.text.write_all(&[SAME, END])
            } else {
                column.see(&cell);
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

    /// Notes that another deployment begins with the next row.
    pub(super) fn next_deployment(&mut self) {
        self.breaks.push(self.rows);
    }

    /// Tells whether another deployment begins with a row; it must be asked about the rows in order.
    pub(super) fn breaks(&self) -> impl FnMut(usize) -> bool + use<> {
        let mut breaks = self.breaks.clone().into_iter().peekable();
        move |row| breaks.next_if_eq(&row).is_some()
    }

    /// Leaves the last column out.
    pub(super) fn without_the_last(&mut self) {
        self.columns.pop();
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// The measurements of each column, in order.
    pub(super) fn columns(&self) -> Vec<Measured> {
        self.columns.clone()
    }

    /// Gives the rows to `each` until it says false.
    ///
    /// # Errors
    /// Those of the temporary file.
    pub(super) fn rows(self, mut each: impl FnMut(&[String]) -> bool) -> io::Result<()> {
        if let Some(error) = self.failed {
            return Err(error);
        }
        let mut text = self.text.into_inner().map_err(io::IntoInnerError::into_error)?;
        text.rewind()?;
        let mut text = BufReader::new(text);
        let (mut row, mut cell) = (vec![String::new(); self.last.len()], Vec::new());
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
}

impl Measured {
    fn see(&mut self, cell: &str) {
        self.filled |= !cell.is_empty();
        for line in lines(cell) {
            self.bytes = self.bytes.max(line.len());
            self.whole = self.whole.max(wide(line));
        }
        if self.prose {
            self.part = self.part.max(widest(cell));
        } else {
            self.part = self.whole;
        }
    }
}

/// The lines of a cell: an empty one shows a dash.
pub(super) fn lines(cell: &str) -> std::str::Split<'_, char> {
    if cell.is_empty() { "-".split('\n') } else { cell.split('\n') }
}
