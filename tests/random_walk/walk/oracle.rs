//! What must be so when nothing is open again.

use std::collections::{BTreeMap, BTreeSet};

use super::hand::{Hand, STRANGER};
use super::world::{Act, INSTANCES, World, active, mark};

/// What shall stand on which disks of an instance, by their slots.
pub type Target = (usize, Vec<(usize, String)>);

/// How all is when nothing is open, and what may be different the next time.
pub struct Allowed {
    /// The disks that the state has for each instance, by their slots.
    active: Vec<Vec<String>>,
    /// What may stand on them: one of these, and never a mixture.
    contents: Vec<BTreeSet<Vec<String>>>,
    snapshots: BTreeMap<String, String>,
    /// What each disk of the cloud has held since, the newest last.
    disks: BTreeMap<String, Vec<String>>,
    /// The disks that the state knows.
    known: BTreeSet<String>,
    /// These may have gone.
    deleted: BTreeSet<String>,
    /// The instances of which there is a snapshot, until somebody deletes one of it by name.
    floor: BTreeSet<usize>,
    /// The snapshots that are held.
    held: BTreeSet<String>,
    new_snapshots: usize,
    new_disks: usize,
}

impl Allowed {
    pub fn now(world: &World) -> Self {
        let contents = |area: &'static str| {
            let of = move |cid: String| (cid.clone(), world.content(area, &cid));
            world.names(area).into_iter().map(of)
        };
        let disks: BTreeMap<String, Vec<String>> =
            contents("disks").map(|(disk, content)| (disk, vec![content])).collect();
        let known = world.disks();
        let active: Vec<Vec<String>> = (0..INSTANCES).map(|instance| active(&known, instance)).collect();
        let content = |disk: &String| disks.get(disk).map(|all| all[0].clone()).unwrap_or_default();
        Allowed {
            contents: active.iter().map(|disks| BTreeSet::from([disks.iter().map(content).collect()])).collect(),
            active,
            snapshots: contents("snapshots").collect(),
            disks,
            known: known.into_iter().map(|disk| disk.cid.to_string()).collect(),
            deleted: BTreeSet::new(),
            floor: floor(world),
            held: held(world),
            new_snapshots: 0,
            new_disks: 0,
        }
    }

    /// Something else is written to a disk.
    pub fn write(&mut self, disk: &str, before: &str, text: &str) {
        self.disks.entry(disk.to_owned()).or_insert_with(|| vec![before.to_owned()]).push(text.to_owned());
        let Some((instance, slot)) = mark(before) else { return };
        self.add(instance, |row| {
            let is_on_it = row[slot] == before;
            if is_on_it {
                text.clone_into(&mut row[slot]);
            }
            is_on_it
        });
    }

    /// Allows for each row of an instance as it is after `change`, where that changes anything.
    fn add(&mut self, instance: usize, change: impl Fn(&mut Vec<String>) -> bool) {
        let rows = self.contents[instance].clone().into_iter();
        self.contents[instance].extend(rows.filter_map(|mut row| change(&mut row).then_some(row)));
    }

    /// What `act` may change; `target` is what it puts on disks, all of it or nothing.
    pub fn extend(&mut self, world: &World, act: &Act, target: Option<&Target>) {
        if let Some((instance, contents)) = target {
            self.add(*instance, |row| {
                for (slot, content) in contents {
                    row[*slot].clone_from(content);
                }
                true
            });
        }
        match act {
            Act::Take { instances, .. } => {
                self.new_snapshots += instances.iter().map(|instance| world.active(*instance).len()).sum::<usize>();
            }
            Act::Delete { snapshots } => {
                self.floor.clear();
                self.deleted.extend(snapshots.iter().map(ToString::to_string));
            }
            Act::DeleteAll => {
                self.floor.clear();
                self.deleted.extend(world.names("snapshots").into_iter().filter(|cid| !self.held.contains(cid)));
            }
            // Which ones, that is retention's; what is held is none of them, and the floor stays.
            Act::Prune { .. } => {
                self.deleted.extend(world.names("snapshots").into_iter().filter(|cid| !self.held.contains(cid)));
            }
            Act::Promote { .. } => self.new_disks += 1,
            Act::Restore { snapshots } => {
                self.new_snapshots += snapshots.len();
                self.new_disks += snapshots.len();
            }
            // What is held by now, whoever looks next knows.
            Act::Undo { .. } | Act::Import { .. } | Act::Recover { .. } | Act::Hold { .. } | Act::Release { .. } => {}
        }
    }

    /// Who resumes before the old disks are off takes safety snapshots of its own.
    pub fn resumes(&mut self) {
        self.new_snapshots += 2;
    }

    /// Looks whether it may have become as it is `now`.
    pub fn check(&self, now: &Allowed, world: &World, hand: &mut Hand, story: &dyn Fn() -> String) {
        let all = world.snapshots();
        let known: BTreeSet<&str> = all.iter().map(|snapshot| snapshot.cid.as_str()).collect();
        let there: BTreeSet<&str> = now.snapshots.keys().map(String::as_str).collect();
        assert_eq!(known, there, "{}", story());
        assert_eq!(all.len(), there.len(), "{}", story());
        let there: BTreeSet<String> = now.disks.keys().cloned().collect();
        assert_eq!(now.known, there.difference(&hand.strangers()).cloned().collect(), "{}", story());
        assert_eq!(world.names("tmp"), BTreeSet::new(), "{}", story());
        assert_eq!(world.locks(), [""; 0], "{}", story());

        for (cid, content) in &self.snapshots {
            match now.snapshots.get(cid) {
                Some(found) => assert_eq!(found, content, "{cid}: {}", story()),
                None => assert!(self.deleted.contains(cid), "snapshot {cid} is lost: {}", story()),
            }
        }
        for (cid, contents) in self.disks.iter().filter(|(cid, _)| !cid.starts_with(STRANGER)) {
            let found = now.disks.get(cid).and_then(|all| all.last());
            assert_eq!(found, contents.last(), "disk {cid} is lost, or holds something else: {}", story());
        }
        assert!(self.floor.is_subset(&now.floor), "an instance has lost its last snapshot: {}", story());
        let new: Vec<_> = all.iter().filter(|known| !self.snapshots.contains_key(known.cid.as_str())).collect();
        for snapshot in &new {
            let (content, disk) = (&now.snapshots[snapshot.cid.as_str()], snapshot.disk.as_ref().unwrap().as_str());
            let was_on_it =
                [&self.disks, &now.disks].iter().any(|all| all.get(disk).is_some_and(|all| all.contains(content)));
            assert!(was_on_it, "{snapshot:?} is of '{content}': {}", story());
        }
        assert!(new.len() <= self.new_snapshots, "{new:?}: {}", story());
        assert!(now.known.len() <= self.known.len() + self.new_disks, "{}", story());

        hand.check(world, &now.active, story);
        for (instance, row) in now.contents.iter().enumerate() {
            assert!(row.is_subset(&self.contents[instance]), "{instance} has {row:?}: {}", story());
            for (slot, content) in row.iter().flatten().enumerate() {
                assert_eq!(mark(content), Some((instance, slot)), "{instance} has {row:?}: {}", story());
            }
        }
    }
}

/// The instances of which there is a snapshot.
fn floor(world: &World) -> BTreeSet<usize> {
    let contents = world.names("snapshots").into_iter().map(|cid| world.content("snapshots", &cid));
    contents.filter_map(|content| Some(mark(&content)?.0)).collect()
}

fn held(world: &World) -> BTreeSet<String> {
    let held = world.snapshots().into_iter().filter(|snapshot| snapshot.held.is_some());
    held.map(|snapshot| snapshot.cid.to_string()).collect()
}
