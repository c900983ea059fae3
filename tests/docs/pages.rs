//! The pages: each command that they name is one, and each block of commands to type is typed by a test.

use std::fs;
use std::path::Path;

use crate::readme::{read, root};

/// The pages with commands to type, and the test that types them.
const TYPED: [(&str, &str); 8] = [
    ("README.md", "tests/docs/first_restore.rs"),
    ("docs/after-a-kill.md", "tests/docs/after_a_kill_page.rs"),
    ("docs/automation.md", "tests/automation/page.rs"),
    ("docs/clean.md", "tests/docs/clean_page.rs"),
    ("docs/cpis.md", "tests/docs/readme.rs"),
    ("docs/first-steps.md", "tests/docs/readme.rs"),
    ("docs/install.md", "tests/release/install_page.rs"),
    ("docs/recovery.md", "tests/docs/recovery_page.rs"),
];

/// README and all pages but the generated one, from the repository's root.
fn pages() -> Vec<String> {
    let (mut found, mut folders) = (vec!["README.md".to_owned()], vec![root().join("docs")]);
    while let Some(folder) = folders.pop() {
        for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            let name = path.strip_prefix(root()).unwrap().display().to_string();
            if path.is_dir() {
                folders.push(path);
            } else if Path::new(&name).extension().is_some_and(|end| end == "md") && name != "docs/reference.md" {
                found.push(name);
            }
        }
    }
    found.sort();
    found
}

#[test]
fn each_block_to_type_is_typed_by_a_test() {
    for page in pages() {
        let typed = TYPED.iter().find(|(name, _)| *name == page);
        if !read(&page).contains("```console") {
            assert!(typed.is_none(), "{page} has nothing to type any more");
            continue;
        }
        let (_, test) = typed.unwrap_or_else(|| panic!("{page}: which test types its commands?"));
        let short = page.trim_start_matches("docs/");
        assert!(read(test).contains(short), "{test} does not name {page}");
    }
}

/// The words of each command of snapback's that stands in code, up to what is the shell's.
fn commands(text: &str) -> Vec<Vec<String>> {
    // The three backticks of a block are two empty spans and the end of one.
    let code = text.split('`').skip(1).step_by(2).flat_map(str::lines);
    let lines =
        code.map(|line| line.trim_start().trim_start_matches("$ ")).filter(|line| line.starts_with("snapback "));
    let words = |line: &str| {
        // What stands in quotes is one word: its blanks are put away meanwhile.
        let parts = line.split(['\'', '"']).enumerate();
        let whole: String =
            parts.map(|(at, part)| if at % 2 == 1 { part.replace(' ', "\0") } else { part.to_owned() }).collect();
        let own = whole.split(' ').take_while(|word| !["|", ">", ">>", "&&", "&", ";", "#", "--"].contains(word));
        let own = own.filter(|word| !word.is_empty() && *word != "...");
        own.map(|word| word.trim_matches(['[', ']', ';', ',']).replace('\0', " ")).collect()
    };
    lines.map(words).collect()
}

#[test]
fn each_command_that_a_page_names_is_one() {
    use clap::error::ErrorKind::{InvalidSubcommand, UnknownArgument};
    let mut tried = 0;
    for page in pages() {
        for words in commands(&read(&page)) {
            if words.iter().any(|word| ["COMMAND", "VERB", "SHELL", "VERSION"].contains(&word.as_str())) {
                continue;
            }
            let wrong = match snapback::commands::definition().try_get_matches_from(&words) {
                Err(error) if matches!(error.kind(), UnknownArgument | InvalidSubcommand) => Some(error.to_string()),
                _ => None,
            };
            assert_eq!(wrong, None, "{page}: {words:?}");
            tried += 1;
        }
    }
    assert!(tried >= 100, "{tried}");
}

/// The anchor of a heading, as GitHub makes it.
fn anchor(heading: &str) -> String {
    let kept = heading
        .to_lowercase()
        .chars()
        .filter(|c| c.is_alphanumeric() || [' ', '-', '_'].contains(c))
        .collect::<String>();
    kept.replace(' ', "-")
}

#[test]
fn each_link_leads_to_a_heading() {
    let mut followed = 0;
    for page in pages() {
        let folder = root().join(&page).parent().unwrap().to_owned();
        let text = read(&page);
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let Some((file, heading)) = link.split_once('#').filter(|_| !link.starts_with("https://")) else {
                continue;
            };
            let target = if file.is_empty() { text.clone() } else { fs::read_to_string(folder.join(file)).unwrap() };
            let mut headings =
                target.lines().filter(|line| line.starts_with('#')).map(|line| line.trim_start_matches(['#', ' ']));
            assert!(headings.any(|title| anchor(title) == heading), "{page}: {link}");
            followed += 1;
        }
    }
    assert!(followed >= 10, "{followed}");
}
