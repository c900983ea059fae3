//! How create-env tells of its steps (bosh-cli `ui/stage.go`).

use std::time::Instant;

use crate::client::Client;

/// Why a step did nothing.
pub enum Ended {
    Done,
    Skipped(String),
}

fn since(begun: Instant) -> String {
    let seconds = begun.elapsed().as_secs();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// An error within another one, as the CLI prints the two.
pub fn within(doing: &str, error: &str) -> String {
    let lines: Vec<String> = error.lines().map(|line| format!("  {line}")).collect();
    format!("{doing}:\n{}", lines.join("\n"))
}

impl Client {
    /// One line of a stage.
    pub fn step(&mut self, name: &str, step: impl FnOnce(&mut Client) -> Result<Ended, String>) -> Result<(), String> {
        self.perform("  ", name, step)
    }

    /// One line outside of a stage, with a blank one before it.
    pub fn lone_step(
        &mut self,
        name: &str,
        step: impl FnOnce(&mut Client) -> Result<Ended, String>,
    ) -> Result<(), String> {
        self.perform("\n", name, step)
    }

    fn perform(
        &mut self,
        before: &str,
        name: &str,
        step: impl FnOnce(&mut Client) -> Result<Ended, String>,
    ) -> Result<(), String> {
        let begun = Instant::now();
        self.ui.begin_line(&format!("{before}{name}..."));
        self.home.log("step", serde_json::json!({"kind": "create-env", "step": name}));
        let (text, ended) = match step(self) {
            Ok(Ended::Done) => ("Finished".to_owned(), Ok(())),
            Ok(Ended::Skipped(why)) => (format!("Skipped [{why}]"), Ok(())),
            Err(error) => ("Failed".to_owned(), Err(error)),
        };
        self.ui.end_line(&format!(" {text} ({})", since(begun)));
        ended
    }

    /// A stage around steps.
    pub fn stage(&mut self, name: &str, steps: impl FnOnce(&mut Client) -> Result<(), String>) -> Result<(), String> {
        let begun = Instant::now();
        self.ui.begin_line(&format!("\nStarted {name}\n"));
        let ended = steps(self);
        let word = if ended.is_ok() { "Finished" } else { "Failed" };
        self.ui.begin_line(&format!("{word} {name} ({})\n", since(begun)));
        ended
    }
}
