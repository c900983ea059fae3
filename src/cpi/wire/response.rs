//! The response, parsed as it comes. A log of any length is skipped, and result and error are limited.

use std::cell::RefCell;
use std::fmt;
use std::io::Read;

use serde::de::{DeserializeSeed, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value;
use serde_json::error::Category;

use super::metered::{LIMIT, Meter, Metered};

/// A CPI's answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Response {
    /// The method's result.
    pub result: Value,
    /// Why it failed; if it did, the result means nothing.
    pub error: Option<WireError>,
    /// If it failed, the last lines of its own log.
    pub log: Option<String>,
}

/// An error on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireError {
    /// BOSH's name of it, or a class name of the CPI's language.
    pub kind: String,
    /// The CPI's words, often with a backtrace in further lines.
    pub message: String,
    /// Whether the CPI says that trying again may help.
    pub ok_to_retry: bool,
}

/// The outcome of reading an answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Parsed {
    /// Nothing came.
    Nothing,
    /// One response, and nothing behind it (so far).
    One(Response),
    /// A response with something else behind it: it is not known which of them counts.
    More(Response),
    /// Something that is not a response.
    Unreadable {
        /// Why; it quotes nothing of the answer.
        why: String,
        /// The result that was read before the point where it becomes unreadable.
        result: Option<Value>,
    },
}

/// Reads an answer to its end, and tells `learn` of it as soon as something is known: first the response, and later
/// that there is more. It waits for a process that keeps the stream open; what `learn` was told before that counts.
pub fn read(from: impl Read, mut learn: impl FnMut(Parsed)) {
    let meter = Meter::new();
    let mut stream = serde_json::Deserializer::from_reader(Metered::new(from, &meter));
    let seen = RefCell::new(None);
    let response = match (ResponseSeed { meter: &meter, seen: &seen }).deserialize(&mut stream) {
        Ok(response) => response,
        Err(_) if meter.is_blank() => return learn(Parsed::Nothing),
        Err(error) => return learn(Parsed::Unreadable { why: reason(&error), result: seen.into_inner() }),
    };
    learn(Parsed::One(response.clone()));
    meter.pass();
    if stream.end().is_err() {
        learn(Parsed::More(response));
    }
}

fn reason(error: &serde_json::Error) -> String {
    let place = format!("line {}, column {}", error.line(), error.column());
    match error.classify() {
        Category::Eof => "it ends in the middle".to_owned(),
        Category::Syntax => format!("it is not JSON ({place})"),
        Category::Data => format!("it is not the response of a CPI, with `result` and `error` ({place})"),
        Category::Io => format!("its result is larger than {} KiB, or nested too deep", LIMIT / 1024),
    }
}

struct ResponseSeed<'m> {
    meter: &'m Meter,
    seen: &'m RefCell<Option<Value>>,
}

impl<'de> DeserializeSeed<'de> for ResponseSeed<'_> {
    type Value = Response;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Response, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for ResponseSeed<'_> {
    type Value = Response;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a response")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Response, A::Error> {
        let (mut error, mut log): (Option<Value>, Option<String>) = (None, None);
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "result" => *self.seen.borrow_mut() = Some(map.next_value()?),
                "error" => error = Some(map.next_value()?),
                "log" => {
                    self.meter.pass_but_for_the_end();
                    map.next_value::<IgnoredAny>()?;
                    log = self.meter.end_of_text();
                }
                _ => {
                    self.meter.pass();
                    map.next_value::<IgnoredAny>()?;
                }
            }
            self.meter.keep();
        }
        if self.seen.borrow().is_none() && error.is_none() {
            return Err(serde::de::Error::custom("neither result nor error"));
        }
        let error = match error {
            None | Some(Value::Null) => None,
            Some(error) => Some(wire_error(&error).ok_or_else(|| serde::de::Error::custom("not an error of a CPI"))?),
        };
        let log = log.filter(|log| error.is_some() && !log.trim().is_empty());
        Ok(Response { result: self.seen.take().unwrap_or(Value::Null), error, log })
    }
}

