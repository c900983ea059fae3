//! Volumes as EC2 describes them.

use super::call::{Call, Params};
use super::tags;
use super::xml::Node;
use crate::cpi::builtin::wait::Nature;
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::ids::{DiskCid, VmCid};
use crate::domain::snapshot::Metadata;

/// The most characters of an id. EC2's longest id is `vol-` and 17 digits; a longer text is not an id.
const LONGEST: usize = 80;

/// The most GiB of a volume: EBS ends at 64 TiB.
pub(super) const MOST_GIB: u64 = 1 << 30;

/// Whether EC2 can have given this id.
pub(super) fn is_id(prefix: &str, id: &str) -> bool {
    let digits = id.strip_prefix(prefix).unwrap_or_default();
    id.len() <= LONGEST && !digits.is_empty() && digits.chars().all(|c| c.is_ascii_hexdigit())
}

/// A volume.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    pub id: String,
    pub size_gib: u64,
    pub zone: String,
    pub kind: Option<String>,
    pub iops: Option<u64>,
    pub throughput: Option<u64>,
    pub encrypted: bool,
    pub key: Option<String>,
    /// `creating`, `available`, `in-use`, `deleting`, `deleted`, `error`.
    pub state: String,
    pub attachments: Vec<Attachment>,
    pub tags: Metadata,
}

/// Where a volume is attached.
#[derive(Debug, Clone)]
pub(super) struct Attachment {
    pub vm: String,
    pub device: String,
    /// `attaching`, `attached`, `detaching`, `detached`, `busy`.
    pub state: String,
}

impl Volume {
    /// Whether the volume exists, and will not disappear by itself.
    pub(super) fn is_there(&self) -> bool {
        !matches!(self.state.as_str(), "deleting" | "deleted")
    }

    /// Its attachment to this VM, if it has one.
    pub(super) fn at(&self, vm: &VmCid) -> Option<&Attachment> {
        self.attachments.iter().find(|place| place.vm == vm.as_str() && place.state != "detached")
    }

    /// The VM that has it, if any has.
    pub(super) fn holder(&self) -> Option<&str> {
        self.attachments.iter().find(|place| place.state != "detached").map(|place| place.vm.as_str())
    }
}

impl Call<'_> {
    /// A CID that may be sent to AWS. A text that cannot be an id there belongs to another cloud, or to nobody.
    pub(super) fn check(&self, what: &str, prefix: &str, cid: &str, missing: CpiErrorKind) -> CpiResult<()> {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        if !cid.starts_with(|c: char| c.is_ascii_alphanumeric()) || cid.len() > LONGEST || !cid.chars().all(plain) {
            let shown: String = cid.chars().map(|c| if c.is_control() { '?' } else { c }).take(LONGEST).collect();
            return Err(self.fail(CpiErrorKind::InvalidCid, format!("'{shown}' cannot be the CID of a {what}")));
        }
        if !is_id(prefix, cid) {
            return Err(self.fail(missing, format!("EC2 has no {what} {cid}: its ids begin with {prefix}")));
        }
        Ok(())
    }

    /// The volume of this CID.
    ///
    /// # Errors
    /// [`CpiErrorKind::DiskNotFound`], or the errors of EC2.
    pub(super) fn volume(&self, disk: &DiskCid) -> CpiResult<Volume> {
        self.check(DiskCid::WHAT, "vol-", disk.as_str(), CpiErrorKind::DiskNotFound)?;
        let answer = self.ask("DescribeVolumes", &Params::default().with("VolumeId.1", disk.as_str()));
        let answer = answer.map_err(|error| no_such(error, disk))?;
        let rows = answer.items("volumeSet").map(|item| self.read_volume(item)).collect::<CpiResult<Vec<Volume>>>()?;
        let mut own = rows.into_iter().filter(|row| row.id == disk.as_str());
        own.next().ok_or_else(|| self.unreadable("DescribeVolumes", Nature::Question, "it does not name the volume"))
    }

    /// The volumes that have these tags, and will not disappear by themselves.
    pub(super) fn volumes_by(&self, tags: &Metadata) -> CpiResult<Vec<Volume>> {
        let params = Params::default().filtered(tags::filters(tags));
        let rows = self.all("DescribeVolumes", &params, "volumeSet", |item| self.read_volume(item))?;
        let has = |row: &Volume| tags.iter().all(|(key, value)| row.tags.get(key) == Some(value));
        Ok(rows.into_iter().filter(|row| row.is_there() && has(row)).collect())
    }

    pub(super) fn read_volume(&self, item: &Node) -> CpiResult<Volume> {
        let place = |place: &Node| {
            let text = |name: &str| place.text(name).map(str::to_owned);
            let (device, state) = (text("device").unwrap_or_default(), text("status")?);
            Some(Attachment { vm: text("instanceId")?, device, state })
        };
        let text = |name: &str| item.text(name).map(str::to_owned);
        let read = || {
            Some(Volume {
                id: text("volumeId")?,
                size_gib: item.number("size").filter(|gib| *gib <= MOST_GIB)?,
                zone: text("availabilityZone")?,
                kind: text("volumeType"),
                iops: item.number("iops"),
                throughput: item.number("throughput"),
                encrypted: item.text("encrypted") == Some("true"),
                key: text("kmsKeyId"),
                state: text("status")?,
                attachments: item.items("attachmentSet").map(place).collect::<Option<Vec<Attachment>>>()?,
                tags: tags::read(item),
            })
        };
        read().ok_or_else(|| self.unreadable("DescribeVolumes", Nature::Question, "a volume is not whole"))
    }
}

/// Says it in the same words as every backend.
fn no_such(error: CpiError, disk: &DiskCid) -> CpiError {
    if error.kind != CpiErrorKind::DiskNotFound {
        return error;
    }
    CpiError { message: format!("there is no disk {disk} ({})", error.message), ..error }
}
