//! `snapback restore`

pub(super) mod create_env;
pub(super) mod director;
mod group;
mod plan_told;
pub(super) mod several;
mod show;
mod which;

use std::path::PathBuf;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde::{Deserialize, Serialize};

use super::{Outcome, abbreviated, apply};
use crate::context::{Context, Opened, Tools};
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::operation::Verb;
use crate::domain::shell::quoted;
use crate::domain::snapshot::{Consistency, Snapshot};
use crate::domain::swap::{Method, SwapPlan};
use crate::error::Result;
use crate::ops::swap::{Looking, NextDeploy, Options, RestoreRequest, Swapped, Via, plan_restore, swap};
use crate::ops::{CpiSource, HookRunner};
use crate::state::{Reader, State};

/// The arguments of `snapback restore`.
#[derive(Debug, Clone, Default, clap::Args, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[command(override_usage = "snapback restore [OPTIONS] <CID>... [-- <COMMAND>...]
       snapback restore [OPTIONS] --latest <SELECTOR>... [-- <COMMAND>...]
       snapback restore [OPTIONS] --set <OPERATION> [-- <COMMAND>...]")]
pub struct Args {
    /// The snapshot
    #[arg(value_name = "CID", required_unless_present_any = ["latest", "set"], conflicts_with_all = ["latest", "set"])]
    cid: Option<SnapshotCid>,
    /// The snapshots of its other disks, to be put back in the same stop
    #[arg(value_name = "CID", conflicts_with_all = ["latest", "set", "disk"])]
    others: Vec<SnapshotCid>,
    /// The newest snapshot of this instance, or of each instance of this group; several selectors count together
    #[arg(long, value_name = "SELECTOR", num_args = 1..)]
    latest: Option<Vec<String>>,
    /// All snapshots of this set (what one `take` took), each on its own instance: its operation, or the beginning of
    /// its id
    #[arg(long, value_name = "OPERATION", conflicts_with_all = ["latest", "to", "disk"])]
    set: Option<OperationId>,
    /// With --latest: the newest one taken before this time (02:40, 'yesterday 14:00', '2h ago', 'YYYY-MM-DD HH:MM',
    /// RFC 3339; UTC, unless it ends in 'local' or an offset)
    #[arg(long, value_name = "TIME", requires = "latest", conflicts_with_all = ["cid", "set"])]
    before: Option<String>,
    /// Put this instance on the new disk [default: the one that the snapshot was taken of]
    #[arg(long, value_name = "INSTANCE")]
    to: Option<String>,
    /// Use this disk, which you made from the snapshot by hand
    #[arg(long, value_name = "DISK-CID")]
    disk: Option<DiskCid>,
    /// How the instance gets its disk [default: by what manages it]
    #[arg(long, value_name = "METHOD", value_parser = PossibleValuesParser::new(Via::ALL.map(Via::name)).try_map(|name| name.parse::<Via>()))]
    via: Option<Via>,
    /// Accept a torn copy as the safety snapshot of the old disk
    #[arg(long)]
    allow_torn: bool,
    /// Put the old disk away without a snapshot of it
    #[arg(long)]
    no_safety_snapshot: bool,
    /// If a Director manages the instance: take no snapshot of the new disk at the end
    #[arg(long)]
    no_protect: bool,
    /// If a Director manages the instance: leave its resurrector as it is
    #[arg(long)]
    leave_resurrection: bool,
    /// If create-env manages the instance: leave its Director as the command line has it
    #[arg(long)]
    without_disarming: bool,
    /// Show the plan, and do nothing
    #[arg(long)]
    #[serde(skip)]
    dry_run: bool,
    /// With --dry-run: save the plan to this new file, for `snapback apply`
    #[arg(long, value_name = "FILE", requires = "dry_run")]
    #[serde(skip)]
    save: Option<PathBuf>,
    /// If create-env manages the instance: its command line, `bosh create-env ... --recreate`. snapback does not keep
    /// it
    #[arg(last = true, value_name = "COMMAND")]
    #[serde(skip)]
    command: Vec<String>,
}

