//! One element of a field's list: `*`, `5`, `1-10/3`, `2~4`, `/15`, `sun#2`, `mon%2+1`.

use super::field::{Field, last};

/// The sign between the two bounds of a range.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Between {
    /// Nothing: a single value, or none.
    Nothing,
    /// `-`: all from one to the other.
    All,
    /// `~`: one of them, by chance.
    Any,
}

/// An element as it is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    /// Its place in the string, in bytes.
    pub at: usize,
    pub from: Option<i32>,
    pub to: Option<i32>,
    pub between: Between,
    pub step: Option<i32>,
    /// `#`: which one of the month.
    pub nth: Option<i64>,
    /// `%`: every how many weeks, and the offset.
    pub weeks: Option<(i64, i64)>,
}

impl Element {
    fn new(at: usize) -> Element {
        Element { at, from: None, to: None, between: Between::Nothing, step: None, nth: None, weeks: None }
    }
}

/// Reads the element at `at`, and returns it with its end; else the place that cannot be read.
pub(super) fn read(field: Field, text: &str, at: usize) -> Result<(Element, usize), usize> {
    let rest = |at: usize| text.get(at..).unwrap_or_default();
    let mut element = Element::new(at);
    if field == Field::Weekday
        && let Some((day, length)) = field.value(rest(at))
    {
        let end = at + length;
        if let Some((nth, length)) = nth(rest(end)) {
            return Ok((Element { from: Some(day), nth: Some(nth), ..element }, end + length));
        }
        if let Some((weeks, length)) = weeks(rest(end)) {
            return Ok((Element { from: Some(day), weeks: Some(weeks), ..element }, end + length));
        }
    }
    if let Some((step, length)) = step(rest(at)) {
        return Ok((Element { step: Some(step), ..element }, at + length));
    }
    let mut end = at;
    if rest(at).starts_with('*') {
        end += 1;
    } else {
        let value = |at: usize| field.value(rest(at)).map_or((None, at), |(value, length)| (Some(value), at + length));
        (element.from, end) = value(at);
        if rest(end).starts_with('~') {
            element.between = Between::Any;
            (element.to, end) = value(end + 1);
        } else if element.from.is_none() {
            return Err(at);
        } else if let Some((to, length)) = rest(end).strip_prefix('-').and_then(|rest| field.value(rest)) {
            element.between = Between::All;
            element.to = Some(to);
            end += 1 + length;
        }
    }
    if let Some((step, length)) = step(rest(end)) {
        element.step = Some(step);
        end += length;
    }
    Ok((element, end))
}

/// Reads `/` and one or two digits.
fn step(text: &str) -> Option<(i32, usize)> {
    let digits = digits(text.strip_prefix('/')?);
    let digits = digits.get(..2).unwrap_or(digits);
    Some((digits.parse().ok()?, 1 + digits.len()))
}

fn nth(text: &str) -> Option<(i64, usize)> {
    let rest = text.strip_prefix('#')?;
    if let Some(length) = last(rest) {
        return Some((-1, 1 + length));
    }
    let (sign, number) = rest.strip_prefix('-').map_or((1, rest), |number| (-1, number));
    match number.as_bytes().first()? {
        digit @ b'1'..=b'5' => Some((sign * i64::from(digit - b'0'), text.len() - number.len() + 1)),
        _ => None,
    }
}

fn weeks(text: &str) -> Option<((i64, i64), usize)> {
    let each = digits(text.strip_prefix('%')?);
    let end = 1 + each.len();
    let offset = text.get(end..)?.strip_prefix('+').map(digits).filter(|offset| !offset.is_empty());
    let length = end + offset.map_or(0, |offset| 1 + offset.len());
    Some(((each.parse().ok()?, offset.map_or(Ok(0), str::parse).ok()?), length))
}

fn digits(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
