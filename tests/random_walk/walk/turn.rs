//! One turn of the walk: something is done and perhaps fails or dies; what is open is recovered; all is checked.

use std::panic::{AssertUnwindSafe, catch_unwind};

use snapback::domain::exchanges::Next;
use snapback::domain::ids::SnapshotCid;
use snapback::domain::snapshot::Snapshot;
use snapback::error::{Error, Kind, Result};
use snapback::fault::Faults;
use snapback::ops::recover::Way;

use super::dice::Dice;
use super::hand::Hand;
use super::oracle::{Allowed, Target};
use super::tally::Tally;
use super::world::{Act, INSTANCES, World, first_disks, mark};

pub struct Walk {
    world: World,
    allowed: Allowed,
    hand: Hand,
    written: u64,
    /// What led here, for the reader of a failure.
    log: Vec<String>,
}

impl Walk {
    pub fn begin() -> Self {
        let world = World::new();
        let allowed = Allowed::now(&world);
        Walk { world, allowed, hand: Hand::default(), written: 0, log: Vec::new() }
    }

    pub fn late_answers(&self) -> u64 {
        self.world.lag.told()
    }

    pub fn turn(&mut self, dice: &mut Dice, tally: &mut Tally) {
        self.world.lag.set(dice.percent(10));
        if dice.percent(40) {
            self.damage(dice);
        }
        if dice.percent(8) {
            self.meddle(dice, tally);
        }
        let Some(act) = self.choose(dice) else { return };
        let target = self.target(&act);
        self.allowed.extend(&self.world, &act, target.as_ref());
        if let Act::Restore { snapshots } = &act {
            tally.restores += 1;
            tally.restores_of_two += u64::from(snapshots.len() == 2);
        }
        tally.holds += u64::from(matches!(act, Act::Hold { .. }));
        let before = matches!(act, Act::Prune { .. }).then(|| self.world.names("snapshots").len());
        let faults = fault(dice);
        self.world.hooks.fail(if dice.percent(5) { 1 + dice.below(3) } else { 0 });
        let calm = faults.is_none() && !self.is_open();
        let lacking = self.lacking(&act);
        let result = self.run(&act, faults.as_deref(), tally);
        if let Some(before) = before {
            tally.prunes += 1;
            tally.pruned += u64::try_from(before.saturating_sub(self.world.names("snapshots").len())).unwrap();
        }
        if let (true, Some(Ok(()))) = (calm && !self.world.lag.is_on(), &result) {
            assert_eq!(lacking, [""; 0], "taken, though no VM has it: {}", self.story());
        }
        if let (true, Some(Ok(())), Some((instance, contents))) = (calm, &result, target) {
            let found = self.world.contents(instance);
            for (slot, content) in contents {
                assert_eq!(found[slot], content, "{}", self.story());
            }
        }
        if let (true, Some(Err(error))) = (calm, &result) {
            let nothing_to_undo =
                matches!(act, Act::Undo { .. }) && [Kind::Refused, Kind::NotFound].contains(&error.kind());
            let in_the_way = self.hand.is_named_in(&format!("{error:?}"));
            let hook = error.in_one_line().contains("the hook failed");
            // What another hand has done may show between the plan and the look before the first effect.
            let shows_late = self.world.lag.is_on()
                && error.kind() == Kind::Locked
                && error.message().contains("has changed since the plan was made");
            assert!(nothing_to_undo || in_the_way || hook || shows_late, "{}: {error:?}", self.story());
        }
        if self.is_open() {
            // The world goes on meanwhile.
            if dice.percent(25) {
                return;
            }
            self.recover(dice, tally);
        }
        self.check(tally);
        if self.hand.is_in_the_way() && dice.percent(50) {
            self.repair(dice, tally);
            self.check(tally);
            assert!(!self.hand.is_in_the_way(), "{}", self.story());
        }
    }

    /// What a restore or an undo shall put on the disks of an instance.
    fn target(&self, act: &Act) -> Option<Target> {
        match act {
            Act::Restore { snapshots } => {
                // One that a dead deletion has taken away is known, and cannot be restored.
                let there = self.world.names("snapshots");
                let contents = snapshots.iter().map(|cid| {
                    let content =
                        there.contains(cid.as_str()).then(|| self.world.content("snapshots", cid.as_str()))?;
                    Some((mark(&content)?, content))
                });
                let contents = contents.collect::<Option<Vec<_>>>()?;
                let ((instance, _), _) = contents.first()?;
                Some((*instance, contents.iter().map(|((_, slot), content)| (*slot, content.clone())).collect()))
            }
            Act::Undo { by_name } => {
                let exchanges = self.world.reader().exchanges().unwrap();
                let undone = match (by_name, exchanges.next(None)) {
                    (true, _) => exchanges.done().last()?,
                    (false, Next::Undo(all)) => all[0],
                    (false, _) => return None,
                };
                let plan = undone.plan.clone();
                let old = plan.disks().filter_map(|one| Some((one.slot as usize, one.old_disk()?)));
                let contents = old.map(|(slot, disk)| (slot, self.world.content("disks", disk.as_str()))).collect();
                Some((plan.instance.index as usize, contents))
            }
            _ => None,
        }
    }

