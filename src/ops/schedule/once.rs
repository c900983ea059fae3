//! Commands to run once.

use chrono::{DateTime, Utc};

use super::begun::{Begun, Claiming};
use crate::domain::schedule::{LATE, OneOff, OneOffState, Run, RunState};
use crate::error::Result;
use crate::state::{Reader, State};

fn lock_of(one_off: &OneOff) -> String {
    format!("once.{}", one_off.id)
}

/// When the next one is due.
pub(super) fn next(reader: &Reader) -> Option<DateTime<Utc>> {
    let waiting = reader.one_offs().unwrap_or_default().into_iter().filter(|one| one.state == OneOffState::Waiting);
    waiting.map(|one_off| one_off.due_at).min()
}

/// Claims those that are due, and settles those whose end nobody has seen.
pub(super) fn claim(with: &Claiming<'_>, settled: &mut Vec<Run>) -> Result<Vec<Begun>> {
    let now = with.now;
    let mut begun = Vec::new();
    for one_off in with.state.reader().one_offs()? {
        let open = match one_off.state {
            OneOffState::Waiting => one_off.due_at <= now,
            state => state == OneOffState::Run(RunState::Running),
        };
        if !open {
            continue;
        }
        with.interrupt.check()?;
        let Some(lock) = with.state.run_lock(&lock_of(&one_off))? else { continue };
        let late = !with.catch_up && now - one_off.due_at > LATE;
        let (state, summary) = match one_off.state {
            OneOffState::Run(_) => (RunState::Interrupted, Some("it was interrupted, and its end was not seen")),
            _ if late => (RunState::Missed, Some("nothing was at work when it was due")),
            _ => (RunState::Running, None),
        };
        let run = run_of(&one_off, state, summary, now);
        let changed = changed(&one_off, &run);
        // Another process was faster, or it was cancelled.
        if !with.state.change_one_off(changed, one_off.state)? {
            continue;
        }
        match state {
            RunState::Running => {
                let command = one_off.arguments.clone();
                begun.push(Begun {
                    run,
                    one_off: Some(one_off),
                    command,
                    deadline: None,
                    lock,
                    ahead: None,
                    behind: None,
                });
            }
            _ => settled.push(run),
        }
    }
    Ok(begun)
}

fn run_of(one_off: &OneOff, state: RunState, summary: Option<&str>, now: DateTime<Utc>) -> Run {
    Run {
        schedule: one_off.id.clone(),
        due_at: one_off.due_at,
        started_at: now,
        ended_at: (state != RunState::Running).then_some(now),
        state,
        summary: summary.map(str::to_owned),
        missed: 0,
        status: None,
        tries: 1,
    }
}

fn changed(one_off: &OneOff, run: &Run) -> OneOff {
    OneOff {
        state: OneOffState::Run(run.state),
        ended_at: run.ended_at,
        summary: run.summary.clone(),
        ..one_off.clone()
    }
}

/// Records how a command ended, if its state is still the expected one.
pub(super) fn end(state: &State, one_off: &OneOff, run: &Run, from: RunState) -> Result<()> {
    state.change_one_off(changed(one_off, run), OneOffState::Run(from))?;
    Ok(())
}
