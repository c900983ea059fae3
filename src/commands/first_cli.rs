//! The spelling of the first BOSH CLI, as BOSH's documentation still shows it: `take snapshot [JOB] [INDEX]`, `delete snapshot
//! CID`, `delete snapshots` (docs-bosh, `content/snapshots.md`).

use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::domain::selector::{Selector, Selectors};
use crate::domain::shell::quoted;
use crate::error::{Error, Kind, Result};

/// The snapshots that `delete` is to delete, as its words name them.
pub(super) enum Words<'a> {
    /// `delete snapshots`: all of the deployment.
    All,
    /// The same, if `snapshots` is the name of an instance group: all of that group.
    Group(&'a str),
    /// These.
    These(&'a [SnapshotCid]),
}

/// Returns the words of `take` that are its selector. If an instance group is really named `snapshot`, the words mean
/// it if they can, and snapback says so.
///
/// # Errors
/// The manifest or the state file cannot be read.
pub(super) fn take<'a>(context: &mut Context, words: &'a [String]) -> Result<&'a [String]> {
    let Some((first, rest)) = words.split_first().filter(|(first, _)| *first == "snapshot") else { return Ok(words) };
    // With more words, the first CLI's spelling is the likelier one.
    let is_one =
        rest.is_empty() || (rest.len() == 1 && Selectors::parse(words).is_ok_and(|read| read.each().len() == 1));
    if !has_group(context, first)? {
        return Ok(rest);
    }
    if is_one {
        let other = if rest.is_empty() { "all instances" } else { "another instance group" };
        context.ui.say(&format!(
            "'{first}' is an instance group here, so snapback takes that group; for {other}, leave out the word \
             '{first}'"
        ));
        return Ok(words);
    }
    let meant = rest.join(" ");
    context.ui.say(&format!(
        "'{first}' is an instance group here, too, and is passed over: {meant} is taken; to take its snapshots as well, put '{first}' last"
    ));
    Ok(rest)
}

fn has_group(context: &mut Context, group: &str) -> Result<bool> {
    let manifest = context.manifest()?;
    let Some(reader) = context.reader_if_any(&manifest)? else { return Ok(false) };
    let named = context.deployment();
    Ok(!reader.instances_of(named.as_deref(), &Selector::Group(group.to_owned()))?.is_empty())
}

/// The CIDs of `delete`. A snapshot whose CID is really `snapshot` is meant by it.
///
/// # Errors
/// [`Kind::Usage`] for `delete snapshot` without a CID; what is wrong with the state file.
pub(super) fn delete<'a>(context: &mut Context, cids: &'a [SnapshotCid]) -> Result<Words<'a>> {
    let Some((first, rest)) = cids.split_first() else { return Ok(Words::These(cids)) };
    if first.as_str() == "snapshots" && !rest.is_empty() && context.reader()?.snapshots_by_cid(first)?.is_empty() {
        let words = rest.iter().map(|word| quoted(word.as_str())).collect::<Vec<_>>().join(" ");
        return Err(Error::new(
            Kind::NotFound,
            "`delete snapshots` deletes those of the whole deployment, and takes no name",
        )
        .hint("to delete those of an instance:")
        .try_command(format!("snapback delete-all {words}"))
        .hint("to delete these, by their CIDs:")
        .try_command(format!("snapback delete {words}")));
    }
    let (one, all) = (first.as_str() == "snapshot", first.as_str() == "snapshots" && rest.is_empty());
    if !(one || all) || !context.reader()?.snapshots_by_cid(first)?.is_empty() {
        return Ok(Words::These(cids));
    }
    if all && has_group(context, first.as_str())? {
        context.ui.say(&format!(
            "'{first}' is an instance group here, so snapback deletes its snapshots; for all of the deployment: \
             `snapback delete-all`"
        ));
        return Ok(Words::Group(first.as_str()));
    }
    match (all, rest) {
        (true, _) => Ok(Words::All),
        (false, []) => Err(Error::new(Kind::Usage, "which snapshot? `delete snapshot` needs its CID")
            .hint("to see those that are known:")
            .try_command("snapback snapshots")),
        (false, _) => Ok(Words::These(rest)),
    }
}

/// `delete snapshots` with an option that is for CIDs.
pub(super) fn for_cids_only() -> Error {
    let message = "--ignore-missing and --forget-failed are for snapshots that you name by their CIDs";
    Error::new(Kind::Usage, message).hint("`delete snapshots` is `delete-all`, which has neither")
}
