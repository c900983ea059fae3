//! Each wrong answer of each method that a swap uses.

use serde_json::{Value, json};

use super::cloud::Known;
use crate::new_things::answer;

/// What an answer is worth.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Worth {
    /// The truth in another form, or a moment late: everything works as ever.
    True,
    /// It says nothing of what was asked.
    Blind,
    /// Something untrue, or nothing every now and then.
    Untrue,
}

/// How a method answers.
#[derive(Debug, Clone)]
pub struct Lie {
    pub name: String,
    pub does: Value,
    pub worth: Worth,
    /// The seconds for which a change may show late.
    pub lag: u32,
}

impl Lie {
    fn new(name: impl Into<String>, worth: Worth, does: impl Into<Value>) -> Lie {
        Lie { name: name.into(), does: does.into(), worth, lag: 0 }
    }

    fn lagging(self, seconds: u32) -> Lie {
        Lie { lag: seconds, ..self }
    }
}

const PLAIN: &str = "error:Bosh::Clouds::CloudError|no";
const NOT_IMPLEMENTED: &str = "error:Bosh::Clouds::NotImplemented|not implemented";
const TIME_OUT: &str = "error:Bosh::Clouds::CloudError|Timed out waiting for it";

/// All ways of a method, or none where nobody has thought of it yet.
pub fn of(method: &str, known: &Known) -> Vec<Lie> {
    match method {
        "get_disks" => get_disks(known),
        "has_disk" => has_disk(),
        "describe_snapshot" => describe_snapshot(),
        "list_snapshots" => list_snapshots(known),
        "attach_disk" | "detach_disk" => moves(),
        "snapshot_disk" => makes(known),
        "create_disk_from_snapshot" => {
            let sizes = [0, 7].map(|size| Lie::new(format!("with {size} MiB"), Worth::Untrue, format!("size:{size}")));
            makes(known).into_iter().chain(sizes).collect()
        }
        "find_disk" => find_disk(known),
        "clear_leftovers" => unanswered().into_iter().chain([result("seven", Worth::Untrue, &json!(7))]).collect(),
        "info" => info(),
        _ => Vec::new(),
    }
}

fn result(name: &str, worth: Worth, result: &Value) -> Lie {
    Lie::new(name, worth, answer("", result))
}

/// What is no answer to any question.
fn unanswered() -> Vec<Lie> {
    vec![
        Lie::new("a plain error", Worth::Blind, PLAIN),
        Lie::new("NotImplemented", Worth::Blind, NOT_IMPLEMENTED),
        Lie::new("no answer", Worth::Blind, "exit:1"),
        result("nothing", Worth::Blind, &Value::Null),
    ]
}

fn get_disks(known: &Known) -> Vec<Lie> {
    let list = |disks: Value| format!("more:{disks}");
    let old = format!("less:{}", json!(known.old));
    let mut lies = vec![
        Lie::new("root, ephemeral and boot disks too", Worth::True, list(json!(["vol-root", "vol-tmp", "vol-boot"]))),
        Lie::new("empty texts too", Worth::True, list(json!(["", " ", ""]))),
        Lie::new("nothings too", Worth::True, list(json!([null, null]))),
        Lie::new("numbers too", Worth::True, list(json!([4711, 0]))),
        Lie::new("one call late", Worth::True, "late:1").lagging(30),
        Lie::new("three calls late", Worth::True, "late:3").lagging(30),
        Lie::new("five calls late, and nobody knows", Worth::Untrue, "late:5"),
        Lie::new("without the old ones", Worth::Untrue, old.as_str()),
        Lie::new("without the new ones", Worth::Untrue, "less-new"),
        Lie::new("the old ones always", Worth::Untrue, list(json!(known.old))),
        Lie::new("another's disk too", Worth::Untrue, list(json!([known.others]))),
        Lie::new("an orphaned disk too", Worth::Untrue, list(json!([known.orphan]))),
        result("another's disk alone", Worth::Untrue, &json!([known.others])),
        Lie::new("no such VM", Worth::Untrue, "error:Bosh::Clouds::VMNotFound|no such VM"),
        result("none", Worth::Blind, &json!([])),
        result("a text", Worth::Blind, &json!(known.old[0])),
        result("a number", Worth::Blind, &json!(1)),
        result("a truth", Worth::Blind, &json!(true)),
        result("an object", Worth::Blind, &json!({"disks": known.old})),
        result("lists in a list", Worth::Blind, &json!([known.old])),
        Lie::new("NoMethodError", Worth::Blind, "error:NoMethodError|undefined method `get_disks' for #<Cloud>"),
        Lie::new("its own error", Worth::Blind, "error:Bosh::Clouds::CpiError|Unknown method: get_disks"),
        Lie::new("no connection", Worth::Blind, "error:Unknown|dial tcp: connect: connection refused"),
    ];
    lies.extend(unanswered());
    let none = answer("", &json!([]));
    for (name, other) in [
        ("without the old ones", old.as_str()),
        ("without the new ones", "less-new"),
        ("none", none.as_str()),
        ("a plain error", PLAIN),
        ("NotImplemented", NOT_IMPLEMENTED),
    ] {
        let cycle = |one: &str, other: &str| json!({"cycle": [one, other]});
        lies.push(Lie::new(format!("the truth, then {name}, in turn"), Worth::Untrue, cycle("ok", other)));
        lies.push(Lie::new(format!("{name}, then the truth, in turn"), Worth::Untrue, cycle(other, "ok")));
    }
    lies
}

