//! The surroundings of a command: environment, time, files. The manifest and the state file are opened when asked for.

mod again;
mod asking;
mod calls;
mod cpis;
mod global;
mod manifest;
mod manifest_place;
mod opened;

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use crate::clock::{Clock, Ids};
use crate::director::{self, Bosh};
use crate::domain::called::Called;
use crate::domain::freshness::Freshness;
use crate::domain::limits::WARN_AGE;
use crate::domain::operation::Author;
use crate::environment::{Environment, author};
use crate::error::Result;
use crate::fault::Faults;
use crate::manifest::Manifest;
use crate::ops::clouds::{Clouds, Patience};
use crate::ops::hooks::Hooks;
use crate::ops::{Interrupt, Session};
use crate::state::{Access, OpenRequest, Reader, State};
use crate::ui::{Meter, Pace, Ui};

pub use again::Again;
pub use cpis::RETRIES;
pub use global::{Global, Output};
pub use manifest_place::{CALLER, CREATE_ENV_STATE, FoundBy, INVENTORY, ManifestPlace};
pub use opened::Opened;

use calls::Calls;

/// Everything that a command works with.
pub struct Context {
    /// The arguments that all commands share.
    pub global: Global,
    /// The terminal, or the program that called.
    pub ui: Ui,
    /// The environment variables.
    pub environment: Environment,
    /// The time.
    pub clock: Clock,
    /// Fresh identifiers.
    pub ids: Ids,
    /// The faults of a test.
    pub faults: Faults,
    /// Ctrl-C.
    pub interrupt: Interrupt,
    /// The command line, without secrets.
    pub arguments: String,
    /// What printed commands repeat of the command line.
    pub called: Called,
    /// The UUID of the state file's Director, once that file is open.
    pub director_uuid: Arc<OnceLock<String>>,
    /// Whether the operator was told which manifest was found.
    pub told_manifest: bool,
}

/// The manifest, and the tools that it configures.
pub struct Tools {
    /// The manifest.
    pub manifest: Manifest,
    /// The clouds that it names.
    pub clouds: Clouds,
    /// Its hooks.
    pub hooks: Hooks,
    /// The operator's bosh CLI.
    pub bosh: Bosh,
    /// Shows progress.
    pub meter: Arc<Meter>,
}

impl Context {
    /// Opens the state file of a command that asks before it acts.
    ///
    /// # Errors
    /// The state file cannot be read, or cannot be changed (without `dry_run`); or the errors of [`Context::can_ask`].
    pub fn open_to_act(&mut self, manifest: &Manifest, dry_run: bool) -> Result<Opened> {
        if !dry_run {
            self.can_ask()?;
        }
        self.open_to_change(manifest, dry_run)
    }

    /// Opens the state file of a command that acts without asking.
    ///
    /// # Errors
    /// The state file cannot be read, or cannot be changed (without `dry_run`).
    pub fn open_to_change(&mut self, manifest: &Manifest, dry_run: bool) -> Result<Opened> {
        if dry_run {
            return Ok(Opened::ToLook(self.reader()?));
        }
        Ok(Opened::ForChange(self.open_state(manifest, Access::Change)?.0))
    }

    /// The path of the state file: named, or beside the manifest.
    ///
    /// # Errors
    /// Nobody named it, and the manifest does not give it.
    pub fn state_path(&mut self) -> Result<PathBuf> {
        if let Some((path, _)) = self.named_state() {
            return Ok(path);
        }
        self.tell_manifest();
        match self.load_manifest() {
            // Only the place of the manifest is needed here.
            Err(error) if error.complaint.lacks_variable => Ok(Manifest::state_path_beside(&self.manifest_path())?),
            loaded => Ok(self.warned(loaded?).default_state_path()?),
        }
    }

    /// The state file that is named, and the option or variable that names it.
    pub fn named_state(&self) -> Option<(PathBuf, &'static str)> {
        const VARIABLE: &str = "SNAPBACK_STATE";
        let option = self.global.state.clone().map(|path| (path, "--state"));
        option.or_else(|| self.environment.get(VARIABLE).map(|path| (PathBuf::from(path), VARIABLE)))
    }

    /// The deployment that is named, if any.
    pub fn deployment(&self) -> Option<String> {
        self.global.deployment.clone().or_else(|| self.environment.get("BOSH_DEPLOYMENT").map(str::to_owned))
    }

    /// Opens the state for listing. A state file that is named needs no manifest.
    ///
    /// # Errors
    /// The manifest or the state file cannot be read.
    pub fn reader(&mut self) -> Result<Reader> {
        let path = self.state_path()?;
        self.read(&path)
    }

    /// Opens the state for listing, or gives `None` if the manifest has no state file yet. A state file that is named
    /// must be there.
    ///
    /// # Errors
    /// The state file cannot be read, or one that is named is missing.
    pub fn reader_if_any(&self, manifest: &Manifest) -> Result<Option<Reader>> {
        match (self.named_state(), manifest.default_state_path()) {
            (Some((named, _)), _) => self.read(&named).map(Some),
            (None, Ok(path)) if path.exists() => self.read(&path).map(Some),
            (None, _) => Ok(None),
        }
    }

    fn read(&self, path: &Path) -> Result<Reader> {
        let reader = Reader::open(path)?;
        let _ = self.director_uuid.set(reader.director()?.uuid);
        Ok(reader)
    }

    /// Reads the manifest, and makes the clouds, hooks and clients that it configures.
    ///
    /// # Errors
    /// The manifest cannot be read; or the errors of [`Context::tools_of`].
    pub fn tools(&mut self) -> Result<Tools> {
        let manifest = self.manifest()?;
        self.tools_of(manifest)
    }

