//! The readers of what others have written: the corpus, all its beginnings, and its mutations. Each text gets an
//! answer, soon, in bounded memory; an error names its source and shows no secret.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

mod corpus;
mod readers;
#[path = "../support/mod.rs"]
mod support;

use std::fmt::Write;
use std::fs;
use std::path::Path;

use corpus::{mutation, seeds};
use proptest::prelude::*;
use readers::ALL;
use support::Sandbox;

/// The most memory of this process, with all its tests at once, in MiB: texts of some KiB cannot need more.
const MOST_HERE: u64 = 256;

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[test]
fn each_file_of_the_corpus_gets_an_answer_from_each_reader() {
    let seeds = seeds();
    assert!(seeds.len() > 150, "{}", seeds.len());
    let mut refused = 0;
    for seed in &seeds {
        for reader in ALL {
            let answer = reader.read(&seed.bytes).unwrap_or_else(|wrong| panic!("{}: {wrong}", seed.path.display()));
            refused += usize::from(answer.is_some());
        }
    }
    assert!(refused > seeds.len() && refused < 4 * seeds.len(), "{refused} of {}", 4 * seeds.len());
    assert!(peak() < MOST_HERE, "{} MiB", peak());
}

#[test]
fn each_beginning_of_a_file_gets_an_answer() {
    const CUT: [&str; 9] = [
        "manifests/plain.yml",
        "manifests/rendered.yml",
        "ops/plain.yml",
        "variables/plain.yml",
        "imports/inventory.yml",
        "imports/instances.json",
        "imports/orphans.json",
        "imports/snapshots.json",
        "imports/bosh_state.json",
    ];
    let mut seeds = seeds();
    seeds.retain(|seed| CUT.iter().any(|name| seed.path.ends_with(Path::new("corpus").join(name))));
    assert_eq!(seeds.len(), CUT.len());
    for seed in seeds {
        for end in 0..seed.bytes.len() {
            let answer = seed.reader.read(&seed.bytes[..end]);
            answer.unwrap_or_else(|wrong| panic!("{}, first {end} bytes: {wrong}", seed.path.display()));
        }
    }
    assert!(peak() < MOST_HERE, "{} MiB", peak());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_500, max_shrink_iters: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutations_get_an_answer(
        which in any::<prop::sample::Index>(),
        other in any::<prop::sample::Index>(),
        mutations in prop::collection::vec(mutation(), 1..8),
    ) {
        thread_local!(static SEEDS: Vec<corpus::Seed> = seeds());
        let (path, reader, bytes) = SEEDS.with(|seeds| {
            let seed = which.get(seeds);
            let mut bytes = seed.bytes.clone();
            for mutation in &mutations {
                mutation.apply(&mut bytes, &other.get(seeds).bytes);
            }
            (seed.path.clone(), seed.reader, bytes)
        });
        if let Err(wrong) = reader.read(&bytes) {
            prop_assert!(false, "{}: {wrong}\n{}", path.display(), String::from_utf8_lossy(&bytes));
        }
        prop_assert!(peak() < MOST_HERE, "{} MiB", peak());
    }
}

/// Runs the binary with no more address space than this.
fn run_within(sandbox: &Sandbox, mib: u64, arguments: &str) -> (i32, String) {
    let script = format!("ulimit -v {}; exec {} {arguments}", mib * 1024, env!("CARGO_BIN_EXE_snapback"));
    let output = std::process::Command::new("/bin/sh")
        .args(["-c", &script])
        .current_dir(sandbox.path(""))
        .env_clear()
        // Each thread would reserve as much address space for its own allocations as all that is measured here.
        .env("MALLOC_ARENA_MAX", "1")
        .output()
        .unwrap();
    (output.status.code().unwrap_or(-1), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn large_hostile_texts_stay_within_their_memory() {
    let sandbox = Sandbox::empty();
    sandbox.write("good.yml", "properties: {}\n");
    let key = "k".repeat(1 << 20);
    let mut texts: Vec<(&str, String)> = vec![
        ("a key of 1 MiB", format!("? {key}\n: 1\nproperties:\n  director:\n    ? {key}\n    : 1\n    name: []\n")),
        ("an ops path of 1 MiB", format!("- {{type: remove, path: /{key}}}\n")),
        ("a list without end", format!("a: [{}", "0,".repeat(900_000))),
        ("small mappings", format!("a: [{}0]", "{a: 1},".repeat(300_000))),
        ("an alias of 15 MiB", format!("a: &a {}\nb: [*a, *a, *a, *a, *a, *a]\n", "x".repeat(15 << 20))),
        ("nested lists", format!("{}{}", "[".repeat(4 << 20), "]".repeat(4 << 20))),
        ("nested objects", "{\"a\":".repeat(3 << 20)),
        ("quotes", "\"".repeat(8 << 20)),
    ];
    let mut anchors = String::new();
    for number in 0..120_000 {
        writeln!(anchors, "k{number}: &a{number} [1]").unwrap();
    }
    texts.push(("anchors", anchors));
    for (what, text) in &texts {
        sandbox.write("text", text);
        for (arguments, most) in [
            ("-m text manifest", 224),
            ("-m good.yml -o text manifest", 224),
            ("-m good.yml -l text manifest", 224),
            ("-m good.yml import --dry-run text", 320),
        ] {
            // What is small enough to be read whole may be good: a file of variables can have a key of 1 MiB.
            let (status, stderr) = run_within(&sandbox, most, arguments);
            assert!(status == 2 || status == 0, "{what}, {arguments}: status {status}, {stderr:.300}");
            assert!(stderr.len() < 2_000, "{what}, {arguments}: {} bytes", stderr.len());
        }
    }
    assert!(!Path::new(&sandbox.state()).exists());
}

#[test]
fn what_is_small_as_text_is_not_large_as_a_tree() {
    let sandbox = Sandbox::empty();
    sandbox.write("director.yml", "properties: {}\n");
    for (what, before, item, after, most) in [
        ("rows", r#"{"Tables":[{"Content":"snapshots","Rows":["#, r#"{"a":1},"#, "{}]}]}", 160),
        ("tables", r#"{"Tables":["#, "{},", "{}]}", 320),
        ("a cell", r#"{"Tables":[{"Content":"snapshots","Rows":[{"cid":["#, r#"{"a":1},"#, "0]}]}]}", 160),
        ("lines", r#"{"Tables":[{}],"Lines":["#, "\"\",", "0]}", 480),
        ("records", r#"{"current_disk_id":"x","disks":["#, r#"{"a":1},"#, "{}]}", 160),
        (
            "cloud properties",
            r#"{"current_disk_id":"x","disks":[{"id":"x","cid":"y","cloud_properties":{"a":["#,
            r#"{"a":1},"#,
            "0]}}]}",
            160,
        ),
    ] {
        let count = ((16 << 20) - before.len() - after.len()) / item.len();
        sandbox.write("text", &format!("{before}{}{after}", item.repeat(count)));
        let (status, stderr) = run_within(&sandbox, most, "import --dry-run text");
        assert!(status == 2 && stderr.starts_with("Error: text: "), "{what}: status {status}, {stderr:.300}");
    }
}
