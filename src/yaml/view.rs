//! A node and the key path that leads to it, so that every error can name its place.

use super::complaint::Complaint;
use super::node::{Entry, Node, Scalar, Value};
use super::variable;

/// A place in the tree.
#[derive(Debug, Clone)]
pub struct View<'a> {
    node: &'a Node,
    key: String,
    line: u64,
}

/// Shortens a key for messages: a broken file can have a key as long as itself, or one of several lines.
pub(super) fn shorten(key: &str) -> String {
    const MOST: usize = 80;
    let mut shown: String =
        key.chars().take(MOST).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if key.chars().nth(MOST).is_some() {
        shown.push_str("...");
    }
    shown
}

pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { shorten(key) } else { format!("{path}.{}", shorten(key)) }
}

impl<'a> View<'a> {
    /// The root of the tree.
    pub fn root(node: &'a Node) -> Self {
        View { node, key: String::new(), line: node.line }
    }

    /// The value at this place.
    pub fn node(&self) -> &'a Node {
        self.node
    }

    /// The key path, for example `instance_groups[name=bosh].properties.director`.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The key path of a key below this place, whether it exists or not.
    pub fn key_of(&self, key: &str) -> String {
        join(&self.key, key)
    }

    /// The line of the key that leads here, or of the list's element; from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// A complaint about this place.
    pub fn complain(&self, message: impl Into<String>) -> Complaint {
        Complaint::new(message).at(self.line).from(self.node.origin).of(self.key.clone())
    }

    fn expected(&self, what: &str, remedy: &str) -> Complaint {
        self.complain(format!("expected {what}, found {}", self.node.kind())).hint(remedy)
    }

    /// The lines of the mapping at this place.
    ///
    /// # Errors
    /// A [`Complaint`] if it is not a mapping.
    pub fn map(&self) -> Result<&'a [Entry], Complaint> {
        match &self.node.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.expected("a mapping", "write `key: value` lines below it")),
        }
    }

    /// The value of a key; `None` if the key is missing or has no value, which is the same for BOSH.
    ///
    /// # Errors
    /// A [`Complaint`]: this is not a mapping, or the key occurs twice.
    pub fn get(&self, key: &str) -> Result<Option<View<'a>>, Complaint> {
        let mut found: Option<&'a Entry> = None;
        for entry in self.map()?.iter().filter(|entry| entry.key == key) {
            if let Some(first) = found {
                let message = format!("written twice, on lines {} and {}", first.line, entry.line);
                let complaint = Complaint::new(message).at(entry.line).from(entry.value.origin);
                return Err(complaint.of(self.key_of(key)).hint("keep one of them"));
            }
            found = Some(entry);
        }
        let view = found.map(|entry| View { node: &entry.value, key: self.key_of(key), line: entry.line });
        Ok(view.filter(|view| !view.node.is_null()))
    }

    /// The value at the end of a path of keys; `None` if one of them is missing.
    ///
    /// # Errors
    /// Those of [`View::get`].
    pub fn path(&self, keys: &[&str]) -> Result<Option<View<'a>>, Complaint> {
        let mut here = self.clone();
        for key in keys {
            match here.get(key)? {
                Some(next) => here = next,
                None => return Ok(None),
            }
        }
        Ok(Some(here))
    }

    /// The elements of the list at this place.
    ///
    /// # Errors
    /// A [`Complaint`] if it is not a list.
    pub fn list(&self) -> Result<Vec<View<'a>>, Complaint> {
        self.items().map(Iterator::collect)
    }

    /// The same, one after the other: there can be millions.
    ///
    /// # Errors
    /// Those of [`View::list`].
    pub fn items(&self) -> Result<impl Iterator<Item = View<'a>>, Complaint> {
        let Value::List(items) = &self.node.value else {
            return Err(self.expected("a list", "write `- ...` lines below it"));
        };
        let view = |(index, node)| View { node, key: View::element_key(&self.key, index, node), line: node.line };
        Ok(items.iter().enumerate().map(view))
    }

    /// The key of an element: `path[name=db]` if the element has a name, else `path[0]`.
    pub(super) fn element_key(path: &str, index: usize, node: &Node) -> String {
        // A name from a variable is not shown: no message has a variable's value.
        match node.get("name").filter(|name| !name.given).and_then(Node::text) {
            Some(name) if variable::first(name).is_none() => format!("{path}[name={}]", shorten(name)),
            _ => format!("{path}[{index}]"),
        }
    }

    /// A plain `true` or `false`, or one of YAML 1.1's other words for them.
    ///
    /// # Errors
    /// A [`Complaint`]: something else, something quoted, or a `((variable))`.
    pub fn as_bool(&self) -> Result<bool, Complaint> {
        match &self.node.value {
            Value::Scalar(Scalar::Bool(value, _)) => Ok(*value),
            Value::Scalar(Scalar::Text(text)) => {
                self.resolved(text)?;
                let word =
                    matches!(text.to_lowercase().as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n");
                let complaint = self.complain("expected true or false, found text");
                Err(complaint.hint(if word { "remove the quotes" } else { "write true or false" }))
            }
            _ => Err(self.expected("true or false", "write true or false")),
        }
    }

    /// Text, as written: a number or a `true` counts as its text.
    ///
    /// # Errors
    /// A [`Complaint`]: a list or a mapping, or a `((variable))`.
    pub fn as_str(&self) -> Result<&'a str, Complaint> {
        let text = self.node.text().ok_or_else(|| self.expected("text", "write one text there"))?;
        self.resolved(text)?;
        Ok(text)
    }

    /// A whole number that is not negative.
    ///
    /// # Errors
    /// A [`Complaint`]: anything else, or a `((variable))`.
    pub fn as_u64(&self) -> Result<u64, Complaint> {
        match &self.node.value {
            Value::Scalar(Scalar::Number(_, text))
                if text.len() > 1 && text.starts_with('0') && !text.contains(['x', 'X']) =>
            {
                let complaint = self.complain("a number that begins with 0, which is octal for YAML");
                Err(complaint.hint("write it in decimal, without the zero in front"))
            }
            Value::Scalar(Scalar::Number(number, _)) => number
                .as_u64()
                .ok_or_else(|| self.expected("a whole number of 0 or more", "write one, without a sign or a unit")),
            Value::Scalar(Scalar::Text(text)) => {
                self.resolved(text)?;
                Err(self.expected("a number", "write a whole number, without quotes"))
            }
            _ => Err(self.expected("a number", "write a whole number, without quotes")),
        }
    }

    /// A list of texts.
    ///
    /// # Errors
    /// A [`Complaint`] about the list or about the element that is not a text.
    pub fn as_string_list(&self) -> Result<Vec<String>, Complaint> {
        self.list()?.iter().map(|item| item.as_str().map(str::to_owned)).collect()
    }

    /// Searches everything at this place for a `((variable))` that is not filled in.
    ///
    /// # Errors
    /// A [`Complaint`] about the first one, or about a key that occurs twice.
    pub fn resolved_throughout(&self) -> Result<(), Complaint> {
        match &self.node.value {
            Value::Scalar(Scalar::Text(text)) => self.resolved(text),
            Value::Scalar(_) => Ok(()),
            Value::List(_) => self.list()?.iter().try_for_each(View::resolved_throughout),
            Value::Map(entries) => entries.iter().try_for_each(|entry| match self.get(&entry.key)? {
                Some(view) => view.resolved_throughout(),
                None => Ok(()),
            }),
        }
    }

    fn resolved(&self, text: &str) -> Result<(), Complaint> {
        let Some(name) = variable::first(text) else { return Ok(()) };
        let message = format!("needs the value of the variable (({})), which is not filled in", shorten(name));
        Err(self.complain(message).lacking_variable().hint("write the value itself"))
    }
}
