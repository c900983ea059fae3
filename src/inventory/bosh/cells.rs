//! Reads the cells of the bosh CLI's tables (cloudfoundry/bosh-cli `ui/table/`).

use std::str::FromStr;

use chrono::{DateTime, FixedOffset, NaiveDateTime, TimeZone, Utc};

use super::document::Row;
use crate::domain::findings::Slug;
use crate::domain::ids::BadId;
use crate::yaml::Complaint;

/// `group/UUID`, `group/INDEX`, and the older `group/INDEX (UUID)`.
pub(super) fn slug(row: &Row, column: &str) -> Result<Option<Slug>, Complaint> {
    let Some(text) = row.word(column)? else { return Ok(None) };
    match parse_slug(&text) {
        Some(slug) => Ok(Some(slug)),
        None => {
            Err(row.complain(column, "not an instance").hint("expected GROUP/UUID, GROUP/INDEX or GROUP/INDEX (UUID)"))
        }
    }
}

fn parse_slug(text: &str) -> Option<Slug> {
    let (group, rest) = text.split_once('/')?;
    let (first, second) = match rest.split_once(" (") {
        Some((first, second)) => (first, Some(second.strip_suffix(')')?)),
        None => (rest, None),
    };
    if group.trim().is_empty() {
        return None;
    }
    let mut slug = Slug { group: group.to_owned(), index: None, uuid: None };
    for part in [Some(first), second].into_iter().flatten() {
        if let Some(index) = number(part).filter(|_| slug.index.is_none()) {
            slug.index = Some(index);
        } else if slug.uuid.is_none() && uuid::Uuid::try_parse(part).is_ok() {
            slug.uuid = Some(part.to_ascii_lowercase());
        } else {
            return None;
        }
    }
    Some(slug)
}

/// A number without a sign.
pub(super) fn number(text: &str) -> Option<u32> {
    text.parse().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// `true` or `false`; `None` if the cell is empty.
pub(super) fn truth(row: &Row, column: &str) -> Result<Option<bool>, Complaint> {
    match row.cell(column)? {
        None => Ok(None),
        Some("true") => Ok(Some(true)),
        Some("false") => Ok(Some(false)),
        Some(_) => Err(row.complain(column, "neither true nor false").hint("give the output as bosh printed it")),
    }
}

/// A CID.
pub(super) fn id<T: FromStr<Err = BadId>>(row: &Row, column: &str, text: &str) -> Result<T, Complaint> {
    text.parse().map_err(|bad: BadId| row.complain(column, bad.to_string()).hint("give it as bosh printed it"))
}

/// Names of zones that have only one meaning, in minutes east of UTC. `IST`, `CST`, `BST`, `PST` and the like have
/// several.
const ZONES: [(&str, i32); 18] = [
    ("WET", 0),
    ("WEST", 60),
    ("CET", 60),
    ("CEST", 120),
    ("EET", 120),
    ("EEST", 180),
    ("MSK", 180),
    ("WAT", 60),
    ("CAT", 120),
    ("SAST", 120),
    ("EAT", 180),
    ("JST", 540),
    ("AWST", 480),
    ("AEST", 600),
    ("AEDT", 660),
    ("NZST", 720),
    ("NZDT", 780),
    ("AKDT", -480),
];

/// Go's `time.UnixDate`, `Sun Sep 20 18:02:09 UTC 2026`. If the zone has no name, Go writes its offset.
pub(super) fn time(row: &Row, column: &str) -> Result<Option<DateTime<Utc>>, Complaint> {
    let Some(text) = row.cell(column)? else { return Ok(None) };
    parse_time(text).map(Some).ok_or_else(|| {
        let complaint = row.complain(column, "not a time that snapback can read");
        complaint.hint("expected a time as bosh prints it, `Sun Sep 20 18:02:09 UTC 2026`; run bosh with TZ=UTC")
    })
}

fn parse_time(text: &str) -> Option<DateTime<Utc>> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let [_, month, day, clock, zone, year] = words.as_slice() else { return None };
    let plain = NaiveDateTime::parse_from_str(&format!("{month} {day} {clock} {year}"), "%b %d %H:%M:%S %Y").ok()?;
    if matches!(*zone, "UTC" | "GMT") {
        return Some(plain.and_utc());
    }
    let offset = match ZONES.iter().find(|(name, _)| name == zone) {
        Some((_, minutes)) => FixedOffset::east_opt(minutes * 60)?,
        None => zone.parse().ok()?,
    };
    Some(offset.from_local_datetime(&plain).single()?.with_timezone(&Utc))
}

