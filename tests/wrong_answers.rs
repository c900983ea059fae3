//! CPIs that answer wrongly: each method, each way, crossed with each verb that uses the method. A lie may make a command
//! fail; it must not lose content, change a row that it has no right to, or be told as success.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod support;

#[path = "wrong_answers/deletions.rs"]
mod deletions;
#[path = "wrong_answers/errors.rs"]
mod errors;
#[path = "wrong_answers/lost.rs"]
mod lost;
#[path = "wrong_answers/new_things.rs"]
mod new_things;
#[path = "wrong_answers/once.rs"]
mod once;
#[path = "wrong_answers/same_moment.rs"]
mod same_moment;
#[path = "wrong_answers/scene.rs"]
mod scene;
#[path = "wrong_answers/swaps.rs"]
mod swaps;
