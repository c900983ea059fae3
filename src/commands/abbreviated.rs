//! CIDs that you typed by their beginning: looked up once, before anything else. From then on the verb has the whole
//! CID.

use crate::context::Context;
use crate::domain::ids::{DiskCid, SnapshotCid};
use crate::domain::shell::quoted;
use crate::error::{Error, Kind, Result};
use crate::ops::find;
use crate::state::Reader;

/// The shortest beginning of a CID that is looked up, in characters.
const LEAST: usize = 4;

/// How many of the CIDs that may be meant an error names.
const NAMED: usize = 5;

/// The whole CID of a snapshot, or the text as it was typed if no known CID begins with it.
///
/// # Errors
/// [`Kind::Usage`] if several begin with it; [`Kind::NotFound`] if one does, but abbreviations are not allowed here.
pub(super) fn snapshot(context: &mut Context, reader: &Reader, typed: &SnapshotCid) -> Result<SnapshotCid> {
    let found = texts(&reader.snapshots_beginning(typed.as_str())?);
    let whole = whole(context, "snapshots", typed.as_str(), &found, || find::snapshot(reader, typed).err())?;
    Ok(whole.map_or_else(|| typed.clone(), SnapshotCid::new))
}

/// As [`snapshot`], for each of these. With `ignore_missing`, an abbreviation that is not allowed here counts as a CID
/// that nobody knows.
///
/// # Errors
/// As [`snapshot`].
pub(super) fn snapshots(
    context: &mut Context,
    reader: &Reader,
    typed: &[SnapshotCid],
    ignore_missing: bool,
) -> Result<Vec<SnapshotCid>> {
    if ignore_missing && !context.may_abbreviate()? {
        return Ok(typed.to_vec());
    }
    typed.iter().map(|cid| snapshot(context, reader, cid)).collect()
}

/// The whole CID of a disk.
///
/// # Errors
/// As [`snapshot`].
pub(super) fn disk(context: &mut Context, reader: &Reader, typed: &DiskCid) -> Result<DiskCid> {
    let found = texts(&reader.disks_beginning(typed.as_str())?);
    let whole = whole(context, "disks", typed.as_str(), &found, || find::disk(reader, typed).err())?;
    Ok(whole.map_or_else(|| typed.clone(), DiskCid::new))
}

/// The whole CID of a snapshot or a disk.
///
/// # Errors
/// As [`snapshot`].
pub(super) fn snapshot_or_disk(context: &mut Context, reader: &Reader, typed: &str) -> Result<String> {
    let mut found = texts(&reader.snapshots_beginning(typed)?);
    found.extend(texts(&reader.disks_beginning(typed)?));
    let unknown = || {
        let message = format!("no snapshot and no disk '{typed}' is known");
        Some(Error::new(Kind::NotFound, message).try_command("snapback check"))
    };
    Ok(whole(context, "snapshots and disks", typed, &found, unknown)?.unwrap_or_else(|| typed.to_owned()))
}

fn texts(cids: &[impl ToString]) -> Vec<String> {
    cids.iter().map(ToString::to_string).collect()
}

/// The one CID that is meant; a message names it. `None` if no abbreviation was typed.
fn whole(
    context: &mut Context,
    what: &str,
    typed: &str,
    found: &[String],
    unknown: impl FnOnce() -> Option<Error>,
) -> Result<Option<String>> {
    let (may, long) = (context.may_abbreviate()?, typed.chars().count() >= LEAST);
    match found {
        [one] if may && long => {
            context.ui.say(&format!("{typed}… is {one}"));
            context.arguments = in_full(&context.arguments, typed, one);
            Ok(Some(one.clone()))
        }
        [_, _, ..] if may && long => Err(several(what, typed, found)),
        [_, ..] if may => Err(unknown().map_or_else(
            || several(what, typed, found),
            |error| error.hint(format!("the beginning of a CID has {LEAST} characters or more; nothing was done")),
        )),
        [one] if long => match unknown() {
            Some(error) => {
                let hint =
                    format!("it is the beginning of {one}: type the whole CID, or add --abbrev; nothing was done");
                Err(error.hint(hint))
            }
            None => Ok(None),
        },
        _ => Ok(None),
    }
}

fn several(what: &str, typed: &str, found: &[String]) -> Error {
    let mut named = found.iter().take(NAMED).cloned().collect::<Vec<_>>().join(", ");
    if found.len() > NAMED {
        named.push_str(&format!(", and {} more", found.len() - NAMED));
    }
    let message = format!("{} {what} begin with '{typed}': nothing was done", found.len());
    Error::new(Kind::Usage, message).hint(format!("type more of the CID: {named}"))
}

/// The command line for the journal, with the whole CID if it is certain which word it belongs to.
fn in_full(line: &str, typed: &str, whole: &str) -> String {
    let is_it = |word: &str| word == typed || (word.starts_with("--") && word.ends_with(&format!("={typed}")));
    let certain = quoted(typed) == typed && line.split(' ').filter(|word| is_it(word)).count() == 1;
    let full = |word: &str| match word.strip_suffix(typed).filter(|_| certain && is_it(word)) {
        Some(option) => format!("{option}{}", quoted(whole)),
        None => word.to_owned(),
    };
    line.split(' ').map(full).collect::<Vec<_>>().join(" ")
}
