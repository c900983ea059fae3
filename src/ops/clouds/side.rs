//! The side that a CPI's name means, by the command line.

use std::path::PathBuf;

use crate::cpi::Side;
use crate::cpi::registry::Builtin;
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind, Result};

/// The words before a CPI's name, or alone. `builtin` is the older word for `native`.
const WORDS: [(&str, Side); 3] =
    [("native", Side::Native), ("builtin", Side::Native), ("executable", Side::Executable)];

/// The side that the command line names, for this run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forced {
    /// The side.
    pub side: Side,
    /// The CPI that it is about: `native:NAME`. `None` for all, if the word stands alone.
    pub only: Option<CpiName>,
    /// As it was written.
    pub word: String,
}

impl Forced {
    /// Splits a word of `--cpi` into the side, if it names one, and the CPI's name, if there is one.
    pub fn split(word: &str) -> (Option<Side>, Option<&str>) {
        for (name, side) in WORDS {
            match word.strip_prefix(name) {
                Some("") if name != "builtin" => return (Some(side), None),
                Some(rest) if rest.starts_with(':') => return (Some(side), Some(&rest[1..])),
                _ => {}
            }
        }
        (None, Some(word))
    }

    /// The side that it means for this CPI.
    pub(super) fn of(&self, name: &CpiName) -> Option<Side> {
        self.only.as_ref().is_none_or(|only| only == name).then_some(self.side)
    }

    /// Refuses a contradiction: nothing of the name is built in, or `--cpi-path` names an executable of it, too.
    ///
    /// # Errors
    /// [`Kind::Unsupported`], [`Kind::Usage`].
    pub(super) fn check(
        &self,
        name: &CpiName,
        native: Option<&Builtin>,
        ordered: Option<(&str, &PathBuf)>,
    ) -> Result<()> {
        if self.side == Side::Executable {
            return Ok(());
        }
        if native.is_none() {
            return Err(self.not_built_in(name));
        }
        match ordered {
            None => Ok(()),
            Some((named_by, path)) => {
                let message = format!(
                    "--cpi {} and {named_by} {} exclude each other: give one of them",
                    self.word,
                    path.display()
                );
                let (word, _) = self.word.split_once(':').unwrap_or((&self.word, ""));
                Err(Error::new(Kind::Usage, message)
                    .hint(format!("for the executable, leave out `{word}`, or write --cpi executable:{name}")))
            }
        }
    }

    pub(super) fn not_built_in(&self, name: &CpiName) -> Error {
        let names: Vec<&str> = crate::cpi::registry::names().collect();
        let message = format!("--cpi {}: snapback has no built-in CPI of the name '{name}'", self.word);
        Error::new(Kind::Unsupported, message)
            .hint(format!("built in: {}", names.join(", ")))
            .hint(format!("for the executable of that name write --cpi executable:{name}; nothing was done"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_have_a_side() {
        assert_eq!(Forced::split("builtin:x"), (Some(Side::Native), Some("x")));
        assert_eq!(Forced::split("native:x"), (Some(Side::Native), Some("x")));
        assert_eq!(Forced::split("native"), (Some(Side::Native), None));
        assert_eq!(Forced::split("executable"), (Some(Side::Executable), None));
        assert_eq!(Forced::split("executable:a:b"), (Some(Side::Executable), Some("a:b")));
        assert_eq!(Forced::split("builtin"), (None, Some("builtin")));
        assert_eq!(Forced::split("natively"), (None, Some("natively")));
        assert_eq!(Forced::split("other:x"), (None, Some("other:x")));
    }
}
