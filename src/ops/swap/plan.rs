//! The plan of a restore: what it would do, and whether it can, all looked at before the first effect.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::preflight::{check_method, look_at, no_stranger, not_on_another_vm, vm_of, when_it_is_still};
use super::{by_create_env, by_director};
use crate::cpi::Cpi;
use crate::director::Bosh;
use crate::domain::freshness::Freshness;
use crate::domain::ids::DiskCid;
use crate::domain::instance::{Disk, Instance, ManagedBy};
use crate::domain::snapshot::Snapshot;
use crate::domain::swap::{DiskSwap, HooksPresent, Method, OldDisk, Source, SwapPlan};
use crate::error::{Error, Kind, Result};
use crate::manifest::WantedDisk;
use crate::ops::promote;
use crate::ops::right_disk::told_or_fresh;
use crate::state::Reader;

/// What a plan is made by looking at.
#[derive(Clone, Copy)]
pub struct Looking<'a> {
    /// What is known.
    pub reader: &'a Reader,
    /// The cloud.
    pub cpi: &'a dyn Cpi,
    /// The Director.
    pub bosh: &'a Bosh,
    /// The operator's hooks.
    pub hooks: HooksPresent,
}

/// How the operator wants it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// Accept a torn copy as the safety snapshot.
    pub allow_torn: bool,
    /// Take one of the old disk.
    pub safety_snapshot: bool,
    /// Take one of the new disk, where a Director manages the instance.
    pub protect: bool,
    /// Leave the Director's resurrector as it is.
    pub leave_resurrection: bool,
    /// How long to wait for what the Director is at.
    pub wait: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            allow_torn: false,
            safety_snapshot: true,
            protect: true,
            leave_resurrection: false,
            wait: Duration::ZERO,
        }
    }
}

/// How an instance gets its disk, in the words of `--via`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Via {
    /// Through its Director.
    Bosh,
    /// By `bosh create-env`.
    CreateEnv,
    /// Through the CPI.
    Cpi,
}

impl Via {
    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Via::Bosh => "bosh",
            Via::CreateEnv => "create-env",
            Via::Cpi => "cpi",
        }
    }

    /// The only method for an instance that is managed so.
    pub fn of(managed_by: ManagedBy) -> Via {
        match managed_by {
            ManagedBy::Director => Via::Bosh,
            ManagedBy::CreateEnv => Via::CreateEnv,
            ManagedBy::Nobody => Via::Cpi,
        }
    }
}

impl std::str::FromStr for Via {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let all = [Via::Bosh, Via::CreateEnv, Via::Cpi];
        all.into_iter()
            .find(|via| via.name() == text)
            .ok_or_else(|| "the methods are bosh, create-env and cpi".to_owned())
    }
}

/// What the operator asked `restore` for.
#[derive(Debug, Clone)]
pub struct RestoreRequest {
    /// The snapshot.
    pub snapshot: Snapshot,
    /// A disk that was made of it by hand.
    pub disk: Option<DiskCid>,
    /// How it shall be done; who manages the instance decides whether it can.
    pub via: Option<Via>,
    /// The instance to put on it.
    pub instance: Instance,
    /// How.
    pub options: Options,
    /// How long to wait for another operation at the instance.
    pub wait: Duration,
    /// What is fresh enough to be believed, where the CPI cannot tell which disks the VM has.
    pub freshness: Freshness,
}

/// Plans a restore, once no living operation is at the instance, as far as `request.wait` goes.
///
/// # Errors
/// Whatever makes it impossible, with the reason and the next step.
pub fn plan_restore(looking: Looking<'_>, request: &RestoreRequest) -> Result<SwapPlan> {
    when_it_is_still(looking.reader, &request.instance.name, request.wait, || restore(looking, request))
}

