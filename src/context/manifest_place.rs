//! The place of the manifest: named, here, or in a directory above, as git finds its repository.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::domain::shell::quoted;
use crate::environment::Environment;
use crate::error::Hint;
use crate::manifest::ManifestError;

/// The manifest's name if nobody gives another one.
const NAME: &str = "director.yml";
/// The name of the inventory that `init` writes beside the manifest.
pub const INVENTORY: &str = "inventory.yml";
/// The name of create-env's state file, which it keeps beside its manifest.
pub const CREATE_ENV_STATE: &str = "bosh-state.json";
/// The environment variable that names the manifest.
const VARIABLE: &str = "SNAPBACK_MANIFEST";
/// The variable in which sudo names the user that called it.
pub const CALLER: &str = "SUDO_UID";

/// The bits of a mode: every user may write; each may only remove what is its own.
const ANYBODY: u32 = 0o002;
const STICKY: u32 = 0o1000;

/// The place of the manifest, and how snapback knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestPlace {
    /// The file.
    pub path: PathBuf,
    /// How it was found.
    pub found: FoundBy,
}

/// How the manifest was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FoundBy {
    /// `--manifest` names it.
    Option,
    /// The environment variable names it.
    Variable,
    /// It is in the working directory.
    Here,
    /// It is in a directory above the working directory.
    Above,
    /// It is above, but another user may have put it there, so it is not read. The text is the reason to believe that.
    Untrusted(String),
    /// It is nowhere; the last directory that was searched.
    Nowhere(PathBuf),
}

impl FoundBy {
    /// The same in words.
    pub fn describe(&self) -> String {
        match self {
            FoundBy::Option => "--manifest".to_owned(),
            FoundBy::Variable => VARIABLE.to_owned(),
            FoundBy::Here => "the working directory".to_owned(),
            FoundBy::Above => "a directory above the working directory".to_owned(),
            FoundBy::Untrusted(why) => format!("a directory above the working directory, but {why}"),
            FoundBy::Nowhere(last) => {
                format!("not found in the working directory, nor above it up to {}", last.display())
            }
        }
    }
}

impl ManifestPlace {
    /// The place that `option` or the environment names, else the one that a search finds.
    pub fn find(option: Option<&Path>, environment: &Environment) -> ManifestPlace {
        match (option, environment.get(VARIABLE)) {
            (Some(path), _) => ManifestPlace { path: path.to_owned(), found: FoundBy::Option },
            (None, Some(path)) => ManifestPlace { path: path.into(), found: FoundBy::Variable },
            (None, None) => ManifestPlace::search(environment.get(CALLER)),
        }
    }

    /// Searches the working directory and those above it, up to the root of its file system, or to a directory such as /tmp. Root trusts files of `caller`, the
    /// user that called sudo, too.
    pub fn search(caller: Option<&str>) -> ManifestPlace {
        let here = ManifestPlace::here();
        if fs::symlink_metadata(NAME).is_ok() {
            return here;
        }
        let Ok(start) = Path::new(".").canonicalize() else { return here };
        let device = |directory: &Path| fs::metadata(directory).ok().map(|metadata| metadata.dev());
        let mut last = start.as_path();
        for directory in start.ancestors().skip(1) {
            if device(directory) != device(&start) || is_common(directory) {
                break;
            }
            last = directory;
            let path = directory.join(NAME);
            if let Ok(metadata) = fs::metadata(&path)
                && !metadata.is_dir()
            {
                let found = stranger(directory, &path, &metadata, caller).map_or(FoundBy::Above, FoundBy::Untrusted);
                return ManifestPlace { path, found };
            }
        }
        ManifestPlace { found: FoundBy::Nowhere(last.to_owned()), ..here }
    }

    /// The place in the working directory, whether there is a manifest or not.
    pub fn here() -> ManifestPlace {
        ManifestPlace { path: NAME.into(), found: FoundBy::Here }
    }

    /// A file of this name that belongs to the manifest: beside it, unless only the working directory has one.
    pub fn beside(&self, name: &str) -> PathBuf {
        let beside = self.path.with_file_name(name);
        // What comes from a pipe has nothing beside it.
        let is_pipe = self.path.exists() && !self.path.is_file();
        if is_pipe || (!beside.exists() && Path::new(name).exists()) { name.into() } else { beside }
    }

    /// Refuses a manifest that another user may have put above the working directory: its hooks are programs.
    ///
    /// # Errors
    /// [`ManifestError`]
    pub fn trusted(&self) -> Result<(), ManifestError> {
        match &self.found {
            FoundBy::Untrusted(why) => Err(ManifestError::untrusted(&self.path, why)),
            _ => Ok(()),
        }
    }

    /// Says where snapback looked, if nothing was found there, and who named what is not there.
    pub fn explain(&self, error: ManifestError) -> ManifestError {
        match &self.found {
            FoundBy::Nowhere(last) => error.searched_up_to(last),
            FoundBy::Option | FoundBy::Variable if error.complaint.lacks_file => error.advised(self.advice()),
            _ => error,
        }
    }

    /// What to do if a manifest that is named is not there.
    fn advice(&self) -> Vec<Hint> {
        let (by, other) = match self.found {
            FoundBy::Variable => (VARIABLE, format!("export {VARIABLE}=")),
            _ => ("--manifest", "-m ".to_owned()),
        };
        let here = Path::new(".").canonicalize().ok().filter(|_| self.path.is_relative());
        let Some(here) = here else {
            return vec![Hint::Say(format!("{by} names it; name the one that you mean: {other}FILE"))];
        };
        let mut hints =
            vec![Hint::Say(format!("{by} names it, relative to the current directory, which is {}", here.display()))];
        let above = here.ancestors().skip(1).map(|directory| directory.join(&self.path)).find(|path| path.is_file());
        hints.push(Hint::Say(match above {
            Some(path) => format!("if you mean the one above: {other}{}", quoted(&path.to_string_lossy())),
            None => format!("name the one that you mean, from the root on to use it in every directory: {other}FILE"),
        }));
        hints
    }
}

/// Whether it is a directory such as /tmp, where all users put their own files: it is not the place of an installation.
fn is_common(directory: &Path) -> bool {
    fs::metadata(directory).is_ok_and(|found| found.mode() & (ANYBODY | STICKY) == ANYBODY | STICKY)
}

/// The reason to believe that another user (not this one, root, or the caller of sudo) may have written the file or its
/// name.
fn stranger(directory: &Path, path: &Path, file: &Metadata, caller: Option<&str>) -> Option<String> {
    let me = rustix::process::geteuid().as_raw();
    let caller = caller.and_then(|uid| uid.parse().ok()).filter(|_| me == 0);
    let trusted = |uid: u32| uid == me || uid == 0 || Some(uid) == caller;
    let link = fs::symlink_metadata(path).ok()?;
    let around = fs::metadata(directory).ok()?;
    if let Some(owner) = [file.uid(), link.uid(), around.uid()].into_iter().find(|uid| !trusted(*uid)) {
        return Some(format!("it or its directory belongs to another user (uid {owner})"));
    }
    let open = (file.mode() | around.mode()) & ANYBODY != 0;
    open.then(|| "every user may write to it or to its directory".to_owned())
}
