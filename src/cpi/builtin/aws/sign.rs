//! AWS Signature Version 4 of a request to `/` without a query, as all those to EC2 and STS are (docs.aws.amazon.com,
//! "Create a signed AWS API request"). ring does the arithmetic.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use http::header::{AUTHORIZATION, HOST};
use http::{HeaderMap, HeaderValue, Request};
use ring::{digest, hmac};

use super::credentials::Credentials;

/// The service, the region and the time that a signature is valid for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'a> {
    /// The name of the service in AWS: `ec2`.
    pub service: &'a str,
    pub region: &'a str,
    /// AWS refuses a signature that is minutes away from its own clock.
    pub now: DateTime<Utc>,
}

/// Adds the headers that say who asks, and signs all headers.
///
/// # Errors
/// A value that cannot be in a header, or a request that is not to `/`; in words, and without a secret.
pub(super) fn sign(
    mut request: Request<Vec<u8>>,
    who: &Credentials,
    scope: Scope<'_>,
) -> Result<Request<Vec<u8>>, String> {
    let authority = request.uri().authority().map(|authority| authority.as_str().to_owned());
    if !matches!(request.uri().path(), "" | "/") || request.uri().query().is_some() {
        return Err("only a request to / without a query is signed".to_owned());
    }
    let time = scope.now.format("%Y%m%dT%H%M%SZ").to_string();
    let day = scope.now.format("%Y%m%d").to_string();
    let host = header(&authority.unwrap_or_default(), false)?;
    let headers = request.headers_mut();
    headers.entry(HOST).or_insert(host);
    headers.insert("x-amz-date", header(&time, false)?);
    if let Some(token) = &who.token {
        headers.insert("x-amz-security-token", header(token.expose(), true)?);
    }
    let (names, lines) = canonical(request.headers())?;
    let whole = [request.method().as_str(), "/", "", &lines, &names, &hex(digest(request.body()).as_ref())].join("\n");
    let place = format!("{day}/{}/{}/aws4_request", scope.region, scope.service);
    let to_sign = ["AWS4-HMAC-SHA256", &time, &place, &hex(digest(whole.as_bytes()).as_ref())].join("\n");

    let first = format!("AWS4{}", who.secret.expose()).into_bytes();
    let parts = [day.as_str(), scope.region, scope.service, "aws4_request", &to_sign];
    let signature = parts.into_iter().fold(first, |key, part| keyed(&key, part));
    let signature = hex(&signature);
    let words = format!("AWS4-HMAC-SHA256 Credential={}/{place}, SignedHeaders={names}, Signature={signature}", who.id);
    request.headers_mut().insert(AUTHORIZATION, header(&words, true)?);
    Ok(request)
}

/// The names of all headers, and a line for each, in order and without insignificant spaces.
fn canonical(headers: &HeaderMap) -> Result<(String, String), String> {
    let mut all: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, value) in headers {
        let text = value.to_str().map_err(|_| format!("the header {name} holds what cannot be signed"))?;
        all.entry(name.as_str()).or_default().push(text.split_whitespace().collect::<Vec<_>>().join(" "));
    }
    let lines = all.iter().map(|(name, values)| format!("{name}:{}\n", values.join(","))).collect();
    Ok((all.into_keys().collect::<Vec<_>>().join(";"), lines))
}

/// A value for a header; an error quotes none of it.
fn header(text: &str, is_secret: bool) -> Result<HeaderValue, String> {
    let mut value = HeaderValue::from_str(text).map_err(|_| "a credential holds what no header can hold".to_owned())?;
    value.set_sensitive(is_secret);
    Ok(value)
}

fn keyed(key: &[u8], text: &str) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes()).as_ref().to_vec()
}

fn digest(bytes: &[u8]) -> digest::Digest {
    digest::digest(&digest::SHA256, bytes)
}

/// Bytes in lower-case hexadecimal.
pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;
    use serde_json::Value;

    /// The vectors that AWS publishes (`fixtures/sigv4`).
    fn vectors() -> Vec<Value> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/sigv4/vectors.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn text<'a>(vector: &'a Value, pointer: &str) -> &'a str {
        vector.pointer(pointer).and_then(Value::as_str).unwrap_or_else(|| panic!("{pointer}: {vector}"))
    }

    fn request(vector: &Value) -> Request<Vec<u8>> {
        let text = text(vector, "/request").replace("\n ", " ");
        let (head, body) = text.split_once("\n\n").unwrap_or((text.as_str(), ""));
        let (line, headers) = head.split_once('\n').unwrap();
        let (method, target) = line.strip_suffix(" HTTP/1.1").unwrap().split_once(' ').unwrap();
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers.lines().filter_map(|line| line.split_once(':')) {
            request = request.header(name, value.trim());
        }
        request.body(body.as_bytes().to_vec()).unwrap()
    }

    /// Each vector whose request is to `/` without a query, as all of ours are: at the vector's own time.
    #[test]
    fn the_published_vectors_are_signed_as_aws_signs_them() {
        let (mut same, mut others) = (0, 0);
        for vector in vectors() {
            let name = text(&vector, "/name");
            if text(&vector, "/request").split(' ').nth(1).is_none_or(|target| target != "/") {
                others += 1;
                continue;
            }
            let context = &vector["context"];
            let token = context.pointer("/credentials/token").and_then(Value::as_str);
            let token = token.filter(|_| context["omit_session_token"] != true);
            let who = Credentials {
                id: text(context, "/credentials/access_key_id").to_owned(),
                secret: Secret::new(text(context, "/credentials/secret_access_key").to_owned()),
                token: token.map(|token| Secret::new(token.to_owned())),
                until: None,
            };
            let now = text(context, "/timestamp").parse().unwrap();
            let scope = Scope { service: text(context, "/service"), region: text(context, "/region"), now };
            let mut request = request(&vector);
            if context["sign_body"] == true {
                let digest = hex(digest(request.body()).as_ref());
                request.headers_mut().insert("x-amz-content-sha256", header(&digest, false).unwrap());
            }
            let signed = sign(request, &who, scope).unwrap();
            let said = signed.headers()[AUTHORIZATION].to_str().unwrap();
            assert_eq!(said.rsplit("Signature=").next(), Some(text(&vector, "/signature")), "{name}: {said}");
            assert!(signed.headers()[AUTHORIZATION].is_sensitive());
            same += 1;
        }
        assert_eq!((same, others), (15, 23), "as many as are published");
    }

    #[test]
    fn what_is_not_to_the_root_is_not_signed_and_a_secret_is_not_told() {
        let who = |id: &str| Credentials {
            id: id.to_owned(),
            secret: Secret::new("hush".to_owned()),
            token: Some(Secret::new("hush\n".to_owned())),
            until: None,
        };
        let scope = Scope { service: "ec2", region: "us-east-1", now: DateTime::UNIX_EPOCH };
        let request = |uri: &str| Request::post(uri).body(Vec::new()).unwrap();
        assert!(sign(request("http://host/path"), &who("id"), scope).is_err());
        assert!(sign(request("http://host/?a=b"), &who("id"), scope).is_err());
        let error = sign(request("http://host/"), &who("id"), scope).unwrap_err();
        assert!(!error.contains("hush"), "{error}");
    }
}
