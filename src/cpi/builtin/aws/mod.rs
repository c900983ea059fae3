//! AWS: EBS volumes and snapshots, by EC2's Query API. It makes the same things as the AWS CPI, and each accepts those
//! of the other.
//!
//! AWS shows late what it has done. So each new thing has its step's token as tags from its first instant on.
//! `CreateVolume` has the same as its `ClientToken`: asked twice, it makes one volume.

mod advice;
mod call;
mod credentials;
mod current_vm;
mod disks;
mod errors;
mod settings;
mod shape;
mod sign;
mod snapshots;
mod tags;
mod vms;
mod volumes;
mod xml;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::http;
use super::made::MadeHere;
use super::turns::Turns;
use crate::clock::{Clock, Ids};
use crate::cpi::registry::{Builtin, ByName, Settings};
use crate::cpi::trace::Trace;
use crate::cpi::{
    Answer, Capabilities, Costs, CpiError, CpiErrorKind, CpiResult, DiskRequest, Effect, Effects, Foreseen, Made,
    Queries, Query,
};
use crate::domain::ids::{CpiName, SnapshotCid, Token};
use crate::domain::intent::Intent;
use crate::process::Stop;
use crate::secret::Redactor;

use call::Call;
use credentials::{Around, Identity};
use settings::{Properties, Source};

/// The entry of the registry. The AWS CPI gives a snapshot its tags in the call that makes it (`cloud_v1.rb`).
pub const BUILTIN: Builtin = Builtin {
    name: "aws_cpi",
    by_name: ByName::Beside { names_late: false },
    section: "aws",
    public: &[
        "region",
        "ec2_endpoint",
        "elb_endpoint",
        "credentials_source",
        "dualstack",
        "max_retries",
        "encrypted",
        "default_key_name",
        "default_security_groups",
        "default_iam_instance_profile",
    ],
    lacks: &[],
    blocked_by_snapshots: None,
    open: |settings| Ok(Box::new(AwsCpi::new(settings)?)),
    place: |_| None,
};

/// A client and the identity that asks, made for the first request.
struct Connection {
    client: http::Client,
    identity: Identity,
}

/// EBS in one region of one account.
pub struct AwsCpi {
    name: CpiName,
    region: String,
    endpoint: String,
    sts: String,
    role: Option<String>,
    ca: Option<String>,
    encrypted: bool,
    key: Option<String>,
    source: Mutex<Option<Source>>,
    connection: OnceLock<Connection>,
    environment: BTreeMap<String, String>,
    deadline: Duration,
    lag: Duration,
    stop: Stop,
    redactor: Redactor,
    trace: Arc<dyn Trace>,
    clock: Clock,
    ids: Ids,
    turns: Turns,
    /// Things that this process made, by their step: AWS may not list them yet.
    made: MadeHere,
}

impl AwsCpi {
    /// The region that these settings name. It asks nothing, and looks for no credentials.
    ///
    /// # Errors
    /// [`CpiErrorKind::InvalidRequest`]: one of the settings is missing or wrong.
    pub fn new(settings: &Settings) -> CpiResult<Self> {
        let Settings { name, redactor, deadline, stop, trace, clock, ids, environment, lag, .. } = settings.clone();
        let said = Properties::read(settings.properties.expose(), &environment).map_err(|why| {
            CpiError::new(&name, "open", CpiErrorKind::InvalidRequest, why).hint("correct the manifest")
        })?;
        let Properties { region, endpoint, sts, source, role, ca, encrypted, key } = said;
        let source = Mutex::new(Some(source));
        let (connection, turns, made) = (OnceLock::new(), Turns::default(), MadeHere::default());
        Ok(AwsCpi {
            name,
            region,
            endpoint,
            sts,
            role,
            ca,
            encrypted,
            key,
            source,
            connection,
            environment,
            deadline,
            lag,
            stop,
            redactor,
            trace,
            clock,
            ids,
            turns,
            made,
        })
    }

