//! Help topics that concern all verbs: environment variables, files, exit codes.

/// The environment variables that snapback reads, each with what it does. The help names the first ones in `[env:
/// ...]`.
pub const VARIABLES: &[(&str, &str)] = &[
    ("SNAPBACK_MANIFEST", "The Director's manifest, as --manifest"),
    ("SNAPBACK_STATE", "The state file, as --state"),
    ("BOSH_DEPLOYMENT", "The deployment, as --deployment"),
    ("BOSH_NON_INTERACTIVE", "If it is true, snapback asks nothing, as with --non-interactive"),
    ("BOSH_TTY", "If it is true, snapback draws tables as on a terminal, as with --tty"),
    ("NO_COLOR", "If it is set, snapback uses no colours, as with --no-color"),
    ("SNAPBACK_BOSH", "The bosh CLI, as --bosh"),
    ("SNAPBACK_CPI_PATH", "Executables of CPIs, as --cpi-path; a colon separates several"),
    ("SNAPBACK_CPI_CONFIG", "cpi-configs, as --cpi-config; a colon separates several"),
    ("COLUMNS", "The width of tables with --tty, and on a terminal that does not report its width"),
    ("TERM", "If it is `dumb`, snapback uses no colours"),
    ("TMPDIR", "Where snapback puts temporary files of long lists"),
    ("HOME", "Where snapback looks for create-env's installations (~/.bosh)"),
    ("SUDO_UID", "The user whose manifest above the working directory root also trusts"),
    (
        "BOSH_ENVIRONMENT, BOSH_CLIENT, BOSH_CLIENT_SECRET, BOSH_CA_CERT",
        "Passed on to the bosh CLI, which finds the Director with them",
    ),
];

/// The files that snapback reads and writes, each with what it is.
pub const FILES: &[(&str, &str)] = &[
    ("director.yml", "The manifest, in the working directory or in one above it; --manifest names another one"),
    ("<stem>-snapshots.db", "The state file, beside the manifest director.yml: director-snapshots.db"),
    ("<stem>-snapshots.db.locks/", "The locks of running operations, beside the state file"),
    (
        "<stem>-state.json",
        "The state file of bosh create-env, beside the manifest: read, and changed only by a restore",
    ),
    ("/var/vcap/jobs/*/bin/cpi", "The executables of CPIs on a Director's VM"),
    ("~/.bosh/installations/*/jobs/*/bin/cpi", "The executables of CPIs that bosh create-env left behind"),
];

/// A list of names and meanings, for a screen of 80 columns.
pub fn list(heading: &str, rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(name, meaning)| format!("  {name}\n      {meaning}\n")).collect();
    format!("{heading}:\n{rows}")
}
