//! Pairs of runs, their medians, and the table of them.

use std::fmt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Runs of each side, where nothing says otherwise.
pub const RUNS: usize = 21;

/// What a figure may be.
pub enum Budget {
    /// At most so many times the other's.
    Ratio(f64),
    /// At most so much.
    Most(f64),
    /// For comparison only.
    None,
}

struct Row {
    what: String,
    unit: &'static str,
    ours: f64,
    other: Option<(String, f64)>,
    budget: Budget,
}

/// The table.
#[derive(Default)]
pub struct Report {
    rows: Vec<Row>,
    said: Vec<String>,
}

impl Report {
    /// Adds a row: a figure, the other's figure, and what it may be.
    pub fn row(&mut self, what: &str, unit: &'static str, ours: f64, other: Option<(&str, f64)>, budget: Budget) {
        let other = other.map(|(name, value)| (name.to_owned(), value));
        eprintln!(
            "{what}: {ours:.1} {unit}{}",
            other.as_ref().map_or(String::new(), |(name, value)| format!(", {name}: {value:.1} {unit}"))
        );
        self.rows.push(Row { what: what.to_owned(), unit, ours, other, budget });
    }

    /// Measures a pair, and adds it.
    pub fn pair(
        &mut self,
        what: &str,
        other: &str,
        runs: usize,
        budget: Budget,
        a: impl FnMut() -> Duration,
        b: impl FnMut() -> Duration,
    ) {
        let (ours, others) = interleaved(runs, a, b);
        self.row(what, "ms", ours, Some((other, others)), budget);
    }

    /// Adds a remark: what could not be compared, and why.
    pub fn say(&mut self, line: String) {
        eprintln!("{line}");
        self.said.push(line);
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "| what | snapback | beside it | ratio | budget | |\n|---|---|---|---|---|---|")?;
        for row in &self.rows {
            let ratio = row.other.as_ref().map(|(_, value)| row.ours / value);
            let (budget, kept) = match row.budget {
                Budget::Ratio(most) => (format!("≤ {most} ×"), ratio.map(|ratio| ratio <= most)),
                Budget::Most(most) => (format!("≤ {most} {}", row.unit), Some(row.ours <= most)),
                Budget::None => ("–".to_owned(), None),
            };
            let other = row
                .other
                .as_ref()
                .map_or("–".to_owned(), |(name, value)| format!("`{name}` {value:.1} {}", row.unit));
            let ratio = ratio.map_or("–".to_owned(), |ratio| format!("{ratio:.2}"));
            let kept = match kept {
                Some(true) => "kept",
                Some(false) => "**missed**",
                None => "",
            };
            writeln!(f, "| {} | {:.1} {} | {other} | {ratio} | {budget} | {kept} |", row.what, row.ours, row.unit)?;
        }
        for line in &self.said {
            writeln!(f, "\n{line}")?;
        }
        Ok(())
    }
}

/// The medians of both, in milliseconds, run in turns after one run of each that does not count.
pub fn interleaved(runs: usize, mut a: impl FnMut() -> Duration, mut b: impl FnMut() -> Duration) -> (f64, f64) {
    let (mut ours, mut others) = (Vec::new(), Vec::new());
    if runs > 5 {
        a();
        b();
    }
    for _ in 0..runs {
        ours.push(a());
        others.push(b());
    }
    (median(ours), median(others))
}

/// The median, in milliseconds.
pub fn median(mut times: Vec<Duration>) -> f64 {
    times.sort_unstable();
    times[times.len() / 2].as_secs_f64() * 1e3
}

/// The time of a command that must succeed; nobody reads what it prints.
pub fn timed(command: &mut Command) -> Duration {
    let begun = Instant::now();
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).status().unwrap();
    let took = begun.elapsed();
    assert!(status.success(), "{command:?}: {status}");
    took
}

/// Whether a program is there.
pub fn has(program: &str) -> bool {
    Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok()
}
