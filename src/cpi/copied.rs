//! Who is told how far a copy is.

use std::fmt;
use std::sync::Arc;

/// Is told, in the thread that copies, how many bytes are done, and of how many.
#[derive(Clone)]
pub struct Copied(Arc<dyn Fn(u64, u64) + Send + Sync>);

impl Copied {
    /// Tells this.
    pub fn to(listener: impl Fn(u64, u64) + Send + Sync + 'static) -> Self {
        Copied(Arc::new(listener))
    }

    /// Tells it.
    pub fn tell(&self, done: u64, total: u64) {
        (self.0)(done, total);
    }
}

impl Default for Copied {
    fn default() -> Self {
        Copied::to(|_, _| {})
    }
}

impl fmt::Debug for Copied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Copied")
    }
}
