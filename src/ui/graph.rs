//! A tree drawn beside text, newest first: a lane for each of its lines, as in `git log --graph`.

use super::words::{self, wide};
use super::{Ui, printable};

/// An item of the tree.
#[derive(Debug, Clone)]
pub struct Item {
    /// The index of the item before it in time, which is further down.
    pub before: Option<usize>,
    /// The sign on its lane.
    pub mark: Mark,
    /// Its first line, which is broken only between words.
    pub title: String,
    /// Further text, broken the same way.
    pub more: String,
}

/// The sign on a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mark {
    /// The present state.
    Here,
    /// The end of a lane that leads nowhere.
    End,
    /// A point to which you can go back.
    Point,
    /// A point that no longer exists.
    Past,
    /// A turn to another lane.
    Turn,
    /// A change from outside.
    Change,
    /// A check of something.
    Look,
}

/// The characters of a drawing.
struct Strokes {
    line: char,
    fork: char,
    across: char,
    over: char,
    join: char,
    corner: char,
    marks: [char; 7],
}

const UNICODE: Strokes = Strokes {
    line: '│',
    fork: '├',
    across: '─',
    over: '┼',
    join: '┴',
    corner: '╯',
    marks: ['@', '×', '○', '·', '●', '◆', '◇'],
};

const ASCII: Strokes = Strokes {
    line: '|',
    fork: '|',
    across: '-',
    over: '|',
    join: '+',
    corner: '\'',
    marks: ['@', 'x', 'o', '.', '*', '#', '?'],
};

impl Strokes {
    fn mark(&self, mark: Mark) -> char {
        self.marks[mark as usize]
    }
}

impl Ui {
    /// Draws a tree: each item stands above the one that came before it in time. `unicode` says whether lines may be
    /// drawn with other characters than those of ASCII.
    pub fn graph(&mut self, items: &[Item], unicode: bool) {
        let strokes = if unicode { &UNICODE } else { &ASCII };
        let (width, color) = (self.width(), self.style().color);
        draw(items, strokes, width, color, &mut |line| self.out(line));
    }
}

fn draw(items: &[Item], strokes: &Strokes, width: Option<usize>, color: bool, write: &mut dyn FnMut(&str) -> bool) {
    // For each lane the item that it leads down to.
    let mut lanes: Vec<Option<usize>> = Vec::new();
    for (place, item) in items.iter().enumerate() {
        let mut here: Vec<usize> = (0..lanes.len()).filter(|lane| lanes[*lane] == Some(place)).collect();
        let lane = here.first().copied().unwrap_or_else(|| free(&mut lanes));
        if here.len() > 1 {
            let joined = joined(&lanes, &here, strokes);
            here.drain(..1);
            for ended in here {
                lanes[ended] = None;
            }
            if !write(&format!("{}\n", joined.trim_end())) {
                return;
            }
        }
        lanes[lane] = Some(place);
        narrow(&mut lanes);
        let first = beside(&lanes, strokes, Some((lane, strokes.mark(item.mark))));
        lanes[lane] = item.before;
        narrow(&mut lanes);
        let rest = beside(&lanes, strokes, None);
        let rest = format!("{rest:<0$}", wide(&first));
        for line in told(item, [&first, &rest], width, color) {
            if !write(&line) {
                return;
            }
        }
    }
}

/// Removes the last lanes, as long as they are free.
fn narrow(lanes: &mut Vec<Option<usize>>) {
    while lanes.last() == Some(&None) {
        lanes.pop();
    }
}

/// The first free lane.
fn free(lanes: &mut Vec<Option<usize>>) -> usize {
    lanes.iter().position(Option::is_none).unwrap_or_else(|| {
        lanes.push(None);
        lanes.len() - 1
    })
}

/// The lanes beside a line of text.
fn beside(lanes: &[Option<usize>], strokes: &Strokes, marked: Option<(usize, char)>) -> String {
    let mut line = String::new();
    for (lane, leads) in lanes.iter().enumerate() {
        line.push(match marked {
            Some((at, mark)) if at == lane => mark,
            _ if leads.is_some() => strokes.line,
            _ => ' ',
        });
        line.push(' ');
    }
    line
}

