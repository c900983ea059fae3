//! `import`: what an inventory says, taken in.

use super::session::CpiSource;
use crate::domain::ids::DiskCid;
use crate::domain::instance::Instance;
use crate::error::Result;
use crate::state::{Change, State};

/// What an import did.
#[derive(Debug)]
pub struct Imported {
    /// A line for each thing.
    pub changes: Vec<Change>,
    /// Where the inventory was not believed, and why.
    pub kept: Vec<String>,
}

/// Takes the instances in. An inventory file is as old as its last edit: where it names other disks than
/// snapback's own restores have put in place, and the cloud says the same as snapback, the disks are kept.
///
/// # Errors
/// The state file's.
pub fn import(state: &State, cpis: &dyn CpiSource, mut instances: Vec<Instance>) -> Result<Imported> {
    let known = state.reader().instances(None)?;
    let mut kept = Vec::new();
    for instance in &mut instances {
        let Some(before) = known.iter().find(|known| known.name == instance.name) else { continue };
        if same_disks(before, instance) || before.vm != instance.vm {
            continue;
        }
        let Some(vm) = &instance.vm else { continue };
        let Ok(attached) = cpis.cpi(&instance.cpi).and_then(|cpi| Ok(cpi.get_disks(vm)?)) else { continue };
        let has =
            |disks: &Instance| !disks.disks.is_empty() && disks.disks.iter().all(|disk| attached.contains(&disk.cid));
        if has(before) && !has(instance) {
            let cids: Vec<&str> = before.disks.iter().map(|disk| disk.cid.as_str()).collect();
            kept.push(format!(
                "{}: VM {vm} has disk {}, as snapback knows, and not {}, as the inventory says: kept; correct the inventory",
                instance.name,
                cids.join(", "),
                instance.disks.iter().map(|disk| disk.cid.as_str()).collect::<Vec<_>>().join(", ")
            ));
            instance.disks.clone_from(&before.disks);
        }
    }
    let changes = state.import(instances)?;
    Ok(Imported { changes, kept })
}

fn same_disks(one: &Instance, other: &Instance) -> bool {
    let cids = |instance: &Instance| instance.disks.iter().map(|disk| disk.cid.clone()).collect::<Vec<DiskCid>>();
    cids(one) == cids(other)
}
