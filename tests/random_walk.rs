//! Ten thousand operations in random order, with deaths and errors at random points, all in one process: a
//! death abandons everything and opens the files anew. `SNAPBACK_WALK_SEED` repeats a walk.
#![cfg(debug_assertions)]
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod walk {
    pub mod dice;
    pub mod turn;
    pub mod world;
}

use std::io::Write;
use std::time::Instant;

use snapback::domain::step::StepState;
use snapback::fault::Faults;
use snapback::state::LockState;

use walk::dice::Dice;
use walk::turn::{Tally, Walk};
use walk::world::{Act, World};

const OPERATIONS: u64 = 10_000;
/// Disks are kept for good, and looking for one by its token reads each: a world is left before it is crowded.
const IN_ONE_WORLD: u64 = 250;

#[test]
fn nothing_is_lost_doubled_or_half_made_on_a_random_walk() {
    walk::world::hush_injected_panics();
    let seed = match std::env::var("SNAPBACK_WALK_SEED") {
        Ok(seed) => seed.parse().unwrap(),
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
}

fn walk_on(mut dice: Dice, operations: u64) -> Tally {
    let mut tally = Tally::default();
    while tally.operations < operations {
        let mut walk = Walk::begin();
        let end = tally.operations + IN_ONE_WORLD;
        while tally.operations < end {
            walk.turn(&mut dice, &mut tally);
        }
    }
    tally
}

#[test]
fn what_unwinds_writes_nothing() {
    walk::world::hush_injected_panics();
    let world = World::new();
    let faults = Faults::parse("take.snapshot_disk.effected=panic");
    let died = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        world.act(&Act::Take { instances: vec![0], parallel: 1 }, &faults)
    }));
    assert!(died.is_err() && faults.dead());
    let reader = world.reader();
    let operations = reader.pending_operations().unwrap();
    let steps = reader.steps(&operations[0].id).unwrap();
    assert_eq!((operations.len(), steps.len()), (1, 1));
    assert_eq!(steps[0].state, StepState::Intended, "a drop has written");
    assert_eq!(reader.lock_state(&operations[0].id), LockState::Free);
}
