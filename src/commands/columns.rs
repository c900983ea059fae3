//! Which columns of a listing are shown: BOSH's, all, or those that are named.

use crate::error::{Error, Kind, Result};
use crate::ui::Table;

/// The arguments that choose the columns.
#[derive(Debug, clap::Args)]
pub(super) struct Columns {
    /// Show all columns
    #[arg(long)]
    wide: bool,
    /// Show only this column (may be repeated)
    #[arg(long, value_name = "NAME", conflicts_with = "wide")]
    column: Vec<String>,
}

impl Columns {
    /// True if the usual columns are shown, since none were chosen.
    pub(super) fn are_usual(&self) -> bool {
        self.column.is_empty() && !self.wide
    }

    /// The table with the columns that are chosen, in its own order as in the bosh CLI's; the first `usual` ones if
    /// none are named.
    ///
    /// # Errors
    /// [`Kind::Usage`] if there is no column of that name; the error lists the names.
    pub(super) fn shown(&self, mut table: Table, usual: usize) -> Result<Table> {
        if self.are_usual() {
            return Ok(table.showing_first(usual));
        }
        // A column that you asked for is never left out.
        table.spare = &[];
        table.named = !self.wide;
        if self.wide {
            return Ok(table);
        }
        let mut shown = Vec::new();
        for name in &self.column {
            let Some(at) = table.columns.iter().position(|column| column.key == key(name)) else {
                let known: Vec<&str> = table.columns.iter().map(|column| column.key).collect();
                return Err(Error::new(Kind::Usage, format!("there is no column '{name}'"))
                    .hint(format!("columns: {}", known.join(", "))));
            };
            shown.push(at);
        }
        shown.sort_unstable();
        shown.dedup();
        table.shown = shown;
        Ok(table)
    }
}

/// `Created At`, `created-at` and `created_at` are one (bosh-cli `ui/table/headers.go`, `KeyifyHeader`).
fn key(name: &str) -> String {
    let words = name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect::<Vec<_>>().join("_")
}
