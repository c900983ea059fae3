//! An operator's verdict on steps whose outcome not even the cloud can tell: it is checked as far as possible, then
//! recorded.

use chrono::{DateTime, Utc};

use super::adopt::{Witnesses, refused};
use crate::domain::ids::{CpiName, OperationId};
use crate::domain::operation::{Author, StepRow};
use crate::domain::step::{Fact, Outcome, Settlement, Step, StepState};
use crate::domain::verdict::{Says, Verdict};
use crate::error::{Error, Kind, Result};
use crate::ops::session::{CpiSource, Session};
use crate::state::{OpenOperation, Reader};

/// A verdict on a step, in the form in which it is recorded.
#[derive(Debug, Clone)]
pub struct Decision {
    /// The step, from the journal.
    pub row: StepRow,
    /// The outcome to record.
    pub outcome: Outcome,
    /// The decision in one line, for the operator.
    pub line: String,
}

/// Everything that is needed to check verdicts.
struct Court<'a> {
    author: &'a Author,
    witnesses: Witnesses<'a>,
}

/// Returns the decisions that would be recorded, without recording them.
///
/// # Errors
/// A verdict that fits no step, or that the cloud or the journal contradicts; a CID that cannot be the one.
pub fn foresee(
    reader: &Reader,
    cpis: &dyn CpiSource,
    author: &Author,
    now: DateTime<Utc>,
    operation: &OperationId,
    verdicts: &[Verdict],
) -> Result<Vec<Decision>> {
    let rows = reader.steps(operation)?;
    let court = Court { author, witnesses: Witnesses { cpis, reader, now } };
    court.decisions(operation, &rows, &resolved(operation, &rows, verdicts)?)
}

/// Records an operator's verdicts on steps that are still open. All of them are checked before any is recorded. Returns
/// a line for each.
///
/// # Errors
/// As [`foresee`]; the errors of the state file.
pub fn record(session: &Session<'_>, open: &OpenOperation, words: &[(u32, Says)]) -> Result<Vec<String>> {
    let reader = session.state.reader();
    let witnesses = Witnesses { cpis: session.cpis, reader, now: session.clock.now() };
    let court = Court { author: &session.author, witnesses };
    let rows = reader.steps(open.id())?;
    let decisions = court.decisions(open.id(), &rows, words)?;
    let mut lines = Vec::new();
    for decision in decisions {
        if !decision.row.state.is_settled() {
            let kind = decision.row.step.kind();
            session.faults.at(&["decide", kind, "before"])?;
            open.note(&decision.row.token, &decision.line);
            open.settle(&decision.row.token, decision.outcome)?;
            session.faults.at(&["decide", kind, "after"])?;
        }
        lines.push(decision.line);
    }
    Ok(lines)
}

/// Finds the step for each verdict.
///
/// # Errors
/// [`Kind::Usage`] if a number is missing, wrong or given twice.
pub fn resolved(operation: &OperationId, rows: &[StepRow], verdicts: &[Verdict]) -> Result<Vec<(u32, Says)>> {
    let open: Vec<&StepRow> = rows.iter().filter(|row| !row.state.is_settled() && is_asked(&row.step)).collect();
    let mut words: Vec<(u32, Says)> = Vec::new();
    for verdict in verdicts {
        let number = match (verdict.step, open.as_slice()) {
            (Some(number), _) => number,
            (None, [only]) => only.token.step,
            (None, []) => {
                return Err(Error::new(Kind::Refused, format!("no step of operation {operation} is unknown"))
                    .hint("nothing was recorded; to go on with it:")
                    .try_command(format!("snapback recover {operation}")));
            }
            (None, several) => {
                let error = Error::new(Kind::Usage, format!("{} steps are unknown: say which one", several.len()));
                let lines = several.iter().map(|row| format!("{}: {}", row.token.step, row.step.describe()));
                return Err(lines
                    .fold(error, Error::hint)
                    .hint("for each of them, write --adopt N=CID or --abandon N"));
            }
        };
        if words.iter().any(|(known, _)| *known == number) {
            return Err(Error::new(Kind::Usage, format!("two answers for step {number}")).hint("give one"));
        }
        words.push((number, verdict.says.clone()));
    }
    Ok(words)
}

/// Whether an operator can be asked about the step.
fn is_asked(step: &Step) -> bool {
    match step.settlement() {
        Settlement::SnapshotByToken
        | Settlement::SnapshotByCid
        | Settlement::DiskByToken
        | Settlement::DiskByCid
        | Settlement::ByResuming => true,
        Settlement::DisksOfVm | Settlement::ByDirector | Settlement::ByStateFile | Settlement::Repeatable => false,
    }
}

