//! What AWS and the way to it do wrong: told with the next thing to do, tried again, or unknown; never believed.

use std::time::Duration;

use snapback::cpi::{Cpi, CpiErrorKind, Effects, Queries, SnapshotOptions, SnapshotState};
use snapback::domain::ids::{DiskCid, OperationId, SnapshotCid, Token, VmCid};
use snapback::domain::intent::Intent;
use snapback::domain::step::Outcome;

use crate::between::{Between, Fate};
use crate::cloud::{self, Scene};
use crate::conformance::{Memory, sized, token_metadata};
use crate::moto::Moto;

/// AWS behind the proxy, and an intent of a step.
struct Faulty {
    moto: Moto,
    between: Between,
    aws: snapback::cpi::builtin::aws::AwsCpi,
    journal: Memory,
}

impl Faulty {
    fn new() -> Self {
        let moto = Moto::start();
        let between = moto.between();
        let aws = cloud::cpi(cloud::properties(&between.address), Duration::from_secs(20), &[]);
        Faulty { moto, between, aws, journal: Memory::default() }
    }

    /// In a process of its own: it remembers nothing.
    fn anew(&self) -> snapback::cpi::builtin::aws::AwsCpi {
        cloud::cpi(cloud::properties(&self.between.address), Duration::from_secs(20), &[])
    }

    fn step<T>(&self, step: u32, act: impl FnOnce(&Intent) -> T) -> T {
        let token = Token { operation: OperationId::new("0123456789ab"), step };
        let intent = self.journal.commit(&token);
        let answer = act(&intent);
        intent.settle(Outcome::done()).unwrap();
        answer
    }
}

fn token(step: u32) -> Token {
    Token { operation: OperationId::new("0123456789ab"), step }
}

/// Whatever comes back of a change that is no whole answer of EC2's: nobody knows whether it happened, and it is not done
/// again. What did happen is found by its token.
#[test]
fn a_change_without_a_whole_answer_is_unknown_and_found_by_its_token() {
    let faulty = Faulty::new();
    let disk = DiskCid::new(faulty.moto.volume(&[]));
    let fates = [
        (Fate::DoneThenReset, true),
        (Fate::DoneThenHtml(502), true),
        (Fate::DoneThenCut, true),
        (Fate::DoneThenHalf, true),
        (Fate::Reset, false),
        (Fate::Html(503), false),
        (Fate::Html(200), false),
        (Fate::Error(500, "InternalError", "An internal error has occurred"), false),
    ];
    let mut count = 0;
    for (number, (fate, happened)) in (1..).step_by(2).zip(fates) {
        let what = format!("{fate:?}");
        faulty
            .between
            .fails(move |action, _| matches!(action, "CreateSnapshot" | "CreateVolume").then(|| fate.clone()));
        let take = faulty.step(number, |intent| {
            faulty.aws.snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
        });
        let error = take.unwrap_err();
        assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::OutcomeUnknown, false), "{what}: {error}");
        assert_eq!(faulty.between.count("CreateSnapshot"), 1, "{what}");
        let make = faulty.step(number + 1, |intent| faulty.aws.create_disk(intent, &sized(1024)));
        let error = make.unwrap_err();
        assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::OutcomeUnknown, false), "{what}: {error}");
        faulty.between.fails(|_, _| None);
        let listed = faulty.anew().list_snapshots(&token_metadata(&token(number))).unwrap();
        assert_eq!(listed.len(), usize::from(happened), "{what}");
        let made = faulty.anew().find_disk(&token(number + 1)).unwrap();
        assert_eq!(made.is_some(), happened, "{what}");
        // Asked again with the same token there is still one.
        let again = faulty.step(number, |intent| {
            faulty.anew().snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
        });
        assert!(listed.iter().all(|row| row.cid == again.as_ref().unwrap().cid), "{what}");
        count += 2;
    }
    eprintln!("AWS: {count} changes without a whole answer, none believed");
}

/// A question decides nothing without a whole answer: a disk is not gone since a proxy says 404.
#[test]
fn a_question_without_a_whole_answer_decides_nothing() {
    let faulty = Faulty::new();
    let disk = DiskCid::new(faulty.moto.volume(&[]));
    let taken = faulty.step(1, |intent| {
        faulty.aws.snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
    });
    let snapshot = taken.unwrap().cid;
    let fates = [
        Fate::Html(404),
        Fate::Html(200),
        Fate::Reset,
        Fate::DoneThenCut,
        Fate::DoneThenHalf,
        Fate::Says("DescribeVolumesResponse", "DescribeImagesResponse"),
        Fate::Says("volumeId", "other"),
        Fate::Says("<volumeSet>", "<volumeSet><item></item>"),
    ];
    for fate in fates {
        let what = format!("{fate:?}");
        let is_of_volumes = matches!(fate, Fate::Says(..));
        faulty.between.fails(move |_, _| Some(fate.clone()));
        let error = faulty.aws.has_disk(&disk).unwrap_err();
        assert_eq!((error.kind, error.ok_to_retry), (CpiErrorKind::NoAnswer, true), "{what}: {error}");
        if !is_of_volumes {
            let described = faulty.aws.describe_snapshot(&snapshot).unwrap_err();
            assert_eq!(described.kind, CpiErrorKind::NoAnswer, "{what}: {described}");
            assert_eq!(faulty.aws.find_disk(&token(9)).unwrap_err().kind, CpiErrorKind::NoAnswer, "{what}");
        }
    }
    faulty.between.fails(|_, _| None);
    assert!(faulty.aws.has_disk(&disk).unwrap());
    // A hostile answer is no deeper, longer or other than it may be.
    let deep: &'static str = "<volumeSet>".repeat(5000).leak();
    faulty.between.fails(move |_, _| Some(Fate::Says("<volumeSet>", deep)));
    assert_eq!(faulty.aws.has_disk(&disk).unwrap_err().kind, CpiErrorKind::NoAnswer);
}

