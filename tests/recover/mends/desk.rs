//! Where an operator stands who runs `check` and types what it prints, word by word, into a shell.

use std::os::unix::fs::symlink;
use std::path::Path;

use serde_json::Value;

use crate::support::fake_bosh::Director;
use crate::support::{Ran, Run, Sandbox};

/// A next command of a kind of finding, and a scene in which it is printed and typed. Words in capitals stand for others.
pub struct Case {
    pub finding: &'static str,
    pub next: &'static str,
    pub scene: fn(&Case, Stands),
}

/// Where `check` is run, and what is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stands {
    /// Beside the manifest, which is found.
    Beside,
    /// Where no manifest is: it, the state file and the deployment are named.
    Elsewhere,
}

type Prepare<'a> = Box<dyn Fn(&Path, &[&str]) -> Run + 'a>;

/// An operator at work.
pub struct Desk<'a> {
    prepare: Prepare<'a>,
    sandbox: &'a Sandbox,
    elsewhere: Option<tempfile::TempDir>,
    options: Vec<String>,
    environment: Vec<(String, String)>,
    checks: Vec<String>,
    may_come: Vec<&'static str>,
}

impl<'a> Desk<'a> {
    pub fn at(sandbox: &'a Sandbox, stands: Stands) -> Self {
        Desk::new(sandbox, stands, Box::new(|program, words| sandbox.prepare_of(program, words)))
    }

    pub fn of(director: &'a Director, stands: Stands) -> Self {
        Desk::new(&director.sandbox, stands, Box::new(|program, words| director.prepare_of(program, words)))
    }

    fn new(sandbox: &'a Sandbox, stands: Stands, prepare: Prepare<'a>) -> Self {
        let bin = sandbox.path("bin");
        std::fs::create_dir_all(&bin).unwrap();
        if !bin.join("snapback").is_symlink() {
            symlink(env!("CARGO_BIN_EXE_snapback"), bin.join("snapback")).unwrap();
        }
        let mut desk = Desk {
            prepare,
            sandbox,
            elsewhere: None,
            options: vec![],
            environment: vec![],
            checks: vec![],
            may_come: vec![],
        };
        if stands == Stands::Elsewhere {
            desk.elsewhere = Some(tempfile::tempdir().unwrap());
            desk = desk.named("director.yml", "director-snapshots.db", "prod");
        }
        desk
    }

    /// Who stands elsewhere names these.
    pub fn named(mut self, manifest: &str, state: &str, deployment: &str) -> Self {
        if self.elsewhere.is_some() {
            let path = |relative: &str| self.sandbox.path(relative).to_str().unwrap().to_owned();
            let words = ["-m", &path(manifest), "--state", &path(state), "-d", deployment];
            self.options = words.map(str::to_owned).into();
        }
        self
    }

    /// Names no deployment.
    pub fn of_all_deployments(mut self) -> Self {
        self.options.truncate(4);
        self
    }

    /// Gives `check` these arguments.
    pub fn checking(mut self, arguments: &[&str]) -> Self {
        self.checks = arguments.iter().map(|word| (*word).to_owned()).collect();
        self
    }

    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    /// What is done brings such a finding rightly.
    pub fn may_bring(mut self, finding: &'static str) -> Self {
        self.may_come.push(finding);
        self
    }

    fn run(&self, program: &Path, words: &[&str]) -> Ran {
        let path = format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", self.sandbox.path("bin").display());
        let run = (self.prepare)(program, words).env("PATH", &path).env("SNAPBACK_TEST_PAUSE_MS", "20");
        let run = match &self.elsewhere {
            Some(elsewhere) => run.within(elsewhere.path().to_str().unwrap()),
            None => run,
        };
        self.environment.iter().fold(run, |run, (name, value)| run.env(name, value)).go()
    }

    /// Types a line into a shell, and says yes.
    pub fn types(&self, line: &str) -> Ran {
        let line = format!("export BOSH_NON_INTERACTIVE=true; {line}");
        self.run(Path::new("/bin/sh"), &["-c", &line])
    }

    /// What `check` finds.
    #[track_caller]
    pub fn finds(&self) -> Vec<Value> {
        let words = self.options.iter().map(String::as_str).chain(["check", "--output", "json"]);
        let words: Vec<&str> = words.chain(self.checks.iter().map(String::as_str)).collect();
        let ran = self.run(&self.sandbox.path("bin/snapback"), &words);
        let document: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{ran:?}"));
        assert!([0, 11].contains(&ran.status), "{ran:?}");
        document["findings"].as_array().unwrap_or_else(|| panic!("{ran:?}")).clone()
    }

