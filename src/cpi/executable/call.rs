//! One call of a method: the child process, and what can go wrong with it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::raw::Raw;
use super::setting::Setting;
use super::{ExtensionContext, tail};
use crate::clock::Ids;
use crate::cpi::trace::Called;
use crate::cpi::wire::{self, EXTENSION, Parsed, Request, Response, error_type};
use crate::cpi::{CpiError, CpiErrorKind, CpiResult};
use crate::domain::intent::Starting;
use crate::process::{self, Call, Ended, Heard, ProcessError};

/// Where to see an answer that cannot be read.
const SHOWN: &str = "what it answered is shown with --verbose, and in the file of --log-file";

/// The API version of a stemcell if nothing else says: that of each stemcell since 2019.
const STEMCELL_API_VERSION: u64 = 2;

/// The methods that attach and detach. If the request has no such version, the AWS CPI answers with an error about its
/// registry after the effect of these (`cloud_v2.rb`).
const ATTACHES: [&str; 2] = ["attach_disk", "detach_disk"];

/// The doubt that a call leaves behind if its answer does not come, or cannot be understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Nature {
    /// Nothing: the call only asks.
    Query,
    /// The change may have happened.
    Effect,
}

/// Calls one executable.
pub(super) struct Caller {
    pub(super) setting: Setting,
    ids: Ids,
    api_version: Option<u64>,
}

/// The facts of a call under way, for its errors.
pub(super) struct Context<'a> {
    caller: &'a Caller,
    pub(super) method: &'static str,
    /// The CID that the call is about, if its first argument is one.
    about: String,
    nature: Nature,
    request: String,
    /// The end of the child's log, without secrets.
    log: String,
}

impl Caller {
    pub(super) fn new(setting: Setting, ids: Ids) -> Self {
        let api_version = setting.manner.version_of_info();
        Caller { setting, ids, api_version }
    }

    /// Makes all later calls in this version.
    pub(super) fn agree_on(&mut self, api_version: Option<u64>) {
        self.api_version = api_version;
    }

    /// Calls a method and returns its result, with the context for errors about it.
    pub(super) fn call(
        &self,
        nature: Nature,
        method: &'static str,
        arguments: Vec<Value>,
        extension: &ExtensionContext,
        starting: Option<Starting>,
    ) -> CpiResult<(Value, Context<'_>)> {
        let about = arguments.first().and_then(Value::as_str).unwrap_or_default().to_owned();
        let mut context =
            Context { caller: self, method, about, nature, request: self.request_id(), log: String::new() };
        let request = Request {
            method: method.to_owned(),
            arguments,
            context: self.context(method, &context.request, extension),
            api_version: self.api_version,
        };
        let stdin = serde_json::to_vec(&request)
            .map_err(|error| context.fail(CpiErrorKind::InvalidRequest, error.to_string()))?;
        let call = Call {
            env: self.setting.environment.clone(),
            stdin,
            deadline: Some(self.setting.deadline),
            stop: (nature == Nature::Query).then(|| Arc::clone(&self.setting.stop)),
            tail_limit: tail::KEPT,
            starting,
            through: self.setting.through.clone(),
            ..Call::new(&self.setting.program)
        };
        let begun = Instant::now();
        let raw = Raw::default();
        let copy = raw.clone();
        let heard = process::listen(&call, move |stdout, learn| {
            let mut stdout = copy.of(stdout);
            wire::read(&mut stdout, learn);
            stdout.keep_the_rest();
        });
        let took = begun.elapsed();
        let mut answer = None;
        let (log, result) = match heard {
            Ok(heard) if matches!(heard.learnt, Some(Parsed::Unreadable { .. } | Parsed::More(_))) => {
                answer = Some(raw.told(&self.setting.redactor));
                let log = tail::whole(&heard.stderr_tail, &self.setting.redactor);
                (log, context.understood(heard).map_err(|error| error.hint(SHOWN)))
            }
            Ok(heard) => (tail::whole(&heard.stderr_tail, &self.setting.redactor), context.understood(heard)),
            Err(error) => (String::new(), Err(context.not_run(&error))),
        };
        let failure = result.as_ref().err().map(|error| error.message.as_str());
        let (cpi, request) = (&self.setting.name, Some(context.request.as_str()));
        self.setting.trace.called(&Called {
            cpi,
            method,
            request,
            took,
            failure,
            answer: answer.as_deref(),
            log: &log,
        });
        Ok((result?, context))
    }

    /// An id in the Director's form: `cpi-` and six digits. CPIs write it into their logs.
    fn request_id(&self) -> String {
        let digits = self
            .ids
            .uuid()
            .bytes()
            .filter(u8::is_ascii_hexdigit)
            .rev()
            .take(8)
            .fold(0_u64, |sum, digit| sum * 16 + u64::from((digit as char).to_digit(16).unwrap_or(0)));
        format!("cpi-{}", 100_000 + digits % 900_000)
    }

    fn context(&self, method: &str, request: &str, extension: &ExtensionContext) -> Map<String, Value> {
        let setting = &self.setting;
        let mut context = Map::new();
        context.insert("director_uuid".to_owned(), json!(setting.director_uuid));
        context.insert("request_id".to_owned(), json!(request));
        let assumed = ATTACHES.contains(&method).then_some(STEMCELL_API_VERSION);
        if let Some(version) = setting.stemcell_api_version.or(assumed) {
            context.insert("vm".to_owned(), json!({"stemcell": {"api_version": version}}));
        }
        // A cpi-config's properties win, as with the Director.
        context.extend(setting.properties.expose().clone());
        if let Some(words) = extension {
            context.insert(EXTENSION.to_owned(), words.clone());
        }
        context
    }
}

