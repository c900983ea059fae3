//! The end of a log, fit to be shown.

use crate::secret::Redactor;

/// How many bytes of it a call keeps.
pub(super) const KEPT: usize = 16 * 1024;
/// How many lines of it are told.
const LINES: usize = 12;
const BYTES: usize = 2000;

/// All that was kept of the log, without secrets. If the log's beginning was cut off, its first line is dropped, too:
/// it may be the end of a secret, which nobody would recognise.
pub(super) fn whole(tail: &str, redactor: &Redactor) -> String {
    let whole = match tail.split_once('\n') {
        Some((_, rest)) if tail.len() >= KEPT - 4 => rest,
        None if tail.len() >= KEPT - 4 => "",
        _ => tail,
    };
    redactor.redact(whole.trim_end())
}

/// The last lines of that.
pub(super) fn shown(tail: &str, redactor: &Redactor) -> String {
    let clean = whole(tail, redactor);
    let mut lines: Vec<&str> = clean.lines().rev().take(LINES).collect();
    lines.reverse();
    let text = lines.join("\n");
    let start = (text.len().saturating_sub(BYTES)..text.len()).find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text[start..].trim().to_owned()
}

/// The first line of a text that a CPI wrote, without secrets; and whether there is more.
pub(super) fn first_line(text: &str, redactor: &Redactor) -> (String, bool) {
    const MOST: usize = 500;
    let clean = redactor.redact(text.trim());
    let line = clean.lines().next().unwrap_or_default();
    let mut shown: String =
        line.chars().take(MOST).map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }).collect();
    if shown.len() < line.len() {
        shown.push_str("...");
    }
    let more = clean.lines().count() > 1;
    (shown, more)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_end_of_a_log_is_shown_in_whole_lines_and_without_secrets() {
        let redactor = Redactor::of(&json!({"password": "a very long secret"}));
        assert_eq!(shown("one\ntwo: a very long secret\n\n", &redactor), "one\ntwo: <redacted>");
        let cut = format!("long secret\n{}\nlast", "x".repeat(KEPT));
        assert!(!shown(&cut, &redactor).contains("secret"));
        assert!(shown(&cut, &redactor).ends_with("last"));
        assert_eq!(shown(&"y".repeat(KEPT), &redactor), "");
        assert_eq!(
            first_line(" a very long secret is wrong\n  at line 1", &redactor),
            ("<redacted> is wrong".into(), true)
        );
    }
}
