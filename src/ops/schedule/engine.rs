//! Runs what is due. At most one run of each schedule is at work, and holds its lock; if two schedulers look at once,
//! one gets it.

use std::collections::BTreeMap;
use std::os::fd::OwnedFd;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::Scope;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};

use super::begun::{Begun, Claiming, in_order};
use super::child::{Answer, Runner};
use super::jobs::Scheduled;
use super::once;
use super::told::{Listener, Told, broke_off, tell};
use crate::clock::Clock;
use crate::domain::schedule::{Known, Question, Run, RunState, decide, is_to_be_looked_at, next};
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::ops::Interrupt;
use crate::process;
use crate::state::{RunLock, State};

/// A scheduler, with everything that it works with.
pub struct Scheduler<'a> {
    /// The state file.
    pub state: &'a State,
    /// Runs the commands.
    pub runner: &'a dyn Runner,
    /// The time.
    pub clock: Clock,
    /// The faults of a test.
    pub faults: Faults,
    /// Tells whether the end is asked for.
    pub interrupt: Interrupt,
    /// Whether missed runs are done once.
    pub catch_up: bool,
    /// The command that ends each run.
    pub at_the_end: Option<Vec<String>>,
    /// The children at work, which can be asked to end.
    pub children: AtWork,
}

/// The processes at work, each with a handle that always means the same process.
pub type AtWork = Arc<Mutex<BTreeMap<u32, OwnedFd>>>;

/// How often to check whether the end is asked for.
const GLANCE: Duration = Duration::from_millis(200);
/// How often to look at the clock, which may be set.
const LOOK: Duration = Duration::from_secs(30);
/// The exit statuses of a snapback that was asked to end.
pub(super) const ASKED_TO_END: [i32; 3] = [129, 130, TERMINATED];
/// The exit status of one that SIGTERM has ended.
pub(super) const TERMINATED: i32 = 143;

