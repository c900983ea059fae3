//! A look inside an instance by `bosh ssh`: the mount in the place of its persistent disk, and its content.

use crate::director::{Bosh, Told};
use crate::error::{Error, Kind, Result};

/// Prints the mount of a second disk, if there is one; the mount, its content in numbers, and the names of its entries.
/// An empty one has no entries, or `lost+found`.
pub(super) const LOOK: &str = "findmnt -rno TARGET,SOURCE /var/vcap/store_migration_target; findmnt -rno \
                               SOURCE,FSTYPE,SIZE /var/vcap/store && df -P -k /var/vcap/store && sudo ls -A \
                               /var/vcap/store";
/// The mount point that the agent uses for a disk while another one is in its place (bosh-agent
/// `platform/linux_platform.go`, `MountPersistentDisk`).
const SECOND: &str = "/var/vcap/store_migration_target";

/// The disks that are mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Mounted {
    /// One disk, with its content; or why that is not good.
    One(std::result::Result<String, String>),
    /// No disk.
    None(String),
    /// Two: the agent was told to mount another one while the first was there.
    Two,
}

/// Looks inside the instance.
///
/// # Errors
/// snapback cannot get into the instance.
pub(super) fn look(bosh: &Bosh, deployment: &str, slug: &str) -> Result<Mounted> {
    let told = bosh.ssh(deployment, slug, LOOK)?;
    if told.status == "255" {
        // The message is that of ssh itself.
        return Err(Error::new(Kind::Cpi, told.stderr));
    }
    Ok(mounted(&told))
}

fn mounted(told: &Told) -> Mounted {
    let all = told.stdout.lines().map(str::trim).filter(|line| !line.is_empty());
    if all.clone().any(|line| line.starts_with(SECOND)) {
        return Mounted::Two;
    }
    let mut lines = all;
    if told.status != "0" {
        let said = told.stderr.trim().lines().next_back().unwrap_or_default();
        let said = if said.is_empty() { String::new() } else { format!(" ({said})") };
        return Mounted::None(format!("/var/vcap/store is not mounted{said}"));
    }
    let mount = lines.next().unwrap_or_default().to_owned();
    let entries = lines.skip_while(|line| !line.ends_with("/var/vcap/store")).skip(1);
    Mounted::One(match entries.filter(|name| *name != "lost+found").count() {
        0 => Err("its file system is empty".to_owned()),
        count => Ok(format!("{mount}, {count} entries")),
    })
}

impl Mounted {
    /// The content of the disk in one line, or why it is not good.
    pub(super) fn content(&self) -> std::result::Result<String, String> {
        match self {
            Mounted::One(content) => content.clone(),
            Mounted::None(why) => Err(why.clone()),
            Mounted::Two => Err(format!("two disks are mounted, the second one at {SECOND}")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_disk_does_not_pass() {
        let content = |stdout: &str, status: &str| {
            let told = Told { stdout: stdout.to_owned(), stderr: String::new(), status: status.to_owned() };
            mounted(&told).content()
        };
        let df = "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sdc1 100 10 90 10% /var/vcap/store\n";
        let mount = "/dev/sdc1 ext4 10G\n";
        assert_eq!(content(&format!("{mount}{df}postgres\n.x\n"), "0"), Ok("/dev/sdc1 ext4 10G, 2 entries".into()));
        assert!(content(&format!("{mount}{df}lost+found\n"), "0").is_err());
        assert!(content(&format!("{mount}{df}"), "0").is_err());
        assert!(content("", "1").is_err());
        assert!(content("", "0").is_err());
        let second = format!("{SECOND} /dev/sdd1\n{mount}{df}postgres\n");
        assert!(content(&second, "0").unwrap_err().contains("two disks"));
    }
}
