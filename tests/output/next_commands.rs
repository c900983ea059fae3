//! The commands that snapback prints work when they are copied, in the directory in which they were printed.

mod elsewhere;

use crate::support::{Sandbox, disk_of};
use elsewhere::{Elsewhere, commands};

/// What is done, and what is to be printed then: words of commands.
type Case = (&'static str, fn(&Elsewhere) -> Vec<crate::support::Ran>, &'static [&'static str]);

const REFUSALS: &[Case] = &[
    ("a typing mistake", |here| vec![here.run(&["delete", "nonsense"])], &[" snapshots"]),
    ("an unknown operation", |here| vec![here.run(&["recover", "nope"])], &[" operations"]),
    ("an unknown disk", |here| vec![here.run(&["-n", "delete-disk", "nope"])], &[" disks"]),
    ("nothing to undo", |here| vec![here.run(&["undo", "-n"])], &[" operations"]),
    (
        "a held snapshot",
        |here| {
            let cid = here.take("db/0");
            here.run(&["hold", &cid, "--reason", "audit"]).quiet_success();
            vec![here.run(&["-n", "delete", &cid])]
        },
        &[" release snap-"],
    ),
    (
        "a disk that an undo needs",
        |here| {
            here.run(&["-n", "restore", &here.take("db/0")]).quiet_success();
            vec![here.run(&["-n", "delete-disk", &disk_of("db/0")])]
        },
        &[" --give-up-undo "],
    ),
    (
        "a CPI that cannot be used",
        |here| {
            here.take("db/0");
            vec![here.run(&["--cpi-path", "nowhere", "status"]), here.run(&["-n", "restore", "--latest", "web"])]
        },
        &[" snapshots web/0"],
    ),
];

const ANSWERS: &[Case] = &[
    ("a set", |here| vec![here.run(&["take", "db"])], &[" snapshots --set "]),
    (
        "a plan",
        |here| {
            here.take("db/0");
            vec![here.run(&["restore", "--latest", "db/0", "--dry-run", "--save", "a plan.json"])]
        },
        &[" undo", " drill snap-", " apply 'a plan.json'"],
    ),
    (
        "a restore, and its undo",
        |here| {
            here.run(&["take", "db"]).quiet_success();
            vec![here.run(&["-n", "restore", "--latest", "db"]), here.run(&["-n", "undo"])]
        },
        &[" undo ", " undo"],
    ),
    (
        "schedules",
        |here| {
            let at = here.run(&["schedule", "at", "in 2h", "--", "-d", "prod", "take", "db/0"]);
            vec![at, here.run(&["schedule", "run", "--once"]), here.run(&["schedule", "show", "--output", "json"])]
        },
        &[" schedule run", " schedule show", " take --all-deployments ", " -d prod take db/0"],
    ),
    ("doctor", |here| vec![here.run(&["doctor"]), here.run(&["doctor", "--output", "json"])], &[" manifest"]),
    (
        "status",
        |here| vec![here.run(&["status"]), here.run(&["-d", "prod", "status", "--output", "json"])],
        &[" -d prod take db/0"],
    ),
];

const TROUBLE: &[Case] = &[
    (
        "a restore that did part",
        |here| {
            here.run(&["take", "db"]).quiet_success();
            let at = |point| here.prepare(&["-n", "restore", "--latest", "db"]).fault(point).go();
            vec![at("restore.attach_disk.before#1=error"), at("restore.attach_disk.before#2=error")]
        },
        &[" restore --latest db"],
    ),
    (
        "an undo that did part",
        |here| {
            here.run(&["take", "db"]).quiet_success();
            here.run(&["-n", "restore", "--latest", "db"]).quiet_success();
            vec![here.prepare(&["-n", "undo", "--leave-resurrection"]).fault("undo.attach_disk.before#2=error").go()]
        },
        &[" undo --leave-resurrection"],
    ),
    (
        "an operation that waits",
        |here| {
            let killed = here.prepare(&["take", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
            assert_eq!(killed.status, 128 + 9, "{killed:?}");
            let all: [&[&str]; 6] = [
                &["take", "db/0"],
                &["-d", "prod", "take", "db/0"],
                &["status"],
                &["doctor", "--output", "json"],
                &["check"],
                &["check", "--output", "json"],
            ];
            all.iter().map(|words| here.run(words)).collect()
        },
        &[" recover"],
    ),
    (
        "what check finds",
        |here| {
            here.take("db/0");
            std::fs::remove_dir_all(here.cloud().join("disks").join(disk_of("db/1"))).unwrap();
            std::fs::remove_dir(here.cloud().join("vms/vm-web-0")).unwrap();
            let all: [&[&str]; 3] =
                [&["check"], &["check", "--output", "json"], &["-d", "prod", "check", "--output", "tsv"]];
            all.iter().map(|words| here.run(words)).collect()
        },
        &[" import '../my dir/inventory.yml'", " check --forget disk-db-1"],
    ),
    (
        "no state file",
        |here| {
            here.lose_the_state();
            vec![here.run(&["snapshots"]), here.run(&["take"])]
        },
        &[" import '../my dir/inventory.yml'"],
    ),
];

/// Types all that each case printed, each command in a place of its own.
#[track_caller]
fn follow(cases: &[Case]) -> usize {
    let mut count = 0;
    for (what, act, wanted) in cases {
        let here = Elsewhere::furnished();
        let printed: Vec<String> = act(&here).iter().flat_map(commands).collect();
        for words in *wanted {
            assert!(printed.iter().any(|line| line.contains(words)), "{what}: no '{words}' in {printed:#?}");
        }
        for line in &printed {
            here.works(what, line);
        }
        count += printed.len();
    }
    count
}

#[test]
fn those_of_refusals() {
    assert!(follow(REFUSALS) >= REFUSALS.len());
}

#[test]
fn those_of_answers() {
    assert!(follow(ANSWERS) >= 2 * ANSWERS.len());
}

#[test]
fn those_of_what_went_wrong() {
    assert!(follow(TROUBLE) >= 2 * TROUBLE.len());
}

#[test]
fn a_deployment_is_named_where_it_means_something() {
    let here = Elsewhere::furnished();
    here.prepare(&["take", "db/0"]).fault("take.snapshot_disk.effected=kill").go();
    let refused = commands(&here.run(&["-d", "prod", "take", "db/0"]));
    assert!(refused.iter().all(|line| line.contains(" recover") && !line.contains("-d prod")), "{refused:#?}");
    let of_status = commands(&here.run(&["-d", "prod", "--output", "json", "status", "db/1"]));
    assert!(of_status.iter().all(|line| line.matches("-d prod").count() == 1), "{of_status:#?}");
}

/// The environment, and the search for the manifest, find them again.
#[test]
fn what_was_not_typed_is_not_repeated() {
    let sandbox = Sandbox::with(&["db/0"]);
    std::fs::create_dir(sandbox.path("below")).unwrap();
    let found = sandbox.prepare(&["delete", "nonsense"]).within("below").go();
    assert!(found.stderr.ends_with("Hint: run: snapback snapshots\n"), "{found:?}");
    let named = sandbox.prepare(&["delete", "nonsense"]).within("/").env("SNAPBACK_MANIFEST", "nowhere.yml");
    let named = named.env("SNAPBACK_STATE", sandbox.state().to_str().unwrap()).env("BOSH_DEPLOYMENT", "prod").go();
    assert!(named.stderr.contains("Hint: SNAPBACK_MANIFEST names it, relative to "), "{named:?}");
    assert!(
        !named.stderr.contains("-m ") && !named.stderr.contains("--state") && !named.stderr.contains("-d "),
        "{named:?}"
    );
    // Of a manifest above, the inventory is beside it.
    let empty = Sandbox::empty();
    empty.manifest(true, "");
    std::fs::create_dir(empty.path("below")).unwrap();
    let refused = empty.prepare(&["take"]).within("below").go();
    let inventory = empty.path("inventory.yml");
    assert!(refused.stderr.ends_with(&format!("Hint: run: snapback import {}\n", inventory.display())), "{refused:?}");
}

#[test]
fn init_names_the_inventory_that_it_wrote() {
    let here = Elsewhere::empty();
    let ran = here.run(&["init"]);
    ran.quiet_success();
    let lines = commands(&ran);
    assert!(ran.stderr.contains("Next: fill in ../my dir/inventory.yml, then: "), "{ran:?}");
    assert!(lines.len() == 1 && lines[0].ends_with(" import '../my dir/inventory.yml'"), "{lines:#?}");
    here.works("init", &lines[0]);
    // Below another installation, the new one has its own.
    let sandbox = Sandbox::with(&["db/0"]);
    std::fs::create_dir(sandbox.path("below")).unwrap();
    let below = sandbox.prepare(&["init"]).within("below").go();
    assert!(below.stderr.ends_with("Next: fill in inventory.yml, then: snapback import inventory.yml\n"), "{below:?}");
}
