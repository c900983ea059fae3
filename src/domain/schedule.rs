//! Decides what is due, and records what was done about it; pure. A schedule is known by its name. Each of its times is
//! run, counted with the run that came after it, or noted as missed.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::cron::Cron;

/// The stored record of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its cron string at the last look.
    pub cron: String,
    /// Since when it is known with that string, UTC. Times before that are not its times.
    pub since: DateTime<Utc>,
    /// The newest of its times that is settled, or when it was first seen, UTC.
    pub through: DateTime<Utc>,
}

/// A run of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Run {
    /// The schedule's name.
    pub schedule: String,
    /// When it was due, UTC.
    pub due_at: DateTime<Utc>,
    /// When it was begun, UTC; the first time, if it was begun twice.
    pub started_at: DateTime<Utc>,
    /// When it ended, UTC.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether it runs, or how it ended.
    pub state: RunState,
    /// Its summary, in one line.
    pub summary: Option<String>,
    /// How many earlier times it stands for, when nothing ran.
    pub missed: u32,
    /// The exit status of its command.
    pub status: Option<i32>,
    /// How often it was begun.
    pub tries: u32,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It was begun.
    Running,
    /// It ended well.
    Done,
    /// It ended with errors.
    Failed,
    /// No scheduler was at work when it was due, and it is not caught up.
    Missed,
    /// The scheduler that ran it was killed.
    Interrupted,
}

impl RunState {
    /// All states.
    pub const ALL: [RunState; 5] =
        [RunState::Running, RunState::Done, RunState::Failed, RunState::Missed, RunState::Interrupted];

    /// The state in a word.
    pub fn name(self) -> &'static str {
        match self {
            RunState::Running => "running",
            RunState::Done => "done",
            RunState::Failed => "failed",
            RunState::Missed => "missed",
            RunState::Interrupted => "interrupted",
        }
    }
}

/// The decision about a schedule now. It is written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The record to store.
    pub known: Known,
    /// Runs that the decision settles without running them: missed, or given up.
    pub settled: Vec<Run>,
    /// The run to begin, which may have been begun once before.
    pub run: Option<Run>,
}

/// How late a run may be if nothing is caught up. A timer may be some minutes late.
pub const LATE: TimeDelta = TimeDelta::minutes(15);
/// A clock that was set back by more than this was wrong before. What it settled is not believed, even if the runs that
/// would tell are no longer kept.
const STEP_BACK: TimeDelta = TimeDelta::hours(25);
/// After how long a run that nothing begins counts as overdue: a scheduler may look only once an hour.
pub const OVERDUE: TimeDelta = TimeDelta::hours(1);
/// How often a run is begun if it is interrupted each time.
const TRIES: u32 = 2;
/// The highest number of missed times that is counted.
const COUNTED: u32 = 10_000;

/// The facts that decide whether a schedule is due.
#[derive(Debug, Clone, Copy)]
pub struct Question<'a> {
    /// Its name.
    pub name: &'a str,
    /// Its times.
    pub cron: &'a Cron,
    /// Whether missed times are caught up, with one run.
    pub catch_up: bool,
    /// The time.
    pub now: DateTime<Utc>,
}

/// The runs of a schedule that are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Runs {
    /// When they were due, UTC.
    pub due: BTreeSet<DateTime<Utc>>,
    /// True if all of them are here.
    pub are_all: bool,
}

impl Runs {
    /// Whether there is a run for this time.
    fn has(&self, at: DateTime<Utc>) -> bool {
        self.due.contains(&at)
    }

    /// The time to search from if the clock was ahead and is right now: that of the newest run that was due until now.
    /// `None` if that is not known: then a run could be doubled.
    fn before(&self, now: DateTime<Utc>, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.due.range(..=now).next_back() {
            Some(newest) => Some(*newest),
            None => self.are_all.then(|| since.min(now)),
        }
    }
}

