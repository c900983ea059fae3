//! The committed schemas: what they hold of each other, what they would refuse, and what of them was seen.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use crate::support::written::is_made;
use serde_json::{Map, Value, json};

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/schema").join(name)
}

/// A schema as it is committed.
pub fn committed(name: &str) -> Value {
    let text = fs::read_to_string(path(name)).unwrap_or_else(|error| panic!("docs/schema/{name}: {error}"));
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("docs/schema/{name}: {error}"))
}

/// A schema, and what has been checked against it.
pub struct Schema {
    name: &'static str,
    value: Value,
    validator: jsonschema::Validator,
    /// The columns of each kind of row that were not null.
    seen: Mutex<BTreeSet<(String, String)>>,
}

impl Schema {
    pub fn committed(name: &'static str) -> Self {
        let value = committed(name);
        // This looks whether it is a schema, too.
        let validator = jsonschema::options()
            .with_draft(jsonschema::Draft::Draft202012)
            .should_validate_formats(true)
            .build(&value)
            .unwrap_or_else(|error| panic!("docs/schema/{name}: {error}"));
        Schema { name, value, validator, seen: Mutex::default() }
    }

    /// Why a value is not of the schema.
    pub fn complaints(&self, value: &Value) -> Vec<String> {
        self.validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect()
    }

    #[track_caller]
    pub fn check(&self, value: &Value, what: &str) {
        let complaints = self.complaints(value);
        assert!(
            complaints.is_empty(),
            "docs/schema/{} does not have this of {what}:\n{complaints:#?}\n{value:#}",
            self.name
        );
        let lists = value.as_object().unwrap().values().filter_map(Value::as_array).flatten();
        for row in lists.chain([value]).filter_map(Value::as_object) {
            let keys: BTreeSet<&String> = row.keys().collect();
            for kind in self.kinds().filter(|(_, columns)| *columns == keys).map(|(kind, _)| kind) {
                let filled = row.iter().filter(|(_, value)| !value.is_null());
                let mut seen = self.seen.lock().unwrap();
                seen.extend(filled.map(|(column, _)| (kind.clone(), column.clone())));
            }
        }
    }

    /// The definitions of objects, with their columns.
    fn kinds(&self) -> impl Iterator<Item = (&String, BTreeSet<&String>)> {
        let all = self.value["$defs"].as_object().unwrap().iter();
        all.filter_map(|(kind, definition)| Some((kind, definition.get("properties")?.as_object()?.keys().collect())))
    }

    /// Fails where the schema has a column that no command has filled: who checks it?
    #[track_caller]
    pub fn all_was_seen(&self) {
        let seen = self.seen.lock().unwrap();
        let mut missing = Vec::new();
        for (kind, columns) in self.kinds().filter(|(kind, _)| *kind != "error") {
            for column in columns {
                let definition = &self.value["$defs"][kind]["properties"][column];
                if *definition != json!({"type": "null"}) && !seen.contains(&(kind.clone(), column.clone())) {
                    missing.push(format!("{kind}.{column}"));
                }
            }
        }
        assert!(missing.is_empty(), "docs/schema/{}: no case of tests/output/cases.rs fills {missing:?}", self.name);
    }
}