    /// In a debug build, a test can shorten the waits.
    #[cfg(debug_assertions)]
    fn pace(&self) -> Pace {
        Pace::of(self.environment.get("SNAPBACK_TEST_PACE_MS"))
    }

    #[cfg(not(debug_assertions))]
    #[expect(clippy::unused_self, reason = "the debug build uses it")]
    fn pace(&self) -> Pace {
        Pace::default()
    }

    /// Makes the clouds, hooks and clients that a manifest configures.
    ///
    /// # Errors
    /// The command line's options for CPIs or a cpi-config are wrong.
    pub fn tools_of(&mut self, manifest: Manifest) -> Result<Tools> {
        let hooks = Hooks::new(
            manifest.settings.hooks.clone(),
            manifest.path.parent().map(Path::to_owned),
            self.environment.variables.clone(),
            self.global.timeout.map(Duration::from_secs),
        )
        .through(self.environment.program.clone())
        .calling_bosh(self.bosh().acting_words());
        let style = self.ui.style();
        let quiet = style.quiet || style.format.is_for_programs();
        let pace = self.pace();
        let meter = Arc::new(Meter::new(
            self.ui.stderr_is_terminal(),
            quiet,
            self.ui.screen().clone(),
            pace,
            self.ui.stderr_width(),
        ));
        let patience = Patience { progress: meter.clone(), interrupt: self.interrupt.clone() };
        let calls = Calls::open(&self.global, &meter, &self.clock)?;
        let options = self.call_options(&manifest, Arc::new(calls))?;
        options.config.second_documents.iter().for_each(|warning| self.ui.warn(warning));
        let (clock, ids, faults) = (self.clock.clone(), self.ids.clone(), self.faults.clone());
        let clouds = Clouds::new(&manifest, options, patience, clock, ids, faults);
        Ok(Tools { manifest, clouds, hooks, bosh: self.bosh(), meter })
    }

    /// The state file, open for changes. The flag tells whether it was made just now.
    ///
    /// # Errors
    /// The state file cannot be opened for changes.
    pub fn open_state(&mut self, manifest: &Manifest, access: Access) -> Result<(State, bool)> {
        self.open_state_with_mode(manifest, access, 0o600)
    }

    /// As [`Context::open_state`]; a new file gets this mode.
    ///
    /// # Errors
    /// The state file cannot be opened for changes.
    pub fn open_state_with_mode(&mut self, manifest: &Manifest, access: Access, mode: u32) -> Result<(State, bool)> {
        self.clock.check()?;
        let path = match self.named_state() {
            Some((path, _)) => path,
            None => manifest.default_state_path()?,
        };
        let (state, created) = State::open(&OpenRequest {
            path: &path,
            access,
            director_name: manifest.director_name.as_deref().unwrap_or("unnamed"),
            mode,
            allow_network_fs: self.global.allow_network_fs,
            clock: self.clock.clone(),
            ids: self.ids.clone(),
            faults: self.faults.clone(),
        })?;
        let _ = self.director_uuid.set(state.director()?.uuid);
        if created {
            self.ui.say(&format!("Made the state file {}", path.display()));
        }
        if let Some(before) = state.was_of() {
            let (path, name) = (path.display(), state.director()?.name);
            self.ui.say(&format!(
                "The empty state file {path} belonged to the Director '{before}'; now it belongs to '{name}'"
            ));
        }
        Ok((state, created))
    }

    /// The operator's bosh CLI.
    pub fn bosh(&self) -> Bosh {
        let named = self.global.bosh.clone().or_else(|| self.environment.get("SNAPBACK_BOSH").map(PathBuf::from));
        let program = named.unwrap_or_else(|| director::usual().to_owned());
        let interrupt = self.interrupt.clone();
        let deadline = self.global.timeout.map(Duration::from_secs);
        let bosh = Bosh::new(program, self.environment.variables.clone(), deadline);
        bosh.through(self.environment.program.clone()).stopped_by(move || interrupt.ends_queries())
    }

    /// The greatest age of an inventory that is believed if a CPI cannot tell.
    pub fn freshness(&self) -> Freshness {
        Freshness { now: self.clock.now(), most: self.global.max_inventory_age }
    }

    /// The age from which on snapshots are warned of: the manifest's setting, if there is a manifest.
    pub fn warn_age(&self) -> Duration {
        // A state file that is named needs no manifest, and only the command that needs a pipe reads it.
        let manifest = self.manifest_path().is_file().then(|| self.load_manifest().ok()).flatten();
        manifest.and_then(|manifest| manifest.settings.warn_age).unwrap_or(WARN_AGE)
    }

    /// The user that runs this, and the host.
    pub fn author(&self) -> Author {
        author(&self.environment)
    }

    /// How long to wait for what other operations have claimed.
    pub fn wait(&self) -> Duration {
        Duration::from_secs(self.global.wait_lock.unwrap_or(0))
    }

    /// Makes a session.
    pub fn session<'a>(&self, tools: &'a Tools, state: State) -> Session<'a> {
        Session {
            state,
            cpis: &tools.clouds,
            hooks: &tools.hooks,
            bosh: &tools.bosh,
            progress: tools.meter.as_ref(),
            clock: self.clock.clone(),
            faults: self.faults.clone(),
            interrupt: self.interrupt.clone(),
            author: self.author(),
            arguments: self.arguments.clone(),
            wait: self.wait(),
            max_inventory_age: self.global.max_inventory_age,
            presence: self.presence(),
        }
    }
}