/// Decides what to do about a schedule that is not running. `open` is its run without an end, `runs` are its former
/// runs.
pub fn decide(asked: Question<'_>, known: Option<Known>, open: Option<Run>, runs: &Runs) -> Decision {
    let Question { name, cron, catch_up, now } = asked;
    let fresh = Known { cron: cron.to_string(), since: now, through: now };
    let mut settled = Vec::new();
    let new = |due_at: DateTime<Utc>, missed: u32, state: RunState, summary: Option<&str>| Run {
        schedule: name.to_owned(),
        due_at,
        started_at: now,
        ended_at: (state != RunState::Running).then_some(now),
        state,
        summary: summary.map(|why| match missed {
            0 => why.to_owned(),
            1 => format!("{why}; 1 earlier time was missed, too"),
            _ => format!("{why}; {missed} earlier times were missed, too"),
        }),
        missed,
        status: None,
        tries: 1,
    };
    let mut known = match known {
        None => fresh,
        Some(known) if known.cron != cron.to_string() => {
            if let Some((at, missed)) =
                Cron::parse(&known.cron).ok().and_then(|old| newest_due(&old, known.through, now))
                && !runs.has(at)
            {
                settled.push(new(at, missed, RunState::Missed, Some("its cron string was changed before it was run")));
            }
            fresh
        }
        // The clock was ahead. The times that it settled beyond now will come again, except those that were run.
        Some(known) if known.through > now => match runs.before(now, known.since) {
            Some(through) => Known { through, ..known },
            None if known.through > now + STEP_BACK => Known { through: now, ..known },
            None => known,
        },
        Some(known) => known,
    };
    // After the clock was ahead, some of the times may have been run.
    let run_already = |at: DateTime<Utc>| runs.due.range(known.through..at).filter(|due| **due > known.through).count();
    let due = newest_due(cron, known.through, now)
        .map(|(at, missed)| (at, missed.saturating_sub(u32::try_from(run_already(at)).unwrap_or(u32::MAX))));
    if let Some((at, _)) = due {
        known.through = at;
    }
    let due = due.filter(|(at, _)| !runs.has(*at));
    if let Some(open) = open {
        let again = due.is_none() && catch_up && open.tries < TRIES;
        if again {
            let run = Run { tries: open.tries + 1, ..open };
            return Decision { known, settled, run: Some(run) };
        }
        let summary = "it was interrupted, and its end was not seen".to_owned();
        settled.push(Run { state: RunState::Interrupted, ended_at: Some(now), summary: Some(summary), ..open });
    }
    let Some((at, missed)) = due else { return Decision { known, settled, run: None } };
    if !catch_up && now - at > LATE {
        settled.push(new(at, missed, RunState::Missed, Some("nothing was at work when it was due")));
        return Decision { known, settled, run: None };
    }
    let run = new(at, missed, RunState::Running, None);
    Decision { known, settled, run: Some(run) }
}

/// Whether [`decide`] could have something to do about a schedule that has no run without an end.
pub fn is_to_be_looked_at(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> bool {
    known.is_none_or(|known| {
        known.cron != cron.to_string()
            || known.through > now
            || cron.after(known.through).is_some_and(|next| next <= now)
    })
}

/// The newest time after `from` that is not after `now`, and how many times come before it.
pub fn newest_due(cron: &Cron, from: DateTime<Utc>, now: DateTime<Utc>) -> Option<(DateTime<Utc>, u32)> {
    let (mut newest, mut count) = (None, 0);
    let mut at = from;
    while let Some(next) = cron.after(at).filter(|next| *next <= now) {
        (newest, at, count) = (Some(next), next, count + 1);
        if count > COUNTED {
            newest = newest_of_many(cron, at, now);
            break;
        }
    }
    newest.map(|newest| (newest, count - 1))
}

/// The same if there are very many times: it searches backwards, in longer and longer intervals.
fn newest_of_many(cron: &Cron, from: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let mut stretch = TimeDelta::minutes(1);
    loop {
        let mut at = (now - stretch).max(from);
        let mut newest = (at == from).then_some(from);
        while let Some(next) = cron.after(at).filter(|next| *next <= now) {
            (at, newest) = (next, Some(next));
        }
        if newest.is_some() {
            return newest;
        }
        stretch = stretch * 4;
    }
}

/// When a schedule is due next, UTC, after now.
pub fn next(cron: &Cron, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    cron.after(now)
}

/// Since when a schedule is due, UTC, if nothing has begun it.
pub fn due_since(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let known = known.filter(|known| known.cron == cron.to_string())?;
    cron.after(known.through).filter(|due| *due <= now)
}

/// As [`due_since`], if that is longer ago than [`OVERDUE`].
pub fn overdue(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    due_since(cron, known, now).filter(|due| now - *due > OVERDUE)
}

/// A command to run once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOff {
    /// Its id.
    pub id: String,
    /// When to run it, UTC.
    pub due_at: DateTime<Utc>,
    /// The command line behind `snapback`.
    pub arguments: Vec<String>,
    /// When the operator asked for it, UTC.
    pub created_at: DateTime<Utc>,
    /// Whether it waits, runs, or how it ended.
    pub state: OneOffState,
    /// When it ended, UTC.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its summary, in one line.
    pub summary: Option<String>,
}

/// The state of a command to run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneOffState {
    /// Its time has not come.
    Waiting,
    /// It was cancelled before its time.
    Cancelled,
    /// It was begun; its state as a run.
    Run(RunState),
}

impl OneOffState {
    /// The state in a word.
    pub fn name(self) -> &'static str {
        match self {
            OneOffState::Waiting => "waiting",
            OneOffState::Cancelled => "cancelled",
            OneOffState::Run(state) => state.name(),
        }
    }

    /// The state of this word.
    pub fn of(word: &str) -> Option<OneOffState> {
        let run = RunState::ALL.into_iter().find(|state| state.name() == word).map(OneOffState::Run);
        run.or(match word {
            "waiting" => Some(OneOffState::Waiting),
            "cancelled" => Some(OneOffState::Cancelled),
            _ => None,
        })
    }
}
