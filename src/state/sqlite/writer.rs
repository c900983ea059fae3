//! The writer thread: only it changes the file. The jobs that are queued while it commits go into the next transaction
//! together. So parallel intents share their fsyncs, each still before its effect.

use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, Sender, channel, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;

use super::super::{StateError, Wrong};
use super::error::{self, Broken};
use crate::fault::Faults;

type Reply = Box<dyn FnOnce(Result<(), StateError>) + Send>;
/// A job runs in the open transaction, or is told why there is none.
type Job = Box<dyn FnOnce(Result<&Connection, StateError>) -> Reply + Send>;

/// The queue in front of the thread.
pub(super) struct Writer {
    path: PathBuf,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// The most jobs that share a transaction.
const GROUP: usize = 256;

/// How long the writer waits for one more job if the last transaction had several: jobs that got their answers together
/// come back together, and a commit costs more than this wait.
const LINGER: Duration = Duration::from_micros(300);

impl Writer {
    /// Starts the thread on this connection.
    ///
    /// # Errors
    /// [`StateError::NoThread`]
    pub(super) fn start(connection: Connection, path: PathBuf, faults: Faults) -> Result<Self, StateError> {
        let (jobs, queue) = channel();
        let at = path.clone();
        let thread = std::thread::Builder::new()
            .name("state-writer".to_owned())
            .spawn(move || serve(&connection, &at, &queue, &faults))
            .map_err(|error| StateError::NoThread(error.to_string()))?;
        Ok(Writer { path, jobs: Some(jobs), thread: Some(thread) })
    }

    /// The file.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Runs `change` in a transaction, and returns when it is on disk.
    pub(super) fn transact<T: Send + 'static>(
        &self,
        change: impl FnOnce(&Connection) -> Result<T, Broken> + Send + 'static,
    ) -> Result<T, StateError> {
        let (answer, answered) = sync_channel(1);
        let path = self.path.clone();
        let job: Job = Box::new(move |connection| {
            let result = connection.and_then(|connection| in_savepoint(connection, &path, change));
            Box::new(move |committed| {
                let _ = answer.send(committed.and(result));
            })
        });
        let gone = || StateError::Other("the writer of the state file has ended".to_owned());
        self.jobs.as_ref().ok_or_else(gone)?.send(job).map_err(|_| gone())?;
        answered.recv().map_err(|_| gone())?
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn in_savepoint<T>(
    connection: &Connection,
    path: &Path,
    change: impl FnOnce(&Connection) -> Result<T, Broken>,
) -> Result<T, StateError> {
    let run = |sql| connection.execute_batch(sql).map_err(|error| error::of(path, &error));
    run("SAVEPOINT job")?;
    match change(connection) {
        Ok(value) => run("RELEASE job").map(|()| value),
        Err(error) => {
            // The first error is the one to report; a complete rollback may have ended the savepoint already.
            let _ = run("ROLLBACK TO job; RELEASE job");
            Err(error.at(path))
        }
    }
}

fn serve(connection: &Connection, path: &Path, queue: &Receiver<Job>, faults: &Faults) {
    let mut linger = Duration::ZERO;
    while let Ok(first) = queue.recv() {
        let mut jobs = vec![first];
        while jobs.len() < GROUP
            && let Ok(job) = queue.recv_timeout(linger)
        {
            jobs.push(job);
        }
        linger = if jobs.len() > 1 { LINGER } else { Duration::ZERO };
        let begun = if faults.dead() { Err(StateError::Dead) } else { begin(connection, path) };
        let replies: Vec<Reply> = jobs.into_iter().map(|job| job(begun.clone().map(|()| connection))).collect();
        let committed = begun.and_then(|()| commit(connection, path));
        for reply in replies {
            reply(committed.clone());
        }
    }
}

fn begin(connection: &Connection, path: &Path) -> Result<(), StateError> {
    connection.execute_batch("BEGIN IMMEDIATE").map_err(|error| error::of(path, &error))
}

fn commit(connection: &Connection, path: &Path) -> Result<(), StateError> {
    // On some errors (a full disk), SQLite undoes the whole transaction; everything that ran in it is lost, too.
    if connection.is_autocommit() {
        let why = "the transaction was undone as a whole; is its file system full?".to_owned();
        return Err(Wrong::Unwritable(why).at(path.display()));
    }
    connection.execute_batch("COMMIT").map_err(|error| {
        let _ = connection.execute_batch("ROLLBACK");
        error::of(path, &error)
    })
}
