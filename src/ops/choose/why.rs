//! Why a snapshot was passed over.

/// Why a snapshot that is newer than the chosen one was passed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It was taken at the time that was named, or after it.
    Later,
    /// It was copied while something wrote.
    Torn,
    /// A restore took it of a disk that it orphaned: the operator wanted to get rid of that content.
    Safety,
    /// It was taken of another instance, which had the name before.
    OtherInstance,
    /// It is not known when it was taken: its Director has forgotten that.
    UntrustedTime,
    /// A drill found its content wrong.
    Unsound,
    /// No drill has verified it, and only a verified one is wanted.
    Unverified,
    /// Its cloud says that no disk can be made from it now.
    NotReady,
    /// The instance has several disks, and the same take has no usable snapshot of each; or its disk was in a slot that
    /// the instance no longer has.
    Incomplete,
}

impl Why {
    pub(super) const ALL: [Why; 9] = [
        Why::Later,
        Why::Torn,
        Why::Safety,
        Why::OtherInstance,
        Why::UntrustedTime,
        Why::Unsound,
        Why::Unverified,
        Why::NotReady,
        Why::Incomplete,
    ];

    /// The reason, as it is written after a number of snapshots.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Why::Later => "not before that time",
            Why::Torn => "torn",
            Why::Safety => "safety",
            Why::OtherInstance => "of another instance that had this name",
            Why::UntrustedTime => "of unknown time (its Director has forgotten when)",
            Why::Unsound => "with content that a drill found wrong",
            Why::Unverified => "never verified",
            Why::NotReady => "not ready in the cloud",
            Why::Incomplete => "not of all its disks",
        }
    }
}
