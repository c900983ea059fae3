//! Each request is signed as botocore, AWS's own library, signs it.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::cloud::{CANARY, Scene};
use crate::moto;

/// Signs anew what came by, at the time that its headers say.
const PROGRAM: &str = r#"
import datetime, json, sys
import botocore.auth, botocore.awsrequest, botocore.credentials

ZONES = datetime.timezone
given = json.load(sys.stdin)
credentials = botocore.credentials.Credentials(*given["credentials"])
signatures = []
for request in given["requests"]:
    headers = request["headers"]
    class Clock(datetime.datetime):
        @classmethod
        def _at(cls):
            return datetime.datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ")
        @classmethod
        def utcnow(cls):
            return cls._at()
        @classmethod
        def now(cls, tz=None):
            return cls._at().replace(tzinfo=tz)
    class Module:
        datetime = Clock
        timezone = ZONES
    botocore.auth.datetime = Module
    if hasattr(botocore.auth, "get_current_datetime"):
        botocore.auth.get_current_datetime = lambda remove_tzinfo=True: Clock._at()
    kept = {name: headers[name] for name in ("host", "content-type")}
    own = botocore.awsrequest.AWSRequest("POST", "http://" + headers["host"] + "/", kept, request["form"].encode())
    botocore.auth.SigV4Auth(credentials, "ec2", "us-east-1").add_auth(own)
    signatures.append(own.headers["Authorization"].rsplit("Signature=")[1])
json.dump(signatures, sys.stdout)
"#;

#[test]
fn each_request_is_signed_as_aws_signs_it() {
    let scene = Scene::new();
    scene.take();
    let mut requests = Vec::new();
    let mut ours = Vec::new();
    for seen in scene.between.seen() {
        let headers = seen.head.lines().filter_map(|line| line.split_once(": "));
        let headers: serde_json::Map<String, Value> =
            headers.map(|(name, value)| (name.to_lowercase(), Value::from(value.trim()))).collect();
        let authorization = headers["authorization"].as_str().unwrap();
        assert!(
            authorization.contains("SignedHeaders=") && authorization.contains("x-amz-security-token"),
            "{authorization}"
        );
        ours.push(authorization.rsplit("Signature=").next().unwrap().to_owned());
        requests.push(json!({"headers": headers, "form": seen.form}));
    }
    let credentials = [format!("AKIA{CANARY}ID"), format!("{CANARY}/secret+key"), format!("{CANARY}token==")];
    let mut child = Command::new(moto::python())
        .args(["-c", PROGRAM])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let given = json!({"credentials": credentials, "requests": requests}).to_string();
    child.stdin.take().unwrap().write_all(given.as_bytes()).unwrap();
    let theirs: Vec<String> = serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap();
    assert_eq!(ours, theirs);
    assert!(ours.len() >= 2);
    eprintln!("AWS: {} signatures, each the same as botocore's", ours.len());
}
