//! A string's fields and its zone, by the grammar of `Fugit::Cron::Parser`: commas may be doubled, and stand in front
//! and at the end; `&` behind one of the two days joins them. As in fugit, the first alternative that fits is taken,
//! and nothing is tried twice.

use super::element::{self, Element};
use super::error::BadCron;
use super::field::Field;
use super::zone;

const ALIASES: [(&str, &str); 8] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@noon", "0 12 * * *"),
    ("@hourly", "0 * * * *"),
];

/// A string, divided into its fields and its zone.
pub(super) struct Line {
    pub fields: Vec<(Field, Vec<Element>)>,
    pub day_and: bool,
    /// The name of the zone, and its place in the string.
    pub zone: Option<(String, usize)>,
}

pub(super) fn read(typed: &str) -> Result<Line, BadCron> {
    let text = typed.trim_matches(|c: char| c.is_ascii_whitespace() || c == '\u{b}' || c == '\0');
    let start = typed.find(text).unwrap_or(0);
    if let Some(alias) = text.split_ascii_whitespace().next().filter(|word| word.starts_with('@')) {
        return of_alias(typed, text, alias);
    }
    let seconds = with_seconds(text);
    // As in fugit, six fields are tried first, and the rest is not tried as five.
    let read = fields(text, &Field::ALL).map_err(|bad| (bad, true));
    let read = match read {
        Err(bad) => fields(text, &Field::ALL[1..]).map_err(|other| if seconds { bad } else { (other, false) }),
        read => read,
    };
    let complain = |(field, at): (Field, usize), first: usize| blame(typed, text, start, field, at, first);
    let (line, end) = read.map_err(|(bad, six)| complain(bad, usize::from(!six)))?;
    match text.get(end..).unwrap_or_default() {
        "" => Ok(Line { zone: line.zone.map(|(name, at)| (name, at + start)), ..line }),
        rest => {
            let at = end + rest.len() - rest.trim_start().len();
            let word = word_at(text, at);
            Err(match (rest.starts_with([' ', '\t']), line.zone) {
                // Only the beginning of the text is a zone.
                (false, Some((_, zone))) => BadCron::of_zone(typed, word_at(text, zone), start + zone),
                (true, Some(_)) => BadCron::at(typed, None, start + at, format!("'{word}' stands after the time zone")),
                (true, None) => BadCron::at(typed, None, start + at, no_zone(word)),
                (false, None) => complain((Field::Weekday, end), 0),
            })
        }
    }
}

fn no_zone(word: &str) -> String {
    let as_in = zone::spelled(word).unwrap_or_else(|| "Europe/Berlin or +02:00".to_owned());
    format!("'{word}' stands where only a time zone can, as in {as_in}")
}

fn of_alias(typed: &str, text: &str, alias: &str) -> Result<Line, BadCron> {
    let Some((_, meant)) = ALIASES.iter().find(|(name, _)| *name == alias) else {
        let all: Vec<&str> = ALIASES.iter().map(|(name, _)| *name).collect();
        let why = format!("'{alias}' is not known: write {}, or the fields", all.join(", "));
        return Err(BadCron::at(typed, None, typed.len() - typed.trim_start().len(), why));
    };
    let rest = text.get(alias.len()..).unwrap_or_default().trim_start();
    let meant = if rest.is_empty() { (*meant).to_owned() } else { format!("{meant} {rest}") };
    let behind = typed.rfind(rest).filter(|_| !rest.is_empty()).unwrap_or(0);
    let mut line = read(&meant).map_err(|_| BadCron::at(typed, None, behind, no_zone(rest)))?;
    line.zone = line.zone.map(|(name, _)| (name, behind));
    Ok(line)
}

/// Whether a string has six fields or more, without its zone.
fn with_seconds(text: &str) -> bool {
    let words: Vec<&str> = text.split([' ', '\t']).filter(|word| !word.is_empty()).collect();
    let is_zone = |word: &&&str| {
        let delta = word.strip_prefix(['+', '-']).is_some_and(|rest| rest.len() > 3 && !rest.contains(','));
        let name = word.starts_with(|c: char| c.is_ascii_uppercase()) && Field::Weekday.value(word).is_none();
        delta || (name && word.len() > 1)
    };
    words.len() - usize::from(words.last().filter(is_zone).is_some()) > 5
}

