//! The values that match the elements, computed as `Fugit::Cron#expand` and `#determine_weekdays` do it.

use super::element::{Between, Element};
use super::error::BadCron;
use super::field::Field;

/// A weekday, 0 for Sunday.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Weekday {
    pub day: i32,
    pub which: Which,
}

/// Which of the weekdays match.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Which {
    Each,
    /// `#`: the second of the month, or the last but one.
    OfMonth(i64),
    /// `%`: every how many weeks since the week of 2018-12-31, and the offset.
    OfWeeks(i64, i64),
}

/// The values of each field; `None` if all of them match.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Rule {
    pub seconds: Option<Vec<i32>>,
    pub minutes: Option<Vec<i32>>,
    pub hours: Option<Vec<i32>>,
    pub monthdays: Option<Vec<i32>>,
    pub months: Option<Vec<i32>>,
    pub weekdays: Option<Vec<Weekday>>,
    /// Whether both days have to match, not only one of them.
    pub day_and: bool,
}

/// Makes the rule from the fields of a string.
pub(super) fn rule(text: &str, fields: &[(Field, Vec<Element>)]) -> Result<Rule, BadCron> {
    let mut rule = Rule { seconds: Some(vec![0]), ..Rule::default() };
    for (field, list) in fields {
        if *field == Field::Weekday {
            rule.weekdays = weekdays(text, list)?;
            continue;
        }
        let values = values(text, *field, list)?;
        match field {
            Field::Second => rule.seconds = values,
            Field::Minute => rule.minutes = values,
            Field::Hour => rule.hours = values,
            Field::Monthday => rule.monthdays = values,
            _ => rule.months = values,
        }
    }
    Ok(rule)
}

fn values(text: &str, field: Field, list: &[Element]) -> Result<Option<Vec<i32>>, BadCron> {
    let (mut values, mut all) = (Vec::new(), false);
    for element in list {
        match expand(text, field, *element).map_err(|why| BadCron::at(text, Some(field), element.at, why))? {
            Some(some) => values.extend(some),
            None => all = true,
        }
    }
    if field == Field::Hour {
        values.iter_mut().filter(|hour| **hour == 24).for_each(|hour| *hour = 0);
    }
    values.sort_unstable();
    values.dedup();
    Ok((!all).then_some(values))
}

/// The values of one element; `None` if all match.
fn expand(text: &str, field: Field, element: Element) -> Result<Option<Vec<i32>>, &'static str> {
    let (least, most) = field.bounds();
    let Element { mut from, mut to, step, .. } = element;
    if step == Some(0) {
        return Err("a step of 0 leads nowhere");
    }
    if element.between == Between::Any {
        from = Some(any(text, least, most, element));
        to = to.filter(|_| step.is_some());
    }
    if step.is_some() && to.is_none() {
        to = Some(most);
    }
    let (from, to) = match (from, to) {
        (None, None) => return Ok(None),
        (Some(one), None) => return Ok(Some(vec![one])),
        (from, to) => (from.unwrap_or(least), to.unwrap_or(most)),
    };
    let to = if to < 0 && from > 0 { most } else { to };
    if from < 0 && to > 0 {
        return Err("a range from the end of the month has both days counted from there, as in -7--1");
    }
    let step = step.unwrap_or(1);
    if (from, to, step) == (least, most, 1) {
        return Ok(None);
    }
    Ok(Some(range(least, most, from, to).into_iter().step_by(usize::try_from(step).unwrap_or(1)).collect()))
}

/// All values from one to the other, over the end if the other is smaller.
fn range(least: i32, most: i32, from: i32, mut to: i32) -> Vec<i32> {
    let (least, most) = if from < 0 { (-most, -1) } else { (least, most) };
    let (mut values, mut at) = (vec![from], from);
    while at != to && values.len() < 200 {
        at += 1;
        if at > most {
            at = least;
            if to > most {
                to -= most + 1;
            }
        }
        values.push(at);
    }
    values
}

/// A value for `2~4`: always the same for the same text.
fn any(text: &str, least: i32, most: i32, element: Element) -> i32 {
    let (from, to) = (element.from.unwrap_or(least), element.to.unwrap_or(most));
    let many = match to - from + 1 {
        many if many > 0 => many,
        over => most - least + 1 + over,
    };
    let many = element.step.filter(|step| *step > 0).map_or(many, |step| many.min(step)).max(1);
    // FNV-1a.
    let hash = text
        .bytes()
        .chain(element.at.to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    let drawn = from + i32::try_from((hash >> 32) % u64::from(many.unsigned_abs())).unwrap_or(0);
    if drawn > most { drawn + least - most - 1 } else { drawn }
}

fn weekdays(text: &str, list: &[Element]) -> Result<Option<Vec<Weekday>>, BadCron> {
    let mut found = Vec::new();
    let bad = |element: &Element, why: &str| Err(BadCron::at(text, Some(Field::Weekday), element.at, why));
    for element in list {
        let which = match (element.nth, element.weeks) {
            (_, Some((0, _))) => return bad(element, "% needs a number of weeks, and 0 is not one"),
            (_, Some((each, offset))) => Which::OfWeeks(each, offset),
            (Some(nth), None) => Which::OfMonth(nth),
            (None, None) => Which::Each,
        };
        found.extend(days_of(text, *element).into_iter().map(|day| Weekday { day: day % 7, which }));
    }
    let of = |day: i32, month: bool| {
        let kind = |which: Which| match which {
            Which::Each => false,
            Which::OfMonth(_) => month,
            Which::OfWeeks(..) => !month,
        };
        found.iter().any(|other| other.day == day && kind(other.which))
    };
    // rufus-scheduler cannot sort the two, and exits.
    if let Some(element) = list.iter().find(|element| {
        element.weeks.is_some() && element.from.is_some_and(|day| of(day % 7, true) && of(day % 7, false))
    }) {
        return bad(element, "a weekday has # or %, and not both");
    }
    found.sort_unstable();
    found.dedup();
    Ok(Some(found).filter(|found| !found.is_empty()))
}

/// The days of one element, up to 13 for the Saturday after next.
fn days_of(text: &str, element: Element) -> Vec<i32> {
    let Element { mut from, mut to, step, .. } = element;
    if element.between == Between::Any {
        from = Some(any(text, 0, 6, element));
        to = to.filter(|_| step.is_some());
    }
    let (from, to) = match (from, to) {
        (Some(from), Some(to)) => (from, to),
        (Some(from), None) => (from, from),
        (None, Some(to)) => (0, to),
        (None, None) if step.is_some() => (0, 6),
        (None, None) => return Vec::new(),
    };
    let to = if from > to { to + 7 } else { to };
    (from..=to).step_by(usize::try_from(step.unwrap_or(1).max(1)).unwrap_or(1)).collect()
}
