//! The response in the form in which an executable writes it.

use serde_json::{Value, json};

use super::WireError;

/// The text of a response, with a line end.
pub fn response(result: Result<Value, WireError>) -> String {
    let (result, error) = match result {
        Ok(result) => (result, Value::Null),
        Err(error) => {
            (Value::Null, json!({"type": error.kind, "message": error.message, "ok_to_retry": error.ok_to_retry}))
        }
    };
    format!("{}\n", json!({"result": result, "error": error, "log": ""}))
}
