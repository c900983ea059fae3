//! Tables and errors for people.

use std::io;

use super::bosh::{Gathered, noun};
use super::{Cell, Parts, Table, TableKind, Ui, printable};
use crate::error::{Error, Kind, Result};

pub(super) fn table(
    ui: &mut Ui,
    table: &Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    let mut gathered = Gathered::new(table.shown.len());
    let mut deployment = match &table.parts {
        Parts::Deployment(named) => Some(named.clone()),
        Parts::One | Parts::EachDeployment(_) => None,
    };
    let (mut first, mut failed) = (true, None);
    rows(&mut |cells| {
        if let Parts::EachDeployment(column) = table.parts
            && deployment.as_deref() != Some(&*cells[column].bosh())
        {
            let next = Some(cells[column].bosh().into_owned());
            let done = std::mem::replace(&mut gathered, Gathered::new(table.shown.len()));
            if let Some(done_with) = std::mem::replace(&mut deployment, next) {
                failed = draw_part(ui, table, done, Some(&done_with), std::mem::take(&mut first)).err();
            }
        }
        gathered.push(table.shown.iter().map(|column| cells[*column].bosh()));
        failed.is_none()
    })?;
    if failed.is_none() && (!matches!(table.parts, Parts::EachDeployment(_)) || gathered.len() > 0) {
        failed = draw_part(ui, table, gathered, deployment.as_deref(), first).err();
    }
    failed.map_or(Ok(()), |error| {
        Err(Error::because(Kind::Failed, "a long list could not be put aside while its widths are found", error)
            .hint("set TMPDIR to a directory with more room, or ask for --output json"))
    })
}

/// Draws one table of perhaps several. On a terminal, chatter says of which deployment it is.
fn draw_part(ui: &mut Ui, table: &Table, gathered: Gathered, deployment: Option<&str>, first: bool) -> io::Result<()> {
    let style = ui.style();
    match (style.terminal, table.kind) {
        (false, _) => gathered.pipe(table, |line| ui.out(line)),
        (true, TableKind::Bosh) => {
            if !first {
                ui.out("\n");
            }
            if let Some(deployment) = deployment {
                ui.say(&format!("Deployment '{deployment}'\n"));
            }
            gathered.terminal(table, style.color, |line| ui.out(line))
        }
        (true, TableKind::Own) => {
            let drawn = draw(table, gathered)?;
            ui.out(&drawn);
            Ok(())
        }
    }
}

/// How wide a table of our own is where there is no terminal to ask.
const WIDTH: u16 = 120;

fn draw(table: &Table, gathered: Gathered) -> io::Result<String> {
    let count = gathered.len();
    if count == 0 {
        return Ok(format!("0 {}\n", table.content));
    }
    let mut drawing = comfy_table::Table::new();
    drawing.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
    drawing.set_content_arrangement(comfy_table::ContentArrangement::Dynamic);
    if !drawing.is_tty() {
        drawing.set_width(WIDTH);
    }
    drawing.set_header(table.shown.iter().map(|column| table.columns[*column].title));
    gathered.rows(|row| {
        drawing.add_row(row);
        true
    })?;
    Ok(format!("{drawing}\n{count} {}\n", noun(table.content, count)))
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
