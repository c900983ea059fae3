//! What the steps of this process have made: AWS lists it by its tags only after a while.

use std::sync::PoisonError;

use super::AwsCpi;
use crate::domain::ids::Token;

impl AwsCpi {
    /// The id of what this step has made here, if it has.
    pub(super) fn made_by(&self, token: &Token) -> Option<String> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).get(&token.to_string()).cloned()
    }

    /// Notes it.
    pub(super) fn note_made(&self, token: &Token, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).insert(token.to_string(), id.to_owned());
    }

    /// Forgets it: it is deleted.
    pub(super) fn note_gone(&self, id: &str) {
        self.made.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, made| made != id);
    }
}
