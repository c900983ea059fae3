//! A column of a table, and how a terminal shows its values.

/// A column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its key in JSON and for `--column`.
    pub key: &'static str,
    /// Its title on a terminal.
    pub title: &'static str,
    /// How a terminal shows its values.
    pub look: Look,
}

/// How a terminal shows the values of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Look {
    /// In one piece.
    Plain,
    /// `running` and `ok` in green, all others in red.
    State,
    /// In lines that are broken between words.
    Prose,
    /// The same, of snapback's own: commands that stand in it between backticks are completed.
    Told,
    /// The same: a step, red if it takes something away.
    Step,
    /// In one piece and bold: a command to type, which is completed.
    Command,
    /// Red: it will be deleted.
    Doomed,
}

impl Look {
    /// Whether its values may be broken between words.
    pub(super) fn is_prose(self) -> bool {
        matches!(self, Look::Prose | Look::Told | Look::Step)
    }
}

/// Whether a step of a plan takes a disk off its VM, or a VM away.
pub fn takes_away(step: &str) -> bool {
    let mut words = step.split_whitespace();
    match (words.next(), words.next()) {
        (Some("detach"), _) | (Some("bosh"), Some("attach-disk")) => true,
        // What `bosh create-env` does, which deletes the VM.
        first => first == (Some("run"), Some("your")),
    }
}

impl Column {
    /// A column.
    pub const fn new(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::Plain }
    }

    /// A column that a terminal shows in colours: `running` and `ok` in green, all others in red.
    pub const fn colored(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::State }
    }

    /// A column of commands to type.
    pub const fn command(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::Command }
    }

    /// A column of what snapback tells, with commands to type in it.
    pub const fn told(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::Told }
    }

    /// A column of the steps of a plan.
    pub const fn step(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::Step }
    }

    /// A column of prose.
    pub const fn prose(key: &'static str, title: &'static str) -> Self {
        Column { key, title, look: Look::Prose }
    }
}
