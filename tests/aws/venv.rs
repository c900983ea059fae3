//! Virtual environments of Python below the target directory, for the servers of other authors.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The Python of the environment of this name, which has this release; whoever comes first fills it.
pub fn python(name: &str, release: &str) -> PathBuf {
    let place = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::create_dir_all(&place).unwrap();
    let lock = File::create(place.join("lock")).unwrap();
    lock.lock().unwrap();
    let (home, ready) = (place.join("venv"), place.join("ready"));
    if fs::read_to_string(&ready).unwrap_or_default() == release {
        return home.join("bin/python");
    }
    let run = |program: &Path, arguments: &[&str]| {
        let ended = Command::new(program).args(arguments).stdin(Stdio::null()).output();
        let said = ended.as_ref().map(|ended| String::from_utf8_lossy(&ended.stderr).into_owned()).unwrap_or_default();
        let is_done = ended.is_ok_and(|ended| ended.status.success());
        assert!(
            is_done,
            "the tests of AWS need {release} of PyPI, and {} {arguments:?} failed: install python3 with venv, and see that \
             pip reaches a package index\n{said}",
            program.display()
        );
    };
    run(Path::new("python3"), &["-m", "venv", "--clear", home.to_str().unwrap()]);
    run(&home.join("bin/pip"), &["install", "--quiet", "--disable-pip-version-check", release]);
    fs::write(&ready, release).unwrap();
    home.join("bin/python")
}
