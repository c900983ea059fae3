//! Whether a restore would work for each instance, and by which method, judged by what is known here: no cloud is
//! asked.

use super::clouds::Clouds;
use super::line::Part;
use super::{command, say};
use crate::context::Context;
use crate::domain::instance::{Instance, ManagedBy};
use crate::domain::shell::quoted;
use crate::domain::time::age;
use crate::error::{Error, Hint};
use crate::ops::status::{Question, Standing, State, standing};
use crate::ops::swap::Via;
use crate::state::Reader;

pub(super) fn restore(context: &Context, reader: &Reader, clouds: Option<&Clouds>, bosh: bool) -> Part {
    let mut part = Part::new("Restore", &context.called);
    let instances = match reader.instances(None) {
        Ok(instances) => instances,
        Err(error) => {
            part.error("instances", &Error::from(error));
            return part;
        }
    };
    let with_disks: Vec<&Instance> = instances.iter().filter(|instance| !instance.disks.is_empty()).collect();
    let Some(clouds) = clouds else {
        if !with_disks.is_empty() {
            part.note("instances", "snapback cannot tell without the CPIs whether they could be restored", &[]);
        }
        return part;
    };
    let question = Question { offline: true, ..Question::default() };
    let now = context.clock.now();
    for instance in with_disks {
        let what = format!("{} ({})", instance.name, instance.name.deployment);
        match standing(reader, &clouds.tools.clouds, instance, &question, now) {
            Err(error) => part.error(what, &error),
            Ok(standing) => {
                let at = standing.snapshot().map(|one| one.created_at);
                match hindrance(&standing, clouds, bosh) {
                    None => {
                        let to = at.map_or(String::new(), |at| format!(" to {} ago", age(at, now)));
                        part.ok(what, format!("works{to}, {}", method(instance)));
                    }
                    Some((why, next)) => part.problem(what, why, &next),
                }
                if let Some(at) = at {
                    part.last_has_age((now - at).num_seconds());
                }
            }
        }
    }
    part
}

fn method(instance: &Instance) -> String {
    let how = match instance.managed_by {
        ManagedBy::Director => "through its Director",
        ManagedBy::CreateEnv => "by bosh create-env: you give its command line after --",
        ManagedBy::Nobody => "by the CPI",
    };
    format!("via {} ({how})", Via::of(instance.managed_by).name())
}

/// The reason why an instance cannot be restored, and the next steps; `None` if it can be.
fn hindrance(standing: &Standing, clouds: &Clouds, bosh: bool) -> Option<(String, Vec<Hint>)> {
    let instance = &standing.instance;
    let (deployment, name) = (quoted(&instance.name.deployment), &instance.name);
    if standing.state != State::Ok {
        let why = standing.reason.clone().unwrap_or_else(|| standing.state.name().replace('_', " "));
        let take = || format!("snapback -d {deployment} take {name}");
        let next = standing.next.clone().unwrap_or_else(|| match standing.state {
            State::Missing | State::FormerDisk | State::TooOld => take(),
            _ => format!("snapback -d {deployment} status {name}"),
        });
        return Some((why, vec![command(next)]));
    }
    if instance.managed_by != ManagedBy::Nobody && !bosh {
        let why = format!("{}: the bosh CLI is missing", method(instance));
        return Some((why, vec![say("install the bosh CLI, or name it with --bosh or SNAPBACK_BOSH")]));
    }
    let looking = clouds.looked.iter().find(|looking| looking.name == instance.cpi)?;
    let cpi = &instance.cpi;
    let executable = || vec![say(format!("name its executable with --cpi-path {cpi}=PATH")), command("snapback cpis")];
    match &looking.said {
        Err(_) => Some((format!("the CPI '{cpi}' does not answer: see above"), vec![command("snapback cpis")])),
        Ok(said) if !said.can.promote => {
            let why = format!("the CPI '{cpi}' cannot make a disk from a snapshot: you make it by hand");
            let next = format!("snapback -d {deployment} restore --latest {name} --dry-run");
            Some((why, vec![say("restore prints the commands:"), command(next)]))
        }
        Ok(said) if instance.managed_by == ManagedBy::Nobody && !said.can.attach => {
            Some((format!("the CPI '{cpi}' cannot attach and detach disks"), executable()))
        }
        Ok(_) => None,
    }
}
