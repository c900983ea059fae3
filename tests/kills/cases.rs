//! The commands that change something, each with what it needs, and the points that it passes.

use super::scene::{DAMAGED, DAMAGED_WAL, HOOKS, Has, Scene, WAL};

/// A command line.
pub type Line = Vec<String>;

/// One command to be killed.
pub struct Case {
    pub verb: &'static str,
    pub instances: &'static [Has],
    /// Gives its command line, and others that its claims keep out.
    pub prepare: fn(&Scene) -> (Line, Vec<Line>),
    /// What the disks of `db/0` may hold when it has ended, one way or the other: as before first, and then as meant.
    pub ends: &'static [&'static [&'static str]],
    /// How many disks more there may be then.
    pub new_disks: usize,
    /// Whether it is one step, which begins with its operation and ends it.
    one_step: bool,
    /// The kinds of its steps, in order, and the methods of the backend.
    kinds: &'static [&'static str],
    methods: &'static [(&'static str, &'static [&'static str])],
}

const DB0: Has = ("db/0", &["disk-db-0"]);
const DB1: Has = ("db/1", &["disk-db-1"]);
const WEB0: Has = ("web/0", &["disk-web-0"]);
const TWIN: Has = ("db/0", &["disk-db-0", WAL]);

const SOUND: &[&str] = &["db/0"];
const BROKEN: &[&str] = &[DAMAGED];
const BOTH_SOUND: &[&str] = &["db/0", WAL];
const BOTH_BROKEN: &[&str] = &[DAMAGED, DAMAGED_WAL];

const MADE: &[&str] = &["copied", "written", "before_rename", "after_rename"];
const CHANGED: &[&str] = &["before_rename", "after_rename"];

