//! `bosh create-env`, with the operator's command line. There is no Director and no task: the client acts itself, and
//! what it has not done when it dies stays undone.

use std::fmt;
use std::io::{PipeReader, PipeWriter, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;
use rustix::io::FdFlags;

use super::Bosh;
use super::held::Held;
use crate::domain::create_env_line::CreateEnvLine;
use crate::error::{Error, Kind};
use crate::process::{self, Call, Ended, ProcessError};

/// How long it may take if no option says: it may compile releases.
const LONG: Duration = Duration::from_secs(4 * 3600);
/// How long its calls to the cloud may go on after it, if no option says.
const CALLS: Duration = Duration::from_secs(600);
/// The longest line that is passed on whole, in bytes.
const LINE: usize = 4000;

/// A `bosh create-env` that did not come to a good end. It contains none of its arguments.
#[derive(Debug)]
pub enum CreateEnvError {
    /// It could not be started, or was lost.
    NotRun(ProcessError),
    /// It failed.
    Failed {
        /// How it ended.
        status: Ended,
        /// The end of its error output, on one line, without secrets; empty if it printed nothing.
        said: String,
    },
    /// It was still running after this time, and was ended.
    StillRunning(Duration),
}

impl CreateEnvError {
    /// Whether it may have begun to act.
    pub fn may_have_acted(&self) -> bool {
        match self {
            CreateEnvError::NotRun(why) => why.started(),
            CreateEnvError::Failed { .. } | CreateEnvError::StillRunning(_) => true,
        }
    }
}

impl fmt::Display for CreateEnvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CreateEnvError::NotRun(why) => write!(f, "`bosh create-env` did not run: {why}"),
            CreateEnvError::Failed { status, said } if said.is_empty() => {
                write!(f, "`bosh create-env` failed ({status})")
            }
            CreateEnvError::Failed { status, said } => write!(f, "`bosh create-env` failed ({status}): {said}"),
            CreateEnvError::StillRunning(after) => {
                write!(f, "`bosh create-env` was still running after {} s, and was ended", after.as_secs())
            }
        }
    }
}

impl From<CreateEnvError> for Error {
    fn from(error: CreateEnvError) -> Self {
        let message = error.to_string();
        match error {
            CreateEnvError::NotRun(_) => Error::new(Kind::Failed, message),
            CreateEnvError::Failed { .. } => Error::new(Kind::Cpi, message),
            CreateEnvError::StillRunning(_) => {
                Error::new(Kind::Cpi, message).hint("`--timeout SECONDS` allows more time")
            }
        }
    }
}

impl Bosh {
    /// The same client, with the operator's command line for create-env. The content of pipes on it is read now, once
    /// for all.
    ///
    /// # Errors
    /// A pipe cannot be read.
    pub fn with_create_env(mut self, mut line: Option<CreateEnvLine>) -> Result<Self, Error> {
        if let Some(line) = &mut line {
            self.held = Held::of(line)?;
        }
        self.create_env = line;
        Ok(self)
    }

    /// The operator's command line for create-env, if there is one.
    pub fn create_env_line(&self) -> Option<&CreateEnvLine> {
        self.create_env.as_ref()
    }

    /// The environment that each command gets.
    pub fn environment(&self) -> &std::collections::BTreeMap<String, String> {
        &self.environment
    }

