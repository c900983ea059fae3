//! What `.ci/docs` writes: the completion scripts, `docs/reference.md`, and the table of `docs/commands.md`. The schema of lines
//! (`output forms`) and the list of layers (`layers`) are written with them.

use crate::reference::reference;
use crate::support::Sandbox;
use crate::support::written::{is_made, part_is_made};

#[test]
fn completion_scripts() {
    let sandbox = Sandbox::empty();
    let files =
        [("bash", "snapback.bash"), ("zsh", "_snapback"), ("fish", "snapback.fish"), ("powershell", "snapback.ps1")];
    for (shell, file) in files {
        let made = sandbox.run(&["completions", shell]);
        made.quiet_success();
        is_made(&format!("completions/{file}"), &made.stdout);
    }
}

#[test]
fn the_reference() {
    is_made("docs/reference.md", &reference());
}

#[test]
fn the_table_of_commands() {
    let row = |command: &clap::Command| format!("| `{}` | {} |\n", command.get_name(), command.get_about().unwrap());
    let commands: String = snapback::commands::definition().get_subcommands().map(row).collect();
    part_is_made("docs/commands.md", "# Commands\n\n| Command | Meaning |\n|---|---|\n", &commands);
}
