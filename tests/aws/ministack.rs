//! A second AWS of other authors than moto's: ministack, for the same contract. The third that PyPI has, roto-aws, has no
//! EC2: it answers that it cannot route its requests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::json;

use crate::cloud::{self, Aws};
use crate::moto::within;
use crate::{conformance, venv};

/// The release that the tests know.
const RELEASE: &str = "ministack==1.5.33";

/// Within this one process, on the loopback alone, until nobody holds its standard input any more.
const PROGRAM: &str = "
import os, sys, threading
threading.Thread(target=lambda: (sys.stdin.buffer.read(), os._exit(0)), daemon=True).start()
import hypercorn.__main__
hypercorn.__main__.main(['ministack.app:app', '-w', '0', '-b', '127.0.0.1:0'])
";

/// Where ministack is not AWS, and why a case of the contract cannot hold there.
const BEYOND: [(&str, &str); 4] = [
    ("attaching and detaching", NO_MAPPING),
    ("a VM's disks are in a stable order", NO_MAPPING),
    ("a disk has one VM", NO_MAPPING),
    ("two at once attach a disk once", NO_MAPPING),
];
const NO_MAPPING: &str = "its DescribeInstances does not name the volumes that were attached";

struct Ministack {
    child: Child,
    address: String,
}

impl Drop for Ministack {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Ministack {
    fn start() -> Self {
        let place = std::env::temp_dir();
        let mut child = Command::new(venv::python("ministack", RELEASE))
            .args(["-c", PROGRAM])
            .current_dir(place)
            .env("PYTHONUNBUFFERED", "1")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut said = lines.by_ref().map_while(Result::ok);
        let running = said.find_map(|line| {
            let (_, rest) = line.split_once("Running on http://")?;
            rest.split_whitespace().next().map(str::to_owned)
        });
        std::thread::spawn(move || lines.map_while(Result::ok).for_each(drop));
        Ministack { child, address: running.unwrap_or_else(|| panic!("ministack did not start")) }
    }

    /// A new VM of the account whose number is this key.
    fn vm(&self, account: &str) -> String {
        let signed = format!(
            "AWS4-HMAC-SHA256 Credential={account}/20260101/us-east-1/ec2/aws4_request, SignedHeaders=host, Signature=x"
        );
        let form = "Action=RunInstances&Version=2016-11-15&ImageId=ami-12c6146b&MinCount=1&MaxCount=1";
        let mut answer = ureq::post(format!("http://{}/", self.address))
            .header("Authorization", signed)
            .header("Content-Type", "application/x-www-form-urlencoded")
            .send(form)
            .unwrap();
        within(&answer.body_mut().read_to_string().unwrap(), "instanceId")[0].clone()
    }
}

#[test]
fn aws_by_other_authors_keeps_the_contract() {
    let server = Ministack::start();
    let accounts = AtomicU64::new(200_000_000_001);
    conformance::run_apart_from("AWS, by ministack", &BEYOND, &|| {
        let account = accounts.fetch_add(1, Ordering::Relaxed).to_string();
        let mut said = cloud::properties(&server.address);
        said["access_key_id"] = json!(account);
        Box::new(Aws::at(said, [server.vm(&account), server.vm(&account)]))
    });
}
