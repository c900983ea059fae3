//! Tables and errors for people.

use std::io;

use super::gathered::Gathered;
use super::words::{self, wide};
use super::{Cell, Parts, Table, TableKind, Ui, fitted, printable};
use crate::error::{Error, Hint, Kind, Result};

pub(super) fn table(
    ui: &mut Ui,
    mut table: Table,
    rows: impl FnOnce(&mut dyn FnMut(Vec<Cell>) -> bool) -> Result<()>,
) -> Result<()> {
    table.seen_by = ui.called.command(&table.seen_by);
    let of = table.columns.iter().position(|column| column.key == "deployment");
    let of = of.filter(|_| table.parts == Parts::One);
    // If the rows are of several deployments, a column names the deployment.
    let added = of.filter(|column| !table.named && !table.shown.contains(column));
    table.shown.extend(added);
    let mut gathered = Gathered::new(&table);
    let mut deployment = match &table.parts {
        Parts::Deployment(named) => Some(named.clone()),
        Parts::One | Parts::EachDeployment(_) => None,
    };
    let (mut first, mut failed) = (true, None);
    let (mut last, mut several) = (None, false);
    rows(&mut |cells| {
        if let Parts::EachDeployment(column) = table.parts
            && deployment.as_deref() != Some(&*cells[column].bosh())
        {
            let next = Some(cells[column].bosh().into_owned());
            let done = std::mem::replace(&mut gathered, Gathered::new(&table));
            if let Some(done_with) = std::mem::replace(&mut deployment, next) {
                failed = draw_part(ui, &table, done, Some(&done_with), std::mem::take(&mut first)).err();
            }
        }
        if let Some(of) = of
            && last.as_ref() != Some(&cells[of])
            && let Some(_before) = last.replace(cells[of].clone())
        {
            several = true;
            gathered.next_deployment();
        }
        gathered.push(table.shown.iter().map(|column| &cells[*column]));
        failed.is_none()
    })?;
    if added.is_some() && !several {
        table.shown.pop();
        gathered.without_the_last();
    }
    if failed.is_none() && (!matches!(table.parts, Parts::EachDeployment(_)) || gathered.len() > 0) {
        failed = draw_part(ui, &table, gathered, deployment.as_deref(), first).err();
    }
    failed.map_or(Ok(()), |error| {
        Err(Error::because(Kind::Failed, "a long list could not be written to a temporary file", error)
            .hint("set TMPDIR to a directory with more room, or ask for --output json"))
    })
}

/// Draws one table of perhaps several. On a terminal, chatter names the deployment.
fn draw_part(ui: &mut Ui, table: &Table, gathered: Gathered, deployment: Option<&str>, first: bool) -> io::Result<()> {
    let style = ui.style();
    if !style.terminal {
        return gathered.pipe(table, &mut |line| ui.out(line));
    }
    if table.kind == TableKind::Bosh {
        if !first {
            ui.out("\n");
        }
        if let Some(deployment) = deployment {
            ui.say(&format!("Deployment '{deployment}'\n"));
        }
        // BOSH's bytes, unless the terminal would break the lines.
        if ui.width().is_none_or(|width| gathered.terminal_width(table) <= width) {
            return gathered.terminal(table, style.color, &mut |line| ui.out(line));
        }
    }
    if gathered.len() == 0 {
        ui.out(&format!("0 {}\n", table.noun));
        return Ok(());
    }
    let width = ui.width().unwrap_or(WIDTH);
    fitted::draw(gathered, table, width, style.color, &mut |line| ui.out(line))
}

/// The width of one of our own tables if there is no terminal to ask.
const WIDTH: usize = 120;

/// An error with its causes and hints, in this width.
pub(super) fn error(error: &Error, color: bool, width: Option<usize>) -> String {
    let folded = |text: &str, behind: usize| words::folded(&printable(text), width, behind, color).join("\n");
    let (red, plain) = if color { ("\x1b[31m", "\x1b[0m") } else { ("", "") };
    let mut text = format!("{red}Error:{plain} {}\n", folded(error.message(), "Error: ".len()));
    for cause in error.causes() {
        text.push_str(&format!("Caused by: {}\n", folded(&cause, "Caused by: ".len())));
    }
    let (bold, thin) = if color { ("\x1b[1m", "\x1b[22m") } else { ("", "") };
    for hint in error.hints() {
        let said = hint.to_string();
        text.push_str(&match (hint, width) {
            // Whole, on a line of its own, so that it can be copied.
            (Hint::Command(line), Some(width)) if "Hint: ".len() + wide(&said) > width => {
                format!("Hint: run:\n{bold}{}{thin}\n", printable(line))
            }
            (Hint::Command(line), _) => format!("Hint: run: {bold}{}{thin}\n", printable(line)),
            _ => format!("Hint: {}\n", folded(&said, "Hint: ".len())),
        });
    }
    text
}
