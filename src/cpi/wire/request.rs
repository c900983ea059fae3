//! The request.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// The key of the recovery extension in `info` and in the context (`docs/cpi-extension.md`).
pub const EXTENSION: &str = "snapback";
/// The version of the extension that this program speaks.
pub const EXTENSION_VERSION: u64 = 1;

/// One call of a method. Arguments and context can hold credentials: no `Debug`.
#[derive(Clone, Serialize, Deserialize)]
pub struct Request {
    /// The method.
    pub method: String,
    /// Its arguments, by position.
    pub arguments: Vec<Value>,
    /// Who asks, and the properties of a cpi-config.
    pub context: Map<String, Value>,
    /// The version of the CPI API, if one was agreed on. Else the key is left out, as the Director does before it has
    /// asked for `info` (cloudfoundry/bosh `src/bosh-director/lib/clouds/external_cpi.rb`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub api_version: Option<u64>,
}
