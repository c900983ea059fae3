//! The methods by which an instance gets another disk, as the command line names them.

use serde::{Deserialize, Serialize};

use crate::domain::instance::ManagedBy;

/// How an instance gets its disk, in the words of `--via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// Through its Director.
    Bosh,
    /// By `bosh create-env`.
    CreateEnv,
    /// Through the CPI.
    Cpi,
}

impl Via {
    /// All methods.
    pub const ALL: [Via; 3] = [Via::Bosh, Via::CreateEnv, Via::Cpi];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Via::Bosh => "bosh",
            Via::CreateEnv => "create-env",
            Via::Cpi => "cpi",
        }
    }

    /// The only method for an instance with this manager.
    pub fn of(managed_by: ManagedBy) -> Via {
        match managed_by {
            ManagedBy::Director => Via::Bosh,
            ManagedBy::CreateEnv => Via::CreateEnv,
            ManagedBy::Nobody => Via::Cpi,
        }
    }
}

impl std::str::FromStr for Via {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        Via::ALL
            .into_iter()
            .find(|via| via.name() == text)
            .ok_or_else(|| "the methods are bosh, create-env and cpi".to_owned())
    }
}
