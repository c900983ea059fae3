//! An instance is its UUID, and its name is given to others; what has lost its disk is told; a Director's times are not
//! believed against what is known.

mod absent;
mod lists;
mod lost;
mod not_there;
mod same_cid;
mod times;
mod uuids;