/// Sizes as go-humanize's `IBytes` rounds them, `64 GiB` or `1.5 TiB`, in MiB. BOSH says `0 B` if it never knew; any
/// other size that rounds to 0 MiB gives `None`.
pub(super) fn mebibytes(row: &Row, column: &str) -> Result<Option<u64>, Complaint> {
    let Some(text) = row.cell(column)? else { return Ok(None) };
    parse_size(text)
        .map(|mib| Some(mib).filter(|mib| *mib > 0 || text == "0 B"))
        .ok_or_else(|| row.complain(column, "not a size").hint("expected a size as bosh prints it, `64 GiB`"))
}

fn parse_size(text: &str) -> Option<u64> {
    let (value, unit) = text.split_once(' ')?;
    let (whole, tenth) = value.split_once('.').unwrap_or((value, "0"));
    let digit = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !digit(whole) || !digit(tenth) || tenth.len() != 1 {
        return None;
    }
    let tenths = whole.parse::<u64>().ok()?.checked_mul(10)?.checked_add(tenth.parse().ok()?)?;
    let bytes = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"].iter().position(|known| *known == unit)?;
    let bytes = u128::from(tenths) << (10 * bytes);
    let mib = bytes / 10 / (1 << 20);
    // 1024 of a unit are less than one of the next: the number was rounded up.
    let mib = if tenths == 10_240 && mib > 1024 { mib - 1 } else { mib };
    u64::try_from(mib).ok().filter(|mib| i64::try_from(*mib).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_spellings_of_an_instance() {
        let uuid = "29AE97EC-3106-450b-a848-98cb3b25d86f";
        let slug = |index, uuid: Option<&str>| {
            Some(Slug { group: "db".to_owned(), index, uuid: uuid.map(str::to_ascii_lowercase) })
        };
        assert_eq!(parse_slug(&format!("db/{uuid}")), slug(None, Some(uuid)));
        assert_eq!(parse_slug("db/7"), slug(Some(7), None));
        assert_eq!(parse_slug(&format!("db/7 ({uuid})")), slug(Some(7), Some(uuid)));
        assert_eq!(parse_slug(&format!("db/{uuid} (7)")), slug(Some(7), Some(uuid)));
        for bad in ["", "db", "/0", "db/", "db/x", "db/-1", "db/+1", "db/0 (1)", "db/0 (", "db/99999999999"] {
            assert_eq!(parse_slug(bad), None, "{bad}");
        }
    }

    #[test]
    fn times_of_go() {
        let time = |text| parse_time(text).map(|time| time.to_rfc3339());
        assert_eq!(time("Mon Jan  5 06:07:08 UTC 2026").as_deref(), Some("2026-01-05T06:07:08+00:00"));
        assert_eq!(time("Mon Jan  5 06:07:08 +0200 2026").as_deref(), Some("2026-01-05T04:07:08+00:00"));
        assert_eq!(time("Mon Jan  5 06:07:08 WET 2026").as_deref(), Some("2026-01-05T06:07:08+00:00"));
        assert_eq!(time("Sun Jul  5 06:07:08 WEST 2026").as_deref(), Some("2026-07-05T05:07:08+00:00"));
        assert_eq!(time("Sun Jul  5 06:07:08 CEST 2026").as_deref(), Some("2026-07-05T04:07:08+00:00"));
        assert_eq!(time("Sun Jul  5 06:07:08 AKDT 2026").as_deref(), Some("2026-07-05T14:07:08+00:00"));
        for bad in [
            "",
            "Mon Jan 5 06:07:08 IST 2026",
            "Mon Jan 5 06:07:08 CST 2026",
            "Mon Jan 35 06:07:08 UTC 2026",
            "2026-01-05T06:07:08Z",
        ] {
            assert_eq!(time(bad), None, "{bad}");
        }
    }

    #[test]
    fn sizes_of_go_humanize() {
        for (text, mib) in [("123 MiB", 123), ("64 GiB", 65536), ("1.5 TiB", 1_572_864), ("900 KiB", 0), ("0 B", 0)] {
            assert_eq!(parse_size(text), Some(mib), "{text}");
        }
        for bad in ["", "64", "64 GB", "-1 MiB", "1.55 GiB", ".5 GiB", "1e3 MiB", "99999999999999999 EiB"] {
            assert_eq!(parse_size(bad), None, "{bad}");
        }
    }
}
