//! The layers of the program, held by reading its sources: who may name whom, and who alone may use what.
#![allow(clippy::unwrap_used, clippy::panic, clippy::allow_attributes, reason = "tests may")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

mod layers {
    mod circles;
}
#[path = "support/written.rs"]
mod written;

/// Each top-level module with all the modules that it may name; `ARCHITECTURE.md` has the same list.
const ALLOWED: &[(&str, &[&str])] = &[
    ("main", &[]),
    ("lib", &["cli", "environment", "exit_code", "ops", "ui"]),
    ("command_line", &["commands", "context", "domain"]),
    (
        "cli",
        &["clock", "command_line", "commands", "context", "environment", "error", "exit_code", "fault", "ops", "ui"],
    ),
    (
        "commands",
        &[
            "context",
            "domain",
            "draft",
            "error",
            "exit_code",
            "fault",
            "inventory",
            "manifest",
            "ops",
            "state",
            "ui",
            "yaml",
        ],
    ),
    ("environment", &["domain", "error", "ops"]),
    ("context", &["clock", "director", "domain", "environment", "error", "fault", "manifest", "ops", "state", "ui"]),
    (
        "ops",
        &[
            "clock",
            "cpi",
            "director",
            "domain",
            "draft",
            "error",
            "fault",
            "inventory",
            "manifest",
            "process",
            "secret",
            "state",
        ],
    ),
    ("ui", &["domain", "error", "exit_code", "ops"]),
    ("state", &["clock", "domain", "draft", "error", "fault"]),
    ("cpi", &["clock", "domain", "error", "fault", "process", "secret"]),
    ("director", &["domain", "error", "process"]),
    ("manifest", &["domain", "error", "secret", "yaml"]),
    ("inventory", &["domain", "error", "yaml"]),
    ("yaml", &["error"]),
    ("domain", &["error"]),
    ("process", &["error"]),
    ("clock", &["domain", "error"]),
    ("error", &["domain"]),
    ("exit_code", &["error"]),
    ("fault", &["error"]),
    ("draft", &[]),
    ("secret", &[]),
];

/// The most lines of a source file.
const LONGEST: usize = 320;
/// Definitions that are one list each: they grow by some lines for each kind of step, question, version and verb.
const LONGER: [(&str, usize); 4] = [
    ("domain/step.rs", 600),
    ("state/store.rs", 400),
    ("state/sqlite/schema.rs", 400),
    ("commands/help/examples.rs", 500),
];

struct Source {
    path: PathBuf,
    /// The top-level module that it is of.
    module: String,
    /// The modules from the crate down to it.
    below: Vec<String>,
    /// Its code: no comments, no strings, no test modules.
    code: String,
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let (mut open, mut found) = (vec![root.clone()], Vec::new());
    while let Some(path) = open.pop() {
        if path.is_dir() {
            open.extend(fs::read_dir(&path).unwrap().map(|entry| entry.unwrap().path()));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let inner = path.strip_prefix(&root).unwrap().with_extension("");
            let mut below: Vec<String> = inner.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            below.retain(|part| part != "mod");
            let is_test = below.last().is_some_and(|name| name == "tests");
            let code = if is_test { String::new() } else { code_of(&fs::read_to_string(&path).unwrap()) };
            found.push(Source { path, module: below[0].clone(), below, code });
        }
    }
    assert!(found.len() > 80, "{} sources are too few to be all", found.len());
    found
}

/// The code of a file, without what stands in comments, strings and `#[cfg(test)]` modules at its end.
fn code_of(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
    let mut code = String::new();
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '/' if rest.peek() == Some(&'/') => {
                for c in rest.by_ref() {
                    if c == '\n' {
                        code.push('\n');
                        break;
                    }
                }
            }
            '"' => {
                code.push_str("\"\"");
                while let Some(c) = rest.next() {
                    match c {
                        '\\' => drop(rest.next()),
                        '"' => break,
                        _ => {}
                    }
                }
            }
            // A character, as against a lifetime.
            '\'' => {
                let ahead: Vec<char> = rest.clone().take(2).collect();
                if ahead.first() == Some(&'\\') {
                    rest.nth(1);
                    for c in rest.by_ref() {
                        if c == '\'' {
                            break;
                        }
                    }
                } else if ahead.get(1) == Some(&'\'') {
                    rest.nth(1);
                } else {
                    code.push(c);
                }
            }
            c => code.push(c),
        }
    }
    code
}

