//! Finds the instances that an operation stopped and did not let go on, and lets them go on.

use super::held::{hold, hold_thing};
use super::members::goes_on;
use crate::domain::instance::InstanceName;
use crate::domain::intent::Intent;
use crate::domain::operation::StepRow;
use crate::domain::shell::quoted;
use crate::domain::step::{Outcome, Step, StepState};
use crate::error::{Error, Kind, Result};
use crate::ops::dead_man::{self, Kind as HookKind, Member, Why};
use crate::ops::perform::{EffectError, Run, perform};
use crate::ops::session::Session;
use crate::state::OpenOperation;

/// Why an instance may still stand still.
pub(super) struct NotResumed(pub(super) Why);

impl EffectError for NotResumed {
    fn may_have_happened(&self) -> bool {
        true
    }

    fn reason(&self) -> String {
        self.0.how.clone()
    }
}

impl From<NotResumed> for Error {
    fn from(not_resumed: NotResumed) -> Self {
        Error::new(Kind::Failed, not_resumed.0.to_string())
    }
}

/// The prominent error about an instance that may stand still.
pub(super) fn still_stands(instance: &InstanceName, member: Option<&Member>, error: Error) -> Error {
    let kind = if error.kind() == Kind::State { Kind::State } else { Kind::Failed };
    let loud = Error::new(kind, format!("{instance} may stand still: {}", error.in_one_line())).with_hints_of(&error);
    match member {
        Some(member) if member.kind != HookKind::Hooks => {
            let words: Vec<String> = member.resume.iter().map(|word| quoted(word)).collect();
            loud.hint("to let it go on by hand:").try_command(words.join(" "))
        }
        // A hook's arguments may be secret.
        _ => loud,
    }
}

/// The instances that an operation has made to stand still, or may have, and has not let go on, each with the number of
/// the step that shows it.
pub(in crate::ops) fn owed(steps: &[StepRow]) -> Vec<(InstanceName, u32)> {
    let mut owed: Vec<(InstanceName, u32)> = Vec::new();
    for row in steps {
        match (&row.step, row.state) {
            (Step::Quiesce { instance, .. }, StepState::Done | StepState::Intended | StepState::Unknown)
            | (Step::Resume { instance, .. }, StepState::Intended | StepState::Unknown) => {
                owed.retain(|(name, _)| name != instance);
                owed.push((instance.clone(), row.token.step));
            }
            (Step::Resume { instance, .. }, StepState::Done) => owed.retain(|(name, _)| name != instance),
            _ => {}
        }
    }
    owed
}

/// The checksum of the hooks that stopped an instance; `None` in the journal of an older snapback.
fn stopped_by<'a>(steps: &'a [StepRow], instance: &InstanceName) -> Option<&'a str> {
    steps.iter().rev().find_map(|row| match &row.step {
        Step::Quiesce { instance: stopped, hooks } if stopped == instance => hooks.as_deref(),
        _ => None,
    })
}

/// Refuses to end an operation that has left an instance standing still.
///
/// # Errors
/// [`Kind::Failed`] if there is one; the errors of the state file.
pub(in crate::ops) fn all_go_on(session: &Session<'_>, operation: &OpenOperation) -> Result<()> {
    let owed = owed(&session.state.reader().steps(operation.id())?);
    let Some((first, _)) = owed.first() else { return Ok(()) };
    Err(Error::new(Kind::Failed, format!("according to the journal, {first} may stand still"))
        .in_operation(operation.id())
        .hint("to let it go on, and to end the operation:")
        .try_command(format!("snapback recover {}", operation.id())))
}

