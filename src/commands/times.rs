//! Times that are typed: read once, and shown back on both clocks.

use chrono::{DateTime, Local, Utc};

use crate::context::Context;
use crate::domain::moment::{Moment, on_both_clocks};
use crate::error::{Error, Kind, Result};

/// Reads the time of an option of a listing. One that is still to come is warned of: it may be meant in another zone.
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

/// Reads the time of an option of a command that changes something: one that is still to come is refused.
///
/// # Errors
/// [`Kind::Usage`]
pub(super) fn past(option: &str, text: Option<&String>, context: &mut Context) -> Result<Option<DateTime<Utc>>> {
    let Some(moment) = read(option, text, context)? else { return Ok(None) };
    match to_come(option, &moment, context) {
        None => Ok(Some(moment.at)),
        Some(why) => Err(Error::new(Kind::Usage, why)
            .hint("a time without a zone is UTC; for the clock here, write 'local' behind it, as in '02:40 local'")),
    }
}

/// Reads a time that may be past or to come.
///
/// # Errors
/// [`Kind::Usage`]
pub(super) fn moment(option: &str, text: &str, context: &Context) -> Result<DateTime<Utc>> {
    Moment::read(text, context.clock.now(), &Local)
        .map(|moment| moment.at)
        .map_err(|error| Error::new(Kind::Usage, format!("{option}: {error}")))
}

fn to_come(option: &str, moment: &Moment, context: &Context) -> Option<String> {
    let now = context.clock.now();
    (moment.at > now).then(|| {
        let (at, now) = (moment.on_both_clocks(&Local), on_both_clocks(now, &Local));
        format!("{option} {} is still to come: {at}; now it is {now}", moment.text)
    })
}

/// What was read is said: who typed a local time at night sees it here.
fn read(option: &str, text: Option<&String>, context: &mut Context) -> Result<Option<Moment>> {
    let Some(text) = text else { return Ok(None) };
    let moment = Moment::read(text, context.clock.now(), &Local)
        .map_err(|error| Error::new(Kind::Usage, format!("{option}: {error}")))?;
    context.ui.say(&format!("{option} {}: {}", moment.text, moment.on_both_clocks(&Local)));
    Ok(Some(moment))
}
