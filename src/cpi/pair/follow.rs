//! How far the cloud is with a snapshot that the executable waits for: BOSH's protocol cannot tell, the native side can.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use super::Pair;
use crate::cpi::{Cpi, CpiResult, Effect, Made};
use crate::domain::ids::Token;
use crate::domain::intent::Intent;
use crate::domain::snapshot::name_of;

/// The pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);
/// By how many percent the progress must grow for another line.
const WORTH: u8 = 5;

/// Hears of the progress: the thing that is made, and the percentage.
pub type Far = Arc<dyn Fn(&str, u8) + Send + Sync>;

impl Pair {
    /// Has the executable take a snapshot, and tells meanwhile how far the cloud is. It does not wait for the thread
    /// that looks, whose last question may take a while.
    pub(super) fn take(&self, intent: &Intent, effect: &Effect) -> CpiResult<Made> {
        let (ended, waiting) = channel::<()>();
        let (native, far, token) = (Arc::clone(&self.native), Arc::clone(&self.far), intent.token().clone());
        // Without the other thread the snapshot is taken all the same.
        drop(thread::Builder::new().spawn(move || follow(native.as_ref(), &far, &token, &waiting)));
        let made = self.executable.act(intent, effect);
        drop(ended);
        made
    }
}

fn follow(native: &dyn Cpi, far: &Far, token: &Token, waiting: &Receiver<()>) {
    let mut told: Option<u8> = None;
    while waiting.recv_timeout(PAUSE) == Err(RecvTimeoutError::Timeout) {
        let listed = native.list_snapshots(&name_of(token)).unwrap_or_default();
        let Some(found) = listed.first() else { continue };
        let progress = native.describe_snapshot(&found.cid).ok().and_then(|status| status.progress);
        let is_news = |percent: &u8| told.is_none_or(|told| *percent >= told.saturating_add(WORTH));
        if let Some(percent) = progress.filter(is_news) {
            told = Some(percent);
            far(&format!("snapshot {} of disk {}", found.cid, found.disk), percent);
        }
    }
}
