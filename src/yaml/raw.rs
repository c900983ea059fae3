//! What the YAML crate hands over, before the scalars have their text back.
//!
//! serde gives a plain `0123` or `1e5` as a number, and a CID may look like that. So each value is taken
//! with its place in the source, from which its text can be read again.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_yaml::{Location, Spanned};

use super::node::{Entry, Node, Scalar, Value};

pub(super) struct RawNode {
    value: RawValue,
    line: u64,
    start: usize,
    length: usize,
}

enum RawValue {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<RawNode>),
    Map(Vec<RawEntry>),
}

struct RawEntry {
    key: String,
    line: u64,
    value: RawNode,
}

impl RawNode {
    /// Makes the tree, with the texts of numbers and booleans as `source` has them.
    pub(super) fn into_node(self, source: &str) -> Node {
        let end = self.start.saturating_add(self.length);
        let written = || source.get(self.start..end).unwrap_or_default().trim().to_owned();
        let value = match self.value {
            RawValue::Null => Value::Scalar(Scalar::Null),
            RawValue::Bool(value) => Value::Scalar(boolean(value, written())),
            RawValue::Number(number) => Value::Scalar(Scalar::Number(number, written())),
            RawValue::Text(text) => Value::Scalar(Scalar::Text(text)),
            RawValue::List(items) => Value::List(items.into_iter().map(|item| item.into_node(source)).collect()),
            RawValue::Map(entries) => {
                let entry = |raw: RawEntry| Entry { key: raw.key, line: raw.line, value: raw.value.into_node(source) };
                Value::Map(entries.into_iter().map(entry).collect())
            }
        };
        Node { value, line: self.line, given: false, origin: 0 }
    }
}

/// A plain `y` or `n` is a boolean for Go's reader and text for Ruby's. As text it is refused where a boolean is due,
/// with the words that both understand.
fn boolean(value: bool, written: String) -> Scalar {
    if written.len() == 1 { Scalar::Text(written) } else { Scalar::Bool(value, written) }
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value, defined, .. } = Spanned::<RawValue>::deserialize(deserializer)?;
        let (start, length) = place(&defined);
        Ok(RawNode { value, line: defined.line(), start, length })
    }
}

fn place(location: &Location) -> (usize, usize) {
    let span = location.span();
    let number = |value: Option<u64>| value.and_then(|value| usize::try_from(value).ok()).unwrap_or(0);
    (number(span.byte_offset()), number(span.byte_len()))
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<RawValue, E> {
        Ok(RawValue::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<RawValue, E> {
        Ok(RawValue::Number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<RawValue, E> {
        Ok(RawValue::Number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<RawValue, E> {
        Ok(Number::from_f64(value).map_or_else(|| RawValue::Text(value.to_string()), RawValue::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<RawValue, E> {
        Ok(RawValue::Text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<RawValue, E> {
        Ok(RawValue::Text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            items.push(item);
        }
        // A hostile text has millions of lists of one element.
        items.shrink_to_fit();
        Ok(RawValue::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = key.defined.line();
            entries.push(RawEntry { key: key.value, line, value: map.next_value()? });
        }
        entries.shrink_to_fit();
        Ok(RawValue::Map(entries))
    }
}
