//! Credentials that a program gives: `credential_process` of a profile.

use std::time::Duration;

use super::{Around, Credentials, Trouble, found};
use crate::process::{self, Call};

/// How long the program may take.
const MOST: Duration = Duration::from_secs(60);
/// The most bytes of its output.
const SAID: usize = 1 << 16;

/// Runs the program. Its standard error may hold a secret, and is not shown.
pub(super) fn run(around: &Around, profile: &str, line: &str) -> Result<Credentials, Trouble> {
    let who = format!("credential_process of the profile '{profile}'");
    let next = "run that program by hand, and see what it says";
    let words =
        words(line).ok_or_else(|| Trouble::new(format!("{who} has a quote without its end"), "correct the profile"))?;
    let Some((program, arguments)) = words.split_first() else {
        return Err(Trouble::new(format!("{who} is empty"), "correct the profile"));
    };
    let mut call = Call::new(program);
    call.args = arguments.to_vec();
    call.env = around.environment.clone().into_iter().collect();
    (call.deadline, call.stop, call.stdout_limit) = (Some(MOST), Some(around.stop.clone()), SAID);
    let ended = process::run(&call).map_err(|error| Trouble::new(format!("{who}: {error}"), next))?;
    if !ended.status.success() {
        return Err(Trouble::new(format!("{who} failed: {}", ended.status), next));
    }
    let version =
        serde_json::from_slice(&ended.stdout).ok().and_then(|said: serde_json::Value| said.get("Version")?.as_u64());
    if version.is_some_and(|version| version != 1) {
        return Err(Trouble::new(format!("{who} speaks another version than 1"), next));
    }
    found::read(&who, &ended.stdout, "SessionToken")
}

/// The words of a line, as a shell reads quotes and backslashes; `None` if a quote does not end.
fn words(line: &str) -> Option<Vec<String>> {
    let (mut all, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut rest = line.chars();
    while let Some(character) = rest.next() {
        match (quote, character) {
            (Some(open), end) if end == open => quote = None,
            (None, open @ ('"' | '\'')) => {
                quote = Some(open);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().push(rest.next()?),
            (None, space) if space.is_whitespace() => all.extend(word.take()),
            (_, other) => word.get_or_insert_default().push(other),
        }
    }
    all.extend(word);
    quote.is_none().then_some(all)
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn a_line_is_split_as_a_shell_does() {
        let said = words(r#"/a/b --x "two words" 'it"s' e\ f """#).unwrap();
        assert_eq!(said, ["/a/b", "--x", "two words", "it\"s", "e f", ""]);
        assert_eq!(words("a 'b"), None);
        assert_eq!(words("  ").unwrap(), Vec::<String>::new());
    }
}