fn has_disk() -> Vec<Lie> {
    let [yes, no] = [true, false].map(|truth| answer("", &json!(truth)));
    let mut lies = vec![
        Lie::new("yes to all", Worth::Untrue, yes.as_str()),
        Lie::new("no to all", Worth::Untrue, no.as_str()),
        Lie::new("the truth, then no, in turn", Worth::Untrue, json!({"cycle": ["ok", no]})),
        Lie::new("no, then the truth, in turn", Worth::Untrue, json!({"cycle": [no, "ok"]})),
        result("a text", Worth::Blind, &json!("true")),
        result("a number", Worth::Blind, &json!(1)),
    ];
    lies.extend(unanswered());
    lies
}

fn describe_snapshot() -> Vec<Lie> {
    let status = |name: &str, status: Value| result(name, Worth::Untrue, &status);
    let mut lies = vec![
        status("it has 7 MiB", json!({"state": "ready", "size_mib": 7})),
        status("it has 0 MiB", json!({"state": "ready", "size_mib": 0})),
        status("it has less than none", json!({"state": "ready", "size_mib": -1})),
        status("its size is a text", json!({"state": "ready", "size_mib": "1"})),
        status("it is missing", json!({"state": "missing"})),
        status("it has failed", json!({"state": "failed"})),
        status("it is pending", json!({"state": "pending", "progress": 200})),
        status("a state that nobody knows", json!({"state": "fine"})),
        result("a text", Worth::Blind, &json!("ready")),
    ];
    lies.extend(unanswered());
    lies
}

fn list_snapshots(known: &Known) -> Vec<Lie> {
    let now = chrono::Utc::now().to_rfc3339();
    let row = |cid: &str, disk: &str| json!({"cid": cid, "disk_cid": disk, "created_at": now, "state": "ready", "metadata": {"snapback_operation": "0"}});
    let list = |name: &str, rows: Value| result(name, Worth::Untrue, &rows);
    let mut lies = vec![
        list("none", json!([])),
        list("someone else's", json!([row("snap-of-others", "disk-of-others")])),
        list("its own, of another disk", json!([row(&known.own, &known.others)])),
        list("an unknown one of its disk", json!([row("snap-unknown", &known.old[0])])),
        list("one that is gone", json!([row(&known.gone, &known.others)])),
        result("a text", Worth::Blind, &json!("snap-1")),
        result("rows without a disk", Worth::Blind, &json!([{"cid": known.own}])),
    ];
    lies.extend(unanswered());
    lies
}

/// An attach or a detach: at each call, and at the first alone.
fn moves() -> Vec<Lie> {
    let done = answer("", &Value::Null);
    let mut lies = Vec::new();
    for (name, does) in [
        ("an error before", PLAIN),
        ("a time-out before", TIME_OUT),
        ("no answer before", "exit:1"),
        ("NotImplemented", NOT_IMPLEMENTED),
        ("no such disk", "error:Bosh::Clouds::DiskNotFound|no such disk"),
        ("no such VM", "error:Bosh::Clouds::VMNotFound|no such VM"),
        ("it is not attached", "error:Bosh::Clouds::DiskNotAttached|not attached"),
        ("done, and has not", done.as_str()),
        ("an error after", &format!("act + {PLAIN}")),
        ("a time-out after", &format!("act + {TIME_OUT}")),
        ("no answer after", "act + exit:1"),
        ("it is not attached, after", "act + error:Bosh::Clouds::DiskNotAttached|not attached"),
    ] {
        lies.push(Lie::new(format!("{name}, always"), Worth::Untrue, does));
        lies.push(Lie::new(format!("{name}, once"), Worth::Untrue, json!([does, "ok"])));
    }
    lies
}

/// What makes something: a CID that is none or known, with something made and without; and errors around the effect.
fn makes(known: &Known) -> Vec<Lie> {
    let wrong = [
        ("another's disk", json!(known.others)),
        ("a disk of its own", json!(known.old[0])),
        ("an orphaned disk", json!(known.orphan)),
        ("another's snapshot", json!(known.other)),
        ("its own snapshot", json!(known.own)),
        ("a snapshot that is gone", json!(known.gone)),
        ("nothing", Value::Null),
        ("the text null", json!("null")),
        ("a list", json!([])),
    ];
    let mut lies = Vec::new();
    for (effect, made) in crate::new_things::EFFECTS {
        for (name, wrong) in &wrong {
            lies.push(Lie::new(format!("{name}, {made}"), Worth::Untrue, answer(effect, wrong)));
        }
        for (name, error) in [("a plain error", PLAIN), ("a time-out", TIME_OUT), ("no answer", "exit:1")] {
            lies.push(Lie::new(format!("{name}, {made}"), Worth::Untrue, format!("{effect}{error}")));
        }
    }
    lies.push(Lie::new("NotImplemented", Worth::Untrue, NOT_IMPLEMENTED));
    lies
}

fn find_disk(known: &Known) -> Vec<Lie> {
    let found = |name: &str, disk: &str| result(name, Worth::Untrue, &json!({"disk_cid": disk}));
    let mut lies = vec![
        found("another's disk", &known.others),
        found("a disk of its own", &known.old[0]),
        found("an orphaned disk", &known.orphan),
        found("its own snapshot", &known.own),
        found("what nobody has", "made-up"),
        found("the text null", "null"),
    ];
    lies.extend(unanswered());
    lies
}

fn info() -> Vec<Lie> {
    let mut lies = vec![
        result("no extension", Worth::Blind, &json!({"api_version": 2, "stemcell_formats": []})),
        result(
            "an extension of no methods",
            Worth::Blind,
            &json!({"api_version": 2, "snapback": {"version": 1, "methods": []}}),
        ),
        result("a text", Worth::Blind, &json!("2")),
        result("a list", Worth::Blind, &json!([2])),
    ];
    lies.extend(unanswered());
    lies
}
