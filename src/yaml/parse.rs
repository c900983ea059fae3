//! From text to tree, within limits.

use serde_yaml::budget::BudgetBreach;
use serde_yaml::{DuplicateKeyPolicy, Error, MergeKeyPolicy, MessageFormatter, options::NonFiniteFloatPolicy};

use super::complaint::Complaint;
use super::documents;
use super::node::{Node, Scalar, Value};
use super::raw::{MOST_KEYS, RawNode, TOO_MANY_KEYS};

/// The most values in a manifest or a file that is laid over it, keys included. The largest known manifests have fewer
/// than 100,000.
pub const MOST_IN_A_MANIFEST: usize = 250_000;
/// The most values in an inventory: one of 100,000 instances has about two million.
pub const MOST_IN_AN_INVENTORY: usize = 2_500_000;
/// The most values that aliases may stand for. Manifests use aliases for a handful.
const MOST_FROM_ALIASES: usize = 100_000;
/// The deepest nesting: manifests reach about 15.
const DEEPEST: usize = 64;
/// The most bytes of text, including the repetitions by aliases: four times the largest file.
const MOST_BYTES: usize = 64 * 1024 * 1024;

/// The stack for [`DEEPEST`] levels: a debug build needs some 40 KiB for each, more than a thread usually has.
const STACK: usize = 16 * 1024 * 1024;

/// Reads the first YAML document, as BOSH's tools do, of at most [`MOST_IN_A_MANIFEST`] values. Merge keys (`<<`) and aliases are expanded;
/// keys written twice are kept.
///
/// # Errors
/// A [`Complaint`] with the line, if it is not YAML or grows beyond the limits.
pub fn parse(text: &str) -> Result<Node, Complaint> {
    parse_up_to(text, MOST_IN_A_MANIFEST)
}

/// As [`parse`], for at most as many values as are given.
///
/// # Errors
/// Those of [`parse`].
pub fn parse_up_to(text: &str, most_nodes: usize) -> Result<Node, Complaint> {
    std::thread::scope(|scope| {
        let reader = std::thread::Builder::new().stack_size(STACK).spawn_scoped(scope, || parse_here(text, most_nodes));
        match reader.map(std::thread::ScopedJoinHandle::join) {
            Ok(Ok(result)) => result,
            Ok(Err(panic)) => std::panic::resume_unwind(panic),
            Err(error) => Err(Complaint::new(format!("cannot be read: no thread for it: {error}"))
                .hint("raise the limit of processes (ulimit -u)")),
        }
    })
}

fn parse_here(text: &str, most_nodes: usize) -> Result<Node, Complaint> {
    let text = documents::first(text);
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_events: 2 * most_nodes,
            max_nodes: most_nodes,
            max_depth: DEEPEST,
            flow_nesting_limit: DEEPEST,
            max_total_scalar_bytes: MOST_BYTES,
            max_recorded_anchor_events: MOST_FROM_ALIASES,
            max_recorded_anchor_bytes: MOST_BYTES,
            enforce_alias_anchor_ratio: false,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: MOST_FROM_ALIASES },
        duplicate_keys: DuplicateKeyPolicy::PassThrough,
        merge_keys: MergeKeyPolicy::Merge,
        non_finite_float_policy: NonFiniteFloatPolicy::AsString,
        // As in Go's reader; their text is kept, for CIDs.
        legacy_octal_numbers: true,
        ignore_binary_tag_for_string: true,
        with_snippet: false,
    };
    let raw: RawNode =
        serde_yaml::from_str_with_options(text, options).map_err(|error| complaint(&error, most_nodes))?;
    let mut node = raw.into_node(text);
    if !text.ends_with('\n') {
        end_as_written(&mut node, text);
    }
    Ok(node)
}

/// Removes the line end that the YAML crate adds to a block scalar (`|`, `>`) at the end of a text without one: Go's
/// reader and Ruby's add none.
fn end_as_written(node: &mut Node, text: &str) {
    let last = match &mut node.value {
        Value::List(items) => items.last_mut(),
        Value::Map(entries) => entries.last_mut().map(|entry| &mut entry.value),
        Value::Scalar(Scalar::Text(value)) => {
            let written = text.lines().next_back().unwrap_or_default().trim_start();
            let is_block = value.strip_suffix('\n').is_some_and(|rest| rest.ends_with(written));
            if is_block && !written.is_empty() {
                value.pop();
            }
            None
        }
        Value::Scalar(_) => None,
    };
    if let Some(last) = last {
        end_as_written(last, text);
    }
}

fn complaint(error: &Error, most_nodes: usize) -> Complaint {
    let complaint = explain(error, most_nodes);
    match error.location().map(|location| location.line()).filter(|line| *line > 0) {
        Some(line) => complaint.at(line),
        None => complaint,
    }
}

/// The error in our words, since the crate's would show a value, or name its own settings.
fn explain(error: &Error, most_nodes: usize) -> Complaint {
    let aliases = || {
        Complaint::new(format!("its aliases (*name) stand for more than {MOST_FROM_ALIASES} values"))
            .hint("write them out, or use fewer")
    };
    match error {
        Error::WithSnippet { error, .. } | Error::AliasError { error, .. } => explain(error, most_nodes),
        Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. } => aliases(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => {
            Complaint::new("an alias (*name) is inside the value that it stands for").hint("write it out")
        }
        Error::Budget { breach, .. } => match breach {
            BudgetBreach::RecordedAnchorEvents { .. } | BudgetBreach::RecordedAnchorBytes { .. } => aliases(),
            BudgetBreach::Depth { .. } => {
                Complaint::new(format!("nested deeper than {DEEPEST} levels")).hint("is this the right file?")
            }
            BudgetBreach::Nodes { .. } | BudgetBreach::Events { .. } => {
                Complaint::new(format!("more than {most_nodes} keys and values, the most that is read"))
                    .hint("is this the right file? If it is, split it")
            }
            _ => Complaint::new("too many values, or too much text once its aliases are written out")
                .hint("is this the right file?"),
        },
        Error::Message { msg, .. } if msg.starts_with(TOO_MANY_KEYS) => {
            let complaint = Complaint::new(format!("more than {MOST_KEYS} keys in one mapping, the most that is read"))
                .hint("is this the right file? If it is, split it");
            match msg[TOO_MANY_KEYS.len()..].parse() {
                Ok(line) => complaint.at(line),
                Err(_) => complaint,
            }
        }
        Error::MultipleDocuments { .. } => {
            Complaint::new("more than one document (`---`)").hint("keep one document in a file")
        }
        Error::Eof { .. } => Complaint::new("ends in the middle").hint("is the file complete?"),
        Error::NullIntoString { .. } => Complaint::new("a key without a name").hint("give it one, or remove it"),
        Error::SerdeInvalidType { .. }
        | Error::SerdeInvalidValue { .. }
        | Error::NonFiniteFloat { .. }
        | Error::QuotingRequired { .. } => {
            Complaint::new("a value that YAML does not allow here").hint("put it in quotes")
        }
        other => {
            let words = serde_yaml::UserMessageFormatter.format_message(other);
            Complaint::new(format!("not YAML that can be read: {words}"))
                .hint("correct that line, or the one before it")
        }
    }
}
