//! The calls that an operation has started. A child holds the operation's lock by a descriptor that it inherits, and
//! some programs close inherited descriptors (`sudo` keeps three). They still keep their process group and their
//! session, by which a call that outlives its snapback is found.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::FileExt;
use std::sync::{Arc, Mutex, PoisonError};

/// The numbers of children, kept in the lock file of their operation after its first line.
#[derive(Clone)]
pub(super) struct Roster(Arc<Mutex<File>>);

/// A child at its start: the leader of its process group, and perhaps of its session.
struct Started {
    pid: u32,
    /// When it was started, by the kernel: its number can be given again.
    at: String,
    boot: String,
}

/// A process, as far as everybody may see it (`/proc/PID/stat`).
struct Living {
    group: u32,
    session: u32,
    at: String,
    is_dead: bool,
    is_stopped: bool,
}

impl Roster {
    /// The roster in this lock file.
    ///
    /// # Errors
    /// Those of the operating system.
    pub(super) fn of(file: &File) -> io::Result<Roster> {
        Ok(Roster(Arc::new(Mutex::new(file.try_clone()?))))
    }

    /// Notes a child. Best effort: it can also be found by its descriptor. A power cut ends the children as well, so
    /// the note need not be on disk.
    pub(super) fn note(&self, pid: u32) {
        let at = look(pid).map_or_else(|| "-".to_owned(), |living| living.at);
        let file = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("{pid} {at} {}\n", boot());
        let _ = file.metadata().and_then(|meta| file.write_all_at(line.as_bytes(), meta.len()));
    }
}

/// The living processes of the children that are noted in the text of a lock file, and of those that they started: a
/// child itself need not live.
pub(super) fn living(text: &str) -> Vec<u32> {
    let (boot, mut noted) = (boot(), BTreeMap::new());
    for started in text.lines().skip(1).filter_map(Started::of).filter(|started| started.boot == boot) {
        noted.insert(started.pid, started);
    }
    // A child whose number belongs to another process by now is gone, and so are its group and its session.
    noted.retain(|pid, started| look(*pid).is_none_or(|now| started.at == "-" || now.at == started.at));
    if noted.is_empty() {
        return Vec::new();
    }
    let all = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = all.filter_map(|process| process.file_name().to_str()?.parse::<u32>().ok());
    let own = rustix::process::getpid().as_raw_nonzero().get().unsigned_abs();
    let is_of_them = |pid: &u32| {
        *pid != own
            && look(*pid).is_some_and(|living| {
                !living.is_dead && (noted.contains_key(&living.group) || noted.contains_key(&living.session))
            })
    };
    let mut found: Vec<u32> = pids.filter(is_of_them).collect();
    found.sort_unstable();
    found
}

impl Started {
    fn of(line: &str) -> Option<Started> {
        let mut words = line.split(' ');
        let (pid, at, boot) = (words.next()?.parse().ok()?, words.next()?, words.next()?);
        Some(Started { pid, at: at.to_owned(), boot: boot.to_owned() })
    }
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| "-".to_owned(), |id| id.trim().to_owned())
}

/// Whether a process does nothing because somebody has stopped it.
pub(super) fn is_stopped(pid: u32) -> bool {
    look(pid).is_some_and(|living| living.is_stopped)
}

fn look(pid: u32) -> Option<Living> {
    let text = fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The name is in parentheses, and can have any character.
    let text = String::from_utf8_lossy(&text).into_owned();
    let (_, rest) = text.rsplit_once(')')?;
    let words: Vec<&str> = rest.split_whitespace().collect();
    Some(Living {
        is_dead: ["Z", "X"].contains(words.first()?),
        is_stopped: *words.first()? == "T",
        group: words.get(2)?.parse().ok()?,
        session: words.get(3)?.parse().ok()?,
        at: (*words.get(19)?).to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn a_child_is_found_by_its_group_until_the_last_of_it_has_ended() {
        let file = tempfile::tempfile().unwrap();
        file.write_all_at(b"1\n", 0).unwrap();
        let roster = Roster::of(&file).unwrap();
        let text = || {
            let mut text = vec![0; usize::try_from(file.metadata().unwrap().len()).unwrap()];
            file.read_exact_at(&mut text, 0).unwrap();
            String::from_utf8(text).unwrap()
        };
        // It leaves a child of its own behind, which has none of its descriptors.
        let line = "sleep 60 </dev/null >/dev/null 2>&1 & echo $!";
        let mut command = Command::new("/bin/sh");
        let child = command.args(["-c", line]).process_group(0).stdout(Stdio::piped()).spawn().unwrap();
        roster.note(child.id());
        let said = child.wait_with_output().unwrap().stdout;
        let left: u32 = String::from_utf8(said).unwrap().trim().parse().unwrap();
        assert_eq!(living(&text()), [left]);
        let pid = rustix::process::Pid::from_raw(i32::try_from(left).unwrap()).unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
        while look(left).is_some_and(|living| !living.is_dead) {
            std::thread::yield_now();
        }
        assert_eq!(living(&text()), [0; 0]);
        // A child that was noted before the machine was started is gone; so is one whose number belongs to another
        // process now.
        let own = std::process::id();
        assert_eq!(living(&format!("1\n{own} 1 {}\n{own} - other-boot\n", boot())), [0; 0]);
    }
}