impl Args {
    /// The same arguments for these snapshots, however they were chosen.
    pub(super) fn of(&self, snapshots: &[Snapshot]) -> Args {
        let mut cids = snapshots.iter().map(|snapshot| snapshot.cid.clone());
        Args { cid: cids.next(), others: cids.collect(), latest: None, set: None, before: None, ..self.clone() }
    }

    /// The same arguments with whole CIDs.
    fn whole(&self, context: &mut Context, tools: &Tools, reader: &Reader) -> Result<Args> {
        let cids = self.cid.iter().chain(&self.others).cloned().collect::<Vec<_>>();
        let mut cids = abbreviated::snapshots(context, reader, &cids, false)?.into_iter();
        let cid = cids.next();
        let disk = match (&self.disk, &cid) {
            (Some(disk), Some(cid)) => Some(which::whole_disk(context, tools, reader, disk, cid)?),
            (disk, _) => disk.clone(),
        };
        Ok(Args { cid, others: cids.collect(), disk, ..self.clone() })
    }

    /// Whether the Director that create-env manages is left as its manifest has it.
    pub(super) fn without_disarming(&self) -> bool {
        self.without_disarming
    }

    /// The command line that repeats it.
    pub(super) fn again(&self) -> String {
        let mut line = "snapback restore".to_owned();
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                line.push_str(&format!("{option} {value}"));
            }
        };
        for cid in self.cid.iter().chain(&self.others) {
            add("", Some(quoted(cid.as_str())));
        }
        add(
            " --latest",
            self.latest.as_ref().map(|all| all.iter().map(|one| quoted(one)).collect::<Vec<_>>().join(" ")),
        );
        add(" --set", self.set.as_ref().map(ToString::to_string));
        add(" --before", self.before.as_deref().map(quoted));
        add(" --to", self.to.as_deref().map(quoted));
        add(" --disk", self.disk.as_ref().map(|disk| quoted(disk.as_str())));
        add(" --via", self.via.map(|via| via.name().to_owned()));
        for (option, set) in [
            (" --allow-torn", self.allow_torn),
            (" --no-safety-snapshot", self.no_safety_snapshot),
            (" --no-protect", self.no_protect),
            (" --leave-resurrection", self.leave_resurrection),
            (" --without-disarming", self.without_disarming),
        ] {
            line.push_str(if set { option } else { "" });
        }
        line
    }
}

/// Puts an instance on a new disk made from a snapshot.
///
/// # Errors
/// Whatever makes it impossible (before the first effect), a no at the prompt, or a failed step: then the instance has
/// its old disk again, or the error names `recover`.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let mut tools = context.tools()?;
    tools.bosh = tools.bosh.with_create_env(create_env::line(&args.command, args.without_disarming)?)?;
    let done = run_with(context, &tools, args);
    create_env::completed_outcome(done, tools.bosh.create_env_line())
}

fn run_with(context: &mut Context, tools: &Tools, args: &Args) -> Result<Outcome> {
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    let args = &args.whole(context, tools, opened.reader())?;
    if let Some(several) = group::several(context, opened.reader(), args)? {
        return group::run(context, tools, opened, args, several);
    }
    let (snapshots, plan) = plan(context, tools, opened.reader(), args)?;
    if let Some(file) = &args.save {
        apply::save(context, tools, opened.reader(), args, (&snapshots, &plan), file)?;
    }
    carry_out(context, tools, opened, Verb::Restore, &plan)
}

/// The plan, and the snapshots that it goes back to.
pub(super) fn plan(
    context: &mut Context,
    tools: &Tools,
    reader: &Reader,
    args: &Args,
) -> Result<(Vec<Snapshot>, SwapPlan)> {
    let snapshots = which::which(context, reader, args)?;
    let instance = which::to_which(context, reader, args, &snapshots)?;
    let plan = plan_of(context, tools, reader, args, &snapshots, instance.clone());
    let plan = plan.map_err(|error| match args.latest.is_some() {
        true => which::or_older(context, tools, reader, args, error, &snapshots, &instance),
        false => error,
    })?;
    Ok((snapshots, plan))
}

