//! `prune`: what is said where a cloud is away, and of names that are written wrong.

use serde_json::Value;

use crate::prune::{at, left, run_at, say, sorted, take_at};
use crate::support::{Ran, Sandbox};

fn furnished() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0", "web/0"]);
    for instance in ["db/0", "web/0"] {
        (1..4).for_each(|hour| drop(take_at(&sandbox, &at(1, hour), instance)));
    }
    say(&sandbox, "retention: {keep_last: 1}");
    sandbox
}

/// One error, of this sentence, with a next step.
#[track_caller]
fn says_once(ran: &Ran, sentence: &str) {
    assert_eq!(ran.status, 7, "{ran:?}");
    let errors: Vec<&str> = ran.stderr.lines().filter(|line| line.starts_with("Error:")).collect();
    assert_eq!(errors, [format!("Error: nothing is deleted on local_cpi, since it {sentence}")], "{ran:?}");
    assert!(ran.stderr.contains("Hint: run: snapback prune"), "{ran:?}");
    assert!(
        !ran.stderr.contains("does not believe that it is gone")
            && !ran.stderr.contains("cannot tell whether the cloud"),
        "{ran:?}"
    );
}

#[test]
fn a_cloud_that_is_away_is_told_once_in_one_sentence() {
    let sandbox = furnished();
    let (cloud, away) = (sandbox.path("cloud"), sandbox.path("away"));
    std::fs::rename(&cloud, &away).unwrap();
    let absent = "does not answer (the directory of the disks, cloud, does not exist)";
    says_once(&run_at(&sandbox, &at(2, 0), &["prune", "--dry-run"]), absent);
    let ran = run_at(&sandbox, &at(2, 0), &["-n", "prune", "--output", "json"]);
    let document: Value = serde_json::from_str(&ran.stdout).unwrap();
    let rows = document["snapshots"].as_array().unwrap();
    assert!(rows.len() == 4 && rows.iter().all(|row| row["error"].as_str().unwrap().ends_with(absent)), "{rows:?}");
    assert_eq!(document["errors"].as_array().unwrap().len(), 1, "{document}");

    // Mounted nothing, or another cloud.
    std::fs::create_dir_all(cloud.join("disks")).unwrap();
    let nothing = "has none of the 10 disks, VMs and snapshots that are known to be there (is it the right cloud, and is it mounted?)";
    for line in [&["prune", "--dry-run"][..], &["-n", "prune"]] {
        let ran = run_at(&sandbox, &at(2, 0), line);
        says_once(&ran, nothing);
        assert!(ran.stderr.contains("Hint: run: snapback prune --believe-empty"), "{ran:?}");
    }
    let believed = run_at(&sandbox, &at(2, 0), &["prune", "--dry-run", "--believe-empty"]);
    assert_ne!(believed.status, 2, "{believed:?}");
    std::fs::remove_dir_all(&cloud).unwrap();
    std::fs::rename(&away, &cloud).unwrap();
    assert_eq!(left(&sandbox).len(), 6);
    assert_eq!(run_at(&sandbox, &at(2, 0), &["-n", "prune"]).status, 0);
    assert_eq!(left(&sandbox).len(), 2);
}

const JOBS: &str = "schedule: {jobs: [{name: nightly, cron: '0 2 * * *', do: take}]}";

#[test]
fn a_name_of_no_schedule_that_is_nearly_one_is_refused_as_an_unknown_key_is() {
    let sandbox = Sandbox::with(&["db/0"]);
    for (name, meant) in
        [("nigthly", "nightly"), ("Nightly", "nightly"), ("slef", "self"), ("deployment", "deployments")]
    {
        say(&sandbox, &format!("retention: {{schedules: {{{name}: {{keep_last: 9}}}}}}\n    {JOBS}"));
        let says = [
            &format!("unknown key `{name}`"),
            &format!("did you mean `{meant}`? The schedules: self, deployments, nightly"),
        ];
        sandbox.run(&["-n", "prune"]).refused(2, &says.map(String::as_str));
    }
}

