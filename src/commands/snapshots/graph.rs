//! `snapback snapshots --graph`: the life of instances, drawn.

use chrono::{DateTime, Utc};

use super::Outcome;
use crate::context::Context;
use crate::domain::guarded::Ending;
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::life::{Drill, Event, Exchange, Found, Is, Now, Swap, What, life};
use crate::domain::operation::OperationState;
use crate::domain::selector::Selectors;
use crate::domain::size::ibytes;
use crate::domain::snapshot::{Consistency, Purpose, Snapshot};
use crate::domain::time::age;
use crate::error::{Error, Kind, Result};
use crate::ops::life::Lives;
use crate::ui::{Item, Mark};

/// The period that is shown.
pub(super) struct Span {
    pub after: Option<DateTime<Utc>>,
    pub before: Option<DateTime<Utc>>,
}

/// Draws what has happened to each instance that is meant.
///
/// # Errors
/// A format for programs; an unknown deployment or instance; the errors of the state file.
pub(super) fn run(context: &mut Context, selectors: &Selectors, span: &Span) -> Result<Outcome> {
    if context.ui.style().format.is_for_programs() {
        let error = Error::new(Kind::Usage, "--graph is a drawing for people: it has no form for programs");
        return Err(error.hint("for a program:").try_command("snapback snapshots --wide --output json"));
    }
    let reader = context.reader()?;
    let lives = Lives::read(&reader)?;
    let instances = lives.meant(context.deployment().as_deref(), selectors)?;
    let now = context.clock.now();
    let unicode = context.environment.has_unicode();
    if instances.is_empty() {
        context.ui.raw("0 instances\n");
    }
    for (place, instance) in instances.iter().enumerate() {
        context.interrupt.check()?;
        let known = lives.of(instance)?;
        let events = life(&known, now, |event| {
            let shown =
                span.after.is_none_or(|after| event.at >= after) && span.before.is_none_or(|before| event.at < before);
            shown || matches!(&event.what, What::Disk(now) if now.is != Is::Gone)
        });
        let gap = if place > 0 { "\n" } else { "" };
        let name = &instance.name;
        context.ui.page(&format!("{gap}{name} of {} (times are UTC)\n", name.deployment));
        let items: Vec<Item> = events.iter().map(|event| item(event, instance, now)).collect();
        context.ui.graph(&items, unicode);
    }
    Ok(Outcome::done())
}

/// An event in words.
pub(in crate::commands) fn item(event: &Event, instance: &Instance, now: DateTime<Utc>) -> Item {
    let several = instance.disks.len() > 1;
    let (mark, title, more) = match &event.what {
        What::Disk(disk) => as_it_is(disk, &instance.name, several, now),
        What::Snapshot { snapshot, gone, deleted } => {
            let mark = if *gone { Mark::Past } else { Mark::Point };
            (mark, stamped(event.at, &snapshot.cid.to_string(), now), of_snapshot(snapshot, (*gone, *deleted), now))
        }
        What::Swap(swap, exchange) => {
            let (title, more) = of_swap(swap, exchange, several);
            (Mark::Turn, stamped(event.at, &title, now), more)
        }
        What::Drill(drill) => {
            (Mark::Look, stamped(event.at, &format!("drill {}", drill.operation), now), of_drill(drill))
        }
        What::Change(change) => {
            let more = match (change.ending, change.ended_at) {
                (Some(Ending::Exited(status)), _) if status > 0 => format!("exit status {status}: {}", change.command),
                _ => change.command.clone(),
            };
            (Mark::Change, stamped(event.at, &change.in_short(), now), more)
        }
    };
    Item { before: event.before, mark, title, more }
}

/// `2026-11-22 02:40:00 TEXT (10m ago)`
fn stamped(at: DateTime<Utc>, text: &str, now: DateTime<Utc>) -> String {
    let ago = if at > now { age(at, now) } else { format!("{} ago", age(at, now)) };
    format!("{} {text} ({ago})", at.format("%Y-%m-%d %H:%M:%S"))
}

fn as_it_is(disk: &Now, instance: &InstanceName, several: bool, now: DateTime<Utc>) -> (Mark, String, String) {
    let known = disk.disk.as_ref();
    let mut more = Vec::new();
    let mark = match disk.is {
        Is::Current => {
            let slot = known.filter(|_| several).map_or(String::new(), |disk| format!(" as disk {}", disk.slot));
            more.push(format!("{instance} is on it{slot}"));
            Mark::Here
        }
        Is::Kept => {
            let since = known.and_then(|disk| disk.orphaned_at);
            let ago = since.map_or(String::new(), |since| match age(since, now) {
                ahead if since > now => format!(", {ahead}"),
                ago => format!(" for {ago}"),
            });
            more.push(format!("orphaned{ago}"));
            Mark::End
        }
        Is::Gone => {
            more.push("it is gone".to_owned());
            Mark::End
        }
    };
    more.extend(known.and_then(|disk| disk.size_mib).map(ibytes));
    more.extend(disk.origin.as_ref().map(|origin| format!("made from {origin}")));
    (mark, disk.cid.to_string(), more.join(", "))
}

fn of_snapshot(snapshot: &Snapshot, (gone, deleted): (bool, bool), now: DateTime<Utc>) -> String {
    let mut more = Vec::new();
    let mut say = |is: bool, what: &str| {
        if is {
            more.push(what.to_owned());
        }
    };
    say(gone, if deleted { "deleted" } else { "it is gone" });
    say(snapshot.purpose == Purpose::Safety, "safety snapshot");
    say(snapshot.clean, "clean");
    say(snapshot.consistency == Consistency::Torn, "torn");
    say(snapshot.time_untrusted, "its time is not to be trusted");
    say(snapshot.of_another, "of another instance of this name");
    more.extend(snapshot.schedule.as_ref().map(|schedule| format!("by schedule {schedule}")));
    more.extend(snapshot.verified_at.map(|at| format!("verified {} ago", age(at, now))));
    more.extend(snapshot.unsound_at.map(|at| format!("found wrong {} ago", age(at, now))));
    more.extend(snapshot.held.as_ref().map(|reason| format!("held: {reason}")));
    more.extend(snapshot.note.as_ref().map(|note| format!("note: {note}")));
    more.join(", ")
}

fn of_swap(swap: &Swap, exchange: &Exchange, several: bool) -> (String, String) {
    let slot = if several { format!(" of disk {}", exchange.slot) } else { String::new() };
    let verb = format!("{}{slot} {}", swap.verb.name(), swap.operation);
    let title = match swap.state {
        OperationState::Done => verb,
        OperationState::Pending => format!("{verb}, not ended"),
        state => format!("{verb}, {}", state.name()),
    };
    let mut more = Vec::new();
    more.extend(exchange.snapshot.as_ref().map(|snapshot| format!("to {snapshot}")));
    if swap.state == OperationState::Done {
        more.extend(exchange.new.as_ref().map(|new| format!("on {new}")));
        more.extend(exchange.old.as_ref().map(|old| format!("in place of {old}")));
    }
    (title, more.join(", "))
}

fn of_drill(drill: &Drill) -> String {
    let cid = &drill.snapshot;
    match drill.found {
        Found::Right => format!("{cid} is right"),
        Found::Wrong => format!("{cid} is wrong"),
        Found::Lost => format!("no disk can be made of {cid}"),
        Found::Nothing => format!("{cid} was not looked at"),
    }
}
