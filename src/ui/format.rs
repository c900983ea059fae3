//! The formats of an answer.

/// The format of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// For people: tables.
    Text,
    /// `--json`: BOSH's shape, all cells strings.
    BoshJson,
    /// `--output json`: one typed document.
    Json,
    /// `--output jsonl`: a line for each row or event.
    Jsonl,
    /// `--output tsv`: a header and rows, separated by TABs.
    Tsv,
    /// `--output cid`: the CIDs, a line each.
    Cid,
}

impl Format {
    /// True if a program reads the answer: then nothing can be asked.
    pub fn is_for_programs(self) -> bool {
        self != Format::Text
    }

    /// True if the answer has a place for errors. If not, they go to stderr.
    pub(super) fn holds_errors(self) -> bool {
        matches!(self, Format::BoshJson | Format::Json | Format::Jsonl)
    }
}
