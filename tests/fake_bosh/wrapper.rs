//! A CPI executable before another one (`cpi.json` beside the name by which it was called: `command`), which answers
//! `get_disks` as real ones do: the Director and snapback are told the same.
//!
//! `get_disks`: `unknown_method`, `invalid_call`, `invalid_method` (other words for it), `null`, `text`, `object` (no list),
//! `not_implemented`, `no_method` (the dummy CPI), `empty` (Warden, Docker: `[]` for any VM), `lag:MS` (EC2:
//! what was true so long ago), `fails_after:MS` (no answer for so long after each attach and detach). `more` are disks
//! that each VM has besides (root, ephemeral). `refuses_attached`: an attach of what is attached is an error (AWS).

use std::fs::OpenOptions;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use chrono::Utc;
use serde_json::{Value, json};

use crate::faults;
use crate::home::Home;

struct Asked {
    home: Home,
    script: Value,
    request: Value,
    method: String,
}

/// The directory of the name by which it was called, where that is a CPI's.
pub fn home_of(program: &Path) -> Option<PathBuf> {
    program.ends_with("cpi").then(|| program.parent().unwrap().to_owned())
}

pub fn answer(directory: PathBuf) {
    let script = serde_json::from_slice(&std::fs::read(directory.join("cpi.json")).unwrap()).unwrap();
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).unwrap();
    let request: Value = serde_json::from_str(&text).unwrap();
    let method = request["method"].as_str().unwrap().to_owned();
    let asked = Asked { home: Home { path: directory }, script, request, method };
    print!("{}", asked.answer());
}

fn failed(kind: &str, message: &str) -> Value {
    json!({"result": null, "error": {"type": kind, "message": message, "ok_to_retry": false}, "log": ""})
}

impl Asked {
    fn argument(&self, at: usize) -> &str {
        self.request["arguments"][at].as_str().unwrap_or_default()
    }

    fn answer(&self) -> Value {
        if let Err(message) = faults::meet(&self.home, &self.method, "cpi:call") {
            return failed("Bosh::Clouds::CloudError", &message);
        }
        match self.method.as_str() {
            "get_disks" => self.get_disks(),
            "attach_disk" | "detach_disk" => {
                let before = self.disks(self.argument(0));
                if self.script["refuses_attached"] == true
                    && self.method == "attach_disk"
                    && before.iter().any(|disk| disk == self.argument(1))
                {
                    let message = format!("'{}' is already attached to an instance", self.argument(1));
                    return failed("Bosh::Clouds::CloudError", &message);
                }
                self.remember(&before);
                self.pass_on(&self.request)
            }
            _ => self.pass_on(&self.request),
        }
    }

    fn get_disks(&self) -> Value {
        let mode = self.script["get_disks"].as_str().unwrap_or_default();
        let (verb, rest) = mode.split_once(':').unwrap_or((mode, ""));
        let milliseconds = || rest.parse::<i64>().unwrap();
        match verb {
            "not_implemented" => {
                return failed("Bosh::Clouds::NotImplemented", "'get_disks' is not implemented by Bosh::Clouds::Fake");
            }
            "no_method" => return failed("NoMethodError", "undefined method `get_disks' for #<Bosh::Clouds::Dummy>"),
            "unknown_method" => {
                return failed(
                    "Bosh::Clouds::NotImplemented",
                    "Must call implemented method: Unknown method 'get_disks'",
                );
            }
            "invalid_call" => {
                return failed("InvalidCall", "Method is not known, got 'get_disks'");
            }
            "invalid_method" => return failed("Bosh::Clouds::CloudError", "Invalid Method: get_disks"),
            "null" => return json!({"result": null, "error": null, "log": ""}),
            "text" => return json!({"result": "none", "error": null, "log": ""}),
            "object" => return json!({"result": {"disks": []}, "error": null, "log": ""}),
            "empty" => return json!({"result": [], "error": null, "log": ""}),
            "fails_after" if self.changed_since(milliseconds()).is_some() => {
                return failed("Bosh::Clouds::CloudError", "RequestLimitExceeded: try again later");
            }
            _ => {}
        }
        let mut answer = self.pass_on(&self.request);
        if verb == "lag"
            && let Some(before) = self.changed_since(milliseconds())
        {
            answer["result"] = before;
        }
        if let (Some(disks), Some(more)) = (answer["result"].as_array_mut(), self.script["more"].as_array()) {
            disks.splice(0..0, more.clone());
        }
        answer
    }

    /// What the VM had before the first change of the last so many milliseconds.
    fn changed_since(&self, milliseconds: i64) -> Option<Value> {
        let text = std::fs::read_to_string(self.home.path.join("changes.jsonl")).unwrap_or_default();
        let since = Utc::now().timestamp_millis() - milliseconds;
        let mut rows = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        rows.find(|row| row["vm"] == self.argument(0) && row["at"].as_i64().unwrap() > since)
            .map(|row| row["disks"].clone())
    }

    fn remember(&self, before: &[String]) {
        let row = json!({"at": Utc::now().timestamp_millis(), "vm": self.argument(0), "disks": before});
        let mut file = OpenOptions::new().create(true).append(true).open(self.home.path.join("changes.jsonl")).unwrap();
        file.write_all(format!("{row}\n").as_bytes()).unwrap();
    }

    fn disks(&self, vm: &str) -> Vec<String> {
        let request =
            json!({"method": "get_disks", "arguments": [vm], "context": self.request["context"], "api_version": 2});
        serde_json::from_value(self.pass_on(&request)["result"].clone()).unwrap_or_default()
    }

    fn pass_on(&self, request: &Value) -> Value {
        let words: Vec<String> = serde_json::from_value(self.script["command"].clone()).unwrap();
        let mut child =
            Command::new(&words[0]).args(&words[1..]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        child.stdin.take().unwrap().write_all(request.to_string().as_bytes()).unwrap();
        let output = child.wait_with_output().unwrap();
        serde_json::from_slice(&output.stdout).unwrap_or(Value::Null)
    }
}
