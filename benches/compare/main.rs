//! snapback beside what a user has today, as paired, interleaved medians. One table at the end: `cargo bench`.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::allow_attributes,
    reason = "a bench may"
)]

mod backend;
mod copies;
mod executables;
mod fan_out;
mod growth;
mod listing;
mod measure;
mod native;
mod planning;
#[path = "../../tests/support/mod.rs"]
mod support;

use measure::Report;

fn main() {
    // `cargo test --benches` only wants to know that it builds and starts.
    if !std::env::args().any(|word| word == "--bench") {
        return;
    }
    let chosen: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |name: &str| chosen.is_empty() || chosen.iter().any(|word| word == name);
    let mut report = Report::default();
    if wanted("listing") {
        listing::run(&mut report);
    }
    if wanted("planning") {
        planning::run(&mut report);
    }
    if wanted("growth") {
        growth::run(&mut report);
    }
    if wanted("fan_out") {
        fan_out::run(&mut report);
    }
    if wanted("executables") {
        executables::run(&mut report);
    }
    if wanted("native") {
        native::run(&mut report);
    }
    if wanted("copies") {
        copies::run(&mut report);
    }
    println!("{report}");
}
