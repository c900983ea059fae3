//! Ops files: each form of path against a small tree, their errors, and create-env's own argument list.

use crate::support;

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use snapback::manifest::{Inputs, Manifest};
use snapback::yaml::{Change, Pointer, parse, patch};
use support::Sandbox;

const TREE: &str = "a: {b: 1}\nl: [{name: x, v: 1}, {name: \"y\"}, {name: z}, {name: z}]\nn: [0, 1, 2]\ne:\n";

/// The tree as JSON after the operation, or the error.
fn changed(path: &str, value: Option<&str>) -> String {
    let mut tree = parse(TREE).unwrap();
    let operation = parse("{}").unwrap();
    let change = value.map_or(Change::Remove, |value| Change::Replace(parse(value).unwrap()));
    let result = Pointer::parse(path)
        .and_then(|pointer| patch(&mut tree, &pointer, change, &operation).map_err(|complaint| complaint.message));
    result.map_or_else(|words| format!("error: {words}"), |()| tree.to_json().to_string())
}

#[test]
fn each_form_of_path_reaches_what_it_says() {
    let whole = changed("/a/b", Some("1"));
    let list = r#"[{"name":"x","v":1},{"name":"y"},{"name":"z"},{"name":"z"}]"#;
    for (path, value, from, to) in [
        ("/a/b", Some("2"), r#"{"b":1}"#, r#"{"b":2}"#),
        ("/a/b", None, r#"{"b":1}"#, "{}"),
        ("/a/c?/d/e", Some("2"), r#"{"b":1}"#, r#"{"b":1,"c":{"d":{"e":2}}}"#),
        ("/a/c?/name=q/e", Some("2"), r#"{"b":1}"#, r#"{"b":1,"c":[{"e":2,"name":"q"}]}"#),
        ("/a/c?/-", Some("2"), r#"{"b":1}"#, r#"{"b":1,"c":[2]}"#),
        ("/a/c~1~2~3~7~0~?", Some("2"), r#"{"b":1}"#, r#"{"b":1,"c/?=:~~":2}"#),
        ("/a/c?/d", None, r#"{"b":1}"#, r#"{"b":1}"#),
        ("/e", Some("[1]"), "null", "[1]"),
        ("/n/-", Some("3"), "[0,1,2]", "[0,1,2,3]"),
        ("/n/0", Some("3"), "[0,1,2]", "[3,1,2]"),
        ("/n/-1", Some("3"), "[0,1,2]", "[0,1,3]"),
        ("/n/1", None, "[0,1,2]", "[0,2]"),
        ("/n/1:prev", None, "[0,1,2]", "[1,2]"),
        ("/n/0:next:next:prev", None, "[0,1,2]", "[0,2]"),
        ("/n/0:before", Some("3"), "[0,1,2]", "[3,0,1,2]"),
        ("/n/-1:after", Some("3"), "[0,1,2]", "[0,1,2,3]"),
        ("/n/-1:prev:before", Some("3"), "[0,1,2]", "[0,3,1,2]"),
        ("/l/name=x/v", Some("3"), r#""v":1"#, r#""v":3"#),
        ("/l/name=y", None, r#"{"name":"y"},"#, ""),
        ("/l/name=y:prev/v", Some("3"), r#""v":1"#, r#""v":3"#),
        ("/l/name=y:after", Some("3"), r#"{"name":"y"}"#, r#"{"name":"y"},3"#),
        ("/l/name=q?/v", Some("3"), list, &list.replace("}]", r#"},{"name":"q","v":3}]"#)),
        ("/l/name=q?", Some("3"), list, &list.replace("}]", "},3]")),
        ("/l/name=q?", None, list, list),
        ("", Some("3"), whole.as_str(), "3"),
    ] {
        assert!(whole.contains(from), "{from}");
        assert_eq!(changed(path, value), whole.replace(from, to), "{path} {value:?}");
    }
}

#[test]
fn paths_that_lead_nowhere_say_where_they_end() {
    let long = "/a".repeat(65);
    for (path, value, words) in [
        ("/a/c", Some("1"), "there is no /a/c"),
        ("/c/d?", None, "there is no /c"),
        ("/n/b", Some("1"), "expected a mapping at /n, found a list"),
        ("/e/b?", Some("1"), "expected a mapping at /e, found nothing"),
        ("/0", Some("1"), "expected a list at the top, found a mapping"),
        ("/a/-", Some("1"), "expected a list at /a, found a mapping"),
        ("/n/3", Some("1"), "there is no /n/3: the list has a length of 3"),
        ("/n/-4", None, "there is no /n/-4: the list has a length of 3"),
        ("/n/0:prev:prev:prev:prev", None, "there is no /n/0: the list has a length of 3"),
        ("/n/-", None, "- is after the last element: nothing is there to remove"),
        ("/n/0:after", None, ":before and :after name no element, only a place for a new one"),
        ("/l/name=q", Some("1"), "there is no /l/name=q"),
        ("/l/name=z", Some("1"), "there are 2 of /l/name=z"),
        ("/a/c?/0", Some("1"), "there is no list at /a/c"),
        ("", None, "all of it cannot be removed"),
        ("a/b", None, "the path does not begin with /"),
        ("/a:next", None, "a key takes no :modifier (a : in a key is written ~7)"),
        ("/n/-:next", Some("1"), "- takes no :modifier (a : in a key is written ~7)"),
        ("/n/0:before:next", Some("1"), "nothing can follow :before or :after"),
        ("/n/0:last", None, "unknown modifier :last; there are :prev, :next, :before, :after"),
        (&long, None, "the path has more than 64 parts"),
    ] {
        assert_eq!(changed(path, value), format!("error: {words}"), "{path}");
    }
}

#[test]
fn a_test_changes_nothing_and_fails_where_it_is_not_met() {
    let tested = |path: &str, change: Change| {
        let mut tree = parse(TREE).unwrap();
        let before = tree.clone();
        let result = Pointer::parse(path).unwrap();
        let result = patch(&mut tree, &result, change, &parse("{}").unwrap());
        assert_eq!(tree, before, "{path}");
        result.map_err(|complaint| complaint.message)
    };
    for (path, value) in
        [("/a/b", "1"), ("/a/b?", "1"), ("/a", "{b: 1}"), ("/l/name=x/v", "1"), ("/n/-1", "2"), ("/e", "~")]
    {
        assert_eq!(tested(path, Change::Expect(parse(value).unwrap())), Ok(()), "{path}");
        let told = tested(path, Change::Expect(parse("hunter2").unwrap())).unwrap_err();
        assert_eq!(told, "something else stands there than this test expects", "{path}");
        let told = tested(path, Change::ExpectNothing).unwrap_err();
        assert_eq!(told, "this test expects nothing there, and there is something", "{path}");
    }
    for (path, words) in [
        ("/a/c", "there is no /a/c"),
        ("/a/c?", "there is no /a/c, and this test expects it"),
        ("/l/name=q", "there is no /l/name=q"),
        ("/l/name=q?", "there is no /l/name=q, and this test expects it"),
        ("/n/3", "there is no /n/3: the list has a length of 3"),
    ] {
        assert_eq!(tested(path, Change::ExpectNothing), Ok(()), "{path}");
        assert_eq!(tested(path, Change::Expect(parse("1").unwrap())), Err(words.to_owned()), "{path}");
    }
    // What is above it must be there.
    assert!(tested("/q/c", Change::ExpectNothing).is_err() && tested("/n/7/c", Change::ExpectNothing).is_err());
}

#[test]
fn what_is_wrong_with_an_ops_file_names_it_and_the_operation() {
    let sandbox = Sandbox::with(&["db/0"]);
    let path = "/properties/director/enable_snapshots";
    for (text, words) in [
        ("a: hunter2\n", "ops.yml:1: expected a list of operations at the top, found a mapping"),
        ("- hunter2\n", "ops.yml:1: operation 1: expected a mapping, found text"),
        ("- {type: replace, value: hunter2}\n", "ops.yml:1: operation 1: no path"),
        ("- {type: replace, path: /a}\n", "ops.yml:1: operation 1: no value to put there"),
        (
            "- {type: remove, path: /a, value: hunter2}\n",
            "ops.yml:1: operation 1: a value, which a remove does not need",
        ),
        ("- {type: hunter2, path: /a}\n", "ops.yml:1: operation 1: unknown type of operation"),
        ("- {type: remove, path: a}\n", "ops.yml:1: operation 1: the path does not begin with /"),
        (
            "- {type: replace, path: /a?, value: 1}\n-\n  type: remove\n  path: /b\n",
            "ops.yml:3: operation 2, /b: there is no /b",
        ),
        ("- [", "ops.yml:1: "),
        (
            "\n- type: replace\n  path: /properties/director/enable_snapshots\n  value: hunter2\n",
            "ops.yml:4: properties.director.enable_snapshots: expected true or false, found text",
        ),
        (
            "- {type: replace, path: /properties/director/name, value: ((nobody))}\n",
            "ops.yml:1: properties.director.name: needs the value of the variable ((nobody))",
        ),
    ] {
        sandbox.write("ops.yml", text);
        let ran = sandbox.run(&["-o", "ops.yml", "take", "db/0"]);
        ran.refused(2, &[words, "Hint: "]);
        assert!(!ran.stderr.contains("hunter2"), "{ran:?}");
    }
    sandbox.run(&["-o", "nowhere.yml", "take"]).refused(2, &["nowhere.yml: no such file"]);
    sandbox.write("off.yml", &format!("# off\n- {{type: replace, path: {path}, value: false}}\n"));
    let off = sandbox.run(&["--ops-file", "off.yml", "take", "db/0"]);
    off.refused(4, &["off.yml, line 2: properties.director.enable_snapshots is false", "true in off.yml"]);
    sandbox.write("on.yml", &format!("- {{type: replace, path: {path}, value: ((on))}}\n"));
    sandbox.run(&["-ooff.yml", "-o", "on.yml", "-v", "on=yes", "take", "db/0"]).quiet_success();
    sandbox.run(&["-oon.yml", "-o", "off.yml", "-v", "on=yes", "take", "db/0"]).refused(4, &["off.yml, line 2"]);
    sandbox.write("typo.yml", "-\n  type: replace\n  path: /properties/director/enable_snapshot?\n  value: true\n- {type: remove, path: /properties/director/enable_snapshots}\n");
    sandbox.run(&["-o", "typo.yml", "take", "db/0"]).refused(
        4,
        &["director.yml: ops file 1, line 4: properties.director.enable_snapshot means nothing to BOSH; do you mean \
        enable_snapshots?"],
    );
    sandbox.write(
        "test.yml",
        &format!("- {{type: test, path: {path}, value: true}}\n- {{type: test, path: /x, absent: true}}\n"),
    );
    sandbox.run(&["-o", "test.yml", "take", "db/0"]).quiet_success();
    sandbox
        .run(&["-o", "off.yml", "-o", "test.yml", "take", "db/0"])
        .refused(2, &[&format!("test.yml:1: operation 1, {path}: something else stands there than this test expects")]);
    sandbox.write("test.yml", "- {type: test, path: /a}\n");
    sandbox.run(&["-o", "test.yml", "take", "db/0"]).refused(2, &["test.yml:1: operation 1: a test of nothing"]);
    sandbox.write("empty.yml", "# nothing\n");
    sandbox.run(&["-o", "empty.yml", "take", "db/0"]).quiet_success();
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the path: an answer in one line, and no panic.
    #[test]
    fn any_path_gets_an_answer(
        path in "(/(a|b|l|n|e|-|name=[xyz]|[0-9]|-[0-9]|c)\\??(:(prev|next|before|after)){0,2}){0,6}",
        put in any::<bool>(),
    ) {
        let answer = changed(&path, put.then_some("{deep: [1]}"));
        prop_assert!(!answer.contains('\n') && !answer.is_empty(), "{}", answer);
    }
}

#[test]
fn the_argument_list_of_create_env_can_be_pasted() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/manifests");
    let inputs = Inputs {
        ops_files: vec![fixtures.join("ops/cpi.yml"), fixtures.join("ops/snapshots.yml")],
        vars: vec!["director_name=prod-eu".to_owned(), "internal_ip=10.0.0.6".to_owned()],
        vars_files: vec![fixtures.join("ops/vars.yml")],
        ..Inputs::default()
    };
    let manifest = Manifest::load_with(&fixtures.join("valid/public_cloud.yml"), &inputs).unwrap();
    assert_eq!(manifest.director_name.as_deref(), Some("prod-eu"));
    assert!(manifest.enable_snapshots.value);
    assert_eq!(manifest.switch_file(), fixtures.join("ops/snapshots.yml"));
    assert_eq!(manifest.cpi.as_ref().map(|cpi| cpi.as_str()), Some("aws_cpi"));
    assert_eq!(manifest.properties.expose()["aws"]["region"], "eu-west-1");
    assert_eq!(manifest.properties.expose()["aws"]["secret_access_key"], "((secret_access_key))");
    assert_eq!(manifest.settings.hooks.stop, Some(["monit", "stop", "all"].map(str::to_owned).to_vec()));
    assert!(fs::read_to_string(fixtures.join("valid/public_cloud.yml")).unwrap().lines().count() > 300);
}

#[test]
fn a_path_is_text_and_no_template() {
    // As in bosh-deployment's `vsphere/resource-pool.yml`.
    let sandbox = Sandbox::empty();
    sandbox.write(
        "director.yml",
        "cloud_provider:\n  template: {name: vsphere_cpi}\n  properties:\n    vcenter:\n      datacenters:\n      - name: ((vcenter_dc))\n        \
         clusters: [one]\nproperties:\n  director:\n    name: test\n    enable_snapshots: true\n",
    );
    sandbox.write(
        "pool.yml",
        "- type: replace\n  path: /cloud_provider/properties/vcenter/datacenters/name=((vcenter_dc))/clusters\n  value: [two]\n",
    );
    let ran = sandbox.run(&["manifest", "-o", "pool.yml", "-v", "vcenter_dc=dc"]);
    assert_eq!(ran.status, 0, "{ran:?}");
}

#[test]
fn of_a_second_document_in_any_file_there_is_one_warning_with_file_and_line() {
    let sandbox = Sandbox::empty();
    let more = "---\nnot: [read\n";
    let director = "properties:\n  director:\n    name: ((n))\n    enable_snapshots: false\n";
    sandbox.write("director.yml", &format!("{director}{more}"));
    let ops = "- type: replace\n  path: /properties/director/enable_snapshots\n  value: true\n";
    sandbox.write("ops.yml", &format!("{ops}{more}"));
    sandbox.write("vars.yml", &format!("n: one\n{more}"));
    sandbox.write("store.yml", &format!("m: two\n{more}"));
    sandbox.write("cpis.yml", &format!("cpis: []\n{more}"));
    sandbox.write("clouds.yml", &format!("azs: []\n{more}"));
    sandbox.write("inventory.yml", &format!("deployments: []\n{more}"));
    let told = |stderr: &str, place: &str| {
        let warning =
            format!("Warning: {place}: another document begins here (`---`); only the first is read, as BOSH does");
        stderr.lines().filter(|line| *line == warning).count()
    };
    let filled = ["-o", "ops.yml", "-l", "vars.yml", "--vars-store", "store.yml"];
    let ran = sandbox.run(&[&["manifest"][..], &filled].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    assert!(ran.stdout.contains("(given by a variable)") && ran.stdout.contains("ops.yml:3"), "{ran:?}");
    for place in ["director.yml:5", "ops.yml:4", "vars.yml:2", "store.yml:2"] {
        assert_eq!(
            ran.stdout.matches(&format!("{place}: another document begins here")).count(),
            1,
            "{place}: {ran:?}"
        );
    }
    let import =
        ["import", "inventory.yml", "--cloud-config", "clouds.yml", "--cpi-config", "cpis.yml", "--cpi", "local"];
    let ran = sandbox.run(&[&import[..], &filled].concat());
    for place in
        ["director.yml:5", "ops.yml:4", "vars.yml:2", "store.yml:2", "cpis.yml:2", "clouds.yml:2", "inventory.yml:2"]
    {
        assert_eq!(told(&ran.stderr, place), 1, "{place}: {ran:?}");
    }
}