impl Context<'_> {
    /// An error of this call, which names the request, and the end of the log.
    pub(super) fn fail(&self, kind: CpiErrorKind, message: impl std::fmt::Display) -> CpiError {
        let name = &self.caller.setting.name;
        let error = CpiError::new(name, self.method, kind, format!("{message} (request {})", self.request));
        if self.log.is_empty() { error } else { error.hint(format!("its log ends: {}", self.log)) }
    }

    /// The error for an answer that does not have what the method promises.
    pub(super) fn senseless(&self, message: impl std::fmt::Display) -> CpiError {
        let kind = match self.nature {
            Nature::Query => CpiErrorKind::Cloud,
            Nature::Effect => CpiErrorKind::OutcomeUnknown,
        };
        self.fail(kind, message)
    }

    /// The error if there is no answer at all.
    fn unheard(&self, message: impl std::fmt::Display) -> CpiError {
        let kind = match self.nature {
            Nature::Query => CpiErrorKind::NoAnswer,
            Nature::Effect => CpiErrorKind::OutcomeUnknown,
        };
        self.fail(kind, message)
    }

    fn not_run(&self, error: &ProcessError) -> CpiError {
        let failed = match error.started() {
            true => self.unheard(error),
            false => self.fail(CpiErrorKind::NoAnswer, error),
        };
        failed.hint(error.remedy())
    }

    /// Judges the answer: a valid one counts more than how the child ended.
    fn understood(&mut self, heard: Heard<Parsed>) -> CpiResult<Value> {
        self.log = tail::shown(&heard.stderr_tail, &self.caller.setting.redactor);
        if heard.stopped {
            return Err(self.fail(CpiErrorKind::Cloud, "was ended: nobody waits for it any more"));
        }
        let how = ending(heard.ended, heard.timed_out, self.caller.setting.deadline);
        match heard.learnt.unwrap_or(Parsed::Nothing) {
            Parsed::One(Response { result, error: None, .. }) => Ok(result),
            Parsed::One(Response { error: Some(error), log, .. }) => Err(self.told(&error, log.as_deref())),
            Parsed::Nothing => Err(self.unheard(format!("no answer: {how}"))),
            Parsed::Unreadable { why, result } => {
                let named = self.named(result.as_ref(), "it");
                Err(self.senseless(format!("its answer cannot be read: {why}{named}; {how}")))
            }
            Parsed::More(response) => {
                let named = self.named(Some(&response.result), "the first");
                Err(self.senseless(format!("more than one answer, or something after it{named}")))
            }
        }
    }

    /// The answer itself, for whoever has to find out what was made.
    pub(super) fn says(&self, answer: &Value) -> String {
        self.named(Some(answer), "it")
    }

    /// Quotes the first line of an answer that does not count: it may name a thing that was made. Empty if there is
    /// nothing to quote.
    fn named(&self, result: Option<&Value>, which: &str) -> String {
        let text = match result {
            None | Some(Value::Null) => String::new(),
            Some(Value::String(text)) => text.clone(),
            Some(other) => other.to_string(),
        };
        let (text, _) = tail::first_line(&text, &self.caller.setting.redactor);
        if text.is_empty() { text } else { format!("; {which} speaks of '{text}'") }
    }

    /// The error that the CPI itself reports.
    fn told(&self, error: &wire::WireError, log: Option<&str>) -> CpiError {
        let redactor = &self.caller.setting.redactor;
        let kind = error_type::kind(self.method, &self.about, error);
        let (line, more) = tail::first_line(&error.message, redactor);
        let (name, _) = tail::first_line(&error.kind, redactor);
        let says_nothing = line.is_empty();
        let message = match (line.is_empty(), name.is_empty()) {
            (false, false) => format!("{line} [{name}]"),
            (false, true) => line,
            (true, false) => name,
            (true, true) => "failed, and did not say why".to_owned(),
        };
        let mut failed = self.fail(kind, message);
        failed.answered = true;
        if let Some(log) =
            log.filter(|_| says_nothing).map(|log| tail::shown(log, redactor)).filter(|log| !log.is_empty())
        {
            let plain = |c: char| if c.is_control() && c != '\n' { char::REPLACEMENT_CHARACTER } else { c };
            failed = failed.hint(format!("the log of its answer ends: {}", log.chars().map(plain).collect::<String>()));
        }
        failed.ok_to_retry = wire::may_be_retried(error);
        if self.nature == Nature::Effect
            && format!("{} {}", error.kind, error.message).to_lowercase().contains("registry")
        {
            failed = failed.hint(
                "a CPI that mentions its registry may have done it all the same; snapback told it the stemcell API \
                 version of snapback.cpi.stemcell_api_version (2 by default): set that to your stemcell's",
            );
        }
        if more {
            failed = failed.hint(format!("it said: {}", tail::shown(&error.message, redactor)));
        }
        failed
    }
}

fn ending(ended: Option<Ended>, timed_out: bool, deadline: Duration) -> String {
    match (ended, timed_out) {
        (None, _) => format!("it was still running after {} s, and cannot be ended", deadline.as_secs_f64()),
        (Some(_), true) => format!("it was still running after {} s, and was ended", deadline.as_secs_f64()),
        (Some(ended), false) => format!("it ended with {ended}"),
    }
}
