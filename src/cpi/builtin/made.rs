//! Things that steps of this process made: a cloud may take a while to list them by their metadata.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::Token;

/// The ids of the things that were made, by step.
#[derive(Default)]
pub(super) struct MadeHere(Mutex<BTreeMap<String, String>>);

impl MadeHere {
    /// The id of the thing that this step made in this process, if it did.
    pub(super) fn by(&self, token: &Token) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&token.to_string()).cloned()
    }

    /// Notes a thing that was made.
    pub(super) fn note(&self, token: &Token, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_string(), id.to_owned());
    }

    /// Forgets a thing that was deleted.
    pub(super) fn note_gone(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, made| made != id);
    }
}
