//! Options of the bosh CLI that snapback does not have, and what to do instead. None is passed over: whoever names another
//! Director, or another user, relies on it.

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
];

/// What to do instead of this option of this verb.
pub(super) fn instead(option: &str, verb: &str) -> Option<&'static str> {
    let is_it = |(names, of, _): &&(&[&str], &str, &str)| names.contains(&option) && (of.is_empty() || *of == verb);
    OPTIONS.iter().find(is_it).map(|(_, _, instead)| *instead)
}
