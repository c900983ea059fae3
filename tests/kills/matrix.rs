//! SIGKILL at each point that a command passes, then `recover`; and SIGKILL at each point of that, too.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use super::cases::{
    Case, DELETE, DELETE_ALL, DELETE_DISK, DELETE_ONE, DELETE_SPARE_DISK, DRILL, HOLD, PROMOTE, PRUNE, RELEASE,
    RESTORE, RESTORE_EXPIRING, TAKE, TAKE_AT_ONCE, TAKE_CLEAN, TAKE_ONE, TAKE_TOGETHER, UNDO,
};
use super::scene::{DAMAGED, Scene};
use crate::support::Ran;
use crate::support::at_once::counted;

pub const KILLED: i32 = 128 + 9;

/// What is to end well. A child that had just been forked when its parent died holds the operation's lock until it runs its program:
/// that takes a moment on a busy machine.
const RECOVER: [&str; 3] = ["recover", "--wait-lock", "60"];

pub fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

/// How many processes have really died of SIGKILL, and since when.
pub struct Kills {
    count: AtomicUsize,
    begun: Instant,
}

impl Kills {
    pub fn none() -> Self {
        Kills { count: AtomicUsize::new(0), begun: Instant::now() }
    }

    /// Runs a command that dies at the n-th point it passes, and gives the point's name; `None` where it has
    /// fewer points, and came to its end.
    pub fn kill_at(&self, scene: &Scene, line: &[&str], nth: usize) -> Option<String> {
        self.kill_where(scene, line, &format!("*#{nth}"))
    }

    /// The same at the point that is named so.
    fn kill_where(&self, scene: &Scene, line: &[&str], place: &str) -> Option<String> {
        let ran = scene.sandbox.prepare(line).fault(&format!("{place}=kill")).go();
        if ran.status == 0 {
            return None;
        }
        assert_eq!(ran.status, KILLED, "{line:?} at {place}: {ran:?}");
        self.add();
        Some(point_of(&ran))
    }

    pub fn add(&self) {
        self.count.fetch_add(1, Ordering::SeqCst);
    }

    /// Says how many there were so far, past the harness, which keeps back what a test prints that passes.
    pub fn tell(&self, what: &str) -> usize {
        let count = self.count.load(Ordering::SeqCst);
        let mut stderr = std::io::stderr();
        writeln!(stderr, "{what}: {count} real kills, {:?}", self.begun.elapsed()).unwrap();
        count
    }
}

pub fn point_of(ran: &Ran) -> String {
    ran.stderr.lines().rev().find_map(|line| line.strip_prefix("fault: ")).unwrap_or_else(|| panic!("{ran:?}")).into()
}

/// When all is settled: what the disks of `db/0` hold, and how many disks there may be.
#[track_caller]
pub fn check_end(scene: &Scene, case: &Case, disks_before: usize, what: &str) {
    scene.check(what);
    let contents = scene.contents();
    assert!(case.ends.iter().any(|end| contents == *end), "{what}: {contents:?}");
    let disks = scene.sandbox.names("cloud/disks").len();
    assert!(disks <= disks_before + case.new_disks, "{what}: {disks} disks");
}

/// Before `recover`: listing works, and what the dead operation has claimed is kept from others. True where
/// an operation is open.
fn look_before_recover(scene: &Scene, kept_out: &[Vec<String>], what: &str) -> bool {
    for listing in ["snapshots", "disks", "instances", "operations"] {
        scene.must(&[listing]);
    }
    let open = scene.open_operations();
    let Some((id, state)) = open.first() else { return false };
    assert_eq!((open.len(), state.as_str()), (1, "pending"), "{what}");
    for kept_out in kept_out {
        let refused = scene.quick(&words(kept_out));
        if kept_out[0] == "promote" && refused.status == 5 {
            // Of the deletion: the snapshot is gone already.
            continue;
        }
        refused.refused(6, &[id, "was interrupted", "Hint: run: snapback", "director.yml recover\n"]);
    }
    true
}

pub fn kill_everywhere(kills: &Kills, case: &Case) {
    let seen = Mutex::new(BTreeSet::new());
    let kill = |place: &str| {
        let (scene, line, kept_out) = case.scene();
        let disks = scene.sandbox.names("cloud/disks").len();
        let Some(point) = kills.kill_where(&scene, &words(&line), place) else {
            scene.check(&format!("{} without a fault", case.verb));
            assert_eq!(scene.contents(), *case.ends.last().unwrap(), "{} without a fault", case.verb);
            return false;
        };
        let what = format!("killed at {point} ({place})");
        look_before_recover(&scene, &kept_out, &what);
        scene.sandbox.run(&RECOVER).quiet_success();
        check_end(&scene, case, disks, &what);
        scene.go_on(&what);
        seen.lock().unwrap().insert(point);
        true
    };
    counted(|nth| kill(&format!("*#{nth}")));
    // Threads side by side pass their points in another order each time, so that one may have been left out.
    for point in case.points() {
        if !seen.lock().unwrap().contains(&point) {
            assert!(kill(&point), "{point} is never reached");
        }
    }
}

