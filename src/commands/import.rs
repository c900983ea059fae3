//! `snapback import`

use std::path::Path;

use super::Outcome;
use crate::context::Context;
use crate::domain::findings::Findings;
use crate::domain::ids::CpiName;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::manifest::Manifest;
use crate::ops::import::{Asked, Question, ask, import, same_create_env};
use crate::state::Access;
use crate::ui::{Cell, Column, Table, TableKind};
use crate::{inventory, yaml};
use inventory::{InventoryError, Source};

/// The arguments of `snapback import`.
#[derive(Debug, clap::Args)]
#[command(override_usage = "snapback import [OPTIONS] <FILE>...
       snapback import [OPTIONS] --from-bosh")]
pub struct Args {
    /// Inventories, and JSON of bosh instances --details, disks --orphaned, snapshots, or bosh-state.json; `-` is stdin
    #[arg(value_name = "FILE", required_unless_present = "from_bosh")]
    files: Vec<String>,
    /// The Director's cloud-config, which says which CPI each availability zone is on
    #[arg(long, value_name = "FILE")]
    cloud_config: Vec<std::path::PathBuf>,
    /// Ask the Director, by running bosh deployments, instances, snapshots and disks
    #[arg(long, conflicts_with = "files")]
    from_bosh: bool,
    /// The deployment for the create-env state file, if you have several, such as the Director's own and a jumpbox's
    #[arg(long, value_name = "DEPLOYMENT", default_value = "self", conflicts_with = "from_bosh")]
    create_env_as: String,
    /// Import the state file of another create-env in place of the known one
    #[arg(long, conflicts_with = "from_bosh")]
    replace_create_env: bool,
    /// Read the files, and change nothing
    #[arg(long)]
    dry_run: bool,
}

impl Args {
    /// Whether it imports standard input.
    pub(super) fn reads_stdin(&self) -> bool {
        self.files.iter().any(|file| file == "-")
    }
}

const COLUMNS: &[Column] =
    &[Column::new("deployment", "Deployment"), Column::new("what", "What"), Column::prose("change", "Change")];

/// Imports inventories and the output of BOSH's tools, which it recognises by their content.
///
/// # Errors
/// A file cannot be read or understood: then nothing is imported. The state file cannot be read or written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let tools = context.tools()?;
    let default_cpi = context.default_cpi(&tools.manifest)?;
    let zones = context.zones(&args.cloud_config)?;
    let (findings, asked) = if args.from_bosh {
        let mut asked = ask_the_director(context, &tools.manifest, &default_cpi, &zones)?;
        (std::mem::take(&mut asked.findings), Some(asked))
    } else {
        let mut found = read_all(context, &default_cpi, &zones, &args.files)?;
        found.name_create_env(&args.create_env_as);
        (found, None)
    };
    for passed_over in asked.iter().flat_map(|asked| &asked.passed_over) {
        context.ui.warn(passed_over);
    }
    for list in &findings.snapshots {
        for (cid, lacks) in &list.untold {
            let message = format!("{}: the Director says of snapshot {cid}: {lacks}; passed over", list.source);
            context.ui.warn(&message);
        }
    }
    let of_bosh = |instance: &Instance| instance.managed_by != ManagedBy::Nobody && instance.cpi == default_cpi;
    if !context.names_a_cpi(&tools.manifest) && findings.all_instances().any(of_bosh) {
        context.ui.warn(&format!(
            "the manifest names no CPI: new instances are on '{default_cpi}'. If that is wrong, begin a new state file \
             with --cpi NAME"
        ));
    }
    let table = Table::new("changes", TableKind::Own, COLUMNS, None);
    if args.dry_run {
        context.ui.table(&table, |row| {
            let mut show = |deployment: &str, what: String| {
                row(vec![Cell::text(deployment), Cell::Text(what), Cell::text("would be imported")]);
            };
            for instance in findings.all_instances() {
                show(&instance.name.deployment, instance.name.to_string());
            }
            for disk in &findings.orphans {
                show(&disk.deployment, format!("disk {}", disk.cid));
            }
            for list in &findings.snapshots {
                for snapshot in &list.snapshots {
                    show(list.deployment.as_deref().unwrap_or_default(), format!("snapshot {}", snapshot.cid));
                }
            }
            Ok(())
        })?;
        context.ui.say("Nothing was imported (--dry-run)");
        return Ok(Outcome::done());
    }
    let (state, _) = context.open_state(&tools.manifest, Access::ChangeOrCreate)?;
    let unlisted = asked.map_or_else(|| Ok(Vec::new()), |asked| asked.unlisted(state.reader()))?;
    if !args.replace_create_env {
        same_create_env(state.reader(), &findings)?;
    }
    let imported = import(&state, &tools.clouds, &context.presence(), &zones, findings)?;
    context.ui.table(&table, |row| {
        for change in &imported.changes {
            row(vec![Cell::text(&change.deployment), Cell::text(&change.what), Cell::text(change.kind.name())]);
        }
        Ok(())
    })?;
    if imported.changes.is_empty() {
        context.ui.warn("there is nothing in it: nothing was imported");
    }
    for kept in &imported.kept {
        context.ui.warn(kept);
    }
    for deployment in unlisted {
        context.ui.warn(&format!(
            "the Director does not list deployment '{deployment}', which it had: it was deleted, or this client may \
             not see it. snapback changes nothing of it"
        ));
    }
    Ok(Outcome::done())
}

