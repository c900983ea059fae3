//! `snapback init`

use std::fs;
use std::path::{Path, PathBuf};

use super::Outcome;
use crate::context::{Context, FoundBy, INVENTORY, ManifestPlace};
use crate::draft::Draft;
use crate::error::{Error, Kind, Result};
use crate::fault::Faults;
use crate::inventory::EXAMPLE_INVENTORY;
use crate::manifest::EXAMPLE_MANIFEST;
use crate::state::Access;

/// The arguments of `snapback init`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Let the state file's group read and change it
    #[arg(long)]
    group: bool,
    /// Show what would be written, and write nothing
    #[arg(long)]
    dry_run: bool,
}

/// Writes a manifest and an inventory if there are none, and makes the state file.
///
/// # Errors
/// A state file that exists already, or a file that cannot be written.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    let manifest = to_make(context);
    let inventory = manifest.with_file_name(INVENTORY);
    let files = [(manifest.as_path(), EXAMPLE_MANIFEST), (inventory.as_path(), EXAMPLE_INVENTORY)];
    // If you have a manifest of your own, an example inventory beside it would only confuse.
    let files = if manifest.exists() { &[][..] } else { &files[..] };
    if args.dry_run {
        for (path, _) in files {
            context.ui.say(&format!("Would write {}", path.display()));
        }
        context.ui.say("Nothing was written (--dry-run)");
        return Ok(Outcome::done());
    }
    // The manifest comes last: if it is there, all of the files are there.
    for (path, text) in files.iter().rev() {
        write_new(path, text, &context.faults)?;
    }
    for (path, _) in files {
        context.ui.say(&format!("Wrote {}", path.display()));
    }
    if files.is_empty() {
        context.ui.say(&format!("Left {} as it is", manifest.display()));
    }
    let manifest = context.manifest()?;
    let (state, created) =
        context.open_state_with_mode(&manifest, Access::Begin, if args.group { 0o660 } else { 0o600 })?;
    if !created {
        context.ui.say(&format!("Left the state file {} as it is", state.path().display()));
    }
    if !files.is_empty() {
        let import = context.called.command("snapback import inventory.yml");
        context.ui.say(&format!("Next: fill in {}, then: {import}", inventory.display()));
    }
    Ok(Outcome::done())
}

/// The manifest that is named, or one in the working directory. A manifest in a directory above belongs to another
/// installation.
fn to_make(context: &mut Context) -> PathBuf {
    let place = context.manifest_place();
    match place.found {
        FoundBy::Above | FoundBy::Untrusted(_) => {
            context.ui.say(&format!("{} stays as it is: this directory gets its own", place.path.display()));
            // Nor is the inventory the one beside it.
            context.called.files.clear();
            ManifestPlace::here().path
        }
        _ => place.path,
    }
}

fn write_new(path: &Path, text: &str, faults: &Faults) -> Result<()> {
    use std::io::Write;
    let refused = |error: std::io::Error| {
        let kind = if error.kind() == std::io::ErrorKind::AlreadyExists { Kind::Refused } else { Kind::Failed };
        Error::because(kind, format!("{} cannot be written", path.display()), error)
            .hint("name another place with --manifest, or move the file away")
    };
    // An `init` that was killed has left it.
    if fs::read(path).is_ok_and(|there| there == text.as_bytes()) {
        return Ok(());
    }
    let mut draft = Draft::beside(path, 0o666).map_err(refused)?;
    draft.write_all(text.as_bytes()).map_err(refused)?;
    faults.at(&["init", "file", "written"])?;
    draft.publish(path).map_err(refused)
}
