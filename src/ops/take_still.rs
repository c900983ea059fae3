//! A take whose instances stand still meanwhile: batch by batch, each is stopped, taken and let go on.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use super::quiesce::{Refusal, Standstill, Stood, Turn, may_be_stopped};
use super::session::Session;
use super::to_take::{Still, Target};
use crate::domain::ids::{CpiName, SnapshotCid};
use crate::domain::instance::InstanceName;
use crate::error::{Error, Kind, Result};

/// The result of a check of a disk, with a line to report if there is one.
type Told = Result<Option<String>>;

/// The functions and data of a take that a take with standing still uses.
pub(super) struct Ground<'a> {
    pub session: &'a Session<'a>,
    pub stand: &'a Standstill<'a>,
    /// The disks to take. Their indices in this list name them everywhere else.
    pub targets: Vec<&'a Target>,
    pub still: Still,
    pub parallel: usize,
    /// Checks that the VM has the disk, before anything is stopped.
    pub look: &'a (dyn Fn(usize) -> Told + Sync),
    /// Takes these, several at once.
    pub take: &'a (dyn Fn(Vec<(usize, Option<Told>)>) + Sync),
    /// Notes that a disk was not taken.
    pub fail: &'a (dyn Fn(usize, Error) + Sync),
    /// The snapshot of a disk, if it was taken.
    pub taken: &'a (dyn Fn(usize) -> Option<(CpiName, SnapshotCid)> + Sync),
    /// Notes in a row that its snapshot is clean, and for how many milliseconds its instance stood still.
    pub is_clean: &'a (dyn Fn(usize, u64) + Sync),
}

