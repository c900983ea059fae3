//! Where credentials come from: each source through a server of the tests, in the order of AWS's own tools (botocore says
//! which key it finds in the same surroundings), and with one clear error where a source fails.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use snapback::cpi::builtin::aws::AwsCpi;
use snapback::cpi::{CpiError, CpiErrorKind, Queries};
use snapback::domain::ids::DiskCid;

use crate::cloud::{self, CANARY};
use crate::issuer::{Issuer, Wrong};
use crate::{home, moto};

/// What botocore finds.
const BOTOCORE: &str = r#"
import json, os, sys
import botocore.session
found = []
for environment in json.load(sys.stdin):
    os.environ.clear()
    os.environ.update(environment, AWS_DEFAULT_REGION="us-east-1")
    try:
        credentials = botocore.session.Session().get_credentials()
        found.append(credentials and credentials.get_frozen_credentials().access_key)
    except Exception as error:
        found.append(type(error).__name__)
json.dump(found, sys.stdout)
"#;

/// Environment variables.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// Which key is found with these variables besides. `HOME` is the home, `ISSUER` the server.
const FOUND: [(Variables<'_>, &str); 30] = [
    (&[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s")], "AKIAENV"),
    (&[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_PROFILE", "outer")], "AKIAENV"),
    // What `aws configure export-credentials` has put there counts before the profile that wants a code.
    (&[("AWS_ACCESS_KEY_ID", "AKIAENV"), ("AWS_SECRET_ACCESS_KEY", "s"), ("AWS_PROFILE", "mfa")], "AKIAENV"),
    (&[], "AKIADEFAULT"),
    (&[("AWS_PROFILE", "default")], "AKIADEFAULT"),
    (&[("AWS_PROFILE", "other")], "AKIAOTHER"),
    (&[("AWS_DEFAULT_PROFILE", "other")], "AKIAOTHER"),
    (&[("AWS_PROFILE", "quoted name")], "AKIACONFIG"),
    (&[("AWS_PROFILE", "both")], "AKIABOTH"),
    (&[("AWS_PROFILE", "program")], "AKIAPROGRAM"),
    (&[("AWS_PROFILE", "process-first")], "AKIAFIRST"),
    (&[("AWS_PROFILE", "inner")], "ASIAINNERBYAKIAOTHER"),
    (&[("AWS_PROFILE", "outer")], "ASIAOUTERBYASIAINNERBYAKIAOTHER"),
    (&[("AWS_PROFILE", "itself")], "ASIASELFBYAKIASELF"),
    (&[("AWS_PROFILE", "machine")], "ASIAMACHINEBYASIAINSTANCE"),
    (&[("AWS_PROFILE", "task"), CONTAINER, AUTH], "ASIATASKBYASIACONTAINER"),
    (&[("AWS_PROFILE", "web")], "ASIAWEBBYWEB"),
    (&[("AWS_PROFILE", "over-web")], "ASIAOVERBYASIAWEBBYWEB"),
    (&[("AWS_PROFILE", "session")], "ASIASSO"),
    (&[("AWS_PROFILE", "legacy")], "ASIASSO"),
    (&[("AWS_PROFILE", "over-session")], "ASIASESSIONBYASIASSO"),
    (&[WEB, ROLE], "ASIAPODBYWEB"),
    (&[WEB, ROLE, ("AWS_PROFILE", "other")], "ASIAPODBYWEB"),
    (&[WEB, ROLE, ("AWS_PROFILE", "inner")], "ASIAINNERBYAKIAOTHER"),
    (&[CONTAINER, AUTH], "AKIADEFAULT"),
    (&[NO_KEYS, NO_CONFIG, CONTAINER, AUTH], "ASIACONTAINER"),
    (&[NO_KEYS, NO_CONFIG, CONTAINER, AUTH_FILE], "ASIACONTAINER"),
    (&[NO_KEYS, NO_CONFIG], "ASIAINSTANCE"),
    (&[NO_KEYS, ("AWS_PROFILE", "program"), CONTAINER, AUTH], "AKIAPROGRAM"),
    (&[("AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"), NO_CONFIG], "AKIADEFAULT"),
];
pub const NO_KEYS: (&str, &str) = ("AWS_SHARED_CREDENTIALS_FILE", "/nowhere/credentials");
pub const NO_CONFIG: (&str, &str) = ("AWS_CONFIG_FILE", "/nowhere/config");
pub const CONTAINER: (&str, &str) = ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://ISSUER/container");
pub const AUTH: (&str, &str) = ("AWS_CONTAINER_AUTHORIZATION_TOKEN", "cAnArYauth");
pub const AUTH_FILE: (&str, &str) = ("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "HOME/auth");
pub const WEB: (&str, &str) = ("AWS_WEB_IDENTITY_TOKEN_FILE", "HOME/token");
pub const ROLE: (&str, &str) = ("AWS_ROLE_ARN", "arn:aws:iam::123456789012:role/pod");

/// A home, and who issues credentials.
pub struct Scene {
    pub home: tempfile::TempDir,
    pub issuer: Issuer,
}

impl Scene {
    pub fn new() -> Self {
        let home = tempfile::tempdir().unwrap();
        home::furnish(home.path());
        Scene { home, issuer: Issuer::start() }
    }

    fn variables(&self, more: &[(&str, &str)]) -> Vec<(String, String)> {
        let place = self.home.path().to_str().unwrap();
        let usual = home::around(self.home.path(), &self.issuer).into_iter();
        let usual = usual.map(|(name, value)| (name.to_owned(), value));
        let more = more.iter().map(|(name, value)| {
            ((*name).to_owned(), value.replace("HOME", place).replace("ISSUER", &self.issuer.address))
        });
        usual.chain(more).collect()
    }

    pub fn cloud(&self, more: &[(&str, &str)]) -> AwsCpi {
        let variables = self.variables(more);
        let variables: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (&**name, &**value)).collect();
        let said = json!({
            "region": "us-east-1", "ec2_endpoint": format!("http://{}", self.issuer.address),
            "credentials_source": "env_or_profile",
        });
        cloud::cpi(said, Duration::from_secs(60), &variables)
    }

    /// The keys with which EC2 was asked, in order.
    fn keys(&self) -> Vec<String> {
        let asked = self.issuer.asked().into_iter().filter(|(what, ..)| what == "DescribeVolumes");
        let key = |head: String| head.split("Credential=").nth(1)?.split('/').next().map(str::to_owned);
        asked.map(|(_, head, _)| key(head).unwrap()).collect()
    }

    fn error(&self, more: &[(&str, &str)]) -> CpiError {
        self.cloud(more).has_disk(&disk()).unwrap_err()
    }
}

pub fn disk() -> DiskCid {
    DiskCid::new("vol-0123456789abcdef0")
}

/// The same key as botocore finds, from each source, and in the same order of sources.
#[test]
fn the_same_credentials_are_found_as_by_aws_itself() {
    let scene = Scene::new();
    for (variables, key) in FOUND {
        scene.issuer.fails(|_, _| None);
        let has = scene.cloud(variables).has_disk(&disk());
        assert!(!has.unwrap_or_else(|error| panic!("{variables:?}: {error} {:?}", error.hints)));
        assert_eq!(scene.keys(), [key], "{variables:?}");
    }
    let theirs = botocore(scene.home.path(), FOUND.iter().map(|(variables, _)| scene.variables(variables)).collect());
    let ours: Vec<Value> = FOUND.iter().map(|(_, key)| Value::from(*key)).collect();
    assert_eq!(ours, theirs);
    eprintln!("AWS: {} surroundings, in each the key that botocore finds", ours.len());
}

fn botocore(home: &Path, surroundings: Vec<Vec<(String, String)>>) -> Vec<Value> {
    let surroundings: Vec<Value> = surroundings.into_iter().map(|all| all.into_iter().collect()).collect();
    let mut child = Command::new(moto::python())
        .args(["-c", BOTOCORE])
        .env("HOME", home)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(Value::from(surroundings).to_string().as_bytes()).unwrap();
    serde_json::from_slice(&child.wait_with_output().unwrap().stdout).unwrap()
}

/// A source that is set up and fails ends the search: the next one would be somebody else. One clear error, with what to do.
#[test]
fn a_source_that_fails_is_told_and_no_other_is_taken() {
    let scene = Scene::new();
    let cases: [(Variables<'_>, &str, &str); 20] = [
        (&[("AWS_ACCESS_KEY_ID", "AKIAENV")], "AWS_SECRET_ACCESS_KEY is not", "set both"),
        (&[("AWS_PROFILE", "missing")], "names 'missing'", "list-profiles"),
        (&[("AWS_PROFILE", "half")], "without aws_secret_access_key", "add it"),
        (&[("AWS_PROFILE", "loop-a")], "leads back", "correct the profile"),
        (&[("AWS_PROFILE", "lonely")], "neither source_profile nor", "correct the profile"),
        (&[("AWS_PROFILE", "nosource")], "'nobody', which is not there", "correct the profile"),
        (&[("AWS_PROFILE", "mfa")], "mfa_serial", "aws configure export-credentials --profile mfa --format env"),
        (&[("AWS_PROFILE", "fails")], "credential_process of the profile 'fails'", "by hand"),
        (&[("AWS_PROFILE", "odd")], "it is not JSON", "look at what gives"),
        (&[("AWS_PROFILE", "absent")], "credential_process of the profile 'absent'", "by hand"),
        (&[("AWS_PROFILE", "nologin")], "it has no token", "aws sso login --profile nologin"),
        (&[("AWS_PROFILE", "overdue")], "expired at 2020-01-01", "aws sso login --profile overdue"),
        (&[WEB], "AWS_ROLE_ARN is not", "set both"),
        (&[("AWS_WEB_IDENTITY_TOKEN_FILE", "/nowhere/token"), ROLE], "/nowhere/token", "look at that file"),
        (&[NO_KEYS, NO_CONFIG, CONTAINER], "status 401", "the task's role"),
        (
            &[NO_KEYS, NO_CONFIG, ("AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://192.0.2.1/x")],
            "neither https",
            "FULL_URI",
        ),
        (&[NO_KEYS, NO_CONFIG, ("AWS_EC2_METADATA_DISABLED", "true")], "no source has credentials", "AWS_PROFILE"),
        (
            &[NO_KEYS, NO_CONFIG, ("AWS_EC2_METADATA_SERVICE_ENDPOINT", "http://127.0.0.1:1")],
            "does not answer",
            "AWS_PROFILE",
        ),
        (&[NO_KEYS, ("AWS_CONFIG_FILE", "HOME/token")], "line 1", "correct that line"),
        (
            &[
                ("AWS_CREDENTIAL_EXPIRATION", "2020-01-01T00:00:00Z"),
                ("AWS_ACCESS_KEY_ID", "x"),
                ("AWS_SECRET_ACCESS_KEY", "s"),
            ],
            "expired at 2020",
            "clock",
        ),
    ];
    for (variables, words, next) in cases {
        scene.issuer.fails(|_, _| None);
        let error = scene.error(variables);
        assert_eq!(error.kind, CpiErrorKind::Denied, "{variables:?}: {error}");
        told(&error, words, next, &format!("{variables:?}"));
        assert_eq!(scene.issuer.count("DescribeVolumes"), 0, "{variables:?}: AWS was asked");
    }
    eprintln!("AWS: {} sources that are set up wrongly, each told", cases.len());
}

fn told(error: &CpiError, words: &str, next: &str, what: &str) {
    assert!(error.message.contains(words), "{what}: {error}");
    assert!(error.hints.concat().contains(next), "{what}: {error} {:?}", error.hints);
    let all = format!("{error:?} {error}");
    assert!(!all.contains(CANARY), "{what}: {all}");
}

/// What answers wrongly, late or not at all.
#[test]
fn a_source_that_answers_wrongly_is_told_and_never_hangs() {
    let scene = Scene::new();
    let instance: Variables<'_> = &[NO_KEYS, NO_CONFIG];
    let container: Variables<'_> = &[NO_KEYS, NO_CONFIG, CONTAINER, AUTH];
    let sso: Variables<'_> = &[("AWS_PROFILE", "session")];
    let role: Variables<'_> = &[("AWS_PROFILE", "inner")];
    let web: Variables<'_> = &[WEB, ROLE];
    let cases: [(Variables<'_>, &str, Wrong, &str, &str); 22] = [
        // Only version 1 of the metadata service: it is not asked.
        (instance, "ticket", Wrong::Status(404), "status 404, asked for a token", "AWS_PROFILE"),
        (instance, "ticket", Wrong::Never, "does not answer", "AWS_PROFILE"),
        (instance, "roles", Wrong::Status(404), "status 404", "AWS_PROFILE"),
        (instance, "roles", Wrong::Says("<html>cAnArY"), "has no role", "AWS_PROFILE"),
        (
            instance,
            "instance",
            Wrong::Says("{\"Code\": \"AssumeRoleUnauthorizedAccess\"}"),
            "AssumeRoleUnauthorizedAccess",
            "",
        ),
        (instance, "instance", Wrong::Until("2020-01-01T00:00:00Z"), "expired at 2020-01-01", "clock"),
        (container, "container", Wrong::Status(503), "status 503", "role"),
        (container, "container", Wrong::Says("[]"), "has no AccessKeyId", "look at what gives"),
        (container, "container", Wrong::Says("cAnArY"), "not JSON", "look at what gives"),
        (container, "container", Wrong::Never, "does not answer", "NO_PROXY"),
        (sso, "sso", Wrong::Status(401), "does not accept its token", "aws sso login --profile session"),
        (sso, "sso", Wrong::Status(403), "role reader in the account 123456789012", "assigned"),
        (sso, "sso", Wrong::Status(500), "status 500", "sso_region"),
        (sso, "sso", Wrong::Says("{}"), "has no AccessKeyId", ""),
        (
            role,
            "AssumeRole",
            Wrong::Refuses("AccessDenied", "no"),
            "AssumeRole: AccessDenied",
            "sts:AssumeRole on arn:aws:iam",
        ),
        (role, "AssumeRole", Wrong::Refuses("ExpiredToken", "over"), "ExpiredToken", "get new ones"),
        (role, "AssumeRole", Wrong::Status(502), "status 502", "run it again"),
        (role, "AssumeRole", Wrong::Says("<html>"), "cannot be read", "run it again"),
        (
            web,
            "AssumeRoleWithWebIdentity",
            Wrong::Refuses("InvalidIdentityToken", "cAnArYweb is bad"),
            "InvalidIdentityToken",
            "check the token",
        ),
        (web, "AssumeRoleWithWebIdentity", Wrong::Refuses("ExpiredTokenException", "x"), "Expired", "check the token"),
        (web, "AssumeRoleWithWebIdentity", Wrong::Refuses("AccessDenied", "x"), "AccessDenied", "trust policy of arn"),
        (web, "AssumeRoleWithWebIdentity", Wrong::Status(500), "status 500", "run it again"),
    ];
    for (variables, at, wrong, words, next) in cases {
        scene.issuer.fails(move |what, _| (what == at).then_some(wrong));
        let error = scene.error(variables);
        told(&error, words, next, &format!("{at} {wrong:?}"));
        assert!(matches!(error.kind, CpiErrorKind::Denied | CpiErrorKind::NoAnswer), "{at} {wrong:?}: {error}");
        assert_eq!(scene.issuer.count("DescribeVolumes"), 0, "{at} {wrong:?}: AWS was asked");
    }
    eprintln!("AWS: {} sources that answer wrongly, each told", cases.len());
}
