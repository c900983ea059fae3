//! The page: one file, which loads nothing and has no script.

use std::fmt::Write as _;

use super::facts::{DAYS, Facts, Row};
use super::html::{cid, code, text, time};
use super::tables;
use super::timeline::{legend, timeline};
use crate::domain::time::span;
use crate::ops::status::State;

const STYLE: &str = include_str!("page.css");

pub(super) fn page(facts: &Facts) -> String {
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<title>snapback: {director}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<header>\n<h1>Snapshots of {director}</h1>\n<p class=\"quiet\">As of {} UTC. {}</p>\n</header>\n<main>\n",
        time(facts.now),
        if facts.offline {
            "The clouds were not asked: this is what the state file says."
        } else {
            "The clouds were asked."
        },
        director = text(&facts.director),
    );
    page.push_str(&summary(facts));
    let mut rest = facts.rows.as_slice();
    while let Some(first) = rest.first() {
        let deployment = &first.standing.instance.name.deployment;
        let count = rest.iter().take_while(|row| row.standing.instance.name.deployment == *deployment).count();
        let (these, others) = rest.split_at(count);
        rest = others;
        let these: Vec<&Row> = these.iter().collect();
        let pictures: String = these.iter().map(|row| timeline(row, facts.now)).collect();
        let _ = write!(
            page,
            "<section>\n<h2>{}</h2>\n{}<h3>What has happened</h3>\n{}<div class=\"lines\">\n{pictures}</div>\n</section>\n",
            text(deployment),
            tables::instances(facts, &these),
            legend()
        );
    }
    let _ = write!(
        page,
        "<section>\n<h2>Schedules</h2>\n{}</section>\n<section>\n<h2>Failures of the last {DAYS} days</h2>\n{}</section>\n\
         <section>\n<h2>Storage</h2>\n{}</section>\n<section>\n<h2>Retention</h2>\n<p>{}</p>\n</section>\n</main>\n\
         <footer class=\"quiet\">Made by snapback {} at {} UTC from {} ({}). All times are UTC.</footer>\n</body>\n</html>\n",
        tables::schedules(facts),
        tables::failures(facts),
        tables::storage(facts),
        code(&facts.retention),
        env!("CARGO_PKG_VERSION"),
        time(facts.now),
        code(&facts.state),
        cid(&facts.state_id),
    );
    page
}

fn summary(facts: &Facts) -> String {
    let all = facts.rows.len();
    let count = |is: fn(&Row) -> bool| facts.rows.iter().filter(|row| is(row)).count();
    let restorable = count(|row| matches!(row.standing.state, State::Ok | State::TooOld));
    let old = count(|row| row.standing.state == State::TooOld);
    let unverified = count(|row| row.verified.is_empty());
    let overdue = facts.schedules.iter().filter(|schedule| schedule.stands.is == "overdue").count();
    let card = |key: &str, number: usize, bad: bool, what: &str| {
        let look = if bad { "bad" } else { "good" };
        format!("<li class=\"{look}\"><b data-count=\"{key}\">{number}</b> <span>{what}</span></li>\n")
    };
    let target = facts.max_age.map_or("too old (no target was given)".to_owned(), |most| {
        format!("older than the target of {}", span(most.as_secs()))
    });
    let failed = format!("{} in {DAYS} days", if facts.failures.len() == 1 { "failure" } else { "failures" });
    [
        "<ul class=\"cards\">\n".to_owned(),
        card("restorable", restorable, restorable < all, &format!("of {all} instances could be restored")),
        card("too-old", old, old > 0, &target),
        card("unverified", unverified, unverified > 0, "without a verified snapshot"),
        card("failures", facts.failures.len(), !facts.failures.is_empty(), &failed),
        card("overdue", overdue, overdue > 0, "schedules overdue"),
        "</ul>\n".to_owned(),
    ]
    .concat()
}
