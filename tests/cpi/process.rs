//! Real children: floods, deadlines, grandchildren, and every way in which a program cannot be started.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use snapback::process::{Call, Ended, Finished, ProcessError, run, spawn_detached};

fn sh(script: &str) -> Call {
    let mut call = Call::new("/bin/sh");
    call.args = vec!["-c".to_owned(), script.to_owned()];
    call.env = vec![("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    call
}

fn within(deadline_ms: u64, script: &str) -> Call {
    Call { deadline: Some(Duration::from_millis(deadline_ms)), ..sh(script) }
}

fn done(call: &Call) -> Finished {
    run(call).unwrap()
}

/// Gone, or dead and not yet reaped by whoever inherited it.
fn is_dead(pid: &str) -> bool {
    match fs::read_to_string(format!("/proc/{}/stat", pid.trim())) {
        Ok(stat) => stat.rsplit(") ").next().is_some_and(|rest| rest.starts_with('Z')),
        Err(_) => true,
    }
}

fn eventually(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < Duration::from_secs(10), "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

fn script(directory: &Path, text: &str, mode: u32) -> PathBuf {
    let path = directory.join("program");
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    path
}

#[test]
fn input_output_status_and_environment_are_exactly_what_was_given() {
    let mut call = sh("cat; env; echo oops >&2; exit 7");
    call.stdin = b"a\xff\n".to_vec();
    call.env.push(("GIVEN".to_owned(), "x y".to_owned()));
    let finished = done(&call);
    assert_eq!(finished.status, Ended::Exited(7));
    assert!(!finished.status.success());
    let (input, env) = finished.stdout.split_at(3);
    assert_eq!(input, b"a\xff\n");
    let mut env: Vec<_> = std::str::from_utf8(env).unwrap().lines().filter(|line| !line.starts_with("_=")).collect();
    env.retain(|line| !line.starts_with("PWD=") && !line.starts_with("SHLVL="));
    env.sort_unstable();
    assert_eq!(env, ["GIVEN=x y", "PATH=/usr/bin:/bin"], "the shell's own aside");
    assert_eq!(finished.stderr_tail, "oops\n");
    assert!(!finished.stdout_truncated);
}

#[test]
fn signals_are_told_apart_from_exit_statuses() {
    assert_eq!(done(&sh("kill -9 $$")).status, Ended::Signalled(9));
    assert_eq!(done(&sh("exit 137")).status, Ended::Exited(137));
}

#[test]
fn the_child_is_in_a_group_of_its_own_and_in_its_directory() {
    let directory = tempfile::tempdir().unwrap();
    let mut call = sh("echo $$ $(ps -o pgid= -p $$ 2>/dev/null || cut -d' ' -f5 /proc/$$/stat); pwd -P");
    call.cwd = Some(directory.path().to_owned());
    let output = String::from_utf8(done(&call).stdout).unwrap();
    let mut lines = output.lines();
    let ids: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(ids[0], ids[1]);
    assert_eq!(Path::new(lines.next().unwrap()), fs::canonicalize(directory.path()).unwrap());
}

#[test]
fn a_flood_of_output_costs_no_memory() {
    fn peak_kib() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap();
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
        line.split_whitespace().nth(1).unwrap().parse().unwrap()
    }
    let before = peak_kib();
    let mut call = sh("head -c 200000000 /dev/zero; head -c 200000000 /dev/zero | tr '\\0' x >&2; printf end >&2");
    call.stdout_limit = 1000;
    call.tail_limit = 10;
    let finished = done(&call);
    assert_eq!((finished.stdout.len(), finished.stdout_truncated), (1000, true));
    assert_eq!(finished.stderr_tail, "xxxxxxxend");
    let more = peak_kib() - before;
    assert!(more < 64 * 1024, "{more} KiB more for 400 MB of output");
}

#[test]
fn a_child_that_floods_before_it_reads_is_not_stuck() {
    let mut call = within(20_000, "head -c 3000000 /dev/zero >&2; head -c 3000000 /dev/zero; wc -c >&2");
    call.stdin = vec![b'x'; 3_000_000];
    let finished = done(&call);
    assert_eq!(finished.stdout.len(), 3_000_000);
    assert!(finished.stderr_tail.ends_with("3000000\n"), "{}", finished.stderr_tail);
}

#[test]
fn a_child_that_reads_nothing_is_no_error() {
    for end in ["exec <&-; exit 0", "exit 0"] {
        let mut call = within(20_000, end);
        call.stdin = vec![b'x'; 3_000_000];
        assert_eq!(done(&call).status, Ended::Exited(0));
    }
    assert_eq!(done(&sh("cat")).stdout, b"", "without input there is an end of input");
}

#[test]
fn text_that_is_none_is_shown_as_far_as_it_goes() {
    assert_eq!(done(&sh("printf 'a\\377b' >&2")).stderr_tail, "a\u{fffd}b");
    let mut call = sh("printf 'xx\\303\\244y' >&2");
    call.tail_limit = 2;
    assert_eq!(done(&call).stderr_tail, "y", "half a character at the cut goes, too");
}

#[test]
fn the_deadline_ends_the_whole_group() {
    let directory = tempfile::tempdir().unwrap();
    let pid = directory.path().join("pid");
    let call = within(300, &format!("echo out; echo err >&2; sleep 1000 & echo $! > {}; wait", pid.display()));
    let start = Instant::now();
    let error = run(&call).unwrap_err();
    assert!(start.elapsed() < Duration::from_secs(2), "SIGTERM was enough: {:?}", start.elapsed());
    assert!(error.started());
    let ProcessError::TimedOut { ended, stdout, stderr_tail, .. } = &error else { panic!("{error}") };
    assert_eq!((*ended, stdout.as_slice(), stderr_tail.as_str()), (Some(Ended::Signalled(15)), &b"out\n"[..], "err\n"));
    assert_eq!(error.to_string(), "/bin/sh: still running after 0.3 s, and ended");
    let grandchild = fs::read_to_string(pid).unwrap();
    eventually("the grandchild ends", || is_dead(&grandchild));
}

#[test]
fn who_ignores_sigterm_gets_sigkill() {
    let directory = tempfile::tempdir().unwrap();
    let pid = directory.path().join("pid");
    // The grandchild ignores SIGTERM, too, and outlives its parent's end.
    for (parent, status) in [("trap '' TERM", 9), (":", 15)] {
        let script = format!(
            "{parent}; (trap '' TERM; echo $(exec sh -c 'echo $PPID') > {}; while :; do sleep 0.1; done) & wait; wait; wait",
            pid.display()
        );
        let start = Instant::now();
        let error = run(&within(300, &script)).unwrap_err();
        let ProcessError::TimedOut { ended, .. } = &error else { panic!("{error}") };
        assert_eq!(*ended, Some(Ended::Signalled(status)));
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        let grandchild = fs::read_to_string(&pid).unwrap();
        eventually("the grandchild ends", || is_dead(&grandchild));
    }
}

#[test]
fn a_grandchild_that_keeps_the_pipes_open_does_not_hold_us_up_and_lives_on() {
    for deadline in [None, Some(Duration::from_secs(60))] {
        let start = Instant::now();
        let call = Call { deadline, ..sh("sleep 30 & echo $!; exit 3") };
        let finished = done(&call);
        assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
        assert_eq!(finished.status, Ended::Exited(3));
        assert!(finished.elapsed < Duration::from_secs(1), "the child itself was quick");
        let grandchild = String::from_utf8(finished.stdout).unwrap();
        assert!(!is_dead(&grandchild), "what a hook started is left alone");
        assert!(done(&sh(&format!("kill {grandchild}"))).status.success());
    }
}

#[test]
fn open_locks_are_inherited() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("lock");
    let lock = fs::File::create(&path).unwrap();
    lock.lock().unwrap();
    rustix::io::fcntl_setfd(&lock, rustix::io::FdFlags::empty()).unwrap();
    let finished = done(&sh("sleep 1.5 >/dev/null 2>&1 & exit 0"));
    assert!(finished.status.success());
    drop(lock);
    let again = fs::File::open(&path).unwrap();
    assert!(again.try_lock().is_err(), "the grandchild holds it still");
    eventually("the lock is free when the last child is gone", || again.try_lock().is_ok());
}

#[test]
fn many_at_once_do_not_disturb_each_other() {
    std::thread::scope(|scope| {
        for number in 0..32 {
            scope.spawn(move || {
                let call = within(30_000, &format!("sleep 0.0{}; echo {number}; exit {number}", number % 10));
                let finished = done(&call);
                assert_eq!(finished.status, Ended::Exited(number));
                assert_eq!(finished.stdout, format!("{number}\n").as_bytes());
            });
        }
    });
}

#[test]
fn every_reason_why_a_program_cannot_start_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let here = directory.path();
    let say = |program: &Path| {
        let error = run(&Call::new(program)).unwrap_err();
        assert!(!error.started() && !error.remedy().is_empty());
        error.to_string().replace(&here.display().to_string(), "DIR")
    };
    assert_eq!(say(&here.join("nothing")), "DIR/nothing: no such program");
    assert_eq!(say(Path::new("no-such-program-anywhere")), "no-such-program-anywhere: no such program");
    assert_eq!(say(here), "DIR: a directory, not a program");
    assert_eq!(say(&script(here, "#!/bin/sh\n", 0o644)), "DIR/program: may not be executed");
    let lost = script(here, "#!/opt/no/such/ruby -w\n", 0o755);
    assert_eq!(say(&lost), "DIR/program: its interpreter /opt/no/such/ruby is missing");
    let dos = script(here, "#!/bin/sh\r\necho\r\n", 0o755);
    assert_eq!(say(&dos), "DIR/program: its interpreter /bin/sh\\r is missing");
    assert!(say(Path::new("/bin/sh\0")).contains("cannot be started"));
    let mut call = sh("true");
    call.cwd = Some(here.join("nowhere"));
    assert!(run(&call).unwrap_err().to_string().ends_with("nowhere is not a directory"));
}