/// `recover --resume` and `--rollback` decide what the instance has in the end.
pub fn kill_and_say_which_way(kills: &Kills, case: &Case) {
    let finished = format!("{}.finish.after", case.verb);
    let (old, new) = (case.ends[0], case.ends[1]);
    counted(|nth| {
        for (way, end) in [(["recover", "--resume"], new), (["recover", "--rollback"], old)] {
            let (scene, line, kept_out) = case.scene();
            let disks = scene.sandbox.names("cloud/disks").len();
            let Some(point) = kills.kill_at(&scene, &words(&line), nth) else { return false };
            let what = format!("killed at {point}, {}", way[1]);
            let open = look_before_recover(&scene, &kept_out, &what);
            let ended = if point == finished { new } else { old };
            scene.sandbox.run(&[&["-n"], &way[..]].concat()).quiet_success();
            check_end(&scene, case, disks, &what);
            assert_eq!(scene.contents(), if open { end } else { ended }, "{what}");
        }
        true
    });
}

/// From each point of a case on, `recover` dies at each `step`-th point of its own, and is run again. The first of these
/// is another one at each point of the case: so all pairs of points are met whose numbers' sum is divided by `step`.
pub fn kill_recover(kills: &Kills, case: &Case, step: usize) {
    counted(|nth| {
        for in_recover in (step - nth % step..).step_by(step) {
            let (scene, line, _) = case.scene();
            let disks = scene.sandbox.names("cloud/disks").len();
            let Some(first) = kills.kill_at(&scene, &words(&line), nth) else { return false };
            let Some(second) = kills.kill_at(&scene, &["recover"], in_recover) else { break };
            scene.quick(&RECOVER).quiet_success();
            check_end(&scene, case, disks, &format!("killed at {first}, and in recover at {second}"));
        }
        true
    });
}

/// From each point of a restore on, `recover` dies at its first point, then at its second, and so on, until
/// it has fewer points left than that.
fn kill_recover_over_and_over(kills: &Kills) {
    counted(|nth| {
        let (scene, line, _) = RESTORE.scene();
        let Some(point) = kills.kill_at(&scene, &words(&line), nth) else { return false };
        let mut deaths = vec![point];
        while let Some(point) = kills.kill_at(&scene, &["recover"], deaths.len()) {
            deaths.push(point);
            assert!(deaths.len() < 200, "{deaths:?}");
        }
        let what = format!("died at {}", deaths.join(", "));
        scene.check(&what);
        scene.go_on(&what);
        true
    });
}

#[test]
fn killed_anywhere_nothing_is_lost_doubled_or_half_made() {
    let kills = Kills::none();
    for case in [TAKE, TAKE_AT_ONCE, DELETE, DELETE_ALL, PROMOTE, DRILL, RESTORE, UNDO] {
        kill_everywhere(&kills, &case);
        kills.tell(case.verb);
    }
    kill_and_say_which_way(&kills, &RESTORE);
    kills.tell("both ways");
    kill_recover_over_and_over(&kills);
    kills.tell("over and over");
    kill_recover(&kills, &RESTORE, 2);
    assert!(kills.tell("recover") >= 1000);
}

#[test]
fn one_step_that_is_killed_leaves_nothing_half_made() {
    let kills = Kills::none();
    for case in [TAKE_ONE, DELETE_ONE, PROMOTE] {
        kill_everywhere(&kills, &case);
        kill_recover(&kills, &case, 3);
        kills.tell(case.verb);
    }
    assert!(kills.tell("one step") >= 50);
}

#[test]
fn what_stands_still_for_a_take_that_is_killed_goes_on() {
    let kills = Kills::none();
    for case in [TAKE_CLEAN, TAKE_TOGETHER] {
        kill_everywhere(&kills, &case);
        kill_recover(&kills, &case, 7);
        kills.tell("take --clean");
    }
    assert!(kills.tell("take --clean") >= 100);
}

#[test]
fn a_deletion_of_a_disk_that_is_killed_leaves_it_known_or_gone() {
    let kills = Kills::none();
    for case in [DELETE_DISK, DELETE_SPARE_DISK] {
        kill_everywhere(&kills, &case);
        kill_recover(&kills, &case, 3);
    }
    assert!(kills.tell("delete-disk") >= 50);
}

#[test]
fn a_prune_or_a_hold_that_is_killed_leaves_what_stays() {
    let kills = Kills::none();
    for case in [PRUNE, HOLD, RELEASE] {
        kill_everywhere(&kills, &case);
        kills.tell(case.verb);
    }
    kill_recover(&kills, &PRUNE, 5);
    kill_everywhere(&kills, &RESTORE_EXPIRING);
    assert!(kills.tell("prune, hold and release") >= 50);
}

#[test]
fn a_rollback_that_is_interrupted_stays_a_rollback() {
    let (scene, line, _) = RESTORE.scene();
    let killed = |line: &[&str], point: &str| {
        let ran = scene.sandbox.prepare(line).fault(&format!("{point}=kill")).go();
        assert_eq!((ran.status, point_of(&ran).as_str()), (KILLED, point));
    };
    killed(&words(&line), "restore.start_hook.intended");
    killed(&["-n", "recover", "--rollback"], "restore.detach_disk.settled");
    assert!(scene.sandbox.attached("vm-db-0").is_empty());
    scene.sandbox.run(&RECOVER).quiet_success();
    assert_eq!(scene.content(), DAMAGED);
    scene.check("the rollback");
}
