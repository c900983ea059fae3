//! What OpenStack and the way to it do wrong: told with the next thing to do, tried again, or unknown; never believed.

use std::time::Duration;

use serde_json::json;
use snapback::cpi::builtin::openstack::OpenstackCpi;
use snapback::cpi::{CpiErrorKind, CpiResult, Effects, Queries, SnapshotOptions, SnapshotState, SnapshotTaken};
use snapback::domain::ids::{DiskCid, OperationId, SnapshotCid, Token};
use snapback::domain::intent::Intent;
use snapback::domain::step::Outcome;

use crate::between::{Fate, Ways};
use crate::cloud::{self, LONG, Scene};
use crate::conformance::{Memory, sized, token_metadata};
use crate::real::{Project, real};

/// OpenStack behind the proxies, a volume, and an intent of a step.
pub struct Faulty {
    pub project: Project,
    pub ways: Ways,
    pub cpi: OpenstackCpi,
    pub disk: DiskCid,
    journal: Memory,
}

impl Faulty {
    pub fn new() -> Self {
        Faulty::of("hdd")
    }

    /// With a volume of this type.
    pub fn of(kind: &str) -> Self {
        let (project, ways) = (real().project(), Ways::before(real()));
        let cpi = cloud::cpi(&cloud::properties(real(), &ways.keystone.address, &project.name), LONG);
        let disk = DiskCid::new(project.volume(kind, "z1"));
        Faulty { project, ways, cpi, disk, journal: Memory::default() }
    }

    /// In a process of its own: it remembers nothing. Its calls take no longer than this.
    pub fn anew(&self, deadline: Duration) -> OpenstackCpi {
        cloud::cpi(&cloud::properties(real(), &self.ways.keystone.address, &self.project.name), deadline)
    }

    pub fn step<T>(&self, step: u32, act: impl FnOnce(&Intent) -> T) -> T {
        let intent = self.journal.commit(&token(step));
        let answer = act(&intent);
        intent.settle(Outcome::done()).unwrap();
        answer
    }

    pub fn take(&self, cpi: &OpenstackCpi, step: u32) -> CpiResult<SnapshotTaken> {
        self.step(step, |intent| {
            cpi.snapshot_disk(intent, &self.disk, &token_metadata(intent.token()), SnapshotOptions::default())
        })
    }
}

pub fn token(step: u32) -> Token {
    Token { operation: OperationId::new("0123456789ab"), step }
}

/// Whatever comes back of a change that is no whole answer of Cinder's: nobody knows whether it happened, and it is not done
/// again. What did happen is found by its token.
#[test]
fn a_change_without_a_whole_answer_is_unknown_and_found_by_its_token() {
    let faulty = Faulty::new();
    let fates = [
        (Fate::DoneThenReset, true),
        (Fate::DoneThenHtml(502), true),
        (Fate::DoneThenHtml(404), true),
        (Fate::DoneThenHtml(202), true),
        (Fate::DoneThenCut, true),
        (Fate::DoneThenHalf, true),
        (Fate::Says("\"id\"", "\"other\""), true),
        (Fate::Reset, false),
        (Fate::Html(503), false),
        (Fate::Html(200), false),
        (
            Fate::Error(500, "computeFault", "The server has either erred or is incapable of performing the request."),
            false,
        ),
    ];
    let mut count = 0;
    for (number, (fate, happened)) in (1..).step_by(2).zip(fates) {
        let what = format!("{fate:?}");
        faulty.ways.cinder.fails(move |action, _| action.starts_with("POST ").then(|| fate.clone()));
        let error = faulty.take(&faulty.cpi, number).unwrap_err();
        assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::OutcomeUnknown, false), "{what}: {error}");
        assert_eq!(faulty.ways.cinder.count("POST snapshots"), 1, "{what}");
        let error = faulty.step(number + 1, |intent| faulty.cpi.create_disk(intent, &sized(1024))).unwrap_err();
        assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::OutcomeUnknown, false), "{what}: {error}");
        faulty.ways.cinder.fails(|_, _| None);
        let listed = faulty.anew(LONG).list_snapshots(&token_metadata(&token(number))).unwrap();
        assert_eq!(listed.len(), usize::from(happened), "{what}");
        let made = faulty.anew(LONG).find_disk(&token(number + 1)).unwrap();
        assert_eq!(made.is_some(), happened, "{what}");
        // Asked again with the same token there is still one.
        if happened {
            assert_eq!(faulty.take(&faulty.anew(LONG), number).unwrap().cid, listed[0].cid, "{what}");
        }
        count += 2;
    }
    // A deletion is answered with nothing at all.
    for (step, fate) in (100..).zip([Fate::DoneThenReset, Fate::DoneThenHtml(202), Fate::Html(202), Fate::DoneThenCut])
    {
        let (what, snapshot) = (format!("{fate:?}"), faulty.take(&faulty.cpi, step).unwrap().cid);
        faulty.ways.cinder.fails(move |action, _| action.starts_with("DELETE ").then(|| fate.clone()));
        let deleted = faulty.step(step, |intent| faulty.cpi.delete_snapshot(intent, &snapshot));
        assert_eq!(deleted.unwrap_err().kind, CpiErrorKind::OutcomeUnknown, "{what}");
        faulty.ways.cinder.fails(|_, _| None);
        count += 1;
    }
    eprintln!("OpenStack: {count} changes without a whole answer, none believed");
}

