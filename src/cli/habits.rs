//! Options of the bosh CLI and of other tools that snapback does not have, and what to do instead. None is passed over: whoever
//! names another Director, or another user, relies on it.

/// Which options, of which verb (none: of each), and what to do instead.
const OPTIONS: &[(&[&str], &str, &str)] = &[
    (
        &["-e", "--environment"],
        "",
        "bosh has it; in snapback the manifest (-m) says which Director it is, and BOSH_ENVIRONMENT is for the bosh that \
         snapback runs",
    ),
    (
        &["--client", "--client-secret", "--ca-cert", "--config"],
        "",
        "bosh has it; the bosh that snapback runs is logged in as you are: set BOSH_CLIENT, BOSH_CLIENT_SECRET, BOSH_CA_CERT \
         or BOSH_CONFIG",
    ),
    (&["--sha2"], "", "bosh has it; leave it out: snapback does nothing of which it could be true"),
    (&["--parallel"], "", "bosh has it for each verb, snapback for `take`; leave it out"),
    (
        &["--vitals", "-p", "--ps", "-f", "--failing"],
        "instances",
        "bosh has it; snapback knows no processes: ask `bosh instances`",
    ),
    (&["-r", "--recent"], "operations", "the newest operations come first; to see only some of them: --limit N"),
    (&["-y", "--yes", "--assume-yes"], "", "-n asks nothing (--non-interactive)"),
    (&["-a", "--all"], "delete", "to delete all snapshots of a deployment, or of a part of it: snapback delete-all"),
    (&["-a", "--all"], "snapshots", "without -d and BOSH_DEPLOYMENT, `snapshots` lists those of all deployments"),
    (&["--since"], "snapshots", "to see those taken at a time or after it: --after TIME"),
    (&["--until"], "snapshots", "to see those taken before a time: --before TIME"),
    (
        &["-t", "--time", "--at", "--date"],
        "restore",
        "to restore the newest snapshot from before a time: --latest SELECTOR --before TIME",
    ),
    (&["--redo"], "undo", "to redo it, undo the undo: snapback undo OPERATION, with the operation of that undo"),
];

/// What to do instead of this option of this verb.
pub(super) fn instead(option: &str, verb: &str) -> Option<&'static str> {
    let is_it = |(names, of, _): &&(&[&str], &str, &str)| names.contains(&option) && (of.is_empty() || *of == verb);
    OPTIONS.iter().find(is_it).map(|(_, _, instead)| *instead)
}
