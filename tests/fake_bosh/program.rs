//! A double of the `bosh` CLI, of the Director behind it, and of its instances' agents. It behaves as their sources do,
//! each trap with its line in a comment; its clouds are real files behind a real CPI process (`snapback cpi local`), so
//! that a test can compare checksums.
//!
//! `FAKE_BOSH_HOME` names a directory: `director.json` is the Director's database (`world.rs`), `events.jsonl` is what
//! happened, in order, `faults.json` is what is to go wrong (`faults.rs`). A command that acts makes a task, which is a
//! process of its own and outlives its client. The task's lock is its life: when its process is gone, so is the lock.
#![allow(clippy::allow_attributes, reason = "a tool of the tests")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::exit, reason = "a tool of the tests")]
#![allow(clippy::print_stdout, clippy::print_stderr, reason = "a tool of the tests")]

mod acting;
mod agent;
mod arguments;
mod client;
mod cloud;
mod cpi;
mod create_env;
mod driver;
mod faults;
mod home;
mod instances;
mod jobs;
mod lists;
mod manifest;
mod reporter;
mod ssh;
mod table;
mod task;
mod ui;
mod world;
mod wrapper;

use std::process::exit;

use serde_json::json;

use arguments::Arguments;
use client::Client;
use home::Home;
use ui::{Manner, Ui};

fn main() {
    if let Some(directory) = wrapper::home_of(std::env::args().next().unwrap().as_ref()) {
        return wrapper::answer(directory);
    }
    let words: Vec<String> = std::env::args().skip(1).collect();
    let home = Home::of_environment();
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match word(0) {
        "__init" => driver::init(&home, word(1)),
        "__world" => driver::world(&home),
        "__resurrect" => exit(driver::resurrect(&home, word(1))),
        "__tick_orphan_cleanup" => driver::orphan_cleanup(&home, word(1)),
        "__reboot" => exit(driver::reboot(&home, word(1))),
        "__cpi" => cpi::serve(&home),
        "__post" => task::post(&home),
        "__task" => task::work(&home, word(1).parse().unwrap()),
        _ => exit(bosh(home, &words)),
    }
}

/// One command line of the CLI; gives its exit status, 0 or 1.
fn bosh(home: Home, words: &[String]) -> i32 {
    let names: Vec<String> = std::env::vars().map(|(name, _)| name).collect();
    home.log("command", json!({"arguments": words, "environment": names, "pid": std::process::id()}));
    let parsed = Arguments::parse(words);
    let given = parsed.as_ref().ok();
    let asked = |flag, name| given.is_some_and(|given| given.switch(flag, name));
    let manner = match () {
        () if asked("json", "BOSH_JSON") => Manner::Json,
        () if asked("tty", "BOSH_TTY") || std::io::IsTerminal::is_terminal(&std::io::stdout()) => Manner::Terminal,
        () => Manner::Pipe,
    };
    let mut ui = Ui::new(manner);
    let ended = match parsed {
        Ok(given) => {
            if let Some(status) = hostile(&home, &given.command, &mut ui) {
                return status;
            }
            let user = std::env::var("BOSH_CLIENT").unwrap_or_else(|_| "admin".to_owned());
            let mut client = Client { home, ui, given, user };
            let ended = run(&mut client);
            ui = client.ui;
            ended
        }
        Err(error) => Err(error),
    };
    match &ended {
        Ok(()) => ui.line("Succeeded"),
        Err(error) => {
            ui.error_line(error);
            ui.error_line("Exit code 1");
        }
    }
    ui.flush();
    i32::from(ended.is_err())
}

/// An answer that no `bosh` should give (`client:answer`): `html`, `nothing`, `exit:N`, or the first so many percent of
/// a JSON document (`truncated:N`).
fn hostile(home: &Home, command: &str, ui: &mut Ui) -> Option<i32> {
    let action = home.next_fault(command, "client:answer")?;
    let (verb, rest) = action.split_once(':').unwrap_or((action.as_str(), ""));
    match verb {
        "html" => println!("<html><body><h1>502 Bad Gateway</h1></body></html>"),
        "nothing" => {}
        "exit" => return Some(rest.parse().unwrap()),
        "truncated" => {
            ui.part = rest.parse().unwrap();
            return None;
        }
        other => panic!("no such answer: {other}"),
    }
    Some(0)
}

fn run(client: &mut Client) -> Result<(), String> {
    client.meet("client:begin")?;
    if client.given.command == "create-env" {
        return create_env::perform(client);
    }
    let environment = client.given.or_variable("environment", "BOSH_ENVIRONMENT");
    if environment.is_empty() {
        return Err("Expected non-empty Director URL".to_owned());
    }
    let who = std::env::var("BOSH_CLIENT").map_or("anonymous user".to_owned(), |name| format!("client '{name}'"));
    client.ui.line(&format!("Using environment '{environment}' as {who}"));
    match client.given.command.clone().as_str() {
        "environment" | "env" => client.environment(),
        "deployments" | "ds" => client.deployments(),
        "instances" => client.instances(),
        "manifest" => client.manifest(),
        "stop" | "start" | "recreate" => client.change_state(),
        "deploy" => client.deploy(),
        "cloud-check" | "cck" => client.cloud_check(),
        "clean-up" => client.clean_up(),
        "delete-vm" | "delete-disk" => client.delete_by_cid(),
        "attach-disk" => client.attach_disk(),
        "tasks" => client.tasks(),
        "task" => client.task(),
        "cancel-task" => client.cancel_task(),
        "locks" => client.locks(),
        "configs" => client.configs(),
        "config" => client.config(),
        "cloud-config" => client.config_text("cloud"),
        "cpi-config" => client.config_text("cpi"),
        "curl" => client.curl(),
        "update-resurrection" => client.update_resurrection(),
        "disks" => client.disks(),
        "snapshots" => client.snapshots(),
        "take-snapshot" => client.take_snapshot(),
        "delete-snapshot" => client.delete_snapshot(),
        "ssh" => client.ssh(),
        other => Err(format!("Unknown command `{other}'")),
    }
}
