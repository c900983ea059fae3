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

/// What can stand in the place of the last word.
fn find(words: &[String], variable: &dyn Fn(&str) -> Option<String>) -> Vec<Candidate> {
    let line = Line::read(&crate::commands::definition(), words);
    let Some(names) = line.wanted.as_deref().and_then(names) else { return Vec::new() };
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

/// What the name of a value in the help stands for.
fn names(value: &str) -> Option<Names> {
    match value {
        "CID" => Some(Names::Snapshots),
        "DISK-CID" => Some(Names::Disks),
        "SELECTOR" | "INSTANCE" => Some(Names::Instances),
        "OPERATION" => Some(Names::Operations),
        "deployment" => Some(Names::Deployments),
        _ => None,
    }
}
