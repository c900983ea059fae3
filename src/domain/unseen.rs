//! Invisible characters.

/// Whether a character is a control character (C0, DEL, C1), changes the direction of text, has no width, or is a line
/// separator that only some programs know. Joiners are among them: they make a note in Persian look odd, and two CIDs
/// alike.
pub fn unseen(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}
