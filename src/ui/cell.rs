//! A value in a row, as people and as programs read it.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::go::{ibytes, unix_date};
use super::style::unseen;
use crate::domain::time::span;

/// A value in a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// No value.
    Missing,
    /// Text.
    Text(String),
    /// Several texts, a line each.
    Lines(Vec<String>),
    /// A thing that has different names in BOSH and in snapback.
    Called {
        /// BOSH's name of it.
        bosh: String,
        /// The name in typed output.
        own: String,
    },
    /// Yes or no.
    Bool(bool),
    /// A number.
    Number(u64),
    /// A size in MiB.
    Mib(u64),
    /// A time, UTC.
    Time(DateTime<Utc>),
    /// A length of time in seconds, an age among them: shown in its two largest units, and as "in the future" if it is below 0.
    Span(i64),
    /// A length of time in milliseconds: shown, and written, as seconds with three decimals.
    Took(i64),
}

impl Cell {
    /// A text.
    pub fn text(value: impl ToString) -> Self {
        Cell::Text(value.to_string())
    }

    /// The value, or [`Cell::Missing`].
    pub fn maybe<T>(value: Option<T>, cell: impl FnOnce(T) -> Cell) -> Self {
        value.map_or(Cell::Missing, cell)
    }

    /// The value in BOSH's form: times as Go's UnixDate, sizes as IBytes, a missing value as "".
    pub fn bosh(&self) -> Cow<'_, str> {
        match self {
            Cell::Missing => Cow::Borrowed(""),
            Cell::Text(text) | Cell::Called { bosh: text, .. } => Cow::Borrowed(text),
            Cell::Lines(lines) => Cow::Owned(lines.join("\n")),
            Cell::Bool(value) => Cow::Borrowed(if *value { "true" } else { "false" }),
            Cell::Number(value) => Cow::Owned(value.to_string()),
            Cell::Mib(mib) => Cow::Owned(ibytes(*mib)),
            Cell::Time(time) => Cow::Owned(unix_date(time)),
            Cell::Span(seconds) => Cow::Owned(u64::try_from(*seconds).map_or("in the future".to_owned(), span)),
            Cell::Took(millis) => Cow::Owned(format!("{} s", seconds(*millis))),
        }
    }

    /// The value for a program, in JSON: times in RFC 3339, sizes in MiB, lengths of time in seconds, a missing value
    /// as null.
    pub fn write_json(&self, out: &mut String) {
        match self {
            Cell::Missing => out.push_str("null"),
            Cell::Text(text) | Cell::Called { own: text, .. } => own_json_string(text, out),
            Cell::Lines(lines) => {
                out.push('[');
                for (at, line) in lines.iter().enumerate() {
                    out.push_str(if at == 0 { "" } else { "," });
                    own_json_string(line, out);
                }
                out.push(']');
            }
            Cell::Bool(_) | Cell::Number(_) => out.push_str(&self.bosh()),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            Cell::Time(time) => own_json_string(&rfc3339(time), out),
            Cell::Span(seconds) => out.push_str(&seconds.to_string()),
            Cell::Took(millis) => out.push_str(&seconds(*millis)),
        }
    }

    /// The value as a field of TSV: TABs, line breaks and backslashes are escaped.
    pub fn write_tsv(&self, out: &mut String) {
        match self {
            Cell::Time(time) => out.push_str(&rfc3339(time)),
            Cell::Mib(value) => out.push_str(&value.to_string()),
            Cell::Span(value) => out.push_str(&value.to_string()),
            Cell::Took(millis) => out.push_str(&seconds(*millis)),
            Cell::Called { own, .. } => tsv_text(own, out),
            other => tsv_text(&other.bosh(), out),
        }
    }
}

/// Milliseconds as seconds, with three decimals.
fn seconds(millis: i64) -> String {
    let (sign, millis) = (if millis < 0 { "-" } else { "" }, millis.unsigned_abs());
    format!("{sign}{}.{:03}", millis / 1000, millis % 1000)
}

fn tsv_text(text: &str, out: &mut String) {
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
}

