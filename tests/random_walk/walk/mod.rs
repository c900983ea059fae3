//! The parts of the random walk.

pub mod dice;
pub mod hand;
pub mod late;
pub mod oracle;
pub mod perform;
pub mod tally;
pub mod turn;
pub mod world;
