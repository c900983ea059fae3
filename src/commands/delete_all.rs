//! `snapback delete-all`

use super::snapshots::narrow;
use super::{Outcome, delete, selectors};
use crate::context::Context;
use crate::domain::operation::Verb;
use crate::domain::selector::Selector;
use crate::domain::snapshot::Snapshot;
use crate::error::{Error, Kind, Result};
use crate::ops::delete::OnFailure;
use crate::ops::find;
use crate::state::SnapshotFilter;

/// The arguments of `snapback delete-all`.
#[derive(Debug, clap::Args)]
#[command(allow_negative_numbers = true)]
pub struct Args {
    /// Only of these instances: GROUP, GROUP/INDEX or GROUP/UUID, several of them, or one as GROUP INDEX [default: all of the deployment]
    #[arg(value_name = "SELECTOR")]
    selector: Vec<String>,
    /// Show what would be deleted, and delete nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// The arguments that mean all of the deployment.
    pub(super) fn all(dry_run: bool) -> Args {
        Args { selector: Vec::new(), dry_run }
    }

    /// The words that select instances.
    pub(super) fn meant(&self) -> &[String] {
        &self.selector
    }

    /// The arguments that mean all of an instance group.
    pub(super) fn of_group(group: &str, dry_run: bool) -> Args {
        Args { selector: vec![group.to_owned()], dry_run }
    }
}

/// Deletes all snapshots of a deployment or of a part of it.
///
/// # Errors
/// As `delete`; with `-n`, a deployment that is not named.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let selectors = selectors(&args.selector)?;
    let named = context.deployment();
    if !args.dry_run && named.is_none() && context.asks_nothing()?.0 {
        return Err(Error::new(
            Kind::Usage,
            "snapback does not ask before it deletes, so you must name the deployment",
        )
        .hint("add -d/--deployment NAME, or set BOSH_DEPLOYMENT"));
    }
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let reader = opened.reader();
    let deployment = find::deployment(reader, named.as_deref())?;
    let mut filter = SnapshotFilter::default();
    narrow(reader, Some(&deployment), &selectors, &mut filter)?;
    filter.deployment = Some(deployment.clone());
    let mut snapshots = Vec::new();
    reader.each_snapshot(&filter, |snapshot| {
        snapshots.push(snapshot);
        Ok::<bool, Error>(true)
    })?;
    let found = snapshots.len();
    // A name can be given again: the selector means the instance that has it now.
    snapshots.retain(|snapshot| !snapshot.of_another || selectors.means(|one| is_uuid_of(one, snapshot)));
    let passed_over = found - snapshots.len();
    if passed_over > 0 {
        let them = if passed_over == 1 { "1 snapshot is" } else { &format!("{passed_over} snapshots are") };
        context.ui.warn(&format!(
            "{them} of another instance that had the name before, and passed over; to delete them, name their CIDs, or \
             the instance as GROUP/UUID (`snapshots --wide` shows both)"
        ));
    }
    let held = pass_over_held(context, &mut snapshots);
    delete::confirm_and_delete(context, &tools, opened, (Verb::DeleteAll, OnFailure::Keep), snapshots, held)
}

/// Whether the UUID that a selector has is that of the snapshot's instance.
fn is_uuid_of(selector: &Selector, snapshot: &Snapshot) -> bool {
    let of = snapshot.instance_uuid.as_deref();
    matches!(selector, Selector::Uuid(_, uuid) if of.is_some_and(|of| of.eq_ignore_ascii_case(uuid)))
}

/// Leaves out held snapshots, and says so.
fn pass_over_held(context: &mut Context, snapshots: &mut Vec<Snapshot>) -> Vec<Snapshot> {
    let (held, others) = std::mem::take(snapshots).into_iter().partition(|snapshot| snapshot.held.is_some());
    *snapshots = others;
    for snapshot in &held {
        let (cid, name, why) = (&snapshot.cid, &snapshot.instance, snapshot.held.as_deref().unwrap_or_default());
        context.ui.warn(&format!(
            "snapshot {cid} of {name} is held: passed over: {why}; `snapback release {cid}` lets it go"
        ));
    }
    held
}
