//! The schedules: the Director's two and the operator's own, each with its command.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::domain::cron::{BadCron, Cron};
use crate::domain::instance::Instance;
use crate::domain::schedule::{Known, due_since, next, overdue};
use crate::domain::selector::Selectors;
use crate::domain::shell::quoted;
use crate::error::{Error, Kind};
use crate::manifest::{Action, Job, Manifest, ManifestError, Place, Setting};

/// The Director's schedule of its own VM.
pub const SELF: &str = "self";
/// The Director's schedule of all deployments.
pub const DEPLOYMENTS: &str = "deployments";

/// A schedule.
#[derive(Debug, Clone)]
pub struct Scheduled {
    /// Its name.
    pub name: String,
    /// Its cron string, as it is written; `None` if the Director has none.
    pub text: Option<String>,
    /// Its times; `None` if it has none, or if its string is not a cron string.
    pub cron: Option<Cron>,
    /// The error in its cron string, if there is one.
    pub bad: Option<String>,
    /// The key in the manifest.
    pub key: String,
    /// The file and the line where it is written; `None` for the default.
    pub written: Option<(PathBuf, u64)>,
    /// Why it is off.
    pub off: Option<String>,
    /// The words behind `snapback`.
    pub command: Vec<String>,
    /// How long a run may take.
    pub deadline: Option<Duration>,
    /// The instances of which it takes snapshots; `None` if it takes none.
    pub taking: Option<Taking>,
}

/// The instances of which a schedule takes snapshots.
#[derive(Debug, Clone)]
pub struct Taking {
    /// Only those of this deployment.
    pub deployment: Option<String>,
    /// Only these.
    pub select: Selectors,
}

impl Taking {
    fn is_of(&self, instance: &Instance) -> bool {
        self.deployment.as_ref().is_none_or(|deployment| *deployment == instance.name.deployment)
            && self.select.matches(instance)
    }
}

/// When the next run that takes a snapshot of an instance is due, UTC: in the past if nothing has begun it; `None` if
/// no schedule takes one.
pub fn next_take(
    schedules: &[Scheduled],
    known: &BTreeMap<String, Known>,
    instance: &Instance,
    now: DateTime<Utc>,
) -> Option<DateTime<Utc>> {
    let takes = |one: &&Scheduled| one.taking.as_ref().is_some_and(|taking| taking.is_of(instance));
    schedules.iter().filter(takes).filter_map(|one| one.due(known, now)).min()
}

impl Scheduled {
    /// Its times, if it is on and has some.
    pub fn on(&self) -> Option<&Cron> {
        self.cron.as_ref().filter(|_| self.off.is_none())
    }

    /// When its next run is due, UTC: in the past if nothing has begun it.
    pub fn due(&self, known: &BTreeMap<String, Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let cron = self.on()?;
        due_since(cron, known.get(&self.name), now).or_else(|| next(cron, now))
    }

    /// Since when it is overdue, UTC.
    pub fn overdue(&self, known: &BTreeMap<String, Known>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        overdue(self.on()?, known.get(&self.name), now)
    }

    /// The error of a schedule that is on, but can never be run; `None` if it can.
    pub fn never_run(&self) -> Option<Error> {
        let bad = self.bad.as_ref().filter(|_| self.off.is_none())?;
        let place =
            self.written.as_ref().map_or_else(String::new, |(file, line)| format!("{}:{line}: ", file.display()));
        let message = format!("{place}schedule {} is never run: {bad}", self.name);
        Some(
            Error::new(Kind::Failed, message)
                .hint("to try one out:")
                .try_command("snapback schedule next --cron '0 2 * * *'"),
        )
    }

    /// Its command line, as you would type it.
    pub fn line(&self) -> String {
        self.command.iter().map(|word| quoted(word)).fold("snapback".to_owned(), |line, word| format!("{line} {word}"))
    }
}