/// The top-level modules that a source names by `crate::`, or by as many `super::` as lead to the crate.
fn named(source: &Source) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for (at, _) in source.code.match_indices("crate::") {
        names.extend(first_names(&source.code[at + "crate::".len()..]));
    }
    let depth = source.below.len();
    let up = "super::".repeat(depth);
    for (at, _) in source.code.match_indices(&up) {
        let before = source.code[..at].ends_with("super::");
        if !before {
            names.extend(first_names(&source.code[at + up.len()..]));
        }
    }
    names.retain(|name| *name != source.module && ALLOWED.iter().any(|(module, _)| module == name));
    names
}

/// The first segments of a path, or of each path in braces.
fn first_names(path: &str) -> Vec<String> {
    let mut names: Vec<String> = paths(path).into_iter().map(|mut path| path.remove(0)).collect();
    names.dedup();
    names
}

/// The segments of a path; of each path, where there are braces.
fn paths(path: &str) -> Vec<Vec<String>> {
    let path = path.trim_start();
    let Some(inner) = path.strip_prefix('{') else {
        let name: String = path.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
        let rest = path[name.len()..].strip_prefix("::").filter(|_| !name.is_empty());
        let rest = rest.map_or(vec![Vec::new()], paths);
        return rest.into_iter().map(|rest| [vec![name.clone()], rest].concat()).collect();
    };
    let (mut found, mut depth, mut start) = (Vec::new(), 0, 0);
    for (at, c) in inner.char_indices() {
        match c {
            '{' => depth += 1,
            '}' if depth > 0 => depth -= 1,
            ',' | '}' if depth == 0 => {
                found.extend(paths(&inner[start..at]));
                start = at + 1;
                if c == '}' {
                    break;
                }
            }
            _ => {}
        }
    }
    found
}

#[test]
fn the_readers_of_this_test_read_right() {
    let code = code_of("use a; // crate::x\nlet c = '\"'; f(\"crate::y \\\" z\"); g::<'a>(); '\\''; crate::z");
    assert!(code.contains("crate::z") && !code.contains("crate::x") && !code.contains("crate::y"), "{code}");
    assert_eq!(first_names("{a::{b, c}, d, e::f}; g"), ["a", "d", "e"]);
    assert_eq!(first_names("state::X"), ["state"]);
    let path = PathBuf::new();
    let below = vec!["ops".to_owned(), "swap".to_owned()];
    let source = Source {
        path,
        module: "ops".to_owned(),
        below,
        code: "use super::super::ui::A; use super::perform; crate::cpi::B".to_owned(),
    };
    assert_eq!(named(&source).into_iter().collect::<Vec<_>>(), ["cpi", "ui"]);
}