fn line(words: &[&str]) -> Line {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Case {
    pub fn scene(&self) -> (Scene, Line, Vec<Line>) {
        let scene = Scene::of(self.instances, HOOKS);
        let (line, kept_out) = (self.prepare)(&scene);
        (scene, line, kept_out)
    }

    /// The names of all points that it must pass.
    pub fn points(&self) -> Vec<String> {
        let mut points = Vec::new();
        for end in ["begin", "finish"] {
            points.extend(["before", "after"].map(|phase| format!("{}.{end}.{phase}", self.verb)));
        }
        if self.one_step {
            // Its end is on disk with its outcome.
            points.retain(|point| !point.ends_with("finish.before"));
        }
        for kind in self.kinds {
            let phases = ["before", "intended", "effected", "settled"];
            points.extend(phases.map(|phase| format!("{}.{kind}.{phase}", self.verb)));
        }
        for (method, phases) in self.methods {
            points.extend(phases.iter().map(|phase| format!("local.{method}.{phase}")));
        }
        points
    }
}

const SWAP: &[&str] = &["stop_hook", "detach_disk", "attach_disk", "confirm", "verify_hook", "start_hook"];

pub const TAKE: Case = Case {
    verb: "take",
    instances: &[DB0, DB1, WEB0],
    prepare: |scene| {
        let cid = scene.take("db/0");
        (line(&["take", "--parallel", "1"]), vec![line(&["-n", "restore", &cid])])
    },
    ends: &[SOUND],
    new_disks: 0,
    one_step: false,
    kinds: &["snapshot_disk"],
    methods: &[("snapshot_disk", MADE)],
};

pub const TAKE_AT_ONCE: Case = Case {
    prepare: |scene| {
        let cid = scene.take("db/0");
        (line(&["take"]), vec![line(&["-n", "restore", &cid])])
    },
    kinds: &[],
    methods: &[],
    ..TAKE
};

/// Its instances stand still meanwhile.
pub const TAKE_CLEAN: Case = Case {
    instances: &[DB0, DB1],
    prepare: |scene| {
        scene.take("db/0");
        (
            line(&["take", "--clean", "--parallel", "1"]),
            vec![line(&["take", "db/0"]), line(&["take", "--clean", "db/1"])],
        )
    },
    kinds: &["quiesce", "snapshot_disk", "resume"],
    ..TAKE
};

/// All at once, each with its disks.
pub const TAKE_TOGETHER: Case = Case {
    instances: &[TWIN, DB1],
    prepare: |scene| {
        scene.take("db/0");
        let words = ["take", "--clean", "--quiesce-together", "--parallel", "1"];
        (line(&words), vec![line(&["take", "db/0"]), line(&["take", "--clean", "db/1"])])
    },
    ends: &[BOTH_SOUND],
    ..TAKE_CLEAN
};

/// Of one disk.
pub const TAKE_ONE: Case = Case { instances: &[DB0], one_step: true, ..TAKE };

pub const DELETE: Case = Case {
    verb: "delete",
    instances: &[DB0],
    prepare: |scene| {
        let (one, two) = (scene.take("db/0"), scene.take("db/0"));
        (line(&["-n", "delete", &one, &two]), vec![line(&["promote", &two])])
    },
    ends: &[SOUND],
    new_disks: 0,
    one_step: false,
    kinds: &["delete_snapshot"],
    methods: &[("delete_snapshot", CHANGED)],
};

/// Of one snapshot.
pub const DELETE_ONE: Case = Case {
    prepare: |scene| {
        let one = scene.take("db/0");
        (line(&["-n", "delete", &one]), vec![line(&["promote", &one])])
    },
    one_step: true,
    ..DELETE
};

pub const DELETE_ALL: Case = Case {
    verb: "delete-all",
    instances: &[DB0, WEB0],
    prepare: |scene| {
        let (one, _) = (scene.take("db/0"), scene.take("web/0"));
        (line(&["-n", "-d", "prod", "delete-all"]), vec![line(&["promote", &one])])
    },
    ..DELETE
};

/// Two of three go. The one that stays is kept from `delete` as long.
pub const PRUNE: Case = Case {
    verb: "prune",
    prepare: |scene| {
        let [one, _, last] = [0, 1, 2].map(|_| scene.take("db/0"));
        scene.keep_last(1);
        (line(&["-n", "prune"]), vec![line(&["promote", &one]), line(&["-n", "delete", &last])])
    },
    ..DELETE
};

pub const HOLD: Case = Case {
    verb: "hold",
    prepare: |scene| {
        let (one, two) = (scene.take("db/0"), scene.take("db/0"));
        (line(&["hold", &one, &two, "--reason", "audit"]), Vec::new())
    },
    kinds: &["hold"],
    methods: &[],
    ..DELETE
};

pub const RELEASE: Case = Case {
    verb: "release",
    prepare: |scene| {
        let (one, two) = (scene.take("db/0"), scene.take("db/0"));
        scene.must(&["hold", &one, &two, "--reason", "audit"]);
        (line(&["release", &one, &two]), Vec::new())
    },
    kinds: &["release"],
    ..HOLD
};

pub const PROMOTE: Case = Case {
    verb: "promote",
    instances: &[DB0],
    prepare: |scene| {
        let cid = scene.take("db/0");
        (line(&["promote", &cid]), vec![line(&["-n", "delete", &cid])])
    },
    ends: &[SOUND],
    new_disks: 1,
    one_step: true,
    kinds: &["create_disk_from_snapshot"],
    methods: &[("create_disk_from_snapshot", MADE)],
};

pub const DRILL: Case = Case {
    verb: "drill",
    instances: &[DB0],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        (line(&["drill", &cid]), vec![line(&["-n", "delete", &cid])])
    },
    ends: &[BROKEN],
    new_disks: 0,
    one_step: false,
    kinds: &["create_disk_from_snapshot", "verify_disk", "delete_disk"],
    methods: &[("create_disk_from_snapshot", MADE), ("delete_disk", CHANGED)],
};

