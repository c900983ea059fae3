//! How a take begins: its disks are looked up once the instances are claimed, or in advance.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::cpi::Cpi;
use crate::domain::ids::CpiName;
use crate::domain::instance::{Instance, InstanceName};
use crate::domain::operation::{Claim, Resource, Verb};
use crate::domain::snapshot::Purpose;
use crate::domain::step::{SnapshotDraft, Step};
use crate::error::{Error, Kind, Result};
use crate::ops::one_snapshot;
use crate::ops::presence::Thing;
use crate::ops::right_disk::right_disk;
use crate::ops::session::Session;
use crate::ops::to_take::{Planned, TakeRequest, Target, plan};
use crate::state::{OpenOperation, Seen};

/// The claim of an instance. One that is made to stand still is claimed exclusively: no other process may let it go on.
pub(super) fn claim(request: &TakeRequest, instance: &Instance) -> Claim {
    let resource = Resource::Instance(instance.name.clone());
    if request.still.is_some() { Claim::exclusive(resource) } else { Claim::shared(resource) }
}

/// The disks to take, each with its CPI.
pub(super) type Targets = Vec<(Target, Arc<dyn Cpi>)>;

/// The targets in their present state, after their instances were claimed: a restore that the take waited for has
/// changed a disk.
pub(super) fn look_again(session: &Session<'_>, request: &TakeRequest) -> Result<(Planned, Targets)> {
    let names: Vec<&InstanceName> = request.instances.iter().map(|wanted| &wanted.name).collect();
    let instances = session.state.reader().instances_named(&names)?;
    let planned = plan(session.state.reader(), &TakeRequest { instances, ..request.clone() })?;
    let able = |target: &Target| able(session, &target.disk.cpi).map(|cpi| (target.clone(), cpi));
    let targets = planned.targets.iter().map(able).collect::<Result<_>>()?;
    Ok((planned, targets))
}

/// The CPI, once it is known to take snapshots.
pub(super) fn able(session: &Session<'_>, name: &CpiName) -> Result<Arc<dyn Cpi>> {
    let cpi = session.cpis.cpi(name)?;
    if cpi.capabilities().snapshots {
        Ok(cpi)
    } else {
        Err(Error::new(Kind::Unsupported, format!("the CPI '{name}' cannot take snapshots: nothing was taken")))
    }
}

/// Doubts about the directories on this machine that will get the snapshots, a line each: a directory without any of
/// the snapshots that are known to be there may be a mount point without a mounted file system.
///
/// # Errors
/// There is no such CPI, or the state file cannot be read.
pub fn doubts(session: &Session<'_>, planned: &Planned) -> Result<BTreeSet<String>> {
    let mut doubts = BTreeSet::new();
    for target in &planned.targets {
        let cpi = session.cpis.cpi(&target.disk.cpi)?;
        if cpi.disk_image(&target.disk.cid).is_some()
            && let Some(absent) = session.presence.absent(session.state.reader(), cpi.as_ref(), Thing::Snapshot)?
        {
            doubts.insert(format!("{} {}; what is taken now may be hidden later", cpi.name(), absent.predicate()));
        }
    }
    Ok(doubts)
}

/// The result of a look at the VM, with a line to report if there is one.
pub(super) type Told = Result<Option<String>>;

/// Checks that the VM has the disk, unless the end is asked for.
pub(super) fn look(session: &Session<'_>, cpi: &dyn Cpi, target: &Target) -> Told {
    session.interrupt.check()?;
    let told = right_disk(cpi, &target.instance, &target.disk.cid, session.freshness())?;
    session.interrupt.check()?;
    Ok(told)
}

pub(super) fn draft(target: &Target, request: &TakeRequest) -> SnapshotDraft {
    SnapshotDraft {
        instance: target.instance.name.clone(),
        az: target.instance.az.clone(),
        clean: request.clean,
        allow_torn: request.allow_torn,
        size_mib: target.disk.size_mib,
        note: request.note.clone(),
        lifespan: request.lifespan,
        schedule: request.schedule.clone(),
        change: request.change.clone(),
    }
}

pub(super) fn step(cpi: &dyn Cpi, target: &Target, request: &TakeRequest) -> Step {
    one_snapshot::step(cpi, &target.disk.cid, Purpose::Take, &draft(target, request))
}

/// One disk, checked before its operation begins, so that operation and step can begin in one commit.
pub(super) struct Ahead {
    seen: Seen,
    pub(super) planned: Planned,
    pub(super) target: (Target, Arc<dyn Cpi>),
    pub(super) told: Told,
}

impl Ahead {
    /// `None` if there is more than one disk, or if another operation has claimed the instance: then nothing is checked
    /// without the claim.
    fn of(session: &Session<'_>, request: &TakeRequest, claims: &[Claim]) -> Result<Option<Ahead>> {
        let Some(seen) = session.state.reader().unclaimed_now(claims)? else { return Ok(None) };
        let Ok((planned, targets)) = look_again(session, request) else { return Ok(None) };
        let ([target], true) = (targets.as_slice(), planned.is_all()) else { return Ok(None) };
        let told = look(session, target.1.as_ref(), &target.0);
        Ok(Some(Ahead { seen, target: target.clone(), planned, told }))
    }
}

/// Begins the operation, together with its step if that is the only one and no other operation has begun since the
/// check.
pub(super) fn begin(
    session: &Session<'_>,
    request: &TakeRequest,
    claims: Vec<Claim>,
) -> Result<(OpenOperation, Option<Ahead>)> {
    // For an instance that stands still, that is the first step.
    if request.still.is_none()
        && let Some(ahead) = Ahead::of(session, request, &claims)?
    {
        let (target, cpi) = &ahead.target;
        let first = ahead.told.is_ok().then(|| step(cpi.as_ref(), target, request));
        if let Some(operation) = session.begin_as_seen(Verb::Take, claims.clone(), first, ahead.seen)? {
            return Ok((operation, Some(ahead)));
        }
    }
    Ok((session.begin(Verb::Take, claims, None)?, None))
}