impl Ground<'_> {
    /// Takes all disks. Returns the errors besides the rows: an instance that may stand still, a snapshot that is not
    /// clean.
    pub(super) fn take_all(&self) -> Vec<Error> {
        let mut batches: Vec<Vec<usize>> = Vec::new();
        for (at, target) in self.targets.iter().enumerate() {
            let name = &target.instance.name;
            let same = |batch: &&mut Vec<usize>| {
                self.still.together || batch.first().is_some_and(|first| self.targets[*first].instance.name == *name)
            };
            match batches.iter_mut().find(same) {
                Some(batch) => batch.push(at),
                None => batches.push(vec![at]),
            }
        }
        let most = batches.iter().map(Vec::len).max().unwrap_or(1);
        let workers = (self.parallel / most).clamp(1, batches.len().max(1));
        let (queue, errors) = (Mutex::new(batches.into_iter()), Mutex::new(Vec::new()));
        let work = || {
            loop {
                let next = queue.lock().unwrap_or_else(PoisonError::into_inner).next();
                let Some(batch) = next else { break };
                let met = self.batch(&batch);
                errors.lock().unwrap_or_else(PoisonError::into_inner).extend(met);
            }
        };
        std::thread::scope(|scope| {
            for _ in 1..workers {
                // If there are no more threads, this one does it all.
                let _ = std::thread::Builder::new().name("take-still".to_owned()).spawn_scoped(scope, work);
            }
            work();
        });
        errors.into_inner().unwrap_or_else(PoisonError::into_inner)
    }

    fn instance(&self, at: usize) -> &InstanceName {
        &self.targets[at].instance.name
    }

    fn batch(&self, batch: &[usize]) -> Vec<Error> {
        let mut ready = Vec::new();
        for at in batch {
            match (self.look)(*at) {
                Ok(line) => ready.push((*at, line)),
                Err(error) => (self.fail)(*at, error),
            }
        }
        let names: BTreeSet<usize> = ready.iter().map(|(at, _)| *at).collect();
        let mut instances: Vec<&InstanceName> = Vec::new();
        for at in names {
            if !instances.contains(&self.instance(at)) {
                instances.push(self.instance(at));
            }
        }
        let mut errors = Vec::new();
        // Instances that stand still together share nothing; one after the other, each waits for its turn.
        let _turns: Vec<Turn<'_>> = instances.iter().filter_map(|name| self.stand.turn(name)).collect();
        let (stopped, refused) = self.stop(&instances);
        let refused_at = |name: &InstanceName| refused.as_ref().filter(|(failed, _)| **failed == *name);
        if let Some((failed, refusal)) = &refused {
            // There is no use in their standing still any more.
            for name in stopped.iter().rev() {
                self.go_on(name, &[], refused_at(name).is_none(), &mut errors);
            }
            // If the end is asked for, nothing is taken that was not asked for.
            if !self.still.fallback || refusal.error.is_interrupt() || self.session.interrupt.check().is_err() {
                for (at, _) in &ready {
                    let name = self.instance(*at);
                    (self.fail)(*at, not_taken(name, failed, &refusal.error, refused_at(name).is_some()));
                }
                return errors;
            }
            let what = refusal.error.in_one_line();
            self.session.progress.note(&format!("{failed} does not stand still, and is taken all the same: {what}"));
        }
        let which: Vec<usize> = ready.iter().map(|(at, _)| *at).collect();
        (self.take)(ready.into_iter().map(|(at, line)| (at, Some(Ok(line)))).collect());
        if refused.is_none() {
            for name in stopped.iter().rev() {
                let own: Vec<usize> = which.iter().copied().filter(|at| self.instance(*at) == *name).collect();
                self.go_on(name, &own, true, &mut errors);
            }
        }
        errors
    }

    /// Stops one after the other, up to the first that does not stand still. Returns those that may stand still.
    fn stop<'i>(&self, instances: &[&'i InstanceName]) -> (Vec<&'i InstanceName>, Option<(&'i InstanceName, Refusal)>) {
        let mut stopped = Vec::new();
        for name in instances {
            let refused = |error| Some((*name, Refusal { error, may_be_still: false }));
            if let Err(error) = self.session.interrupt.check() {
                return (stopped, refused(error));
            }
            // An instance without hooks is taken as it is.
            let Some(member) = self.stand.member(name) else { continue };
            if let Err(error) = may_be_stopped(self.session, name, member) {
                return (stopped, refused(error));
            }
            match self.stand.quiesce(name) {
                Ok(()) => stopped.push(*name),
                Err(refusal) => {
                    if refusal.may_be_still {
                        stopped.push(*name);
                    }
                    return (stopped, Some((*name, refusal)));
                }
            }
        }
        (stopped, None)
    }

    /// Lets an instance go on. The snapshots that were taken meanwhile are clean if it stood still to the end.
    fn go_on(&self, name: &InstanceName, taken: &[usize], has_stood: bool, errors: &mut Vec<Error>) {
        let snapshots: Vec<(usize, (CpiName, SnapshotCid))> =
            taken.iter().filter_map(|at| Some((*at, (self.taken)(*at)?))).collect();
        match self.stand.resume(name, snapshots.iter().map(|(_, snapshot)| snapshot.clone()).collect()) {
            Ok(stood) => {
                if has_stood {
                    self.session.progress.note(&stood.line(name));
                }
                for (at, (_, cid)) in &snapshots {
                    self.told(*at, cid, &stood, errors);
                }
            }
            Err(error) => errors.push(error),
        }
    }

    fn told(&self, at: usize, cid: &SnapshotCid, stood: &Stood, errors: &mut Vec<Error>) {
        let Some(why) = &stood.spoilt else {
            return (self.is_clean)(at, stood.still_ms);
        };
        let message = format!("{}: snapshot {cid} is kept, and is not clean: {why}", self.instance(at));
        match self.still.fallback {
            true => self.session.progress.note(&message),
            false => errors.push(Error::new(Kind::Failed, message)),
        }
    }
}

/// The row of a disk that was not taken because an instance did not stand still.
fn not_taken(name: &InstanceName, failed: &InstanceName, error: &Error, itself: bool) -> Error {
    let why = error.in_one_line();
    let message = match itself {
        true => format!("no snapshot was taken of {name}: {why}"),
        false => format!("no snapshot was taken of {name}, since {failed} does not stand still: {why}"),
    };
    let kind = match error.kind() {
        kind @ (Kind::Interrupted(_) | Kind::State) => kind,
        _ => Kind::Failed,
    };
    Error::new(kind, message).hint("to take it all the same, as after a power cut: --fallback crash-consistent")
}
