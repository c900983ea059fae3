//! What hangs holds up its own schedule and no other.

use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use snapback::clock::{Clock, Ids};
use snapback::domain::cron::Cron;
use snapback::domain::schedule::{Run, RunState};
use snapback::error::Error;
use snapback::fault::Faults;
use snapback::ops::Interrupt;
use snapback::ops::schedule::{Answer, AtWork, Listener, Runner, Scheduled, Scheduler};
use snapback::state::{Access, OpenRequest, State};

use crate::support::{Ran, Sandbox};

/// Waits for what has to come.
pub fn until(what: &str, comes: impl Fn() -> bool) {
    let end = Instant::now() + Duration::from_secs(30);
    while !comes() {
        assert!(Instant::now() < end, "{what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn lines(file: &Path) -> usize {
    std::fs::read_to_string(file).map_or(0, |text| text.lines().count())
}

#[test]
fn a_notify_hook_that_hangs_holds_up_no_schedule_and_is_ended_with_all_that_it_started() {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let hook = "notify: [/bin/sh, -c, 'cat >> told; sleep 1000 & echo $! >> sleeps; wait']";
    let jobs = "      - {name: bad, cron: '*/10 * * * * *', do: take, select: nosuch}\n      - {name: good, cron: '* * * * * *', do: take}\n";
    let own = format!("  snapback:\n    {hook}\n    schedule:\n      self: false\n      jobs:\n{jobs}");
    sandbox.write("director.yml", &format!("{manifest}{own}"));
    let child = sandbox.prepare(&["schedule", "run"]).start();
    until("the hook is not called", || lines(&sandbox.path("sleeps")) > 0);
    let taken = || sandbox.rows(&["snapshots"], "snapshots").len();
    let before = taken();
    until("the other schedule is held up", || taken() >= before + 3);
    let pid = rustix::process::Pid::from_raw(i32::try_from(child.id()).unwrap()).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::TERM).unwrap();
    let ran = Ran::of(child.wait_with_output().unwrap());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("snapback.notify (/bin/sh) did not end"), "{ran:?}");
    let sleeps = std::fs::read_to_string(sandbox.path("sleeps")).unwrap();
    for sleep in sleeps.lines() {
        let stat = std::fs::read_to_string(format!("/proc/{sleep}/stat")).unwrap_or_default();
        assert!(stat.is_empty() || stat.contains(") Z "), "{stat}");
    }
}

/// How many runs have come to their end.
#[derive(Default)]
struct Ended(Mutex<usize>, Condvar);

impl Ended {
    /// Waits for so many; false if they do not come.
    fn wait_for(&self, count: usize) -> bool {
        let wait = Duration::from_secs(20);
        let (_ended, timeout) =
            self.1.wait_timeout_while(self.0.lock().unwrap(), wait, |ended| *ended < count).unwrap();
        !timeout.timed_out()
    }
}

/// More than there are runs: what hangs goes on.
const RELEASED: usize = 100;

/// `prune` gets no answer until it is released.
struct Stuck<'a>(&'a Ended);

impl Runner for Stuck<'_> {
    fn run(&self, command: &[String], _: Option<Duration>, _: Arc<dyn Fn(u32) + Send + Sync>) -> Answer {
        let is_released = command != ["prune"] || self.0.wait_for(RELEASED);
        Answer { status: Some(i32::from(!is_released)), summary: command.join(" ") }
    }
}

struct Telling<'a>(&'a Ended);

impl Listener for Telling<'_> {
    fn schedules(&mut self) -> Vec<Scheduled> {
        Vec::new()
    }
    fn begun(&mut self, _: &Run) {}
    fn ended(&mut self, _: &Run) {
        *self.0.0.lock().unwrap() += 1;
        self.0.1.notify_all();
    }
    fn trouble(&mut self, error: &Error) {
        panic!("{error:?}");
    }
}

#[test]
fn a_prune_that_hangs_holds_up_neither_another_schedule_nor_the_next_run_of_its_own() {
    let home = tempfile::tempdir().unwrap();
    let time = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    let first = time("2027-12-01T00:00:00Z");
    let (state, _) = State::open(&OpenRequest {
        path: &home.path().join("state.db"),
        access: Access::ChangeOrCreate,
        director_name: "test",
        mode: 0o600,
        allow_network_fs: false,
        clock: Clock::Fixed(first),
        ids: Ids::Random,
        faults: Faults::none(),
    })
    .unwrap();
    let one = |name: &str| Scheduled {
        name: name.to_owned(),
        text: None,
        cron: Some(Cron::parse("* * * * *").unwrap()),
        bad: None,
        key: String::new(),
        written: None,
        off: None,
        command: vec!["take".to_owned()],
        deadline: None,
        taking: None,
    };
    let (ended, schedules) = (Ended::default(), ["a", "b"].map(one));
    // Each a scheduler of its own, as of another process.
    let at = |now: DateTime<Utc>| {
        let scheduler = Scheduler {
            state: &state,
            runner: &Stuck(&ended),
            clock: Clock::Fixed(now),
            faults: Faults::none(),
            interrupt: Interrupt::default(),
            catch_up: true,
            at_the_end: Some(vec!["prune".to_owned()]),
            children: AtWork::default(),
        };
        scheduler.once(&schedules, &mut Telling(&ended)).unwrap()
    };
    assert_eq!(at(first), []);
    std::thread::scope(|scope| {
        let stuck = scope.spawn(|| at(time("2027-12-01T00:01:00Z")));
        assert!(ended.wait_for(2));
        let next = at(time("2027-12-01T00:02:00Z"));
        assert_eq!(next.iter().filter(|run| run.state == RunState::Done).count(), 2, "{next:?}");
        assert!(!stuck.is_finished());
        *ended.0.lock().unwrap() += RELEASED;
        ended.1.notify_all();
        stuck.join().unwrap();
    });
    let runs = state.reader().runs(None, 10).unwrap();
    let all_done = runs.len() == 4 && runs.iter().all(|run| run.state == RunState::Done);
    let left = runs.iter().filter(|run| run.summary.as_deref() == Some("take; prune of another run was at work"));
    assert!(all_done && left.count() == 3, "{runs:?}");
    // The last run is the one that was begun last, whoever was told of another one since.
    assert_eq!(runs[0].due_at, time("2027-12-01T00:02:00Z"));
}
