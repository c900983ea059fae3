//! Ten thousand operations in random order, with deaths and errors at random points, all in one process: a
//! death abandons everything and opens the files anew. One of the instances has two disks; another hand attaches and
//! detaches disks behind snapback's back, also while an operation is open; and in some turns the cloud shows a change of
//! a VM's disks one question late. `SNAPBACK_WALK_SEED` repeats a walk, but for how late an answer is on a busy machine.
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod walk;

use std::io::Write;
use std::time::Instant;

use snapback::domain::step::StepState;
use snapback::fault::Faults;
use snapback::state::LockState;

use walk::dice::Dice;
use walk::tally::Tally;
use walk::turn::Walk;
use walk::world::{Act, World};

const OPERATIONS: u64 = 10_000;
/// The seed where `CI` is set: there a walk that fails tells of the change that is tried, and elsewhere of something new.
const IN_CI: u64 = 520_989_592;
/// Disks are kept for good, and looking for one by its token reads each: a world is left before it is crowded.
const IN_ONE_WORLD: u64 = 150;

#[test]
fn nothing_is_lost_doubled_or_half_made_on_a_random_walk() {
    walk::world::hush_injected_panics();
    let seed = match std::env::var("SNAPBACK_WALK_SEED") {
        Ok(seed) => seed.parse().unwrap(),
        Err(_) if std::env::var_os("CI").is_some() => IN_CI,
        Err(_) => u64::try_from(std::time::UNIX_EPOCH.elapsed().unwrap().as_nanos() % 1_000_000_007).unwrap(),
    };
    // Past the harness, which keeps back what a test prints that passes.
    let mut stderr = std::io::stderr();
    writeln!(stderr, "SNAPBACK_WALK_SEED={seed}").unwrap();
    let begun = Instant::now();
    let workers = 2;
    let tallies: Vec<Tally> = std::thread::scope(|scope| {
        let walks: Vec<_> = (0..workers)
            .map(|worker| scope.spawn(move || walk_on(Dice::new(seed + worker), OPERATIONS / workers)))
            .collect();
        walks.into_iter().map(|walk| walk.join().unwrap_or_else(|_| panic!("SNAPBACK_WALK_SEED={seed}"))).collect()
    });
    let all = tallies.into_iter().fold(Tally::default(), Tally::plus);
    writeln!(stderr, "{all:?} in {:?}", begun.elapsed()).unwrap();
    assert!(all.operations >= OPERATIONS);
    assert!(all.deaths >= OPERATIONS / 20 && all.checks >= OPERATIONS / 10, "{all:?}");
    assert!(all.restores_of_two >= OPERATIONS / 50 && all.hands >= OPERATIONS / 50, "{all:?}");
    assert!(all.prunes >= OPERATIONS / 50 && all.pruned > OPERATIONS / 100 && all.holds > 0, "{all:?}");
    assert!(all.imports_of_another_hands > 0 && all.in_the_way > 0 && all.late_answers > 0, "{all:?}");
}

fn walk_on(mut dice: Dice, operations: u64) -> Tally {
    let mut tally = Tally::default();
    while tally.operations < operations {
        let mut walk = Walk::begin();
        let end = tally.operations + IN_ONE_WORLD;
        while tally.operations < end {
            walk.turn(&mut dice, &mut tally);
        }
        tally.late_answers += walk.late_answers();
    }
    tally
}

#[test]
fn what_unwinds_writes_nothing() {
    walk::world::hush_injected_panics();
    let world = World::new();
    let faults = Faults::parse("take.snapshot_disk.effected=panic");
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.act(&Act::Take { instances: vec![1], parallel: 1 }, &faults)
    }));
    assert!(died.is_err() && faults.dead());
    let reader = world.reader();
    let operations = reader.pending_operations().unwrap();
    let steps = reader.steps(&operations[0].id).unwrap();
    assert_eq!((operations.len(), steps.len()), (1, 1));
    assert_eq!(steps[0].state, StepState::Intended, "a drop has written");
    assert_eq!(reader.lock_state(&operations[0].id), LockState::Free);
}
