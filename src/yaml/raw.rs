//! The values of the YAML crate, before the scalars have their text again.
//!
//! serde gives a plain `0123` or `1e5` as a number, and a CID may look like that. So each value comes with its place in
//! the source, from which its text is read again.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::Number;
use serde_yaml::{Location, Spanned};

use super::node::{Entry, Node, Scalar, Value};

/// The most keys of one mapping. The widest known, a store of variables, have some thousands.
pub(super) const MOST_KEYS: usize = 50_000;
/// The error for a mapping with more keys, before the line of the first key too many: the crate's error has no place.
pub(super) const TOO_MANY_KEYS: &str = "too many keys in one mapping, line ";

/// A tree in which the text of a number or a boolean is its place in the source. One tree, and not two, since
/// there can be millions of values.
pub(super) struct RawNode(Node);

/// A value whose text is not there yet.
struct RawValue(Value);

impl RawNode {
    /// The tree, with the texts of numbers and booleans from `source`.
    pub(super) fn into_node(mut self, source: &str) -> Node {
        write_texts(&mut self.0, source);
        self.0
    }
}

fn write_texts(node: &mut Node, source: &str) {
    match &mut node.value {
        Value::Scalar(Scalar::Number(_, text) | Scalar::Bool(_, text)) => *text = written(text, source),
        Value::Scalar(Scalar::Null | Scalar::Text(_)) => {}
        Value::List(items) => items.iter_mut().for_each(|item| write_texts(item, source)),
        Value::Map(entries) => entries.iter_mut().for_each(|entry| write_texts(&mut entry.value, source)),
    }
}

/// The text at a place of `source`. The place is written as `START LENGTH`, in bytes.
fn written(place: &str, source: &str) -> String {
    let range = place.split_once(' ').and_then(|(start, length)| {
        let start: usize = start.parse().ok()?;
        Some(start..start.checked_add(length.parse().ok()?)?)
    });
    range.and_then(|range| source.get(range)).unwrap_or_default().trim().to_owned()
}

impl<'de> Deserialize<'de> for RawNode {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Spanned { value: RawValue(mut value), defined, .. } = Spanned::<RawValue>::deserialize(deserializer)?;
        if let Value::Scalar(Scalar::Number(_, text) | Scalar::Bool(_, text)) = &mut value {
            *text = place(&defined);
        }
        Ok(RawNode(Node { value, line: defined.line(), given: false, origin: 0 }))
    }
}

fn place(location: &Location) -> String {
    let span = location.span();
    format!("{} {}", span.byte_offset().unwrap_or(0), span.byte_len().unwrap_or(0))
}

impl<'de> Deserialize<'de> for RawValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(Anything)
    }
}

fn number(value: Number) -> RawValue {
    RawValue(Value::Scalar(Scalar::Number(value, String::new())))
}

fn text(value: String) -> RawValue {
    RawValue(Value::Scalar(Scalar::Text(value)))
}

struct Anything;

impl<'de> Visitor<'de> for Anything {
    type Value = RawValue;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_unit<E: Error>(self) -> Result<RawValue, E> {
        Ok(RawValue(Value::Scalar(Scalar::Null)))
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<RawValue, E> {
        Ok(RawValue(Value::Scalar(Scalar::Bool(value, String::new()))))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<RawValue, E> {
        Ok(number(value.into()))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<RawValue, E> {
        Ok(number(value.into()))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<RawValue, E> {
        Ok(Number::from_f64(value).map_or_else(|| text(value.to_string()), number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<RawValue, E> {
        Ok(text(value.to_owned()))
    }

    fn visit_string<E: Error>(self, value: String) -> Result<RawValue, E> {
        Ok(text(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<RawValue, A::Error> {
        let mut items = Vec::new();
        while let Some(RawNode(item)) = list.next_element()? {
            items.push(item);
        }
        // A hostile text may have millions of lists of one element.
        items.shrink_to_fit();
        Ok(RawValue(Value::List(items)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<RawValue, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<Spanned<String>>()? {
            let line = key.defined.line();
            if entries.len() == MOST_KEYS {
                return Err(A::Error::custom(format!("{TOO_MANY_KEYS}{line}")));
            }
            let RawNode(value) = map.next_value()?;
            entries.push(Entry { key: key.value, line, value });
        }
        entries.shrink_to_fit();
        Ok(RawValue(Value::Map(entries)))
    }
}
