//! Ops files: changes to a manifest, as `create-env -o` takes them (bosh-cli `cmd/opts/ops_flags.go`).

use std::path::{Path, PathBuf};

use crate::yaml::{self, Change, Complaint, Node, Pointer, View};

use super::ManifestError;
use super::inputs::{second_document, unreadable};

/// Applies the operations of each file in turn. Values from the n-th file, from 1, have n as their origin. Returns a
/// warning for each file of which only the first document is read.
pub(super) fn apply(tree: &mut Node, files: &[PathBuf]) -> Result<Vec<String>, ManifestError> {
    let mut second_documents = Vec::new();
    for (file, origin) in files.iter().zip(1..) {
        let text = yaml::read(file).map_err(|error| unreadable(file, &error))?.text;
        let blame = |complaint| ManifestError::of(file.display().to_string(), complaint);
        let mut operations = yaml::parse(&text).map_err(blame)?;
        operations.set_origin(origin);
        apply_all(tree, &operations).map_err(blame)?;
        second_documents.extend(second_document(file, &text));
    }
    Ok(second_documents)
}

fn apply_all(tree: &mut Node, operations: &Node) -> Result<(), Complaint> {
    if operations.is_null() {
        return Ok(());
    }
    let root = View::root(operations);
    let list = root.list().map_err(|_| {
        let message = format!("expected a list of operations at the top, found {}", operations.kind());
        root.complain(message).hint("an ops file is a list of type, path and value")
    })?;
    for (operation, number) in list.iter().zip(1..) {
        let place = format!("operation {number}");
        let (pointer, path, change) =
            understand(operation).map_err(|complaint| located(complaint, operation, &place))?;
        yaml::patch(tree, &pointer, change, operation.node())
            .map_err(|complaint| located(complaint, operation, &format!("{place}, {path}")))?;
    }
    Ok(())
}

fn located(complaint: Complaint, operation: &View<'_>, place: &str) -> Complaint {
    complaint.at(operation.line()).of(place)
}

fn understand(operation: &View<'_>) -> Result<(Pointer, String, Change), Complaint> {
    let path = operation.get("path")?.ok_or_else(|| Complaint::new("no path").hint("write `path: /...`"))?;
    // Text, not a template: `((name))` in it is what the manifest has there, too.
    let path = match path.node().text() {
        Some(text) => text,
        None => path.as_str()?,
    };
    let pointer = Pointer::parse(path)
        .map_err(|words| Complaint::new(words).hint("a path is written as in /instance_groups/name=bosh/properties"))?;
    let value = operation.node().get("value");
    let kind = operation.get("type")?;
    let change = match (kind.as_ref().and_then(|kind| kind.node().text()), value) {
        (Some("replace"), Some(value)) => Change::Replace(value.clone()),
        (Some("replace"), None) => return Err(Complaint::new("no value to put there").hint("write `value: ...`")),
        (Some("remove"), None) => Change::Remove,
        (Some("remove"), Some(_)) => {
            return Err(
                Complaint::new("a value, which a remove does not need").hint("remove it, or write `type: replace`")
            );
        }
        (Some("test"), value) => match (operation.get("absent")?.map(|absent| absent.as_bool()).transpose()?, value) {
            (Some(true), _) => Change::ExpectNothing,
            (_, Some(value)) => Change::Expect(value.clone()),
            (_, None) => {
                let complaint = Complaint::new("a test of nothing");
                return Err(complaint.hint("write `value: ...`, or `absent: true`"));
            }
        },
        _ => {
            return Err(Complaint::new("unknown type of operation")
                .hint("write `type: replace`, `type: remove` or `type: test`"));
        }
    };
    let shown: String =
        path.chars().take(120).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    Ok((pointer, shown, change))
}

/// The file of an origin.
pub(super) fn file<'f>(manifest: &'f Path, files: &'f [PathBuf], origin: u32) -> &'f Path {
    let at = usize::try_from(origin).ok().and_then(|origin| origin.checked_sub(1));
    at.and_then(|at| files.get(at)).map_or(manifest, PathBuf::as_path)
}
