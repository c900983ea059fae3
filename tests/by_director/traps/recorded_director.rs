//! The double beside recordings of a real Director (`fixtures/bosh/director`, its README): the same commands, one after
//! the other, print the same and end the same, but for ids and times.

use std::collections::BTreeMap;

use serde_json::json;

use super::*;

/// The disks and VMs of the recordings, by their names here.
const DISKS: [(&str, &str); 3] = [
    ("b1251792b05e282615e39406da519f3f", "disk-db-0"),
    ("8cc7626f7ba5f8c82e1d04bc3162706d", "new"),
    ("3b7a565cf9b9aac073300fb8c77fa223", "other"),
];

fn recorded(name: &str) -> String {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/director").join(name);
    std::fs::read_to_string(path).unwrap_or_default()
}

/// A deployment `d2` as it stood there: one instance, snapshots enabled, and an orphan of another deployment's.
fn as_it_was() -> Director {
    let director = one();
    promoted(&director, "new");
    promoted(&director, "other");
    director.change(|world| {
        world["snapshots_enabled"] = json!(true);
        world["orphan_disks"] = json!([{
            "cid": "0c5d3b3c78e3c9059566c1bca2931377", "size": 1024, "deployment": "d1", "az": "z1",
            "instance": "db/a47e89f6-a92b-435d-ae5c-aac7917a3ee2", "orphaned_at": "2026-11-28T03:26:41Z",
        }]);
        let deployment = &mut world["deployments"][0];
        deployment["name"] = json!("d2");
        let instance = &mut deployment["instances"][0];
        instance["uuid"] = json!("ded227cf-7706-4a2e-abdb-91597967dbf3");
        instance["vm_type"] = json!("a");
        instance["disks"][0]["size"] = json!(1024);
        let task = |id: u64, description: &str, result: &str| {
            json!({"id": id, "state": "done", "deployment": "d1", "user": "test", "description": description, "result": result,
                "started_at": "2026-11-28T03:26:45Z", "timestamp": "2026-11-28T03:26:46Z"})
        };
        let of = "db/a47e89f6-a92b-435d-ae5c-aac7917a3ee2";
        world["tasks"] = json!([
            task(10, "stop instance", of),
            task(12, &format!("attach disk 'None' to '{of}'"), &format!("attached disk 'None' to '{of}' in deployment 'd1'")),
            task(14, "start instance", of),
        ]);
    });
    director
}

/// Ids, times and durations by placeholders; ids by the order in which they are met.
struct Plain {
    met: BTreeMap<String, String>,
}

impl Plain {
    fn text(&mut self, text: &str) -> String {
        let mut plain = String::new();
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == ':' || c == '.';
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            let word: String = rest.chars().take_while(|c| is_part(*c)).collect();
            if word.is_empty() {
                plain.push(c);
                rest = &rest[c.len_utf8()..];
                continue;
            }
            rest = &rest[word.len()..];
            let bare = word.trim_end_matches(['.', ':']);
            plain += &self.word(bare);
            plain += &word[bare.len()..];
        }
        times(&plain)
    }

    fn word(&mut self, word: &str) -> String {
        let is_hex = word.len() == 32 && word.chars().all(|c| c.is_ascii_hexdigit());
        let is_snapshot = word.starts_with("snap-");
        let is_uuid = word.len() == 36 && word.matches('-').count() == 4;
        let clock = word.len() == 8 && word.matches(':').count() == 2;
        if let Some((_, name)) = DISKS.iter().find(|(real, _)| *real == word) {
            return (*name).to_owned();
        }
        match word {
            _ if clock => "TIME".to_owned(),
            _ if is_hex || is_snapshot || is_uuid => {
                let next = format!("ID{}", self.met.len());
                self.met.entry(word.to_owned()).or_insert(next).clone()
            }
            // The number of a task, of a CPI's request; address, VM and agent.
            _ if word.chars().all(|c| c.is_ascii_digit()) && word.len() > 1 => "N".to_owned(),
            _ if word.starts_with("cpi-") => "cpi-N".to_owned(),
            "192.168.1.6" | "10.0.0.1" => "IP".to_owned(),
            "vm-db-0" => "N".to_owned(),
            "agent-0" => "AGENT".to_owned(),
            _ => word.to_owned(),
        }
    }
}

/// `Sat Nov 28 03:27:46 UTC 2026`, after its clock was replaced.
fn times(text: &str) -> String {
    let days = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
    let mut plain = String::new();
    for line in text.split_inclusive('\n') {
        let begin = days.iter().filter_map(|day| line.find(&format!("{day} "))).min();
        match (begin, line.find(" UTC N")) {
            (Some(begin), Some(end)) if begin < end => {
                plain += &line[..begin];
                plain += "WHEN";
                plain += &line[end + " UTC N".len()..];
            }
            _ => plain += line,
        }
    }
    plain
}

#[test]
fn each_command_ends_as_with_the_real_one() {
    let director = as_it_was();
    let mut names: Vec<String> =
        std::fs::read_dir(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/director"))
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".cmd").map(str::to_owned))
            .collect();
    names.sort();
    assert_eq!(names.len(), 23);
    let (mut there, mut here) = (Plain { met: BTreeMap::new() }, Plain { met: BTreeMap::new() });
    for name in &names {
        let command =
            DISKS.iter().fold(recorded(&format!("{name}.cmd")), |line, (real, ours)| line.replace(real, ours));
        let words: Vec<&str> = command.split_whitespace().skip(1).collect();
        // As there: the CPI fails in the midst of it.
        let faults = if name.starts_with("15-") {
            vec![fault("attach-disk", "cpi:attach_disk:before", "fail:a fault before attach_disk")]
        } else {
            vec![]
        };
        director.faults(&faults);
        let ran = director.prepare_bosh(&words).env("BOSH_CLIENT", "test").go();
        let of = |end: &str| recorded(&format!("{name}.{end}"));
        // The agent's word for its own id is a UUID there.
        let stdout = of("stdout").replace("c85e3c7c-3b60-4ba6-92fc-95e662f887e7", "agent-0");
        assert_eq!(here.text(&ran.stdout), there.text(&stdout), "{name}: {command}");
        assert_eq!(here.text(&ran.stderr), there.text(&of("stderr")), "{name}: {command}");
        assert_eq!(ran.status.to_string(), of("rc").trim(), "{name}: {command}");
        if name.starts_with("15-") {
            // 16-cloud.txt: the cloud has none.
            assert_eq!(recorded("16-cloud.txt").trim(), "disks in the cloud attached to the VM:");
            assert!(director.sandbox.attached("vm-db-0").is_empty());
        }
        if name.starts_with("12-") {
            // The times of the snapshots that came back are those of the attach.
            let rows = director.list_of("d2", &["snapshots"]);
            assert!(rows.len() == 2 && rows[0]["created_at"] == rows[1]["created_at"], "{rows:?}");
        }
    }
}
