//! The final content of a terminal: the text that a program wrote to it, drawn as a terminal does.

/// A terminal of so many columns, with everything that has scrolled away.
pub struct Screen {
    columns: usize,
    lines: Vec<Vec<char>>,
    at: (usize, usize),
    /// The lines that the terminal broke because they were wider.
    pub broken: Vec<usize>,
}

impl Screen {
    pub fn showing(written: &str, columns: usize) -> Screen {
        let mut screen = Screen { columns, lines: vec![Vec::new()], at: (0, 0), broken: Vec::new() };
        let mut rest = written.chars().peekable();
        while let Some(c) = rest.next() {
            match c {
                '\n' => screen.go_to(screen.at.0 + 1, 0),
                '\r' => screen.at.1 = 0,
                '\u{8}' => screen.at.1 = screen.at.1.saturating_sub(1),
                '\u{1b}' if rest.peek() == Some(&'[') => {
                    rest.next();
                    let mut said = String::new();
                    let end = loop {
                        match rest.next().unwrap() {
                            c @ '@'..='~' => break c,
                            c => said.push(c),
                        }
                    };
                    screen.obey(end, said.parse().ok());
                }
                c => screen.draw(c),
            }
        }
        screen
    }

    fn go_to(&mut self, line: usize, column: usize) {
        while self.lines.len() <= line {
            self.lines.push(Vec::new());
        }
        self.at = (line, column);
    }

    fn draw(&mut self, c: char) {
        if self.at.1 == self.columns {
            // A line of progress fills its line with blanks, and continues in the next one.
            if c != ' ' && self.lines[self.at.0].last() != Some(&' ') {
                self.broken.push(self.at.0);
            }
            self.go_to(self.at.0 + 1, 0);
        }
        let line = &mut self.lines[self.at.0];
        while line.len() <= self.at.1 {
            line.push(' ');
        }
        line[self.at.1] = c;
        self.at.1 += 1;
    }

    fn obey(&mut self, what: char, count: Option<usize>) {
        let steps = count.unwrap_or(1);
        match what {
            'A' => self.at.0 = self.at.0.saturating_sub(steps),
            'B' => self.go_to(self.at.0 + steps, self.at.1),
            'C' => self.at.1 += steps,
            'D' => self.at.1 = self.at.1.saturating_sub(steps),
            'G' => self.at.1 = steps - 1,
            'K' if count == Some(2) => self.lines[self.at.0].clear(),
            'K' => self.lines[self.at.0].truncate(self.at.1),
            'J' => {
                self.lines.truncate(self.at.0 + 1);
                self.lines[self.at.0].truncate(self.at.1);
            }
            'm' | 'h' | 'l' => {}
            other => panic!("what does ESC [ {count:?} {other} do?"),
        }
    }

    /// The lines from the first to the last.
    pub fn lines(&self) -> Vec<String> {
        self.lines.iter().map(|line| line.iter().collect::<String>().trim_end().to_owned()).collect()
    }

    /// The whole text.
    pub fn text(&self) -> String {
        self.lines().join("\n")
    }
}
