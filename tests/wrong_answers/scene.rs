//! A cloud of real files behind a CPI that lies in what it is told to lie in, and what must be so after each lie.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::{Value, json};

use crate::support::{Ran, Sandbox, disk_of, fake_cpi, vm_of};

/// What a cloud has by itself to find a lost thing again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tells {
    /// All of the recovery extension.
    Everything,
    /// The same, without metadata.
    NoMetadata,
    /// It makes disks of snapshots, and can be asked nothing.
    Nothing,
}

impl Tells {
    pub const ALL: [Tells; 3] = [Tells::Everything, Tells::NoMetadata, Tells::Nothing];

    fn info(self) -> Value {
        let all = ["create_disk_from_snapshot", "list_snapshots", "describe_snapshot", "find_disk", "clear_leftovers"];
        let methods = if self == Tells::Nothing { &all[..1] } else { &all[..] };
        let keeps = self == Tells::Everything;
        json!({"api_version": 2, "snapback": {"version": 1, "methods": methods, "stores_metadata": keeps}})
    }
}

/// `db/0` and `db/1`, each with a snapshot; a snapshot of `db/1` that is deleted; an orphaned disk of it.
pub struct Liar {
    pub sandbox: Sandbox,
    pub tells: Tells,
    pub own: String,
    pub other: String,
    pub gone: String,
    pub orphan: String,
}

/// What came of a run under a lie.
#[derive(Debug)]
pub struct Tried {
    pub ran: Ran,
    /// What the state has come to know.
    pub new: Vec<String>,
    /// What the cloud has more.
    pub made: Vec<String>,
    pub after: World,
}

/// All that the state file lists and all that the cloud has.
#[derive(Debug, Clone, PartialEq)]
pub struct World {
    /// CID to row.
    pub snapshots: BTreeMap<String, Value>,
    pub disks: BTreeMap<String, Value>,
    /// Kind and CID to content.
    pub cloud: BTreeMap<String, String>,
    /// VM to disks.
    pub attached: BTreeMap<String, Vec<String>>,
}

impl Liar {
    pub fn new(tells: Tells) -> Self {
        let sandbox = Sandbox::empty();
        fake_cpi::install(&sandbox, &json!({}));
        sandbox.write(
            "director.yml",
            "cloud_provider:\n  template:\n    name: fake_cpi\n  properties:\n    fake:\n      password: canary\n\
             properties:\n  director:\n    name: test\n    enable_snapshots: true\n  snapback:\n    cpi:\n      path: fake/cpi\n      lag: 0\n    \
             hooks:\n      verify: [/bin/sh, -c, 'echo \"$SNAPBACK_HOOK_DISK\"']\n",
        );
        let mut inventory = "deployments:\n  - name: prod\n    instances:\n".to_owned();
        for name in ["db/0", "db/1"] {
            let (vm, disk) = (vm_of(name), disk_of(name));
            sandbox.make_disk(&disk, 1 << 20, name);
            sandbox.make_vm(&vm, &[&disk]);
            inventory += &format!(
                "      - name: {name}\n        vm_cid: {vm}\n        managed_by: nobody\n        disks:\n          - cid: {disk}\n            size_mib: 1\n"
            );
        }
        sandbox.write("inventory.yml", &inventory);
        let mut liar = Liar {
            sandbox,
            tells,
            own: String::new(),
            other: String::new(),
            gone: String::new(),
            orphan: String::new(),
        };
        liar.honest();
        liar.sandbox.run(&["import", "inventory.yml"]).quiet_success();
        (liar.own, liar.other) = (liar.sandbox.take("db/0"), liar.sandbox.take("db/1"));
        liar.gone = liar.sandbox.take("db/1");
        liar.sandbox.run(&["-n", "delete", &liar.gone]).quiet_success();
        liar.orphan = liar.sandbox.line(&["promote", &liar.other, "--output", "cid"]);
        liar
    }

    /// The CPI does from now on as the cloud does, apart from this.
    pub fn lies(&self, does: &Value) {
        let cloud = self.sandbox.path("cloud");
        let script = json!({
            "behind": [env!("CARGO_BIN_EXE_snapback"), "cpi", "local", "--path", cloud],
            "info": self.tells.info(),
            "does": does,
        });
        self.sandbox.write("fake/fake.json", &script.to_string());
    }

    pub fn honest(&self) {
        self.lies(&json!({}));
    }

    pub fn world(&self) -> World {
        let rows = |arguments: &[&str], content: &str| -> BTreeMap<String, Value> {
            let rows = self.sandbox.rows(arguments, content);
            rows.into_iter()
                .map(|mut row| {
                    let cid = named(&row);
                    let fields = row.as_object_mut().unwrap();
                    fields.remove("age");
                    // A drill of this one may say so.
                    if cid == self.own {
                        fields.remove("verified_at");
                    }
                    (cid, row)
                })
                .collect()
        };
        let mut cloud = BTreeMap::new();
        for kind in ["disks", "snapshots"] {
            for cid in self.sandbox.names(&format!("cloud/{kind}")) {
                let path = self.sandbox.path("cloud").join(kind).join(&cid).join("disk.img");
                cloud.insert(format!("{kind}/{cid}"), beginning(&path));
            }
        }
        let attached = ["db/0", "db/1"].map(|name| (vm_of(name), self.sandbox.attached(&vm_of(name)))).into();
        World { snapshots: rows(&["snapshots"], "snapshots"), disks: rows(&["disks"], "disks"), cloud, attached }
    }

