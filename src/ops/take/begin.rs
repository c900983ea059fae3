//! How a take begins: what it takes is looked up, once its instances are claimed, or ahead.

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

/// An instance that is made to stand still is so by one at a time: nobody else shall let it go on.
pub(super) fn claim(request: &TakeRequest, instance: &Instance) -> Claim {
    let resource = Resource::Instance(instance.name.clone());
    if request.still.is_some() { Claim::exclusive(resource) } else { Claim::shared(resource) }
}

/// The disks to take, each with its CPI.
pub(super) type Targets = Vec<(Target, Arc<dyn Cpi>)>;

/// The targets as they are once their instances are claimed: a restore that was waited for has changed a disk.
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

/// Doubts about the directories of this machine into which snapshots will be taken, a line each: one that has none of the snapshots which
/// are known to be there may be a mount point on which nothing is mounted.
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

/// The result of a look at the VM: perhaps a line to tell.
pub(super) type Told = Result<Option<String>>;

/// Looks whether the VM has the disk, unless somebody is told to end.
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

/// One disk, looked at before its operation begins: so the two can begin in one commit.
pub(super) struct Ahead {
    seen: Seen,
    pub(super) planned: Planned,
    pub(super) target: (Target, Arc<dyn Cpi>),
    pub(super) told: Told,
}

impl Ahead {
    /// Nothing where it is not one disk, or where somebody has claimed its instance: then nothing is looked at without the
    /// claim.
    fn of(session: &Session<'_>, request: &TakeRequest, claims: &[Claim]) -> Result<Option<Ahead>> {
        let Some(seen) = session.state.reader().unclaimed_now(claims)? else { return Ok(None) };
        let Ok((planned, targets)) = look_again(session, request) else { return Ok(None) };
        let ([target], true) = (targets.as_slice(), planned.is_all()) else { return Ok(None) };
        let told = look(session, target.1.as_ref(), &target.0);
        Ok(Some(Ahead { seen, target: target.clone(), planned, told }))
    }
}

/// Begins the operation, with its step where that is the only one and nobody else has begun since it was looked up.
pub(super) fn begin(
    session: &Session<'_>,
    request: &TakeRequest,
    claims: Vec<Claim>,
) -> Result<(OpenOperation, Option<Ahead>)> {
    // What stands still begins with that.
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
