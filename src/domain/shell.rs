//! Words for a POSIX shell.

/// As a shell takes it for one word (POSIX.1-2017, Shell Command Language, 2.2.2): a CID is a cloud's text, and can hold
/// anything.
pub fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}
