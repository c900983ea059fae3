//! VMs that are gone, that lack a disk, or that have a stranger.

use std::fs;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;

use super::desk::{Case, Desk, Stands};
use super::directors::{directed, exchange};
use super::disks::{desk, environment, filled};
use crate::support::fake_bosh::Director;
use crate::support::{Sandbox, vm_of};

const ASK: &str = "snapback import --from-bosh && snapback check --from-bosh";
const IMPORT: &str = "snapback import --from-bosh";
const RECREATE: &str = "bosh -d DEPLOYMENT recreate INSTANCE --no-converge --fix && snapback import --from-bosh";
const ATTACH: &str = "bosh -n -d DEPLOYMENT stop INSTANCE --no-converge && \
                      bosh -n -d DEPLOYMENT attach-disk INSTANCE CID --disk-properties=copy && \
                      bosh -n -d DEPLOYMENT start INSTANCE --no-converge";
const BY_CREATE_ENV: &str = "bosh create-env MANIFEST --state FILE ... --recreate && snapback import FILE";

pub const CASES: &[Case] = &[
    Case { finding: "vm_gone", next: "snapback import inventory.yml", scene: gone },
    Case { finding: "vm_gone", next: "snapback import bosh-state.json", scene: gone_of_create_envs },
    Case { finding: "vm_gone", next: ASK, scene: made_anew },
    Case { finding: "vm_gone", next: IMPORT, scene: made_anew_and_asked },
    Case { finding: "vm_gone", next: RECREATE, scene: gone_of_a_directors },
    Case { finding: "disk_not_attached", next: "snapback check --attach CID", scene: off },
    Case { finding: "disk_not_attached", next: BY_CREATE_ENV, scene: off_of_create_envs },
    Case { finding: "disk_not_attached", next: ASK, scene: exchanged },
    Case { finding: "disk_not_attached", next: IMPORT, scene: exchanged_and_asked },
    Case { finding: "disk_not_attached", next: ATTACH, scene: off_of_a_directors },
    Case { finding: "stranger", next: "snapback import inventory.yml", scene: strange },
    Case { finding: "stranger", next: "snapback import bosh-state.json", scene: strange_to_create_env },
    Case { finding: "stranger", next: ASK, scene: put_back_by_the_director },
    Case { finding: "stranger", next: IMPORT, scene: put_back_by_the_director_and_asked },
    Case { finding: "stranger", next: "snapback check", scene: strange_to_the_director },
    Case {
        finding: "stranger",
        next: "gcloud compute instances detach-disk VM --disk CID",
        scene: strange_to_the_director_of_a_known_cloud,
    },
];

fn remove_vm(sandbox: &Sandbox, name: &str) {
    fs::remove_dir_all(sandbox.path("cloud/vms").join(vm_of(name))).unwrap();
}

/// Writes another word into the inventory, in the place of one; gives the file as it is typed.
fn correct(sandbox: &Sandbox, from: &str, to: &str) -> String {
    let inventory = fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
    assert!(inventory.contains(from), "{inventory}");
    sandbox.write("inventory.yml", &inventory.replace(from, to));
    sandbox.path("inventory.yml").to_str().unwrap().to_owned()
}

fn gone(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0", "db/1"]);
    remove_vm(&sandbox, "db/0");
    let desk = Desk::at(&sandbox, stands);
    let finding = desk.found(case, "db/0", &[]);
    assert!(finding["message"].as_str().unwrap().contains("into the inventory first"), "{finding:#?}");
    sandbox.make_vm("vm-new", &["disk-db-0"]);
    let file = correct(&sandbox, "vm-db-0", "vm-new");
    desk.mends_with(case, "db/0", &[], &[("inventory.yml", &file)]);
}

fn gone_of_create_envs(case: &Case, stands: Stands) {
    let environment = environment();
    fs::remove_dir_all(environment.director.sandbox.path("cloud/vms/vm-bosh-0")).unwrap();
    let desk = desk(&environment, stands);
    let finding = desk.found(case, "director/0", &[]);
    assert!(finding["message"].as_str().unwrap().contains("let it do so first"), "{finding:#?}");
    environment.create_env(&["--recreate"]).quiet_success();
    let filled = filled(&environment);
    desk.mends_with(case, "director/0", &[], &[("import bosh-state.json", &filled[3].1)]);
}

