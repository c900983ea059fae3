//! `undo` takes back what the newest command did, all of it, and again goes further back; `undo OPERATION` of an undo is the redo.

use crate::support;

use support::{Ran, Sandbox, disk_of, vm_of};

const ALL: [&str; 3] = ["db/0", "db/1", "db/2"];

/// Three instances with good snapshots, and rubbish on their disks.
fn damaged() -> Sandbox {
    let sandbox = Sandbox::with(&ALL);
    sandbox.run(&["take", "db"]).quiet_success();
    for name in ALL {
        sandbox.damage(&disk_of(name), "rubbish");
    }
    sandbox
}

fn contents(sandbox: &Sandbox) -> [String; 3] {
    ALL.map(|name| sandbox.content(&vm_of(name)))
}

/// The operations that a command's answer names, in the order of its rows.
fn operations(ran: &Ran) -> Vec<String> {
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.stdout.lines().map(|line| line.split('\t').nth(4).unwrap().trim().to_owned()).collect()
}

fn undo(sandbox: &Sandbox) -> Ran {
    sandbox.run(&["-n", "undo"])
}

/// Runs the commands that a refusal names.
fn do_as_told(sandbox: &Sandbox, ran: &Ran) -> usize {
    let hints = ran.stderr.lines().filter_map(|line| line.strip_prefix("Hint: run: snapback "));
    let hints: Vec<Vec<&str>> = hints.map(|hint| std::iter::once("-n").chain(hint.split(' ')).collect()).collect();
    hints.iter().for_each(|hint| sandbox.run(hint).quiet_success());
    hints.len()
}

#[test]
fn one_undo_takes_back_a_whole_group() {
    let sandbox = damaged();
    let ran = sandbox.run(&["-n", "restore", "--latest", "db"]);
    let all = operations(&ran).join(" ");
    assert!(ran.stderr.contains(&format!("To go back with all 3: snapback undo {all}\n")), "{ran:?}");
    assert!(ran.stderr.contains("Way back  `snapback -d prod undo`; on an error"), "{ran:?}");
    assert_eq!(contents(&sandbox), ALL);
    let dry = sandbox.run(&["undo", "--dry-run", "--output", "json"]);
    dry.quiet_success();
    for name in ALL {
        assert!(dry.stdout.contains(&format!("\"{name}\"")), "{dry:?}");
    }
    assert_eq!(contents(&sandbox), ALL);
    // One question for all of them.
    let ran = sandbox.prepare(&["undo"]).stdin("y\n").go();
    assert_eq!((operations(&ran).len(), ran.stderr.matches("Continue?").count()), (3, 1), "{ran:?}");
    assert!(ran.stderr.contains("3 instances, one after another"), "{ran:?}");
    // The lines of its steps stand below the name of their instance.
    let told = |text: &str| ran.stderr.find(text).unwrap_or_else(|| panic!("no {text}: {ran:?}"));
    let (first, second) = (told("Now db/0 (1 of 3):\n"), told("Now db/1 (2 of 3):\n"));
    let detached = told(&format!("{} attached", disk_of("db/0")));
    assert!(first < detached && detached < second, "{ran:?}");
    // `undo` alone would go further back.
    assert!(ran.stderr.contains("Way back  undo this operation by its id, which is shown at the end;"), "{ran:?}");
    let redo = format!("To go back with all 3: snapback undo {}\n", operations(&ran).join(" "));
    assert!(ran.stderr.contains(&redo), "{ran:?}");
    assert_eq!(ALL.map(|name| sandbox.attached(&vm_of(name))), ALL.map(|name| vec![disk_of(name)]));
    // Nothing is left: the second one puts nothing back that the first has undone.
    let again = undo(&sandbox);
    again.refused(5, &["there is no restore to undo: all of them are undone"]);
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
    // What it names is the redo of all.
    assert_eq!(do_as_told(&sandbox, &again), 1);
    assert_eq!(contents(&sandbox), ALL);
    // Some of them, by their names; not two of one instance.
    let stand: Vec<String> = sandbox
        .rows(&["operations"], "operations")
        .iter()
        .take(3)
        .map(|row| row["operation"].as_str().unwrap().to_owned())
        .collect();
    sandbox.run(&["-n", "undo", &stand[0], &stand[2], &stand[0]]).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish", "db/1", "rubbish"]);
    let first = all.split(' ').next().unwrap();
    let undone = sandbox.rows(&["operations"], "operations")[0]["operation"].as_str().unwrap().to_owned();
    sandbox.run(&["-n", "undo", first, &undone, &stand[0]]).refused(2, &["are of the same instance"]);
    assert_eq!(contents(&sandbox), ["rubbish", "db/1", "rubbish"]);
}

