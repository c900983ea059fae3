//! The rows of an answer, with the commands in them completed.

use super::{Cell, Format, Look, Table, Ui, document, human};
use crate::domain::called::Called;
use crate::error::Result;

impl Ui {
    /// Shows a table, row by row. `rows` calls its argument for each row until that says false: then nobody
    /// reads any more.
    ///
    /// # Errors
    /// The error of `rows`.
    pub fn table(
        &mut self,
        table: &Table,
        rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
    ) -> Result<()> {
        let called = self.called.clone();
        let looks = table.columns.iter().map(|column| column.look).enumerate();
        let looks: Vec<(usize, Look)> = looks.filter(|(_, look)| matches!(look, Look::Command | Look::Told)).collect();
        let rows = |row: &mut dyn FnMut(Vec<Cell>) -> bool| {
            rows(&mut |mut cells| {
                looks.iter().for_each(|(at, look)| complete(&mut cells[*at], *look, &called));
                row(cells)
            })
        };
        match self.style.format {
            // On a terminal the column is there if the rows need it.
            Format::Text if self.style.terminal => human::table(self, table.clone(), rows),
            Format::Text => human::table(self, table.clone().saying_deployments(), rows),
            _ => document::table(self, &table.clone().saying_deployments(), rows),
        }
    }
}

fn complete(cell: &mut Cell, look: Look, called: &Called) {
    let complete = |text: &mut String| match look {
        Look::Command => *text = called.command(text),
        _ => *text = called.prose(text).into_owned(),
    };
    match cell {
        Cell::Text(text) => complete(text),
        Cell::Lines(lines) => lines.iter_mut().for_each(complete),
        _ => {}
    }
}