/// A question decides nothing without a whole answer: a disk is not gone since a proxy says 404.
#[test]
fn a_question_without_a_whole_answer_decides_nothing() {
    let faulty = Faulty::new();
    let snapshot = faulty.take(&faulty.cpi, 1).unwrap().cid;
    let id: &'static str = faulty.disk.to_string().leak();
    let fates = [
        Fate::Html(404),
        Fate::Html(200),
        Fate::Html(401),
        Fate::Reset,
        Fate::DoneThenCut,
        Fate::DoneThenHalf,
        Fate::Error(404, "itemNotFound", "The resource could not be found."),
        Fate::Error(503, "serviceUnavailable", "Service Unavailable"),
        Fate::Says("\"volume\"", "\"server\""),
        Fate::Says("\"status\"", "\"other\""),
        Fate::Says(id, "6c8cf6e0-4c8f-442f-9196-9679737feec6"),
    ];
    for fate in fates {
        let what = format!("{fate:?}");
        let is_of_volumes = matches!(fate, Fate::Says(..));
        faulty.ways.cinder.fails(move |_, _| Some(fate.clone()));
        let error = faulty.cpi.has_disk(&faulty.disk).unwrap_err();
        assert_eq!(error.kind, CpiErrorKind::NoAnswer, "{what}: {error}");
        if !is_of_volumes {
            let described = faulty.cpi.describe_snapshot(&snapshot).unwrap_err();
            assert_eq!(described.kind, CpiErrorKind::NoAnswer, "{what}: {described}");
            assert_eq!(faulty.cpi.find_disk(&token(9)).unwrap_err().kind, CpiErrorKind::NoAnswer, "{what}");
        }
    }
    // A hostile answer is no deeper than it may be.
    let deep: &'static str = format!("\"volume\": {}", "[".repeat(5000)).leak();
    faulty.ways.cinder.fails(move |_, _| Some(Fate::Says("\"volume\":", deep)));
    assert_eq!(faulty.cpi.has_disk(&faulty.disk).unwrap_err().kind, CpiErrorKind::NoAnswer);
    faulty.ways.cinder.fails(|_, _| None);
    assert!(faulty.cpi.has_disk(&faulty.disk).unwrap());
    assert!(!faulty.cpi.has_disk(&DiskCid::new("6c8cf6e0-4c8f-442f-9196-9679737feec6")).unwrap());
}