#[test]
fn undo_again_goes_further_back() {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    let first = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "second");
    let second = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "third");
    let earlier = operations(&sandbox.run(&["-n", "restore", &first])).remove(0);
    let later = operations(&sandbox.run(&["-n", "restore", &second])).remove(0);
    // One below the newest is undone after that.
    let refused = sandbox.run(&["-n", "undo", &earlier]);
    refused.refused(4, &["undo the newer one first", &format!("snapback undo {later}")]);
    let ran = undo(&sandbox);
    ran.quiet_success();
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    assert!(
        ran.stderr.contains(&format!("again: operation {earlier} (db/0): snapback -n restore {first}\n")),
        "{ran:?}"
    );
    let ran = undo(&sandbox);
    ran.quiet_success();
    assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
    assert!(!ran.stderr.contains("Left to undo"), "{ran:?}");
    undo(&sandbox).refused(5, &["there is no restore to undo"]);
    sandbox.run(&["-n", "undo", &later]).refused(4, &["is undone already, by operation"]);
}

#[test]
fn a_redo_is_taken_back_by_the_next_undo_and_the_restore_can_be_named_for_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    sandbox.damage(&disk_of("db/0"), "garbage");
    let restore = operations(&sandbox.run(&["-n", "restore", &cid])).remove(0);
    let restored = sandbox.attached(&vm_of("db/0"));
    let undone = operations(&undo(&sandbox)).remove(0);
    sandbox.run(&["-n", "undo", &restore]).refused(4, &[&format!("is undone already, by operation {undone}")]);
    for by_name in [false, true, false] {
        sandbox.run(&["-n", "undo", &undone]).quiet_success();
        assert_eq!(sandbox.attached(&vm_of("db/0")), restored, "the disk that the restore had made");
        let name: &[&str] = if by_name { &[&restore] } else { &[] };
        sandbox.run(&[&["-n", "undo"], name].concat()).quiet_success();
        assert_eq!(sandbox.attached(&vm_of("db/0")), [disk_of("db/0")]);
    }
    undo(&sandbox).refused(5, &["all of them are undone"]);
}

#[test]
fn a_redo_that_is_newer_than_another_restore_is_undone_before_it() {
    let sandbox = damaged();
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
    let undone = operations(&undo(&sandbox)).remove(0);
    sandbox.run(&["-n", "restore", "--latest", "db/1"]).quiet_success();
    sandbox.run(&["-n", "undo", &undone]).quiet_success();
    assert_eq!(contents(&sandbox), ["db/0", "db/1", "rubbish"]);
    undo(&sandbox).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish", "db/1", "rubbish"]);
    undo(&sandbox).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
}

#[test]
fn what_was_undone_by_name_is_passed_over_and_what_was_restored_since_comes_first() {
    let sandbox = damaged();
    let restores = operations(&sandbox.run(&["-n", "restore", "--latest", "db"]));
    sandbox.run(&["-n", "undo", &restores[1]]).quiet_success();
    sandbox.damage(&sandbox.attached(&vm_of("db/2"))[0], "newer");
    let newer = sandbox.take("db/2");
    sandbox.damage(&sandbox.attached(&vm_of("db/2"))[0], "newest");
    sandbox.run(&["-n", "restore", &newer]).quiet_success();
    let ran = undo(&sandbox);
    assert_eq!(operations(&ran).len(), 1);
    assert!(ran.stderr.contains(&format!("again: operation {} (db/0, db/2): ", restores[0])), "{ran:?}");
    assert_eq!(contents(&sandbox), ["db/0", "rubbish", "newest"]);
    assert_eq!(operations(&undo(&sandbox)).len(), 2);
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
}

