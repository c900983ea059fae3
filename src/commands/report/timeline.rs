//! The life of an instance as a picture and as a list: a reader who cannot see the picture has the list.

use chrono::{DateTime, TimeDelta, Utc};

use super::super::snapshots::graph::item;
use super::facts::{DAYS, Row};
use super::html::{text, time};
use crate::domain::guarded::Ending;
use crate::domain::life::{Event, Found, What};

/// The width of the drawing, in its own units.
const WIDTH: i64 = 440;
const MARGIN: i64 = 10;
const MIDDLE: i64 = 16;
/// How many marks are drawn, and how many events are listed: the newest ones.
const DRAWN: usize = 400;
const LISTED: usize = 20;

pub(super) fn timeline(row: &Row, now: DateTime<Utc>) -> String {
    let name = text(&row.standing.instance.name.to_string());
    let since = now - TimeDelta::days(DAYS);
    let happened = |event: &&Event| !matches!(event.what, What::Disk(_)) && event.at >= since && event.at <= now;
    let events: Vec<&Event> = row.events.iter().filter(happened).collect();
    let Some(first) = events.iter().map(|event| event.at).min() else {
        return format!("<p class=\"quiet\">Nothing has happened to {name} in the last {DAYS} days.</p>\n");
    };
    let first = first.min(now - TimeDelta::hours(1));
    let place = |at: DateTime<Utc>| {
        let (past, all) = ((at - first).num_seconds(), (now - first).num_seconds().max(1));
        MARGIN + past * (WIDTH - 2 * MARGIN) / all
    };
    let said = |event: &Event| {
        let item = item(event, &row.standing.instance, now);
        let gap = if item.more.is_empty() { "" } else { ": " };
        text(&format!("{}{gap}{}", item.title, item.more))
    };
    let count = |is: fn(&What) -> bool| events.iter().filter(|event| is(&event.what)).count();
    let told = format!(
        "Timeline of {name} from {} to now: snapshots: {}, deploys: {}, restores and undos: {}, drills: {}.",
        first.format("%Y-%m-%d %H:%M"),
        count(|what| matches!(what, What::Snapshot { .. })),
        count(|what| matches!(what, What::Change(_))),
        count(|what| matches!(what, What::Swap(..))),
        count(|what| matches!(what, What::Drill(_))),
    );
    let marks: String =
        events.iter().take(DRAWN).rev().map(|event| mark(event, place(event.at), &said(event))).collect();
    let listed: String = events.iter().take(LISTED).map(|event| format!("<li>{}</li>\n", said(event))).collect();
    let more = events.len().saturating_sub(LISTED);
    let more = if more > 0 {
        format!("<li>and {more} earlier ones: snapback snapshots --graph</li>\n")
    } else {
        String::new()
    };
    format!(
        "<figure>\n<figcaption><b>{name}</b> <span class=\"quiet\">{} to now</span></figcaption>\n\
         <svg viewBox=\"0 0 {WIDTH} 32\" role=\"img\" aria-label=\"{told}\">\n\
         <line x1=\"{MARGIN}\" y1=\"{MIDDLE}\" x2=\"{}\" y2=\"{MIDDLE}\"/>\n{marks}</svg>\n\
         <details><summary>{} in words</summary>\n<ol>\n{listed}{more}</ol></details>\n</figure>\n",
        time(first),
        WIDTH - MARGIN,
        events.len(),
    )
}

fn mark(event: &Event, x: i64, said: &str) -> String {
    let (form, class) = match &event.what {
        What::Disk(_) => return String::new(),
        What::Snapshot { snapshot, .. } if snapshot.unsound_at.is_some() => (Form::Dot(6), "bad"),
        What::Snapshot { snapshot, .. } if snapshot.verified_at.is_some() => (Form::Dot(6), "good"),
        What::Snapshot { .. } => (Form::Dot(5), "point"),
        What::Swap(..) => (Form::Triangle, "turn"),
        What::Drill(drill) if matches!(drill.found, Found::Right | Found::Nothing) => (Form::Dot(9), "look"),
        What::Drill(_) => (Form::Dot(9), "look bad"),
        What::Change(change) => {
            let failed = matches!(change.ending, Some(Ending::Exited(1..)));
            (Form::Diamond, if failed { "bad" } else { "change" })
        }
    };
    format!("{}\n", form.drawn(class, x, said))
}

enum Form {
    /// Of this radius.
    Dot(i64),
    Triangle,
    Diamond,
}

impl Form {
    fn drawn(&self, class: &str, x: i64, said: &str) -> String {
        let (y, top) = (MIDDLE, MIDDLE - 9);
        let (tag, place) = match self {
            Form::Dot(radius) => ("circle", format!("cx=\"{x}\" cy=\"{y}\" r=\"{radius}\"")),
            Form::Triangle => ("path", format!("d=\"M{x} {top}l8 14h-16z\"")),
            Form::Diamond => ("path", format!("d=\"M{x} {top}l7 9l-7 9l-7 -9z\"")),
        };
        format!("<{tag} class=\"{class}\" {place}><title>{said}</title></{tag}>")
    }
}

/// Explains the marks, each as it is drawn. A reader without the picture has the list in words.
pub(super) fn legend() -> String {
    let marks = [
        (Form::Dot(5), "point", "snapshot"),
        (Form::Dot(6), "good", "verified"),
        (Form::Dot(6), "bad", "wrong"),
        (Form::Diamond, "change", "deploy"),
        (Form::Diamond, "bad", "failed deploy"),
        (Form::Triangle, "turn", "restore, undo"),
        (Form::Dot(9), "look", "drill"),
        (Form::Dot(9), "look bad", "failed drill"),
    ];
    let shown: String = marks
        .iter()
        .map(|(form, class, says)| {
            let mark = form.drawn(class, MIDDLE, says);
            format!("<span><svg viewBox=\"4 4 24 24\">{mark}</svg> {says}</span> ")
        })
        .collect();
    format!("<p class=\"quiet legend\" aria-hidden=\"true\">{}</p>\n", shown.trim_end())
}
