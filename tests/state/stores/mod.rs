//! What each kind of store has to hold, whatever it is made of. A new kind implements [`Stores`], and gets a line at the
//! end of this file.

mod changes;
mod claims;
mod facts;
mod journal;
mod narrow;
mod schedules;

use std::path::PathBuf;
use std::sync::Arc;

use chrono::{DateTime, TimeZone, Utc};
use snapback::clock::{Clock, Ids};
use snapback::domain::ids::{CpiName, DiskCid, OperationId, SnapshotCid, VmCid};
use snapback::domain::instance::{Disk, DiskState, Instance, InstanceName, ManagedBy, Reported, StateFileIds};
use snapback::domain::operation::{Author, Claim, ClaimMode, OperationState, Resource, StepRow, Verb};
use snapback::domain::snapshot::{Consistency, Owner, Purpose, Snapshot};
use snapback::domain::step::{Outcome, Step};
use snapback::fault::Faults;
use snapback::state::{Access, End, Import, Lists, NewOperation, OpenRequest, Pass, State, StateError, Store};
use tempfile::TempDir;

/// Makes stores of a kind, each new and empty.
pub trait Stores {
    fn new() -> Self;

    /// A handle on the store, as another process would have it.
    fn handle(&self) -> Handle;
}

/// A store, and what it lists.
pub struct Handle {
    pub store: Arc<dyn Store>,
    pub lists: Arc<dyn Lists>,
}

/// A state file.
struct Sqlite {
    directory: TempDir,
}

impl Stores for Sqlite {
    fn new() -> Self {
        Sqlite { directory: TempDir::new().unwrap() }
    }

    fn handle(&self) -> Handle {
        let path: PathBuf = self.directory.path().join("state.db");
        let (state, _) = State::open(&OpenRequest {
            path: &path,
            access: Access::ChangeOrCreate,
            director_name: "director",
            mode: 0o600,
            allow_network_fs: true,
            clock: Clock::System,
            ids: Ids::Random,
            faults: Faults::none(),
        })
        .unwrap();
        let (store, lists) = state.into_store();
        Handle { store, lists }
    }
}

pub fn at(second: i64) -> DateTime<Utc> {
    Utc.timestamp_opt(1_700_000_000 + second, 0).unwrap()
}

pub fn cpi() -> CpiName {
    CpiName::new("cloud")
}

pub fn name(index: u32) -> InstanceName {
    InstanceName { deployment: "prod".to_owned(), group: "db".to_owned(), index }
}

pub fn instance(index: u32, disks: &[&str]) -> Instance {
    let disk = |(slot, cid): (usize, &&str)| Disk {
        slot: u32::try_from(slot).unwrap(),
        ..disk(cid, DiskState::Active, Some(name(index)))
    };
    Instance {
        name: name(index),
        uuid: None,
        az: None,
        cpi: cpi(),
        vm: Some(VmCid::new(format!("vm-{index}"))),
        agent_id: None,
        managed_by: ManagedBy::Nobody,
        confirmed_at: at(0),
        disks: disks.iter().enumerate().map(disk).collect(),
        reported: Reported::default(),
        state_file: StateFileIds::default(),
    }
}

pub fn disk(cid: &str, state: DiskState, instance: Option<InstanceName>) -> Disk {
    let (cid, cpi) = (DiskCid::new(cid), cpi());
    let (size_mib, az, cloud_properties, origin, orphaned_at) = (Some(1), None, None, None, None);
    Disk { cid, cpi, instance, slot: 0, state, size_mib, az, cloud_properties, origin, orphaned_at }
}

pub fn snapshot(cid: &str, operation: &OperationId) -> Snapshot {
    Snapshot {
        cid: SnapshotCid::new(cid),
        cpi: cpi(),
        disk: Some(DiskCid::new("disk-0")),
        instance: name(0),
        az: None,
        owner: Owner::Snapback,
        purpose: Purpose::Take,
        created_at: at(1),
        clean: false,
        consistency: Consistency::Crash,
        size_mib: None,
        note: None,
        operation: Some(operation.clone()),
        verified_at: None,
        instance_uuid: None,
        time_untrusted: false,
        unsound_at: None,
        lifespan: None,
        expires_at: None,
        held: None,
        schedule: None,
        change: None,
        still_ms: None,
        of_another: false,
    }
}

pub fn claim(index: u32, mode: ClaimMode) -> Claim {
    Claim { resource: Resource::Instance(name(index)), mode }
}

pub fn new_operation(claims: Vec<Claim>) -> NewOperation {
    let (arguments, author) = ("take".to_owned(), Author::default());
    let (plan, wait, first, seen) = (None, std::time::Duration::ZERO, None, None);
    NewOperation { verb: Verb::Take, arguments, author, claims, plan, wait, first, seen }
}