/// The Director has made another VM.
fn resurrected() -> Director {
    let director = directed();
    let line = ["recreate", &director.slug(), "--no-converge", "--fix"];
    director.bosh(&line).quiet_success();
    director
}

fn made_anew(case: &Case, stands: Stands) {
    Desk::of(&resurrected(), stands).mends(case, "db/0", &[]);
    let director = directed();
    remove_vm(&director.sandbox, "db/0");
    let desk = Desk::of(&director, stands);
    let finding = desk.found(case, "db/0", &[]);
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status == 11 && ran.stdout.contains("recreate db/"), "{ran:?}");
}

fn made_anew_and_asked(case: &Case, stands: Stands) {
    Desk::of(&resurrected(), stands).checking(&["--from-bosh"]).mends(case, "db/0", &[]);
}

fn gone_of_a_directors(case: &Case, stands: Stands) {
    let director = directed();
    remove_vm(&director.sandbox, "db/0");
    director.change_instance(0, |instance| instance["agent"]["unresponsive"] = true.into());
    let words = [("DEPLOYMENT", "prod"), ("INSTANCE", &director.slug())];
    Desk::of(&director, stands).checking(&["--from-bosh"]).mends(case, "db/0", &words);
}

fn off(case: &Case, stands: Stands) {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    Desk::at(&sandbox, stands).mends(case, "disk-db-0", &[("CID", "disk-db-0")]);
}

fn off_of_create_envs(case: &Case, stands: Stands) {
    let environment = environment();
    environment.director.sandbox.detach_by_hand("vm-bosh-0", "disk-bosh-0");
    let filled = filled(&environment);
    let filled: Vec<(&str, &str)> = filled.iter().map(|(word, meant)| (*word, meant.as_str())).collect();
    desk(&environment, stands).mends_with(case, "disk-bosh-0", &[], &filled);
}

fn exchanged(case: &Case, stands: Stands) {
    let director = directed();
    exchange(&director);
    Desk::of(&director, stands).may_bring("orphan_deadline").mends(case, "disk-db-0", &[]);
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-new"]);
    // Where the Director says the same, the last check of the two says what helps.
    let director = directed();
    director.sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    let desk = Desk::of(&director, stands);
    let finding = desk.found(case, "disk-db-0", &[]);
    let ran = desk.types(finding["next"].as_str().unwrap());
    assert!(ran.status == 11 && ran.stdout.contains("bosh -n -d prod attach-disk db/"), "{ran:?}");
}

fn exchanged_and_asked(case: &Case, stands: Stands) {
    let director = directed();
    exchange(&director);
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    desk.may_bring("orphan_deadline").mends(case, "disk-db-0", &[]);
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-new"]);
}

fn off_of_a_directors(case: &Case, stands: Stands) {
    let director = directed();
    director.sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    let words = [("DEPLOYMENT", "prod"), ("INSTANCE", &director.slug()), ("CID", "disk-db-0")];
    Desk::of(&director, stands).checking(&["--from-bosh"]).mends(case, "disk-db-0", &words);
    assert_eq!(director.sandbox.attached("vm-db-0"), ["disk-db-0"]);
    // Without its UUID nobody can name it to the Director, who tells it.
    director.sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    let connection = Connection::open(director.sandbox.state()).unwrap();
    connection.execute("UPDATE instances SET uuid = NULL", []).unwrap();
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    assert_eq!(desk.types(&desk.line(IMPORT, &[])).status, 0);
    desk.mends(case, "disk-db-0", &words);
}

/// It belongs there, or it does not: the message says what to do in either case.
fn strange(case: &Case, stands: Stands) {
    for belongs_there in [true, false] {
        let sandbox = Sandbox::with(&["db/0"]);
        let cid = sandbox.take("db/0");
        let orphan = sandbox.line(&["promote", &cid, "--output", "cid"]);
        sandbox.attach_by_hand("vm-db-0", &orphan);
        let desk = Desk::at(&sandbox, stands);
        let says = ["write it into the inventory first", "detach it in the cloud"];
        let finding = desk.found(case, &orphan, &[]);
        let message = finding["message"].as_str().unwrap();
        assert!(says.iter().all(|text| message.contains(text)), "{finding:#?}");
        if belongs_there {
            let more = format!("          - cid: disk-db-0\n          - cid: {orphan}\n");
            let file = correct(&sandbox, "          - cid: disk-db-0\n", &more);
            desk.mends_with(case, &orphan, &[], &[("inventory.yml", &file)]);
        } else {
            let before = desk.finds();
            sandbox.detach_by_hand("vm-db-0", &orphan);
            desk.is_gone(case, &orphan, &before);
        }
    }
}

