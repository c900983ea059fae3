//! The rules, applied to takes that are counted together.

use std::collections::HashSet;

use chrono::{DateTime, Datelike, Timelike, Utc};

use super::Keep;
use super::reason::Rule;

/// For each of these times, the newest one first, the rules that keep it. If a clock was set back, an older one has a
/// later time.
pub(super) fn kept(keep: &Keep, times: &[DateTime<Utc>]) -> Vec<Vec<Rule>> {
    let mut kept = vec![Vec::new(); times.len()];
    let last = keep.last.map_or(0, |last| usize::try_from(last).unwrap_or(usize::MAX));
    kept.iter_mut().take(last).for_each(|rules| rules.push(Rule::Last));
    for (rule, most, period) in [
        (Rule::Hourly, keep.hourly, hour as fn(DateTime<Utc>) -> i64),
        (Rule::Daily, keep.daily, day),
        (Rule::Weekly, keep.weekly, week),
        (Rule::Monthly, keep.monthly, month),
    ] {
        let (mut left, mut seen) = (most.unwrap_or(0), HashSet::new());
        for (rules, at) in kept.iter_mut().zip(times) {
            if left == 0 {
                break;
            }
            if seen.insert(period(*at)) {
                left -= 1;
                rules.push(rule);
            }
        }
    }
    if let (Some(within), Some(newest)) = (keep.within, times.first()) {
        for (rules, at) in kept.iter_mut().zip(times) {
            // Measured from the newest one, and not from now: if no more are taken, waiting loses none.
            if (*newest - *at).to_std().is_ok_and(|older| older > within) {
                continue;
            }
            rules.push(Rule::Within);
        }
    }
    kept
}

fn hour(at: DateTime<Utc>) -> i64 {
    day(at) * 24 + i64::from(at.hour())
}

fn day(at: DateTime<Utc>) -> i64 {
    i64::from(at.num_days_from_ce())
}

/// The number of the week. Weeks begin on Monday, as in ISO 8601; 1 January of the year 1 was a Monday.
fn week(at: DateTime<Utc>) -> i64 {
    (day(at) - 1).div_euclid(7)
}

fn month(at: DateTime<Utc>) -> i64 {
    i64::from(at.year()) * 12 + i64::from(at.month0())
}
