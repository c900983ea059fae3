//! The manifest's limits on a take, the warnings before it, and the older snapshots that it replaces.

use std::collections::BTreeSet;

use crate::context::{Context, Tools};
use crate::domain::instance::InstanceName;
use crate::domain::limits::Lifespan;
use crate::domain::retention::{Keep, Policy, Reason};
use crate::domain::selector::Selectors;
use crate::domain::time::span;
use crate::error::{Error, Kind, Result};
use crate::manifest::Manifest;
use crate::ops::Session;
use crate::ops::limits::Limited;
use crate::ops::prune::{Request, plan, prune};
use crate::ops::space::{LittleSpace, little};
use crate::ops::take::{Planned, Taken};
use crate::yaml::closest;

/// The lifespan of a take's snapshots, in seconds: the one that is asked for, else the manifest's.
///
/// # Errors
/// [`Kind::Refused`] if it is longer than the manifest allows.
pub(in crate::commands) fn lifespan(manifest: &Manifest, asked: Option<Lifespan>) -> Result<Option<u64>> {
    manifest.settings.lifespans.of(asked).map_err(|max| {
        let (max, place) = (span(max.as_secs()), manifest.place_of("lifespan"));
        let asked = asked.map_or_else(String::new, |asked| asked.to_string());
        Error::new(
            Kind::Refused,
            format!("a lifespan of {asked} is longer than {max}, and nothing was taken: {place}: lifespan.max"),
        )
        .hint(format!("ask for at most {max}, or allow more in the manifest"))
    })
}

/// The limits of the manifest, and the place where it sets them.
pub(in crate::commands) fn limited(tools: &Tools) -> Limited {
    let manifest = &tools.manifest;
    Limited { limits: manifest.settings.limits.clone(), place: manifest.place_of("limits") }
}

/// The local backend's file system, if it has less free space than the manifest wants.
pub(in crate::commands) fn little_space(tools: &Tools) -> Option<LittleSpace> {
    let least = tools.manifest.settings.limits.min_free?;
    little(&tools.manifest.local_path().ok()?, least)
}

/// Warns of a name that no schedule has: the rules of the schedule that was meant would not hold for the snapshots.
pub(super) fn warn_of_name(context: &mut Context, manifest: &Manifest, name: Option<&str>) {
    let names: Vec<&str> = manifest.settings.schedule.names().collect();
    let Some(name) = name.filter(|name| !names.contains(name)) else { return };
    let meant = closest(name, &names).map_or_else(String::new, |meant| format!("; did you mean '{meant}'?"));
    context.ui.warn(&format!("--schedule {name}: the manifest has no schedule of that name{meant}"));
}

/// Warns of what the snapshots will block, and of a file system that is nearly full.
pub(super) fn warn(context: &mut Context, tools: &Tools, planned: &Planned) {
    let cpis: BTreeSet<_> = planned.targets.iter().map(|target| &target.disk.cpi).collect();
    for cpi in &cpis {
        if let Some(blocked) = tools.clouds.blocked_by_snapshots(cpi) {
            context.ui.warn(&format!("CPI '{cpi}': {blocked}"));
        }
    }
    if cpis.iter().any(|cpi| tools.clouds.is_local(cpi))
        && let Some(space) = little_space(tools)
    {
        context.ui.warn(&space.told);
    }
}

/// Deletes the takes that the new ones replace, of each instance whose disks were all taken. Returns the errors.
pub(in crate::commands) fn replace(
    context: &mut Context,
    tools: &Tools,
    session: &Session<'_>,
    rows: &[Taken],
) -> Result<Vec<Error>> {
    let settings = &tools.manifest.settings;
    let Some(most) = settings.limits.max_per_instance.filter(|_| settings.limits.replace) else {
        return Ok(Vec::new());
    };
    let failed: BTreeSet<&InstanceName> =
        rows.iter().filter(|row| row.result.is_err()).map(|row| &row.instance).collect();
    let of: Vec<InstanceName> =
        rows.iter().map(|row| &row.instance).filter(|name| !failed.contains(name)).cloned().collect();
    let policy = Policy {
        default: Keep { last: Some(most), ..Keep::default() },
        undo_within: settings.retention.undo_within,
        ..Policy::default()
    };
    let now = context.clock.now();
    let request =
        Request { policy: &policy, deployment: None, selectors: &Selectors::default(), replaced: Some(&of), now };
    let planned = plan(session.state.reader(), &tools.clouds, &session.presence, request)?;
    for row in planned.rows.iter().filter(|row| row.decision.keep) {
        let by_rule = |reason: &Reason| matches!(reason, Reason::Rule(_));
        if !row.decision.reasons.iter().any(by_rule) {
            let why: Vec<String> = row.decision.reasons.iter().map(ToString::to_string).collect();
            let (cid, name) = (&row.snapshot.cid, &row.snapshot.instance);
            context.ui.warn(&format!("snapshot {cid} of {name} is not replaced: {}", why.join("; ")));
        }
    }
    let (rows, late) = prune(session, request, planned, &mut |_| {})?;
    for deleted in rows.iter().map(|row| &row.deleted).filter(|row| matches!(row.result, Ok(how) if how.is_done())) {
        context
            .ui
            .say(&format!("Replaced: snapshot {} of {} is deleted", deleted.snapshot.cid, deleted.snapshot.instance));
    }
    Ok(rows.into_iter().filter_map(|row| row.deleted.result.err()).chain(late).collect())
}
