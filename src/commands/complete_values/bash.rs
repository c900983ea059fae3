//! bash passes the line as it was typed, with its quotes, and expects the text that replaces the current word.

/// A line up to the cursor.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Typed {
    /// Its words after the program's name, without quotes; the last one is the current one.
    pub words: Vec<String>,
    /// The current word as it was typed.
    raw: String,
    /// How the current word is quoted at its end.
    quoted: Quoted,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quoted {
    No,
    Single,
    Double,
}

impl Typed {
    /// Reads the line; `None` if it ends in a backslash, or has more in it than words.
    pub(super) fn read(line: &str) -> Option<Typed> {
        let (mut words, mut word, mut raw) = (Vec::new(), String::new(), String::new());
        let mut quoted = Quoted::No;
        let mut rest = line.chars();
        while let Some(c) = rest.next() {
            if quoted == Quoted::No && c.is_ascii_whitespace() {
                if !raw.is_empty() {
                    words.push(std::mem::take(&mut word));
                    raw.clear();
                }
                continue;
            }
            raw.push(c);
            match (quoted, c) {
                (Quoted::No, '\'') => quoted = Quoted::Single,
                (Quoted::No, '"') => quoted = Quoted::Double,
                (Quoted::Single, '\'') | (Quoted::Double, '"') => quoted = Quoted::No,
                (Quoted::No, '$' | '`') | (Quoted::Double, '$' | '`') => return None,
                (Quoted::No | Quoted::Double, '\\') => {
                    let next = rest.next()?;
                    raw.push(next);
                    if quoted == Quoted::Double && !['"', '\\', '$', '`'].contains(&next) {
                        word.push('\\');
                    }
                    word.push(next);
                }
                (_, c) => word.push(c),
            }
        }
        words.push(word);
        words.remove(0);
        (!words.is_empty()).then_some(Typed { words, raw, quoted })
    }

    /// The text that bash puts in the place of `current`, its idea of the current word. That begins after the last `:`
    /// or `=`, or after an open quote. `None` if `name` does not continue the word.
    pub(super) fn reply(&self, name: &str, current: &str) -> Option<String> {
        let kept = self.raw.strip_suffix(current)?;
        let whole = format!("{}{}", self.raw, escaped(name.strip_prefix(self.words.last()?.as_str())?, self.quoted));
        whole.strip_prefix(kept).map(str::to_owned)
    }
}

fn escaped(text: &str, quoted: Quoted) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match (quoted, c) {
            (Quoted::Single, '\'') => escaped.push_str("'\\''"),
            (Quoted::Double, '"' | '\\' | '$' | '`') => escaped.extend(['\\', c]),
            (Quoted::No, c) if !c.is_alphanumeric() && !"-_./:=,@%+".contains(c) => escaped.extend(['\\', c]),
            (_, c) => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const AZURE: &str = "caching:None;disk_name:bosh-data;resource_group_name:rg";

    fn reply(line: &str, current: &str) -> Option<String> {
        Typed::read(line).unwrap().reply(AZURE, current)
    }

    #[test]
    fn what_was_typed_stays_and_the_rest_is_quoted_as_it_was_begun() {
        let rest = r"None\;disk_name:bosh-data\;resource_group_name:rg";
        assert_eq!(reply("snapback delete ", "").unwrap(), format!("caching:{rest}"));
        assert_eq!(reply("snapback delete cach", "cach").unwrap(), format!("caching:{rest}"));
        assert_eq!(reply("snapback delete caching:", "").unwrap(), rest);
        assert_eq!(reply("snapback delete caching:No", "No").unwrap(), rest);
        assert_eq!(reply(r"snapback delete caching:None\;d", r"None\;d").unwrap(), rest);
        assert_eq!(reply("snapback delete 'caching:No", "caching:No").unwrap(), AZURE);
        assert_eq!(reply("snapback delete \"caching:No", "caching:No").unwrap(), AZURE);
        assert_eq!(reply("snapback delete x", "x"), None);
        let odd = Typed::read("snapback delete ").unwrap();
        assert_eq!(odd.reply("a b'c\"d$e", "").unwrap(), r#"a\ b\'c\"d\$e"#);
    }

    #[test]
    fn words_of_a_line() {
        let words = |line: &str| Typed::read(line).map(|typed| typed.words);
        assert_eq!(words("snapback -m 'a b' delete ").unwrap(), ["-m", "a b", "delete", ""]);
        assert_eq!(words(r#"snapback "a\"b\c" d\ e"#).unwrap(), [r#"a"b\c"#, "d e"]);
        assert_eq!(words("snapback delete $(x"), None);
        assert_eq!(words("snapback"), None);
        assert_eq!(words("snapback delete x\\"), None);
        assert_eq!(words(""), None);
    }
}
