//! The definition of the command line: which commands there are, and what each of them runs.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::Outcome;
use crate::context::{Context, Global};
use crate::error::{Error, Kind, Result};
use crate::exit_code::exit_codes;

/// Take, list and delete snapshots of BOSH persistent disks, and put an instance back on one
#[derive(Debug, Parser)]
#[command(name = "snapback", version, propagate_version = true, after_long_help = exit_codes(), max_term_width = 120)]
pub struct Cli {
    /// What all commands share.
    #[command(flatten)]
    pub global: Global,
    /// Which command it is.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Reads a command line; the text is the name of the command, however it was typed.
    ///
    /// # Errors
    /// What clap does not take, or was asked to print.
    pub fn read(arguments: &[OsString]) -> std::result::Result<(Cli, String), clap::Error> {
        let mut definition = definition();
        let matches = definition.try_get_matches_from_mut(arguments)?;
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))?;
        Ok((cli, matches.subcommand_name().unwrap_or_default().to_owned()))
    }
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// List snapshots
    Snapshots(super::snapshots::Args),
    /// Take snapshots of the persistent disks of instances
    #[command(alias = "take-snapshot")]
    Take(super::take::Args),
    /// Delete snapshots by CID
    #[command(alias = "delete-snapshot")]
    Delete(super::delete::Args),
    /// Delete all snapshots of a deployment, or of a part of it
    #[command(alias = "delete-snapshots")]
    DeleteAll(super::delete_all::Args),
    /// Delete disks that snapback has made or put away, and that nobody needs
    DeleteDisk(super::delete_disk::Args),
    /// Make a new persistent disk from a snapshot
    Promote(super::promote::Args),
    /// Try a snapshot out: make a scratch disk of it, look at the content, and delete the disk
    Drill(super::drill::Args),
    /// Put an instance on a new disk made from a snapshot
    Restore(super::restore::Args),
    /// Carry out a plan that `restore --dry-run --save` has saved, if it still holds
    Apply(super::apply::Args),
    /// Undo a restore (or an undo): bring the former disk back
    Undo(super::undo::Args),
    /// Finish or roll back what interrupted commands left open
    Recover(super::recover::Args),
    /// Compare the state file with the clouds, and with the Director: what differs, and what to do about it
    Check(super::check::Args),
    /// List operations, or the steps of one
    Operations(super::operations::Args),
    /// Write a commented manifest and inventory for the local backend, and an empty state file
    Init(super::init::Args),
    /// Take in an inventory, or what BOSH's tools say: instances, VMs, disks, snapshots
    Import(super::import::Args),
    /// List instances and their disks
    Instances(super::instances::Args),
    /// List persistent disks
    Disks(super::disks::Args),
    /// Show what is read from the manifest, and where each setting stands
    Manifest(super::manifest::Args),
    /// List the CPIs: where each was looked for, which executable is used, and what it can do
    Cpis(super::cpis::Args),
    /// Be a CPI executable that BOSH or another tool can call
    #[command(subcommand)]
    Cpi(super::cpi::Command),
    /// Look after the state file
    #[command(subcommand)]
    State(super::state::Command),
    /// Show the main job on real disks, in a directory of its own
    Demo(super::demo::Args),
    /// Print the completion script of a shell
    Completions(super::completions::Args),
    /// Print the manual pages, or write them to a directory
    Man(super::man::Args),
}

impl Command {
    /// Does it.
    ///
    /// # Errors
    /// What keeps it from being done, or from being begun.
    pub(crate) fn run(&self, context: &mut Context) -> Result<Outcome> {
        match self {
            Command::Snapshots(args) => super::snapshots::run(context, args),
            Command::Take(args) => super::take::run(context, args),
            Command::Delete(args) => super::delete::run(context, args),
            Command::DeleteAll(args) => super::delete_all::run(context, args),
            Command::DeleteDisk(args) => super::delete_disk::run(context, args),
            Command::Promote(args) => super::promote::run(context, args),
            Command::Drill(args) => super::drill::run(context, args),
            Command::Restore(args) => super::restore::run(context, args),
            Command::Apply(args) => super::apply::run(context, args),
            Command::Undo(args) => super::undo::run(context, args),
            Command::Recover(args) => super::recover::run(context, args),
            Command::Check(args) => super::check::run(context, args),
            Command::Operations(args) => super::operations::run(context, args),
            Command::Init(args) => super::init::run(context, args),
            Command::Import(args) => super::import::run(context, args),
            Command::Instances(args) => super::instances::run(context, args),
            Command::Disks(args) => super::disks::run(context, args),
            Command::Manifest(args) => super::manifest::run(context, args),
            Command::Cpis(args) => super::cpis::run(context, args),
            Command::Cpi(_) => Err(Error::new(Kind::Bug, "a CPI's answer is no outcome")),
            Command::State(command) => super::state::run(context, command),
            Command::Demo(args) => super::demo::run(context, args),
            Command::Completions(args) => super::completions::run(context, args),
            Command::Man(args) => super::man::run(context, args),
        }
    }
}

/// The definition, for completions and for the tests.
pub fn definition() -> clap::Command {
    Cli::command()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_definition_is_sound() {
        definition().debug_assert();
    }

    #[test]
    fn no_subcommand_shadows_a_global_argument() {
        let definition = definition();
        let globals: Vec<&clap::Arg> = definition.get_arguments().filter(|arg| arg.is_global_set()).collect();
        assert!(globals.len() > 10);
        let mut open: Vec<&clap::Command> = definition.get_subcommands().collect();
        while let Some(command) = open.pop() {
            open.extend(command.get_subcommands());
            for arg in command.get_arguments().filter(|arg| !arg.is_global_set()) {
                for global in &globals {
                    assert_ne!(arg.get_id(), global.get_id(), "{}", command.get_name());
                    assert!(arg.get_long().is_none() || arg.get_long() != global.get_long(), "{}", command.get_name());
                    assert!(
                        arg.get_short().is_none() || arg.get_short() != global.get_short(),
                        "{}",
                        command.get_name()
                    );
                }
            }
        }
    }
}