/// Each code is a kind, with what to do next.
#[test]
fn the_errors_of_aws_are_told_with_the_next_thing_to_do() {
    use CpiErrorKind::{Cloud, Denied, DiskNotFound, InvalidRequest, NoSpace, OutcomeUnknown, Throttled};
    let faulty = Faulty::new();
    let disk = DiskCid::new(faulty.moto.volume(&[]));
    let cases = [
        (503, "RequestLimitExceeded", Throttled, ""),
        (400, "Throttling", Throttled, ""),
        (400, "SnapshotCreationPerVolumeRateExceeded", Throttled, ""),
        (403, "UnauthorizedOperation", Denied, "ec2:CreateSnapshot"),
        (401, "AuthFailure", Denied, "access_key_id"),
        (400, "ExpiredToken", Denied, "get new ones"),
        (400, "RequestExpired", Denied, "clock"),
        (403, "SignatureDoesNotMatch", Denied, "clock"),
        (401, "OptInRequired", Denied, "region"),
        (400, "SnapshotLimitExceeded", NoSpace, "quota"),
        (400, "InvalidVolume.NotFound", DiskNotFound, ""),
        (400, "InvalidParameterValue", InvalidRequest, ""),
        (400, "IncorrectState", Cloud, ""),
        (500, "InternalError", OutcomeUnknown, ""),
        (503, "Unavailable", OutcomeUnknown, ""),
    ];
    for (status, code, kind, hint) in cases {
        faulty.between.fails(move |action, _| {
            (action == "CreateSnapshot").then_some(Fate::Error(
                status,
                code,
                "Words of AWS. Encoded authorization failure message: abc",
            ))
        });
        let take = faulty.step(1, |intent| {
            faulty.aws.snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
        });
        let error = take.unwrap_err();
        assert_eq!(error.kind, kind, "{code}: {error}");
        assert!(error.message.contains(code) && !error.message.contains("abc"), "{error}");
        assert!(error.hints.concat().contains(hint), "{code}: {:?}", error.hints);
    }
    assert_eq!(faulty.moto.snapshots(), Vec::<String>::new());
}

/// The clocks differ: both times are named.
#[test]
fn a_clock_that_is_wrong_is_named() {
    let moto = Moto::start();
    let between = moto.between();
    between.fails(|_, _| Some(Fate::Error(400, "RequestExpired", "Request has expired")));
    let ran = Scene::behind(moto, between).prepare(&["take", "db/0"]).fixed().go();
    assert_ne!(ran.status, 0);
    assert!(ran.stderr.contains("the clocks differ: here it is 2026-11-22T02:50:00"), "{ran:?}");
    assert!(ran.stderr.contains("at AWS 2001-02-03T04:05:06"), "{ran:?}");
}

/// AWS shows late what it has made: what was just made is waited for, whatever the list says.
#[test]
fn what_shows_late_is_waited_for() {
    let faulty = Faulty::new();
    let vm = VmCid::new(faulty.moto.vm());
    let late = Fate::Error(400, "InvalidVolume.NotFound", "The volume does not exist.");
    let fate = late.clone();
    faulty
        .between
        .fails(move |action, nth| (action == "DescribeVolumes" && (2..5).contains(&nth)).then(|| fate.clone()));
    let made = faulty.step(1, |intent| faulty.aws.create_disk(intent, &sized(1024))).unwrap();
    assert!(faulty.between.count("DescribeVolumes") >= 5);
    assert_eq!(faulty.moto.volumes(), [made.cid.as_str()]);

    // Creating for a while, then attaching for a while, with a throttle and a cut in between.
    faulty.between.fails(|action, nth| match (action, nth) {
        ("DescribeVolumes", 2) => Some(Fate::Says("<status>available", "<status>creating")),
        ("DescribeVolumes", 3) => Some(Fate::Error(503, "RequestLimitExceeded", "Request limit exceeded.")),
        ("DescribeVolumes", 4) => Some(Fate::DoneThenCut),
        _ => None,
    });
    let other = faulty.step(2, |intent| faulty.aws.create_disk(intent, &sized(1024))).unwrap();
    faulty.between.fails(|action, nth| {
        (action == "DescribeVolumes" && nth == 2).then_some(Fate::Says("<status>attached", "<status>attaching"))
    });
    faulty.step(3, |intent| faulty.aws.attach_disk(intent, &vm, &other.cid)).unwrap();
    assert_eq!(faulty.between.count("AttachVolume"), 1);
    faulty.between.fails(|action, nth| {
        (action == "DescribeVolumes" && nth == 2)
            .then_some(Fate::Says("<attachmentSet/>", "<attachmentSet></attachmentSet>"))
    });
    faulty.step(4, |intent| faulty.aws.detach_disk(intent, &vm, &other.cid)).unwrap();
    assert_eq!(faulty.moto.of_vm(vm.as_str()), Vec::<String>::new());
}

