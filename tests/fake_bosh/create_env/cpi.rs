//! The CPI of create-env. Its job is rendered into the installation, is there while create-env runs, and is deleted at
//! its end (bosh-cli `cpi/release/installer.go`). Each call is a process in a group of its own, which lives on when its
//! client dies (`bosh-utils/system/exec_process.go`, `Setpgid`).

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// The installation of one state file, and the job of its CPI.
pub struct Installation {
    root: PathBuf,
    job: String,
    director: String,
}

/// What a call ended with.
pub struct CallError {
    pub kind: String,
    pub text: String,
}

impl Installation {
    pub fn of(id: &str, job: &str, director: &str) -> Self {
        let home = std::env::var("HOME").unwrap();
        let root = Path::new(&home).join(".bosh/installations").join(id);
        Installation { root, job: job.to_owned(), director: director.to_owned() }
    }

    fn program(&self) -> PathBuf {
        self.root.join("jobs").join(&self.job).join("bin/cpi")
    }

    /// Makes the job new, and with it the packages, which stay.
    pub fn render(&self) {
        let program = self.program();
        fs::create_dir_all(program.parent().unwrap()).unwrap();
        fs::create_dir_all(self.root.join("packages").join(&self.job)).unwrap();
        let own = std::env::current_exe().unwrap();
        // As a wrapper of `sudo` does, where the file `closes` of the home says so: all but three are closed.
        let home = std::env::var("FAKE_BOSH_HOME").unwrap_or_default();
        let closing = if Path::new(&home).join("closes").exists() {
            "for fd in /proc/$$/fd/*; do fd=${fd##*/}; [ $fd -gt 2 ] && eval \"exec $fd>&-\"; done\n"
        } else {
            ""
        };
        fs::write(&program, format!("#!/bin/bash\n{closing}exec '{}' __cpi\n", own.display())).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// `Cleaning up rendered CPI jobs`
    pub fn clean_up(&self) {
        let _ = fs::remove_dir_all(self.root.join("jobs"));
    }

    /// One call (cloud/cpi_cmd_runner.go).
    pub fn call(&self, method: &str, arguments: Value) -> Result<Value, CallError> {
        let request = json!({
            "method": method,
            "arguments": arguments,
            "context": {"director_uuid": self.director, "vm": {"stemcell": {"api_version": 3}}},
            "api_version": 2,
        });
        let mut child = Command::new(self.program())
            .env("BOSH_PACKAGES_DIR", self.root.join("packages"))
            .env("BOSH_JOBS_DIR", self.root.join("jobs"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .process_group(0)
            .spawn()
            .unwrap();
        let _ = child.stdin.take().unwrap().write_all(request.to_string().as_bytes());
        let output = child.wait_with_output().unwrap();
        let Ok(answer) = serde_json::from_slice::<Value>(&output.stdout) else {
            let said = String::from_utf8_lossy(&output.stdout);
            let text = format!(
                "Calling CPI '{method}' method:\n  Unmarshalling external CPI command output: STDOUT: '{said}', STDERR: '':\n    \
                 unexpected end of JSON input"
            );
            return Err(CallError { kind: String::new(), text });
        };
        if answer["error"].is_null() {
            return Ok(answer["result"].clone());
        }
        let error = &answer["error"];
        let (kind, message, again) = (&error["type"], &error["message"], &error["ok_to_retry"]);
        let text = format!(
            "CPI '{method}' method responded with error: CmdError{{\"type\":{kind},\"message\":{message},\"ok_to_retry\":{again}}}"
        );
        Err(CallError { kind: kind.as_str().unwrap_or_default().to_owned(), text })
    }
}
