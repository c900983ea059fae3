//! A text of several YAML documents: BOSH's tools read the first one, and so does snapback.

use super::complaint::Complaint;

/// The first document, with the comments and directives before it.
pub(super) fn first(text: &str) -> &str {
    split(text).0
}

/// A warning if there is anything after the first document: it is not read.
pub fn second_document(text: &str) -> Option<Complaint> {
    let (_, (rest, line)) = split(text);
    // A marker alone, or one with comments after it, begins nothing that could be missed.
    let content = |line: &str| -> bool {
        let behind_marker = marked(line, "---").or_else(|| marked(line, "...")).unwrap_or(line).trim();
        !behind_marker.is_empty() && !behind_marker.starts_with('#')
    };
    rest.lines()
        .any(content)
        .then(|| Complaint::new("another document begins here (`---`); only the first is read, as BOSH does").at(line))
}

/// The first document; and the rest, with the line where it begins, from 1.
fn split(text: &str) -> (&str, (&str, u64)) {
    let (mut begun, mut at) = (false, 0);
    for (line, number) in text.split_inclusive('\n').zip(1..) {
        let ends = begun && (marked(line, "---").is_some() || marked(line, "...").is_some());
        if ends {
            let (first, rest) = text.split_at(at);
            return (first, (rest, number));
        }
        at += line.len();
        let words = line.trim_start();
        begun |= !(words.is_empty() || words.starts_with('#') || line.starts_with('%'));
    }
    (text, ("", 0))
}

/// The rest of a line that begins with the marker; `None` if it does not. A text in a document cannot have a marker
/// there, not even one in quotes or in a block (YAML 1.2, c-forbidden).
fn marked<'l>(line: &'l str, marker: &str) -> Option<&'l str> {
    line.strip_prefix(marker).filter(|rest| rest.is_empty() || rest.starts_with([' ', '\t', '\r', '\n']))
}
