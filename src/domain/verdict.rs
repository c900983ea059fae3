//! An operator's statement about a step, if nothing else can tell whether it has happened.

use std::str::FromStr;

use super::ids::BadId;

/// An operator's verdict on one step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// The step's number; `None` if only one step can be meant.
    pub step: Option<u32>,
    /// The verdict.
    pub says: Says,
}

/// The outcome of a step, by an operator's statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Says {
    /// It has happened, and this is the CID of the thing that it made or deleted.
    Happened(String),
    /// It has not happened.
    NotHappened,
}

/// `[N=]CID`, the value of `--adopt`. The text before the first `=` is a step's number if it is a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Adopted {
    /// The step's number, if one is given.
    pub step: Option<u32>,
    /// The CID.
    pub cid: String,
}

impl FromStr for Adopted {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let numbered = text.split_once('=').and_then(|(number, cid)| Some((plain(number)?, cid)));
        let (step, cid) = numbered.map_or((None, text), |(step, cid)| (Some(step), cid));
        // The step decides which of the two it is; a text that can be neither is refused here.
        cid.parse::<super::ids::SnapshotCid>()?;
        Ok(Adopted { step, cid: cid.to_owned() })
    }
}

/// `[N]`, the value of `--abandon`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Abandoned {
    /// The step's number, if one is given.
    pub step: Option<u32>,
}

impl FromStr for Abandoned {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match (text, plain(text)) {
            ("", _) => Ok(Abandoned { step: None }),
            (_, Some(step)) => Ok(Abandoned { step: Some(step) }),
            (_, None) => Err("a step's number is a whole number from 1".to_owned()),
        }
    }
}

fn plain(text: &str) -> Option<u32> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|number| digits && *number > 0)
}

impl From<Adopted> for Verdict {
    fn from(adopted: Adopted) -> Self {
        Verdict { step: adopted.step, says: Says::Happened(adopted.cid) }
    }
}

impl From<Abandoned> for Verdict {
    fn from(abandoned: Abandoned) -> Self {
        Verdict { step: abandoned.step, says: Says::NotHappened }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cid_may_have_a_number() {
        let adopted = |text: &str| text.parse::<Adopted>().map(|adopted| (adopted.step, adopted.cid));
        assert_eq!(adopted("snap-1"), Ok((None, "snap-1".to_owned())));
        assert_eq!(adopted("2=snap-1"), Ok((Some(2), "snap-1".to_owned())));
        assert_eq!(adopted("4711"), Ok((None, "4711".to_owned())));
        assert_eq!(adopted("0=x"), Ok((None, "0=x".to_owned())));
        assert_eq!(adopted("+1=x"), Ok((None, "+1=x".to_owned())));
        assert_eq!(adopted("a=b;c=d"), Ok((None, "a=b;c=d".to_owned())));
        assert_eq!(adopted("1=2=x"), Ok((Some(1), "2=x".to_owned())));
        assert!(adopted("3=").is_err() && adopted("").is_err() && adopted("a\nb").is_err());
        let abandoned = |text: &str| text.parse::<Abandoned>().map(|abandoned| abandoned.step);
        assert_eq!(abandoned(""), Ok(None));
        assert_eq!(abandoned("3"), Ok(Some(3)));
        assert!(abandoned("0").is_err() && abandoned("x").is_err() && abandoned("99999999999").is_err());
    }
}
