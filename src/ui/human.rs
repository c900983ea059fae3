//! Tables and errors for people.

use super::bosh::{Gathered, noun};
use super::{Cell, Table, TableKind, Ui, printable};
use crate::error::{Error, Result};

pub(super) fn table(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    let mut gathered = Gathered::new(table.shown.len());
    rows(&mut |cells| {
        gathered.push(table.shown.iter().map(|column| cells[*column].bosh()));
        true
    })?;
    let style = ui.style();
    match (style.terminal, table.kind) {
        (false, _) => gathered.pipe(|line| ui.out(line)),
        (true, TableKind::Bosh) => gathered.terminal(table, style.color, |line| ui.out(line)),
        (true, TableKind::Own) => {
            let drawn = draw(table, &gathered);
            ui.out(&drawn);
        }
    }
    Ok(())
}

/// How wide a table of our own is where there is no terminal to ask.
const WIDTH: u16 = 120;

fn draw(table: &Table, gathered: &Gathered) -> String {
    if gathered.len() == 0 {
        return format!("0 {}\n", table.content);
    }
    let mut drawing = comfy_table::Table::new();
    drawing.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    drawing.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    if !drawing.is_tty() {
        drawing.set_width(WIDTH);
    }
    drawing.set_header(table.shown.iter().map(|column| table.columns[*column].title));
    for row in gathered.rows() {
        drawing.add_row(row);
    }
    format!("{drawing}\n{} {}\n", gathered.len(), noun(table.content, gathered.len()))
}

/// An error with its causes and hints.
pub(super) fn error(error: &Error, color: bool) -> String {
    let (red, plain) = if color { ("\x1b[31m", "\x1b[0m") } else { ("", "") };
    let mut text = format!("{red}Error:{plain} {}\n", printable(error.message()));
    for cause in error.causes() {
        text.push_str(&format!("Caused by: {}\n", printable(&cause)));
    }
    for hint in error.hints() {
        text.push_str(&format!("Hint: {}\n", printable(&hint.to_string())));
    }
    text
}
