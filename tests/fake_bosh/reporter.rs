//! How a task's course is told (bosh-cli `ui/task/reporter.go`).

use chrono::{DateTime, Utc};
use serde_json::Value;

use crate::ui::Ui;

pub const FULL: &str = "%a %b %e %H:%M:%S UTC %Y";

#[derive(Default)]
pub struct Reporter {
    events: Vec<Value>,
    last: Option<Value>,
    told: usize,
}

fn time(event: &Value) -> DateTime<Utc> {
    DateTime::from_timestamp(event["time"].as_i64().unwrap(), 0).unwrap()
}

/// `ui/fmt/time.go`, `Duration`.
fn between(first: &Value, last: &Value) -> String {
    let seconds = (time(last) - time(first)).num_seconds();
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

fn same(one: &Value, other: &Value) -> bool {
    !one["stage"].is_null() && ["stage", "tags", "task"].iter().all(|key| one[key] == other[key])
}

impl Reporter {
    pub fn started(&mut self, ui: &mut Ui, id: u64) {
        ui.begin_line(&format!("Task {id}"));
    }

    /// Tells the lines of the event log that are new.
    pub fn output(&mut self, ui: &mut Ui, id: u64, log: &str) {
        if log.len() == self.told {
            return;
        }
        if self.told == 0 {
            ui.begin_line("\n");
        }
        for line in log[self.told..].lines() {
            self.show(ui, id, serde_json::from_str(line).unwrap());
        }
        self.told = log.len();
    }

    fn show(&mut self, ui: &mut Ui, id: u64, event: Value) {
        let prefix = format!("\nTask {id} | {} | ", time(&event).format("%H:%M:%S"));
        let begun = self.events.iter().find(|before| same(before, &event)).cloned();
        let lasted = begun.map(|begun| between(&begun, &event)).unwrap_or_default();
        let failed = format!(
            "\n     {}            L Error: {}",
            " ".repeat(id.to_string().len()),
            event["data"]["error"].as_str().unwrap_or_default()
        );
        let name =
            format!("{}: {}", event["stage"].as_str().unwrap_or_default(), event["task"].as_str().unwrap_or_default());
        let goes_on = self.last.as_ref().is_some_and(|last| same(last, &event));
        match event["state"].as_str() {
            Some("finished") if goes_on => ui.block(&format!(" ({lasted})")),
            Some("failed") if goes_on => {
                ui.block(&format!(" ({lasted})"));
                ui.block(&failed);
            }
            Some("started") if !goes_on => {
                ui.block(&prefix);
                ui.block(&name);
            }
            Some("finished") => {
                ui.block(&prefix);
                ui.block(&format!("{name} ({lasted})"));
            }
            Some("failed") => {
                ui.block(&prefix);
                ui.block(&format!("{name} ({lasted})"));
                ui.block(&failed);
            }
            _ => {
                if let Some(message) = event["error"]["message"].as_str() {
                    ui.block(&prefix);
                    ui.block(&format!("Error: {message}"));
                }
            }
        }
        self.events.push(event.clone());
        self.last = Some(event);
    }

    pub fn finished(&mut self, ui: &mut Ui, id: u64, state: &str) {
        if let (Some(first), Some(last)) = (self.events.first(), self.events.last()) {
            let (start, end) = (time(first).format(FULL), time(last).format(FULL));
            ui.begin_line(&format!(
                "\n\nTask {id} Started  {start}\nTask {id} Finished {end}\nTask {id} Duration {}",
                between(first, last)
            ));
        }
        if self.told == 0 {
            let title = state[..1].to_uppercase() + &state[1..];
            ui.end_line(&format!(". {title}"));
        } else {
            ui.begin_line(&format!("\nTask {id} {state}\n"));
        }
    }
}
