//! The restores and undos of a state file, in order: which of them undoes which, which stand, and what `undo` means next.
//!
//! An undo takes an exchange back, and the undo of that undo (the redo) puts it in force again. An exchange *stands*
//! unless an undo of it does. It stands *by* its newest redo, if it has one: to undo that is to undo the exchange.

use std::collections::HashMap;

use super::ids::{CpiName, DiskCid, OperationId};
use super::swap::SwapPlan;

/// A restore or an undo that was done, or is under way.
#[derive(Debug, Clone, PartialEq)]
pub struct Exchange {
    /// The operation.
    pub id: OperationId,
    /// Its command line, without secrets.
    pub arguments: String,
    /// Whether it is done; if not, nobody knows yet how it ends.
    pub done: bool,
    /// Its plan.
    pub plan: SwapPlan,
    /// The disks that it has put in place, by slot.
    pub left: Vec<(u32, DiskCid)>,
}

impl Exchange {
    /// The disk that it has put into a slot.
    pub fn left_in(&self, slot: u32) -> Option<&DiskCid> {
        self.left.iter().find(|(at, _)| *at == slot).map(|(_, disk)| disk)
    }

    /// The run of a command that it belongs to, named by the first operation of that run.
    fn command(&self) -> &OperationId {
        self.plan.command.as_ref().unwrap_or(&self.id)
    }

    fn is_of(&self, deployment: Option<&str>) -> bool {
        deployment.is_none_or(|deployment| self.plan.instance.deployment == deployment)
    }
}

