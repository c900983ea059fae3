//! Keys written twice, and keys that nobody knows.

use super::complaint::Complaint;
use super::node::{Entry, Node, Value};
use super::view::{View, join, shorten};

/// The most warnings: nobody reads more.
const MOST_WARNINGS: usize = 20;

impl<'a> View<'a> {
    /// Refuses every key that is not among `known`, and every key written twice.
    ///
    /// # Errors
    /// A [`Complaint`] that suggests the intended key, or names both lines of the double key.
    pub fn only(&self, known: &[&str]) -> Result<(), Complaint> {
        for entry in self.map()? {
            if !known.contains(&entry.key.as_str()) {
                let list = known.join(", ");
                let hint = match closest(&entry.key, known) {
                    Some(meant) => format!("did you mean `{meant}`? The keys known here: {list}"),
                    None => format!("the keys known here: {list}"),
                };
                let message = format!("unknown key `{}`", shorten(&entry.key));
                return Err(Complaint::new(message).at(entry.line).from(entry.value.origin).of(self.key()).hint(hint));
            }
            self.get(&entry.key)?;
        }
        Ok(())
    }

    /// The entry of this mapping whose key was probably meant to be `wanted`, which is missing.
    pub fn misspelt(&self, wanted: &str) -> Option<&'a Entry> {
        let entries = self.node().entries();
        if entries.iter().any(|entry| entry.key == wanted) {
            return None;
        }
        entries.iter().find(|entry| closest(&entry.key, &[wanted]).is_some())
    }

    /// A sentence for each key below that is written twice. BOSH uses the last of them.
    pub fn double_keys(&self) -> Vec<String> {
        let mut found = Vec::new();
        let mut more = 0;
        walk(self.node(), self.key(), &mut |sentence| {
            if found.len() < MOST_WARNINGS { found.push(sentence) } else { more += 1 }
        });
        if more > 0 {
            found.push(format!("and {more} more keys that are written twice"));
        }
        found
    }
}

fn walk(node: &Node, path: &str, tell: &mut dyn FnMut(String)) {
    match &node.value {
        Value::Scalar(_) => {}
        Value::List(items) => {
            for (index, item) in items.iter().enumerate() {
                walk(item, &View::element_key(path, index, item), tell);
            }
        }
        Value::Map(entries) => {
            let mut lines = std::collections::HashMap::with_capacity(entries.len());
            for entry in entries {
                let key = join(path, &entry.key);
                if let Some(first) = lines.insert(entry.key.as_str(), entry.line) {
                    tell(format!("{}: {key} is on line {first}, too; the last one counts", entry.place()));
                }
                walk(&entry.value, &key, tell);
            }
        }
    }
}

/// The nearest known word, if one is near: it was probably meant.
pub fn closest<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    let distance = |candidate: &str| strsim::damerau_levenshtein(&word.to_lowercase(), candidate);
    known
        .iter()
        .map(|candidate| (distance(candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= (candidate.len() / 3).clamp(1, 3))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}
