//! SIGKILL at each point that a command passes, then `recover`; and SIGKILL at each point of that, too.

use std::collections::BTreeSet;
use std::io::Write;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use super::cases::{Case, DELETE, DELETE_ALL, DRILL, PROMOTE, RESTORE, TAKE, TAKE_AT_ONCE, UNDO};
use super::scene::{DAMAGED, Scene};
use crate::support::Ran;

/// How many processes have really died of SIGKILL.
static KILLS: AtomicUsize = AtomicUsize::new(0);

const KILLED: i32 = 128 + 9;

fn words(line: &[String]) -> Vec<&str> {
    line.iter().map(String::as_str).collect()
}

/// Runs a command that dies at the n-th point it passes, and gives the point's name; `None` where it has
/// fewer points, and came to its end.
fn kill_at(scene: &Scene, line: &[&str], nth: usize) -> Option<String> {
    let ran = scene.sandbox.prepare(line).fault(&format!("*#{nth}=kill")).go();
    if ran.status == 0 {
        return None;
    }
    assert_eq!(ran.status, KILLED, "{line:?} at {nth}: {ran:?}");
    KILLS.fetch_add(1, Ordering::SeqCst);
    Some(point_of(&ran))
}

pub fn point_of(ran: &Ran) -> String {
    ran.stderr.lines().rev().find_map(|line| line.strip_prefix("fault: ")).unwrap_or_else(|| panic!("{ran:?}")).into()
}

/// Calls `one` with 1, 2, 3 ... until it says that there are no more points.
pub fn each_point(one: impl Fn(usize) -> bool + Sync) {
    let (next, ended) = (AtomicUsize::new(1), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from).min(8) {
            scope.spawn(|| {
                while !ended.load(Ordering::SeqCst) {
                    if !one(next.fetch_add(1, Ordering::SeqCst)) {
                        ended.store(true, Ordering::SeqCst);
                    }
                }
            });
        }
    });
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

fn kill_everywhere(case: &Case) {
    let seen = Mutex::new(BTreeSet::new());
    each_point(|nth| {
        let (scene, line, kept_out) = case.scene();
        let Some(point) = kill_at(&scene, &words(&line), nth) else {
            scene.check(&format!("{} without a fault", case.verb));
            return false;
        };
        let what = format!("killed at {point} (#{nth})");
        look_before_recover(&scene, &kept_out, &what);
        scene.sandbox.run(&["recover"]).quiet_success();
        scene.check(&what);
        scene.go_on(&what);
        seen.lock().unwrap().insert(point);
        true
    });
    let seen = seen.into_inner().unwrap();
    for point in case.points() {
        assert!(seen.contains(&point), "{point} is never reached, but {seen:?}");
    }
}

/// `recover --resume` and `--rollback` decide what the instance has in the end.
fn kill_a_restore_and_say_which_way() {
    each_point(|nth| {
        for (way, end) in [(["recover", "--resume"], "db/0"), (["recover", "--rollback"], DAMAGED)] {
            let (scene, line, kept_out) = RESTORE.scene();
            let Some(point) = kill_at(&scene, &words(&line), nth) else { return false };
            let what = format!("killed at {point}, {}", way[1]);
            let open = look_before_recover(&scene, &kept_out, &what);
            let ended = if point == "restore.finish.after" { "db/0" } else { DAMAGED };
            scene.sandbox.run(&[&["-n"], &way[..]].concat()).quiet_success();
            scene.check(&what);
            assert_eq!(scene.content(), if open { end } else { ended }, "{what}");
        }
        true
    });
}

/// From each point of a restore on, `recover` dies at each point of its own, and is run again.
fn kill_recover_everywhere() {
    each_point(|nth| {
        for in_recover in 1.. {
            let (scene, line, _) = RESTORE.scene();
            let Some(first) = kill_at(&scene, &words(&line), nth) else { return false };
            let Some(second) = kill_at(&scene, &["recover"], in_recover) else { break };
            scene.sandbox.run(&["recover"]).quiet_success();
            scene.check(&format!("killed at {first}, and in recover at {second}"));
        }
        true
    });
}

/// From each point of a restore on, `recover` dies at its first point, then at its second, and so on, until
/// it has fewer points left than that.
fn kill_recover_over_and_over() {
    each_point(|nth| {
        let (scene, line, _) = RESTORE.scene();
        let Some(point) = kill_at(&scene, &words(&line), nth) else { return false };
        let mut deaths = vec![point];
        while let Some(point) = kill_at(&scene, &["recover"], deaths.len()) {
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
    let begun = std::time::Instant::now();
    for case in [TAKE, TAKE_AT_ONCE, DELETE, DELETE_ALL, PROMOTE, DRILL, RESTORE, UNDO] {
        kill_everywhere(&case);
        eprintln!("{}: {} kills so far, {:?}", case.verb, KILLS.load(Ordering::SeqCst), begun.elapsed());
    }
    kill_a_restore_and_say_which_way();
    eprintln!("both ways: {} kills so far, {:?}", KILLS.load(Ordering::SeqCst), begun.elapsed());
    kill_recover_over_and_over();
    eprintln!("over and over: {} kills so far, {:?}", KILLS.load(Ordering::SeqCst), begun.elapsed());
    kill_recover_everywhere();
    let kills = KILLS.load(Ordering::SeqCst);
    // Past the harness, which keeps back what a test prints that passes.
    writeln!(std::io::stderr(), "{kills} real kills in {:?}", begun.elapsed()).unwrap();
    assert!(kills >= 100, "only {kills}");
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
    scene.sandbox.run(&["recover"]).quiet_success();
    assert_eq!(scene.content(), DAMAGED);
    scene.check("the rollback");
}
