//! Reading a child's output while it runs, within bounds.

use std::io::{self, ErrorKind, Read};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Instant;

/// The part of an unlimited output to keep in memory, in bytes.
#[derive(Clone, Copy)]
pub(super) enum Keep {
    /// Its first bytes: an answer.
    First(usize),
    /// Its last bytes: what went wrong.
    Last(usize),
}

#[derive(Default)]
struct Kept {
    bytes: Vec<u8>,
    cut: bool,
}

/// A pipe that a thread reads to its end, whatever the content is used for.
pub(super) struct Drain {
    kept: Arc<Mutex<Kept>>,
    end: Option<Receiver<()>>,
    keep: Keep,
}

impl Drain {
    /// # Errors
    /// There can be no more threads.
    pub(super) fn start(pipe: Option<impl Read + Send + 'static>, keep: Keep) -> io::Result<Drain> {
        let kept = Arc::new(Mutex::new(Kept::default()));
        let Some(mut pipe) = pipe else { return Ok(Drain { kept, end: None, keep }) };
        let (at_end, end) = channel();
        let shared = Arc::clone(&kept);
        thread::Builder::new().name("child-output".to_owned()).spawn(move || {
            let mut chunk = vec![0; 64 * 1024];
            loop {
                match pipe.read(&mut chunk) {
                    Ok(0) => break,
                    Ok(length) => {
                        let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                        kept.add(chunk.get(..length).unwrap_or_default(), keep);
                    }
                    Err(error) if error.kind() == ErrorKind::Interrupted => {}
                    Err(_) => break,
                }
            }
            // Nobody waits any more if a grandchild kept the pipe open for too long.
            let _ = at_end.send(());
        })?;
        Ok(Drain { kept, end: Some(end), keep })
    }

    /// Returns the kept bytes, and whether there were more. Waits for the end of the output until `until`. If a pipe is
    /// still open then, its thread goes on emptying it, so that its writer is not stopped.
    pub(super) fn take(self, until: Instant) -> (Vec<u8>, bool) {
        if let Some(end) = self.end {
            match end.recv_timeout(until.saturating_duration_since(Instant::now())) {
                Ok(()) | Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
        }
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.trim(self.keep);
        (std::mem::take(&mut kept.bytes), kept.cut)
    }
}

impl Kept {
    fn add(&mut self, bytes: &[u8], keep: Keep) {
        match keep {
            Keep::First(limit) => {
                let room = limit.saturating_sub(self.bytes.len()).min(bytes.len());
                self.bytes.extend_from_slice(bytes.get(..room).unwrap_or_default());
                self.cut |= room < bytes.len();
            }
            Keep::Last(limit) => {
                self.bytes.extend_from_slice(bytes);
                // Not at every chunk: a tail of 16 KiB is moved once for several chunks of a large output.
                if self.bytes.len() > limit.saturating_mul(4) {
                    self.trim(keep);
                }
            }
        }
    }

    fn trim(&mut self, keep: Keep) {
        let Keep::Last(limit) = keep else { return };
        if self.bytes.len() > limit {
            self.bytes.drain(..self.bytes.len() - limit);
            self.cut = true;
        }
    }
}

/// The text of a tail. If its beginning was cut off, half a character may come first: it is removed, too.
pub(super) fn text(bytes: &[u8], cut: bool) -> String {
    let half = bytes.iter().take(3).take_while(|byte| **byte & 0b1100_0000 == 0b1000_0000).count();
    let whole = bytes.get(if cut { half } else { 0 }..).unwrap_or_default();
    String::from_utf8_lossy(whole).into_owned()
}