/// `line.json`, from `document.json`: a line is a row of a document, and what kind of line it is.
fn lines(document: &Value) -> Value {
    let definitions = document["$defs"].as_object().unwrap();
    let reference = |name: &str| json!({"$ref": format!("#/$defs/{name}")});
    let line = |event: &str, row: &Value, more: Value| {
        let mut properties: Map<String, Value> = row.as_object().cloned().unwrap_or_default();
        properties.extend(more.as_object().unwrap().clone());
        properties.insert("schema".to_owned(), json!({"const": 1}));
        properties.insert("event".to_owned(), json!({"const": event}));
        let required: Vec<&String> = properties.keys().collect();
        json!({"type": "object", "additionalProperties": false, "required": required, "properties": properties})
    };
    let (text, none) = (reference("text"), json!({"type": "null"}));
    let mut own = Map::new();
    let mut events: Vec<(&str, Vec<String>)> = vec![("row", Vec::new())];
    for (name, definition) in definitions {
        let Some(properties) = definition.get("properties").filter(|_| name != "error") else {
            own.insert(name.clone(), definition.clone());
            continue;
        };
        if ["taken", "deleted", "run"].contains(&name.as_str()) {
            continue;
        }
        let kind = format!("row_{name}");
        events[0].1.push(kind.clone());
        own.insert(kind, line("row", properties, json!({})));
    }
    let (taken, deleted) = (&definitions["taken"]["properties"], &definitions["deleted"]["properties"]);
    let disk = &definitions["deleted_disk"]["properties"];
    let pruned = &definitions["pruned"]["properties"];
    let of_prune = |result: &str| json!({"result": {"const": result}, "error": none});
    let not_done = json!({"enum": ["failed", "not tried"]});
    let made = json!({"cid": reference("cid"), "created_at": reference("time"),
        "consistency": reference("consistency"), "error": none});
    let nothing = json!({"cid": none, "created_at": none, "consistency": none, "error": text});
    let end = json!({"command": document["properties"]["command"], "status": reference("status")});
    for (event, kind, definition) in [
        ("taken", "event_taken", line("taken", taken, made)),
        ("failed", "event_take_failed", line("failed", taken, nothing)),
        (
            "deleted",
            "event_deleted",
            line("deleted", deleted, json!({"result": {"const": "deleted"}, "error": none, "held": none})),
        ),
        (
            "gone",
            "event_gone",
            line("gone", deleted, json!({"result": {"enum": ["gone", "forgotten"]}, "error": none, "held": none})),
        ),
        ("failed", "event_delete_failed", line("failed", deleted, json!({"result": not_done, "held": none}))),
        (
            "held",
            "event_held",
            line("held", deleted, json!({"result": {"const": "held"}, "error": none, "held": text})),
        ),
        (
            "deleted",
            "event_disk_deleted",
            line("deleted", disk, json!({"result": {"const": "deleted"}, "error": none})),
        ),
        ("deleted", "event_pruned", line("deleted", pruned, of_prune("deleted"))),
        ("gone", "event_prune_gone", line("gone", pruned, of_prune("gone"))),
        ("kept", "event_prune_kept", line("kept", pruned, of_prune("kept"))),
        ("failed", "event_prune_failed", line("failed", pruned, json!({"result": not_done}))),
        ("failed", "event_delete_disk_failed", line("failed", disk, json!({"result": not_done}))),
        ("ended", "event_run_ended", line("ended", &definitions["run"]["properties"], json!({}))),
        ("error", "event_error", line("error", &Value::Null, json!({"error": reference("error")}))),
        ("end", "event_end", line("end", &Value::Null, end)),
    ] {
        own.insert(kind.to_owned(), definition);
        match events.iter_mut().find(|(known, _)| *known == event) {
            Some((_, kinds)) => kinds.push(kind.to_owned()),
            None => events.push((event, vec![kind.to_owned()])),
        }
    }
    let each: Vec<Value> = events
        .iter()
        .map(|(event, kinds)| {
            let kinds: Vec<Value> = kinds.iter().map(|kind| reference(kind)).collect();
            json!({"if": {"required": ["event"], "properties": {"event": {"const": event}}}, "then": {"oneOf": kinds}})
        })
        .collect();
    json!({
        "$schema": document["$schema"],
        "title": "snapback --output jsonl, schema 1",
        "description": "Each line that a command prints; the last one has the event `end`. Made from document.json.",
        "type": "object",
        "required": ["schema", "event"],
        "properties": {
            "schema": {"const": 1},
            "event": {"enum": events.iter().map(|(event, _)| event).collect::<Vec<_>>()},
        },
        "allOf": each,
        "$defs": own,
    })
}

