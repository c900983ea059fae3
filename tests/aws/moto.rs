//! moto's server, of its own authors: installed once into a virtual environment below the target directory, started once for
//! the group on a free port of the loopback, ended with it. Each scene has an account of its own there.

use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::between::{self, Between};
use crate::venv;

/// The release that the tests know.
const RELEASE: &str = "moto[server,ec2]==5.2.5";

/// moto's server, until nobody holds its standard input any more: so it ends with the tests, however they end.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
import moto.server
moto.server.main(sys.argv[1:])
";

/// The one server of the group. Each scene has an account of its own on it.
static SHARED: OnceLock<Server> = OnceLock::new();
static ACCOUNTS: AtomicU64 = AtomicU64::new(100_000_000_001);

/// A server. It ends with this.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(python())
            .args(["-c", PROGRAM, "-H", "127.0.0.1", "-p", "0"])
            .args(arguments)
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = lines.by_ref().map_while(Result::ok);
        let running = said.find_map(|line| {
            line.split_once("Running on http").and_then(|(_, rest)| Some(rest.split_once("://")?.1.trim().to_owned()))
        });
        // It ends where nobody reads what it logs.
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        let address = running.unwrap_or_else(|| panic!("moto's server did not start"));
        Server { child, address }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// An account of AWS that nobody else uses.
pub struct Moto {
    pub address: String,
    account: String,
    /// Where it is not the group's.
    _own: Option<Server>,
}

impl Moto {
    /// An empty account on the group's server.
    pub fn start() -> Self {
        let shared = SHARED.get_or_init(|| Server::start(&[]));
        let account = ACCOUNTS.fetch_add(1, Ordering::Relaxed).to_string();
        Moto { address: shared.address.clone(), account, _own: None }
    }

    /// On a server of its own, with more arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let own = Server::start(arguments);
        Moto { address: own.address.clone(), account: "123456789012".to_owned(), _own: Some(own) }
    }

    /// The way to this account.
    pub fn between(&self) -> Between {
        between::adding(&self.address, &format!("x-moto-account-id: {}", self.account))
    }

    /// Another client of the same cloud: what it answers to an action of EC2.
    pub fn asked(&self, action: &str, params: &[(&str, &str)]) -> String {
        self.asked_in("us-east-1", action, params)
    }

    fn asked_in(&self, region: &str, action: &str, params: &[(&str, &str)]) -> String {
        let mut form = format!("Action={action}&Version=2016-11-15");
        params.iter().for_each(|(name, value)| form += &format!("&{name}={value}"));
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential=x/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=x"
        );
        let mut answer = ureq::post(format!("http://{}/", self.address))
            .config()
            .http_status_as_error(false)
            .build()
            .header("Authorization", signed)
            .header("x-moto-account-id", &self.account)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .send(&form)
            .unwrap();
        answer.body_mut().read_to_string().unwrap()
    }

    /// A new VM with a disk, in another region: the two ids.
    pub fn elsewhere(&self, region: &str) -> (String, String) {
        let one = |action, params: &[(&str, &str)], name: &str| {
            within(&self.asked_in(region, action, params), name)[0].clone()
        };
        let run = [("ImageId", "ami-12c6146b"), ("MinCount", "1"), ("MaxCount", "1")];
        let vm = one("RunInstances", &run, "instanceId");
        let zone = one("DescribeInstances", &[], "availabilityZone");
        let disk = one("CreateVolume", &[("Size", "1"), ("AvailabilityZone", &zone)], "volumeId");
        self.asked_in(region, "AttachVolume", &[("VolumeId", &disk), ("InstanceId", &vm), ("Device", "/dev/sdf")]);
        (vm, disk)
    }

    /// A new VM with a root volume.
    pub fn vm(&self) -> String {
        let answer = self.asked("RunInstances", &[("ImageId", "ami-12c6146b"), ("MinCount", "1"), ("MaxCount", "1")]);
        within(&answer, "instanceId")[0].clone()
    }

    /// A new volume of one GiB in the zone of the VMs.
    pub fn volume(&self, params: &[(&str, &str)]) -> String {
        let zone = self.asked("DescribeInstances", &[]);
        let zone = within(&zone, "availabilityZone").first().cloned().unwrap_or_else(|| "us-east-1a".to_owned());
        let all = [&[("Size", "1"), ("AvailabilityZone", zone.as_str())], params].concat();
        within(&self.asked("CreateVolume", &all), "volumeId")[0].clone()
    }

    /// The ids of its volumes that no VM starts from, in order.
    pub fn volumes(&self) -> Vec<String> {
        let answer = self.asked("DescribeVolumes", &[]);
        let items = answer.split("<item>").filter(|item| item.contains("<size>") && !item.contains("<size>8<"));
        let mut ids: Vec<String> = items.flat_map(|item| within(item, "volumeId").into_iter().take(1)).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// The ids of its snapshots, in order.
    pub fn snapshots(&self) -> Vec<String> {
        let mut ids = within(&self.asked("DescribeSnapshots", &[]), "snapshotId");
        ids.sort();
        ids
    }

    /// The volumes of a VM, apart from its root.
    pub fn of_vm(&self, vm: &str) -> Vec<String> {
        let answer = self.asked("DescribeInstances", &[("InstanceId.1", vm)]);
        let mappings = answer
            .split("<deviceName>")
            .skip(1)
            .filter(|mapping| mapping.starts_with("/dev/sd") && !mapping.starts_with("/dev/sda1"));
        mappings.map(|mapping| within(mapping, "volumeId")[0].clone()).collect()
    }
}

/// The texts of all elements of this name.
pub fn within(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0.to_owned())).collect()
}

/// The Python that has moto, and so botocore.
pub fn python() -> PathBuf {
    venv::python("moto", RELEASE)
}
