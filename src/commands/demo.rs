//! `snapback demo`

mod script;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::context::Context;
use crate::domain::findings::Findings;
use crate::domain::ids::{CpiName, VmCid};
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::ops::clouds::DEFAULT_CPI;
use crate::ops::demo::{Content, DISK_MIB, Place, Shell, Tools, make_disks};
use crate::ops::import::import;
use crate::state::{Access, OpenRequest, State};
use crate::{inventory, manifest};
use script::Script;

/// The arguments of `snapback demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The directory to work in: a new one, an empty one, or that of an earlier demo [default: a new one]
    #[arg(long, value_name = "DIR")]
    keep: Option<PathBuf>,
}

const DEPLOYMENT: &str = "prod";
/// The instances, by their index in the group `db`, and how many accounts each has.
const ACCOUNTS: [u32; 2] = [1000, 500];

/// Shows the main job on real disks.
///
/// # Errors
/// A directory that has other files, an unsuitable option, or a step that did not end as it should; the error names it.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    check_options(context)?;
    let dir = match &args.keep {
        Some(dir) => dir.clone(),
        None => Path::new(context.environment.get("TMPDIR").unwrap_or("/tmp"))
            .join(format!("snapback-demo-{}", context.ids.operation())),
    };
    let place = Place::prepare(&dir)?;
    let path = context.environment.get("PATH").unwrap_or_default();
    let content = Content::with(Tools::find(path));
    context.ui.story(&format!("Working in {}", place.dir().display()));
    furnish(context, &place, &content)?;
    let shell =
        Shell::new(&context.environment.program, place.dir(), &context.environment.variables, context.ui.columns());
    Script { context, place: &place, shell: &shell, content: &content, told: BTreeSet::new() }.play()?;
    Ok(Outcome::done())
}

/// Refuses options that do not fit. The demonstration is a text for people, and uses its own files.
fn check_options(context: &Context) -> Result<()> {
    context.answers_as_text("the demo")?;
    let global = &context.global;
    if global.manifest.is_some() || global.state.is_some() || global.deployment.is_some() {
        return Err(Error::new(Kind::Usage, "the demo has its own manifest, state file and deployment")
            .hint("leave out --manifest, --state and --deployment; --keep DIR says where it works"));
    }
    Ok(())
}

/// Writes the manifest, makes the instances' disks with their content, and writes the inventory.
fn furnish(context: &mut Context, place: &Place, content: &Content) -> Result<()> {
    place.write(&place.manifest(), manifest::EXAMPLE_MANIFEST)?;
    context.global.manifest = Some(place.manifest());
    let tools = context.tools()?;
    let now = context.clock.now();
    // Disks are made by a state file of their own: the reader's begins with the import that the reader sees.
    let making = place.making()?;
    let (state, _) = State::open(&OpenRequest {
        path: &making,
        access: Access::ChangeOrCreate,
        director_name: DEPLOYMENT,
        mode: 0o600,
        allow_network_fs: context.global.allow_network_fs,
        clock: context.clock.clone(),
        ids: context.ids.clone(),
        faults: context.faults.clone(),
    })?;
    let bare = inventory::read(&inventory_of(&[]), "the demo's inventory", &CpiName::new(DEFAULT_CPI), now)?;
    import(&state, &tools.clouds, &context.presence(), Zones::NONE, Findings::of_instances(bare))?;
    let mut vms = Vec::new();
    for instance in state.reader().instances(None)? {
        let vm = script::vm(instance.name.index);
        place.make_vm(&vm)?;
        vms.push((instance, VmCid::new(vm)));
    }
    let session = context.session(&tools, state);
    let disks = make_disks(&session, &vms)?;
    drop(session);
    place.made()?;
    for ((_, vm), rows) in vms.iter().zip(ACCOUNTS) {
        content.write(&place.attached(vm.as_str())?, &place.scratch(), rows)?;
    }
    let cids: Vec<&str> = disks.iter().map(|disk| disk.as_str()).collect();
    place.write(&place.inventory(), &inventory_of(&cids))?;
    context.ui.story(&format!("Made 2 disks of {DISK_MIB} MiB, each with {}", content.describe()));
    Ok(())
}

/// The inventory, in which an instance has a VM and a disk as soon as there is one.
fn inventory_of(disks: &[&str]) -> String {
    let mut text = format!("deployments:\n  - name: {DEPLOYMENT}\n    instances:\n");
    for index in 0..ACCOUNTS.len() {
        text += &format!("      - name: db/{index}\n        managed_by: nobody\n");
        if let Some(disk) = disks.get(index) {
            let vm = script::vm(u32::try_from(index).unwrap_or_default());
            text += &format!(
                "        vm_cid: {vm}\n        disks:\n          - cid: {disk}\n            size_mib: {DISK_MIB}\n"
            );
        }
    }
    text
}
