//! A stream without the parts that are too large to keep in memory.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::io::{self, BufRead, BufReader, Error, Read};

/// The most bytes of each part that is kept: the keys, the result, the error.
pub(super) const LIMIT: u64 = 1024 * 1024;
/// The most bytes of the end of a log.
const TAIL: usize = 16 * 1024;
/// The most levels of a value that is skipped: serde_json reads as many of one that is kept.
const DEEPEST: u32 = 128;

/// The part of an answer that is being read.
#[derive(Clone, Copy)]
enum Part {
    /// A part to keep, and how many bytes of it may still come.
    Kept(u64),
    /// A part to skip, however long: a log.
    Passed(Nesting),
}

/// The place of the next byte within a value that is skipped. The parser notes each open bracket, so it must not get a
/// gigabyte of them.
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

/// The part that is read now; the parser and the reader below it share it.
pub(super) struct Meter {
    part: Cell<Part>,
    blank: Cell<bool>,
    /// The end of the part that is skipped, if it is wanted: bytes of JSON.
    tail: RefCell<Option<VecDeque<u8>>>,
}

impl Meter {
    pub(super) fn new() -> Self {
        Meter { part: Cell::new(Part::Kept(LIMIT)), blank: Cell::new(true), tail: RefCell::new(None) }
    }

    pub(super) fn keep(&self) {
        self.part.set(Part::Kept(LIMIT));
    }

    pub(super) fn pass(&self) {
        self.part.set(Part::Passed(Nesting::default()));
    }

    /// Skips a text, and keeps its end.
    pub(super) fn pass_but_for_the_end(&self) {
        self.pass();
        self.tail.replace(Some(VecDeque::new()));
    }

    /// The end of the text that was skipped, in whole lines; `None` if it was not a text.
    pub(super) fn end_of_text(&self) -> Option<String> {
        let bytes: Vec<u8> = self.tail.take()?.into();
        let text = String::from_utf8_lossy(&bytes);
        let whole = match bytes.len() < TAIL {
            // The colon after the key may be part of it.
            true => text.trim_start_matches(|c: char| c.is_whitespace() || c == ':').to_owned(),
            // The beginning of its first line is lost, and may have been a secret.
            false => format!("\"{}", after_a_line(&text)?),
        };
        serde_json::Deserializer::from_str(&whole).into_iter::<String>().next()?.ok()
    }

    /// Whether nothing but white space has come.
    pub(super) fn is_blank(&self) -> bool {
        self.blank.get()
    }

    fn take(&self, byte: u8) -> bool {
        // JSON's white space: a form feed does not belong to it, and the text after it may be an answer.
        if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
            self.blank.set(false);
        }
        if let Some(tail) = self.tail.borrow_mut().as_mut() {
            if tail.len() == TAIL {
                tail.pop_front();
            }
            tail.push_back(byte);
        }
        let next = match self.part.get() {
            Part::Kept(left) => left.checked_sub(1).map(Part::Kept),
            Part::Passed(nesting) => nesting.pass(byte).map(Part::Passed),
        };
        next.map(|next| self.part.set(next)).is_some()
    }
}

/// Returns the text after the first escaped line break, for a JSON string whose beginning is lost; `None` if it has no
/// line break.
fn after_a_line(text: &str) -> Option<&str> {
    // A backslash at the very beginning may be the second of two.
    let mut rest = text.trim_start_matches('\\').char_indices();
    let cut = text.len() - rest.as_str().len();
    while let Some((_, c)) = rest.next() {
        if c == '\\' && rest.next().is_some_and(|(_, escaped)| escaped == 'n') {
            return text.get(cut + rest.offset()..);
        }
    }
    None
}

/// The stream without the large parts.
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
    /// Returns single bytes: the parser asks for no more, and the part can change with each.
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