    /// Checks that the program of a command line exists.
    ///
    /// # Errors
    /// [`Kind::Refused`]: it does not.
    pub fn has_program_of(&self, line: &CreateEnvLine) -> Result<(), Error> {
        let program = self.program_of(line);
        let is_one =
            |path: &Path| path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0);
        let path = self.environment.get("PATH").map(String::as_str).unwrap_or_default();
        let bare = !program.as_os_str().to_string_lossy().contains('/');
        let found =
            if bare { path.split(':').any(|place| is_one(&Path::new(place).join(&program))) } else { is_one(&program) };
        if found {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, format!("there is no program {}", program.display()))
            .hint("install the bosh CLI, or name it with --bosh or SNAPBACK_BOSH"))
    }

    /// The program; `bosh` means the one that --bosh names.
    fn program_of(&self, line: &CreateEnvLine) -> PathBuf {
        if line.program() == super::usual() { self.program.clone() } else { line.program().to_owned() }
    }

    /// Runs it, in a session of its own; `heard` is told each line that it prints, and `starting` its process id.
    ///
    /// # Errors
    /// [`CreateEnvError`]. If [`CreateEnvError::may_have_acted`], only its state file and the cloud can tell how far it
    /// got.
    pub fn create_env(
        &self,
        line: &CreateEnvLine,
        arguments: Vec<String>,
        heard: &(dyn Fn(&str) + Sync),
        starting: Option<Arc<dyn Fn(u32) + Send + Sync>>,
    ) -> Result<(), CreateEnvError> {
        let call = Call {
            args: arguments,
            env: self.environment.clone().into_iter().collect(),
            deadline: Some(self.told_deadline.unwrap_or(LONG)),
            starting,
            own_session: true,
            through: self.through.clone(),
            ..Call::new(self.program_of(line))
        };
        let lost = |source| CreateEnvError::NotRun(ProcessError::NotStarted { program: call.program.clone(), source });
        let (leash, end) = Leash::new().map_err(lost)?;
        self.held.set_inherited(true);
        let (teller, told) = mpsc::channel::<Option<String>>();
        let over = thread::scope(|scope| {
            let listening = move || told.iter().map_while(|text| text).for_each(|text| heard(&line.redacted(&text)));
            thread::Builder::new()
                .name("create-env".to_owned())
                .spawn_scoped(scope, listening)
                .map_err(|source| ProcessError::NotStarted { program: call.program.clone(), source })?;
            let end = teller.clone();
            let over = process::listen(&call, move |pipe, _: &dyn Fn(())| pass_on(pipe, &teller));
            // Another process may keep the client's pipe open for longer than the client lives.
            let _ = end.send(None);
            over
        });
        drop(end);
        self.held.set_inherited(false);
        *self.leash.lock().unwrap_or_else(PoisonError::into_inner) = Some(leash);
        let over = over.map_err(CreateEnvError::NotRun)?;
        match over.ended {
            _ if over.timed_out => Err(CreateEnvError::StillRunning(call.deadline.unwrap_or(LONG))),
            Some(status) if status.success() => Ok(()),
            ended => {
                let said = over.stderr_tail.lines().map(str::trim).filter(|said| !said.starts_with("Exit code"));
                let said = said.filter(|said| !said.is_empty()).collect::<Vec<_>>().join(" ");
                let said = self.shown(&line.redacted(&said));
                Err(CreateEnvError::Failed { status: ended.unwrap_or(Ended::Signalled(0)), said })
            }
        }
    }
}

impl Bosh {
    /// Whether anything that the last run of create-env started is still at work. It starts each call of its CPI in a
    /// process group of its own, so a call outlives its client, however the client ends.
    pub fn is_at_work(&self) -> bool {
        self.leash.lock().unwrap_or_else(PoisonError::into_inner).as_ref().is_some_and(Leash::is_held)
    }

    /// How long its calls may go on after it.
    pub fn patience_with_calls(&self) -> Duration {
        self.told_deadline.unwrap_or(CALLS)
    }
}

/// The reading end of a pipe. All processes that a run starts inherit the other end, and nothing is ever written. So
/// the pipe is at its end once the last of them has ended.
pub(super) struct Leash(PipeReader);

impl Leash {
    /// Makes the pipe, with the end that children inherit until it is dropped.
    fn new() -> std::io::Result<(Leash, PipeWriter)> {
        let (reader, writer) = std::io::pipe()?;
        rustix::fs::fcntl_setfl(&reader, OFlags::NONBLOCK)?;
        rustix::io::fcntl_setfd(&writer, FdFlags::empty())?;
        Ok((Leash(reader), writer))
    }

    fn is_held(&self) -> bool {
        let mut nothing = [0];
        loop {
            match (&self.0).read(&mut nothing) {
                Ok(0) => return false,
                // A child writes to every descriptor that it finds open.
                Ok(_) => {}
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                Err(error) => return error.kind() == std::io::ErrorKind::WouldBlock,
            }
        }
    }
}

fn pass_on(pipe: &mut dyn Read, teller: &mpsc::Sender<Option<String>>) {
    let (mut line, mut chunk) = (Vec::new(), vec![0; 4096]);
    loop {
        let read = match pipe.read(&mut chunk) {
            Ok(0) => break,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => break,
        };
        for byte in &chunk[..read] {
            if *byte == b'\n' || line.len() >= LINE {
                tell(&line, teller);
                line.clear();
            }
            if *byte != b'\n' {
                line.push(*byte);
            }
        }
    }
    tell(&line, teller);
}

fn tell(line: &[u8], teller: &mpsc::Sender<Option<String>>) {
    let text = String::from_utf8_lossy(line);
    // The listener may be gone.
    if !text.trim().is_empty() {
        let _ = teller.send(Some(text.trim_end().to_owned()));
    }
}
