//! Restores by the CPI: the main job, which snapshot and which disk, whose instance it is.
#![allow(clippy::unwrap_used, clippy::panic, clippy::print_stderr, clippy::allow_attributes, reason = "tests may")]

mod drill;
mod edges;
mod group;
mod latest;
mod main_job;
mod right_disk;
mod saved_plan;
mod sets;
#[path = "../support/mod.rs"]
mod support;
mod swap_by_cpi;
mod two_disks;
mod undo_stack;
mod vm_disks;
mod who_is_who;
