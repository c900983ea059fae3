//! No circle within `ops`: of the files and folders of a folder none leads back to itself, its own file among them.

use std::collections::{BTreeMap, BTreeSet};

use super::super::{Source, paths, sources};

/// A module, by its names from the crate down to it.
type Module = Vec<String>;

/// The modules of `known` that a source names: by `crate::`, `self::` and `super::`, and its own children by their names. A
/// name of anything in a module is a name of that module.
fn named(source: &Source, known: &BTreeSet<Module>) -> BTreeSet<Module> {
    let code = &source.code;
    let mut found = BTreeSet::new();
    for (at, _) in code.match_indices("::") {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let start = code[..at].rfind(|c: char| !is_name(c)).map_or(0, |before| before + 1);
        // The middle of a path, and who may see something.
        if code[..start].ends_with("::") || code[..start].ends_with("(in ") {
            continue;
        }
        for path in paths(&code[start..]) {
            let mut module = match path[0].as_str() {
                "crate" => path[1..].to_vec(),
                "self" => [&source.below[..], &path[1..]].concat(),
                "super" => {
                    let up = path.iter().take_while(|name| *name == "super").count();
                    [&source.below[..source.below.len() - up], &path[up..]].concat()
                }
                _ if known.contains(&[&source.below[..], &path[..1]].concat()) => {
                    [&source.below[..], &path[..]].concat()
                }
                _ => continue,
            };
            while !module.is_empty() && !known.contains(&module) {
                module.pop();
            }
            found.insert(module);
        }
    }
    found.remove(&source.below);
    found
}

/// A line for each folder of which something leads back to itself, with the files that lead there.
fn circles(sources: &[Source]) -> Vec<String> {
    let known: BTreeSet<Module> = sources.iter().map(|source| source.below.clone()).collect();
    let edges: Vec<(&Module, Module)> =
        sources.iter().flat_map(|source| named(source, &known).into_iter().map(|to| (&source.below, to))).collect();
    let folders: BTreeSet<&[String]> = known.iter().map(|module| &module[..module.len() - 1]).collect();
    let mut found = Vec::new();
    for folder in folders.into_iter().filter(|folder| !folder.is_empty()) {
        // What is in the folder, by its name; the folder's own file has none.
        let place =
            |module: &Module| module.starts_with(folder).then(|| module.get(folder.len()).cloned().unwrap_or_default());
        let mut leads: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (from, to) in &edges {
            if let (Some(here), Some(there)) = (place(from), place(to))
                && here != there
            {
                let line = format!("{} names {}", from.join("/"), to.join("/"));
                leads.entry(here).or_default().insert(there, line);
            }
        }
        let reaches = |from: &String| {
            let (mut open, mut seen) = (vec![from.clone()], BTreeSet::new());
            while let Some(at) = open.pop() {
                let next = leads.get(&at).into_iter().flat_map(|to| to.keys());
                open.extend(next.filter(|to| seen.insert((*to).clone())).cloned());
            }
            seen
        };
        for (here, to) in leads.iter().filter(|(here, _)| reaches(here).contains(*here)) {
            let back = to.iter().filter(|(there, _)| reaches(there).contains(here));
            found.extend(back.map(|(_, line)| format!("a circle in {}: {line}", folder.join("/"))));
        }
    }
    found
}

fn source(below: &str, code: &str) -> Source {
    let below: Module = below.split('/').map(str::to_owned).collect();
    Source { path: below.join("/").into(), module: below[0].clone(), below, code: code.to_owned() }
}

#[test]
fn a_circle_is_seen_however_it_is_named() {
    let leaf = || source("ops/b/c", "pub(in crate::ops::a) struct C;");
    let b = || source("ops/b", "mod c; pub use c::C;");
    for (a, code) in [
        ("ops/a", "use crate::ops::b::{c::C, d};"),
        ("ops/a", "fn f() { super::b::c::f() }"),
        ("ops/a", "use super::{b, perform::{x, y}};"),
        ("ops/a/deep", "use super::super::b::C;"),
    ] {
        assert_eq!(circles(&[source(a, code), b(), leaf()]), [""; 0], "{code}");
        for back in ["use super::super::a::A;", "use crate::ops::{x, a::A};", "for x in crate::ops::a::all() {}"] {
            let all = [source(a, code), source("ops/a", ""), b(), source("ops/b/c", back)];
            assert_eq!(circles(&all).len(), 2, "{code} and {back}: {:?}", circles(&all));
        }
    }
    let parent = circles(&[b(), source("ops/b/c", "use super::B;")]);
    assert_eq!(parent, ["a circle in ops/b: ops/b names ops/b/c", "a circle in ops/b: ops/b/c names ops/b"]);
}

#[test]
fn nothing_in_ops_leads_back_to_itself() {
    let ops: Vec<Source> = sources().into_iter().filter(|source| source.module == "ops").collect();
    assert!(ops.len() > 80, "{} files are too few to be all", ops.len());
    let found = circles(&ops);
    assert!(found.is_empty(), "{}", found.join("\n"));
}
