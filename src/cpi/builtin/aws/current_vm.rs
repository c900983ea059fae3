//! The VM on which snapback runs, by the metadata service of that VM (IMDSv2), which no other machine reaches.

use http::Request;
use http::request::Builder;

use super::call::Call;
use crate::cpi::{CpiErrorKind, CpiResult};
use crate::domain::ids::VmCid;

/// Where it is (docs.aws.amazon.com, "Access instance metadata for an EC2 instance").
const USUAL: &str = "http://169.254.169.254";

impl Call<'_> {
    pub(super) fn current_vm(&self) -> CpiResult<VmCid> {
        let named = self.cpi.environment.get("AWS_EC2_METADATA_SERVICE_ENDPOINT").filter(|named| !named.is_empty());
        let service = named.map_or(USUAL, |named| named.trim_end_matches('/'));
        let ticket =
            Request::put(format!("{service}/latest/api/token")).header("x-aws-ec2-metadata-token-ttl-seconds", "300");
        let ticket = self.metadata(ticket)?;
        let question = Request::get(format!("{service}/latest/meta-data/instance-id"));
        let vm = VmCid::new(self.metadata(question.header("x-aws-ec2-metadata-token", ticket))?);
        self.check(VmCid::WHAT, "i-", vm.as_str(), CpiErrorKind::NoAnswer)?;
        Ok(vm)
    }

    fn metadata(&self, request: Builder) -> CpiResult<String> {
        let nowhere = |why: &str| {
            let message = format!("the metadata service of EC2 does not tell which VM this is: {why}");
            self.fail(CpiErrorKind::NoAnswer, message).hint("run it on the Director's own VM, on EC2")
        };
        let request = request.body(Vec::new()).map_err(|error| nowhere(&error.to_string()))?;
        let reply = self.cpi.connection(self)?.client.ask(request).map_err(|failure| nowhere(failure.words()))?;
        if reply.status != 200 {
            return Err(nowhere(&format!("it answers with status {}", reply.status)));
        }
        String::from_utf8(reply.body).map(|text| text.trim().to_owned()).map_err(|_| nowhere("its answer is no text"))
    }
}