#[test]
fn a_name_of_no_group_and_of_no_schedule_is_warned_of_unless_snapshots_have_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    let warned = |lines: &str| {
        say(&sandbox, &format!("{lines}\n    {JOBS}"));
        let ran = run_at(&sandbox, &at(2, 0), &["-n", "prune"]);
        assert_eq!(ran.status, 0, "{ran:?}");
        ran.stderr
    };
    let told = warned("retention: {groups: {bd: {keep_last: 1}}, schedules: {monthly: {keep_last: 1}}}");
    assert!(
        told.contains("groups.bd: no instance and no snapshot belongs to a group of that name; did you mean `db`?"),
        "{told}"
    );
    assert!(told.contains("schedules.monthly: no schedule and no snapshot has that name"), "{told}");
    // One that has rules of its own was not meant.
    let told = warned("retention: {schedules: {nightly: {keep_last: 1}, nightly2: {keep_last: 1}}}");
    assert!(told.contains("schedules.nightly2: no schedule and no snapshot has that name"), "{told}");
    assert!(!told.contains("schedules.nightly:"), "{told}");
    // A job that is no more has left some.
    assert_eq!(run_at(&sandbox, &at(1, 0), &["take", "--schedule", "monthly"]).status, 0);
    assert!(!warned("retention: {schedules: {monthly: {keep_last: 1}, self: {}}}").contains("Warning: snapback.ret"));
}

/// Two disks, of which half a take has one.
fn of_two_disks() -> Sandbox {
    let sandbox = Sandbox::empty();
    sandbox.furnish_disks(&[("db/0", &["disk-db-0", "wal"]), ("web/0", &["disk-web-0"])], "");
    sandbox
}

fn whole_at(sandbox: &Sandbox, time: &str) -> Vec<String> {
    let ran = run_at(sandbox, time, &["take", "db", "--output", "cid"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    ran.stdout.lines().map(str::to_owned).collect()
}

fn half_at(sandbox: &Sandbox, time: &str) -> String {
    let take = sandbox.prepare(&["take", "db", "--parallel", "1", "--output", "cid"]).env("SNAPBACK_TEST_NOW", time);
    let ran = take.fault("take.snapshot_disk.before#2=error").go();
    assert_eq!(ran.status, 3, "{ran:?}");
    ran.stdout.trim().to_owned()
}

#[test]
fn half_a_take_is_no_copy_in_whose_favour_a_whole_one_goes() {
    let sandbox = of_two_disks();
    let whole = [whole_at(&sandbox, &at(1, 1)), whole_at(&sandbox, &at(1, 2))].concat();
    let half = half_at(&sandbox, &at(1, 3));
    let all: Vec<&String> = whole.iter().chain([&half]).collect();
    // Also once nobody knows any more which disks it had.
    for gone in [false, true] {
        if gone {
            let inventory = std::fs::read_to_string(sandbox.path("inventory.yml")).unwrap();
            let (head, web) =
                (inventory.find("      - name: db/0").unwrap(), inventory.find("      - name: web/0").unwrap());
            sandbox.write("inventory.yml", &format!("{}{}", &inventory[..head], &inventory[web..]));
            sandbox.run(&["import", "inventory.yml"]).quiet_success();
        }
        say(&sandbox, "retention: {keep_last: 2}");
        assert_eq!(run_at(&sandbox, &at(2, 0), &["-n", "prune"]).status, 0);
        assert_eq!(left(&sandbox), sorted(&all), "gone: {gone}");
    }
}

#[test]
fn where_there_are_too_many_takes_the_half_one_is_the_one_to_delete() {
    let sandbox = of_two_disks();
    whole_at(&sandbox, &at(1, 1));
    let half = half_at(&sandbox, &at(1, 2));
    say(&sandbox, "limits: {max_per_instance: 2}");
    let ran = run_at(&sandbox, &at(1, 3), &["take", "db"]);
    assert!(ran.status == 4 && ran.stderr.contains(&format!("snapback delete {half}")), "{ran:?}");
    sandbox.run(&["-n", "delete", &half]).quiet_success();
    whole_at(&sandbox, &at(1, 4));
}
