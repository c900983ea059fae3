//! How to make a disk from a snapshot by hand, in the words of a cloud's own command line, if no CPI can.
//!
//! The command itself looks up what is not known here (the zone, the type of the disk) from the snapshot's disk.
//! Sources: the CPIs' own `create_disk`, and the reference pages of the tools named.

use super::ids::{CpiName, DiskCid, SnapshotCid};
use super::shell::quoted;

/// The commands, and how to find the CID of the disk that they make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ByHand {
    /// The commands, in order.
    pub commands: Vec<String>,
    /// A phrase that describes the disk's CID, such as "the volume's id (vol-...)".
    pub cid: &'static str,
}

impl ByHand {
    /// An explanation of the placeholder for the VM in the commands; `None` if they need no VM.
    pub fn vm(&self) -> Option<&'static str> {
        let needs = |word: &str| self.commands.iter().any(|command| command.contains(word));
        if needs("VM-NAME") {
            return Some("VM-NAME is the agent_id in the instance's VM CID, if its disk is gone:");
        }
        needs("VM-CID").then_some("VM-CID is the instance's, if its disk is gone:")
    }
}

type Recipe = fn(&str, &str, Option<u64>) -> ByHand;

/// The recipe for the cloud of this CPI; `disk` is the disk that the snapshot was taken of. `None` for a cloud that is
/// not known here.
pub fn recipe(cpi: &CpiName, snapshot: &SnapshotCid, disk: Option<&DiskCid>, size_mib: Option<u64>) -> Option<ByHand> {
    let name = cpi.as_str().to_lowercase();
    let snapshot = snapshot.as_str();
    let disk = disk.map_or("DISK-CID", DiskCid::as_str);
    let clouds: [(&str, Recipe); 5] =
        [("aws", aws), ("openstack", openstack), ("google", google), ("azure", azure), ("alicloud", alicloud)];
    clouds.into_iter().find(|(word, _)| name.contains(word)).map(|(_, make)| make(snapshot, disk, gib(size_mib)))
}

/// The size in GiB, rounded up: clouds count in GiB.
fn gib(size_mib: Option<u64>) -> Option<u64> {
    size_mib.map(|mib| mib.div_ceil(1024))
}

fn size(option: &str, gib: Option<u64>) -> String {
    gib.map_or(String::new(), |gib| format!(" {option}{gib}"))
}

/// The command that sets a variable of the shell, to an empty text if `command` fails.
fn set(name: &str, command: &str) -> String {
    format!("{name}=$({command})")
}

/// <https://docs.aws.amazon.com/cli/latest/reference/ec2/create-volume.html>: gp2 shows its iops, but accepts none.
fn aws(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |name: &str, field: &str| {
        let disk = quoted(disk);
        let query = format!("--query 'Volumes[0].{field}' --output text");
        set(name, &format!("aws ec2 describe-volumes --volume-ids {disk} {query}"))
    };
    ByHand {
        commands: vec![
            of("zone", "AvailabilityZone"),
            of("type", "VolumeType"),
            of("iops", "Iops"),
            of("throughput", "Throughput"),
            "case \"$type\" in gp3) ;; io1|io2) throughput= ;; *) iops= throughput= ;; esac".to_owned(),
            // The disk is gone, so the VM tells the zone.
            "[ -n \"$zone\" ] || zone=$(aws ec2 describe-instances --instance-ids VM-CID --query \
             'Reservations[0].Instances[0].Placement.AvailabilityZone' --output text)"
                .to_owned(),
            format!(
                "volume=$(aws ec2 create-volume --snapshot-id {} --availability-zone \"$zone\" --volume-type \
                 \"${{type:-gp3}}\" ${{iops:+\"--iops=$iops\"}} ${{throughput:+\"--throughput=$throughput\"}}{} --query \
                 VolumeId --output text)",
                quoted(snapshot),
                size("--size ", gib)
            ),
            "aws ec2 wait volume-available --volume-ids \"$volume\" && echo \"$volume\"".to_owned(),
        ],
        cid: "the volume's id (vol-...)",
    }
}

/// <https://docs.openstack.org/python-openstackclient/latest/cli/command-objects/volume.html>; an untyped volume says `None`.
fn openstack(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of =
        |name: &str, field: &str| set(name, &format!("openstack volume show {} -f value -c {field}", quoted(disk)));
    ByHand {
        commands: vec![
            of("type", "type"),
            of("zone", "availability_zone"),
            "[ \"$type\" != None ] || type=".to_owned(),
            format!(
                "disk=$(openstack volume create \"volume-$(uuidgen)\" --snapshot {} ${{type:+\"--type=$type\"}} \
                 ${{zone:+\"--availability-zone=$zone\"}}{} -f value -c id)",
                quoted(snapshot),
                size("--size ", gib)
            ),
            "while case \"$(openstack volume show \"$disk\" -f value -c status)\" in available|error*|'') false ;; esac; \
             do sleep 5; done"
                .to_owned(),
            "openstack volume show \"$disk\" -f value -c id -c status".to_owned(),
        ],
        cid: "the volume's id, once its status is available",
    }
}

