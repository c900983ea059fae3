//! The backends that need no executable.

pub mod aws;
mod http;
pub mod local;
