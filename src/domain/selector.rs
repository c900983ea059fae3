//! The instances that a command is about: `GROUP`, `GROUP/INDEX`, `GROUP/UUID`, several of them, and BOSH 1's `GROUP
//! INDEX`.

use std::fmt;

use super::instance::{Instance, InstanceName};

/// One SELECTOR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Every instance of a group.
    Group(String),
    /// One instance, by its index.
    Index(String, u32),
    /// One instance, by its UUID.
    Uuid(String, String),
}

/// Why a text is not a selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSelector {
    /// The group is missing.
    #[error("'{0}' has no instance group before the slash")]
    NoGroup(String),
    /// It is neither an index nor a UUID.
    #[error("'{given}' in '{whole}' is neither an index (0, 1, 2, ...) nor an instance UUID")]
    NoIndex {
        /// The part after the slash.
        given: String,
        /// The whole text.
        whole: String,
    },
    /// BOSH 1's index, if it is not clear to which group it belongs.
    #[error("'{0}' stands alone among several: it is an index or a UUID, and needs its group and a slash before it")]
    Alone(String),
}

/// The instances that several selectors mean together, each once; all instances if there is no selector.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Selectors(Vec<Selector>);

impl Selectors {
    /// Reads the words after a verb: a selector each, or BOSH 1's two words `GROUP INDEX`.
    ///
    /// # Errors
    /// [`BadSelector`], with what was given.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Selectors, BadSelector> {
        let words: Vec<&str> = words.iter().map(AsRef::as_ref).collect();
        if let [group, index] = words[..]
            && is_index_or_uuid(index)
        {
            let whole = format!("{group} {index}");
            if group.is_empty() || group.contains('/') {
                return Err(BadSelector::NoGroup(whole));
            }
            return Ok(Selectors(vec![Selector::index_or_uuid(group, index, &whole)?]));
        }
        if let Some(alone) = words.iter().find(|word| words.len() > 1 && is_index_or_uuid(word)) {
            return Err(BadSelector::Alone((*alone).to_owned()));
        }
        words.iter().map(|word| Selector::parse_one(word)).collect::<Result<_, _>>().map(Selectors)
    }

    /// A single selector.
    pub fn one(selector: Selector) -> Selectors {
        Selectors(vec![selector])
    }

    /// The selector of the instance with this name.
    pub fn of(name: &InstanceName) -> Selectors {
        Selectors(vec![Selector::Index(name.group.clone(), name.index)])
    }

    /// True if nothing is left out.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Each selector, in the order given.
    pub fn each(&self) -> &[Selector] {
        &self.0
    }

    /// True if the instance is meant.
    pub fn matches(&self, instance: &Instance) -> bool {
        self.means(|selector| selector.matches(instance))
    }

    /// True if one of the selectors means the instance, or if there is none.
    pub fn means(&self, one: impl FnMut(&Selector) -> bool) -> bool {
        self.is_all() || self.0.iter().any(one)
    }
}

impl fmt::Display for Selectors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let each: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        f.write_str(if self.is_all() { "all instances" } else { "" })?;
        f.write_str(&each.join(" "))
    }
}

fn is_index_or_uuid(word: &str) -> bool {
    let is_signed = word.strip_prefix(['-', '+']).is_some_and(|rest| !rest.is_empty() && is_index_or_uuid(rest));
    let is_index = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit());
    is_index || is_signed || uuid::Uuid::try_parse(word).is_ok()
}

impl Selector {
    fn parse_one(text: &str) -> Result<Selector, BadSelector> {
        match text.split_once('/') {
            None if text.trim().is_empty() => Err(BadSelector::NoGroup(text.to_owned())),
            None => Ok(Selector::Group(text.to_owned())),
            Some(("", _)) => Err(BadSelector::NoGroup(text.to_owned())),
            Some((group, rest)) => Self::index_or_uuid(group, rest, text),
        }
    }

    fn index_or_uuid(group: &str, rest: &str, whole: &str) -> Result<Selector, BadSelector> {
        if rest.bytes().all(|byte| byte.is_ascii_digit()) {
            if let Ok(index) = rest.parse() {
                return Ok(Selector::Index(group.to_owned(), index));
            }
        } else if uuid::Uuid::try_parse(rest).is_ok() {
            return Ok(Selector::Uuid(group.to_owned(), rest.to_ascii_lowercase()));
        }
        Err(BadSelector::NoIndex { given: rest.to_owned(), whole: whole.to_owned() })
    }

    /// The instance group.
    pub fn group(&self) -> &str {
        match self {
            Selector::Group(group) | Selector::Index(group, _) | Selector::Uuid(group, _) => group,
        }
    }

    /// True if the instance is meant.
    pub fn matches(&self, instance: &Instance) -> bool {
        match self {
            Selector::Group(group) => instance.name.group == *group,
            Selector::Index(group, index) => instance.name.group == *group && instance.name.index == *index,
            Selector::Uuid(group, uuid) => {
                instance.name.group == *group
                    && instance.uuid.as_deref().is_some_and(|have| have.eq_ignore_ascii_case(uuid))
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::Group(group) => f.write_str(group),
            Selector::Index(group, index) => write!(f, "{group}/{index}"),
            Selector::Uuid(group, uuid) => write!(f, "{group}/{uuid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse<S: AsRef<str>>(words: &[S]) -> Result<Vec<Selector>, BadSelector> {
        Selectors::parse(words).map(|selectors| selectors.0)
    }

    #[test]
    fn the_four_spellings() {
        assert!(Selectors::parse::<&str>(&[]).unwrap().is_all());
        assert_eq!(parse(&["db"]), Ok(vec![Selector::Group("db".into())]));
        assert_eq!(parse(&["db/3"]), Ok(vec![Selector::Index("db".into(), 3)]));
        assert_eq!(parse(&["db", "3"]), Ok(vec![Selector::Index("db".into(), 3)]));
        let uuid = "29ae97ec-3106-450b-a848-98cb3b25d86f";
        assert_eq!(parse(&[format!("db/{uuid}")]), Ok(vec![Selector::Uuid("db".into(), uuid.into())]));
        assert_eq!(parse(&["db", uuid]), Ok(vec![Selector::Uuid("db".into(), uuid.into())]));
    }

    #[test]
    fn several() {
        let read = parse(&["db/1", "web", "db/0"]).unwrap();
        assert_eq!(
            read,
            [Selector::Index("db".into(), 1), Selector::Group("web".into()), Selector::Index("db".into(), 0)]
        );
        assert_eq!(parse(&["db", "web"]).unwrap().len(), 2);
        assert_eq!(Selectors::parse(&["db/1", "web"]).unwrap().to_string(), "db/1 web");
        // It is not clear whose index it is.
        for words in [&["db", "web", "0"][..], &["db", "0", "web"], &["0", "db"], &["db", "0", "1"]] {
            assert!(matches!(parse(words), Err(BadSelector::Alone(_))), "{words:?}");
        }
    }

    #[test]
    fn what_is_none() {
        for words in [
            &["/0"][..],
            &["db/"],
            &["db/x"],
            &["db/-1"],
            &["db", "-1"],
            &["db", "+1"],
            &["db/+1"],
            &["db/0", "1"],
            &["a", ""],
            &[""],
        ] {
            assert!(parse(words).is_err(), "{words:?}");
        }
        assert!(parse(&["db/99999999999"]).is_err());
        assert!(parse(&["db", "99999999999"]).is_err());
    }
}
