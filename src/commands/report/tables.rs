//! The tables of the page.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};

use super::facts::{DAYS, Facts, Row};
use super::html::{ago, cid, code, pill, table, text, time};
use crate::domain::instance::Disk;
use crate::domain::size::ibytes;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::{age, span};
use crate::ops::status::State;

const NONE: &str = "<span class=\"quiet\">none</span>";

/// The instances of a deployment.
pub(super) fn instances(facts: &Facts, rows: &[&Row]) -> String {
    let titles = ["Instance", "Stands", "Newest snapshot", "Age", "Newest verified", "Next run"];
    let row = |row: &&Row| {
        let standing = &row.standing;
        let name = &standing.instance.name;
        let newest = standing.snapshot();
        let attribute = |key: &str, value: &str| format!(" data-{key}=\"{}\"", text(value));
        let oldest = row.verified.iter().min_by_key(|snapshot| snapshot.created_at);
        let named = |snapshot: Option<&Snapshot>| snapshot.map_or("", |snapshot| snapshot.cid.as_str()).to_owned();
        let attributes = [
            attribute("instance", &name.to_string()),
            attribute("deployment", &name.deployment),
            attribute("state", standing.state.name()),
            attribute("newest", &named(newest)),
            attribute("verified", &named(oldest)),
        ];
        let reason =
            standing.reason.as_ref().map_or(String::new(), |why| format!("<p class=\"why\">{}</p>", text(why)));
        let cells = vec![
            format!("<b>{}</b>", text(&name.to_string())),
            state(standing.state) + &reason,
            snapshots(&standing.snapshots, facts.now),
            newest.map_or(NONE.to_owned(), |newest| against(facts, newest)),
            snapshots(&row.verified, facts.now),
            row.next.map_or(NONE.to_owned(), time),
        ];
        (attributes.concat(), cells)
    };
    table(&titles, &rows.iter().map(row).collect::<Vec<_>>())
}

fn state(state: State) -> String {
    let look = match state {
        State::Ok => "good",
        State::TooOld | State::Unverified | State::FormerDisk | State::Unknown => "odd",
        State::Blocked | State::NotReady | State::Missing => "bad",
    };
    pill(look, &state.name().replace('_', " "))
}

/// One snapshot of each disk.
fn snapshots(of_each_disk: &[Snapshot], now: DateTime<Utc>) -> String {
    let told = |snapshot: &Snapshot| {
        let at = snapshot.created_at;
        format!("<p>{}<br><span class=\"quiet\">{}, {}</span></p>", cid(snapshot.cid.as_str()), time(at), ago(at, now))
    };
    if of_each_disk.is_empty() { NONE.to_owned() } else { of_each_disk.iter().map(told).collect() }
}

/// Its age, compared with the target.
fn against(facts: &Facts, newest: &Snapshot) -> String {
    let old = age(newest.created_at, facts.now);
    let Some(target) = facts.max_age.map(|most| most.as_secs()) else { return old };
    let seconds = u64::try_from((facts.now - newest.created_at).num_seconds()).unwrap_or(0);
    // A browser shows a value above `high` in red, if `optimum` lies below `low`. So there must be room above `high`.
    let most = target.saturating_add(target.div_ceil(2));
    let value = seconds.min(most);
    let (class, told) = match seconds > target {
        true => ("over", format!("<b class=\"over\">{old}, more than {}</b>", span(target))),
        false => ("within", format!("{old} of {}", span(target))),
    };
    format!(
        "{told}<br><meter class=\"{class}\" min=\"0\" max=\"{most}\" low=\"{target}\" high=\"{target}\" optimum=\"0\" \
         value=\"{value}\" aria-label=\"age, against the target\"></meter>"
    )
}

