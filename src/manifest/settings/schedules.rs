//! The things that snapback does by itself, and their times: `schedule:`.

use std::fmt;
use std::time::Duration;

use super::super::setting::Place;
use super::units::{self, length};
use crate::domain::cron::Cron;
use crate::domain::limits::Lifespans;
use crate::domain::selector::Selectors;
use crate::domain::time::span;
use crate::yaml::{Complaint, Scalar, Value, View};

/// `schedule:`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedules {
    /// Whether snapback runs the Director's `snapshot_schedule`; if not, a living Director does.
    pub deployments: bool,
    /// Whether snapback runs the Director's `self_snapshot_schedule`.
    pub itself: bool,
    /// Whether missed runs are caught up once, late.
    pub catch_up: bool,
    /// The operator's own schedules, in their order.
    pub jobs: Vec<Job>,
}

impl Schedules {
    /// The names of all schedules: the Director's own two, and the operator's.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        TAKEN.into_iter().chain(self.jobs.iter().map(|job| job.name.as_str()))
    }
}

impl Default for Schedules {
    fn default() -> Self {
        Schedules { deployments: false, itself: true, catch_up: true, jobs: Vec::new() }
    }
}

/// A schedule of the operator's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its name, which is unique. The snapshots that it takes record it.
    pub name: String,
    /// Its times.
    pub cron: Cron,
    /// Its command.
    pub action: Action,
    /// The instances, selected as on a command line; all if it is empty.
    pub select: Vec<String>,
    /// The deployment; all of them if it is `None` and nothing is selected.
    pub deployment: Option<String>,
    /// How long the snapshots are kept, as it is written.
    pub lifespan: Option<String>,
    /// The options of `take` that are set, without their hyphens.
    pub options: Vec<&'static str>,
    /// How long a run may take; `None` for no limit.
    pub deadline: Option<Duration>,
    /// Its place in the manifest.
    pub place: Place,
}

/// The command that a schedule runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// `snapback take`
    Take,
    /// `snapback drill` of the newest snapshots
    Drill,
    /// `snapback prune`
    Prune,
    /// `snapback check`
    Check,
}

impl Action {
    const ALL: [Action; 4] = [Action::Take, Action::Drill, Action::Prune, Action::Check];

    /// The verb.
    pub fn name(self) -> &'static str {
        match self {
            Action::Take => "take",
            Action::Drill => "drill",
            Action::Prune => "prune",
            Action::Check => "check",
        }
    }
}

impl fmt::Display for Schedules {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let switch = |on: bool| if on { "on" } else { "off" };
        write!(f, "self {}, deployments {}", switch(self.itself), switch(self.deployments))?;
        if !self.catch_up {
            f.write_str(", no catch-up")?;
        }
        self.jobs.iter().try_for_each(|job| write!(f, "; {}: {} at '{}'", job.name, job.action.name(), job.cron))
    }
}

/// The options of `take` that a job can set.
const SWITCHES: [(&str, &str); 5] = [
    ("clean", "clean"),
    ("quiesce_together", "quiesce-together"),
    ("assume_clean", "assume-clean"),
    ("allow_torn", "allow-torn"),
    ("include_detached", "include-detached"),
];
/// The names of the Director's own schedules.
const TAKEN: [&str; 2] = ["self", "deployments"];

/// Reads `schedule:`.
pub(super) fn read(view: &View<'_>, lifespans: &Lifespans) -> Result<Schedules, Complaint> {
    view.only(&["deployments", "self", "catch_up", "jobs"])?;
    let switch = |key: &str, default: bool| view.get(key)?.map_or(Ok(default), |view| view.as_bool());
    let mut jobs: Vec<Job> = Vec::new();
    for entry in view.get("jobs")?.map(|jobs| jobs.list()).transpose()?.unwrap_or_default() {
        let job = job(&entry, lifespans)?;
        if let Some(before) = jobs.iter().find(|before| before.name == job.name) {
            let first = before.place.line.map_or_else(String::new, |line| format!(" on line {line}"));
            return Err(entry
                .complain(format!("a second job with the name '{}': the first one is{first}", job.name))
                .hint("give each job a name of its own: snapshots and runs are told apart by it"));
        }
        jobs.push(job);
    }
    Ok(Schedules {
        deployments: switch("deployments", false)?,
        itself: switch("self", true)?,
        catch_up: switch("catch_up", true)?,
        jobs,
    })
}

