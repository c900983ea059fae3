//! The dead man's switch: a process of its own that makes instances stand still and go on again. It is snapback itself,
//! in a session of its own, and holds no lock of an operation. Whatever happens to snapback, it lets each instance go
//! on: when it is told to, when the pipe to snapback breaks, or when the instance has stood still for too long.
//!
//! Both hooks are its children, so it never lets an instance go on that a hook is still about to stop.

mod hook;
mod life;
mod listener;
mod silence;
mod takeover;
mod watch;
mod words;

pub use hook::resume;
pub use life::serve;
pub use watch::Watch;
pub use words::{Cause, Kind, Member, NotStill, Resumed, Why};
