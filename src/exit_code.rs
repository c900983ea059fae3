//! The exit codes: published constants, each documented and tested.

use crate::error::Kind;

/// The status that the process ends with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ExitCode(pub u8);

impl ExitCode {
    /// Done.
    pub const DONE: ExitCode = ExitCode(0);
    /// Failed, nothing more specific.
    pub const FAILED: ExitCode = ExitCode(1);
    /// The command line cannot be understood, or snapback would have to ask and cannot.
    pub const USAGE: ExitCode = ExitCode(2);
    /// All were attempted; some succeeded, some failed.
    pub const PARTLY: ExitCode = ExitCode(3);
    /// Refused by the manifest or a policy.
    pub const REFUSED: ExitCode = ExitCode(4);
    /// A CID, an instance or a deployment was not found.
    pub const NOT_FOUND: ExitCode = ExitCode(5);
    /// Locked by another operation, or one waits for `recover`.
    pub const LOCKED: ExitCode = ExitCode(6);
    /// The CPI or the cloud failed.
    pub const CPI: ExitCode = ExitCode(7);
    /// Unsupported.
    pub const UNSUPPORTED: ExitCode = ExitCode(8);
    /// The state file is missing, newer, damaged or unwritable.
    pub const STATE: ExitCode = ExitCode(9);
    /// Declined at the prompt.
    pub const DECLINED: ExitCode = ExitCode(10);
    /// `check`, `doctor`, `drill` or `status` found problems.
    pub const PROBLEMS: ExitCode = ExitCode(11);
    /// A bug in snapback.
    pub const BUG: ExitCode = ExitCode(70);
    /// `guard` failed itself, and has not run its command.
    pub const GUARD: ExitCode = ExitCode(125);
    /// `guard` could not execute its command; `env` uses the same code.
    pub const NOT_EXECUTABLE: ExitCode = ExitCode(126);
    /// `guard` found no such command.
    pub const NO_PROGRAM: ExitCode = ExitCode(127);
    /// Interrupted from the keyboard (128 + SIGINT).
    pub const INTERRUPTED: ExitCode = ExitCode(130);
    /// Ended by SIGTERM (128 + 15).
    pub const TERMINATED: ExitCode = ExitCode(143);

    /// The code of an error of this kind.
    pub fn of(kind: Kind) -> ExitCode {
        match kind {
            Kind::Failed => Self::FAILED,
            Kind::Usage => Self::USAGE,
            Kind::Refused => Self::REFUSED,
            Kind::NotFound => Self::NOT_FOUND,
            Kind::Locked => Self::LOCKED,
            Kind::Cpi => Self::CPI,
            Kind::Unsupported => Self::UNSUPPORTED,
            Kind::State => Self::STATE,
            Kind::Problems => Self::PROBLEMS,
            Kind::Declined => Self::DECLINED,
            Kind::Bug => Self::BUG,
            Kind::Interrupted(signal) => ExitCode(u8::try_from(128 + signal).unwrap_or(Self::INTERRUPTED.0)),
        }
    }

    /// The code of several attempts: `done` succeeded, and each of `failures` failed.
    ///
    /// If several apply: interrupted > bug > state > locked > partly > the kind that all failures share > failed.
    pub fn of_attempts(done: usize, failures: &[Kind]) -> ExitCode {
        let Some(first) = failures.first() else { return Self::DONE };
        if let Some(signal) = failures.iter().find(|kind| matches!(kind, Kind::Interrupted(_))) {
            return Self::of(*signal);
        }
        for kind in [Kind::Bug, Kind::State, Kind::Locked] {
            if failures.contains(&kind) {
                return Self::of(kind);
            }
        }
        if done > 0 {
            Self::PARTLY
        } else if failures.iter().all(|kind| kind == first) {
            Self::of(*first)
        } else {
            Self::FAILED
        }
    }
}

/// The table of the help and the README, in order.
pub const TABLE: &[(ExitCode, &str)] = &[
    (ExitCode::DONE, "done"),
    (ExitCode::FAILED, "failed, for a reason that has no code of its own"),
    (ExitCode::USAGE, "usage: the command line cannot be understood, or it would have to ask and cannot"),
    (ExitCode::PARTLY, "partly done: all attempted, some succeeded, some failed"),
    (ExitCode::REFUSED, "refused by the manifest or a policy"),
    (ExitCode::NOT_FOUND, "not found: CID, instance or deployment"),
    (ExitCode::LOCKED, "locked by another operation, or one waits for `snapback recover`"),
    (ExitCode::CPI, "the CPI or the cloud failed"),
    (ExitCode::UNSUPPORTED, "unsupported"),
    (ExitCode::STATE, "state file missing, newer, damaged or unwritable"),
    (ExitCode::DECLINED, "declined at the prompt"),
    (ExitCode::PROBLEMS, "`check`, `doctor`, `drill` or `status` found problems"),
    (ExitCode::BUG, "a bug in snapback"),
    (ExitCode::GUARD, "`guard` itself failed, and did not run its command; otherwise it ends as its command does"),
    (ExitCode::NOT_EXECUTABLE, "`guard`: the command cannot be executed"),
    (ExitCode::NO_PROGRAM, "`guard`: there is no such command"),
    (ExitCode::INTERRUPTED, "interrupted (Ctrl-C)"),
    (ExitCode::TERMINATED, "ended by SIGTERM"),
];

/// The exit codes, for the end of the long help.
pub fn exit_codes() -> String {
    let rows: Vec<String> = TABLE.iter().map(|(code, meaning)| format!("  {:>3}  {meaning}", code.0)).collect();
    format!("Exit codes:\n{}", rows.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn precedence_is_the_designs() {
        let of = ExitCode::of_attempts;
        assert_eq!(of(2, &[]), ExitCode::DONE);
        assert_eq!(of(0, &[Kind::Cpi, Kind::Cpi]), ExitCode::CPI);
        assert_eq!(of(0, &[Kind::Cpi, Kind::Refused]), ExitCode::FAILED);
        assert_eq!(of(1, &[Kind::Cpi]), ExitCode::PARTLY);
        assert_eq!(of(1, &[Kind::Cpi, Kind::Locked]), ExitCode::LOCKED);
        assert_eq!(of(1, &[Kind::Locked, Kind::State]), ExitCode::STATE);
        assert_eq!(of(1, &[Kind::State, Kind::Bug]), ExitCode::BUG);
        assert_eq!(of(1, &[Kind::Bug, Kind::Interrupted(2)]), ExitCode::INTERRUPTED);
        assert_eq!(of(0, &[Kind::Interrupted(15)]), ExitCode::TERMINATED);
    }

    #[test]
    fn the_table_names_each_code_once() {
        let mut codes: Vec<u8> = TABLE.iter().map(|(code, _)| code.0).collect();
        codes.dedup();
        assert_eq!(codes.len(), TABLE.len());
    }
}
