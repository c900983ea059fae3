//! The output and the files of BOSH's own tools, recognised by their content.

mod cells;
mod create_env;
pub(super) mod directory;
mod disks;
mod document;
mod instances;
mod snapshots;

use super::Source;
use crate::domain::findings::{Findings, SnapshotList};
use crate::yaml::Complaint;
use document::{Document, Object};

/// The commands whose output is read.
const READ: &str = "snapback reads the output of `bosh instances --details --json`, `bosh disks --orphaned --json` and \
                    `bosh snapshots --json`, the bosh-state.json of create-env, and its own inventory";

/// Reads the text if it is BOSH's; `None` if it is something else.
pub(super) fn read(text: &str, source: &Source<'_>) -> Option<Result<Findings, Complaint>> {
    if is_text_table(text) {
        let complaint =
            Complaint::new("a table of the bosh CLI in text form, whose cells cannot be told apart for certain");
        return Some(Err(complaint.hint("run the bosh command again with --json")));
    }
    if !text.trim_start().starts_with('{') {
        return None;
    }
    match serde_json::from_str::<Object<'_>>(text) {
        Ok(root) if root.contains_key("Tables") || root.contains_key("Blocks") => Some(output(&root, source)),
        Ok(root) if create_env::is_one(&root) => Some(
            create_env::read(&root, source)
                .map(|director| Findings { incomplete: vec![director], ..Findings::default() }),
        ),
        Ok(_) => None,
        Err(error) => is_meant_as_json(text).then(|| Err(broken(&error))),
    }
}

fn output(root: &Object<'_>, source: &Source<'_>) -> Result<Findings, Complaint> {
    let document = Document::of(root)?;
    if let Some(said) = document.failure() {
        let complaint = Complaint::new(format!("the bosh command failed: {}", one_line(said))).of("Lines");
        return Err(complaint.hint("run it again until it succeeds: snapback cannot import half a list"));
    }
    if document.tables.is_empty() {
        let said = document.last_line().map_or(String::new(), |line| format!("; its last line: {}", one_line(line)));
        return Err(Complaint::new(format!("the bosh CLI's JSON without a table{said}")).hint(READ));
    }
    let several = document.tables.len() > 1;
    let mut found = Findings::default();
    for table in &document.tables {
        match table.content.as_str() {
            // Without the column, one name cannot belong to several deployments.
            "instances" => {
                let deployment = document.deployment().or(source.deployment).filter(|_| !several);
                found.incomplete.extend(instances::read(table, source, deployment)?);
            }
            "disks" => found.orphans.extend(disks::read(table, source)?),
            "snapshots" => {
                let deployment = listed_of(&document, source)?.map(str::to_owned);
                let source = source.name.to_owned();
                let mut list = SnapshotList { source, deployment, snapshots: Vec::new(), untold: Vec::new() };
                snapshots::read(table, &mut list)?;
                found.snapshots.push(list);
            }
            other => return Err(another_table(other).of(format!("{}.Content", table.path))),
        }
    }
    Ok(found)
}

/// The deployment of a list of snapshots. A snapshot that the list lacks counts as gone, so the deployment must be
/// certain.
fn listed_of<'a>(document: &'a Document<'_>, source: &Source<'a>) -> Result<Option<&'a str>, Complaint> {
    match (source.deployment, document.deployment()) {
        (Some(named), Some(said)) if named != said => {
            let message = format!("of deployment '{}', but you named '{}'", one_line(said), one_line(named));
            let complaint = Complaint::new(message).of("Lines");
            Err(complaint.hint("leave out -d/--deployment and BOSH_DEPLOYMENT: the file says it itself"))
        }
        (named, said) => Ok(named.or(said)),
    }
}

fn another_table(content: &str) -> Complaint {
    match content {
        "vms" => Complaint::new("the output of `bosh vms`, which names no disks")
            .hint("use that of `bosh instances --details --json`"),
        "" => Complaint::new("a table that does not say what it is of").hint(READ),
        other => {
            Complaint::new(format!("a table of '{}', with neither instances, disks nor snapshots", one_line(other)))
                .hint(READ)
        }
    }
}

/// Whether the text is broken JSON, and not YAML that begins with a brace: in such YAML the first key is `deployments`
/// or unquoted.
fn is_meant_as_json(text: &str) -> bool {
    let inner = text.trim_start().trim_start_matches('{').trim_start();
    inner.starts_with('"') && !inner.starts_with("\"deployments\"")
}

fn broken(error: &serde_json::Error) -> Complaint {
    let line = u64::try_from(error.line()).unwrap_or(0);
    if error.is_eof() {
        let complaint = Complaint::new("JSON that ends in the middle").at(line);
        return complaint.hint("write the file again, whole: was the bosh command interrupted?");
    }
    Complaint::new(format!("JSON that cannot be read, in column {}", error.column()))
        .at(line)
        .hint("give the file as bosh wrote it, without what bosh wrote to stderr")
}

/// Whether it is a table as on a terminal, with the lines around it, or as in a pipe, with a TAB after each cell
/// (bosh-cli `ui/table/writer.go`).
fn is_text_table(text: &str) -> bool {
    let Some(first) = text.lines().find(|line| !line.trim().is_empty()) else { return false };
    let in_pipe = first.ends_with('\t') && first.matches('\t').count() > 1 && !first.starts_with(['{', '"', '-', '\t']);
    first.starts_with("Using environment '") || in_pipe
}

/// Text from outside, safe as a part of a message.
fn one_line(text: &str) -> String {
    const MOST: usize = 200;
    let mut line: String = text.trim().chars().take(MOST).map(|c| if c.is_control() { ' ' } else { c }).collect();
    if text.trim().chars().nth(MOST).is_some() {
        line.push_str("...");
    }
    line
}
