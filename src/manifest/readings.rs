//! The values that were read from a manifest, setting by setting, for operators who wonder why snapback does what it
//! does. It contains no secrets: no credential, no argument of a hook, and no value of a variable.

use crate::domain::limits::{Catalogues, WARN_AGE};
use crate::domain::time::span;
use crate::yaml::{Complaint, View};

use super::setting::Place;
use super::settings::KEEPING;
use super::stillness::{By, Stillness};
use super::{Manifest, ManifestError, Setting};

/// The value of a setting, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The value.
    Value(String),
    /// A variable gave the value, so it is not shown.
    Given,
    /// It is not written, and there is no default.
    Nothing,
    /// The value is not known, since that of a variable is missing: the sentence that says so.
    Unknown(String),
}

/// A setting as it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reading {
    /// The name of the setting, for example `hooks.stop`.
    pub setting: &'static str,
    /// Its value.
    pub shown: Shown,
    /// The place of the setting, or where it would have to be written; `None` if that is not known.
    pub place: Option<Place>,
}

/// The places of settings that are kept without their place.
#[derive(Debug, Clone)]
pub(super) struct Places {
    pub name: Option<Place>,
    pub cpi: Option<Place>,
    pub properties: Place,
    pub hooks: [Option<Place>; 7],
    pub keeping: [Option<Place>; 6],
    pub schedule: Option<Place>,
}

const HOOKS: [&str; 7] = ["stop", "verify", "start", "quiesce", "resume", "preset", "groups"];

pub(super) fn places_of_hooks(snapback: Option<&View<'_>>) -> Result<[Option<Place>; 7], Complaint> {
    let mut places = [const { None }; 7];
    if let Some(snapback) = snapback {
        for (place, name) in places.iter_mut().zip(HOOKS) {
            *place = snapback.path(&["hooks", name])?.as_ref().map(Place::of);
        }
    }
    Ok(places)
}

pub(super) fn places_of_keeping(snapback: Option<&View<'_>>) -> Result<[Option<Place>; 6], Complaint> {
    let mut places = [const { None }; 6];
    if let Some(snapback) = snapback {
        for (place, name) in places.iter_mut().zip(KEEPING) {
            *place = snapback.get(name)?.as_ref().map(Place::of);
        }
    }
    Ok(places)
}

impl Manifest {
    /// The settings as they were read, in the order in which a take asks for them.
    pub fn readings(&self) -> Vec<Reading> {
        let [stop, verify, start, quiesce, resume, preset, groups] = &self.places.hooks;
        let still = hooks_of(self.settings.hooks.still.for_all());
        let hooks = &self.settings.hooks;
        vec![
            reading("director_name", self.director_name.clone(), self.places.name.clone()),
            of("enable_snapshots", Some(self.enable_snapshots.value.to_string()), self.enable_snapshots.place.clone()),
            schedule("snapshot_schedule", self.snapshot_schedule()),
            schedule("self_snapshot_schedule", self.self_snapshot_schedule()),
            reading("cpi", self.cpi.as_ref().map(ToString::to_string), self.places.cpi.clone()),
            of("iaas_properties", self.keys_of_properties(), self.places.properties.clone()),
            reading("hooks.stop", hooks.stop.as_deref().map(program), stop.clone()),
            reading("hooks.verify", hooks.verify.as_deref().map(program), verify.clone()),
            reading("hooks.start", hooks.start.as_deref().map(program), start.clone()),
            reading("hooks.quiesce", still.quiesce, quiesce.clone()),
            reading("hooks.resume", still.resume, resume.clone()),
            reading("hooks.preset", still.preset, preset.clone()),
            reading("hooks.groups", self.groups_that_stand_still(), groups.clone()),
        ]
        .into_iter()
        .chain(self.keeping())
        .chain([self.own_schedules()])
        .collect()
    }

    /// The place of one of snapback's own settings, for messages: file, line and key; or the key that it would have.
    pub fn place_of(&self, setting: &str) -> String {
        let place = KEEPING.iter().position(|name| *name == setting).and_then(|at| self.places.keeping[at].as_ref());
        match place {
            Some(place) => {
                let line = place.line.map_or_else(String::new, |line| format!(", line {line}"));
                format!("{}{line}: {}", self.file_of(place).display(), place.key)
            }
            None => format!("{}: properties.snapback.{setting}", self.path.display()),
        }
    }

