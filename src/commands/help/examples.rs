//! Two or three examples of each verb. `tests/docs/examples.rs` runs them all.
//!
//! In a line, CID stands for a snapshot, DISK-CID for a disk, OPERATION and ID for what the lists show.

/// A command line, and what it does.
#[derive(Debug, Clone, Copy)]
pub struct Example {
    /// A sentence that says what the line does.
    pub does: &'static str,
    /// The line.
    pub line: &'static str,
}

const fn of(does: &'static str, line: &'static str) -> Example {
    Example { does, line }
}

/// The examples of a verb, or of a subcommand (`schedule run`); empty if the name is not a verb.
pub fn examples(verb: &str) -> &'static [Example] {
    EXAMPLES.iter().find(|(name, _)| *name == verb).map_or(&[], |(_, examples)| examples)
}

/// All of them, by verb.
pub const EXAMPLES: &[(&str, &[Example])] = &[
    (
        "snapshots",
        &[
            of("List the snapshots of an instance", "snapback -d prod snapshots db/0"),
            of("See what has happened to an instance", "snapback -d prod snapshots --graph db/0"),
            of("Print only their CIDs, for a script", "snapback snapshots --output cid"),
        ],
    ),
    (
        "take",
        &[
            of("Take a snapshot of each disk of an instance", "snapback -d prod take db/0"),
            of(
                "Take all of a deployment, and keep them for ten days",
                "snapback -d prod take --lifespan 10d --note 'before the upgrade'",
            ),
            of("See what would be taken", "snapback take --all-deployments --dry-run"),
        ],
    ),
    (
        "guard",
        &[
            of("Take snapshots, then deploy", "snapback -d prod guard -- bosh -n -d prod deploy prod.yml"),
            of("The same for one instance group", "snapback -d prod guard db -- bosh -n -d prod recreate db"),
        ],
    ),
    (
        "delete",
        &[
            of("Delete a snapshot", "snapback delete CID"),
            of("Delete all that one `take` took", "snapback delete --set OPERATION"),
            of("See what would be deleted", "snapback delete CID --dry-run"),
        ],
    ),
    (
        "delete-all",
        &[
            of("Delete all snapshots of an instance", "snapback -d prod delete-all db/0"),
            of("See what would be deleted", "snapback -d prod delete-all --dry-run"),
        ],
    ),
    (
        "prune",
        &[
            of("See what goes, what stays, and why", "snapback prune --dry-run"),
            of("Delete what need not be kept, without being asked", "snapback -n prune"),
        ],
    ),
    (
        "hold",
        &[
            of("Keep a snapshot from being deleted", "snapback hold CID --reason 'ticket 4711'"),
            of("See what would be held", "snapback hold CID --reason 'ticket 4711' --dry-run"),
        ],
    ),
    (
        "release",
        &[
            of("Let a held snapshot go", "snapback release CID"),
            of("See what would be released", "snapback release CID --dry-run"),
        ],
    ),
    (
        "delete-disk",
        &[
            of("See which disks are orphaned", "snapback disks --orphaned"),
            of("Delete one of them", "snapback delete-disk DISK-CID"),
            of("Delete one that an undo still needs", "snapback delete-disk DISK-CID --give-up-undo OPERATION"),
        ],
    ),
    (
        "promote",
        &[
            of("Make a disk from a snapshot", "snapback promote CID"),
            of("Make a larger one (in MiB)", "snapback promote CID --size 2048"),
            of("See whether it can be done", "snapback promote CID --dry-run"),
        ],
    ),
    (
        "drill",
        &[
            of("Try out the newest snapshot of an instance", "snapback -d prod drill --latest db/0"),
            of("Try out a certain one", "snapback drill CID"),
            of("See the plan", "snapback drill CID --dry-run"),
        ],
    ),
    (
        "restore",
        &[
            of("See what would be done", "snapback -d prod restore --latest db/0 --dry-run"),
            of("Put an instance back on its newest snapshot", "snapback -d prod restore --latest db/0"),
            of("Put it back on a certain one", "snapback restore CID"),
        ],
    ),
    (
        "apply",
        &[
            of("Save a plan, and look at it", "snapback restore CID --dry-run --save plan.json"),
            of("See whether it still holds", "snapback apply plan.json --dry-run"),
            of("Carry it out", "snapback apply plan.json"),
        ],
    ),
    (
        "undo",
        &[
            of("See what would be done", "snapback undo --dry-run"),
            of("Undo all that the newest command restored; again goes further back", "snapback -d prod undo"),
            of("Undo a certain operation; of an undo, that is the redo", "snapback undo OPERATION"),
        ],
    ),
    (
        "recover",
        &[
            of("See what is open", "snapback recover --dry-run"),
            of("Settle what can be settled without harm", "snapback recover"),
            of("Finish an interrupted restore", "snapback recover --resume"),
        ],
    ),
    (
        "status",
        &[
            of("Show whether each instance could be restored", "snapback status"),
            of("Fail if a newest snapshot is too old, for a monitor", "snapback status --max-age 26h"),
            of("Write metrics for Prometheus", "snapback status --offline --metrics snapback.prom"),
        ],
    ),
    (
        "report",
        &[
            of("Write a page that a browser shows", "snapback report --html snapback.html"),
            of("The same, and fail as `status` does", "snapback report --html snapback.html --max-age 26h"),
            of("Print it, from the state file alone", "snapback report --offline --html -"),
        ],
    ),
    (
        "check",
        &[
            of("Compare with the clouds", "snapback check"),
            of("Compare with the Director, too", "snapback check --from-bosh"),
        ],
    ),
    (
        "operations",
        &[
            of("List the last operations", "snapback operations --limit 10"),
            of("Show the steps of one", "snapback operations OPERATION"),
        ],
    ),
    (
        "init",
        &[
            of("See what would be written", "snapback init --dry-run"),
            of("Write it into this directory", "snapback init"),
        ],
    ),
    (
        "import",
        &[
            of("Ask the Director, with your bosh CLI", "snapback import --from-bosh"),
            of("Import what the Director says", "bosh -d prod instances --details --json | snapback import -"),
            of("Import an inventory that you wrote", "snapback import inventory.yml"),
        ],
    ),
    (
        "instances",
        &[
            of("List the instances of a deployment", "snapback -d prod instances"),
            of("With VMs and disks, as bosh does", "snapback -d prod instances --details"),
        ],
    ),
    (
        "disks",
        &[
            of("List the disks of a deployment", "snapback -d prod disks"),
            of("List the orphaned ones", "snapback disks --orphaned"),
        ],
    ),
    (
        "schedule",
        &[
            of("Show the schedules", "snapback schedule show"),
            of("Run what is due, then exit", "snapback schedule run --once"),
        ],
    ),
    (
        "schedule show",
        &[
            of("Show all schedules", "snapback schedule show"),
            of("Print them for a program", "snapback schedule show --output json"),
        ],
    ),
    (
        "schedule next",
        &[
            of("Print the next times of the manifest's schedules", "snapback schedule next"),
            of(
                "Print the next three times of a cron string",
                "snapback schedule next --cron '0 7 * * * Europe/Berlin' --count 3",
            ),
        ],
    ),
    (
        "schedule run",
        &[
            of("Run what is due, then exit", "snapback schedule run --once"),
            of("The same, without the runs that were missed", "snapback schedule run --once --no-catch-up"),
        ],
    ),
    (
        "schedule units",
        &[
            of("Print a service for systemd", "snapback schedule units --systemd"),
            of("Print a line for a crontab", "snapback schedule units --cron"),
        ],
    ),
    (
        "schedule at",
        &[
            of("Take a snapshot tonight", "snapback schedule at 'tomorrow 02:00' -- -d prod take db/0"),
            of("Prune in two hours", "snapback schedule at 'in 2h' -- prune"),
        ],
    ),
    (
        "schedule list",
        &[
            of("List the commands that wait for their time", "snapback schedule list"),
            of("List those that have ended, too", "snapback schedule list --all"),
        ],
    ),
    (
        "schedule cancel",
        &[of("See which there are", "snapback schedule list"), of("Cancel one", "snapback schedule cancel ID")],
    ),
    (
        "manifest",
        &[
            of("Show the settings, and the line of each", "snapback manifest"),
            of("Show them with your variables filled in", "snapback -l creds.yml -v name=value manifest"),
        ],
    ),
    ("cpis", &[of("List the CPIs", "snapback cpis"), of("Print them for a program", "snapback cpis --output json")]),
    (
        "cpi",
        &[
            of(
                "Ask the local backend what it can do",
                "echo '{\"method\":\"info\",\"arguments\":[]}' | snapback cpi local --path disks",
            ),
            of("Show its options", "snapback help cpi local"),
        ],
    ),
    (
        "cpi local",
        &[
            of(
                "Ask it what it can do",
                "echo '{\"method\":\"info\",\"arguments\":[]}' | snapback cpi local --path disks",
            ),
            of(
                "Make a disk of 16 MiB",
                "echo '{\"method\":\"create_disk\",\"arguments\":[16,{},null]}' | snapback cpi local --path disks",
            ),
        ],
    ),
    (
        "state",
        &[
            of("Make a copy of the state file", "snapback state backup snapshots.bak"),
            of("Bring that copy up to date", "snapback state backup --replace snapshots.bak"),
            of("Look at a copy", "snapback --state snapshots.bak snapshots"),
        ],
    ),
    (
        "state backup",
        &[
            of("Make a copy of the state file", "snapback state backup snapshots.bak"),
            of("Bring that copy up to date", "snapback state backup --replace snapshots.bak"),
            of("Look at a copy", "snapback --state snapshots.bak snapshots"),
        ],
    ),
    (
        "doctor",
        &[
            of("Check everything, for a ticket", "snapback doctor"),
            of("Print it for a program", "snapback doctor --output json"),
        ],
    ),
    (
        "demo",
        &[
            of("Watch snapshots and a restore, on files of this machine", "snapback demo"),
            of("The same, in a directory that is kept", "snapback demo --keep demo"),
        ],
    ),
    (
        "completions",
        &[
            of("bash: load them into this shell", "source <(snapback completions bash)"),
            of("zsh: put them where zsh looks", "snapback completions zsh > _snapback"),
            of("fish: the same", "snapback completions fish > snapback.fish"),
        ],
    ),
    (
        "man",
        &[
            of("Write a manual page for each verb", "snapback man man1"),
            of("Read one", "snapback man man1 && man ./man1/snapback-take.1"),
        ],
    ),
    (
        "help",
        &[
            of("Explain a verb", "snapback help restore"),
            of("List the options of all verbs", "snapback help options"),
            of("Explain the exit codes", "snapback help exit-codes"),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_has_two_or_three() {
        let mut verbs = Vec::new();
        let definition = crate::commands::definition();
        for verb in definition.get_subcommands() {
            verbs.push(verb.get_name().to_owned());
            verbs.extend(verb.get_subcommands().map(|below| format!("{} {}", verb.get_name(), below.get_name())));
        }
        for verb in &verbs {
            let count = examples(verb).len();
            assert!((2..=3).contains(&count), "{verb} has {count}: put them into src/commands/help/examples.rs");
        }
        assert_eq!(EXAMPLES.len(), verbs.len(), "examples of what is not a verb");
    }

    #[test]
    fn each_fits_a_line_and_is_about_its_verb() {
        for (verb, examples) in EXAMPLES {
            for example in *examples {
                assert!(example.line.len() <= 100 && example.does.len() <= 70, "{verb}: {example:?}");
            }
            let word = verb.split(' ').next().unwrap_or_default();
            assert!(examples.iter().any(|example| example.line.split_whitespace().any(|said| said == word)), "{verb}");
        }
    }
}
