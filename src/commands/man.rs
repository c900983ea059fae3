//! `snapback man`

use std::fs;
use std::path::PathBuf;

use clap_mangen::Man;

use super::Outcome;
use crate::context::Context;
use crate::error::{Error, Kind, Result};

/// What `man` takes.
#[derive(Debug, clap::Args)]
#[command(after_long_help = crate::exit_code::exit_codes())]
pub struct Args {
    /// Write them there, a file each: snapback.1, snapback-take.1, ... [default: to stdout, one after another]
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

/// Prints or writes the manual pages.
///
/// # Errors
/// [`Context::answers_as_text`]'s; a directory that cannot be made or written to.
pub fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.answers_as_text("a manual page")?;
    let Some(directory) = &args.directory else {
        for (_, page) in pages() {
            context.ui.raw(&page);
        }
        return Ok(Outcome::done());
    };
    fs::create_dir_all(directory).map_err(|error| {
        Error::because(Kind::Failed, format!("the directory {} cannot be made", directory.display()), error)
    })?;
    for (name, page) in pages() {
        let path = directory.join(name);
        fs::write(&path, page)
            .map_err(|error| Error::because(Kind::Failed, format!("{} cannot be written", path.display()), error))?;
        context.ui.say(&format!("Wrote {}", path.display()));
    }
    Ok(Outcome::done())
}

/// The file names and the texts of all pages, in roff: snapback's, then one for each command.
pub fn pages() -> Vec<(String, String)> {
    let mut definition = crate::commands::definition().disable_help_subcommand(true);
    definition.build();
    let mut pages = Vec::new();
    add(&definition, &mut pages);
    pages
}

fn add(command: &clap::Command, pages: &mut Vec<(String, String)>) {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    // Memory takes all.
    let _ = man.render(&mut page);
    pages.push((man.get_filename(), String::from_utf8_lossy(&page).into_owned()));
    for below in command.get_subcommands() {
        add(below, pages);
    }
}
