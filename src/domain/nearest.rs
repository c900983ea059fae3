//! Suggestions for a name that is not known.

/// The known names that are nearest to a word, only the nearest ones; empty if none is near.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Vec<&'k str> {
    let word = word.to_lowercase();
    let near = known.into_iter().filter_map(|name| {
        let distance = strsim::damerau_levenshtein(&word, &name.to_lowercase());
        let letters = word.chars().count().min(name.chars().count());
        (distance < letters && distance <= (letters / 3).clamp(1, 3)).then_some((distance, name))
    });
    let mut near: Vec<(usize, &str)> = near.collect();
    near.sort_unstable();
    near.dedup();
    let least = near.first().map(|(distance, _)| *distance);
    near.into_iter().filter(|(distance, _)| Some(*distance) == least).map(|(_, name)| name).take(5).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_ones_only() {
        let known = ["mysql/0", "mysql/1", "web/0", "db"];
        assert_eq!(nearest("mysql/2", known), ["mysql/0", "mysql/1"]);
        assert_eq!(nearest("Mysq/0", known), ["mysql/0"]);
        assert_eq!(nearest("dbx", known), ["db"]);
        assert!(nearest("router", known).is_empty());
        assert!(nearest("b", known).is_empty());
        assert!(nearest("", known).is_empty());
    }
}
