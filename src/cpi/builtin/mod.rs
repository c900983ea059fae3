//! The backends that need no executable.

pub mod local;