pub const RESTORE: Case = Case {
    verb: "restore",
    instances: &[DB0, DB1],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        (line(&["-n", "restore", &cid]), vec![line(&["take", "db/0"]), line(&["take"]), line(&["-n", "restore", &cid])])
    },
    ends: &[BROKEN, SOUND],
    new_disks: 1,
    one_step: false,
    kinds: &[
        "create_disk_from_snapshot",
        "stop_hook",
        "snapshot_disk",
        "detach_disk",
        "attach_disk",
        "confirm",
        "verify_hook",
        "start_hook",
    ],
    methods: &[
        ("create_disk_from_snapshot", MADE),
        ("snapshot_disk", MADE),
        ("detach_disk", CHANGED),
        ("attach_disk", CHANGED),
    ],
};

pub const UNDO: Case = Case {
    verb: "undo",
    instances: &[DB0, DB1],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        scene.must(&["-n", "restore", &cid]);
        (line(&["-n", "undo"]), vec![line(&["take", "db/0"]), line(&["-n", "undo"])])
    },
    ends: &[SOUND, BROKEN],
    new_disks: 0,
    one_step: false,
    kinds: SWAP,
    methods: &[("detach_disk", CHANGED), ("attach_disk", CHANGED)],
};

/// From a snapshot that expires: it is kept for as long again.
pub const RESTORE_EXPIRING: Case = Case {
    prepare: |scene| {
        let cid = scene.must(&["take", "db/0", "--lifespan", "2d", "--output", "cid"]).trim().to_owned();
        scene.sandbox.damage("disk-db-0", DAMAGED);
        (line(&["-n", "restore", &cid]), Vec::new())
    },
    kinds: &["attach_disk", "begin_lifespan"],
    methods: &[],
    ..RESTORE
};

/// Both disks of one take.
pub const RESTORE_TWO: Case = Case {
    instances: &[TWIN, DB1],
    prepare: |scene| {
        scene.take_and_damage_two();
        let line = line(&["-n", "restore", "--latest", "db/0"]);
        (line.clone(), vec![self::line(&["take", "db/0"]), line])
    },
    ends: &[BOTH_BROKEN, BOTH_SOUND],
    new_disks: 2,
    ..RESTORE
};

/// One of two disks, by the CID of its snapshot: the other one stays as it is.
pub const RESTORE_ONE_OF_TWO: Case = Case {
    instances: &[TWIN, DB1],
    prepare: |scene| {
        let cid = scene.take_and_damage_two();
        (line(&["-n", "restore", &cid]), vec![line(&["-n", "restore", "--latest", "db/0"])])
    },
    ends: &[BOTH_BROKEN, &[DAMAGED, WAL]],
    ..RESTORE
};

pub const UNDO_TWO: Case = Case {
    instances: &[TWIN, DB1],
    prepare: |scene| {
        scene.take_and_damage_two();
        scene.must(&["-n", "restore", "--latest", "db/0"]);
        (line(&["-n", "undo"]), vec![line(&["take", "db/0"]), line(&["-n", "undo"])])
    },
    ends: &[BOTH_SOUND, BOTH_BROKEN],
    ..UNDO
};

/// Of a disk that nobody needs: promote has made it.
pub const DELETE_DISK: Case = Case {
    verb: "delete-disk",
    instances: &[DB0],
    prepare: |scene| {
        let disk = scene.must(&["promote", &scene.take("db/0"), "--output", "cid"]).trim().to_owned();
        (line(&["-n", "delete-disk", &disk]), vec![line(&["-n", "restore", "--latest", "db/0"])])
    },
    ends: &[SOUND],
    new_disks: 0,
    one_step: false,
    kinds: &["delete_disk"],
    methods: &[("delete_disk", CHANGED)],
};

/// Of the disk that an undone restore has made: its undo is given up with it.
pub const DELETE_SPARE_DISK: Case = Case {
    prepare: |scene| {
        let cid = scene.take_and_damage();
        scene.must(&["-n", "restore", &cid]);
        let spare = scene.sandbox.attached("vm-db-0").remove(0);
        scene.must(&["-n", "undo"]);
        let undo = scene.newest_operation();
        let kept_out = line(&["-n", "restore", "--latest", "db/0"]);
        (line(&["-n", "delete-disk", &spare, "--give-up-undo", &undo]), vec![kept_out])
    },
    ends: &[BROKEN],
    ..DELETE_DISK
};