fn blame(typed: &str, text: &str, start: usize, field: Field, at: usize, first: usize) -> BadCron {
    let words = text.split([' ', '\t']).filter(|word| !word.is_empty()).count();
    if words < 5 {
        let why =
            format!("it has {words} of the 5 fields minute, hour, day, month, weekday (or 6, with seconds in front)");
        return BadCron::whole(typed, why);
    }
    let all = Field::ALL.len() - first;
    if at >= text.len() && text.ends_with(|c: char| !c.is_ascii_whitespace()) && field != Field::Weekday {
        let why = format!("it ends after the {}: {all} fields are needed", field.name());
        return BadCron::at(typed, Some(field), start + at, why);
    }
    let word = word_at(text, at);
    let begin = text.get(..at).and_then(|front| front.rfind([' ', '\t'])).map_or(0, |space| space + 1);
    let begin = if text.get(at..).is_some_and(|rest| rest.starts_with([' ', '\t'])) { at } else { begin };
    BadCron::at(typed, Some(field), start + begin, format!("'{word}' is not understood: {}", field.takes()))
}

/// The word at a place.
fn word_at(text: &str, at: usize) -> &str {
    let begin = text.get(..at).and_then(|front| front.rfind([' ', '\t'])).map_or(0, |space| space + 1);
    text.get(begin..).unwrap_or_default().split([' ', '\t']).next().unwrap_or_default()
}

/// Reads these fields and a zone; else the field and the place that cannot be read.
fn fields(text: &str, wanted: &[Field]) -> Result<(Line, usize), (Field, usize)> {
    let (mut fields, mut end, mut day_and) = (Vec::new(), 0, false);
    for field in wanted.iter().copied() {
        let (list, after) = list(field, text, end).map_err(|at| (field, at))?;
        fields.push((field, list));
        end = after;
        if matches!(field, Field::Monthday | Field::Weekday) && starts(text, end, "&") {
            (day_and, end) = (true, end + 1);
        }
        if field != Field::Weekday {
            let space = spaces(text, end);
            if space == end {
                return Err((field, end));
            }
            end = space;
        }
    }
    let zone = zone_at(text, end);
    let end = zone.as_ref().map_or(end, |(name, at)| at + name.len());
    Ok((Line { fields, day_and, zone }, end))
}

fn starts(text: &str, at: usize, with: &str) -> bool {
    text.get(at..).is_some_and(|rest| rest.starts_with(with))
}

fn spaces(text: &str, at: usize) -> usize {
    let rest = text.get(at..).unwrap_or_default();
    at + rest.len() - rest.trim_start_matches([' ', '\t']).len()
}

/// The place after the commas here, with or without spaces between them.
fn commas(text: &str, mut at: usize) -> usize {
    while starts(text, spaces(text, at), ",") {
        at = spaces(text, at) + 1;
    }
    at
}

fn list(field: Field, text: &str, at: usize) -> Result<(Vec<Element>, usize), usize> {
    let (first, mut end) = element::read(field, text, commas(text, at))?;
    let mut list = vec![first];
    while starts(text, end, ",") {
        let Ok((next, after)) = element::read(field, text, commas(text, end)) else { break };
        list.push(next);
        end = after;
    }
    Ok((list, commas(text, end)))
}

/// Reads ` +02:00`, ` +0200` or ` Area/City/Place`.
fn zone_at(text: &str, at: usize) -> Option<(String, usize)> {
    let rest = text.get(at..)?;
    let begin = rest.len() - rest.trim_start_matches(' ').len();
    let rest = rest.get(begin..).filter(|_| begin > 0)?;
    let length = offset(rest).or_else(|| name(rest))?;
    Some((rest.get(..length)?.to_owned(), at + begin))
}

fn offset(text: &str) -> Option<usize> {
    let rest = text.strip_prefix(['+', '-'])?;
    let hours: u8 = rest.get(..2).filter(|hours| hours.bytes().all(|byte| byte.is_ascii_digit()))?.parse().ok()?;
    let rest = rest.get(2..)?;
    let (colon, minutes) = rest.strip_prefix(':').map_or((0, rest), |minutes| (1, minutes));
    let quarter = ["00", "15", "30", "45"].iter().any(|quarter| minutes.starts_with(quarter));
    (hours <= 24 && quarter).then_some(5 + colon)
}

fn name(text: &str) -> Option<usize> {
    let part = |at: usize, more: &[char]| {
        let rest = text.get(at..)?;
        let tail = rest.strip_prefix(|c: char| c.is_ascii_uppercase())?;
        let end = tail.find(|c: char| !(c.is_ascii_alphanumeric() || more.contains(&c))).unwrap_or(tail.len());
        (end > 0).then_some(at + 1 + end)
    };
    let mut end = part(0, &['+', '-'])?;
    for _ in 0..2 {
        match text.get(end..).filter(|rest| rest.starts_with('/')).and_then(|_| part(end + 1, &['+', '-', '_'])) {
            Some(longer) => end = longer,
            None => break,
        }
    }
    Some(end)
}
