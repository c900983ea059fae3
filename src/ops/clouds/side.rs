//! Which of the two a CPI's name means: the cloud that is built in, or an executable.

use std::path::PathBuf;

use crate::cpi::registry;
use crate::domain::ids::CpiName;
use crate::error::{Error, Kind, Result};

/// The one that the command line names, for this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `builtin:NAME`
    Builtin,
    /// `executable:NAME`
    Executable,
}

impl Side {
    fn prefix(self) -> &'static str {
        match self {
            Side::Builtin => "builtin:",
            Side::Executable => "executable:",
        }
    }

    /// Takes the side off a word of `--cpi`, where it names one; the rest is the CPI's name.
    pub fn split(word: &str) -> (Option<Side>, &str) {
        let named = [Side::Builtin, Side::Executable].into_iter();
        let mut named = named.filter_map(|side| Some((Some(side), word.strip_prefix(side.prefix())?)));
        named.next().unwrap_or((None, word))
    }

    /// Refuses what cannot be: that nothing of the name is built in, or that `--cpi-path` names an executable of it, too.
    ///
    /// # Errors
    /// [`Kind::Unsupported`], [`Kind::Usage`].
    pub fn check(self, name: &CpiName, ordered: Option<&PathBuf>) -> Result<()> {
        if self == Side::Executable {
            return Ok(());
        }
        if registry::builtin(name).is_none() {
            let names: Vec<&str> = registry::names().collect();
            let message = format!("--cpi builtin:{name}: snapback has no built-in CPI of that name");
            return Err(Error::new(Kind::Unsupported, message)
                .hint(format!("built in: {}", names.join(", ")))
                .hint(format!("for the executable of that name write --cpi executable:{name}; nothing was done")));
        }
        match ordered {
            None => Ok(()),
            Some(path) => {
                let message = format!("--cpi builtin:{name}, and --cpi-path {}: one of them", path.display());
                Err(Error::new(Kind::Usage, message)
                    .hint(format!("for the executable leave `builtin:` out, or write --cpi executable:{name}")))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_may_have_a_side() {
        assert_eq!(Side::split("builtin:x"), (Some(Side::Builtin), "x"));
        assert_eq!(Side::split("executable:a:b"), (Some(Side::Executable), "a:b"));
        assert_eq!(Side::split("builtin"), (None, "builtin"));
        assert_eq!(Side::split("other:x"), (None, "other:x"));
    }
}
