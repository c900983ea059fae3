//! Credentials of the container: ECS, EKS, and other services that serve them in the same way.

use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Request, Uri};

use super::{Around, Credentials, Trouble, found};

/// The address of ECS's service (docs.aws.amazon.com, "Container credential provider").
const ECS: &str = "http://169.254.170.2";
/// Hosts that get the container's token without TLS: ECS and EKS, besides the loopback.
const PLAIN: [&str; 3] = ["169.254.170.2", "169.254.170.23", "fd00:ec2::23"];
/// How long it may take: the service is on this machine.
const MOST: Duration = Duration::from_secs(5);
const WHO: &str = "the container's source of credentials";

/// Credentials from the address that the container's variables name; `None` if they are not set.
pub(super) fn find(around: &Around) -> Result<Option<Credentials>, Trouble> {
    let relative = around.variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI").map(|path| format!("{ECS}{path}"));
    let full = || around.variable("AWS_CONTAINER_CREDENTIALS_FULL_URI").map(str::to_owned);
    let Some(address) = relative.or_else(full) else { return Ok(None) };
    let wrong = |words: &str| Trouble::new(words, "correct AWS_CONTAINER_CREDENTIALS_FULL_URI");
    let uri: Uri =
        address.parse().map_err(|_| wrong("the address of the container's credentials is not an address"))?;
    let host = uri.host().unwrap_or_default().trim_matches(['[', ']']).to_owned();
    if uri.scheme_str() != Some("https") && !is_plain(&host) {
        return Err(wrong(
            "the address of the container's credentials is neither https nor on this machine, so its token is not sent there",
        ));
    }
    let mut request = Request::get(uri).header(ACCEPT, "application/json");
    if let Some(token) = token(around)? {
        around.learn(&token);
        let mut value = HeaderValue::from_str(&token)
            .map_err(|_| Trouble::new("the container's token holds what no header can hold", "look at its file"))?;
        value.set_sensitive(true);
        request = request.header(AUTHORIZATION, value);
    }
    let request = request.body(Vec::new()).map_err(|_| wrong("the container's credentials cannot be asked for"))?;
    let reply = around.ask("container credentials", WHO, request, MOST)?;
    match reply.status {
        200 => found::read(WHO, &reply.body, "Token").map(Some),
        status => Err(Trouble {
            words: format!("{WHO} answers with status {status}"),
            next: "look at the task's role (ECS) or the pod's identity (EKS)".to_owned(),
            is_passing: status >= 500,
        }),
    }
}

fn is_plain(host: &str) -> bool {
    let is_loopback = host.starts_with("127.") && host.chars().all(|c| c.is_ascii_digit() || c == '.');
    is_loopback || ["localhost", "::1"].contains(&host) || PLAIN.contains(&host)
}

fn token(around: &Around) -> Result<Option<String>, Trouble> {
    let Some(file) = around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE") else {
        return Ok(around.variable("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(str::to_owned));
    };
    let read = std::fs::read_to_string(file);
    let read = read.map_err(|error| {
        Trouble::new(format!("the container's token cannot be read from {file}: {}", error.kind()), "look at that file")
    })?;
    Ok(Some(read.trim().to_owned()))
}
