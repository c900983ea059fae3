//! The backends that need no executable.

pub mod aws;
mod http;
mod instance;
mod kinds;
pub mod local;
mod made;
pub mod openstack;
mod turns;
mod wait;
