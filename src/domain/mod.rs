//! What snapback knows about disks, snapshots and operations: pure, without clouds, files or terminals.

pub mod by_hand;
pub mod cloud_properties;
pub mod create_env;
pub mod create_env_line;
pub mod detach;
pub mod director_act;
pub mod facts;
pub mod findings;
pub mod freshness;
pub mod ids;
pub mod instance;
pub mod intent;
pub mod look_for;
pub mod moment;
pub mod operation;
pub mod retention;
pub mod selector;
pub mod shell;
pub mod size;
pub mod snapshot;
pub mod step;
mod subject;
pub mod swap;
pub mod time;
pub mod unseen;
pub mod verdict;
pub mod zones;
