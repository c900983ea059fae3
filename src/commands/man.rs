//! `snapback man`

use std::fs;
use std::path::PathBuf;

use clap_mangen::Man;

use super::Outcome;
use super::help::examples::{Example, examples};
use super::help::topics::{FILES, VARIABLES};
use super::help::usage;
use crate::context::Context;
use crate::error::{Error, Kind, Result};
use crate::exit_code::TABLE;

/// The arguments of `snapback man`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Write them here, one file each: snapback.1, snapback-take.1, ... [default: to stdout, one after another]
    #[arg(value_name = "DIR", value_hint = clap::ValueHint::DirPath)]
    directory: Option<PathBuf>,
}

/// Prints or writes the manual pages.
///
/// # Errors
/// Those of [`Context::answers_as_text`]; a directory that cannot be made or written to.
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
    add(&definition, "", &mut pages);
    pages
}

/// `verb` is empty for snapback itself.
fn add(command: &clap::Command, verb: &str, pages: &mut Vec<(String, String)>) {
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    // Writing to memory does not fail.
    let _ = render(&man, command, verb, &mut page);
    pages.push((man.get_filename(), String::from_utf8_lossy(&page).into_owned()));
    for below in command.get_subcommands() {
        let name = format!("{verb} {}", below.get_name());
        add(below, name.trim_start(), pages);
    }
}

fn render(man: &Man, command: &clap::Command, verb: &str, page: &mut Vec<u8>) -> std::io::Result<()> {
    man.render_title(page)?;
    man.render_name_section(page)?;
    page.extend(synopsis(command, verb).bytes());
    man.render_description_section(page)?;
    man.render_options_section(page)?;
    if command.has_subcommands() {
        man.render_subcommands_section(page)?;
    }
    page.extend(of_examples(verb).bytes());
    page.extend(list("ENVIRONMENT", VARIABLES).bytes());
    page.extend(list("FILES", FILES).bytes());
    let codes: Vec<(String, &str)> = TABLE.iter().map(|(code, meaning)| (code.0.to_string(), *meaning)).collect();
    let codes: Vec<(&str, &str)> = codes.iter().map(|(code, meaning)| (code.as_str(), *meaning)).collect();
    let status = match command.get_after_long_help() {
        // `guard` has exit codes of its own.
        Some(text) => format!(".SH \"EXIT STATUS\"\n.nf\n{}\n.fi\n", roff(&text.to_string())),
        None => list("EXIT STATUS", &codes),
    };
    page.extend(status.bytes());
    man.render_version_section(page)
}

/// The lines of the usage. clap_mangen would list each option, the global ones among them.
fn synopsis(command: &clap::Command, verb: &str) -> String {
    let name = format!("snapback {verb}").trim_end().to_owned();
    let forms = if verb.is_empty() { vec!["snapback VERB ...".to_owned()] } else { usage(command) };
    let line = |form: &String| format!("\\fB{}\\fR{}\n", roff(&name), roff(form.strip_prefix(&name).unwrap_or(form)));
    format!(".SH SYNOPSIS\n{}", forms.iter().map(line).collect::<Vec<_>>().join(".br\n"))
}

fn of_examples(verb: &str) -> String {
    // The page of snapback itself shows what most people do first.
    let first = ["init", "take", "restore", "undo"].into_iter().filter_map(|verb| examples(verb).last());
    let examples: Vec<&Example> = if verb.is_empty() { first.collect() } else { examples(verb).iter().collect() };
    let mut section = ".SH EXAMPLES\n".to_owned();
    for Example { does, line } in examples {
        section += &format!(".TP\n{}\n.nf\n\\fB{}\\fR\n.fi\n", roff(does), roff(line));
    }
    section
}

fn list(title: &str, rows: &[(&str, &str)]) -> String {
    let rows: String = rows.iter().map(|(name, is)| format!(".TP\n\\fB{}\\fR\n{}\n", roff(name), roff(is))).collect();
    format!(".SH \"{title}\"\n{rows}")
}

/// A line of text as roff prints it unchanged.
fn roff(text: &str) -> String {
    let text = text
        .replace('\\', "\\e")
        .replace('-', "\\-")
        .replace('\'', "\\(aq")
        .replace('`', "\\(ga")
        .replace('~', "\\(ti");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}
