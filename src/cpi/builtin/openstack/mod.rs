//! OpenStack: Cinder's volumes and snapshots, by its API v3, with tokens of Keystone v3. It makes the same things as
//! the OpenStack CPIs, and each accepts those of the others. VMs are Nova's, so the CPI's executable attaches and
//! detaches.
//!
//! Cinder has no token that makes a repeated request harmless. So each new thing has its step's token as metadata from
//! its first instant on, and each call looks for those first.

mod call;
mod catalog;
mod disks;
mod errors;
mod keystone;
mod login;
mod metadata;
mod settings;
mod snapshots;
mod volumes;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use serde_json::json;

use super::http;
use super::made::MadeHere;
use super::turns::Turns;
use crate::clock::Ids;
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
use keystone::Session;
use login::Login;
use settings::Properties;

/// The entry of the registry. The OpenStack CPI in Ruby gives a snapshot its metadata once it is available
/// (bosh-openstack-cpi-release `cloud.rb`, `snapshot_disk`).
pub const BUILTIN: Builtin = Builtin {
    name: "openstack_cpi",
    by_name: ByName::Beside { names_late: true },
    section: "openstack",
    public: &[
        "auth_url",
        "region",
        "endpoint_type",
        "default_volume_type",
        "default_key_name",
        "default_security_groups",
    ],
    lacks: &["attach_disk", "detach_disk", "get_disks", "current_vm_id"],
    // Cinder refuses both (openstack/cinder `volume/api.py`, `delete` and `extend`).
    blocked_by_snapshots: Some(
        "while a disk has snapshots, Cinder neither deletes nor resizes it: BOSH cannot resize the disk, nor delete it once it is \
         orphaned, until the snapshots are deleted",
    ),
    open: |settings| Ok(Box::new(OpenstackCpi::new(settings)?)),
    place: |_| None,
};

/// The block storage of one project.
pub struct OpenstackCpi {
    name: CpiName,
    keystone: String,
    login: Login,
    region: Option<String>,
    interface: String,
    kind: Option<String>,
    ca: Option<String>,
    ca_file: Option<PathBuf>,
    options: http::Options,
    /// Made when the first request is.
    client: OnceLock<http::Client>,
    session: Mutex<Option<Arc<Session>>>,
    environment: BTreeMap<String, String>,
    deadline: Duration,
    /// How long the cloud may take to do what was asked for.
    patience: Duration,
    lag: Duration,
    stop: Stop,
    /// Hides secrets. It learns each token.
    redactor: Mutex<Redactor>,
    trace: Arc<dyn Trace>,
    ids: Ids,
    turns: Turns,
    /// Things that this process made, by step: a list may not have them yet.
    made: MadeHere,
}

impl OpenstackCpi {
    /// The project that these settings name. It asks nothing.
    ///
    /// # Errors
    /// [`CpiErrorKind::InvalidRequest`]: one of the settings is missing or wrong.
    pub fn new(settings: &Settings) -> CpiResult<Self> {
        let Settings { name, home, redactor, deadline, stop, trace, ids, environment, lag, .. } = settings.clone();
        let said = Properties::read(settings.properties.expose(), &environment, &home).map_err(|why| {
            CpiError::new(&name, "open", CpiErrorKind::InvalidRequest, why).hint("correct the manifest")
        })?;
        let Properties { keystone, login, region, interface, ca, ca_file, options, kind, patience } = said;
        Ok(OpenstackCpi {
            name,
            keystone,
            login,
            region,
            interface,
            kind,
            ca,
            ca_file,
            options,
            client: OnceLock::new(),
            session: Mutex::default(),
            environment,
            deadline,
            patience: patience.map_or(deadline, |said| said.min(deadline)),
            lag,
            stop,
            redactor: Mutex::new(redactor),
            trace,
            ids,
            turns: Turns::default(),
            made: MadeHere::default(),
        })
    }

    fn client(&self, call: &Call<'_>) -> CpiResult<&http::Client> {
        if let Some(known) = self.client.get() {
            return Ok(known);
        }
        let asked = |why: String| call.fail(CpiErrorKind::NoAnswer, format!("OpenStack was not asked: {why}"));
        let file = match (&self.ca, &self.ca_file) {
            (None, Some(file)) => {
                let read = std::fs::read_to_string(file);
                Some(read.map_err(|error| asked(format!("{}: {error}", file.display())))?)
            }
            _ => None,
        };
        let client = http::Client::new(&http::Setting {
            environment: &self.environment,
            ca: self.ca.as_deref().or(file.as_deref()),
            deadline: self.deadline,
            stop: self.stop.clone(),
            options: self.options.clone(),
        });
        let client = client.map_err(asked)?;
        Ok(self.client.get_or_init(|| client))
    }

    /// The text without secrets: those of the manifest, and tokens.
    fn redact(&self, text: &str) -> String {
        self.redactor.lock().unwrap_or_else(PoisonError::into_inner).redact(text)
    }

    fn learn(&self, token: &str) {
        self.redactor.lock().unwrap_or_else(PoisonError::into_inner).learn(&json!({"token": token}));
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
            Effect::AttachDisk { .. } | Effect::DetachDisk { .. } => Err(call.is_of_nova()),
            Effect::SetDiskMetadata { disk, metadata } => call.set_disk_metadata(disk, metadata).map(nothing),
            // Nothing is ever half-made: Cinder makes a volume or a snapshot with its metadata, or not at all.
            Effect::ClearLeftovers(_) => Ok(Made::Cleared(0)),
        }
    }
}

impl Call<'_> {
    fn is_of_nova(&self) -> CpiError {
        let message = "VMs are Nova's: only the executable of the OpenStack CPI attaches and detaches their disks";
        self.fail(CpiErrorKind::NotSupported, message)
    }
}

fn nothing((): ()) -> Made {
    Made::Nothing
}

impl Queries for OpenstackCpi {
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
            attach: false,
            lag: self.lag,
            costs: Costs {
                billed: true,
                lazy_reads: false,
                snapshots_hold_disks: BUILTIN.blocked_by_snapshots.is_some(),
            },
        }
    }

    fn foresee(&self, snapshot: &SnapshotCid, request: &DiskRequest) -> CpiResult<Option<Foreseen>> {
        self.call("create_disk_from_snapshot").foresee(snapshot, request).map(Some)
    }

    fn ask(&self, query: &Query) -> CpiResult<Answer> {
        let call = self.call(query.method());
        match query {
            Query::HasDisk(disk) => call.has_disk(disk).map(Answer::Truth),
            Query::ListSnapshots(filter) => call.list_snapshots(filter).map(Answer::Snapshots),
            Query::DescribeSnapshot(snapshot) => call.describe_snapshot(snapshot).map(Answer::Status),
            Query::FindDisk(token) => call.find_disk(token).map(Answer::Disk),
            Query::Leftovers => Ok(Answer::Operations(Vec::new())),
            Query::GetDisks(_) | Query::CurrentVm => Err(call.is_of_nova()),
        }
    }
}

impl Effects for OpenstackCpi {
    fn act(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        self.act_as(intent.token(), effect)
    }
}
