//! The corpus: what people and programs really write, what is hostile, and what becomes of it by mutation.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use proptest::sample::Index;

use super::readers::Reader;

/// A file of the corpus.
#[derive(Debug, Clone)]
pub struct Seed {
    /// Where it is.
    pub path: PathBuf,
    /// What reads it.
    pub reader: Reader,
    /// What is in it.
    pub bytes: Vec<u8>,
}

/// The directories of `fixtures/`, and what their files are.
const DIRECTORIES: [(&str, Reader); 10] = [
    ("corpus/manifests", Reader::Manifest),
    ("corpus/ops", Reader::OpsFile),
    ("corpus/variables", Reader::Variables),
    ("corpus/imports", Reader::Import),
    ("manifests/valid", Reader::Manifest),
    ("manifests/invalid", Reader::Manifest),
    ("manifests/ops", Reader::OpsFile),
    ("inventory/valid", Reader::Import),
    ("inventory/invalid", Reader::Import),
    ("bosh", Reader::Import),
];

/// All of it, in the same order each time.
pub fn seeds() -> Vec<Seed> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut seeds = Vec::new();
    for (directory, reader) in DIRECTORIES {
        let mut paths: Vec<PathBuf> =
            fs::read_dir(root.join(directory)).unwrap().map(|entry| entry.unwrap().path()).collect();
        paths.retain(|path| path.is_file());
        paths.sort();
        assert!(!paths.is_empty(), "{directory}");
        seeds.extend(paths.into_iter().map(|path| Seed { bytes: fs::read(&path).unwrap(), path, reader }));
    }
    seeds
}

/// Pieces of YAML and JSON, and what is neither.
const TOKENS: &[&str] = &[
    "\n",
    "\r\n",
    "\r",
    "\t",
    "  ",
    ": ",
    "- ",
    "? ",
    "[",
    "]",
    "{",
    "}",
    ",",
    "\"",
    "'",
    "\\",
    "|\n",
    ">-\n",
    "#",
    "&a ",
    "*a",
    "<<: *a",
    "<<: [*a, *a]",
    "!!int ",
    "!!binary ",
    "!x ",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "((name))",
    "((",
    "))",
    "((!password))",
    "~",
    "null",
    "yes",
    "1e999",
    "-0x8000000000000000",
    "99999999999999999999",
    "0o7",
    "-",
    "\u{feff}",
    "\u{2028}",
    "\u{202e}",
    "\\ud800",
    "\\u0000",
    "<html>",
    "name: x\n",
    "properties:",
    "\"Tables\":[",
    "\"Lines\":[",
    "hunter2",
];
const BYTES: &[u8] = &[0, 0x1b, 0x7f, 0x80, 0xc3, 0xed, 0xff];

/// One thing that is done to a text.
#[derive(Debug, Clone)]
pub enum Mutation {
    Flip(Index, u8),
    Put(Index, Index),
    PutByte(Index, Index),
    Cut(Index, usize),
    Repeat(Index, usize, usize),
    Splice(Index, Index, usize),
    Truncate(Index),
}

pub fn mutation() -> impl Strategy<Value = Mutation> {
    let at = any::<Index>;
    prop_oneof![
        2 => (at(), 0..8_u8).prop_map(|(place, bit)| Mutation::Flip(place, bit)),
        4 => (at(), at()).prop_map(|(place, token)| Mutation::Put(place, token)),
        1 => (at(), at()).prop_map(|(place, byte)| Mutation::PutByte(place, byte)),
        2 => (at(), 1..40_usize).prop_map(|(place, length)| Mutation::Cut(place, length)),
        2 => (at(), 1..200_usize, 1..40_usize).prop_map(|(place, length, times)| Mutation::Repeat(place, length, times)),
        2 => (at(), at(), 1..300_usize).prop_map(|(place, from, length)| Mutation::Splice(place, from, length)),
        1 => at().prop_map(Mutation::Truncate),
    ]
}

impl Mutation {
    /// Does it; `other` is where a splice comes from.
    pub fn apply(&self, bytes: &mut Vec<u8>, other: &[u8]) {
        let place = |index: &Index, bytes: &[u8]| index.index(bytes.len() + 1);
        let range = |start: usize, length: usize, bytes: &[u8]| start..(start + length).min(bytes.len());
        match self {
            Mutation::Flip(at, bit) => {
                let at = place(at, bytes);
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << bit;
                }
            }
            Mutation::Put(at, token) => {
                let at = place(at, bytes);
                bytes.splice(at..at, token.get(TOKENS).bytes());
            }
            Mutation::PutByte(at, byte) => {
                let at = place(at, bytes);
                bytes.insert(at, *byte.get(BYTES));
            }
            Mutation::Cut(at, length) => {
                let range = range(place(at, bytes), *length, bytes);
                bytes.drain(range);
            }
            Mutation::Repeat(at, length, times) => {
                let range = range(place(at, bytes), *length, bytes);
                let part = bytes[range.clone()].repeat(*times);
                bytes.splice(range.end..range.end, part);
            }
            Mutation::Splice(at, from, length) => {
                let (at, from) = (place(at, bytes), from.index(other.len() + 1));
                let part = other[range(from, *length, other)].to_vec();
                bytes.splice(at..at, part);
            }
            Mutation::Truncate(at) => bytes.truncate(place(at, bytes)),
        }
    }
}