    /// The disks that a take is of, and that their VM has not.
    fn lacking(&self, act: &Act) -> Vec<String> {
        let Act::Take { instances, .. } = act else { return Vec::new() };
        let lacking = |instance: &usize| {
            let attached = self.world.attached(*instance);
            self.world.active(*instance).into_iter().filter(move |disk| !attached.contains(disk))
        };
        instances.iter().flat_map(lacking).collect()
    }

    fn is_open(&self) -> bool {
        !self.world.reader().pending_operations().unwrap().is_empty()
    }

    fn story(&self) -> String {
        let from = self.log.len().saturating_sub(16);
        self.log[from..].join("\n")
    }

    fn damage(&mut self, dice: &mut Dice) {
        let attached = self.world.attached(dice.below(INSTANCES));
        let Some(disk) = dice.pick(&attached).filter(|disk| !self.hand.strangers().contains(*disk)) else { return };
        let before = self.world.content("disks", disk);
        let Some((instance, slot)) = mark(&before) else { return };
        self.written += 1;
        let text = format!("{instance}.{slot} written {}", self.written);
        self.log.push(format!("{disk}: '{before}' becomes '{text}'"));
        self.world.write(disk, &text);
        self.allowed.write(disk, &before, &text);
    }

    fn meddle(&mut self, dice: &mut Dice, tally: &mut Tally) {
        if let Some(deed) = self.hand.act(&self.world, dice) {
            self.log.push(deed);
            tally.hands += 1;
            tally.hands_while_open += u64::from(self.is_open());
        }
    }

    fn choose(&self, dice: &mut Dice) -> Option<Act> {
        let all = self.world.snapshots();
        let (held, loose): (Vec<Snapshot>, Vec<Snapshot>) =
            all.iter().cloned().partition(|snapshot| snapshot.held.is_some());
        let one = |dice: &mut Dice| dice.pick(&all).map(|snapshot| snapshot.cid.clone());
        if dice.percent(12) {
            let of = |some: &[Snapshot], dice: &mut Dice| dice.pick(some).map(|snapshot| snapshot.cid.clone());
            return match dice.below(4) {
                0 => of(&loose, dice).map(|snapshot| Act::Hold { snapshot }),
                1 if held.len() > 2 => of(&held, dice).map(|snapshot| Act::Release { snapshot }),
                _ => Some(Act::Prune { last: 1 + u32::try_from(dice.below(3)).unwrap() }),
            };
        }
        Some(match dice.below(100) {
            0..35 => Act::Take {
                instances: if dice.percent(50) { vec![dice.below(INSTANCES)] } else { (0..INSTANCES).collect() },
                parallel: if dice.percent(30) { 3 } else { 1 },
            },
            35..50 if all.len() > 8 || dice.percent(20) => {
                // A held one is refused.
                let cid = |dice: &mut Dice| dice.pick(&loose).map(|snapshot| snapshot.cid.clone());
                let mut cids: Vec<SnapshotCid> = (0..3).filter_map(|_| cid(dice)).collect();
                cids.sort();
                cids.dedup();
                Act::Delete { snapshots: cids }
            }
            35..52 if dice.percent(10) => Act::DeleteAll,
            35..58 => Act::Promote { snapshot: one(dice)? },
            58..80 => self.restore(dice, &all)?,
            80..90 => Act::Undo { by_name: dice.percent(40) },
            // An inventory of the first day would be believed where the VM has not what the state says.
            90..96 if !self.hand.is_in_the_way() => Act::Import { disks: first_disks() },
            _ => Act::Recover { way: way(dice) },
        })
    }

