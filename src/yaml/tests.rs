use super::*;

fn tree(text: &str) -> Node {
    parse(text).unwrap_or_else(|complaint| panic!("{}", complaint.in_source("test.yml")))
}

fn refusal(text: &str) -> String {
    parse(text).unwrap_err().in_source("test.yml").to_string()
}

fn scalar(node: &Node, key: &str) -> Scalar {
    match &node.get(key).unwrap_or_else(|| panic!("no {key}")).value {
        Value::Scalar(scalar) => scalar.clone(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_words_of_yaml_1_1_are_booleans_and_quoted_they_are_text() {
    let node = tree("a: yes\nb: Off\nc: True\nd: \"yes\"\ne: 'on'\nf: \"y\"\ni: y\nj: N\ng: !!str true\nh: >\n  yes\n");
    for (key, value, text) in
        [("a", true, "yes"), ("b", false, "Off"), ("c", true, "True"), ("i", true, "y"), ("j", false, "N")]
    {
        assert_eq!(scalar(&node, key), Scalar::Bool(value, text.to_owned()));
    }
    for (key, text) in [("d", "yes"), ("e", "on"), ("f", "y"), ("g", "true"), ("h", "yes\n")] {
        assert_eq!(scalar(&node, key), Scalar::Text(text.to_owned()));
    }
}

#[test]
fn numbers_keep_the_text_that_a_cid_needs() {
    let node = tree("a: 12345678901234567890\nb: 0012\nc: 1e5 # five\nd: &x 0x1F\ne: *x\nf: [1_000, -7]\ng: .inf\n");
    let texts: Vec<_> = "abcdeg".chars().map(|key| node.get(&key.to_string()).unwrap().text().unwrap()).collect();
    assert_eq!(texts, ["12345678901234567890", "0012", "1e5", "0x1F", "0x1F", ".inf"]);
    let number = |text: &str| tree(text).to_json();
    // As Go's reader, which BOSH uses: octal as in YAML 1.1, and no numbers to the base 60.
    assert_eq!(number("[0012, 0o12, 0x1F, 0b11, 1_000, +7]"), serde_json::json!([10, 10, 31, 3, 1000, 7]));
    assert_eq!(
        number("[12:30:45, 1:30, 2026-01-05, 0089x]"),
        serde_json::json!(["12:30:45", "1:30", "2026-01-05", "0089x"])
    );
    let zero = tree("a: 010\nb: 0\nc: 0x10\n");
    let read = |key: &str| View::root(&zero).get(key).unwrap().unwrap().as_u64().map_err(|error| error.message);
    assert_eq!([read("b"), read("c")], [Ok(0), Ok(16)]);
    assert_eq!(read("a").unwrap_err(), "a number that begins with 0, which is octal for YAML");
    let Value::List(items) = &node.get("f").unwrap().value else { panic!() };
    assert_eq!(items.iter().map(|item| item.text().unwrap()).collect::<Vec<_>>(), ["1_000", "-7"]);
}

#[test]
fn lines_are_where_things_are_written_whatever_the_line_ends_and_the_alphabet() {
    for text in ["# ä\nk: 1\nü:\n  - x: yes\n    y: 2\n", "# ä\r\nk: 1\r\nü:\r\n  - x: yes\r\n    y: 2\r\n"] {
        let node = tree(text);
        let inner = View::root(&node).get("ü").unwrap().unwrap();
        let item = inner.list().unwrap().remove(0);
        let y = item.get("y").unwrap().unwrap();
        assert_eq!((item.line(), y.line(), y.key(), y.as_u64().unwrap()), (4, 5, "ü[0].y", 2));
        assert_eq!(item.node().entries()[1].line, 5);
        assert!(item.get("x").unwrap().unwrap().as_bool().unwrap());
    }
}

#[test]
fn merge_keys_are_expanded_and_what_is_written_out_wins() {
    let text = "base: &base\n  a: 1\n  b: {c: 2}\nx:\n  <<: *base\n  a: 3\ny:\n  <<: [{k: 1}, *base]\n";
    let node = tree(text);
    let x = node.get("x").unwrap();
    assert_eq!(x.to_json(), serde_json::json!({"a": 3, "b": {"c": 2}}));
    assert_eq!(node.get("y").unwrap().to_json(), serde_json::json!({"a": 1, "b": {"c": 2}, "k": 1}));
    assert!(View::root(&node).double_keys().is_empty(), "an override is no double key");
}

#[test]
fn keys_written_twice_are_kept_told_and_refused_where_they_matter() {
    let node = tree("a: 1\nb:\n  - name: n\n    k: 1\n    k: 2\na: 2\n");
    let root = View::root(&node);
    assert_eq!(
        root.double_keys(),
        [
            "line 5: b[name=n].k is on line 4, too; the last one counts",
            "line 6: a is on line 1, too; the last one counts"
        ]
    );
    assert_eq!(root.get("a").unwrap_err().in_source("f").to_string(), "f:6: a: written twice, on lines 1 and 6");
    assert_eq!(node.get("a").unwrap().text(), Some("2"));
}

#[test]
fn unknown_keys_get_a_suggestion() {
    let node = tree("hook: 1\n");
    let complaint = View::root(&node).only(&["hooks", "stop"]).unwrap_err();
    assert_eq!(complaint.in_source("f").to_string(), "f:1: unknown key `hook`");
    assert_eq!(complaint.hints[0].to_string(), "did you mean `hooks`? The keys known here: hooks, stop");
    let node = tree("\"a\\nb\": 1\n");
    assert_eq!(View::root(&node).only(&["x"]).unwrap_err().message, "unknown key `a\u{fffd}b`");
    let node = tree("sto: 1\n? zzz\n: 2\n");
    assert_eq!(View::root(&node).misspelt("stop").map(|entry| entry.key.as_str()), Some("sto"));
}

#[test]
fn variables_are_named_and_values_never_are() {
    let node = tree("a: ((director_name))\nb: pre-((!x/y.z))\nc: (( not one ))\nd: hunter2\n");
    let root = View::root(&node);
    let error = |key: &str| root.get(key).unwrap().unwrap().as_bool().unwrap_err().in_source("f").to_string();
    assert_eq!(error("a"), "f:1: a: needs the value of the variable ((director_name)), which is not filled in");
    assert!(error("b").contains("((x/y.z))"));
    assert_eq!(error("c"), "f:3: c: expected true or false, found text");
    assert_eq!(error("d"), "f:4: d: expected true or false, found text");
}

#[test]
fn bombs_are_refused_by_a_bound_on_what_is_read() {
    let mut doubling = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let below = format!("*a{}", level - 1);
        doubling.push_str(&format!("a{level}: &a{level} [{}]\n", vec![below; 9].join(", ")));
    }
    let mut merging = "m0: &m0 {k: v}\n".to_owned();
    for level in 1..40 {
        let below = level - 1;
        merging.push_str(&format!("m{level}: &m{level} {{a{level}: *m{below}, <<: *m{below}}}\n"));
    }
    let fat = format!("a: &a {}\nb: [{}]\n", "x".repeat(1 << 20), vec!["*a"; 5000].join(", "));
    let deep = format!("{}{}", "[".repeat(200_000), "]".repeat(200_000));
    let deep_blocks: String = (0..2_000).map(|depth| format!("{}a:\n", " ".repeat(depth))).collect();
    let own_tail = "a: &a [*a]\n".to_owned();
    let mut wide = (0..60_000).map(|number| format!("k{number}: 1\n")).collect::<String>();
    // The text beyond the limit is not looked at: this is not YAML.
    wide.push_str("@\n");
    let long = format!("- [{}]\n- [{}]\n@\n", "1, ".repeat(200_000), "1, ".repeat(200_000));
    for (name, text, reason) in [
        ("doubling", doubling, "stand for more than 100000 values"),
        ("merging", merging, "too many values"),
        ("fat", fat, "too much text once its aliases are written out"),
        ("deep", deep, "recursion limit exceeded"),
        ("blocks", deep_blocks, "nested deeper than 64 levels"),
        ("loop", own_tail, "is inside the value that it stands for"),
        ("wide", wide, ":50001: more than 50000 keys in one mapping"),
        ("long", long, ":2: more than 250000 keys and values"),
    ] {
        let message = refusal(&text);
        assert!(message.contains(reason), "{name}: {message}");
        assert!(message.len() < 200, "{message}");
    }
}

#[test]
fn of_several_documents_the_first_is_read_and_the_next_is_told_with_its_line() {
    let second = |text: &str| second_document(text).map(|complaint| complaint.in_source("f").to_string());
    for (text, line) in [
        ("a: 1\n---\na: 2\n", 2),
        ("# words\n---\na: 1\n--- # more\n@\n", 4),
        ("%YAML 1.1\n--- {a: 1}\n---\na: 2", 3),
        ("a: 1\r\n---\r\na: 2\r\n", 2),
        ("a: 1\n...\na: 2\n", 2),
        ("a: 1\n--- {a: 2}", 2),
        ("---\na: 1\n---\n---\na: 3\n", 3),
    ] {
        assert_eq!(tree(text).to_json(), serde_json::json!({"a": 1}), "{text:?}");
        let told = format!("f:{line}: another document begins here (`---`); only the first is read, as BOSH does");
        assert_eq!(second(text), Some(told), "{text:?}");
    }
    for text in
        ["a: 1\n", "---\na: 1\n...\n", "a: 1\n---\n# words\n", "---\n\n# x\na: 1", "a: |\n  ---\n  b\nc: ---x\n"]
    {
        assert_eq!(second(text), None, "{text:?}");
        tree(text);
    }
    let block = tree("a: |\n  one\n---\nb: 1\n");
    assert_eq!(block.to_json(), serde_json::json!({"a": "one\n"}));
    assert_eq!(tree("--- 1\n--- 2\n").text(), Some("1"));
}

#[test]
fn what_is_no_yaml_is_refused_with_its_line() {
    for text in [
        "a: [1\nb: 2\n",
        "a: b: c\n",
        "a: 'x\n",
        "%YAML 9\n",
        "a: *nobody\n",
        "~: 1\n",
        "{[1]: 2}",
        "a: !!int zzz",
        "a: \u{1}\n",
        "@a",
    ] {
        let message = refusal(text);
        assert!(message.starts_with("test.yml"), "{message}");
    }
    assert!(refusal("a: 1\nb: *nobody\n").starts_with("test.yml:2:"));
}

#[test]
fn nothing_at_all_is_nothing() {
    for text in ["", "# only words\n", "---\n", "~"] {
        let node = tree(text);
        assert!(node.is_null() || node.entries().is_empty(), "{text:?}: {node:?}");
    }
}

#[test]
fn variables_are_filled_in_where_they_are_known() {
    let values = tree("text: some\nnumber: 0x10\nfloat: 1.5\nmap: {name: shown, list: [1]}\nnothing:\n");
    let lookup = |name: &str| name.split('.').try_fold(&values, Node::get);
    let filled = |text: &str| {
        let mut node = tree(text);
        fill_in(&mut node, &lookup).map(|()| node.to_json().to_string()).unwrap_or_else(|error| error.message)
    };
    assert_eq!(filled("a: ((text))"), r#"{"a":"some"}"#);
    assert_eq!(filled("a: ((!number))"), r#"{"a":16}"#);
    assert_eq!(filled("a: [((map))]"), r#"{"a":[{"list":[1],"name":"shown"}]}"#);
    assert_eq!(filled("a: ((map.name))((unknown))/((!number))("), r#"{"a":"shown((unknown))/16("}"#);
    assert_eq!(filled("a: '(((text)))'"), r#"{"a":"(some)"}"#);
    assert_eq!(filled("a: '(( text ))((!!text))(())(('"), r#"{"a":"(( text ))((!!text))(())(("}"#);
    // With spaces it counts only by itself, as in bosh-cli.
    assert_eq!(filled("a: (( text ))"), r#"{"a":"some"}"#);
    assert_eq!(filled("a: ((  text  ))"), r#"{"a":"((  text  ))"}"#);
    assert_eq!(filled("a: ((te:xt))"), r#"{"a":"((te:xt))"}"#);
    assert_eq!(filled("a: ((nothing))"), r#"{"a":null}"#);
    assert_eq!(filled("a: ((map.nope))"), r#"{"a":"((map.nope))"}"#);
    assert_eq!(filled("((text)): 1"), r#"{"((text))":1}"#);
    assert_eq!(filled("a: x((float))"), "the variable ((float)) is within a text, and its value is a number");
    assert_eq!(filled("a: x((map))"), "the variable ((map)) is within a text, and its value is a mapping");
    assert_eq!(filled("a: x((nothing))"), "the variable ((nothing)) is within a text, and its value is nothing");
}

#[test]
fn what_a_variable_gave_has_its_place_and_is_in_no_path() {
    let values = tree("\n\n\nmap: {name: hunter2, list: [1]}\nname: hunter2\n");
    let mut node = tree("a:\n- ((map))\n- name: ((name))\n  b: 1\n");
    fill_in(&mut node, &|name| values.get(name)).unwrap();
    let root = View::root(&node);
    let items = root.get("a").unwrap().unwrap().list().unwrap();
    let lists = items[0].get("list").unwrap().unwrap().as_bool().unwrap_err();
    assert_eq!(lists.in_source("f").to_string(), "f:2: a[0].list: expected true or false, found a list");
    let number = items[1].get("b").unwrap().unwrap().as_bool().unwrap_err();
    assert_eq!(number.in_source("f").to_string(), "f:4: a[1].b: expected true or false, found a number");
}

#[test]
fn a_block_scalar_at_the_end_has_the_line_end_that_is_written() {
    for (text, value) in [
        ("a: |\n  one\n  two", "one\ntwo"),
        ("a: |\n  one\n  two\n", "one\ntwo\n"),
        ("a: >\n  one\n  two", "one two"),
        ("b: 1\na: |-\n  one", "one"),
        ("a: |\n  one\n# one", "one\n"),
        ("a: \"one\\n\"", "one\n"),
        ("b:\n- |\n  x\na: |\n  one  ", "one  "),
    ] {
        assert_eq!(parse(text).unwrap().to_json()["a"], value, "{text:?}");
    }
}
