//! The forms of an answer.

/// The form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: tables.
    Text,
    /// `--json`: BOSH's shape, all cells strings.
    BoshJson,
    /// `--output json`: one typed document.
    Json,
    /// `--output jsonl`: a line a row, or an event.
    Jsonl,
    /// `--output tsv`: a header and rows, separated by TABs.
    Tsv,
    /// `--output cid`: the CIDs, a line each.
    Cid,
}

impl Format {
    /// True where a program reads the answer: nothing can be asked then.
    pub fn is_for_programs(self) -> bool {
        self != Format::Text
    }

    /// True where errors have a place in the answer. Where they have none, they are on stderr.
    pub(super) fn holds_errors(self) -> bool {
        matches!(self, Format::BoshJson | Format::Json | Format::Jsonl)
    }
}
