//! Words for a POSIX shell.

/// Quotes a word for a shell (POSIX.1-2017, Shell Command Language, 2.2.2): a CID is a text of the cloud, and can
/// contain anything.
pub fn quoted(word: &str) -> String {
    if !word.is_empty() && word.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:,@%+".contains(c)) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

/// The words of a line that [`quoted`] has made, each as it stands there.
pub fn words(line: &str) -> Vec<&str> {
    let (mut inside, mut escaped) = (false, false);
    let parts = line.split(|c: char| {
        match c {
            _ if escaped => escaped = false,
            '\\' if !inside => escaped = true,
            '\'' => inside = !inside,
            _ => {}
        }
        c == ' ' && !inside
    });
    parts.filter(|word| !word.is_empty()).collect()
}

/// The commands of a line that [`quoted`] has made, each with the separator behind it: a list (`&&`) or a pipe (`|`).
pub fn parts(line: &str) -> Vec<(&str, &str)> {
    const SEPARATORS: [&str; 2] = [" && ", " | "];
    let (mut found, mut from) = (Vec::new(), 0);
    let (mut inside, mut escaped) = (false, false);
    for (at, c) in line.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if !inside => escaped = true,
            '\'' => inside = !inside,
            _ => {}
        }
        let separator = SEPARATORS.into_iter().find(|separator| !inside && line[at..].starts_with(separator));
        if let Some(separator) = separator.filter(|_| at >= from) {
            found.push((&line[from..at], separator));
            from = at + separator.len();
        }
    }
    found.push((&line[from..], ""));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back_as_they_were_quoted() {
        let all = ["a", "b c", "it's  so", "", "caching:None;d", "'"].map(quoted);
        assert_eq!(words(&all.join(" ")), all.each_ref().map(String::as_str));
    }
}
