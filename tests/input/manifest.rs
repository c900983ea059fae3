//! Manifests: the corpus of good and bad ones, and what a file can be that is none.

use std::fs;
use std::path::{Path, PathBuf};

use proptest::prelude::*;
use snapback::error::{Error, Hint, Kind};
use snapback::manifest::{EXAMPLE_MANIFEST, Inputs, Manifest, ManifestError, Setting};

fn corpus(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests").join(part)
}

fn files(part: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(corpus(part)).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

fn name_of(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// Message and hints, with the directory left out.
fn told(error: &ManifestError) -> String {
    let directory = Path::new(&error.file).parent().unwrap().display().to_string();
    let mut text = error.to_string();
    for hint in &error.complaint.hints {
        text.push_str(&format!(" | {hint}"));
    }
    text.replace(&format!("{directory}/"), "")
}

fn load_text(text: &[u8]) -> Result<Manifest, ManifestError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.yml");
    fs::write(&path, text).unwrap();
    Manifest::load(&path)
}

/// Each bad manifest, the one error that it gets, and a part of its first hint.
const INVALID: &[(&str, &str, &str)] = &[
    (
        "cpi_is_a_variable.yml",
        ":2: cloud_provider.template.name: needs the value of the variable ((cpi)), which is not filled in",
        "-v ",
    ),
    ("cpi_is_blank.yml", ":3: cloud_provider.template.name: a CPI name cannot be empty", "name the CPI"),
    ("director_is_text.yml", ":2: properties.director: expected a mapping, found text", ""),
    ("double_director.yml", ":3: properties.director: written twice, on lines 2 and 3", "keep one"),
    ("double_hook.yml", ":5: properties.snapback.hooks.stop: written twice, on lines 4 and 5", "keep one"),
    ("double_schedule.yml", ":4: properties.director.snapshot_schedule: written twice, on lines 3 and 4", "keep one"),
    ("double_switch.yml", ":5: properties.director.enable_snapshots: written twice, on lines 3 and 5", "keep one"),
    ("empty.yml", ": empty", "write a manifest"),
    ("groups_are_a_mapping.yml", ":1: instance_groups: expected a list, found a mapping", ""),
    (
        "hook_is_a_line.yml",
        ":4: properties.snapback.hooks.stop: expected a list, found text",
        "for example [\"systemctl\"",
    ),
    (
        "hook_is_empty.yml",
        ":4: properties.snapback.hooks.start: an empty list: there is no program to run",
        "for example",
    ),
    (
        "hook_with_a_mapping.yml",
        ":6: properties.snapback.hooks.verify[1]: expected text, found a mapping",
        "for example",
    ),
    (
        "hook_without_a_program.yml",
        ":4: properties.snapback.hooks.start: the program, the list's first element, is empty",
        "for example",
    ),
    ("list_at_the_top.yml", ":1: expected a mapping at the top, found a list", "ops file"),
    ("loop.yml", ":2: an alias (*name) is inside the value that it stands for", "write it out"),
    (
        "name_is_a_variable.yml",
        ":3: properties.director.name: needs the value of the variable ((director_name)), which is not filled in",
        "-v ",
    ),
    ("no_cpi.yml", ":2: cloud_provider.templates: expected one job whose name ends in _cpi, found 0", "name the CPI"),
    ("not_yaml.yml", ":3: not YAML that can be read: illegal placement of ':' indicator", ""),
    (
        "quoted_switch.yml",
        ":4: properties.director.enable_snapshots: expected true or false, found text",
        "remove the quotes",
    ),
    ("rendered_switch.yml", ":2: snapshots.enabled: expected true or false, found text", "remove the quotes"),
    (
        "rendered_two_schedules.yml",
        ":4: scheduled_jobs[1]: a second one: there is another on line 3, scheduled_jobs[0]; snapback cannot tell \
         which one counts",
        "keep one",
    ),
    ("rendered_without_a_schedule.yml", ":4: scheduled_jobs[1]: a job without a schedule", "as BOSH rendered it"),
    (
        "schedule_is_a_list.yml",
        ":3: properties.director.self_snapshot_schedule: expected a schedule, found a list",
        "a cron line in quotes",
    ),
    (
        "schedule_is_a_mapping.yml",
        ":3: properties.director.snapshot_schedule: expected a schedule, found a mapping",
        "a cron line in quotes",
    ),
    (
        "schedule_is_a_number.yml",
        ":3: properties.director.snapshot_schedule: expected a schedule, found a number",
        "a cron line in quotes",
    ),
    (
        "schedule_is_empty.yml",
        ":3: properties.director.snapshot_schedule: an empty schedule",
        "enable_snapshots: false",
    ),
    ("snapback_at_the_top.yml", ":1: snapback: out of place", "beside `director:`"),
    ("snapback_in_director.yml", ":3: properties.director.snapback: out of place", "beside `director:`"),
    (
        "switch_is_a_list.yml",
        ":5: instance_groups[name=bosh].properties.director.enable_snapshots: expected true or false, found a list",
        "write true or false",
    ),
    (
        "switch_is_a_variable.yml",
        ":5: instance_groups[name=bosh].properties.director.enable_snapshots: needs the value of the variable ((enable_snapshots)), which is not filled in",
        "-v ",
    ),
    ("text_at_the_top.yml", ":1: expected a mapping at the top, found text", "--manifest"),
    ("two_cpis.yml", ":2: cloud_provider.templates: expected one job whose name ends in _cpi, found 2", "name the CPI"),
    (
        "two_director_jobs.yml",
        ":7: instance_groups[name=other].properties.director: a second one: there is another on line 5, \
         instance_groups[name=bosh].jobs[name=director].properties.director; snapback cannot tell which one counts",
        "keep one",
    ),
    (
        "two_directors.yml",
        ":7: instance_groups[name=other].properties.director: a second one: there is another on line 4, \
         instance_groups[name=bosh].properties.director; snapback cannot tell which one counts",
        "keep one",
    ),
    (
        "two_jobs_of_a_group.yml",
        ":7: instance_groups[name=bosh].jobs[name=two].properties.director: a second one: there is another on line 5, \
         instance_groups[name=bosh].jobs[name=one].properties.director; snapback cannot tell which one counts",
        "keep one",
    ),
    (
        "unknown_hook.yml",
        ":6: instance_groups[0].properties.snapback.hooks: unknown key `halt`",
        "the keys known here: stop, start, verify",
    ),
    ("unknown_setting.yml", ":3: properties.snapback: unknown key `hook`", "did you mean `hooks`?"),
    (
        "word_for_a_switch.yml",
        ":3: properties.director.enable_snapshots: expected true or false, found text",
        "write true or false",
    ),
];

#[test]
fn each_bad_manifest_gets_its_one_error() {
    let listed: Vec<_> = INVALID.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(files("invalid").iter().map(|path| name_of(path)).collect::<Vec<_>>(), listed);
    for (name, message, hint) in INVALID {
        let error = Manifest::load(&corpus("invalid").join(name)).expect_err(name);
        let told = told(&error);
        assert!(told.starts_with(&format!("{name}{message}")), "{told}");
        assert_eq!(told.split(" | ").next(), Some(format!("{name}{message}").as_str()));
        assert!(told.contains(hint), "{told}");
        assert!(!told.contains("hunter2") && !told.contains('\n'), "{told}");
        let error = Error::from(error);
        assert_eq!(error.kind(), Kind::Usage);
        assert!(!error.hints().is_empty(), "{name}: every refusal says what to do");
    }
}

/// Each good manifest: name, switch, the switch's key and line, the CPI, and the number of warnings.
type Expected = (&'static str, Option<&'static str>, bool, &'static str, Option<u64>, Option<&'static str>, usize);
const TOP: &str = "properties.director.enable_snapshots";
const GROUP: &str = "instance_groups[name=bosh].properties.director.enable_snapshots";
const JOB: &str = "instance_groups[name=bosh].jobs[name=director].properties.director.enable_snapshots";
const VALID: &[Expected] = &[
    ("aliases_and_merges.yml", Some("own"), true, TOP, Some(2), None, 0),
    ("bosh_1.yml", Some("micro"), true, TOP, Some(8), None, 0),
    ("bosh_1_job.yml", Some("job"), true, "jobs[name=bosh].properties.director.enable_snapshots", Some(4), None, 0),
    ("bosh_deployment.yml", Some("prod-director"), true, GROUP, Some(12), Some("aws_cpi"), 0),
    ("crlf.yml", Some("wïn"), true, TOP, Some(4), None, 0),
    ("director_of_a_director.yml", Some("child"), true, JOB, Some(9), Some("google_cpi"), 0),
    ("foreign_double_key.yml", Some("d"), true, TOP, Some(4), None, 2),
    ("job_in_a_group.yml", Some("of-the-group"), false, JOB, Some(11), Some("google_cpi"), 0),
    ("local.yml", None, false, TOP, None, Some("local_cpi"), 0),
    ("misspelt_switch.yml", Some("d"), false, TOP, None, None, 1),
    ("most_specific_wins.yml", Some("top"), false, GROUP, Some(7), None, 0),
    ("nothing_said.yml", None, false, TOP, None, None, 0),
    ("nulls.yml", None, false, TOP, None, None, 0),
    ("number_for_a_name.yml", Some("34"), false, TOP, Some(2), None, 1),
    ("off_by_default.yml", Some("quiet"), false, GROUP, None, None, 0),
    ("public_cloud.yml", Some("prod-eu"), false, GROUP, None, None, 0),
    ("rendered.yml", Some("rendered-director"), true, "snapshots.enabled", Some(1), Some("aws_cpi"), 0),
    ("rendered_off.yml", Some("rendered-director"), false, "snapshots.enabled", None, Some("local_cpi"), 0),
    ("schedule_is_a_variable.yml", None, true, TOP, Some(3), None, 0),
    ("schedules.yml", Some("12:30:45"), true, JOB, Some(15), None, 0),
    ("templates.yml", Some("many"), false, TOP, None, Some("openstack_cpi"), 0),
    ("two_cpis_and_a_word.yml", Some("both"), false, TOP, None, Some("aws_cpi"), 0),
    ("two_documents.yml", Some("first"), true, TOP, Some(4), None, 0),
];

#[test]
fn each_good_manifest_is_understood() {
    let listed: Vec<_> = VALID.iter().map(|row| row.0.to_owned()).collect();
    assert_eq!(files("valid").iter().map(|path| name_of(path)).collect::<Vec<_>>(), listed);
    let inputs = Inputs { vars: vec!["director_name=prod-eu".to_owned()], ..Inputs::default() };
    for (name, director, value, key, line, cpi, warnings) in VALID {
        let path = corpus("valid").join(name);
        let manifest = Manifest::load_with(&path, &inputs).unwrap_or_else(|error| panic!("{error}"));
        let switch = &manifest.enable_snapshots;
        assert_eq!(manifest.director_name.as_deref(), *director, "{name}");
        let place = &switch.place;
        assert_eq!((switch.value, place.key.as_str(), place.line), (*value, *key, *line), "{name}");
        assert_eq!(manifest.cpi.as_ref().map(|cpi| cpi.as_str()), *cpi, "{name}");
        assert_eq!(manifest.warnings.len(), *warnings, "{name}: {:?}", manifest.warnings);
        assert!(!format!("{manifest:?}").contains("hunter2"), "{name}");
    }
}

#[test]
fn hooks_properties_and_warnings_come_through() {
    let load = |name: &str| Manifest::load(&corpus("valid").join(name)).unwrap();
    let modern = load("bosh_deployment.yml");
    assert_eq!(modern.settings.hooks.stop, Some(["systemctl", "stop", "postgresql"].map(str::to_owned).to_vec()));
    assert_eq!(modern.properties.expose()["aws"]["region"], "eu-west-1");
    let old = load("bosh_1.yml");
    assert_eq!(old.settings.hooks.verify, Some(vec!["true".to_owned()]));
    assert_eq!(
        *old.properties.expose(),
        serde_json::json!({"aws": {"region": "us-east-1", "secret_access_key": "hunter2"}})
    );
    let child = load("director_of_a_director.yml");
    assert_eq!(
        *child.properties.expose(),
        serde_json::json!({"google": {"project": "p", "json_key": "hunter2"}}),
        "those of the job that is the CPI"
    );
    let job = load("job_in_a_group.yml");
    assert_eq!(job.settings.hooks.start, Some(vec!["of-the-job".to_owned()]));
    let rendered = load("rendered.yml");
    assert_eq!(rendered.properties.expose()["aws"]["secret_access_key"], "hunter2");
    assert_eq!(load("rendered_off.yml").local_path().unwrap(), Path::new("/srv/raw"));
    assert_eq!(
        load("foreign_double_key.yml").warnings[1],
        "line 9: properties.blobstore.port is on line 8, too; the last one counts"
    );
    assert!(
        load("misspelt_switch.yml").warnings[0]
            .starts_with("line 4: properties.director.enable_snapshot means nothing")
    );
}

#[test]
fn both_schedules_come_with_their_place_and_with_the_directors_defaults() {
    let load = |name: &str| Manifest::load(&corpus("valid").join(name)).unwrap();
    let told = |setting: Setting<Option<String>>| (setting.value, setting.place.key, setting.place.line);
    let line = |text: &str| Some(text.to_owned());
    let manifest = load("schedules.yml");
    assert_eq!(
        told(manifest.snapshot_schedule().unwrap()),
        (
            line("*/10 * * * * *"),
            "instance_groups[name=bosh].properties.director.snapshot_schedule".to_owned(),
            Some(10)
        )
    );
    assert_eq!(
        told(manifest.self_snapshot_schedule().unwrap()),
        (line("0 1 * * * UTC"), "properties.director.self_snapshot_schedule".to_owned(), Some(5))
    );
    // jobs/director/spec of cloudfoundry/bosh.
    let silent = load("off_by_default.yml");
    let (value, key, written) = told(silent.snapshot_schedule().unwrap());
    assert_eq!((value, written), (line("0 0 7 * * * UTC"), None));
    assert_eq!(key, "instance_groups[name=bosh].properties.director.snapshot_schedule");
    assert_eq!(told(silent.self_snapshot_schedule().unwrap()).0, line("0 0 6 * * * UTC"));
    let rendered = load("rendered.yml");
    assert_eq!(
        told(rendered.self_snapshot_schedule().unwrap()),
        (line("0 0 6 * * * UTC"), "scheduled_jobs[1].schedule".to_owned(), Some(2))
    );
    // A rendered file has all that is to run: what it lacks does not.
    assert_eq!(told(load("rendered_off.yml").snapshot_schedule().unwrap()).0, None);
    let variable = load("schedule_is_a_variable.yml");
    let error = variable.snapshot_schedule().unwrap_err().to_string();
    assert!(
        error.contains("yml:4: properties.director.snapshot_schedule: needs the value of the variable ((schedule))")
    );
    assert!(variable.self_snapshot_schedule().is_ok());
}

#[test]
fn paths_are_seen_from_the_manifest() {
    let load = |name: &str| Manifest::load(&corpus("valid").join(name)).unwrap();
    assert_eq!(load("local.yml").local_path().unwrap(), corpus("valid").join("disks"));
    assert_eq!(load("aliases_and_merges.yml").local_path().unwrap(), Path::new("/srv/disks"));
    assert_eq!(load("bosh_1.yml").local_path().unwrap(), corpus("valid").join("snapback-disks"));
    assert_eq!(load("bosh_1.yml").default_state_path().unwrap(), corpus("valid").join("bosh_1-snapshots.db"));
    let variable = load_text(b"properties: {local: {path: ((where))}}\n").unwrap();
    assert!(variable.local_path().unwrap_err().to_string().contains("m.yml:1: properties.local.path: needs the value"));
}

#[test]
fn a_rendered_director_yml_asks_where_the_state_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("director.yml");
    fs::write(&path, "\n {\"name\":\"bosh\",\"snapshots\":{\"enabled\":false}}").unwrap();
    let error = Manifest::load(&path).unwrap().default_state_path().unwrap_err();
    assert!(told(&error).contains("--state FILE"), "{error}");
    fs::write(&path, "properties: {}\n").unwrap();
    let state = Manifest::load(&path).unwrap().default_state_path().unwrap();
    assert_eq!(state, directory.path().join("director-snapshots.db"));
}

