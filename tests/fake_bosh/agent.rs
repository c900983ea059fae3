//! The agent of an instance's VM (cloudfoundry/bosh-agent). A disk's file system is simulated: the image begins with a
//! line `SNAPFS1` and a line with a JSON list of files. What does not is no file system that `blkid` knows.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::home::Home;

const MAGIC: &str = "SNAPFS1\n";
/// How much of a disk holds its file system.
const HEAD: usize = 64 * 1024;

pub struct Agent<'a> {
    pub home: &'a Home,
    pub cloud: &'a Cloud,
    pub uuid: String,
}

/// The files of a disk, or `None` where there is no file system.
pub fn files(device: &Path) -> Option<Vec<Value>> {
    let mut head = Vec::new();
    File::open(device).ok()?.take(HEAD as u64).read_to_end(&mut head).ok()?;
    let list = head.strip_prefix(MAGIC.as_bytes())?;
    let end = list.iter().position(|byte| *byte == b'\n')?;
    serde_json::from_slice(&list[..end]).ok()
}

fn write_files(device: &Path, files: &[Value]) {
    let mut text = format!("{MAGIC}{}\n", json!(files)).into_bytes();
    text.resize(HEAD.max(text.len()), 0);
    let mut disk = OpenOptions::new().write(true).open(device).unwrap();
    disk.seek(SeekFrom::Start(0)).unwrap();
    disk.write_all(&text).unwrap();
}

