//! The wire between a caller and a CPI executable: one JSON request, one JSON response
//! (docs-bosh `content/cpi-api-rpc.md`).

pub mod error_type;
mod metered;
mod request;
mod response;

pub use request::{EXTENSION, EXTENSION_VERSION, Request};
pub use response::{Parsed, Response, WireError, read};