/// Each error is a kind, with what to do next.
#[test]
fn the_errors_of_cinder_are_told_with_the_next_thing_to_do() {
    use CpiErrorKind::{Cloud, Denied, DiskNotFound, InvalidRequest, NoSpace, OutcomeUnknown, Throttled};
    let faulty = Faulty::new();
    let gone: &'static str = format!("Volume {} could not be found.", faulty.disk).leak();
    let full = "SnapshotLimitExceeded: Maximum number of snapshots allowed (10) exceeded";
    let size = "VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota.";
    let busy = "Invalid volume: Volume status must be available or in-use, but current status is: maintenance.";
    let cases = [
        (413, "overLimit", "This request was rate-limited.", Throttled, ""),
        (429, "overLimit", "Too Many Requests", Throttled, ""),
        (413, "overLimit", full, NoSpace, "snapback prune"),
        (413, "overLimit", size, NoSpace, "quota"),
        (
            403,
            "forbidden",
            "Policy doesn't allow volume:create_snapshot to be performed.",
            Denied,
            "volume:create_snapshot",
        ),
        (404, "itemNotFound", gone, DiskNotFound, ""),
        (404, "itemNotFound", "The resource could not be found.", InvalidRequest, ""),
        (400, "badRequest", busy, Cloud, ""),
        (400, "badRequest", "Invalid input received", InvalidRequest, ""),
        (409, "conflictingRequest", "busy", Cloud, ""),
        (500, "computeFault", "The server has either erred", OutcomeUnknown, ""),
        (503, "serviceUnavailable", "Service Unavailable", OutcomeUnknown, ""),
    ];
    for (status, code, words, kind, hint) in cases {
        faulty.ways.cinder.fails(move |action, _| {
            (action == "POST snapshots").then_some(Fate::ErrorWith("Retry-After: 7", status, code, words))
        });
        let error = faulty.take(&faulty.cpi, 1).unwrap_err();
        assert_eq!(error.kind, kind, "{status} {words}: {error}");
        assert_eq!(error.retry_after, Some(7), "{error}");
        assert!(error.message.contains(words), "{error}");
        assert!(error.hints.concat().contains(hint), "{code}: {:?}", error.hints);
    }
    assert_eq!(faulty.project.ids("snapshots"), Vec::<String>::new());
}

/// Turned away, told to wait, and let in: nobody notices but who looks.
#[test]
fn what_is_turned_away_is_tried_again() {
    let scene = Scene::new();
    scene.ways.cinder.fails(|action, nth| {
        let is_early = action == "POST snapshots" && nth <= 2;
        is_early.then_some(Fate::ErrorWith("Retry-After: 1", 429, "overLimit", "This request was rate-limited."))
    });
    let ran = scene.run(&["take", "db/0"]);
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stderr.contains("trying again"), "{ran:?}");
    assert_eq!((scene.ways.cinder.count("POST snapshots"), scene.project.ids("snapshots").len()), (3, 1));
}

/// What was just made is waited for, whatever a look says: late, throttled, cut.
#[test]
fn what_shows_late_is_waited_for() {
    let faulty = Faulty::new();
    faulty.ways.cinder.fails(|action, nth| match (action, nth) {
        ("GET volumes", 1) => Some(Fate::Error(404, "itemNotFound", "Volume could not be found.")),
        ("GET volumes", 2) => Some(Fate::Says("\"available\"", "\"creating\"")),
        ("GET volumes", 3) => Some(Fate::Error(429, "overLimit", "This request was rate-limited.")),
        ("GET volumes", 4) => Some(Fate::DoneThenCut),
        _ => None,
    });
    let made = faulty.step(1, |intent| faulty.cpi.create_disk(intent, &sized(1024))).unwrap();
    assert!(faulty.ways.cinder.count("GET volumes") >= 5);
    assert!(faulty.project.ids("volumes").contains(&made.cid.to_string()));
    assert_eq!(faulty.ways.cinder.count("POST volumes"), 1);
}