/// <https://cloud.google.com/sdk/gcloud/reference/compute/disks/create>
fn google(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |name: &str, field: &str| {
        let filter = quoted(&format!("name={disk}"));
        set(name, &format!("gcloud compute disks list --filter={filter} --format='value({field}.basename())'"))
    };
    ByHand {
        commands: vec![
            of("zone", "zone"),
            of("type", "type"),
            // The disk is gone, so the VM tells the zone.
            "[ -n \"$zone\" ] || zone=$(gcloud compute instances list --filter=name=VM-CID \
             --format='value(zone.basename())')"
                .to_owned(),
            format!(
                "gcloud compute disks create \"disk-$(uuidgen)\" --source-snapshot={} --zone=\"$zone\" \
                 ${{type:+\"--type=$type\"}}{} --description='Disk managed by BOSH'",
                quoted(snapshot),
                size("--size=", gib)
            ),
        ],
        cid: "the disk's name (disk-...)",
    }
}

/// <https://learn.microsoft.com/cli/azure/disk>; the CPI knows a managed data disk by the beginning of its name. A regional
/// disk has no zone.
fn azure(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let part =
        |cid: &str, key: &str| cid.split(';').find_map(|part| part.strip_prefix(&format!("{key}:")).map(str::to_owned));
    let group = part(snapshot, "resource_group_name").unwrap_or_else(|| "RESOURCE-GROUP".to_owned());
    let name = part(snapshot, "disk_name").unwrap_or_else(|| snapshot.to_owned());
    let old = part(disk, "disk_name").unwrap_or_else(|| disk.to_owned());
    let group = quoted(&group);
    let of = |variable: &str, what: &str, name: &str, query: &str| {
        set(variable, &format!("az {what} show -g {group} -n {} --query {query} -o tsv", quoted(name)))
    };
    ByHand {
        commands: vec![
            of("source", "snapshot", &name, "id"),
            of("location", "snapshot", &name, "location"),
            of("sku", "disk", &old, "sku.name"),
            of("zone", "disk", &old, "'zones[0]'"),
            // The disk is gone, so the VM tells the zone; a VM in a zone accepts no disk without one.
            format!("[ -n \"$sku\" ] || zone=$(az vm show -g {group} -n VM-NAME --query 'zones[0]' -o tsv)"),
            format!(
                "az disk create -g {group} -n \"bosh-disk-data-$(uuidgen)\" --source \"$source\" --location \"$location\" \
                 ${{sku:+\"--sku=$sku\"}} ${{zone:+\"--zone=$zone\"}}{} --query name -o tsv",
                size("--size-gb ", gib)
            ),
        ],
        cid: "'caching:None;disk_name:NAME;resource_group_name:RESOURCE-GROUP', with the caching of the old disk's CID",
    }
}

