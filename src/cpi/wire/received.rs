//! The request as an executable receives it: bounded, and with a sentence for each thing that can be wrong with it.

use std::io::Read;

use serde_json::{Map, Value};

use super::Request;

/// The most bytes of a request. A Director's request, with the properties of a cpi-config, has some KiB.
const LIMIT: u64 = 4 * 1024 * 1024;

/// Reads one request to its end.
///
/// # Errors
/// The request cannot be read, is too large, or is not one of the protocol's. The error quotes nothing of it.
pub fn receive(from: impl Read) -> Result<Request, String> {
    let mut bytes = Vec::new();
    let read = from.take(LIMIT + 1).read_to_end(&mut bytes);
    read.map_err(|error| format!("the request cannot be read: {error}"))?;
    if bytes.len() as u64 > LIMIT {
        return Err(format!("the request is larger than {} MiB", LIMIT / 1024 / 1024));
    }
    let text = std::str::from_utf8(&bytes).map_err(|_| "the request is not UTF-8 text".to_owned())?;
    if text.trim().is_empty() {
        return Err("there is no request on standard input".to_owned());
    }
    let value: Value = serde_json::from_str(text).map_err(|error| {
        format!("the request is not one JSON document (line {}, column {})", error.line(), error.column())
    })?;
    let Value::Object(mut fields) = value else { return Err("the request is not a JSON object".to_owned()) };
    Ok(Request {
        method: match fields.remove("method") {
            Some(Value::String(method)) if !method.is_empty() => method,
            None | Some(Value::Null) => return Err("the request names no `method`".to_owned()),
            Some(_) => return Err("`method` is not the name of a method".to_owned()),
        },
        arguments: match fields.remove("arguments") {
            Some(Value::Array(arguments)) => arguments,
            None | Some(Value::Null) => Vec::new(),
            Some(_) => return Err("`arguments` is not a list".to_owned()),
        },
        context: match fields.remove("context") {
            Some(Value::Object(context)) => context,
            None | Some(Value::Null) => Map::new(),
            Some(_) => return Err("`context` is not an object".to_owned()),
        },
        api_version: match fields.remove("api_version") {
            None | Some(Value::Null) => None,
            Some(version) => Some(version.as_u64().ok_or("`api_version` is not a whole number")?),
        },
    })
}
