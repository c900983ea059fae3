//! A CPI executable that the tests script: what it is to do wrong stands in `fake.json` beside the name by which it
//! was called, and what it was told goes to `calls.jsonl` there. Its cloud is the directory, too.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::exit,
    clippy::panic,
    reason = "a tool of the tests"
)]
#![allow(clippy::allow_attributes, reason = "a tool of the tests")]

mod whole;

use std::fs;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio, exit};
use std::thread::sleep;
use std::time::Duration;

use serde_json::{Value, json};

fn main() {
    let program = PathBuf::from(std::env::args().next().unwrap());
    let home = program.parent().unwrap().to_owned();
    let script: Value =
        fs::read(home.join("fake.json")).map_or(json!({}), |text| serde_json::from_slice(&text).unwrap());
    if let Some(bytes) = script["stderr_before_stdin"].as_u64() {
        flood(&mut std::io::stderr(), bytes);
    }
    if script["deaf"] == json!(true) {
        hang();
    }
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let request: Value = serde_json::from_str(&text).unwrap();
    let method = request["method"].as_str().unwrap().to_owned();
    let number = if script["silent"] == json!(true) { 0 } else { note(&home, &text, &method) };
    let fake = Fake { home, script, request, method, number };
    let does = &fake.script["does"][&fake.method];
    let word = match does {
        Value::String(word) => word.clone(),
        Value::Array(words) => words[number.min(words.len() - 1)].as_str().unwrap().to_owned(),
        // One after the other, and from the beginning again.
        Value::Object(does) if does.contains_key("cycle") => {
            let words = does["cycle"].as_array().unwrap();
            words[number % words.len()].as_str().unwrap().to_owned()
        }
        _ => "ok".to_owned(),
    };
    for action in word.split(" + ") {
        fake.act(action);
    }
}

/// Writes the call down; gives how many of the method there were before.
fn note(home: &Path, text: &str, method: &str) -> usize {
    let environment: serde_json::Map<String, Value> =
        std::env::vars().map(|(name, value)| (name, json!(value))).collect();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let row = json!({"text": text, "method": method, "environment": environment, "arguments": arguments, "pid": std::process::id()});
    let path = home.join("calls.jsonl");
    let mut file = fs::OpenOptions::new().create(true).append(true).open(&path).unwrap();
    file.write_all(format!("{row}\n").as_bytes()).unwrap();
    let all = fs::read_to_string(path).unwrap();
    // What another process is just writing has no end yet.
    let rows: Vec<Value> = all.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let own = rows.iter().position(|row| row["pid"] == json!(std::process::id())).unwrap();
    rows[..own].iter().filter(|row| row["method"] == method).count()
}

fn flood(to: &mut dyn Write, bytes: u64) {
    let chunk = [b'x'; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let length = left.min(chunk.len() as u64);
        if to.write_all(&chunk[..usize::try_from(length).unwrap()]).is_err() {
            return;
        }
        left -= length;
    }
}

fn hang() -> ! {
    loop {
        sleep(Duration::from_secs(3600));
    }
}

struct Fake {
    home: PathBuf,
    script: Value,
    request: Value,
    method: String,
    /// How many calls of the method there were before.
    number: usize,
}

impl Fake {
    /// Waits until as many calls of the method are at work at once; answers an error where there are more, or stay fewer.
    fn meet(&self, crowd: usize) {
        let lines = |name: &str, text: &str| {
            let lines = fs::read_to_string(self.home.join(name)).unwrap_or_default();
            lines.lines().filter(|line| line.contains(text)).count()
        };
        let begun = || lines("calls.jsonl", &format!("\"method\":\"{}\"", self.method));
        let whole = (self.number + 1).saturating_sub(lines("met", "")) <= crowd
            && (0..3000).any(|_| {
                sleep(Duration::from_millis(10));
                begun() >= (self.number / crowd + 1) * crowd
            });
        let mut met = fs::OpenOptions::new().create(true).append(true).open(self.home.join("met")).unwrap();
        met.write_all(b"met\n").unwrap();
        if !whole {
            print(&failed("Bosh::Clouds::CloudError", "not so many at once"));
            exit(0);
        }
    }

