//! Metadata as the CPIs of AWS and OpenStack keep them (bosh-aws-cpi-release `cloud_v1.rb`, bosh-openstack-cpi-release
//! `cloud.rb` and `snapshot_disk.go`), and back; and a step's token, which is put on whatever the step makes.

use crate::domain::ids::Token;
use crate::domain::snapshot::{Metadata, OPERATION_KEY, STEP_KEY};

/// Keys of the metadata that a cloud renames: the Director's name, and the cloud's.
const RENAMED: [(&str, &str); 2] = [("director_name", "director"), ("index", "instance_index")];
/// The cloud joins the job and the id of the instance.
const JOB: &str = "job";
const NAME: &str = "instance_name";

/// A snapshot's metadata, under the names that the CPIs give them.
pub(super) fn renamed(metadata: &Metadata) -> Metadata {
    let mut own = metadata.clone();
    if let (Some(job), Some(id)) = (metadata.get(JOB), metadata.get("instance_id")) {
        own.insert(NAME.to_owned(), format!("{job}/{id}"));
        own.remove(JOB);
        for (theirs, ours) in RENAMED {
            own.insert(ours.to_owned(), own.get(theirs).cloned().unwrap_or_default());
            own.remove(theirs);
        }
    }
    own
}

/// The metadata that a snapshot was taken with.
pub(super) fn named_back(mut own: Metadata) -> Metadata {
    if let Some((job, _)) = own.get(NAME).and_then(|name| name.split_once('/')) {
        let job = job.to_owned();
        own.remove(NAME);
        own.insert(JOB.to_owned(), job);
        for (theirs, ours) in RENAMED {
            if let Some(value) = own.remove(ours) {
                own.insert(theirs.to_owned(), value);
            }
        }
    }
    own
}

/// Whether a key has another name in the cloud.
pub(super) fn is_renamed(key: &str) -> bool {
    key == JOB || RENAMED.iter().any(|(theirs, _)| *theirs == key)
}

/// A snapshot's description: deployment, job, index and the last part of the device.
pub(super) fn description(metadata: &Metadata, device: Option<&str>) -> String {
    let said = ["deployment", JOB, "index"].iter().filter_map(|key| metadata.get(*key)).map(String::as_str);
    let device = device.and_then(|device| device.rsplit('/').next());
    said.chain(device).collect::<Vec<&str>>().join("/")
}

/// The metadata by which the thing that a step made is found again.
pub(super) fn of_token(token: &Token) -> Metadata {
    Metadata::from([
        (OPERATION_KEY.to_owned(), token.operation.to_string()),
        (STEP_KEY.to_owned(), token.step.to_string()),
    ])
}

/// Metadata without a step's token, which stays on what the step made.
pub(super) fn without_token(metadata: &Metadata) -> Metadata {
    let mut given = metadata.clone();
    [OPERATION_KEY, STEP_KEY].iter().for_each(|key| drop(given.remove(*key)));
    given
}
