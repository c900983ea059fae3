//! A call that outlives its snapback and then succeeds, like a CPI executable whose parent was killed. It is only for
//! the tests that prove what happens then.
//!
//! If `outlive.METHOD=outlive:MS` is due, this process starts a child in its own group and kills itself. The child
//! inherits the operation's lock, waits, and does the one thing.

use std::path::PathBuf;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::LocalCpi;
use crate::clock::{Clock, Ids};
use crate::cpi::{Around, Cpi, CpiResult, Effect, Effects, Made};
use crate::domain::ids::{CpiName, Token};
use crate::domain::intent::Intent;
use crate::fault::Faults;
use crate::process;

/// The environment variable that makes snapback do only one errand.
pub const VARIABLE: &str = "SNAPBACK_TEST_EFFECT";

#[derive(Serialize, Deserialize)]
struct Errand {
    cpi: CpiName,
    root: PathBuf,
    token: Token,
    wait_ms: u64,
    effect: Effect,
}

/// Does the errand; true if it succeeded.
pub fn run(errand: &str) -> bool {
    let Ok(Errand { cpi, root, token, wait_ms, effect }) = serde_json::from_str(errand) else { return false };
    std::thread::sleep(Duration::from_millis(wait_ms));
    let local = LocalCpi::new(cpi, root, Clock::System, Ids::Random, Faults::none());
    local.act_as(&token, &effect).is_ok()
}

/// The local backend; a child that outlives this process may do its effects.
#[derive(Debug)]
pub struct Outliving(LocalCpi);

impl Outliving {
    /// Wraps this backend.
    pub fn new(local: LocalCpi) -> Self {
        Outliving(local)
    }

    /// Does not return if the fault is due and the child has started.
    fn leave_to_a_child(&self, intent: &Intent, effect: &Effect) {
        let Some(wait_ms) = self.0.faults.outlive(&["outlive", effect.method()]) else { return };
        let errand = Errand {
            cpi: self.0.name.clone(),
            root: self.0.root.clone(),
            token: intent.token().clone(),
            wait_ms,
            effect: effect.clone(),
        };
        let (Ok(errand), Ok(program)) = (serde_json::to_string(&errand), std::env::current_exe()) else { return };
        if process::spawn_detached(&program, &[], &[(VARIABLE.to_owned(), errand)], b"").is_ok() {
            let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::KILL);
        }
    }
}

impl Around for Outliving {
    fn inner(&self) -> &dyn Cpi {
        &self.0
    }

    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.leave_to_a_child(intent, effect);
        self.0.act(intent, effect)
    }
}
