//! A handle of a process. It always means the same process, even if the number is given to another one.

use std::os::fd::OwnedFd;

use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};

/// The handle of a child that has not been waited for; `None` if the kernel has no such handles (Linux before 5.3).
pub fn handle(pid: u32) -> Option<OwnedFd> {
    pidfd_open(Pid::from_raw(i32::try_from(pid).ok()?)?, PidfdFlags::empty()).ok()
}

/// Asks a process to end (SIGTERM); a process that has ended is left alone.
pub fn ask_to_end(process: &OwnedFd) {
    let _ = pidfd_send_signal(process, Signal::TERM);
}
