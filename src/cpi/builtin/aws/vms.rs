//! VMs: which disks they have, and where they are.

use super::call::{Call, Params};
use super::volumes::Volume;
use super::xml::Node;
use crate::cpi::builtin::wait::{Nature, unknown};
use crate::cpi::{CpiErrorKind, CpiResult, DiskRequest};
use crate::domain::ids::{DiskCid, VmCid};

/// The device names that the AWS CPI gives, in its order (`volume_manager.rb`, `select_device_name`).
const DEVICES: std::ops::RangeInclusive<char> = 'f'..='p';

/// A VM.
struct Instance {
    zone: String,
    /// The devices and volumes, without the root device.
    mappings: Vec<(String, String)>,
    devices: Vec<String>,
}

impl Call<'_> {
    fn instance(&self, vm: &VmCid) -> CpiResult<Instance> {
        self.check(VmCid::WHAT, "i-", vm.as_str(), CpiErrorKind::VmNotFound)?;
        let answer = self.ask("DescribeInstances", &Params::default().with("InstanceId.1", vm.as_str()))?;
        let mut found = answer.items("reservationSet").flat_map(|one| one.items("instancesSet"));
        let item = found.find(|item| item.text("instanceId") == Some(vm.as_str()));
        let whole = item.and_then(|item| Some((item.child("instanceState")?.text("name")?, read_instance(item)?)));
        match whole {
            Some(("terminated" | "shutting-down", _)) => {
                Err(self.fail(CpiErrorKind::VmNotFound, format!("VM {vm} is terminated")))
            }
            Some((_, instance)) => Ok(instance),
            None => Err(self.unreadable("DescribeInstances", Nature::Question, "it does not mention the VM")),
        }
    }

    /// The volumes of a VM, without its root volume.
    pub(super) fn get_disks(&self, vm: &VmCid) -> CpiResult<Vec<DiskCid>> {
        Ok(self.instance(vm)?.mappings.into_iter().map(|(_, volume)| DiskCid::new(volume)).collect())
    }

    pub(super) fn attach_disk(&self, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.check(VmCid::WHAT, "i-", vm.as_str(), CpiErrorKind::VmNotFound)?;
        // In the order of their names, which is the same for every caller.
        let _disk = self.cpi.turns.of(disk.as_str());
        let _vm = self.cpi.turns.of(vm.as_str());
        let instance = self.instance(vm)?;
        let volume = self.free(vm, disk)?;
        if volume.at(vm).is_none() {
            let free =
                DEVICES.map(|letter| format!("/dev/sd{letter}")).find(|device| !instance.devices.contains(device));
            let device = free.ok_or_else(|| {
                let message = format!("VM {vm} has no device left for a disk (/dev/sdf to /dev/sdp)");
                self.fail(CpiErrorKind::NoSpace, message).hint("detach a disk that it does not need")
            })?;
            let params = Params::default().with("VolumeId", disk.as_str()).with("InstanceId", vm.as_str());
            self.act("AttachVolume", &params.with("Device", device))?;
        }
        self.wait(&format!("the attachment of disk {disk} to VM {vm}"), || {
            let volume = self.volume(disk)?;
            Ok(volume.at(vm).filter(|place| place.state == "attached").map(drop))
        })
    }

    /// The volume, once no other VM has it.
    fn free(&self, vm: &VmCid, disk: &DiskCid) -> CpiResult<Volume> {
        let volume = self.volume(disk)?;
        let is_leaving = |volume: &Volume| volume.attachments.iter().all(|place| place.state == "detaching");
        match volume.holder() {
            Some(holder) if holder != vm.as_str() => {
                Err(self.fail(CpiErrorKind::InUse, format!("VM {holder} has disk {disk}")))
            }
            Some(_) if is_leaving(&volume) => self.wait(&format!("disk {disk}"), || {
                let volume = self.volume(disk)?;
                Ok(volume.holder().is_none().then_some(volume))
            }),
            _ if !volume.is_there() || volume.state == "error" => {
                Err(self.fail(CpiErrorKind::DiskNotFound, format!("disk {disk} is {}", volume.state)))
            }
            _ => Ok(volume),
        }
    }

    pub(super) fn detach_disk(&self, vm: &VmCid, disk: &DiskCid) -> CpiResult<()> {
        self.check(VmCid::WHAT, "i-", vm.as_str(), CpiErrorKind::VmNotFound)?;
        let missing = || self.fail(CpiErrorKind::DiskNotAttached, format!("VM {vm} has no disk {disk}"));
        let _turn = self.cpi.turns.of(disk.as_str());
        self.instance(vm)?;
        let volume = match self.volume(disk) {
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => return Err(missing()),
            other => other?,
        };
        let place = volume.at(vm).ok_or_else(missing)?;
        if place.state != "detaching" {
            let params = Params::default().with("VolumeId", disk.as_str()).with("InstanceId", vm.as_str());
            self.act("DetachVolume", &params.with("Device", &place.device))?;
        }
        let off = self.wait(&format!("the detachment of disk {disk} from VM {vm}"), || match self.volume(disk) {
            Ok(volume) => Ok(volume.at(vm).is_none().then_some(())),
            Err(error) if error.kind == CpiErrorKind::DiskNotFound => Ok(Some(())),
            Err(error) => Err(error),
        });
        off.map_err(|error| {
            unknown(error).hint(format!("if VM {vm} runs, its system still uses the disk: unmount it there"))
        })
    }

    /// The zone of the VM that the disk is for.
    pub(super) fn zone_of_vm(&self, request: &DiskRequest) -> CpiResult<Option<String>> {
        request.vm.as_ref().map(|vm| Ok(self.instance(vm)?.zone)).transpose()
    }

    /// The zone that the request names, if AWS has it: BOSH's own names (`z1`) are not AWS's.
    pub(super) fn zone_of_words(&self, request: &DiskRequest) -> Option<String> {
        request.az.clone().filter(|az| az.starts_with(&self.cpi.region) && az.len() > self.cpi.region.len())
    }

    /// The first zone of the region.
    pub(super) fn any_zone(&self) -> CpiResult<String> {
        let answer = self.ask("DescribeAvailabilityZones", &Params::default())?;
        let zones = answer.items("availabilityZoneInfo");
        let mut zones: Vec<&str> = zones.filter_map(|zone| zone.text("zoneName")).collect();
        zones.sort_unstable();
        let first = zones.first().map(|zone| (*zone).to_owned());
        first.ok_or_else(|| self.unreadable("DescribeAvailabilityZones", Nature::Question, "it names no zone"))
    }
}

fn read_instance(item: &Node) -> Option<Instance> {
    let root = item.text("rootDeviceName");
    let device = |mapping: &Node| Some(mapping.text("deviceName")?.to_owned());
    let devices = item.items("blockDeviceMapping").map(device).collect::<Option<Vec<String>>>()?;
    let mapping = |mapping: &Node| {
        let device = mapping.text("deviceName")?;
        let ebs = mapping.child("ebs")?;
        let is_disk = Some(device) != root && ebs.text("status") != Some("detached");
        is_disk.then(|| Some((device.to_owned(), ebs.text("volumeId")?.to_owned())))?
    };
    let mut mappings: Vec<(String, String)> = item.items("blockDeviceMapping").filter_map(mapping).collect();
    mappings.sort();
    Some(Instance { zone: item.child("placement")?.text("availabilityZone")?.to_owned(), mappings, devices })
}
