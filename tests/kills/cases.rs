//! The commands that change something, each with what it needs, and the points that it passes.

use super::scene::{HOOKS, Scene};

/// A command line.
pub type Line = Vec<String>;

/// One command to be killed.
pub struct Case {
    pub verb: &'static str,
    pub instances: &'static [&'static str],
    /// Gives its command line, and others that its claims keep out.
    pub prepare: fn(&Scene) -> (Line, Vec<Line>),
    /// The kinds of its steps, in order, and the methods of the backend.
    kinds: &'static [&'static str],
    methods: &'static [(&'static str, &'static [&'static str])],
}

const MADE: &[&str] = &["copied", "written", "before_rename", "after_rename"];
const CHANGED: &[&str] = &["before_rename", "after_rename"];

fn line(words: &[&str]) -> Line {
    words.iter().map(|word| (*word).to_owned()).collect()
}

impl Case {
    pub fn scene(&self) -> (Scene, Line, Vec<Line>) {
        let scene = Scene::new(self.instances, HOOKS);
        let (line, kept_out) = (self.prepare)(&scene);
        (scene, line, kept_out)
    }

    /// The names of all points that it must pass.
    pub fn points(&self) -> Vec<String> {
        let mut points = Vec::new();
        for end in ["begin", "finish"] {
            points.extend(["before", "after"].map(|phase| format!("{}.{end}.{phase}", self.verb)));
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
    instances: &["db/0", "db/1", "web/0"],
    prepare: |scene| {
        let cid = scene.take("db/0");
        (line(&["take", "--parallel", "1"]), vec![line(&["-n", "restore", &cid])])
    },
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

pub const DELETE: Case = Case {
    verb: "delete",
    instances: &["db/0"],
    prepare: |scene| {
        let (one, two) = (scene.take("db/0"), scene.take("db/0"));
        (line(&["-n", "delete", &one, &two]), vec![line(&["promote", &two])])
    },
    kinds: &["delete_snapshot"],
    methods: &[("delete_snapshot", CHANGED)],
};

pub const DELETE_ALL: Case = Case {
    verb: "delete-all",
    instances: &["db/0", "web/0"],
    prepare: |scene| {
        let (one, _) = (scene.take("db/0"), scene.take("web/0"));
        (line(&["-n", "-d", "prod", "delete-all"]), vec![line(&["promote", &one])])
    },
    ..DELETE
};

pub const PROMOTE: Case = Case {
    verb: "promote",
    instances: &["db/0"],
    prepare: |scene| {
        let cid = scene.take("db/0");
        (line(&["promote", &cid]), vec![line(&["-n", "delete", &cid])])
    },
    kinds: &["create_disk_from_snapshot"],
    methods: &[("create_disk_from_snapshot", MADE)],
};

pub const DRILL: Case = Case {
    verb: "drill",
    instances: &["db/0"],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        (line(&["drill", &cid]), vec![line(&["-n", "delete", &cid])])
    },
    kinds: &["create_disk_from_snapshot", "verify_disk", "delete_disk"],
    methods: &[("create_disk_from_snapshot", MADE), ("delete_disk", CHANGED)],
};

pub const RESTORE: Case = Case {
    verb: "restore",
    instances: &["db/0", "db/1"],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        (line(&["-n", "restore", &cid]), vec![line(&["take", "db/0"]), line(&["take"]), line(&["-n", "restore", &cid])])
    },
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
    instances: &["db/0", "db/1"],
    prepare: |scene| {
        let cid = scene.take_and_damage();
        scene.must(&["-n", "restore", &cid]);
        (line(&["-n", "undo"]), vec![line(&["take", "db/0"]), line(&["-n", "undo"])])
    },
    kinds: SWAP,
    methods: &[("detach_disk", CHANGED), ("attach_disk", CHANGED)],
};
