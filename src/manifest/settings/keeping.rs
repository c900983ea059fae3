//! How long snapshots are kept: `lifespan:` and `retention:`.

use std::collections::BTreeMap;

use super::schedules::Schedules;
use super::units::{count, length, lifespan};
use crate::domain::limits::{Lifespan, Lifespans};
use crate::domain::retention::{Keep, Policy, Rule, UNDO_WITHIN};
use crate::yaml::{Complaint, View, closest};

/// Reads `lifespan:`.
pub(super) fn lifespans(view: &View<'_>) -> Result<Lifespans, Complaint> {
    view.only(&["default", "max"])?;
    let max = view.get("max")?.map(|view| length(&view)).transpose()?;
    let Some(place) = view.get("default")? else { return Ok(Lifespans { default: None, max }) };
    let lifespans = Lifespans { default: lifespan(&place)?.0, max };
    if !lifespans.allows(Lifespan(lifespans.default)) {
        return Err(place.complain("longer than `max`").hint("write a shorter default, or a longer max"));
    }
    Ok(lifespans)
}

const RULES: [Rule; 6] = [Rule::Last, Rule::Hourly, Rule::Daily, Rule::Weekly, Rule::Monthly, Rule::Within];

/// Reads `retention:`.
pub(super) fn policy(view: &View<'_>, schedules: &Schedules) -> Result<Policy, Complaint> {
    let of_all = ["undo_within", "gone_after", "groups", "schedules"];
    view.only(&[&RULES.map(Rule::key)[..], &of_all].concat())?;
    let time = |key: &str| view.get(key)?.map(|view| length(&view)).transpose();
    let of_schedules = named(view, "schedules")?;
    misspelt(view, &of_schedules, schedules)?;
    Ok(Policy {
        default: keep(view)?,
        groups: named(view, "groups")?,
        schedules: of_schedules,
        undo_within: time("undo_within")?.unwrap_or(UNDO_WITHIN),
        gone_after: time("gone_after")?,
    })
}

/// Refuses a name that no schedule has, if it is similar to the name of a schedule without rules: the wrong rules would
/// apply to its snapshots. A name that resembles none can be that of a former job whose snapshots still exist.
fn misspelt(view: &View<'_>, named: &BTreeMap<String, Keep>, schedules: &Schedules) -> Result<(), Complaint> {
    let known: Vec<&str> = schedules.names().collect();
    let lacking: Vec<&str> = known.iter().copied().filter(|name| !named.contains_key(*name)).collect();
    for name in named.keys().filter(|name| !known.contains(&name.as_str())) {
        let (Some(meant), Some(list)) = (closest(name, &lacking), view.get("schedules")?) else { continue };
        return Err(list
            .complain(format!("unknown key `{name}`: no schedule has that name"))
            .hint(format!("did you mean `{meant}`? The schedules: {}", known.join(", "))));
    }
    Ok(())
}

/// Reads the rules of groups or of schedules, by name.
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
    const WITHOUT: &str = "leave out the key for a rule that keeps none; if no rule is set, all are kept";
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
