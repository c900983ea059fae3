//! `snapback snapshots`

pub(super) mod graph;

use super::columns::Columns;
use super::{Outcome, selectors, times, views};
use crate::context::Context;
use crate::domain::ids::OperationId;
use crate::domain::old::Old;
use crate::domain::selector::{Selector, Selectors};
use crate::error::{Error, Result};
use crate::ops::find;
use crate::state::{Reader, SnapshotFilter, SnapshotsOf};

/// The arguments of `snapback snapshots`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only of these instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Draw what has happened to each instance: snapshots, deploys, restores, undos, drills, and which disk came from which
    #[arg(long, conflicts_with_all = ["clean", "made_by", "set", "wide", "column"])]
    graph: bool,
    /// Only those taken before this time (02:40, 'yesterday 14:00', '2h ago', 'YYYY-MM-DD HH:MM', RFC 3339; UTC, unless it ends in 'local' or an offset)
    #[arg(long, value_name = "TIME")]
    before: Option<String>,
    /// Only those taken at this time or after it
    #[arg(long, value_name = "TIME")]
    after: Option<String>,
    /// Only those taken while the processes were stopped
    #[arg(long)]
    clean: bool,
    /// Only those made by this CPI
    #[arg(long, value_name = "CPI")]
    made_by: Option<String>,
    /// Only those of this set (what one `take` took): its operation, or the beginning of its id
    #[arg(long, value_name = "OPERATION")]
    set: Option<OperationId>,
    #[command(flatten)]
    columns: Columns,
}

/// Lists snapshots.
///
/// # Errors
/// A bad selector or time, an unknown deployment or column, the errors of the state file.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(&args.selector)?;
    if args.graph {
        let span = graph::Span {
            after: times::any("--after", args.after.as_ref(), context)?,
            before: times::any("--before", args.before.as_ref(), context)?,
        };
        return graph::run(context, &selectors, &span);
    }
    let mut filter = SnapshotFilter {
        before: times::any("--before", args.before.as_ref(), context)?,
        after: times::any("--after", args.after.as_ref(), context)?,
        clean: args.clean,
        as_the_director: true,
        ..SnapshotFilter::default()
    };
    let table = args.columns.shown(views::snapshots(), views::BOSH_SNAPSHOTS)?;
    let reader = context.reader()?;
    if let Some(set) = &args.set {
        filter.operation = find::set(&reader, set)?.into_iter().next().and_then(|snapshot| snapshot.operation);
    }
    narrow(&reader, context.deployment().as_deref(), &selectors, &mut filter)?;
    let table = table.across_deployments(filter.deployment.is_none());
    let now = context.clock.now();
    let changes = views::changes(&reader)?;
    let mut old = Old::than(context.warn_age(), now);
    context.ui.table(&table, |row| {
        reader.each_snapshot(&filter, |snapshot| {
            let wanted = args.made_by.as_ref().is_none_or(|cpi| snapshot.cpi.as_str() == cpi);
            if wanted {
                old.see(&snapshot);
            }
            Ok::<bool, Error>(!wanted || row(views::snapshot_row(&snapshot, now, &changes)))
        })
    })?;
    if let Some(warning) = old.told() {
        context.ui.warn(&warning);
    }
    Ok(Outcome::done())
}

/// Narrows a filter to the instances that the selectors mean; each must mean something. No selector means all
/// deployments.
pub(super) fn narrow(
    reader: &Reader,
    deployment: Option<&str>,
    selectors: &Selectors,
    filter: &mut SnapshotFilter,
) -> Result<()> {
    if deployment.is_none() && selectors.is_all() {
        return Ok(());
    }
    let deployment = find::deployment(reader, deployment)?;
    find::known_of_snapshots(reader, &deployment, selectors)?;
    for selector in selectors.each() {
        filter.of.push(match selector {
            Selector::Group(group) => SnapshotsOf { group: group.clone(), ..SnapshotsOf::default() },
            Selector::Index(group, index) => SnapshotsOf { group: group.clone(), index: Some(*index), uuid: None },
            Selector::Uuid(group, uuid) => {
                // The snapshots of an instance that is gone still exist.
                let known = reader.instances_of(Some(&deployment), selector)?;
                let index = known.first().map(|one| one.name.index);
                SnapshotsOf { group: group.clone(), index, uuid: Some(uuid.clone()) }
            }
        });
    }
    filter.deployment = Some(deployment);
    Ok(())
}
