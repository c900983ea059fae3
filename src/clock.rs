//! Time and fresh identifiers, as values that a test can fix.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use chrono::{DateTime, SubsecRound, Utc};

use crate::domain::ids::OperationId;

/// Where the current time comes from. All times are UTC, in whole milliseconds.
#[derive(Debug, Clone)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// Always this instant (tests).
    Fixed(DateTime<Utc>),
}

impl Clock {
    /// The current time.
    pub fn now(&self) -> DateTime<Utc> {
        match self {
            Clock::System => Utc::now().trunc_subsecs(3),
            Clock::Fixed(instant) => *instant,
        }
    }
}

/// Where fresh identifiers come from.
#[derive(Debug, Clone)]
pub enum Ids {
    /// Random (UUID version 4).
    Random,
    /// Counted up from a number (tests).
    Counted(Arc<AtomicU64>),
}

impl Ids {
    /// Identifiers counted up from `first`.
    pub fn counted(first: u64) -> Self {
        Ids::Counted(Arc::new(AtomicU64::new(first)))
    }

    /// A fresh UUID in its usual form.
    pub fn uuid(&self) -> String {
        match self {
            Ids::Random => uuid::Uuid::new_v4().to_string(),
            Ids::Counted(next) => {
                let number = next.fetch_add(1, Ordering::SeqCst);
                format!("00000000-0000-4000-8000-{number:012}")
            }
        }
    }

    /// A fresh operation id: twelve hexadecimal digits.
    pub fn operation(&self) -> OperationId {
        let uuid = self.uuid();
        OperationId::new(uuid[uuid.len() - 12..].to_owned())
    }
}