fn strange_to_create_env(case: &Case, stands: Stands) {
    let environment = environment();
    let director = &environment.director;
    let run = |arguments: &[&str]| director.prepare(arguments).env("BOSH_ENVIRONMENT", "").go();
    let cid = run(&["take", "director/0", "--output", "cid"]).stdout.trim().to_owned();
    let orphan = run(&["promote", &cid, "--output", "cid"]).stdout.trim().to_owned();
    director.sandbox.attach_by_hand("vm-bosh-0", &orphan);
    let desk = desk(&environment, stands);
    let before = desk.finds();
    let finding = desk.found(case, &orphan, &[]);
    assert!(finding["message"].as_str().unwrap().contains("detach it in the cloud"), "{finding:#?}");
    let filled = filled(&environment);
    let ran = desk.types(&finding["next"].as_str().unwrap().replace("import bosh-state.json", &filled[3].1));
    assert_eq!(ran.status, 0, "{ran:?}");
    director.sandbox.detach_by_hand("vm-bosh-0", &orphan);
    desk.is_gone(case, &orphan, &before);
}

/// The disk that the Director had put away is an instance's again.
fn put_back() -> Director {
    let director = directed();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    let slug = director.slug();
    director.bosh(&["stop", &slug, "--no-converge"]).quiet_success();
    director.bosh(&["attach-disk", &slug, "disk-db-0", "--disk-properties=copy"]).quiet_success();
    director.bosh(&["start", &slug, "--no-converge"]).quiet_success();
    director
}

fn put_back_by_the_director(case: &Case, stands: Stands) {
    Desk::of(&put_back(), stands).may_bring("orphan_deadline").mends(case, "disk-db-0", &[]);
}

fn put_back_by_the_director_and_asked(case: &Case, stands: Stands) {
    Desk::of(&put_back(), stands).may_bring("orphan_deadline").checking(&["--from-bosh"]).mends(case, "disk-db-0", &[]);
}

fn strange_to_the_director(case: &Case, stands: Stands) {
    let director = directed();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    director.sandbox.attach_by_hand("vm-db-0", "disk-db-0");
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    let before = desk.tells(case, "disk-db-0", &[], &["detach it in the cloud"]);
    director.sandbox.detach_by_hand("vm-db-0", "disk-db-0");
    desk.is_gone(case, "disk-db-0", &before);
}

fn strange_to_the_director_of_a_known_cloud(case: &Case, stands: Stands) {
    let director = Director::with_cpi(&["db/0"], &serde_json::json!({}));
    let manifest = fs::read_to_string(director.sandbox.path("director.yml")).unwrap();
    director.sandbox.write("director.yml", &manifest.replace("wrapped_cpi", "google_cpi"));
    director.run(&["import", "--from-bosh"]).quiet_success();
    exchange(&director);
    director.run(&["import", "--from-bosh"]).quiet_success();
    director.sandbox.attach_by_hand("vm-db-0", "disk-db-0");
    let link = director.sandbox.path("cloud/vms/vm-db-0/disk-db-0");
    let script = format!(
        "#!/bin/sh\n[ \"$*\" = 'compute instances detach-disk vm-db-0 --disk disk-db-0' ] && rm '{}'\n",
        link.display()
    );
    director.sandbox.write("bin/gcloud", &script);
    fs::set_permissions(director.sandbox.path("bin/gcloud"), fs::Permissions::from_mode(0o755)).unwrap();
    let desk = Desk::of(&director, stands).checking(&["--from-bosh"]);
    desk.mends(case, "disk-db-0", &[("VM", "vm-db-0"), ("CID", "disk-db-0")]);
}
