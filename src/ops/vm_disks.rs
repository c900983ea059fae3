//! Which disks a VM has: the one place that asks `get_disks`.
//!
//! The answer is a set that contains the instance's disks. Root, ephemeral and boot disks may be in it as well: whatever
//! neither the operation nor the state knows is nobody's business. And it may lag behind (EC2 shows an attach and a
//! detach seconds later), so that it is asked again before it is believed ([`steady`], [`until`]).

use std::thread::sleep;
use std::time::{Duration, Instant};

use super::again::ask_again;
use crate::cpi::{Cpi, CpiError, CpiErrorKind};
use crate::domain::ids::{CpiName, DiskCid, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance};
use crate::error::{Error, Kind, Result};
use crate::state::Reader;

/// The first pause between two looks; it doubles.
const PAUSE: Duration = Duration::from_millis(50);
/// The longest.
const LONGEST: Duration = Duration::from_secs(1);
/// An answer that stays the same for this part of the lag is steady, where nothing has just been changed.
const QUIET: u32 = 5;

/// The answer of a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmDisks {
    /// The disks that the VM has. There may be more of them than anybody knows.
    Listed(Vec<DiskCid>),
    /// The cloud has no such VM.
    NoVm,
    /// The CPI has no such method, or none that tells anything; with the reason.
    CannotTell(String),
}

impl VmDisks {
    /// Whether the VM has this disk; none where the CPI cannot tell.
    pub fn has(&self, disk: &DiskCid) -> Option<bool> {
        match self {
            VmDisks::Listed(disks) => Some(disks.iter().any(|listed| is_same(listed, disk))),
            VmDisks::NoVm => Some(false),
            VmDisks::CannotTell(_) => None,
        }
    }

    /// Those of the disks of the VM that the state knows.
    ///
    /// # Errors
    /// The state file's.
    pub fn known(&self, reader: &Reader, cpi: &CpiName) -> Result<Vec<Disk>> {
        Ok(match self {
            VmDisks::Listed(disks) => reader.disks_alike(cpi, disks)?,
            VmDisks::NoVm | VmDisks::CannotTell(_) => Vec::new(),
        })
    }

    /// The disks of the VM that the state knows to be another's: of another instance, or put away. Root disks and the like are
    /// nobody's business; `ours` are those of an operation.
    pub fn strangers<'a>(&self, known: &'a [Disk], instance: &Instance, ours: &[&DiskCid]) -> Vec<&'a Disk> {
        let Instance { cpi, name, .. } = instance;
        let is_own = |disk: &Disk| disk.state == DiskState::Active && disk.instance.as_ref() == Some(name);
        let is_stranger = |disk: &&Disk| {
            disk.cpi == *cpi && !is_own(disk) && !ours.contains(&&disk.cid) && self.has(&disk.cid) == Some(true)
        };
        known.iter().filter(is_stranger).collect()
    }

    /// The disks of the VM in one line, or why they are not known.
    pub fn describe(&self) -> String {
        match self {
            VmDisks::Listed(disks) if disks.is_empty() => "none".to_owned(),
            VmDisks::Listed(disks) => disks.iter().map(DiskCid::as_str).collect::<Vec<_>>().join(", "),
            VmDisks::NoVm => "no such VM".to_owned(),
            VmDisks::CannotTell(why) => why.clone(),
        }
    }
}

/// Azure does not keep the letters' case of a resource group; and some CPIs leave white space around a CID.
fn is_same(listed: &DiskCid, disk: &DiskCid) -> bool {
    listed.as_str().trim().eq_ignore_ascii_case(disk.as_str())
}

/// Asks once.
///
/// # Errors
/// The CPI's: it can tell, and did not (the connection, a quota of calls).
pub fn look(cpi: &dyn Cpi, vm: &VmCid) -> Result<VmDisks> {
    Ok(match asked(cpi, vm)? {
        VmDisks::Listed(disks) if disks.is_empty() && answers_none_for_any(cpi) => {
            VmDisks::CannotTell(format!("the CPI '{}' answers an empty list for any VM", cpi.name()))
        }
        answer => answer,
    })
}

/// Asks a CPI that has named a disk of this VM before: its empty list means that there is none.
///
/// # Errors
/// As [`look`].
pub fn look_again(cpi: &dyn Cpi, vm: &VmCid) -> Result<VmDisks> {
    Ok(asked(cpi, vm)?)
}

/// Asks until the answer about the disks that matter has stayed the same for a while, or the lag of the CPI is over.
/// For a VM to which nothing was done just now.
///
/// # Errors
/// As [`look`], of the last answer.
pub fn steady(cpi: &dyn Cpi, vm: &VmCid, matter: &[&DiskCid]) -> Result<VmDisks> {
    let lag = cpi.capabilities().lag;
    let quiet = lag / QUIET;
    let mut since = Instant::now();
    let mut before: Option<Vec<Option<bool>>> = None;
    let ask = || {
        // An answer is as old as its question.
        let asked = Instant::now();
        let answer = look(cpi, vm);
        let now = match &answer {
            // There is nothing to wait for.
            Ok(VmDisks::CannotTell(_)) => return (true, answer),
            Ok(told) => Some(matter.iter().map(|disk| told.has(disk)).collect()),
            Err(_) => None,
        };
        if now != before {
            since = asked;
            before = now;
        }
        (before.is_some() && asked.duration_since(since) >= quiet, answer)
    };
    ask_again(lag, (PAUSE, LONGEST), ask, || None)
}

