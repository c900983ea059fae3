//! The verbs that exchange disks, or look at them, each with the state of things that it is run in.

use super::cloud::{BY_HAND, Cloud, NOW, THEN};
use crate::support::Ran;

/// A verb, in a cloud where it is to be run.
pub struct Verb {
    pub words: Vec<String>,
    /// Of which time the content is that the user has asked for; none where nothing is to change.
    pub asked: Option<&'static str>,
    /// An operation is pending already.
    pub is_stuck: bool,
    pub cloud: Cloud,
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

pub fn restore(instance: &'static str) -> Verb {
    swap(instance, |cloud| words(&format!("restore --latest {}", cloud.known.instance)))
}

pub fn restore_by_hand() -> Verb {
    swap("db/0", |cloud| words(&format!("restore {} --disk {BY_HAND}", cloud.known.own)))
}

pub fn check() -> Verb {
    Verb { asked: None, ..swap("db/0", |_| words("check")) }
}

fn swap(instance: &'static str, line: fn(&Cloud) -> Vec<String>) -> Verb {
    let cloud = Cloud::about(instance);
    Verb { words: line(&cloud), asked: Some(THEN), is_stuck: false, cloud }
}

/// Of a restore; where the old disk is lost, from its safety snapshot.
pub fn undo(instance: &'static str, lost: bool) -> Verb {
    let verb = swap(instance, |_| words("undo"));
    verb.cloud.run(&["restore", "--latest", instance]).quiet_success();
    if lost {
        verb.cloud.lose(&verb.cloud.known.old[0]);
    }
    Verb { asked: Some(NOW), ..verb }
}

/// Of a restore that was killed there.
pub fn recover(way: &str, instance: &'static str, point: &str) -> Verb {
    let cloud = Cloud::about(instance);
    let fault = format!("restore.{point}=kill");
    let ran = cloud.sandbox.prepare(&["-n", "restore", "--latest", instance]).fault(&fault).go();
    assert_eq!((ran.status, cloud.pending().len()), (137, 1), "{ran:?}");
    let asked = Some(if way == "--resume" { THEN } else { NOW });
    Verb { words: words(&format!("recover {way}")), asked, is_stuck: true, cloud }
}

/// The printed commands that lead out of a pending operation.
pub fn printed(ran: &Ran) -> Vec<Vec<String>> {
    let lines = ran.stderr.lines().filter_map(|line| line.trim().strip_prefix("Hint: run: snapback "));
    let commands = lines.map(|line| line.split_whitespace().map(str::to_owned).collect::<Vec<_>>());
    let is = |words: &[String], word: &str| words.iter().any(|own| own == word);
    commands.filter(|words| is(words, "recover") && !is(words, "--adopt") && !is(words, "json")).collect()
}
