//! The events of a use case; `ui` shows them.

/// Listens to a use case. It is called from several threads at once.
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
    /// This thread has begun something that may take long. Returns a number by which its end is reported.
    fn running(&self, _what: &str) -> u64 {
        0
    }
    /// It has ended.
    fn over(&self, _number: u64) {}
    /// This thread has copied so many bytes, of so many, in its present work.
    fn copied(&self, _done: u64, _total: u64) {}
    /// All of them ended.
    fn end(&self);
}

/// Ignores all events.
#[derive(Debug, Clone, Copy, Default)]
pub struct Silent;

impl Progress for Silent {
    fn begin(&self, _total: usize) {}
    fn step(&self, _line: &str) {}
    fn note(&self, _line: &str) {}
    fn end(&self) {}
}

/// Something is at work as long as this value lives.
pub struct AtWork<P: std::ops::Deref<Target = T>, T: Progress + ?Sized> {
    progress: P,
    number: u64,
}

impl<P: std::ops::Deref<Target = T>, T: Progress + ?Sized> AtWork<P, T> {
    /// Reports that this thread has begun it.
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
