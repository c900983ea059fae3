//! The rules and the scope of a prune.

use chrono::{DateTime, Utc};

use crate::domain::instance::InstanceName;
use crate::domain::retention::Policy;
use crate::domain::selector::Selectors;

/// The rules and the scope of a prune.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The rules.
    pub policy: &'a Policy,
    /// Only of this deployment.
    pub deployment: Option<&'a str>,
    /// Only of these instances.
    pub selectors: &'a Selectors,
    /// Only of these, whose new takes replace older ones: only the rules decide, not the age, and a verified one is
    /// replaced, too.
    pub replaced: Option<&'a [InstanceName]>,
    /// The time, UTC.
    pub now: DateTime<Utc>,
}
