//! The metadata service of the VM on which snapback runs, which no other machine reaches: only version 2, since version
//! 1 answers anybody who can make this machine send a request.

use std::time::Duration;

use http::Request;
use http::request::Builder;

use super::{Around, Credentials, Trouble, found};

/// Its address (docs.aws.amazon.com, "Access instance metadata for an EC2 instance").
const USUAL: &str = "http://169.254.169.254";
const USUAL_IPV6: &str = "http://[fd00:ec2::254]";
/// How long it may take: the service is next to this machine, or does not exist.
const MOST: Duration = Duration::from_secs(2);
const WHO: &str = "the metadata service of EC2";
const ROLE: &str = "/latest/meta-data/iam/security-credentials/";

/// The credentials of the instance's role.
pub(super) fn find(around: &Around) -> Result<Credentials, Trouble> {
    if around.variable("AWS_EC2_METADATA_DISABLED").is_some_and(|said| said.eq_ignore_ascii_case("true")) {
        return Err(Trouble::new("AWS_EC2_METADATA_DISABLED forbids to ask it", "unset it, or give other credentials"));
    }
    let role = told(around, ROLE)?;
    let role = role.lines().next().unwrap_or_default();
    if role.is_empty() || !role.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c)) {
        return Err(Trouble::new("the instance has no role", "give the instance a role (an instance profile)"));
    }
    found::read(WHO, told(around, &format!("{ROLE}{role}"))?.as_bytes(), "Token")
}

/// Gets the text that the instance's metadata service has at `path`.
pub(in super::super) fn told(around: &Around, path: &str) -> Result<String, Trouble> {
    let is_ipv6 =
        around.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE").is_some_and(|mode| mode.eq_ignore_ascii_case("ipv6"));
    let usual = if is_ipv6 { USUAL_IPV6 } else { USUAL };
    let service = around.variable("AWS_EC2_METADATA_SERVICE_ENDPOINT").unwrap_or(usual).trim_end_matches('/');
    let ticket = Request::put(format!("{service}/latest/api/token"));
    let ticket = answer(around, ticket.header("x-aws-ec2-metadata-token-ttl-seconds", "300"), "a token")?;
    around.learn(&ticket);
    answer(around, Request::get(format!("{service}{path}")).header("x-aws-ec2-metadata-token", ticket), "it")
}

fn answer(around: &Around, request: Builder, what: &str) -> Result<String, Trouble> {
    let wrong =
        |words: String| Trouble::new(words, "look at AWS_EC2_METADATA_SERVICE_ENDPOINT and the instance's settings");
    let request = request.body(Vec::new());
    let request = request.map_err(|_| wrong("AWS_EC2_METADATA_SERVICE_ENDPOINT is not an address".to_owned()))?;
    let reply = around.ask("instance metadata", WHO, request, MOST)?;
    if reply.status != 200 {
        return Err(wrong(format!("{WHO} answers with status {}, asked for {what}", reply.status)));
    }
    let text = String::from_utf8(reply.body).map_err(|_| wrong(format!("what {WHO} answers is not text")))?;
    Ok(text.trim().to_owned())
}
