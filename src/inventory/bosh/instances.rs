//! `bosh instances --details --json` (cloudfoundry/bosh-cli `cmd/instance_table.go`).

use super::cells;
use super::document::{Row, Table};
use crate::domain::ids::{CpiName, DiskCid, LIMIT, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use crate::inventory::{MOST_INSTANCES, Source};
use crate::yaml::Complaint;

/// Reads a table. `deployment` is used if no column tells it, as in older CLIs.
pub(super) fn read(
    table: &Table<'_>,
    source: &Source<'_>,
    deployment: Option<&str>,
) -> Result<Vec<Instance>, Complaint> {
    let mut found = Vec::new();
    for row in table.rows() {
        let row = row?;
        // With --ps, an instance's processes have rows of their own below it.
        if row.cell("process")?.is_some() || (row.has("process") && row.cell("instance")?.is_none()) {
            continue;
        }
        if found.len() == MOST_INSTANCES {
            let complaint = Complaint::new(format!("more than {MOST_INSTANCES} instances")).of(table.path.as_str());
            return Err(complaint.hint("import them by deployment: `bosh -d NAME instances --details --json`"));
        }
        found.push(instance(&row, source, deployment)?);
    }
    Ok(found)
}

fn instance(row: &Row, source: &Source<'_>, deployment: Option<&str>) -> Result<Instance, Complaint> {
    if !row.has("disk_cids") || !row.has("vm_cid") {
        let complaint = row.complain(if row.has("vm_cid") { "disk_cids" } else { "vm_cid" }, "missing");
        return Err(complaint.hint("it has VMs and disks only with --details: `bosh instances --details --json`"));
    }
    row.need("instance")?;
    let Some(slug) = cells::slug(row, "instance")? else { return Err(row.complain("instance", "empty")) };
    let index = match (slug.index, row.cell("index")?) {
        (Some(index), _) => index,
        (None, Some(text)) => cells::number(text)
            .ok_or_else(|| row.complain("index", "not a number").hint("give the output as bosh printed it"))?,
        (None, None) => {
            let complaint = row.complain("index", "missing, and the instance has only a UUID");
            return Err(complaint.hint("run `bosh instances --details --json` again, without --column"));
        }
    };
    let deployment = match (row.word("deployment")?, deployment) {
        (Some(said), _) => said,
        (None, Some(named)) => named.to_owned(),
        (None, None) => {
            let complaint = row.complain("deployment", "missing: an older bosh CLI does not say it");
            return Err(complaint.hint("name it with -d/--deployment, and import each deployment by itself"));
        }
    };
    let name = InstanceName { deployment, group: slug.group, index };
    let az = row.word("az")?;
    let cpi = source.cpi_of(az.as_deref());
    let mut disks = Vec::new();
    for (slot, cid) in row.cell("disk_cids")?.unwrap_or_default().lines().map(str::trim).enumerate() {
        let slot = u32::try_from(slot).map_err(|_| row.complain("disk_cids", "too many disks"))?;
        disks.push(disk(cells::id(row, "disk_cids", cid)?, &name, &cpi, slot));
    }
    Ok(Instance {
        uuid: slug.uuid,
        az,
        cpi,
        vm: row.cell("vm_cid")?.map(|cid| cells::id::<VmCid>(row, "vm_cid", cid)).transpose()?,
        agent_id: row.word("agent_id")?,
        managed_by: ManagedBy::Director,
        confirmed_at: source.now,
        disks,
        name,
        reported: reported(row)?,
        state_file: StateFileIds::default(),
    })
}

/// Reads the facts that snapback only shows. Older CLIs have no `bootstrap` and no `ignore`.
fn reported(row: &Row) -> Result<Reported, Complaint> {
    let mut ips = Vec::new();
    for ip in row.cell("ips")?.unwrap_or_default().lines().map(str::trim) {
        if ip.chars().any(char::is_control) || ip.len() > LIMIT {
            let complaint = row.complain("ips", "too long, or with control characters");
            return Err(complaint.hint("give the output as the bosh CLI printed it"));
        }
        ips.push(ip.to_owned());
    }
    Ok(Reported {
        process_state: row.word("process_state")?,
        ips,
        desired_state: row.word("state")?,
        vm_type: row.word("vm_type")?,
        bootstrap: cells::truth(row, "bootstrap")?,
        ignored: cells::truth(row, "ignore")?,
    })
}

pub(super) fn disk(cid: DiskCid, instance: &InstanceName, cpi: &CpiName, slot: u32) -> Disk {
    Disk {
        cid,
        cpi: cpi.clone(),
        instance: Some(instance.clone()),
        slot,
        state: DiskState::Active,
        size_mib: None,
        az: None,
        cloud_properties: None,
        origin: None,
        orphaned_at: None,
    }
}
