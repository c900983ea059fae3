//! A snapshot that an instance was put back on is needed again: its lifespan starts again.

use super::steps::{StepResult, Swap};
use crate::domain::ids::SnapshotCid;
use crate::domain::step::{Step, StepState};
use crate::domain::swap::Source;
use crate::ops::find::known_snapshot;
use crate::ops::perform::note;

impl Swap<'_> {
    /// Lets the lifespans of the plan's snapshots begin now, unless they never expire. Returns the errors, a line each:
    /// by now the instance has its disk, and that is not a reason to take it away again.
    pub(super) fn begin_lifespans(&self) -> Vec<String> {
        let snapshots = self.plan.disks().filter_map(|one| match &one.source {
            Source::Snapshot { cid, .. } => Some(cid),
            Source::Disk { of, .. } => of.as_ref(),
        });
        let begun = snapshots.map(|cid| (cid, self.begin_lifespan(cid)));
        begun
            .filter_map(|(cid, begun)| {
                let why = begun.err()?.error.in_one_line();
                Some(format!("the lifespan of snapshot {cid} does not begin anew: {why}"))
            })
            .collect()
    }

    fn begin_lifespan(&self, cid: &SnapshotCid) -> StepResult<()> {
        let known = known_snapshot(self.session.state.reader(), &self.plan.cpi, cid)?;
        let Some(lifespan) = known.and_then(|snapshot| snapshot.lifespan) else { return Ok(()) };
        let step = Step::BeginLifespan { cpi: self.plan.cpi.clone(), snapshot: cid.clone(), lifespan: Some(lifespan) };
        if self.journal()?.iter().any(|row| row.step == step && row.state == StepState::Done) {
            return Ok(());
        }
        note(self.run(), &step, step.happened())
    }
}
