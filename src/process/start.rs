//! Starts a child, and says why that failed.

use std::io::{self, ErrorKind, Read};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use super::{Call, ProcessError, session};

/// The pauses before each new attempt if the program's file is being written (ETXTBSY). That lasts for an instant if
/// another thread forks while a fresh executable is still open.
const PAUSES_MS: [u64; 5] = [5, 10, 20, 40, 80];

pub(super) fn start(call: &Call) -> Result<Child, ProcessError> {
    if let Some(cwd) = call.cwd.as_ref().filter(|cwd| !cwd.is_dir()) {
        return Err(ProcessError::NoDirectory { program: call.program.clone(), cwd: cwd.clone() });
    }
    if let Some(itself) = call.through.as_deref().filter(|_| call.own_session || session::has_terminal()) {
        let mut through = Command::new(itself);
        through.arg(session::WORD).arg(&call.program);
        // If snapback's own file is gone, a child with a terminal is better than none.
        if let Ok(child) = prepared(through, call).spawn() {
            return Ok(child);
        }
    }
    patiently(|| prepared(Command::new(&call.program), call).spawn()).map_err(|error| explain(call, error))
}

/// Starts a program, and tries again if its file is busy.
pub(super) fn patiently<T>(mut start: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut pauses = PAUSES_MS.iter();
    loop {
        match (start(), pauses.next()) {
            (Err(error), Some(pause)) if error.kind() == ErrorKind::ExecutableFileBusy => {
                thread::sleep(Duration::from_millis(*pause));
            }
            (result, _) => return result,
        }
    }
}

fn prepared(mut command: Command, call: &Call) -> Command {
    command.args(&call.args).env_clear().envs(call.env.iter().map(|(key, value)| (key, value)));
    command.process_group(0).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if call.stdin.is_empty() { Stdio::null() } else { Stdio::piped() });
    if let Some(cwd) = &call.cwd {
        command.current_dir(cwd);
    }
    command
}

pub(super) fn explain(call: &Call, source: io::Error) -> ProcessError {
    let program = call.program.clone();
    let file = file_of(call);
    if file.as_ref().is_some_and(|file| file.is_dir()) {
        return ProcessError::Directory(program);
    }
    match (source.kind(), file.filter(|file| file.is_file())) {
        (ErrorKind::NotFound, Some(file)) => ProcessError::NoInterpreter { program, interpreter: interpreter(&file) },
        (ErrorKind::NotFound, None) => ProcessError::NotFound(program),
        (ErrorKind::PermissionDenied, _) => ProcessError::NotExecutable(program),
        (ErrorKind::ExecutableFileBusy, _) => ProcessError::Busy(program),
        _ => ProcessError::NotStarted { program, source },
    }
}

/// The file that a path means; `None` for a bare name, which the operating system looks up.
fn file_of(call: &Call) -> Option<PathBuf> {
    let bare = call.program.components().count() < 2 && !call.program.to_string_lossy().contains('/');
    let here = call.cwd.as_deref().unwrap_or(Path::new(""));
    (!bare).then(|| here.join(&call.program))
}

/// The interpreter that a script's first line names.
fn interpreter(file: &Path) -> Option<String> {
    let mut first = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut first).ok()?;
    let line = first.split(|byte| *byte == b'\n').next()?.strip_prefix(b"#!")?;
    // A script with DOS line ends asks for an interpreter whose name ends with a carriage return.
    let line = String::from_utf8_lossy(line).replace('\r', "\\r");
    line.split_whitespace().next().map(str::to_owned)
}
