//! The kinds that a cloud's settings must be of. One of another kind would be ignored: a disk without encryption, or
//! another account.

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

/// Checks these keys, which are separated by spaces; a dot in a key leads one level down. A missing or null value is
/// fine.
///
/// # Errors
/// The first key of another kind, in words, without its value: it could be a secret.
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