/// A step that needs nothing to be there.
pub fn step() -> Step {
    Step::DeleteSnapshot { cpi: cpi(), snapshot: SnapshotCid::new("snap-0") }
}

pub fn done(facts: Vec<snapback::domain::step::Fact>) -> Outcome {
    Outcome::Done { result: Some("it".to_owned()), facts }
}

pub fn ended() -> End {
    End { state: OperationState::Done, summary: Some("1 done".to_owned()), leaves_to_do: false }
}

impl Handle {
    pub fn begin(&self, id: &str, claims: Vec<Claim>) -> Result<Pass, StateError> {
        self.store.begin(&OperationId::new(id), &new_operation(claims), at(0))
    }

    pub fn begun(&self, id: &str) -> Pass {
        self.begin(id, Vec::new()).unwrap()
    }

    pub fn steps(&self, pass: &Pass) -> Vec<StepRow> {
        self.lists.steps(&pass.operation).unwrap()
    }

    pub fn is_pending(&self, pass: &Pass) -> bool {
        self.lists.is_pending(&pass.operation).unwrap()
    }

    pub fn import(&self, instances: Vec<Instance>) -> Result<Vec<snapback::state::Change>, StateError> {
        self.store.import(Import { instances, ..Import::default() }, at(0))
    }

    pub fn cids(&self) -> Vec<String> {
        let mut cids = Vec::new();
        let mut each = |snapshot: Snapshot| {
            cids.push(snapshot.cid.to_string());
            true
        };
        self.lists.each_snapshot(&snapback::state::SnapshotFilter::default(), &mut each).unwrap();
        cids
    }
}

pub fn is_taken_over<T: std::fmt::Debug>(result: &Result<T, StateError>) {
    assert!(matches!(result, Err(StateError::TakenOver(_))), "{result:?}");
}

pub fn is_not_new<T: std::fmt::Debug>(result: &Result<T, StateError>) {
    assert!(matches!(result, Err(StateError::NotNew { .. })), "{result:?}");
}

#[track_caller]
pub fn is_claimed_by<T: std::fmt::Debug>(result: &Result<T, StateError>, holder: &str) {
    let found = match result {
        Err(StateError::Claimed { operation, verb, .. }) => (operation.as_str(), verb.as_str()),
        other => panic!("not claimed: {other:?}"),
    };
    assert_eq!(found, (holder, "take"));
}

/// All that is asked of a kind of store.
macro_rules! conformance {
    ($kind:ident, $stores:ty) => {
        mod $kind {
            conformance!($stores: journal:
                an_outcome_needs_its_intent
                a_step_is_settled_once_but_for_an_unknown_one
                another_handle_sees_an_intent_before_its_effect
                an_intent_that_was_dropped_waits_for_whoever_takes_over
                who_was_taken_over_writes_nothing
                nothing_is_written_to_what_has_ended
                notes_come_in_their_order
                an_end_can_come_with_the_last_outcome
                an_end_does_not_come_with_an_outcome_that_is_not_believed
                a_first_intent_can_come_with_the_begin
            );
            conformance!($stores: claims:
                shared_claims_go_together_and_exclusive_ones_do_not
                a_claim_ends_with_its_operation_and_not_with_its_process
                a_begin_that_is_refused_leaves_nothing
                what_a_pending_operation_has_taken_is_its_own
                of_those_that_share_one_is_the_last
                of_many_that_begin_at_once_one_gets_what_all_want
                fences_are_never_given_twice
            );
            conformance!($stores: changes:
                a_change_ends_once_and_the_newest_is_listed_first
                a_snapshot_can_belong_to_a_change
            );
            conformance!($stores: schedules:
                of_many_that_look_at_once_one_gets_the_run
                a_run_without_an_end_comes_again_and_its_end_is_kept
                a_command_has_one_state_at_a_time
            );
            conformance!($stores: facts:
                facts_come_with_their_outcome
                what_is_known_is_not_new
                of_an_outcome_that_is_not_believed_nothing_is_recorded
                what_is_said_twice_is_recorded_once
                an_import_is_taken_in_whole_or_not_at_all
                an_import_may_come_again
                a_checklist_is_checked_off_once
                a_beginning_is_of_what_exists_and_no_cid_itself
            );
            conformance!($stores: narrow:
                instances_are_found_by_name_and_by_selector
                disks_are_found_in_any_case_and_on_their_cpi
                the_newest_snapshots_are_the_last_in_the_journal_and_of_each_operation_all
            );
        }
    };
    ($stores:ty: $area:ident: $($case:ident)*) => {
        $(#[test]
        fn $case() {
            super::$area::$case(&<$stores as super::Stores>::new());
        })*
    };
}

conformance!(sqlite, super::Sqlite);