impl Court<'_> {
    fn decisions(&self, operation: &OperationId, rows: &[StepRow], words: &[(u32, Says)]) -> Result<Vec<Decision>> {
        let mut decisions: Vec<Decision> = Vec::new();
        for (number, says) in words {
            let Some(row) = rows.iter().find(|row| row.token.step == *number) else {
                return Err(Error::new(Kind::NotFound, format!("operation {operation} has no step {number}"))
                    .try_command(format!("snapback operations {operation}")));
            };
            let decision = self.decision(row, says)?;
            if let Some((cpi, cid)) = made(&decision)
                && let Some(twice) = decisions.iter().find(|other| made(other) == Some((cpi, cid)))
            {
                let other = twice.row.token.step;
                return Err(refused(format!("steps {other} and {number} cannot both have made {cid}")));
            }
            decisions.push(decision);
        }
        Ok(decisions)
    }

    fn decision(&self, row: &StepRow, says: &Says) -> Result<Decision> {
        let number = row.token.step;
        let what = row.step.describe();
        if !is_asked(&row.step) {
            return Err(Error::new(
                Kind::Refused,
                format!("step {number}, {what}: only the cloud can tell about that"),
            )
            .hint("nothing was recorded; when the cloud answers again:")
            .try_command(format!("snapback recover {}", row.token.operation)));
        }
        if row.state.is_settled() {
            return self.settled_already(row, says);
        }
        let who = format!("{}@{} says", self.author.user, self.author.host);
        let (line, outcome) = match (says, &row.step) {
            (Says::NotHappened, Step::DeleteSnapshot { snapshot, .. }) => {
                (format!("abandoned: {who} that snapshot {snapshot} is still there"), None)
            }
            (Says::NotHappened, Step::DeleteDisk { disk, .. }) => {
                (format!("abandoned: {who} that disk {disk} is still there"), None)
            }
            (Says::NotHappened, Step::Quiesce { instance, .. }) => {
                (format!("abandoned: {who} that {instance} goes on"), None)
            }
            (Says::NotHappened, Step::Resume { instance, .. }) => {
                let line = format!("{who} that {instance} goes on");
                (line.clone(), Some(Outcome::Done { result: Some(line), facts: Vec::new() }))
            }
            (Says::Happened(_), Step::Quiesce { .. } | Step::Resume { .. }) => {
                return Err(Error::new(Kind::Usage, format!("step {number}, {what}: it makes nothing that has a CID"))
                    .hint("once the instance goes on, whoever made it go on:")
                    .try_command(format!("snapback recover {} --abandon {number}", row.token.operation)));
            }
            (Says::NotHappened, _) => (format!("abandoned: {who} that it has not happened"), None),
            (Says::Happened(cid), step) => {
                let (outcome, checked) = self.witnesses.happened(row, cid)?;
                let did = if matches!(step, Step::DeleteSnapshot { .. } | Step::DeleteDisk { .. }) {
                    "deleted"
                } else {
                    "made"
                };
                (format!("adopted: {who} that it has {did} {cid}; {checked}"), Some(outcome))
            }
        };
        Ok(Decision {
            row: row.clone(),
            outcome: outcome.unwrap_or_else(|| Outcome::failed(line.clone())),
            line: format!("step {number}, {what}: {line}"),
        })
    }

    /// Accepts a verdict on a settled step if it says the same as the record; refuses any other.
    fn settled_already(&self, row: &StepRow, says: &Says) -> Result<Decision> {
        let number = row.token.step;
        let same = match (says, row.state, &row.step) {
            (Says::NotHappened, StepState::Failed, _) => true,
            (Says::Happened(cid), StepState::Done, Step::DeleteSnapshot { snapshot, .. }) => snapshot.as_str() == cid,
            (Says::Happened(cid), StepState::Done, Step::DeleteDisk { disk, .. }) => disk.as_str() == cid,
            (Says::Happened(cid), StepState::Done, _) => row.result.as_ref() == Some(cid),
            _ => false,
        };
        let result = row.result.as_ref().map_or(String::new(), |result| format!(": {result}"));
        let known = match row.state {
            StepState::Done => format!("it has happened{result}"),
            _ => format!("it has not happened{result}"),
        };
        if !same {
            return Err(Error::new(Kind::Refused, format!("step {number}, {}: {known}", row.step.describe()))
                .hint("that is known; nothing was recorded; to go on with it:")
                .try_command(format!("snapback recover {}", row.token.operation)));
        }
        let line = format!("step {number}, {}: {known}", row.step.describe());
        Ok(Decision { row: row.clone(), outcome: Outcome::done(), line })
    }
}

/// The CID that a decision says was made.
fn made(decision: &Decision) -> Option<(&CpiName, &str)> {
    match &decision.outcome {
        Outcome::Done { result: Some(cid), facts } => facts.iter().find_map(|fact| match fact {
            Fact::SnapshotExists(snapshot) => Some((&snapshot.cpi, cid.as_str())),
            Fact::DiskExists(disk) => Some((&disk.cpi, cid.as_str())),
            _ => None,
        }),
        _ => None,
    }
}
