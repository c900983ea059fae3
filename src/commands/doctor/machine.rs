//! Versions, the bosh CLI, and the clock.

use std::fs;
use std::time::Duration;

use chrono::{DateTime, Local, SecondsFormat, TimeDelta, Utc};

use super::line::Part;
use super::{PATIENCE, command, say};
use crate::context::Context;
use crate::domain::instance::ManagedBy;
use crate::state::{Reader, sqlite_version};

/// How far another clock may differ from this one.
const APART: TimeDelta = TimeDelta::minutes(5);

pub(super) fn versions(context: &Context) -> Part {
    let mut part = Part::new("Versions", &context.called);
    let build = if cfg!(debug_assertions) { " (debug build)" } else { "" };
    part.ok("snapback", format!("{}{build}", env!("CARGO_PKG_VERSION")));
    part.ok("program", context.environment.program.display());
    part.ok("SQLite", sqlite_version());
    let system = rustix::system::uname();
    let name = [system.sysname(), system.release(), system.machine()].map(|text| text.to_string_lossy().into_owned());
    let release = fs::read_to_string("/etc/os-release").unwrap_or_default();
    let pretty = release.lines().find_map(|line| line.strip_prefix("PRETTY_NAME="));
    let pretty = pretty.map(|text| format!(" ({})", text.trim_matches('"'))).unwrap_or_default();
    part.ok("system", name.join(" ") + &pretty);
    part
}

/// The bosh CLI, and whether it can be run.
pub(super) fn bosh(context: &Context, reader: Option<&Reader>) -> (Part, bool) {
    let mut part = Part::new("bosh CLI", &context.called);
    let bosh = context.bosh();
    let patience = Duration::from_secs(context.global.timeout.unwrap_or(PATIENCE));
    let version = bosh.version(patience);
    match &version {
        Ok(said) => part.ok(bosh.program().display(), said),
        Err(error) => {
            let instances = reader.and_then(|reader| reader.instances(None).ok()).unwrap_or_default();
            let needed = instances.iter().any(|instance| instance.managed_by != ManagedBy::Nobody);
            let next = [say("install the bosh CLI, or name it with --bosh or SNAPBACK_BOSH")];
            let what = bosh.program().display();
            if needed { part.problem(what, error, &next) } else { part.note(what, error, &next) }
        }
    }
    let set = |name: &str| context.environment.get(name).is_some();
    let named: Vec<&str> = ["BOSH_ENVIRONMENT", "BOSH_CLIENT", "BOSH_CLIENT_SECRET", "BOSH_CA_CERT"]
        .into_iter()
        .filter(|name| set(name))
        .collect();
    part.ok("environment", if named.is_empty() { "no BOSH_ variable is set".to_owned() } else { named.join(", ") });
    (part, version.is_ok())
}

/// The clock, compared with the newest times in the state file and in its file system.
pub(super) fn clock(context: &Context, reader: Option<&Reader>) -> Part {
    let mut part = Part::new("Clock", &context.called);
    let now = context.clock.now();
    let text = |time: DateTime<Utc>| time.to_rfc3339_opts(SecondsFormat::Secs, true);
    part.ok("UTC", text(now));
    part.ok("local time", now.with_timezone(&Local).to_rfc3339_opts(SecondsFormat::Secs, false));
    if let Err(error) = context.clock.check() {
        part.error("time", &error);
    }
    let Some(reader) = reader else { return part };
    let newest = reader.operations(Some(1)).ok().and_then(|newest| newest.first().map(|one| one.started_at));
    let written = fs::metadata(reader.path()).and_then(|metadata| metadata.modified()).ok().map(DateTime::from);
    for (what, time) in [("newest operation", newest), ("state file written", written)] {
        let Some(time) = time else { continue };
        if time > now + APART {
            let found = format!("{}, which is in the future: this clock is wrong, or was wrong then", text(time));
            part.problem(what, found, &[say("set the clock (`timedatectl set-ntp true`)"), command("snapback check")]);
        } else {
            part.ok(what, text(time));
        }
    }
    part
}
