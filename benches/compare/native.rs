//! AWS as it is built in: beside an executable that needs its time to start, and many disks at once.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use serde_json::json;

use crate::measure::{Budget, Report, median, timed};
use crate::support::Sandbox;
use crate::support::fake_cpi::Scene;

const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// So long the AWS CPI, a Ruby program, takes to start.
const START: u64 = 1200;
/// So long AWS takes for an answer.
const LATENCY: u64 = 100;
/// The requests of a snapshot, one after another: is it there, the volume, take it.
const REQUESTS: u64 = 3;

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    let native = Native::with(5);
    let names = names(5);
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let vms: serde_json::Map<String, serde_json::Value> =
        (0..5).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    let slow = format!("sleep:{START} + ok");
    let script = json!({"vms": vms, "silent": true, "does": {"info": slow, "snapshot_disk": slow}});
    let executable = Scene::with(&names, &script);
    let one_by_one = ["take", "--parallel", "1"];
    report.pair(
        &format!("`take` of 5 disks, AWS built in, {LATENCY} ms a request"),
        &format!("an executable of {START} ms a call"),
        3,
        Budget::Ratio(0.5),
        || native.take(&one_by_one),
        || timed(in_sandbox(&executable.sandbox).args(one_by_one)),
    );
    let (disks, parallel) = (50_u64, 20_u64);
    let native = Native::with(disks);
    let times = (0..11).map(|_| native.take(&["take", "--parallel", &parallel.to_string()])).collect();
    let ideal = (disks.div_ceil(parallel) * REQUESTS * LATENCY) as f64;
    let what = format!("`take` of {disks} disks at `--parallel {parallel}`, AWS built in, {LATENCY} ms a request");
    report.row(&what, "ms", median(times), Some(("ideal", ideal)), Budget::Ratio(1.2));
}

fn names(count: u64) -> Vec<String> {
    (0..count).map(|number| format!("db/{number}")).collect()
}

fn in_sandbox(sandbox: &Sandbox) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
    command.current_dir(sandbox.path("")).env_clear().env("PATH", PATH).env("HOME", sandbox.path(""));
    command
}

/// A sandbox whose cloud is a server that answers late.
struct Native(Sandbox);

impl Native {
    fn with(disks: u64) -> Self {
        let sandbox = Sandbox::empty();
        let aws = json!({
            "region": "us-east-1", "ec2_endpoint": format!("http://{}", serve()),
            "access_key_id": "AKIA", "secret_access_key": "secret",
        });
        let manifest = json!({
            "cloud_provider": {"template": {"name": "aws_cpi"}, "properties": {"aws": aws}},
            "properties": {"director": {"name": "test", "enable_snapshots": true}},
        });
        sandbox.write("director.yml", &format!("---\n{manifest}\n"));
        let mut inventory = "deployments:\n- name: prod\n  instances:\n".to_owned();
        for (name, number) in names(disks).iter().zip(0..) {
            inventory += &format!(
                "  - {{name: {name}, vm_cid: i-{number:017x}, managed_by: nobody, disks: [{{cid: vol-{number:017x}, size_mib: 1024}}]}}\n"
            );
        }
        sandbox.write("inventory.yml", &inventory);
        timed(in_sandbox(&sandbox).args(["--cpi", "builtin:aws_cpi", "import", "inventory.yml"]));
        Native(sandbox)
    }

    fn take(&self, arguments: &[&str]) -> Duration {
        timed(in_sandbox(&self.0).args(["--cpi", "builtin:aws_cpi"]).args(arguments))
    }
}

/// EC2, as far as a snapshot needs it, and its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let made = Arc::new(Mutex::new(Vec::new()));
    thread::spawn(move || {
        for client in listener.incoming().map_while(Result::ok) {
            let made = Arc::clone(&made);
            thread::spawn(move || drop(answer(client, &made)));
        }
    });
    address
}

fn answer(mut client: TcpStream, made: &Mutex<Vec<String>>) -> std::io::Result<()> {
    let mut reader = BufReader::new(&mut client);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head)? > 0 {}
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body)?;
    thread::sleep(Duration::from_millis(LATENCY));
    let form = String::from_utf8_lossy(&body).into_owned();
    let part = |name: &str| {
        form.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).unwrap_or_default().to_owned()
    };
    let action = part("Action");
    let inner = match action.as_str() {
        "DescribeInstances" => {
            let vm = part("InstanceId.1");
            format!(
                "<reservationSet><item><instancesSet><item><instanceId>{vm}</instanceId><instanceState><name>running</name>\
                 </instanceState><placement><availabilityZone>us-east-1a</availabilityZone></placement>\
                 <rootDeviceName>/dev/sda1</rootDeviceName><blockDeviceMapping><item><deviceName>/dev/sdf</deviceName><ebs>\
                 <volumeId>{}</volumeId><status>attached</status></ebs></item></blockDeviceMapping></item></instancesSet></item>\
                 </reservationSet>",
                vm.replacen("i-", "vol-", 1)
            )
        }
        "DescribeVolumes" => format!(
            "<volumeSet><item><volumeId>{}</volumeId><size>1</size><availabilityZone>us-east-1a</availabilityZone>\
             <volumeType>gp3</volumeType><status>in-use</status><attachmentSet/></item></volumeSet>",
            part("VolumeId.1")
        ),
        "CreateSnapshot" => {
            let mut made = made.lock().unwrap();
            let cid = format!("snap-{:017x}", made.len() + 1);
            let snapshot = format!(
                "<snapshotId>{cid}</snapshotId><volumeId>{}</volumeId><volumeSize>1</volumeSize><status>completed</status>\
                 <startTime>2026-11-28T00:00:00.000Z</startTime>",
                part("VolumeId")
            );
            made.push(snapshot.clone());
            snapshot
        }
        // All that were made, or the one that is asked for: the next command looks for what the one before has taken.
        _ => {
            let wanted = part("SnapshotId.1");
            let made = made.lock().unwrap();
            let items: String = made
                .iter()
                .filter(|snapshot| snapshot.contains(&wanted))
                .map(|snapshot| format!("<item>{snapshot}</item>"))
                .collect();
            format!("<snapshotSet>{items}</snapshotSet>")
        }
    };
    let xml = format!("<{action}Response>{inner}</{action}Response>");
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", xml.len());
    client.write_all(format!("{head}{xml}").as_bytes())
}
