//! The backends that need no executable.
