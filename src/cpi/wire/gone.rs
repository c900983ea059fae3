//! Errors by which a CPI says that a snapshot or a disk is not in its cloud. BOSH has no type for a missing snapshot,
//! and most CPIs pass on the words of the cloud.

use super::WireError;

/// Codes of clouds that alone mean it: EC2's, Alicloud's, and the SDKs' class names.
const SNAPSHOT_CODES: [&str; 4] =
    ["SnapshotNotFound", "Snapshot.NotFound", "SnapshotId.NotFound", "SnapshotIdNotFound"];

/// Sentences that mean it without the CID: Alicloud's, and those of LXD and Incus, where a snapshot lives inside its
/// volume.
const SNAPSHOT_SENTENCES: [&str; 6] = [
    "snapshot not found",
    "storage volume not found",
    "storage volume snapshot not found",
    "the specified snapshotid does not exist",
    "the specified snapshot does not exist",
    "the specified snapshot is not found",
];

/// Sentences that mean it about a thing that they name: Google, gophercloud ("Snapshot ID could not be found."), Azure
/// ("The Resource 'Microsoft.Compute/snapshots/ID' ... was not found."), Ruby's ENOENT.
const SENTENCES: [&str; 7] = [
    "not found",
    "could not be found",
    "does not exist",
    "doesn't exist",
    "not exist",
    "no such file or directory",
    "can't be found",
];

/// Whether `error`, of a call about the snapshot `cid`, says that there is no such snapshot. Another missing thing (a
/// project, a zone, a pool, the CPI's own file) proves nothing: the words must be about this snapshot.
pub fn snapshot(cid: &str, error: &WireError) -> bool {
    let coded = |text: &str| SNAPSHOT_CODES.iter().any(|code| text.contains(code));
    if error.kind.lines().any(coded) || coded(&error.message) {
        return true;
    }
    // Google's wrapper shows the snapshot's name, which need not be the CID that was asked for.
    if error.message.contains("Google Snapshot '") && error.message.contains("' does not exist") {
        return true;
    }
    let message = error.message.to_lowercase();
    clauses(&message).any(|clause| SNAPSHOT_SENTENCES.contains(&clause.trim_matches([' ', '.', '"'])))
        || is_missing(cid, &message)
}

/// Whether `error`, of a call about the disk `cid`, says that there is no such disk.
pub fn disk(cid: &str, error: &WireError) -> bool {
    let codes = ["InvalidVolume.NotFound", "InvalidVolumeNotFound", "InvalidDiskId.NotFound"];
    let coded = |text: &str| codes.iter().any(|code| text.contains(code));
    coded(&error.kind) || coded(&error.message) || is_missing(cid, &error.message.to_lowercase())
}

fn is_missing(cid: &str, message: &str) -> bool {
    let names = names(cid);
    let says = |clause: &str| SENTENCES.iter().any(|words| clause.contains(words));
    clauses(message).any(|clause| says(clause) && names.iter().any(|name| has_word(clause, name)))
}

/// Splits a message into clauses that each say something of one thing: errors are wrapped in one another with colons,
/// and may contain JSON.
fn clauses(message: &str) -> impl Iterator<Item = &str> {
    message.split(['\n', '{', '}']).flat_map(|line| line.split(": "))
}

/// The names that a cloud may use for the thing with this CID: of a path, of Azure's fields and of LXD's pair it is the
/// part that is the thing's own name.
fn names(cid: &str) -> Vec<String> {
    let cid = cid.to_lowercase();
    let field = cid.split(';').find_map(|part| part.strip_prefix("disk_name:"));
    let mut names = vec![cid.clone()];
    names.extend(field.map(str::to_owned));
    names.extend(cid.rsplit_once('/').map(|(_, name)| name.to_owned()));
    names.extend(cid.split_once("_snap-").map(|(_, uuid)| format!("snap-{uuid}")));
    names
}

