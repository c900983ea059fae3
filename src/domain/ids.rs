//! Identifiers as separate types: a snapshot CID cannot be passed for a disk CID.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::unseen::unseen;

/// Why a text cannot be an identifier.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadId {
    /// Nothing, or only white space.
    #[error("a {0} cannot be empty")]
    Empty(&'static str),
    /// Invisible characters would reach terminals and file names, and make two CIDs look alike.
    #[error("a {0} cannot hold control characters, nor others that nobody sees")]
    Control(&'static str),
    /// No cloud has one so long, but a pasted file is.
    #[error("a {what} of {length} characters: more than {limit}")]
    Long {
        /// Which identifier.
        what: &'static str,
        /// Its length.
        length: usize,
        /// The longest that is allowed.
        limit: usize,
    },
}

/// The longest identifier that is accepted from outside, in bytes. Azure's CIDs, the longest known, stay below 300.
pub const LIMIT: usize = 1024;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// The kind of identifier, in the operator's words.
            pub const WHAT: &'static str = $what;

            /// Wraps a value that snapback or its state file made.
            pub fn new(text: impl Into<String>) -> Self {
                $name(text.into())
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::str::FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                if text.trim().is_empty() {
                    return Err(BadId::Empty($what));
                }
                if text.len() > LIMIT {
                    return Err(BadId::Long { what: $what, length: text.len(), limit: LIMIT });
                }
                if text.chars().any(unseen) {
                    return Err(BadId::Control($what));
                }
                Ok($name(text.to_owned()))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id!(
    /// The cloud's name of a persistent disk.
    DiskCid,
    "disk CID"
);
id!(
    /// The cloud's name of a snapshot.
    SnapshotCid,
    "snapshot CID"
);
id!(
    /// The cloud's name of a VM.
    VmCid,
    "VM CID"
);
id!(
    /// The name of a CPI, as the manifest's `cloud_provider.template.name` or a cpi-config gives it.
    CpiName,
    "CPI name"
);
id!(
    /// Twelve hexadecimal digits that name one run of a mutating command, in all state files of the world.
    OperationId,
    "operation id"
);

/// The name of a step, which the cloud can keep: by it a lost snapshot or disk is found again.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Token {
    /// The operation.
    pub operation: OperationId,
    /// The step's number in it, from 1.
    pub step: u32,
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.operation, self.step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_cloud_can_mean_is_refused() {
        assert!("snap-1".parse::<SnapshotCid>().is_ok());
        assert_eq!(" ".parse::<DiskCid>(), Err(BadId::Empty("disk CID")));
        assert_eq!("a\0b".parse::<DiskCid>(), Err(BadId::Control("disk CID")));
        for unseen in ["snap-1\u{200b}", "snap-\u{202e}1", "\u{feff}snap-1"] {
            assert_eq!(unseen.parse::<SnapshotCid>(), Err(BadId::Control("snapshot CID")));
        }
        assert!("x".repeat(5000).parse::<DiskCid>().is_err());
        assert!("caching:None;disk_name:bosh-data;resource_group_name:rg".parse::<DiskCid>().is_ok());
    }
}
