//! `((variables))`: finding them in a tree, and filling in what is known of them.
//!
//! As `director/template/template.go` of bosh-cli has it: a text that is nothing but `((name))` becomes the
//! variable's value whatever it is; within a text only texts and whole numbers can stand. Values are not
//! searched for variables again. Unlike there, keys are left as they are, since keys are shown; and what is not
//! known stays: it is an error only where somebody needs it.

use std::ops::Range;

use super::complaint::Complaint;
use super::node::{Node, Scalar, Value};
use super::view::{View, join, shorten};

/// The most bytes that variables may stand for in one tree.
const MOST_FILLED: usize = 64 * 1024 * 1024;

/// Fills in the variables of which `lookup` knows the value.
///
/// # Errors
/// A [`Complaint`] about a value that cannot stand within a text, or where all becomes too large.
pub fn fill_in<'v>(tree: &mut Node, lookup: &dyn Fn(&str) -> Option<&'v Node>) -> Result<(), Complaint> {
    let line = tree.line;
    Filling { lookup, room: MOST_FILLED }.node(tree, "", line)
}

/// The name of the first `((variable))` in the text, without the `!` that means "no quotes".
pub(super) fn first(text: &str) -> Option<&str> {
    occurrences(text).next().map(|(_, name)| name)
}

/// Each `((variable))` of a text: where it is, and its name.
fn occurrences(text: &str) -> impl Iterator<Item = (Range<usize>, &str)> {
    let mut from = 0;
    std::iter::from_fn(move || {
        while let Some(start) = text.get(from..)?.find("((").map(|at| from + at) {
            let body = start + 2;
            if let Some(length) = text.get(body..)?.find("))") {
                let written = text.get(body..body + length)?;
                let name = written.strip_prefix('!').unwrap_or(written);
                let legal = |c: char| c.is_alphanumeric() || matches!(c, '-' | '/' | '.' | '_' | ':');
                if !name.is_empty() && name.chars().all(legal) {
                    from = body + length + 2;
                    return Some((start..from, name));
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
                let known = occurrences(text).find_map(|(range, name)| Some((range, (self.lookup)(name)?)));
                let Some((range, value)) = known else { return Ok(()) };
                let value = if range == (0..text.len()) {
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
        for (range, name) in occurrences(text) {
            let Some(value) = (self.lookup)(name) else { continue };
            filled.push_str(text.get(done..range.start).unwrap_or_default());
            match &value.value {
                Value::Scalar(Scalar::Text(value)) => filled.push_str(value),
                Value::Scalar(Scalar::Number(number, _)) if !number.is_f64() => filled.push_str(&number.to_string()),
                _ => {
                    let message =
                        format!("the variable (({})) stands within a text, and is {}", shorten(name), value.kind());
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

    /// Gives all of a value the place where it is filled in; `None` where it is too large.
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