/// Asks once, and believes what was `expected`; anything else once it is [`steady`] about what matters: what was changed a
/// moment ago may not be shown yet.
///
/// # Errors
/// As [`look`], of the last answer.
pub fn steady_unless(
    cpi: &dyn Cpi,
    vm: &VmCid,
    matter: &[&DiskCid],
    expected: impl Fn(&VmDisks) -> bool,
) -> Result<VmDisks> {
    let first = look(cpi, vm)?;
    if expected(&first) { Ok(first) } else { steady(cpi, vm, matter) }
}

/// Whether the cloud shows the disk at this VM. One that cannot tell, or fails to, does not show it: for what is refused
/// besides.
pub fn is_shown(cpi: &dyn Cpi, vm: &VmCid, disk: &DiskCid) -> bool {
    look(cpi, vm).is_ok_and(|told| told.has(disk) == Some(true))
}

/// An answer; of a CPI that fails to tell, that it cannot.
pub fn or_cannot_tell(answer: Result<VmDisks>) -> VmDisks {
    answer.unwrap_or_else(|error| VmDisks::CannotTell(error.in_one_line()))
}

/// Waits for as long as an answer has to stay the same: for whoever looks at many VMs, and then again.
pub fn wait_until_steady(cpi: &dyn Cpi) {
    sleep(cpi.capabilities().lag / QUIET);
}

/// Asks until the answer is what an effect should have led to, or the lag of the CPI is over: what it shows then is how
/// it is. `tells` is whether the CPI has named a disk of this VM before ([`look_again`]).
///
/// # Errors
/// As [`look`], of the last answer.
pub fn until(cpi: &dyn Cpi, vm: &VmCid, tells: bool, reached: impl Fn(&VmDisks) -> bool) -> Result<VmDisks> {
    let ask = || {
        let answer = if tells { look_again(cpi, vm) } else { look(cpi, vm) };
        let enough = answer.as_ref().is_ok_and(|told| matches!(told, VmDisks::CannotTell(_)) || reached(told));
        (enough, answer)
    };
    ask_again(cpi.capabilities().lag, (PAUSE, LONGEST), ask, || None)
}

fn asked(cpi: &dyn Cpi, vm: &VmCid) -> std::result::Result<VmDisks, CpiError> {
    if !cpi.capabilities().attach {
        return Ok(VmDisks::CannotTell(format!("the CPI '{}' has no get_disks", cpi.name())));
    }
    match cpi.get_disks(vm) {
        Ok(disks) => Ok(VmDisks::Listed(disks)),
        Err(error) if error.kind == CpiErrorKind::VmNotFound => Ok(VmDisks::NoVm),
        Err(error) if error.kind == CpiErrorKind::NotSupported => Ok(VmDisks::CannotTell(error.to_string())),
        Err(error) => Err(error),
    }
}

/// Whether the CPI has no disks to tell of for a VM that nobody has, either: Warden's and Docker's answer so for each VM,
/// since they do not know (`get_disks.go`: "todo implement").
fn answers_none_for_any(cpi: &dyn Cpi) -> bool {
    cpi.get_disks(&VmCid::new("vm-that-nobody-has")).is_ok_and(|disks| disks.is_empty())
}

/// The error of a VM that the cloud does not have.
pub(super) fn no_vm(cpi: &dyn Cpi, vm: &VmCid) -> Error {
    let message = format!("the cloud has no VM {vm}");
    CpiError::new(cpi.name(), "get_disks", CpiErrorKind::VmNotFound, message).into()
}

/// The VM of an instance.
pub(super) fn vm_of(instance: &Instance) -> Result<VmCid> {
    instance.vm.clone().ok_or_else(|| {
        Error::new(Kind::Refused, format!("{} has no VM to attach a disk to", instance.name))
            .try_command("snapback instances")
    })
}

/// Refuses a disk that another VM of the inventory has. A VM that cannot be asked has none: the attach itself would
/// tell.
///
/// # Errors
/// [`Kind::Refused`], or the state file's.
pub(super) fn not_on_another_vm(reader: &Reader, cpi: &dyn Cpi, instance: &Instance, disk: &DiskCid) -> Result<()> {
    let others =
        reader.instances(None)?.into_iter().filter(|other| other.cpi == instance.cpi && other.vm != instance.vm);
    let holder = others.filter_map(|other| Some((other.vm?, other.name))).find(|(vm, _)| is_shown(cpi, vm, disk));
    match holder {
        None => Ok(()),
        Some((vm, holder)) => {
            Err(Error::new(Kind::Refused, format!("disk {disk} is attached to VM {vm} ({holder}) now"))
                .hint("detach it there first"))
        }
    }
}
