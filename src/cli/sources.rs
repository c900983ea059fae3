//! Where time, identifiers and faults come from.

use crate::clock::{Clock, Ids};
use crate::environment::Environment;
use crate::fault::Faults;

/// Time, identifiers and faults; a debug build lets a test fix them.
#[cfg(debug_assertions)]
pub(super) fn sources(environment: &Environment) -> (Clock, Ids, Faults) {
    let clock = environment
        .get("SNAPBACK_TEST_NOW")
        .and_then(|text| chrono::DateTime::parse_from_rfc3339(text).ok())
        .map_or(Clock::System, |now| Clock::Fixed(now.to_utc()));
    let ids = environment.get("SNAPBACK_TEST_IDS").and_then(|text| text.parse().ok()).map_or(Ids::Random, Ids::counted);
    let faults = environment.get("SNAPBACK_TEST_FAULT").map_or_else(Faults::none, Faults::parse);
    (clock, ids, faults)
}

#[cfg(not(debug_assertions))]
pub(super) fn sources(_environment: &Environment) -> (Clock, Ids, Faults) {
    (Clock::System, Ids::Random, Faults::none())
}
