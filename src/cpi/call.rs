//! A call of a cloud as a value, and the result of each.

use serde::{Deserialize, Serialize};

use super::{
    CloudSnapshot, CpiError, CpiErrorKind, CpiResult, DiskMade, DiskRequest, Effects, Queries, SnapshotOptions,
    SnapshotStatus, SnapshotTaken,
};
use crate::domain::ids::{DiskCid, OperationId, SnapshotCid, Token, VmCid};
use crate::domain::intent::Intent;
use crate::domain::snapshot::Metadata;

/// A question; each variant names its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Query {
    /// [`Queries::has_disk`]: [`Answer::Truth`].
    HasDisk(DiskCid),
    /// [`Queries::get_disks`]: [`Answer::Disks`].
    GetDisks(VmCid),
    /// [`Queries::list_snapshots`]: [`Answer::Snapshots`].
    ListSnapshots(Metadata),
    /// [`Queries::describe_snapshot`]: [`Answer::Status`].
    DescribeSnapshot(SnapshotCid),
    /// [`Queries::find_disk`]: [`Answer::Disk`].
    FindDisk(Token),
    /// [`Queries::leftovers`]: [`Answer::Operations`].
    Leftovers,
    /// [`Queries::current_vm`]: [`Answer::Vm`].
    CurrentVm,
}

impl Query {
    /// The method's name, BOSH's or the extension's.
    pub fn method(&self) -> &'static str {
        match self {
            Query::HasDisk(_) => "has_disk",
            Query::GetDisks(_) => "get_disks",
            Query::ListSnapshots(_) => "list_snapshots",
            Query::DescribeSnapshot(_) => "describe_snapshot",
            Query::FindDisk(_) => "find_disk",
            Query::Leftovers => "leftovers",
            Query::CurrentVm => "current_vm_id",
        }
    }

    /// The one thing that it is about, if there is one: a CID or a token.
    pub fn about(&self) -> Option<String> {
        match self {
            Query::HasDisk(disk) => Some(disk.to_string()),
            Query::GetDisks(vm) => Some(vm.to_string()),
            Query::DescribeSnapshot(snapshot) => Some(snapshot.to_string()),
            Query::FindDisk(token) => Some(token.to_string()),
            Query::ListSnapshots(_) | Query::Leftovers | Query::CurrentVm => None,
        }
    }
}

/// The answer to a [`Query`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// Yes or no.
    Truth(bool),
    /// The disks of a VM.
    Disks(Vec<DiskCid>),
    /// Snapshots, in the order of their making.
    Snapshots(Vec<CloudSnapshot>),
    /// The state of a snapshot.
    Status(SnapshotStatus),
    /// The disk that was looked for.
    Disk(Option<DiskMade>),
    /// Operations that left something behind.
    Operations(Vec<OperationId>),
    /// A VM.
    Vm(VmCid),
}

/// A change; each variant names what it makes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Effect {
    /// [`Effects::create_disk`]: [`Made::Disk`].
    CreateDisk(DiskRequest),
    /// [`Effects::delete_disk`]: [`Made::Nothing`].
    DeleteDisk(DiskCid),
    /// [`Effects::snapshot_disk`]: [`Made::Snapshot`].
    SnapshotDisk {
        /// The disk.
        disk: DiskCid,
        /// The metadata to keep with the snapshot.
        metadata: Metadata,
        /// How it may be taken.
        options: SnapshotOptions,
    },
    /// [`Effects::delete_snapshot`]: [`Made::Nothing`].
    DeleteSnapshot(SnapshotCid),
    /// [`Effects::create_disk_from_snapshot`]: [`Made::Disk`].
    CreateDiskFromSnapshot {
        /// The snapshot.
        snapshot: SnapshotCid,
        /// The properties of the disk.
        request: DiskRequest,
    },
    /// [`Effects::attach_disk`]: [`Made::Nothing`].
    AttachDisk {
        /// The VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
    },
    /// [`Effects::detach_disk`]: [`Made::Nothing`].
    DetachDisk {
        /// The VM.
        vm: VmCid,
        /// The disk.
        disk: DiskCid,
    },
    /// [`Effects::set_disk_metadata`]: [`Made::Nothing`].
    SetDiskMetadata {
        /// The disk.
        disk: DiskCid,
        /// The keys to set.
        metadata: Metadata,
    },
    /// [`Effects::clear_leftovers`]: [`Made::Cleared`].
    ClearLeftovers(OperationId),
}

impl Effect {
    /// The method's name, BOSH's or the extension's.
    pub fn method(&self) -> &'static str {
        match self {
            Effect::CreateDisk(_) => "create_disk",
            Effect::DeleteDisk(_) => "delete_disk",
            Effect::SnapshotDisk { .. } => "snapshot_disk",
            Effect::DeleteSnapshot(_) => "delete_snapshot",
            Effect::CreateDiskFromSnapshot { .. } => "create_disk_from_snapshot",
            Effect::AttachDisk { .. } => "attach_disk",
            Effect::DetachDisk { .. } => "detach_disk",
            Effect::SetDiskMetadata { .. } => "set_disk_metadata",
            Effect::ClearLeftovers(_) => "clear_leftovers",
        }
    }
}

