//! The process's surroundings: environment variables, signals, who and where.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::domain::operation::Author;
use crate::error::{Error, Kind, Result};
use crate::ops::Interrupt;

/// The process's surroundings, as values.
#[derive(Debug, Clone, Default)]
pub struct Environment {
    /// The environment variables that are text.
    pub variables: BTreeMap<String, String>,
    /// snapback itself.
    pub program: PathBuf,
}

impl Environment {
    /// The surroundings of this process.
    pub fn of_process() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Environment {
            variables: std::env::vars_os().filter_map(text).collect(),
            program: std::env::current_exe().unwrap_or_else(|_| PathBuf::from("snapback")),
        }
    }

    /// A variable; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A switch, written as Go's `strconv.ParseBool` takes it.
    ///
    /// # Errors
    /// [`Kind::Usage`] for anything else.
    pub fn switch(&self, name: &str) -> Result<bool> {
        match self.get(name) {
            None | Some("0" | "f" | "F" | "false" | "FALSE" | "False") => Ok(false),
            Some("1" | "t" | "T" | "true" | "TRUE" | "True") => Ok(true),
            Some(_) => {
                Err(Error::new(Kind::Usage, format!("the environment variable {name} is neither true nor false"))
                    .hint("write true, false, 1 or 0, or unset it"))
            }
        }
    }
}

/// Lets signals ask for an orderly end: the first one is noted, a second one ends the process at once (and
/// `recover` has the rest).
pub fn signals(interrupt: &Interrupt) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    let armed = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        // Each can only fail for signals that cannot be caught, which these are not.
        let _ = signal_hook::flag::register_conditional_default(signal, Arc::clone(&armed));
        let _ = signal_hook::flag::register(signal, Arc::clone(&armed));
        let number = usize::try_from(signal).unwrap_or(0);
        let _ = signal_hook::flag::register_usize(signal, interrupt.slot(), number);
    }
    // A file that may not grow (`ulimit -f`) is an error to report, not a reason to die.
    let _ = signal_hook::flag::register(signal_hook::consts::SIGXFSZ, Arc::new(AtomicBool::new(false)));
}

/// Who runs this, and where.
pub fn author(environment: &Environment) -> Author {
    let user = environment.get("USER").or_else(|| environment.get("LOGNAME")).map(str::to_owned);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host_id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default().trim().to_owned();
    Author { user, host, host_id, pid: u32::try_from(rustix::process::getpid().as_raw_nonzero().get()).unwrap_or(0) }
}
