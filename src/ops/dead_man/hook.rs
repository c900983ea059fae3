//! One run of a hook, and what its words mean.

use std::thread;
use std::time::Duration;

use super::words::{Kind, Member, NotStill};
use crate::domain::intent::Starting;
use crate::process::{self, Call, ProcessError, Stop};

/// How much of what a hook prints is told when it fails.
const TAIL: usize = 2000;
/// How often a resume hook is tried while somebody waits for it.
pub(super) const FEW: u32 = 3;
/// How often where nobody does: for about five minutes.
pub(super) const MANY: u32 = 14;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// What fsfreeze (util-linux) says of a file system that somebody has frozen already: FIFREEZE gives EBUSY.
const FROZEN_ALREADY: &str = "freeze failed: Device or resource busy";
/// What it says of one that is not frozen: FITHAW gives EINVAL.
const NOT_FROZEN: &str = "unfreeze failed: Invalid argument";

/// Makes a member stand still. `stop` ends it before its time.
pub(super) fn quiesce(member: &Member, stop: Stop, starting: Starting) -> Result<(), NotStill> {
    let call = Call {
        deadline: Some(member.max_still()),
        stop: Some(stop),
        starting: Some(starting),
        ..call(member, "quiesce", &member.quiesce)
    };
    run("quiesce", member, &call).map_err(|why| {
        let by_another = member.kind == Kind::FsFreeze && why.contains(FROZEN_ALREADY) && !why.contains("unfreeze");
        NotStill { why, by_another }
    })
}

/// Lets a member go on: whether it had stood still until then, as far as can be told. Tried again after a failure, which is
/// told in words in the end.
///
/// # Errors
/// What the last attempt met.
pub fn resume(member: &Member) -> Result<bool, String> {
    resume_trying(member, FEW)
}

pub(super) fn resume_trying(member: &Member, attempts: u32) -> Result<bool, String> {
    let call =
        Call { deadline: Some(Duration::from_millis(member.resume_ms)), ..call(member, "resume", &member.resume) };
    let mut pause = first_pause(member);
    let mut left = attempts.max(1);
    loop {
        left -= 1;
        match run("resume", member, &call) {
            Ok(()) => return Ok(true),
            Err(why) if member.kind == Kind::FsFreeze && why.contains(NOT_FROZEN) => return Ok(false),
            Err(why) if left == 0 => return Err(why),
            Err(_) => {
                thread::sleep(pause);
                pause = (pause * 2).min(LONGEST_PAUSE);
            }
        }
    }
}

#[cfg(debug_assertions)]
fn first_pause(member: &Member) -> Duration {
    let told = member.env.iter().find(|(name, _)| name == "SNAPBACK_TEST_PAUSE_MS");
    told.and_then(|(_, text)| text.parse().ok()).map_or(FIRST_PAUSE, Duration::from_millis)
}

#[cfg(not(debug_assertions))]
fn first_pause(_member: &Member) -> Duration {
    FIRST_PAUSE
}

fn call(member: &Member, name: &str, argv: &[String]) -> Call {
    let (program, args) = argv.split_first().map_or(("", [].as_slice()), |(program, args)| (program.as_str(), args));
    let mut env = member.env.clone();
    env.push(("SNAPBACK_HOOK".to_owned(), name.to_owned()));
    Call {
        args: args.to_vec(),
        env,
        cwd: member.cwd.clone(),
        through: member.through.clone(),
        tail_limit: TAIL,
        stdout_limit: TAIL,
        ..Call::new(program)
    }
}

/// Runs it to its end. What it says counts only where it fails.
fn run(name: &str, member: &Member, call: &Call) -> Result<(), String> {
    let what = format!("the {name} hook for {} ({})", member.name, call.program.display());
    let (how, stderr, stdout) = match process::run(call) {
        Ok(finished) if finished.status.success() => return Ok(()),
        Ok(finished) => (format!("{what} failed: {}", finished.status), finished.stderr_tail, finished.stdout),
        Err(error) => {
            let how = format!("{what} did not come to an end: {error}");
            match error {
                ProcessError::TimedOut { stderr_tail, stdout, .. } => (how, stderr_tail, stdout),
                _ => (how, String::new(), Vec::new()),
            }
        }
    };
    let stdout = String::from_utf8_lossy(&stdout);
    match [stderr.trim(), stdout.trim()].into_iter().find(|said| !said.is_empty()) {
        Some(said) => Err(format!("{how}; it said: {said}")),
        None => Err(how),
    }
}
