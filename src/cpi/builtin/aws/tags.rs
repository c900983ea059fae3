//! Metadata as tags and back: those of the AWS CPI (bosh-aws-cpi-release `cloud_v1.rb`, `snapshot_disk`, and
//! `tag_manager.rb`), so that each of the two finds what the other has made.

use super::call::Params;
use super::xml::Node;
use crate::cpi::builtin::instance;
use crate::domain::snapshot::Metadata;

/// The tag in which a snapshot keeps the shape of its volume: a disk made from it gets the same shape, even if the
/// volume is gone by then.
pub(super) const VOLUME: &str = "snapback_volume";

/// The most characters of a key and of a value that the AWS CPI sends.
const KEY: usize = 127;
const VALUE: usize = 255;

/// The tags of a snapshot, and its description.
pub(super) fn of_snapshot(metadata: &Metadata, device: Option<&str>) -> (Metadata, String) {
    let mut tags = instance::renamed(metadata);
    if let Some(device) = device {
        tags.insert("device".to_owned(), device.to_owned());
    }
    let description = instance::description(metadata, device);
    if !description.is_empty() {
        tags.insert("Name".to_owned(), description.clone());
    }
    (tags, description.chars().take(VALUE).collect())
}

/// The metadata that a snapshot was taken with.
pub(super) fn to_metadata(mut tags: Metadata) -> Metadata {
    for key in ["Name", "device", VOLUME] {
        tags.remove(key);
    }
    instance::named_back(tags)
}

/// The filters by which AWS itself can look for some metadata. A key with another name there has none, and so has a
/// value with a wildcard in it.
pub(super) fn filters(metadata: &Metadata) -> impl Iterator<Item = (String, String)> {
    let is_plain =
        |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.:/@".contains(c));
    let can = move |(key, value): &(&String, &String)| is_plain(key) && is_plain(value) && !instance::is_renamed(key);
    metadata.iter().filter(can).map(|(key, value)| (format!("tag:{key}"), value.clone()))
}

/// Adds the tags as parameters below `prefix`. AWS reserves keys that begin with `aws:`.
pub(super) fn put(params: Params, prefix: &str, tags: &Metadata) -> Params {
    let tags = tags.iter().filter(|(key, _)| !key.is_empty() && !key.to_lowercase().starts_with("aws:")).enumerate();
    tags.fold(params, |params, (at, (key, value))| {
        let (number, cut) = (at + 1, |text: &str, most| text.chars().take(most).collect::<String>());
        params
            .with(format!("{prefix}.{number}.Key"), cut(key, KEY))
            .with(format!("{prefix}.{number}.Value"), cut(value, VALUE))
    })
}

/// The tags for a new thing.
pub(super) fn specify(params: Params, kind: &str, tags: &Metadata) -> Params {
    put(params.with("TagSpecification.1.ResourceType", kind), "TagSpecification.1.Tag", tags)
}

/// The tags of an item of an answer.
pub(super) fn read(item: &Node) -> Metadata {
    let tag = |tag: &Node| Some((tag.exact("key")?.to_owned(), tag.exact("value").unwrap_or_default().to_owned()));
    item.items("tagSet").filter_map(tag).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn metadata(pairs: &[(&str, &str)]) -> Metadata {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    }

    /// The tags in the AWS CPI's own test (`spec/unit/snapshot_disk_spec.rb`).
    #[test]
    fn a_snapshots_tags_are_those_of_the_aws_cpi() {
        let given = metadata(&[
            ("agent_id", "agent"),
            ("instance_id", "instance"),
            ("director_name", "Test Director"),
            ("director_uuid", "6d06b0cc-2c08-43c5-95be-f1b2dd247e18"),
            ("deployment", "deployment"),
            ("job", "job"),
            ("index", "0"),
        ]);
        let (tags, description) = of_snapshot(&given, Some("/dev/sdf"));
        assert_eq!(description, "deployment/job/0/sdf");
        let expected = metadata(&[
            ("agent_id", "agent"),
            ("instance_id", "instance"),
            ("director_uuid", "6d06b0cc-2c08-43c5-95be-f1b2dd247e18"),
            ("deployment", "deployment"),
            ("device", "/dev/sdf"),
            ("director", "Test Director"),
            ("instance_index", "0"),
            ("instance_name", "job/instance"),
            ("Name", "deployment/job/0/sdf"),
        ]);
        assert_eq!(tags, expected);
        assert_eq!(to_metadata(tags), given);
    }

    #[test]
    fn what_is_not_of_an_instance_stays_as_it_is() {
        for given in [metadata(&[]), metadata(&[("job", "db"), ("note", "a*b")])] {
            assert_eq!(to_metadata(of_snapshot(&given, None).0), given);
        }
        let filters: Vec<_> = filters(&metadata(&[("job", "db"), ("note", "a*b"), ("x", "1")])).collect();
        assert_eq!(filters, [("tag:x".to_owned(), "1".to_owned())]);
    }
}
