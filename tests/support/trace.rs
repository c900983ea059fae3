//! The system calls of a run, in order, from `strace`.

use super::{Ran, Sandbox};

/// The traced system calls: those that change files or make them durable, and those that start programs or talk to
/// others.
const WATCHED: &str = "openat,mkdir,rmdir,fsync,fdatasync,sync_file_range,msync,rename,renameat,renameat2,ioctl,\
                       copy_file_range,write,writev,pwrite64,pwritev,pwritev2,ftruncate,truncate,fallocate,unlink,\
                       unlinkat,symlink,symlinkat,link,linkat,fork,vfork,clone,clone3,execve,%network";

/// A system call that did not fail.
#[derive(Debug)]
pub struct Call {
    /// Its name.
    pub name: String,
    /// Its arguments and its result, as strace writes them.
    pub text: String,
    /// Where it began, as a line of the trace.
    pub start: usize,
    /// Where it ended, as a line of the trace.
    pub end: usize,
}

impl Call {
    /// The path of the file descriptor that is the first argument.
    pub fn file(&self) -> Option<&str> {
        let (number, rest) = self.text.split_once('<')?;
        number.bytes().all(|byte| byte.is_ascii_digit()).then(|| rest.split('>').next())?
    }

    /// The arguments in quotes.
    pub fn quoted(&self) -> Vec<&str> {
        self.text.split('"').skip(1).step_by(2).collect()
    }

    /// Whether it makes something durable.
    pub fn is_sync(&self) -> bool {
        matches!(self.name.as_str(), "fsync" | "fdatasync")
    }

    /// Whether it writes bytes to a file, or removes them.
    pub fn is_write(&self) -> bool {
        self.name.contains("write") || matches!(self.name.as_str(), "ftruncate" | "copy_file_range" | "fallocate")
    }
}

/// Runs snapback under strace. `None`, with the reason, if tracing is not possible here.
pub fn trace(sandbox: &Sandbox, arguments: &[&str]) -> Result<(Vec<Call>, Ran), String> {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let works = std::process::Command::new("strace").args(["-qq", "-o", path, "true"]).status();
    match works {
        Ok(status) if status.success() => {}
        other => return Err(format!("no system calls can be traced: {other:?}")),
    }
    let watched = format!("trace={WATCHED}");
    // A page of the state file must be seen whole.
    let words = ["strace", "-f", "-qq", "-y", "-s", "4096", "-e", "signal=none", "-e", &watched, "-o", path];
    let ran = sandbox.prepare(arguments).under(&words).go();
    Ok((parse(&std::fs::read_to_string(path).unwrap()), ran))
}

fn parse(text: &str) -> Vec<Call> {
    let mut calls: Vec<Call> = Vec::new();
    let mut begun: Vec<(&str, Call)> = Vec::new();
    for (at, line) in text.lines().enumerate() {
        let Some((thread, line)) = line.split_once(' ') else { continue };
        let line = line.trim_start();
        if let Some(rest) = line.strip_prefix("<... ") {
            let Some(known) = begun.iter().position(|(of, _)| *of == thread) else { continue };
            let (_, mut call) = begun.remove(known);
            call.text.push_str(rest.split_once("resumed>").map_or("", |(_, rest)| rest));
            call.end = at;
            calls.push(call);
        } else if let Some((name, rest)) = line.split_once('(') {
            let mut call = Call { name: name.to_owned(), text: rest.to_owned(), start: at, end: at };
            match rest.strip_suffix("<unfinished ...>") {
                Some(rest) => {
                    call.text = rest.to_owned();
                    begun.push((thread, call));
                }
                None => calls.push(call),
            }
        }
    }
    calls.retain(|call| !call.text.contains(") = -1 "));
    calls.sort_by_key(|call| call.end);
    calls
}
