//! `snapback import`

use std::path::Path;

use super::Outcome;
use crate::context::Context;
use crate::domain::ids::CpiName;
use crate::domain::instance::Instance;
use crate::error::{Error, Kind, Result};
use crate::manifest::Manifest;
use crate::ops::import::import;
use crate::state::Access;
use crate::ui::{Cell, Column, Table, TableKind};
use crate::{inventory, yaml};

/// What `import` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// Inventory files; `-` is standard input
    #[arg(value_name = "FILE", required = true)]
    files: Vec<String>,
    /// Read the files, and change nothing
    #[arg(long)]
    dry_run: bool,
}

const COLUMNS: &[Column] =
    &[Column::new("deployment", "Deployment"), Column::new("what", "What"), Column::new("change", "Change")];

/// Takes inventories in.
///
/// # Errors
/// What is wrong with a file: then nothing is taken in; the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let instances = read_all(context, &tools.manifest, &args.files)?;
    let table = Table::new("changes", TableKind::Own, COLUMNS, None);
    if args.dry_run {
        context.ui.table(&table, |row| {
            for instance in &instances {
                row(vec![
                    Cell::text(&instance.name.deployment),
                    Cell::text(&instance.name),
                    Cell::text("would be imported"),
                ]);
            }
            Ok(())
        })?;
        context.ui.say("Nothing was imported (--dry-run)");
        return Ok(Outcome::done());
    }
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate)?;
    let imported = import(&state, &tools.clouds, instances)?;
    context.ui.table(&table, |row| {
        for change in &imported.changes {
            row(vec![Cell::text(&change.deployment), Cell::text(&change.what), Cell::text(change.kind.name())]);
        }
        Ok(())
    })?;
    if imported.changes.is_empty() {
        context.ui.warn("there are no instances in it: nothing was imported");
    }
    for kept in &imported.kept {
        context.ui.warn(kept);
    }
    Ok(Outcome::done())
}

fn read_all(context: &mut Context, manifest: &Manifest, files: &[String]) -> Result<Vec<Instance>> {
    let default = manifest.cpi.clone().unwrap_or_else(|| CpiName::new(crate::ops::clouds::LOCAL));
    let now = context.clock.now();
    let mut all: Vec<Instance> = Vec::new();
    for file in files {
        let (name, text) = match file.as_str() {
            "-" => ("standard input", yaml::read_from(context.ui.stdin())),
            file => (file, yaml::read(Path::new(file)).map(|read| read.text)),
        };
        let text = text.map_err(|error| inventory::InventoryError::unreadable(name, &error))?;
        for instance in inventory::read(&text, name, &default, now)? {
            if let Some(double) = all.iter().find(|known| known.name == instance.name) {
                return Err(Error::new(
                    Kind::Usage,
                    format!(
                        "{name}: {} of deployment '{}' is in another file too",
                        double.name, double.name.deployment
                    ),
                ));
            }
            all.push(instance);
        }
    }
    Ok(all)
}
