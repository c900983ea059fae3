//! `status`: could an instance be restored now, and to what point?

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::choose::{Choice, Why, Wish, choose_by};
use super::promote;
use super::session::CpiSource;
use super::vm_disks::{VmDisks, steady_unless};
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Instance, InstanceName, ManagedBy};
use crate::domain::operation::{Claim, Resource};
use crate::domain::shell::quoted;
use crate::domain::snapshot::Snapshot;
use crate::domain::time::{age, span};
use crate::error::{Error, Kind, Result};
use crate::state::{LockState, Reader, StateError};

/// How far a cloud's clock may be ahead of this machine's.
const AHEAD: TimeDelta = TimeDelta::minutes(5);

/// How many snapshots of an instance are skipped because their cloud says that they are not ready. If a cloud has none
/// of so many, the rest is not asked about.
const ASKED: usize = 8;

/// The verbs that put another disk on an instance.
const EXCHANGES: [&str; 2] = ["restore", "undo"];

/// The criteria of `status`.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// How old the newest snapshot may be.
    pub max_age: Option<Duration>,
    /// Whether only snapshots count that a drill has verified.
    pub verified: bool,
    /// Whether the clouds are not asked: then the state file is believed.
    pub offline: bool,
}

/// The state of an instance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// It could be restored, to a point that is new enough.
    Ok,
    /// The newest snapshot is older than it may be.
    TooOld,
    /// All snapshots are of a disk that the instance no longer has: for example, a resize has given it another one.
    FormerDisk,
    /// There are snapshots, but none is verified.
    Unverified,
    /// There is a snapshot, but the instance cannot be put back on it now: for example, an interrupted operation holds
    /// it.
    Blocked,
    /// There are snapshots, but no disk can be made from any of them now.
    NotReady,
    /// There is none that could be restored.
    Missing,
    /// It is not known: the cloud does not answer, or the time of the snapshot cannot be right.
    Unknown,
}

impl State {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            State::Ok => "ok",
            State::TooOld => "too_old",
            State::FormerDisk => "former_disk",
            State::Unverified => "unverified",
            State::Blocked => "blocked",
            State::NotReady => "not_ready",
            State::Missing => "missing",
            State::Unknown => "unknown",
        }
    }
}

/// How a disk is made from the snapshot.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By `restore`.
    Restore,
    /// By hand, since the CPI cannot: `restore` shows the commands.
    ByHand,
}

impl Way {
    /// The name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Way::Restore => "restore",
            Way::ByHand => "by_hand",
        }
    }
}

/// The result for one instance.
#[derive(Debug)]
pub struct Standing {
    /// The instance.
    pub instance: Instance,
    /// Its state.
    pub state: State,
    /// The snapshot that it could be put back on, and those of its other disks.
    pub snapshots: Vec<Snapshot>,
    /// How a disk is made from it; `None` if nobody was asked.
    pub way: Option<Way>,
    /// Whether the snapshot is of a disk that the instance has now; `None` if that is not known.
    pub of_current_disk: Option<bool>,
    /// Why its state is not better, in one line.
    pub reason: Option<String>,
    /// The next command, if it differs from the usual one of the state.
    pub next: Option<String>,
}

impl Standing {
    /// The oldest of the snapshots: all disks go back to its time. `None` if there is no snapshot.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshots.iter().min_by_key(|snapshot| snapshot.created_at)
    }
}

