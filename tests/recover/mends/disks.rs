//! Disks that the cloud has lost.

use std::fs;

use rusqlite::Connection;

use super::desk::{Case, Desk, Stands};
use super::directors::{directed, exchange};
use crate::support::fake_bosh::Director;
use crate::support::fake_env::Environment;
use crate::support::{Sandbox, disk_of};

const ASK: &str = "snapback import --from-bosh && snapback check --from-bosh";
const ANOTHER: &str = "disk=$(snapback promote CID --output cid) && bosh -n -d DEPLOYMENT stop INSTANCE --no-converge && \
                       bosh -n -d DEPLOYMENT attach-disk INSTANCE \"$disk\" --disk-properties=copy && \
                       bosh -n -d DEPLOYMENT start INSTANCE --no-converge && snapback import --from-bosh";
const BY_RESTORE: &str = "snapback -d DEPLOYMENT restore --latest INSTANCE && snapback check --forget CID";
const BY_CREATE_ENV: &str = "snapback -d DEPLOYMENT restore --latest INSTANCE -- bosh create-env MANIFEST --state FILE ... --recreate && snapback check --forget CID";

pub const CASES: &[Case] = &[
    Case { finding: "disk_gone", next: "snapback check --forget CID", scene: an_orphaned_one },
    Case {
        finding: "disk_gone",
        next: "bosh delete-disk CID && snapback import --from-bosh",
        scene: an_orphaned_one_of_a_directors,
    },
    Case { finding: "disk_gone", next: BY_RESTORE, scene: of_nobodys },
    Case {
        finding: "disk_gone",
        next: "snapback import inventory.yml && snapback check --forget CID",
        scene: of_nobodys_without_a_snapshot,
    },
    Case { finding: "disk_gone", next: BY_CREATE_ENV, scene: of_create_envs },
    Case {
        finding: "disk_gone",
        next: "snapback import bosh-state.json && snapback check --forget CID",
        scene: of_create_envs_without_a_snapshot,
    },
    Case { finding: "disk_gone", next: ASK, scene: exchanged_and_deleted },
    Case { finding: "disk_gone", next: "snapback import --from-bosh", scene: exchanged_deleted_and_asked },
    Case { finding: "disk_gone", next: ANOTHER, scene: of_a_directors },
    Case {
        finding: "disk_gone",
        next: "bosh -d DEPLOYMENT cck && snapback import --from-bosh",
        scene: of_a_directors_without_a_snapshot,
    },
];

/// Another instance, which shows that the cloud is there.
fn beside(sandbox: &Sandbox) {
    sandbox.make_disk("disk-web-0", 1 << 20, "web");
    sandbox.make_vm("vm-web-0", &["disk-web-0"]);
    let inventory = "deployments: [{name: web, instances: [{name: web/0, vm_cid: vm-web-0, managed_by: nobody, disks: [{cid: \
                     disk-web-0}]}]}]";
    sandbox.write("web.yml", inventory);
    sandbox.run(&["import", "web.yml"]).quiet_success();
}

/// Takes a disk away, off its VM as well.
pub fn lose(sandbox: &Sandbox, vm: &str, disk: &str) {
    fs::remove_dir_all(sandbox.path("cloud/disks").join(disk)).unwrap();
    sandbox.detach_by_hand(vm, disk);
}

fn an_orphaned_one(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    let cid = sandbox.take("db/0");
    let orphan = sandbox.line(&["promote", &cid, "--output", "cid"]);
    fs::remove_dir_all(sandbox.path("cloud/disks").join(&orphan)).unwrap();
    Desk::at(&sandbox, stands).mends(case, &orphan, &[("CID", &orphan)]);
    // A CID is a cloud's text, and can hold anything.
    let strange = "caching:None;disk_name:it's $HOME";
    let (scene, _) = super::strangers::listing("fake_cpi", "ready");
    let connection = Connection::open(scene.sandbox.state()).unwrap();
    let insert = "INSERT INTO disks (cpi, cid, deployment, grp, idx, slot, state, orphaned_at)
                  VALUES ('fake_cpi', ?1, 'prod', 'db', 0, 0, 'orphaned', 1795099800000)";
    connection.execute(insert, [strange]).unwrap();
    scene.script(&serde_json::json!({"vms": {"vm-0": ["disk-0"]}, "lost": [strange]}));
    Desk::at(&scene.sandbox, stands).mends(case, strange, &[("CID", r"'caching:None;disk_name:it'\''s $HOME'")]);
}

