//! A setting and its place, so that an error about it can say what to change.

use crate::yaml::View;

/// A place in a manifest, or in an ops file that was laid over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The key path of the setting, or where it would have to be written.
    pub key: String,
    /// Its line, from 1; `None` if it is not written, and the default holds.
    pub line: Option<u64>,
    /// The file: 0 for the manifest, else the number of the ops file.
    pub origin: u32,
    /// Whether a variable gave the value, or a part of it: then it is never shown.
    pub given: bool,
}

/// A setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting<T> {
    /// Its value.
    pub value: T,
    /// The place of that value in the manifest or an ops file.
    pub place: Place,
}

impl Place {
    pub(super) fn of(view: &View<'_>) -> Place {
        Place {
            key: view.key().to_owned(),
            line: Some(view.line()),
            origin: view.node().origin,
            given: view.node().holds_given(),
        }
    }

    /// The place where a setting would have to be written.
    pub(super) fn unwritten(key: String) -> Place {
        Place { key, line: None, origin: 0, given: false }
    }
}

impl<T> Setting<T> {
    pub(super) fn of(value: T, view: &View<'_>) -> Setting<T> {
        Setting { value, place: Place::of(view) }
    }

    pub(super) fn default(value: T, key: String) -> Setting<T> {
        Setting { value, place: Place::unwritten(key) }
    }
}
