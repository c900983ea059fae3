//! Another hand, which attaches and detaches disks in the cloud behind snapback's back; and how all is put right.

use std::collections::{BTreeMap, BTreeSet};

use snapback::domain::instance::DiskState;

use super::dice::Dice;
use super::world::{INSTANCES, World, mark};

/// How the disks are called that the state does not know.
pub const STRANGER: &str = "nobodys";

/// What it has done since all was right.
#[derive(Default)]
pub struct Hand {
    /// A disk that the state knows, where it does not belong.
    attached: BTreeSet<(usize, String)>,
    /// A disk that its instance has in the state.
    detached: BTreeSet<String>,
    /// Disks that the state does not know, and on which VM they are: that is nobody's business.
    strangers: BTreeMap<String, usize>,
    made: usize,
}

impl Hand {
    /// Whether an instance has other disks than the state says.
    pub fn is_in_the_way(&self) -> bool {
        !self.attached.is_empty() || !self.detached.is_empty()
    }

    pub fn strangers(&self) -> BTreeSet<String> {
        self.strangers.keys().cloned().collect()
    }

    /// True where an error names what this hand has done.
    pub fn is_named_in(&self, error: &str) -> bool {
        self.attached.iter().any(|(_, disk)| error.contains(disk))
            || self.detached.iter().any(|disk| error.contains(disk))
    }

    /// Does something, and says what.
    pub fn act(&mut self, world: &World, dice: &mut Dice) -> Option<String> {
        let instance = dice.below(INSTANCES);
        let own: Vec<String> =
            world.attached(instance).into_iter().filter(|disk| !self.strangers.contains_key(disk)).collect();
        match dice.below(10) {
            0..3 => {
                let disk = dice.pick(&own)?;
                self.detach(world, instance, disk);
                Some(format!("another hand detaches {disk} from {instance}"))
            }
            3..5 => {
                let disk = self.put_away(world, dice, |_| true)?;
                self.attach(world, instance, &disk);
                Some(format!("another hand attaches {disk} to {instance}"))
            }
            // As an operator does who restores by hand.
            5..7 => {
                let disk = dice.pick(&own)?;
                let place = mark_of(world, disk);
                let other = self.put_away(world, dice, |other| mark_of(world, other) == place)?;
                self.detach(world, instance, disk);
                self.attach(world, instance, &other);
                Some(format!("another hand exchanges {disk} of {instance} for {other}"))
            }
            7 => {
                let (disk, other) = (dice.pick(&own)?, dice.below(INSTANCES));
                self.detach(world, instance, disk);
                self.attach(world, other, disk);
                Some(format!("another hand moves {disk} from {instance} to {other}"))
            }
            _ => match self.strangers.pop_first() {
                Some((disk, of)) => {
                    world.detach_by_hand(of, &disk);
                    world.remove_disk(&disk);
                    Some(format!("another hand takes {disk} back from {of}"))
                }
                None => {
                    self.made += 1;
                    let disk = format!("{STRANGER}-{}", self.made);
                    world.make_disk(&disk, "nobody's");
                    world.attach_by_hand(instance, &disk);
                    self.strangers.insert(disk.clone(), instance);
                    Some(format!("another hand attaches {disk}, which nobody knows, to {instance}"))
                }
            },
        }
    }

    fn attach(&mut self, world: &World, instance: usize, disk: &str) {
        world.attach_by_hand(instance, disk);
        self.attached.insert((instance, disk.to_owned()));
    }

    fn detach(&mut self, world: &World, instance: usize, disk: &str) {
        world.detach_by_hand(instance, disk);
        self.detached.insert(disk.to_owned());
    }

    /// A disk of the state's that is no instance's, and on no VM.
    fn put_away(&self, world: &World, dice: &mut Dice, which: impl Fn(&str) -> bool) -> Option<String> {
        let attached: BTreeSet<String> = (0..INSTANCES).flat_map(|instance| world.attached(instance)).collect();
        let known = world.disks();
        let known = known.into_iter().filter(|disk| disk.state == DiskState::Orphaned).map(|disk| disk.cid.to_string());
        let free: Vec<String> = known.filter(|disk| !attached.contains(disk) && which(disk)).collect();
        dice.pick(&free).cloned()
    }

    /// Each VM has the disks that the state says, but for what this hand has done; strangers are where it put them, and
    /// no disk is on two VMs.
    pub fn check(&mut self, world: &World, recorded: &[Vec<String>], story: &dyn Fn() -> String) {
        let mut seen = BTreeSet::new();
        let (mut beside, mut missing) = (BTreeSet::new(), BTreeSet::new());
        for (instance, disks) in recorded.iter().enumerate() {
            let attached: BTreeSet<String> = world.attached(instance).into_iter().collect();
            let active: BTreeSet<String> = disks.iter().cloned().collect();
            for disk in &attached {
                assert!(seen.insert(disk.clone()), "{disk} is on two VMs: {}", story());
            }
            missing.extend(active.difference(&attached).cloned());
            let others = attached.difference(&active).filter(|disk| self.strangers.get(*disk) != Some(&instance));
            beside.extend(others.map(|disk| (instance, disk.clone())));
        }
        assert!(missing.is_subset(&self.detached), "{missing:?} is in the state, and on no VM: {}", story());
        assert!(beside.is_subset(&self.attached), "{beside:?} is on a VM, and not in the state: {}", story());
        for (stranger, instance) in &self.strangers {
            assert!(world.attached(*instance).contains(stranger), "{stranger} is not where it was: {}", story());
            assert_eq!(world.content("disks", stranger), "nobody's", "{}", story());
        }
        (self.attached, self.detached) = (beside, missing);
    }

    /// Takes off what it has attached, unless it is its instance's by now.
    pub fn tidy(&mut self, world: &World) {
        for (instance, disk) in &self.attached {
            if !world.active(*instance).contains(disk) {
                world.detach_by_hand(*instance, disk);
            }
        }
    }

    /// All is put right, while nothing is open: by hand, or with an inventory that says what the VM has. Gives the disks
    /// of each instance, where an inventory has to say them.
    pub fn repair(&mut self, world: &World, dice: &mut Dice) -> Option<Vec<Vec<String>>> {
        let mut said: Vec<Vec<String>> = (0..INSTANCES).map(|instance| world.active(instance)).collect();
        let known = said.clone();
        if dice.percent(60) {
            for (instance, disk) in &self.attached {
                let place = said[instance.to_owned()]
                    .iter()
                    .position(|own| self.detached.contains(own) && mark_of(world, own) == mark_of(world, disk));
                if let Some(place) = place {
                    said[*instance][place].clone_from(disk);
                }
            }
        }
        for (instance, disk) in &self.attached {
            if !said[*instance].contains(disk) {
                world.detach_by_hand(*instance, disk);
            }
        }
        for (instance, disks) in said.iter().enumerate() {
            for disk in disks.iter().filter(|disk| !world.attached(instance).contains(disk)) {
                world.attach_by_hand(instance, disk);
            }
        }
        self.attached.clear();
        self.detached.clear();
        (said != known).then_some(said)
    }
}

/// The instance and the place that what stands on a disk is of.
fn mark_of(world: &World, disk: &str) -> Option<(usize, usize)> {
    mark(&world.content("disks", disk))
}
