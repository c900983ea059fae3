//! The process's surroundings: environment variables, signals, user and host.

mod signals;

pub use signals::{Voice, signals};

use std::collections::BTreeMap;
use std::path::PathBuf;

use crate::domain::operation::Author;
use crate::error::{Error, Kind, Result};

/// The variable that tells snapback to ask nothing.
pub const NON_INTERACTIVE: &str = "BOSH_NON_INTERACTIVE";

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

    /// The value of a variable; an empty one counts as unset.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// Whether text may have characters beyond ASCII, according to the locale.
    pub fn has_unicode(&self) -> bool {
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"].into_iter().find_map(|name| self.get(name));
        locale.is_some_and(|locale| {
            let locale = locale.to_ascii_lowercase();
            locale.contains("utf-8") || locale.contains("utf8")
        })
    }

    /// A switch, in the spelling of Go's `strconv.ParseBool`.
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

/// The user that runs this, and the host.
pub fn author(environment: &Environment) -> Author {
    let user = environment.get("USER").or_else(|| environment.get("LOGNAME")).map(str::to_owned);
    let user = user.unwrap_or_else(|| format!("uid {}", rustix::process::getuid().as_raw()));
    let host = rustix::system::uname().nodename().to_string_lossy().into_owned();
    let host_id = std::fs::read_to_string("/etc/machine-id").unwrap_or_default().trim().to_owned();
    Author { user, host, host_id, pid: u32::try_from(rustix::process::getpid().as_raw_nonzero().get()).unwrap_or(0) }
}
