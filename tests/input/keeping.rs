//! How long snapshots are kept, and what is allowed: the settings of the manifest, each with its error.

use std::time::Duration;

use serde_json::{Value, json};
use snapback::domain::limits::{Catalogues, Space};
use snapback::domain::retention::Keep;
use snapback::manifest::{Manifest, ManifestError, Settings};

use crate::support::Sandbox;

const DAY: Duration = Duration::from_secs(86_400);

/// What these lines below `snapback:` say.
fn read(lines: &str) -> Result<Settings, ManifestError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.yml");
    std::fs::write(&path, format!("properties:\n  director: {{name: d}}\n  snapback:\n    {lines}\n")).unwrap();
    Manifest::load(&path).map(|manifest| manifest.settings)
}

#[test]
fn lifespans_retention_and_limits_are_read() {
    let nothing = read("hooks: {}").unwrap();
    assert_eq!((nothing.lifespans.default, nothing.lifespans.max, nothing.warn_age), (None, None, None));
    assert!(nothing.retention.default.is_empty() && nothing.retention.undo_within == 7 * DAY);

    let said = read("{lifespan: {default: 3d, max: 10d}, warn_age: 5d, backup_catalogue: [backup]}").unwrap();
    assert_eq!(
        (said.lifespans.default, said.lifespans.max, said.warn_age),
        (Some(3 * DAY), Some(10 * DAY), Some(5 * DAY))
    );
    assert_eq!(said.catalogues, Catalogues::Groups(vec!["backup".to_owned()]));
    assert_eq!(read("backup_catalogue: yes").unwrap().catalogues, Catalogues::All);

    let retention = read(
        "retention: {keep_last: 3, keep_hourly: 4, keep_daily: 7, keep_weekly: 5, keep_monthly: 12, keep_within: 2d, \
         undo_within: 1d, gone_after: 90d, groups: {db: {keep_last: 5}, web: {}}, schedules: {nightly: {keep_daily: 2}}}",
    );
    let retention = retention.unwrap().retention;
    let all = Keep {
        last: Some(3),
        hourly: Some(4),
        daily: Some(7),
        weekly: Some(5),
        monthly: Some(12),
        within: Some(2 * DAY),
    };
    assert_eq!((&retention.default, retention.undo_within, retention.gone_after), (&all, DAY, Some(90 * DAY)));
    assert_eq!(retention.of("db", None).0.last, Some(5));
    assert!(retention.of("web", Some("weekly")).0.is_empty(), "whose rules are none keeps all");
    assert_eq!(retention.of("db", Some("nightly")).0.daily, Some(2));

    let limits =
        read("limits: {max_per_instance: 1, replace: true, max_disk_size: 1TiB, min_free: 10%}").unwrap().limits;
    assert_eq!((limits.max_per_instance, limits.replace, limits.max_disk_mib), (Some(1), true, Some(1 << 20)));
    assert_eq!(limits.min_free, Some(Space::Percent(10)));
    assert_eq!(read("limits: {min_free: 20GiB}").unwrap().limits.min_free, Some(Space::Bytes(20 << 30)));
}

/// What stands under `snapback:`, the error, and a part of its advice.
const BAD: &[(&str, &str, &str)] = &[
    ("lifespan: 3d", ":4: properties.snapback.lifespan: expected a mapping, found text", "key: value"),
    ("lifespan: {default: 3}", ":4: properties.snapback.lifespan.default: expected a length of time", "10d"),
    ("lifespan: {max: forever}", ":4: properties.snapback.lifespan.max: expected a length of time", "10d"),
    ("lifespan: {maximum: 3d}", ":4: properties.snapback.lifespan: unknown key `maximum`", "default, max"),
    ("lifespan: {default: 11d, max: 10d}", ":4: properties.snapback.lifespan.default: longer than `max`", "shorter"),
    ("warn_age: 0s", ":4: properties.snapback.warn_age: expected a length of time", "10d"),
    ("retention: 3", ":4: properties.snapback.retention: expected a mapping, found a number", "key: value"),
    (
        "retention: {keep_last: 0}",
        ":4: properties.snapback.retention.keep_last: expected a whole number of 1 or more",
        "leave",
    ),
    ("retention: {keep_days: 7}", ":4: properties.snapback.retention: unknown key `keep_days`", "keep_daily"),
    (
        "retention:\n      groups:\n        db: {undo_within: 3d}",
        ":6: properties.snapback.retention.groups.db: unknown key `undo_within`",
        "keep_last",
    ),
    (
        "retention:\n      schedules:\n        nightly: {keep_within: 7}",
        ":6: properties.snapback.retention.schedules.nightly.keep_within: expected a length of time",
        "10d",
    ),
    ("retention: {groups: {db: }}", ":4: properties.snapback.retention.groups: `db` has no value", "keep all"),
    ("limits: {max_per_instance: -1}", ":4: properties.snapback.limits.max_per_instance: expected a whole number", ""),
    (
        "limits: {replace: true}",
        ":4: properties.snapback.limits.replace: there is no max_per_instance",
        "max_per_instance: 1",
    ),
    ("limits: {max_disk_size: 1000}", ":4: properties.snapback.limits.max_disk_size: expected a size", "1TiB"),
    ("limits: {min_free: 100%}", ":4: properties.snapback.limits.min_free: expected 1% to 99%", "10%"),
    ("limits: {min_free: some}", ":4: properties.snapback.limits.min_free: expected a size", "GiB"),
    (
        "backup_catalogue: 3",
        ":4: properties.snapback.backup_catalogue: expected true or false",
        "list of the instance groups",
    ),
];

