//! `snapback schedule units`

use std::fmt::Write;
use std::path::Path;

use super::super::Outcome;
use crate::context::Context;
use crate::domain::shell::quoted;
use crate::error::{Error, Kind, Result};

/// The arguments of `snapback schedule units`.
#[derive(Debug, clap::Args)]
#[command(group = clap::ArgGroup::new("kind").required(true))]
pub struct Args {
    /// A service of systemd that runs the schedules
    #[arg(long, group = "kind")]
    systemd: bool,
    /// A crontab line that checks every five minutes what is due
    #[arg(long, group = "kind")]
    cron: bool,
    /// With --systemd: a service that runs what is due and exits, and its timer
    #[arg(long, conflicts_with = "cron")]
    timer: bool,
}

/// Prints units with the paths of this call. It installs nothing.
///
/// # Errors
/// [`Kind::Usage`]: values of variables would be written into the unit.
pub(super) fn run(context: &mut Context, args: &Args) -> Result<Outcome> {
    context.answers_as_text("a unit")?;
    let again = context.again(true);
    if !again.environment.is_empty() {
        return Err(Error::new(Kind::Usage, "the values of variables that -v gives are not written into a unit")
            .hint("put them in a file that only its owner can read, and name it with -l"));
    }
    // An error in it would show only at night.
    let manifest = context.manifest()?;
    if context.named_state().is_none() {
        manifest.default_state_path()?;
    }
    let mut words = vec![context.environment.program.to_string_lossy().into_owned()];
    words.extend(again.words);
    words.extend(["schedule", "run"].map(str::to_owned));
    let place = std::path::absolute(".")
        .map_err(|error| Error::because(Kind::Failed, "the working directory cannot be found", error))?;
    let path = context.environment.get("PATH").unwrap_or("/usr/sbin:/usr/bin:/sbin:/bin").to_owned();
    let text = match (args.cron, args.timer) {
        (true, _) => crontab(&words, &place, &path),
        (false, true) => timer(&words, &place, &path),
        (false, false) => service(&words, &place, &path),
    };
    context.ui.raw(&text);
    Ok(Outcome::done())
}

/// The path for the unit, which its first line names.
const SERVICE: &str = "/etc/systemd/system/snapback-schedule.service";
const TIMER: &str = "/etc/systemd/system/snapback-schedule.timer";

fn service(words: &[String], place: &Path, path: &str) -> String {
    format!(
        "# {SERVICE}\n[Unit]\nDescription=Snapshots of BOSH persistent disks, on schedule\nAfter=network-online.target\n\
         Wants=network-online.target\n\n[Service]\nType=exec\n{}\n# SIGTERM goes to snapback alone: the calls of the cloud \
         come to their end, and are recorded.\nKillMode=mixed\nTimeoutStopSec=1h\nRestart=always\nRestartSec=30s\n\n\
         [Install]\nWantedBy=multi-user.target\n",
        call(words, place, path)
    )
}

fn timer(words: &[String], place: &Path, path: &str) -> String {
    let once: Vec<String> = words.iter().cloned().chain(std::iter::once("--once".to_owned())).collect();
    format!(
        "# {SERVICE}\n[Unit]\nDescription=Snapshots of BOSH persistent disks that are due\nAfter=network-online.target\n\
         Wants=network-online.target\n\n[Service]\nType=oneshot\n{}\nKillMode=mixed\nTimeoutStopSec=1h\n\n\
         # {TIMER}\n[Unit]\nDescription=Checks every five minutes which snapshots are due\n\n[Timer]\n\
         OnCalendar=*:0/5\nPersistent=true\n\n[Install]\nWantedBy=timers.target\n",
        call(&once, place, path)
    )
}

fn call(words: &[String], place: &Path, path: &str) -> String {
    let mut text = format!(
        "WorkingDirectory={}\nEnvironment={}\nExecStart=",
        place.display().to_string().replace('%', "%%"),
        in_unit(&format!("PATH={path}")).replace("$$", "$")
    );
    for (at, word) in words.iter().enumerate() {
        let _ = write!(text, "{}{}", if at == 0 { "" } else { " " }, in_unit(word));
    }
    text
}

/// A word, quoted for a unit of systemd (`systemd.service`, "Command lines"; `systemd.syntax`, "Quoting").
fn in_unit(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=:,@+".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    let mut quoted = String::from("\"");
    for c in word.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            '%' | '$' => quoted.extend([c, c]),
            '\n' => quoted.push_str("\\n"),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

fn crontab(words: &[String], place: &Path, path: &str) -> String {
    let line: Vec<String> = words.iter().map(|word| quoted(word)).collect();
    // In a crontab a percent sign ends the command.
    let command = format!("cd {} && exec {} --once --quiet", quoted(&place.to_string_lossy()), line.join(" "));
    format!("PATH={path}\n*/5 * * * * {}\n", command.replace('%', "\\%"))
}
