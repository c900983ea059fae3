//! YAML as people write it: a tree that knows the line of everything in it.
//!
//! Manifests and inventories are read into a [`Node`] first and interpreted afterwards, through a [`View`] that knows
//! its own key path. So an error can always name the line and the key, a key written twice can be reported, and parts
//! that snapback does not know can be left alone. Ops files change the same tree, and `((variables))` are filled in on
//! it.

mod complaint;
mod documents;
mod file;
mod keys;
mod node;
mod parse;
mod patch;
mod pointer;
mod raw;
mod variable;
mod view;

pub use complaint::Complaint;
pub use documents::second_document;
pub use file::{FileError, LIMIT, Text, read, read_from};
pub use keys::closest;
pub use node::{Entry, Node, Scalar, Value};
pub use parse::{MOST_IN_A_MANIFEST, MOST_IN_AN_INVENTORY, parse, parse_up_to};
pub use patch::{Change, patch};
pub use pointer::Pointer;
pub use variable::fill_in;
pub use view::View;

#[cfg(test)]
mod tests;