    pub fn pending(&self) -> Vec<String> {
        let rows = self.sandbox.rows(&["operations"], "operations");
        let pending = rows.iter().filter(|row| row["state"] == "pending");
        pending.map(|row| row["operation"].as_str().unwrap().to_owned()).collect()
    }

    /// Types what is printed, until no operation is pending; the CPI lies on.
    pub fn follow(&self, what: &str, ran: &Ran) {
        let mut next = printed(ran);
        for _ in 0..4 {
            if self.pending().is_empty() {
                return;
            }
            let command = next.unwrap_or_else(|| panic!("{what}: pending, and no command is printed: {ran:?}"));
            let words: Vec<&str> = command.iter().map(String::as_str).collect();
            let ran = self.sandbox.run(&[&["-n"], &words[..]].concat());
            assert!(![2, 70].contains(&ran.status), "{what}: {command:?}: {ran:?}");
            next = printed(&ran);
        }
        let pending = self.pending();
        let shown: Vec<Ran> = pending.iter().map(|id| self.sandbox.run(&["operations", id])).collect();
        assert!(pending.is_empty(), "{what}: nothing leads out of {pending:?}: {shown:#?}");
    }

    /// Runs a command while the CPI lies, and what it prints then; nothing may be lost by it.
    pub fn try_out(&self, what: &str, words: &[String], does: &Value, before: World) -> Tried {
        self.lies(does);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let ran = self.sandbox.run(&[&["-n"], &words[..]].concat());
        assert_ne!(ran.status, 70, "{what}: {ran:?}");
        self.follow(what, &ran);
        let after = self.world();
        let new = self.nothing_is_lost(what, &before, &after, &ran);
        let made = after.cloud.keys().filter(|place| !before.cloud.contains_key(*place)).cloned().collect();
        Tried { ran, new, made, after }
    }

    /// Nothing of what was there is lost or changed, and what is new in the state is new in the cloud. Gives what the state
    /// has come to know, by kind and CID.
    pub fn nothing_is_lost(&self, what: &str, before: &World, after: &World, ran: &Ran) -> Vec<String> {
        for (cid, content) in &before.cloud {
            assert_eq!(after.cloud.get(cid), Some(content), "{what}: the cloud's {cid}: {ran:?}");
        }
        for (cid, row) in before.snapshots.iter().chain(&before.disks) {
            let now = after.snapshots.get(cid).or_else(|| after.disks.get(cid));
            assert_eq!(now, Some(row), "{what}: what is known of {cid}: {ran:?}");
        }
        assert_eq!(after.attached, before.attached, "{what}: {ran:?}");
        let mut new = Vec::new();
        for (kind, known, knew) in
            [("snapshots", &after.snapshots, &before.snapshots), ("disks", &after.disks, &before.disks)]
        {
            for cid in known.keys().filter(|cid| !knew.contains_key(*cid)) {
                let place = format!("{kind}/{cid}");
                let unseen = self.tells == Tells::Nothing && cid == "made-up";
                assert!(unseen || after.cloud.contains_key(&place), "{what}: {place} is known, and not there: {ran:?}");
                assert!(!before.cloud.contains_key(&place), "{what}: {place} was there before: {ran:?}");
                assert_ne!(*cid, self.gone, "{what}: {ran:?}");
                new.push(place);
            }
        }
        new
    }
}

/// The printed command that goes on: `recover`, or the operator's word that nothing has happened.
fn printed(ran: &Ran) -> Option<Vec<String>> {
    let commands: Vec<Vec<String>> = ran
        .stderr
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Hint: run: snapback "))
        .map(|line| line.split_whitespace().map(str::to_owned).collect())
        .collect();
    let is = |command: &&Vec<String>, word: &str| command.iter().any(|own| own == word);
    let word = commands.iter().find(|command| is(command, "--abandon"));
    let plain = |command: &&Vec<String>| is(command, "recover") && !is(command, "--adopt");
    word.or_else(|| commands.iter().find(plain)).cloned()
}

fn beginning(image: &Path) -> String {
    let bytes = fs::read(image).unwrap();
    let end = bytes.iter().position(|byte| *byte == 0).unwrap_or(bytes.len());
    String::from_utf8_lossy(&bytes[..end]).into_owned()
}

/// The CID of a row.
fn named(row: &Value) -> String {
    row.get("cid").or_else(|| row.get("disk_cid")).and_then(Value::as_str).unwrap_or_else(|| panic!("{row}")).to_owned()
}
