//! `((variables))` of a manifest, through the binary: each way to give them, which one counts, what is said
//! where one is missing, and that no value is ever shown or kept.

use crate::support;

use std::fs;

use support::{Ran, Sandbox};

/// Stands for a credential: it may be in the files that are given, and nowhere else.
const CANARY: &str = "hunter2-canary";

const MANIFEST: &str = "\
cloud_provider:
  template: {name: ((cpi))}
  properties:
    local: {path: \"((!where))/((kind.of.cloud))\"}
    aws: {secret_access_key: ((never_given)), password: \"((user)):((password))\"}
properties:
  director:
    name: ((name))
    enable_snapshots: ((switch))
  snapback: ((snapback))
";

/// A sandbox with an instance, and the manifest above in place of its own.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.write("director.yml", MANIFEST);
    sandbox.write(
        "vars.yml",
        &format!("cpi: local_cpi\nwhere: .\nname: test\nkind: {{of: {{cloud: cloud}}}}\nswitch: on\nsnapback: ~\npassword: {CANARY}\nuser: {CANARY}\n"),
    );
    sandbox
}

#[track_caller]
fn silent(sandbox: &Sandbox, ran: &Ran) {
    assert!(!ran.stdout.contains(CANARY) && !ran.stderr.contains(CANARY), "{ran:?}");
    let state = fs::read(sandbox.state()).unwrap();
    assert!(!state.windows(CANARY.len()).any(|bytes| bytes == CANARY.as_bytes()), "in the state file, after {ran:?}");
}

/// Takes a snapshot with these arguments in front, which must work.
#[track_caller]
fn takes(sandbox: &Sandbox, arguments: &[&str]) {
    let ran = sandbox.run(&[arguments, &["take", "db/0"]].concat());
    assert_eq!(ran.status, 0, "{ran:?}");
    silent(sandbox, &ran);
}

/// Asserts that `take` is refused with this status and these words.
#[track_caller]
fn refused(sandbox: &Sandbox, arguments: &[&str], status: i32, words: &[&str]) {
    let ran = sandbox.run(&[arguments, &["take", "db/0"]].concat());
    ran.refused(status, words);
    silent(sandbox, &ran);
}

#[test]
fn only_what_is_needed_must_be_given() {
    let sandbox = sandbox();
    takes(&sandbox, &["-l", "vars.yml"]);
    let listed = sandbox.run(&["-l", "vars.yml", "snapshots", "db/0", "--output", "cid"]).stdout;
    assert_eq!(listed.lines().count(), 1);
    refused(
        &sandbox,
        &[],
        2,
        &[
            "director.yml:8: properties.director.name: needs the value of the variable ((name)), which is not filled in",
            "-v NAME=VALUE",
            "--vars-store FILE",
        ],
    );
    sandbox.run(&["snapshots", "db/0", "--output", "cid"]).is(&sandbox, 0, &listed, "");
    sandbox.write(
        "vars.yml",
        "cpi: local_cpi\nname: test\nswitch: true\nwhere: .\nkind: {of: hunter2-canary}\nsnapback: {}\n",
    );
    refused(
        &sandbox,
        &["-l", "vars.yml"],
        2,
        &[
            "director.yml:4: cloud_provider.properties.local.path: needs the value of the variable ((kind.of.cloud))",
            "--vars-env PREFIX",
        ],
    );
}

#[test]
fn each_source_counts_more_than_the_one_before() {
    let sandbox = sandbox();
    // What counts is what says true; each step adds a stronger source that says the opposite of the last one.
    let off = |ran: Ran| {
        ran.refused(4, &["director.yml, line 9: properties.director.enable_snapshots is false"]);
        silent(&sandbox, &ran);
    };
    let run = |arguments: &[&str]| {
        let words = [&["-l", "vars-without.yml"], arguments, &["take", "db/0"]].concat();
        sandbox.prepare(&words).env("MY_switch", "no").env("YOUR_switch", "yes").env("MYswitch", "yes").go()
    };
    let on = |ran: Ran| assert_eq!(ran.status, 0, "{ran:?}");
    let text = fs::read_to_string(sandbox.path("vars.yml")).unwrap();
    sandbox.write("vars-without.yml", &text.replace("switch: on\n", ""));
    sandbox.write("store.yml", "switch: true\n");
    sandbox.write("off.yml", "switch: false\n");
    sandbox.write("on.yml", "switch: true\n");
    on(run(&["--vars-store", "store.yml"]));
    off(run(&["--vars-store", "store.yml", "--vars-env", "MY"]));
    on(run(&["--vars-env", "MY", "--vars-env", "YOUR"]));
    off(run(&["--vars-env", "YOUR", "--vars-env", "MY"]));
    on(run(&["--vars-file", "on.yml", "--vars-env", "MY"]));
    on(run(&["-l", "off.yml", "-l", "on.yml"]));
    off(run(&["-l", "on.yml", "-l", "off.yml"]));
    on(run(&["-v", "switch=true", "-l", "off.yml"]));
    on(run(&["--var=switch=false", "-vswitch=yes"]));
    sandbox.write("text", "true");
    run(&["--var-file", "switch=text", "-l", "on.yml"])
        .refused(2, &["director.yml:9: properties.director.enable_snapshots: expected true or false, found text"]);
    on(run(&["--var-file", "switch=text", "-v", "switch=on"]));
}

#[test]
fn a_variable_of_its_own_keeps_its_type_and_one_in_a_text_must_be_plain() {
    let sandbox = sandbox();
    let hooked = "snapback={hooks: {stop: [\"true\"], verify: [test, -n, hunter2-canary]}}";
    takes(&sandbox, &["-l", "vars.yml", "-v", hooked, "-v", "user=17"]);
    refused(
        &sandbox,
        &["-l", "vars.yml", "-v", "user=[hunter2-canary]"],
        2,
        &["director.yml:5: cloud_provider.properties.aws.password: the variable ((user)) is within a text, and \
            its value is a list"],
    );
    refused(&sandbox, &["-l", "vars.yml", "-v", "switch='hunter2-canary'"], 2, &["expected true or false, found text"]);
    refused(&sandbox, &["-l", "vars.yml", "-v", "switch='true'"], 2, &["expected true or false, found text"]);
    // Quotes that the shell has left around a text are taken off, as create-env does.
    takes(&sandbox, &["-l", "vars.yml", "-v", "where='.'", "-v", "cpi=\"local_cpi\""]);
    refused(
        &sandbox,
        &["-l", "vars.yml", "-v", "snapback={hooks: {stop: [{name: hunter2-canary, x: {}}]}}"],
        2,
        &["director.yml:10: properties.snapback.hooks.stop[0]: expected text, found a mapping"],
    );
}

#[test]
fn a_dotted_name_leads_into_mappings_and_lists() {
    let sandbox = Sandbox::with(&["db/0"]);
    let manifest = fs::read_to_string(sandbox.path("director.yml")).unwrap();
    let texts = ["path: ((paths.1))", "path: ((paths.-1))", "path: (( by/name.in.0 ))", "path: c((by/name.0.x))d"];
    sandbox.write("vars.yml", "paths: [nowhere, cloud]\nby/name: {in: [cloud], 0: {x: lou}}\n");
    for text in texts {
        sandbox.write("director.yml", &manifest.replace("path: cloud", text));
        sandbox.run(&["-l", "vars.yml", "take", "db/0"]).quiet_success();
    }
    for text in ["((paths.2))", "((paths.-3))", "((paths.x))", "((by/name.1))", "((paths.1.x))"] {
        sandbox.write("director.yml", &manifest.replace("path: cloud", &format!("path: {text}")));
        refused(&sandbox, &["-l", "vars.yml"], 2, &["local.path: needs the value of the variable ", text]);
    }
}

#[test]
fn a_dotted_name_can_be_given_and_is_a_key_of_its_variable() {
    let sandbox = sandbox();
    let text = fs::read_to_string(sandbox.path("vars.yml")).unwrap();
    sandbox.write("vars.yml", &text.replace("kind: {of: {cloud: cloud}}\n", ""));
    let missing = ["needs the value of the variable ((kind.of.cloud))"];
    refused(&sandbox, &["-l", "vars.yml"], 2, &missing);
    takes(&sandbox, &["-l", "vars.yml", "-v", "kind.of.cloud=cloud"]);
    sandbox.write("dotted.yml", "kind.of.cloud: nowhere\nkind.of: {cloud: cloud, other: x}\n");
    sandbox.write("store.yml", "kind: {of: {cloud: cloud}}\n");
    takes(&sandbox, &["-l", "vars.yml", "-l", "dotted.yml", "-v", "kind.of.cloud=cloud"]);
    takes(&sandbox, &["-l", "vars.yml", "--vars-store", "store.yml"]);
    // The variable is the whole of it: what the store has of the same name counts no more.
    refused(&sandbox, &["-l", "vars.yml", "--vars-store", "store.yml", "-v", "kind.of.other=x"], 2, &missing);
    sandbox.write("store.yml", "kind.of.cloud: cloud\n");
    refused(&sandbox, &["-l", "vars.yml", "--vars-store", "store.yml"], 2, &missing);
}

#[test]
fn what_is_wrong_with_a_source_is_said_of_that_source() {
    let sandbox = sandbox();
    sandbox.write("list.yml", "- hunter2-canary\n");
    sandbox.write("broken.yml", "a: 1\nb: [hunter2-canary\nc: *hunter2-canary\n");
    sandbox.write("anchor.yml", "a: 1\nb: *hunter2-canary\n");
    for (arguments, words) in [
        (["-l", "nowhere.yml"], &["nowhere.yml: no such file", "name a file"][..]),
        (["--vars-store", "nowhere.yml"], &["nowhere.yml: no such file"]),
        (["--var-file", "a=nowhere.pem"], &["nowhere.pem: no such file"]),
        (["-l", "cloud"], &["cloud: a directory, not a file"]),
        (["-l", "list.yml"], &["list.yml:1: expected a mapping of variables at the top, found a list"]),
        (["-l", "broken.yml"], &["broken.yml:"]),
        (["-l", "anchor.yml"], &["anchor.yml:2: not YAML"]),
        (["-v", "hunter2-canary"], &["--var: there is no = between name and value", "NAME=VALUE"]),
        (["-v", "=hunter2-canary"], &["--var: no name before the ="]),
        (["-v", "name="], &["--var name: nothing after the ="]),
        (["-v", "name=[hunter2-canary"], &["--var name: its value is not YAML", "quotes"]),
        (["-v", "name=*hunter2-canary"], &["--var name: its value is not YAML"]),
        (["--var-file", "name"], &["--var-file: there is no = between name and value", "NAME=FILE"]),
        (["--vars-env", ""], &["--vars-env: an empty prefix"]),
    ] {
        refused(&sandbox, &arguments, 2, words);
    }
    let ran = sandbox.prepare(&["--vars-env", "MY", "take", "db/0"]).env("MY_name", "{hunter2-canary").go();
    ran.refused(2, &["the environment variable MY_name: its value is not YAML"]);
    silent(&sandbox, &ran);
}

#[test]
fn the_journal_and_the_hints_have_no_value() {
    let sandbox = sandbox();
    let given =
        ["-v", "password=hunter2-canary", "-vuser=hunter2-canary", "--var=x=hunter2-canary", "-qvy=hunter2-canary"];
    takes(&sandbox, &[&["-l", "vars.yml"][..], &given].concat());
    let ran = sandbox.run(&["-l", "vars.yml", "operations", "--output", "json"]);
    assert!(
        ran.stdout.contains("-v password=<redacted> -vuser=<redacted> --var=x=<redacted> -qvy=<redacted>"),
        "{ran:?}"
    );
    silent(&sandbox, &ran);

    sandbox.write("ops files.yml", "[]\n");
    let taking = [&["-l", "vars.yml"][..], &given, &["take", "db/0"]].concat();
    sandbox.prepare(&taking).fault("take.snapshot_disk.intended=kill").go();
    let ran = sandbox.run(
        &[
            &["-l", "vars.yml"][..],
            &given,
            &["--vars-env", "MY", "-o", "ops files.yml", "-n", "restore", "--latest", "db/0"],
        ]
        .concat(),
    );
    ran.refused(6, &["Hint: run: snapback -o 'ops files.yml' -l vars.yml --vars-env MY recover"]);
    silent(&sandbox, &ran);
}

#[test]
fn a_path_may_begin_at_home_and_values_are_not_filled_in_again() {
    let sandbox = sandbox();
    takes(&sandbox, &["-l", "~/vars.yml", "--var-file", "password=~/vars.yml"]);
    refused(
        &sandbox,
        &["-l", "vars.yml", "-v", "name=((user))"],
        2,
        &["director.yml:8: properties.director.name: needs the value of the variable ((user))"],
    );
}

#[test]
fn variables_that_grow_beyond_all_bounds_are_refused() {
    let sandbox = Sandbox::with(&["db/0"]);
    sandbox.write("big.yml", &format!("x: {}\n", "y".repeat(1 << 20)));
    let many: String = (0..100).map(|number| format!("  k{number}: ((x))((x))\n")).collect();
    sandbox.write("director.yml", &format!("properties:\n{many}"));
    refused(&sandbox, &["-l", "big.yml"], 2, &["the variables stand for more than 64 MiB"]);
}
