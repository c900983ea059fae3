//! Who asks, by Keystone: passwords, application credentials, trusts, the environment; tokens that end; and what Keystone says
//! that is no token.

use std::time::Duration;

use serde_json::{Value, json};
use snapback::cpi::{CpiErrorKind, Effects, Queries, SnapshotOptions};

use crate::between::{Fate, Ways};
use crate::cloud::{self, LONG, open};
use crate::conformance::{Memory, sized, token_metadata};
use crate::errors::{Faulty, token};
use crate::real::real;

const MISSING: &str = "6c8cf6e0-4c8f-442f-9196-9679737feec6";

fn missing() -> snapback::domain::ids::DiskCid {
    snapback::domain::ids::DiskCid::new(MISSING)
}

/// The section without credentials.
fn bare() -> Value {
    json!({"auth_url": real().said("/auth_url"), "region": real().said("/region")})
}

fn with(pairs: &[(&str, &str)]) -> Value {
    let mut said = bare();
    pairs.iter().for_each(|(key, value)| said[*key] = json!(value));
    said
}

#[test]
fn each_way_to_show_who_asks_is_believed() {
    let fact = |path: &str| real().said(path);
    let domain = ("domain", fact("/user_domain"));
    let ways: [(&str, Value); 7] = [
        ("names", with(&[("username", "bosh"), ("api_key", fact("/password")), ("project", fact("/project")), domain])),
        ("tenant", with(&[("username", "bosh"), ("api_key", fact("/password")), ("tenant", fact("/project")), domain])),
        (
            "domains apart",
            with(&[
                ("username", "bosh"),
                ("api_key", fact("/password")),
                ("project", fact("/project")),
                ("domain", "nobody's"),
                ("user_domain_name", fact("/user_domain")),
                ("project_domain_name", fact("/project_domain")),
            ]),
        ),
        (
            "ids",
            with(&[("user_id", fact("/user_id")), ("api_key", fact("/password")), ("project_id", fact("/project_id"))]),
        ),
        (
            "an application credential",
            with(&[
                ("application_credential_id", fact("/application_credential/id")),
                ("application_credential_secret", fact("/application_credential/secret")),
            ]),
        ),
        (
            "a trust",
            with(&[
                ("username", fact("/trust/username")),
                ("api_key", fact("/trust/password")),
                ("trust_id", fact("/trust/id")),
                domain,
            ]),
        ),
        ("an address without /v3", {
            let mut said =
                with(&[("username", "bosh"), ("api_key", fact("/password")), ("project", fact("/project")), domain]);
            said["auth_url"] = json!(fact("/auth_url").trim_end_matches("/v3"));
            said
        }),
    ];
    for (what, said) in &ways {
        assert!(!cloud::cpi(said, LONG).has_disk(&missing()).unwrap_or_else(|error| panic!("{what}: {error}")));
    }
    let environment = [
        ("OS_AUTH_URL", fact("/auth_url")),
        ("OS_USERNAME", "bosh"),
        ("OS_PASSWORD", fact("/password")),
        ("OS_PROJECT_NAME", fact("/project")),
        ("OS_USER_DOMAIN_NAME", fact("/user_domain")),
        ("OS_PROJECT_DOMAIN_NAME", fact("/project_domain")),
        ("OS_REGION_NAME", fact("/region")),
    ];
    assert!(!open(&json!({}), LONG, &environment).unwrap().has_disk(&missing()).unwrap());
    eprintln!("OpenStack: {} ways to show who asks", ways.len() + 1);
}

#[test]
fn who_is_not_known_or_may_not_is_told_what_to_look_at() {
    let fact = |path: &str| real().said(path);
    let said = |user: &str, password: &str, project: &str| {
        with(&[("username", user), ("api_key", password), ("project", project), ("domain", fact("/user_domain"))])
    };
    for wrong in [
        said("bosh", "wrong", fact("/project")),
        said("nobody", "x", fact("/project")),
        said("bosh", fact("/password"), "nowhere"),
    ] {
        let error = cloud::cpi(&wrong, LONG).has_disk(&missing()).unwrap_err();
        assert_eq!(error.kind, CpiErrorKind::Denied, "{error}");
        assert!(error.hints.concat().contains("user_domain_name"), "{error:?}");
    }
    let wrong = with(&[("application_credential_id", MISSING), ("application_credential_secret", "x")]);
    let error = cloud::cpi(&wrong, LONG).has_disk(&missing()).unwrap_err();
    assert!(error.kind == CpiErrorKind::Denied && error.hints.concat().contains("application credential"), "{error:?}");

    let mut region = said("bosh", fact("/password"), fact("/project"));
    region["region"] = json!("Mars");
    let error = cloud::cpi(&region, LONG).has_disk(&missing()).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::NoAnswer, "{error}");
    assert!(error.message.contains("RegionOne, RegionTwo"), "{error}");
    region.as_object_mut().unwrap().remove("region");
    let error = cloud::cpi(&region, LONG).has_disk(&missing()).unwrap_err();
    assert!(error.message.contains("name one"), "{error}");

    let mut elsewhere = said("bosh", fact("/password"), fact("/project"));
    elsewhere["auth_url"] = json!(fact("/volume_url"));
    let error = cloud::cpi(&elsewhere, LONG).has_disk(&missing()).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Denied, "{error}");
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    elsewhere["auth_url"] = json!(format!("http://{free}"));
    let error = cloud::cpi(&elsewhere, LONG).has_disk(&missing()).unwrap_err();
    assert!(error.kind == CpiErrorKind::NoAnswer && error.hints.concat().contains("auth_url"), "{error:?}");
}

