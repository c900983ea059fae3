//! Things that steps of this process made: a cloud may list them by their metadata only after a while.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use crate::domain::ids::Token;

/// The ids of what was made, by its step.
#[derive(Default)]
pub(super) struct MadeHere(Mutex<BTreeMap<String, String>>);

impl MadeHere {
    /// The id of what this step has made here, if it has.
    pub(super) fn by(&self, token: &Token) -> Option<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&token.to_string()).cloned()
    }

    /// Notes it.
    pub(super) fn note(&self, token: &Token, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_string(), id.to_owned());
    }

    /// Forgets it: it is deleted.
    pub(super) fn note_gone(&self, id: &str) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, made| made != id);
    }
}