#[test]
fn modules_name_only_those_below_them() {
    let mut wrong = Vec::new();
    for source in sources() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(module, _)| *module == source.module) else {
            panic!("{}: a new top-level module: give it a place in this test", source.path.display());
        };
        for name in named(&source) {
            if !allowed.contains(&name.as_str()) {
                wrong.push(format!("{}: {} names {name}", source.path.display(), source.module));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn an_allowed_edge_that_nobody_uses_is_taken_off_the_list() {
    // Edges that the design allows and the code does not need yet.
    const KEPT: [(&str, &str); 3] = [("process", "error"), ("cpi", "process"), ("cpi", "error")];
    let (sources, mut unused) = (sources(), Vec::new());
    for (module, allowed) in ALLOWED.iter().filter(|(module, _)| *module != "lib") {
        for name in *allowed {
            let used = sources.iter().any(|source| source.module == *module && named(source).contains(*name));
            if !used && !KEPT.contains(&(module, name)) {
                unused.push(format!("{module} does not name {name}"));
            }
        }
    }
    assert!(unused.is_empty(), "{}", unused.join("\n"));
}

/// The modules that lead back to themselves by what they may name; `KEPT` are the circles that the design allows.
#[test]
fn no_module_leads_back_to_itself() {
    const KEPT: [(&str, &str); 1] = [("domain", "error")];
    let below = |module: &str| -> Vec<&str> {
        let edges = ALLOWED.iter().filter(|(name, _)| *name == module).flat_map(|(_, below)| below.iter());
        edges.filter(|name| !KEPT.contains(&(module, name))).copied().collect()
    };
    for (module, _) in ALLOWED {
        let (mut open, mut seen) = (below(module), BTreeSet::new());
        while let Some(name) = open.pop() {
            assert_ne!(name, *module, "{module} leads back to itself through {seen:?}");
            if seen.insert(name) {
                open.extend(below(name));
            }
        }
    }
}

#[test]
fn architecture_has_the_same_list() {
    let shown = ALLOWED.iter().filter(|(module, _)| !["main", "lib"].contains(module));
    let line = |(module, allowed): &(&str, &[&str])| {
        let list = if allowed.is_empty() { "nothing".to_owned() } else { allowed.join(", ") };
        format!("- `{module}` → {list}\n")
    };
    let before =
        "Who may name whom, by `crate::` (`tests/layers.rs` holds this list, and that each edge is needed):\n\n";
    written::part_is_made("ARCHITECTURE.md", before, &shown.map(line).collect::<String>());
}

/// Asserts that `text` stands only in sources whose path below `src` begins with one of `places`.
fn only_in(text: &str, places: &[&str]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut seen = 0;
    for source in sources() {
        if !source.code.contains(text) {
            continue;
        }
        seen += 1;
        let path = source.path.strip_prefix(&root).unwrap().to_str().unwrap();
        assert!(places.iter().any(|place| path.starts_with(place)), "'{text}' in {path}");
    }
    assert_eq!(seen > 0, !places.is_empty(), "'{text}' is in {seen} files");
}

#[test]
fn some_things_are_for_some_modules_alone() {
    only_in("std::process", &["process/", "main.rs"]);
    only_in("Command::new", &["process/"]);
    only_in("rusqlite", &["state/sqlite/"]);
    only_in("Intent::committed(", &["state/"]);
    only_in("unsafe ", &[]);
    only_in("std::net", &[]);
    only_in("clap::", &["cli/", "command_line.rs", "commands/", "context/global.rs"]);
    only_in("unicode_width", &["ui/words"]);
    only_in("indicatif", &["ui/"]);
    only_in("serde_yaml", &["yaml/"]);
    // Its answer is a set that contains, may lag, and may be none: one place knows how far it can be believed.
    only_in(".get_disks(", &["cpi/", "ops/vm_disks.rs"]);
    only_in("std::env::", &["cpi/builtin/local/outlive.rs", "environment.rs", "lib.rs"]);
}

#[test]
fn main_takes_only_the_exit_code_from_std_process() {
    let main = sources().into_iter().find(|source| source.module == "main").unwrap();
    assert_eq!(main.code.matches("std::process").count(), main.code.matches("std::process::ExitCode").count());
}

#[test]
fn files_are_small_and_say_what_they_are_for() {
    for source in sources() {
        let lines = fs::read_to_string(&source.path).unwrap().lines().count();
        let most = LONGER.iter().find(|(name, _)| source.path.ends_with(name)).map_or(LONGEST, |(_, most)| *most);
        assert!(lines <= most, "{} has {lines} lines", source.path.display());
        for name in &source.below {
            let vague = ["util", "utils", "helper", "helpers", "common", "misc", "shared"].contains(&name.as_str());
            assert!(!vague, "{}: '{name}' says nothing", source.path.display());
        }
    }
}