/// A reader may look and not act: the policy that is missing is named, by the real Cinder's words and by ours.
#[test]
fn the_policy_that_is_missing_is_named() {
    let faulty = Faulty::new();
    let fact = |path: &str| real().said(path);
    let said = with(&[
        ("username", fact("/limited/username")),
        ("api_key", fact("/limited/password")),
        ("project", fact("/project")),
        ("domain", fact("/user_domain")),
    ]);
    let limited = cloud::cpi(&said, LONG);
    assert!(limited.list_snapshots(&Default::default()).is_ok());
    let error = faulty.step(1, |intent| limited.create_disk(intent, &sized(1024))).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Denied, "{error}");
    assert_eq!(error.message.matches("volume:create").count(), 2, "{error}");
    assert!(error.hints.concat().contains("role") && error.hints.concat().contains("volume:create"), "{error:?}");
}

/// One token serves many calls and several threads; one that is over is replaced, once.
#[test]
fn a_token_is_asked_for_when_it_is_needed() {
    let faulty = Faulty::new();
    let keystone = &faulty.ways.keystone;
    keystone.fails(|_, _| None);
    let cpi = faulty.anew(LONG);
    assert!(cpi.capabilities().promote);
    assert_eq!(keystone.count("POST auth/tokens"), 0, "nothing is asked before it is needed");
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| assert!(cpi.has_disk(&faulty.disk).unwrap()));
        }
    });
    assert_eq!(keystone.count("POST auth/tokens"), 1);
    let head = faulty.ways.cinder.seen().pop().unwrap().head;
    let used =
        head.lines().find_map(|line| line.to_lowercase().strip_prefix("x-auth-token: ").map(|_| line[14..].to_owned()));
    real().revoke(&used.unwrap());
    let taken = faulty.take(&cpi, 1).unwrap();
    assert_eq!(keystone.count("POST auth/tokens"), 2);
    assert_eq!(faulty.project.ids("snapshots"), [taken.cid.to_string()]);
    // In the middle of a change, too.
    faulty.ways.cinder.fails(|action, nth| {
        (action == "POST snapshots" && nth == 1).then_some(Fate::Error(
            401,
            "error",
            "The request you have made requires authentication.",
        ))
    });
    faulty.take(&cpi, 2).unwrap();
    assert_eq!((keystone.count("POST auth/tokens"), faulty.project.ids("snapshots").len()), (3, 2));
    // One that Cinder never believes is not asked for without an end.
    faulty
        .ways
        .cinder
        .fails(|_, _| Some(Fate::Error(401, "error", "The request you have made requires authentication.")));
    assert_eq!(cpi.has_disk(&faulty.disk).unwrap_err().kind, CpiErrorKind::Denied);
    assert_eq!(keystone.count("POST auth/tokens"), 4);
    faulty.ways.cinder.fails(|_, _| None);
    // One that is over as soon as it is there serves one request.
    keystone.fails(|_, _| Some(Fate::Says("\"issued_at\": \"20", "\"issued_at\": \"21")));
    let cpi = faulty.anew(LONG);
    for _ in 0..3 {
        assert!(cpi.has_disk(&faulty.disk).unwrap());
    }
    assert_eq!(keystone.count("POST auth/tokens"), 3);
}

/// Whatever Keystone says that is no token: Cinder is not asked, and nothing has happened.
#[test]
fn no_token_no_change() {
    let ways = Ways::before(real());
    let said = cloud::properties(real(), &ways.keystone.address, real().said("/project"));
    let fates = [
        (Fate::Html(200), CpiErrorKind::NoAnswer),
        (Fate::Html(201), CpiErrorKind::NoAnswer),
        (Fate::Html(401), CpiErrorKind::NoAnswer),
        (Fate::Reset, CpiErrorKind::NoAnswer),
        (Fate::DoneThenCut, CpiErrorKind::NoAnswer),
        (Fate::DoneThenHalf, CpiErrorKind::NoAnswer),
        (Fate::Says("\"catalog\"", "\"other\""), CpiErrorKind::NoAnswer),
        (Fate::Says("volumev3", "volumev2"), CpiErrorKind::NoAnswer),
        (Fate::Says("\"expires_at\"", "\"other\""), CpiErrorKind::NoAnswer),
        (Fate::Error(300, "error", "Multiple Choices"), CpiErrorKind::NoAnswer),
        (Fate::Error(404, "error", "Not Found"), CpiErrorKind::NoAnswer),
        (Fate::Error(429, "error", "Too Many Requests"), CpiErrorKind::Throttled),
        (Fate::Error(500, "error", "An unexpected error"), CpiErrorKind::NoAnswer),
        (Fate::Error(403, "error", "You are not authorized"), CpiErrorKind::Denied),
    ];
    let journal = Memory::default();
    for (fate, kind) in fates {
        let what = format!("{fate:?}");
        ways.keystone.fails(move |_, _| Some(fate.clone()));
        ways.cinder.fails(|_, _| None);
        let cpi = cloud::cpi(&said, Duration::from_secs(20));
        let intent = journal.commit(&token(1));
        let metadata = token_metadata(intent.token());
        let error = cpi.snapshot_disk(&intent, &missing(), &metadata, SnapshotOptions::default()).unwrap_err();
        intent.settle(snapback::domain::step::Outcome::done()).unwrap();
        assert_eq!(error.kind, kind, "{what}: {error}");
        assert!(ways.cinder.seen().is_empty(), "{what}");
    }
}
