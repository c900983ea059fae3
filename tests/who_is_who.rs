//! An instance is its UUID, and its name is given to others; what has lost its disk is told; a Director's times are not
//! believed against what is known.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

#[path = "who_is_who/absent.rs"]
mod absent;
#[path = "who_is_who/lists.rs"]
mod lists;
#[path = "who_is_who/lost.rs"]
mod lost;
#[path = "who_is_who/not_there.rs"]
mod not_there;
#[path = "who_is_who/same_cid.rs"]
mod same_cid;
mod support;
#[path = "who_is_who/times.rs"]
mod times;
#[path = "who_is_who/uuids.rs"]
mod uuids;
