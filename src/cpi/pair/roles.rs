//! Which side does a method, and why. The calls follow it, and `snapback cpis` shows it.

use crate::cpi::Capabilities;

/// The two ways to a cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// snapback itself.
    Native,
    /// The CPI's executable.
    Executable,
}

impl Side {
    /// The side in a word.
    pub fn name(self) -> &'static str {
        match self {
            Side::Native => "native",
            Side::Executable => "executable",
        }
    }
}

/// The side that does a method.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Role {
    /// Its name: BOSH's, or the recovery extension's.
    pub method: &'static str,
    /// The side; `None` if neither can do it.
    pub side: Option<Side>,
    /// The reason.
    pub why: &'static str,
}

/// The sides of all methods of a CPI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Roles {
    all: Vec<Role>,
    together: Capabilities,
}

/// The methods of BOSH's protocol, in the order of a disk's life.
const OF_THE_PROTOCOL: [&str; 9] = [
    "has_disk",
    "get_disks",
    "snapshot_disk",
    "delete_snapshot",
    "attach_disk",
    "detach_disk",
    "delete_disk",
    "set_disk_metadata",
    "current_vm_id",
];

const ALONE: &str = "there is no other side";
const PROTOCOL: &str = "BOSH's protocol has it";
const ADDED: &str = "BOSH's protocol lacks it";
const OWN: &str = "the executable has the recovery extension's";
const FINDS: &str = "the side that makes disks names them by their step";
const NOBODY: &str = "no side has it";
const LACKS: &str = "only an executable can";

impl Roles {
    /// The roles, from the capabilities of each side that exists; those of the native one with the methods that it
    /// lacks.
    pub fn of(executable: Option<Capabilities>, native: Option<(Capabilities, &[&str])>) -> Roles {
        let lacks = native.map(|(_, lacks)| lacks).unwrap_or_default();
        let own = native.map(|(can, _)| can);
        let other = if executable.is_some() && own.is_some() { PROTOCOL } else { ALONE };
        let protocol = |method: &'static str| match (executable, own) {
            (Some(_), _) => Role { method, side: Some(Side::Executable), why: other },
            (None, Some(_)) if !lacks.contains(&method) => Role { method, side: Some(Side::Native), why: other },
            (None, Some(_)) => Role { method, side: None, why: LACKS },
            (None, None) => Role { method, side: None, why: NOBODY },
        };
        let added = |method: &'static str, has: fn(&Capabilities) -> bool| match (executable, own) {
            (Some(can), _) if has(&can) => Role { method, side: Some(Side::Executable), why: OWN },
            (_, Some(can)) if has(&can) => {
                Role { method, side: Some(Side::Native), why: if executable.is_some() { ADDED } else { ALONE } }
            }
            _ => Role { method, side: None, why: NOBODY },
        };
        let maker = added("create_disk_from_snapshot", |can| can.promote);
        let made = |method: &'static str| Role { method, why: FINDS, ..maker };
        // A disk that one side has made has no name that the other one knows.
        let finds = |can: Option<Capabilities>| can.is_some_and(|can| can.find_disks);
        let find_disk = match maker.side {
            Some(Side::Native) if finds(own) => made("find_disk"),
            Some(Side::Executable) if finds(executable) => made("find_disk"),
            None if finds(executable) => added("find_disk", |can| can.find_disks),
            _ => Role { method: "find_disk", side: None, why: NOBODY },
        };
        let create_disk = if maker.side == Some(Side::Native) { made("create_disk") } else { protocol("create_disk") };
        let list = added("list_snapshots", |can| can.list_snapshots);
        let describe = added("describe_snapshot", |can| can.describe_snapshots);
        let lister = match list.side {
            Some(Side::Executable) => executable,
            Some(Side::Native) => own,
            None => None,
        };
        let together = Capabilities {
            snapshots: executable.or(own).is_some_and(|can| can.snapshots),
            promote: maker.side.is_some(),
            list_snapshots: list.side.is_some(),
            find_snapshots: lister.is_some_and(|can| can.find_snapshots),
            find_disks: find_disk.side.is_some(),
            describe_snapshots: describe.side.is_some(),
            attach: executable.or(own).is_some_and(|can| can.attach),
            lag: executable.into_iter().chain(own).map(|can| can.lag).max().unwrap_or_default(),
            costs: own.or(executable).map(|can| can.costs).unwrap_or_default(),
        };
        let mut all: Vec<Role> = OF_THE_PROTOCOL.into_iter().map(protocol).collect();
        all.extend([create_disk, maker, find_disk, list, describe]);
        Roles { all, together }
    }

    /// All roles.
    pub fn all(&self) -> &[Role] {
        &self.all
    }

    /// The role of this method.
    pub fn of_method(&self, method: &str) -> Option<Side> {
        self.all.iter().find(|role| role.method == method).and_then(|role| role.side)
    }

    /// The capabilities of both together.
    pub fn together(&self) -> Capabilities {
        self.together
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn can(extension: bool) -> Capabilities {
        Capabilities {
            snapshots: true,
            promote: extension,
            list_snapshots: extension,
            find_snapshots: extension,
            find_disks: extension,
            describe_snapshots: extension,
            attach: true,
            lag: std::time::Duration::ZERO,
            costs: crate::cpi::Costs::default(),
        }
    }

    fn sides(roles: &Roles, side: Side) -> Vec<&'static str> {
        roles.all().iter().filter(|role| role.side == Some(side)).map(|role| role.method).collect()
    }

    #[test]
    fn the_executable_does_what_the_protocol_has_and_snapback_the_rest() {
        let roles = Roles::of(Some(can(false)), Some((can(true), &["attach_disk"])));
        assert_eq!(sides(&roles, Side::Executable), OF_THE_PROTOCOL);
        let ours = ["create_disk", "create_disk_from_snapshot", "find_disk", "list_snapshots", "describe_snapshot"];
        assert_eq!(sides(&roles, Side::Native), ours);
        assert_eq!(roles.together(), can(true));
    }

    #[test]
    fn an_executable_keeps_what_it_has_of_the_extension() {
        let roles = Roles::of(Some(can(true)), Some((can(true), &[])));
        assert_eq!(sides(&roles, Side::Native), Vec::<&str>::new());
        // This side makes disks but cannot find them: the other side cannot find them either.
        let half = Capabilities { promote: true, ..can(false) };
        let roles = Roles::of(Some(half), Some((can(true), &[])));
        assert_eq!(roles.of_method("find_disk"), None);
        assert!(!roles.together().find_disks);
        assert_eq!(roles.of_method("create_disk"), Some(Side::Executable));
        // Its own list is used, though it cannot find by name.
        let lists = Capabilities { list_snapshots: true, ..can(false) };
        let roles = Roles::of(Some(lists), Some((can(true), &[])));
        assert_eq!(roles.of_method("list_snapshots"), Some(Side::Executable));
        assert!(!roles.together().find_snapshots);
    }

    #[test]
    fn one_side_alone_does_what_it_can() {
        let half = Capabilities { attach: false, ..can(true) };
        let roles = Roles::of(None, Some((half, &["attach_disk", "current_vm_id"])));
        assert_eq!(roles.of_method("attach_disk"), None);
        assert_eq!(roles.of_method("snapshot_disk"), Some(Side::Native));
        assert_eq!(roles.together(), half);
        let roles = Roles::of(Some(can(false)), None);
        assert_eq!(roles.of_method("create_disk_from_snapshot"), None);
        assert_eq!(roles.together(), can(false));
        assert_eq!(sides(&roles, Side::Native), Vec::<&str>::new());
    }
}
