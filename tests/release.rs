//! A release build has no fault points, and nothing else that only tests use.
#![allow(clippy::unwrap_used, clippy::allow_attributes, reason = "tests may")]

/// Where the binary to look at is named. Building it takes minutes, so the test script does that, and names it.
const BINARY: &str = "SNAPBACK_RELEASE_BINARY";

fn holds(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

#[test]
fn a_release_binary_has_none_of_the_tests_doors() {
    const DOOR: &str = "SNAPBACK_TEST_";
    // This test can see a door where there is one.
    assert!(holds(&std::fs::read(env!("CARGO_BIN_EXE_snapback")).unwrap(), DOOR) == cfg!(debug_assertions));
    if let Some(binary) = std::env::var_os(BINARY) {
        let bytes = std::fs::read(binary).unwrap();
        assert!(holds(&bytes, "SNAPBACK_STATE"), "this is no snapback");
        for text in [DOOR, "fault injected", "outlive:"] {
            assert!(!holds(&bytes, text), "the release binary holds {text}");
        }
    }
}
