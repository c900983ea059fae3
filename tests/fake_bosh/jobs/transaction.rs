//! A database transaction: what is changed in it is seen by itself alone, until it commits all or nothing. Clouds and
//! agents know no such thing: what they did stays done. Where its process is killed, what it has changed so far is
//! committed all the same (`home.rs`).

use crate::home::Home;
use crate::task::Job;
use crate::world::{Uncommitted, World};

type Change = Box<dyn Fn(&mut World)>;

pub struct Transaction {
    home: Home,
    task: u64,
    /// The instance whose disks it changes.
    uuid: String,
    /// The database as this transaction sees it.
    pub seen: World,
    changes: Vec<Change>,
}

impl Transaction {
    pub fn begin(job: &Job, uuid: &str) -> Self {
        let home = job.home.clone();
        Transaction { seen: home.read(), home, task: job.task.id, uuid: uuid.to_owned(), changes: Vec::new() }
    }

    pub fn change(&mut self, change: impl Fn(&mut World) + 'static) {
        change(&mut self.seen);
        self.changes.push(Box::new(change));
        let half = Uncommitted {
            task: self.task,
            uuid: self.uuid.clone(),
            disks: self.seen.instance(&self.uuid).unwrap().1.disks.clone(),
            orphan_disks: self.seen.orphan_disks.clone(),
            snapshots: self.seen.snapshots.clone(),
        };
        self.home.change(|world| {
            world.uncommitted.retain(|other| other.task != half.task);
            world.uncommitted.push(half);
        });
    }

    pub fn commit(mut self) {
        let changes = std::mem::take(&mut self.changes);
        self.home.change(|world| {
            world.uncommitted.retain(|half| half.task != self.task);
            changes.iter().for_each(|change| change(world));
        });
    }
}

/// Rolled back, unless it was committed.
impl Drop for Transaction {
    fn drop(&mut self) {
        self.home.change(|world| world.uncommitted.retain(|half| half.task != self.task));
    }
}
