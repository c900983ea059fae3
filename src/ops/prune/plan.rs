//! What a prune would do: a decision on each snapshot, with its reasons.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::needs::Needs;
use super::ready::Clouds;
use crate::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid};
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::retention::{Decision, Entry, Policy, Quality, decide};
use crate::domain::selector::Selector;
use crate::domain::snapshot::{Consistency, Owner, Purpose, Snapshot};
use crate::error::{Error, Result};
use crate::ops::presence::Presence;
use crate::ops::session::CpiSource;
use crate::state::{Reader, SnapshotFilter};

/// What is to be pruned.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// By which rules.
    pub policy: &'a Policy,
    /// Only of this deployment.
    pub deployment: Option<&'a str>,
    /// Only of these instances.
    pub selector: &'a Selector,
    /// Only of these, whose new takes replace older ones: rules alone decide, no age, and a verified one is replaced, too.
    pub replaced: Option<&'a [InstanceName]>,
    /// The time, UTC.
    pub now: DateTime<Utc>,
}

/// A snapshot, and what is to become of it.
#[derive(Debug)]
pub struct Planned {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// Whether it stays, and why.
    pub decision: Decision,
    /// Why it cannot be deleted now, though it would be.
    pub doubt: Option<Error>,
}

/// A decision on each snapshot of snapback's own, in the order of the list. The Director's are none of them.
pub struct Plan {
    /// The snapshots that are meant.
    pub rows: Vec<Planned>,
    /// What the instances have left whose snapshots are deleted: it must stay meanwhile.
    pub(super) stands_on: Vec<(CpiName, SnapshotCid)>,
}

impl Plan {
    /// Those that are to be deleted.
    pub fn removals(&self) -> impl Iterator<Item = &Planned> {
        self.rows.iter().filter(|row| !row.decision.keep)
    }
}

/// Plans, and asks the clouds for those that would be left.
///
/// # Errors
/// The state file's. What a cloud does not tell stands in the rows.
pub fn plan(reader: &Reader, cpis: &dyn CpiSource, presence: &Presence, request: Request<'_>) -> Result<Plan> {
    plan_beside(reader, cpis, presence, request, None)
}

/// The same, but for what an operation of one's own has claimed.
pub(super) fn plan_beside(
    reader: &Reader,
    cpis: &dyn CpiSource,
    presence: &Presence,
    request: Request<'_>,
    own: Option<&OperationId>,
) -> Result<Plan> {
    let snapshots = snapshots(reader, request.deployment)?;
    let world = World::of(reader, request.deployment)?;
    let needs = Needs::of(reader, request.policy, request.now, own)?;
    let mut entries = Vec::with_capacity(snapshots.len());
    for snapshot in &snapshots {
        let mut entry = world.entry(snapshot, needs.for_snapshot(snapshot)?);
        if needs.is_leaving(snapshot)? {
            entry.quality = Quality::NotReady;
        }
        entries.push(match request.replaced {
            Some(_) => Entry { expires_at: None, verified: false, ..entry },
            None => entry,
        });
    }
    let mut decisions = decide(&entries, request.policy, request.now);
    let mut clouds = Clouds::new(reader, cpis, presence);
    let mut doubts: HashMap<usize, Error> = HashMap::new();
    let mut stands_on = Vec::new();
    for instance in with_removals(&entries, &decisions) {
        if !instance.iter().any(|at| is_meant(&world, &snapshots[*at], request)) {
            continue;
        }
        let doubt = settle_floor(&snapshots, &mut entries, &instance, &mut decisions, request, &mut clouds).err();
        for at in instance {
            let snapshot = &snapshots[at];
            if decisions[at].keep {
                if decisions[at].floor {
                    stands_on.push((snapshot.cpi.clone(), snapshot.cid.clone()));
                }
                continue;
            }
            let doubted = match &doubt {
                Some(error) => Err(again(error)),
                None => clouds.there(&snapshot.cpi),
            };
            doubted.err().map(|error| doubts.insert(at, error));
        }
    }
    drop(entries);
    let rows = snapshots.into_iter().zip(decisions).enumerate();
    let rows = rows.map(|(at, (snapshot, decision))| Planned { snapshot, decision, doubt: doubts.remove(&at) });
    Ok(Plan { rows: rows.filter(|row| is_meant(&world, &row.snapshot, request)).collect(), stands_on })
}

fn is_meant(world: &World, snapshot: &Snapshot, request: Request<'_>) -> bool {
    let replaced = request.replaced.is_none_or(|of| of.contains(&snapshot.instance) && !snapshot.of_another);
    replaced && world.is_meant(snapshot, request.selector)
}

/// The same failure, told of another snapshot.
fn again(error: &Error) -> Error {
    Error::new(error.kind(), format!("not seen whether another one is left: {}", error.in_one_line()))
        .hint("nothing of this instance was deleted; run prune again once the cloud answers")
}

