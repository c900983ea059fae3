//! The parts of a manifest about the Director.

use crate::yaml::{Complaint, Scalar, Value, View};

use super::schedule::{DEPLOYMENTS, ITSELF, Schedule};
use super::setting::Setting;

/// The keys of the instance groups; `jobs` is BOSH 1's.
const GROUPS: [&str; 2] = ["instance_groups", "jobs"];
/// The job that reads the settings (`jobs/director/spec` of cloudfoundry/bosh).
const JOB: &str = "director";
const SWITCH: &str = "enable_snapshots";

pub(super) struct Found<'a> {
    pub name: Option<Setting<String>>,
    pub enable_snapshots: Setting<bool>,
    pub snapshot_schedule: Result<Schedule, Complaint>,
    pub self_snapshot_schedule: Result<Schedule, Complaint>,
    /// `director.cpi_job`.
    pub cpi_job: Option<View<'a>>,
    /// snapback's own settings.
    pub snapback: Option<View<'a>>,
    pub warnings: Vec<String>,
}

/// Reads `director` and `snapback`: first those of the job, then those of its instance group, and last the top-level
/// properties.
pub(super) fn find<'a>(root: &View<'a>) -> Result<Found<'a>, Complaint> {
    let mut levels = in_groups(root)?;
    levels.extend(root.get("properties")?);

    let mut warnings = Vec::new();
    let mut directors = Vec::new();
    for properties in &levels {
        if let Some(director) = properties.get("director")? {
            if let Some(lost) = director.get("snapback")? {
                return Err(lost.complain("out of place").hint("it belongs beside `director:`, not in it"));
            }
            if let Some(entry) = director.misspelt(SWITCH) {
                let (place, key) = (entry.place(), director.key_of(&entry.key));
                warnings.push(format!("{place}: {key} means nothing to BOSH; do you mean {SWITCH}?"));
            }
            directors.push(director);
        }
    }
    Ok(Found {
        name: name(first(&directors, "name")?, &mut warnings)?,
        enable_snapshots: switch(&directors)?,
        snapshot_schedule: DEPLOYMENTS.of_directors(&directors),
        self_snapshot_schedule: ITSELF.of_directors(&directors),
        cpi_job: first(&directors, "cpi_job")?,
        snapback: first(&levels, "snapback")?,
        warnings,
    })
}

/// The Director's name as the Director itself has it. Go's YAML reader reads manifests for BOSH: a name that it takes
/// for a number becomes decimal.
pub(super) fn name(
    written: Option<View<'_>>,
    warnings: &mut Vec<String>,
) -> Result<Option<Setting<String>>, Complaint> {
    let Some(written) = written else { return Ok(None) };
    let text = written.as_str()?;
    let read = match &written.node().value {
        Value::Scalar(Scalar::Number(number, _)) if !number.is_f64() => number.to_string(),
        Value::Scalar(Scalar::Bool(value, _)) => value.to_string(),
        _ => text.to_owned(),
    };
    if read != text {
        let (line, key, kind) = (written.line(), written.key(), written.node().kind());
        warnings.push(format!(
            "line {line}: BOSH reads {key} as {kind}, and in another way than snapback: put it in quotes"
        ));
    }
    Ok(Some(Setting::of(read, &written)))
}

/// The properties of the instance groups' jobs and of the groups that concern the Director or snapback, the most
/// specific first.
fn in_groups<'a>(root: &View<'a>) -> Result<Vec<View<'a>>, Complaint> {
    let (mut of_jobs, mut of_groups) = (Vec::new(), Vec::new());
    for list in GROUPS {
        for group in root.get(list)?.map(|list| list.list()).transpose()?.unwrap_or_default() {
            let jobs = properties_of_jobs(&group)?;
            let own = group.get("properties")?.map(speaks).transpose()?.flatten();
            for key in ["director", "snapback"] {
                refuse_second(&jobs, key)?;
                let known = nearest(&of_jobs, &of_groups, key)?;
                if let (Some(before), Some(again)) = (known, first(&jobs, key)?.or(first(own.as_slice(), key)?)) {
                    return Err(second(&before, &again));
                }
            }
            of_jobs.extend(jobs);
            of_groups.extend(own);
        }
    }
    of_jobs.extend(of_groups);
    Ok(of_jobs)
}

fn nearest<'a>(of_jobs: &[View<'a>], of_groups: &[View<'a>], key: &str) -> Result<Option<View<'a>>, Complaint> {
    Ok(first(of_jobs, key)?.or(first(of_groups, key)?))
}

/// The properties of a group's jobs. If one of the jobs is the Director, those of the other jobs do not apply to it.
fn properties_of_jobs<'a>(group: &View<'a>) -> Result<Vec<View<'a>>, Complaint> {
    let Some(jobs) = group.get("jobs")? else { return Ok(Vec::new()) };
    let mut jobs = jobs.list()?;
    jobs.retain(|job| matches!(job.node().value, Value::Map(_)));
    let is_director = |job: &View<'_>| job.node().get("name").and_then(|name| name.text()) == Some(JOB);
    if jobs.iter().any(is_director) {
        jobs.retain(is_director);
    }
    let mut found = Vec::new();
    for job in jobs {
        found.extend(job.get("properties")?.map(speaks).transpose()?.flatten());
    }
    Ok(found)
}

fn speaks(properties: View<'_>) -> Result<Option<View<'_>>, Complaint> {
    let speaks = properties.get("director")?.is_some() || properties.get("snapback")?.is_some();
    Ok(speaks.then_some(properties))
}

pub(super) fn first<'a>(levels: &[View<'a>], key: &str) -> Result<Option<View<'a>>, Complaint> {
    for level in levels {
        if let Some(view) = level.get(key)? {
            return Ok(Some(view));
        }
    }
    Ok(None)
}

fn switch(directors: &[View<'_>]) -> Result<Setting<bool>, Complaint> {
    if let Some(written) = first(directors, SWITCH)? {
        return Ok(Setting::of(written.as_bool()?, &written));
    }
    let key = match directors.first() {
        Some(director) => director.key_of(SWITCH),
        None => format!("properties.director.{SWITCH}"),
    };
    Ok(Setting::default(false, key))
}

fn refuse_second(places: &[View<'_>], key: &str) -> Result<(), Complaint> {
    let mut seen: Option<View<'_>> = None;
    for place in places {
        let Some(view) = place.get(key)? else { continue };
        if let Some(before) = seen {
            return Err(second(&before, &view));
        }
        seen = Some(view);
    }
    Ok(())
}

pub(super) fn second(before: &View<'_>, again: &View<'_>) -> Complaint {
    let message = format!(
        "a second one: there is another on line {}, {}; snapback cannot tell which one counts",
        before.line(),
        before.key()
    );
    again.complain(message).hint("keep one of them")
}
