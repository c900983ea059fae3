//! `snapback check`

use super::{Outcome, abbreviated, import, schedule, take};
use crate::context::Context;
use crate::domain::count::counted;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::limits::WARN_AGE;
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::exit_code::ExitCode;
use crate::manifest::Manifest;
use crate::ops::check::attach;
use crate::ops::check::repair::{Repair, plan, refuse_elsewhere, repair};
use crate::ops::check::{Finding, Question, Severity, check};
use crate::ops::import::Asked;
use crate::ui::{Cell, Column, Table, TableKind};

/// The arguments of `snapback check`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Ask the Director, too, by running bosh deployments, instances, snapshots and disks
    #[arg(long, conflicts_with_all = ["forget", "attach"])]
    from_bosh: bool,
    /// Record this snapshot, which only the cloud has (may be repeated)
    #[arg(long, value_name = "SNAPSHOT-CID")]
    adopt: Vec<SnapshotCid>,
    /// Take this snapshot or orphaned disk off the list, which the cloud no longer has (may be repeated)
    #[arg(long, value_name = "CID")]
    forget: Vec<String>,
    /// Attach this disk: an instance that nobody manages has it on record, and its VM lacks it
    #[arg(long, value_name = "DISK-CID", conflicts_with_all = ["adopt", "forget"])]
    attach: Option<DiskCid>,
    /// With --adopt, --forget and --attach: show what would be done, and do nothing
    #[arg(long)]
    dry_run: bool,
}

const COLUMNS: &[Column] = &[
    Column::new("finding", "Finding"),
    Column::new("about", "About"),
    Column::told("message", "Message"),
    Column::command("next", "Next"),
    Column::new("severity", "Severity"),
    Column::new("deployment", "Deployment"),
];

/// How many commands are repeated below the table, so that they can be copied.
const COPIED: usize = 10;

/// How many of the columns people see.
const SHOWN: usize = 4;

/// Compares the state file with the clouds and, if asked to, with the Director.
///
/// # Errors
/// [`Kind::Problems`] if it finds something; an unknown deployment; or the errors of the manifest, the state file and
/// bosh.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    if !args.adopt.is_empty() || !args.forget.is_empty() {
        return put_right(context, args);
    }
    if let Some(disk) = &args.attach {
        return attach_again(context, disk, args.dry_run);
    }
    let tools = context.tools()?;
    let reader = context.reader()?;
    let named = context.deployment();
    if named.is_some() {
        crate::ops::find::deployment(&reader, named.as_deref())?;
    }
    let asked = asked(context, &tools.manifest, args.from_bosh)?;
    let is_local = reader.cpis()?.iter().any(|name| tools.clouds.is_local(name));
    let space = if is_local { take::little_space(&tools) } else { None };
    let (known, now) = (reader.schedules()?, context.clock.now());
    let schedules = schedule::of_manifest(&tools, Some(&reader));
    let overdue: Vec<_> = schedules
        .iter()
        .filter(|one| !reader.is_at_work(&format!("run.{}", one.name)))
        .filter_map(|one| Some((one.name.clone(), one.overdue(&known, now)?)))
        .collect();
    let question = Question {
        overdue: &overdue,
        deployment: named.as_deref(),
        director: asked.as_ref().map(|asked| &asked.findings),
        freshness: context.freshness(),
        little_space: space.as_ref(),
        schedules: &schedules,
        warn_age: tools.manifest.settings.warn_age.unwrap_or(WARN_AGE),
    };
    let found = check(&reader, &tools.clouds, &context.presence(), question)?;
    show(context, &found)?;
    let problems = found.iter().filter(|finding| finding.severity == Severity::Problem).count();
    if problems == 0 {
        context.ui.say("No problems found");
        return Ok(Outcome::done());
    }
    let mut error = Error::new(Kind::Problems, format!("{} found", counted(problems, "problem")))
        .hint("each row ends with the next command to type");
    // A pipe or a wide table has it in a long line. Here it can be copied.
    let mut told: Vec<&str> = Vec::new();
    for finding in found.iter().filter(|finding| finding.severity == Severity::Problem) {
        if told.len() < COPIED && !told.contains(&finding.next.as_str()) {
            told.push(&finding.next);
            error = error.try_command(&finding.next);
        }
    }
    Ok(Outcome { status: ExitCode::PROBLEMS, failures: vec![error] })
}

/// The Director's lists, if it is to be asked.
fn asked(context: &mut Context, manifest: &Manifest, from_bosh: bool) -> Result<Option<Asked>> {
    if !from_bosh {
        return Ok(None);
    }
    let default_cpi = context.default_cpi(manifest)?;
    import::ask_the_director(context, manifest, &default_cpi, Zones::NONE).map(Some)
}

