//! The Director's own VM and disk: BOSH takes snapshots of them, and keeps no record of either.

use super::clouds::Clouds;
use super::import::{import, same_create_env};
use super::presence::Presence;
use super::session::CpiSource;
use super::vm_disks::{VmDisks, look};
use crate::clock::Clock;
use crate::domain::findings::Findings;
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::domain::snapshot::SELF;
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::inventory::{self, Source};
use crate::manifest::{Installation, Manifest};
use crate::state::State;

/// The Director's instance in its present state: from create-env's state file beside the manifest, else from the VM on
/// which the CPI says that it runs. It is imported as `director/0` of the deployment `self`, unless that state file is
/// already known under another name.
///
/// # Errors
/// [`Kind::NotFound`] if neither tells; the errors of the state file or of the CPI.
pub fn itself(
    state: &State,
    clouds: &Clouds,
    presence: &Presence,
    manifest: &Manifest,
    clock: &Clock,
) -> Result<Vec<Instance>> {
    let mut findings = match manifest.installation() {
        Some(installation) => by_create_env(state, clouds, &installation, clock)?,
        None => {
            if let Some(path) = manifest.unusable_installation() {
                let message = format!("{}: no installation of create-env can be read in it", path.display());
                return Err(Error::new(Kind::NotFound, message)
                    .hint("it would name the Director's VM and disk; run create-env again, or bring back the file"));
            }
            by_cpi(state, clouds, clock)?
        }
    };
    // As in the Director (`jobs/snapshot_self.rb`).
    findings.instances.iter_mut().chain(&mut findings.incomplete).for_each(|one| one.agent_id = Some(SELF.to_owned()));
    let name = findings.all_instances().next().map(|instance| instance.name.clone());
    import(state, clouds, presence, Zones::NONE, findings)?;
    Ok(state.reader().instances_named(&name.iter().collect::<Vec<_>>())?)
}

fn by_create_env(state: &State, clouds: &Clouds, installation: &Installation, clock: &Clock) -> Result<Findings> {
    let (name, text) = (installation.state.display().to_string(), installation.text()?);
    let source = Source {
        name: &name,
        default_cpi: clouds.default_name(),
        zones: Zones::NONE,
        deployment: None,
        now: clock.now(),
    };
    let mut findings = inventory::recognise(&text, &source)?;
    let is_it = |known: &Instance| {
        known.managed_by == ManagedBy::CreateEnv && known.state_file.installation.as_ref() == Some(&installation.id)
    };
    if let Some(known) = state.reader().instances(None)?.iter().find(|known| is_it(known)) {
        findings.name_create_env(&known.name.deployment);
    }
    same_create_env(state.reader(), &findings)?;
    Ok(findings)
}

fn by_cpi(state: &State, clouds: &Clouds, clock: &Clock) -> Result<Findings> {
    let cpi = clouds.cpi(clouds.default_name())?;
    let vm = cpi.current_vm().map_err(|error| {
        Error::because(Kind::NotFound, "the Director's own VM cannot be found: nothing was taken", error)
            .hint("there is no state file of create-env beside the manifest, and the CPI does not run on the Director's VM")
            .hint("run snapback where create-env keeps its state file, or import that file there:")
            .try_command("snapback import bosh-state.json")
            .hint("if no snapshots of the Director's own VM are wanted here, set snapback.schedule.self: false in the manifest")
    })?;
    let name = InstanceName { deployment: SELF.to_owned(), group: "director".to_owned(), index: 0 };
    let wrong = |why: String| {
        Error::new(
            Kind::Cpi,
            format!("the CPI '{}' says that it runs on VM '{vm}', {why}: nothing was taken", cpi.name()),
        )
        .hint(
            "is it the Director's CPI, and does snapback run on the Director's VM? If not, import create-env's state \
             file there:",
        )
        .try_command("snapback import bosh-state.json")
    };
    let others = state.reader().instances(None)?;
    let mut others = others.into_iter().filter(|one| one.name != name && one.cpi == *cpi.name());
    if let Some(other) = others.find(|one| one.vm.as_ref() == Some(&vm)) {
        return Err(wrong(format!("and that is {} of deployment {}", other.name, other.name.deployment)));
    }
    let disks = match look(cpi.as_ref(), &vm)? {
        VmDisks::Listed(disks) => disks,
        VmDisks::NoVm => return Err(wrong("and its cloud has no such VM".to_owned())),
        VmDisks::CannotTell(_) => {
            let message = format!("the CPI '{}' cannot tell which disks VM {vm} has", cpi.name());
            return Err(Error::new(Kind::Unsupported, message)
                .hint("import the state file of create-env, which names the Director's disk:")
                .try_command("snapback import bosh-state.json"));
        }
    };
    let known = state.reader().disks(None, None)?;
    let of_another = known.iter().find(|disk| {
        let of = disk.instance.as_ref().filter(|of| **of != name);
        disk.cpi == *cpi.name() && disk.state == DiskState::Active && of.is_some() && disks.contains(&disk.cid)
    });
    if let Some((disk, of)) = of_another.and_then(|disk| Some((&disk.cid, disk.instance.as_ref()?))) {
        return Err(wrong(format!("which has disk {disk} of {of} of deployment {}", of.deployment)));
    }
    let disks = disks.into_iter().zip(0..).map(|(cid, slot)| Disk {
        cpi: cpi.name().clone(),
        cid,
        instance: Some(name.clone()),
        slot,
        state: DiskState::Active,
        size_mib: None,
        az: None,
        cloud_properties: None,
        origin: None,
        orphaned_at: None,
    });
    let disks = disks.collect();
    Ok(Findings::of_instances(vec![Instance {
        uuid: None,
        az: None,
        cpi: cpi.name().clone(),
        vm: Some(vm),
        agent_id: None,
        managed_by: ManagedBy::CreateEnv,
        confirmed_at: clock.now(),
        reported: Reported::default(),
        state_file: StateFileIds::default(),
        disks,
        name,
    }]))
}
