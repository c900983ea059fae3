//! Ends a child and everything that it started.

use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use wait_timeout::ChildExt;

/// How long a process group has to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How long SIGKILL may take. Only a child that waits in the kernel (for a dead NFS server) takes longer.
const KILLED: Duration = Duration::from_secs(5);
/// How often to check whether it is gone.
const GLANCE: Duration = Duration::from_millis(20);

/// Ends the child's whole group and reaps the child. `None` if it got SIGKILL and still waits in the kernel.
pub(super) fn end(child: &mut Child) -> Option<ExitStatus> {
    let group = Pid::from_child(child);
    // It is not an error if the group is empty (the child made another one for itself): the child itself is killed
    // below.
    let _ = kill_process_group(group, Signal::TERM);
    let ended = child.wait_timeout(GRACE).ok().flatten();
    // Also if the child has ended: a grandchild may have ignored SIGTERM. Its group keeps its number as long as it has
    // a member, so this reaches no other process.
    let _ = kill_process_group(group, Signal::KILL);
    if ended.is_some() {
        return ended;
    }
    let _ = child.kill();
    child.wait_timeout(KILLED).ok().flatten()
}

/// Whether a process of the group that this child led, or of its session, lives. One that has ended without being
/// waited for does not count.
pub fn lives(leader: u32) -> bool {
    let leader = leader.to_string();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter(|process| process.file_name().to_string_lossy().bytes().all(|byte| byte.is_ascii_digit())).any(
        |process| {
            let Ok(text) = std::fs::read(process.path().join("stat")) else { return false };
            let text = String::from_utf8_lossy(&text).into_owned();
            // The name is in parentheses, and can have any character.
            let words: Vec<&str> = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
            let is = |at: usize| words.get(at).is_some_and(|word| *word == leader);
            !matches!(words.first(), None | Some(&("Z" | "X"))) && (is(2) || is(3))
        },
    )
}

/// Stops a process: it does nothing until it is ended, or told to go on.
pub fn stop(pid: u32) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        let _ = kill_process(pid, Signal::STOP);
    }
}

/// The children of a process that have not ended.
pub fn children(parent: u32) -> Vec<u32> {
    let parent = parent.to_string();
    let all = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    all.filter_map(|process| process.file_name().to_str()?.parse().ok())
        .filter(|pid: &u32| {
            let Ok(text) = std::fs::read(format!("/proc/{pid}/stat")) else { return false };
            let text = String::from_utf8_lossy(&text).into_owned();
            let words: Vec<&str> = text.rsplit_once(')').map_or("", |(_, rest)| rest).split_whitespace().collect();
            !matches!(words.first(), None | Some(&("Z" | "X"))) && words.get(1).is_some_and(|word| *word == parent)
        })
        .collect()
}

/// Ends a process group by SIGKILL, if there is one, and waits for at most so long until none of its processes lives.
/// Returns whether none does.
pub fn kill(leader: u32, most: Duration) -> bool {
    if let Some(group) = i32::try_from(leader).ok().and_then(Pid::from_raw).filter(|_| lives(leader)) {
        let _ = kill_process_group(group, Signal::KILL);
    }
    is_gone_within(leader, most)
}

/// Waits for at most so long until no process of a group lives. Returns whether none does.
pub fn is_gone_within(leader: u32, most: Duration) -> bool {
    let begun = Instant::now();
    while lives(leader) {
        if begun.elapsed() >= most {
            return false;
        }
        std::thread::sleep(GLANCE);
    }
    true
}
