//! Prose in lines of a width: broken between words, but never within a word or a command.

use unicode_width::UnicodeWidthStr;

/// The width of this line in columns of a terminal.
pub(super) fn wide(line: &str) -> usize {
    if line.is_ascii() { line.len() } else { line.width() }
}

/// The programs whose command lines stay whole.
const PROGRAMS: [&str; 6] = ["snapback", "bosh", "aws", "openstack", "sudo", "mount"];

/// A part of a line that must not be broken.
struct Unit<'a> {
    /// The blanks before it.
    gap: &'a str,
    text: &'a str,
    /// Whether it is a command to type, with its backticks and the punctuation after it.
    command: bool,
}

/// The parts of a line: its words; texts between backticks; and a command, from the name of its program after a colon
/// to the end of the clause.
fn units(line: &str) -> impl Iterator<Item = Unit<'_>> {
    let mut rest = line;
    let mut may_begin = false;
    std::iter::from_fn(move || {
        let (gap, behind) = rest.split_at(rest.len() - rest.trim_start_matches(' ').len());
        if behind.is_empty() {
            return None;
        }
        let word = behind.split(' ').next().unwrap_or(behind);
        let (length, command) = match (may_begin && PROGRAMS.contains(&word), word.find('`')) {
            (true, _) => (clause(behind), true),
            (false, Some(opened)) => match behind[opened + 1..].find('`') {
                Some(closed) => {
                    let end = opened + closed + 2;
                    (end + behind[end..].find(' ').unwrap_or(behind.len() - end), true)
                }
                None => (word.len(), false),
            },
            (false, None) => (word.len(), false),
        };
        let (text, after) = behind.split_at(length);
        may_begin = text.ends_with(':') || text == "run";
        rest = after;
        Some(Unit { gap, text, command })
    })
}

/// The length of the clause with a command: up to a semicolon, a comma or a bracket that ends it.
fn clause(text: &str) -> usize {
    let end = |(mark, length): (&str, usize)| text.find(mark).map(|at| at + length);
    [("; ", 1), (", ", 1), (") ", 1), (" #", 0)].into_iter().filter_map(end).min().unwrap_or(text.len())
}

/// The widest part of a cell that must not be broken.
pub(super) fn widest(text: &str) -> usize {
    text.lines().flat_map(units).map(|unit| wide(unit.text)).max().unwrap_or(0)
}

/// The text in lines of at most `width`, the first of which has `used` columns less. A part that is wider than a line
/// has one to itself. Lines that fit stay as they are, with their blanks.
pub(super) fn wrapped(text: &str, width: usize, used: usize) -> Vec<String> {
    folded(text, Some(width), used, false)
}

/// As [`wrapped`], with commands in bold if asked for; without a width, nothing is broken.
pub(super) fn folded(text: &str, width: Option<usize>, used: usize, bold: bool) -> Vec<String> {
    let mut lines = Vec::new();
    for (at, given) in text.split('\n').enumerate() {
        let used = if at == 0 { used } else { 0 };
        let width = width.filter(|width| used + wide(given) > *width);
        // An indented line is continued with the same indent.
        let indent = &given[..given.len() - given.trim_start_matches(' ').len()];
        let (mut line, mut taken, mut empty) = (String::new(), used, true);
        for unit in units(given) {
            let breaks = !empty || (used > 0 && at == 0 && lines.is_empty());
            if breaks && width.is_some_and(|width| taken + unit.gap.len() + wide(unit.text) > width) {
                lines.push(std::mem::replace(&mut line, indent.to_owned()));
                taken = indent.len();
            } else {
                line.push_str(unit.gap);
                taken += unit.gap.len();
            }
            match unit.command && bold {
                true => line.push_str(&format!("\x1b[1m{}\x1b[22m", unit.text)),
                false => line.push_str(unit.text),
            }
            taken += wide(unit.text);
            empty = false;
        }
        if width.is_none() {
            // Also the blanks at the end.
            line.push_str(&given[given.trim_end_matches(' ').len().max(indent.len())..]);
        }
        if empty {
            given.clone_into(&mut line);
        }
        lines.push(line);
    }
    lines
}

/// The line in this width: of what is too wide, whole words are left out at its end. What stands before the first colon
/// stays, whatever its width.
pub(super) fn shortened(line: &str, width: Option<usize>) -> String {
    const MORE: &str = "…";
    let Some(width) = width.filter(|width| wide(line) > *width) else { return line.to_owned() };
    let kept = line.find(": ").map_or(0, |colon| colon + 1);
    let mut short = line[..kept].to_owned();
    for unit in units(&line[kept..]) {
        if wide(&short) + unit.gap.len() + wide(unit.text) + 1 + wide(MORE) > width {
            break;
        }
        short.push_str(unit.gap);
        short.push_str(unit.text);
    }
    if wide(&short) < width {
        short.push_str(if wide(&short) + 1 < width { " " } else { "" });
        short.push_str(MORE);
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_and_a_word_stay_whole() {
        let text = "the disk disk-0123456789 is gone: snapback check --adopt; or see `snapback disks --orphaned`, which lists it";
        assert_eq!(
            wrapped(text, 24, 0),
            [
                "the disk disk-0123456789",
                "is gone:",
                "snapback check --adopt;",
                "or see",
                "`snapback disks --orphaned`,",
                "which lists it"
            ]
        );
        assert_eq!(widest(text), "`snapback disks --orphaned`,".len());
        // As a subject it is a word.
        assert_eq!(wrapped("here snapback reads it", 14, 0), ["here snapback", "reads it"]);
        assert_eq!(folded("to see: snapback disks; so", None, 0, true), ["to see: \x1b[1msnapback disks;\x1b[22m so"]);
    }

    #[test]
    fn what_fits_stays_as_it_is() {
        for text in ["a  b\n  c", "", " ", "a ", "\n", " a  "] {
            assert_eq!(wrapped(text, 10, 0).join("\n"), text);
        }
        assert_eq!(wrapped("  aa bb cc", 7, 0), ["  aa bb", "  cc"]);
        assert_eq!(wrapped("aa  bb cc", 6, 0), ["aa  bb", "cc"]);
        assert_eq!(wrapped("aa bb", 7, 4), ["aa", "bb"]);
        assert_eq!(wrapped("aabbcc", 7, 4), ["", "aabbcc"]);
        assert_eq!(wrapped("雪雪 雪", 5, 0), ["雪雪", "雪"]);
    }
}
