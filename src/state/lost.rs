//! What an instance had, and has no more.

use std::collections::HashMap;

use super::{Reader, StateError, rows};
use crate::domain::instance::{Disk, Instance, InstanceName};

impl Reader {
    /// The orphaned disks that a Director had or has, each with its deployment. One that snapback only made, and BOSH never
    /// had, is none of them.
    ///
    /// # Errors
    /// What reading it met.
    pub fn orphans_of_directors(&self) -> Result<Vec<(Disk, String)>, StateError> {
        if self.schema() < 5 {
            return Ok(Vec::new());
        }
        let sql = format!(
            "SELECT {}, last_deployment FROM disks WHERE state = 'orphaned' AND gone_at IS NULL
             AND last_deployment IS NOT NULL AND (deployment IS NULL OR EXISTS (SELECT 1 FROM instances AS i
             WHERE i.deployment = disks.deployment AND i.grp = disks.grp AND i.idx = disks.idx
             AND i.managed_by = 'director')) ORDER BY cpi, cid",
            rows::DISK
        );
        self.all(&sql, [], |row| Ok((rows::disk(row)?, row.get(12)?)))
    }

    /// The disks that these instances have had and have no more, with nothing in their place: the last one of each slot.
    /// A disk that was only made for an instance, and never its own, is none of them.
    ///
    /// # Errors
    /// What reading it met.
    pub fn lost_disks(&self, instances: &[Instance]) -> Result<Vec<Disk>, StateError> {
        let (had, uuid) = match self.schema() {
            ..2 => ("origin IS NULL", "NULL"),
            2..5 => ("(last_deployment IS NOT NULL OR origin IS NULL)", "NULL"),
            _ => ("gone_at IS NULL AND (last_deployment IS NOT NULL OR origin IS NULL)", "instance_uuid"),
        };
        let sql = format!(
            "SELECT {}, {uuid} FROM disks WHERE state = 'orphaned' AND deployment IS NOT NULL AND {had}
             ORDER BY orphaned_at DESC, rowid DESC",
            rows::DISK
        );
        let by_name: HashMap<&InstanceName, &Instance> = instances.iter().map(|one| (&one.name, one)).collect();
        let mut lost: Vec<Disk> = Vec::new();
        for (disk, uuid) in self.all(&sql, [], |row| Ok((rows::disk(row)?, row.get::<_, Option<String>>(12)?)))? {
            let Some(instance) = disk.instance.as_ref().and_then(|name| by_name.get(name)) else { continue };
            // The name may be that of another instance by now.
            let same = match (&uuid, &instance.uuid) {
                (Some(had), Some(has)) => had.eq_ignore_ascii_case(has),
                _ => true,
            };
            let filled = instance.disks.iter().any(|has| has.slot == disk.slot);
            let known = lost.iter().any(|lost| lost.instance == disk.instance && lost.slot == disk.slot);
            if same && !filled && !known {
                lost.push(disk);
            }
        }
        lost.sort_by(|one, other| (&one.instance, one.slot).cmp(&(&other.instance, other.slot)));
        Ok(lost)
    }

    /// Whether there is a snapshot of the instance with this UUID, whatever became of it.
    ///
    /// # Errors
    /// What reading it met.
    pub fn has_snapshots_of(&self, deployment: &str, uuid: &str) -> Result<bool, StateError> {
        if self.schema() < 5 {
            return Ok(false);
        }
        let sql = "SELECT 1 FROM snapshots WHERE deployment = ?1 AND lower(instance_uuid) = lower(?2)
                   AND gone_at IS NULL LIMIT 1";
        Ok(!self.all(sql, [deployment, uuid], |_| Ok(()))?.is_empty())
    }
}