pub(super) fn schedules(facts: &Facts) -> String {
    if facts.schedules.is_empty() {
        return "<p class=\"quiet\">The manifest has no schedule.</p>\n".to_owned();
    }
    let rows = facts.schedules.iter().map(|schedule| {
        let stands = &schedule.stands;
        let look = match stands.is {
            "on" | "running" => "good",
            "off" => "quiet",
            _ => "bad",
        };
        let why = stands.why.as_ref().map_or(String::new(), |why| format!("<p class=\"why\">{}</p>", text(why)));
        let last =
            schedule.last.as_ref().map_or("<span class=\"quiet\">never</span>".to_owned(), |run| time(run.due_at));
        let summary = schedule.last.as_ref().and_then(|run| run.summary.as_ref());
        let summary = summary.map_or(String::new(), |summary| format!("<p class=\"why\">{}</p>", text(summary)));
        let ended = stands.result.map_or(NONE.to_owned(), |result| {
            pill(if ["done", "running"].contains(&result) { "good" } else { "bad" }, result) + &summary
        });
        let attributes = format!(" data-schedule=\"{}\" data-is=\"{}\"", text(&schedule.name), stands.is);
        let cells = vec![
            format!("<b>{}</b><br>{}", text(&schedule.name), code(&schedule.cron)),
            pill(look, stands.is) + &why,
            code(&schedule.does),
            schedule.next.map_or(NONE.to_owned(), time),
            last,
            ended,
        ];
        (attributes, cells)
    });
    table(&["Schedule", "Is", "Runs", "Next run", "Last run", "It ended"], &rows.collect::<Vec<_>>())
}

pub(super) fn failures(facts: &Facts) -> String {
    if facts.failures.is_empty() {
        return format!("<p class=\"quiet\">Nothing has failed in the last {DAYS} days.</p>\n");
    }
    let rows = facts.failures.iter().map(|failure| {
        let cells = vec![time(failure.at), text(&failure.what), pill("bad", &failure.how), text(&failure.why)];
        (" data-failure=\"1\"".to_owned(), cells)
    });
    table(&["When", "What", "How", "Why"], &rows.collect::<Vec<_>>())
}

/// The table of the disks, with the number of snapshots of each.
pub(super) fn storage(facts: &Facts) -> String {
    let mut rows = Vec::new();
    let (mut known, mut unknown) = (0_u64, 0_u64);
    for row in &facts.rows {
        let mut counts: BTreeMap<&str, (u64, DateTime<Utc>)> = BTreeMap::new();
        for snapshot in &row.known.snapshots {
            let of = snapshot.disk.as_ref().map_or("", |disk| disk.as_str());
            let entry = counts.entry(of).or_insert((0, snapshot.created_at));
            *entry = (entry.0 + 1, entry.1.min(snapshot.created_at));
        }
        let current = row.standing.instance.disks.iter().map(|disk| (disk, pill("good", "in use")));
        let orphaned = row.known.orphaned.iter().map(|disk| (disk, pill("odd", "orphaned")));
        for (disk, is) in current.chain(orphaned) {
            match size(disk) {
                Some(mib) => known = known.saturating_add(mib),
                None => unknown += 1,
            }
            let taken = counts.remove(disk.cid.as_str());
            let size = size(disk).map_or("not known".to_owned(), ibytes);
            rows.push(stored(row, &cid(disk.cid.as_str()), disk.cid.as_str(), vec![is, size], taken));
        }
        for (disk, taken) in counts {
            let shown = if disk.is_empty() { "not known".to_owned() } else { cid(disk) };
            let cells = vec![pill("quiet", "gone, or not known"), "not known".to_owned()];
            rows.push(stored(row, &shown, disk, cells, Some(taken)));
        }
    }
    let more = match unknown {
        0 => String::new(),
        1 => ", and 1 whose size is not known".to_owned(),
        unknown => format!(", and {unknown} whose size is not known"),
    };
    format!(
        "<p>Disks of <b data-count=\"disk-size\">{}</b> altogether{more}. How much room snapshots take is not known: no cloud tells, and \
         most keep only what differs.</p>\n{}",
        ibytes(known),
        table(&["Instance", "Disk", "Is", "Size of the disk", "Snapshots", "Oldest"], &rows)
    )
}

/// The size in MiB, if known. BOSH lists an orphaned disk as `0 B` if it never knew the size.
fn size(disk: &Disk) -> Option<u64> {
    disk.size_mib.filter(|mib| *mib > 0)
}

fn stored(
    row: &Row,
    shown: &str,
    cid: &str,
    is_and_size: Vec<String>,
    taken: Option<(u64, DateTime<Utc>)>,
) -> (String, Vec<String>) {
    let name = &row.standing.instance.name;
    let count = taken.map_or(0, |(count, _)| count);
    let mut cells =
        vec![format!("{} <span class=\"quiet\">{}</span>", text(&name.to_string()), text(&name.deployment))];
    cells.push(shown.to_owned());
    cells.extend(is_and_size);
    cells.extend([count.to_string(), taken.map_or(NONE.to_owned(), |(_, oldest)| time(oldest))]);
    (format!(" data-disk=\"{}\" data-snapshots=\"{count}\"", text(cid)), cells)
}
