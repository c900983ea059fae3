//! The proxy of the tests, in EC2's words.

use crate::support::between::Dialect;
pub use crate::support::between::{Between, Fate, message};

const EC2: Dialect = Dialect { action, error };

fn action(_: &str, form: &str) -> String {
    form.split('&').find_map(|pair| pair.strip_prefix("Action=")).unwrap_or_default().to_owned()
}

fn error(_: u16, code: &str, words: &str) -> (&'static str, String) {
    let body = format!(
        "<?xml version=\"1.0\"?><Response><Errors><Error><Code>{code}</Code><Message>{words}</Message></Error></Errors>\
         <RequestID>1</RequestID></Response>"
    );
    ("text/xml", body)
}

/// Before moto, for whom this header is.
pub fn adding(server: &str, header: &str) -> Between {
    Between::adding(EC2, server, &[], header)
}
