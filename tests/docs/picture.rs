//! The README's picture: what a restore and its undo show, drawn as a terminal.

use std::fmt::Write as _;

use crate::support::Sandbox;
use crate::support::screen::Screen;
use crate::support::written::is_made;

/// Of the terminal.
const COLUMNS: u16 = 100;

/// In pixels: a column, a line, and the margin.
const COLUMN: usize = 8;
const LINE: usize = 20;
const MARGIN: usize = 16;

fn drawn(lines: &[String]) -> String {
    let columns = lines.iter().map(|line| line.chars().count()).max().unwrap_or_default();
    let (width, height) = (columns * COLUMN + 2 * MARGIN, lines.len() * LINE + 2 * MARGIN);
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" \
         font-family=\"ui-monospace, Menlo, Consolas, monospace\" font-size=\"13\" xml:space=\"preserve\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"#1c1f26\"/>\n"
    );
    for (number, line) in lines.iter().enumerate() {
        let colour = match line {
            line if line.starts_with("$ ") => "#ffffff",
            line if line.starts_with("Warning") => "#e5c07b",
            line if line.contains("To go back:") || line.starts_with("snapback undo ") => "#98c379",
            _ => "#abb2bf",
        };
        let text = line.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        let y = MARGIN + number * LINE + 14;
        // Older browsers know only `xml:space`, and Chromium no longer knows it.
        writeln!(svg, "<text x=\"{MARGIN}\" y=\"{y}\" fill=\"{colour}\" style=\"white-space:pre\">{text}</text>")
            .unwrap();
    }
    svg + "</svg>\n"
}

#[cfg(debug_assertions)]
#[test]
fn generated_picture_of_a_restore() {
    let sandbox = Sandbox::empty();
    sandbox.furnish(&["db/0"], "stop: ['true']");
    sandbox.prepare(&["take", "db/0"]).fixed().env("SNAPBACK_TEST_NOW", "2026-11-22T02:30:00Z").go().quiet_success();
    let mut lines = Vec::new();
    for (words, ids) in [(&["restore", "--latest", "db/0"][..], "200"), (&["undo"], "300")] {
        let run = sandbox.prepare(words).fixed().env("SNAPBACK_TEST_IDS", ids).env("TERM", "xterm");
        // The answer comes from a pipe: what a terminal echoes is drawn here.
        let written = run.on_a_screen((COLUMNS, 50), "y\n").replacen("[yN]: ", "[yN]: y\n", 1);
        let typed = Screen::showing(&written, COLUMNS.into()).text();
        assert!(typed.contains("confirmed: VM vm-db-0 has "), "{typed}");
        lines.push(format!("$ snapback {}", words.join(" ")));
        lines.extend(typed.trim_end().lines().map(str::to_owned));
        lines.push(String::new());
    }
    lines.pop();
    is_made("docs/terminal.svg", &drawn(&lines));
}
