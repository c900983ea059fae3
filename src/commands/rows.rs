//! The list in the JSON document of a verb. It is there whatever happens to the command: empty if the command ends
//! before its rows.

use std::ffi::OsString;

use clap::ArgMatches;
use clap::parser::ValueSource;

/// The list of the verb that was understood; `None` for a verb whose answer has no rows.
pub(super) fn of_matches(matches: &ArgMatches) -> Option<&'static str> {
    let (mut names, mut below) = (Vec::new(), matches);
    while let Some((name, next)) = below.subcommand() {
        names.push(name);
        below = next;
    }
    let given = |id: &str| {
        below.try_contains_id(id).unwrap_or(false) && below.value_source(id) == Some(ValueSource::CommandLine)
    };
    list(&names, &given)
}

/// The list of a verb whose words were not understood.
pub fn of_words(verb: &[String], words: &[OsString]) -> Option<&'static str> {
    let names: Vec<&str> = verb.iter().map(String::as_str).collect();
    let given = |id: &str| {
        let option = format!("--{}", id.replace('_', "-"));
        words.iter().take_while(|word| *word != "--").any(|word| {
            let word = word.to_string_lossy();
            word.strip_prefix(&option).is_some_and(|rest| rest.is_empty() || rest.starts_with('='))
        })
    };
    list(&names, &given)
}

fn list(names: &[&str], given: &dyn Fn(&str) -> bool) -> Option<&'static str> {
    let planned = |plan: &'static str, rows: &'static str| if given("dry_run") { plan } else { rows };
    Some(match names {
        ["snapshots" | "delete" | "delete-all" | "prune" | "hold" | "release"] => "snapshots",
        ["take"] => planned("disks", "snapshots"),
        ["promote"] => planned("steps", "disks"),
        ["drill"] => planned("steps", "drills"),
        ["restore" | "apply" | "undo"] => planned("steps", "instances"),
        ["disks" | "delete-disk"] => "disks",
        ["status" | "instances"] => "instances",
        ["check"] if ["adopt", "forget", "attach"].iter().any(|option| given(option)) => "repairs",
        ["check"] => "findings",
        ["operations"] if given("operation") => "steps",
        ["operations" | "recover"] => "operations",
        ["import"] => "changes",
        ["manifest"] => "settings",
        ["cpis"] => "cpis",
        ["doctor"] => "checks",
        ["schedule", "show"] => "schedules",
        ["schedule", "next"] => "times",
        ["schedule", "run"] => "runs",
        ["schedule", "at" | "list" | "cancel"] => "one_offs",
        _ => return None,
    })
}