/// <https://www.alibabacloud.com/help/en/ecs/developer-reference/api-ecs-2014-05-26-createdisk>: only an ESSD has a level.
fn alicloud(snapshot: &str, disk: &str, gib: Option<u64>) -> ByHand {
    let of = |name: &str, field: &str| {
        let ids = quoted(&format!("[\"{}\"]", disk.replace(['"', '\'', '\\'], "")));
        set(name, &format!("aliyun ecs DescribeDisks --DiskIds {ids} | jq -r '.Disks.Disk[0].{field} // empty'"))
    };
    // The disk is gone, so the VM tells the zone.
    let of_vm = |name: &str, field: &str| {
        format!(
            "[ -n \"${name}\" ] || {name}=$(aliyun ecs DescribeInstances --InstanceIds '[\"VM-CID\"]' | jq -r \
             '.Instances.Instance[0].{field} // empty')"
        )
    };
    ByHand {
        commands: vec![
            of("region", "RegionId"),
            of("zone", "ZoneId"),
            of("category", "Category"),
            of("level", "PerformanceLevel"),
            "[ \"$category\" = cloud_essd ] || level=".to_owned(),
            of_vm("region", "RegionId"),
            of_vm("zone", "ZoneId"),
            format!(
                "disk=$(aliyun ecs CreateDisk --RegionId \"$region\" --ZoneId \"$zone\" --SnapshotId {} \
                 ${{category:+--DiskCategory \"$category\"}} ${{level:+--PerformanceLevel \"$level\"}}{} | jq -r .DiskId)",
                quoted(snapshot),
                size("--Size ", gib)
            ),
            "aliyun ecs DescribeDisks --RegionId \"$region\" --DiskIds \"[\\\"$disk\\\"]\" --waiter \
             expr='Disks.Disk[0].Status' to=Available"
                .to_owned(),
        ],
        cid: "the disk's id (d-...), once it is Available",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::process::Command;

    fn of(cpi: &str, snapshot: &str, disk: &str) -> Option<ByHand> {
        recipe(&CpiName::new(cpi), &SnapshotCid::new(snapshot), Some(&DiskCid::new(disk)), Some(10_241))
    }

    /// The words, one in brackets each, that the cloud's tool gets to make the disk; `answers` are arms of a `case` over
    /// its whole command line.
    fn typed(cpi: &str, snapshot: &str, disk: &str, answers: &str) -> String {
        let script = format!(
            "cloud() {{ case \"$*\" in *create*|*CreateDisk*) printf '[%s]' \"$@\" >&2; echo new ;; {answers} *) return 1 ;; \
             esac; }}\nuuidgen() {{ echo u; }}\njq() {{ case \"$*\" in *Level*) sed s/.*,// ;; *Category*) sed s/,.*// ;; \
             *) cat ;; esac; }}\n\
             aws() {{ cloud \"$@\"; }}\nopenstack() {{ cloud \"$@\"; }}\naz() {{ cloud \"$@\"; }}\n\
             gcloud() {{ cloud \"$@\"; }}\naliyun() {{ cloud \"$@\"; }}\n{}\n",
            of(cpi, snapshot, disk).unwrap().commands.join("\n")
        );
        let ran = Command::new("sh").arg("-c").arg(script).output().unwrap();
        String::from_utf8(ran.stderr).unwrap()
    }

    #[test]
    fn aws_carries_what_the_type_takes() {
        let with = |kind: &str| {
            let answers = format!(
                "*VolumeType*) echo {kind} ;; *.Iops*) echo 9000 ;; *Throughput*) echo 500 ;; *Zone*) echo z-1a ;;"
            );
            typed("aws_cpi", "snap-1", "vol-1", &answers)
        };
        let gp3 = with("gp3");
        assert!(gp3.contains("[--volume-type][gp3][--iops=9000][--throughput=500][--size][11]"), "{gp3}");
        assert!(with("io2").contains("[io2][--iops=9000][--size]"));
        assert!(with("gp2").contains("[--availability-zone][z-1a][--volume-type][gp2][--size]"));
    }

    #[test]
    fn where_the_old_disk_is_gone_the_vm_has_the_zone() {
        let aws = typed("aws_cpi", "snap-1", "vol-1", "*describe-instances*) echo z-1b ;;");
        assert!(aws.contains("[--availability-zone][z-1b][--volume-type][gp3][--size]"), "{aws}");
        let azure =
            typed("azure_cpi", "disk_name:s", "disk_name:d", "*vm*) echo 3 ;; *location*) echo eu ;; *id*) echo /s ;;");
        assert!(azure.contains("[--location][eu][--zone=3][--size-gb]"), "{azure}");
        let script = typed("alicloud_cpi", "s", "d", "*DescribeInstances*) echo z-9 ;; *DescribeDisks*) ;;");
        assert!(script.contains("[--ZoneId][z-9][--SnapshotId][s][--Size]"), "{script}");
        let google = typed("google_cpi", "snap-1", "disk-1", "*instances*) echo zone-b ;; *disks*) ;;");
        assert!(google.contains("[--zone=zone-b][--size=11]"), "{google}");
    }

    #[test]
    fn what_the_old_disk_lacks_is_no_option() {
        let openstack =
            typed("openstack_cpi", "s", "d", "*status*) echo available ;; *type*) echo None ;; *zone*) echo nova ;;");
        assert!(openstack.contains("[--snapshot][s][--availability-zone=nova][--size][11]"), "{openstack}");
        let azure = |zone: &str| {
            let answers = format!("*zones*) {zone} ;; *location*) echo eu ;; *sku*) echo P ;; *id*) echo /s ;;");
            typed("azure_cpi", "disk_name:s;resource_group_name:rg", "disk_name:d;resource_group_name:rg", &answers)
        };
        let regional = azure(":");
        assert!(regional.contains("[--source][/s][--location][eu][--sku=P][--size-gb]"), "{regional}");
        assert!(azure("echo 2").contains("[--sku=P][--zone=2][--size-gb]"));
        let essd = typed("alicloud_cpi", "s", "d", "*) echo cloud_essd,PL2 ;;");
        assert!(essd.contains("[cloud_essd][--PerformanceLevel][PL2][--Size]"), "{essd}");
        assert!(typed("alicloud_cpi", "s", "d", "*) echo cloud_ssd,PL1 ;;").contains("[cloud_ssd][--Size]"));
    }

    #[test]
    fn a_cid_is_one_word() {
        for cpi in ["aws_cpi", "openstack_cpi", "google_cpi", "azure_cpi", "alicloud_cpi"] {
            let told =
                typed(cpi, "s'; echo HACKED >&2 #", "d$(echo HACKED >&2)'", "*status*) echo error ;; *) echo x ;;");
            assert!(!told.replace("echo HACKED", "").contains("HACKED"), "{cpi}: {told}");
        }
        assert_eq!(of("vsphere_cpi", "x", "y"), None);
    }
}