impl Scheduler<'_> {
    /// Does what is due, and ends. Returns the runs that ended, were missed or were given up.
    ///
    /// # Errors
    /// Those of the state file: then it is not known what is due.
    pub fn once(&self, schedules: &[Scheduled], listener: &mut dyn Listener) -> Result<Vec<Run>> {
        let mut settled = Vec::new();
        let begun = self.claim(schedules, &mut settled)?;
        settled.iter().for_each(|run| listener.ended(run));
        let mut failed = None;
        std::thread::scope(|scope| {
            let (over, ended) = channel();
            let mut at_work = 0;
            for begun in begun {
                listener.begun(&begun.run);
                self.start(scope, begun, &over);
                at_work += 1;
            }
            while at_work > 0 {
                let Some(told) = self.hear(&ended) else { continue };
                at_work -= usize::from(told.is_last());
                match told {
                    Told::Ended(run) | Told::Over(Ok(Some(run))) => {
                        listener.ended(&run);
                        settled.retain(|one| (&one.schedule, one.due_at) != (&run.schedule, run.due_at));
                        settled.push(run);
                    }
                    Told::Over(Ok(None)) => {}
                    Told::Over(Err(error)) => failed = Some(error),
                }
            }
        });
        failed.map_or(Ok(settled), Err)
    }

    /// Does what is due until it is asked to end.
    ///
    /// # Errors
    /// [`Kind::Locked`] if another scheduler is at work.
    pub fn forever(&self, listener: &mut dyn Listener) -> Result<()> {
        let Some(_alone) = self.state.run_lock("all")? else {
            return Err(Error::new(
                Kind::Locked,
                "another `schedule run` is at work on this state file: nothing was done",
            )
            .hint("to do only what is due, and end:")
            .try_command("snapback schedule run --once"));
        };
        std::thread::scope(|scope| {
            let (over, ended) = channel();
            let mut at_work = 0_usize;
            while self.interrupt.check().is_ok() {
                let schedules = listener.schedules();
                let mut settled = Vec::new();
                match self.claim(&schedules, &mut settled) {
                    Err(error) => listener.trouble(&error),
                    Ok(begun) => {
                        for begun in begun {
                            listener.begun(&begun.run);
                            self.start(scope, begun, &over);
                            at_work += 1;
                        }
                    }
                }
                settled.iter().for_each(|run| listener.ended(run));
                let (until, next) = (Instant::now() + LOOK, self.next_due(&schedules));
                while self.interrupt.check().is_ok()
                    && Instant::now() < until
                    && next.is_none_or(|next| self.clock.now() < next)
                {
                    if let Some(told) = self.hear(&ended) {
                        at_work -= usize::from(told.is_last());
                        tell(listener, told);
                        break;
                    }
                }
            }
            while at_work > 0 {
                if let Some(told) = self.hear(&ended) {
                    at_work -= usize::from(told.is_last());
                    tell(listener, told);
                }
            }
        });
        Ok(())
    }

    fn next_due(&self, schedules: &[Scheduled]) -> Option<DateTime<Utc>> {
        let now = self.clock.now();
        let of_schedules = schedules.iter().filter_map(|one| next(one.on()?, now));
        of_schedules.chain(once::next(self.state.reader())).min()
    }

    /// Waits a moment for news of a run; `None` if none comes. If the end is asked for, asks the children at work to
    /// end.
    fn hear(&self, ended: &Receiver<Told>) -> Option<Told> {
        if self.interrupt.check().is_err() {
            let children = std::mem::take(&mut *held(&self.children));
            children.values().for_each(process::ask_to_end);
        }
        ended.recv_timeout(GLANCE).ok()
    }

    /// Claims everything that is due.
    fn claim(&self, schedules: &[Scheduled], settled: &mut Vec<Run>) -> Result<Vec<Begun>> {
        let (reader, mut begun) = (self.state.reader(), Vec::new());
        let (catch_up, now) = (self.catch_up, self.clock.now());
        let (known, at_work) = (reader.schedules()?, reader.at_work()?);
        for scheduled in schedules {
            let is_due = |cron| is_to_be_looked_at(cron, known.get(&scheduled.name), now);
            if at_work.contains(&scheduled.name) || scheduled.on().is_some_and(is_due) {
                begun.extend(self.claim_one(scheduled, settled)?);
            }
        }
        let claiming = Claiming { state: self.state, interrupt: &self.interrupt, catch_up, now };
        begun.extend(once::claim(&claiming, settled)?);
        in_order(&mut begun);
        Ok(begun)
    }

    fn claim_one(&self, scheduled: &Scheduled, settled: &mut Vec<Run>) -> Result<Option<Begun>> {
        let Some(cron) = scheduled.on() else { return Ok(None) };
        self.interrupt.check()?;
        let Some(lock) = self.state.run_lock(&format!("run.{}", scheduled.name))? else { return Ok(None) };
        self.faults.at(&["schedule", "claim", "before"])?;
        let (name, cron, catch_up, now) = (scheduled.name.clone(), cron.clone(), self.catch_up, self.clock.now());
        let decision = self.state.decide(
            &scheduled.name,
            Box::new(move |known: Option<Known>, open, runs| {
                let asked = Question { name: &name, cron: &cron, catch_up, now };
                decide(asked, known, open, runs)
            }),
        )?;
        self.faults.at(&["schedule", "claim", "after"])?;
        settled.extend(decision.settled);
        let Some(run) = decision.run else { return Ok(None) };
        let mut command = scheduled.command.clone();
        if run.tries > 1 && command.iter().any(|word| word == "--schedule") {
            // The disks that it took before it was interrupted are not taken again.
            command.extend(["--unless-since".to_owned(), run.started_at.to_rfc3339()]);
        }
        let deadline = scheduled.deadline;
        Ok(Some(Begun { run, one_off: None, command, deadline, lock, ahead: None, behind: None }))
    }

    fn start<'scope, 'env: 'scope>(&'env self, scope: &'scope Scope<'scope, 'env>, begun: Begun, over: &Sender<Told>) {
        let (work, tell) = (Arc::new(Mutex::new(Some(begun))), over.clone());
        let mine = Arc::clone(&work);
        let run = move || {
            if let Some(begun) = held(&mine).take() {
                self.perform(begun, &tell);
            }
        };
        if std::thread::Builder::new().name("schedule".to_owned()).spawn_scoped(scope, run).is_err()
            && let Some(begun) = held(&work).take()
        {
            // No more threads are available: this one does it.
            self.perform(begun, over);
        }
    }

    /// Does the work of a run, and reports it. Only at the end of the whole process does nobody listen any more.
    fn perform(&self, begun: Begun, over: &Sender<Told>) {
        let name = begun.run.schedule.clone();
        let run = AssertUnwindSafe(|| self.run(begun, |run| drop(over.send(Told::Ended(run)))));
        // Somebody waits for each run, so a run that broke off is reported, too. It has no end in the state file, and
        // is done once more.
        let result = catch_unwind(run).unwrap_or_else(|_| Err(broke_off(&name)));
        let _ = over.send(Told::Over(result));
    }

    /// Runs the command. If more is to come, `early` is told how the command ended, and a run is returned in the end
    /// only if the rest fails.
    fn run(&self, begun: Begun, early: impl FnOnce(Run)) -> Result<Option<Run>> {
        let Begun { mut run, one_off, command, deadline, lock, ahead, behind } = begun;
        let _at_stake = self.interrupt.beginning()?;
        let _told = self.interrupt.calling(None, format!("the run of {}", run.schedule));
        let lock = Arc::new(lock);
        if let Some(behind) = behind {
            behind.wait(|| self.interrupt.check().is_err());
            if self.interrupt.check().is_err() {
                run.summary = Some("not begun; it is done when a scheduler is at work again".to_owned());
                self.state.end_run(run.clone())?;
                return Ok(Some(run));
            }
        }
        self.faults.at(&["schedule", "run", "before"])?;
        let answer = self.work(&command, deadline, &lock)?;
        drop(ahead);
        self.faults.at(&["schedule", "run", "after"])?;
        let asked_to_end = answer.status.is_some_and(|status| ASKED_TO_END.contains(&status));
        if asked_to_end && self.interrupt.check().is_err() && one_off.is_none() {
            // The next scheduler does the rest.
            run.summary = Some(format!("{}; the rest is done when a scheduler is at work again", answer.summary));
            run.status = answer.status;
            self.state.end_run(run.clone())?;
            return Ok(Some(run));
        }
        run.state = if answer.is_done() { RunState::Done } else { RunState::Failed };
        run.ended_at = Some(self.clock.now());
        run.status = answer.status;
        let again = if run.tries > 1 { ", besides what it had done before it was interrupted" } else { "" };
        run.summary = Some(match run.missed {
            0 => format!("{}{again}", answer.summary),
            missed => format!("{}{again}; for {missed} earlier times, which were missed, too", answer.summary),
        });
        let end = |run: &Run, from: RunState| match &one_off {
            None => Ok(self.state.end_run(run.clone())?),
            Some(one_off) => once::end(self.state, one_off, run, from),
        };
        end(&run, RunState::Running)?;
        self.faults.at(&["schedule", "run", "ended"])?;
        let clean = self.at_the_end.as_ref().filter(|clean| clean.first() != command.first());
        let Some(clean) = clean.filter(|_| self.interrupt.check().is_ok()) else { return Ok(Some(run)) };
        // The next run of this schedule does not wait for the rest, which may get no answer.
        drop(lock);
        let ended = run.state;
        early(run.clone());
        let (cleaned, is_news) = self.clean_up(clean, deadline, run.clone())?;
        if cleaned != run {
            end(&cleaned, ended)?;
        }
        Ok(is_news.then_some(cleaned))
    }

    /// Runs a command. Each of the locks counts as held as long as its process lives.
    pub(super) fn child(&self, command: &[String], deadline: Option<Duration>, locks: &[Arc<RunLock>]) -> Answer {
        let (locks, children, own) = (locks.to_vec(), Arc::clone(&self.children), Arc::new(AtomicU32::new(0)));
        let noted = Arc::clone(&own);
        let starting = move |pid: u32| {
            locks.iter().for_each(|lock| lock.note(pid));
            noted.store(pid, Ordering::SeqCst);
            if let Some(handle) = process::handle(pid) {
                held(&children).insert(pid, handle);
            }
        };
        let answer = self.runner.run(command, deadline, Arc::new(starting));
        held(&self.children).remove(&own.load(Ordering::SeqCst));
        answer
    }
}

fn held<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}
