//! `((variables))`: finds them in a tree, and fills in the known ones.
//!
//! As in `director/template/template.go` of bosh-cli, a text that is only `((name))` becomes the variable's value,
//! whatever that is; within a text, only texts and whole numbers are allowed. Values are not searched for variables
//! again. Unlike there, keys are left as they are, since keys are shown; and an unknown variable stays: it is an error
//! only if its value is needed.

use std::ops::Range;

use super::complaint::Complaint;
use super::node::{Node, Scalar, Value};
use super::view::{View, join, shorten};

/// The most bytes that variables may stand for in one tree.
const MOST_FILLED: usize = 64 * 1024 * 1024;

/// Fills in the variables whose value `lookup` knows.
///
/// # Errors
/// A [`Complaint`] about a value that cannot be within a text, or if the tree becomes too large.
pub fn fill_in<'v>(tree: &mut Node, lookup: &dyn Fn(&str) -> Option<&'v Node>) -> Result<(), Complaint> {
    let line = tree.line;
    Filling { lookup, room: MOST_FILLED }.node(tree, "", line)
}

/// The name of the first `((variable))` in the text, without the `!` that means "no quotes".
pub(super) fn first(text: &str) -> Option<&str> {
    occurrences(text).next().map(|found| found.name)
}

/// A `((variable))` in a text.
struct Occurrence<'t> {
    range: Range<usize>,
    name: &'t str,
    /// Whether it is `(( name ))`: this stands for the variable only if it is the whole text.
    spaced: bool,
}

/// Each `((variable))` of a text, from the left.
fn occurrences(text: &str) -> impl Iterator<Item = Occurrence<'_>> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(start) = text.get(from..)?.find("((").map(|at| from + at) {
            let body = start + 2;
            if let Some(length) = text.get(body..)?.find("))") {
                let written = text.get(body..body + length)?;
                let inner = written.strip_prefix(' ').unwrap_or(written);
                let inner = inner.strip_suffix(' ').unwrap_or(inner);
                let name = inner.strip_prefix('!').unwrap_or(inner);
                let legal = |c: char| c.is_ascii_alphanumeric() || c.is_alphabetic() || "-/._".contains(c);
                if !name.is_empty() && name.chars().all(legal) {
                    from = body + length + 2;
                    return Some(Occurrence { range: start..from, name, spaced: inner != written });
                }
            }
            // `(((a))` begins one character later.
            from = start + 1;
        }
        None
    })
}

struct Filling<'l, 'v> {
    lookup: &'l dyn Fn(&str) -> Option<&'v Node>,
    room: usize,
}

impl Filling<'_, '_> {
    fn node(&mut self, node: &mut Node, path: &str, line: u64) -> Result<(), Complaint> {
        match &mut node.value {
            Value::List(items) => {
                for (index, item) in items.iter_mut().enumerate() {
                    let path = View::element_key(path, index, item);
                    let line = item.line;
                    self.node(item, &path, line)?;
                }
            }
            Value::Map(entries) => {
                for entry in entries {
                    self.node(&mut entry.value, &join(path, &entry.key), entry.line)?;
                }
            }
            Value::Scalar(Scalar::Text(text)) => {
                let all = 0..text.len();
                let known = occurrences(text)
                    .filter(|found| !found.spaced || found.range == all)
                    .find_map(|found| Some((found.range, (self.lookup)(found.name)?)));
                let Some((range, value)) = known else { return Ok(()) };
                let value = if range == all {
                    value.value.clone()
                } else {
                    Value::Scalar(Scalar::Text(self.within(text).map_err(|it| it.at(line).of(path).from(node.origin))?))
                };
                let (line, origin) = (node.line, node.origin);
                node.value = value;
                node.set_origin(origin);
                self.settle(node, line).ok_or_else(|| {
                    Complaint::new(format!("the variables stand for more than {} MiB", MOST_FILLED / 1024 / 1024))
                        .at(line)
                        .of(path)
                        .from(node.origin)
                        .hint("are these the right variables?")
                })?;
            }
            Value::Scalar(_) => {}
        }
        Ok(())
    }

    fn within(&self, text: &str) -> Result<String, Complaint> {
        let (mut filled, mut done) = (String::new(), 0);
        for Occurrence { range, name, .. } in occurrences(text).filter(|found| !found.spaced) {
            let Some(value) = (self.lookup)(name) else { continue };
            filled.push_str(text.get(done..range.start).unwrap_or_default());
            match &value.value {
                Value::Scalar(Scalar::Text(value)) => filled.push_str(value),
                Value::Scalar(Scalar::Number(number, _)) if !number.is_f64() => filled.push_str(&number.to_string()),
                _ => {
                    let message = format!(
                        "the variable (({})) is within a text, and its value is {}",
                        shorten(name),
                        value.kind()
                    );
                    return Err(Complaint::new(message).hint("only text and whole numbers can be filled in there"));
                }
            }
            done = range.end;
            if filled.len() > self.room {
                break;
            }
        }
        filled.push_str(text.get(done..).unwrap_or_default());
        Ok(filled)
    }

    /// Gives everything in a value the place where it is filled in; `None` if it is too large.
    fn settle(&mut self, node: &mut Node, line: u64) -> Option<()> {
        node.line = line;
        node.given = true;
        let size = size_of::<Node>() + node.text().map_or(0, str::len);
        self.room = self.room.checked_sub(size)?;
        match &mut node.value {
            Value::List(items) => items.iter_mut().try_for_each(|item| self.settle(item, line)),
            Value::Map(entries) => entries.iter_mut().try_for_each(|entry| {
                entry.line = line;
                self.settle(&mut entry.value, line)
            }),
            Value::Scalar(_) => Some(()),
        }
    }
}
