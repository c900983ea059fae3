//! Text from elsewhere, made safe for the page; times and lengths in the page's form.

use chrono::{DateTime, Utc};

use crate::domain::time::age;
use crate::ui::printable;

/// The text in a form that is safe between tags and in attributes: it cannot be a tag, and has no invisible characters.
pub(super) fn text(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in printable(text).chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push(' '),
            c => safe.push(c),
        }
    }
    safe
}

/// The longest CID for which even the narrowest screen has room.
const WHOLE: usize = 42;

/// A command, a path: where it does not fit, it goes on in the next line.
pub(super) fn code(code: &str) -> String {
    format!("<code>{}</code>", text(code))
}

/// A CID or an id: it is never broken. A longer one than fits everywhere is scrolled.
pub(super) fn cid(cid: &str) -> String {
    let class = if cid.chars().count() <= WHOLE { "whole" } else { "long" };
    format!("<code class=\"{class}\">{}</code>", text(cid))
}

pub(super) fn time(at: DateTime<Utc>) -> String {
    format!("<time datetime=\"{}\">{}</time>", at.format("%Y-%m-%dT%H:%M:%SZ"), at.format("%Y-%m-%d %H:%M"))
}

pub(super) fn ago(at: DateTime<Utc>, now: DateTime<Utc>) -> String {
    if at > now { age(at, now) } else { format!("{} ago", age(at, now)) }
}

/// A word in a colour, in HTML: `good`, `bad` or `odd`.
pub(super) fn pill(look: &str, word: &str) -> String {
    format!("<span class=\"pill {look}\">{}</span>", text(word))
}

/// A table, in HTML. Each cell also has its column's title: on a narrow screen a row is a block.
pub(super) fn table(titles: &[&str], rows: &[(String, Vec<String>)]) -> String {
    let heads: String = titles.iter().map(|title| format!("<th scope=\"col\">{title}</th>")).collect();
    let mut all = format!("<table>\n<thead><tr>{heads}</tr></thead>\n<tbody>\n");
    for (attributes, cells) in rows {
        all.push_str(&format!("<tr{attributes}>"));
        for (title, cell) in titles.iter().zip(cells) {
            all.push_str(&format!("<td data-title=\"{title}\"><div>{cell}</div></td>"));
        }
        all.push_str("</tr>\n");
    }
    all + "</tbody>\n</table>\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_from_elsewhere_is_never_a_tag() {
        assert_eq!(text("<b a='x'>&\"\n\u{1b}\u{202e}"), "&lt;b a=&#39;x&#39;&gt;&amp;&quot; \u{fffd}\u{fffd}");
    }
}
