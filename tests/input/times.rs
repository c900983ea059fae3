//! Times as an operator types them at night: what was read is shown, in UTC and local time.

use crate::support;

use support::{Ran, Sandbox};

/// Berlin's rules, without a time zone database.
const BERLIN: &str = "CET-1CEST,M3.5.0,M10.5.0/3";

/// At [`support::NOW`], which is 03:50 there.
fn in_berlin(sandbox: &Sandbox, arguments: &[&str]) -> Ran {
    sandbox.prepare(arguments).fixed().env("TZ", BERLIN).go()
}

#[test]
fn a_time_is_shown_on_both_clocks() {
    let sandbox = Sandbox::with(&["db/0"]);
    for (typed, shown) in [
        ("02:40", "2026-11-22 02:40:00 UTC (03:40:00 +01:00 local time)"),
        ("02:40 local", "2026-11-22 01:40:00 UTC (02:40:00 +01:00 local time)"),
        ("yesterday 14:00", "2026-11-21 14:00:00 UTC (15:00:00 +01:00 local time)"),
        ("2h ago", "2026-11-22 00:50:00 UTC (01:50:00 +01:00 local time)"),
        ("2026-07-01 12:00 local", "2026-07-01 10:00:00 UTC (12:00:00 +02:00 local time)"),
    ] {
        for option in ["--before", "--after"] {
            let ran = in_berlin(&sandbox, &["snapshots", option, typed]);
            ran.is(&sandbox, 0, "", &format!("{option} {typed}: {shown}\n"));
        }
    }
    let here = sandbox.prepare(&["snapshots", "--before", "02:40"]).fixed().env("TZ", "UTC0").go();
    assert_eq!(here.stderr, "--before 02:40: 2026-11-22 02:40:00 UTC (the same in local time)\n");
    let quiet = in_berlin(&sandbox, &["snapshots", "--before", "02:40", "--output", "json"]);
    assert_eq!((quiet.status, quiet.stderr.as_str()), (0, ""));
}

#[test]
fn what_is_still_to_come_is_warned_of_and_nothing_is_restored_by_it() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.prepare(&["take"]).fixed().go().quiet_success();
    // Whoever means the clock here types this at ten to four.
    let typed = "2026-11-22 03:45";
    let listed = in_berlin(&sandbox, &["snapshots", "--before", typed]);
    assert_eq!((listed.status, listed.stdout.lines().count()), (0, 1), "{listed:?}");
    assert!(listed.stderr.contains("Warning: --before 2026-11-22 03:45 is in the future"), "{listed:?}");
    in_berlin(&sandbox, &["restore", "--latest", "db/0", "--before", typed, "--dry-run"]).refused(
        2,
        &[
            "in the future: 2026-11-22 03:45:00 UTC (04:45:00 +01:00 local time)",
            "now it is 2026-11-22 02:50:00 UTC (03:50:00 +01:00 local time)",
            "write 'local' after it",
        ],
    );
}

#[test]
fn an_hour_that_the_clock_has_twice_or_never_is_refused() {
    let sandbox = Sandbox::with(&["db/0"]);
    let twice = in_berlin(&sandbox, &["snapshots", "--before", "2026-10-25 02:30 local"]);
    twice.refused(2, &["came twice in local time: write 2026-10-25T00:30:00Z or 2026-10-25T01:30:00Z"]);
    let never = in_berlin(&sandbox, &["snapshots", "--before", "2026-03-29 02:30 local"]);
    never.refused(2, &["never came in local time"]);
    in_berlin(&sandbox, &["snapshots", "--after", "10/11/2026"]).refused(2, &["--after: '10/11/2026'", "YYYY-MM-DD"]);
    in_berlin(&sandbox, &["snapshots", "--after", "2h"]).refused(2, &["write '2h ago'"]);
    in_berlin(&sandbox, &["snapshots", "--after", "02:40 CET"]).refused(2, &["is not a time", "'local'"]);
}

#[test]
fn the_clock_here_is_not_taken_for_utc_where_tz_names_no_zone() {
    let sandbox = Sandbox::with(&["db/0"]);
    let with =
        |zone: &str, typed: &str| sandbox.prepare(&["snapshots", "--before", typed]).fixed().env("TZ", zone).go();
    for zone in ["Nowhere/Bad", "Europe/", "berlin!"] {
        with(zone, "02:30 local").refused(2, &[&format!("TZ={zone} names no time zone of this machine")]);
        assert_eq!(with(zone, "02:30").status, 0, "{zone}");
    }
    for zone in ["", BERLIN, "UTC0", ":Europe/Berlin", "Europe/Berlin"] {
        let is_there = std::path::Path::new("/usr/share/zoneinfo/Europe/Berlin").exists();
        if is_there || !zone.ends_with("Europe/Berlin") {
            assert_eq!(with(zone, "02:30 local").status, 0, "{zone}");
        }
    }
}
