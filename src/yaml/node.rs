//! The tree.

use serde_json::Number;

/// A value and its line.
#[derive(Debug, Clone, PartialEq)]
pub struct Node {
    /// Its value: a scalar, a list or a mapping.
    pub value: Value,
    /// Its line, from 1. A value from an alias or a merge key has the line where it is written; a value from a variable
    /// has the variable's.
    pub line: u64,
    /// True if a variable gave it: then it is never shown.
    pub given: bool,
    /// The text that it belongs to, if several are laid over each other: 0 for the first.
    pub origin: u32,
}

/// The value of a [`Node`].
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// One value.
    Scalar(Scalar),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the text, with the keys that were written twice.
    Map(Vec<Entry>),
}

/// A single value, as YAML 1.1 (which BOSH reads) interprets it.
#[derive(Debug, Clone, PartialEq)]
pub enum Scalar {
    /// Nothing, `~` or `null`.
    Null,
    /// A plain `true`, `yes`, `on`, `y` and the like, as in the bosh CLI's reader (go-yaml v2, `resolve.go`); with the
    /// text as written, since a name may be one of these.
    Bool(bool, String),
    /// A plain number; with the text as written, since a CID may look like one.
    Number(Number, String),
    /// Anything else, also everything in quotes.
    Text(String),
}

/// One line of a mapping.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    /// The key, as written.
    pub key: String,
    /// The key's line, from 1.
    pub line: u64,
    /// The value of the key.
    pub value: Node,
}

impl Entry {
    /// Its line, in words for a warning about the first of several texts.
    pub fn place(&self) -> String {
        match self.value.origin {
            0 => format!("line {}", self.line),
            number => format!("ops file {number}, line {}", self.line),
        }
    }
}

impl Node {
    /// Sets the text that it and everything in it belong to.
    pub fn set_origin(&mut self, origin: u32) {
        self.origin = origin;
        match &mut self.value {
            Value::Scalar(_) => {}
            Value::List(items) => items.iter_mut().for_each(|item| item.set_origin(origin)),
            Value::Map(entries) => entries.iter_mut().for_each(|entry| entry.value.set_origin(origin)),
        }
    }

    /// Whether a variable gave it, or anything in it.
    pub fn holds_given(&self) -> bool {
        self.given
            || match &self.value {
                Value::Scalar(_) => false,
                Value::List(items) => items.iter().any(Node::holds_given),
                Value::Map(entries) => entries.iter().any(|entry| entry.value.holds_given()),
            }
    }

    /// A null at the same place.
    pub(super) fn clone_place(&self) -> Node {
        Node { value: Value::Scalar(Scalar::Null), line: self.line, given: self.given, origin: self.origin }
    }

    /// The kind of its value, in words for an error message.
    pub fn kind(&self) -> &'static str {
        match &self.value {
            Value::Scalar(Scalar::Null) => "nothing",
            Value::Scalar(Scalar::Bool(..)) => "true or false",
            Value::Scalar(Scalar::Number(..)) => "a number",
            Value::Scalar(Scalar::Text(_)) => "text",
            Value::List(_) => "a list",
            Value::Map(_) => "a mapping",
        }
    }

    /// True if there is no value. For BOSH, a property without a value is missing.
    pub fn is_null(&self) -> bool {
        matches!(self.value, Value::Scalar(Scalar::Null))
    }

    /// The lines of a mapping; empty for anything else.
    pub fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Map(entries) => entries,
            _ => &[],
        }
    }

    /// The value of a key of a mapping; `None` if there is no such key, or this is not a mapping. If a key is written
    /// twice, the last one counts, as for BOSH.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entries().iter().rev().find(|entry| entry.key == key).map(|entry| &entry.value)
    }

    /// The text of a single value, as written and without its quotes.
    pub fn text(&self) -> Option<&str> {
        match &self.value {
            Value::Scalar(Scalar::Bool(_, text) | Scalar::Number(_, text) | Scalar::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The value as JSON. If a key is written twice, the last one counts.
    pub fn to_json(&self) -> serde_json::Value {
        match &self.value {
            Value::Scalar(Scalar::Null) => serde_json::Value::Null,
            Value::Scalar(Scalar::Bool(value, _)) => serde_json::Value::Bool(*value),
            Value::Scalar(Scalar::Number(number, _)) => serde_json::Value::Number(number.clone()),
            Value::Scalar(Scalar::Text(text)) => serde_json::Value::String(text.clone()),
            Value::List(items) => items.iter().map(Node::to_json).collect(),
            Value::Map(entries) => {
                serde_json::Value::Object(entries.iter().map(|e| (e.key.clone(), e.value.to_json())).collect())
            }
        }
    }
}
