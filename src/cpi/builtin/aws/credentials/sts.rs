//! Credentials of a role, by STS: for users with other credentials, and for those with the token of an identity
//! provider.

use std::time::Duration;

use http::Request;
use http::header::CONTENT_TYPE;
use serde_json::json;

use super::super::advice::skew;
use super::super::call::Params;
use super::super::errors::Said;
use super::super::sign::{Scope, sign};
use super::super::xml::Node;
use super::{Around, Credentials, Trouble, found};

const VERSION: &str = "2011-06-15";
const WHO: &str = "STS";
const MOST: Duration = Duration::from_secs(60);

/// The role, and how to take it.
#[derive(Default)]
pub(super) struct Role<'a> {
    pub arn: &'a str,
    pub session: Option<&'a str>,
    pub external: Option<&'a str>,
    pub seconds: Option<&'a str>,
}

/// `AssumeRole`, with these credentials.
pub(super) fn assume(around: &Around, own: &Credentials, role: &Role<'_>) -> Result<Credentials, Trouble> {
    around.learn_all(own);
    let params =
        named(around, role.arn, role.session).maybe("ExternalId", role.external).maybe("DurationSeconds", role.seconds);
    let scope = Scope { service: "sts", region: &around.region, now: around.clock.now() };
    let unsigned = request(around, &params, "AssumeRole")?;
    let request = sign(unsigned, own, scope).map_err(|why| Trouble::new(why, "look at the credentials"))?;
    exchange(around, "AssumeRole", request, |code| match code {
        "AccessDenied" => format!(
            "allow the action sts:AssumeRole on {} for the identity that asks, and name that identity in the role's \
             trust policy",
            role.arn
        ),
        "ExpiredToken" | "ExpiredTokenException" => {
            "the credentials have expired: get new ones, and run the command again".to_owned()
        }
        _ => "look at role_arn, at the keys, and at this machine's clock".to_owned(),
    })
}

/// The credentials by AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN; `None` if they are not set.
pub(super) fn by_web_identity(around: &Around) -> Result<Option<Credentials>, Trouble> {
    let Some(file) = around.variable("AWS_WEB_IDENTITY_TOKEN_FILE") else { return Ok(None) };
    let Some(arn) = around.variable("AWS_ROLE_ARN") else {
        return Err(Trouble::new(
            "AWS_WEB_IDENTITY_TOKEN_FILE is set, and AWS_ROLE_ARN is not",
            "set both, or neither",
        ));
    };
    of_token(around, file, arn, around.variable("AWS_ROLE_SESSION_NAME")).map(Some)
}

/// `AssumeRoleWithWebIdentity`: the token is read each time, since its provider renews it.
pub(super) fn of_token(around: &Around, file: &str, arn: &str, session: Option<&str>) -> Result<Credentials, Trouble> {
    let token = std::fs::read_to_string(file).map_err(|error| {
        Trouble::new(
            format!("the web identity's token cannot be read from {file}: {}", error.kind()),
            "look at that file",
        )
    })?;
    let token = token.trim();
    around.learn(token);
    let params = named(around, arn, session).with("WebIdentityToken", token);
    let request = request(around, &params, "AssumeRoleWithWebIdentity")?;
    exchange(around, "AssumeRoleWithWebIdentity", request, |code| match code {
        "ExpiredTokenException" | "InvalidIdentityToken" | "IDPRejectedClaim" => {
            format!("check the token in {file}: it has expired, or is not for this account")
        }
        "AccessDenied" => format!("let the trust policy of {arn} name this identity (sts:AssumeRoleWithWebIdentity)"),
        _ => "look at AWS_ROLE_ARN and AWS_WEB_IDENTITY_TOKEN_FILE".to_owned(),
    })
}

fn named(around: &Around, arn: &str, session: Option<&str>) -> Params {
    let own = || format!("snapback-{}", around.ids.uuid());
    Params::default().with("RoleArn", arn).with("RoleSessionName", session.map_or_else(own, str::to_owned))
}

fn request(around: &Around, params: &Params, action: &str) -> Result<Request<Vec<u8>>, Trouble> {
    Request::post(format!("{}/", around.sts))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded; charset=utf-8")
        .body(params.form(action, VERSION))
        .map_err(|_| Trouble::new("the endpoint of STS is not an address", "correct AWS_ENDPOINT_URL_STS"))
}

fn exchange(
    around: &Around,
    action: &'static str,
    request: Request<Vec<u8>>,
    next: impl Fn(&str) -> String,
) -> Result<Credentials, Trouble> {
    let reply = around.ask(action, WHO, request, MOST)?;
    let passing = |words: String| Trouble { words, next: "run it again".to_owned(), is_passing: true };
    if reply.status != 200 {
        let Some(said) = Said::of(&reply.body) else {
            return Err(passing(format!(
                "{WHO} answers {action} with status {}, and with no error of AWS",
                reply.status
            )));
        };
        let words = said.told(|words| around.redact(words));
        let words = format!("{action}: {}: {words}", said.code);
        let is_passing = reply.status >= 500 || said.code.contains("Throttl");
        let next = skew(reply.date, around.clock.now()).unwrap_or_else(|| next(&said.code));
        return Err(Trouble { words, next, is_passing });
    }
    let unreadable = || passing(format!("the answer of {WHO} to {action} cannot be read"));
    let tree = Node::read(&reply.body).map_err(|_| unreadable())?;
    let given = tree.find("Credentials").ok_or_else(unreadable)?;
    let part = |name: &str| given.text(name);
    let same = json!({
        "AccessKeyId": part("AccessKeyId"), "SecretAccessKey": part("SecretAccessKey"),
        "Token": part("SessionToken"), "Expiration": part("Expiration"),
    });
    found::read(WHO, same.to_string().as_bytes(), "Token")
}
