//! `--latest SELECTOR --before TIME`: which snapshot that is and why, told before anything is done.

use chrono::{DateTime, Local, Utc};

use super::{selectors, times};
use crate::context::Context;
use crate::domain::called::Called;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::moment::on_both_clocks;
use crate::domain::operation::{Operation, Verb};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::age;
use crate::error::Result;
use crate::ops::choose::{Choice, Why, Wish, choose_by, told};
use crate::ops::find;
use crate::state::Reader;
use crate::ui::{Cell, Column, Format, Table, TableKind};

const COLUMNS: &[Column] = &[
    Column::new("instance", "Instance"),
    Column::new("deployment", "Deployment"),
    Column::new("cid", "CID"),
    Column::new("other_cids", "CIDs of Other Disks"),
    Column::new("created_at", "Created At"),
    Column::new("clean", "Clean"),
    Column::new("verified_at", "Verified At"),
    Column::new("disk_cid", "Disk CID"),
    Column::new("current_disk_cids", "Current Disk CIDs"),
    Column::new("before", "Before"),
    Column::new("newer_not_before", "Newer, Not Before"),
    Column::new("newer_torn", "Newer, Torn"),
    Column::new("newer_safety", "Newer, Safety"),
    Column::new("newer_incomplete", "Newer, Not of All Disks"),
    Column::new("operations_since", "Operations Since"),
    Column::new("newer_other_instance", "Newer, Of Another Instance"),
    Column::new("newer_untrusted_time", "Newer, Of Unknown Time"),
    Column::new("newer_unsound", "Newer, Found Wrong by a Drill"),
];

/// Chooses the snapshot of the one instance that selectors mean, and tells why: people on stderr, programs in the list
/// `choice`.
///
/// # Errors
/// A bad selector or time, an instance or a snapshot that nobody knows, the errors of the state file.
pub(super) fn latest(
    context: &mut Context,
    reader: &Reader,
    words: &[String],
    before: Option<&String>,
) -> Result<Vec<Snapshot>> {
    let deployment = find::deployment(reader, context.deployment().as_deref())?;
    let instance = find::instance(reader, &deployment, &selectors(words)?)?;
    let before = times::past("--before", before, context)?;
    let choice = choice(context, reader, instance, before)?;
    tell(context, std::slice::from_ref(&choice))?;
    Ok(choice.snapshots())
}

/// Chooses the snapshot of an instance, and tells people why.
///
/// # Errors
/// There is none; the errors of the state file.
pub(super) fn choice(
    context: &mut Context,
    reader: &Reader,
    instance: Instance,
    before: Option<DateTime<Utc>>,
) -> Result<Choice> {
    chosen(context, reader, instance, &Wish { before, ..Wish::default() })
}

/// As [`choice`], for a wish.
///
/// # Errors
/// As [`choice`].
pub(super) fn chosen(context: &mut Context, reader: &Reader, instance: Instance, wish: &Wish) -> Result<Choice> {
    let now = context.clock.now();
    let choice = choose_by(reader, instance, wish, now)?;
    for line in lines(&choice, now, &context.called) {
        context.ui.say(&line);
    }
    Ok(choice)
}

/// Tells programs what was chosen.
///
/// # Errors
/// The output cannot be written.
pub(super) fn tell(context: &mut Context, choices: &[Choice]) -> Result<()> {
    if !matches!(context.ui.style().format, Format::Json | Format::Jsonl) {
        return Ok(());
    }
    context.ui.table(&Table::new("choice", TableKind::Own, COLUMNS, Some("cid")), |row| {
        for choice in choices {
            row(cells(choice));
        }
        Ok(())
    })
}

