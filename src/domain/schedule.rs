//! What is due, and what was done of it: pure. A schedule is known by its name; of its times each is run, counted with the run that
//! came after it, or noted as missed.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::cron::Cron;

/// The stored record of a schedule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// Its cron string when it was last looked at.
    pub cron: String,
    /// Since when it is known with that string, UTC. What was due before is none of its times.
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
    /// When it was begun, UTC; where it was begun twice, the first time.
    pub started_at: DateTime<Utc>,
    /// When it ended, UTC.
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether it runs, or how it ended.
    pub state: RunState,
    /// Its summary, in one line.
    pub summary: Option<String>,
    /// How many earlier times it stands for, which came while nothing ran.
    pub missed: u32,
    /// How its command ended.
    pub status: Option<i32>,
    /// How often it was begun.
    pub tries: u32,
}

/// The state of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunState {
    /// It was begun.
    Running,
    /// It has ended well.
    Done,
    /// It has ended with errors.
    Failed,
    /// Nothing was at work when it was due, and it is not caught up.
    Missed,
    /// Whoever ran it was killed.
    Interrupted,
}

impl RunState {
    /// All of them.
    pub const ALL: [RunState; 5] =
        [RunState::Running, RunState::Done, RunState::Failed, RunState::Missed, RunState::Interrupted];

    /// Its word.
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

/// The decision about a schedule now. All of it is written in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The record to store.
    pub known: Known,
    /// Runs that are settled by this, without being run: missed, or given up.
    pub settled: Vec<Run>,
    /// The run that is to be begun, which may have been begun once before.
    pub run: Option<Run>,
}

/// How late a run may be that is not caught up. A timer may be some minutes late.
pub const LATE: TimeDelta = TimeDelta::minutes(15);
/// A clock that is further back than this was wrong before, and what it has settled is not believed, even where the runs are
/// not kept that would tell.
const STEP_BACK: TimeDelta = TimeDelta::hours(25);
/// How late a run is that nothing begins: whoever looks for what is due may do so once an hour.
pub const OVERDUE: TimeDelta = TimeDelta::hours(1);
/// How often a run is begun that is interrupted each time.
const TRIES: u32 = 2;
/// Up to how many times that are missed are counted.
const COUNTED: u32 = 10_000;

/// The facts that decide what is due of a schedule.
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
    /// True if none was left out so far.
    pub are_all: bool,
}

impl Runs {
    /// Whether there is a run of this time.
    fn has(&self, at: DateTime<Utc>) -> bool {
        self.due.contains(&at)
    }

    /// Where it is to be looked from on if the clock was ahead and is right now: since the newest run that was due until now. None
    /// where that is not known: then a run could be doubled.
    fn before(&self, now: DateTime<Utc>, since: DateTime<Utc>) -> Option<DateTime<Utc>> {
        match self.due.range(..=now).next_back() {
            Some(newest) => Some(*newest),
            None => self.are_all.then(|| since.min(now)),
        }
    }
}

/// Decides what is to be done about a schedule of which nothing runs. `open` is its run that has no end, `runs` are those that
/// there have been.
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
        // The clock was ahead, and what it has settled beyond now is to come once more: but for the times that were run.
        Some(known) if known.through > now => match runs.before(now, known.since) {
            Some(through) => Known { through, ..known },
            None if known.through > now + STEP_BACK => Known { through: now, ..known },
            None => known,
        },
        Some(known) => known,
    };
    // After a clock was ahead, some of the times may have been run.
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

/// Whether [`decide`] could have something to say of a schedule that has no run without an end.
pub fn is_to_be_looked_at(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> bool {
    known.is_none_or(|known| {
        known.cron != cron.to_string()
            || known.through > now
            || cron.after(known.through).is_some_and(|next| next <= now)
    })
}

/// The newest time after `from` that is not after `now`, and how many there are before it.
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

/// The same where there are very many: it is searched backwards, in ever longer stretches.
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

/// Since when a schedule is due, UTC, where nothing has begun it.
pub fn due_since(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let known = known.filter(|known| known.cron == cron.to_string())?;
    cron.after(known.through).filter(|due| *due <= now)
}

/// The same, if that has been so for longer than [`OVERDUE`].
pub fn overdue(cron: &Cron, known: Option<&Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    due_since(cron, known, now).filter(|due| now - *due > OVERDUE)
}

/// A command that is to be run once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OneOff {
    /// Its id.
    pub id: String,
    /// When, UTC.
    pub due_at: DateTime<Utc>,
    /// The command line behind `snapback`.
    pub arguments: Vec<String>,
    /// When it was asked for, UTC.
    pub created_at: DateTime<Utc>,
    /// Whether it waits, runs, or how it ended.
    pub state: OneOffState,
    /// When it ended, UTC.
    pub ended_at: Option<DateTime<Utc>>,
    /// Its summary, in one line.
    pub summary: Option<String>,
}

/// The state of a command that is to be run once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OneOffState {
    /// Its time has not come.
    Waiting,
    /// It was cancelled before its time.
    Cancelled,
    /// As of a run.
    Run(RunState),
}

impl OneOffState {
    /// Its word.
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
