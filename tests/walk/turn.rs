//! One turn of the walk: something is done and perhaps fails or dies; what is open is recovered; all is checked.

use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use snapback::domain::ids::SnapshotCid;
use snapback::domain::instance::DiskState;
use snapback::error::{Kind, Result};
use snapback::fault::Faults;
use snapback::ops::recover::Way;

use super::dice::Dice;
use super::world::{Act, INSTANCES, World, name};

/// What was done.
#[derive(Debug, Default)]
pub struct Tally {
    pub operations: u64,
    pub deaths: u64,
    pub deaths_in_recover: u64,
    pub errors: u64,
    pub checks: u64,
    pub restores: u64,
}

impl Tally {
    pub fn plus(self, other: Tally) -> Tally {
        Tally {
            operations: self.operations + other.operations,
            deaths: self.deaths + other.deaths,
            deaths_in_recover: self.deaths_in_recover + other.deaths_in_recover,
            errors: self.errors + other.errors,
            checks: self.checks + other.checks,
            restores: self.restores + other.restores,
        }
    }
}

/// What may be different when nothing is open again.
struct Allowed {
    contents: Vec<BTreeSet<String>>,
    snapshots: BTreeSet<String>,
    disks: BTreeSet<String>,
    /// These may have gone.
    deleted: BTreeSet<String>,
    new_snapshots: usize,
    new_disks: usize,
}

pub struct Walk {
    world: World,
    allowed: Allowed,
    written: u64,
    /// What led here, for the reader of a failure.
    log: Vec<String>,
}

impl Walk {
    pub fn begin() -> Self {
        let world = World::new();
        let allowed = Allowed::now(&world);
        Walk { world, allowed, written: 0, log: Vec::new() }
    }

    pub fn turn(&mut self, dice: &mut Dice, tally: &mut Tally) {
        if dice.percent(40) {
            self.damage(dice);
        }
        let Some(act) = self.choose(dice) else { return };
        self.allowed.extend(&self.world, &act);
        let target = self.restored_content(&act);
        self.allowed.contents_of(target.clone());
        tally.restores += u64::from(matches!(act, Act::Restore { .. }));
        let faults = fault(dice);
        self.world.hooks.fail(if dice.percent(5) { 1 + dice.below(3) } else { 0 });
        let calm = faults.is_none() && !self.is_open();
        let result = self.run(&act, faults.as_deref(), tally);
        if let (true, Some(Ok(())), Some((instance, content))) = (calm, &result, target) {
            let found = self.world.content("disks", &self.world.attached(instance)[0]);
            assert_eq!(found, content, "{}", self.story());
        }
        if let (true, Some(Err(error))) = (calm, &result) {
            let legal = matches!(act, Act::Undo) && [Kind::Refused, Kind::NotFound].contains(&error.kind());
            let hook = error.in_one_line().contains("the hook failed");
            assert!(legal || hook, "{}: {error:?}", self.story());
        }
        if self.is_open() {
            // The world goes on meanwhile.
            if dice.percent(25) {
                return;
            }
            self.recover(dice, tally);
        }
        self.check(tally);
    }

    /// The instance that a restore is of, and what it shall have.
    fn restored_content(&self, act: &Act) -> Option<(usize, String)> {
        let Act::Restore { snapshot } = act else { return None };
        // One that a dead deletion has taken away is known, and cannot be restored.
        let found = self.world.snapshots().into_iter().find(|known| known.cid == *snapshot)?;
        let there = self.world.names("snapshots").contains(snapshot.as_str());
        there.then(|| (found.instance.index as usize, self.world.content("snapshots", snapshot.as_str())))
    }

    fn is_open(&self) -> bool {
        !self.world.reader().pending_operations().unwrap().is_empty()
    }

    fn story(&self) -> String {
        let from = self.log.len().saturating_sub(12);
        self.log[from..].join("\n")
    }

    fn damage(&mut self, dice: &mut Dice) {
        let instance = dice.below(INSTANCES);
        if let [disk] = &self.world.attached(instance)[..] {
            self.written += 1;
            let text = format!("written {}", self.written);
            self.world.write(disk, &text);
            self.allowed.contents[instance].insert(text);
        }
    }

    fn choose(&self, dice: &mut Dice) -> Option<Act> {
        let snapshots: Vec<SnapshotCid> = self.world.snapshots().into_iter().map(|snapshot| snapshot.cid).collect();
        let one = |dice: &mut Dice| dice.pick(&snapshots).cloned();
        Some(match dice.below(100) {
            0..35 => Act::Take {
                instances: if dice.percent(50) { vec![dice.below(INSTANCES)] } else { (0..INSTANCES).collect() },
                parallel: if dice.percent(30) { 3 } else { 1 },
            },
            35..50 if snapshots.len() > 6 || dice.percent(20) => {
                let mut cids: Vec<SnapshotCid> = (0..3).filter_map(|_| one(dice)).collect();
                cids.sort();
                cids.dedup();
                Act::Delete { snapshots: cids }
            }
            35..52 if dice.percent(10) => Act::DeleteAll,
            35..58 => Act::Promote { snapshot: one(dice)? },
            58..80 => Act::Restore { snapshot: one(dice)? },
            80..90 => Act::Undo,
            90..96 => Act::Import,
            _ => Act::Recover { way: way(dice) },
        })
    }

