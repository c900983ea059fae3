//! The size, zone, type and key of a new volume.

use serde_json::Value;

use super::call::{Call, Params};
use super::volumes::Volume;
use crate::cpi::{CpiErrorKind, CpiResult, DiskRequest};

/// EBS sizes are in GiB.
const GIB: u64 = 1024;
/// The largest size of a volume of any type, 64 TiB, in MiB (docs.aws.amazon.com, "EBS volume types").
const MOST: u64 = 64 << 20;
/// The AWS CPI's default type (`volume_properties.rb`).
const USUAL: &str = "gp3";

/// Type, speed and key of a volume.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Shape {
    pub kind: Option<String>,
    pub iops: Option<u64>,
    pub throughput: Option<u64>,
    pub encrypted: bool,
    pub key: Option<String>,
}

impl Shape {
    /// The shape of a volume.
    pub(super) fn of(volume: &Volume) -> Self {
        let Volume { kind, iops, throughput, encrypted, key, .. } = volume.clone();
        Shape { kind, iops, throughput, encrypted, key }
    }

    /// The shape in BOSH's `cloud_properties`, with the manifest's settings for all disks.
    pub(super) fn asked(properties: Option<&Value>, encrypted: bool, key: Option<&String>) -> Self {
        let said = |name: &str| properties.and_then(|said| said.get(name));
        let text = |name: &str| said(name).and_then(Value::as_str).map(str::to_owned);
        Shape {
            kind: text("type"),
            iops: said("iops").and_then(Value::as_u64),
            throughput: said("throughput").and_then(Value::as_u64),
            encrypted: said("encrypted").and_then(Value::as_bool).unwrap_or(encrypted),
            key: text("kms_key_arn").or_else(|| key.cloned()),
        }
    }

    /// The shape as the tag of a snapshot: zone, type, operations a second, MiB a second.
    pub(super) fn tag(&self, zone: &str) -> String {
        let number = |number: Option<u64>| number.map_or("-".to_owned(), |number| number.to_string());
        let kind = self.kind.as_deref().unwrap_or("-");
        format!("{zone} {kind} {} {}", number(self.iops), number(self.throughput))
    }

    /// The zone and the shape of such a tag.
    pub(super) fn of_tag(tag: &str) -> Option<(String, Shape)> {
        let mut words = tag.split(' ');
        let zone = words.next().filter(|zone| !zone.is_empty())?.to_owned();
        let kind = words.next().filter(|kind| *kind != "-").map(str::to_owned);
        let (iops, throughput) = (words.next()?.parse().ok(), words.next()?.parse().ok());
        Some((zone, Shape { kind, iops, throughput, ..Shape::default() }))
    }

    /// The shape in words, for whoever pays for it.
    pub(super) fn in_words(&self) -> String {
        let kind = self.kind.as_deref().unwrap_or(USUAL);
        let mut words = vec![kind.to_owned()];
        words.extend(self.iops.filter(|_| matches!(kind, "gp3" | "io1" | "io2")).map(|iops| format!("{iops} IOPS")));
        words.extend(self.throughput.filter(|_| kind == "gp3").map(|speed| format!("{speed} MiB/s")));
        words.extend(self.encrypted.then(|| "encrypted".to_owned()));
        words.join(", ")
    }

    /// The shape as parameters of CreateVolume. A speed goes only to types that have one.
    pub(super) fn put(&self, params: Params) -> Params {
        let kind = self.kind.as_deref().unwrap_or(USUAL);
        let iops = self.iops.filter(|_| matches!(kind, "gp3" | "io1" | "io2"));
        let throughput = self.throughput.filter(|_| kind == "gp3");
        let params = params.with("VolumeType", kind).maybe("Iops", iops).maybe("Throughput", throughput);
        if !self.encrypted {
            return params;
        }
        params.with("Encrypted", "true").maybe("KmsKeyId", self.key.as_ref())
    }
}

impl Call<'_> {
    /// The size in GiB of a disk that has at least so many.
    pub(super) fn size(&self, request: &DiskRequest, least_gib: Option<u64>) -> CpiResult<u64> {
        let asked = request.size_mib.or(least_gib.map(|gib| gib * GIB)).unwrap_or(0);
        let least = least_gib.unwrap_or(0) * GIB;
        if asked == 0 || asked < least || asked > MOST {
            let message = match asked < least {
                true => format!("a disk of {asked} MiB cannot hold its snapshot, which is of a disk of {least} MiB"),
                false => format!("EBS has no volume of {asked} MiB"),
            };
            return Err(self.fail(CpiErrorKind::InvalidRequest, message));
        }
        Ok(asked.div_ceil(GIB))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_keeps_what_a_volume_was_like() {
        let kind = Some("gp3".to_owned());
        let fast = Shape { kind, iops: Some(4000), throughput: Some(250), ..Shape::default() };
        assert_eq!(fast.tag("us-east-1a"), "us-east-1a gp3 4000 250");
        assert_eq!(Shape::of_tag(&fast.tag("us-east-1a")), Some(("us-east-1a".to_owned(), fast)));
        let plain = Shape::default();
        assert_eq!(Shape::of_tag(&plain.tag("z")), Some(("z".to_owned(), plain)));
        for strange in ["", " ", "z", "z gp3"] {
            assert_eq!(Shape::of_tag(strange), None, "{strange}");
        }
    }
}
