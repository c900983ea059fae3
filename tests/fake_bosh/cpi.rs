//! `__cpi`: a CPI executable on the local cloud. What `snapback cpi local` cannot, VMs and stemcells, it does itself; all
//! else it passes on. It can be told to fail, to wait or to die before and after each effect (the command `cpi`, the
//! points `cpi:METHOD:before` and `cpi:METHOD:after`), and which disks a VM has to answer in the manner of real CPIs.

use std::fs;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::faults;
use crate::home::Home;

/// Where `get_disks` shows what it has been so far.
const SEEN: &str = "attachments.json";
/// How long `lagging` lags, in milliseconds, where the mode does not say.
const LAG: u64 = 700;

pub fn serve(home: &Home) {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let request: Value = serde_json::from_str(&text).unwrap();
    let method = request["method"].as_str().unwrap().to_owned();
    let answer = answer(home, &method, &request);
    let (arguments, result, error) = (&request["arguments"], &answer["result"], &answer["error"]);
    home.log(
        "cpi",
        json!({"method": method, "arguments": arguments, "result": result, "error": error, "pid": std::process::id()}),
    );
    let _ = std::io::stdout().write_all(answer.to_string().as_bytes());
}

fn done(result: &Value) -> Value {
    json!({"result": result, "error": null, "log": ""})
}

fn failed(kind: &str, message: &str) -> Value {
    json!({"result": null, "error": {"type": kind, "message": message, "ok_to_retry": false}, "log": ""})
}

fn answer(home: &Home, method: &str, request: &Value) -> Value {
    if let Err(text) = faults::meet(home, "cpi", &format!("cpi:{method}:before")) {
        return failed("Bosh::Clouds::CloudError", &text);
    }
    let cloud = Cloud::of(home);
    let vm = request["arguments"][0].as_str().unwrap_or_default().to_owned();
    if method.ends_with("tach_disk") || method == "delete_vm" {
        remember(home, &vm, &cloud.attached(&vm), false);
    }
    let answer = match method {
        "create_stemcell" => done(&json!(home.change(|world| world.fresh("sc")))),
        "delete_stemcell" | "set_vm_metadata" => done(&Value::Null),
        "has_vm" => done(&json!(cloud.has_vm(&vm))),
        "create_vm" => {
            let vm = home.change(|world| world.fresh("vm"));
            cloud.create_vm(&vm);
            remember(home, &vm, &[], true);
            done(&json!([vm, {}]))
        }
        "delete_vm" => {
            let there = cloud.has_vm(&vm);
            cloud.delete_vm(&vm);
            if there { done(&Value::Null) } else { failed("Bosh::Clouds::VMNotFound", &format!("VM '{vm}' not found")) }
        }
        "get_disks" => get_disks(home, &cloud, &vm, request),
        _ => pass_on(home, request),
    };
    if method.ends_with("tach_disk") {
        remember(home, &vm, &cloud.attached(&vm), true);
    }
    match faults::meet(home, "cpi", &format!("cpi:{method}:after")) {
        Err(text) => failed("Bosh::Clouds::CloudError", &text),
        Ok(()) => answer,
    }
}

/// In the manner that the file `get_disks` of the home names: `root` (with the root disk and an empty string), `none` (no
/// such method), `unknown` (in other words), `null` (no list), `empty` (none for any VM), `failing` (an error of its own), `lagging[:MS]` (as it was so long ago).
fn get_disks(home: &Home, cloud: &Cloud, vm: &str, request: &Value) -> Value {
    let mode = fs::read_to_string(home.path.join("get_disks")).unwrap_or_default();
    let (mode, rest) = mode.split_once(':').unwrap_or((mode.as_str(), ""));
    let truth = pass_on(home, request);
    if !truth["error"].is_null() && !["none", "unknown", "null", "empty", "failing"].contains(&mode) {
        return truth;
    }
    match mode {
        "" | "true" => truth,
        "root" => {
            let mut list = vec![json!(format!("root-of-{vm}")), json!("")];
            list.extend(cloud.attached(vm).into_iter().map(Value::from));
            done(&json!(list))
        }
        "none" => failed("Bosh::Clouds::NotImplemented", "get_disks is not implemented"),
        "unknown" => failed("InvalidCall", "Method is not known, got: 'get_disks'"),
        "null" => done(&Value::Null),
        "empty" => done(&json!([])),
        "failing" => failed("NoMethodError", "undefined method `get_disks' for #<Bosh::Clouds::Dummy>"),
        "lagging" => done(&json!(as_it_was(home, cloud, vm, rest.parse().unwrap_or(LAG)))),
        other => panic!("no such mode of get_disks: {other}"),
    }
}

fn now() -> u64 {
    u64::try_from(chrono::Utc::now().timestamp_millis()).unwrap()
}

/// Keeps what a VM has from now on, or had until now.
fn remember(home: &Home, vm: &str, disks: &[String], is_new: bool) {
    let _alone = home.lock();
    let path = home.path.join(SEEN);
    let mut all: Vec<Value> =
        fs::read(&path).ok().map(|text| serde_json::from_slice(&text).unwrap()).unwrap_or_default();
    if is_new || !all.iter().any(|row| row["vm"] == vm) {
        all.push(json!({"vm": vm, "at": if is_new { now() } else { 0 }, "disks": disks}));
        fs::write(&path, json!(all).to_string()).unwrap();
    }
}

fn as_it_was(home: &Home, cloud: &Cloud, vm: &str, lag: u64) -> Vec<String> {
    let _alone = home.lock();
    let text = fs::read(home.path.join(SEEN)).unwrap_or_else(|_| b"[]".to_vec());
    let all: Vec<Value> = serde_json::from_slice(&text).unwrap();
    let of_vm: Vec<&Value> = all.iter().filter(|row| row["vm"] == vm).collect();
    if of_vm.is_empty() {
        return cloud.attached(vm);
    }
    let before = now() - lag;
    let last = of_vm.iter().rev().find(|row| row["at"].as_u64().unwrap() <= before);
    last.map(|row| serde_json::from_value(row["disks"].clone()).unwrap()).unwrap_or_default()
}

fn pass_on(home: &Home, request: &Value) -> Value {
    let command = std::env::var("FAKE_BOSH_CPI").map_or(home.read().cpi, |program| vec![program]);
    let mut child = Command::new(&command[0])
        .args(&command[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| failed("Bosh::Clouds::CpiError", "no answer"))
}
