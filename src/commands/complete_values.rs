//! `snapback complete-values`, which only the completion scripts call: what the state file can offer at the cursor.
//!
//! It writes nothing, locks nothing and never fails. If there is no readable state file, it prints nothing.

mod bash;
mod line;

use std::path::{Path, PathBuf};

use crate::context::{CALLER, ManifestPlace};
use crate::manifest::Manifest;
use crate::state::{Candidate, Names, candidates};
use crate::ui::printable;
use line::Line;
pub(super) use line::is_for_files;

use super::{help, instances, views};

/// The name under which the scripts call it. It is not a command of the definition, and no help shows it.
pub const NAME: &str = "complete-values";

/// The name of the value that `help` takes.
const TOPIC: &str = "TOPIC";

/// Nothing can stand there that is known. Without any line, bash and fish would offer files.
const NOTHING: &str = "\n";

/// The answer: a line for each candidate, in the words of the shell that asks. `words` is `bash LINE CURRENT`, with the
/// line up to the cursor and what bash takes for the current word; or `SHELL WORD...`, with the words up to the cursor,
/// without quotes, the current one last (in PowerShell with a colon before it). `variable` gives environment variables.
pub fn answer(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> String {
    match words {
        [shell, line, current] if shell == "bash" => {
            let Some(typed) = bash::Typed::read(line) else { return String::new() };
            let Found { option, names, is_ours } = find(&typed.words, variable);
            if names.is_empty() && is_ours {
                return NOTHING.to_owned();
            }
            let whole = names.iter().map(|one| format!("{option}{}", one.name));
            whole.filter_map(|name| typed.reply(&name, current)).map(|reply| reply + "\n").collect()
        }
        [shell, before @ .., current] => {
            let current = if shell == "powershell" { current.strip_prefix(':').unwrap_or(current) } else { current };
            let Found { option, names, is_ours } = find(&[before, &[current.to_owned()]].concat(), variable);
            if names.is_empty() && is_ours && shell == "fish" {
                return NOTHING.to_owned();
            }
            // PowerShell puts the answer in the place of the whole word.
            let option = if shell == "powershell" { option } else { String::new() };
            let line =
                |one: &Candidate| format!("{option}{}\t{}\n", one.name, printable(&one.about).replace('\n', " "));
            names.iter().map(line).collect()
        }
        _ => String::new(),
    }
}

/// The answer for the last of the words.
#[derive(Default)]
struct Found {
    /// What stands before the value in the same word: `--column=`.
    option: String,
    /// The candidates.
    names: Vec<Candidate>,
    /// Whether nothing else can stand there, no file's name for one.
    is_ours: bool,
}

/// The candidates for the last of `words`, without what stands on the line already.
fn find(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Found {
    let definition = crate::commands::definition();
    let line = Line::read(&definition, words);
    let begun = |all: Vec<Candidate>| all.into_iter().filter(|one| one.name.starts_with(&line.current)).collect();
    let (mut found, is_ours): (Vec<Candidate>, bool) = match line.wanted.as_deref() {
        Some(line::COLUMN) => (begun(columns(&line)), true),
        Some(TOPIC) => (begun(topics(&definition, &line.given)), true),
        _ if !line.values.is_empty() => (begun(line.values.clone()), false),
        _ => match names(&line) {
            Some(names) => (of_state(&line, names, variable), true),
            None => (Vec::new(), line.wanted.is_some() && !line.is_for_files),
        },
    };
    if line.wanted.as_deref() != Some(TOPIC) {
        found.retain(|one| !line.given.contains(&one.name));
    }
    Found { option: line.option, names: found, is_ours }
}

/// The names of a kind in the state file that the line means.
fn of_state(line: &Line, names: Names, variable: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    // Without quotes, the shell would have replaced it.
    let path = |text: String| match (text.strip_prefix("~/"), variable("HOME")) {
        (Some(rest), Some(home)) => Path::new(&home).join(rest),
        _ => PathBuf::from(text),
    };
    let manifest = || line.manifest.clone().or_else(|| variable("SNAPBACK_MANIFEST"));
    let beside = || {
        let search = || ManifestPlace::search(variable(CALLER).as_deref());
        let searched = || Some(search()).filter(|place| place.trusted().is_ok()).map(|place| place.path);
        Manifest::state_path_beside(&manifest().map(path).or_else(searched)?).ok()
    };
    let named = line.state.clone().or_else(|| variable("SNAPBACK_STATE"));
    let Some(state) = named.map(path).or_else(beside) else { return Vec::new() };
    let deployment =
        line.deployment.clone().or_else(|| variable("BOSH_DEPLOYMENT")).filter(|_| names != Names::Deployments);
    let mut found = candidates(&state, names, deployment.as_deref(), &line.current);
    // A name that would break a line would break the script, too.
    found.retain(|one| !one.name.contains('\n') && printable(&one.name) == one.name);
    found
}

/// The long options of all verbs whose values can be offered.
pub(super) fn options_with_names(definition: &clap::Command) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut open = vec![definition];
    while let Some(command) = open.pop() {
        open.extend(command.get_subcommands());
        for arg in command.get_arguments() {
            let line = Line { wanted: line::named(arg), ..Line::default() };
            let offers = names(&line).is_some() || line.wanted.as_deref() == Some(line::COLUMN);
            all.extend(arg.get_long().filter(|_| offers).map(str::to_owned));
        }
    }
    all.sort_unstable();
    all.dedup();
    all
}

/// The pages of the help: what stands below these words, and at the beginning the topics, too.
fn topics(definition: &clap::Command, before: &[String]) -> Vec<Candidate> {
    let mut command = definition;
    for name in before {
        let Some(below) = command.find_subcommand(name) else { return Vec::new() };
        command = below;
    }
    let about = |below: &clap::Command| below.get_about().map(ToString::to_string).unwrap_or_default();
    let verbs = command.get_subcommands().filter(|below| !below.is_hide_set());
    let verbs = verbs.map(|below| Candidate { name: below.get_name().to_owned(), about: about(below) });
    let topics = help::TOPICS.iter().filter(|_| before.is_empty());
    verbs.chain(topics.map(|name| Candidate { name: (*name).to_owned(), about: "topic".to_owned() })).collect()
}

/// The columns of the listing that the line calls.
fn columns(line: &Line) -> Vec<Candidate> {
    let table = match line.verb.as_str() {
        "snapshots" => views::snapshots(),
        "disks" => views::disks(),
        "instances" => instances::table(),
        _ => return Vec::new(),
    };
    table
        .columns
        .iter()
        .map(|column| Candidate { name: column.key.to_owned(), about: column.title.to_owned() })
        .collect()
}

/// The kind of names that complete the wanted value; `None` if snapback knows no names for it.
fn names(line: &Line) -> Option<Names> {
    match (line.wanted.as_deref()?, line.verb.as_str(), line.argument.as_str()) {
        ("OPERATION", "undo", _) | ("OPERATION", _, "give_up_undo") => return Some(Names::Undoable),
        ("OPERATION", "recover", _) => return Some(Names::Pending),
        ("OPERATION", _, "set") => return Some(Names::Sets),
        ("CID", "release", _) => return Some(Names::Held),
        ("DISK-CID", "check", _) => return Some(Names::Attached),
        ("SELECTOR", "take" | "guard" | "restore" | "drill", _) => return Some(Names::WithDisks),
        _ => {}
    }
    match line.wanted.as_deref()? {
        "CID" => Some(Names::Snapshots),
        "DISK-CID" => Some(Names::Orphaned),
        "SELECTOR" => Some(Names::Instances),
        "INSTANCE" => Some(Names::WithDisks),
        "OPERATION" => Some(Names::Operations),
        "deployment" => Some(Names::Deployments),
        _ => None,
    }
}
