//! CPI executables: what a call costs beside the child alone, and how many disks at once take their time at once.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use snapback::clock::{Clock, Ids};
use snapback::cpi::Queries;
use snapback::cpi::executable::{ExecutableCpi, Manner, Setting};
use snapback::domain::ids::{CpiName, VmCid};
use snapback::secret::{Redactor, Secret};

use crate::measure::{Budget, RUNS, Report, median, timed};
use crate::support::fake_cpi::Scene;

const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
/// How many calls make one figure.
const CALLS: u32 = 20;

/// Adds the rows of this file.
pub fn run(report: &mut Report) {
    own_cost(report);
    for (disks, parallel, latency) in [(1, 1, 200), (20, 5, 200), (20, 20, 200), (50, 10, 100)] {
        fan_out(report, disks, parallel, latency);
    }
}

/// `get_disks` through snapback, and the same child with the same request, started by hand and read to its end.
fn own_cost(report: &mut Report) {
    let scene = Scene::of_one(&json!({}));
    scene.script(&json!({"vms": {"vm-0": ["disk-0"]}, "silent": true}));
    let program = scene.sandbox.path("fake/cpi");
    let setting = Setting {
        name: CpiName::new("fake_cpi"),
        program: program.clone(),
        manner: Manner::Director,
        through: None,
        environment: vec![("PATH".to_owned(), PATH.to_owned())],
        properties: Secret::default(),
        redactor: Redactor::of(&Value::Null),
        director_uuid: "bench".to_owned(),
        stemcell_api_version: None,
        deadline: Duration::from_secs(60),
        lag: Duration::ZERO,
        trace: std::sync::Arc::new(()),
        stop: std::sync::Arc::new(|| false),
    };
    let cpi = ExecutableCpi::open(setting, Clock::System, Ids::Random).unwrap();
    let vm = VmCid::new("vm-0");
    let ours = || {
        let begun = Instant::now();
        assert_eq!(cpi.get_disks(&vm).unwrap().len(), 1);
        begun.elapsed()
    };
    let request = json!({"method": "get_disks", "arguments": ["vm-0"], "context": {"director_uuid": "bench"}});
    let request = request.to_string();
    let bare = || bare(&program, request.as_bytes());
    let each = |call: &dyn Fn() -> Duration| (0..CALLS).map(|_| call()).sum::<Duration>() / CALLS;
    let (mut of_ours, mut of_bare, mut more) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let (a, b) = (each(&ours), each(&bare));
        of_ours.push(a);
        of_bare.push(b);
        more.push(a.saturating_sub(b));
    }
    let bare = median(of_bare);
    report.row("a call of `get_disks`", "ms", median(of_ours), Some(("the child alone", bare)), Budget::None);
    report.row("own cost of that call", "ms", median(more), None, Budget::Most(2.0));
}

fn bare(program: &Path, request: &[u8]) -> Duration {
    let begun = Instant::now();
    let mut child = Command::new(program)
        .env_clear()
        .env("PATH", PATH)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(request).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{output:?}");
    begun.elapsed()
}

/// The whole command, on a CPI whose `snapshot_disk` takes its time; beside it the ideal, and what the Director's order
/// of calls comes to: `info` for each instance, one after another.
fn fan_out(report: &mut Report, disks: usize, parallel: usize, latency: u64) {
    let names: Vec<String> = (0..disks).map(|index| format!("db/{index}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let vms: serde_json::Map<String, Value> =
        (0..disks).map(|number| (format!("vm-{number}"), json!([format!("disk-{number}")]))).collect();
    let script = json!({"vms": vms, "silent": true, "does": {"snapshot_disk": format!("sleep:{latency} + ok")}});
    let scene = Scene::with(&names, &script);
    let times = (0..11)
        .map(|_| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_snapback"));
            command.args(["take", "--parallel", &parallel.to_string()]).current_dir(scene.sandbox.path(""));
            timed(command.env_clear().env("PATH", PATH).env("HOME", scene.sandbox.path("")))
        })
        .collect();
    let ideal = (disks.div_ceil(parallel) as u64 * latency) as f64;
    let what = format!("`take` of {disks} disks at `--parallel {parallel}`, by an executable of {latency} ms");
    report.row(&what, "ms", median(times), Some(("ideal", ideal)), Budget::Most(ideal + 60.0));
}
