//! Four hundred days of schedules under a clock that steps both ways, by minutes, hours and days, with faults and deaths.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::sync::Mutex;

use chrono::{DateTime, TimeDelta, Utc};
use snapback::clock::{Clock, Ids};
use snapback::domain::cron::Cron;
use snapback::domain::schedule::{Run, RunState};
use snapback::fault::Faults;
use snapback::ops::Interrupt;
use snapback::ops::schedule::{AtWork, Scheduler};
use snapback::state::{Access, OpenRequest, State};

use super::simulation::{SCHEDULES, Silent, Simulated, World, scheduled, time};

/// The same numbers from the same seed (PCG's multiplier; only its upper bits are used).
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: i64) -> i64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(self.0 >> 33).unwrap() % most
    }

    /// How far the clock is off for a while: mostly not at all.
    fn offset(&mut self) -> TimeDelta {
        let sign = if self.below(2) == 0 { 1 } else { -1 };
        match self.below(10) {
            0..4 => TimeDelta::zero(),
            4..6 => TimeDelta::minutes(sign * self.below(90)),
            6..8 => TimeDelta::hours(sign * self.below(20)),
            8 => TimeDelta::hours(sign * (26 + self.below(200))),
            // A battery is empty, or a virtual machine comes from elsewhere.
            _ => TimeDelta::days(sign * (30 + self.below(3000))),
        }
    }
}

#[test]
fn under_a_clock_that_steps_both_ways_no_time_is_lost_and_none_is_doubled() {
    let by_chance = u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() % 1_000_000_007).unwrap();
    let seed = std::env::var("SNAPBACK_STEPS_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or(if std::env::var_os("CI").is_some() { 31 } else { by_chance });
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SNAPBACK_STEPS_SEED={seed}").unwrap();
    let home = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap();
    let (start, end) = (time("2027-12-01T00:00:00Z"), time("2029-01-04T00:00:00Z"));
    let (state, _) = State::open(&OpenRequest {
        path: &home.path().join("state.db"),
        access: Access::ChangeOrCreate,
        director_name: "test",
        mode: 0o600,
        allow_network_fs: false,
        clock: Clock::Fixed(start),
        ids: Ids::Random,
        faults: Faults::none(),
    })
    .unwrap();
    let world = Mutex::new(World::default());
    let (runner, schedules) = (Simulated(&world), scheduled());
    let points = ["claim.before", "claim.after", "run.before", "run.after", "run.ended"];
    let mut dice = Dice(seed);
    let (mut real, mut looks, mut deaths, mut steps) = (start, 0_usize, 0, 0);
    let (mut offset, mut until) = (TimeDelta::zero(), 0);
    let mut runs: BTreeMap<(String, DateTime<Utc>), Run> = BTreeMap::new();
    let mut clock: Vec<DateTime<Utc>> = Vec::new();
    while real < end {
        looks += 1;
        real += TimeDelta::minutes(60);
        if looks >= until {
            let before = offset;
            // In the end it is right again, for long enough to see what it has left.
            offset = if real + TimeDelta::days(8) > end { TimeDelta::zero() } else { dice.offset() };
            until = looks + 1 + usize::try_from(dice.below(40)).unwrap();
            steps += usize::from(offset != before);
        }
        let now = real + offset;
        clock.push(now);
        world.lock().unwrap().now = now;
        let point = points[usize::try_from(dice.below(5)).unwrap()];
        let faults = match dice.below(7) {
            0 => Faults::parse(&format!("schedule.{point}=error")),
            _ => Faults::none(),
        };
        let scheduler = Scheduler {
            state: &state,
            runner: &runner,
            clock: Clock::Fixed(now),
            faults,
            interrupt: Interrupt::default(),
            catch_up: true,
            at_the_end: Some(vec!["prune".to_owned()]),
            children: AtWork::default(),
        };
        deaths += usize::from(scheduler.once(&schedules, &mut Silent).is_err());
        world.lock().unwrap().shelf.look(now);
        if looks.is_multiple_of(300) || real >= end {
            for run in state.reader().runs(None, 5000).unwrap() {
                runs.insert((run.schedule.clone(), run.due_at), run);
            }
        }
    }
    let world = world.lock().unwrap();
    let (bare, pruned) = (&world.shelf.bare, world.shelf.pruned);
    assert!(bare.is_empty() && pruned > 500, "SNAPBACK_STEPS_SEED={seed}: {pruned} {bare:?}");
    let mut total = 0;
    for (name, cron) in SCHEDULES {
        let cron = Cron::parse(cron).unwrap();
        let of: Vec<&Run> = runs.values().filter(|run| run.schedule == name).collect();
        let due: BTreeSet<DateTime<Utc>> = of.iter().map(|run| run.due_at).collect();
        // A run for what came or was thought to have come, and only one for each time.
        for run in &of {
            assert_eq!(cron.after(run.due_at - TimeDelta::seconds(1)), Some(run.due_at), "{name}: {run:?}");
            assert!(run.tries <= 2 && clock.iter().any(|now| *now >= run.due_at), "{name}: {run:?}");
        }
        // One that was begun twice passes over what its schedule has taken since by the clock, which may be off.
        let done = of.iter().filter(|run| run.state == RunState::Done && run.tries == 1).count();
        let taken = world.taken.get(name).map(Vec::as_slice).unwrap_or_default();
        assert!(taken.len() <= of.len(), "{name}: {} taken by {} runs", taken.len(), of.len());
        assert!(taken.len() >= done, "{name}: {done} are called done, and {} were", taken.len());
        // Each time that has really come is a run, or is counted with a later one.
        let mut come = Vec::new();
        let mut at = start + TimeDelta::hours(1);
        while let Some(next) = cron.after(at).filter(|next| *next <= end - TimeDelta::hours(1)) {
            come.push(next);
            at = next;
        }
        let mut counted = vec![false; come.len()];
        for run in of.iter().filter(|run| run.missed > 0) {
            let before = come.partition_point(|at| *at < run.due_at);
            // Those between the last that has come and one that was only thought to have.
            let (mut beyond, mut from) = (0, come.last().copied().unwrap_or(start));
            while let Some(later) = cron.after(from).filter(|later| *later < run.due_at && beyond < run.missed) {
                (from, beyond) = (later, beyond + 1);
            }
            let many = usize::try_from(run.missed - beyond).unwrap();
            counted[before.saturating_sub(many)..before].fill(true);
        }
        for (at, counted) in come.iter().zip(counted) {
            assert!(counted || due.contains(at), "SNAPBACK_STEPS_SEED={seed}: {name}: {at} is lost");
        }
        total += come.len();
    }
    assert!(deaths > 50 && total > 2000 && steps > 100, "{deaths} {total} {steps}");
    let (runs, calls) = (runs.len(), world.calls);
    writeln!(
        stderr,
        "400 days, {steps} steps of the clock: {total} times, {runs} runs, {calls} calls, {deaths} deaths"
    )
    .unwrap();
}
