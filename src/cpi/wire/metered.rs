//! A stream of which no part may be larger than its memory is worth.

use std::cell::Cell;
use std::io::{self, BufRead, BufReader, Error, Read};

/// The most bytes of what is kept: the keys, the result, the error.
pub(super) const LIMIT: u64 = 1024 * 1024;
/// The most levels of what is passed over, as many as serde_json reads of what is kept.
const DEEPEST: u32 = 128;

/// What is read now.
#[derive(Clone, Copy)]
enum Part {
    /// Something to keep, of which so many bytes may still come.
    Kept(u64),
    /// Something to pass over, however long: a log.
    Passed(Nesting),
}

/// Where in a value that is passed over the next byte stands. The parser notes each open bracket, and must not be
/// given a gigabyte of them.
#[derive(Clone, Copy, Default)]
struct Nesting {
    depth: u32,
    in_text: bool,
    escaped: bool,
}

impl Nesting {
    fn pass(mut self, byte: u8) -> Option<Nesting> {
        match (self.in_text, byte) {
            (true, _) if self.escaped => self.escaped = false,
            (true, b'\\') => self.escaped = true,
            (_, b'"') => self.in_text = !self.in_text,
            (false, b'[' | b'{') => self.depth += 1,
            (false, b']' | b'}') => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        (self.depth <= DEEPEST).then_some(self)
    }
}

/// The part that is read now, seen by the parser and by the reader below it.
pub(super) struct Meter {
    part: Cell<Part>,
    blank: Cell<bool>,
}

impl Meter {
    pub(super) fn new() -> Self {
        Meter { part: Cell::new(Part::Kept(LIMIT)), blank: Cell::new(true) }
    }

    pub(super) fn keep(&self) {
        self.part.set(Part::Kept(LIMIT));
    }

    pub(super) fn pass(&self) {
        self.part.set(Part::Passed(Nesting::default()));
    }

    /// Whether nothing but white space has come.
    pub(super) fn is_blank(&self) -> bool {
        self.blank.get()
    }

    fn take(&self, byte: u8) -> bool {
        if !byte.is_ascii_whitespace() {
            self.blank.set(false);
        }
        let next = match self.part.get() {
            Part::Kept(left) => left.checked_sub(1).map(Part::Kept),
            Part::Passed(nesting) => nesting.pass(byte).map(Part::Passed),
        };
        next.map(|next| self.part.set(next)).is_some()
    }
}

/// The stream.
pub(super) struct Metered<'m, R> {
    inner: BufReader<R>,
    meter: &'m Meter,
}

impl<'m, R: Read> Metered<'m, R> {
    pub(super) fn new(inner: R, meter: &'m Meter) -> Self {
        Metered { inner: BufReader::with_capacity(8 * 1024, inner), meter }
    }
}

impl<R: Read> Read for Metered<'_, R> {
    /// Gives single bytes: the parser asks for no more, and the part can change with each.
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(place) = into.first_mut() else { return Ok(0) };
        let Some(byte) = self.inner.fill_buf()?.first().copied() else { return Ok(0) };
        if !self.meter.take(byte) {
            return Err(Error::other("too large"));
        }
        self.inner.consume(1);
        *place = byte;
        Ok(1)
    }
}