#[test]
fn the_schema_of_lines_is_made_from_that_of_documents() {
    is_made("docs/schema/line.json", &format!("{:#}\n", lines(&committed("document.json"))));
}

/// A document of each kind that the schema must have, to be spoilt.
fn good() -> Value {
    json!({
        "schema": 1, "command": "snapshots", "status": 0, "error": null, "errors": [],
        "snapshots": [{
            "instance": "db/0", "cid": "snap-1", "created_at": "2026-11-22T02:50:00.000Z", "clean": true, "age": 86400,
            "deployment": "prod", "disk_cid": null, "size": 1024, "owner": "snapback", "purpose": "take",
            "cpi": "local_cpi", "consistency": "crash", "note": null,
            "operation": "59a481cc3e83", "verified_at": null, "instance_uuid": null, "doubts": ["untrusted_time"],
            "expires": null, "held": null, "schedule": null, "change": null, "stood_still_ms": null, "unsound_at": null,
            "before": null,
        }],
    })
}

#[test]
fn the_schema_refuses_what_is_nearly_right() {
    let schema = Schema::committed("document.json");
    schema.check(&good(), "the good one");
    let spoilt = [
        ("/schema", json!(2)),
        ("/command", json!("snapshot")),
        ("/command", json!("take")),
        ("/status", json!(12)),
        ("/status", json!(1)),
        ("/error", json!("it failed")),
        ("/more", json!(1)),
        ("/disks", json!([])),
        ("/snapshots", json!(null)),
        ("/snapshots/0/more", json!(1)),
        ("/snapshots/0/size", json!("1024")),
        ("/snapshots/0/size", json!(1024.5)),
        ("/snapshots/0/size", json!(-1)),
        ("/snapshots/0/clean", json!("true")),
        ("/snapshots/0/age", json!("1d")),
        ("/snapshots/0/age", json!(0.5)),
        ("/snapshots/0/owner", json!("nobody")),
        ("/snapshots/0/purpose", json!("")),
        ("/snapshots/0/consistency", json!("clean")),
        ("/snapshots/0/created_at", json!("2026-11-22 02:50")),
        ("/snapshots/0/created_at", json!("2026-13-22T02:50:00.000Z")),
        ("/snapshots/0/created_at", json!("2026-11-22T02:50:00.000+01:00")),
        ("/snapshots/0/created_at", json!(1_795_000_000)),
        ("/snapshots/0/cid", json!("")),
        ("/snapshots/0/cid", json!(null)),
        ("/snapshots/0/operation", json!("latest")),
    ];
    for (place, value) in spoilt {
        let mut document = good();
        let (parent, key) = place.rsplit_once('/').unwrap();
        document.pointer_mut(parent).unwrap()[key] = value;
        assert!(!schema.complaints(&document).is_empty(), "{place}: {document}");
    }
    for parent in ["", "/snapshots/0"] {
        let keys: Vec<String> = good().pointer(parent).unwrap().as_object().unwrap().keys().cloned().collect();
        for key in keys {
            let mut document = good();
            document.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(&key);
            assert!(!schema.complaints(&document).is_empty(), "without {parent}/{key}");
        }
    }
    let error = json!({"kind": "cpi", "code": 7, "message": "m", "hints": ["run: snapback disks"], "operation": null});
    let failed = |error: &Value| json!({"schema": 1, "command": null, "status": 7, "error": error, "errors": [error]});
    schema.check(&failed(&error), "an error");
    for (key, value) in [
        ("kind", json!("Cpi")),
        ("code", json!(0)),
        ("message", json!("")),
        ("hints", json!("run")),
        ("more", json!(1)),
    ] {
        let mut spoilt = error.clone();
        spoilt[key] = value;
        assert!(!schema.complaints(&failed(&spoilt)).is_empty(), "{spoilt}");
    }
}