#[test]
fn the_example_is_good() {
    let manifest = load_text(EXAMPLE_MANIFEST.as_bytes()).unwrap();
    assert!(manifest.enable_snapshots.value && manifest.warnings.is_empty(), "{:?}", manifest.warnings);
    assert!(manifest.local_path().unwrap().ends_with("snapback-disks"));
    let hooked =
        EXAMPLE_MANIFEST.replace("# stop:", "stop:").replace("# start:", "start:").replace("# verify:", "verify:");
    let hooks = load_text(hooked.as_bytes()).unwrap().settings.hooks;
    assert!(hooks.stop.is_some() && hooks.start.is_some() && hooks.verify.is_some());
}

#[test]
fn what_is_no_manifest_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.yml");
    let error = Error::from(Manifest::load(&path).unwrap_err());
    assert!(error.message().ends_with("m.yml: no such file"), "{error}");
    assert!(error.hints().contains(&Hint::Command("snapback init".to_owned())));
    let error = Manifest::load(directory.path()).unwrap_err();
    assert!(error.to_string().ends_with(": a directory, not a file"), "{error}");
    let error = Manifest::load(&directory.path().join("m.yml/x")).unwrap_err();
    assert!(error.to_string().contains("m.yml/x: "), "{error}");
    for (bytes, wanted) in [
        (&b"a: 1\nb: \0\n"[..], "m.yml:2: not text: it holds a NUL byte"),
        (b"a: 1\n\nb: \xff\n", "m.yml:3: not UTF-8 text"),
        (b"\x7fELF\0\0", "m.yml:1: not text: it holds a NUL byte"),
        (b"", "m.yml: empty"),
    ] {
        let error = load_text(bytes).unwrap_err();
        assert!(error.to_string().ends_with(wanted), "{error}");
        assert!(!error.complaint.hints.is_empty());
    }
    assert!(load_text("\u{feff}properties: {director: {name: bom}}".as_bytes()).unwrap().director_name.is_some());
}

