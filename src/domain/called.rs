//! How snapback was called: what the commands that it prints have to repeat, so that they find the same files.

use std::borrow::Cow;

use super::shell;

/// A global option that was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Typed {
    /// Its names, the one to print first.
    pub names: &'static [&'static str],
    /// Its value, quoted for a shell; none of a switch.
    pub value: Option<String>,
    /// Whether it may stand in a command line several times.
    pub repeats: bool,
    /// The verbs and options beside which it has no use.
    pub idle: &'static [&'static str],
}

/// All that printed commands repeat. The default adds nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Called {
    /// The options that were typed, in the order in which they are printed.
    pub options: Vec<Typed>,
    /// Names of files that commands mention, and where those files are for this run, quoted for a shell.
    pub files: Vec<(&'static str, String)>,
}

impl Called {
    /// A line of commands, in which those of snapback's are complete: with the options that were typed and that they do
    /// not have. Other programs' commands stay as they are. A complete command stays as it is, too.
    pub fn command(&self, line: &str) -> String {
        const INSIDE: &str = "$(";
        let each =
            |part: &str| match part.split_once(INSIDE).and_then(|(head, rest)| Some((head, rest.rsplit_once(')')?))) {
                Some((head, (inner, tail))) => format!("{head}{INSIDE}{}){tail}", self.one(inner)),
                None => self.one(part),
            };
        shell::parts(line).into_iter().map(|(part, separator)| each(part) + separator).collect()
    }

    fn one(&self, line: &str) -> String {
        let Some(rest) = line.strip_prefix("snapback ") else { return line.to_owned() };
        // Behind it stands another program's command line.
        let (own, behind) = rest.find(" -- ").map_or((rest, ""), |at| rest.split_at(at));
        let words = shell::words(own);
        let verb = verb(&words);
        let is_idle = |word: &&'static str| *word == verb || (word.starts_with("--") && words.contains(word));
        let mut command = "snapback".to_owned();
        for option in self.options.iter().filter(|option| !option.is_in(&words) && !option.idle.iter().any(is_idle)) {
            command.push_str(&format!(" {}", option.names[0]));
            command.extend(option.value.iter().map(|value| format!(" {value}")));
        }
        for word in words {
            let there = self.files.iter().find(|(name, _)| *name == word);
            command.push_str(&format!(" {}", there.map_or(word, |(_, path)| path)));
        }
        command + behind
    }

    /// A text, with what it has of commands between backticks completed.
    pub fn prose<'a>(&self, text: &'a str) -> Cow<'a, str> {
        if *self == Called::default() || !text.contains("snapback ") {
            return Cow::Borrowed(text);
        }
        let parts: Vec<&str> = text.split('`').collect();
        let last = parts.len() - 1;
        let complete = |(at, part): (usize, &&str)| match at % 2 == 1 && at < last {
            true => self.command(part),
            false => (*part).to_owned(),
        };
        Cow::Owned(parts.iter().enumerate().map(complete).collect::<Vec<_>>().join("`"))
    }
}

impl Typed {
    /// Whether a command has it: with a value of its own, or, where it may be repeated, with this one.
    fn is_in(&self, words: &[&str]) -> bool {
        words.iter().enumerate().any(|(at, word)| match self.repeats {
            true => self.names.contains(word) && words.get(at + 1).copied() == self.value.as_deref(),
            false => self.names.iter().any(|name| is_option(word, name)),
        })
    }
}

/// The verb of a command of snapback's; nothing where it has none, or is another program's.
pub fn verb_of(line: &str) -> &str {
    line.strip_prefix("snapback ").map_or("", |rest| verb(&shell::words(rest)))
}

/// Whether a word is the option of this name, perhaps with its value: `-d`, `-dprod`, `--state`, `--state=x.db`.
fn is_option(word: &str, name: &str) -> bool {
    let behind = word.strip_prefix(name);
    behind.is_some_and(|behind| behind.is_empty() || behind.starts_with('=') || !name.starts_with("--"))
}

/// The verb: the first word that is neither an option nor the value of one. Before it, each option has a value.
fn verb<'a>(words: &[&'a str]) -> &'a str {
    let mut words = words.iter();
    while let Some(word) = words.next() {
        if !word.starts_with('-') {
            return word;
        }
        words.next();
    }
    ""
}

#[cfg(test)]
mod tests {
    use super::*;

    fn called() -> Called {
        let option = |names, value: &str, repeats, idle| Typed { names, value: Some(value.to_owned()), repeats, idle };
        Called {
            options: vec![
                option(&["-m", "--manifest"], "'a b/d.yml'", false, &[]),
                option(&["-o", "--ops-file"], "o.yml", true, &[]),
                option(&["-d", "--deployment"], "prod", false, &["recover", "--all-deployments"]),
            ],
            files: vec![("inventory.yml", "'a b/inventory.yml'".to_owned())],
        }
    }

    #[test]
    fn a_command_gets_what_it_does_not_have() {
        for (line, complete) in [
            ("snapback take db/0", "snapback -m 'a b/d.yml' -o o.yml -d prod take db/0"),
            ("snapback -d x take", "snapback -m 'a b/d.yml' -o o.yml -d x take"),
            ("snapback -dx take", "snapback -m 'a b/d.yml' -o o.yml -dx take"),
            ("snapback take --all-deployments", "snapback -m 'a b/d.yml' -o o.yml take --all-deployments"),
            ("snapback recover op-1", "snapback -m 'a b/d.yml' -o o.yml recover op-1"),
            ("snapback -m 'c d/e.yml' recover", "snapback -o o.yml -m 'c d/e.yml' recover"),
            ("snapback -o p.yml take", "snapback -m 'a b/d.yml' -o o.yml -d prod -o p.yml take"),
            ("snapback import inventory.yml", "snapback -m 'a b/d.yml' -o o.yml -d prod import 'a b/inventory.yml'"),
            (
                "snapback recover -- bosh create-env -o o.yml inventory.yml",
                "snapback -m 'a b/d.yml' -o o.yml recover -- bosh create-env -o o.yml inventory.yml",
            ),
            ("bosh -d x tasks", "bosh -d x tasks"),
            ("bosh -d x cck && snapback recover", "bosh -d x cck && snapback -m 'a b/d.yml' -o o.yml recover"),
            (
                "printf 'a | snapback b' | snapback recover -",
                "printf 'a | snapback b' | snapback -m 'a b/d.yml' -o o.yml recover -",
            ),
            (
                "disk=$(snapback recover x) && bosh attach-disk \"$disk\"",
                "disk=$(snapback -m 'a b/d.yml' -o o.yml recover x) && bosh attach-disk \"$disk\"",
            ),
            (
                "snapback recover -- bosh create-env 'x && y' --recreate && snapback recover z",
                "snapback -m 'a b/d.yml' -o o.yml recover -- bosh create-env 'x && y' --recreate && snapback -m 'a b/d.yml' -o o.yml recover z",
            ),
        ] {
            assert_eq!(called().command(line), complete);
            assert_eq!(called().command(complete), complete, "a complete one stays");
            assert_eq!(Called::default().command(line), line);
        }
    }

    #[test]
    fn prose_keeps_its_words() {
        let text = "snapback looks: see `snapback recover`, or `bosh tasks`; ` snapback check";
        let complete =
            "snapback looks: see `snapback -m 'a b/d.yml' -o o.yml recover`, or `bosh tasks`; ` snapback check";
        assert_eq!(called().prose(text), complete);
        assert_eq!(Called::default().prose(text), text);
    }
}
