//! Use cases: what a command does, without arguments, terminals or exit codes.
//!
//! Clouds and the state file meet only here, and only [`perform`] orders intent, effect and outcome.

mod again;
pub mod check;
pub mod choose;
pub mod cloud;
pub mod clouds;
pub mod costs;
pub mod cpis;
pub mod dead_man;
pub mod delete;
pub mod delete_disk;
pub mod demo;
pub mod drill;
mod elsewhere;
pub mod find;
pub mod guard;
pub mod hold;
pub mod hooks;
pub mod import;
pub mod interrupt;
pub mod itself;
mod leftovers;
pub mod life;
pub mod limits;
mod made_here;
pub mod notify;
mod one_snapshot;
pub mod perform;
pub mod presence;
pub mod progress;
pub mod promote;
pub mod prune;
mod quiesce;
pub mod recover;
pub mod right_disk;
pub mod schedule;
mod seen;
pub mod serve;
pub mod session;
pub mod settle;
mod slots;
pub mod space;
pub mod status;
pub mod swap;
pub mod take;
mod take_still;
pub mod there;
mod to_take;
pub mod unanswered;
pub(crate) mod vm_disks;
mod witness;

pub use interrupt::Interrupt;
pub use progress::{AtWork, Progress};
pub use session::{CpiSource, HookRunner, Session};
