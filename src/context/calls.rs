//! `--verbose` and `--log-file`: the report of each call of a CPI.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::SecondsFormat;

use super::Global;
use crate::clock::Clock;
use crate::error::{Error, Kind, Result};
use crate::ops::clouds::{Called, Trace};
use crate::ui::{Meter, printable};

/// Tells of calls on stderr, in a file, on both or on neither.
pub(super) struct Calls {
    verbose: bool,
    meter: Arc<Meter>,
    /// `None` once it could not be written.
    file: Mutex<Option<(PathBuf, File)>>,
    clock: Clock,
}

impl Calls {
    /// Opens the file, to write at its end. A new one can be read by its owner alone.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) fn open(global: &Global, meter: &Arc<Meter>, clock: &Clock) -> Result<Calls> {
        let file = match &global.log_file {
            None => None,
            Some(path) => {
                let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(|error| {
                    let message = format!("--log-file {}: it cannot be written", path.display());
                    Error::because(Kind::Failed, message, error)
                        .hint("nothing was done; name a file that you may write to")
                })?;
                Some((path.clone(), opened))
            }
        };
        let file = Mutex::new(file);
        Ok(Calls { verbose: global.verbose, meter: Arc::clone(meter), file, clock: clock.clone() })
    }

    /// Writes to the log. If that fails, a warning says so, and the command goes on: a log must not prevent a snapshot.
    fn write(&self, text: &str) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((path, open)) = &mut *file
            && let Err(error) = open.write_all(text.as_bytes())
        {
            let warning = format!("Warning: --log-file {}: {error}: snapback no longer writes to it", path.display());
            *file = None;
            self.meter.tell(&warning);
        }
    }
}

impl Trace for Calls {
    fn called(&self, call: &Called<'_>) {
        let (cpi, method, took) = (call.cpi, call.method, call.took.as_secs_f64());
        let head = match call.failure {
            None => {
                let request = call.request.map(|request| format!(" (request {request})")).unwrap_or_default();
                format!("{cpi}: {method}: answered in {took:.3} s{request}")
            }
            // It names the request itself.
            Some(why) => format!("{cpi}: {method}: failed in {took:.3} s: {why}"),
        };
        let log = call.log.lines().map(|line| format!("    | {line}"));
        let answer = call.answer.unwrap_or_default().lines().map(|line| format!("    > {line}"));
        let lines: Vec<String> =
            std::iter::once(head).chain(answer).chain(log).map(|line| printable(&line).into_owned()).collect();
        if self.verbose {
            self.meter.tell(&lines.join("\n"));
        }
        let now = self.clock.now().to_rfc3339_opts(SecondsFormat::Millis, true);
        self.write(&format!("{now} {}\n", lines.join("\n")));
    }
}
