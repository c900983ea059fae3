//! `bosh instances` (bosh-cli `cmd/instances.go`, `cmd/instance_table.go`; D/jobs/vm_state.rb).

use crate::agent::files;
use crate::client::Client;
use crate::table::Table;
use crate::world::{Instance, World};

impl Client {
    pub fn instances(&mut self) -> Result<(), String> {
        let named = self.given.or_variable("deployment", "BOSH_DEPLOYMENT");
        let world = self.home.read();
        let names = match named.as_str() {
            "" => world.deployments.iter().map(|deployment| deployment.name.clone()).collect(),
            name => vec![self.find(&world, name, &format!("Listing deployment '{name}' instances infos"))?.name],
        };
        for name in names {
            self.look(&name, "retrieve vm-stats")?;
            self.meet("client:listed")?;
            let table = self.instance_table(&self.home.read(), &name);
            self.ui.table(&table);
        }
        Ok(())
    }

    fn instance_table(&self, world: &World, name: &str) -> Table {
        let (processes, details, vitals) = (self.given.has("ps"), self.given.has("details"), self.given.has("vitals"));
        let mut header = vec!["Instance"];
        header.extend(processes.then_some("Process"));
        header.extend(["Process State", "AZ", "IPs", "Deployment"]);
        if details {
            header.extend(["State", "VM CID", "VM Type", "Disk CIDs", "Agent ID", "Index", "Bootstrap", "Ignore"]);
        }
        if vitals {
            header.extend(["VM Created At", "Uptime", "Load\n(1m, 5m, 15m)", "CPU\nTotal", "CPU\nUser", "CPU\nSys"]);
            header.extend(["CPU\nWait", "Memory\nUsage", "Swap\nUsage", "System\nDisk Usage"]);
            header.extend(["Ephemeral\nDisk Usage", "Persistent\nDisk Usage"]);
        }
        let mut rows = Vec::new();
        let mut instances: Vec<&Instance> = world.deployment(name).unwrap().instances.iter().collect();
        instances.sort_by_key(|instance| instance.name());
        for instance in instances {
            let blank = |cells: Vec<String>| cells.into_iter().chain(std::iter::repeat(String::new()));
            let mut row = vec![instance.name()];
            row.extend(processes.then(String::new));
            row.extend([process_state(instance), instance.az.clone()]);
            row.extend([ips(instance), name.to_owned()]);
            if details {
                row.extend(details_of(instance));
            }
            if vitals {
                row.extend(std::iter::repeat_n(String::new(), 11));
                row.push(persistent_usage(instance));
            }
            rows.push(row);
            if processes && answers(instance) {
                for process in &instance.processes {
                    let cells = vec![instance.name(), process.clone(), instance.process_state.clone()];
                    rows.push(blank(cells).take(header.len()).collect());
                }
            }
        }
        let mut table = Table::new("instances", &header, rows);
        table.title = format!("Deployment '{name}'");
        table
    }
}

fn answers(instance: &Instance) -> bool {
    instance.vm_cid.is_some() && !instance.agent.unresponsive
}

/// vm_state.rb:77; running with no processes is shown as nothing (bosh-cli `director/vms.go:103`).
fn process_state(instance: &Instance) -> String {
    match &instance.vm_cid {
        None => String::new(),
        Some(_) if instance.agent.unresponsive => "unresponsive agent".to_owned(),
        Some(_) if instance.process_state == "running" && instance.processes.is_empty() => String::new(),
        Some(_) => instance.process_state.clone(),
    }
}

fn ips(instance: &Instance) -> String {
    if instance.vm_cid.is_some() { instance.ips.join("\n") } else { String::new() }
}

/// The disks are those of the database (vm_state.rb:59), wherever the cloud has them.
fn details_of(instance: &Instance) -> Vec<String> {
    let active = instance.disks.iter().filter(|disk| disk.active);
    let disks: Vec<&str> = active.map(|disk| disk.cid.as_str()).collect();
    vec![
        instance.state.clone(),
        instance.vm_cid.clone().unwrap_or_default(),
        if instance.vm_type.is_empty() { "default".to_owned() } else { instance.vm_type.clone() },
        disks.join("\n"),
        instance.agent_id.clone().unwrap_or_default(),
        instance.index.to_string(),
        instance.bootstrap.to_string(),
        instance.ignore.to_string(),
    ]
}

/// What the agent says of /var/vcap/store: nothing where no disk is mounted there.
fn persistent_usage(instance: &Instance) -> String {
    let mounted = instance.agent.mounted.as_ref().filter(|_| answers(instance));
    let device = mounted.and_then(|disk| instance.agent.hints.get(disk));
    device.map_or_else(String::new, |device| {
        let used = files(std::path::Path::new(device)).map_or(0, |files| files.len());
        format!("{used}% (0i%)")
    })
}
