//! Each trap of the sources, as the double has it.

mod attach;
mod bytes;
mod clean_up;
mod converge;
mod create_env;
mod instances;
mod recorded;
mod recorded_director;
mod tasks;

pub use crate::support::Ran;
pub use crate::support::fake_bosh::{Director, always, cloud_config, fault, file_system, uuid};

pub fn one() -> Director {
    Director::with(&["db/0"])
}

/// A disk that holds another file system, as a promoted one does.
pub fn promoted(director: &Director, cid: &str) {
    director.sandbox.make_disk(cid, 1 << 20, &file_system(&[("data", "older")]));
}

pub fn stop(director: &Director) {
    director.bosh(&["stop", &director.slug(), "--no-converge"]).quiet_success();
}

pub fn attach(director: &Director, disk: &str) -> Ran {
    director.bosh(&["--tty", "attach-disk", &director.slug(), disk, "--disk-properties=copy"])
}

fn start(director: &Director) {
    director.bosh(&["start", &director.slug(), "--no-converge"]).quiet_success();
}
