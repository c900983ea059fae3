//! `import --from-bosh`: asks the Director through the operator's bosh CLI, with commands that only read.

use std::collections::BTreeSet;

use crate::clock::Clock;
use crate::director::{Bosh, BoshError, Trouble};
use crate::domain::findings::{Findings, OrphansTold};
use crate::domain::ids::CpiName;
use crate::domain::instance::ManagedBy;
use crate::domain::zones::Zones;
use crate::error::{Error, Kind, Result};
use crate::inventory::{self, InventoryError, Source};
use crate::ops::Interrupt;
use crate::state::Reader;

/// The scope of the question to the Director, and the values to use if it gives none.
pub struct Question<'a> {
    /// Only this deployment.
    pub deployment: Option<&'a str>,
    /// The name that the Director must have.
    pub director: Option<&'a str>,
    /// The CPI of new things.
    pub default_cpi: &'a CpiName,
    /// The CPIs of availability zones, which come before the default.
    pub zones: &'a Zones,
    /// The time.
    pub clock: &'a Clock,
    /// Ctrl-C.
    pub interrupt: &'a Interrupt,
}

/// The Director's answers.
#[derive(Debug)]
pub struct Asked {
    /// The Director's lists.
    pub findings: Findings,
    /// The deployments that were skipped, each with the reason.
    pub passed_over: Vec<String>,
    /// The deployments that it has, if it was asked for all of them.
    all: Option<BTreeSet<String>>,
}

/// Asks for the deployments, for the instances and snapshots of each, and for the orphaned disks. `tell` is told each
/// command before it runs.
///
/// # Errors
/// The first command without a usable answer; a Director of another name.
pub fn ask(bosh: &Bosh, question: &Question<'_>, tell: &mut dyn FnMut(&str)) -> Result<Asked> {
    let mut asking = Asking { bosh, question, tell };
    asking.check_the_director()?;
    let all = match question.deployment {
        Some(_) => None,
        None => Some(asking.deployments()?),
    };
    let named = question.deployment.map(str::to_owned);
    let mut asked = Asked { findings: Findings::default(), passed_over: Vec::new(), all: None };
    for deployment in all.iter().flatten().chain(&named) {
        match asking.deployment(deployment) {
            Ok(found) => asked.findings.extend(found),
            Err(error)
                if all.is_some() && error.kind() == Kind::NotFound && !asking.deployments()?.contains(deployment) =>
            {
                let message =
                    format!("deployment '{deployment}' was deleted meanwhile: snapback changes nothing of it");
                asked.passed_over.push(message);
            }
            Err(error) => return Err(error),
        }
    }
    asked.findings.extend(asking.list(&["disks", "--orphaned"], None)?);
    if let Some(what) = asked.findings.said_twice() {
        let message = format!("the Director's lists contradict each other: {what} is in two of them");
        return Err(
            Error::new(Kind::Failed, message).hint("something may have changed meanwhile: run the command again")
        );
    }
    asked.findings.orphans_told = if all.is_some() { OrphansTold::All } else { OrphansTold::OfTheDeployments };
    asked.all = all;
    Ok(asked)
}

impl Asked {
    /// The known deployments of a Director that this one does not list. They may be deleted, or this client may not see
    /// them: their records do not change.
    ///
    /// # Errors
    /// Those of the state file.
    pub fn unlisted(&self, reader: &Reader) -> Result<Vec<String>> {
        let Some(all) = &self.all else { return Ok(Vec::new()) };
        let mut unlisted = BTreeSet::new();
        reader.each_instance(None, |instance| {
            if instance.managed_by == ManagedBy::Director && !all.contains(&instance.name.deployment) {
                unlisted.insert(instance.name.deployment);
            }
            Ok::<bool, Error>(true)
        })?;
        Ok(unlisted.into_iter().collect())
    }
}

struct Asking<'a, 'b> {
    bosh: &'a Bosh,
    question: &'a Question<'a>,
    tell: &'b mut dyn FnMut(&str),
}

impl Asking<'_, '_> {
    fn ask(&mut self, arguments: &[&str]) -> Result<std::result::Result<String, BoshError>> {
        self.question.interrupt.check()?;
        (self.tell)(&self.bosh.line(arguments));
        let _asking = self.question.interrupt.calling(None, self.bosh.line(arguments));
        let answer = self.bosh.ask(arguments);
        // A command that Ctrl-C ended has not failed.
        self.question.interrupt.check()?;
        Ok(answer)
    }

    /// Refuses another Director: its lists would make everything disappear that this state file knows. A Director that
    /// cannot tell its name must still answer the other questions.
    fn check_the_director(&mut self) -> Result<()> {
        let Some(expected) = self.question.director else { return Ok(()) };
        let answer = match self.ask(&["environment"])? {
            Ok(answer) => answer,
            Err(BoshError { trouble: Trouble::Failed { .. } | Trouble::NotJson(_), .. }) => return Ok(()),
            Err(error) => return Err(not_imported(error)),
        };
        match inventory::director_name(&answer) {
            Some(name) if name != expected => Err(Error::new(
                Kind::Refused,
                format!("the Director that bosh talks to is '{name}', and the manifest is that of '{expected}'"),
            )
            .hint(
                "set BOSH_ENVIRONMENT to the manifest's Director, or name its manifest with -m; nothing was imported",
            )),
            _ => Ok(()),
        }
    }

    fn deployments(&mut self) -> Result<BTreeSet<String>> {
        let answer = self.ask(&["deployments"])?.map_err(not_imported)?;
        let source = self.source(&["deployments"]);
        Ok(inventory::deployments(&answer, &source).map_err(unlike)?.into_iter().collect())
    }

    fn deployment(&mut self, name: &str) -> Result<Findings> {
        let mut found = self.list(&["-d", name, "instances", "--details"], Some(name))?;
        found.whole.insert(name.to_owned());
        let others = found.all_instances().find(|instance| instance.name.deployment != name);
        if let Some(other) = others {
            let message = format!(
                "{}: it names {} of deployment '{}'",
                self.source(&["-d", name, "instances", "--details"]),
                other.name,
                other.name.deployment
            );
            return Err(Error::new(Kind::Cpi, message).hint("is this program the bosh CLI?"));
        }
        found.extend(self.list(&["-d", name, "snapshots"], Some(name))?);
        Ok(found)
    }

    fn list(&mut self, arguments: &[&str], deployment: Option<&str>) -> Result<Findings> {
        // A list is as old as its question.
        let now = self.question.clock.now();
        let answer = self.ask(arguments)?.map_err(not_imported)?;
        let name = self.source(arguments);
        let Question { default_cpi, zones, .. } = *self.question;
        let source = Source { name: &name, default_cpi, zones, deployment, now };
        inventory::recognise(&answer, &source).map_err(unlike)
    }

    fn source(&self, arguments: &[&str]) -> String {
        format!("`{}`", self.bosh.line(arguments))
    }
}

fn not_imported(error: BoshError) -> Error {
    let told = matches!(error.trouble, Trouble::Failed { .. });
    let error = Error::from(error);
    if told { error.hint("nothing was imported") } else { error }
}

/// Turns an error in bosh's output into one of [`Kind::Cpi`]: the operator's command line is not wrong.
fn unlike(error: InventoryError) -> Error {
    let error = Error::from(error);
    let message = error.message().to_owned();
    error.hints().iter().fold(Error::new(Kind::Cpi, message), |told, hint| told.hint(hint.to_string()))
}
