//! Cron strings against the real scheduler: the next times in `fixtures/cron` are those of fugit 1.13.0, et-orbi 1.4.1.

use std::io::Write as _;

use chrono::{DateTime, Utc};
use snapback::domain::cron::Cron;

fn time(text: &str) -> DateTime<Utc> {
    DateTime::parse_from_rfc3339(text).unwrap().to_utc()
}

fn next_five(cron: &str, from: &str) -> String {
    let Ok(cron) = Cron::parse(cron) else { return "INVALID".to_owned() };
    let mut at = time(from);
    let mut found = Vec::new();
    for _ in 0..5 {
        let Some(next) = cron.after(at) else { return "NEVER".to_owned() };
        at = next;
        found.push(at.format("%Y-%m-%dT%H:%M:%SZ").to_string());
    }
    found.join(",")
}

/// Each line that differs, and how many lines there are.
fn compare(cases: &str) -> (Vec<String>, usize) {
    let mut differ = Vec::new();
    let lines: Vec<&str> = cases.lines().filter(|line| !line.starts_with('#')).collect();
    for line in &lines {
        let [cron, from, wanted, ..] = line.split('\t').collect::<Vec<_>>()[..] else { panic!("{line}") };
        let found = next_five(cron, from);
        if found != wanted {
            differ.push(format!("'{cron}' from {from}\n  wanted {wanted}\n  found  {found}"));
        }
    }
    (differ, lines.len())
}

#[test]
fn the_next_times_are_those_of_the_real_scheduler() {
    for (cases, least) in
        [(include_str!("../../fixtures/cron/cases.tsv"), 110), (include_str!("../../fixtures/cron/generated.tsv"), 600)]
    {
        let (differ, count) = compare(cases);
        assert!(count >= least, "{count}");
        assert!(differ.is_empty(), "{} of {count} differ:\n{}", differ.len(), differ.join("\n"));
        writeln!(std::io::stderr(), "cron strings compared with the real scheduler's: {count}").unwrap();
    }
}

#[test]
fn a_string_that_is_no_cron_is_told_with_field_and_column() {
    for (cron, wanted) in [
        ("60 7 * * *", "minute, column 1: '60' is not understood: 0 to 59, as in 5, 1-10, 1,30 or */15"),
        ("60 0 7 * * *", "second, column 1: '60' is not understood: 0 to 59, as in 5, 1-10, 1,30 or */15"),
        ("  0 25 * * *", "hour, column 5: '25' is not understood: 0 to 24, as in 7, 22-2, 6,18 or */4"),
        (
            "0 0 1 january *",
            "month, column 7: 'january' is not understood: 1 to 12 or jan to dec, as in 3, nov-feb or */3",
        ),
        (
            "* * * * 8",
            "weekday, column 9: '8' is not understood: 0 to 7 or sun to sat, as in mon-fri, sun#2, sun#-1 or mon%2",
        ),
        ("*/0 * * * *", "minute, column 1: a step of 0 leads nowhere"),
        (
            "0 0 1,-5-3 * *",
            "day of the month, column 7: a range from the end of the month has both days counted from there",
        ),
        ("0 0 * * sun#2,sun%2", "weekday, column 15: a weekday has # or %, and not both"),
        ("0 7 * * * America/Nowhere", "time zone, column 11: no time zone is called 'America/Nowhere': write one"),
        ("0 7 * * * +12:00", "time zone, column 11: '+12:00' is not a zone offset: those go from -11:45 to +11:45"),
        ("0 7 * * * +05:20", "column 11: '+05:20' stands where only a time zone can"),
        (
            "0 7 * * * Europe/berlin",
            "time zone, column 11: no time zone is called 'Europe/berlin', but one is called 'Europe/Berlin'",
        ),
        (
            "0 7 * * * europe/berlin",
            "column 11: 'europe/berlin' stands where only a time zone can, as in Europe/Berlin",
        ),
        ("0 7 * * * Z", "column 11: 'Z' stands where only a time zone can, as in UTC"),
        ("* * * * * * UTC UTC", "column 17: 'UTC' stands after the time zone"),
        ("* * * * * * *", "column 13: '*' stands where only a time zone can"),
        ("0 7 * *", "it has 4 of the 5 fields minute, hour, day, month, weekday (or 6, with seconds in front)"),
        ("", "it has 0 of the 5 fields"),
        ("@often", "column 1: '@often' is not known: write @yearly, @annually, @monthly, @weekly, @daily"),
        ("@daily Nowhere", "time zone, column 8: no time zone is called 'Nowhere'"),
        ("0 0 30 2 *", "it never comes: none of its months has such a day"),
        ("0 0 -31 2 *", "it never comes: no day matches all of its fields"),
        ("0 0 1 1 sun#5&", "it never comes: no day matches all of its fields"),
    ] {
        let error = Cron::parse(cron).unwrap_err().to_string();
        let beginning = format!("'{cron}' is not a cron string: {wanted}");
        assert!(error.starts_with(&beginning), "{cron}\n  wanted {beginning}\n  found  {error}");
    }
}

#[test]
fn a_hostile_string_is_an_error_and_soon() {
    let long = "1,".repeat(40_000);
    for cron in [
        long.as_str(),
        "٠ 7 * * *",
        "0 7 * * *\n",
        "\u{0} * * * *",
        "0 0 * * mon%99999999999999999999",
        "🕰",
        "0 7 * * 🕰",
    ] {
        if let Ok(cron) = Cron::parse(cron) {
            assert_eq!(cron.to_string(), "0 7 * * *");
        }
    }
}

#[test]
fn a_random_time_is_the_same_for_the_same_string() {
    let at = |cron: &str| Cron::parse(cron).unwrap().after(time("2026-11-28T00:00:00Z")).unwrap();
    let first = at("~ 2~4 * * *");
    assert_eq!(first, at("~ 2~4 * * *"));
    assert!(first >= time("2026-11-28T02:00:00Z") && first < time("2026-11-28T05:00:00Z"), "{first}");
    let hours: std::collections::BTreeSet<_> =
        (0..40).map(|day| at(&format!("{day} ~ * * *")).timestamp() / 3600).collect();
    assert!(hours.len() > 5, "{hours:?}");
}
