//! The operator's limits: how long snapshots live, how many there may be, how large their disks may be, and how full
//! the file system may get.

use std::fmt;
use std::time::Duration;

use super::size::{GIB, ibytes};
use super::time::span;

/// The age from which on snapshots are warned of, if the manifest does not say.
pub const WARN_AGE: Duration = Duration::from_secs(10 * 24 * 3600);

/// How long the snapshots of a take live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Lifespans {
    /// The lifespan if the command line gives none; `None` for ever.
    pub default: Option<Duration>,
    /// The longest that may be asked for.
    pub max: Option<Duration>,
}

/// A lifespan that was asked for: `10d`, or `none` for ever.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifespan(pub Option<Duration>);

/// The error for a text that is not a lifespan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a lifespan: write 10d, 12h, or `none` for a snapshot that never expires")]
pub struct BadLifespan;

impl std::str::FromStr for Lifespan {
    type Err = BadLifespan;

    fn from_str(text: &str) -> Result<Self, BadLifespan> {
        match text.trim() {
            "none" => Ok(Lifespan(None)),
            text => super::time::length(text).map(|length| Lifespan(Some(length))).ok_or(BadLifespan),
        }
    }
}

impl fmt::Display for Lifespan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(length) => f.write_str(&span(length.as_secs())),
            None => f.write_str("any length"),
        }
    }
}

impl Lifespans {
    /// The lifespan of a take's snapshots, in seconds; `None` if they never expire.
    ///
    /// # Errors
    /// More was asked for than the cap allows; the error has the cap.
    pub fn of(&self, asked: Option<Lifespan>) -> Result<Option<u64>, Duration> {
        // If nothing was asked for and there is no default, the cap is the lifespan.
        let asked = asked.unwrap_or(Lifespan(self.default.or(self.max)));
        match self.max.filter(|_| !self.allows(asked)) {
            Some(max) => Err(max),
            None => Ok(asked.0.map(|lifespan| lifespan.as_secs())),
        }
    }

    /// Whether it is not longer than the cap.
    pub fn allows(&self, Lifespan(lifespan): Lifespan) -> bool {
        self.max.is_none_or(|max| lifespan.is_some_and(|lifespan| lifespan <= max))
    }
}

/// How much space must be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Space {
    /// A percentage of the whole.
    Percent(u8),
    /// A number of bytes.
    Bytes(u64),
}

impl Space {
    /// The number of bytes, for a file system of `total` bytes.
    pub fn of(self, total: u64) -> u64 {
        match self {
            Space::Percent(percent) => u64::try_from(u128::from(total) * u128::from(percent) / 100).unwrap_or(u64::MAX),
            Space::Bytes(bytes) => bytes,
        }
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Space::Percent(percent) => write!(f, "{percent}%"),
            Space::Bytes(bytes) => f.write_str(&ibytes(bytes / (GIB / 1024))),
        }
    }
}

/// The limits of a take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Limits {
    /// How many takes of an instance there may be.
    pub max_per_instance: Option<u32>,
    /// Whether one too many replaces the oldest. If not, it is refused.
    pub replace: bool,
    /// The size of the largest disk of which a snapshot is taken, in MiB.
    pub max_disk_mib: Option<u64>,
    /// How much must be free where snapshots are kept.
    pub min_free: Option<Space>,
}

/// The disks that hold a catalogue of backups: a restore would set it back.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Catalogues {
    /// On none.
    #[default]
    None,
    /// On all.
    All,
    /// On those of these instance groups.
    Groups(Vec<String>),
}

impl Catalogues {
    /// Whether the disks of a group hold one.
    pub fn has(&self, group: &str) -> bool {
        match self {
            Catalogues::None => false,
            Catalogues::All => true,
            Catalogues::Groups(groups) => groups.iter().any(|named| named == group),
        }
    }
}

impl fmt::Display for Lifespans {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part =
            |name: &str, length: Option<Duration>| length.map(|length| format!("{name} {}", span(length.as_secs())));
        let parts: Vec<String> = [part("default", self.default), part("max", self.max)].into_iter().flatten().collect();
        f.write_str(&parts.join(", "))
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [
            self.max_per_instance.map(|most| format!("max_per_instance {most}")),
            self.replace.then(|| "replace".to_owned()),
            self.max_disk_mib.map(|most| format!("max_disk_size {}", ibytes(most))),
            self.min_free.map(|least| format!("min_free {least}")),
        ];
        f.write_str(&parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Duration = Duration::from_secs(86_400);

    #[test]
    fn a_lifespan_is_what_was_asked_for_up_to_the_cap() {
        let (three, ten) = (Some(3 * DAY), Some(10 * DAY));
        let asked = |text: &str| Some(text.parse::<Lifespan>().unwrap());
        let days = |days: u64| Ok(Some(days * 86_400));
        let nothing = Lifespans::default();
        assert_eq!(
            (nothing.of(None), nothing.of(asked("99d")), nothing.of(asked("none"))),
            (Ok(None), days(99), Ok(None))
        );
        let default = Lifespans { default: three, max: None };
        assert_eq!(
            (default.of(None), default.of(asked("none")), default.of(asked("4d"))),
            (days(3), Ok(None), days(4))
        );
        let both = Lifespans { default: three, max: ten };
        assert_eq!(
            (both.of(None), both.of(asked("10d")), both.of(asked("10d 1s"))),
            (days(3), days(10), Err(10 * DAY))
        );
        assert_eq!(both.of(asked("none")), Err(10 * DAY));
        assert_eq!(Lifespans { default: None, max: ten }.of(None), days(10));
        for bad in ["", "0", "0s", "10", "-1d", "never", "999999999d"] {
            assert_eq!(bad.parse::<Lifespan>(), Err(BadLifespan), "{bad}");
        }
    }

    #[test]
    fn space_is_a_part_or_a_number() {
        assert_eq!((Space::Percent(10).of(1000), Space::Bytes(7).of(1000)), (100, 7));
        assert_eq!(Space::Percent(100).of(u64::MAX), u64::MAX);
        assert_eq!(
            (Space::Percent(10).to_string(), Space::Bytes(20 * GIB).to_string()),
            ("10%".into(), "20 GiB".into())
        );
    }
}