/// Asks the Director, and shows each command.
///
/// # Errors
/// The first command without a usable answer.
pub(super) fn ask_the_director(
    context: &mut Context,
    manifest: &Manifest,
    default_cpi: &CpiName,
    zones: &Zones,
) -> Result<Asked> {
    let bosh = context.bosh();
    let (clock, interrupt, deployment) = (context.clock.clone(), context.interrupt.clone(), context.deployment());
    let director = manifest.director_name.as_deref();
    let question = Question {
        deployment: deployment.as_deref(),
        director,
        default_cpi,
        zones,
        clock: &clock,
        interrupt: &interrupt,
    };
    ask(&bosh, &question, &mut |line| context.ui.say(&format!("Asking: {line}")))
}

/// Imports what the Director says now, and shows nothing of it.
///
/// # Errors
/// The first command without a usable answer; the errors of the state file.
pub(super) fn from_the_director(context: &mut Context, deployment: Option<&str>) -> Result<()> {
    let tools = context.tools()?;
    let default_cpi = context.default_cpi(&tools.manifest)?;
    let zones = context.zones(&[])?;
    let (bosh, clock, interrupt) = (context.bosh(), context.clock.clone(), context.interrupt.clone());
    let question = Question {
        deployment,
        director: tools.manifest.director_name.as_deref(),
        default_cpi: &default_cpi,
        zones: &zones,
        clock: &clock,
        interrupt: &interrupt,
    };
    let asked = ask(&bosh, &question, &mut |_| {})?;
    let (state, _) = context.open_state(&tools.manifest, Access::Change)?;
    import(&state, &tools.clouds, &context.presence(), &zones, asked.findings).map(drop)
}

fn read_all(context: &mut Context, default_cpi: &CpiName, zones: &Zones, files: &[String]) -> Result<Findings> {
    let (now, deployment) = (context.clock.now(), context.deployment());
    let mut all = Findings::default();
    for file in files {
        let (name, text) = match file.as_str() {
            "-" => ("standard input", yaml::read_from(context.ui.stdin())),
            file => (file, yaml::read(Path::new(file)).map(|read| read.text)),
        };
        let text = text.map_err(|error| InventoryError::unreadable(name, &error))?;
        if let Some(warning) = yaml::second_document(&text) {
            context.ui.warn(&warning.in_source(name).to_string());
        }
        let source = Source { name, default_cpi, zones, deployment: deployment.as_deref(), now };
        let found = inventory::recognise(&text, &source)?;
        let twice = |what: String, place: &str| {
            Error::new(Kind::Usage, format!("{name}: {what} is in {place} too")).hint("keep it in one place")
        };
        if let Some(what) = found.said_twice() {
            return Err(twice(what, "another row"));
        }
        all.extend(found);
        if let Some(what) = all.said_twice() {
            return Err(twice(what, "another file"));
        }
    }
    Ok(all)
}
