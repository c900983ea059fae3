//! The order of intent and outcome, fences, take-overs.

use snapback::domain::ids::OperationId;
use snapback::domain::operation::{ClaimMode, OperationState};
use snapback::domain::step::{Fact, Outcome, StepState};
use snapback::state::StateError;

use super::{Handle, Stores, at, done, ended, is_not_new, is_taken_over, snapshot, step};

fn states(handle: &Handle, pass: &snapback::state::Pass) -> Vec<(u32, StepState)> {
    handle.steps(pass).iter().map(|row| (row.token.step, row.state)).collect()
}

pub fn an_outcome_needs_its_intent(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    let facts = vec![Fact::SnapshotExists(snapshot("snap-1", &pass.operation))];
    is_taken_over(&handle.store.settle(&pass, 1, done(facts), None, at(1)));
    assert_eq!((handle.steps(&pass).len(), handle.cids().len()), (0, 0));
}

pub fn a_step_is_settled_once_but_for_an_unknown_one(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    let settle = |outcome| handle.store.settle(&pass, 1, outcome, None, at(2));
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    settle(Outcome::Unknown { reason: "no answer".to_owned() }).unwrap();
    assert_eq!(states(&handle, &pass), [(1, StepState::Unknown)]);
    settle(Outcome::Unknown { reason: "still none".to_owned() }).unwrap();
    settle(Outcome::Failed { reason: "it is not there".to_owned() }).unwrap();
    is_taken_over(&settle(done(Vec::new())));
    is_taken_over(&settle(Outcome::Unknown { reason: "dropped".to_owned() }));
    let row = handle.steps(&pass).remove(0);
    assert_eq!((row.state, row.result.as_deref()), (StepState::Failed, Some("it is not there")));
    assert_eq!((row.started_at, row.ended_at), (at(1), Some(at(2))));
}

pub fn another_handle_sees_an_intent_before_its_effect(stores: &impl Stores) {
    let (one, other) = (stores.handle(), stores.handle());
    let pass = one.begun("one");
    one.store.intend(&pass, 1, &step(), at(1)).unwrap();
    assert!(other.is_pending(&pass));
    assert_eq!(other.steps(&pass)[0].step, step());
    assert_eq!(states(&other, &pass), [(1, StepState::Intended)]);
    one.store.settle(&pass, 1, done(Vec::new()), None, at(2)).unwrap();
    assert_eq!(states(&other, &pass), [(1, StepState::Done)]);
}

pub fn an_intent_that_was_dropped_waits_for_whoever_takes_over(stores: &impl Stores) {
    let pass = {
        let dying = stores.handle();
        let pass = dying.begun("one");
        dying.store.intend(&pass, 1, &step(), at(1)).unwrap();
        pass
    };
    let handle = stores.handle();
    assert!(handle.is_pending(&pass));
    let (taken, next) = handle.store.take_over(&pass.operation).unwrap();
    assert_eq!((next, states(&handle, &pass)), (2, vec![(1, StepState::Intended)]));
    handle.store.settle(&taken, 1, Outcome::Failed { reason: "not there".to_owned() }, None, at(2)).unwrap();
    handle.store.intend(&taken, next, &step(), at(3)).unwrap();
    handle.store.settle(&taken, next, done(Vec::new()), None, at(4)).unwrap();
    handle.store.finish(&taken, ended(), at(5)).unwrap();
    assert!(!handle.is_pending(&pass));
}

pub fn who_was_taken_over_writes_nothing(stores: &impl Stores) {
    let (sleeper, other) = (stores.handle(), stores.handle());
    let old = sleeper.begun("one");
    sleeper.store.intend(&old, 1, &step(), at(1)).unwrap();
    let (new, next) = other.store.take_over(&old.operation).unwrap();
    assert!(new.fence > old.fence);
    let facts = vec![Fact::SnapshotExists(snapshot("snap-1", &old.operation))];
    is_taken_over(&sleeper.store.settle(&old, 1, done(facts), None, at(2)));
    is_taken_over(&sleeper.store.intend(&old, next, &step(), at(2)));
    is_taken_over(&sleeper.store.finish(&old, ended(), at(2)));
    sleeper.store.note(&old, 1, "I live").unwrap();
    assert!(other.is_pending(&new) && other.cids().is_empty());
    let rows = other.steps(&new);
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].state, rows[0].notes.as_deref()), (StepState::Intended, None));
    // Whoever takes it over once more fences that one off, too.
    let (newest, _) = sleeper.store.take_over(&old.operation).unwrap();
    is_taken_over(&other.store.finish(&new, ended(), at(3)));
    sleeper.store.finish(&newest, ended(), at(3)).unwrap();
}