/// The result of an [`Effect`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Made {
    /// No new thing.
    Nothing,
    /// A disk.
    Disk(DiskMade),
    /// A snapshot.
    Snapshot(SnapshotTaken),
    /// How many things were removed.
    Cleared(usize),
}

/// Takes a value out of the one variant that holds its type.
macro_rules! holds {
    ($($of:ident::$variant:ident($is:ty)),+ $(,)?) => {$(
        impl TryFrom<$of> for $is {
            type Error = WrongKind;

            fn try_from(value: $of) -> Result<Self, WrongKind> {
                match value {
                    $of::$variant(value) => Ok(value),
                    _ => Err(WrongKind),
                }
            }
        }
    )+};
}

holds!(
    Answer::Truth(bool),
    Answer::Disks(Vec<DiskCid>),
    Answer::Snapshots(Vec<CloudSnapshot>),
    Answer::Status(SnapshotStatus),
    Answer::Disk(Option<DiskMade>),
    Answer::Operations(Vec<OperationId>),
    Answer::Vm(VmCid),
    Made::Disk(DiskMade),
    Made::Snapshot(SnapshotTaken),
    Made::Cleared(usize),
);

impl TryFrom<Made> for () {
    type Error = WrongKind;

    fn try_from(made: Made) -> Result<(), WrongKind> {
        if made == Made::Nothing { Ok(()) } else { Err(WrongKind) }
    }
}

/// The error if a backend answers another question than the one it was asked: a defect of the backend.
#[derive(Debug)]
pub struct WrongKind;

/// Asks, and returns the answer in the type that the question has.
pub(super) fn asked<T>(cpi: &(impl Queries + ?Sized), query: &Query) -> CpiResult<T>
where
    T: TryFrom<Answer, Error = WrongKind>,
{
    let answer = cpi.ask(query)?;
    T::try_from(answer).map_err(|WrongKind| {
        let message = "the backend answered another question: this is a bug in the backend, and nothing has happened";
        CpiError::new(cpi.name(), query.method(), CpiErrorKind::Internal, message)
    })
}

/// Acts. An answer of the wrong kind shows that something was done, but not what: the call does not count as undone.
pub(super) fn done<T>(cpi: &(impl Effects + ?Sized), intent: &Intent, effect: &Effect) -> CpiResult<T>
where
    T: TryFrom<Made, Error = WrongKind>,
{
    let made = cpi.act(intent, effect)?;
    let told = format!("{made:?}");
    T::try_from(made).map_err(|WrongKind| {
        let message = format!("the backend answered about something else ({told}): this is a bug in the backend");
        CpiError::new(cpi.name(), effect.method(), CpiErrorKind::OutcomeUnknown, message)
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::cpi::Capabilities;
    use crate::domain::ids::CpiName;
    use crate::domain::intent::Journal;
    use crate::domain::step::Outcome;

    /// Gives the same answer to every question and every effect.
    struct Confused(CpiName, Answer, Made);

    impl Queries for Confused {
        fn name(&self) -> &CpiName {
            &self.0
        }

        fn capabilities(&self) -> Capabilities {
            unreachable!("nobody asks")
        }

        fn ask(&self, _: &Query) -> CpiResult<Answer> {
            Ok(self.1.clone())
        }
    }

    impl Effects for Confused {
        fn act(&self, _: &Intent, _: &Effect) -> CpiResult<Made> {
            Ok(self.2.clone())
        }
    }

    impl Journal for () {
        fn settle(&self, _: &Token, _: Outcome) -> Result<(), crate::error::Error> {
            Ok(())
        }

        fn note(&self, _: &Token, _: &str) {}

        fn abandon(&self, _: &Token) {}
    }

    #[test]
    fn an_answer_to_another_question_is_an_error_and_an_effect_is_not_undone() {
        let disk = DiskCid::new("disk-1");
        let made = Made::Disk(DiskMade { cid: disk.clone(), size_mib: None });
        let cpi: Arc<dyn crate::cpi::Cpi> = Arc::new(Confused(CpiName::new("toy"), Answer::Truth(true), made));
        let token = Token { operation: OperationId::new("0123456789ab"), step: 1 };
        let intent = Intent::committed(token, Box::new(()));
        assert!(cpi.has_disk(&disk).unwrap());
        assert_eq!(cpi.leftovers().unwrap_err().kind, CpiErrorKind::Internal);
        assert_eq!(cpi.create_disk(&intent, &DiskRequest::default()).unwrap().cid, disk);
        let error = cpi.snapshot_disk(&intent, &disk, &Metadata::new(), SnapshotOptions::default()).unwrap_err();
        assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown);
        // The message says what was made.
        assert!(error.message.contains("disk-1"), "{error}");
        assert_eq!(cpi.delete_disk(&intent, &disk).unwrap_err().kind, CpiErrorKind::OutcomeUnknown);
        intent.settle(Outcome::done()).unwrap();
    }
}
