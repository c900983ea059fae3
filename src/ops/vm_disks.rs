//! The disks of a VM: the one place that asks `get_disks`.
//!
//! The answer is a set that contains the instance's disks. Root, ephemeral and boot disks may be in it as well: a disk
//! that neither the operation nor the state file knows is ignored. And it may lag behind (EC2 shows an attach and a
//! detach seconds later), so snapback asks again before it believes the answer ([`steady`], [`until`]).

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
/// The longest pause.
const LONGEST: Duration = Duration::from_secs(1);
/// The part of the lag for which an answer must stay the same to be steady, if nothing has just been changed.
const QUIET: u32 = 5;

/// The answer of a cloud.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VmDisks {
    /// The disks that the VM has. There may be more of them than anybody knows.
    Listed(Vec<DiskCid>),
    /// The cloud has no such VM.
    NoVm,
    /// The CPI has no such method, or one that tells nothing; with the reason.
    CannotTell(String),
}

impl VmDisks {
    /// Whether the VM has this disk; `None` if the CPI cannot tell.
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

    /// The disks of the VM that, by the state file, belong to another instance or are orphaned. Root disks and the like
    /// are ignored; `ours` are those of an operation.
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

/// Whether two CIDs mean the same disk. Azure does not keep the case of a resource group's letters, and some CPIs leave
/// white space around a CID.
fn is_same(listed: &DiskCid, disk: &DiskCid) -> bool {
    listed.as_str().trim().eq_ignore_ascii_case(disk.as_str())
}

/// Asks once.
///
/// # Errors
/// Those of the CPI: it can tell, and did not (the connection, a quota of calls).
pub fn look(cpi: &dyn Cpi, vm: &VmCid) -> Result<VmDisks> {
    Ok(match asked(cpi, vm)? {
        VmDisks::Listed(disks) if disks.is_empty() && answers_none_for_any(cpi) => {
            VmDisks::CannotTell(format!("the CPI '{}' answers an empty list for any VM", cpi.name()))
        }
        answer => answer,
    })
}

/// Asks a CPI that has named a disk of this VM before, so an empty list means that there is none.
///
/// # Errors
/// As [`look`].
pub fn look_again(cpi: &dyn Cpi, vm: &VmCid) -> Result<VmDisks> {
    Ok(asked(cpi, vm)?)
}

/// Asks until the answer about the disks that matter has stayed the same for a while, or the lag of the CPI is over. It
/// is for a VM to which nothing was done just now.
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

/// Whether the cloud shows the disk at this VM. A cloud that cannot tell, or fails to, does not show it: other checks
/// refuse it then.
pub fn is_shown(cpi: &dyn Cpi, vm: &VmCid, disk: &DiskCid) -> bool {
    look(cpi, vm).is_ok_and(|told| told.has(disk) == Some(true))
}

/// The answer; if the CPI fails to tell, that it cannot.
pub fn or_cannot_tell(answer: Result<VmDisks>) -> VmDisks {
    answer.unwrap_or_else(|error| VmDisks::CannotTell(error.in_one_line()))
}

/// Waits for as long as an answer has to stay the same: for code that asks about many VMs, and then again.
pub fn wait_until_steady(cpi: &dyn Cpi) {
    sleep(cpi.capabilities().lag / QUIET);
}

/// Asks until the answer shows the expected effect, or the lag of the CPI is over: then its last answer counts. `tells`
/// says whether the CPI has named a disk of this VM before ([`look_again`]).
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

/// Whether the CPI also lists no disks for a VM that does not exist. Warden's and Docker's CPIs answer so for each VM,
/// since they do not know (`get_disks.go`: "todo implement").
fn answers_none_for_any(cpi: &dyn Cpi) -> bool {
    cpi.get_disks(&VmCid::new("vm-that-nobody-has")).is_ok_and(|disks| disks.is_empty())
}

/// The error for a VM that the cloud does not have.
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

/// Refuses a disk that another VM of the inventory has. A VM that cannot be asked counts as one without it: the attach
/// itself would fail.
///
/// # Errors
/// [`Kind::Refused`], or the errors of the state file.
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
