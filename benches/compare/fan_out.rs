//! 100 disks at `--parallel 20`, on a backend whose `snapshot_disk` takes 100 ms.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use snapback::clock::{Clock, Ids};
use snapback::cpi::builtin::local::LocalCpi;
use snapback::cpi::{Around, Cpi, CpiResult, Effect, Effects, Made, SnapshotTaken};
use snapback::director::Bosh;
use snapback::domain::ids::{CpiName, SnapshotCid};
use snapback::domain::instance::InstanceName;
use snapback::domain::intent::Intent;
use snapback::domain::operation::Author;
use snapback::domain::snapshot::Consistency;
use snapback::domain::step::Hook;
use snapback::domain::swap::HooksPresent;
use snapback::error::Result;
use snapback::fault::Faults;
use snapback::ops::clouds::DEFAULT_CPI;
use snapback::ops::presence::Presence;
use snapback::ops::progress::Silent;
use snapback::ops::take::{TakeRequest, take};
use snapback::ops::{CpiSource, HookRunner, Interrupt, Session};
use snapback::state::{Access, OpenRequest, State};

use crate::measure::{Budget, Report, median};
use crate::support::Sandbox;

const DISKS: usize = 100;
const PARALLEL: usize = 20;
const LATENCY: Duration = Duration::from_millis(100);

/// The local backend, but a snapshot is only time.
struct Slow(LocalCpi);

impl Around for Slow {
    fn inner(&self) -> &dyn Cpi {
        &self.0
    }

    fn effect(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        if !matches!(effect, Effect::SnapshotDisk { .. }) {
            return self.0.act(intent, effect);
        }
        std::thread::sleep(LATENCY);
        let cid = SnapshotCid::new(format!("snap-{}", intent.token()));
        let (created_at, consistency) = (Clock::System.now(), Consistency::Crash);
        Ok(Made::Snapshot(SnapshotTaken { cid, created_at, consistency, size_mib: Some(1) }))
    }
}

struct Clouds(Arc<Slow>);

impl CpiSource for Clouds {
    fn cpi(&self, _: &CpiName) -> Result<Arc<dyn Cpi>> {
        Ok(Arc::clone(&self.0) as Arc<dyn Cpi>)
    }
}

struct NoHooks;

impl HookRunner for NoHooks {
    fn present(&self) -> HooksPresent {
        HooksPresent::default()
    }
    fn run(&self, _: Hook, _: &InstanceName) -> Result<()> {
        Ok(())
    }
}

/// Adds the row of this file.
pub fn run(report: &mut Report) {
    let names: Vec<String> = (0..DISKS).map(|index| format!("db/{index}")).collect();
    let sandbox = Sandbox::with(&names.iter().map(String::as_str).collect::<Vec<_>>());
    let ideal = LATENCY * u32::try_from(DISKS.div_ceil(PARALLEL)).unwrap();
    let times = (0..11).map(|_| once(&sandbox)).collect();
    let ideal = ideal.as_secs_f64() * 1e3;
    let what = format!("`take` of {DISKS} disks at `--parallel {PARALLEL}`, {} ms each", LATENCY.as_millis());
    report.row(&what, "ms", median(times), Some(("ideal", ideal)), Budget::Most(ideal + 60.0));
}

fn once(sandbox: &Sandbox) -> Duration {
    let local =
        LocalCpi::new(CpiName::new(DEFAULT_CPI), sandbox.path("cloud"), Clock::System, Ids::Random, Faults::none());
    let clouds = Clouds(Arc::new(Slow(local)));
    let begun = Instant::now();
    let (state, _) = State::open(&OpenRequest {
        path: &sandbox.state(),
        access: Access::Change,
        director_name: "test",
        mode: 0o600,
        allow_network_fs: false,
        clock: Clock::System,
        ids: Ids::Random,
        faults: Faults::none(),
    })
    .unwrap();
    let instances = state.reader().instances(None).unwrap();
    let bosh = Bosh::new("/nonexistent/bosh".into(), BTreeMap::new(), None);
    let session = Session {
        state,
        cpis: &clouds,
        hooks: &NoHooks,
        bosh: &bosh,
        progress: &Silent,
        clock: Clock::System,
        faults: Faults::none(),
        interrupt: Interrupt::default(),
        author: Author { user: "bench".into(), host: "bench".into(), host_id: String::new(), pid: 1 },
        arguments: "snapback take --parallel 20".to_owned(),
        wait: Duration::ZERO,
        max_inventory_age: Default::default(),
        presence: Presence::default(),
    };
    let rows =
        take(&session, &TakeRequest { instances, parallel: PARALLEL, ..TakeRequest::default() }, &mut |_| {}).unwrap();
    let took = begun.elapsed();
    assert_eq!(rows.0.iter().filter(|row| row.result.is_ok()).count(), DISKS);
    took
}
