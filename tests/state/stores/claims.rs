//! What operations keep each other from.

use std::collections::BTreeSet;
use std::sync::Barrier;

use snapback::domain::ids::{OperationId, SnapshotCid};
use snapback::domain::operation::{Claim, ClaimMode, Resource};
use snapback::domain::step::Fact;
use snapback::state::{HeldClaim, StateError};

use super::{Stores, at, claim, cpi, done, ended, is_claimed_by, snapshot, step};
use ClaimMode::{Exclusive, Shared};

pub fn shared_claims_go_together_and_exclusive_ones_do_not(stores: &impl Stores) {
    let (one, other) = (stores.handle(), stores.handle());
    one.begin("one", vec![claim(0, Shared), claim(1, Exclusive)]).unwrap();
    other.begin("two", vec![claim(0, Shared)]).unwrap();
    is_claimed_by(&other.begin("three", vec![claim(0, Exclusive)]), "one");
    is_claimed_by(&other.begin("three", vec![claim(1, Shared)]), "one");
    is_claimed_by(&other.begin("three", vec![claim(2, Shared), claim(1, Exclusive)]), "one");
    other.begin("three", vec![claim(2, Exclusive)]).unwrap();
    let conflict = |claim| one.lists.conflict(&[claim]).unwrap().map(|found| found.operation);
    assert_eq!(conflict(claim(2, Shared)), Some(OperationId::new("three")));
    assert_eq!(conflict(claim(0, Shared)), None);
    let held = |claim: Claim, operation: &str, alone| HeldClaim {
        key: claim.resource.key(),
        operation: OperationId::new(operation),
        alone,
    };
    let mut all = other.lists.claims().unwrap();
    all.sort_by(|one, other| (&one.key, one.operation.as_str()).cmp(&(&other.key, other.operation.as_str())));
    let expected = [
        held(claim(0, Shared), "one", false),
        held(claim(0, Shared), "two", false),
        held(claim(1, Exclusive), "one", true),
        held(claim(2, Exclusive), "three", true),
    ];
    assert_eq!(all, expected);
}

pub fn a_claim_ends_with_its_operation_and_not_with_its_process(stores: &impl Stores) {
    let pass = stores.handle().begin("one", vec![claim(0, Exclusive)]).unwrap();
    let handle = stores.handle();
    is_claimed_by(&handle.begin("two", vec![claim(0, Shared)]), "one");
    let (taken, _) = handle.store.take_over(&pass.operation).unwrap();
    is_claimed_by(&handle.begin("two", vec![claim(0, Shared)]), "one");
    handle.store.finish(&taken, ended(), at(1)).unwrap();
    handle.begin("two", vec![claim(0, Exclusive)]).unwrap();
}

pub fn a_begin_that_is_refused_leaves_nothing(stores: &impl Stores) {
    let handle = stores.handle();
    handle.begin("one", vec![claim(0, Exclusive)]).unwrap();
    is_claimed_by(&handle.begin("two", vec![claim(1, Exclusive), claim(0, Shared)]), "one");
    assert_eq!(handle.lists.operations(None).unwrap().len(), 1);
    assert_eq!(handle.lists.conflict(&[claim(1, Exclusive)]).unwrap(), None);
}

pub fn what_a_pending_operation_has_taken_is_its_own(stores: &impl Stores) {
    let handle = stores.handle();
    let pass = handle.begun("one");
    handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
    let facts = vec![Fact::SnapshotExists(snapshot("snap-1", &pass.operation))];
    handle.store.settle(&pass, 1, done(facts), None, at(2)).unwrap();
    let of = |mode| vec![Claim { resource: Resource::Snapshot(cpi(), SnapshotCid::new("snap-1")), mode }];
    is_claimed_by(&handle.begin("two", of(Exclusive)), "one");
    handle.begin("two", of(Shared)).unwrap();
    handle.store.finish(&pass, ended(), at(3)).unwrap();
    is_claimed_by(&handle.begin("three", of(Exclusive)), "two");
}

pub fn of_those_that_share_one_is_the_last(stores: &impl Stores) {
    let handle = stores.handle();
    let shared = || vec![Claim { resource: Resource::Resurrector, mode: Shared }];
    let (one, two) = (handle.begin("one", shared()).unwrap(), handle.begin("two", shared()).unwrap());
    let leave = |pass: &snapback::state::Pass| handle.store.leave_to_others(&pass.operation, &Resource::Resurrector);
    assert_eq!(leave(&one).unwrap(), Some(two.operation.clone()));
    assert_eq!(leave(&two).unwrap(), None);
    // Who comes now has to wait until it is put back.
    is_claimed_by(&handle.begin("three", shared()), "two");
    for _ in 0..2 {
        handle.store.let_go_of(&two.operation, &Resource::Resurrector).unwrap();
    }
    handle.begin("three", shared()).unwrap();
}

pub fn of_many_that_begin_at_once_one_gets_what_all_want(stores: &impl Stores) {
    let handles = [stores.handle(), stores.handle()];
    let gate = Barrier::new(8);
    let begin = |number: usize| {
        gate.wait();
        handles[number % 2].begin(&format!("operation-{number}"), vec![claim(0, Exclusive)])
    };
    let begin = &begin;
    let results: Vec<_> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..8).map(|number| scope.spawn(move || begin(number))).collect();
        started.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let refused = results.iter().filter(|result| matches!(result, Err(StateError::Claimed { .. }))).count();
    assert_eq!((refused, results.len() - refused), (7, 1), "{results:?}");
    assert_eq!(handles[0].lists.pending_operations().unwrap().len(), 1);
}

pub fn fences_are_never_given_twice(stores: &impl Stores) {
    let handles = [stores.handle(), stores.handle()];
    let handles = &handles;
    let fences: Vec<i64> = std::thread::scope(|scope| {
        let run = |number: usize| {
            let handle = &handles[number % 2];
            let pass = handle.begun(&format!("operation-{number}"));
            handle.store.intend(&pass, 1, &step(), at(1)).unwrap();
            [pass.fence, handles[1 - number % 2].store.take_over(&pass.operation).unwrap().0.fence]
        };
        let started: Vec<_> = (0..8).map(|number| scope.spawn(move || run(number))).collect();
        started.into_iter().flat_map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(fences.iter().collect::<BTreeSet<_>>().len(), 16, "{fences:?}");
    let pending = handles[0].lists.pending_operations().unwrap();
    let steps = pending.iter().map(|operation| handles[1].lists.steps(&operation.id).unwrap().len());
    assert_eq!(steps.collect::<Vec<_>>(), [1; 8]);
}