    fn connection(&self, call: &Call<'_>) -> CpiResult<&Connection> {
        if let Some(known) = self.connection.get() {
            return Ok(known);
        }
        let mut source = self.source.lock().unwrap_or_else(PoisonError::into_inner);
        if self.connection.get().is_none() {
            let client = http::Client::new(&http::Setting {
                environment: &self.environment,
                ca: self.ca.as_deref(),
                deadline: self.deadline,
                stop: self.stop.clone(),
                options: http::Options::default(),
            });
            let client =
                client.map_err(|why| call.fail(CpiErrorKind::NoAnswer, format!("AWS was not asked: {why}")))?;
            let around = Around {
                name: self.name.clone(),
                client: client.clone(),
                environment: self.environment.clone(),
                region: self.region.clone(),
                sts: self.sts.clone(),
                stop: self.stop.clone(),
                trace: Arc::clone(&self.trace),
                clock: self.clock.clone(),
                ids: self.ids.clone(),
                learned: Mutex::new(self.redactor.clone()),
            };
            let identity = Identity::new(source.take().unwrap_or(Source::Chain), self.role.clone(), around);
            drop(self.connection.set(Connection { client, identity }));
        }
        self.connection.get().ok_or_else(|| call.fail(CpiErrorKind::Internal, "there is no client"))
    }

    fn endpoint(&self) -> &str {
        &self.endpoint
    }

    fn now(&self) -> DateTime<Utc> {
        self.clock.now()
    }

    /// The text without secrets: those of the manifest, and those that the chain of credentials has found.
    fn redact(&self, text: &str) -> String {
        let text = self.redactor.redact(text);
        self.connection.get().map_or(text.clone(), |connection| connection.identity.redact(&text))
    }

    fn call(&self, method: &'static str) -> Call<'_> {
        Call { cpi: self, method }
    }

    /// Does what the step of this token has to do.
    fn act_as(&self, token: &Token, effect: &Effect) -> CpiResult<Made> {
        let call = self.call(effect.method());
        match effect {
            Effect::CreateDisk(request) => call.create_disk(token, request).map(Made::Disk),
            Effect::DeleteDisk(disk) => call.delete_disk(disk).map(nothing),
            Effect::SnapshotDisk { disk, metadata, .. } => {
                call.snapshot_disk(token, disk, metadata).map(Made::Snapshot)
            }
            Effect::DeleteSnapshot(snapshot) => call.delete_snapshot(snapshot).map(nothing),
            Effect::CreateDiskFromSnapshot { snapshot, request } => {
                call.create_disk_from_snapshot(token, snapshot, request).map(Made::Disk)
            }
            Effect::AttachDisk { vm, disk } => call.attach_disk(vm, disk).map(nothing),
            Effect::DetachDisk { vm, disk } => call.detach_disk(vm, disk).map(nothing),
            Effect::SetDiskMetadata { disk, metadata } => call.set_disk_metadata(disk, metadata).map(nothing),
            // Nothing is ever half-made: AWS makes a volume or a snapshot with its tags, or not at all.
            Effect::ClearLeftovers(_) => Ok(Made::Cleared(0)),
        }
    }
}

fn nothing((): ()) -> Made {
    Made::Nothing
}

impl Queries for AwsCpi {
    fn name(&self) -> &CpiName {
        &self.name
    }

    fn capabilities(&self) -> Capabilities {
        Capabilities {
            snapshots: true,
            promote: true,
            list_snapshots: true,
            find_snapshots: true,
            find_disks: true,
            describe_snapshots: true,
            attach: true,
            lag: self.lag,
            costs: Costs { billed: true, lazy_reads: true, snapshots_hold_disks: false },
        }
    }

    fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        self.call("create_disk_from_snapshot").foresee(snapshot, request).map(Some)
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        let call = self.call(query.method());
        match query {
            Query::HasDisk(disk) => call.has_disk(disk).map(Answer::Truth),
            Query::GetDisks(vm) => call.get_disks(vm).map(Answer::Disks),
            Query::ListSnapshots(filter) => call.list_snapshots(filter).map(Answer::Snapshots),
            Query::DescribeSnapshot(snapshot) => call.describe_snapshot(snapshot).map(Answer::Status),
            Query::FindDisk(token) => call.find_disk(token).map(Answer::Disk),
            Query::Leftovers => Ok(Answer::Operations(Vec::new())),
            Query::CurrentVm => call.current_vm().map(Answer::Vm),
        }
    }
}

impl Effects for AwsCpi {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.act_as(intent.token(), effect)
    }
}
