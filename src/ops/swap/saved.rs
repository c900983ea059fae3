//! A plan in a file: shown and confirmed now, and carried out later, only if it still holds.

use std::io::Write;
use std::path::Path;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::domain::digest::digest;
use crate::domain::swap::SwapPlan;
use crate::draft::Draft;
use crate::error::{Error, Kind, Result};

/// The version of the files that this program writes; it reads no other.
const VERSION: u32 = 1;

/// The most bytes of a file; no plan has more.
const MOST: u64 = 1 << 20;

/// The basis of a saved plan: the plan holds only while this stays the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ground {
    /// The state file's own id.
    pub state_id: String,
    /// The digest of the manifest and its ops files, which have the hooks and the cloud's settings.
    pub manifest: String,
}

/// A plan with everything that is needed to make it again.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedPlan {
    snapback_plan: u32,
    /// When it was made, UTC.
    pub made_at: DateTime<Utc>,
    /// The basis that it rests on.
    pub ground: Ground,
    /// The arguments of the restore, with the snapshot's CID.
    pub arguments: Value,
    /// The plan.
    pub plan: SwapPlan,
    /// The digest of all the rest: it shows that nobody has edited the file.
    digest: String,
}

impl SavedPlan {
    /// A plan in the form that is saved.
    ///
    /// # Errors
    /// It cannot be written as JSON.
    pub fn new(made_at: DateTime<Utc>, ground: Ground, arguments: Value, plan: SwapPlan) -> Result<SavedPlan> {
        let mut saved = SavedPlan { snapback_plan: VERSION, made_at, ground, arguments, plan, digest: String::new() };
        saved.digest = saved.digest_of_the_rest()?;
        Ok(saved)
    }

    fn digest_of_the_rest(&self) -> Result<String> {
        let bare = SavedPlan { digest: String::new(), ..self.clone() };
        // Through a JSON value, whose keys have one order, wherever the text comes from.
        let value = serde_json::to_value(&bare).map_err(|error| unwritable(&error))?;
        Ok(digest([value.to_string().as_bytes()]))
    }

    /// Writes it to a new file, of mode 0600: the cloud properties of a disk may be confidential.
    ///
    /// # Errors
    /// The file exists already, or cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AlreadyExists => {
                Error::new(Kind::Usage, format!("{} is there already: nothing was saved", path.display()))
                    .hint("name another file, or remove that one")
            }
            _ => Error::because(Kind::Failed, format!("{} cannot be written", path.display()), error),
        };
        if path == Path::new("-") {
            return Err(Error::new(Kind::Usage, "--save -: a plan is saved in a file: nothing was saved")
                .hint("name a file that is not there yet"));
        }
        let text = serde_json::to_string_pretty(self).map_err(|error| unwritable(&error))?;
        let mut draft = Draft::beside(path, 0o600).map_err(failed)?;
        draft.write_all(text.as_bytes()).and_then(|()| draft.write_all(b"\n")).map_err(failed)?;
        draft.publish(path).map_err(failed)
    }

    /// Reads a plan that nobody has edited.
    ///
    /// # Errors
    /// [`Kind::Usage`]: the file does not exist, is not a plan, has another version, or was edited.
    pub fn read(path: &Path) -> Result<SavedPlan> {
        let at = path.display();
        let again = |error: Error| {
            error.hint("save the plan anew: `snapback restore CID --dry-run --save FILE`; nothing was done")
        };
        let size = std::fs::metadata(path)
            .map_err(|error| Error::because(Kind::Usage, format!("{at} cannot be read"), error))?
            .len();
        if size > MOST {
            return Err(again(Error::new(Kind::Usage, format!("{at} is not a saved plan: it has {size} bytes"))));
        }
        let text = std::fs::read_to_string(path)
            .map_err(|error| Error::because(Kind::Usage, format!("{at} cannot be read"), error))?;
        let value: Value = serde_json::from_str(&text)
            .map_err(|error| again(Error::because(Kind::Usage, format!("{at} is not a saved plan"), error)))?;
        match value.get("snapback_plan").and_then(Value::as_u64) {
            Some(version) if version == u64::from(VERSION) => {}
            Some(version) => {
                let message = format!("{at} is a plan of version {version}, and this snapback reads {VERSION}");
                return Err(again(Error::new(Kind::Usage, message)));
            }
            None => return Err(again(Error::new(Kind::Usage, format!("{at} is not a saved plan")))),
        }
        let saved: SavedPlan = serde_json::from_value(value)
            .map_err(|error| again(Error::because(Kind::Usage, format!("{at} is not a saved plan"), error)))?;
        if saved.digest != saved.digest_of_the_rest()? {
            return Err(again(Error::new(Kind::Refused, format!("{at} was edited since it was saved"))));
        }
        Ok(saved)
    }

    /// Refuses the plan if anything that it rests on has changed: `now` is what the same arguments would do now.
    ///
    /// # Errors
    /// [`Kind::Refused`], which says what has changed.
    pub fn still_holds(&self, ground: &Ground, now: &SwapPlan) -> Result<()> {
        let mut changed = Vec::new();
        if self.ground.manifest != ground.manifest {
            changed.push("the manifest or an ops file".to_owned());
        }
        let (then, now) = (fields(&self.plan)?, fields(now)?);
        let keys: std::collections::BTreeSet<&String> = then.keys().chain(now.keys()).collect();
        for key in keys.into_iter().filter(|key| then.get(*key) != now.get(*key)) {
            let word = match key.as_str() {
                "old" => "the disk that the instance has".to_owned(),
                "vm" => "the VM of the instance".to_owned(),
                "size_mib" | "cloud_properties" => "what the new disk would be like".to_owned(),
                "source" => "the snapshot".to_owned(),
                "hooks" => "which hooks there are".to_owned(),
                other => other.replace('_', " "),
            };
            if !changed.contains(&word) {
                changed.push(word);
            }
        }
        if changed.is_empty() {
            return Ok(());
        }
        let at = self.made_at.format("%Y-%m-%d %H:%M:%S UTC");
        Err(Error::new(
            Kind::Refused,
            format!("the plan of {at} is no longer what would be done; changed since: {}", changed.join(", ")),
        ))
    }

    /// Refuses a plan for another state file.
    ///
    /// # Errors
    /// [`Kind::Refused`]
    pub fn is_of(&self, ground: &Ground) -> Result<()> {
        if self.ground.state_id == ground.state_id {
            return Ok(());
        }
        Err(Error::new(Kind::Refused, "the plan was made with another state file: nothing was done")
            .hint("name that one with --state, or its manifest with -m"))
    }
}

fn fields(plan: &SwapPlan) -> Result<serde_json::Map<String, Value>> {
    match serde_json::to_value(plan).map_err(|error| unwritable(&error))? {
        Value::Object(fields) => Ok(fields),
        _ => Err(Error::new(Kind::Bug, "a plan is an object")),
    }
}

fn unwritable(error: &serde_json::Error) -> Error {
    Error::new(Kind::Bug, format!("a plan cannot be written as JSON: {error}"))
}
