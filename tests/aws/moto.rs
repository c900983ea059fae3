//! moto's server, of its own authors: installed once into a virtual environment below the target directory, started on a
//! free port of the loopback, ended with the test.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// The release that the tests know.
const RELEASE: &str = "moto[server,ec2]==5.2.5";

/// A server. It ends with this.
pub struct Moto {
    child: Child,
    pub address: String,
}

impl Moto {
    pub fn start() -> Self {
        let moto = Self::with(&[]);
        // It loads EC2 at the first request, which takes seconds.
        moto.asked("DescribeVolumes", &[]);
        moto
    }

    /// One with more arguments.
    pub fn with(arguments: &[&str]) -> Self {
        let mut child = Command::new(installed().join("bin/moto_server"))
            .args(["-H", "127.0.0.1", "-p", "0"])
            .args(arguments)
            .env("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::null())
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
        Moto { child, address }
    }

    /// Forgets all that it has.
    pub fn reset(&self) {
        ureq::post(format!("http://{}/moto-api/reset", self.address)).send_empty().unwrap();
    }

    /// Another client of the same cloud: what it answers to an action of EC2.
    pub fn asked(&self, action: &str, params: &[(&str, &str)]) -> String {
        let mut form = format!("Action={action}&Version=2016-11-15");
        params.iter().for_each(|(name, value)| form += &format!("&{name}={value}"));
        let signed =
            "AWS4-HMAC-SHA256 Credential=x/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=x";
        let mut answer = ureq::post(format!("http://{}/", self.address))
            .config()
            .http_status_as_error(false)
            .build()
            .header("Authorization", signed)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .send(&form)
            .unwrap();
        answer.body_mut().read_to_string().unwrap()
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

impl Drop for Moto {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The texts of all elements of this name.
pub fn within(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    xml.split(&open).skip(1).filter_map(|rest| Some(rest.split_once(&close)?.0.to_owned())).collect()
}

/// The Python that has moto, and so botocore.
pub fn python() -> PathBuf {
    installed().join("bin/python")
}

/// The virtual environment; whoever comes first fills it.
fn installed() -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join("moto");
    fs::create_dir_all(&place).unwrap();
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let (home, ready) = (place.join("venv"), place.join("ready"));
    if fs::read_to_string(&ready).unwrap_or_default() == RELEASE {
        return home;
    }
    let run = |program: &Path, arguments: &[&str]| {
        let ended = Command::new(program).args(arguments).stdin(Stdio::null()).output();
        let said = ended.as_ref().map(|ended| String::from_utf8_lossy(&ended.stderr).into_owned()).unwrap_or_default();
        let is_done = ended.is_ok_and(|ended| ended.status.success());
        assert!(
            is_done,
            "the tests of AWS need {RELEASE} of PyPI, and {} {arguments:?} failed: install python3 with venv, and see that \
             pip reaches a package index\n{said}",
            program.display()
        );
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", home.to_str().unwrap()]);
    run(&home.join("bin/pip"), &["install", "--quiet", "--disable-pip-version-check", RELEASE]);
    fs::write(&ready, RELEASE).unwrap();
    home
}