#[test]
fn a_program_that_is_being_written_is_tried_again() {
    let directory = tempfile::tempdir().unwrap();
    let path = script(directory.path(), "", 0o755);
    fs::copy("/bin/true", &path).unwrap();
    let writer = fs::OpenOptions::new().append(true).open(&path).unwrap();
    let error = run(&Call::new(&path)).unwrap_err();
    assert!(matches!(error, ProcessError::Busy(_)), "{error}");
    let closing = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_millis(50));
        drop(writer);
    });
    assert!(done(&Call::new(&path)).status.success());
    closing.join().unwrap();
}

#[test]
fn a_bare_name_is_looked_up_in_the_path_that_was_given() {
    let directory = tempfile::tempdir().unwrap();
    script(directory.path(), "#!/bin/sh\necho mine\n", 0o755);
    let mut call = Call::new("program");
    assert!(matches!(run(&call).unwrap_err(), ProcessError::NotFound(_)));
    call.env = vec![("PATH".to_owned(), directory.path().display().to_string())];
    assert_eq!(done(&call).stdout, b"mine\n");
}

#[test]
fn what_a_call_carries_is_not_shown() {
    let mut call = sh("hunter2");
    call.stdin = b"hunter2".to_vec();
    call.env.push(("SECRET".to_owned(), "hunter2".to_owned()));
    assert!(!format!("{call:?}").contains("hunter2"));
}

#[test]
fn a_detached_child_gets_its_input_and_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("out");
    let args = ["-c".to_owned(), format!("sleep 0.3; cat > {}.new; mv {0}.new {0}", out.display())];
    let env = [("PATH".to_owned(), "/usr/bin:/bin".to_owned())];
    let start = Instant::now();
    let pid = spawn_detached(Path::new("/bin/sh"), &args, &env, b"later").unwrap();
    assert!(start.elapsed() < Duration::from_millis(250), "{:?}", start.elapsed());
    let group = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap();
    assert_eq!(group.rsplit(") ").next().unwrap().split(' ').nth(2), Some(pid.to_string().as_str()));
    eventually("it works on", || fs::read(&out).is_ok_and(|text| text == b"later"));
    assert!(spawn_detached(&out, &[], &[], b"").is_err());
}
