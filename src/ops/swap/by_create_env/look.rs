//! Checks before the first effect for everything that would make create-env do nothing, or copy the disk and delete it.

use super::disarming;
use crate::cpi::CpiErrorKind;
use crate::domain::cloud_properties::is_same;
use crate::domain::create_env::ByCreateEnv;
use crate::domain::create_env_line::CreateEnvLine;
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::instance::{Disk, DiskState, Instance, InstanceName};
use crate::domain::swap::{Method, OldDisk};
use crate::error::{Error, Kind, Result};
use crate::manifest::WantedDisk;
use crate::ops::settle::by_state_file::{Record, StateFile};
use crate::ops::swap::looking::{Looked, Looking, Old};
use crate::ops::vm_disks::{or_cannot_tell, steady};

/// Checks, and refuses a plan that cannot be carried out.
///
/// # Errors
/// The reason, with what to do about it.
pub(in crate::ops::swap) fn look(looking: Looking<'_>, instance: &Instance) -> Result<Looked> {
    let (bosh, name) = (looking.bosh, &instance.name);
    let line = bosh.create_env_line().ok_or_else(|| no_line(name))?;
    right_options(line)?;
    bosh.has_program_of(line)?;
    let file = StateFile::read(&line.state_file())?;
    file.writable()?;
    let disk = the_disk(instance, &file)?;
    let vm = the_vm(instance, &file)?;
    let manifest = disarming::manifest(line, bosh.environment())?;
    let is_compared = as_in_the_manifest(&file, &manifest.disk)?;
    let disarmed_by = if line.stays_armed() { None } else { Some(disarming::check(line, &manifest.disarming)?) };
    let old = by_the_cloud(looking, instance, &vm, &disk)?;
    let Record { id, size_mib, cloud_properties, .. } = file.record.clone();
    let wanted = match size_mib {
        Some(size_mib) => WantedDisk::One { size_mib, cloud_properties },
        None => WantedDisk::Untold,
    };
    let by = ByCreateEnv { state_file: file.path().to_owned(), record: id, disarmed_by, is_compared };
    Ok(Looked { method: Method::CreateEnv(by), vm, wanted, old: Old::Only(old) })
}

/// The error if there is no command line for create-env.
pub(super) fn no_line(name: &InstanceName) -> Error {
    let message = format!("{name} is managed by create-env: snapback needs its create-env command line");
    Error::new(Kind::Refused, message)
        .hint(
            "write it after everything else, as you always type it, with --recreate (without that, create-env does \
             nothing):",
        )
        .hint("  -- bosh create-env MANIFEST --state FILE ... --recreate")
}

/// Checks the options: without `--recreate`, create-env does nothing and says that all is well (bosh-cli
/// `cmd/deployment_preparer.go`).
pub(super) fn right_options(line: &CreateEnvLine) -> Result<()> {
    if line.has("recreate-persistent-disks") {
        return Err(Error::new(Kind::Refused, "the command line has --recreate-persistent-disks")
            .hint("create-env would copy the restored disk to another and delete it: leave out that option"));
    }
    if line.has("recreate") {
        return Ok(());
    }
    Err(Error::new(Kind::Refused, "the command line has no --recreate")
        .hint(
            "create-env ignores disks: if manifest, stemcell and releases are as before, it does nothing, and exits 0",
        )
        .hint("add --recreate to it"))
}

fn import_again(error: Error, file: &StateFile) -> Error {
    let file = crate::domain::shell::quoted(&file.path().to_string_lossy());
    error.hint("if that is the right file, import it:").try_command(format!("snapback import {file}"))
}

fn the_disk(instance: &Instance, file: &StateFile) -> Result<DiskCid> {
    let known: Vec<&str> = instance.disks.iter().map(|disk| disk.cid.as_str()).collect();
    if known == [file.disk().as_str()] {
        return Ok(file.disk().clone());
    }
    let known = if known.is_empty() { "no disk".to_owned() } else { known.join(", ") };
    let path = file.path().display();
    let message = format!("{path} has disk {}, and the inventory has {known} of {}", file.disk(), instance.name);
    Err(import_again(Error::new(Kind::Refused, message), file))
}