    fn act(&self, action: &str) {
        let (verb, rest) = action.split_once(':').unwrap_or((action, ""));
        let number = || rest.parse::<u64>().unwrap();
        match verb {
            "ok" => print(&self.answer()),
            "act" => drop(self.answer()),
            "answer" => print!("{rest}"),
            "file" => std::io::stdout().write_all(&fs::read(rest).unwrap()).unwrap(),
            "hex" => {
                let bytes: Vec<u8> =
                    (0..rest.len()).step_by(2).map(|at| u8::from_str_radix(&rest[at..at + 2], 16).unwrap()).collect();
                std::io::stdout().write_all(&bytes).unwrap();
            }
            // A list of one, which carries whatever was asked for.
            "list" => {
                let mut row: Value = serde_json::from_str(rest).unwrap();
                row["metadata"] = self.request["arguments"][0].clone();
                print(&json!({"result": [row], "error": null, "log": ""}));
            }
            // The answer, a list of disks, with some more and some less; and as it was so many calls ago.
            "more" => self.edited(|disks| disks.extend(serde_json::from_str::<Vec<Value>>(rest).unwrap())),
            "less" => self.edited(|disks| {
                let less: Vec<Value> = serde_json::from_str(rest).unwrap();
                disks.retain(|disk| !less.contains(disk));
            }),
            "less-new" => self.edited(|disks| disks.retain(|disk| self.was_there(disk.as_str().unwrap()))),
            "late" => {
                let told = self.shown_late(usize::try_from(number()).unwrap());
                print(&json!({"result": told, "error": null, "log": ""}));
            }
            // The answer, with another size in it.
            "size" => {
                let mut answer = self.answer();
                answer["result"]["size_mib"] = json!(number());
                print(&answer);
            }
            "sleep" => sleep(Duration::from_millis(number())),
            "meet" => self.meet(usize::try_from(number()).unwrap()),
            "hang" => hang(),
            "exit" => exit(i32::try_from(number()).unwrap()),
            "signal" => {
                signal_hook::low_level::raise(i32::try_from(number()).unwrap()).unwrap();
                hang();
            }
            "flood" => flood(&mut std::io::stdout(), number()),
            "stderr" => flood(&mut std::io::stderr(), number()),
            "say" => eprintln!("{rest}"),
            "echo" => eprintln!("{}", self.request),
            // All that it knows, into its log and into its error.
            "blab" => {
                let all = self.all_it_knows();
                eprintln!("{all}");
                print(&failed_with_log("Bosh::Clouds::CloudError", &all, &all));
            }
            "spill" => eprintln!("{}", self.all_it_knows()),
            // The answer, with a log of so many bytes before the result.
            "log" => {
                let answer = self.answer();
                let mut out = std::io::stdout();
                out.write_all(b"{\"log\":\"").unwrap();
                flood(&mut out, number());
                out.write_all(format!("\",\"result\":{},\"error\":{}}}", answer["result"], answer["error"]).as_bytes())
                    .unwrap();
            }
            // A grandchild that keeps the pipes open.
            "hold" => {
                let mut child = Command::new("sleep");
                let seconds = Duration::from_millis(number()).as_secs_f64().to_string();
                drop(child.arg(seconds).stdin(Stdio::null()).spawn().unwrap());
            }
            // A grandchild in a session of its own, which ignores SIGTERM and keeps the pipes open.
            "escape" => {
                let mut child = Command::new("setsid");
                child.args(["--fork", "sh", "-c", "trap '' TERM; echo $$ > escaped; exec sleep 60"]);
                assert!(child.current_dir(&self.home).stdin(Stdio::null()).status().unwrap().success());
            }
            "stubborn" => {
                signal_hook::flag::register(signal_hook::consts::SIGTERM, std::sync::Arc::default()).unwrap();
            }
            "error" => {
                let mut parts = rest.split('|');
                let (kind, message) = (parts.next().unwrap(), parts.next().unwrap_or("because"));
                let retry = parts.next() == Some("retry");
                print(
                    &json!({"result": null, "error": {"type": kind, "message": message, "ok_to_retry": retry}, "log": ""}),
                );
            }
            other => panic!("no such action: {other}"),
        }
        std::io::stdout().flush().unwrap();
    }

    /// What it was given, as it came and each text of it by itself; and what its own configuration would hold.
    fn all_it_knows(&self) -> String {
        fn texts(value: &Value, into: &mut Vec<String>) {
            match value {
                Value::String(text) => into.push(text.clone()),
                Value::Array(items) => items.iter().for_each(|item| texts(item, into)),
                Value::Object(map) => map.values().for_each(|item| texts(item, into)),
                other => into.push(other.to_string()),
            }
        }
        let mut all = vec![self.request.to_string(), format!("{:?}", self.request)];
        texts(&self.request["context"], &mut all);
        texts(&self.script["configuration"], &mut all);
        all.extend(std::env::vars().map(|(name, value)| format!("{name}={value}")));
        all.join("\n")
    }

    fn argument(&self, at: usize) -> String {
        self.request["arguments"][at].as_str().unwrap_or_default().to_owned()
    }

    fn token(&self) -> String {
        self.request["context"]["snapback"]["token"].as_str().unwrap_or_default().to_owned()
    }

    fn path(&self, kind: &str, cid: &str) -> PathBuf {
        fs::create_dir_all(self.home.join(kind)).unwrap();
        self.home.join(kind).join(cid)
    }