#[test]
fn an_undo_that_fails_in_the_middle_goes_on_when_typed_again() {
    let sandbox = damaged();
    sandbox.run(&["-n", "restore", "--latest", "db"]).quiet_success();
    let ran = sandbox.prepare(&["-n", "undo"]).fault("undo.attach_disk.before#2=error").go();
    assert_eq!((ran.status, ran.stdout.lines().count()), (3, 1), "{ran:?}");
    assert!(ran.stderr.contains("Hint: undone before that: db/0; `snapback undo "), "{ran:?}");
    assert!(ran.stderr.contains("not begun: db/2; to go on with these (what is undone is passed over)"), "{ran:?}");
    assert_eq!(contents(&sandbox), ["rubbish", "db/1", "db/2"]);
    assert_eq!(do_as_told(&sandbox, &ran), 1);
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
}

#[test]
fn killed_in_the_middle_it_goes_on_once_that_is_recovered() {
    for (way, after) in [("--resume", ["rubbish", "rubbish", "db/2"]), ("--rollback", ["rubbish", "db/1", "db/2"])] {
        for point in ["undo.detach_disk.settled#2", "undo.attach_disk.effected#2", "undo.finish.before#2"] {
            let sandbox = damaged();
            sandbox.run(&["-n", "restore", "--latest", "db"]).quiet_success();
            let ran = sandbox.prepare(&["-n", "undo"]).fault(&format!("{point}=kill")).go();
            assert_eq!(ran.status, 128 + 9, "{point}: {ran:?}");
            undo(&sandbox).refused(6, &["was interrupted", "run: snapback recover"]);
            sandbox.run(&["-n", "recover", way]).quiet_success();
            assert_eq!(contents(&sandbox), after, "{point} {way}");
            undo(&sandbox).quiet_success();
            assert_eq!(contents(&sandbox), ["rubbish"; 3], "{point} {way}");
            undo(&sandbox).refused(5, &["all of them are undone"]);
        }
    }
}

#[test]
fn a_restore_that_was_killed_is_recovered_before_anything_is_undone() {
    let sandbox = damaged();
    sandbox.run(&["-n", "restore", "--latest", "db/0"]).quiet_success();
    let ran = sandbox.prepare(&["-n", "restore", "--latest", "db/1"]).fault("restore.detach_disk.settled=kill").go();
    assert_eq!(ran.status, 128 + 9, "{ran:?}");
    // Not the one before it, on another instance.
    undo(&sandbox).refused(6, &["was interrupted", "run: snapback recover", "snapback undo OPERATION"]);
    assert_eq!(sandbox.content(&vm_of("db/0")), "db/0");
    sandbox.run(&["recover"]).quiet_success();
    undo(&sandbox).quiet_success();
}

#[test]
fn a_group_restore_that_stopped_and_was_typed_again_is_two_commands() {
    let sandbox = damaged();
    let failed = sandbox.prepare(&["-n", "restore", "--latest", "db"]).fault("restore.attach_disk.before#2=error").go();
    assert_eq!(failed.status, 3, "{failed:?}");
    sandbox.run(&["-n", "restore", "--latest", "db"]).quiet_success();
    assert_eq!(contents(&sandbox), ALL);
    let ran = undo(&sandbox);
    assert_eq!(contents(&sandbox), ["db/0", "rubbish", "rubbish"]);
    assert!(ran.stderr.contains("Left to undo, by `snapback undo` again: operation "), "{ran:?}");
    assert!(ran.stderr.contains(" (db/0): snapback -n restore --latest db\n"), "{ran:?}");
    undo(&sandbox).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
}

