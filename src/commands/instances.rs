//! `snapback instances`

use super::columns::Columns;
use super::{Outcome, selectors};
use crate::context::Context;
use crate::domain::instance::Instance;
use crate::error::{Error, Result};
use crate::ops::find;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback instances`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only these: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Show VMs, disks and more, as bosh does
    #[arg(short = 'i', long)]
    details: bool,
    #[command(flatten)]
    columns: Columns,
}

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::colored("process_state", "Process State"),
    Column::new("az", "AZ"),
    Column::new("ips", "IPs"),
    Column::new("deployment", "Deployment"),
    Column::new("state", "State"),
    Column::new("vm_cid", "VM CID"),
    Column::new("vm_type", "VM Type"),
    Column::new("disk_cids", "Disk CIDs"),
    Column::new("agent_id", "Agent ID"),
    Column::new("index", "Index"),
    Column::new("bootstrap", "Bootstrap"),
    Column::new("ignore", "Ignore"),
    Column::new("cpi", "CPI"),
    Column::new("managed_by", "Managed By"),
    Column::new("confirmed_at", "Confirmed At"),
    Column::new("uuid", "UUID"),
];

/// How many columns `bosh instances` has, without and with `--details`.
const BOSH: usize = 5;
const BOSH_DETAILS: usize = 13;

/// Lists instances.
///
/// # Errors
/// A bad selector; an unknown deployment, instance or column; the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(&args.selector)?;
    let spare: &[&str] = if args.details { &[] } else { &["az", "ips"] };
    let table = table().sparing_for(spare, "add --wide");
    let table = args.columns.shown(table, if args.details { BOSH_DETAILS } else { BOSH })?;
    let reader = context.reader()?;
    let named = context.deployment();
    let deployment = match (&named, selectors.is_all()) {
        (None, true) => None,
        _ => Some(find::deployment(&reader, named.as_deref())?),
    };
    if let (Some(deployment), false) = (&deployment, selectors.is_all()) {
        find::instances(&reader, deployment, &selectors)?;
    }
    context.ui.table(&table.by_deployment(deployment.clone()), |show| {
        reader.each_instance(deployment.as_deref(), |instance| {
            Ok::<bool, Error>(!selectors.matches(&instance) || show(row(instance)))
        })
    })?;
    Ok(Outcome::done())
}

/// The table of instances, with all its columns.
pub(super) fn table() -> Table {
    Table::new("instances", TableKind::Bosh, COLUMNS, None)
}

fn row(instance: Instance) -> Vec<Cell> {
    let reported = instance.reported;
    vec![
        Cell::Called {
            bosh: match &instance.uuid {
                Some(uuid) => format!("{}/{uuid}", instance.name.group),
                None => instance.name.to_string(),
            },
            own: instance.name.to_string(),
        },
        Cell::maybe(reported.process_state, Cell::Text),
        Cell::maybe(instance.az, Cell::Text),
        Cell::Lines(reported.ips),
        Cell::Text(instance.name.deployment),
        Cell::maybe(reported.desired_state, Cell::Text),
        Cell::maybe(instance.vm, Cell::text),
        Cell::maybe(reported.vm_type, Cell::Text),
        Cell::Lines(instance.disks.iter().map(|disk| disk.cid.to_string()).collect()),
        Cell::maybe(instance.agent_id, Cell::Text),
        Cell::Number(instance.name.index.into()),
        Cell::maybe(reported.bootstrap, Cell::Bool),
        Cell::maybe(reported.ignored, Cell::Bool),
        Cell::text(instance.cpi),
        Cell::text(instance.managed_by.name()),
        Cell::Time(instance.confirmed_at),
        Cell::maybe(instance.uuid, Cell::Text),
    ]
}
