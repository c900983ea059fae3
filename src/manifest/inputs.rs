//! The input that fills in a manifest before it is interpreted, given in the words of `bosh create-env`.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};

use crate::yaml::{self, Complaint, Entry, FileError, Node, Scalar, Value, View};

use super::ManifestError;

/// The arguments that fill in a manifest. They hold credentials: no `Debug`.
#[derive(Clone, Default)]
pub struct Inputs {
    /// `--var`: each NAME=VALUE, the value as YAML.
    pub vars: Vec<String>,
    /// `--var-file`: each NAME=FILE, the value being the file's text.
    pub var_files: Vec<String>,
    /// `--vars-file`: YAML files with a mapping of variables.
    pub vars_files: Vec<PathBuf>,
    /// `--vars-env`: prefixes of environment variables, PREFIX_NAME, with a value as YAML.
    pub vars_env: Vec<String>,
    /// `--vars-store`: read as a file of variables. snapback generates nothing, and writes nothing.
    pub vars_store: Option<PathBuf>,
    /// `--ops-file`: changes that are made first, in this order.
    pub ops_files: Vec<PathBuf>,
    /// The environment variables.
    pub environment: BTreeMap<String, String>,
}

/// Variables and their values.
#[derive(Default)]
pub(super) struct Variables {
    values: HashMap<String, Node>,
    /// A warning for each file of which only the first document is read.
    pub(super) second_documents: Vec<String>,
}

impl Variables {
    /// Reads all sources. A later source of a kind overrides an earlier one. The kinds override each other in this
    /// order, the weakest first: the store, the environment, files of variables, variables that are files, single
    /// variables (bosh-cli `cmd/opts/var_flags.go`).
    pub(super) fn read(inputs: &Inputs) -> Result<Variables, ManifestError> {
        let mut all = Variables::default();
        for prefix in &inputs.vars_env {
            all.environment(prefix, &inputs.environment)?;
        }
        for file in &inputs.vars_files {
            all.file(&inputs.expanded(file))?;
        }
        for word in &inputs.var_files {
            let (name, file) = pair("--var-file", word, "NAME=FILE")?;
            let path = inputs.expanded(Path::new(file));
            let text = yaml::read(&path).map_err(|error| unreadable(&path, &error))?.text;
            all.values.insert(name.to_owned(), text_node(text));
        }
        for word in &inputs.vars {
            let (name, value) = pair("--var", word, "NAME=VALUE")?;
            let mut node = parsed(format!("--var {name}"), value)?;
            // A text stays as it is written, with spaces and line ends, but without quotes around it (bosh-cli
            // `director/template/var_kv.go`).
            if let Value::Scalar(Scalar::Text(_)) = node.value {
                node = text_node(unquoted(value).to_owned());
            }
            all.values.insert(name.to_owned(), node);
        }
        all.nest();
        if let Some(store) = &inputs.vars_store {
            let mut stored = Variables::default();
            stored.file(&inputs.expanded(store))?;
            all.second_documents.append(&mut stored.second_documents);
            for (name, value) in stored.values {
                all.values.entry(name).or_insert(value);
            }
        }
        Ok(all)
    }

    /// `a.b=c` gives the variable `a` the key `b` (bosh-cli `director/template/static_vars.go`).
    fn nest(&mut self) {
        let mut dotted: Vec<String> = self.values.keys().filter(|name| name.contains('.')).cloned().collect();
        dotted.sort();
        for name in dotted {
            let mut keys = name.split('.');
            let (Some(value), Some(first)) = (self.values.remove(&name), keys.next()) else { continue };
            put(self.values.entry(first.to_owned()).or_insert_with(|| text_node(String::new())), keys, value);
        }
    }

    /// The value of `name`, or of `name.key.key`.
    pub(super) fn get(&self, name: &str) -> Option<&Node> {
        let mut keys = name.split('.');
        let first = self.values.get(keys.next()?)?;
        // The rest is a path of go-patch, which / divides as well.
        keys.flat_map(|key| key.split('/')).try_fold(first, part)
    }

    fn file(&mut self, path: &Path) -> Result<(), ManifestError> {
        let text = yaml::read(path).map_err(|error| unreadable(path, &error))?.text;
        let source = || path.display().to_string();
        let tree = yaml::parse(&text).map_err(|complaint| ManifestError::of(source(), complaint))?;
        self.second_documents.extend(second_document(path, &text));
        if tree.is_null() {
            return Ok(());
        }
        let Value::Map(entries) = tree.value else {
            let message = format!("expected a mapping of variables at the top, found {}", tree.kind());
            let complaint = View::root(&tree).complain(message).hint("write `name: value` lines");
            return Err(ManifestError::of(source(), complaint));
        };
        self.values.extend(entries.into_iter().map(|entry| (entry.key, entry.value)));
        Ok(())
    }