    /// Of the instance with two disks often both are restored; not always of one take.
    fn restore(&self, dice: &mut Dice, all: &[Snapshot]) -> Option<Act> {
        let there = self.world.names("snapshots");
        let of = |snapshot: &Snapshot| {
            let cid = snapshot.cid.as_str();
            there.contains(cid).then(|| mark(&self.world.content("snapshots", cid)))?
        };
        let first = dice.pick(all)?;
        let mut snapshots = vec![first.cid.clone()];
        if let (Some((0, slot)), true) = (of(first), dice.percent(70)) {
            let others: Vec<&Snapshot> = all.iter().filter(|other| of(other) == Some((0, 1 - slot))).collect();
            let same = others.iter().find(|other| other.operation == first.operation);
            let other = same.filter(|_| dice.percent(70)).or_else(|| dice.pick(&others));
            snapshots.extend(other.map(|other| other.cid.clone()));
        }
        Some(Act::Restore { snapshots })
    }

    /// `None` where it died.
    fn run(&mut self, act: &Act, fault: Option<&str>, tally: &mut Tally) -> Option<Result<()>> {
        tally.operations += 1;
        // What another hand has detached may let it go forward by its state, too.
        if let Act::Recover { way } = act
            && (*way == Way::Resume || *way == Way::ByItsState && self.hand.is_in_the_way())
        {
            self.allowed.resumes();
        }
        let faults = fault.map_or_else(Faults::none, Faults::parse);
        let result = catch_unwind(AssertUnwindSafe(|| self.world.act(act, &faults)));
        let (died, text) = match &result {
            Err(_) => (true, "died".to_owned()),
            Ok(Err(error)) => (faults.dead(), error.in_one_line()),
            Ok(Ok(())) => (faults.dead(), "done".to_owned()),
        };
        let late = if self.world.lag.is_on() { ", late" } else { "" };
        self.log.push(format!("{act:?} with {fault:?}{late}: {text}"));
        assert!(result.is_ok() || faults.dead(), "a panic of its own: {}", self.story());
        tally.deaths += u64::from(died);
        tally.errors += u64::from(!died && matches!(result, Ok(Err(_))));
        if died { None } else { result.ok() }
    }

    fn recover(&mut self, dice: &mut Dice, tally: &mut Tally) {
        if dice.percent(20) {
            self.meddle(dice, tally);
        }
        while dice.percent(60) {
            let fault = format!("*#{}=panic", 1 + dice.below(30));
            let died = self.run(&Act::Recover { way: way(dice) }, Some(&fault), tally).is_none();
            tally.deaths_in_recover += u64::from(died);
        }
        self.world.hooks.fail(0);
        let mut result = self.run(&Act::Recover { way: way(dice) }, None, tally);
        if self.is_open() {
            let named = |result: &Option<Result<()>>| matches!(result, Some(Err(error)) if self.hand.is_named_in(&format!("{error:?}")));
            assert!(named(&result), "{}: {result:?}", self.story());
            tally.in_the_way += 1;
            self.hand.tidy(&self.world);
            self.log.push("another hand takes off what it has attached".to_owned());
            result = self.run(&Act::Recover { way: way(dice) }, None, tally);
        }
        // It has gone back, since another VM has the new disk; or has not started the instance, since its disk is off.
        let names_it = |error: &Error| {
            error.in_one_line().contains("is not started") || self.hand.is_named_in(&format!("{error:?}"))
        };
        let told = self.hand.is_in_the_way() && matches!(&result, Some(Err(error)) if names_it(error));
        assert!(told || matches!(result, Some(Ok(()))), "{}: {result:?}", self.story());
        assert!(!self.is_open(), "{}", self.story());
    }

    fn repair(&mut self, dice: &mut Dice, tally: &mut Tally) {
        let said = self.hand.repair(&self.world, dice);
        self.log.push("all is put right".to_owned());
        if let Some(disks) = said {
            tally.imports_of_another_hands += 1;
            let result = self.run(&Act::Import { disks: disks.clone() }, None, tally);
            assert!(matches!(result, Some(Ok(()))), "{}", self.story());
            for (instance, disks) in disks.iter().enumerate() {
                assert_eq!(self.world.active(instance), *disks, "{}", self.story());
            }
        }
        self.allowed = Allowed::now(&self.world);
    }

    fn check(&mut self, tally: &mut Tally) {
        tally.checks += 1;
        let log = &self.log;
        let story = || log[log.len().saturating_sub(16)..].join("\n");
        let now = Allowed::now(&self.world);
        self.allowed.check(&now, &self.world, &mut self.hand, &story);
        self.allowed = now;
    }
}

fn way(dice: &mut Dice) -> Way {
    [Way::ByItsState, Way::Resume, Way::RollBack][dice.below(3)]
}

/// Often a death, in some an error, somewhere.
fn fault(dice: &mut Dice) -> Option<String> {
    let nth = 1 + dice.below(60);
    match dice.below(100) {
        0..40 => Some(format!("*#{nth}=panic")),
        40..50 => Some(format!("*#{nth}=fail")),
        _ => None,
    }
}
