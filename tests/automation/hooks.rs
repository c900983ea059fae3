//! What the manifest says about standing still: good and bad, each with its error.

use crate::support::Sandbox;

#[test]
fn what_cannot_be_meant_is_refused_with_its_place_and_what_to_write() {
    let sandbox = Sandbox::empty();
    for (hooks, says) in [
        ("quiesce: [q]", "hooks.quiesce: no `resume` beside it: the instance would stand still for good"),
        ("resume: [r]", "hooks.resume: no `quiesce` beside it"),
        ("quiesce: q\nresume: [r]", "hooks.quiesce: expected a list, found text"),
        ("quiesce: []\nresume: [r]", "hooks.quiesce: an empty list"),
        ("preset: bosh\nquiesce: [q]", "hooks.quiesce: a hook beside a preset"),
        ("preset: tar", "hooks.preset: no such preset"),
        ("preset: fsfreeze", "hooks.preset: no `mount_point` beside it"),
        ("preset: fsfreeze\nmount_point: store", "hooks.mount_point: expected an absolute path"),
        ("preset: fsfreeze\nmount_point: /", "freezing the root file system"),
        ("preset: fsfreeze\nmount_point: //./", "freezing the root file system"),
        ("preset: fsfreeze\nmount_point: /tmp/..", "hooks.mount_point: expected a path without `..`"),
        ("preset: bosh\nmount_point: /x", "hooks.mount_point: only `preset: fsfreeze` has it"),
        ("quiesce: [q]\nresume: [r]\nthrough: [ssh]", "hooks.through: only `preset: fsfreeze` has it"),
        ("preset: bosh\nshared: true", "hooks.shared: it belongs beside `quiesce` and `resume`"),
        ("quiesce: [q]\nresume: [r]\nshared: 1", "hooks.shared"),
        ("preset: bosh\nmax_still: 0", "hooks.max_still: expected 1 to 86400 seconds"),
        ("preset: bosh\nresume_timeout: soon", "hooks.resume_timeout"),
        ("groups: {db: {max_still: 5}}", "hooks.groups.db: no hooks for this group"),
        ("groups: {db: {quiesce: [q]}}", "hooks.groups.db.quiesce: no `resume` beside it"),
        ("groups: {db: {stop: [q]}}", "unknown key `stop`"),
        ("groups: [db]", "hooks.groups"),
        ("quiecse: [q]\nresume: [r]", "did you mean `quiesce`?"),
    ] {
        sandbox.manifest(true, hooks);
        let ran = sandbox.run(&["manifest"]);
        assert!(ran.status != 0 && ran.stderr.contains(says), "{hooks}: {ran:?}");
    }
}

#[test]
fn what_can_be_meant_is_read() {
    let sandbox = Sandbox::empty();
    for hooks in [
        "quiesce: [q]\nresume: [r]\nmax_still: 5",
        "quiesce: [q]\nresume: [r]\nshared: true",
        "preset: bosh",
        "preset: fsfreeze\nmount_point: /var/vcap/store\nthrough: [ssh, '{group}-{index}']",
        "stop: [s]\nstart: [s]\nverify: [v]",
        "quiesce: [q]\nresume: [r]\ngroups: {db: {preset: bosh}, web: {max_still: 5}}",
        "groups: {}",
    ] {
        sandbox.manifest(true, hooks);
        sandbox.run(&["manifest"]).quiet_success();
    }
}
