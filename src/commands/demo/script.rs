//! The course of the demonstration. Each step is checked: if one does not end as it should, the demonstration stops and
//! names it.

use std::collections::BTreeSet;

use super::ACCOUNTS;
use crate::context::Context;
use crate::domain::ids::SnapshotCid;
use crate::error::{Error, Kind, Result};
use crate::ops::demo::{Content, Place, Shell, damage, fingerprint};
use crate::state::{Reader, SnapshotFilter};
use crate::ui::printable;

/// The VM of the instance of this index.
pub(super) fn vm(index: u32) -> String {
    format!("vm-db-{index}")
}

pub(super) struct Script<'a> {
    pub context: &'a mut Context,
    pub place: &'a Place,
    pub shell: &'a Shell,
    pub content: &'a Content,
    /// The lines told on stderr so far.
    pub told: BTreeSet<String>,
}

impl Script<'_> {
    pub(super) fn play(mut self) -> Result<()> {
        self.command(&["-q", "import", "inventory.yml"])?;
        let good = self.look(0)?;
        let other = self.look(1)?;
        self.expect("the disk of db/0 is as it was made", Some(ACCOUNTS[0]), &good, Versus::Nothing)?;
        self.command(&["-q", "take", "db/0"])?;
        let cid = self.newest_snapshot()?.ok_or_else(|| self.failed("snapback take db/0", "no snapshot is known"))?;

        let mib = damage(&self.place.attached(&vm(0))?)?;
        self.part(&format!("A program writes to the wrong disk: {mib} MiB of the disk of db/0 are overwritten."));
        let damaged = self.look(0)?;
        self.expect("the disk of db/0 is damaged", None, &damaged, Versus::Differs(&good))?;

        self.part("What would a restore do? --dry-run changes nothing.");
        self.command(&["-q", "restore", cid.as_str(), "--dry-run"])?;
        let looked = self.look(0)?;
        if looked.sha256 != damaged.sha256 {
            return Err(self.failed("--dry-run changes nothing", "the disk of db/0 is not what it was"));
        }
        self.part("Do it (-n: without the question, -q: only the answer).");
        self.command(&["-n", "-q", "restore", cid.as_str()])?;
        let restored = self.look(0)?;
        self.expect("the restored disk of db/0 is the good one", Some(ACCOUNTS[0]), &restored, Versus::Same(&good))?;

        self.part("Each restore can be undone: nothing was thrown away.");
        self.unseen(&["-n", "-q", "undo"])?;
        let undone = self.look(0)?;
        self.expect("db/0 has its damaged disk back", None, &undone, Versus::Same(&damaged))?;
        self.part("It was the right snapshot after all.");
        self.unseen(&["-n", "-q", "restore", cid.as_str()])?;
        let restored = self.look(0)?;
        self.expect("the disk restored again is the good one", Some(ACCOUNTS[0]), &restored, Versus::Same(&good))?;
        let untouched = self.look(1)?;
        self.expect("the disk of db/1 is as it was", Some(ACCOUNTS[1]), &untouched, Versus::Same(&other))?;
        self.next_steps();
        Ok(())
    }

    fn part(&mut self, title: &str) {
        self.line(&format!("\n# {title}"));
    }

    fn line(&mut self, text: &str) {
        self.context.ui.story(text);
    }

    /// Shows a command as you type it, and its output.
    fn command(&mut self, words: &[&str]) -> Result<()> {
        self.context.interrupt.check()?;
        let typed = format!("snapback {}", words.join(" "));
        self.line(&format!("$ {typed}"));
        let said = self.shell.snapback(words)?;
        // A warning that was shown already is not repeated.
        if self.told.insert(said.chatter.clone()) {
            self.context.ui.raw_now(&printable(&said.chatter));
        }
        self.context.ui.raw_now(&printable(&said.answer));
        if said.status.success() { Ok(()) } else { Err(self.failed(&typed, &said.status.to_string())) }
    }

    /// Runs a command without showing its output.
    fn unseen(&mut self, words: &[&str]) -> Result<()> {
        self.context.interrupt.check()?;
        let typed = format!("snapback {}", words.join(" "));
        // Its chatter stands there already.
        self.line(&format!("$ {typed} >/dev/null"));
        let said = self.shell.snapback(words)?;
        if said.status.success() { Ok(()) } else { Err(self.failed(&typed, &said.chatter)) }
    }

    fn look(&mut self, index: u32) -> Result<Look> {
        self.context.interrupt.check()?;
        let image = self.place.attached(&vm(index))?;
        Ok(Look {
            index,
            sha256: fingerprint(&image)?,
            accounts: self.content.read(&image, &self.place.scratch()).map_err(|error| error.to_string()),
        })
    }

    /// Shows what was found on a disk, and ends the demonstration if that is not `what`.
    fn expect(&mut self, what: &str, accounts: Option<u32>, found: &Look, versus: Versus<'_>) -> Result<()> {
        let (holds, verdict) = match versus {
            Versus::Nothing => (true, "checksum noted"),
            Versus::Same(other) if found.sha256 == other.sha256 => (true, "checksum as before"),
            Versus::Differs(other) if found.sha256 == other.sha256 => (false, "checksum unchanged"),
            Versus::Same(_) => (false, "checksum mismatch"),
            Versus::Differs(_) => (true, "checksum mismatch"),
        };
        let database = match &found.accounts {
            Ok(count) => format!("{count} accounts, PRAGMA integrity_check: ok"),
            Err(why) => format!("cannot be read: {why}"),
        };
        let index = found.index;
        self.line(&format!("=> db/{index}: {}; {verdict}", printable(&database)));
        if !holds {
            return Err(self.failed(what, verdict));
        }
        if found.accounts.as_ref().ok() == accounts.as_ref() {
            return Ok(());
        }
        Err(self.failed(what, &format!("the database in db/{}: {database}", found.index)))
    }

    fn failed(&self, step: &str, why: &str) -> Error {
        Error::new(Kind::Failed, format!("the demo failed at: {step}: {why}"))
            .hint(format!("what it made is left in {}", self.place.dir().display()))
    }

    fn newest_snapshot(&self) -> Result<Option<SnapshotCid>> {
        let mut newest = None;
        Reader::open(&self.place.state())?.each_snapshot(&SnapshotFilter::default(), |snapshot| {
            newest = Some(snapshot.cid);
            Ok::<bool, Error>(true)
        })?;
        Ok(newest)
    }

    fn next_steps(&mut self) {
        let quoted = |path: &std::path::Path| format!("'{}'", path.to_string_lossy().replace('\'', "'\\''"));
        let (dir, program) = (quoted(self.place.dir()), quoted(&self.context.environment.program));
        self.part("It is all still there; to go on by hand:");
        self.line(&format!("  cd {dir}\n  alias snapback={program}"));
        for (command, what) in [
            ("snapback take", "snapshots of both disks"),
            ("snapback snapshots", "the list; --wide has all that is known"),
            ("snapback restore --latest db/1", "asks before it acts; `undo` goes back"),
            ("snapback help", "all verbs; `help restore` has examples"),
        ] {
            self.line(&format!("  {command:<32} # {what}"));
        }
    }
}

/// The earlier look that a disk must equal or differ from, if any.
enum Versus<'a> {
    Nothing,
    Same(&'a Look),
    Differs(&'a Look),
}

/// The content of a disk: its digest, and its number of accounts or why that cannot be read.
struct Look {
    index: u32,
    sha256: String,
    accounts: std::result::Result<u32, String>,
}
