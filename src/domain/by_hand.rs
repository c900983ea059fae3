//! How to make a disk from a snapshot by hand, in the words of a cloud's own command line, where no CPI can.
//!
//! What is not known here (the zone, the type of the disk) is looked up at the disk that the snapshot is of, by the command
//! itself. Sources: the CPIs' own `create_disk`, and the reference pages of the tools named.

use super::ids::{CpiName, DiskCid, SnapshotCid};
use super::shell::quoted;

/// The commands, and what of their output is the disk's CID.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// To type in this order.
    pub commands: Vec<String>,
    /// What the CID is.
    pub cid: &'static str,
}

type Recipe = fn(&str, &str, Option<u64>) -> ByHand;

/// The recipe for the cloud of this CPI; `disk` is what the snapshot is of. None for a cloud that is not known here.
pub fn recipe(cpi: &CpiName, snapshot: &SnapshotCid, disk: Option<&DiskCid>, size_mib: Option<u64>) -> Option<ByHand> {
    let name = cpi.as_str().to_lowercase();
    let snapshot = snapshot.as_str();
    let disk = disk.map_or("DISK-CID", DiskCid::as_str);
    let clouds: [(&str, Recipe); 5] =
        [("aws", aws), ("openstack", openstack), ("google", google), ("azure", azure), ("alicloud", alicloud)];
    clouds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, make)| make(snapshot, disk, gib(size_mib)))
}

/// Clouds count in GiB; a part of one counts whole.
fn gib(size_mib: Option<u64>) -> Option<u64> {
    size_mib.map(|mib| mib.div_ceil(1024))
}

fn size(option: &str, gib: Option<u64>) -> String {
    gib.map_or(String::new(), |gib| format!(" {option}{gib}"))
}

/// <https://docs.aws.amazon.com/cli/latest/reference/ec2/create-volume.html>
fn aws(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |field: &str| {
        format!(
            "\"$(aws ec2 describe-volumes --volume-ids {} --query 'Volumes[0].{field}' --output text)\"",
            quoted(disk)
        )
    };
    ByHand {
        commands: vec![
            format!(
                "aws ec2 create-volume --snapshot-id {} --availability-zone {} --volume-type {}{} --query VolumeId \
                 --output text",
                quoted(snapshot),
                of("AvailabilityZone"),
                of("VolumeType"),
                size("--size ", gib)
            ),
            "aws ec2 wait volume-available --volume-ids VOLUME-ID".to_owned(),
        ],
        cid: "the volume's id (vol-...)",
    }
}

/// <https://docs.openstack.org/python-openstackclient/latest/cli/command-objects/volume.html>
fn openstack(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |field: &str| format!("\"$(openstack volume show {} -f value -c {field})\"", quoted(disk));
    ByHand {
        commands: vec![format!(
            "openstack volume create \"volume-$(uuidgen)\" --snapshot {} --type {} --availability-zone {}{} -f value -c id",
            quoted(snapshot),
            of("type"),
            of("availability_zone"),
            size("--size ", gib)
        )],
        cid: "the volume's id",
    }
}

/// <https://cloud.google.com/sdk/gcloud/reference/compute/disks/create>
fn google(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |field: &str| {
        let filter = quoted(&format!("name={disk}"));
        format!("\"$(gcloud compute disks list --filter={filter} --format='value({field}.basename())')\"")
    };
    ByHand {
        commands: vec![format!(
            "gcloud compute disks create \"disk-$(uuidgen)\" --source-snapshot={} --zone={} --type={}{} \
             --description='Disk managed by BOSH'",
            quoted(snapshot),
            of("zone"),
            of("type"),
            size("--size=", gib)
        )],
        cid: "the disk's name (disk-...)",
    }
}

/// <https://learn.microsoft.com/cli/azure/disk>; the CPI knows a managed data disk by the beginning of its name.
fn azure(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let part =
        |cid: &str, key: &str| cid.split(';').find_map(|part| part.strip_prefix(&format!("{key}:")).map(str::to_owned));
    let group = part(snapshot, "resource_group_name").unwrap_or_else(|| "RESOURCE-GROUP".to_owned());
    let name = part(snapshot, "disk_name").unwrap_or_else(|| snapshot.to_owned());
    let old = part(disk, "disk_name").unwrap_or_else(|| disk.to_owned());
    let group = quoted(&group);
    let of = |what: &str, name: &str, query: &str| {
        format!("\"$(az {what} show -g {group} -n {} --query {query} -o tsv)\"", quoted(name))
    };
    ByHand {
        commands: vec![format!(
            "az disk create -g {group} -n \"bosh-disk-data-$(uuidgen)\" --source {} --sku {} --zone {}{} --query name -o tsv",
            of("snapshot", &name, "id"),
            of("disk", &old, "sku.name"),
            of("disk", &old, "'zones[0]'"),
            size("--size-gb ", gib)
        )],
        cid: "'caching:None;disk_name:NAME;resource_group_name:RESOURCE-GROUP', with the caching of the old disk's CID",
    }
}

/// <https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-createdisk>
fn alicloud(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |field: &str| {
        format!(
            "\"$(aliyun ecs DescribeDisks --DiskIds '[\"{}\"]' | jq -r '.Disks.Disk[0].{field}')\"",
            disk.replace(['"', '\'', '\\'], "")
        )
    };
    ByHand {
        commands: vec![format!(
            "aliyun ecs CreateDisk --RegionId {} --ZoneId {} --SnapshotId {} --DiskCategory {}{}",
            of("RegionId"),
            of("ZoneId"),
            quoted(snapshot),
            of("Category"),
            size("--Size ", gib)
        )],
        cid: "the disk's id (d-...), once it is Available",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(cpi: &str, snapshot: &str, disk: &str) -> Option<ByHand> {
        recipe(&CpiName::new(cpi), &SnapshotCid::new(snapshot), Some(&DiskCid::new(disk)), Some(10_241))
    }

    #[test]
    fn each_cloud_has_its_own() {
        let aws = of("aws_cpi", "snap-1", "vol-1").unwrap().commands;
        assert!(aws[0].starts_with("aws ec2 create-volume --snapshot-id snap-1 --availability-zone \"$("), "{aws:?}");
        assert!(aws[0].contains("--volume-ids vol-1") && aws[0].contains("--size 11 "), "{aws:?}");
        let azure = of(
            "azure_cpi",
            "caching:None;disk_name:bosh-disk-data-s;resource_group_name:rg",
            "caching:None;disk_name:bosh-disk-data-d;resource_group_name:rg",
        );
        let azure = azure.unwrap().commands;
        assert!(azure[0].contains("az snapshot show -g rg -n bosh-disk-data-s --query id"), "{azure:?}");
        assert!(azure[0].contains("az disk show -g rg -n bosh-disk-data-d --query sku.name"), "{azure:?}");
        for cpi in ["openstack_cpi", "google_cpi", "alicloud_cpi"] {
            let made = of(cpi, "snap", "disk").unwrap();
            assert!(made.commands[0].contains("snap") && made.commands[0].contains("disk"), "{made:?}");
        }
        assert_eq!(of("vsphere_cpi", "x", "y"), None);
    }

    #[test]
    fn a_cid_is_one_word() {
        let hostile = of("aws_cpi", "snap'; rm -rf / #", "vol$(reboot)").unwrap().commands;
        assert!(hostile[0].contains("'snap'\\''; rm -rf / #'") && hostile[0].contains("'vol$(reboot)'"), "{hostile:?}");
    }
}
