//! Schedules of one's own that take nothing: each missed time is made up once, whatever comes between, and a bug in one run ends no other.

use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use snapback::clock::{Clock, Ids};
use snapback::domain::schedule::RunState;
use snapback::error::Error;
use snapback::fault::Faults;
use snapback::ops::Interrupt;
use snapback::ops::schedule::{Answer, AtWork, Listener, Runner, Scheduled, Scheduler};
use snapback::state::{Access, OpenRequest, State};

use crate::prune::{left, say};
use crate::schedule::{at, jobs};
use crate::simulation::{scheduled, time};
use crate::support::{Ran, Sandbox};

const HOOK: &str = "verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']";
const JOBS: [(&str, &str); 3] = [("clean", "prune"), ("tested", "drill"), ("looked", "check")];

fn scene() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], HOOK);
    (0..3).for_each(|_| drop(sandbox.take("db/0")));
    let manifest = std::fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let kept = manifest.replace("  snapback:\n", "  snapback:\n    retention: {keep_last: 1}\n");
    sandbox.write("director.yml", &kept);
    let own = JOBS.map(|(name, does)| format!("{{name: {name}, cron: '0 2 * * *', do: {does}}}"));
    jobs(&sandbox, &own.each_ref().map(String::as_str));
    sandbox
}

/// An old inventory is a finding of `check`.
const LOOK: [&str; 5] = ["schedule", "run", "--once", "--max-inventory-age", "off"];

fn look(sandbox: &Sandbox, now: &str) -> Ran {
    at(sandbox, now, &LOOK)
}

/// How often a verb has been run to its end.
fn many(sandbox: &Sandbox, verb: &str) -> usize {
    sandbox
        .rows(&["operations"], "operations")
        .iter()
        .filter(|row| row["verb"] == verb && row["state"] == "done")
        .count()
}

#[test]
fn what_was_missed_is_made_up_once_and_what_is_run_once_stands_for_none_of_it() {
    let sandbox = scene();
    for (when, words) in [("2027-03-02 03:00", ["drill", "--latest"].as_slice()), ("2027-03-03 03:00", &["prune"])] {
        let line = [&["schedule", "at", when, "--"], words].concat();
        assert_eq!(at(&sandbox, "2027-03-01T01:00:00Z", &line).status, 0);
    }
    let ran = look(&sandbox, "2027-03-04T12:00:00Z");
    assert_eq!(ran.status, 0, "{ran:?}");
    for (name, _) in JOBS {
        let row = &sandbox.rows(&["schedule", "show", name], "schedules")[0];
        assert_eq!(row["result"], "done", "{row}");
        assert!(row["summary"].as_str().unwrap().contains("for 3 earlier times, which were missed, too"), "{row}");
    }
    let one_offs = sandbox.rows(&["schedule", "list", "--all"], "one_offs");
    assert!(one_offs.len() == 2 && one_offs.iter().all(|row| row["state"] == "done"), "{one_offs:?}");
    assert_eq!((many(&sandbox, "drill"), left(&sandbox).len()), (2, 1));
    let again = look(&sandbox, "2027-03-04T12:01:00Z");
    assert!(again.stderr.contains("Nothing is due"), "{again:?}");
    assert_eq!(many(&sandbox, "drill"), 2);
}

#[test]
fn killed_at_each_point_it_is_done_once_more() {
    for point in ["claim.before", "claim.after", "run.before", "run.after", "run.ended"] {
        let sandbox = scene();
        let run = sandbox.prepare(&LOOK).env("SNAPBACK_TEST_NOW", "2027-03-03T02:00:00Z");
        let ran = run.fault(&format!("schedule.{point}=kill")).go();
        assert_ne!(ran.status, 0, "{point}: {ran:?}");
        for minute in [10, 11, 12] {
            let ran = look(&sandbox, &format!("2027-03-03T02:{minute}:00Z"));
            assert_eq!(ran.status, 0, "{point}: {ran:?}");
        }
        for (name, _) in JOBS {
            let row = &sandbox.rows(&["schedule", "show", name], "schedules")[0];
            assert_eq!(row["result"], "done", "{point}: {row}");
        }
        assert_eq!(left(&sandbox).len(), 1, "{point}");
        assert!((1..3).contains(&many(&sandbox, "drill")), "{point}");
    }
}

/// Two prunes at once of different instances: neither is called done before it was done, and neither fails.
#[test]
fn a_prune_is_not_called_done_since_another_one_of_something_else_is_at_work() {
    let now = "2027-03-01T02:00:00Z";
    for words in [&["prune", "web"][..], &["-d", "prod", "prune", "web"]] {
        let sandbox = Sandbox::with(&["db/0", "web/0"]);
        for instance in ["db/0", "web/0", "db/0", "web/0"] {
            sandbox.take(instance);
        }
        say(&sandbox, "retention: {keep_last: 1}");
        jobs(&sandbox, &["{name: clean, cron: '0 2 * * *', do: prune, select: db}"]);
        let line = [&["schedule", "at", "2027-03-01 02:00", "--"], words].concat();
        assert_eq!(at(&sandbox, "2027-03-01T01:00:00Z", &line).status, 0);
        let run = sandbox.prepare(&["schedule", "run", "--once"]).env("SNAPBACK_TEST_NOW", now);
        let ran = run.fault("prune.delete_snapshot.intended=sleep:1000").go();
        assert_eq!(ran.status, 0, "{words:?}: {ran:?}");
        let row = &sandbox.rows(&["schedule", "show", "clean"], "schedules")[0];
        assert!(!row["summary"].as_str().unwrap().contains("of another run"), "{words:?}: {row}");
        assert_eq!(left(&sandbox).len(), 2, "{words:?}: {ran:?}");
    }
}