/// Whether `name` stands in `text` as a word, and not as a part of another name.
fn has_word(text: &str, name: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    !name.is_empty()
        && text.match_indices(name).any(|(at, _)| {
            !text[..at].chars().next_back().is_some_and(inside)
                && !text[at + name.len()..].chars().next().is_some_and(inside)
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(kind: &str, message: &str) -> WireError {
        WireError { kind: kind.to_owned(), message: message.to_owned(), ok_to_retry: false }
    }

    const ID: &str = "5c2f9bd0-1234-4d5e-8a77-0a1b2c3d4e5f";

    #[test]
    fn the_words_of_each_cloud() {
        let azure = "disk_name:bosh-disk-data-77aa;caching:None;resource_group_name:rg-1";
        let lxd = "vol-p-1_snap-2b";
        for (cid, kind, message) in [
            ("snap-1", "Aws::EC2::Errors::InvalidSnapshotNotFound", "The snapshot 'snap-1' does not exist."),
            (
                "s-1",
                "Bosh::Clouds::CloudError",
                "delete snapshot s-1 failed: [SDK.ServerError]\nErrorCode: InvalidSnapshotId.NotFound\nMessage: The specified SnapshotId does not exist.",
            ),
            (
                "s-1",
                "Bosh::Clouds::CloudError",
                "delete snapshot s-1 failed: [SDK.ServerError]\nErrorCode: InvalidParameter\nMessage: The specified SnapshotId does not exist.",
            ),
            (
                "snapshot-1",
                "Bosh::Clouds::CloudError",
                "Deleting snapshot 'snapshot-1': Google Snapshot 'snapshot-1' does not exists: <nil cause>",
            ),
            (
                "snapshot-1",
                "Bosh::Clouds::CloudError",
                "Failed to delete Google Snapshot 'snapshot-1': googleapi: Error 404: The resource 'projects/p/global/snapshots/snapshot-1' was not found, notFound",
            ),
            (
                ID,
                "Bosh::Clouds::CloudError",
                "deleteSnapshot: Failed to delete snapshot ID 5c2f9bd0-1234-4d5e-8a77-0a1b2c3d4e5f: failed to delete snapshot: Resource not found: [DELETE https://cinder:8776/v3/p/snapshots/5c2f9bd0-1234-4d5e-8a77-0a1b2c3d4e5f], error message: {\"itemNotFound\": {\"code\": 404, \"message\": \"Snapshot 5c2f9bd0-1234-4d5e-8a77-0a1b2c3d4e5f could not be found.\"}}",
            ),
            (
                azure,
                "Bosh::Clouds::CloudError",
                "http_delete - error: 404 message: {\"error\":{\"code\":\"ResourceNotFound\",\"message\":\"The Resource 'Microsoft.Compute/snapshots/bosh-disk-data-77aa' under resource group 'rg-1' was not found.\"}}",
            ),
            (lxd, "Bosh::Clouds::CloudError", "CPI error: Storage volume not found"),
            (lxd, "Bosh::Clouds::CloudError", "Storage volume snapshot \"snap-2b\" not found"),
            (lxd, "Bosh::Clouds::CloudError", "Snapshot not found"),
            (lxd, "Bosh::Clouds::CloudError", "Storage volume snapshot not found"),
            ("d3b0", "Errno::ENOENT", "No such file or directory @ apply2files - /var/vcap/data/dummy/snapshots/d3b0"),
            ("d3b0", "Unknown", "No such file or directory @ apply2files - /var/vcap/data/dummy/snapshots/d3b0"),
        ] {
            assert!(snapshot(cid, &error(kind, message)), "{message}");
        }
    }

    #[test]
    fn another_thing_that_is_missing_is_not_the_snapshot() {
        for (cid, kind, message) in [
            (
                "s-1",
                "Bosh::Clouds::CloudError",
                "delete snapshot s-1 failed: ErrorCode: InvalidRegionId.NotFound\nMessage: The specified RegionId does not exist.",
            ),
            ("s-1", "Bosh::Clouds::CloudError", "Google Zone 's-1-zone' does not exists"),
            (
                ID,
                "Bosh::Clouds::CloudError",
                "deleteSnapshot: Failed to get volume service: No suitable endpoint could be found in the service catalog.",
            ),
            (
                ID,
                "Bosh::Clouds::CloudError",
                "deleteSnapshot: Failed to delete snapshot ID 5c2f9bd0-1234-4d5e-8a77-0a1b2c3d4e5f: Invalid snapshot: Snapshot status must be available or error",
            ),
            (
                "disk_name:snap-1;resource_group_name:snapshots",
                "Bosh::Clouds::CloudError",
                "Resource group 'snapshots' could not be found.",
            ),
            ("vol-1_snap-1", "Bosh::Clouds::CloudError", "Storage pool not found"),
            ("snap-1", "Errno::ENOENT", "No such file or directory @ rb_sysopen - /var/vcap/jobs/cpi/config/cpi.json"),
            ("snap-1", "Bosh::Clouds::CloudError", "dial tcp: lookup snap-1.example.com on 10.0.0.2:53: no such host"),
            ("snap-1", "Bosh::Clouds::CloudError", "The snapshot 'snap-10' does not exist"),
            ("snap-1", "Unknown", ""),
        ] {
            assert!(!snapshot(cid, &error(kind, message)), "{message}");
        }
    }

    #[test]
    fn a_disk_that_is_gone() {
        let gone = [
            ("vol-1", "Aws::EC2::Errors::InvalidVolumeNotFound", "The volume 'vol-1' does not exist."),
            ("d-1", "Bosh::Clouds::CloudError", "ErrorCode: InvalidDiskId.NotFound"),
            ("v-9", "Bosh::Clouds::CloudError", "Volume v-9 could not be found."),
        ];
        for (cid, kind, message) in gone {
            assert!(disk(cid, &error(kind, message)), "{message}");
        }
        assert!(!disk("v-9", &error("Bosh::Clouds::CloudError", "Project v-99 could not be found.")));
    }
}
