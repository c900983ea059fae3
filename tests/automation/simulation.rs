//! Four hundred days of schedules within seconds: a fault in every tenth run, deaths at each point, a machine that is off for days.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use snapback::clock::{Clock, Ids};
use snapback::domain::cron::Cron;
use snapback::domain::schedule::{Run, RunState};
use snapback::error::Error;
use snapback::fault::Faults;
use snapback::ops::Interrupt;
use snapback::ops::schedule::{Answer, AtWork, Listener, Runner, Scheduled, Scheduler};
use snapback::state::{Access, OpenRequest, State};

use super::simulated_floor::Shelf;

/// DST in three zones, a leap day, and what comes each few hours.
pub const SCHEDULES: [(&str, &str); 5] = [
    ("nightly", "30 2 * * * Europe/Berlin"),
    ("often", "0 */6 * * * America/New_York"),
    ("weekly", "45 1 * * sun Australia/Lord_Howe"),
    ("leap", "0 0 29 2 *"),
    ("last", "0 12 L * *"),
];

pub fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

pub fn scheduled() -> Vec<Scheduled> {
    let one = |(name, cron): (&str, &str)| Scheduled {
        name: name.to_owned(),
        text: Some(cron.to_owned()),
        cron: Some(Cron::parse(cron).unwrap()),
        bad: None,
        key: String::new(),
        written: None,
        off: None,
        command: ["take", "--schedule", name].map(str::to_owned).to_vec(),
        deadline: None,
        taking: None,
    };
    SCHEDULES.into_iter().map(one).collect()
}

/// What the runs have done: when each schedule has taken a snapshot.
#[derive(Default)]
pub struct World {
    pub now: DateTime<Utc>,
    pub taken: BTreeMap<String, Vec<DateTime<Utc>>>,
    pub calls: u32,
    pub shelf: Shelf,
}

pub struct Simulated<'a>(pub &'a Mutex<World>);

impl Runner for Simulated<'_> {
    fn run(&self, command: &[String], _: Option<Duration>, _: Arc<dyn Fn(u32) + Send + Sync>) -> Answer {
        let mut world = self.0.lock().unwrap();
        if command[0] == "prune" {
            world.calls += 1;
            let (now, fails) = (world.now, world.calls.is_multiple_of(10));
            world.shelf.prune(now, fails);
            return Answer { status: Some(i32::from(fails)), summary: "simulated".to_owned() };
        }
        let word = |option: &str| command.iter().position(|word| word == option).map(|at| command[at + 1].clone());
        let (name, now) = (word("--schedule").unwrap(), world.now);
        let since = word("--unless-since").map(|text| time(&text));
        world.calls += 1;
        let fails = world.calls.is_multiple_of(10);
        let taken = world.taken.entry(name.clone()).or_default();
        // As `take` passes over what its schedule has taken since.
        let has = since.is_some_and(|since| taken.last().is_some_and(|last| *last >= since));
        if !has && !fails {
            taken.push(now);
            world.shelf.take(&name, now);
        }
        Answer { status: Some(i32::from(fails)), summary: "simulated".to_owned() }
    }
}

pub struct Silent;

impl Listener for Silent {
    fn schedules(&mut self) -> Vec<Scheduled> {
        scheduled()
    }
    fn begun(&mut self, _: &Run) {}
    fn ended(&mut self, _: &Run) {}
    fn trouble(&mut self, error: &Error) {
        panic!("{error:?}");
    }
}

#[test]
fn four_hundred_days_with_faults_and_deaths_lose_no_time_and_double_none() {
    // What is durable is not what is tried here.
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
    let (mut now, mut looks, mut deaths) = (start, 0_usize, 0);
    let mut runs: BTreeMap<(String, DateTime<Utc>), Run> = BTreeMap::new();
    while now < end {
        looks += 1;
        // Nine looks of ten come after an hour; some after days.
        now += if looks.is_multiple_of(700) { TimeDelta::hours(73) } else { TimeDelta::minutes(60) };
        world.lock().unwrap().now = now;
        let spec = format!("schedule.{}=error", points[looks / 7 % points.len()]);
        let faults = if looks.is_multiple_of(7) { Faults::parse(&spec) } else { Faults::none() };
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
        if looks.is_multiple_of(500) || now >= end {
            for run in state.reader().runs(None, 3000).unwrap() {
                runs.insert((run.schedule.clone(), run.due_at), run);
            }
        }
    }
    for run in state.reader().runs(None, 3000).unwrap() {
        runs.insert((run.schedule.clone(), run.due_at), run);
    }
    let world = world.lock().unwrap();
    assert!(world.shelf.bare.is_empty() && world.shelf.pruned > 500, "{} {:?}", world.shelf.pruned, world.shelf.bare);
    let mut total = 0;
    for (name, cron) in SCHEDULES {
        let cron = Cron::parse(cron).unwrap();
        let mut due = Vec::new();
        let mut at = start + TimeDelta::hours(1);
        while let Some(next) = cron.after(at).filter(|next| *next <= now) {
            due.push(next);
            at = next;
        }
        let of: Vec<&Run> = runs.values().filter(|run| run.schedule == name).collect();
        let told: usize = of.iter().map(|run| 1 + usize::try_from(run.missed).unwrap()).sum();
        assert!(of.iter().all(|run| due.contains(&run.due_at)), "{name}: a run of no time");
        assert_eq!(told, due.len(), "{name}: each time is a run, or counted with one");
        let open: Vec<_> = of.iter().filter(|run| run.state == RunState::Running).collect();
        assert!(open.len() <= 1, "{name}: {open:?}");
        let taken = world.taken.get(name).map(Vec::as_slice).unwrap_or_default();
        for pair in due.windows(2) {
            let many = taken.iter().filter(|at| **at >= pair[0] && **at < pair[1]).count();
            assert!(many <= 1, "{name}: {many} of {}", pair[0]);
        }
        let done = of.iter().filter(|run| run.state == RunState::Done).count();
        assert!(taken.len() >= done, "{name}: {done} are called done, and {} were", taken.len());
        total += due.len();
    }
    assert!(deaths > 100 && total > 2000, "{deaths} {total}");
    let mut told = std::io::stderr();
    writeln!(told, "400 days: {total} times, {} runs, {} calls, {deaths} deaths", runs.len(), world.calls).unwrap();
}
