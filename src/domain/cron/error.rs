//! The error of a cron string, and its place.

use super::field::Field;
use super::zone;

/// The error for a string that is not a cron string.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.told())]
pub struct BadCron {
    /// The string.
    pub text: String,
    /// The field, if the error is in one.
    pub field: Option<&'static str>,
    /// The column in the string, in characters from 1, if the error is at one place.
    pub column: Option<usize>,
    /// The reason.
    pub why: String,
}

impl BadCron {
    fn told(&self) -> String {
        let place = match (self.field, self.column) {
            (Some(field), Some(column)) => format!("{field}, column {column}: "),
            (None, Some(column)) => format!("column {column}: "),
            _ => String::new(),
        };
        format!("'{}' is not a cron string: {place}{}", self.text.escape_debug(), self.why)
    }

    pub(super) fn whole(text: &str, why: impl Into<String>) -> BadCron {
        BadCron { text: text.to_owned(), field: None, column: None, why: why.into() }
    }

    /// An error at a place; `at` counts bytes of the string, from 0.
    pub(super) fn at(text: &str, field: Option<Field>, at: usize, why: impl Into<String>) -> BadCron {
        let column = text.char_indices().take_while(|(place, _)| *place < at).count() + 1;
        BadCron { field: field.map(Field::name), column: Some(column), ..BadCron::whole(text, why) }
    }

    pub(super) fn of_zone(text: &str, name: &str, at: usize) -> BadCron {
        let why = match name.starts_with(['+', '-']) {
            true => format!("'{name}' is not a zone offset: those go from -11:45 to +11:45, in quarters of an hour"),
            false => match zone::spelled(name) {
                Some(zone) => format!("no time zone is called '{name}', but one is called '{zone}'"),
                None => {
                    format!("no time zone is called '{name}': write one as in Europe/Berlin, or an offset as in +02:00")
                }
            },
        };
        BadCron { field: Some("time zone"), ..BadCron::at(text, None, at, why) }
    }
}
