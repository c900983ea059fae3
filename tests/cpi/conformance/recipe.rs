//! ARCHITECTURE's recipe "Add a cloud", followed with the toy: nothing passes the suite without what is put around every
//! backend.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Map, json};
use snapback::clock::{Clock, Ids};
use snapback::cpi::Cpi;
use snapback::cpi::registry::Settings;
use snapback::cpi::retry::{Policy, Retrying, Watch};
use snapback::cpi::trace::{Called, Trace};
use snapback::domain::ids::{CpiName, VmCid};
use snapback::fault::Faults;
use snapback::secret::{Redactor, Secret};

use super::toy::TOY;
use super::{Content, Subject};

/// Counts what is told: all calls, those that were turned away, and the new attempts.
#[derive(Default)]
pub struct Told {
    pub calls: AtomicUsize,
    pub turned_away: AtomicUsize,
    pub again: AtomicUsize,
}

impl Trace for Told {
    fn called(&self, call: &Called<'_>) {
        assert_eq!((call.cpi.as_str(), call.request), (TOY.name, None));
        self.calls.fetch_add(1, Ordering::SeqCst);
        if call.failure == Some("too many <redacted>") {
            self.turned_away.fetch_add(1, Ordering::SeqCst);
        }
    }
}

struct Patient(Arc<Told>);

impl Watch for Patient {
    type Asking = ();

    fn asking(&self, _: String) {}

    fn again(&self, line: &str) {
        assert!(line.contains("too many requests"), "{line}");
        self.0.again.fetch_add(1, Ordering::SeqCst);
    }

    fn pause(&self, _: Duration) -> bool {
        true
    }
}

/// The toy, with around it what each cloud gets.
pub struct Toy(Retrying<Patient>);

impl Toy {
    pub fn new(told: &Arc<Told>) -> Self {
        let settings = Settings {
            name: CpiName::new(TOY.name),
            properties: Secret::new(Map::from_iter([("vms".to_owned(), json!(["vm-1", "vm-2"]))])),
            home: "/nowhere".into(),
            redactor: Redactor::of(&json!({"password": "requests"})),
            environment: std::collections::BTreeMap::new(),
            deadline: Duration::from_secs(60),
            lag: Duration::ZERO,
            stop: Arc::new(|| false),
            trace: Arc::clone(told) as Arc<dyn Trace>,
            clock: Clock::System,
            ids: Ids::Random,
            faults: Faults::none(),
            copied: snapback::cpi::Copied::default(),
        };
        let policy = Policy { retries: 100, first: Duration::from_millis(1), longest: Duration::from_millis(1) };
        Toy(Retrying::new(Box::new(TOY.traced(&settings).unwrap()), Patient(Arc::clone(told)), policy))
    }
}

impl Subject for Toy {
    fn cpi(&self) -> &dyn Cpi {
        &self.0
    }

    fn vm(&self) -> VmCid {
        VmCid::new("vm-1")
    }

    fn other_vm(&self) -> VmCid {
        VmCid::new("vm-2")
    }

    /// Its disks have a size, and no bytes.
    fn content(&self) -> Option<&dyn Content> {
        None
    }
}
