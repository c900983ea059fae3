//! The ops file that keeps a Director with an old database from acting by itself: it would delete disks that were
//! orphaned then and are in use now, and recreate VMs that have been replaced.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::shell::quoted;
use crate::draft::{Draft, meant_by};
use crate::error::{Error, Kind, Result};
use crate::manifest::{DISARMING_MARK, EnvironmentManifest, Inputs, environment};

/// Its path: beside the manifest.
pub(super) fn path(line: &CreateEnvLine) -> PathBuf {
    line.beside("-disarmed.yml")
}

/// The operator's manifest, without the ops file that disarms it.
pub(super) fn manifest(line: &CreateEnvLine, variables: &BTreeMap<String, String>) -> Result<EnvironmentManifest> {
    let paths = |name| line.values(name).into_iter().map(PathBuf::from).collect::<Vec<_>>();
    let own = path(line);
    let inputs = Inputs {
        vars: line.values("var"),
        var_files: line.values("var-file"),
        vars_files: paths("vars-file").into_iter().map(as_it_stands).collect(),
        vars_env: line.values("vars-env"),
        // The bosh CLI makes it if it does not exist.
        vars_store: paths("vars-store").pop().filter(|store| store.exists()),
        ops_files: paths("ops-file").into_iter().filter(|file| !is_same(file, &own)).map(as_it_stands).collect(),
        environment: variables.clone(),
    };
    Ok(environment(line.manifest(), &inputs)?)
}

/// The path unchanged: create-env itself expands no `~` here (bosh-cli `director/template/vars_file_arg.go`).
fn as_it_stands(path: PathBuf) -> PathBuf {
    if path.starts_with("~") { Path::new(".").join(path) } else { path }
}

/// Writes it, if it does not exist or is one of snapback's.
///
/// # Errors
/// The manifest cannot be read, or another file is in its place.
pub fn write(line: &CreateEnvLine, variables: &BTreeMap<String, String>) -> Result<()> {
    let (path, text) = (path(line), manifest(line, variables)?.disarming);
    match fs::read_to_string(&path) {
        Ok(there) if there == text => return Ok(()),
        Ok(there) if !there.starts_with(DISARMING_MARK) => {
            let message = format!("{} is not snapback's, and would be written over", path.display());
            return Err(Error::new(Kind::Refused, message).hint("move it away"));
        }
        _ => {}
    }
    let write = || -> std::io::Result<()> {
        let path = meant_by(&path)?;
        let mut draft = Draft::beside(&path, 0o600)?;
        draft.write_all(text.as_bytes())?;
        draft.replace(&path)
    };
    write().map_err(|error| {
        Error::because(Kind::Refused, format!("the ops file {} cannot be written", path.display()), error)
            .hint("--without-disarming goes on without it")
    })
}

/// Checks that the command line has it as its last ops file: a later one could arm the Director again. Returns its
/// path.
///
/// # Errors
/// [`Kind::Refused`]: it does not have it, or the file is another one.
pub(super) fn check(line: &CreateEnvLine, wanted: &str) -> Result<PathBuf> {
    let path = path(line);
    let add = format!("  -o {}", quoted(&path.to_string_lossy()));
    let last = line.values("ops-file").pop();
    if !last.is_some_and(|last| is_same(Path::new(&last), &path)) {
        let message =
            "the database that comes back is of the past, and the command line leaves the Director free to act on it";
        return Err(Error::new(Kind::Refused, message)
            .hint(
                "it could delete disks that are in use by now, and recreate VMs that have others in their place. snapback \
                 writes an ops file that switches resurrector, clean-up and schedules off; add it as the last one:",
            )
            .hint(add)
            .hint("--without-disarming goes on without it"));
    }
    match fs::read_to_string(&path) {
        Ok(there) if there != wanted => {
            let message = format!("{} is not as snapback writes it for this manifest", path.display());
            Err(Error::new(Kind::Refused, message)
                .hint("move it away, and run this again: it is written anew")
                .hint("--without-disarming goes on whatever the ops files say"))
        }
        // A dry run writes nothing.
        _ => Ok(path),
    }
}

/// Whether two paths name the same file, which need not exist.
pub(super) fn is_same(one: &Path, other: &Path) -> bool {
    let place = |path: &Path| {
        let parent = path.parent().filter(|parent| *parent != Path::new("")).unwrap_or(Path::new("."));
        Some((fs::canonicalize(parent).ok()?, path.file_name()?.to_owned()))
    };
    one == other || place(one).is_some_and(|one| place(other) == Some(one))
}
