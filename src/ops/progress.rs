//! What a use case tells of its course; `ui` shows it.

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
