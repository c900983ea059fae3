//! AWS's files of profiles: `~/.aws/config` and `~/.aws/credentials`, read as botocore reads them.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use super::{Around, Trouble};

/// A section: its keys, in lower case, and their values.
pub(super) type Section = BTreeMap<String, String>;

/// The sections of both files by name, and the files' paths.
pub(super) struct Files {
    config: BTreeMap<String, Section>,
    credentials: BTreeMap<String, Section>,
    places: [String; 2],
}

/// A profile. A value in the file of credentials comes first.
pub(super) struct Profile<'a> {
    pub config: Option<&'a Section>,
    pub credentials: Option<&'a Section>,
}

impl<'a> Profile<'a> {
    /// The value of a key, if it is not empty.
    pub(super) fn get(&self, key: &str) -> Option<&'a str> {
        let both = [self.credentials, self.config].into_iter().flatten();
        both.filter_map(|section| section.get(key)).map(String::as_str).find(|value| !value.is_empty())
    }
}

impl Files {
    /// Reads both files. A missing file counts as empty.
    pub(super) fn read(around: &Around) -> Result<Self, Trouble> {
        let at = |variable: &str, usual: &str| {
            let place = around.variable(variable).unwrap_or(usual);
            match (place.strip_prefix("~/"), around.variable("HOME")) {
                (Some(rest), Some(home)) => format!("{}/{rest}", home.trim_end_matches('/')),
                _ => place.to_owned(),
            }
        };
        let places = [at("AWS_CONFIG_FILE", "~/.aws/config"), at("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials")];
        Ok(Files { config: sections(&places[0])?, credentials: sections(&places[1])?, places })
    }

    /// The names of both files, in words.
    pub(super) fn places(&self) -> String {
        self.places.join(" and ")
    }

    /// The profile of this name, if one of the files has it.
    pub(super) fn profile(&self, name: &str) -> Option<Profile<'_>> {
        let section = if name == "default" { name.to_owned() } else { format!("profile {name}") };
        let config =
            self.config.get(&section).or_else(|| self.config.get("profile default").filter(|_| name == "default"));
        let credentials = self.credentials.get(name);
        (config.is_some() || credentials.is_some()).then_some(Profile { config, credentials })
    }

    /// The SSO session of this name.
    pub(super) fn session(&self, name: &str) -> Option<&Section> {
        self.config.get(&format!("sso-session {name}"))
    }
}

fn sections(path: &str) -> Result<BTreeMap<String, Section>, Trouble> {
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return Ok(BTreeMap::new());
        }
        Err(error) => {
            return Err(Trouble::new(
                format!("{path} cannot be read: {}", error.kind()),
                "give yourself the right to read it",
            ));
        }
    };
    parse(&text).map_err(|line| {
        Trouble::new(
            format!("{path} is not a file of profiles: line {line}"),
            "correct that line: `[section]` or `key = value`",
        )
    })
}

/// The sections by name, without quotes.
///
/// # Errors
/// The number of the first line that is neither a section nor a key with a value.
fn parse(text: &str) -> Result<BTreeMap<String, Section>, usize> {
    let mut all: BTreeMap<String, Section> = BTreeMap::new();
    let mut within: Option<String> = None;
    for (line, number) in text.lines().zip(1_usize..) {
        let said = line.trim();
        // An indented line continues the value above: such values (`s3 =`) hold no credentials.
        if said.is_empty() || said.starts_with(['#', ';']) || (line.starts_with([' ', '\t']) && within.is_some()) {
            continue;
        }
        if let Some(name) = said.strip_prefix('[').and_then(|rest| rest.split_once(']')).map(|(name, _)| name) {
            let words = name.split_whitespace().map(|word| word.trim_matches(['"', '\'']));
            let name = words.collect::<Vec<_>>().join(" ");
            all.entry(name.clone()).or_default();
            within = Some(name);
            continue;
        }
        let section = within.as_ref().and_then(|name| all.get_mut(name)).ok_or(number)?;
        let (key, value) = said.split_once(['=', ':']).ok_or(number)?;
        section.insert(key.trim().to_lowercase(), value.trim().to_owned());
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_read_with_their_oddities() {
        let text = "# words\n[default]\nAWS_Access_Key_Id=a=b\n; more\ns3 =\n  max = 1\n\n[profile \"two words\"]\nrole_arn : arn:aws:x\n";
        let read = parse(text).unwrap();
        assert_eq!(read["default"]["aws_access_key_id"], "a=b");
        assert_eq!(read["default"].len(), 2);
        assert_eq!(read["profile two words"]["role_arn"], "arn:aws:x");
        assert_eq!(parse("key = value").unwrap_err(), 1);
        assert_eq!(parse("[a]\nno sense").unwrap_err(), 2);
    }
}
