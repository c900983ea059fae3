//! Listens to the dead man's switch until it says nothing any more.

use std::io::{self, BufRead};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::thread;

use super::takeover::Shared;
use super::words::Said;
use crate::process::companion::From;

/// Listens from now on. `is_ready` is told when the switch can take orders, and is dropped if it never can.
///
/// # Errors
/// Those of the operating system.
pub(super) fn start(shared: Arc<Shared>, from: From, is_ready: Sender<()>) -> io::Result<()> {
    let listen = move || {
        let mut is_ready = Some(is_ready);
        for line in from.lines().map_while(io::Result::ok) {
            let Ok(said) = serde_json::from_str::<Said>(&line) else { continue };
            shared.heard();
            match said {
                Said::Alive => {}
                Said::Ready => {
                    let _ = is_ready.take().map(|ready| ready.send(()));
                }
                said => shared.note(said),
            }
        }
        // It was killed, unless it was told to end.
        shared.take_over();
        shared.reap();
    };
    thread::Builder::new().name("dead-man".to_owned()).spawn(listen).map(drop)
}
