//! What can be done, by the use cases of the commands.

use std::time::Duration;

use snapback::clock::Clock;
use snapback::cpi::Cpi;
use snapback::domain::findings::Findings;
use snapback::domain::ids::{CpiName, DiskCid, VmCid};
use snapback::domain::instance::{Disk, DiskState, Instance, ManagedBy};
use snapback::domain::operation::Verb;
use snapback::domain::retention::{Keep, Policy};
use snapback::domain::selector::Selectors;
use snapback::domain::zones::Zones;
use snapback::error::{Error, Kind, Result};
use snapback::ops::recover::{Orders, recover};
use snapback::ops::swap::{
    Looking, Options, RestoreRequest, named_to_undo, newest_to_undo, plan_restore, plan_undo, swap,
};
use snapback::ops::{Session, delete, find, hold, import, promote, prune, take};
use snapback::state::SnapshotFilter;

use super::world::{Act, CPI, name, vm};

pub fn perform(session: &Session<'_>, cpi: &dyn Cpi, act: &Act) -> Result<()> {
    let reader = session.state.reader();
    let looking = Looking { reader, cpi, bosh: session.bosh, hooks: session.hooks.present() };
    match act {
        Act::Take { instances, parallel } => {
            let all = reader.instances(None)?;
            let instances = all.into_iter().filter(|one| instances.iter().any(|wanted| name(*wanted) == one.name));
            let request =
                take::TakeRequest { instances: instances.collect(), parallel: *parallel, ..Default::default() };
            let (rows, late) = take::take(session, &request, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::Delete { snapshots } => {
            let found = snapshots.iter().map(|cid| find::snapshot(reader, cid)).collect::<Result<Vec<_>>>()?;
            let (rows, late) = delete::delete(session, Verb::Delete, found, delete::OnFailure::Keep, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::DeleteAll => {
            let mut found = Vec::new();
            reader.each_snapshot(&SnapshotFilter::default(), |snapshot| {
                // As the command does.
                if snapshot.held.is_none() {
                    found.push(snapshot);
                }
                Ok::<bool, Error>(true)
            })?;
            let (rows, late) = delete::delete(session, Verb::DeleteAll, found, delete::OnFailure::Keep, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::Prune { last } => {
            let keep = Keep { last: Some(*last), ..Keep::default() };
            let policy = Policy { default: keep, ..Policy::default() };
            let request = prune::Request {
                policy: &policy,
                deployment: None,
                selectors: &Selectors::default(),
                replaced: None,
                now: session.clock.now(),
            };
            let planned = prune::plan(reader, session.cpis, &session.presence, request)?;
            let (rows, late) = prune::prune(session, request, planned, &mut |_| {})?;
            first_failure(rows.into_iter().map(|row| row.deleted.result.map(drop)).chain(late.into_iter().map(Err)))
        }
        Act::Hold { snapshot } => {
            hold::hold(session, &[find::snapshot(reader, snapshot)?], Some("the walk holds it")).map(drop)
        }
        Act::Release { snapshot } => hold::hold(session, &[find::snapshot(reader, snapshot)?], None).map(drop),
        Act::Promote { snapshot } => {
            let snapshot = find::snapshot(reader, snapshot)?;
            promote::promote(session, &snapshot, &promote::PromoteRequest::default()).map(drop)
        }
        Act::Restore { snapshots } => {
            let mut snapshots = snapshots.iter().map(|cid| find::snapshot(reader, cid)).collect::<Result<Vec<_>>>()?;
            let others = snapshots.split_off(1);
            let Some(snapshot) = snapshots.pop() else { return Err(Error::new(Kind::Usage, "no snapshot")) };
            let instances = reader.instances(None)?;
            let instance = instances.into_iter().find(|one| one.name == snapshot.instance).unwrap();
            let request = RestoreRequest {
                snapshot,
                instance,
                disk: None,
                others,
                via: None,
                options: Options::default(),
                wait: Duration::ZERO,
                freshness: session.freshness(),
            };
            let plan = plan_restore(looking, &request)?;
            swap(session, Verb::Restore, &plan).map(drop)
        }
        Act::Undo { by_name } => {
            let nothing = || Error::new(Kind::NotFound, "nothing to undo");
            let operation = match by_name {
                true => named_to_undo(reader, &reader.exchanges()?.done().last().ok_or_else(nothing)?.id)?,
                false => newest_to_undo(reader, None, Duration::ZERO)?.pop().ok_or_else(nothing)?,
            };
            let plan = plan_undo(looking, &operation, false, Duration::ZERO)?;
            swap(session, Verb::Undo, &plan).map(drop)
        }
        Act::Import { disks } => {
            let findings = Findings { instances: inventory(disks), ..Findings::default() };
            import::import(&session.state, session.cpis, &session.presence, Zones::NONE, findings).map(drop)
        }
        Act::Recover { way } => first_failure(
            recover(session, &Orders { way: *way, ..Orders::default() })?.into_iter().map(|row| row.result.map(drop)),
        ),
    }
}

fn first_failure(results: impl Iterator<Item = Result<()>>) -> Result<()> {
    results.into_iter().collect()
}

/// One that says these disks of each instance.
fn inventory(disks: &[Vec<String>]) -> Vec<Instance> {
    let disk = |number: usize, (slot, cid): (u32, &String)| Disk {
        cid: DiskCid::new(cid.clone()),
        cpi: CpiName::new(CPI),
        instance: Some(name(number)),
        slot,
        state: DiskState::Active,
        size_mib: None,
        az: None,
        cloud_properties: None,
        origin: None,
        orphaned_at: None,
    };
    let instance = |(number, disks): (usize, &Vec<String>)| Instance {
        name: name(number),
        uuid: None,
        az: None,
        cpi: CpiName::new(CPI),
        vm: Some(VmCid::new(vm(number))),
        agent_id: None,
        reported: snapback::domain::instance::Reported::default(),
        state_file: snapback::domain::instance::StateFileIds::default(),
        managed_by: ManagedBy::Nobody,
        confirmed_at: Clock::System.now(),
        disks: (0..).zip(disks).map(|numbered| disk(number, numbered)).collect(),
    };
    disks.iter().enumerate().map(instance).collect()
}
