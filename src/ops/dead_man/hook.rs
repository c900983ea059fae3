//! One run of a hook, and the meaning of its output.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::words::{Kind, Member, NotStill, Why};
use crate::domain::intent::Starting;
use crate::process::{self, Call, ProcessError, Stop, group};

/// How many bytes of a failed hook's output are shown.
const TAIL: usize = 2000;
/// How often a resume hook is tried while snapback waits for it.
pub(super) const FEW: u32 = 3;
/// How often if nobody waits: for about five minutes.
pub(super) const MANY: u32 = 14;
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);
/// How often to check whether another process does it.
const GLANCE: Duration = Duration::from_millis(100);

/// The error of fsfreeze (util-linux) for a file system that is frozen already: FIFREEZE returns EBUSY.
const FROZEN_ALREADY: &str = "freeze failed: Device or resource busy";
/// Its error for a file system that is not frozen: FITHAW returns EINVAL.
const NOT_FROZEN: &str = "unfreeze failed: Invalid argument";

/// A hook that failed to make a member stand still: its effect may still happen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Loose {
    /// Its process, the leader of its group.
    pub hook: Option<u32>,
    /// Whether it had another process do it, and it is not known whether that has ended.
    pub is_elsewhere: bool,
}

impl Loose {
    /// A hook whose end was not seen.
    pub(super) fn cut_off(member: &Member, hook: Option<u32>) -> Loose {
        Loose { hook, is_elsewhere: member.kind == Kind::FsFreeze && member.freezes.is_none() }
    }
}

/// Makes a member stand still. `stop` ends it before its time.
pub(super) fn quiesce(member: &Member, stop: Stop, starting: Starting) -> Result<(), (NotStill, Loose)> {
    if !member.looks.is_empty() {
        let call = Call { deadline: Some(member.max_still()), ..call(member, "look", &member.looks) };
        run("look", member, &call).map_err(|ill| {
            let how = format!("nothing was frozen, since its mount point was not found there: {}", ill.why.how);
            (NotStill { why: Why { how, ..ill.why }, untouched: true, by_another: false }, Loose::default())
        })?;
    }
    let started = Arc::new(AtomicU32::new(0));
    let note = Arc::clone(&started);
    let call = Call {
        deadline: Some(member.max_still()),
        stop: Some(stop),
        starting: Some(Arc::new(move |pid| {
            note.store(pid, Ordering::SeqCst);
            starting(pid);
        })),
        ..call(member, "quiesce", &member.quiesce)
    };
    run("quiesce", member, &call).map_err(|ill| {
        let hook = Some(started.load(Ordering::SeqCst)).filter(|pid| *pid != 0);
        // Whatever it leaves behind must not stop anything any more.
        let is_gone = hook.is_none_or(|pid| group::kill(pid, Duration::ZERO));
        let by_another = is_gone && member.kind == Kind::FsFreeze && ill.says(FROZEN_ALREADY) && !ill.says("unfreeze");
        // Its own message about the freeze comes after the freeze.
        let is_elsewhere = Loose::cut_off(member, hook).is_elsewhere && !ill.says("freeze failed: ");
        (NotStill { why: ill.why, untouched: false, by_another }, Loose { hook, is_elsewhere })
    })
}

/// How snapback tries to let a member go on.
pub(super) struct Attempts<'a> {
    /// How often it tries.
    pub most: u32,
    /// Whether somebody waits for it, and learns the result in the end.
    pub is_waited_for: bool,
    /// A failed hook that may still make it stand still.
    pub loose: Loose,
    /// Is told the hook's process id.
    pub starting: Option<Starting>,
    /// The process of an earlier resume hook whose end was not seen; 0 if there is none.
    pub last: &'a AtomicU32,
    /// Whether another process is to do it from now on.
    pub is_over: &'a dyn Fn() -> bool,
}

/// Lets a member go on. Returns whether it had stood still until then, as far as that is known. Tries again after a
/// failure, which is reported in the end.
///
/// # Errors
/// The error of the last attempt.
pub fn resume(member: &Member, starting: Option<Starting>) -> Result<bool, Why> {
    let (loose, last) = (Loose::default(), AtomicU32::default());
    let attempts = Attempts { most: FEW, is_waited_for: true, loose, starting, last: &last, is_over: &|| false };
    resume_trying(member, &attempts)
}