/// Breaks off in the middle of one schedule's run, as a bug would.
struct Bug(Mutex<u32>);

impl Runner for Bug {
    fn run(&self, command: &[String], _: Option<Duration>, _: Arc<dyn Fn(u32) + Send + Sync>) -> Answer {
        let first = {
            let mut calls = self.0.lock().unwrap();
            *calls += u32::from(command.contains(&"nightly".to_owned()));
            *calls == 1
        };
        assert!(!first || !command.contains(&"nightly".to_owned()), "a bug");
        Answer { status: Some(0), summary: "done".to_owned() }
    }
}

#[derive(Default)]
struct Heard {
    schedules: Vec<Scheduled>,
    trouble: Vec<String>,
    interrupt: Interrupt,
    ended: usize,
}

impl Listener for Heard {
    fn schedules(&mut self) -> Vec<Scheduled> {
        self.schedules.clone()
    }
    fn begun(&mut self, _: &snapback::domain::schedule::Run) {}
    fn ended(&mut self, run: &snapback::domain::schedule::Run) {
        self.ended += usize::from(run.schedule == "nightly");
        if self.ended == 1 {
            self.interrupt.came(15);
        }
    }
    fn trouble(&mut self, error: &Error) {
        self.trouble.push(error.to_string());
    }
}

#[test]
fn a_run_that_breaks_off_within_snapback_keeps_the_scheduler_from_nothing() {
    let home = tempfile::tempdir().unwrap();
    let path = home.path().join("state.db");
    let (told, heard) = channel();
    let bound = path.clone();
    std::thread::spawn(move || {
        let open = |now: &str| {
            let request = OpenRequest {
                path: &bound,
                access: Access::ChangeOrCreate,
                director_name: "test",
                mode: 0o600,
                allow_network_fs: false,
                clock: Clock::Fixed(time(now)),
                ids: Ids::Random,
                faults: Faults::none(),
            };
            State::open(&request).unwrap().0
        };
        let runner = Bug(Mutex::new(0));
        let schedules: Vec<Scheduled> = scheduled().into_iter().take(2).collect();
        for now in ["2027-12-01T00:00:00Z", "2027-12-03T12:00:00Z"] {
            let state = open(now);
            let mut heard = Heard { schedules: schedules.clone(), ..Heard::default() };
            let scheduler = Scheduler {
                state: &state,
                runner: &runner,
                clock: Clock::Fixed(time(now)),
                faults: Faults::none(),
                interrupt: heard.interrupt.clone(),
                catch_up: true,
                at_the_end: None,
                children: AtWork::default(),
            };
            let ran = scheduler.once(&schedules, &mut heard);
            let runs = |name: &str| {
                state.reader().runs(Some(name), 9).unwrap().into_iter().map(|run| run.state).collect::<Vec<_>>()
            };
            told.send((ran.map_err(|error| error.to_string()).map(|runs| runs.len()), runs("nightly"), runs("often")))
                .unwrap();
            if now.starts_with("2027-12-03") {
                // It is made up for, and the end is asked for then.
                scheduler.forever(&mut heard).unwrap();
                told.send((Ok(heard.trouble.len()), runs("nightly"), runs("often"))).unwrap();
            }
        }
    });
    let next = || heard.recv_timeout(Duration::from_secs(60)).expect("it waits for ever for a run that is no more");
    assert_eq!(next(), (Ok(0), vec![], vec![]));
    let (ran, nightly, often) = next();
    let why = ran.unwrap_err();
    assert!(why.contains("broke off") && why.contains("nightly"), "{why}");
    assert_eq!((nightly, often), (vec![RunState::Running], vec![RunState::Done]));
    assert_eq!(next(), (Ok(0), vec![RunState::Done], vec![RunState::Done]));
}

/// The journal has no operation of a look, and the scheduler's one command tells what it finds.
#[test]
fn a_look_that_finds_something_names_itself() {
    let sandbox = Sandbox::with(&["db/0"]);
    let own = [
        "{name: looked, cron: '0 2 * * *', do: check}",
        "{name: narrow, cron: '1 2 * * *', do: check, deployment: prod}",
        "{name: taken, cron: '2 2 * * *', do: take, select: [db]}",
    ];
    jobs(&sandbox, &own);
    std::fs::remove_dir_all(sandbox.path("cloud/vms/vm-db-0")).unwrap();
    at(&sandbox, "2027-03-01T01:00:00Z", &["schedule", "run", "--once"]);
    let ran = at(&sandbox, "2027-03-01T02:05:00Z", &["schedule", "run", "--once"]);
    let mut hints: Vec<&str> = ran.stderr.lines().filter_map(|line| line.strip_prefix("Hint: run: ")).collect();
    // They ran side by side.
    hints.sort_unstable();
    assert_eq!(hints, ["snapback check", "snapback check --deployment prod", "snapback operations"], "{ran:?}");
    assert_eq!(sandbox.run(&["check", "--deployment", "prod"]).status, 11);
}
