//! What is due, decided in the store.

use std::sync::Barrier;

use chrono::TimeDelta;
use snapback::domain::cron::Cron;
use snapback::domain::schedule::{Decision, OneOff, OneOffState, Question, Run, RunState, Runs, decide};

use super::{Handle, Stores, at};

fn look(handle: &Handle, second: i64) -> Decision {
    let asked = move |known, open, runs: &Runs| {
        let cron = Cron::parse("* * * * *").unwrap();
        decide(Question { name: "x", cron: &cron, catch_up: true, now: at(second) }, known, open, runs)
    };
    handle.store.decide("x", Box::new(asked)).unwrap()
}

pub fn of_many_that_look_at_once_one_gets_the_run(stores: &impl Stores) {
    let handles: Vec<Handle> = (0..4).map(|_| stores.handle()).collect();
    assert_eq!(look(&handles[0], 0).run, None);
    let barrier = Barrier::new(handles.len());
    let runs: Vec<Option<Run>> = std::thread::scope(|scope| {
        let looks = handles.iter().map(|handle| {
            scope.spawn(|| {
                barrier.wait();
                let run = look(handle, 200).run;
                // Its end comes before the next one looks, as the lock of the schedule sees to.
                run.inspect(|run| handle.store.end_run(Run { state: RunState::Done, ..run.clone() }).unwrap())
            })
        });
        looks.collect::<Vec<_>>().into_iter().map(|look| look.join().unwrap()).collect()
    });
    let firsts = runs.iter().flatten().filter(|run| run.tries == 1).count();
    assert_eq!(firsts, 1, "{runs:?}");
    assert_eq!(stores.handle().lists.runs(Some("x"), 9).unwrap().len(), 1);
}

pub fn a_run_without_an_end_comes_again_and_its_end_is_kept(stores: &impl Stores) {
    let handle = stores.handle();
    look(&handle, 0);
    let first = look(&handle, 150).run.unwrap();
    let again = look(&stores.handle(), 151).run.unwrap();
    assert_eq!((again.due_at, again.started_at, again.tries), (first.due_at, first.started_at, 2));
    assert!(handle.lists.at_work().unwrap().contains("x"));
    let given_up = look(&handle, 152);
    assert_eq!((given_up.run, given_up.settled[0].state), (None, RunState::Interrupted));
    assert!(handle.lists.at_work().unwrap().is_empty());
    assert_eq!(handle.lists.runs(None, 9).unwrap(), given_up.settled);
    assert_eq!(handle.lists.schedules().unwrap()["x"].through, first.due_at);
}

pub fn a_command_has_one_state_at_a_time(stores: &impl Stores) {
    let handle = stores.handle();
    let one_off = OneOff {
        id: "one".to_owned(),
        due_at: at(60),
        arguments: vec!["take".to_owned(), "a \"b\"\n".to_owned()],
        created_at: at(0),
        state: OneOffState::Waiting,
        ended_at: None,
        summary: None,
    };
    handle.store.add_one_off(one_off.clone()).unwrap();
    assert!(handle.store.add_one_off(one_off.clone()).is_err());
    let next = |state| OneOff { state, ended_at: Some(at(61) + TimeDelta::milliseconds(7)), ..one_off.clone() };
    let running = OneOffState::Run(RunState::Running);
    assert!(handle.store.change_one_off(next(running), OneOffState::Waiting).unwrap());
    assert!(!stores.handle().store.change_one_off(next(OneOffState::Cancelled), OneOffState::Waiting).unwrap());
    assert_eq!(handle.lists.one_offs().unwrap(), [next(running)]);
}
