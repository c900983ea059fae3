//! The wire between a caller and a CPI executable: one JSON request, one JSON response
//! (docs-bosh `content/cpi-api-rpc.md`).

pub mod error_type;
mod given;
mod gone;
mod metered;
mod outcome;
mod rate_limit;
mod received;
mod request;
mod response;

pub use given::response;
pub use rate_limit::may_be_retried;
pub use received::receive;
pub use request::{EXTENSION, EXTENSION_VERSION, Request};
pub use response::{Parsed, Response, WireError, read};