/// The line on which several lanes become the first of them.
fn joined(lanes: &[Option<usize>], these: &[usize], strokes: &Strokes) -> String {
    let (first, last) = (these[0], these[these.len() - 1]);
    let mut line = String::new();
    for (lane, leads) in lanes.iter().enumerate() {
        line.push(match lane {
            _ if lane == first => strokes.fork,
            _ if lane == last => strokes.corner,
            _ if these.contains(&lane) => strokes.join,
            _ if lane > first && lane < last && leads.is_some() => strokes.over,
            _ if lane > first && lane < last => strokes.across,
            _ if leads.is_some() => strokes.line,
            _ => ' ',
        });
        line.push(if lane >= first && lane < last { strokes.across } else { ' ' });
    }
    line
}

/// The lines of an item. A word that does not fit beside the lanes has a whole line: no CID is broken.
fn told(item: &Item, [first, rest]: [&str; 2], width: Option<usize>, color: bool) -> Vec<String> {
    let mut beside = first;
    let mut lines = Vec::new();
    let texts = [(&item.title, tint(item.mark)), (&item.more, None)];
    for (text, tint) in texts.into_iter().filter(|(text, _)| !text.is_empty()) {
        let text = printable(text).replace('\n', " ");
        let room = width.map(|width| width.saturating_sub(wide(first).max(wide(rest)) + 1).max(1));
        for line in words::folded(&text, room, 0, false) {
            if line.is_empty() {
                continue;
            }
            let tinted = match tint.filter(|_| color) {
                Some(tint) => format!("\x1b[{tint}m{line}\x1b[0m"),
                None => line.clone(),
            };
            if width.is_some_and(|width| wide(beside) + 1 + wide(&line) > width) {
                // The mark first; then as many of the lanes as fit.
                if beside == first {
                    lines.push(format!("{}\n", first.trim_end()));
                }
                let left = width.unwrap_or_default().saturating_sub(wide(&line) + 1);
                let lanes: String = rest.chars().take(left).collect();
                let lanes = if lanes.trim().is_empty() { String::new() } else { lanes + " " };
                lines.push(format!("{lanes}{tinted}\n"));
            } else {
                lines.push(format!("{beside} {tinted}\n"));
            }
            beside = rest;
        }
    }
    lines
}

/// The style of an item's title on a terminal; `None` for the usual one.
fn tint(mark: Mark) -> Option<&'static str> {
    match mark {
        Mark::Here => Some("1;32"),
        Mark::Turn | Mark::Change => Some("1"),
        Mark::End | Mark::Past => Some("2"),
        Mark::Point | Mark::Look => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(mark: Mark, title: &str, more: &str, before: Option<usize>) -> Item {
        Item { before, mark, title: title.to_owned(), more: more.to_owned() }
    }

    fn drawn(items: &[Item], strokes: &Strokes, width: Option<usize>) -> String {
        let mut text = String::new();
        draw(items, strokes, width, false, &mut |line| {
            text.push_str(line);
            true
        });
        text
    }

    fn tree() -> Vec<Item> {
        vec![
            item(Mark::Here, "a", "on it now", Some(4)),
            item(Mark::End, "b", "", Some(4)),
            item(Mark::Point, "c", "", Some(5)),
            item(Mark::End, "d", "", Some(4)),
            item(Mark::Point, "e", "kept", Some(5)),
            item(Mark::Point, "f", "", None),
            item(Mark::Look, "g", "alone", None),
        ]
    }

    #[test]
    fn lanes_meet_where_one_began_at_another() {
        let unicode = "@  a\n│  on it now\n│ ×  b\n│ │ ○  c\n│ │ │ ×  d\n├─┴─┼─╯\n○   │  e\n│   │  kept\n├───╯\n○  f\n◇  g\n   alone\n";
        assert_eq!(drawn(&tree(), &UNICODE, None), unicode);
        let ascii = drawn(&tree(), &ASCII, Some(80));
        assert!(ascii.is_ascii() && ascii.contains("|-+-|-'\no   |  e\n"), "{ascii}");
    }

    #[test]
    fn words_move_and_none_is_broken_however_narrow() {
        let items = [
            item(Mark::Here, "2026-11-22 snap-0123456789", "made from disk-01234567890123456789", Some(1)),
            item(Mark::Point, "x", "", None),
        ];
        assert_eq!(
            drawn(&items, &ASCII, Some(20)),
            "@  2026-11-22\n|  snap-0123456789\n|  made from\ndisk-01234567890123456789\no  x\n"
        );
        assert_eq!(drawn(&items, &ASCII, Some(16)).lines().nth(1), Some("snap-0123456789"));
    }
}