pub(super) fn resume_trying(member: &Member, attempts: &Attempts<'_>) -> Result<bool, Why> {
    let limit = Duration::from_millis(member.resume_ms);
    let started = Arc::new(AtomicU32::default());
    let (note, teller) = (Arc::clone(&started), attempts.starting.clone());
    let starting: Starting = Arc::new(move |pid| {
        note.store(pid, Ordering::SeqCst);
        if let Some(teller) = &teller {
            teller(pid);
        }
    });
    let call = Call { deadline: Some(limit), starting: Some(starting), ..call(member, "resume", &member.resume) };
    let (begun, mut pause) = (Instant::now(), first_pause(member));
    let mut left = attempts.most.max(1);
    loop {
        // While the other hook lives, its own effect is not the final one.
        let living = attempts.loose.hook.filter(|hook| group::lives(*hook));
        let before = attempts.last.load(Ordering::SeqCst);
        let ran = match before {
            0 => run("resume", member, &call),
            // Never two at the same time.
            _ if group::is_gone_within(before, limit) => run("resume", member, &call),
            _ => Err(Ill::unended(member, before)),
        };
        let is_cut_off = ran.as_ref().is_err_and(|ill| ill.is_cut_off);
        attempts.last.store(if is_cut_off { started.load(Ordering::SeqCst) } else { 0 }, Ordering::SeqCst);
        let why = match (ran, living) {
            (_, Some(hook)) => {
                let most = if attempts.is_waited_for { limit.saturating_sub(begun.elapsed()) } else { Duration::MAX };
                if group::is_gone_within(hook, most) {
                    continue;
                }
                return Err(Why::from(format!(
                    "the quiesce hook for {} cannot be ended (process {hook}), and may make it stand still at any time",
                    member.name
                )));
            }
            (Ok(()), None) => return Ok(true),
            (Err(ill), None) if member.kind == Kind::FsFreeze && ill.says(NOT_FROZEN) => {
                if !attempts.loose.is_elsewhere {
                    return Ok(false);
                }
                // A freeze in progress is not frozen yet.
                let how =
                    format!("{} is not frozen, but the fsfreeze that was to do it was not seen to end", member.name);
                if begun.elapsed() < limit {
                    left = left.max(2);
                }
                Why::from(how)
            }
            (Err(ill), None) => ill.why,
        };
        left -= 1;
        if left == 0 || (attempts.is_over)() {
            return Err(why);
        }
        let until = Instant::now() + pause;
        while Instant::now() < until && !(attempts.is_over)() {
            thread::sleep(GLANCE.min(pause));
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
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

/// Why a run did not succeed.
struct Ill {
    why: Why,
    /// Whether its end was not seen.
    is_cut_off: bool,
}

impl Ill {
    /// The error if the former resume hook still lives.
    fn unended(member: &Member, pid: u32) -> Ill {
        let how = format!("a resume hook for {} cannot be ended (process {pid}), so no other was run", member.name);
        Ill { why: Why::from(how), is_cut_off: true }
    }

    fn says(&self, words: &str) -> bool {
        self.why.said.as_ref().is_some_and(|said| said.contains(words))
    }
}

/// Runs a hook to its end. Its output counts only if it fails.
fn run(name: &str, member: &Member, call: &Call) -> Result<(), Ill> {
    let what = format!("the {name} hook for {} ({})", member.name, call.program.display());
    let mut is_cut_off = false;
    let (how, stderr, stdout) = match process::run(call) {
        Ok(finished) if finished.status.success() => return Ok(()),
        Ok(finished) => (format!("{what} failed: {}", finished.status), finished.stderr_tail, finished.stdout),
        Err(error) => {
            let how = format!("{what} did not end: {error}");
            is_cut_off = !matches!(error, ProcessError::NotStarted { .. });
            match error {
                ProcessError::TimedOut { stderr_tail, stdout, .. } => (how, stderr_tail, stdout),
                _ => (how, String::new(), Vec::new()),
            }
        }
    };
    let stdout = String::from_utf8_lossy(&stdout);
    let said = [stderr.trim(), stdout.trim()].into_iter().find(|said| !said.is_empty()).map(str::to_owned);
    Err(Ill { why: Why { how, said }, is_cut_off })
}
