//! An instance with two disks, killed at each point: both are old or both are new, and nothing in between.

use super::cases::{RESTORE_ONE_OF_TWO, RESTORE_TWO, UNDO_TWO};
use super::matrix::{Kills, kill_and_say_which_way, kill_everywhere, kill_recover};

#[test]
fn a_restore_and_an_undo_of_two_disks_are_all_or_nothing_wherever_they_are_killed() {
    let kills = Kills::none();
    for case in [RESTORE_TWO, RESTORE_ONE_OF_TWO, UNDO_TWO] {
        kill_everywhere(&kills, &case);
    }
    assert!(kills.tell("two disks") >= 150);
}

#[test]
fn the_operator_says_which_way_both_disks_go() {
    let kills = Kills::none();
    kill_and_say_which_way(&kills, &RESTORE_TWO);
    kill_and_say_which_way(&kills, &UNDO_TWO);
    assert!(kills.tell("two disks, both ways") >= 200);
}

/// One in 13 of all pairs of points, see [`kill_recover`].
#[test]
fn recover_of_two_disks_is_killed_as_well() {
    let kills = Kills::none();
    kill_recover(&kills, &RESTORE_TWO, 13);
    assert!(kills.tell("two disks, in recover") >= 100);
}