    /// The finding of the case about this thing, with the next command of the case; `words` stand for those in capitals.
    #[track_caller]
    pub fn found(&self, case: &Case, about: &str, words: &[(&str, &str)]) -> Value {
        let found = self.finds();
        let it = |one: &&Value| one["finding"] == case.finding && one["about"] == about;
        let finding = found.iter().find(it).unwrap_or_else(|| panic!("no {} {about}: {found:#?}", case.finding));
        let next = finding["next"].as_str().unwrap();
        assert_eq!(self.bare(next), self.bare(&self.line(case.next, words)), "{finding:#?}");
        let names_files =
            self.options.is_empty() || !next.contains("snapback ") || next.contains(&self.options[..2].join(" "));
        assert!(names_files, "{finding:#?}");
        finding.clone()
    }

    /// A command as it works here.
    pub fn line(&self, template: &str, words: &[(&str, &str)]) -> String {
        let line = words.iter().fold(template.to_owned(), |line, (word, meant)| line.replace(word, meant));
        let program = ["snapback"].into_iter().chain(self.options.iter().map(String::as_str));
        self.bare(&line).replace("snapback ", &format!("{} ", program.collect::<Vec<_>>().join(" ")))
    }

    /// A text without the options that were typed, and without the place of its files. That it is complete shows when it is
    /// typed.
    pub fn bare(&self, text: &str) -> String {
        let options = self.options.chunks(2).map(|option| format!(" {}", option.join(" ")));
        let bare = options.fold(text.to_owned(), |text, option| text.replace(&option, ""));
        bare.replace(&format!("{}/", self.sandbox.path("x").parent().unwrap().display()), "")
    }

    /// The finding is there, its next command is typed and succeeds, and then it is gone and nothing has come.
    #[track_caller]
    pub fn mends(&self, case: &Case, about: &str, words: &[(&str, &str)]) -> Ran {
        self.mends_with(case, about, words, &[])
    }

    /// The same by an operator who fills in these words.
    #[track_caller]
    pub fn mends_with(&self, case: &Case, about: &str, words: &[(&str, &str)], filled: &[(&str, &str)]) -> Ran {
        let before = self.finds();
        let finding = self.found(case, about, words);
        let next = finding["next"].as_str().unwrap().to_owned();
        let fill = |line: String, (word, meant): &(&str, &str)| match meant.ends_with(&format!("/{word}"))
            && line.contains(meant)
        {
            // It has the right file's place already.
            true => line,
            false => line.replace(word, meant),
        };
        let line = filled.iter().fold(next, fill);
        let ran = self.types(&line);
        assert_eq!(ran.status, 0, "{line}: {ran:?}");
        self.is_gone(case, about, &before);
        ran
    }

    /// The finding says itself that its next command does not mend it: with these words, and the command succeeds.
    #[track_caller]
    pub fn tells(&self, case: &Case, about: &str, words: &[(&str, &str)], says: &[&str]) -> Vec<Value> {
        let before = self.finds();
        let finding = self.found(case, about, words);
        let message = self.bare(finding["message"].as_str().unwrap());
        for text in says {
            assert!(message.contains(&self.bare(&self.line(text, words))), "no '{text}' in {finding:#?}");
        }
        let ran = self.types(finding["next"].as_str().unwrap());
        assert!(ran.status == 0 || finding["next"].as_str().unwrap().contains(" check"), "{ran:?}");
        before
    }

    /// The finding is gone, and all that there is was there before.
    #[track_caller]
    pub fn is_gone(&self, case: &Case, about: &str, before: &[Value]) {
        let after = self.finds();
        let names = |one: &Value| (one["finding"].clone(), one["about"].clone());
        let is_it = |one: &Value| one["finding"] == case.finding && one["about"] == about;
        assert!(!after.iter().any(is_it), "{} {about} is found again: {after:#?}", case.finding);
        for one in after.iter().filter(|one| !self.may_come.iter().any(|may| one["finding"] == *may)) {
            assert!(before.iter().any(|other| names(other) == names(one)), "it is new: {one:#?}");
        }
    }
}
