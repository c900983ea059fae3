//! Tables as values; the format decides their look.

use super::column::{Column, Look};

/// The program whose look the table has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TableKind {
    /// The bosh CLI.
    Bosh,
    /// snapback's own: plans, operations and the like.
    Own,
}

/// The head of a table: its columns and its look, without rows.
#[derive(Debug, Clone)]
pub struct Table {
    /// The rows' noun in the plural: `snapshots`.
    pub content: &'static str,
    /// The noun that people read, if it is another one.
    pub noun: &'static str,
    /// The program whose look it has.
    pub kind: TableKind,
    /// All columns of a row, in order.
    pub columns: Vec<Column>,
    /// Which of them are shown in text and in BOSH's JSON; programs get all.
    pub shown: Vec<usize>,
    /// The column that `--output cid` prints.
    pub cid: Option<usize>,
    /// The tables that the rows are shown in.
    pub parts: Parts,
    /// Whether each row was an event already ([`super::Ui::event`]): jsonl does not repeat it.
    pub told: bool,
    /// The columns that a narrow terminal can omit, by their keys, the least wanted first.
    pub spare: &'static [&'static str],
    /// How to see the columns that were left out.
    pub seen_by: String,
    /// Whether the operator named the columns: then none is left out or added.
    pub named: bool,
    /// The rows may be of any deployment: where a program may read them, each says of which, whatever rows there are.
    pub across: bool,
}

/// How many tables show the rows, if they have BOSH's look; typed output has one list of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parts {
    /// One.
    One,
    /// One, of this deployment.
    Deployment(String),
    /// One for each value of this column, which is a deployment; none if there are no rows. Rows with the same value
    /// follow one another.
    EachDeployment(usize),
}

impl Table {
    /// A table that shows all its columns.
    pub fn new(content: &'static str, kind: TableKind, columns: &[Column], cid: Option<&str>) -> Self {
        Table {
            content,
            noun: content,
            kind,
            columns: columns.to_vec(),
            shown: (0..columns.len()).collect(),
            cid: cid.and_then(|key| columns.iter().position(|column| column.key == key)),
            parts: Parts::One,
            told: false,
            spare: &[],
            seen_by: "add --output json".to_owned(),
            named: false,
            across: false,
        }
    }

    /// A table whose rows may be of any deployment, if that is so.
    #[must_use]
    pub fn across_deployments(mut self, across: bool) -> Self {
        self.across = across;
        self
    }

    /// The same, with the deployment as its last column, if its rows may be of any and no column was named.
    pub(super) fn saying_deployments(mut self) -> Self {
        let column = self.columns.iter().position(|column| column.key == "deployment");
        let column = column.filter(|at| self.across && !self.named && !self.shown.contains(at));
        self.shown.extend(column);
        self
    }

    /// A table of what will be deleted: the values of this column are red.
    #[must_use]
    pub fn dooming(mut self, key: &str) -> Self {
        self.columns.iter_mut().filter(|column| column.key == key).for_each(|column| column.look = Look::Doomed);
        self
    }

    /// The same, whose rows people count as these.
    #[must_use]
    pub fn counting(mut self, noun: &'static str) -> Self {
        self.noun = noun;
        self
    }

    /// A table whose columns with these keys a narrow terminal can omit, the least wanted first.
    #[must_use]
    pub fn sparing(mut self, keys: &'static [&'static str]) -> Self {
        self.spare = keys;
        self
    }

    /// The same, with how to show them then, if not by `--output json`.
    #[must_use]
    pub fn sparing_for(mut self, keys: &'static [&'static str], seen_by: &'static str) -> Self {
        (self.spare, self.seen_by) = (keys, seen_by.to_owned());
        self
    }

    /// A table whose rows were events already ([`super::Ui::event`]), when they were complete.
    #[must_use]
    pub fn told(mut self) -> Self {
        self.told = true;
        self
    }

    /// A table for each deployment, or one for the named deployment; the column `deployment` has the deployment of a
    /// row.
    #[must_use]
    pub fn by_deployment(mut self, named: Option<String>) -> Self {
        let column = self.columns.iter().position(|column| column.key == "deployment");
        self.parts = match (named, column) {
            (Some(named), _) => Parts::Deployment(named),
            (None, Some(column)) => Parts::EachDeployment(column),
            (None, None) => Parts::One,
        };
        self
    }

    /// Shows only the first `count` columns.
    #[must_use]
    pub fn showing_first(mut self, count: usize) -> Self {
        self.shown.truncate(count);
        self
    }
}