fn plan_of(
    context: &mut Context,
    tools: &Tools,
    reader: &Reader,
    args: &Args,
    snapshots: &[Snapshot],
    instance: Instance,
) -> Result<SwapPlan> {
    let Some((snapshot, others)) = snapshots.split_first() else { return Err(which::no_snapshot()) };
    let left = instance.disks.len().saturating_sub(snapshots.len());
    let name = instance.name.clone();
    let cpi = tools.clouds.cpi(&snapshot.cpi)?;
    create_env::before(context, tools, &instance, args.dry_run)?;
    if instance.managed_by == ManagedBy::Director {
        director::before(context, tools, &instance.name);
    }
    let options = Options {
        allow_torn: args.allow_torn,
        safety_snapshot: !args.no_safety_snapshot,
        protect: !args.no_protect,
        leave_resurrection: args.leave_resurrection,
        wait: context.wait(),
    };
    let request = RestoreRequest {
        snapshot: snapshot.clone(),
        others: others.to_vec(),
        disk: args.disk.clone(),
        via: args.via,
        instance,
        options,
        wait: context.wait(),
        freshness: context.freshness(),
    };
    let hooks = tools.hooks.present();
    let plan = plan_restore(Looking { reader, cpi: cpi.as_ref(), bosh: &tools.bosh, hooks }, &request)?;
    plan_told::warn_of_size(context, reader, &plan)?;
    if left > 0 {
        context.ui.warn(&format!(
            "{left} more of the disks of {name} stay as they are, and their contents may not fit this one's; `--latest \
             {name}` puts all disks back to one take"
        ));
    }
    for snapshot in snapshots {
        if snapshot.instance != plan.instance {
            let (of, to) = (&snapshot.instance, &plan.instance);
            context.ui.warn(&format!(
                "snapshot {} is of {of} ({}), not of {to} ({})",
                snapshot.cid, of.deployment, to.deployment
            ));
        }
        if snapshot.of_another && snapshot.instance == plan.instance {
            let message = format!("snapshot {} is of another instance that was {} before", snapshot.cid, plan.instance);
            context.ui.warn(&message);
        }
        if snapshot.time_untrusted {
            context.ui.warn(&format!(
                "snapshot {}: its time is not known: the Director used its disk again, and forgot when the snapshot \
                 was taken",
                snapshot.cid
            ));
        }
        plan_told::warn_of_the_directors(context, snapshot, &plan);
        if snapshot.consistency == Consistency::Torn {
            context.ui.warn(&format!("snapshot {} is torn: it was copied while something wrote", snapshot.cid));
        }
    }
    if others.iter().any(|other| other.operation != snapshot.operation) {
        context.ui.warn("these snapshots are not from one take: the disks' contents may not fit each other");
    }
    Ok(plan)
}

/// Shows the plan, asks, carries it out, and says how to go back.
pub(super) fn carry_out(
    context: &mut Context,
    tools: &Tools,
    opened: Opened,
    verb: Verb,
    plan: &SwapPlan,
) -> Result<Outcome> {
    let foreseen = plan_told::warn(context, tools, plan);
    let line = tools.bosh.create_env_line();
    plan_told::tell(context, line, plan);
    let costs = plan_told::cost(context, tools, plan)?;
    let Some(state) = opened.for_change() else {
        show::steps(context, &[(plan, costs)])?;
        context.ui.say("Nothing was done (--dry-run)");
        return Ok(Outcome::done());
    };
    show::say_steps(context, plan);
    context.confirm()?;
    let session = context.session(tools, state);
    let done = [(plan, swap(&session, verb, plan)?)];
    show::report(context, line, &done)?;
    after(context, tools, &session.state, &done, foreseen.as_ref());
    Ok(Outcome::done())
}

/// Tells the operator what to know and do once restores are done.
fn after(
    context: &mut Context,
    tools: &Tools,
    state: &State,
    all: &[(&SwapPlan, Swapped)],
    foreseen: Option<&NextDeploy>,
) {
    for (plan, done) in all {
        match &plan.method {
            Method::Bosh(_) => director::after(context, tools, state, (plan, done), foreseen),
            Method::CreateEnv(by) => create_env::after(context, by, done),
            Method::Cpi => {}
        }
    }
}