fn job(view: &View<'_>, lifespans: &Lifespans) -> Result<Job, Complaint> {
    let keys = ["name", "cron", "do", "select", "deployment", "lifespan", "deadline"];
    view.only(&[&keys[..], &SWITCHES.map(|(key, _)| key)].concat())?;
    let action = action(view)?;
    let of_take = |key: &str| match view.get(key)? {
        Some(found) if action != Action::Take => Err(found
            .complain(format!("it belongs to `do: take`, and this job has `do: {}`", action.name()))
            .hint("remove it")),
        found => Ok(found),
    };
    let select = select(view)?;
    if action == Action::Check
        && let Some(place) = view.get("select")?
    {
        return Err(place.complain("`do: check` looks at all that is known").hint("remove it"));
    }
    let mut options = Vec::new();
    for (key, option) in SWITCHES {
        if of_take(key)?.map(|view| view.as_bool()).transpose()? == Some(true) {
            options.push(option);
        }
    }
    let lifespan = of_take("lifespan")?;
    if let (Some(place), Some(max)) = (&lifespan, lifespans.max)
        && !lifespans.allows(units::lifespan(place)?)
    {
        let max = span(max.as_secs());
        return Err(place
            .complain(format!("longer than `lifespan.max`, {max}: each run would be refused"))
            .hint(format!("write at most {max}, or a longer max")));
    }
    lifespan.as_ref().map(units::lifespan).transpose()?;
    Ok(Job {
        name: name(view)?,
        cron: cron(view)?,
        action,
        select,
        deployment: view.get("deployment")?.map(|view| deployment(&view)).transpose()?,
        lifespan: lifespan.map(|view| view.as_str().map(|text| text.trim().to_owned())).transpose()?,
        options,
        deadline: view.get("deadline")?.map(|view| length(&view)).transpose()?,
        place: Place::of(view),
    })
}

fn needed<'a>(view: &View<'a>, key: &str, example: &str) -> Result<View<'a>, Complaint> {
    view.get(key)?.ok_or_else(|| view.complain(format!("a job without `{key}`")).hint(format!("write {example}")))
}

/// Whether a text can be the name of a schedule.
pub fn is_name(name: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || ['-', '_', '.'].contains(&c);
    name.len() <= 64 && name.chars().all(plain) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

fn name(view: &View<'_>) -> Result<String, Complaint> {
    let place = needed(view, "name", "a name, as in `name: nightly`")?;
    let name = place.as_str()?;
    if !is_name(name) {
        return Err(place
            .complain(
                "a job's name is up to 64 letters, digits, hyphens, dots and underscores, a letter or digit first",
            )
            .hint("as in `name: nightly`"));
    }
    if TAKEN.contains(&name) {
        return Err(place
            .complain(format!("the Director's own schedule is called '{name}'"))
            .hint(format!("give the job another name; that one is switched by `schedule.{name}: true` or `false`")));
    }
    Ok(name.to_owned())
}

fn cron(view: &View<'_>) -> Result<Cron, Complaint> {
    const EXAMPLE: &str =
        "a cron line in quotes, as in `cron: \"0 2 * * * Europe/Berlin\"`; without a zone it counts in UTC";
    let place = needed(view, "cron", EXAMPLE)?;
    let Value::Scalar(Scalar::Text(_)) = place.node().value else {
        return Err(place
            .complain(format!("expected a cron line, found {}", place.node().kind()))
            .hint(format!("write {EXAMPLE}")));
    };
    Cron::parse(place.as_str()?).map_err(|bad| {
        place.complain(bad.to_string()).hint("to try one out:").try_command("snapback schedule next --cron '0 2 * * *'")
    })
}

fn action(view: &View<'_>) -> Result<Action, Complaint> {
    const EXAMPLE: &str = "`do: take`, `do: drill`, `do: prune` or `do: check`";
    let place = needed(view, "do", EXAMPLE)?;
    let text = place.as_str()?;
    Action::ALL.into_iter().find(|action| action.name() == text).ok_or_else(|| {
        place.complain(format!("'{text}' is not something that a schedule does")).hint(format!("write {EXAMPLE}"))
    })
}

/// Reads the deployment, which becomes a word of a command line.
fn deployment(place: &View<'_>) -> Result<String, Complaint> {
    match place.as_str()? {
        name if name.is_empty() || name.starts_with('-') => Err(place
            .complain(format!("'{name}' is not a deployment"))
            .hint("write its name, as in `deployment: prod`")),
        name => Ok(name.to_owned()),
    }
}

/// Reads selectors, as text or as a list.
fn select(view: &View<'_>) -> Result<Vec<String>, Complaint> {
    let Some(place) = view.get("select")? else { return Ok(Vec::new()) };
    let words = match place.node().value {
        Value::List(_) => place.as_string_list()?,
        _ => place.as_str()?.split_whitespace().map(str::to_owned).collect(),
    };
    if let Some(option) = words.iter().find(|word| word.starts_with('-')) {
        return Err(place.complain(format!("'{option}' is an option, not an instance")).hint(
            "a job has a key for each option that it can have, as in `allow_torn: true`; `select` names instances",
        ));
    }
    match Selectors::parse(&words) {
        Ok(selectors) if selectors.is_all() => {
            Err(place.complain("it selects nothing").hint("remove it, to mean all instances"))
        }
        Ok(_) => Ok(words),
        Err(error) => {
            Err(place.complain(error.to_string()).hint("write GROUP, GROUP/INDEX or GROUP/UUID, as in `select: db/0`"))
        }
    }
}
