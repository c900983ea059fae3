//! Commands that make the Director act. Each makes a task there, which goes on if its client dies. So the client cannot
//! tell how it ended (`ops::recover` asks the Director).

use std::io::Read;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use super::{Bosh, BoshError, Trouble};
use crate::process::{self, Call, Ended, ProcessError};

/// How long a changing command may take if no option says: a disk can take a while.
const LONG: Duration = Duration::from_secs(3600);
const PAUSE: Duration = Duration::from_millis(500);
/// How many pauses make a rest: a minute.
const RESTS: u32 = 120;
/// How many bytes of its output are kept for the error.
const TAIL: usize = 4000;

/// The output of a bosh client so far: its task's number, once printed, and the last bytes.
#[derive(Debug, Clone, Default)]
struct Heard {
    task: Option<u64>,
    tail: Vec<u8>,
}

impl Bosh {
    /// The first words of a command that changes something, for code that runs it elsewhere.
    pub fn acting_words(&self) -> Vec<String> {
        vec![self.program.display().to_string(), "-n".to_owned(), "--tty".to_owned()]
    }

    /// Runs a command that changes something, as on a terminal: in a pipe the bosh CLI does not even tell the task's id
    /// (bosh-cli `ui/non_tty_ui.go`). `heard` is told the id as soon as it is printed.
    ///
    /// # Errors
    /// [`BoshError`]. If [`BoshError::may_have_acted`], the Director may still be working on it.
    pub fn act(&self, arguments: &[&str], heard: &(dyn Fn(u64) + Sync)) -> Result<(), BoshError> {
        let arguments: Vec<&str> = ["--tty"].iter().chain(arguments).copied().collect();
        let line = self.line_of(&["-n"], &arguments);
        let call = Call {
            args: ["-n"].iter().chain(&arguments).map(|word| (*word).to_owned()).collect(),
            env: self.environment.clone().into_iter().collect(),
            deadline: Some(self.acting_deadline()),
            through: self.through.clone(),
            ..Call::new(&self.program)
        };
        let (teller, told) = mpsc::channel();
        let over = thread::scope(|scope| {
            let listening = move || told.iter().map_while(|task| task).for_each(heard);
            thread::Builder::new()
                .name("bosh-task".to_owned())
                .spawn_scoped(scope, listening)
                .map_err(|source| ProcessError::NotStarted { program: call.program.clone(), source })?;
            let end = teller.clone();
            let over = process::listen(&call, move |pipe, learnt| listen(pipe, &teller, learnt));
            // Another process may keep the client's pipe open for longer than the client lives.
            let _ = end.send(None);
            over
        });
        let over = match over {
            Ok(over) => over,
            Err(error) => return Err(BoshError { line, trouble: Trouble::NotRun(Box::new(error)), task: None }),
        };
        let seen = over.learnt.unwrap_or_default();
        match over.ended {
            Some(status) if status.success() && !over.timed_out => Ok(()),
            _ if over.timed_out => {
                Err(BoshError { line, trouble: Trouble::StillRunning(call.deadline.unwrap_or(LONG)), task: seen.task })
            }
            ended => {
                let said = format!("{}\n{}", String::from_utf8_lossy(&seen.tail), over.stderr_tail);
                let said = self.shown(complaints(&said).trim());
                let status = ended.unwrap_or(Ended::Signalled(0));
                Err(BoshError { line, trouble: Trouble::Failed { status, said }, task: seen.task })
            }
        }
    }

    /// How long to wait between two looks at a task.
    pub fn pause(&self) -> Duration {
        #[cfg(debug_assertions)]
        if let Some(told) = self.environment.get("SNAPBACK_TEST_PAUSE_MS").and_then(|text| text.parse().ok()) {
            return Duration::from_millis(told);
        }
        PAUSE
    }

    /// How long nothing may change before snapback believes that no call of a CPI outlives a task that did not end well
    /// (seen: its effect came 20 s later). The lock of the VM, which lives for four minutes without its holder, comes
    /// on top.
    pub fn rest(&self) -> Duration {
        self.pause() * RESTS
    }

    /// How long a changing command may take, and how long snapback waits for its task.
    pub fn acting_deadline(&self) -> Duration {
        self.told_deadline.unwrap_or(LONG)
    }
}

fn listen(pipe: &mut dyn Read, teller: &mpsc::Sender<Option<u64>>, learnt: &dyn Fn(Heard)) {
    let (mut heard, mut line, mut chunk) = (Heard::default(), Vec::new(), vec![0; 4096]);
    loop {
        let read = match pipe.read(&mut chunk) {
            Ok(0) => return,
            Ok(read) => read,
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(_) => return,
        };
        for byte in &chunk[..read] {
            if *byte == b'\n' {
                tell(&mut heard, &line, teller);
                line.clear();
            } else if line.len() < TAIL {
                line.push(*byte);
            }
        }
        // The task's line has no end until its first event.
        tell(&mut heard, &line, teller);
        heard.tail.extend_from_slice(&chunk[..read]);
        let excess = heard.tail.len().saturating_sub(TAIL);
        heard.tail.drain(..excess);
        learnt(heard.clone());
    }
}

/// Tells the number of the command's task: the first one that a line has. It can come in two pieces.
fn tell(heard: &mut Heard, line: &[u8], teller: &mpsc::Sender<Option<u64>>) {
    let Some(task) = task_of(line) else { return };
    let grown = heard.task.is_none_or(|before| before != task && task.to_string().starts_with(&before.to_string()));
    if grown {
        heard.task = Some(task);
        // The listener may be gone; the number is kept all the same.
        let _ = teller.send(Some(task));
    }
}

/// The number of a task in a line: `Task 7`, `Task 7. Done`, `Task 7 | 12:00:00 | ...` (bosh-cli
/// `ui/task/reporter.go`).
fn task_of(line: &[u8]) -> Option<u64> {
    let text = String::from_utf8_lossy(line);
    let rest = text.strip_prefix("Task ")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// The lines that say what went wrong; all of them if none does.
fn complaints(said: &str) -> String {
    const TELLING: [&str; 4] = ["Error", "error", "Expected task", "denied"];
    let lines = || said.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with("Exit code"));
    let telling: Vec<&str> = lines().filter(|line| TELLING.iter().any(|word| line.contains(word))).collect();
    let chosen = if telling.is_empty() { lines().collect() } else { telling };
    chosen.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_task_is_told_however_its_line_comes() {
        for (chunks, tasks) in [
            (vec!["Using environment 'x'\n\nTask 7"], vec![7]),
            (vec!["Task 1", "23", "\nTask 123 | 12:00:00 | Stage: x\n\nTask 123 done\n"], vec![1, 123]),
            (vec!["Task 7\nTask 8\n"], vec![7]),
            (vec!["a task 9\n"], vec![]),
        ] {
            let (teller, told) = mpsc::channel();
            let mut heard = Heard::default();
            let mut line = Vec::new();
            for chunk in chunks {
                for byte in chunk.bytes() {
                    if byte == b'\n' {
                        tell(&mut heard, &line, &teller);
                        line.clear();
                    } else {
                        line.push(byte);
                    }
                }
                tell(&mut heard, &line, &teller);
            }
            drop(teller);
            assert_eq!(told.iter().flatten().collect::<Vec<u64>>(), tasks);
            assert_eq!(heard.task, tasks.last().copied());
        }
    }
}
