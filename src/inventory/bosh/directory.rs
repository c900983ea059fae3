//! `bosh deployments --json` and `bosh environment --json` (cloudfoundry/bosh-cli `cmd/deployments_table.go`,
//! `cmd/info_table.go`).

use super::document::{Document, Object};
use super::one_line;
use crate::yaml::Complaint;

/// The names of the deployments.
pub(in crate::inventory) fn deployments(text: &str) -> Result<Vec<String>, Complaint> {
    column(text, "deployments", "name")?.into_iter().map(|name| name.ok_or_else(|| empty("name"))).collect()
}

/// The name of the Director; `None` if the answer has none.
pub(in crate::inventory) fn director(text: &str) -> Result<Option<String>, Complaint> {
    Ok(column(text, "", "name")?.into_iter().next().flatten())
}

fn column(text: &str, content: &str, name: &str) -> Result<Vec<Option<String>>, Complaint> {
    let root: Object<'_> = serde_json::from_str(text).map_err(|error| super::broken(&error))?;
    let document = Document::of(&root)?;
    if let Some(said) = document.failure() {
        return Err(Complaint::new(format!("the bosh command failed: {}", one_line(said))).of("Lines"));
    }
    let [table] = document.tables.as_slice() else {
        return Err(Complaint::new(format!("{} tables, but not the one of {name}s", document.tables.len())));
    };
    if table.content != content && !content.is_empty() {
        return Err(Complaint::new(format!("a table of '{}'", one_line(&table.content)))
            .hint(format!("expected one of '{content}'")));
    }
    table.rows().map(|row| row?.word(name)).collect()
}

fn empty(column: &str) -> Complaint {
    Complaint::new(format!("a row without '{column}'")).hint("did the bosh CLI print this?")
}
