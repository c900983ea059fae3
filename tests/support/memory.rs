//! Measures the memory of a command.

use std::io::Read;
use std::process::{Command, Stdio};

/// The peak of a command's resident memory in MiB, while its output goes through a pipe.
///
/// A process that has ended has no memory to look at. So the first run gives the length of the output, and the second
/// one is stopped shortly before its end, when almost all of it has been read.
pub fn peak_mib(make: impl Fn() -> Command) -> f64 {
    const REST: u64 = 256 << 10;
    let mut child = make().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let length = std::io::copy(child.stdout.as_mut().unwrap(), &mut std::io::sink()).unwrap();
    assert!(child.wait().unwrap().success());
    assert!(length > REST, "an output of {length} bytes is too short");
    let mut child = make().stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut stdout = child.stdout.take().unwrap();
    std::io::copy(&mut stdout.by_ref().take(length - REST), &mut std::io::sink()).unwrap();
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    std::io::copy(&mut stdout, &mut std::io::sink()).unwrap();
    child.wait().unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}

/// The peak of a command's resident memory in MiB, as seen until its end, and whether it succeeded.
pub fn watched_mib(mut command: Command) -> (f64, bool) {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut most = 0.0_f64;
    loop {
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        if let Some(line) = status.lines().find_map(|line| line.strip_prefix("VmHWM:")) {
            most = most.max(line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0);
        }
        if let Some(ended) = child.try_wait().unwrap() {
            return (most, ended.success());
        }
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
}
