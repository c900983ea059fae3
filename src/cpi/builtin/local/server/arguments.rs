//! The arguments of a method, by position.

use std::fmt::Display;
use std::str::FromStr;

use serde_json::{Map, Value};

use crate::cpi::CpiErrorKind;
use crate::cpi::wire::{Request, WireError, error_type};
use crate::domain::snapshot::Metadata;

use super::bad_request;

pub(super) struct Arguments<'r> {
    method: &'r str,
    values: &'r [Value],
}

impl<'r> Arguments<'r> {
    pub(super) fn of(request: &'r Request) -> Self {
        Arguments { method: &request.method, values: &request.arguments }
    }

    /// The argument at a position, from 0; `None` if it is missing or null.
    pub(super) fn value(&self, position: usize) -> Option<&'r Value> {
        self.values.get(position).filter(|value| !value.is_null())
    }

    pub(super) fn wrong(&self, position: usize, expected: impl Display) -> WireError {
        let found = match self.values.get(position) {
            None => "is missing",
            Some(Value::Null) => "is null",
            Some(Value::Bool(_)) => "is true or false",
            Some(Value::Number(_)) => "is a number",
            Some(Value::String(_)) => "is a text",
            Some(Value::Array(_)) => "is a list",
            Some(Value::Object(_)) => "is an object",
        };
        bad_request(format!("argument {} of {} {found}: expected {expected}", position + 1, self.method))
    }

    pub(super) fn id<T>(&self, position: usize, what: &str) -> Result<T, WireError>
    where
        T: FromStr,
        T::Err: Display,
    {
        self.maybe_id(position, what)?.ok_or_else(|| self.wrong(position, format!("a {what}")))
    }

    pub(super) fn maybe_id<T>(&self, position: usize, what: &str) -> Result<Option<T>, WireError>
    where
        T: FromStr,
        T::Err: Display,
    {
        match self.value(position) {
            None => Ok(None),
            Some(Value::String(text)) => text.parse().map(Some).map_err(|bad: T::Err| WireError {
                kind: error_type::name(CpiErrorKind::InvalidCid).to_owned(),
                message: format!("argument {} of {} is not a {what}: {bad}", position + 1, self.method),
                ok_to_retry: false,
            }),
            Some(_) => Err(self.wrong(position, format!("a {what}"))),
        }
    }

    pub(super) fn size(&self, position: usize) -> Result<u64, WireError> {
        self.value(position).and_then(Value::as_u64).ok_or_else(|| self.wrong(position, "a size in MiB"))
    }

    /// The object at a position; an empty one if the argument is missing or null.
    pub(super) fn object(&self, position: usize) -> Result<Map<String, Value>, WireError> {
        match self.value(position) {
            None => Ok(Map::new()),
            Some(Value::Object(object)) => Ok(object.clone()),
            Some(_) => Err(self.wrong(position, "an object")),
        }
    }

    /// The metadata at a position: texts. A Director's `index` is a number, and is kept as its text.
    pub(super) fn metadata(&self, position: usize) -> Result<Metadata, WireError> {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        Ok(self.object(position)?.into_iter().map(|(key, value)| (key, text(value))).collect())
    }

    /// A value of the object at a position, read by `read`; `None` if it is missing or null.
    pub(super) fn field<T>(
        &self,
        position: usize,
        key: &str,
        expected: &str,
        read: impl FnOnce(&Value) -> Option<T>,
    ) -> Result<Option<T>, WireError> {
        match self.object(position)?.get(key) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => read(value).map(Some).ok_or_else(|| {
                bad_request(format!("`{key}` in argument {} of {} is not {expected}", position + 1, self.method))
            }),
        }
    }
}
