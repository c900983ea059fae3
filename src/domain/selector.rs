//! Which instances a command is about: `GROUP`, `GROUP/INDEX`, `GROUP/UUID`, and BOSH 1's `GROUP INDEX`.

use std::fmt;

use super::instance::Instance;

/// A parsed SELECTOR.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selector {
    /// Every instance.
    All,
    /// Every instance of a group.
    Group(String),
    /// One instance, by its index.
    Index(String, u32),
    /// One instance, by its UUID.
    Uuid(String, String),
}

/// Why a text is no selector.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadSelector {
    /// The group is missing.
    #[error("'{0}' has no instance group before the slash")]
    NoGroup(String),
    /// Neither an index nor a UUID.
    #[error("'{given}' in '{whole}' is neither an index (0, 1, 2, ...) nor an instance UUID")]
    NoIndex {
        /// The part.
        given: String,
        /// All of it.
        whole: String,
    },
    /// More than BOSH 1's two words.
    #[error("{0} words: a selector is GROUP, GROUP/INDEX, GROUP/UUID, or the two words GROUP INDEX")]
    TooMany(usize),
}

impl Selector {
    /// Reads the words after a verb; none of them means every instance.
    ///
    /// # Errors
    /// [`BadSelector`], with what was given.
    pub fn parse<S: AsRef<str>>(words: &[S]) -> Result<Selector, BadSelector> {
        match words {
            [] => Ok(Selector::All),
            [one] => Self::parse_one(one.as_ref()),
            [group, index] => {
                let (group, index) = (group.as_ref(), index.as_ref());
                let whole = format!("{group} {index}");
                if group.is_empty() || group.contains('/') {
                    return Err(BadSelector::NoGroup(whole));
                }
                Self::index_or_uuid(group, index, &whole)
            }
            more => Err(BadSelector::TooMany(more.len())),
        }
    }

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

    /// True where the instance is meant.
    pub fn matches(&self, instance: &Instance) -> bool {
        match self {
            Selector::All => true,
            Selector::Group(group) => instance.name.group == *group,
            Selector::Index(group, index) => instance.name.group == *group && instance.name.index == *index,
            Selector::Uuid(group, uuid) => {
                instance.name.group == *group
                    && instance.uuid.as_deref().is_some_and(|have| have.eq_ignore_ascii_case(uuid))
            }
        }
    }

    /// True where at most one instance of a deployment can be meant.
    pub fn is_single(&self) -> bool {
        matches!(self, Selector::Index(..) | Selector::Uuid(..))
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Selector::All => f.write_str("all instances"),
            Selector::Group(group) => f.write_str(group),
            Selector::Index(group, index) => write!(f, "{group}/{index}"),
            Selector::Uuid(group, uuid) => write!(f, "{group}/{uuid}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_four_spellings() {
        assert_eq!(Selector::parse::<&str>(&[]), Ok(Selector::All));
        assert_eq!(Selector::parse(&["db"]), Ok(Selector::Group("db".into())));
        assert_eq!(Selector::parse(&["db/3"]), Ok(Selector::Index("db".into(), 3)));
        assert_eq!(Selector::parse(&["db", "3"]), Ok(Selector::Index("db".into(), 3)));
        let uuid = "29ae97ec-3106-450b-a848-98cb3b25d86f";
        assert_eq!(Selector::parse(&[format!("db/{uuid}")]), Ok(Selector::Uuid("db".into(), uuid.into())));
    }

    #[test]
    fn what_is_none() {
        for words in [&["/0"][..], &["db/"], &["db/x"], &["db/-1"], &["db", "-1"], &["db/+1"], &["a", "b", "c"], &[""]]
        {
            assert!(Selector::parse(words).is_err(), "{words:?}");
        }
        assert!(Selector::parse(&["db/99999999999"]).is_err());
    }
}
