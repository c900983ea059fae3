//! `snapback instances`

use super::{Outcome, selector};
use crate::context::Context;
use crate::domain::selector::Selector;
use crate::error::Result;
use crate::ops::find;
use crate::ui::{Cell, Column, Table, TableKind};

/// What `instances` takes.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true, after_long_help = crate::cli::exit_codes())]
pub struct Args {
    /// Only these: GROUP, GROUP/INDEX, GROUP/UUID, or GROUP INDEX
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
}

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("az", "AZ"),
    Column::new("deployment", "Deployment"),
    Column::new("vm_cid", "VM CID"),
    Column::new("disk_cids", "Disk CIDs"),
    Column::new("cpi", "CPI"),
    Column::new("managed_by", "Managed By"),
    Column::new("confirmed_at", "Confirmed At"),
    Column::new("uuid", "UUID"),
    Column::new("agent_id", "Agent ID"),
];

/// Lists instances and their disks.
///
/// # Errors
/// A bad selector, an unknown deployment or instance, the state file's.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selector = selector(&args.selector)?;
    let reader = context.reader()?;
    let named = context.deployment();
    let instances = if named.is_none() && selector == Selector::All {
        reader.instances(None)?
    } else {
        find::instances(&reader, &find::deployment(&reader, named.as_deref())?, &selector)?
    };
    let table = Table::new("instances", TableKind::Bosh, COLUMNS, None).showing_first(COLUMNS.len() - 2);
    context.ui.table(&table, |row| {
        for instance in &instances {
            let disks: Vec<&str> = instance.disks.iter().map(|disk| disk.cid.as_str()).collect();
            row(vec![
                Cell::text(&instance.name),
                Cell::maybe(instance.az.as_ref(), Cell::text),
                Cell::text(&instance.name.deployment),
                Cell::maybe(instance.vm.as_ref(), Cell::text),
                Cell::Text(disks.join("\n")),
                Cell::text(&instance.cpi),
                Cell::text(instance.managed_by.name()),
                Cell::Time(instance.confirmed_at),
                Cell::maybe(instance.uuid.as_ref(), Cell::text),
                Cell::maybe(instance.agent_id.as_ref(), Cell::text),
            ]);
        }
        Ok(())
    })?;
    Ok(Outcome::done())
}