    /// `None` where it died.
    fn run(&mut self, act: &Act, fault: Option<&str>, tally: &mut Tally) -> Option<Result<()>> {
        tally.operations += 1;
        // Who resumes before the old disk is off takes a safety snapshot of its own.
        self.allowed.new_snapshots += usize::from(matches!(act, Act::Recover { way: Way::Resume }));
        let faults = fault.map_or_else(Faults::none, Faults::parse);
        let result = catch_unwind(AssertUnwindSafe(|| self.world.act(act, &faults)));
        let (died, text) = match &result {
            Err(_) => (true, "died".to_owned()),
            Ok(Err(error)) => (faults.dead(), error.in_one_line()),
            Ok(Ok(())) => (faults.dead(), "done".to_owned()),
        };
        self.log.push(format!("{act:?} with {fault:?}: {text}"));
        assert!(result.is_ok() || faults.dead(), "a panic of its own: {}", self.story());
        tally.deaths += u64::from(died);
        tally.errors += u64::from(!died && matches!(result, Ok(Err(_))));
        if died { None } else { result.ok() }
    }

    fn recover(&mut self, dice: &mut Dice, tally: &mut Tally) {
        while dice.percent(60) {
            let fault = format!("*#{}=panic", 1 + dice.below(25));
            let died = self.run(&Act::Recover { way: way(dice) }, Some(&fault), tally).is_none();
            tally.deaths_in_recover += u64::from(died);
        }
        self.world.hooks.fail(0);
        let result = self.run(&Act::Recover { way: way(dice) }, None, tally);
        assert!(matches!(result, Some(Ok(()))), "{}", self.story());
        assert!(!self.is_open(), "{}", self.story());
    }

    fn check(&mut self, tally: &mut Tally) {
        tally.checks += 1;
        let (world, allowed) = (&self.world, &self.allowed);
        let story = || self.story();
        let known: Vec<String> = world.snapshots().iter().map(|snapshot| snapshot.cid.to_string()).collect();
        let snapshots = world.names("snapshots");
        assert_eq!(known.iter().cloned().collect::<BTreeSet<_>>(), snapshots, "{}", story());
        assert_eq!(known.len(), snapshots.len(), "{}", story());
        let disks_known = world.reader().disks(None, None).unwrap();
        let disks = world.names("disks");
        assert_eq!(disks_known.iter().map(|disk| disk.cid.to_string()).collect::<BTreeSet<_>>(), disks, "{}", story());
        assert_eq!(world.names("tmp"), BTreeSet::new(), "{}", story());
        assert_eq!(world.locks(), [""; 0], "{}", story());

        for lost in allowed.snapshots.difference(&snapshots) {
            assert!(allowed.deleted.contains(lost), "snapshot {lost} is lost: {}", story());
        }
        assert!(allowed.disks.is_subset(&disks), "a disk is lost: {}", story());
        assert!(snapshots.difference(&allowed.snapshots).count() <= allowed.new_snapshots, "{}", story());
        assert!(disks.difference(&allowed.disks).count() <= allowed.new_disks, "{}", story());

        for instance in 0..INSTANCES {
            let attached = world.attached(instance);
            let active: Vec<String> = disks_known
                .iter()
                .filter(|disk| disk.instance.as_ref() == Some(&name(instance)) && disk.state == DiskState::Active)
                .map(|disk| disk.cid.to_string())
                .collect();
            assert_eq!(attached.len(), 1, "{instance}: {}", story());
            assert_eq!(attached, active, "{instance}: {}", story());
            let content = world.content("disks", &attached[0]);
            assert!(allowed.contents[instance].contains(&content), "{instance} has '{content}': {}", story());
        }
        self.allowed = Allowed::now(&self.world);
    }
}

impl Allowed {
    fn now(world: &World) -> Self {
        let content = |instance| BTreeSet::from([world.content("disks", &world.attached(instance)[0])]);
        Allowed {
            contents: (0..INSTANCES).map(content).collect(),
            snapshots: world.names("snapshots"),
            disks: world.names("disks"),
            deleted: BTreeSet::new(),
            new_snapshots: 0,
            new_disks: 0,
        }
    }

    fn contents_of(&mut self, target: Option<(usize, String)>) {
        if let Some((instance, content)) = target {
            self.contents[instance].insert(content);
        }
    }

    /// What `act` may change.
    fn extend(&mut self, world: &World, act: &Act) {
        match act {
            Act::Take { instances, .. } => self.new_snapshots += instances.len(),
            Act::Delete { snapshots } => self.deleted.extend(snapshots.iter().map(ToString::to_string)),
            Act::DeleteAll => self.deleted.extend(world.names("snapshots")),
            Act::Promote { .. } => self.new_disks += 1,
            Act::Restore { .. } => {
                self.new_snapshots += 1;
                self.new_disks += 1;
            }
            Act::Undo => {
                for disk in world.reader().disks(None, None).unwrap() {
                    if let Some(instance) = disk.instance {
                        let content = world.content("disks", disk.cid.as_str());
                        self.contents[instance.index as usize].insert(content);
                    }
                }
            }
            Act::Import | Act::Recover { .. } => {}
        }
    }
}

fn way(dice: &mut Dice) -> Way {
    [Way::ByItsState, Way::Resume, Way::RollBack][dice.below(3)]
}

/// Often a death, in some an error, somewhere.
fn fault(dice: &mut Dice) -> Option<String> {
    let nth = 1 + dice.below(45);
    match dice.below(100) {
        0..40 => Some(format!("*#{nth}=panic")),
        40..50 => Some(format!("*#{nth}=fail")),
        _ => None,
    }
}
