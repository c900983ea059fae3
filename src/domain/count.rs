//! A number and what it counts.

use std::fmt::Display;

/// `1 instance`, `2 instances`. The noun is in the singular, and takes an `s`.
pub fn counted<N: Display + PartialEq + From<u8>>(count: N, noun: &str) -> String {
    let plural = if count == N::from(1) { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
