//! A child that outlives snapback: it is only for the tests that prove what happens then.

use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::ProcessError;

/// Starts a program in a group of its own, writes its input, and neither waits for it nor reads its output. Returns its
/// process id.
///
/// # Errors
/// [`ProcessError::NotStarted`], or [`ProcessError::Lost`] if it does not read its input.
pub fn spawn_detached(
    program: &Path,
    args: &[String],
    env: &[(String, String)],
    stdin: &[u8],
) -> Result<u32, ProcessError> {
    let mut command = Command::new(program);
    command.args(args).env_clear().envs(env.iter().map(|(key, value)| (key, value))).process_group(0);
    // Not inherited: otherwise a reader of snapback's output would wait for the child, too.
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let mut child =
        command.spawn().map_err(|source| ProcessError::NotStarted { program: program.to_owned(), source })?;
    if let Some(mut pipe) = child.stdin.take() {
        pipe.write_all(stdin).map_err(|source| ProcessError::Lost { program: program.to_owned(), source })?;
    }
    Ok(child.id())
}
