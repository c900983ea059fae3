//! Guesses the word that a mistyped verb or option may mean: a good guess, or none.

use clap::{Arg, Command};

/// Words of other tools, and of habit, with the verbs that do the same here.
const WORDS: &[(&str, &[&str])] = &[
    ("version", &["--version"]),
    ("list", &["snapshots"]),
    ("ls", &["snapshots"]),
    ("show", &["snapshots"]),
    ("backup", &["take", "state backup"]),
    ("create", &["take"]),
    ("snap", &["take", "snapshots"]),
    ("rm", &["delete"]),
    ("remove", &["delete"]),
    ("forget", &["prune"]),
    ("gc", &["prune"]),
    ("clean-up", &["prune"]),
    ("cleanup", &["prune"]),
    ("rollback", &["undo"]),
    ("revert", &["undo", "restore"]),
    ("redo", &["undo"]),
    ("test", &["drill"]),
    ("verify", &["drill", "status"]),
    ("log", &["operations"]),
    ("logs", &["operations"]),
    ("history", &["operations"]),
    ("tasks", &["operations"]),
    ("task", &["operations"]),
    ("events", &["operations"]),
    ("vms", &["instances"]),
    ("cron", &["schedule"]),
    ("deployments", &["instances"]),
    ("orphaned-disks", &["disks --orphaned"]),
    ("orphan-disk", &["disks --orphaned"]),
    ("unlock", &["recover"]),
    ("repair", &["recover", "check"]),
    ("cck", &["check"]),
    ("cloud-check", &["check"]),
    ("cloudcheck", &["check"]),
    ("run", &["schedule run"]),
    ("scan", &["check"]),
    ("fsck", &["check"]),
    ("config", &["manifest"]),
    ("setup", &["init"]),
    ("attach-disk", &["restore"]),
    ("completion", &["completions"]),
    ("manual", &["man"]),
];

/// The verbs below `command` that a word may have meant, only the most likely ones; at the top level also verbs for
/// words of other tools.
pub fn verbs(command: &Command, typed: &str, is_root: bool) -> Vec<String> {
    let typed = typed.to_lowercase();
    if let Some((_, meant)) = WORDS.iter().find(|(word, _)| is_root && *word == typed) {
        return meant.iter().map(|&line| line.to_owned()).collect();
    }
    let names = command.get_subcommands().filter(|below| !below.is_hide_set());
    let names: Vec<(&str, &str)> = names
        .flat_map(|below| {
            std::iter::once(below.get_name()).chain(below.get_all_aliases()).map(|name| (name, below.get_name()))
        })
        .collect();
    nearest(&typed, &names, |name| name.starts_with(&typed))
}

/// The options of `command` that a word such as `--dryrun` may have meant.
pub fn options(command: &Command, typed: &str) -> Vec<String> {
    let Some(typed) = typed.strip_prefix("--") else { return Vec::new() };
    let typed = typed.split('=').next().unwrap_or_default().to_lowercase();
    let args: Vec<&Arg> = command.get_arguments().filter(|arg| !arg.is_hide_set()).collect();
    let names: Vec<(&str, &str)> = args.iter().filter_map(|arg| arg.get_long()).map(|name| (name, name)).collect();
    let is_own = |name: &str| args.iter().any(|arg| arg.get_long() == Some(name) && !arg.is_global_set());
    // Many options begin with the same few letters: `--all` is not `--allow-network-fs`, and `--time` not `--timeout`.
    let begins = |name: &str| {
        let rest = name.strip_prefix(&typed);
        let enough = typed.len() > 4 || (is_own(name) && 2 * typed.len() >= name.len());
        rest.is_some_and(|rest| rest.starts_with('-') || enough)
    };
    nearest(&typed, &names, begins).into_iter().map(|name| format!("--{name}")).collect()
}

/// The most guesses that are shown. If there are more, none is.
const MOST: usize = 3;

/// Of pairs of a name and what it is called, those of which enough is typed; else those with the fewest slips, if these are few.
fn nearest(typed: &str, names: &[(&str, &str)], is_begun: impl Fn(&str) -> bool) -> Vec<String> {
    let slips = match typed.chars().count() {
        0..=2 => return Vec::new(),
        3..=5 => 1,
        _ => 2,
    };
    let is_same = |name: &str| name.replace('-', "") == typed.replace(['-', '_'], "");
    let distance = |name: &str| if is_begun(name) || is_same(name) { 0 } else { strsim::osa_distance(typed, name) };
    let best = names.iter().map(|(name, _)| distance(name)).min().filter(|least| *least <= slips);
    let mut found: Vec<String> = Vec::new();
    for (name, called) in names {
        if Some(distance(name)) == best && !found.iter().any(|one| one == called) {
            found.push((*called).to_owned());
        }
    }
    if found.len() > MOST { Vec::new() } else { found }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guess_is_good_or_absent() {
        let definition = crate::commands::definition();
        for (typed, meant) in [
            ("version", &["--version"][..]),
            ("ls", &["snapshots"]),
            ("list", &["snapshots"]),
            ("snapshot", &["snapshots"]),
            ("tke", &["take"]),
            ("taek", &["take"]),
            ("TAKE", &["take"]),
            ("take_snapshot", &["take"]),
            ("takesnapshot", &["take"]),
            ("rstore", &["restore"]),
            ("restroe", &["restore"]),
            ("undoo", &["undo"]),
            ("operation", &["operations"]),
            ("opeartions", &["operations"]),
            ("stat", &["status", "state"]),
            ("status-x", &["status"]),
            ("checkk", &["check"]),
            ("hlep", &["help"]),
            ("instance", &["instances"]),
            ("deleteall", &["delete-all"]),
            ("delete-snapshotz", &["delete", "delete-all"]),
            ("rollback", &["undo"]),
            ("vms", &["instances"]),
            ("cck", &["check"]),
            ("plan", &[]),
            ("deploy", &[]),
            ("ssh", &[]),
            ("recreate", &[]),
            ("environments", &[]),
            ("x", &[]),
            ("", &[]),
            ("db/0", &[]),
            ("snap-0000", &[]),
        ] {
            assert_eq!(verbs(&definition, typed, true), meant, "{typed}");
        }
        let schedule = definition.find_subcommand("schedule").unwrap();
        assert_eq!(verbs(schedule, "cancle", false), ["cancel"]);
        assert_eq!(verbs(schedule, "version", false), Vec::<String>::new());
    }

    #[test]
    fn a_guess_of_an_option() {
        let mut definition = crate::commands::definition();
        definition.build();
        let restore = definition.find_subcommand("restore").unwrap();
        for (typed, meant) in [
            ("--dryrun", &["--dry-run"][..]),
            ("--dry_run", &["--dry-run"]),
            ("--latset=db", &["--latest"]),
            ("--deploymnt", &["--deployment"]),
            ("--no-safety", &["--no-safety-snapshot"]),
            ("--environment", &[]),
            ("--force", &[]),
            ("--all", &[]),
            ("--time", &[]),
            ("--deploy", &["--deployment"]),
            ("--dry", &["--dry-run"]),
            ("--lat", &["--latest"]),
            ("-x", &[]),
        ] {
            assert_eq!(options(restore, typed), meant, "{typed}");
        }
    }
}
