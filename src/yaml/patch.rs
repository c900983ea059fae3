//! Changes a tree by an operation of an ops file (`patch/replace_op.go`, `remove_op.go` and `test_op.go` of go-patch).

use super::complaint::Complaint;
use super::node::{Entry, Node, Scalar, Value};
use super::pointer::{Place, Pointer, Side, Token};
use super::view::shorten;

/// The effect of an operation.
#[derive(Debug, Clone)]
pub enum Change {
    /// Puts a value there.
    Replace(Node),
    /// Removes the value there.
    Remove,
    /// Changes nothing, and fails unless this value is there.
    Expect(Node),
    /// Changes nothing, and fails if there is a value.
    ExpectNothing,
}

/// Changes a tree. Nodes that are made on the way get the line and the origin of `operation`.
///
/// # Errors
/// A [`Complaint`] without a place: the path leads nowhere. The tree may be half changed then.
pub fn patch(tree: &mut Node, pointer: &Pointer, change: Change, operation: &Node) -> Result<(), Complaint> {
    Patch { tokens: &pointer.tokens, operation }.at(tree, 0, change)
}

struct Patch<'p> {
    tokens: &'p [Token],
    operation: &'p Node,
}

impl Patch<'_> {
    fn at(&self, node: &mut Node, depth: usize, change: Change) -> Result<(), Complaint> {
        match (self.tokens.get(depth), change) {
            (None, Change::Replace(value)) => *node = value,
            (None, Change::Remove) => {
                return Err(Complaint::new("all of it cannot be removed").hint("name a part of it"));
            }
            (None, Change::Expect(value)) if node.to_json() == value.to_json() => {}
            (None, Change::Expect(_)) => {
                return Err(Complaint::new("something else stands there than this test expects")
                    .hint("the ops files do not fit this manifest, or each other in this order"));
            }
            (None, Change::ExpectNothing) => {
                return Err(Complaint::new("this test expects nothing there, and there is something")
                    .hint("the ops files do not fit this manifest, or each other in this order"));
            }
            (Some(Token::Key { key, optional }), change) => {
                let found = node.kind();
                let Value::Map(entries) = &mut node.value else { return Err(self.mismatch(depth, "a mapping", found)) };
                return self.key(entries, key, *optional, depth, change);
            }
            (Some(token), change) => {
                let found = node.kind();
                let Value::List(items) = &mut node.value else { return Err(self.mismatch(depth, "a list", found)) };
                return self.element(items, token, depth, change);
            }
        }
        Ok(())
    }

    fn key(
        &self,
        entries: &mut Vec<Entry>,
        key: &str,
        optional: bool,
        depth: usize,
        change: Change,
    ) -> Result<(), Complaint> {
        let known = entries.iter().rposition(|entry| entry.key == key);
        match (known.and_then(|at| entries.get_mut(at)), self.is_last(depth), change) {
            (None, true, Change::ExpectNothing) => Ok(()),
            (None, ..) if !optional => Err(Complaint::new(format!("there is no {}", self.written(depth + 1)))
                .hint(format!("if it may be missing, end it in ?, as in {}?", self.written(depth + 1)))),
            (None, _, Change::Remove) => Ok(()),
            (None, _, Change::Expect(_) | Change::ExpectNothing) => Err(self.not_there(depth)),
            (None, true, Change::Replace(value)) => {
                entries.push(Entry { key: key.to_owned(), line: value.line, value });
                Ok(())
            }
            (None, false, change) => {
                let value = self.fresh(match self.tokens.get(depth + 1) {
                    Some(Token::Key { .. }) => Value::Map(Vec::new()),
                    Some(Token::Index { .. }) => {
                        return Err(Complaint::new(format!("there is no list at {}", self.written(depth + 1)))
                            .hint("end the path in - to begin one"));
                    }
                    _ => Value::List(Vec::new()),
                });
                entries.push(Entry { key: key.to_owned(), line: value.line, value });
                match entries.last_mut() {
                    Some(entry) => self.at(&mut entry.value, depth + 1, change),
                    None => Ok(()),
                }
            }
            (Some(entry), true, Change::Replace(value)) => {
                entry.line = value.line;
                entry.value = value;
                Ok(())
            }
            (Some(_), true, Change::Remove) => {
                entries.retain(|entry| entry.key != key);
                Ok(())
            }
            (Some(entry), _, change) => self.at(&mut entry.value, depth + 1, change),
        }
    }

    fn not_there(&self, depth: usize) -> Complaint {
        Complaint::new(format!("there is no {}, and this test expects it", self.written(depth + 1)))
            .hint("the ops files do not fit this manifest, or each other in this order")
    }

    fn element(&self, items: &mut Vec<Node>, token: &Token, depth: usize, change: Change) -> Result<(), Complaint> {
        let (index, place) = match token {
            Token::Index { index, place } => (*index, *place),
            Token::Match { key, value, optional, place } => match self.matching(items, key, value, depth) {
                Ok(Some(at)) => (at, *place),
                Ok(None) if matches!(change, Change::ExpectNothing) && self.is_last(depth) => return Ok(()),
                Ok(None) if *optional => return self.missing(items, key, value, depth, change),
                Ok(None) => {
                    return Err(Complaint::new(format!("there is no {}", self.written(depth + 1)))
                        .hint(format!("if it may be missing, end it in ?, as in {}?", self.written(depth + 1))));
                }
                Err(complaint) => return Err(complaint),
            },
            Token::End | Token::Key { .. } => {
                return match change {
                    Change::Replace(value) => {
                        items.push(value);
                        Ok(())
                    }
                    Change::ExpectNothing => Ok(()),
                    Change::Remove | Change::Expect(_) => {
                        Err(Complaint::new("- is after the last element: nothing is there to remove")
                            .hint("-1 is the last element"))
                    }
                };
            }
        };
        let at = match self.concrete(items.len(), index, place, depth) {
            Err(_) if matches!(change, Change::ExpectNothing) && self.is_last(depth) => return Ok(()),
            at => at?,
        };
        match (self.is_last(depth), change, place.beside) {
            (true, Change::Replace(value), Some(Side::Before)) => items.insert(at, value),
            (true, Change::Replace(value), Some(Side::After)) => items.insert(at + 1, value),
            (_, _, Some(_)) => {
                return Err(Complaint::new(":before and :after name no element, only a place for a new one")
                    .hint("use them at the end of the path of a replace"));
            }
            (true, Change::Remove, None) => drop(items.remove(at)),
            (true, Change::Replace(value), None) => {
                if let Some(item) = items.get_mut(at) {
                    *item = value;
                }
            }
            (_, change, None) => {
                if let Some(item) = items.get_mut(at) {
                    return self.at(item, depth + 1, change);
                }
            }
        }
        Ok(())
    }

    /// The one element whose `key` is the text `value`.
    fn matching(&self, items: &[Node], key: &str, value: &str, depth: usize) -> Result<Option<i64>, Complaint> {
        let is = |item: &Node| matches!(item.get(key), Some(Node { value: Value::Scalar(Scalar::Text(text)), .. }) if text == value);
        let mut found = items.iter().zip(0_i64..).filter(|(item, _)| is(item)).map(|(_, at)| at);
        match (found.next(), found.count()) {
            (at, 0) => Ok(at),
            (_, more) => Err(Complaint::new(format!("there are {} of {}", more + 1, self.written(depth + 1)))
                .hint("name the element by its number, from 0")),
        }
    }

    fn missing(
        &self,
        items: &mut Vec<Node>,
        key: &str,
        value: &str,
        depth: usize,
        change: Change,
    ) -> Result<(), Complaint> {
        match (self.is_last(depth), change) {
            (_, Change::Remove) => Ok(()),
            (_, Change::Expect(_) | Change::ExpectNothing) => Err(self.not_there(depth)),
            (true, Change::Replace(value)) => {
                items.push(value);
                Ok(())
            }
            (false, change) => {
                let name = self.fresh(Value::Scalar(Scalar::Text(value.to_owned())));
                let entry = Entry { key: key.to_owned(), line: name.line, value: name };
                items.push(self.fresh(Value::Map(vec![entry])));
                match items.last_mut() {
                    Some(item) => self.at(item, depth + 1, change),
                    None => Ok(()),
                }
            }
        }
    }

    /// The index of an element; a negative number counts from the end, after `:prev` and `:next`.
    fn concrete(&self, length: usize, index: i64, place: Place, depth: usize) -> Result<usize, Complaint> {
        let wanted = index.saturating_add(place.shift);
        let at = match usize::try_from(wanted) {
            Ok(at) => Some(at),
            Err(_) => usize::try_from(wanted.unsigned_abs()).ok().and_then(|back| length.checked_sub(back)),
        };
        at.filter(|at| *at < length).ok_or_else(|| {
            let message = format!("there is no {}: the list has a length of {length}", self.written(depth + 1));
            Complaint::new(message).hint("elements are counted from 0; - is after the last one")
        })
    }

    fn is_last(&self, depth: usize) -> bool {
        depth + 1 == self.tokens.len()
    }

    fn fresh(&self, value: Value) -> Node {
        Node { value, ..self.operation.clone_place() }
    }

    fn mismatch(&self, depth: usize, wanted: &str, found: &str) -> Complaint {
        let place = if depth == 0 { "the top".to_owned() } else { self.written(depth) };
        Complaint::new(format!("expected {wanted} at {place}, found {found}")).hint("is the path right?")
    }

    /// The first parts of the path, as text.
    fn written(&self, depth: usize) -> String {
        let part = |token: &Token| match token {
            Token::Key { key, .. } => shorten(key),
            Token::Match { key, value, .. } => format!("{}={}", shorten(key), shorten(value)),
            Token::Index { index, .. } => index.to_string(),
            Token::End => "-".to_owned(),
        };
        self.tokens.iter().take(depth).map(|token| format!("/{}", part(token))).collect()
    }
}