/// Lets instances go on that the operation of a dead process left standing still, except for steps about which the
/// operator has given a verdict. Returns a line for each, and the errors: those instances still have to be let go on.
///
/// # Errors
/// Those of the state file.
pub(in crate::ops) fn let_go_on(run: Run<'_>, by_word: &[u32]) -> Result<(Vec<String>, Option<Error>)> {
    let (session, id) = (run.session, run.operation.id());
    let reader = session.state.reader();
    let (mut lines, mut errors) = (Vec::new(), Vec::new());
    let steps = reader.steps(id)?;
    for (instance, number) in owed(&steps).into_iter().rev() {
        // Another process that has it must not act on what comes next; not even by the operator's word.
        let _lock = match hold(session, &instance) {
            Ok(lock) => lock,
            Err(error) if by_word.contains(&number) || error.is_interrupt() => return Err(error),
            Err(error) => {
                errors.push((instance, error));
                continue;
            }
        };
        if by_word.contains(&number) {
            continue;
        }
        let known = reader.instances_named(&[&instance])?.pop();
        let member = match &known {
            Some(known) => session.hooks.stillness(known),
            None => Ok(None),
        };
        let effect = |intent: &Intent| match &member {
            Ok(Some(member)) if stopped_by(&steps, &instance).is_some_and(|hooks| hooks != member.checksum()) => {
                Err(NotResumed(format!("its hooks in the manifest are not those that stopped {instance}").into()))
            }
            Ok(Some(member)) => dead_man::resume(member, intent.starting())
                .and_then(|was_still| Ok(goes_on(session, &instance, member, true).map(|()| was_still)?))
                .map_err(NotResumed),
            Ok(None) => Err(NotResumed(format!("the manifest has no resume hook for {instance}").into())),
            Err(error) => Err(NotResumed(error.in_one_line().into())),
        };
        let thing = member.as_ref().ok().and_then(Option::as_ref).and_then(|member| member.stops.as_deref());
        let _thing = match thing.map(|thing| hold_thing(session, &instance, thing)).transpose() {
            Ok(lock) => lock,
            Err(error) if error.is_interrupt() => return Err(error),
            Err(error) => {
                errors.push((instance, error));
                continue;
            }
        };
        let step = Step::Resume { instance: instance.clone(), snapshots: Vec::new() };
        match perform(run, &step, effect, |_| step.happened()) {
            Ok(true) => lines.push(format!("{instance} may have stood still: its resume hook was run")),
            Ok(false) => lines.push(format!("{instance} went on already")),
            Err(failed) => {
                let mut error = failed.error;
                let is_same =
                    |member: &Member| stopped_by(&steps, &instance).is_none_or(|hooks| hooks == member.checksum());
                if !matches!(&member, Ok(Some(member)) if is_same(member)) {
                    error = error.hint("name the manifest by which it was stopped (-m), or set its hooks again");
                }
                let by = member.as_ref().ok().and_then(Option::as_ref).filter(|member| is_same(member));
                let error = still_stands(&instance, by, error);
                errors.push((instance, error));
            }
        }
    }
    let Some((instance, error)) = errors.pop() else { return Ok((lines, None)) };
    // The question belongs to the last attempt, which answers those before it.
    let steps = reader.steps(id)?;
    let now = owed(&steps);
    for row in steps.iter().filter(|row| !row.state.is_settled()) {
        let (Step::Quiesce { instance, .. } | Step::Resume { instance, .. }) = &row.step else { continue };
        if let Some((_, last)) = now.iter().find(|(name, last)| name == instance && *last > row.token.step) {
            run.operation.settle(&row.token, Outcome::failed(format!("tried again as step {last}")))?;
        }
    }
    let number = now.iter().find(|(name, _)| *name == instance).map_or(0, |(_, number)| *number);
    let error = errors.iter().fold(error, |error, (_, other)| error.hint(other.in_one_line()));
    Ok((
        lines,
        Some(
            error
                .hint("to try it again:")
                .try_command(format!("snapback recover {id}"))
                .hint("once it goes on, whoever made it go on:")
                .try_command(format!("snapback recover {id} --abandon {number}")),
        ),
    ))
}
