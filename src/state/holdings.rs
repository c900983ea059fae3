//! The instances, disks and snapshots of the state, as values: what lists, commands and plans ask for. As in [`super::store`], no
//! database shows through.

use chrono::{DateTime, Utc};

use super::StateError;
use super::lists::{Newest, SnapshotFilter};
use crate::domain::guarded::GuardedChange;
use crate::domain::ids::{CpiName, DiskCid, SnapshotCid};
use crate::domain::instance::{Disk, Instance, InstanceName, ListedDisk};
use crate::domain::selector::Selector;
use crate::domain::snapshot::{DirectorIdentity, Snapshot};

type Result<T> = std::result::Result<T, StateError>;

/// The instances, disks and snapshots: everything that a reader can ask, except the operations. Each method fails if
/// the store cannot be read.
#[expect(clippy::missing_errors_doc, reason = "the line above says it")]
pub trait Holdings {
    /// The Director that the state belongs to.
    fn director(&self) -> Result<DirectorIdentity>;

    /// The store's own id. A copy has the same.
    fn state_id(&self) -> Result<String>;

    /// The changes that `guard` has watched, newest first.
    fn changes(&self) -> Result<Vec<GuardedChange>>;

    /// The names of the deployments, sorted.
    fn deployments(&self) -> Result<Vec<String>>;

    /// The instances that the newest import had, each with its current disks, in the order of their names.
    fn instances(&self, deployment: Option<&str>) -> Result<Vec<Instance>>;

    /// Those of `names` that the newest import had, each with its current disks, in the order of their names.
    fn instances_named(&self, names: &[&InstanceName]) -> Result<Vec<Instance>>;

    /// The instances of a group that the newest import had, each with its current disks, in the order of their names; with a
    /// UUID (in any case) or an index only that one of a deployment.
    fn instances_of(&self, deployment: Option<&str>, selector: &Selector) -> Result<Vec<Instance>>;

    /// The instances that are missing in the newest import, each with the time of the first import without them.
    fn vanished(&self, deployment: Option<&str>) -> Result<Vec<(Instance, DateTime<Utc>)>>;

    /// The instances that had this UUID in a deployment, including those that have vanished.
    fn ever_of_uuid(&self, deployment: &str, uuid: &str) -> Result<Vec<Instance>>;

    /// Gives each instance that the newest import had to `each`, with its current disks, until it says false: by
    /// deployment, and within it in the order of the bosh CLI, which is that of the instances' names in BOSH.
    fn each_instance(&self, deployment: Option<&str>, each: &mut dyn FnMut(Instance) -> bool) -> Result<()>;

    /// Gives each disk to `each`, until it says false, in the order of their instances and slots; `state` is `active` or
    /// `orphaned`.
    fn each_disk(
        &self,
        state: Option<&str>,
        deployment: Option<&str>,
        each: &mut dyn FnMut(Disk) -> bool,
    ) -> Result<()>;

    /// Gives each orphaned disk to `each`, until it says false: the last one orphaned first, as in the bosh CLI.
    fn each_orphaned_disk(&self, each: &mut dyn FnMut(ListedDisk) -> bool) -> Result<()>;

    /// Gives each snapshot that exists to `each`, until it says false: in the order of instance and time, or as
    /// [`SnapshotFilter::as_the_director`] says.
    fn each_snapshot(&self, filter: &SnapshotFilter, each: &mut dyn FnMut(Snapshot) -> bool) -> Result<()>;

    /// The newest snapshots of an instance that exist, `count` of them or some more: of each operation all or none. They are in
    /// the order of the journal where it contradicts the clock: what was taken before something else is not newer than it,
    /// whatever a clock said that was corrected in between.
    fn newest_snapshots(&self, of: &InstanceName, count: usize) -> Result<Newest>;

    /// The disks with this CID; several if several CPIs have one.
    fn disks_by_cid(&self, cid: &DiskCid) -> Result<Vec<Disk>>;

    /// The disks on a CPI that have these CIDs, in any case of their letters.
    fn disks_alike(&self, cpi: &CpiName, cids: &[DiskCid]) -> Result<Vec<Disk>>;

    /// The existing snapshots with this CID; several if several CPIs have one.
    fn snapshots_by_cid(&self, cid: &SnapshotCid) -> Result<Vec<Snapshot>>;

    /// The CIDs of existing snapshots with this beginning: sorted, each once. Empty if the beginning is itself the CID
    /// of a snapshot or a disk, also of one that is gone.
    fn snapshots_beginning(&self, beginning: &str) -> Result<Vec<SnapshotCid>>;

    /// The same for disks.
    fn disks_beginning(&self, beginning: &str) -> Result<Vec<DiskCid>>;

    /// The CIDs of the snapshots that exist on a CPI, in the order of their list.
    fn snapshot_cids(&self, cpi: &CpiName) -> Result<Vec<SnapshotCid>>;

    /// The last `count` of [`Holdings::snapshot_cids`], the last one first.
    fn last_snapshot_cids(&self, cpi: &CpiName, count: usize) -> Result<Vec<SnapshotCid>>;

    /// The CIDs of `count` disks on a CPI: those in use first, in the order of their instances, then orphaned ones.
    fn some_disk_cids(&self, cpi: &CpiName, count: usize) -> Result<Vec<DiskCid>>;

    /// The last record of a snapshot that is gone.
    fn gone_snapshot(&self, cpi: &CpiName, cid: &SnapshotCid) -> Result<Option<Snapshot>>;

    /// Whether a snapshot is known, or was.
    fn ever_had_snapshot(&self, cpi: &CpiName, cid: &SnapshotCid) -> Result<bool>;

    /// The record of a disk, also of one that is gone.
    fn ever_had_disk(&self, cpi: &CpiName, cid: &DiskCid) -> Result<Option<Disk>>;

    /// Whether a snapshot of the instance with this UUID is or was known.
    fn has_snapshots_of(&self, deployment: &str, uuid: &str) -> Result<bool>;

    /// The CPIs of the known instances, disks and snapshots; sorted.
    fn cpis(&self) -> Result<Vec<CpiName>>;

    /// The orphaned disks that a Director had or has, each with its deployment. A disk that snapback only made, and
    /// BOSH never had, does not count.
    fn orphans_of_directors(&self) -> Result<Vec<(Disk, String)>>;

    /// The orphaned disks that an instance once had, each with the UUID of that instance if known; the last one
    /// orphaned first. A disk that was only made for an instance, and never attached to it, does not count.
    fn orphans_of_instances(&self) -> Result<Vec<(Disk, Option<String>)>>;

    /// The known thing with a CID, in the operator's words: a snapshot (also one that is gone), a disk, a VM.
    fn known_as(&self, cpi: &CpiName, cid: &str) -> Result<Option<String>>;
}
