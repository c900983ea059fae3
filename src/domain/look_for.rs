//! How to look for the snapshots of a disk by hand, in the words of a cloud's own command line, if no CPI can list
//! them.
//!
//! The command shows all snapshots of the disk, not only those with a step's tags: if a call was cut off, its snapshot
//! may have none. Sources: the CPIs' own `snapshot_disk`, and the reference pages of the tools named.

use super::ids::{CpiName, DiskCid, SnapshotCid, VmCid};
use super::shell::quoted;

/// The command, and where the cloud keeps the metadata of a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookFor {
    /// The command to type.
    pub command: String,
    /// Where the metadata are, in the operator's words.
    pub told: &'static str,
}

type Command = fn(&str) -> LookFor;

/// The command for the cloud of this CPI; `None` for a cloud that is not known here.
pub fn snapshots_of(cpi: &CpiName, disk: &DiskCid) -> Option<LookFor> {
    let (name, disk) = (cpi.as_str().to_lowercase(), disk.as_str());
    let clouds: [(&str, Command); 5] =
        [("aws", aws), ("openstack", openstack), ("google", google), ("azure", azure), ("alicloud", alicloud)];
    clouds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, make)| make(disk))
}

/// The command that deletes a snapshot of which nobody keeps a record; `None` for a cloud that is not known here.
pub fn snapshot_deleted(cpi: &CpiName, snapshot: &SnapshotCid) -> Option<String> {
    let (name, cid) = (cpi.as_str().to_lowercase(), quoted(snapshot.as_str()));
    let clouds = [
        ("aws", "aws ec2 delete-snapshot --snapshot-id"),
        ("openstack", "openstack volume snapshot delete"),
        ("google", "gcloud compute snapshots delete"),
        ("alicloud", "aliyun ecs DeleteSnapshot --SnapshotId"),
    ];
    clouds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, command)| format!("{command} {cid}"))
}

/// The command that takes a disk off a VM. None for a cloud that is not known here.
pub fn disk_detached(cpi: &CpiName, vm: &VmCid, disk: &DiskCid) -> Option<String> {
    let (name, vm, disk) = (cpi.as_str().to_lowercase(), quoted(vm.as_str()), quoted(disk.as_str()));
    let clouds = [
        ("aws", format!("aws ec2 detach-volume --instance-id {vm} --volume-id {disk}")),
        ("openstack", format!("openstack server remove volume {vm} {disk}")),
        ("google", format!("gcloud compute instances detach-disk {vm} --disk {disk}")),
        ("alicloud", format!("aliyun ecs DetachDisk --InstanceId {vm} --DiskId {disk}")),
    ];
    clouds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, command)| command)
}

/// `describe-snapshots`; `snapshot_disk` in `cloud_v1.rb`, and `tag_manager.rb` of the AWS CPI.
fn aws(disk: &str) -> LookFor {
    let filter = quoted(&format!("Name=volume-id,Values={disk}"));
    LookFor {
        command: format!(
            "aws ec2 describe-snapshots --filters {filter} --query 'Snapshots[].[SnapshotId,StartTime,State,Tags]'"
        ),
        told: "its tags: instance_name (GROUP/UUID), instance_index, director, and the others under their own names",
    }
}

/// `volume snapshot list`
fn openstack(disk: &str) -> LookFor {
    LookFor {
        command: format!("openstack volume snapshot list --long --volume {}", quoted(disk)),
        told: "its properties, under their own names",
    }
}

/// `compute snapshots list`; the CPI sets no labels.
fn google(disk: &str) -> LookFor {
    let filter = quoted(&format!("sourceDisk~/disks/{disk}$"));
    LookFor {
        command: format!(
            "gcloud compute snapshots list --filter={filter} --format='table(name,creationTimestamp,status,description)'"
        ),
        told: "its description: DEPLOYMENT/GROUP/INDEX",
    }
}

/// `az snapshot list`; for a managed disk.
fn azure(disk: &str) -> LookFor {
    let part = |key: &str| disk.split(';').find_map(|part| part.strip_prefix(key));
    let name = part("disk_name:").unwrap_or(disk).replace(['\'', '`', '"'], "");
    let group = part("resource_group_name:").map_or(String::new(), |group| format!(" -g {}", quoted(group)));
    let query = format!("[?tags.original=='{name}'].[name,timeCreated,provisioningState,tags]");
    LookFor {
        command: format!("az snapshot list{group} --query {}", quoted(&query)),
        told: "its tags, under their own names, and `original`: the disk",
    }
}

/// `DescribeSnapshots`, in the region of the CLI's profile.
fn alicloud(disk: &str) -> LookFor {
    LookFor {
        command: format!("aliyun ecs DescribeSnapshots --DiskId {}", quoted(disk)),
        told: "nothing: this CPI gives a snapshot no tags, so its time alone tells",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process;

    #[test]
    fn each_cloud_is_asked_for_the_disk_in_one_word() {
        let of = |cpi: &str, disk: &str| {
            let command = snapshots_of(&CpiName::new(cpi), &DiskCid::new(disk)).unwrap().command;
            let tools = "cloud() { printf '[%s]' \"$@\"; }\naws() { cloud \"$@\"; }\nopenstack() { cloud \"$@\"; }\n\
                         gcloud() { cloud \"$@\"; }\naz() { cloud \"$@\"; }\naliyun() { cloud \"$@\"; }\n";
            let ran = process::Command::new("sh").arg("-c").arg(format!("{tools}{command}")).output().unwrap();
            assert!(ran.status.success(), "{command}: {ran:?}");
            String::from_utf8(ran.stdout).unwrap()
        };
        assert!(
            of("aws_cpi", "vol-1").starts_with("[ec2][describe-snapshots][--filters][Name=volume-id,Values=vol-1]")
        );
        assert_eq!(of("openstack_cpi", "u-1"), "[volume][snapshot][list][--long][--volume][u-1]");
        assert!(of("google_cpi", "disk-1").contains("[--filter=sourceDisk~/disks/disk-1$]"));
        let azure = of("azure_cpi", "caching:None;disk_name:bosh-disk-data-1;resource_group_name:rg");
        assert!(azure.contains("[-g][rg][--query][[?tags.original=='bosh-disk-data-1']."), "{azure}");
        assert_eq!(of("alicloud_cpi", "d-1"), "[ecs][DescribeSnapshots][--DiskId][d-1]");
        for cpi in ["aws_cpi", "openstack_cpi", "google_cpi", "azure_cpi", "alicloud_cpi"] {
            let hostile = of(cpi, "d'; echo HACKED #$(echo HACKED)");
            assert!(!hostile.replace("echo HACKED", "").contains("HACKED"), "{cpi}: {hostile}");
        }
        assert_eq!(snapshots_of(&CpiName::new("vsphere_cpi"), &DiskCid::new("d")), None);
    }
}