#[test]
fn where_one_of_them_has_moved_on_nothing_is_done_and_the_others_are_named() {
    let sandbox = damaged();
    let restores = operations(&sandbox.run(&["-n", "restore", "--latest", "db"]));
    // By another hand, and imported: db/1 is back on its old disk, as far as anybody knows.
    let new = sandbox.attached(&vm_of("db/1")).remove(0);
    sandbox.detach_by_hand(&vm_of("db/1"), &new);
    sandbox.attach_by_hand(&vm_of("db/1"), &disk_of("db/1"));
    sandbox.run(&["import", "inventory.yml", "--dry-run"]);
    let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    let inventory = ["db/0", "db/2"]
        .iter()
        .fold(inventory, |text, name| text.replace(&disk_of(name), &sandbox.attached(&vm_of(name))[0]));
    sandbox.write("inventory.yml", &inventory);
    sandbox.run(&["import", "inventory.yml"]).quiet_success();
    let refused = undo(&sandbox);
    let why = format!("operation {} cannot be undone: db/1 has disk {} now", restores[1], disk_of("db/1"));
    refused.refused(4, &[&why, "nothing was done", "to undo the others of that command"]);
    assert_eq!(contents(&sandbox), ["db/0", "rubbish", "db/2"]);
    let others = format!("Hint: run: snapback undo {} {}\n", restores[0], restores[2]);
    assert!(refused.stderr.contains(&others), "{refused:?}");
    sandbox.run(&["-n", "undo", &restores[0], &restores[2]]).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish"; 3]);
}

#[test]
fn a_saved_plan_is_undone_as_a_restore_is_and_each_deployment_has_its_own_newest() {
    let sandbox = damaged();
    sandbox.run(&["-n", "restore", "--latest", "db/1"]).quiet_success();
    sandbox.run(&["restore", "--latest", "db/0", "--dry-run", "--save", "plan.json"]).quiet_success();
    sandbox.run(&["-n", "apply", "plan.json"]).quiet_success();
    sandbox.run(&["-n", "-d", "other", "undo"]).refused(5, &["there is no restore to undo"]);
    undo(&sandbox).quiet_success();
    assert_eq!(contents(&sandbox), ["rubbish", "db/1", "rubbish"]);
}

#[test]
fn operations_says_what_undoes_what_and_what_is_true_now() {
    let sandbox = damaged();
    let restores = operations(&sandbox.run(&["-n", "restore", "--latest", "db"]));
    let again = sandbox.take("db/2");
    let on_top = operations(&sandbox.run(&["-n", "restore", &again])).remove(0);
    let undone = operations(&sandbox.run(&["-n", "undo", &restores[1]])).remove(0);
    let listed = |id: &str| {
        let rows = sandbox.rows(&["operations"], "operations");
        let row = rows.iter().find(|row| row["operation"] == id).unwrap().clone();
        ["now", "undoes", "undone_by"].map(|key| row[key].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(listed(&restores[0]), ["db/0 is on it", "-", "-"]);
    assert_eq!(listed(&restores[1]), [&format!("undone by {undone}"), "-", &undone]);
    assert_eq!(listed(&restores[2]), [&format!("replaced by {on_top}"), "-", "-"]);
    assert_eq!(listed(&on_top), ["db/2 is on it", "-", "-"]);
    assert_eq!(listed(&undone), ["db/1 is on it", &restores[1], "-"]);
    sandbox.run(&["-n", "undo", &undone]).quiet_success();
    assert_eq!(listed(&restores[1]), ["db/1 is on it", "-", "-"]);
    let shown = sandbox.run(&["operations", &restores[2]]);
    assert!(shown.stderr.contains(&format!("Now: replaced by {on_top}\n")), "{shown:?}");
    assert!(sandbox.run(&["operations"]).stdout.contains(&format!("replaced by {on_top}")));
}