#[test]
fn each_bad_setting_is_told_with_its_line_and_with_a_remedy() {
    for (lines, message, advice) in BAD {
        let error = read(lines).expect_err(lines);
        let told = error.to_string();
        assert!(told.contains(&format!("m.yml{message}")), "{lines}: {told}");
        let hints: Vec<String> = error.complaint.hints.iter().map(ToString::to_string).collect();
        assert!(hints.join(" ").contains(advice) && !hints.is_empty(), "{lines}: {hints:?}");
    }
}

#[test]
fn the_manifest_verb_shows_them_and_where_they_stand() {
    let sandbox = Sandbox::empty();
    sandbox.write(
        "director.yml",
        "properties:\n  director: {name: d}\n  snapback:\n    lifespan: {default: 3d, max: 10d}\n    warn_age: 5d\n    \
         retention:\n      keep_last: 3\n      groups:\n        db: {keep_daily: 7}\n    \
         limits: {max_per_instance: 1, replace: true, max_disk_size: 1TiB, min_free: 20GiB}\n    backup_catalogue: [b]\n",
    );
    let rows = sandbox.rows(&["manifest"], "settings");
    let row = |setting: &str| rows.iter().find(|row| row["setting"] == setting).unwrap();
    for (setting, value, line) in [
        ("lifespan", "default 3d, max 10d", 4),
        ("warn_age", "5d", 5),
        ("retention", "keep_last 3; group db: keep_daily 7; undo_within 7d", 6),
        ("limits", "max_per_instance 1, replace, max_disk_size 1.0 TiB, min_free 20 GiB", 10),
        ("backup_catalogue", "b", 11),
    ] {
        assert_eq!((&row(setting)["value"], &row(setting)["line"]), (&json!(value), &json!(line)), "{setting}");
        assert_ne!(row(setting)["from"], Value::Null);
    }
}

#[test]
fn a_jobs_lifespan_is_no_longer_than_the_cap_and_none_is_a_lifespan() {
    let job = |lifespan: &str| {
        format!("schedule: {{jobs: [{{name: n, cron: '0 2 * * *', do: take, lifespan: {lifespan}}}]}}")
    };
    assert_eq!(read("lifespan: {default: none}").unwrap().lifespans.default, None);
    assert_eq!(read(&job("none")).unwrap().schedule.jobs[0].lifespan.as_deref(), Some("none"));
    for lifespan in ["10d", "3h"] {
        assert!(read(&format!("lifespan: {{max: 10d}}\n    {}", job(lifespan))).is_ok(), "{lifespan}");
    }
    for lifespan in ["11d", "none"] {
        let error = read(&format!("lifespan: {{max: 10d}}\n    {}", job(lifespan))).unwrap_err().to_string();
        assert!(error.contains("m.yml:5:") && error.contains("longer than `lifespan.max`, 10d"), "{error}");
    }
    let error = read("lifespan: {default: none, max: 10d}").unwrap_err().to_string();
    assert!(error.contains("longer than `max`"), "{error}");
    for bad in ["-1d", "10", "never", "''"] {
        assert!(read(&format!("lifespan: {{default: {bad}}}")).is_err() && read(&job(bad)).is_err(), "{bad}");
    }
}
