//! Lengths of time and sizes, as they are written in a manifest.

use std::time::Duration;

use crate::domain::limits::{Lifespan, Space};
use crate::domain::{size, time};
use crate::yaml::{Complaint, View};

/// Reads a length of time: `10d`, `12h`.
pub(super) fn length(view: &View<'_>) -> Result<Duration, Complaint> {
    time::length(view.as_str()?)
        .ok_or_else(|| view.complain("expected a length of time").hint("write it with its unit: 10d, 12h, 90m"))
}

/// Reads `10d`, or `none` for a snapshot that never expires, as on a command line.
pub(super) fn lifespan(view: &View<'_>) -> Result<Lifespan, Complaint> {
    view.as_str()?.parse().map_err(|_| {
        view.complain("expected a length of time")
            .hint("write it with its unit: 10d, 12h, 90m; or `none` for a snapshot that never expires")
    })
}

/// Reads a size in bytes: `1TiB`, `20GiB`.
pub(super) fn bytes(view: &View<'_>) -> Result<u64, Complaint> {
    size::bytes(view.as_str()?)
        .ok_or_else(|| view.complain("expected a size").hint("write a whole number with its unit: 500GiB, 1TiB"))
}

/// Reads a part of a file system: `10%`, `20GiB`.
pub(super) fn space(view: &View<'_>) -> Result<Space, Complaint> {
    let Some(percent) = view.as_str()?.trim().strip_suffix('%') else { return bytes(view).map(Space::Bytes) };
    match percent.trim().parse::<u8>() {
        Ok(percent @ 1..=99) => Ok(Space::Percent(percent)),
        _ => Err(view.complain("expected 1% to 99%").hint("write 10%, or a size: 20GiB")),
    }
}

/// Reads a whole number that is not 0.
pub(super) fn count(view: &View<'_>, without: &str) -> Result<u32, Complaint> {
    match u32::try_from(view.as_u64()?) {
        Ok(count @ 1..) => Ok(count),
        _ => Err(view.complain("expected a whole number of 1 or more").hint(without)),
    }
}