fn the_vm(instance: &Instance, file: &StateFile) -> Result<VmCid> {
    match (&file.vm, &instance.vm) {
        (Some(vm), Some(known)) if vm == known => Ok(vm.clone()),
        (Some(vm), _) => {
            let message = format!("{} has VM {vm}, and the inventory has another", file.path().display());
            Err(import_again(Error::new(Kind::Refused, message), file))
        }
        (None, _) => {
            let message = format!("{} has no VM: a create-env has not come to its end", file.path().display());
            Err(Error::new(Kind::Unsupported, message)
                .hint("run it to its end first, on the disk that is there; then import the file, and run this again"))
        }
    }
}

/// Whether the record is as the manifest wants the disk; false if that is not known. If the values differ, create-env
/// copies the disk to a new one, and deletes it (bosh-cli `deployment/disk/disk.go`, `NeedsMigration`).
pub(super) fn as_in_the_manifest(file: &StateFile, wanted: &WantedDisk) -> Result<bool> {
    let path = file.path().display();
    let differ = |what: String| {
        Err(Error::new(Kind::Refused, format!("{path}: {what}"))
            .hint("create-env would copy the restored disk to a new one, and delete it")
            .hint("make the manifest's disk what the record says, or let create-env bring the current disk up to it first"))
    };
    let Record { size_mib, cloud_properties, .. } = &file.record;
    let Some(size) = size_mib.filter(|size| *size > 0) else { return differ("the disk's record has no size".into()) };
    if !matches!(cloud_properties, Some(serde_json::Value::Object(_))) {
        return differ("the disk's record has no cloud_properties".into());
    }
    match wanted {
        WantedDisk::One { size_mib, .. } if *size_mib != size => {
            differ(format!("the disk's record has {size} MiB, and the manifest wants {size_mib}"))
        }
        WantedDisk::One { cloud_properties: Some(wanted), .. }
            if !cloud_properties.as_ref().is_some_and(|recorded| is_same(wanted, recorded)) =>
        {
            differ("the cloud_properties of the disk's record are not those of the manifest".into())
        }
        WantedDisk::One { cloud_properties: Some(_), .. } => Ok(true),
        WantedDisk::One { cloud_properties: None, .. } | WantedDisk::Named | WantedDisk::Untold => Ok(false),
    }
}

/// Checks with the cloud. The VM may be gone: then nobody has the disk. Other disks of the VM are ignored (a root
/// disk), unless the state file knows their instance.
fn by_the_cloud(looking: Looking<'_>, instance: &Instance, vm: &VmCid, disk: &DiskCid) -> Result<OldDisk> {
    let cpi = looking.cpi;
    let told = or_cannot_tell(steady(cpi, vm, &[disk]));
    let known = told.known(looking.reader, &instance.cpi)?;
    let in_use = |other: &&Disk| other.state == DiskState::Active;
    let mut others = told.strangers(&known, instance, &[disk]).into_iter().filter(in_use);
    if let Some((other, name)) = others.find_map(|other| Some((&other.cid, other.instance.as_ref()?))) {
        let message = format!("{}: by the cloud VM {vm} has disk {other}, which is {name}'s", instance.name);
        return Err(Error::new(Kind::Refused, message)
            .hint("find out which of the two uses it, and import what is so")
            .try_command("snapback check"));
    }
    let attached = told.has(disk);
    let exists = match cpi.has_disk(disk) {
        Err(error) if error.kind == CpiErrorKind::NotSupported => true,
        has => has?,
    };
    Ok(OldDisk { cid: disk.clone(), exists, attached: attached.unwrap_or(exists) })
}
