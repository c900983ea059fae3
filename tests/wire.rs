//! The wire's reader against hostile answers and their mutations: it comes to an end soon, in bounded memory, without a
//! panic; a CID that an answer gives is kept, and none is made up.
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "tests may")]

use std::fs;
use std::path::Path;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use snapback::cpi::wire::{self, Parsed, Response};

/// The longest answer here: less than what is kept of one, so that each can be held against a reader that keeps it all.
const LONG: usize = 512 << 10;
/// The longest that one answer may take, in a debug build on a busy machine; most take a millisecond.
const LONGEST: Duration = Duration::from_secs(4);
/// The most memory of this process, with all its tests at once, in MiB.
const MOST_HERE: u64 = 128;

fn seeds() -> &'static [Vec<u8>] {
    static SEEDS: OnceLock<Vec<Vec<u8>>> = OnceLock::new();
    SEEDS.get_or_init(read_seeds)
}

fn read_seeds() -> Vec<Vec<u8>> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/cpi");
    let mut directories = vec![fixtures.join("hostile"), fixtures.join("recorded")];
    let mut files = Vec::new();
    while let Some(directory) = directories.pop() {
        for path in fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path()) {
            if path.is_dir() { directories.push(path) } else { files.push(path) }
        }
    }
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    files.iter().map(|path| fs::read(path).unwrap()).collect()
}

/// Reads an answer, and gives the last that is learnt of it.
fn read(bytes: &[u8]) -> Result<Parsed, TestCaseError> {
    let (begun, mut learnt) = (Instant::now(), Vec::new());
    wire::read(bytes, |parsed| learnt.push(parsed));
    prop_assert!(begun.elapsed() < LONGEST, "{:?} for {} bytes", begun.elapsed(), bytes.len());
    prop_assert!(matches!(learnt.len(), 1 | 2), "{} words", learnt.len());
    if learnt.len() == 2 {
        prop_assert!(matches!((&learnt[0], &learnt[1]), (Parsed::One(one), Parsed::More(more)) if one == more));
    }
    Ok(learnt.pop().unwrap())
}

/// What a reader that keeps everything makes of it.
fn plain(bytes: &[u8]) -> Option<Value> {
    serde_json::from_slice::<Value>(bytes).ok().filter(Value::is_object)
}

/// What holds of each answer, whatever it is.
fn holds(bytes: &[u8]) -> Result<(), TestCaseError> {
    let parsed = read(bytes)?;
    let told = match &parsed {
        Parsed::One(Response { result, error, .. }) | Parsed::More(Response { result, error, .. }) => {
            prop_assert!(
                size(result) + error.as_ref().map_or(0, |error| error.kind.len() + error.message.len()) <= LONG
            );
            Some(result)
        }
        Parsed::Unreadable { why, result } => {
            prop_assert!(!why.is_empty() && why.len() < 200);
            result.as_ref()
        }
        Parsed::Nothing => {
            prop_assert!(bytes.iter().all(u8::is_ascii_whitespace));
            None
        }
    };
    // A CID that is told stands in the answer.
    if let Some(cid) = told.and_then(Value::as_str).filter(|_| !bytes.contains(&b'\\')) {
        let stands = cid.is_empty() || bytes.windows(cid.len()).any(|window| window == cid.as_bytes());
        prop_assert!(stands, "{cid:?} is made up");
    }
    let failed = |error: Option<&Value>| error.is_some_and(|error| !error.is_null());
    match (plain(bytes), &parsed) {
        // Both read it, so both say the same.
        (Some(whole), Parsed::One(response)) => {
            prop_assert_eq!(whole.get("result").unwrap_or(&Value::Null), &response.result);
            prop_assert_eq!(failed(whole.get("error")), response.error.is_some());
        }
        // A response that is one is not passed over.
        (Some(whole), other) if whole.get("result").is_some() && !failed(whole.get("error")) => {
            prop_assert!(false, "{other:?} for {whole}");
        }
        _ => {}
    }
    Ok(())
}

fn size(value: &Value) -> usize {
    value.as_str().map_or_else(|| value.to_string().len(), str::len)
}

/// The most memory that this process has had, in MiB.
fn peak() -> u64 {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().unwrap() / 1024
}

#[test]
fn each_answer_and_each_beginning_of_it() {
    let seeds = seeds();
    assert!(seeds.len() > 90, "{}", seeds.len());
    for seed in seeds {
        for end in 0..=seed.len() {
            holds(&seed[..end]).unwrap();
        }
    }
    assert!(peak() < MOST_HERE, "{} MiB", peak());
}