impl Agent<'_> {
    /// An agent that does not answer lets its caller wait: 45 s there (agent_client.rb:292), none here.
    fn asked(&self, method: &str) -> Result<(), String> {
        let world = self.home.read();
        let (_, instance) = world.instance(&self.uuid).unwrap();
        if !instance.agent.unresponsive && instance.vm_cid.is_some() {
            self.home.log("agent", json!({"instance": instance.name(), "method": method}));
            return Ok(());
        }
        let agent_id = instance.agent_id.clone().unwrap_or_default();
        let name = instance.name();
        Err(format!("Timed out sending '{method}' to instance: '{name}', agent-id: '{agent_id}' after 45 seconds"))
    }

    fn change(&self, change: impl FnOnce(&mut crate::world::Agent)) {
        self.home.change(|world| change(&mut world.instance_mut(&self.uuid).agent));
    }

    fn known(&self) -> crate::world::Agent {
        self.home.read().instance(&self.uuid).unwrap().1.agent.clone()
    }

    pub fn get_state(&self) -> Result<(), String> {
        self.asked("get_state")
    }

    /// Of the disks that it was told of, those that are mounted (agent/action/list_disk.go).
    pub fn list_disk(&self) -> Result<Vec<String>, String> {
        self.asked("list_disk")?;
        let known = self.known();
        Ok([known.mounted, known.migration].into_iter().flatten().collect())
    }

    pub fn add_persistent_disk(&self, cid: &str, hint: &str) -> Result<(), String> {
        self.asked("add_persistent_disk")?;
        self.change(|agent| drop(agent.hints.insert(cid.to_owned(), hint.to_owned())));
        Ok(())
    }

    pub fn remove_persistent_disk(&self, cid: &str) -> Result<(), String> {
        self.asked("remove_persistent_disk")?;
        self.change(|agent| drop(agent.hints.remove(cid)));
        Ok(())
    }

    /// Mounts at /var/vcap/store, or for a migration where something is mounted there already
    /// (platform/linux_platform.go, `MountPersistentDisk`). What has no file system that is known gets an empty one
    /// (platform/disk/linux_formatter.go: "never reformat if it is already formatted in a supported format").
    pub fn mount_disk(&self, cid: &str) -> Result<(), String> {
        self.asked("mount_disk")?;
        let known = self.known();
        let Some(device) = known.hints.get(cid) else {
            return Err(format!(
                "Action Failed get_task: Task result: Reading persistent disk settings: Persistent disk with volume id \
                 '{cid}' could not be found"
            ));
        };
        let device = Path::new(device);
        if File::open(device).is_err() {
            return Err(
                "Action Failed get_task: Task result: Mounting persistent disk: Getting real device path".into()
            );
        }
        if files(device).is_none() {
            write_files(device, &[]);
            self.home.log("format", json!({"disk": cid, "instance": self.uuid}));
            self.home.change(|world| world.formatted.push(cid.to_owned()));
        }
        self.change(|agent| {
            match &agent.mounted {
                Some(mounted) if mounted != cid => agent.migration = Some(cid.to_owned()),
                _ => agent.mounted = Some(cid.to_owned()),
            }
            agent.last_mounted = Some(cid.to_owned());
        });
        self.home.log("mount", json!({"disk": cid, "instance": self.uuid}));
        Ok(())
    }

    pub fn unmount_disk(&self, cid: &str) -> Result<(), String> {
        self.asked("unmount_disk")?;
        self.change(|agent| {
            agent.mounted = agent.mounted.take().filter(|mounted| mounted != cid);
            agent.migration = agent.migration.take().filter(|mounted| mounted != cid);
        });
        self.home.log("unmount", json!({"disk": cid, "instance": self.uuid}));
        Ok(())
    }

    /// Copies what is at /var/vcap/store to the migration's target, and mounts that in its place
    /// (platform/linux_platform.go, `MigratePersistentDisk`).
    pub fn migrate_disk(&self, from: &str, to: &str) -> Result<(), String> {
        self.asked("migrate_disk")?;
        let known = self.known();
        let content = files(Path::new(&known.hints[from])).unwrap_or_default();
        write_files(Path::new(&known.hints[to]), &content);
        self.change(|agent| {
            agent.migration = None;
            agent.mounted = Some(to.to_owned());
        });
        self.home.log("migrate", json!({"from": from, "to": to, "instance": self.uuid}));
        Ok(())
    }

    pub fn stop(&self) -> Result<(), String> {
        self.asked("stop")?;
        self.home.change(|world| "stopped".clone_into(&mut world.instance_mut(&self.uuid).process_state));
        self.home.log("stop", json!({"instance": self.uuid}));
        Ok(())
    }

    /// Processes start on whatever is at /var/vcap/store: a disk, or an empty directory.
    pub fn start(&self) -> Result<(), String> {
        self.asked("start")?;
        let world = self.home.read();
        let (_, instance) = world.instance(&self.uuid).unwrap();
        let vm = instance.vm_cid.clone().unwrap();
        let disk = &instance.agent.mounted;
        let formatted = disk.as_ref().is_some_and(|disk| world.formatted.contains(disk));
        let files = disk.as_ref().and_then(|disk| files(&self.cloud.device(&vm, disk)));
        let attached = self.cloud.attached(&vm);
        self.home.log(
            "start",
            json!({"instance": instance.name(), "uuid": self.uuid, "vm": vm, "disk": disk, "formatted": formatted,
                "attached": attached, "files": files}),
        );
        self.home.change(|world| "running".clone_into(&mut world.instance_mut(&self.uuid).process_state));
        Ok(())
    }

    /// What an agent checks when its VM boots (agent/bootstrap.go, `checkLastMountedCid`, `mountLastMountedDisk`,
    /// `comparePersistentDisk`). An agent that refuses does not answer from then on.
    pub fn boot(&self) -> Result<(), String> {
        let world = self.home.read();
        let (_, instance) = world.instance(&self.uuid).unwrap();
        let attached = self.cloud.attached(instance.vm_cid.as_deref().unwrap());
        let last = instance.agent.last_mounted.clone();
        // Named disks are the only ones that the agent is told to expect.
        let expected = instance.disks.iter().filter(|disk| !disk.name.is_empty()).count();
        let refusal = match &last {
            Some(last) if !attached.is_empty() && !attached.contains(last) => {
                Some("Checking last mounted CID: Attached disk disagrees with previous mount")
            }
            _ if attached.len() > 1 && attached.len() > expected => {
                Some("Comparing persistent disks: Unexpected disk attached")
            }
            _ => None,
        };
        self.change(|agent| {
            agent.unresponsive = refusal.is_some();
            agent.mounted = None;
            agent.migration = None;
        });
        self.home.log("boot", json!({"instance": self.uuid, "attached": attached, "refused": refusal}));
        if let Some(refusal) = refusal {
            return Err(refusal.to_owned());
        }
        match last {
            Some(last) if attached.contains(&last) => self.mount_disk(&last),
            _ => Ok(()),
        }
    }
}