/// The result for an instance.
///
/// # Errors
/// Those of the state file.
pub fn standing(
    reader: &Reader,
    cpis: &dyn CpiSource,
    instance: &Instance,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Standing> {
    let mut wish = Wish { verified: question.verified, ..Wish::default() };
    let mut last = None;
    for _ in 0..ASKED {
        let choice = match choose_by(reader, instance.clone(), &wish, now) {
            Ok(choice) => choice,
            Err(error) if error.kind() == Kind::NotFound => return without(reader, instance, last, question, now),
            Err(error) => return Err(error),
        };
        let asked = if question.offline { Ok(None) } else { way(cpis, &choice) };
        match asked {
            Ok(way) => {
                let wrong = choice.passed_over.iter().rev().find(|(_, why)| *why == Why::Unsound);
                let wrong = wrong.map(|(newer, _)| format!("a drill found a newer one wrong: {}", newer.cid));
                let mut standing = judged(choice, way, question, now);
                if standing.state == State::Ok {
                    let newer = last.map(|why| format!("a newer one is not ready: {why}; name this one by its CID"));
                    standing.reason = newer.or(wrong);
                }
                return blocked(reader, cpis, standing, question);
            }
            Err(error) if matches!(error.kind(), Kind::NotFound | Kind::Refused) => {
                let cids = choice.snapshots().into_iter().map(|snapshot| (snapshot.cpi, snapshot.cid));
                wish.not_ready.extend(cids);
                last = Some(error.message().to_owned());
            }
            Err(error) => {
                return Ok(silent(judged(choice, None, question, now), &error));
            }
        }
    }
    without(reader, instance, last, question, now)
}

/// Returns the standing, marked as blocked if nothing can be put on the instance at present, or as unknown if the cloud
/// does not answer.
fn blocked(reader: &Reader, cpis: &dyn CpiSource, standing: Standing, question: &Question) -> Result<Standing> {
    let Instance { name, vm, uuid, managed_by, .. } = &standing.instance;
    let import = format!("snapback -d {} import --from-bosh", quoted(&name.deployment));
    let (reason, next) = match reader.unclaimed(&[Claim::exclusive(Resource::Instance(name.clone()))]) {
        Err(StateError::Claimed { operation, verb, holder, .. }) if holder != LockState::Held => {
            (format!("{verb} {operation} was interrupted, and holds it"), "snapback recover".to_owned())
        }
        // In between it has no disk.
        Err(StateError::Claimed { operation, verb, .. }) if EXCHANGES.contains(&verb.as_str()) => {
            (format!("{verb} {operation} is at work on it"), format!("snapback operations {operation}"))
        }
        Ok(()) | Err(StateError::Claimed { .. }) if vm.is_none() => {
            ("it has no VM to attach a disk to".to_owned(), import)
        }
        Ok(()) | Err(StateError::Claimed { .. }) if *managed_by == ManagedBy::Director && uuid.is_none() => {
            ("the inventory has no UUID of it, and its Director accepts nothing else".to_owned(), import)
        }
        Ok(()) if !question.offline => match looked_at(cpis, &standing.instance) {
            Ok(None) => return Ok(standing),
            // A restore attaches a disk to it; but something is wrong, and a take would be refused.
            Ok(Some((false, why))) => return Ok(Standing { reason: standing.reason.or(Some(why)), ..standing }),
            Ok(Some((true, why))) => (why, format!("snapback -d {} check", name.deployment)),
            Err(error) => return Ok(silent(standing, &error)),
        },
        Ok(()) | Err(StateError::Claimed { .. }) => return Ok(standing),
        Err(error) => return Err(error.into()),
    };
    Ok(Standing { state: State::Blocked, reason: Some(reason), next: Some(next), ..standing })
}

/// The result if the cloud of an instance does not answer: its state is not known.
fn silent(standing: Standing, error: &Error) -> Standing {
    let (reason, next) = (Some(error.message().to_owned()), Some("snapback cpis".to_owned()));
    Standing { state: State::Unknown, reason, next, ..standing }
}

/// Asks the cloud for the instance's VM and disks. Returns the first that is missing, in words, with true for the VM
/// (without it there is no restore) and false for a disk. `None` if none is missing.
fn looked_at(cpis: &dyn CpiSource, instance: &Instance) -> Result<Option<(bool, String)>> {
    let Some(vm) = &instance.vm else { return Ok(None) };
    let cpi = cpis.cpi(&instance.cpi)?;
    let disks: Vec<&DiskCid> = instance.disks.iter().map(|disk| &disk.cid).collect();
    let first_missing = |told: &VmDisks| disks.iter().find(|disk| told.has(disk) == Some(false)).copied();
    let told = steady_unless(cpi.as_ref(), vm, &disks, |told| first_missing(told).is_none())?;
    Ok(match (&told, first_missing(&told)) {
        (VmDisks::NoVm, _) => Some((true, format!("the cloud has no VM {vm}"))),
        (_, Some(disk)) => Some((false, format!("VM {vm} does not have disk {disk}; it has: {}", told.describe()))),
        (_, None) => None,
    })
}

/// How a disk can be made from the chosen snapshot, by the word of its cloud.
fn way(cpis: &dyn CpiSource, choice: &Choice) -> Result<Option<Way>> {
    for snapshot in choice.snapshots() {
        let cpi = cpis.cpi(&snapshot.cpi)?;
        match promote::usable(cpi.as_ref(), &snapshot) {
            Ok(_) => {}
            Err(error) if error.kind() == Kind::Unsupported => return Ok(Some(Way::ByHand)),
            Err(error) => return Err(error),
        }
    }
    Ok(Some(Way::Restore))
}

/// The result for an instance that cannot be restored now.
fn without(
    reader: &Reader,
    instance: &Instance,
    not_ready: Option<String>,
    question: &Question,
    now: DateTime<Utc>,
) -> Result<Standing> {
    let any = choose_by(reader, instance.clone(), &Wish::default(), now);
    let (state, reason) = match (not_ready, any) {
        (Some(why), _) => (State::NotReady, why),
        (None, Ok(choice)) if question.verified => {
            let newest = age(choice.snapshot.created_at, now);
            (State::Unverified, format!("no drill has verified a snapshot of it; the newest is {newest} old"))
        }
        (None, Ok(_)) => (State::Unknown, "its snapshots have changed meanwhile".to_owned()),
        (None, Err(error)) if error.kind() == Kind::NotFound => (State::Missing, error.message().to_owned()),
        (None, Err(error)) => return Err(error),
    };
    let (instance, reason) = (instance.clone(), Some(reason));
    Ok(Standing { instance, state, snapshots: Vec::new(), way: None, of_current_disk: None, reason, next: None })
}

fn judged(choice: Choice, way: Option<Way>, question: &Question, now: DateTime<Utc>) -> Standing {
    let snapshots = choice.snapshots();
    let of_current_disk = choice.snapshot.disk.is_some().then(|| choice.other_disks().is_none());
    let mut standing = Standing {
        instance: choice.instance,
        state: State::Ok,
        snapshots,
        way,
        of_current_disk,
        reason: None,
        next: None,
    };
    let Some(at) = standing.snapshot().map(|snapshot| snapshot.created_at) else { return standing };
    let (state, reason) = match question.max_age {
        _ if at > now + AHEAD => (State::Unknown, Some("its time lies in the future: a clock is wrong".to_owned())),
        Some(most) if TimeDelta::from_std(most).is_ok_and(|most| now - at > most) => {
            (State::TooOld, Some(format!("it is older than {}", span(most.as_secs()))))
        }
        _ => former(&standing).map_or((State::Ok, None), |why| (State::FormerDisk, Some(why))),
    };
    standing.state = state;
    standing.reason = reason;
    standing
}

/// Why the snapshot is not one of the disk that the instance has now. A disk that was made from a snapshot has the same
/// content as that.
fn former(standing: &Standing) -> Option<String> {
    let disks = &standing.instance.disks;
    if standing.of_current_disk != Some(false) || disks.is_empty() || disks.iter().any(|disk| disk.origin.is_some()) {
        return None;
    }
    let now: Vec<&str> = disks.iter().map(|disk| disk.cid.as_str()).collect();
    let of = standing.snapshot()?.disk.as_ref()?;
    Some(format!("it is of disk {of}, which the instance no longer has; there is none of {}", now.join(", ")))
}

/// An instance's name with its deployment: other deployments may have the same name.
fn in_full(name: &InstanceName) -> String {
    format!("{name} ({})", name.deployment)
}

/// The error if the state of some instances is bad; `None` if all are well.
pub fn problems(standings: &[Standing]) -> Option<Error> {
    let bad: Vec<&Standing> = standings.iter().filter(|standing| standing.state != State::Ok).collect();
    let first = bad.first()?;
    let names: Vec<String> = bad.iter().take(10).map(|standing| in_full(&standing.instance.name)).collect();
    let more =
        bad.len().checked_sub(10).filter(|more| *more > 0).map_or(String::new(), |more| format!(" and {more} more"));
    let message =
        format!("{} of {} could not be restored as asked: {}{more}", bad.len(), standings.len(), names.join(", "));
    let name = &first.instance.name;
    let deployment = quoted(&name.deployment);
    let next = first.next.clone().unwrap_or_else(|| match first.state {
        State::Unverified => format!("snapback -d {deployment} drill --latest {name}"),
        State::NotReady => format!("snapback -d {deployment} check"),
        State::Unknown | State::Blocked => format!("snapback -d {deployment} snapshots {name}"),
        State::TooOld | State::FormerDisk | State::Missing | State::Ok => {
            format!("snapback -d {deployment} take {name}")
        }
    });
    Some(Error::new(Kind::Problems, message).hint("the next thing to do for the first of them:").try_command(next))
}