/// The error of an answer. The Director wants all three keys with their types; a CPI that sends less has failed all the
/// same.
fn wire_error(error: &Value) -> Option<WireError> {
    if let Value::String(message) = error {
        return Some(WireError { kind: String::new(), message: message.clone(), ok_to_retry: false });
    }
    let error = error.as_object()?;
    let text = |key: &str| match error.get(key) {
        Some(Value::String(text)) => text.clone(),
        None | Some(Value::Null) => String::new(),
        Some(other) => other.to_string(),
    };
    Some(WireError {
        kind: text("type"),
        message: text("message"),
        ok_to_retry: error.get("ok_to_retry") == Some(&Value::Bool(true)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn last(text: &[u8]) -> Parsed {
        let mut last = Parsed::Nothing;
        read(text, |parsed| last = parsed);
        last
    }

    fn result(value: impl Into<Value>) -> Parsed {
        Parsed::One(Response { result: value.into(), error: None, log: None })
    }

    #[test]
    fn answers_are_read() {
        assert_eq!(last(br#"{"result":"snap-1","error":null,"log":""}"#), result("snap-1"));
        assert_eq!(last(b" {\"log\":\"\xff\",\"result\":1}\n\n"), result(1));
        assert_eq!(last(br#"{"error":null}"#), result(Value::Null));
        let Parsed::One(response) = last(br#"{"result":1,"error":{"type":"T","message":"m","ok_to_retry":true}}"#)
        else {
            panic!()
        };
        assert_eq!(
            response.error,
            Some(WireError { kind: "T".to_owned(), message: "m".to_owned(), ok_to_retry: true })
        );
        assert!(matches!(last(br#"{"error":"boom"}"#), Parsed::One(Response { error: Some(_), .. })));
    }

    #[test]
    fn of_a_failed_call_the_end_of_its_log_is_kept_in_whole_lines() {
        let log = |answer: &[u8]| match last(answer) {
            Parsed::One(response) => response.log,
            other => panic!("{other:?}"),
        };
        let failed = |text: &str| format!("{{\"log\":{text},\"error\":{{}}}}").into_bytes();
        assert_eq!(log(&failed(r#""one\ntwo \"quoted\" \\""#)).as_deref(), Some("one\ntwo \"quoted\" \\"));
        assert_eq!(log(b"{\"error\":{},\"log\":\"a\xffb\"}").as_deref(), Some("a\u{fffd}b"));
        for none in ["null", "7", "[\"x\"]", "\"\"", "\" \\n\""] {
            assert_eq!(log(&failed(none)), None, "{none}");
        }
        assert_eq!(log(br#"{"result":1,"log":"x"}"#), None, "of one that has not failed nobody asks");
        // Of a long log only the last lines, and never the rest of a line that is cut.
        let long = format!("\"{}secret\\nlast \\u00fc\\nline\"", "x".repeat(1 << 20));
        assert_eq!(log(&failed(&long)).as_deref(), Some("last \u{fc}\nline"));
        assert_eq!(log(&failed(&format!("\"{}\"", "x".repeat(1 << 20)))), None);
        assert_eq!(log(&failed(&format!("\"{}\"", "\\\\n".repeat(1 << 18)))), None, "a backslash and an n");
        let many = log(&failed(&format!("\"{}end\"", "0123456\\n".repeat(1 << 16)))).unwrap();
        assert!(many.len() <= 16 * 1024 && many.ends_with("0123456\nend") && many.starts_with("0123456\n"), "{many}");
    }

    #[test]
    fn what_is_no_answer_is_told_for_what_it_is() {
        assert_eq!(last(b""), Parsed::Nothing);
        assert_eq!(last(b" \n"), Parsed::Nothing);
        for (text, word) in [
            (&b"bash: no such thing"[..], "not JSON"),
            (b"\x0c\"result\":\"snap-1\",\"error\":null}", "not JSON"),
            (b"{\"result\":\"snap", "middle"),
            (b"{}", "not the response"),
            (b"[1]", "not the response"),
            (b"\"snap-1\"", "not the response"),
            (b"{\"result\":1,\"error\":7}", "not the response"),
            (b"{\"result\":\"\xff\"}", "not JSON"),
        ] {
            assert!(matches!(last(text), Parsed::Unreadable { why, .. } if why.contains(word)), "{:?}", last(text));
        }
        assert!(matches!(last(br#"{"result":"a"}{"result":"b"}"#), Parsed::More(_)));
        assert!(matches!(last(br#"{"result":"a"} and then"#), Parsed::More(_)));
    }

    #[test]
    fn what_is_kept_has_a_bound_and_what_is_passed_over_has_none() {
        let long = "x".repeat(3 << 20);
        assert_eq!(
            last(format!("{{\"log\":\"{long}\",\"result\":\"a\",\"more\":[\"{long}\"]}}").as_bytes()),
            result("a")
        );
        for text in [
            format!("{{\"result\":\"{long}\"}}"),
            format!("{{\"error\":{{\"message\":\"{long}\"}}}}"),
            format!("{{\"{long}\":1,\"result\":1}}"),
            format!("{{\"log\":{}", "[".repeat(3 << 20)),
        ] {
            assert!(matches!(last(text.as_bytes()), Parsed::Unreadable { why, .. } if why.contains("larger")));
        }
        // Brackets in a text are not levels.
        assert_eq!(last(format!("{{\"log\":\"\\\"{}\",\"result\":1}}", "[".repeat(1000)).as_bytes()), result(1));
    }
}