    fn records(&self, kind: &str) -> Vec<Value> {
        let Ok(entries) = fs::read_dir(self.home.join(kind)) else { return Vec::new() };
        let mut found: Vec<Value> =
            entries.map(|entry| serde_json::from_slice(&fs::read(entry.unwrap().path()).unwrap()).unwrap()).collect();
        found.sort_by_key(|record| record["created_at"].as_str().unwrap_or_default().to_owned());
        found
    }

    /// What the program behind this one answers to the same request, where there is one.
    fn behind(&self) -> Option<Value> {
        let words: Vec<&str> = self.script["behind"].as_array()?.iter().map(|word| word.as_str().unwrap()).collect();
        let mut child = Command::new(words[0])
            .args(&words[1..])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(self.request.to_string().as_bytes()).unwrap();
        let ran = child.wait_with_output().unwrap();
        let mut answer: Value = serde_json::from_slice(&ran.stdout).unwrap();
        if self.method == "info" && !self.script["info"].is_null() {
            answer["result"] = self.script["info"].clone();
        }
        Some(answer)
    }

    /// Whether `attach_disk` and `detach_disk` change what `get_disks` tells, beginning with `vms`; `lag_ms` later.
    fn keeps_attachments(&self) -> bool {
        self.script["attachments"] == json!(true)
    }

    fn edited(&self, edit: impl FnOnce(&mut Vec<Value>)) {
        let mut answer = self.answer();
        if let Some(disks) = answer["result"].as_array_mut() {
            edit(disks);
        }
        print(&answer);
    }

    /// Whether a VM had the disk when all began.
    fn was_there(&self, disk: &str) -> bool {
        let vms = self.script["vms"].as_object().unwrap();
        vms.values().any(|disks| disks.as_array().unwrap().iter().any(|own| own == disk))
    }

    /// The disks of the VM of the call, as they were so many milliseconds ago.
    fn shown(&self, lag: i64) -> Option<Vec<String>> {
        let until = chrono::Utc::now().timestamp_millis() - lag;
        self.after(&self.argument(0), |change| change["at"].as_i64().unwrap() <= until)
    }

    fn shown_of(&self, vm: &str) -> Option<Vec<String>> {
        self.after(vm, |_| true)
    }

    /// The same, each change shown once it was asked for so many times since, or `late_no_longer_than_ms` ago.
    fn shown_late(&self, calls: usize) -> Option<Vec<String>> {
        let (now, clock) = (self.questions(), chrono::Utc::now().timestamp_millis());
        let limit = self.script["late_no_longer_than_ms"].as_i64().unwrap_or(i64::MAX);
        let seen = |change: &Value| change["asked"].as_u64().map(|asked| usize::try_from(asked).unwrap());
        let old = |change: &Value| clock - change["at"].as_i64().unwrap() >= limit;
        self.after(&self.argument(0), |change| old(change) || seen(change).is_none_or(|seen| now - seen > calls))
    }

    /// How often it was asked which disks a VM has.
    fn questions(&self) -> usize {
        let calls = fs::read_to_string(self.home.join("calls.jsonl")).unwrap_or_default();
        calls.lines().filter(|line| line.contains("\"method\":\"get_disks\"")).count()
    }

