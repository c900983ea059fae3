//! Files in the tree that are generated from the program: compared here, and written again if `SNAPBACK_WRITE_DOCS` is
//! set, as `.ci/docs` does.

use std::fs;
use std::path::Path;

/// Asserts that the file is the generated one.
pub fn is_made(name: &str, made: &str) {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    if std::env::var_os("SNAPBACK_WRITE_DOCS").is_some() {
        fs::write(&place, made).unwrap();
    }
    assert!(fs::read_to_string(place).unwrap_or_default() == made, "{name} is old: type ./.ci/docs");
}

/// Asserts that the lines after `before`, up to the next empty one, are the generated ones.
pub fn part_is_made(name: &str, before: &str, made: &str) {
    let text = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap();
    let (start, rest) = text.split_once(before).unwrap_or_else(|| panic!("{name} lacks {before:?}"));
    let end = rest.find("\n\n").map_or("", |end| &rest[end + 1..]);
    is_made(name, &format!("{start}{before}{made}{end}"));
}
