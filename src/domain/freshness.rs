//! How old the inventory may be.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use chrono::{DateTime, Utc};

use super::instance::Instance;
use super::time::{age, span};

/// How old an instance's last confirmation may be if the cloud cannot be asked for its disks; `None` for any age.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxAge(Option<Duration>);

impl Default for MaxAge {
    fn default() -> Self {
        MaxAge(Some(Duration::from_secs(24 * 3600)))
    }
}

/// The error for a text that is not an age.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an age: write 12h, 90m, 2d, or `off` for any age")]
pub struct BadAge;

impl FromStr for MaxAge {
    type Err = BadAge;

    fn from_str(text: &str) -> Result<Self, BadAge> {
        match text.trim() {
            "off" => Ok(MaxAge(None)),
            text => humantime::parse_duration(text).map(|most| MaxAge(Some(most))).map_err(|_| BadAge),
        }
    }
}

impl fmt::Display for MaxAge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(most) => f.write_str(&span(most.as_secs())),
            None => f.write_str("off"),
        }
    }
}

/// Decides whether a report is fresh: the present time and the greatest age.
#[derive(Debug, Clone, Copy)]
pub struct Freshness {
    /// The time.
    pub now: DateTime<Utc>,
    /// The greatest age.
    pub most: MaxAge,
}

impl Freshness {
    /// Whether the operator accepts an inventory of any age: it is believed in everything that the cloud does not tell.
    pub fn any_age(&self) -> bool {
        self.most.0.is_none()
    }

    /// How old the instance's confirmation is, if that is too old. One from the future is not.
    pub fn too_old(&self, instance: &Instance) -> Option<String> {
        let most = self.most.0?;
        let old = (self.now - instance.confirmed_at).to_std().unwrap_or_default();
        (old > most).then(|| age(instance.confirmed_at, self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages() {
        let hours = |hours: u64| Ok(MaxAge(Some(Duration::from_secs(hours * 3600))));
        for (text, most) in
            [("12h", hours(12)), ("90m", Ok(MaxAge(Some(Duration::from_secs(5400))))), ("2d", hours(48))]
        {
            assert_eq!(text.parse(), most, "{text}");
        }
        assert_eq!(("off".parse(), "0".parse(), "0s".parse()), (Ok(MaxAge(None)), hours(0), hours(0)));
        for bad in ["", "12", "-1h", "h", "never", "99999999999999999999d"] {
            assert_eq!(bad.parse::<MaxAge>(), Err(BadAge), "{bad}");
        }
        assert_eq!((MaxAge::default().to_string(), MaxAge(None).to_string()), ("1d".to_owned(), "off".to_owned()));
    }
}