    /// How long snapshots are kept, the limits, and the notify hook.
    fn keeping(&self) -> [Reading; 6] {
        let [lifespan, warn_age, retention, limits, catalogue, notify] = &self.places.keeping;
        let settings = &self.settings;
        let catalogues = match &settings.catalogues {
            Catalogues::None => "false".to_owned(),
            Catalogues::All => "true".to_owned(),
            Catalogues::Groups(groups) => groups.join(", "),
        };
        let age = settings.warn_age.unwrap_or(WARN_AGE);
        let with_default = |setting, value, place: &Option<Place>| {
            of(
                setting,
                Some(value),
                place.clone().unwrap_or_else(|| Place::unwritten(format!("properties.snapback.{setting}"))),
            )
        };
        [
            reading("lifespan", Some(settings.lifespans.to_string()), lifespan.clone()),
            with_default("warn_age", span(age.as_secs()), warn_age),
            with_default("retention", settings.retention.to_string(), retention),
            reading("limits", Some(settings.limits.to_string()), limits.clone()),
            reading("backup_catalogue", Some(catalogues), catalogue.clone()),
            reading("notify", settings.notify.as_deref().map(program), notify.clone()),
        ]
    }

    /// The schedules of snapback itself, under `snapback.schedule`.
    fn own_schedules(&self) -> Reading {
        let place = self.places.schedule.clone();
        let place = place.unwrap_or_else(|| Place::unwritten("properties.snapback.schedule".to_owned()));
        of("schedule", Some(self.settings.schedule.to_string()), place)
    }

    /// The groups with their own settings for standing still, each with those settings.
    fn groups_that_stand_still(&self) -> Option<String> {
        let told = |(name, still): (&str, &Stillness)| {
            let Told { quiesce, resume, preset } = hooks_of(Some(still));
            let hooks = quiesce.into_iter().chain(resume).collect::<Vec<_>>().join(" and ");
            format!("{name}: {}", preset.unwrap_or(hooks))
        };
        let groups: Vec<String> = self.settings.hooks.still.groups().map(told).collect();
        (!groups.is_empty()).then(|| groups.join("; "))
    }

    /// The keys at the top of the IaaS properties: they name the IaaS, and hold no secret.
    fn keys_of_properties(&self) -> Option<String> {
        let keys = self.properties.expose().as_object().filter(|keys| !keys.is_empty())?;
        Some(keys.keys().map(String::as_str).collect::<Vec<_>>().join(", "))
    }
}

/// The hooks or the preset that make instances stand still, in words for people.
#[derive(Default)]
struct Told {
    quiesce: Option<String>,
    resume: Option<String>,
    preset: Option<String>,
}

fn hooks_of(still: Option<&Stillness>) -> Told {
    match still.map(|still| &still.by) {
        None => Told::default(),
        Some(By::Hooks { quiesce, resume, .. }) => {
            Told { quiesce: Some(program(quiesce)), resume: Some(program(resume)), preset: None }
        }
        Some(By::Bosh) => Told { preset: Some("bosh".to_owned()), ..Told::default() },
        Some(By::FsFreeze { mount_point, .. }) => {
            Told { preset: Some(format!("fsfreeze {mount_point}")), ..Told::default() }
        }
    }
}

/// The program of a hook. Its arguments may be secret; the program is the name of a file.
fn program(hook: &[String]) -> String {
    let program = hook.first().map(String::as_str).unwrap_or_default();
    match hook.len().saturating_sub(1) {
        0 => program.to_owned(),
        1 => format!("{program} (and an argument)"),
        more => format!("{program} (and {more} arguments)"),
    }
}

fn reading(setting: &'static str, value: Option<String>, place: Option<Place>) -> Reading {
    match place {
        Some(place) => of(setting, value, place),
        None => Reading { setting, shown: Shown::Nothing, place: None },
    }
}

fn of(setting: &'static str, value: Option<String>, place: Place) -> Reading {
    let shown = match value {
        Some(_) if place.given => Shown::Given,
        Some(value) => Shown::Value(value),
        None => Shown::Nothing,
    };
    Reading { setting, shown, place: Some(place) }
}

fn schedule(setting: &'static str, read: Result<Setting<Option<String>>, ManifestError>) -> Reading {
    match read {
        Ok(read) => of(setting, read.value, read.place),
        Err(error) => Reading { setting, shown: Shown::Unknown(error.to_string()), place: None },
    }
}
