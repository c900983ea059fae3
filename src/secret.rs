//! Values that must not be shown: no `Display`, and a `Debug` that says nothing.

use std::fmt;

use serde_json::Value;

/// A value that is never printed by accident.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Takes the value in.
    pub fn new(value: T) -> Self {
        Secret(value)
    }

    /// The value itself. Give it only to what needs it: a child's standard input, a backend's constructor.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Takes secrets that are known out of texts that others wrote: a CPI may log what it was given.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The longest first: one may be a part of another.
    words: Vec<String>,
}

/// A value from here on is taken for a secret whatever its key is.
const LONG: usize = 8;
/// Shorter ones stand in too many words.
const SHORT: usize = 3;
/// What a key holds that leads to a secret.
const TELLING: [&str; 10] = ["pass", "secret", "key", "token", "cert", "cred", "private", "user", "mbus", "auth"];

impl Redactor {
    /// One that knows each text below a cloud's properties that can be a secret.
    pub fn of(properties: &Value) -> Self {
        let mut redactor = Redactor::default();
        redactor.learn(properties);
        redactor
    }

    /// Learns those of more properties.
    pub fn learn(&mut self, properties: &Value) {
        self.collect(properties, false);
        self.words.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        self.words.dedup();
    }

    fn collect(&mut self, value: &Value, telling: bool) {
        match value {
            Value::Object(map) => {
                for (key, value) in map {
                    let key = key.to_lowercase();
                    self.collect(value, telling || TELLING.iter().any(|word| key.contains(word)));
                }
            }
            Value::Array(items) => items.iter().for_each(|item| self.collect(item, telling)),
            Value::String(text) => self.word(text, telling),
            Value::Number(number) => self.word(&number.to_string(), telling),
            Value::Null | Value::Bool(_) => {}
        }
    }

    fn word(&mut self, text: &str, telling: bool) {
        let least = if telling { SHORT } else { LONG };
        let escaped = Value::from(text).to_string();
        let forms = [text, escaped.trim_matches('"')];
        // A key in several lines is logged line by line, too.
        let lines = text.lines().map(str::trim).filter(|line| line.len() >= LONG);
        self.words.extend(forms.into_iter().filter(|form| form.len() >= least).chain(lines).map(str::to_owned));
    }

    /// The text without them.
    pub fn redact(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, word| {
            if text.contains(word.as_str()) { text.replace(word.as_str(), "<redacted>") } else { text }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn what_is_known_is_taken_out() {
        let redactor = Redactor::of(&json!({
            "aws": {"secret_access_key": "hush", "region": "z1", "json_key": "line number one\nline number two"},
            "hosts": ["a-long-name.example"],
            "password": 123456
        }));
        let text = "hush z1 {\"k\":\"line number one\\nline number two\"} line number two a-long-name.example 123456";
        assert_eq!(redactor.redact(text), "<redacted> z1 {\"k\":\"<redacted>\"} <redacted> <redacted> <redacted>");
        assert_eq!(Redactor::default().redact("as it is"), "as it is");
    }
}
