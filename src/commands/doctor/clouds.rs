//! The CPIs: which are found, and what each can do.

use super::line::Part;
use super::say;
use crate::context::{Context, Tools};
use crate::error::Result;
use crate::manifest::Manifest;
use crate::ops::cpis::{Found, Looking, Said, Side, look};
use crate::state::Reader;

/// The CPIs, and what each answered when snapback looked.
pub(super) struct Clouds {
    pub tools: Tools,
    pub looked: Vec<Looking>,
}

/// Looks for each CPI, and asks it for its `info`.
///
/// # Errors
/// A signal.
pub(super) fn clouds(
    context: &mut Context,
    manifest: Option<Manifest>,
    reader: Option<&Reader>,
) -> Result<(Part, Option<Clouds>)> {
    let mut part = Part::new("CPIs", &context.called);
    let Some(manifest) = manifest else {
        part.note("CPIs", "not looked for: the manifest cannot be read", &[]);
        return Ok((part, None));
    };
    let tools = match context.tools_of(manifest) {
        Ok(tools) => tools,
        Err(error) => {
            part.error("CPIs", &error);
            return Ok((part, None));
        }
    };
    let known = reader.and_then(|reader| reader.cpis().ok()).unwrap_or_default();
    let looked = look(&tools.clouds, known, &context.interrupt)?;
    for looking in &looked {
        match &looking.said {
            Err(error) => part.error(&looking.name, error),
            Ok(said) => part.ok(&looking.name, format!("{}; {}", sides(looking, said), abilities(said))),
        }
        for place in looking.places.iter().filter(|place| place.is_fleeting && place.found == Found::Used) {
            let next = [say("docs/cpis.md says how to keep a copy of it")];
            part.note(&looking.name, format!("the next create-env deletes {}", place.path.display()), &next);
        }
        if let Some(why) = looking.said.as_ref().ok().and_then(|said| said.why_alone.as_ref()) {
            part.note(&looking.name, why, &[]);
        }
    }
    Ok((part, Some(Clouds { tools, looked })))
}

/// Built in, an executable, or both.
fn sides(looking: &Looking, said: &Said) -> String {
    let has = |side| said.roles.all().iter().any(|role| role.side == Some(side));
    let used = looking.places.iter().find(|place| place.found == Found::Used);
    let place = used.map(|place| format!(" {} ({})", place.path.display(), place.named_by)).unwrap_or_default();
    let version = said.api_version.map(|version| format!(", API {version}")).unwrap_or_default();
    match (has(Side::Native), has(Side::Executable)) {
        (true, true) => format!("built in, paired with the executable{place}{version}"),
        (true, false) => format!("built in{place}"),
        (false, _) => format!("executable{place}{version}"),
    }
}

fn abilities(said: &Said) -> String {
    let can = &said.can;
    let all = [
        (can.snapshots, "take snapshots"),
        (can.promote, "make disks of them"),
        (can.attach, "attach and detach"),
        (can.list_snapshots, "list snapshots"),
        (can.find_disks, "find disks"),
    ];
    let names: Vec<&str> = all.iter().filter_map(|(can, name)| can.then_some(*name)).collect();
    let lacks: Vec<&str> = all.iter().filter_map(|(can, name)| (!can).then_some(*name)).collect();
    let lacks = if lacks.is_empty() { String::new() } else { format!("; cannot {}", lacks.join(", ")) };
    format!("can {}{lacks}", if names.is_empty() { "do none of this".to_owned() } else { names.join(", ") })
}
