//! Metadata in the form of Cinder, and back. The OpenStack CPIs use the same form, so each finds what the others have
//! made.

use serde_json::Value;

use crate::cpi::builtin::instance;
use crate::domain::ids::Token;
use crate::domain::snapshot::Metadata;

/// The most characters of a key and of a value (`tag_manager.rb`; cinder's `api/validation/parameter_types.py`).
const LONGEST: usize = 255;

/// Whether a key may have this character (`parameter_types.py`). Cinder refuses a request with any other one.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "-_:. ".contains(c)
}

/// The metadata as Cinder accepts them.
pub(super) fn taken(metadata: &Metadata) -> Metadata {
    let key = |key: &str| key.chars().map(|c| if is_plain(c) { c } else { '_' }).take(LONGEST).collect::<String>();
    let pairs = metadata.iter().filter(|(key, _)| !key.is_empty());
    pairs.map(|(name, value)| (key(name), value.chars().take(LONGEST).collect())).collect()
}

/// The metadata of a snapshot, and its description.
pub(super) fn of_snapshot(metadata: &Metadata, device: Option<&str>) -> (Metadata, String) {
    let description = instance::description(metadata, device).chars().take(LONGEST).collect();
    (taken(&instance::renamed(metadata)), description)
}

/// The filter by which Cinder itself can look for some metadata, if there is one. A key with another name there has
/// none, and so has a value that a filter cannot hold.
pub(super) fn filter(metadata: &Metadata) -> Option<String> {
    let plain = |text: &str| !text.is_empty() && text.chars().all(|c| is_plain(c) && c != ' ');
    let can = metadata.iter().filter(|(key, value)| plain(key) && plain(value) && !instance::is_renamed(key));
    let pairs: Vec<String> = can.map(|(key, value)| format!("'{key}': '{value}'")).collect();
    (!pairs.is_empty()).then(|| format!("{{{}}}", pairs.join(", ")))
}

/// Whether this step made a thing with these metadata.
pub(super) fn is_of_step(metadata: &Metadata, token: &Token) -> bool {
    instance::of_token(token).iter().all(|(key, value)| metadata.get(key) == Some(value))
}

/// Reads the metadata of an answer. A value can be null in a thing that others made.
pub(super) fn read<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Metadata, D::Error> {
    let all = serde::Deserialize::deserialize(from).unwrap_or_default();
    let all: std::collections::BTreeMap<String, Value> = all;
    Ok(all.into_iter().filter_map(|(key, value)| Some((key, value.as_str()?.to_owned()))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> Metadata {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// The metadata in the CPI's own test (`spec/unit/snapshot_disk_spec.rb`).
    #[test]
    fn a_snapshots_metadata_are_those_of_the_openstack_cpi() {
        let given = metadata(&[
            ("agent_id", "agent"),
            ("instance_id", "instance"),
            ("director_name", "Test Director"),
            ("director_uuid", "6d06b0cc-2c08-43c5-95be-f1b2dd247e18"),
            ("deployment", "deployment"),
            ("job", "job"),
            ("index", "0"),
        ]);
        let (own, description) = of_snapshot(&given, Some("/dev/vdc"));
        assert_eq!(description, "deployment/job/0/vdc");
        let expected = metadata(&[
            ("agent_id", "agent"),
            ("instance_id", "instance"),
            ("director", "Test Director"),
            ("director_uuid", "6d06b0cc-2c08-43c5-95be-f1b2dd247e18"),
            ("deployment", "deployment"),
            ("instance_index", "0"),
            ("instance_name", "job/instance"),
        ]);
        assert_eq!(own, expected);
        assert_eq!(instance::named_back(own), given);
    }

    #[test]
    fn what_cinder_would_refuse_is_made_fit() {
        let long = "é".repeat(300);
        let fit = taken(&metadata(&[("a/b", "x/y"), ("", "none"), ("long", &long)]));
        assert_eq!(fit, metadata(&[("a_b", "x/y"), ("long", &"é".repeat(255))]));
    }

    #[test]
    fn only_what_can_stand_in_a_filter_is_looked_for_there() {
        assert_eq!(filter(&metadata(&[("a", "1"), ("b", "it's"), ("job", "db")])).as_deref(), Some("{'a': '1'}"));
        assert_eq!(filter(&metadata(&[("b", "it's")])), None);
        let both = filter(&metadata(&[("x", "1"), ("y", "2-3")]));
        assert_eq!(both.as_deref(), Some("{'x': '1', 'y': '2-3'}"));
    }
}