fn restore(looking: Looking<'_>, request: &RestoreRequest) -> Result<SwapPlan> {
    let Looking { reader, cpi, hooks, .. } = looking;
    let snapshot = &request.snapshot;
    let name = &request.instance.name;
    // As it is now: it may have changed while another operation was waited for.
    let known = reader.instances(Some(&name.deployment))?.into_iter().find(|instance| instance.name == *name);
    let instance = known.as_ref().unwrap_or(&request.instance);
    check_method(cpi, instance, request.via)?;
    if instance.cpi != snapshot.cpi {
        return Err(Error::new(
            Kind::Unsupported,
            format!(
                "snapshot {} was made by the CPI '{}', and {} is on '{}'",
                snapshot.cid, snapshot.cpi, instance.name, instance.cpi
            ),
        )
        .hint("a disk cannot go from one cloud to another"));
    }
    let least = match &request.disk {
        None => promote::preflight(cpi, snapshot)?,
        Some(disk) => usable(looking, instance, disk).map(|()| None)?,
    };
    let replaced = replaced(looking, instance, request)?;
    let current = replaced.old.as_ref().and_then(|old| instance.disks.iter().find(|disk| disk.cid == old.cid));
    let (wanted_size, wanted_properties) = match replaced.wanted {
        WantedDisk::One { size_mib, cloud_properties } => (Some(size_mib), cloud_properties),
        WantedDisk::Named | WantedDisk::Untold => (None, None),
    };
    let size_mib = least.max(current.and_then(|disk| disk.size_mib)).max(wanted_size).or(snapshot.size_mib);
    if let (Method::CreateEnv(_), Some(size), Some(recorded)) = (&replaced.method, size_mib, wanted_size)
        && size != recorded
    {
        let message = format!("the new disk would have {size} MiB, and create-env's record has {recorded}");
        return Err(Error::new(Kind::Unsupported, message)
            .hint("create-env takes a disk that is what its record and its manifest say"));
    }
    let safety_snapshot = request.options.safety_snapshot && replaced.old.as_ref().is_some_and(|old| old.exists);
    if safety_snapshot && !cpi.capabilities().snapshots {
        let message = format!("the CPI '{}' cannot take the safety snapshot of the old disk", cpi.name());
        return Err(Error::new(Kind::Unsupported, message).hint("--no-safety-snapshot does without it"));
    }
    Ok(SwapPlan {
        instance: instance.name.clone(),
        instance_uuid: instance.uuid.clone(),
        az: instance.az.clone(),
        cpi: instance.cpi.clone(),
        vm: vm_of(instance)?,
        first: DiskSwap {
            slot: current.map_or(0, |disk| disk.slot),
            safety_snapshot,
            old: replaced.old,
            size_mib,
            cloud_properties: current.and_then(|disk| disk.cloud_properties.clone()).or(wanted_properties),
            source: match &request.disk {
                None => Source::Snapshot {
                    cid: snapshot.cid.clone(),
                    created_at: snapshot.created_at,
                    clean: snapshot.clean,
                },
                Some(disk) => Source::Disk { cid: disk.clone(), of: Some(snapshot.cid.clone()) },
            },
        },
        others: Vec::new(),
        allow_torn: request.options.allow_torn,
        undo_of: None,
        hooks,
        method: replaced.method,
    })
}

/// What is in the new disk's place.
struct Replaced {
    old: Option<OldDisk>,
    method: Method,
    wanted: WantedDisk,
}

fn replaced(looking: Looking<'_>, instance: &Instance, request: &RestoreRequest) -> Result<Replaced> {
    let Looking { reader, cpi, bosh, .. } = looking;
    if instance.managed_by == ManagedBy::Director {
        let looked = by_director::look(looking, instance, request.options, by_director::Glance::First)?;
        let old = Some(OldDisk { cid: looked.disk, exists: true, attached: true });
        return Ok(Replaced { old, method: Method::Bosh(looked.by), wanted: looked.wanted });
    }
    if instance.managed_by == ManagedBy::CreateEnv {
        let looked = by_create_env::look(bosh, cpi, instance)?;
        return Ok(Replaced { old: Some(looked.old), method: Method::CreateEnv(looked.by), wanted: looked.wanted });
    }
    told_or_fresh(cpi, instance, request.freshness)?;
    let current = replaced_disk(reader, instance, &request.snapshot)?;
    let old = current.map(|disk| look_at(cpi, instance, &disk.cid)).transpose()?;
    no_stranger(cpi, instance, old.as_ref().map(|old| &old.cid))?;
    Ok(Replaced { old, method: Method::Cpi, wanted: WantedDisk::Untold })
}

/// A disk that somebody made by hand: it must be there, and nobody may use it.
fn usable(looking: Looking<'_>, instance: &Instance, disk: &DiskCid) -> Result<()> {
    if instance.disks.iter().any(|current| current.cid == *disk) {
        let message = format!("{} has disk {disk} already", instance.name);
        return Err(Error::new(Kind::Refused, message).try_command("snapback instances --details"));
    }
    if !looking.cpi.has_disk(disk)? {
        let message = format!("the cloud of '{}' has no disk {disk}", looking.cpi.name());
        return Err(Error::new(Kind::NotFound, message)
            .hint("--disk takes the CID of a disk that you made of the snapshot in the cloud's console"));
    }
    not_on_another_vm(looking.reader, looking.cpi, instance, disk)
}

/// The disk whose place the new one takes: the only one, or the one in the slot of the snapshot's disk.
fn replaced_disk<'a>(reader: &Reader, instance: &'a Instance, snapshot: &Snapshot) -> Result<Option<&'a Disk>> {
    let slot = match &snapshot.disk {
        None => None,
        Some(cid) => reader
            .disks_by_cid(cid)?
            .into_iter()
            .find(|disk| disk.cpi == snapshot.cpi && disk.instance.as_ref() == Some(&instance.name))
            .map(|disk| disk.slot),
    };
    let in_its_slot = slot.and_then(|slot| instance.disks.iter().find(|disk| disk.slot == slot));
    match (instance.disks.as_slice(), in_its_slot) {
        ([], _) => Ok(None),
        ([only], _) => Ok(Some(only)),
        (_, Some(disk)) => Ok(Some(disk)),
        (several, None) => {
            let cids: Vec<&str> = several.iter().map(|disk| disk.cid.as_str()).collect();
            Err(Error::new(
                Kind::Unsupported,
                format!(
                    "{} has {} disks ({}), and none of them is known to be the one that snapshot {} is of",
                    instance.name,
                    cids.len(),
                    cids.join(", "),
                    snapshot.cid
                ),
            )
            .hint("make the disk, and attach it by hand:")
            .try_command(format!("snapback promote {}", snapshot.cid)))
        }
    }
}
