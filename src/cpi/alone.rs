//! An executable by itself, though snapback has its cloud built in. If it cannot do something, the error says why the
//! other side is missing.

use super::{Around, Cpi};
use crate::error::Error;

/// The executable, and why there is no built-in side beside it.
pub struct Alone {
    executable: Box<dyn Cpi>,
    why: Error,
}

impl Alone {
    /// This executable. The hints of `why` lead to the other side.
    pub fn new(executable: Box<dyn Cpi>, why: Error) -> Self {
        Alone { executable, why }
    }
}

impl Around for Alone {
    fn inner(&self) -> &dyn Cpi {
        self.executable.as_ref()
    }

    fn lacks_native(&self) -> Option<&Error> {
        Some(&self.why)
    }
}
