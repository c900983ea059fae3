//! Interprets a child's output while it runs.

use std::io::{self, ErrorKind, Read};
use std::process::ChildStdout;
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// A pipe that a thread interprets, and then reads to its end.
pub(super) struct Listening<T> {
    learnt: Arc<Mutex<Option<T>>>,
    end: Receiver<()>,
}

impl<T: Send + 'static> Listening<T> {
    /// Lets `understand` read. It reports what it has learnt as often as it likes; the last report counts.
    ///
    /// # Errors
    /// There can be no more threads.
    pub(super) fn start(
        pipe: Option<ChildStdout>,
        understand: impl FnOnce(&mut dyn Read, &dyn Fn(T)) + Send + 'static,
    ) -> io::Result<Listening<T>> {
        let learnt = Arc::new(Mutex::new(None));
        let (at_end, end) = channel();
        let shared = Arc::clone(&learnt);
        thread::Builder::new().name("child-answer".to_owned()).spawn(move || {
            if let Some(mut pipe) = pipe {
                understand(&mut pipe, &|word| *shared.lock().unwrap_or_else(PoisonError::into_inner) = Some(word));
                empty(&mut pipe);
            }
            // Nobody waits any more if a grandchild kept the pipe open for too long.
            let _ = at_end.send(());
        })?;
        Ok(Listening { learnt, end })
    }

    /// Returns the last report, if any. Waits for the end of the output until `until`.
    pub(super) fn take(self, until: Instant) -> Option<T> {
        let _ = self.end.recv_timeout(until.saturating_duration_since(Instant::now()));
        self.learnt.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// Reads the rest, which nobody needs, so that its writer is not stopped.
fn empty(pipe: &mut impl Read) {
    let mut chunk = vec![0; 16 * 1024];
    loop {
        match pipe.read(&mut chunk) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
}
