//! Which create-env a state file belongs to: besides the Director's there is often a jumpbox's.

use crate::domain::findings::Findings;
use crate::domain::instance::{Instance, ManagedBy};
use crate::error::{Error, Kind, Result};
use crate::state::Reader;

/// Refuses the state file of another create-env than the one that is known under the same name.
///
/// # Errors
/// [`Kind::Refused`], which says what to type if it is meant; the errors of the state file.
pub fn same_create_env(reader: &Reader, findings: &Findings) -> Result<()> {
    let of_file = findings.incomplete.iter().filter(|instance| instance.managed_by == ManagedBy::CreateEnv);
    for instance in of_file {
        let name = &instance.name;
        let known = reader.instances_named(&[name])?;
        let Some(known) = known.iter().find(|known| is_another(known, instance)) else {
            continue;
        };
        let id = |instance: &Instance| {
            let ids = &instance.state_file;
            ids.installation.as_ref().or(ids.director.as_ref()).cloned().unwrap_or_else(|| "unknown".to_owned())
        };
        let message = format!(
            "this state file is of another create-env (id {}) than {name} of deployment '{}' (id {}): nothing was \
             imported",
            id(instance),
            name.deployment,
            id(known)
        );
        return Err(Error::new(Kind::Refused, message)
            .hint("to know both, give this one its own deployment with --create-env-as, for example:")
            .try_command("snapback import --create-env-as jumpbox jumpbox-state.json")
            .hint("if it takes the place of the other one, add --replace-create-env"));
    }
    Ok(())
}

/// Whether they differ, by the ids of the files. Older records have no ids; there the VM and the disk count: a
/// create-env keeps one of them.
fn is_another(known: &Instance, told: &Instance) -> bool {
    if known.managed_by != ManagedBy::CreateEnv {
        return false;
    }
    if known.state_file != Default::default() && told.state_file != Default::default() {
        return known.state_file.differ(&told.state_file);
    }
    let same_vm = known.vm.is_none() || told.vm.is_none() || known.vm == told.vm;
    let same_disk = known.disks.is_empty()
        || told.disks.is_empty()
        || known.disks.iter().any(|disk| told.disks.iter().any(|other| other.cid == disk.cid));
    !same_vm && !same_disk
}
