//! Of which kinds a cloud's settings must be. One of another kind would count as not said: a disk without encryption, or another
//! account.

use serde_json::{Map, Value};

/// A kind of setting.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Truth,
    Number,
    Mapping,
}

impl Kind {
    fn is_of(self, value: &Value) -> bool {
        match self {
            Kind::Text => value.is_string(),
            Kind::Truth => value.is_boolean(),
            Kind::Number => value.is_u64(),
            Kind::Mapping => value.is_object(),
        }
    }

    fn lacks(self) -> &'static str {
        match self {
            Kind::Text => "is not text: put it in quotes",
            Kind::Truth => "is neither true nor false",
            Kind::Number => "is not a whole number",
            Kind::Mapping => "is not a mapping",
        }
    }
}

/// Looks at these keys, with spaces between them, each below another one where there is a dot in it. What is not there, or null, is not said.
///
/// # Errors
/// In words, with the first key that is of another kind; its value could be a secret.
pub(super) fn check(section: &str, said: &Map<String, Value>, kinds: &[(Kind, &str)]) -> Result<(), String> {
    let all = kinds.iter().flat_map(|(kind, keys)| keys.split_whitespace().map(move |key| (key, kind)));
    for (key, kind) in all {
        let mut parts = key.split('.');
        let value = parts.next().and_then(|first| said.get(first));
        let value = parts.fold(value, |value, part| value?.get(part));
        if value.is_some_and(|value| !value.is_null() && !kind.is_of(value)) {
            return Err(format!("`properties.{section}.{key}` {}", kind.lacks()));
        }
    }
    Ok(())
}
