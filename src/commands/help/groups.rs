//! The verbs in groups, as the first screen shows them.

/// A heading, and its verbs in the order of the screen.
pub struct Group {
    /// The heading.
    pub heading: &'static str,
    /// The names of its verbs.
    pub verbs: &'static [&'static str],
}

/// All groups; each verb is in one of them.
pub const GROUPS: &[Group] = &[
    Group { heading: "Snapshots", verbs: &["snapshots", "take", "delete", "delete-all", "prune", "hold", "release"] },
    Group { heading: "Recovery", verbs: &["restore", "undo", "recover", "apply", "drill", "promote", "delete-disk"] },
    Group { heading: "Automation", verbs: &["guard", "schedule", "status", "report"] },
    Group { heading: "Inventory", verbs: &["import", "instances", "disks", "check", "operations"] },
    Group {
        heading: "Set-up",
        verbs: &["init", "doctor", "manifest", "cpis", "cpi", "state", "demo", "completions", "man", "help"],
    },
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_verb_is_in_one_group() {
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|group| group.verbs).copied().collect();
        let definition = crate::commands::definition();
        let mut verbs: Vec<&str> = definition.get_subcommands().map(clap::Command::get_name).collect();
        grouped.sort_unstable();
        verbs.sort_unstable();
        assert_eq!(grouped, verbs, "put a new verb into src/commands/help/groups.rs");
    }
}
