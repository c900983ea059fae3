//! What is read: manifests, inventories, the output of `bosh`, variables, times; and each error of them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod abbreviated;
mod bad_input;
mod finding;
mod first_cli;
mod from_bosh;
mod import;
mod import_bosh;
mod inventory;
mod keeping;
mod manifest;
mod manifest_verb;
mod ops_files;
mod selectors;
#[path = "../support/mod.rs"]
mod support;
mod times;
mod variables;
