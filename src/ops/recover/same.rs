//! Checks that an interrupted swap still fits: the instance, and the hooks that it was begun with.

use crate::domain::shell::quoted;
use crate::domain::step::Hook;
use crate::domain::swap::SwapPlan;
use crate::error::{Error, Kind, Result};
use crate::ops::session::Session;

/// Refuses to touch another machine that has the name now.
pub(super) fn instance(session: &Session<'_>, plan: &SwapPlan) -> Result<()> {
    let name = &plan.instance;
    let known = session.state.reader().instances_named(&[name])?;
    if !known.iter().any(|known| plan.is_of_another_than(known)) {
        return Ok(());
    }
    let message = format!("{name} is another instance now, with another UUID: nothing was done to it");
    Err(Error::new(Kind::Refused, message)
        .hint("to see what snapback knows about it:")
        .try_command(format!("snapback -d {} instances --details", quoted(&name.deployment))))
}

/// Refuses to go on without a hook that the interrupted run had: it would start nothing, and say that it had.
pub(super) fn hooks(session: &Session<'_>, plan: &SwapPlan) -> Result<()> {
    let (then, now) = (plan.hooks, session.hooks.present());
    for (hook, was, is) in [
        (Hook::Stop, then.stop, now.stop),
        (Hook::Start, then.start, now.start),
        (Hook::Verify, then.verify, now.verify),
    ] {
        if was && !is {
            let name = hook.name();
            return Err(Error::new(
                Kind::Refused,
                format!("it was begun with a {name} hook, but the manifest has none now: nothing was done"),
            )
            .hint(format!("name the manifest that it was begun with (-m), or set snapback.hooks.{name} again")));
        }
    }
    Ok(())
}
