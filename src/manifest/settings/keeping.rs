//! How long snapshots are kept: `lifespan:` and `retention:`.

use std::collections::BTreeMap;

use super::units::{count, length};
use crate::domain::limits::Lifespans;
use crate::domain::retention::{Keep, Policy, Rule, UNDO_WITHIN};
use crate::yaml::{Complaint, View};

/// Of `lifespan:`.
pub(super) fn lifespans(view: &View<'_>) -> Result<Lifespans, Complaint> {
    view.only(&["default", "max"])?;
    let of = |key: &str| view.get(key)?.map(|view| length(&view)).transpose();
    let lifespans = Lifespans { default: of("default")?, max: of("max")? };
    if let (Some(default), Some(max), Some(place)) = (lifespans.default, lifespans.max, view.get("default")?)
        && default > max
    {
        return Err(place.complain("longer than `max`").hint("write a shorter default, or a longer max"));
    }
    Ok(lifespans)
}

const RULES: [Rule; 6] = [Rule::Last, Rule::Hourly, Rule::Daily, Rule::Weekly, Rule::Monthly, Rule::Within];

/// Of `retention:`.
pub(super) fn policy(view: &View<'_>) -> Result<Policy, Complaint> {
    let of_all = ["undo_within", "gone_after", "groups", "schedules"];
    view.only(&[&RULES.map(Rule::key)[..], &of_all].concat())?;
    let time = |key: &str| view.get(key)?.map(|view| length(&view)).transpose();
    Ok(Policy {
        default: keep(view)?,
        groups: named(view, "groups")?,
        schedules: named(view, "schedules")?,
        undo_within: time("undo_within")?.unwrap_or(UNDO_WITHIN),
        gone_after: time("gone_after")?,
    })
}

/// Rules of groups or of schedules, by their names.
fn named(view: &View<'_>, key: &str) -> Result<BTreeMap<String, Keep>, Complaint> {
    let mut named = BTreeMap::new();
    let Some(list) = view.get(key)? else { return Ok(named) };
    for entry in list.map()? {
        let Some(rules) = list.get(&entry.key)? else {
            return Err(list
                .complain(format!("`{}` has no value", entry.key))
                .hint("write its rules, `{}` to keep all, or leave the key out"));
        };
        rules.only(&RULES.map(Rule::key))?;
        named.insert(entry.key.clone(), keep(&rules)?);
    }
    Ok(named)
}

fn keep(view: &View<'_>) -> Result<Keep, Complaint> {
    const WITHOUT: &str = "leave the key out for a rule that keeps none; where no rule is set, all are kept";
    let of = |rule: Rule| view.get(rule.key())?.map(|view| count(&view, WITHOUT)).transpose();
    Ok(Keep {
        last: of(Rule::Last)?,
        hourly: of(Rule::Hourly)?,
        daily: of(Rule::Daily)?,
        weekly: of(Rule::Weekly)?,
        monthly: of(Rule::Monthly)?,
        within: view.get(Rule::Within.key())?.map(|view| length(&view)).transpose()?,
    })
}
