//! `bosh ssh SLUG -c COMMAND` (bosh-cli `cmd/ssh.go`): a very small shell on the instance, which knows where its
//! persistent disk is mounted.

use std::fs;

use serde_json::Value;

use crate::agent::files;
use crate::client::Client;
use crate::table::Table;
use crate::world::Instance;

struct Said {
    stdout: String,
    stderr: String,
    status: i32,
}

impl Client {
    pub fn ssh(&mut self) -> Result<(), String> {
        let name = self.using_deployment()?;
        let Some(command) = self.given.value("command").map(str::to_owned) else {
            return Err("Non-interactive SSH requires non-empty command".to_owned());
        };
        let slug = self.given.slug()?;
        let setting_up = format!("Setting up SSH in deployment '{name}'");
        let instance = self.find_instance(&self.home.read(), &name, &slug, &setting_up)?;
        self.look(&name, &format!("ssh: setup:{}", instance.name()))?;
        if instance.vm_cid.is_none() || instance.agent.unresponsive {
            let agent = instance.agent_id.unwrap_or_default();
            return Err(format!(
                "Running SSH:\n  Timed out sending 'ssh' to instance: '{}/{}', agent-id: '{agent}' after 45 seconds",
                slug.0, slug.1
            ));
        }
        self.meet("client:ssh")?;
        let unmounts = |path: &str| command.ends_with(&format!("umount {path}"));
        let instance = self.home.change(|world| {
            let instance = world.instance_mut(&instance.uuid);
            instance.agent.mounted = instance.agent.mounted.take().filter(|_| !unmounts("/var/vcap/store"));
            instance.clone()
        });
        let said = shell(&instance, &command);
        let row = |error: &str| {
            vec![instance.name(), said.stdout.clone(), said.stderr.clone(), said.status.to_string(), error.to_owned()]
        };
        let ended = if said.status == 0 {
            Ok(())
        } else {
            Err(format!(
                "Running command: 'ssh', stdout: '{}', stderr: '{}': exit status {}",
                said.stdout, said.stderr, said.status
            ))
        };
        if self.given.has("results") {
            // ssh/results_writer.go
            let error = ended.clone().err().unwrap_or_default();
            let mut table =
                Table::new("results", &["Instance", "Stdout", "Stderr", "Exit Code", "Error"], vec![row(&error)]);
            table.transpose = true;
            self.ui.table(&table);
        } else {
            // ssh/streaming_writer.go
            for (stream, text) in [("stdout", &said.stdout), ("stderr", &said.stderr)] {
                for line in text.lines() {
                    self.ui.block(&format!("{}: {stream} | {line}\n", instance.name()));
                }
            }
        }
        self.look(&name, &format!("ssh: cleanup:{}", instance.name()))?;
        ended.map_err(|error| format!("Running SSH:\n  1 error occurred:\n\t* {error}\n\n"))
    }
}

/// Commands joined by `&&` or `;`.
fn shell(instance: &Instance, line: &str) -> Said {
    let mut all = Said { stdout: String::new(), stderr: String::new(), status: 0 };
    for group in line.split(';') {
        for command in group.split("&&") {
            let said = run(instance, command.trim());
            all.stdout += &said.stdout;
            all.stderr += &said.stderr;
            all.status = said.status;
            if said.status != 0 {
                break;
            }
        }
    }
    all
}

fn run(instance: &Instance, command: &str) -> Said {
    let said =
        |status: i32, stdout: &str, stderr: &str| Said { stdout: stdout.to_owned(), stderr: stderr.to_owned(), status };
    let device = instance.agent.mounted.as_ref().map(|disk| instance.agent.hints[disk].clone());
    let files: Vec<Value> = device.as_ref().and_then(|device| files(device.as_ref())).unwrap_or_default();
    let size = device.as_ref().map_or(0, |device| fs::metadata(device).map_or(0, |file| file.len()) / 1024);
    let words: Vec<&str> = command.split_whitespace().filter(|word| *word != "sudo" && *word != "-n").collect();
    let (program, path) = (words.first().copied().unwrap_or("true"), words.last().copied().unwrap_or_default());
    let mount = path.trim_end_matches('/') == "/var/vcap/store";
    match (program, &device) {
        ("true", _) => said(0, "", ""),
        ("umount", _) => said(0, "", ""),
        ("findmnt", _) if path == "/var/vcap/store_migration_target" => match &instance.agent.migration {
            Some(disk) => said(0, &format!("{path} {}1\n", instance.agent.hints[disk]), ""),
            None => said(1, "", ""),
        },
        ("hostname", _) => said(0, &format!("{}\n", instance.uuid), ""),
        // Without its file system the path is a directory of the root disk.
        ("findmnt" | "mountpoint", None) if mount => said(1, "", ""),
        ("mountpoint", Some(_)) if mount => said(0, "/var/vcap/store is a mountpoint\n", ""),
        ("findmnt", Some(device)) if mount => {
            let asked = words.iter().find(|word| word.contains("SOURCE") || word.contains("SIZE")).copied();
            let columns = asked.unwrap_or("TARGET,SOURCE,FSTYPE,OPTIONS").split(',').map(|column| match column {
                "TARGET" => "/var/vcap/store".to_owned(),
                "SOURCE" => format!("{device}1"),
                "FSTYPE" => "ext4".to_owned(),
                "SIZE" => format!("{}M", size / 1024),
                _ => "rw,relatime".to_owned(),
            });
            said(0, &format!("{}\n", columns.collect::<Vec<_>>().join(" ")), "")
        }
        ("df", _) if mount => {
            let used: usize = files.iter().map(|file| file["data"].as_str().map_or(0, str::len)).sum::<usize>() / 1024;
            let used = used + 4 * files.len();
            let (source, size, at) = match &device {
                Some(device) => (format!("{device}1"), size, "/var/vcap/store"),
                None => ("/dev/sda1".to_owned(), 4_000_000, "/"),
            };
            let head = "Filesystem     1024-blocks   Used Available Capacity Mounted on";
            let free = size.saturating_sub(used as u64);
            said(0, &format!("{head}\n{source} {size} {used} {free} 1% {at}\n"), "")
        }
        ("ls", _) if mount => {
            let mut names: Vec<&str> = files.iter().filter_map(|file| file["name"].as_str()).collect();
            if device.is_some() {
                names.push("lost+found");
            }
            names.sort_unstable();
            said(0, &names.iter().map(|name| format!("{name}\n")).collect::<String>(), "")
        }
        ("cat", Some(_)) if path.starts_with("/var/vcap/store/") => {
            let name = path.trim_start_matches("/var/vcap/store/");
            match files.iter().find(|file| file["name"] == name) {
                Some(file) => said(0, file["data"].as_str().unwrap_or_default(), ""),
                None => said(1, "", &format!("cat: {path}: No such file or directory\n")),
            }
        }
        _ => said(127, "", &format!("bash: {program}: command not found\n")),
    }
}
