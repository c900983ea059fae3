//! All that the state file lists and all that the cloud has, and what must be so whatever a CPI has said.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

use super::cloud::{Cloud, NOW, THEN, disks_of};
use crate::support::vm_of;

#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// CID to row.
    pub snapshots: BTreeMap<String, Value>,
    pub disks: BTreeMap<String, Value>,
    /// Kind and CID to content.
    pub cloud: BTreeMap<String, String>,
    /// Instance to the disks that its VM really has.
    pub attached: BTreeMap<String, Vec<String>>,
}

const INSTANCES: [&str; 3] = ["db/0", "db/1", "db/2"];

impl Cloud {
    pub fn world(&self) -> World {
        let rows = |content: &str| -> BTreeMap<String, Value> {
            let rows = self.sandbox.rows(&[content], content).into_iter().map(|mut row| {
                row.as_object_mut().unwrap().remove("age");
                let cid = row.get("cid").or_else(|| row.get("disk_cid")).unwrap().as_str().unwrap().to_owned();
                (cid, row)
            });
            rows.collect()
        };
        let mut cloud = BTreeMap::new();
        for kind in ["disks", "snapshots"] {
            for cid in self.sandbox.names(&format!("fake/{kind}")) {
                cloud.insert(format!("{kind}/{cid}"), self.content(kind, &cid));
            }
        }
        let changes = self.changes();
        let attached = INSTANCES.map(|name| (name.to_owned(), attached(name, &changes))).into();
        World { snapshots: rows("snapshots"), disks: rows("disks"), cloud, attached }
    }

    fn content(&self, kind: &str, cid: &str) -> String {
        let record = fs::read(self.sandbox.path("fake").join(kind).join(cid)).unwrap();
        let record: Value = serde_json::from_slice(&record).unwrap();
        record["content"].as_str().unwrap().to_owned()
    }

    pub fn pending(&self) -> Vec<String> {
        let rows = self.sandbox.rows(&["operations"], "operations");
        let pending = rows.iter().filter(|row| row["state"] == "pending");
        pending.map(|row| row["operation"].as_str().unwrap().to_owned()).collect()
    }

    /// Each start was on one whole set of disks: all of then, or all of now.
    pub fn nothing_started_wrongly(&self, what: &str) {
        let changes = self.changes();
        let name = self.known.instance;
        for line in fs::read_to_string(self.sandbox.path("started")).unwrap_or_default().lines() {
            let had = attached(name, &changes[..line.trim().parse().unwrap()]);
            let contents: Vec<String> = had.iter().map(|disk| self.content("disks", disk)).collect();
            assert!(when(name, &contents).is_some(), "{what}: started on {had:?}, {contents:?}");
        }
    }
}

fn attached(name: &str, changes: &[Value]) -> Vec<String> {
    let mut disks = disks_of(name);
    for change in changes.iter().filter(|change| change["vm"] == vm_of(name).as_str()) {
        disks.retain(|disk| change["disk"] != disk.as_str());
        if change["on"] == true {
            disks.push(change["disk"].as_str().unwrap().to_owned());
        }
    }
    disks
}

/// Whether these are all disks of an instance of one time, each once.
fn when(name: &str, contents: &[String]) -> Option<&'static str> {
    [THEN, NOW].into_iter().find(|when| {
        let mut wanted: Vec<String> = disks_of(name).iter().map(|disk| format!("{disk} {when}")).collect();
        let mut contents = contents.to_vec();
        wanted.sort();
        contents.sort();
        wanted == contents
    })
}

impl World {
    /// Of which time the disks are that the instance's VM really has; none where they are not one whole set.
    pub fn time_of(&self, name: &str) -> Option<&'static str> {
        let contents: Vec<String> = self.attached[name]
            .iter()
            .map(|disk| self.cloud.get(&format!("disks/{disk}")).cloned().unwrap_or_default())
            .collect();
        when(name, &contents)
    }

    /// The disks of each instance by the state, and those that the VMs have.
    pub fn agrees(&self, what: &str) {
        for name in INSTANCES {
            let active = self.disks.values().filter(|row| row["state"] == "active" && row["instance"] == name);
            let mut recorded: Vec<&str> = active.map(|row| row["disk_cid"].as_str().unwrap()).collect();
            let mut has: Vec<&str> = self.attached[name].iter().map(String::as_str).collect();
            recorded.sort_unstable();
            has.sort_unstable();
            assert_eq!(recorded, has, "{what}: {name}: by the state, and by the cloud");
        }
    }

    /// Nothing of `before` is lost, and only rows of `instance` have changed, and these only in their place; what is new is
    /// the instance's, and is in the cloud. Gives what the cloud has and the state does not.
    pub fn nothing_is_lost(&self, what: &str, before: &World, instance: &str) -> Vec<String> {
        for (place, content) in &before.cloud {
            assert_eq!(self.cloud.get(place), Some(content), "{what}: the cloud's {place}");
        }
        for (cid, row) in &before.snapshots {
            assert_eq!(self.snapshots.get(cid), Some(row), "{what}: what is known of {cid}");
        }
        for (cid, row) in &before.disks {
            let now = self.disks.get(cid).unwrap_or_else(|| panic!("{what}: disk {cid} is forgotten"));
            assert_eq!(steady(now, instance), steady(row, instance), "{what}: what is known of {cid}");
        }
        for name in INSTANCES.into_iter().filter(|name| *name != instance) {
            assert_eq!(self.attached[name], before.attached[name], "{what}: {name}");
        }
        for (kind, known, knew) in
            [("snapshots", &self.snapshots, &before.snapshots), ("disks", &self.disks, &before.disks)]
        {
            for (cid, row) in known.iter().filter(|(cid, _)| !knew.contains_key(*cid)) {
                let place = format!("{kind}/{cid}");
                assert!(self.cloud.contains_key(&place), "{what}: {place} is known, and not there");
                assert_eq!(row["instance"], instance, "{what}: {place}");
            }
        }
        let known = |place: &String| {
            let (kind, cid) = place.split_once('/').unwrap();
            if kind == "disks" { self.disks.contains_key(cid) } else { self.snapshots.contains_key(cid) }
        };
        let new = self.cloud.keys().filter(|place| !before.cloud.contains_key(*place));
        new.filter(|place| !known(place)).cloned().collect()
    }
}

/// What of a disk's row a swap of its instance must not change.
fn steady(row: &Value, instance: &str) -> Value {
    let mut row = row.clone();
    if row["instance"] == instance {
        let fields = row.as_object_mut().unwrap();
        fields.remove("state");
        fields.remove("orphaned_at");
    }
    row
}
