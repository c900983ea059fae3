//! The answer in Prometheus' text format, as the textfile collector of node_exporter reads it
//! (https://github.com/prometheus/node_exporter, "Textfile Collector").

use std::path::{Path, PathBuf};

use chrono::{DateTime, Utc};
use prometheus::{Encoder, GaugeVec, Opts, Registry, TextEncoder};

use super::super::whole_file::{self, Readers};
use super::Timetable;
use crate::domain::schedule::{RunState, next};
use crate::error::{Error, Kind, Result};
use crate::ops::status::{Standing, State};
use crate::state::{Reader, SnapshotFilter};

/// The file to write; a link is followed.
///
/// # Errors
/// [`Kind::Usage`]: something there is not a file, and would be lost.
pub(super) fn place(file: &Path) -> Result<PathBuf> {
    const OPTION: &str = "--metrics";
    if file == Path::new("-") {
        return Err(whole_file::refused(OPTION, file, "the answer goes to standard output already"));
    }
    whole_file::place(OPTION, file)
}

/// Writes the metrics to a file, which appears whole or stays as it was.
///
/// # Errors
/// Those of the state file; [`Kind::Failed`] if it cannot be written.
pub(super) fn write(
    file: &Path,
    reader: &Reader,
    timetable: &Timetable,
    standings: &[Standing],
    now: DateTime<Utc>,
) -> Result<()> {
    let mut text = Vec::new();
    let registry = registry(reader, standings, now)?;
    schedules(&registry, reader, timetable, now)?;
    TextEncoder::new().encode(&registry.gather(), &mut text).map_err(bug)?;
    whole_file::write("the metrics", file, &text, Readers::All)
}

/// The error for metrics that cannot be written. Their names are snapback's own, so this is a bug.
fn bug(error: prometheus::Error) -> Error {
    Error::because(Kind::Bug, "the metrics cannot be written down", error)
}

/// All metrics; times are in seconds since 1970, UTC.
fn registry(reader: &Reader, standings: &[Standing], now: DateTime<Utc>) -> Result<Registry> {
    let registry = Registry::new();
    let gauge = |name: &str, help: &str, labels: &[&str]| gauge(&registry, name, help, labels);
    // Not `instance`: Prometheus uses that name for the target that it has scraped.
    const WHOSE: &[&str] = &["bosh_deployment", "bosh_instance"];
    let ok = gauge(
        "snapback_restorable",
        "Whether the instance could be restored now, by the limits that `status` was given",
        WHOSE,
    )?;
    let newest = gauge(
        "snapback_newest_snapshot_timestamp_seconds",
        "When the newest snapshot was taken that the instance could be put back on",
        WHOSE,
    )?;
    let verified = gauge(
        "snapback_newest_snapshot_verified_timestamp_seconds",
        "When a drill verified that snapshot; 0 if none did",
        WHOSE,
    )?;
    for standing in standings {
        let name = &standing.instance.name;
        let whose = [name.deployment.clone(), name.to_string()];
        ok.with_label_values(&whose).set(f64::from(u8::from(standing.state == State::Ok)));
        if let Some(snapshot) = standing.snapshot() {
            newest.with_label_values(&whose).set(seconds(snapshot.created_at));
            verified.with_label_values(&whose).set(snapshot.verified_at.map_or(0.0, seconds));
        }
    }
    let count =
        gauge("snapback_snapshots", "How many snapshots are known", &["bosh_deployment", "bosh_instance", "owner"])?;
    let oldest =
        gauge("snapback_oldest_snapshot_timestamp_seconds", "When the oldest known snapshot was taken", WHOSE)?;
    reader.each_snapshot(&SnapshotFilter::default(), |snapshot| {
        let (deployment, name) = (snapshot.instance.deployment.clone(), snapshot.instance.to_string());
        count.with_label_values(&[&deployment, &name, &snapshot.owner.name().to_owned()]).inc();
        let oldest = oldest.with_label_values(&[deployment, name]);
        let at = seconds(snapshot.created_at);
        if oldest.get() == 0.0 || at < oldest.get() {
            oldest.set(at);
        }
        Ok::<bool, Error>(true)
    })?;
    let pending = u32::try_from(reader.pending_operations()?.len()).unwrap_or(u32::MAX);
    gauge("snapback_pending_operations", "How many operations have not ended", &[])?
        .with_label_values::<&str>(&[])
        .set(f64::from(pending));
    gauge("snapback_status_timestamp_seconds", "When `status` looked", &[])?
        .with_label_values::<&str>(&[])
        .set(seconds(now));
    Ok(registry)
}

fn gauge(registry: &Registry, name: &str, help: &str, labels: &[&str]) -> Result<GaugeVec> {
    let gauge = GaugeVec::new(Opts::new(name, help), labels).map_err(bug)?;
    registry.register(Box::new(gauge.clone())).map_err(bug)?;
    Ok(gauge)
}

/// The metrics of the schedules that are on.
fn schedules(registry: &Registry, reader: &Reader, timetable: &Timetable, now: DateTime<Utc>) -> Result<()> {
    const WHICH: &[&str] = &["schedule"];
    let last = gauge(
        registry,
        "snapback_schedule_last_run_timestamp_seconds",
        "When the last run began; 0 if none has",
        WHICH,
    )?;
    let ok = gauge(
        registry,
        "snapback_schedule_last_run_ok",
        "Whether the last run ended well; 1 if there was none, 0 if the schedule can never run",
        WHICH,
    )?;
    let due = gauge(
        registry,
        "snapback_schedule_next_run_timestamp_seconds",
        "When the next run is due; in the past if nothing has begun it",
        WHICH,
    )?;
    for scheduled in &timetable.schedules {
        let name = [scheduled.name.as_str()];
        if scheduled.never_run().is_some() {
            last.with_label_values(&name).set(0.0);
            ok.with_label_values(&name).set(0.0);
        }
        let Some(cron) = scheduled.on() else { continue };
        let run = reader.runs(Some(&scheduled.name), 1)?.into_iter().next();
        last.with_label_values(&name).set(run.as_ref().map_or(0.0, |run| seconds(run.started_at)));
        let at_work = run.as_ref().is_some_and(|run| run.state == RunState::Running)
            && reader.is_at_work(&format!("run.{}", scheduled.name));
        let well = at_work || run.as_ref().is_none_or(|run| run.state == RunState::Done);
        ok.with_label_values(&name).set(f64::from(u8::from(well)));
        // In the past if nothing has begun it, so that an alert can detect a dead scheduler.
        let at = if at_work { next(cron, now) } else { scheduled.due(&timetable.known, now) };
        if let Some(at) = at {
            due.with_label_values(&name).set(seconds(at));
        }
    }
    Ok(())
}

fn seconds(at: DateTime<Utc>) -> f64 {
    // A time in milliseconds is exact as `f64` for 285,000 years.
    #[expect(clippy::cast_precision_loss, reason = "see above")]
    let millis = at.timestamp_millis() as f64;
    millis / 1000.0
}