/// The places of the snapshots of each instance of which something is removed.
fn with_removals(entries: &[Entry<'_>], decisions: &[Decision]) -> Vec<Vec<usize>> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    let mut instances: Vec<Vec<usize>> = Vec::new();
    for (at, entry) in entries.iter().enumerate() {
        let place = *places.entry(entry.who.as_str()).or_insert_with(|| {
            instances.push(Vec::new());
            instances.len() - 1
        });
        instances[place].push(at);
    }
    instances.retain(|instance| instance.iter().any(|at| !decisions[*at].keep));
    instances
}

/// Asks the cloud for what the floor of an instance stands on, and decides again until all of that is ready.
fn settle_floor(
    snapshots: &[Snapshot],
    entries: &mut [Entry<'_>],
    instance: &[usize],
    decisions: &mut [Decision],
    request: Request<'_>,
    clouds: &mut Clouds<'_>,
) -> Result<()> {
    let mut asked = vec![false; instance.len()];
    loop {
        let mut changed = false;
        for (asked, at) in asked.iter_mut().zip(instance) {
            if *asked || !decisions[*at].floor || entries[*at].quality != Quality::Good {
                continue;
            }
            *asked = true;
            if !clouds.is_ready(&snapshots[*at])? {
                entries[*at].quality = Quality::NotReady;
                changed = true;
            }
        }
        if !changed {
            return Ok(());
        }
        let of_instance: Vec<Entry<'_>> = instance.iter().map(|at| entries[*at].clone()).collect();
        for (at, decision) in instance.iter().zip(decide(&of_instance, request.policy, request.now)) {
            decisions[*at] = decision;
        }
    }
}

fn snapshots(reader: &Reader, deployment: Option<&str>) -> Result<Vec<Snapshot>> {
    let filter = SnapshotFilter { deployment: deployment.map(str::to_owned), ..SnapshotFilter::default() };
    let mut snapshots = Vec::new();
    reader.each_snapshot(&filter, |snapshot| {
        if snapshot.owner == Owner::Snapback {
            snapshots.push(snapshot);
        }
        Ok::<bool, Error>(true)
    })?;
    Ok(snapshots)
}

/// What is known of instances and disks.
struct World {
    instances: HashMap<InstanceName, Instance>,
    /// The instances by deployment and UUID.
    by_uuid: HashMap<(String, String), InstanceName>,
    slots: HashMap<InstanceName, Vec<u32>>,
    of_disks: HashMap<(CpiName, DiskCid), u32>,
}

impl World {
    fn of(reader: &Reader, deployment: Option<&str>) -> Result<World> {
        let (mut by_uuid, mut slots) = (HashMap::new(), HashMap::new());
        let mut instances = HashMap::new();
        for instance in reader.instances(deployment)? {
            let name = instance.name.clone();
            if let Some(uuid) = &instance.uuid {
                by_uuid.insert((name.deployment.clone(), uuid.to_lowercase()), name.clone());
            }
            slots.insert(name.clone(), instance.disks.iter().map(|disk| disk.slot).collect());
            instances.insert(name, instance);
        }
        let disks = reader.disks(None, deployment)?;
        let of_disks = disks.into_iter().map(|disk| ((disk.cpi, disk.cid), disk.slot)).collect();
        Ok(World { instances, by_uuid, slots, of_disks })
    }

    /// The instance of a snapshot, as it is known now; none where it is gone.
    fn instance(&self, snapshot: &Snapshot) -> Option<&Instance> {
        let by_uuid = snapshot
            .instance_uuid
            .as_ref()
            .and_then(|uuid| self.by_uuid.get(&(snapshot.instance.deployment.clone(), uuid.to_lowercase())));
        let by_name = (!snapshot.of_another).then_some(&snapshot.instance);
        self.instances.get(by_uuid.or(by_name)?)
    }

    fn entry<'a>(&'a self, snapshot: &'a Snapshot, needs: Vec<crate::domain::retention::Need>) -> Entry<'a> {
        let instance = self.instance(snapshot);
        let uuid = snapshot.instance_uuid.as_ref().or(instance.and_then(|instance| instance.uuid.as_ref()));
        let name = &snapshot.instance;
        let who = match uuid {
            Some(uuid) => format!("{} {}", name.deployment, uuid.to_lowercase()),
            None => format!("{} {name}", name.deployment),
        };
        let key = snapshot.disk.as_ref().map(|disk| (snapshot.cpi.clone(), disk.clone()));
        let has = |instance: &Instance| {
            instance.disks.iter().any(|disk| disk.cpi == snapshot.cpi && Some(&disk.cid) == snapshot.disk.as_ref())
        };
        Entry {
            cid: snapshot.cid.as_str(),
            who,
            group: &name.group,
            schedule: snapshot.schedule.as_deref(),
            set: snapshot.operation.as_ref().map(|id| (id.as_str(), snapshot.purpose == Purpose::Safety)),
            slot: key.and_then(|key| self.of_disks.get(&key)).copied(),
            current: instance.is_some_and(has),
            slots: instance.and_then(|instance| self.slots.get(&instance.name)).map_or(&[], Vec::as_slice),
            gone: instance.is_none(),
            taken_at: snapshot.created_at,
            time_trusted: !snapshot.time_untrusted,
            expires_at: snapshot.expires_at,
            quality: quality(snapshot),
            verified: snapshot.verified_at.is_some(),
            held: snapshot.held.as_deref(),
            needs,
        }
    }

    /// Whether a selector means the instance of a snapshot. A name is given again: it means the instance that has it now.
    fn is_meant(&self, snapshot: &Snapshot, selector: &Selector) -> bool {
        let name = &snapshot.instance;
        match selector {
            Selector::All => true,
            Selector::Group(group) => name.group == *group && !snapshot.of_another,
            Selector::Index(group, index) => name.group == *group && name.index == *index && !snapshot.of_another,
            Selector::Uuid(group, uuid) => {
                let of = self.instance(snapshot).and_then(|instance| instance.uuid.as_ref());
                let of = snapshot.instance_uuid.as_ref().or(of);
                name.group == *group && of.is_some_and(|of| of.eq_ignore_ascii_case(uuid))
            }
        }
    }
}

fn quality(snapshot: &Snapshot) -> Quality {
    match (snapshot.consistency, snapshot.purpose) {
        (Consistency::Torn, _) => Quality::Torn,
        (_, Purpose::Safety) => Quality::Safety,
        _ if snapshot.unsound_at.is_some() => Quality::Unsound,
        (Consistency::Crash, Purpose::Take) => Quality::Good,
    }
}