    fn environment(&mut self, prefix: &str, all: &BTreeMap<String, String>) -> Result<(), ManifestError> {
        if prefix.is_empty() {
            let complaint = Complaint::new("an empty prefix").hint("give MY if the variables are MY_name=value");
            return Err(ManifestError::of("--vars-env".to_owned(), complaint));
        }
        for (variable, value) in all {
            if let Some(name) = variable.strip_prefix(prefix).and_then(|rest| rest.strip_prefix('_')) {
                let value = parsed(format!("the environment variable {variable}"), value)?;
                self.values.insert(name.to_owned(), value);
            }
        }
        Ok(())
    }
}

impl Inputs {
    /// The path with the home directory for `~`: a shell does not replace it after the `=` of an argument.
    pub(super) fn expanded(&self, path: &Path) -> PathBuf {
        match (path.strip_prefix("~"), self.environment.get("HOME")) {
            (Ok(rest), Some(home)) => Path::new(home).join(rest),
            _ => path.to_owned(),
        }
    }
}

/// Puts a value at the end of a path of keys. A missing value on the way, or one that is not a mapping, becomes a
/// mapping.
fn put<'k>(node: &mut Node, mut keys: impl Iterator<Item = &'k str>, value: Node) {
    let Some(key) = keys.next() else {
        *node = value;
        return;
    };
    let mut entries = match std::mem::replace(&mut node.value, Value::Map(Vec::new())) {
        Value::Map(entries) => entries,
        Value::Scalar(_) | Value::List(_) => Vec::new(),
    };
    match entries.iter_mut().rev().find(|entry| entry.key == key) {
        Some(entry) => put(&mut entry.value, keys, value),
        None => {
            let mut below = text_node(String::new());
            put(&mut below, keys, value);
            entries.push(Entry { key: key.to_owned(), line: 1, value: below });
        }
    }
    node.value = Value::Map(entries);
}

/// The value of a key of a mapping, or the element of a number; a negative number counts from the end.
fn part<'n>(node: &'n Node, key: &str) -> Option<&'n Node> {
    let Value::List(items) = &node.value else { return node.get(key) };
    let index: i64 = key.parse().ok()?;
    let from_end = || items.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    items.get(usize::try_from(index).ok().or_else(from_end)?)
}

fn unquoted(text: &str) -> &str {
    let within = |quote| text.strip_prefix(quote).and_then(|rest: &str| rest.strip_suffix(quote));
    within('"').or_else(|| within('\'')).unwrap_or(text)
}

fn text_node(text: String) -> Node {
    Node { value: Value::Scalar(Scalar::Text(text)), line: 1, given: true, origin: 0 }
}

/// The parts of NAME=VALUE. The word itself is never shown: if there is no `=`, all of it may be the value.
fn pair<'w>(option: &str, word: &'w str, form: &str) -> Result<(&'w str, &'w str), ManifestError> {
    let wrong = |source: String, message: &str| {
        let complaint = Complaint::new(message).hint(format!("write {option} {form}"));
        Err(ManifestError::of(source, complaint))
    };
    match word.split_once('=') {
        None => wrong(option.to_owned(), "there is no = between name and value"),
        Some(("", _)) => wrong(option.to_owned(), "no name before the ="),
        Some((name, "")) => wrong(format!("{option} {name}"), "nothing after the ="),
        Some(pair) => Ok(pair),
    }
}

/// A single value. The YAML reader's complaint could quote it, so it is not passed on.
fn parsed(source: String, value: &str) -> Result<Node, ManifestError> {
    yaml::parse(value).map_err(|_| {
        let complaint =
            Complaint::new("its value is not YAML").hint("put quotes around it that the shell leaves there");
        ManifestError::of(source, complaint)
    })
}

/// The warning about a second document, with the file.
pub(super) fn second_document(path: &Path, text: &str) -> Option<String> {
    yaml::second_document(text).map(|complaint| complaint.in_source(&path.display().to_string()).to_string())
}

pub(super) fn unreadable(path: &Path, error: &FileError) -> ManifestError {
    let mut complaint = Complaint::new(error.to_string()).hint(match error {
        FileError::Missing => "name a file that is there",
        FileError::Directory => "name a file in it",
        FileError::Unreadable(_) => "snapback needs to read it: run as a user who may",
        FileError::Large | FileError::Binary { .. } | FileError::NotUtf8 { .. } => "name a text file, in UTF-8",
    });
    complaint.line = error.line();
    ManifestError::of(path.display().to_string(), complaint)
}
