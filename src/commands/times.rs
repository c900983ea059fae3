//! Times that you type: read once, and shown on both clocks.

use std::path::Path;

use chrono::{DateTime, Local, Utc};
use jiff::tz::TimeZone;

use crate::context::Context;
use crate::domain::moment::{Moment, on_both_clocks};
use crate::error::{Error, Kind, Result};

/// Reads the time of an option of a listing. Warns if it is in the future: it may be meant in another zone.
///
/// # Errors
/// [`Kind::Usage`]
pub(super) fn any(option: &str, text: Option<&String>, context: &mut Context) -> Result<Option<DateTime<Utc>>> {
    let Some(moment) = read(option, text, context)? else { return Ok(None) };
    if let Some(why) = to_come(option, &moment, context) {
        context.ui.warn(&why);
    }
    Ok(Some(moment.at))
}

/// Reads the time of an option of a command that changes something. Refuses one in the future.
///
/// # Errors
/// [`Kind::Usage`]
pub(super) fn past(option: &str, text: Option<&String>, context: &mut Context) -> Result<Option<DateTime<Utc>>> {
    let Some(moment) = read(option, text, context)? else { return Ok(None) };
    match to_come(option, &moment, context) {
        None => Ok(Some(moment.at)),
        Some(why) => Err(Error::new(Kind::Usage, why)
            .hint("a time without a zone is UTC; for local time, write 'local' after it, as in '02:40 local'")),
    }
}

/// Reads a time that may be past or future.
///
/// # Errors
/// [`Kind::Usage`]
pub(super) fn moment(option: &str, text: &str, context: &Context) -> Result<DateTime<Utc>> {
    understood(option, text, context).map(|moment| moment.at)
}

fn understood(option: &str, text: &str, context: &Context) -> Result<Moment> {
    let usage = |why: String| Error::new(Kind::Usage, format!("{option}: {why}"));
    // The C library, and programs that use it, silently take UTC for a zone that they do not find.
    let zone = context.environment.get("TZ").unwrap_or_default();
    if text.trim().to_ascii_lowercase().ends_with("local") && !is_zone(zone) {
        return Err(usage(format!("'{text}' means local time, but TZ={zone} names no time zone of this machine"))
            .hint("write the time in UTC, or correct TZ"));
    }
    Moment::read(text, context.clock.now(), &Local).map_err(|error| usage(error.to_string()))
}

/// Whether a value of TZ means a zone here: a name or a file of the zone database, or a rule of POSIX's.
fn is_zone(text: &str) -> bool {
    const PLACES: [&str; 4] = ["/usr/share/zoneinfo", "/share/zoneinfo", "/etc/zoneinfo", "/usr/share/lib/zoneinfo"];
    let name = text.strip_prefix(':').unwrap_or(text);
    let is_file = || PLACES.iter().any(|place| Path::new(place).join(name).is_file());
    name.is_empty() || name == "localtime" || is_file() || TimeZone::posix(name).is_ok()
}

fn to_come(option: &str, moment: &Moment, context: &Context) -> Option<String> {
    let now = context.clock.now();
    (moment.at > now).then(|| {
        let (at, now) = (moment.on_both_clocks(&Local), on_both_clocks(now, &Local));
        format!("{option} {} is in the future: {at}; now it is {now}", moment.text)
    })
}

/// Reads the time that an option gives, and prints it in UTC and in local time: whoever types a local time at night can
/// check it. Returns `None` if the option is not given.
fn read(option: &str, text: Option<&String>, context: &mut Context) -> Result<Option<Moment>> {
    let Some(text) = text else { return Ok(None) };
    let moment = understood(option, text, context)?;
    context.ui.say(&format!("{option} {}: {}", moment.text, moment.on_both_clocks(&Local)));
    Ok(Some(moment))
}