/// What never comes about in time is unknown, not failed.
#[test]
fn what_never_comes_about_is_unknown() {
    let faulty = Faulty::new();
    let short = faulty.anew(Duration::from_secs(4));
    faulty.ways.cinder.fails(|_, _| Some(Fate::Says("\"available\"", "\"creating\"")));
    let error = faulty.take(&short, 1).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    faulty.ways.cinder.fails(|action, _| (action == "POST volumes").then_some(Fate::Slow(Duration::from_secs(8))));
    let error = faulty.step(2, |intent| short.create_disk(intent, &sized(1024))).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    // `state_timeout` of the manifest is such a time, too.
    let mut said = cloud::properties(real(), &faulty.ways.keystone.address, &faulty.project.name);
    said["state_timeout"] = json!(1);
    faulty.ways.cinder.fails(|_, _| Some(Fate::Says("\"available\"", "\"creating\"")));
    let error = faulty.take(&cloud::cpi(&said, LONG), 3).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    faulty.ways.cinder.fails(|_, _| None);
    assert_eq!(faulty.anew(LONG).list_snapshots(&token_metadata(&token(3))).unwrap().len(), 1);
}

/// A snapshot that is being taken tells how far it is; no disk is made of it.
#[test]
fn a_snapshot_that_is_not_ready_tells_how_far_it_is() {
    let faulty = Faulty::new();
    let snapshot = faulty.take(&faulty.cpi, 1).unwrap().cid;
    faulty.ways.cinder.fails(|_, _| Some(Fate::Says("\"available\"", "\"creating\"")));
    let pending = faulty.cpi.describe_snapshot(&snapshot).unwrap();
    assert_eq!((pending.state, pending.progress), (SnapshotState::Pending, Some(100)));
    let error = faulty.step(2, |intent| faulty.cpi.create_disk_from_snapshot(intent, &snapshot, &sized(1024)));
    assert_eq!(error.unwrap_err().kind, CpiErrorKind::InvalidRequest);
    assert_eq!(faulty.ways.cinder.count("POST volumes"), 0);
}

/// Page by page, as Cinder gives them; a list without an end is none. A Cinder that is older is asked without the filter.
#[test]
fn lists_are_read_page_by_page() {
    let faulty = Faulty::new();
    let taken: Vec<SnapshotCid> = (1..=3).map(|step| faulty.take(&faulty.cpi, step).unwrap().cid).collect();
    faulty.ways.cinder.fails(|_, _| Some(Fate::Asks(&[("limit=1000", "limit=1")])));
    let listed = faulty.cpi.list_snapshots(&Default::default()).unwrap();
    assert_eq!(listed.iter().map(|row| row.cid.clone()).collect::<Vec<_>>(), taken);
    assert!(faulty.ways.cinder.count("GET snapshots/detail") >= 3);
    faulty.ways.cinder.fails(|_, _| Some(Fate::Asks(&[("limit=1000", "limit=1"), ("marker=", "name~=")])));
    assert_eq!(faulty.cpi.list_snapshots(&Default::default()).unwrap_err().kind, CpiErrorKind::NoAnswer);

    faulty.ways.cinder.fails(|action, nth| {
        (action == "GET snapshots/detail" && nth == 1).then_some(Fate::Error(
            406,
            "computeFault",
            "Version 3.22 is not supported",
        ))
    });
    let found = faulty.cpi.list_snapshots(&token_metadata(&token(2))).unwrap();
    assert_eq!(found.into_iter().map(|row| row.cid).collect::<Vec<_>>(), [taken[1].clone()]);
    let heads: Vec<String> = faulty.ways.cinder.seen().into_iter().map(|seen| seen.head.to_lowercase()).collect();
    assert!(heads[0].contains("openstack-api-version: volume 3.22") && heads[0].contains("metadata="), "{heads:?}");
    assert!(!heads[1].contains("openstack-api-version") && !heads[1].contains("metadata="), "{heads:?}");
}
