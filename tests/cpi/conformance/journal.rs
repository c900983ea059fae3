//! A journal in memory.

use std::sync::{Arc, Mutex};

use snapback::domain::ids::Token;
use snapback::domain::intent::{Intent, Journal};
use snapback::domain::step::Outcome;
use snapback::error::Result;

type Row = (Token, Option<Outcome>);

/// What became of each intent.
#[derive(Clone, Default)]
pub struct Memory {
    rows: Arc<Mutex<Vec<Row>>>,
}

impl Memory {
    /// An intent of a row that is as durable as memory is.
    pub fn commit(&self, token: &Token) -> Intent {
        self.rows.lock().unwrap().push((token.clone(), None));
        Intent::committed(token.clone(), Box::new(self.clone()))
    }

    /// Fails where an intent has no outcome.
    pub fn assert_settled(&self) {
        let open: Vec<String> = self
            .rows
            .lock()
            .unwrap()
            .iter()
            .filter(|(_, outcome)| outcome.is_none())
            .map(|(token, _)| token.to_string())
            .collect();
        assert!(open.is_empty(), "not settled: {open:?}");
    }
}

impl Journal for Memory {
    fn settle(&self, token: &Token, outcome: Outcome) -> Result<()> {
        let mut rows = self.rows.lock().unwrap();
        let row = rows.iter_mut().find(|(row, done)| row == token && done.is_none()).unwrap();
        row.1 = Some(outcome);
        Ok(())
    }

    fn note(&self, _token: &Token, _line: &str) {}

    fn abandon(&self, _token: &Token) {}
}