    /// The disks of a VM after those changes that are shown.
    fn after(&self, vm: &str, is_shown: impl Fn(&Value) -> bool) -> Option<Vec<String>> {
        let mut disks: Vec<String> = self.script["vms"]
            .get(vm)?
            .as_array()?
            .iter()
            .map(|disk| disk.as_str().unwrap_or_default().to_owned())
            .collect();
        let changes = fs::read_to_string(self.home.join("attachments.jsonl")).unwrap_or_default();
        for change in changes.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()) {
            if change["vm"] != json!(vm) || !is_shown(&change) {
                continue;
            }
            disks.retain(|disk| change["disk"] != json!(disk));
            if change["on"] == json!(true) {
                disks.push(change["disk"].as_str().unwrap().to_owned());
            }
        }
        Some(disks)
    }

    fn change_attachment(&self, on: bool) {
        let at = chrono::Utc::now().timestamp_millis();
        let asked = self.questions();
        let row = json!({"vm": self.argument(0), "disk": self.argument(1), "on": on, "at": at, "asked": asked});
        let mut file =
            fs::OpenOptions::new().create(true).append(true).open(self.home.join("attachments.jsonl")).unwrap();
        file.write_all(format!("{row}\n").as_bytes()).unwrap();
    }

    fn answer(&self) -> Value {
        if let Some(answer) = self.behind() {
            return answer;
        }
        if self.script["whole"] == json!(true) {
            return self.whole();
        }
        let fresh = |kind: &str| format!("{kind}-{}", std::process::id());
        let result = match self.method.as_str() {
            "info" if self.script.get("info").is_none() => json!({"api_version": 2, "stemcell_formats": ["fake"]}),
            "info" => match &self.script["info"] {
                Value::Null => return not_implemented(&self.method),
                info => info.clone(),
            },
            "get_disks" if self.keeps_attachments() => match self.shown(self.script["lag_ms"].as_i64().unwrap_or(0)) {
                Some(disks) => json!(disks),
                None => return failed("Bosh::Clouds::VMNotFound", "no such VM"),
            },
            "attach_disk" | "detach_disk" if self.keeps_attachments() => {
                let has = self.shown(0).is_some_and(|disks| disks.contains(&self.argument(1)));
                match (self.method.as_str(), has) {
                    ("attach_disk", true) => return failed("Bosh::Clouds::CloudError", "the disk is attached already"),
                    ("detach_disk", false) => {
                        return failed("Bosh::Clouds::DiskNotAttached", "the disk is not attached");
                    }
                    (_, has) => self.change_attachment(!has),
                }
                json!("/dev/sdb")
            }
            "get_disks" => match &self.script["vms"] {
                Value::Object(vms) => match vms.get(&self.argument(0)) {
                    Some(disks) => disks.clone(),
                    None => return failed("Bosh::Clouds::VMNotFound", "no such VM"),
                },
                _ => return not_implemented(&self.method),
            },
            "has_disk" if self.path("deleted", &self.argument(0)).exists() => json!(false),
            "has_disk" => match &self.script["has"] {
                Value::Array(disks) => json!(disks.contains(&json!(self.argument(0)))),
                _ => json!(!self.script["lost"].as_array().is_some_and(|lost| lost.contains(&json!(self.argument(0))))),
            },
            "snapshot_disk" => {
                let cid = fresh("snap");
                // As on a cloud that keeps none.
                let forgets = self.script["forgets"] == json!(true);
                let metadata = if forgets { json!({}) } else { self.request["arguments"][1].clone() };
                let record = json!({"cid": cid, "disk_cid": self.argument(0), "created_at": chrono::Utc::now().to_rfc3339(),
                    "state": "ready", "metadata": metadata});
                fs::write(self.path("snapshots", &cid), record.to_string()).unwrap();
                json!(cid)
            }
            "delete_snapshot" => match fs::remove_file(self.path("snapshots", &self.argument(0))) {
                Ok(()) => json!(true),
                Err(_) => return failed("Bosh::Clouds::CloudError", "Google Snapshot 'x' does not exists"),
            },
            "list_snapshots" => {
                let mut all = self.records("snapshots");
                let filter = self.request["arguments"][0].as_object().unwrap();
                all.retain(|record| filter.iter().all(|(key, value)| record["metadata"][key] == *value));
                json!(all)
            }
            "describe_snapshot" => {
                let there = self.path("snapshots", &self.argument(0)).exists();
                let size = self.script["snapshot_size_mib"].as_u64().unwrap_or(1);
                json!({"state": if there { "ready" } else { "missing" }, "size_mib": size})
            }
            "create_disk_from_snapshot" => {
                let cid = fresh("disk");
                let created_at = chrono::Utc::now().to_rfc3339();
                let of = self.argument(0);
                let record = json!({"disk_cid": cid, "token": self.token(), "created_at": created_at, "snapshot": of});
                fs::write(self.path("disks", &cid), record.to_string()).unwrap();
                json!({"disk_cid": cid})
            }
            "find_disk" => {
                let found = self.records("disks").into_iter().find(|disk| disk["token"] == self.argument(0));
                found.map_or(Value::Null, |disk| json!({"disk_cid": disk["disk_cid"]}))
            }
            "clear_leftovers" => json!(0),
            "current_vm_id" if self.script["current_vm"].is_string() => self.script["current_vm"].clone(),
            "delete_disk" => {
                fs::write(self.path("deleted", &self.argument(0)), "").unwrap();
                Value::Null
            }
            "attach_disk" | "detach_disk" | "set_disk_metadata" => json!("/dev/sdb"),
            "create_disk" => json!(fresh("disk")),
            other => return not_implemented(other),
        };
        json!({"result": result, "error": null, "log": ""})
    }
}

fn failed(kind: &str, message: &str) -> Value {
    json!({"result": null, "error": {"type": kind, "message": message, "ok_to_retry": false}, "log": ""})
}

fn failed_with_log(kind: &str, message: &str, log: &str) -> Value {
    json!({"result": null, "error": {"type": kind, "message": message, "ok_to_retry": false}, "log": log})
}

fn not_implemented(method: &str) -> Value {
    failed("Bosh::Clouds::NotImplemented", &format!("'{method}' is not implemented by the fake"))
}

fn print(answer: &Value) {
    print!("{answer}");
}