/// The Director has put it away, and has it on its list still.
fn an_orphaned_one_of_a_directors(case: &Case, stands: Stands) {
    let director = directed();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    lose(&director.sandbox, "vm-db-0", "disk-db-0");
    let desk = Desk::of(&director, stands);
    let finding = desk.finds().into_iter().find(|one| one["finding"] == "disk_gone").unwrap();
    assert_eq!(desk.bare(finding["next"].as_str().unwrap()), desk.bare(&desk.line(ASK, &[])));
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status == 11 && ran.stdout.contains("bosh delete-disk disk-db-0"), "{ran:?}");
    desk.checking(&["--from-bosh"]).mends(case, "disk-db-0", &[("CID", "disk-db-0")]);
}

fn of_nobodys(case: &Case, stands: Stands) {
    for is_on_its_vm in [false, true] {
        let sandbox = Sandbox::empty();
        sandbox.furnish(&["db/0", "db/1"], "start: ['true']\nstop: ['true']");
        sandbox.take("db/0");
        fs::remove_dir_all(sandbox.path("cloud/disks/disk-db-0")).unwrap();
        if !is_on_its_vm {
            sandbox.detach_by_hand("vm-db-0", "disk-db-0");
        }
        let desk = Desk::at(&sandbox, stands);
        desk.mends(case, "disk-db-0", &[("DEPLOYMENT", "prod"), ("INSTANCE", "db/0"), ("CID", "disk-db-0")]);
        assert_eq!(sandbox.content("vm-db-0"), "db/0");
    }
}

fn of_nobodys_without_a_snapshot(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    lose(&sandbox, "vm-db-0", "disk-db-0");
    let desk = Desk::at(&sandbox, stands);
    let words = [("CID", "disk-db-0")];
    let finding = desk.found(case, "disk-db-0", &words);
    assert!(finding["message"].as_str().unwrap().contains("there is no snapshot"), "{finding:#?}");
    sandbox.make_disk("disk-new", 1 << 20, "new");
    sandbox.attach_by_hand("vm-db-0", "disk-new");
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    sandbox.write("inventory.yml", &inventory.replace("disk-db-0", "disk-new"));
    let path = sandbox.path("inventory.yml");
    desk.mends_with(case, "disk-db-0", &words, &[("inventory.yml", path.to_str().unwrap())]);
}

/// What create-env looks after is imported.
pub fn environment() -> Environment {
    let environment = Environment::deployed();
    let run = environment.director.prepare(&["import", "bosh-state.json"]).env("BOSH_ENVIRONMENT", "").go();
    run.quiet_success();
    environment
}

/// An operator who is at work on it.
pub fn desk(environment: &Environment, stands: Stands) -> Desk<'_> {
    let desk = Desk::of(&environment.director, stands).named("director.yml", "director-snapshots.db", "self");
    desk.env("BOSH_ENVIRONMENT", "")
}

