//! A restore of two disks is killed, and before `recover` another hand attaches or detaches a disk behind snapback's back.

use super::cases::{DELETE_DISK, RESTORE_TWO};
use super::matrix::{Kills, check_end, words};
use super::scene::{Scene, WAL};

/// What the other hand does.
#[derive(Debug, Clone, Copy)]
enum Hand {
    AttachOld,
    DetachOld,
    AttachNew,
    DetachNew,
    /// The old one goes to the VM of another instance.
    MoveOld,
    /// A disk that the state has as put away.
    AttachKnown,
    /// A disk that the state does not know.
    AttachUnknown,
}

use crate::support::at_once::counted;
use Hand::{AttachKnown, AttachNew, AttachOld, AttachUnknown, DetachNew, DetachOld, MoveOld};

const HANDS: [Hand; 7] = [AttachOld, DetachOld, AttachNew, DetachNew, MoveOld, AttachKnown, AttachUnknown];

const VM: &str = "vm-db-0";
const OTHER_VM: &str = "vm-db-1";
const OLD: [&str; 2] = ["disk-db-0", WAL];

/// The disks that the operation has made, as far as it got.
fn made(scene: &Scene, before: &[String]) -> Vec<String> {
    scene.sandbox.names("cloud/disks").into_iter().filter(|disk| !before.contains(disk)).collect()
}

/// Does it to the first or the second disk; false where there is nothing to be done.
fn act(scene: &Scene, hand: Hand, which: usize, known: &str, new: &[String]) -> bool {
    let cloud = &scene.sandbox;
    let has = |disk: &str| cloud.attached(VM).iter().any(|has| has == disk);
    let new = new.get(which).or(new.first());
    match (hand, new) {
        (AttachOld, _) if !has(OLD[which]) => cloud.attach_by_hand(VM, OLD[which]),
        (DetachOld, _) if has(OLD[which]) => cloud.detach_by_hand(VM, OLD[which]),
        (AttachNew, Some(new)) if !has(new) => cloud.attach_by_hand(VM, new),
        (DetachNew, Some(new)) if has(new) => cloud.detach_by_hand(VM, new),
        (MoveOld, _) => {
            cloud.detach_by_hand(VM, OLD[which]);
            cloud.attach_by_hand(OTHER_VM, OLD[which]);
        }
        (AttachKnown, _) => cloud.attach_by_hand(VM, known),
        (AttachUnknown, _) => {
            cloud.make_disk("nobodys", 1 << 20, "db/0");
            cloud.attach_by_hand(VM, "nobodys");
        }
        _ => return false,
    }
    true
}

/// Takes away what does not belong there. What was only moved is on no VM then.
fn tidy(scene: &Scene, known: &str) {
    scene.sandbox.detach_by_hand(VM, known);
    for old in OLD {
        scene.sandbox.detach_by_hand(OTHER_VM, old);
    }
}

#[test]
fn whatever_another_hand_does_before_recover_no_disk_is_mixed_lost_or_unknown() {
    let kills = Kills::none();
    counted(|nth| {
        for (number, hand) in HANDS.into_iter().enumerate().filter(|(number, _)| (nth + number) % 4 == 0) {
            let (scene, line, _) = RESTORE_TWO.scene();
            let known = scene.must(&["promote", &scene.take("db/1"), "--output", "cid"]).trim().to_owned();
            let before = scene.sandbox.names("cloud/disks");
            let Some(point) = kills.kill_at(&scene, &words(&line), nth) else { return false };
            let what = format!("killed at {point}, then {hand:?} (#{number})");
            let acted = !scene.open_operations().is_empty()
                && act(&scene, hand, (nth + number) / 4 % 2, &known, &made(&scene, &before));
            let ran = scene.sandbox.run(&["recover"]);
            if ran.status != 0 {
                // Only what the state knows to be elsewhere is in the way, and it is named.
                assert!(acted && matches!(hand, MoveOld | AttachKnown), "{what}: {ran:?}");
                let named = OLD.iter().copied().chain([known.as_str()]).any(|disk| ran.stderr.contains(disk));
                assert!(named && ran.stderr.contains("recover"), "{what}: {ran:?}");
                tidy(&scene, &known);
                scene.sandbox.run(&["recover"]).quiet_success();
            }
            tidy(&scene, &known);
            if scene.sandbox.path("cloud/disks/nobodys").exists() {
                // It is nobody's business: it stays where the other hand has put it.
                assert!(scene.sandbox.attached(VM).contains(&"nobodys".to_owned()), "{what}");
                scene.sandbox.detach_by_hand(VM, "nobodys");
                std::fs::remove_dir_all(scene.sandbox.path("cloud/disks/nobodys")).unwrap();
            }
            if ran.stdout.contains("db/0 was not touched") && matches!(hand, DetachOld | MoveOld) {
                // Nothing was begun at the instance: what the other hand did stays, and the state keeps what it knew.
                assert_eq!(scene.recorded(), OLD, "{what}: {ran:?}");
                OLD.iter().for_each(|disk| scene.sandbox.attach_by_hand(VM, disk));
            }
            check_end(&scene, &RESTORE_TWO, before.len(), &format!("{what}: {ran:?}"));
        }
        true
    });
    assert!(kills.tell("two disks, and another hand") >= 100);
}

#[test]
fn a_disk_that_another_hand_attaches_is_not_deleted_by_recover() {
    let kills = Kills::none();
    counted(|nth| {
        let (scene, line, _) = DELETE_DISK.scene();
        let disk = line[2].clone();
        let Some(point) = kills.kill_at(&scene, &words(&line), nth) else { return false };
        let there = || scene.sandbox.path("cloud/disks").join(&disk).exists();
        let was_there = there();
        if was_there {
            scene.sandbox.attach_by_hand(VM, &disk);
        }
        scene.sandbox.run(&["recover"]).quiet_success();
        assert_eq!(there(), was_there, "killed at {point}: recover deletes nothing that a VM has");
        scene.sandbox.detach_by_hand(VM, &disk);
        scene.check(&format!("killed at {point}"));
        true
    });
    assert!(kills.tell("delete-disk, and another hand") >= 10);
}
