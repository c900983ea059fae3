//! The events of a use case; `ui` shows them.

/// Listens to a use case. Called from several threads at once.
pub trait Progress: Sync {
    /// `total` things are about to be done.
    fn begin(&self, total: usize);
    /// One of them ended; `line` says how.
    fn step(&self, line: &str);
    /// Something else that the operator should read.
    fn note(&self, line: &str);
    /// How far the cloud is with something that is waited for, in percent.
    fn far(&self, what: &str, percent: u8) {
        self.note(&format!("{what}: {percent} %"));
    }
    /// This thread has begun with something that may take long. Gives a number, by which its end is told.
    fn running(&self, _what: &str) -> u64 {
        0
    }
    /// It has come to its end.
    fn over(&self, _number: u64) {}
    /// So many bytes, of how many, has this thread copied in what it is at.
    fn copied(&self, _done: u64, _total: u64) {}
    /// All of them ended.
    fn end(&self);
}

/// Tells nobody.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _total: usize) {}
    fn step(&self, _line: &str) {}
    fn note(&self, _line: &str) {}
    fn end(&self) {}
}

/// Something is at work as long as this lives.
pub struct AtWork<P: std::ops::Deref<Target = T>, T: Progress + ?Sized> {
    progress: P,
    number: u64,
}

impl<P: std::ops::Deref<Target = T>, T: Progress + ?Sized> AtWork<P, T> {
    /// Tells that this thread has begun with it.
    pub fn on(what: &str, progress: P) -> Self {
        let number = progress.running(what);
        AtWork { progress, number }
    }
}

impl<P: std::ops::Deref<Target = T>, T: Progress + ?Sized> Drop for AtWork<P, T> {
    fn drop(&mut self) {
        self.progress.over(self.number);
    }
}