/// A change to an answer.
#[derive(Debug, Clone)]
enum Change {
    Flip(Index, u8),
    Cut(Index),
    Drop(Index, Index),
    Insert(Index, &'static [u8]),
    /// What lies between, so many times.
    Repeat(Index, Index, usize),
    /// From there on, another answer from there on.
    Splice(Index, Index, Index),
}

const TOKENS: &[&[u8]] = &[
    b"\"",
    b"\\",
    b"\\u",
    b"{",
    b"}",
    b"[",
    b"]",
    b":",
    b",",
    b"null",
    b"true",
    b"0",
    b"-",
    b"1e999",
    b"\xff",
    b"\0",
    b"\n",
    b"\"result\":",
    b"\"error\":",
    b"\"log\":",
    b"\"snap-9\"",
    b"{\"result\":\"snap-9\"}",
    b"\xef\xbb\xbf",
    b"\\ud800",
    b"[[[[[[[[[[[[[[[[",
];

fn change() -> impl Strategy<Value = Change> {
    let index = any::<Index>;
    prop_oneof![
        (index(), any::<u8>()).prop_map(|(at, bits)| Change::Flip(at, bits)),
        index().prop_map(Change::Cut),
        (index(), index()).prop_map(|(from, to)| Change::Drop(from, to)),
        (index(), proptest::sample::select(TOKENS)).prop_map(|(at, token)| Change::Insert(at, token)),
        (index(), index(), 1_usize..5000).prop_map(|(from, to, times)| Change::Repeat(from, to, times)),
        (index(), index(), index()).prop_map(|(at, other, from)| Change::Splice(at, other, from)),
    ]
}

fn changed(mut bytes: Vec<u8>, changes: &[Change], seeds: &[Vec<u8>]) -> Vec<u8> {
    for change in changes {
        let place = |at: &Index| at.index(bytes.len() + 1);
        let range = |from: &Index, to: &Index| {
            let (from, to) = (place(from), place(to));
            from.min(to)..from.max(to)
        };
        match change {
            Change::Flip(at, bits) if !bytes.is_empty() => {
                let at = at.index(bytes.len());
                bytes[at] ^= bits;
            }
            Change::Flip(..) => {}
            Change::Cut(at) => bytes.truncate(place(at)),
            Change::Drop(from, to) => drop(bytes.drain(range(from, to))),
            Change::Insert(at, token) => {
                let at = place(at);
                drop(bytes.splice(at..at, token.iter().copied()));
            }
            Change::Repeat(from, to, times) => {
                let range = range(from, to);
                let part = bytes[range.clone()].to_vec();
                let times = (*times).min(LONG / part.len().max(1));
                drop(bytes.splice(range, part.repeat(times)));
            }
            Change::Splice(at, other, from) => {
                let (at, other) = (place(at), &seeds[other.index(seeds.len())]);
                bytes.truncate(at);
                bytes.extend_from_slice(&other[from.index(other.len() + 1)..]);
            }
        }
        bytes.truncate(LONG);
    }
    bytes
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, ..ProptestConfig::default() })]

    #[test]
    fn mutations_of_answers(seed in any::<Index>(), changes in prop::collection::vec(change(), 1..5)) {
        let seeds = seeds();
        let bytes = changed(seeds[seed.index(seeds.len())].clone(), &changes, seeds);
        holds(&bytes)?;
        prop_assert!(peak() < MOST_HERE, "{} MiB", peak());
    }

    /// A CID is kept however long the logs around it are, and whatever is in them.
    #[test]
    fn a_cid_between_logs(
        cid in "[a-zA-Z0-9;:_./ -]{1,200}",
        before in prop::collection::vec(any::<char>(), 0..2000),
        times in 1_usize..20,
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let before: String = before.into_iter().collect();
        let log = Value::String(before.repeat(times));
        let mut answer = format!("{{\"log\":{log},\"result\":{},\"error\":null,\"more\":\"", Value::String(cid.clone())).into_bytes();
        answer.extend(bytes.into_iter().filter(|byte| !matches!(byte, b'"' | b'\\' | 0..=31)));
        answer.extend_from_slice(b"\"}\n");
        prop_assert_eq!(read(&answer)?, Parsed::One(Response { result: Value::String(cid), error: None, log: None }));
    }
}
