//! The response as an executable gives it.

use serde_json::{Value, json};

use super::WireError;

/// The text of a response, with the line end behind it.
pub fn response(result: Result<Value, WireError>) -> String {
    let (result, error) = match result {
        Ok(result) => (result, Value::Null),
        Err(error) => {
            (Value::Null, json!({"type": error.kind, "message": error.message, "ok_to_retry": error.ok_to_retry}))
        }
    };
    format!("{}\n", json!({"result": result, "error": error, "log": ""}))
}
