//! Values that must not be shown: they have no `Display`, and a `Debug` without content.

use std::fmt;

use serde_json::Value;

/// A value that is never printed by accident.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps the value.
    pub fn new(value: T) -> Self {
        Secret(value)
    }

    /// The value itself. Give it only to code that needs it: a child's standard input, a backend's constructor.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("<redacted>")
    }
}

/// Removes known secrets from texts that others wrote: a CPI may log its input.
#[derive(Clone, Default)]
pub struct Redactor {
    /// The secrets, the longest first: one may be a part of another.
    words: Vec<String>,
}

/// From this length on, a value counts as a secret whatever its key is.
const LONG: usize = 8;
/// Shorter values occur in too many words.
const SHORT: usize = 3;
/// Parts of keys whose values are secrets.
const TELLING: [&str; 10] = ["pass", "secret", "key", "token", "cert", "cred", "private", "user", "mbus", "auth"];

impl Redactor {
    /// A redactor that knows each text below a cloud's properties that can be a secret.
    pub fn of(properties: &Value) -> Self {
        let mut redactor = Redactor::default();
        redactor.learn(properties);
        redactor
    }

    /// Learns the secrets of more properties.
    pub fn learn(&mut self, properties: &Value) {
        self.collect(properties, false);
        self.in_order();
    }

    /// Learns the values of environment variables that have the name of a secret.
    pub fn learn_environment<'a>(&mut self, variables: impl IntoIterator<Item = (&'a String, &'a String)>) {
        const NAMES: [&str; 6] = ["pass", "secret", "token", "_key", "cred", "private"];
        for (name, value) in variables {
            let name = name.to_lowercase();
            if NAMES.iter().any(|word| name.contains(word)) {
                self.word(value, true);
            } else if name.ends_with("_proxy")
                && let Some(password) = password_in(value)
            {
                self.word(password, true);
            }
        }
        self.in_order();
    }

    /// Forgets a value that is known not to be a secret, though it is among some.
    pub fn spare(&mut self, value: &Value) {
        let mut known = Redactor::default();
        known.collect(value, true);
        self.words.retain(|word| !known.words.contains(word));
    }

    /// Sorts the secrets, the longest first: one may be a part of another.
    fn in_order(&mut self) {
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
        let escaped = escaped.get(1..escaped.len() - 1).unwrap_or_default();
        let forms = [text.to_owned(), escaped.to_owned(), as_go_escapes(escaped), as_a_url_escapes(text)];
        self.words.extend(forms.into_iter().filter(|form| form.len() >= least));
        // A key of several lines is logged line by line, too.
        self.words.extend(text.lines().map(str::trim).filter(|line| line.len() >= LONG).map(str::to_owned));
        // A part may be logged without the rest: the values of a key file in JSON, the password in a URL.
        if text.starts_with('{')
            && let Ok(inner) = serde_json::from_str(text)
        {
            self.collect(&inner, telling);
        }
        if let Some(password) = password_in(text) {
            self.words.extend([password].into_iter().filter(|password| password.len() >= SHORT).map(str::to_owned));
        }
    }

    /// The text without the secrets.
    pub fn redact(&self, text: &str) -> String {
        self.words.iter().fold(text.to_owned(), |text, word| {
            if text.contains(word.as_str()) { text.replace(word.as_str(), "<redacted>") } else { text }
        })
    }
}

/// A text that is escaped already, in the form of Go's `encoding/json`.
fn as_go_escapes(escaped: &str) -> String {
    escaped.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

/// A text in the form of a URL (RFC 3986), where only letters, digits and these four stand for themselves.
fn as_a_url_escapes(text: &str) -> String {
    let mut url = String::new();
    for byte in text.bytes() {
        match char::from(byte) {
            plain if plain.is_ascii_alphanumeric() || "-._~".contains(plain) => url.push(plain),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

/// The password in `https://user:PASSWORD@host/`.
fn password_in(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("://")?;
    let (who, _) = rest.split(['/', '?', '#']).next()?.rsplit_once('@')?;
    who.split_once(':').map(|(_, password)| password)
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

    #[test]
    fn other_forms_and_parts_are_known() {
        let mut redactor = Redactor::of(&json!({
            "password": "a b&<c>",
            "endpoint": "https://me:hush%21@cloud.example:443/v3",
            "json_key": "{\"private_key\": \"line number one\\nline number two\"}",
        }));
        let set = [("AWS_SECRET_ACCESS_KEY", "swordfish"), ("HOME", "/home/operator"), ("OS_PASSWORD", "")];
        let set = set.map(|(name, value)| (name.to_owned(), value.to_owned()));
        redactor.learn_environment(set.iter().map(|(name, value)| (name, value)));
        for text in
            ["a b&<c>", "a b\\u0026\\u003cc\\u003e", "a%20b%26%3Cc%3E", "hush%21", "line number two", "swordfish"]
        {
            assert_eq!(redactor.redact(text), "<redacted>", "{text}");
        }
        assert_eq!(redactor.redact("in /home/operator"), "in /home/operator");
    }
}
