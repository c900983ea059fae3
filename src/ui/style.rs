//! Text from elsewhere, made safe for a terminal.

use std::borrow::Cow;

pub(super) use crate::domain::unseen::unseen;

/// The text without invisible characters: a CID or a cloud's message could otherwise move the cursor, hide lines,
/// retitle a window, or look like another one. Line breaks stay.
pub fn printable(text: &str) -> Cow<'_, str> {
    let bad = |c: char| c != '\n' && unseen(c);
    if text.chars().any(bad) {
        Cow::Owned(text.chars().map(|c| if bad(c) { '\u{fffd}' } else { c }).collect())
    } else {
        Cow::Borrowed(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_do_not_pass() {
        assert_eq!(printable("snap-1"), "snap-1");
        assert_eq!(printable("a\u{1b}[2Jb\tc"), "a\u{fffd}[2Jb\u{fffd}c");
        assert_eq!(printable("a\nb"), "a\nb");
        assert_eq!(
            printable("a\u{202e}b\u{2066}c\u{200b}d\u{9b}e\u{7f}"),
            "a\u{fffd}b\u{fffd}c\u{fffd}d\u{fffd}e\u{fffd}"
        );
        assert_eq!(printable("grün 雪 🦀"), "grün 雪 🦀");
    }
}
