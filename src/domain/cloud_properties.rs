//! Cloud properties, compared as BOSH compares them.

use serde_json::{Map, Value};

/// Whether BOSH treats two values as equal: create-env's numbers pass through a float, and the Director compares by
/// value.
pub fn is_same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => one.as_f64() == other.as_f64(),
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| is_same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            let is_in_other =
                |(key, value): (&String, &Value)| other.get(key).is_some_and(|other| is_same(value, other));
            one.len() == other.len() && one.iter().all(is_in_other)
        }
        _ => one == other,
    }
}

/// The keys in which two sets of properties differ, in order; null means no properties.
pub fn differing(one: &Value, other: &Value) -> Vec<String> {
    let empty = Map::new();
    let (one, other) = (one.as_object().unwrap_or(&empty), other.as_object().unwrap_or(&empty));
    let is_other = |key: &&String| match (one.get(*key), other.get(*key)) {
        (Some(one), Some(other)) => !is_same(one, other),
        _ => true,
    };
    let mut keys: Vec<String> = one.keys().chain(other.keys()).filter(is_other).cloned().collect();
    keys.sort();
    keys.dedup();
    keys
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_are_the_same_in_either_form() {
        assert!(is_same(&json!({"a": [1, {"b": 1.0}]}), &json!({"a": [1.0, {"b": 1}]})));
        assert!(!is_same(&json!({"a": "1"}), &json!({"a": 1})));
        let (one, other) = (json!({"type": "gp2", "iops": 1, "z": 0}), json!({"type": "gp3", "iops": 1.0}));
        assert_eq!(differing(&one, &other), ["type", "z"]);
        assert_eq!(differing(&json!({}), &Value::Null), [""; 0]);
    }
}
