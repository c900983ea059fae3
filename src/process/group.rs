//! Ending a child and all that it started.

use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use wait_timeout::ChildExt;

/// How long a process group has to end by itself after SIGTERM.
const GRACE: Duration = Duration::from_secs(2);
/// How long SIGKILL may take. Only a child that waits in the kernel (for a dead NFS server) takes longer.
const KILLED: Duration = Duration::from_secs(5);

/// Ends the child's whole group and reaps the child. `None`: it got SIGKILL and still waits in the kernel.
pub(super) fn end(child: &mut Child) -> Option<ExitStatus> {
    let group = Pid::from_child(child);
    // An empty group (the child made another one for itself) is no error: the child itself is killed below.
    let _ = kill_process_group(group, Signal::TERM);
    let ended = child.wait_timeout(GRACE).ok().flatten();
    // Also where the child has ended: a grandchild may have ignored SIGTERM. Its group keeps its number as
    // long as it has a member, so this reaches nobody else.
    let _ = kill_process_group(group, Signal::KILL);
    if ended.is_some() {
        return ended;
    }
    let _ = child.kill();
    child.wait_timeout(KILLED).ok().flatten()
}
