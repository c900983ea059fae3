//! The path of an ops file's operation, as in `patch/pointer.go` of go-patch.

use super::view::shorten;

/// The most parts of a path: as deep as a text can be nested.
const LONGEST: usize = 64;

/// The place in a tree where an operation takes effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer {
    pub(super) tokens: Vec<Token>,
}

/// One part of a path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// `key`, or `key?` if it may be missing.
    Key { key: String, optional: bool },
    /// `name=value`: the one element of a list with that value.
    Match { key: String, value: String, optional: bool, place: Place },
    /// A number; from the end if it is negative.
    Index { index: i64, place: Place },
    /// `-`: after the last element.
    End,
}

/// The place relative to an element, by `:prev`, `:next`, `:before` and `:after`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Place {
    /// How many elements further on.
    pub shift: i64,
    /// Set for a place beside the element, instead of on it.
    pub beside: Option<Side>,
}

/// A side of an element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Before,
    After,
}

impl Pointer {
    /// Reads a path.
    ///
    /// # Errors
    /// The text is not a path; the reason as a sentence.
    pub fn parse(text: &str) -> Result<Pointer, String> {
        if text.is_empty() {
            return Ok(Pointer { tokens: Vec::new() });
        }
        let parts: Vec<&str> = match text.strip_prefix('/') {
            Some(rest) => rest.split('/').collect(),
            None => return Err("the path does not begin with /".to_owned()),
        };
        if parts.len() > LONGEST {
            return Err(format!("the path has more than {LONGEST} parts"));
        }
        let mut optional = false;
        let mut tokens = Vec::with_capacity(parts.len());
        for (at, part) in parts.iter().enumerate() {
            tokens.push(token(part, at + 1 == parts.len(), &mut optional)?);
        }
        Ok(Pointer { tokens })
    }
}

/// A part of a path. Once a part has a `?`, the parts after it count as if they had one, too.
fn token(part: &str, last: bool, optional: &mut bool) -> Result<Token, String> {
    let mut pieces = part.split(':');
    let part = pieces.next().unwrap_or_default();
    let modifiers: Vec<&str> = pieces.collect();
    let place = place(&modifiers)?;
    let refuse = |what: &str| match modifiers.is_empty() {
        true => Ok(()),
        false => Err(format!("{what} takes no :modifier (a : in a key is written ~7)")),
    };
    if last && part == "-" {
        refuse("-")?;
        return Ok(Token::End);
    }
    if let Ok(index) = part.parse() {
        return Ok(Token::Index { index, place });
    }
    let part = match part.strip_suffix('?') {
        Some(part) => {
            *optional = true;
            part
        }
        None => part,
    };
    if let Some((key, value)) = part.split_once('=') {
        return Ok(Token::Match { key: decoded(key), value: decoded(value), optional: *optional, place });
    }
    refuse("a key")?;
    Ok(Token::Key { key: decoded(part), optional: *optional })
}

fn place(modifiers: &[&str]) -> Result<Place, String> {
    let mut place = Place::default();
    for modifier in modifiers {
        if place.beside.is_some() {
            return Err("nothing can follow :before or :after".to_owned());
        }
        match *modifier {
            "prev" => place.shift -= 1,
            "next" => place.shift += 1,
            "before" => place.beside = Some(Side::Before),
            "after" => place.beside = Some(Side::After),
            other => {
                return Err(format!("unknown modifier :{}; there are :prev, :next, :before, :after", shorten(other)));
            }
        }
    }
    Ok(place)
}

fn decoded(text: &str) -> String {
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('~') {
        let (before, escape) = rest.split_at(at);
        decoded.push_str(before);
        let meant = match escape.as_bytes().get(1) {
            Some(b'0') => "~",
            Some(b'1') => "/",
            Some(b'2') => "?",
            Some(b'3') => "=",
            Some(b'7') => ":",
            _ => "",
        };
        let (taken, written) = if meant.is_empty() { (1, "~") } else { (2, meant) };
        decoded.push_str(written);
        rest = escape.get(taken..).unwrap_or_default();
    }
    decoded + rest
}