/// The words that stand for create-env's own.
pub fn filled(environment: &Environment) -> [(&'static str, String); 5] {
    let path = |name: &str| environment.director.sandbox.path(name).to_str().unwrap().to_owned();
    [
        ("MANIFEST", path("bosh.yml")),
        ("import FILE", format!("import {}", path("bosh-state.json"))),
        ("FILE", path("bosh-state.json")),
        ("import bosh-state.json", format!("import {}", path("bosh-state.json"))),
        (" ...", String::new()),
    ]
}

fn of_create_envs(case: &Case, stands: Stands) {
    let environment = environment();
    let take = environment.director.prepare(&["take", "director/0"]).env("BOSH_ENVIRONMENT", "").go();
    take.quiet_success();
    beside(&environment.director.sandbox);
    lose(&environment.director.sandbox, "vm-bosh-0", "disk-bosh-0");
    let desk = desk(&environment, stands).may_bring("open_checklist");
    let filled = filled(&environment);
    let filled: Vec<(&str, &str)> = filled.iter().map(|(word, meant)| (*word, meant.as_str())).collect();
    let words = [("DEPLOYMENT", "self"), ("INSTANCE", "director/0"), ("CID", "disk-bosh-0")];
    let finding = desk.found(case, "disk-bosh-0", &words);
    assert!(finding["message"].as_str().unwrap().contains("which ops file to add"), "{finding:#?}");
    let line =
        filled.iter().fold(finding["next"].as_str().unwrap().to_owned(), |line, (word, to)| line.replace(word, to));
    let ran = desk.types(&line);
    let add = ran.stderr.lines().find_map(|line| line.strip_prefix("Hint:   -o ")).unwrap_or_else(|| panic!("{ran:?}"));
    let last = format!("--recreate -o {add}");
    let filled: Vec<(&str, &str)> = filled.into_iter().chain([("--recreate", last.as_str())]).collect();
    desk.mends_with(case, "disk-bosh-0", &words, &filled);
}

fn of_create_envs_without_a_snapshot(case: &Case, stands: Stands) {
    let environment = environment();
    let sandbox = &environment.director.sandbox;
    beside(sandbox);
    lose(sandbox, "vm-bosh-0", "disk-bosh-0");
    let desk = desk(&environment, stands);
    let words = [("CID", "disk-bosh-0")];
    let finding = desk.found(case, "disk-bosh-0", &words);
    assert!(finding["message"].as_str().unwrap().contains("there is no snapshot"), "{finding:#?}");
    // As create-env does it, once the record is taken out.
    sandbox.make_disk("disk-new", 1 << 20, "new");
    sandbox.attach_by_hand("vm-bosh-0", "disk-new");
    environment.change_state(|state| state["disks"][0]["cid"] = "disk-new".into());
    let path = sandbox.path("bosh-state.json");
    desk.mends_with(case, "disk-bosh-0", &words, &[("bosh-state.json", path.to_str().unwrap())]);
}

/// The Director has given the instance another disk, and has deleted the old one since.
fn exchanged_for_good() -> Director {
    let director = directed();
    exchange(&director);
    director.bosh(&["delete-disk", &disk_of("db/0")]).quiet_success();
    director
}

fn exchanged_and_deleted(case: &Case, stands: Stands) {
    Desk::of(&exchanged_for_good(), stands).mends(case, "disk-db-0", &[]);
    // Where the Director says the same, the last check of the two says what helps.
    let director = directed();
    director.run(&["take", "db/0"]).quiet_success();
    lose(&director.sandbox, "vm-db-0", "disk-db-0");
    let desk = Desk::of(&director, stands);
    let finding = desk.found(case, "disk-db-0", &[]);
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status == 11 && ran.stdout.contains("disk=$(snapback"), "{ran:?}");
}

fn exchanged_deleted_and_asked(case: &Case, stands: Stands) {
    Desk::of(&exchanged_for_good(), stands).checking(&["--from-bosh"]).mends(case, "disk-db-0", &[]);
}

fn of_a_directors(case: &Case, stands: Stands) {
    let director = directed();
    let cid = director.run(&["take", "db/0", "--output", "cid"]).stdout.trim().to_owned();
    lose(&director.sandbox, "vm-db-0", "disk-db-0");
    let words = [("CID", cid.as_str()), ("DEPLOYMENT", "prod"), ("INSTANCE", &director.slug())];
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    let before = desk.finds();
    let finding = desk.found(case, "disk-db-0", &words);
    assert_eq!(desk.types(finding["next"].as_str().unwrap()).status, 0, "{finding:#?}");
    // The lost disk is orphaned now. To delete what may be there after all is a step of its own.
    let gone = Case { next: "bosh delete-disk CID && snapback import --from-bosh", ..*case };
    let finding = desk.found(&gone, "disk-db-0", &[("CID", "disk-db-0")]);
    assert!(finding["message"].as_str().unwrap().contains("Look in the cloud first"), "{finding:#?}");
    assert_eq!(desk.types(finding["next"].as_str().unwrap()).status, 0, "{finding:#?}");
    desk.is_gone(case, "disk-db-0", &before);
    let new = director.instance(0)["disks"][0]["cid"].as_str().unwrap().to_owned();
    assert_eq!(director.sandbox.attached("vm-db-0"), [new.as_str()]);
    assert_eq!(director.files(&new), Some(vec![("data".to_owned(), "db/0".to_owned())]));
}

fn of_a_directors_without_a_snapshot(case: &Case, stands: Stands) {
    let director = directed();
    lose(&director.sandbox, "vm-db-0", "disk-db-0");
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    let finding = desk.found(case, "disk-db-0", &[("DEPLOYMENT", "prod")]);
    assert!(finding["message"].as_str().unwrap().contains("what was on it is lost"), "{finding:#?}");
    // `bosh cck` asks what to do about the missing disk: its reference is deleted.
    let before = desk.finds();
    director.change_instance(0, |instance| instance["disks"] = serde_json::json!([]));
    assert_eq!(desk.types(&desk.line("snapback import --from-bosh", &[])).status, 0);
    desk.is_gone(case, "disk-db-0", &before);
}
