//! The CPI contract, and what is special about the local backend, on the file systems that matter.
#![cfg(debug_assertions)]

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::conformance;
use crate::local::Local;
use crate::support::loop_mount::{Fs, LoopMount};

fn conforms(name: &str, base: &std::path::Path) {
    conformance::run(name, &|| Box::new(Local::under(base)));
}

#[test]
fn local_here() {
    conforms("local", &std::env::temp_dir());
}

#[test]
fn cpi_local_as_an_executable() {
    conformance::run("cpi local, as an executable", &|| Box::new(conformance::Executable::local()));
}

#[test]
fn the_example_as_an_executable() {
    conformance::run("the example, as an executable", &|| Box::new(conformance::Executable::example()));
}

/// ARCHITECTURE's recipe for a cloud, followed: what each backend gets is told of each call and repeats what is turned away.
#[test]
fn a_toy_by_the_recipe() {
    let told = Arc::new(conformance::Told::default());
    conformance::run("a toy in memory, by the recipe", &|| Box::new(conformance::Toy::new(&told)));
    let count = |of: &std::sync::atomic::AtomicUsize| of.load(Ordering::SeqCst);
    let (calls, turned_away, again) = (count(&told.calls), count(&told.turned_away), count(&told.again));
    eprintln!("the toy: {calls} calls told, {turned_away} turned away, {again} made again");
    assert!(turned_away > 20 && turned_away == again && calls > 4 * turned_away);
}

#[test]
fn local_on_ext4() {
    if let Some(mount) = LoopMount::new(Fs::Ext4, 320) {
        conforms("local on ext4", &mount.path());
    }
}

#[test]
fn local_on_xfs() {
    if let Some(mount) = LoopMount::new(Fs::Xfs, 320) {
        conforms("local on XFS", &mount.path());
    }
}

#[test]
fn local_on_btrfs() {
    if let Some(mount) = LoopMount::new(Fs::Btrfs, 320) {
        conforms("local on Btrfs", &mount.path());
    }
}
