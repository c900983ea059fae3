//! A tree in the order in which it is drawn.

use chrono::{DateTime, Utc};

use super::Event;

/// Only the wanted events; the predecessor of one is the nearest that remains.
pub(super) fn only(mut events: Vec<Event>, wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
    let kept: Vec<bool> = events.iter().map(wanted).collect();
    let places: Vec<usize> =
        kept.iter().scan(0, |next, kept| Some(std::mem::replace(next, *next + usize::from(*kept)))).collect();
    let before: Vec<Option<usize>> = events.iter().map(|event| event.before).collect();
    for event in &mut events {
        let mut at = event.before;
        while let Some(place) = at.filter(|place| !kept[*place]) {
            at = before[place];
        }
        event.before = at.map(|place| places[place]);
    }
    let mut kept = kept.into_iter();
    events.retain(|_| kept.next().unwrap_or(false));
    events
}

/// Newest first, and each event before its predecessor, whatever the clocks said.
pub(super) fn newest_first(events: Vec<Event>) -> Vec<Event> {
    let keys = keys(&events);
    let mut order: Vec<usize> = (0..events.len()).collect();
    order.sort_by(|one, other| (keys[*other], *one).cmp(&(keys[*one], *other)));
    let mut places = vec![0; events.len()];
    for (place, event) in order.iter().enumerate() {
        places[*event] = place;
    }
    let mut events: Vec<Option<Event>> = events.into_iter().map(Some).collect();
    let taken = order.into_iter().filter_map(|place| events[place].take());
    taken.map(|event| Event { before: event.before.map(|before| places[before]), ..event }).collect()
}

/// For each event the time that orders it, which is not before that of its predecessor, and the number of its
/// predecessors.
fn keys(events: &[Event]) -> Vec<(DateTime<Utc>, usize)> {
    let mut keys: Vec<Option<(DateTime<Utc>, usize)>> = vec![None; events.len()];
    for start in 0..events.len() {
        // Goes down to an event whose key is known, and up again: a long line must not become a deep recursion.
        let mut path = Vec::new();
        let mut at = Some(start);
        while let Some(place) = at.filter(|place| keys[*place].is_none()) {
            path.push(place);
            at = events[place].before;
        }
        let mut below = at.and_then(|place| keys[place]);
        for place in path.into_iter().rev() {
            let own = events[place].at;
            let key = below.map_or((own, 0), |(time, depth)| (own.max(time), depth + 1));
            keys[place] = Some(key);
            below = Some(key);
        }
    }
    keys.into_iter().flatten().collect()
}
