//! The double of create-env beside the real one, run by run (`fixtures/bosh/create-env`): what it prints, what it leaves,
//! and which calls its CPI gets.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::support::fake_env::Environment;

fn recorded(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/bosh/create-env").join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(size: u64) -> String {
    format!(
        "name: bosh\nreleases:\n- {{name: bosh, version: 283.0.0}}\n- {{name: snap-cpi, version: 1.0.0}}\n\
         resource_pools:\n- name: vms\n  stemcell:\n    url: file:///tmp/bosh-dummy-ubuntu-jammy-go_agent-1.100.tgz\n\
         cloud_provider:\n  template: {{name: snap_cpi}}\n\
         disk_pools:\n- {{name: disks, disk_size: {size}, cloud_properties: {{type: ssd}}}}\n\
         instance_groups:\n- {{name: bosh, instances: 1, persistent_disk_pool: disks}}\n"
    )
}

/// With a name of our own for each thing whose name is by chance, in the order of their appearance.
fn anonymous(text: &str) -> String {
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    let mut out = String::new();
    let text = text.replace("/home/operator/", "");
    let is_of_word = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let mut rest = text.as_str();
    while !rest.is_empty() {
        let end = rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
        let word = &rest[..end];
        let is_hex = |length| word.len() == length && word.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let kind = ["vm", "disk", "sc"].into_iter().find(|kind| word.starts_with(&format!("{kind}-")));
        match kind.or(is_hex(36).then_some("id")).or(is_hex(128).then_some("sha")).or(is_hex(64).then_some("print")) {
            Some(kind) => {
                let count = counts.entry(kind).or_default();
                let name = names.entry(word.to_owned()).or_insert_with(|| {
                    *count += 1;
                    format!("<{kind} {count}>")
                });
                out += name;
            }
            None => out += word,
        }
        let mut end_of_gap = end + rest[end..].find(is_of_word).unwrap_or(rest.len() - end);
        // How long it took.
        if rest[end..].starts_with(" (") && rest[end + 2..].starts_with("00:00:") {
            end_of_gap = end + " (00:00:00)".len();
            out += " (TIME)";
        } else {
            out += &rest[end..end_of_gap];
        }
        rest = &rest[end_of_gap..];
    }
    out
}

#[test]
fn it_prints_leaves_and_calls_what_the_real_one_does() {
    let environment = Environment::empty();
    let director = &environment.director;
    let mut compared = 0;
    for (name, size, more, status) in [
        ("first", 64, &["--tty"][..], 0),
        ("unchanged", 64, &["--tty"], 0),
        ("recreate", 64, &["--tty", "--recreate"], 0),
        ("recreate-pipe", 64, &["--recreate"], 0),
        ("attach-fails", 64, &["--tty", "--recreate"], 1),
        ("after-failure", 64, &["--tty"], 0),
        ("resized", 96, &["--tty"], 0),
    ] {
        director.sandbox.write("bosh.yml", &manifest(size));
        if name == "attach-fails" {
            director.faults(&[fault("cpi", "cpi:attach_disk:before", "fail:made to fail at attach_disk:before")]);
        }
        let ran = environment.create_env(more);
        assert_eq!(ran.status, status, "{name}: {ran:?}");
        assert_eq!(anonymous(&ran.stdout), anonymous(&recorded(&format!("{name}.stdout"))), "{name}");
        assert_eq!(anonymous(&ran.stderr), anonymous(&recorded(&format!("{name}.stderr"))), "{name}");
        let left = fs::read_to_string(director.sandbox.path("bosh-state.json")).unwrap();
        assert_eq!(anonymous(&left), anonymous(&recorded(&format!("{name}.bosh-state.json"))), "{name}");
        let jobs = format!(".bosh/installations/{}/jobs", environment.state()["installation_id"].as_str().unwrap());
        assert!(!director.sandbox.path(&jobs).exists(), "{name}: the CPI's job is left behind");
        compared += 1;
    }
    assert_eq!(compared, 7);

    // What is asked for first each time, `info`, is not made again here.
    let calls = recorded("cpi-calls.txt");
    let real: Vec<(String, usize)> = calls
        .lines()
        .filter_map(|line| line.strip_prefix("bosh "))
        .filter(|line| !line.starts_with("info "))
        .map(|line| {
            let (method, rest) = line.split_once(' ').unwrap();
            // The disks that `create_vm` is told of.
            (method.to_owned(), if method == "create_vm" { rest.matches("disk-").count() } else { 0 })
        })
        .collect();
    let told = |event: &Value| {
        let method = event["method"].as_str().unwrap().to_owned();
        let disks = if method == "create_vm" { event["arguments"][4].as_array().unwrap().len() } else { 0 };
        (method, disks)
    };
    let ours: Vec<(String, usize)> =
        director.events_of("cpi").iter().filter(|event| !event["pid"].is_null()).map(told).collect();
    assert_eq!(ours, real);
    assert_eq!(environment.state()["disks"][0]["size"], json!(96));
}