/// A text without an end, and how many bytes of it were read.
struct Counted(usize);

impl std::io::Read for Counted {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        buffer.fill(b'#');
        self.0 += buffer.len();
        Ok(buffer.len())
    }
}

#[test]
fn a_huge_file_is_not_read_whole() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("m.yml");
    // Sparse, and far more than the memory of any machine that runs this.
    fs::File::create(&path).unwrap().set_len(1 << 42).unwrap();
    let error = Manifest::load(&path).unwrap_err();
    assert!(error.to_string().ends_with("m.yml: larger than 16 MiB, the most that is read"), "{error}");
    // A byte more than the most shows it, and no more of an endless text is read.
    let mut endless = Counted(0);
    assert!(snapback::yaml::read_from(&mut endless).is_err());
    assert!(endless.0 <= (16 << 20) + 64 * 1024, "{} bytes were read", endless.0);

    let line = "# a remark of a hundred characters, so that the file is full of text and not of anything else ......\n";
    let mut text = "name: a\n".to_owned() + &line.repeat((16 << 20) / line.len() - 1);
    assert!(load_text(text.as_bytes()).is_ok(), "just below the limit");
    text.push_str(&line.repeat(2));
    assert!(load_text(text.as_bytes()).unwrap_err().to_string().contains("larger than 16 MiB"));
}

#[test]
fn an_alias_bomb_is_refused_by_the_values_that_it_stands_for() {
    let mut bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..=9 {
        bomb.push_str(&format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 9].join(", ")));
    }
    let error = load_text(bomb.as_bytes()).unwrap_err();
    assert!(error.to_string().contains("its aliases (*name) stand for more than"), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is done to a manifest's bytes: an answer, in one line, and no panic.
    #[test]
    fn mutated_manifests_never_panic(
        which in any::<prop::sample::Index>(),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), 0usize..12, "[ -~\n\u{e4}]{0,6}"), 1..6),
    ) {
        let corpus = [files("valid"), files("invalid")].concat();
        let mut text: Vec<char> = fs::read_to_string(which.get(&corpus)).unwrap().chars().collect();
        for (at, length, insert) in cuts {
            let start = at.index(text.len() + 1);
            let end = (start + length).min(text.len());
            text.splice(start..end, insert.chars());
        }
        let text: String = text.into_iter().collect();
        if let Err(error) = load_text(text.as_bytes()) {
            prop_assert!(!error.to_string().contains('\n'), "{error}");
        }
    }
}
