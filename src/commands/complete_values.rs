//! `snapback complete-values`, which only the completion scripts call: what the state file can offer at the cursor.
//!
//! It writes nothing, locks nothing, and fails never: without a state file that it can read it prints nothing.

mod bash;
mod line;

use std::path::{Path, PathBuf};

use crate::context::{CALLER, ManifestPlace};
use crate::manifest::Manifest;
use crate::state::{Candidate, Names, candidates};
use crate::ui::printable;
use line::Line;

use super::{instances, views};

/// The name under which the scripts call it: no command of the definition, and in no help.
pub const NAME: &str = "complete-values";

/// The answer: a line for each candidate, in the words of the shell that asks. `words` is `bash LINE CURRENT`, with the
/// line up to the cursor and what bash takes for the current word; or `SHELL WORD...`, with the words up to the cursor,
/// without quotes, the current one last (in PowerShell with a colon before it). `variable` gives environment variables.
pub fn answer(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> String {
    match words {
        [shell, line, current] if shell == "bash" => {
            let Some(typed) = bash::Typed::read(line) else { return String::new() };
            let found = find(&typed.words, variable);
            found.iter().filter_map(|one| typed.reply(&one.name, current)).map(|reply| reply + "\n").collect()
        }
        [shell, before @ .., current] => {
            let current = if shell == "powershell" { current.strip_prefix(':').unwrap_or(current) } else { current };
            let found = find(&[before, &[current.to_owned()]].concat(), variable);
            found.iter().map(|one| format!("{}\t{}\n", one.name, printable(&one.about).replace('\n', " "))).collect()
        }
        _ => String::new(),
    }
}

/// The candidates for the last of `words`; empty if nothing is known.
fn find(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let line = Line::read(&crate::commands::definition(), words);
    if line.wanted.as_deref() == Some(line::COLUMN) {
        return columns(&line);
    }
    let Some(names) = names(&line) else { return Vec::new() };
    // Typed without quotes, the shell would have replaced it.
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
    let deployment = line.deployment.or_else(|| variable("BOSH_DEPLOYMENT")).filter(|_| names != Names::Deployments);
    let mut found = candidates(&state, names, deployment.as_deref(), &line.current);
    // What would break a line would break the script, too.
    found.retain(|one| !one.name.contains('\n') && printable(&one.name) == one.name);
    found
}

/// The long options, of all verbs, whose values can be offered.
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

/// The columns of the listing that the line is.
fn columns(line: &Line) -> Vec<Candidate> {
    let table = match line.verb.as_str() {
        "snapshots" => views::snapshots(),
        "disks" => views::disks(),
        "instances" => instances::table(),
        _ => return Vec::new(),
    };
    let meant = table.columns.iter().filter(|column| column.key.starts_with(&line.current));
    meant.map(|column| Candidate { name: column.key.to_owned(), about: column.title.to_owned() }).collect()
}

/// The kind of names that complete the wanted value; `None` if snapback knows no names for it.
fn names(line: &Line) -> Option<Names> {
    match (line.wanted.as_deref()?, line.verb.as_str(), line.argument.as_str()) {
        ("OPERATION", "undo", _) | ("OPERATION", _, "give_up_undo") => return Some(Names::Undoable),
        ("OPERATION", "recover", _) => return Some(Names::Pending),
        ("OPERATION", _, "set") => return Some(Names::Sets),
        _ => {}
    }
    match line.wanted.as_deref()? {
        "CID" => Some(Names::Snapshots),
        "DISK-CID" => Some(Names::Disks),
        "SELECTOR" | "INSTANCE" => Some(Names::Instances),
        "OPERATION" => Some(Names::Operations),
        "deployment" => Some(Names::Deployments),
        _ => None,
    }
}