fn lines(choice: &Choice, now: DateTime<Utc>, called: &Called) -> Vec<String> {
    let Choice { instance, snapshot, before, passed_over, operations, .. } = choice;
    let before = before.map_or(String::new(), |before| format!(" before {}", before.format("%Y-%m-%d %H:%M:%S UTC")));
    let mut lines = vec![format!(
        "Newest snapshot of {}{before}: {}, {} old{}",
        instance.name,
        snapshot.cid,
        age(snapshot.created_at, now),
        told(passed_over)
    )];
    for other in &choice.others {
        let of = other.disk.as_ref().map_or_else(String::new, |disk| format!(" of its disk {disk}"));
        lines.push(format!("  With it    {}{of}, of the same take", other.cid));
    }
    let clean = if snapshot.clean { "clean: the processes were stopped" } else { "the processes were running" };
    let verified = match snapshot.verified_at {
        Some(at) => format!("verified {} ago", age(at, now)),
        None => {
            let drill = called.command(&format!("snapback drill {}", quoted(snapshot.cid.as_str())));
            format!("never verified: {drill}")
        }
    };
    lines.push(format!("  Taken      {}; {clean}; {verified}", on_both_clocks(snapshot.created_at, &Local)));
    if choice.clock_was_set {
        lines.push(
            "  The clock was set back: another snapshot has a later time, but the journal says that this one is newer"
                .to_owned(),
        );
    }
    if let Some(disks) = choice.other_disks() {
        let disks: Vec<&str> = disks.iter().map(|disk| disk.as_str()).collect();
        let has = if disks.is_empty() { "none".to_owned() } else { disks.join(", ") };
        let was = snapshot.disk.as_ref().map_or_else(String::new, ToString::to_string);
        lines.push(format!("  Since then the disk was exchanged: it was {was}, and is {has}"));
    }
    let (changes, rest): (Vec<&Operation>, Vec<&Operation>) =
        operations.iter().partition(|operation| matches!(operation.verb, Verb::Restore | Verb::Undo));
    lines.extend(changes.into_iter().map(|operation| {
        let (verb, id, state) = (operation.verb.name(), &operation.id, operation.state.name());
        format!("  Since then {verb} {id}, {state}, at {}", on_both_clocks(operation.started_at, &Local))
    }));
    let rest: Vec<String> = Verb::ALL
        .into_iter()
        .map(|verb| (rest.iter().filter(|operation| operation.verb == verb).count(), verb))
        .filter(|(count, _)| *count > 0)
        .map(|(count, verb)| format!("{count} {}", verb.name()))
        .collect();
    if !rest.is_empty() {
        lines.push(format!("  Since then {}", rest.join(", ")));
    }
    if instance.managed_by == ManagedBy::Director {
        let after = snapshot.created_at.format("%Y-%m-%dT%H:%M:%SZ");
        lines.push(format!(
            "  Deploys    only the Director knows them: bosh -d {} events --object-type deployment --after {after}",
            instance.name.deployment
        ));
    }
    lines
}

fn cells(choice: &Choice) -> Vec<Cell> {
    let Choice { instance, snapshot, before, operations, .. } = choice;
    vec![
        Cell::text(&instance.name),
        Cell::text(&instance.name.deployment),
        Cell::text(&snapshot.cid),
        Cell::Lines(choice.others.iter().map(|other| other.cid.to_string()).collect()),
        Cell::Time(snapshot.created_at),
        Cell::Bool(snapshot.clean),
        Cell::maybe(snapshot.verified_at, Cell::Time),
        Cell::maybe(snapshot.disk.as_ref(), Cell::text),
        Cell::Lines(instance.disks.iter().map(|disk| disk.cid.to_string()).collect()),
        Cell::maybe(*before, Cell::Time),
        Cell::Number(choice.count(Why::Later)),
        Cell::Number(choice.count(Why::Torn)),
        Cell::Number(choice.count(Why::Safety)),
        Cell::Number(choice.count(Why::Incomplete)),
        Cell::Lines(operations.iter().map(|operation| operation.id.to_string()).collect()),
        Cell::Number(choice.count(Why::OtherInstance)),
        Cell::Number(choice.count(Why::UntrustedTime)),
        Cell::Number(choice.count(Why::Unsound)),
    ]
}
