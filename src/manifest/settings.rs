//! snapback's own settings: what stands under `snapback:`.

use crate::yaml::{Complaint, Scalar, Value, View};

/// snapback's own settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    /// `hooks:`
    pub hooks: Hooks,
}

/// Commands that snapback runs around a change of disks, each as a program and its arguments.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks {
    /// Stops what uses the disk.
    pub stop: Option<Vec<String>>,
    /// Starts it again.
    pub start: Option<Vec<String>>,
    /// Says, by its exit status, whether the disk's content is good.
    pub verify: Option<Vec<String>>,
}

pub(super) fn read(snapback: &View<'_>) -> Result<Settings, Complaint> {
    snapback.only(&["hooks"])?;
    let Some(hooks) = snapback.get("hooks")? else { return Ok(Settings::default()) };
    hooks.only(&["stop", "start", "verify"])?;
    let hook = |name: &str| hooks.get(name)?.map(|hook| argv(&hook)).transpose();
    Ok(Settings { hooks: Hooks { stop: hook("stop")?, start: hook("start")?, verify: hook("verify")? } })
}

fn argv(hook: &View<'_>) -> Result<Vec<String>, Complaint> {
    const EXAMPLE: &str = "write the program and each argument as elements of a list, for example [\"systemctl\", \
                           \"stop\", \"postgresql\"]; no shell reads it";
    if let Value::Scalar(Scalar::Text(_)) = hook.node().value {
        return Err(hook.complain("expected a list, found text").hint(EXAMPLE));
    }
    let list = hook.as_string_list().map_err(|complaint| complaint.hint(EXAMPLE))?;
    match list.first() {
        None => Err(hook.complain("an empty list: there is no program to run").hint(EXAMPLE)),
        Some(program) if program.trim().is_empty() => {
            Err(hook.complain("the program, the list's first element, is empty").hint(EXAMPLE))
        }
        Some(_) => match list.iter().any(|part| part.contains('\0')) {
            true => Err(hook.complain("an argument holds a NUL, which no program can be given").hint(EXAMPLE)),
            false => Ok(list),
        },
    }
}