pub fn nothing_is_written_to_what_has_ended(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    handle.store.finish(&pass, ended(), at(1)).unwrap();
    is_taken_over(&handle.store.intend(&pass, 1, &step(), at(2)));
    is_taken_over(&handle.store.take_over(&pass.operation));
    let again = snapback::state::End { state: OperationState::Failed, ..ended() };
    is_taken_over(&handle.store.finish(&pass, again, at(2)));
    is_taken_over(&handle.store.take_over(&OperationId::new("nobody")));
    let row = handle.lists.operations(None).unwrap().remove(0);
    assert_eq!((row.state, row.summary.as_deref()), (OperationState::Done, Some("1 done")));
    assert_eq!((row.started_at, row.ended_at), (at(0), Some(at(1))));
}

pub fn notes_come_in_their_order(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    for line in ["attempt 1 failed", "attempt 2 failed"] {
        handle.store.note(&pass, 1, line).unwrap();
    }
    assert_eq!(handle.steps(&pass)[0].notes.as_deref(), Some("attempt 1 failed\nattempt 2 failed"));
}

pub fn an_end_can_come_with_the_last_outcome(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begin("one", vec![super::claim(0, ClaimMode::Exclusive)]).unwrap();
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    let facts = vec![Fact::SnapshotExists(snapshot("snap-1", &pass.operation))];
    handle.store.settle(&pass, 1, done(facts), Some(ended()), at(2)).unwrap();
    let row = stores.handle().lists.operations(None).unwrap().remove(0);
    assert_eq!((row.state, row.summary.as_deref(), row.ended_at), (OperationState::Done, Some("1 done"), Some(at(2))));
    assert_eq!(states(&handle, &pass), [(1, StepState::Done)]);
    assert_eq!(handle.cids(), ["snap-1"]);
    handle.begin("two", vec![super::claim(0, ClaimMode::Exclusive)]).unwrap();
}

pub fn an_end_does_not_come_with_an_outcome_that_is_not_believed(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    let settle = |number, pass: &snapback::state::Pass| {
        let facts = vec![Fact::SnapshotExists(snapshot("snap-1", &pass.operation))];
        handle.store.settle(pass, number, done(facts), Some(ended()), at(2))
    };
    // Nor with one that was never intended, nor with that of a former life.
    is_taken_over(&settle(1, &pass));
    assert!(handle.is_pending(&pass) && handle.cids().is_empty());
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    let (new, next) = handle.store.take_over(&pass.operation).unwrap();
    is_taken_over(&settle(1, &pass));
    assert!(handle.is_pending(&pass) && handle.cids().is_empty());
    let known = vec![Fact::SnapshotExists(snapshot("snap-1", &pass.operation))];
    handle.store.settle(&new, 1, done(known), None, at(2)).unwrap();
    handle.store.intend(&new, next, &step(), at(3)).unwrap();
    is_not_new(&settle(next, &new));
    assert!(handle.is_pending(&new));
    assert_eq!(states(&handle, &new), [(1, StepState::Done), (2, StepState::Unknown)]);
}

pub fn a_first_intent_can_come_with_the_begin(stores: &impl Stores) {
    let (handle, other) = (stores.handle(), stores.handle());
    let begin = |id: &str, seen| {
        let new = super::new_operation(vec![super::claim(0, ClaimMode::Shared)]);
        let new = snapback::state::NewOperation { seen, first: Some(step()), ..new };
        handle.store.begin(&OperationId::new(id), &new, at(0))
    };
    let seen = Some(handle.lists.seen().unwrap());
    let pass = begin("one", seen).unwrap();
    assert_eq!(states(&other, &pass), [(1, StepState::Intended)]);
    // It has begun itself since then; so may somebody else, who has ended.
    let is_overtaken = |result: Result<snapback::state::Pass, StateError>| {
        assert!(matches!(result, Err(StateError::Overtaken)), "{result:?}");
        assert_eq!(other.lists.operations_by_prefix("two").unwrap().len(), 0);
    };
    is_overtaken(begin("two", seen));
    let seen = Some(handle.lists.seen().unwrap());
    other.store.take_over(&pass.operation).unwrap();
    is_overtaken(begin("two", seen));
    let seen = Some(handle.lists.seen().unwrap());
    let quick = other.begin("quick", vec![super::claim(0, ClaimMode::Exclusive)]);
    super::is_claimed_by(&quick, "one");
    // A begin that was refused is none.
    begin("two", seen).unwrap();
    begin("three", None).unwrap();
}
