//! The definition of the command line: which commands there are, and what each of them runs.

use std::ffi::OsString;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

use super::{Outcome, rows, words};
use crate::context::{Context, Global};
use crate::error::Result;

/// Snapshots of BOSH's persistent disks, and the way back from them
#[derive(Debug, Parser)]
#[command(
    name = "snapback",
    version,
    propagate_version = true,
    args_override_self = true,
    max_term_width = 120,
    disable_help_subcommand = true
)]
pub struct Cli {
    /// The options that all commands share.
    #[command(flatten)]
    pub global: Global,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// A verb, however it was typed.
#[derive(Debug)]
pub struct Verb {
    /// Its name.
    pub name: String,
    /// The name of the list in its JSON document.
    pub rows: Option<&'static str>,
}

impl Cli {
    /// Reads a command line.
    ///
    /// # Errors
    /// clap refuses the command line, or was asked to print a text.
    pub fn read(arguments: &[OsString]) -> std::result::Result<(Cli, Verb), clap::Error> {
        let mut definition = definition();
        let arguments = words::in_one_place(&definition, arguments);
        let matches = definition.try_get_matches_from_mut(arguments)?;
        let cli = Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut definition))?;
        let name = matches.subcommand_name().unwrap_or_default().to_owned();
        Ok((cli, Verb { name, rows: rows::of_matches(&matches) }))
    }
}

/// Makes [`Command`] of a list of names, each with the module of `commands` that has its arguments and its `run`.
macro_rules! commands {
    ($($(#[$about:meta])* $name:ident($module:ident::$arguments:ident),)+) => {
        /// The commands.
        #[derive(Debug, Subcommand)]
        pub enum Command {
            $($(#[$about])* $name(super::$module::$arguments),)+
        }

        impl Command {
            /// Runs the command.
            ///
            /// # Errors
            /// The command could not be begun, or failed.
            pub(crate) fn run(&self, context: &mut Context) -> Result<Outcome> {
                match self {
                    $(Command::$name(arguments) => super::$module::run(context, arguments),)+
                }
            }
        }
    };
}

// In the order of the help.
commands! {
    /// List snapshots
    Snapshots(snapshots::Args),
    /// Take snapshots of the persistent disks of instances
    #[command(alias = "take-snapshot")]
    Take(take::Args),
    /// Take snapshots, run a command, and say how to go back if it fails
    Guard(guard::Args),
    /// Delete snapshots by CID
    #[command(alias = "delete-snapshot")]
    Delete(delete::Args),
    /// Delete all snapshots of a deployment, or of a part of it
    #[command(alias = "delete-snapshots")]
    DeleteAll(delete_all::Args),
    /// Delete snapshots that expired or that retention does not keep
    Prune(prune::Args),
    /// Keep snapshots from being deleted or pruned, for a reason
    Hold(hold::Args),
    /// Let held snapshots go
    Release(release::Args),
    /// Delete disks made or orphaned by snapback that nobody needs
    DeleteDisk(delete_disk::Args),
    /// Make a new persistent disk from a snapshot
    Promote(promote::Args),
    /// Try out a snapshot on a scratch disk, and delete that disk
    Drill(drill::Args),
    /// Put an instance on a new disk made from a snapshot
    Restore(restore::Args),
    /// Carry out a plan that `restore --dry-run --save` saved
    Apply(apply::Args),
    /// Undo a restore (or an undo): bring the former disk back
    Undo(undo::Args),
    /// Finish or roll back what interrupted commands left open
    Recover(recover::Args),
    /// Show whether each instance could be restored, and to when
    Status(status::Args),
    /// Write a page for a team: how all instances stand
    Report(report::Args),
    /// Compare the state file with the clouds and the Director
    Check(check::Args),
    /// List operations, or the steps of one
    Operations(operations::Args),
    /// Write an example manifest and inventory, and a state file
    Init(init::Args),
    /// Import an inventory, or what BOSH's tools say
    Import(import::Args),
    /// List instances and their disks
    #[command(alias = "is")]
    Instances(instances::Args),
    /// List persistent disks
    Disks(disks::Args),
    /// Run what is due: the Director's schedules and your own
    #[command(subcommand)]
    Schedule(schedule::Command),
    /// Show what is read from the manifest, and from where
    Manifest(manifest::Args),
    /// List the CPIs, where each was found, and what it can do
    Cpis(cpis::Args),
    /// Be a CPI executable that BOSH or another tool can call
    #[command(subcommand)]
    Cpi(cpi::Command),
    /// Look after the state file
    #[command(subcommand)]
    State(state::Command),
    /// Show what works here, what does not, and what to do about it
    Doctor(doctor::Args),
    /// Show snapshots and restores on real disks, in a directory
    Demo(demo::Args),
    /// Print the completion script of a shell
    Completions(completions::Args),
    /// Print the manual pages, or write them to a directory
    Man(man::Args),
    /// Explain a verb or a topic, or list all verbs
    Help(help::Args),
}

/// The definition, for completions and for the tests.
pub fn definition() -> clap::Command {
    // The global options have a page of their own: `snapback help options`.
    Cli::command().mut_args(|arg| match arg.is_global_set() {
        true => arg.hide_short_help(true).hide_long_help(true),
        false => arg,
    })
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
