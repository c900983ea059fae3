//! The fields of a cron string, and the single values that each of them accepts.

const MONTHS: [&str; 12] = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const WEEKDAYS: [&str; 7] = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Second,
    Minute,
    Hour,
    Monthday,
    Month,
    Weekday,
}

impl Field {
    /// All fields, in order; in a string without seconds, the first is left out.
    pub(super) const ALL: [Field; 6] =
        [Field::Second, Field::Minute, Field::Hour, Field::Monthday, Field::Month, Field::Weekday];

    pub(super) fn name(self) -> &'static str {
        match self {
            Field::Second => "second",
            Field::Minute => "minute",
            Field::Hour => "hour",
            Field::Monthday => "day of the month",
            Field::Month => "month",
            Field::Weekday => "weekday",
        }
    }

    /// The values that the field accepts, in words with examples.
    pub(super) fn takes(self) -> &'static str {
        match self {
            Field::Second | Field::Minute => "0 to 59, as in 5, 1-10, 1,30 or */15",
            Field::Hour => "0 to 24, as in 7, 22-2, 6,18 or */4",
            Field::Monthday => "1 to 31, -31 to -1 counted from the end, or L for the last, as in 1,15 or */2",
            Field::Month => "1 to 12 or jan to dec, as in 3, nov-feb or */3",
            Field::Weekday => "0 to 7 or sun to sat, as in mon-fri, sun#2, sun#-1 or mon%2",
        }
    }

    /// Its least and its greatest value.
    pub(super) fn bounds(self) -> (i32, i32) {
        match self {
            Field::Second | Field::Minute => (0, 59),
            Field::Hour => (0, 23),
            Field::Monthday => (1, 31),
            Field::Month => (1, 12),
            Field::Weekday => (0, 6),
        }
    }

    /// The value at the front of a text, and how many bytes it has.
    pub(super) fn value(self, text: &str) -> Option<(i32, usize)> {
        match self {
            Field::Second | Field::Minute => number(text, |two| two < 60, |_| true),
            Field::Hour => number(text, |two| two < 25, |_| true),
            Field::Month => {
                number(text, |two| (1..=12).contains(&two), |one| one > 0).or_else(|| word(text, &MONTHS, 1))
            }
            Field::Weekday => match text.as_bytes().first()? {
                digit @ b'0'..=b'7' => Some((i32::from(digit - b'0'), 1)),
                _ => word(text, &WEEKDAYS, 0),
            },
            Field::Monthday => match text.strip_prefix('-') {
                Some(rest) => monthday(rest).map(|(value, length)| (-value, length + 1)),
                None => monthday(text).or_else(|| last(text).map(|length| (-1, length))),
            },
        }
    }
}

fn monthday(text: &str) -> Option<(i32, usize)> {
    number(text, |two| (1..=31).contains(&two), |one| one > 0)
}

/// Reads `last`, `L` or `l`. Returns its length.
pub(super) fn last(text: &str) -> Option<usize> {
    ["last", "l"].iter().find(|word| starts_with(text, word)).map(|word| word.len())
}

fn starts_with(text: &str, word: &str) -> bool {
    text.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word))
}

fn word(text: &str, words: &[&str], first: i32) -> Option<(i32, usize)> {
    let at = words.iter().position(|word| starts_with(text, word))?;
    Some((first + i32::try_from(at).ok()?, 3))
}

/// Reads two digits if they are a value, else one.
fn number(text: &str, two: impl Fn(i32) -> bool, one: impl Fn(i32) -> bool) -> Option<(i32, usize)> {
    let digit =
        |at: usize| text.as_bytes().get(at).filter(|byte| byte.is_ascii_digit()).map(|byte| i32::from(byte - b'0'));
    let first = digit(0)?;
    match digit(1).map(|second| first * 10 + second).filter(|value| two(*value)) {
        Some(value) => Some((value, 2)),
        None => one(first).then_some((first, 1)),
    }
}