/// What `undo` means without the name of an operation.
#[derive(Debug, PartialEq)]
pub enum Next<'a> {
    /// Undo these, all of one run of a command, in the order in which they were done.
    Undo(Vec<&'a Exchange>),
    /// This newer one has not ended.
    Open(&'a Exchange),
    /// Each restore is undone; the undos of the newest run of `undo` can be undone by their names.
    AllUndone(Vec<&'a Exchange>),
    /// There is no restore.
    Nothing,
}

/// All exchanges of a state file.
#[derive(Debug)]
pub struct Exchanges {
    /// The exchanges, in the order in which they were begun.
    all: Vec<Exchange>,
    /// For each, the one that undoes it now.
    undone_by: Vec<Option<usize>>,
    /// For each, the one by which it stands: itself, or its newest redo.
    stands_by: Vec<usize>,
    /// The disks that were made in place of one that was gone.
    stands_for: HashMap<(CpiName, DiskCid), DiskCid>,
}

impl Exchanges {
    /// Orders the exchanges; `all` are in the order in which they were begun.
    pub fn new(all: Vec<Exchange>) -> Self {
        let places: HashMap<&OperationId, usize> = all.iter().enumerate().map(|(at, one)| (&one.id, at)).collect();
        let undoes: Vec<Option<usize>> = all
            .iter()
            .enumerate()
            .map(|(at, one)| one.plan.undo_of.as_ref().and_then(|id| places.get(id)).copied().filter(|of| *of < at))
            .collect();
        // An undo begins after the exchange that it undoes, so everything later is known here.
        let mut undone_by = vec![None; all.len()];
        let mut stands_by: Vec<usize> = (0..all.len()).collect();
        let mut has_later = vec![false; all.len()];
        for at in (0..all.len()).rev() {
            let Some(of) = undoes[at].filter(|_| all[at].done) else { continue };
            // Of several undos of one exchange, the newest that stands counts.
            if undone_by[at].is_none() && undone_by[of].is_none() {
                undone_by[of] = Some(at);
            }
            if let Some(redo) = undone_by[at].filter(|_| !has_later[of]) {
                stands_by[of] = stands_by[redo];
            }
            has_later[of] = true;
        }
        let stands_for = replacements(&all, &undoes);
        Exchanges { all, undone_by, stands_by, stands_for }
    }

    fn place(&self, id: &OperationId) -> Option<usize> {
        self.all.iter().position(|one| one.id == *id)
    }

    /// Each exchange that is done, oldest first.
    pub fn done(&self) -> impl Iterator<Item = &Exchange> {
        self.all.iter().filter(|one| one.done)
    }

    /// The exchange of this operation.
    pub fn get(&self, id: &OperationId) -> Option<&Exchange> {
        self.place(id).map(|at| &self.all[at])
    }

    /// The undo that has taken it back, if that undo stands.
    pub fn undone_by(&self, id: &OperationId) -> Option<&Exchange> {
        self.undone_by[self.place(id)?].map(|at| &self.all[at])
    }

    /// The exchange to undo so that this one is undone: itself, or the newest redo of it.
    pub fn stands_by(&self, id: &OperationId) -> Option<&Exchange> {
        self.place(id).map(|at| &self.all[self.stands_by[at]])
    }

    /// Whether two disks are the same for an undo: one of them was made in place of the other, which was gone.
    pub fn are_alike(&self, cpi: &CpiName, one: &DiskCid, other: &DiskCid) -> bool {
        self.first_of(cpi, one) == self.first_of(cpi, other)
    }

    fn first_of<'a>(&'a self, cpi: &CpiName, disk: &'a DiskCid) -> &'a DiskCid {
        self.stands_for.get(&(cpi.clone(), disk.clone())).unwrap_or(disk)
    }

    /// The newest later exchange that has orphaned a disk which this one left, and that stands.
    pub fn replaced_by(&self, id: &OperationId) -> Option<&Exchange> {
        let at = self.place(id)?;
        let this = &self.all[at];
        let takes = |later: &Exchange| {
            later.plan.cpi == this.plan.cpi
                && later.plan.disks().any(|one| {
                    let left = this.left_in(one.slot);
                    one.old_disk().zip(left).is_some_and(|(old, left)| self.are_alike(&this.plan.cpi, old, left))
                })
        };
        let later = (at + 1..self.all.len()).rev();
        later
            .filter(|at| self.all[*at].done && self.undone_by[*at].is_none())
            .map(|at| &self.all[at])
            .find(|one| takes(one))
    }

    /// The exchanges that `undo` takes back: the newest run of a command whose restores (or redos) stand, as far as
    /// they do.
    pub fn next(&self, deployment: Option<&str>) -> Next<'_> {
        // A restore is as new as the newest thing that was done for it.
        let standing: Vec<usize> = (0..self.all.len())
            .filter(|at| self.all[*at].done && self.all[*at].plan.undo_of.is_none() && self.undone_by[*at].is_none())
            .filter(|at| self.all[*at].is_of(deployment))
            .map(|at| self.stands_by[at])
            .collect();
        let newest = standing.iter().copied().max();
        let open = self.all.iter().enumerate().rev().find(|(_, one)| !one.done && one.is_of(deployment));
        if let Some((at, open)) = open
            && newest.is_none_or(|newest| at > newest)
        {
            return Next::Open(open);
        }
        let Some(newest) = newest else {
            let undos = self.all.iter().enumerate().filter(|(_, one)| one.done && one.is_of(deployment));
            let undos = undos.filter(|(at, one)| one.plan.undo_of.is_some() && self.undone_by[*at].is_none());
            let undos: Vec<&Exchange> = undos.map(|(_, one)| one).collect();
            let Some(last) = undos.last() else { return Next::Nothing };
            return Next::AllUndone(undos.iter().filter(|one| one.command() == last.command()).copied().collect());
        };
        let command = self.all[newest].command();
        let all = standing.into_iter().map(|at| &self.all[at]).filter(|one| one.command() == command);
        Next::Undo(all.collect())
    }
}

/// The disks that undos have made in place of one that was gone, each with the first of its line.
fn replacements(all: &[Exchange], undoes: &[Option<usize>]) -> HashMap<(CpiName, DiskCid), DiskCid> {
    let mut found: HashMap<(CpiName, DiskCid), DiskCid> = HashMap::new();
    for (undo, of) in all.iter().zip(undoes) {
        let Some(of) = of.filter(|_| undo.done) else { continue };
        for one in all[of].plan.disks() {
            let (Some(was), Some(is)) = (one.old_disk(), undo.left_in(one.slot)) else { continue };
            if is != was {
                let cpi = &undo.plan.cpi;
                let first = found.get(&(cpi.clone(), was.clone())).unwrap_or(was).clone();
                found.insert((cpi.clone(), is.clone()), first);
            }
        }
    }
    found
}
