//! The command line of another program as text, without parts that may be secret. It is not known what its options
//! mean, so every word that could be a secret is left out.

use super::shell::quoted;

const REDACTED: &str = "<redacted>";
/// Parts of names of options and variables whose values are secrets.
const TELLING: [&str; 8] = ["secret", "pass", "token", "key", "cred", "auth", "cert", "pw"];
/// Short options (of bosh, sh, mysql, curl and the like) whose next word is a variable, a password or any text.
const HIDING: [&str; 6] = ["-v", "-p", "-c", "-e", "-u", "-H"];

/// The words, quoted for a shell and without secrets.
pub fn told(words: &[String]) -> String {
    let mut told: Vec<String> = Vec::new();
    let mut hides = false;
    for (place, word) in words.iter().enumerate() {
        told.push(match (place, hides) {
            (0, _) => quoted(word),
            (_, true) => REDACTED.to_owned(),
            (_, false) => shown(word),
        });
        let is_option = word.starts_with('-') && !word.contains('=');
        hides = place > 0 && is_option && (HIDING.contains(&word.as_str()) || is_telling(word));
    }
    told.join(" ")
}

fn is_telling(name: &str) -> bool {
    let name = name.to_lowercase();
    TELLING.iter().any(|word| name.contains(word))
}

fn shown(word: &str) -> String {
    // A short option can have its value in the same word, and the value can contain an equals sign.
    let glued = HIDING.iter().any(|option| word.len() > option.len() && word.starts_with(option));
    if let (Some((name, _)), false) = (word.split_once('='), glued) {
        let plain = name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
        return if plain { format!("{name}={REDACTED}") } else { REDACTED.to_owned() };
    }
    let odd = word.chars().any(|c| c.is_whitespace() || c.is_control()) || word.contains("://") || word.contains('@');
    match () {
        () if glued => format!("{}{REDACTED}", &word[..2]),
        () if odd || (!word.starts_with('-') && looks_random(word)) => REDACTED.to_owned(),
        () => quoted(word),
    }
}

/// Whether a word is long and has only letters and digits, without a dot or a slash: it is more likely a key than a
/// name.
fn looks_random(word: &str) -> bool {
    let mixed = word.chars().any(|c| c.is_ascii_digit()) && word.chars().any(char::is_alphabetic);
    word.len() >= 16 && mixed && !word.contains(['.', '/'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_may_be_secret_is_left_out() {
        for (line, shown) in [
            ("bosh -n -d prod deploy m.yml -o a.yml", "bosh -n -d prod deploy m.yml -o a.yml"),
            (
                "bosh deploy -v a=hush -va=hush --var=b=hush --var c=hush",
                "bosh deploy -v <redacted> -v<redacted> --var=<redacted> --var c=<redacted>",
            ),
            (
                "bosh --client-secret hush --client-secret=hush deploy",
                "bosh --client-secret <redacted> --client-secret=<redacted> deploy",
            ),
            (
                "mysql -phu=sh -phush -u hush https://u:hush@h u:hush@h",
                "mysql -p<redacted> -p<redacted> -u <redacted> <redacted> <redacted>",
            ),
            ("env PGPASSWORD=hush psql AKIA0123456789ABCDEF0123", "env PGPASSWORD=<redacted> psql <redacted>"),
        ] {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            assert_eq!(told(&words), shown);
        }
        let words = ["sh", "-c", "echo hush"].map(str::to_owned);
        assert_eq!(told(&words), "sh -c <redacted>");
        assert_eq!(told(&["a".to_owned(), "two hush".to_owned()]), "a <redacted>");
    }
}