/// What never comes about in time is unknown, not failed; and a volume that AWS could not make is taken away again.
#[test]
fn what_never_comes_about_is_unknown() {
    let faulty = Faulty::new();
    let short = cloud::cpi(cloud::properties(&faulty.between.address), Duration::from_secs(3), &[]);
    faulty.between.fails(|_, _| Some(Fate::Says("<status>available", "<status>creating")));
    let error = faulty.step(1, |intent| short.create_disk(intent, &sized(1024))).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::OutcomeUnknown, "{error}");
    faulty.between.fails(|_, _| None);
    let found = faulty.anew().find_disk(&token(1)).unwrap().unwrap();
    assert_eq!(faulty.moto.volumes(), [found.cid.as_str()]);

    faulty.between.fails(|_, _| Some(Fate::Says("<status>available", "<status>error")));
    let error = faulty.step(2, |intent| faulty.aws.create_disk(intent, &sized(1024))).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::Cloud, "{error}");
    assert!(error.hints.concat().contains("KMS"), "{error:?}");
    assert_eq!(faulty.moto.volumes(), [found.cid.as_str()], "nothing is left of it");

    faulty.between.fails(|action, _| (action == "CreateSnapshot").then_some(Fate::Slow(Duration::from_secs(6))));
    let take = faulty.step(3, |intent| {
        short.snapshot_disk(intent, &found.cid, &token_metadata(intent.token()), SnapshotOptions::default())
    });
    assert_eq!(take.unwrap_err().kind, CpiErrorKind::OutcomeUnknown);
}

/// Nobody is there: nothing was sent, so nothing has happened.
#[test]
fn an_endpoint_that_is_not_there_is_no_answer() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let aws = cloud::cpi(cloud::properties(&free), Duration::from_secs(5), &[]);
    let journal = Memory::default();
    let intent = journal.commit(&token(1));
    let error = aws.delete_snapshot(&intent, &SnapshotCid::new("snap-0123456789abcdef0")).unwrap_err();
    assert_eq!(error.kind, CpiErrorKind::NoAnswer, "{error}");
    assert!(error.hints.concat().contains("ec2_endpoint"), "{error:?}");
    intent.settle(Outcome::done()).unwrap();
}

/// Copied bit by bit: pending, with how far it is; no disk is made of it.
#[test]
fn a_snapshot_that_is_not_ready_tells_how_far_it_is() {
    let faulty = Faulty::new();
    let disk = DiskCid::new(faulty.moto.volume(&[]));
    let taken = faulty.step(1, |intent| {
        faulty.aws.snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
    });
    let snapshot = taken.unwrap().cid;
    faulty.between.fails(|_, _| Some(Fate::Says("<status>completed</status>", "<status>pending</status>")));
    let pending = faulty.aws.describe_snapshot(&snapshot).unwrap();
    assert_eq!((pending.state, pending.progress), (SnapshotState::Pending, Some(100)));
    let error = faulty.step(2, |intent| faulty.aws.create_disk_from_snapshot(intent, &snapshot, &sized(1024)));
    assert_eq!(error.unwrap_err().kind, CpiErrorKind::InvalidRequest);
    assert_eq!(faulty.between.count("CreateVolume"), 0);
    let _: &dyn Cpi = &faulty.aws;
}

/// Page by page; a list without an end is none.
#[test]
fn lists_are_read_page_by_page() {
    let faulty = Faulty::new();
    let disk = DiskCid::new(faulty.moto.volume(&[]));
    for step in 1..=2 {
        let take = faulty.step(step, |intent| {
            faulty.aws.snapshot_disk(intent, &disk, &token_metadata(intent.token()), SnapshotOptions::default())
        });
        take.unwrap();
    }
    faulty
        .between
        .fails(|_, nth| (nth == 1).then_some(Fate::Says("</snapshotSet>", "</snapshotSet><nextToken>two</nextToken>")));
    assert_eq!(faulty.aws.list_snapshots(&Default::default()).unwrap().len(), 4, "each page has both");
    let seen = faulty.between.seen();
    assert!(seen.len() == 2 && seen[1].form.contains("NextToken=two"), "{seen:?}");
    faulty.between.fails(|_, _| Some(Fate::Says("</snapshotSet>", "</snapshotSet><nextToken>two</nextToken>")));
    assert_eq!(faulty.aws.list_snapshots(&Default::default()).unwrap_err().kind, CpiErrorKind::NoAnswer);
}