fn show(context: &mut Context, found: &[Finding]) -> Result<()> {
    let table = Table::new("findings", TableKind::Own, COLUMNS, Some("about")).showing_first(SHOWN);
    context.ui.table(&table, |row| {
        for finding in found {
            row(vec![
                Cell::text(finding.kind),
                Cell::text(&finding.about),
                Cell::text(&finding.message),
                Cell::text(&finding.next),
                Cell::text(finding.severity.name()),
                Cell::maybe(finding.deployment.as_ref(), Cell::text),
            ]);
        }
        Ok(())
    })
}

const REPAIRS: &[Column] = &[
    Column::new("what", "What"),
    Column::new("cid", "CID"),
    Column::new("result", "Result"),
    Column::new("instance", "Instance"),
    Column::new("operation", "Operation"),
    Column::new("deployment", "Deployment"),
];

fn put_right(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, args.dry_run)?;
    // A snapshot to adopt is not known yet, so only its whole CID names it.
    let forget = args.forget.iter().map(|cid| abbreviated::snapshot_or_disk(context, opened.reader(), cid));
    let forget = forget.collect::<Result<Vec<_>>>()?;
    let asked = asked(context, &tools.manifest, args.from_bosh)?;
    let adopt = (args.adopt.as_slice(), asked.as_ref().map(|asked| &asked.findings));
    let repairs = plan(opened.reader(), &tools.clouds, adopt, &forget)?;
    refuse_elsewhere(opened.reader(), &tools.clouds, &context.presence(), &repairs)?;
    for one in &repairs {
        context.ui.say(&one.step().describe());
    }
    let operation = match opened.for_change() {
        None => None,
        Some(state) => {
            context.ui.say("Only the state file changes");
            context.confirm()?;
            Some(repair(&context.session(&tools, state), &repairs)?)
        }
    };
    let table = Table::new("repairs", TableKind::Own, REPAIRS, Some("cid")).showing_first(REPAIRS.len() - 1);
    context.ui.table(&table, |row| {
        for one in &repairs {
            let (what, cid, instance, result) = match one {
                Repair::Adopt(snapshot) | Repair::TakeBack(snapshot) => {
                    ("snapshot", snapshot.cid.to_string(), Some(&snapshot.instance), "adopted")
                }
                Repair::ForgetSnapshot(snapshot) => {
                    ("snapshot", snapshot.cid.to_string(), Some(&snapshot.instance), "forgotten")
                }
                Repair::ForgetDisk(disk) => ("disk", disk.cid.to_string(), disk.instance.as_ref(), "forgotten"),
            };
            row(vec![
                Cell::text(what),
                Cell::Text(cid),
                Cell::Text(if operation.is_some() { result.to_owned() } else { format!("would be {result}") }),
                Cell::maybe(instance, Cell::text),
                Cell::maybe(operation.as_ref(), Cell::text),
                Cell::maybe(instance.map(|name| &name.deployment), Cell::text),
            ]);
        }
        Ok(())
    })?;
    if operation.is_none() {
        context.ui.say("Nothing was done (--dry-run)");
    }
    Ok(Outcome::done())
}

fn attach_again(context: &mut Context, disk: &DiskCid, dry_run: bool) -> Result<Outcome> {
    let tools = context.tools()?;
    let opened = context.open_to_act(&tools.manifest, dry_run)?;
    let disk = &abbreviated::disk(context, opened.reader(), disk)?;
    let attachment = attach::plan(opened.reader(), &tools.clouds, disk)?;
    context.ui.say(&attachment.describe());
    let operation = match opened.for_change() {
        None => None,
        Some(state) => {
            context.ui.say("Nothing else changes. You start whatever uses the disk");
            context.confirm()?;
            Some(attach::attach(&context.session(&tools, state), &attachment)?)
        }
    };
    let table = Table::new("repairs", TableKind::Own, REPAIRS, Some("cid")).showing_first(REPAIRS.len() - 1);
    context.ui.table(&table, |row| {
        let name = &attachment.instance.name;
        row(vec![
            Cell::text("disk"),
            Cell::text(disk),
            Cell::text(if operation.is_some() { "attached" } else { "would be attached" }),
            Cell::text(name),
            Cell::maybe(operation.as_ref(), Cell::text),
            Cell::text(&name.deployment),
        ]);
        Ok(())
    })?;
    if operation.is_none() {
        context.ui.say("Nothing was done (--dry-run)");
    }
    Ok(Outcome::done())
}
