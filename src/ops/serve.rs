//! Acts as a CPI executable for another program: answers one request.

use std::io::Read;
use std::path::PathBuf;

use crate::clock::{Clock, Ids};
use crate::cpi::builtin::local::server::Server;
use crate::fault::Faults;

/// Answers one request as the local backend. `path` is the directory of the disks; if there is none, the request must
/// name it.
pub fn local(path: Option<PathBuf>, request: impl Read, clock: Clock, ids: Ids, faults: Faults) -> String {
    Server { path, clock, ids, faults }.answer(request)
}