/// Writes a text in the form of Go's JSON, with `<`, `>`, `&` and two line separators escaped.
pub(super) fn go_json_string(text: &str, out: &mut String) {
    let escaped = ['<', '>', '&', '\u{2028}', '\u{2029}'];
    if !text.contains(escaped) {
        return json_string(text, out);
    }
    for c in Value::from(text).to_string().chars() {
        if escaped.contains(&c) {
            out.push_str(&format!("\\u{:04x}", u32::from(c)));
        } else {
            out.push(c);
        }
    }
}

/// Writes a text as JSON in which all invisible characters are escaped; JSON itself requires this only for some.
fn own_json_string(text: &str, out: &mut String) {
    if text.bytes().all(|byte| (b' '..0x7f).contains(&byte)) {
        json_string(text, out);
    } else {
        out.push_str(&visible(&Value::from(text).to_string()));
    }
}

/// JSON in which invisible characters are escaped; they can only be inside strings.
pub(super) fn visible(json: &str) -> Cow<'_, str> {
    if !json.chars().any(unseen) {
        return Cow::Borrowed(json);
    }
    let mut text = String::new();
    for c in json.chars() {
        if unseen(c) {
            text.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
        } else {
            text.push(c);
        }
    }
    Cow::Owned(text)
}

/// Writes a text as JSON. Almost no text needs escapes, and looking for them is quicker than serde_json.
pub(super) fn json_string(text: &str, out: &mut String) {
    if text.bytes().any(|byte| byte < b' ' || byte == b'"' || byte == b'\\') {
        out.push_str(&Value::from(text).to_string());
    } else {
        out.push('"');
        out.push_str(text);
        out.push('"');
    }
}

fn rfc3339(time: &DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_look_as_boshs() {
        let time = DateTime::parse_from_rfc3339("2026-01-05T06:07:08Z").unwrap().with_timezone(&Utc);
        assert_eq!(Cell::Time(time).bosh(), "Mon Jan  5 06:07:08 UTC 2026");
        assert_eq!(Cell::Time(DateTime::UNIX_EPOCH).bosh(), "");
        // Go prints these for the same numbers.
        for (mib, shown) in [
            (0, "0 B"),
            (1, "1.0 MiB"),
            (9, "9.0 MiB"),
            (512, "512 MiB"),
            (1023, "1023 MiB"),
            (1024, "1.0 GiB"),
            (1536, "1.5 GiB"),
            (10_188, "9.9 GiB"),
            (10_189, "10 GiB"),
            (10_752, "10 GiB"),
            (11_776, "12 GiB"),
            (65_536, "64 GiB"),
            ((1 << 20) - 1, "1024 GiB"),
            (1 << 20, "1.0 TiB"),
            (5 << 30, "5.0 PiB"),
        ] {
            assert_eq!(Cell::Mib(mib).bosh(), shown, "{mib}");
        }
        let written = |write: fn(&Cell, &mut String), cell: &Cell| {
            let mut text = String::new();
            write(cell, &mut text);
            text
        };
        assert_eq!(written(Cell::write_tsv, &Cell::text("a\tb\\")), "a\\tb\\\\");
        for text in ["snap-1", "", "ü", "a\"b", "a\\b", "a\nb", "\u{1b}"] {
            assert_eq!(written(Cell::write_json, &Cell::text(text)), Value::from(text).to_string());
        }
        assert_eq!(written(Cell::write_json, &Cell::text("\u{7f}")), "\"\\u007f\"");
        for (cell, shown, number) in [
            (Cell::Span(93_661), "1d 2h", "93661"),
            (Cell::Span(0), "0s", "0"),
            (Cell::Span(-5), "in the future", "-5"),
            (Cell::Took(62_004), "62.004 s", "62.004"),
            (Cell::Took(-1), "-0.001 s", "-0.001"),
        ] {
            assert_eq!(cell.bosh(), shown);
            assert_eq!(written(Cell::write_json, &cell), number);
            assert_eq!(written(Cell::write_tsv, &cell), number);
        }
    }
}
