//! The answer of an executable to `info`.

use serde_json::Value;

use super::call::{Caller, Nature};
use crate::cpi::wire::{EXTENSION, EXTENSION_VERSION};
use crate::cpi::{CpiErrorKind, CpiResult};

/// The answer to `info`, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Info {
    /// The API version that both sides speak; `None` if the CPI does not tell.
    pub api_version: Option<u64>,
    /// The recovery extension, if it has it.
    pub extension: Option<Extension>,
}

/// The recovery extension (`docs/cpi-extension.md`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Extension {
    pub version: u64,
    pub methods: Vec<Method>,
    /// Whether `list_snapshots` finds a snapshot by the metadata that it was taken with.
    pub stores_metadata: bool,
}

/// A method of the extension.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    CreateDiskFromSnapshot,
    ListSnapshots,
    DescribeSnapshot,
    FindDisk,
    ClearLeftovers,
}

impl Method {
    const ALL: [Method; 5] = [
        Method::CreateDiskFromSnapshot,
        Method::ListSnapshots,
        Method::DescribeSnapshot,
        Method::FindDisk,
        Method::ClearLeftovers,
    ];

    /// The method of this name.
    pub(super) fn named(name: &str) -> Option<Method> {
        Method::ALL.into_iter().find(|method| method.name() == name)
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Method::CreateDiskFromSnapshot => "create_disk_from_snapshot",
            Method::ListSnapshots => "list_snapshots",
            Method::DescribeSnapshot => "describe_snapshot",
            Method::FindDisk => "find_disk",
            Method::ClearLeftovers => "clear_leftovers",
        }
    }
}

/// Asks the executable for its `info`.
///
/// # Errors
/// Those of the call. "Not implemented" counts as an answer: CPIs of the first API version have no `info`.
pub(super) fn ask(caller: &Caller) -> CpiResult<Info> {
    match caller.call(Nature::Query, "info", Vec::new(), &None, None) {
        Ok((answer, _)) => Ok(understood(&answer, caller.setting.manner.newest_api_version())),
        Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(Info { api_version: None, extension: None }),
        Err(error) => Err(error),
    }
}

fn understood(answer: &Value, newest: u64) -> Info {
    let told = answer.get("api_version").and_then(|version| match version {
        Value::Number(number) => number.as_u64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    });
    Info { api_version: told.map(|version| version.min(newest)), extension: extension(answer.get(EXTENSION)) }
}

fn extension(answer: Option<&Value>) -> Option<Extension> {
    let answer = answer?;
    // A newer version includes this one; its additions are not asked for.
    let version = answer.get("version")?.as_u64().filter(|version| *version >= 1)?.min(EXTENSION_VERSION);
    let named = answer.get("methods")?.as_array()?;
    let methods = Method::ALL.into_iter().filter(|method| named.iter().any(|name| name == method.name())).collect();
    let stores_metadata = answer.get("stores_metadata") == Some(&Value::Bool(true));
    Some(Extension { version, methods, stores_metadata })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_version_is_the_older_of_both() {
        let version = |answer: Value| understood(&answer, 3).api_version;
        assert_eq!(version(json!({"api_version": 2, "stemcell_formats": []})), Some(2));
        assert_eq!(version(json!({"api_version": 7})), Some(3));
        assert_eq!(version(json!({"api_version": "2"})), Some(2));
        assert_eq!(version(json!({"stemcell_formats": ["x"]})), None);
        assert_eq!(version(json!(null)), None);
        assert_eq!(version(json!([1])), None);
    }

    #[test]
    fn the_extension_is_what_is_named_and_known() {
        let has = |answer: Value| understood(&json!({"snapback": answer}), 3).extension;
        let methods = json!(["find_disk", "list_snapshots", "something_new"]);
        assert_eq!(
            has(json!({"version": 2, "methods": methods, "stores_metadata": true})),
            Some(Extension {
                version: 1,
                methods: vec![Method::ListSnapshots, Method::FindDisk],
                stores_metadata: true
            })
        );
        for bad in [json!({}), json!({"version": 0, "methods": []}), json!({"version": 1}), json!("1"), json!(null)] {
            assert_eq!(has(bad), None);
        }
    }
}