/// All schedules of a manifest, the Director's first. `no_self` says why the Director's own VM cannot be found.
pub fn of_manifest(manifest: &Manifest, no_self: Option<&str>) -> Vec<Scheduled> {
    let settings = &manifest.settings.schedule;
    let off = (!manifest.enable_snapshots.value).then(|| {
        let place = &manifest.enable_snapshots.place;
        let line = place.line.map_or_else(|| "is not set".to_owned(), |line| format!("is false, line {line}"));
        format!("{} {line}: snapshots are switched off", place.key)
    });
    let self_off = match settings.itself {
        false => Some("schedule.self is false".to_owned()),
        true => off.clone().or_else(|| no_self.map(str::to_owned)),
    };
    let deployments_off = match settings.deployments {
        false => Some("a living Director runs it; to have snapback run it, set schedule.deployments: true".to_owned()),
        true => off,
    };
    let words = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let itself = directors(
        manifest,
        manifest.self_snapshot_schedule(),
        SELF,
        self_off,
        words(&["take", "--self", "--schedule", SELF]),
    );
    let of_itself = Taking { deployment: Some(SELF.to_owned()), select: Selectors::default() };
    let itself = Scheduled { taking: Some(of_itself), ..itself };
    let deployments = directors(
        manifest,
        manifest.snapshot_schedule(),
        DEPLOYMENTS,
        deployments_off,
        words(&["take", "--all-deployments", "--schedule", DEPLOYMENTS]),
    );
    let of_all = Taking { deployment: None, select: Selectors::default() };
    let deployments = Scheduled { taking: Some(of_all), ..deployments };
    [itself, deployments].into_iter().chain(settings.jobs.iter().map(|job| own(manifest, job))).collect()
}

fn directors(
    manifest: &Manifest,
    read: Result<Setting<Option<String>>, ManifestError>,
    name: &str,
    off: Option<String>,
    command: Vec<String>,
) -> Scheduled {
    let scheduled = |text: Option<String>, bad: Option<String>, place: Option<&Place>, off: Option<String>| Scheduled {
        name: name.to_owned(),
        cron: None,
        text,
        bad,
        key: place.map_or_else(String::new, |place| place.key.clone()),
        written: place.and_then(|place| Some((manifest.file_of(place).to_owned(), place.line?))),
        off,
        command,
        deadline: None,
        taking: None,
    };
    match read {
        Err(why) => scheduled(None, Some(why.to_string()), None, off),
        Ok(setting) => match setting.value.as_deref().map(Cron::parse) {
            None => {
                scheduled(None, None, Some(&setting.place), off.or_else(|| Some("the Director has none".to_owned())))
            }
            Some(read) => {
                let (cron, bad) = match read {
                    Ok(cron) => (Some(cron), None),
                    Err(bad) => (None, Some(shown(&bad, setting.place.given))),
                };
                Scheduled { cron, ..scheduled(setting.value.clone(), bad, Some(&setting.place), off) }
            }
        },
    }
}

/// The error of a cron string. The value of a variable is not shown.
fn shown(bad: &BadCron, given: bool) -> String {
    if given { format!("the value of its variable is not a cron string: {}", bad.why) } else { bad.to_string() }
}

fn own(manifest: &Manifest, job: &Job) -> Scheduled {
    let mut command = vec![job.action.name().to_owned()];
    let everywhere = job.deployment.is_none() && job.select.is_empty();
    if let Some(deployment) = &job.deployment {
        command.extend(["--deployment".to_owned(), deployment.clone()]);
    }
    // They were read once before, with the manifest.
    let selectors = Selectors::parse(&job.select).unwrap_or_default();
    match job.action {
        Action::Take => {
            command.extend(everywhere.then(|| "--all-deployments".to_owned()));
            command.extend(["--schedule".to_owned(), job.name.clone()]);
            command.extend(job.lifespan.iter().flat_map(|lifespan| ["--lifespan".to_owned(), lifespan.clone()]));
            command.extend(job.options.iter().map(|option| format!("--{option}")));
            command.extend(job.select.iter().cloned());
        }
        Action::Drill => {
            command.push("--latest".to_owned());
            command.extend(everywhere.then(|| "--all-deployments".to_owned()));
            command.extend(selectors.each().iter().map(ToString::to_string));
        }
        Action::Prune => command.extend(job.select.iter().cloned()),
        Action::Check => {}
    }
    Scheduled {
        name: job.name.clone(),
        text: Some(job.cron.to_string()),
        cron: Some(job.cron.clone()),
        bad: None,
        key: job.place.key.clone(),
        written: job.place.line.map(|line| (manifest.file_of(&job.place).to_owned(), line)),
        off: None,
        command,
        deadline: job.deadline,
        taking: (job.action == Action::Take).then(|| Taking { deployment: job.deployment.clone(), select: selectors }),
    }
}
